"""Whatever else goes wrong, a hub that comes back older is put together from what its desktops remember."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hub.world import found
from tests.simulation.restores import RestoredFleet


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("restores") / "template"
    found(folder)
    return folder


@pytest.mark.parametrize("seed", range(1, 3))
def test_what_desktops_remember_is_decided_as_it_was(template: Path, tmp_path: Path, seed: int) -> None:
    fleet = RestoredFleet(template, tmp_path / "fleet", seed=seed)
    try:
        for _ in range(40):
            fleet.step(rate=0.1)
        fleet.keep()
        for _ in range(20):
            fleet.step(rate=0.1)
        fleet.put_back(fleet.kept[-1])
        fleet.settle()
    finally:
        fleet.close()
    assert fleet.remembered
