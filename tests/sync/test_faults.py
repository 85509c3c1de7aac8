"""What goes wrong between a desktop and its hub is told by its code, and nothing is lost by it."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.exc import DatabaseError

from s2b_desktop.models import local
from s2b_desktop.sync import loop as loops
from s2b_domain import wire
from s2b_domain.commands.goods import ShelveGoods
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order
from s2b_hub import devices
from tests.hub.world import World
from tests.sync.conftest import Desktops

PAGE = 4096


def flip(path: Path, page: int) -> None:
    """Change one bit of a page, as a dying disk does."""
    content = bytearray(path.read_bytes())
    content[page * PAGE + 100] ^= 1
    path.write_bytes(content)


def revoke(world: World, device_id: str) -> None:
    world.hub.write(lambda batch: devices.revoke(batch, device_id))


def test_a_cache_that_differs_from_the_hub_is_rebuilt_beside_the_old_one(
    desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant, hengfeng = desktops("chenguang"), desktops("hengfeng")
    merchant.sync()
    hengfeng.sync()
    merchant.workspace.submit(world.order(("YD-1", 1)))
    [sku] = hengfeng.find(Sku, code="HF-1")
    hengfeng.workspace.submit(ShelveGoods(sku_ids=(sku.id,), on_sale=False))
    hengfeng.sync()
    pull = merchant.line.pull

    def forgetful(token: str, request: wire.Pull) -> wire.Pulled:
        pulled = pull(token, request)
        return msgspec.structs.replace(pulled, tables=()) if request.cursors else pulled

    monkeypatch.setattr(merchant.line, "pull", forgetful)
    assert merchant.sync().problem == ""
    assert [p.cursors == () for p in merchant.line.pulls] == [True, False, True]
    assert [s.on_sale for s in merchant.find(Sku, code="HF-1")] == [False]
    assert merchant.shown() == merchant.from_nothing()
    assert len(list(merchant.folder.glob("cache*.db"))) == 1
    merchant.restart("chenguang")
    assert merchant.shown() == merchant.expected()


def test_a_hub_that_never_adds_up_is_told_and_the_old_cache_stays(
    desktops: Desktops, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    before = merchant.shown()
    merchant.loop._reception.begin_rebuild()
    monkeypatch.setattr("s2b_domain.wire.row_hash", lambda *args: 1)
    monkeypatch.setattr("s2b_desktop.models.checksums.row_hash", lambda *args: 1)
    assert merchant.sync().problem == "cache_mismatch"
    assert merchant.shown() == before
    monkeypatch.undo()
    assert merchant.sync().problem == ""


def test_a_hub_with_another_history_resets(desktops: Desktops) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    with merchant.workspace.cache.write() as connection:
        connection.exec_driver_sql("UPDATE local_cursor SET salt = x'00' WHERE scope = 'catalog'")
    assert merchant.sync().problem == ""
    assert merchant.shown() == merchant.from_nothing()
    with merchant.workspace.cache.read() as connection:
        assert all(c.salt != b"\0" for c in local.cursors(connection))


def test_a_revoked_device_shows_nothing_and_keeps_its_queue(desktops: Desktops, world: World) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    merchant.workspace.submit(world.order(("HF-1", 1)))
    assert merchant.workspace.device is not None
    revoke(world, merchant.workspace.device.device_id)
    assert merchant.sync().problem == "device_revoked"
    assert merchant.shown() == {}
    assert len(merchant.workspace.queue()) == 1
    assert world.rows(Order) == []


def test_a_token_that_ended_stops_nobody_from_working(desktops: Desktops, world: World) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    merchant.line.sign_out(merchant.workspace.outbox.sessions()[0].token)
    merchant.workspace.submit(world.order(("HF-1", 1)))
    assert merchant.sync().problem == "signed_out"
    assert len(merchant.find(Order)) == 1
    merchant.sign_in("chenguang")
    assert merchant.sync().problem == ""
    assert len(world.rows(Order)) == 1


def test_a_profile_that_was_copied_back_is_a_clone(desktops: Desktops, world: World) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    merchant.workspace.submit(world.order(("HF-1", 1)))
    merchant.sync()
    with merchant.workspace.outbox._transaction() as connection:
        connection.exec_driver_sql("DELETE FROM command")
        connection.exec_driver_sql("DELETE FROM sqlite_sequence")
    merchant.restart("chenguang")
    with merchant.workspace.cache.write() as cache:
        cache.exec_driver_sql("DELETE FROM local_outcome")
    merchant.workspace.submit(world.order(("HF-2", 1)))
    assert merchant.sync().problem == "device_cloned"
    assert len(merchant.workspace.queue()) == 1
    assert len(world.rows(Order)) == 1


def test_the_hub_says_where_to_go_on(desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    monkeypatch.setattr(loops, "MAX_COMMANDS", 2)
    for _ in range(5):
        merchant.workspace.submit(world.order(("HF-1", 1)))
    merchant.loop._next = 4
    assert merchant.sync().problem == ""
    assert [[e.seq for e in p.envelopes] for p in merchant.line.pushes] == [[4, 5], [1, 2], [3, 4], [5]]
    assert len(world.rows(Order)) == 5


def test_the_clock_follows_the_hub(desktops: Desktops, world: World) -> None:
    merchant = desktops("chenguang")
    merchant.workspace._clock = lambda: world.now - 3_600_000
    merchant.sync()
    assert merchant.workspace.now() == world.now
    merchant.restart("chenguang")
    assert merchant.workspace.device is not None
    assert merchant.workspace.device.clock_offset == 3_600_000


def test_pauses_grow_and_end(desktops: Desktops) -> None:
    merchant = desktops("chenguang")
    assert 4 <= merchant.loop.pause() <= 6
    merchant.line.down = True
    pauses = []
    for _ in range(8):
        merchant.sync()
        pauses.append(merchant.loop.pause())
    assert max(pauses) <= loops.LONGEST
    assert pauses[-1] >= loops.LONGEST / 2
    merchant.line.down = False
    merchant.sync()
    assert merchant.loop.pause() <= 6


@pytest.mark.parametrize("page", range(12))
def test_a_flipped_page_costs_a_reload_and_nothing_that_waits(desktops: Desktops, world: World, page: int) -> None:
    desktop = desktops("chenguang")
    desktop.sync()
    desktop.line.down = True
    seq = desktop.workspace.submit(world.order(("HF-1", 2)))
    desktop.close()
    [path] = desktop.folder.glob("cache*.db")
    flip(path, page * (path.stat().st_size // PAGE) // 12)
    desktop.restart("chenguang")
    desktop.line.down = False
    desktop.sync()
    with contextlib.suppress(DatabaseError):  # a screen may be the first to come upon it
        desktop.shown()
    for _ in range(2):
        desktop.sync()
    assert desktop.loop.status().problem == ""
    assert desktop.workspace.read(local.outcomes)[seq].kind is wire.OutcomeKind.ACCEPTED
    assert desktop.shown() == desktop.from_nothing()


def test_a_page_that_is_found_damaged_after_the_last_answer_ends_the_round_and_not_the_loop(
    desktops: Desktops, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = desktops("chenguang")
    desktop.sync()

    def come_upon_it() -> None:
        desktop.workspace.cache.damaged = True
        raise DatabaseError("SELECT", {}, Exception("database disk image is malformed"))

    with monkeypatch.context() as damaged:
        damaged.setattr(desktop.workspace, "note_progress", come_upon_it)
        assert desktop.sync().problem == "cache_mismatch"
    assert desktop.sync().problem == ""
    assert desktop.shown() == desktop.from_nothing()


def test_a_hub_of_another_protocol_stops_syncing_and_nothing_else(
    desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    with monkeypatch.context() as newer:
        newer.setattr(wire, "PROTOCOL", 99)
        merchant.workspace.submit(world.order(("HF-1", 1)))
        assert merchant.sync().problem == "update_needed"
        merchant.restart("chenguang")
        merchant.workspace.submit(world.order(("HF-2", 1)))
        assert merchant.sync().problem == "update_needed"
        assert len(merchant.find(Order)) == 2
        assert merchant.workspace.counts() == (2, 0)
        assert world.rows(Order) == []
    assert merchant.sync().problem == ""
    assert len(world.rows(Order)) == 2
    assert merchant.shown() == merchant.from_nothing()
