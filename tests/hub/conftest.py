"""A fresh world for each test, copied from one that is made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.world import World, found, open_world
from tests.postgresql import drop_hub, place_hub


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Path]:
    """The data of a hub with people and goods; copy it before use."""
    folder = tmp_path_factory.mktemp("hub") / "template"
    place_hub(folder, store)
    found(folder)
    yield folder
    drop_hub(folder)


@pytest.fixture
def world(founded: Path, tmp_path: Path) -> Iterator[World]:
    with open_world(founded, tmp_path / "hub") as opened:
        yield opened
