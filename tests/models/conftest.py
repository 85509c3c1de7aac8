"""Open profiles: somebody of the made-up world, with what their desktop holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from s2b_desktop.models import local, rows
from s2b_desktop.models.keys import Keys
from s2b_desktop.models.outbox import Device, Session
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.workspace import Workspace
from s2b_domain.access import Actor
from s2b_domain.records import name_of
from tests.views import world

KEYS = Keys(b"o" * 32, b"c" * 32)
DEVICE = Device(hub_id="hub", hub_name="Hub", hub_key=b"", device_id="d" * 32, device_secret=b"", device_code="D3")


def open_workspace(folder: Path, actor: Actor, *, keys: Keys = KEYS) -> Workspace:
    """The profile in `folder`, with somebody signed in, at the world's time."""
    workspace = Workspace(Profile(folder), keys, clock=lambda: world.NOW)
    workspace.join(DEVICE, Session(actor=actor, login="login", token="token"))
    return workspace


def fill(workspace: Workspace) -> None:
    """Put into the cache what the hub would have sent to its actor."""
    with workspace.cache.write() as connection:
        for cls, found in world.visible_rows(workspace.actor):
            rows.write(connection, name_of(cls), [cls.encode(row) for row in found])
        local.set_granted(connection, world.scopes(workspace.actor, world.world().connection))


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Callable[..., Workspace]]:
    """Opens profiles, one per actor, and closes them at the end."""
    made: list[Workspace] = []

    def make(actor: Actor, *, name: str = "profile", filled: bool = True) -> Workspace:
        made.append(open_workspace(tmp_path / name, actor))
        if filled:
            fill(made[-1])
        return made[-1]

    yield make
    for workspace in made:
        workspace.close()
