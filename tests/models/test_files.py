"""The files of a profile: one process at a time, nothing in the clear, wrong keys and damage are told apart."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from s2b_desktop.models import outbox as outboxes
from s2b_desktop.models.cache import Cache
from s2b_desktop.models.database import open_engine
from s2b_desktop.models.outbox import Outbox
from s2b_desktop.models.profile import Profile, ProfileBusy
from s2b_desktop.models.storage import Damaged, TooNew
from s2b_desktop.models.workspace import Workspace
from s2b_domain.commands.goods import ShelveGoods
from s2b_domain.records.catalog import Sku
from s2b_domain.records.store import RecordStore
from tests.models.conftest import KEYS, open_workspace
from tests.views import world

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from pathlib import Path
from s2b_desktop.models.profile import Profile
lock = Profile(Path(sys.argv[1])).lock()
print("held", flush=True)
sys.stdin.read()
"""


def shelve(workspace: Workspace) -> int:
    with workspace.cache.read() as connection:
        sku = RecordStore(connection).find(Sku, on_sale=True)[0]
    return workspace.submit(ShelveGoods(sku_ids=(sku.id,), on_sale=False))


def test_one_process_per_profile_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    profile = Profile(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ProfileBusy):
            profile.lock()
        other.kill()
        other.wait()
    with profile.lock(), pytest.raises(ProfileBusy):
        Profile(tmp_path).lock()
    profile.lock().release()


def test_settings_survive_and_damage_is_not_taken_for_a_first_start(tmp_path: Path) -> None:
    Profile(tmp_path).save(language="en", choices={"width": "200"})
    again = Profile(tmp_path)
    assert (again.settings.language, again.settings.choices) == ("en", {"width": "200"})
    (tmp_path / "profile.json").write_bytes(b"{")
    with pytest.raises(Damaged):
        Profile(tmp_path)


def test_nothing_is_readable_without_the_key(desktop: Callable[..., Workspace], tmp_path: Path) -> None:
    workspace = desktop(world.SUPPLIER)
    shelve(workspace)
    workspace.save_draft("order", "机密草稿".encode())
    workspace.close()
    title = world.world().store.find(Sku)[0].code.encode()
    for path in (tmp_path / "profile").iterdir():
        content = path.read_bytes()
        assert "机密草稿".encode() not in content
        assert title not in content
        assert b"SQLite format" not in content
    with pytest.raises(Damaged):
        Outbox(tmp_path / "profile" / "outbox.db", b"x" * 32)


def test_a_damaged_cache_is_begun_anew_and_the_outbox_kept(desktop: Callable[..., Workspace], tmp_path: Path) -> None:
    workspace = desktop(world.SUPPLIER)
    seq = shelve(workspace)
    workspace.close()
    path = tmp_path / "profile" / "cache.db"
    content = bytearray(path.read_bytes())
    content[: 1 << 14] = bytes(1 << 14)
    path.write_bytes(content)
    again = open_workspace(tmp_path / "profile", world.SUPPLIER)
    assert [i.seq for i in again.queue()] == [seq]
    with again.cache.read() as connection:
        assert RecordStore(connection).find(Sku) == []
    again.close()


def test_a_cache_of_another_schema_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Cache(tmp_path / "cache.db", KEYS.cache)
    with made.write() as connection:
        connection.exec_driver_sql("CREATE TABLE mark (x)")
    made.close()
    monkeypatch.setattr("s2b_desktop.models.local.schema_version", lambda: 7)
    made = Cache(tmp_path / "cache.db", KEYS.cache)
    with made.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE name = 'mark'").scalar() == 0
    made.close()


def schema(path: Path) -> list[tuple[str, str]]:
    engine = open_engine(path, KEYS.outbox)
    with engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        found = [(row[0], row[1]) for row in rows]
    engine.dispose()
    return found


def test_an_upgraded_outbox_equals_a_fresh_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Outbox(tmp_path / "old.db", KEYS.outbox).close()
    added = (*outboxes.MIGRATIONS, ("ALTER TABLE command ADD COLUMN later TEXT", "CREATE TABLE later (x)"))
    monkeypatch.setattr(outboxes, "MIGRATIONS", added)
    Outbox(tmp_path / "old.db", KEYS.outbox).close()
    Outbox(tmp_path / "fresh.db", KEYS.outbox).close()
    assert schema(tmp_path / "old.db") == schema(tmp_path / "fresh.db")
    monkeypatch.setattr(outboxes, "MIGRATIONS", outboxes.MIGRATIONS[:1])
    with pytest.raises(TooNew):
        Outbox(tmp_path / "old.db", KEYS.outbox)


def test_what_was_saved_before_a_crash_is_shown_after_it(
    desktop: Callable[..., Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = desktop(world.SUPPLIER)

    def crash(*args: object) -> None:
        raise MemoryError("the process ends between outbox and cache")

    monkeypatch.setattr(workspace, "predict", crash)
    with pytest.raises(MemoryError):
        shelve(workspace)
    workspace.close()
    again = open_workspace(tmp_path / "profile", world.SUPPLIER)
    [item] = again.queue()
    assert item.state == "waiting"
    with again.cache.read() as connection:
        sku = RecordStore(connection).get(Sku, item.message.sku_ids[0])  # type: ignore[attr-defined]
    assert sku is not None
    assert not sku.on_sale
    again.close()


@pytest.mark.parametrize("part", [0.05, 0.5, 0.95])
def test_a_torn_tail_of_the_outbox_costs_only_what_was_never_saved(
    desktop: Callable[..., Workspace], tmp_path: Path, part: float
) -> None:
    """The power went in the middle of writing the last commit: nobody was told that it is saved."""
    workspace = desktop(world.SUPPLIER)
    folder, torn = tmp_path / "profile", tmp_path / "torn"
    saved = [shelve(workspace) for _ in range(3)]
    tail = folder / "outbox.db-wal"
    before = tail.stat().st_size
    shelve(workspace)
    after = tail.stat().st_size
    assert after > before
    shutil.copytree(folder, torn)
    with (torn / tail.name).open("r+b") as file:
        file.truncate(before + int((after - before) * part))
    again = Outbox(torn / "outbox.db", KEYS.outbox)
    assert [entry.seq for entry in again.entries()] == saved
    body = workspace.body(ShelveGoods(sku_ids=("0" * 32,), on_sale=True))
    assert again.append([body], at=1) == [saved[-1] + 1]
    again.close()


def test_commands_that_are_too_large_never_enter(desktop: Callable[..., Workspace]) -> None:
    workspace = desktop(world.SUPPLIER)
    with pytest.raises(ValueError, match="large"):
        workspace.submit(ShelveGoods(sku_ids=("x" * (1 << 20),), on_sale=True))
    assert workspace.queue() == []
