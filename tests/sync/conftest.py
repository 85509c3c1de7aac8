"""A real hub with goods on sale, and desktops that anybody can open on it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import uvicorn

from s2b_desktop.models import keys
from s2b_desktop.models.slot import KeySlot
from s2b_hub import certificate
from s2b_hub.server import application
from tests.hub.world import START, World, found, open_world
from tests.postgresql import drop_hub, place_hub
from tests.sync.desktop import Desktop


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


@pytest.fixture
def served(founded: Path, tmp_path: Path) -> Iterator[tuple[World, str]]:
    """A world behind a real server, and its address."""
    with open_world(founded, tmp_path / "hub", inline=False) as world, socket.socket() as listener:
        certificate.make(world.folder, ["hub.example"], START)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(
            application(world.hub),
            log_config=None,
            lifespan="off",
            ssl_certfile=world.folder / certificate.CERTIFICATE,
            ssl_keyfile=world.folder / certificate.KEY,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield world, f"https://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def pin(world: World) -> str:
    return (world.folder / certificate.CERTIFICATE).read_text()


@pytest.fixture(autouse=True)
def quick_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slots that cost next to nothing; `test_keys` uses the real ones."""
    monkeypatch.setattr(
        keys, "KeySlot", lambda **fields: KeySlot(**{"memory_kib": 8, "passes": 1, "lanes": 1, **fields})
    )


@pytest.fixture
def desktops(world: World, tmp_path: Path) -> Iterator[Desktops]:
    with ExitStack() as stack:
        yield Desktops(world, tmp_path, stack)


class Desktops:
    """Opens desktops by login, each with a profile of its own."""

    def __init__(self, world: World, folder: Path, stack: ExitStack) -> None:
        self._world, self._folder, self._stack = world, folder, stack

    def __call__(self, login: str, *, profile: str = "", chunked: bool = False) -> Desktop:
        desktop = Desktop(self._world, self._folder / (profile or login), chunked=chunked)
        self._stack.callback(desktop.close)
        desktop.sign_in(login)
        return desktop
