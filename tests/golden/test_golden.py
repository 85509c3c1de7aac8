"""Files of every released format open, become what a fresh file is, and what waits in them is sent byte for byte."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from s2b_desktop.models import binding
from s2b_desktop.models.database import open_engine
from s2b_desktop.models.outbox import Outbox
from s2b_desktop.models.profile import Profile
from s2b_desktop.sync.entry import unlock
from s2b_desktop.sync.loop import SyncLoop
from s2b_desktop.sync.transport import Unreachable
from s2b_domain import wire
from tests.hub.world import PASSWORD

HERE = Path(__file__).parent
FORMATS = sorted(HERE.glob("profile-*"))


class Recorder:
    """A line that notes what is pushed, and is then cut."""

    def __init__(self) -> None:
        self.pushed: dict[int, bytes] = {}

    def push(self, token: str, request: wire.Push) -> wire.Pushed:
        self.pushed.update({envelope.seq: envelope.body for envelope in request.envelopes})
        raise Unreachable

    def __getattr__(self, name: str) -> object:
        raise Unreachable


def schema(path: Path, key: bytes) -> list[tuple[str, str]]:
    engine = open_engine(path, key)
    with engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        found = [(row[0], row[1]) for row in rows]
    engine.dispose()
    return found


def test_there_is_at_least_one() -> None:
    assert FORMATS


@pytest.mark.parametrize("made", FORMATS, ids=lambda path: path.name)
def test_a_profile_of_a_released_format(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "profile"
    shutil.copytree(made, folder)
    expected = json.loads((made / "expected.json").read_text())
    monkeypatch.setattr(binding, "is_copy", lambda *args: False)  # it is one, of course
    workspace = unlock(Profile(folder), "chenguang", PASSWORD)
    try:
        entries = workspace.outbox.entries()
        assert {str(entry.seq): entry.body.hex() for entry in entries} == expected["bodies"]
        states = {item.seq: item.state for item in workspace.queue()}
        assert {seq for seq, state in states.items() if state == "waiting"} == set(expected["waiting"])
        assert workspace.draft("order") == b"a draft"
        assert workspace.actor.name == "chenguang 的人"
        line = Recorder()
        loop = SyncLoop(workspace, line)  # type: ignore[arg-type]
        assert not loop.round()
        loop.stop()
        sent = {str(seq): body.hex() for seq, body in line.pushed.items()}
        assert sent == {str(seq): expected["bodies"][str(seq)] for seq in expected["waiting"]}
        key = workspace.keys.outbox
    finally:
        workspace.close()
    Outbox(tmp_path / "fresh.db", key).close()
    assert schema(folder / "outbox.db", key) == schema(tmp_path / "fresh.db", key)
