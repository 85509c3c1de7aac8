"""A short run of the simulation in every test run, and the seeds that once broke something."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hub.world import found
from tests.simulation.fleet import Fleet

SEEDS_THAT_BROKE: tuple[int, ...] = ()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulation") / "template"
    found(folder)
    return folder


@pytest.mark.parametrize("seed", [*range(1, 5), *SEEDS_THAT_BROKE])
def test_whatever_goes_wrong_nothing_is_lost_or_done_twice(template: Path, tmp_path: Path, seed: int) -> None:
    fleet = Fleet(template, tmp_path, seed=seed, desktops=4)
    try:
        for _ in range(60):
            fleet.step()
        fleet.settle()
    finally:
        fleet.close()
    assert fleet.done["saved"] > 5
    assert sum(fleet.struck.values()) > 3
