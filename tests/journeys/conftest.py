"""Real processes: a hub that serves, desktops that play scenes on their screens, and what the hub's database holds."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from demo.processes import PASSWORD, DesktopProcess, HubProcess, environment
from demo.seed import prepare
from s2b_desktop.models.profile import Profile
from s2b_desktop.sync.client import Client
from s2b_desktop.sync.entry import sign_in
from s2b_hub.certificate import CERTIFICATE
from s2b_hub.location import FILE

HERE = Path(__file__).parent
PATIENCE = 90
"""Seconds for one scene: a bound against hanging, not a measure."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a journey."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.journey)


class Hub(HubProcess):
    """A hub whose database can be looked into."""

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What a query finds in the database that the hub has on disk."""
        with closing(sqlite3.connect(self.data / FILE, timeout=10)) as connection:
            return connection.execute(sql, parameters).fetchall()

    @property
    def certificate(self) -> str:
        """What its desktops have pinned (PEM)."""
        return (self.data / CERTIFICATE).read_text()

    def operate(self, *arguments: str) -> str:
        """What the operator's command line says to a command that asks for no password."""
        command = [sys.executable, "-m", "s2b_hub", *arguments, "--data", str(self.data)]
        done = subprocess.run(command, capture_output=True, check=True, env=environment(), timeout=PATIENCE)
        return done.stdout.decode()

    def copies(self) -> dict[str, int]:
        """How often each order number is in the books."""
        return dict(self.rows("SELECT number, count(*) FROM sales_order GROUP BY number"))


class Desktop(DesktopProcess):
    """A desktop that also knows the scenes of this folder."""

    module = "tests.journeys.actor"

    def play(self, scene: str, seconds: float = PATIENCE, /, **arguments: Any) -> Any:
        """Play a scene and return what it found."""
        return super().play(scene, seconds, **arguments)

    def enter(self) -> str:
        """Start, and open the profile; how it was opened."""
        self.start()
        found: str = self.play("window.unlock", password=PASSWORD)["by"]
        return found


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a hub with a platform, two suppliers, two merchants and first goods on sale."""
    hub = HubProcess(tmp_path_factory.mktemp("founded") / "hub")
    prepare(hub, applying=False)
    return hub.data


@pytest.fixture
def hub(founded: Path, tmp_path: Path) -> Iterator[Hub]:
    """A hub of this test's own, serving."""
    shutil.copytree(founded, tmp_path / "hub")
    with Hub(tmp_path / "hub") as hub:
        hub.start()
        yield hub


Profiles = Callable[[str, str], Path]
Desktops = Callable[..., Desktop]


@pytest.fixture
def profile_of(hub: Hub, tmp_path: Path) -> Profiles:
    """Makes the profile (by its name) of a PC where somebody (by login) has signed in."""

    def make(login: str, name: str) -> Path:
        profile = Profile(tmp_path / name)
        client = Client(hub.address, hub.certificate)
        profile.save(hub_address=hub.address, certificate=hub.certificate)
        sign_in(profile, client, login, PASSWORD).close()
        client.close()
        return profile.folder

    return make


@pytest.fixture
def desktop_at(tmp_path: Path) -> Iterator[Desktops]:
    """Makes desktops over profiles; what still runs at the end is ended."""
    with ExitStack() as running:

        def make(profile: Path, **changes: str) -> Desktop:
            name = f"{profile.name}-desktop"
            return running.enter_context(Desktop(name, profile, tmp_path / f"{name}.log", **changes))

        yield make
