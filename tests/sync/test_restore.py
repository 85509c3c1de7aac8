"""A hub that comes back from an older backup: everything that the desktops remember is back, as it was decided."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from s2b_desktop.models import binding, outbox
from s2b_desktop.sync.transport import HubProblem
from s2b_domain import wire
from s2b_domain.commands.goods import ImportGoods
from s2b_domain.commands.order_steps import CancelOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.supply import AcceptSupply
from s2b_domain.records.order import Order, SupplyOrder
from s2b_domain.records.party import PartyKind
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.wire import OutcomeKind
from s2b_hub import backup, dead_letters, devices, effects, handover, history, inspection, parties, recovery, tables
from s2b_hub.cli import main
from s2b_hub.effects import EffectState
from s2b_hub.journal import FILE as JOURNAL
from s2b_hub.listening import standing
from s2b_hub.location import FILE
from s2b_hub.outward import LEASE, perform_due
from tests import postgresql
from tests.hub.bank import Bank
from tests.hub.world import World, line
from tests.postgresql import address, copy_hub, drop_hub
from tests.sync.conftest import Desktops
from tests.sync.desktop import Desktop
from tests.sync.test_copies import copied


@pytest.fixture(autouse=True)
def no_copy_stays(tmp_path: Path) -> Iterator[None]:
    yield
    for kept in tmp_path.rglob("kept-*"):
        drop_hub(kept)


def keep(world: World, folder: Path) -> Path:
    """A copy of the hub as it is now."""
    world.hub.close()
    kept = folder / f"kept-{len([*folder.glob('kept-*')])}"
    copy_hub(world.folder, kept)
    world.hub = world.open()
    return kept


def put_back(world: World, kept: Path, *, journal: bool = False) -> None:
    """The older database, without a word to anybody; with a `journal` as old."""
    world.hub.close()
    if address(kept) is not None:
        postgresql.put_back(kept, world.folder)
    for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
        (world.folder / name).unlink(missing_ok=True)
    for name in (FILE, *([JOURNAL] if journal else [])):
        if (kept / name).exists():
            shutil.copy(kept / name, world.folder / name)
    world.hub = world.open()


def around_three_orders(world: World, shop: Desktop, folder: Path) -> tuple[Path, int]:
    """A copy of the hub before three orders of a shop, and the hub order that a backup after them has."""
    shop.sync()
    kept = keep(world, folder)
    for _ in range(3):
        shop.workspace.submit(world.order(("HF-1", 2)))
    assert shop.sync().problem == ""
    _, manifest = backup.back_up(world.hub, world.folder, folder / "backups")
    return kept, manifest.hub_order


def books(world: World) -> dict[Any, Any]:
    return {k: type(r).encode(r) for k, r in world.everything().items()}


def ledger(world: World) -> list[Any]:
    with world.hub.database.read() as connection:
        rows = connection.execute(tables.ledger.select().order_by(tables.ledger.c.hub_order))
        return [tuple(row) for row in rows]


def highest_number(world: World) -> int:
    with world.hub.database.read() as connection:
        return int(connection.scalar(select(func.max(tables.device.c.number))) or 0)


def bodies(world: World) -> set[bytes]:
    with world.hub.database.read() as connection:
        return {row.body_hash for row in connection.execute(tables.ledger.select())}


def test_a_copy_made_while_the_hub_recovered_is_older_than_the_journal_too(
    world: World, desktops: Desktops, tmp_path: Path
) -> None:
    older = keep(world, tmp_path)
    world.desk("chenguang")
    world.desk("xiaoman")
    put_back(world, older)
    recovering = keep(world, tmp_path)
    world.hub.finish_recovery()
    since = [world.desk(login).signed.device_id for login in ("hengfeng", "yuanda")]
    put_back(world, recovering)
    world.hub.finish_recovery()
    world.desk("chenguang")
    with world.hub.database.read() as connection:
        assert {*since} <= {d.id for d in devices.devices(connection)}


@pytest.mark.parametrize("door", ["round", "sign_in"])
def test_what_a_revoked_device_remembers_is_not_lost_with_it(
    world: World, desktops: Desktops, tmp_path: Path, door: str
) -> None:
    shop = desktops("chenguang")
    shop.sync()
    kept = keep(world, tmp_path)
    shop.workspace.submit(world.order(("HF-1", 2)))
    shop.sync()
    before, device = books(world), shop.workspace.device
    put_back(world, kept)
    assert device is not None
    assert world.hub.write(lambda batch: devices.revoke(batch, device.device_id))
    if door == "sign_in":
        shop.close()
        with pytest.raises(HubProblem, match="device_revoked"):
            shop.sign_in("chenguang")
        shop._open = False
    else:
        assert shop.sync().problem == "device_revoked"
    world.hub.finish_recovery()
    assert books(world) == before


def test_an_hour_of_work_comes_back_exactly(world: World, desktops: Desktops, tmp_path: Path) -> None:
    shop, rival, supplier = desktops("chenguang"), desktops("xiaoman"), desktops("hengfeng")
    for desktop in (shop, rival, supplier):
        desktop.sync()
    kept = keep(world, tmp_path)
    first = world.order(("HF-1", 60), kind=OrderKind.DROPSHIP)
    shop.workspace.submit(first)
    shop.sync()
    world.now += 1000
    too_much = world.order(("HF-1", 60))
    rival.sync()
    rival.workspace.outbox.append([rival.workspace.body(too_much)], at=world.now)
    rival.workspace.predict()
    rival.sync()
    shop.workspace.submit(PayOrder(order_id=first.order_id, method="cash", amount=500))
    shop.sync()
    world.now += 1000
    shop.workspace.submit(CancelOrder(order_id=first.order_id, reason="客人不要了"))
    shop.sync()
    second = world.order(("HF-1", 90), kind=OrderKind.DROPSHIP)
    rival.sync()
    rival.workspace.submit(second)
    rival.sync()
    before, decided = books(world), ledger(world)
    put_back(world, kept)
    assert books(world) != before
    world.now += 1000
    problems = [d.sync().problem for d in (shop, rival, supplier)]
    assert problems == ["recovering"] * 3
    report = world.hub.finish_recovery()
    assert report is not None
    assert (report.handed, report.unbooked, report.differs) == (5, 0, 0)
    for desktop in (shop, rival, supplier):
        assert desktop.sync().problem == ""
        assert desktop.shown() == desktop.from_nothing()
    assert books(world) == before
    assert ledger(world) == decided
    assert world.rows(Order, state="CANCELLED")


def test_an_operator_says_that_the_books_are_older_than_their_journal_can_tell(
    world: World, desktops: Desktops, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = desktops("chenguang")
    shop.sync()
    kept = keep(world, tmp_path)
    late = desktops("xiaoman")
    late.sync()
    for desktop in (shop, late):
        desktop.workspace.submit(world.order(("HF-1", 10), kind=OrderKind.DROPSHIP))
        desktop.sync()
    before, decided, number = books(world), ledger(world), highest_number(world)
    put_back(world, kept, journal=True)
    world.hub.close()
    assert main(["recover", "--data", str(world.folder), "--begin", "--wait", "5"]) == 0
    assert "0 devices have reported" in capsys.readouterr().out
    world.hub = world.open()
    desktops("hengfeng")
    assert highest_number(world) > number
    assert shop.sync().problem == "recovering"
    assert late.sync().problem == "signed_out"  # nobody knows its session; it hands over all the same
    finished(world)
    assert ledger(world) == decided
    assert books(world) == before


def finished(world: World) -> history.Report:
    report = world.hub.finish_recovery()
    assert report is not None
    return report


def letters(world: World) -> list[tuple[str, str]]:
    with world.hub.database.read() as connection:
        return [(x.kind, x.code) for x in dead_letters.dead_letters(connection)]


def dearer(world: World, code: str) -> ImportGoods:
    """The supplier's price for something goes up by a fifth."""
    return ImportGoods(lines=(line(code, 2, supply_price=150_000, dropship_price=180_000),))


def test_orders_keep_their_prices_although_the_supplier_never_reports(
    world: World, desktops: Desktops, tmp_path: Path
) -> None:
    shop = desktops("chenguang")
    shop.sync()
    kept = keep(world, tmp_path)
    assert world.desk("hengfeng").send(dearer(world, "HF-1")).kind is OutcomeKind.ACCEPTED
    world.approve()
    shop.sync()
    order = world.order(("HF-1", 4))
    shop.workspace.submit(order)
    shop.sync()
    (before,) = world.rows(Order, id=order.order_id)
    put_back(world, kept)
    shop.sync()
    report = finished(world)
    assert (report.handed, report.unbooked, report.differs) == (1, 0, 1)
    assert shop.sync().problem == ""
    (after,) = world.rows(Order, id=order.order_id)
    assert (after.number, after.total, after.placed_at) == (before.number, before.total, before.placed_at)
    assert letters(world) == [("differs", "booked_differently")]
    assert list(wrong_books(world)) == []


def test_what_depends_on_a_desktop_that_reports_late_waits_for_it(
    world: World, desktops: Desktops, tmp_path: Path
) -> None:
    shop, supplier = desktops("chenguang"), desktops("hengfeng")
    for desktop in (shop, supplier):
        desktop.sync()
    kept = keep(world, tmp_path)
    shop.workspace.submit(world.order(("HF-1", 4)))
    shop.sync()
    supplier.sync()
    (supply,) = supplier.find(SupplyOrder)
    supplier.workspace.submit(AcceptSupply(supply_order_ids=(supply.id,)))
    supplier.sync()
    before, decided = books(world), ledger(world)
    put_back(world, kept)
    assert supplier.sync().problem == "recovering"
    assert finished(world).unbooked == 1
    assert letters(world) == [("unbooked", "not_found")]
    assert supplier.sync().problem == ""
    assert world.desk("hengfeng-clerk").send(world.order(("HF-1", 1))).kind is OutcomeKind.REJECTED
    shop.sync()
    assert shop.sync().problem == ""
    assert letters(world) == []
    assert books(world) == before
    assert [row for row in ledger(world) if row in decided] == decided
    for desktop in (shop, supplier):
        desktop.sync()
        assert desktop.shown() == desktop.from_nothing()


def test_what_was_never_decided_is_pushed_after_what_was(world: World, desktops: Desktops, tmp_path: Path) -> None:
    shop = desktops("chenguang")
    shop.sync()
    kept = keep(world, tmp_path)
    missing = world.id()
    parked = world.order(("HF-1", 2))
    shop.workspace.submit(parked, depends_on=(missing,))
    shop.workspace.submit(world.order(("HF-1", 3)))
    assert shop.sync().problem == ""
    assert shop.workspace.counts()[0] == 1
    put_back(world, kept)
    shop.sync()
    finished(world)
    for _ in range(3):
        assert shop.sync().problem == ""
    assert shop.workspace.counts()[0] == 1
    assert len(world.rows(Order)) == 1
    assert shop.shown() == shop.from_nothing()


def test_what_was_only_parked_is_pushed_again_although_nothing_follows_it(
    world: World, desktops: Desktops, tmp_path: Path
) -> None:
    shop = desktops("chenguang")
    shop.sync()
    kept = keep(world, tmp_path)
    shop.workspace.submit(world.order(("HF-1", 3)))
    shop.workspace.submit(world.order(("HF-1", 2)), depends_on=(world.id(),))
    assert shop.sync().problem == ""
    decided = bodies(world)
    put_back(world, kept)
    shop.sync()
    finished(world)
    assert shop.sync().problem == ""
    assert bodies(world) == decided


def test_a_hub_that_lost_nothing_but_what_was_parked_gets_it_again(
    world: World, desktops: Desktops, tmp_path: Path
) -> None:
    """No receipt is missing: only the place that it waits for tells."""
    shop = desktops("chenguang")
    shop.sync()
    shop.workspace.submit(world.order(("HF-1", 3)))
    shop.sync()
    kept = keep(world, tmp_path)
    shop.workspace.submit(world.order(("HF-1", 2)), depends_on=(world.id(),))
    assert shop.sync().problem == ""
    known = bodies(world)
    put_back(world, kept)
    assert bodies(world) != known
    for _ in range(2):
        assert shop.sync().problem == ""
    assert bodies(world) == known


def test_a_restore_that_is_cut_short_goes_on(world: World, desktops: Desktops, tmp_path: Path) -> None:
    shop = desktops("chenguang")
    shop.sync()
    kept = keep(world, tmp_path)
    for _ in range(5):
        shop.workspace.submit(world.order(("HF-1", 2)))
    shop.sync()
    before, decided = books(world), ledger(world)
    put_back(world, kept)
    shop.sync()
    world.restart()
    with world.hub.database.read() as connection:
        places = handover.waiting(connection)
    world.hub.write(recovery._applying)
    world.hub.mending.apply(places[:2])
    world.restart()
    assert shop.sync().problem == ""
    assert books(world) == before
    assert ledger(world) == decided


def test_a_receipt_that_the_hub_never_signed_is_not_taken(world: World, desktops: Desktops, tmp_path: Path) -> None:
    shop = desktops("chenguang")
    shop.sync()
    kept = keep(world, tmp_path)
    shop.workspace.submit(world.order(("HF-1", 2)))
    shop.sync()
    put_back(world, kept)
    forged: list[wire.Handed] = []
    honest = shop.line.hand_over

    def lie(request: wire.Handover) -> wire.HandedOver:
        for handed in request.handed:
            assert handed.outcome.receipt is not None
            receipt = msgspec.structs.replace(handed.outcome.receipt, time=1)
            outcome = msgspec.structs.replace(handed.outcome, receipt=receipt)
            forged.append(msgspec.structs.replace(handed, outcome=outcome))
        return honest(msgspec.structs.replace(request, handed=tuple(forged) if request.handed else ()))

    shop.line.hand_over = lie  # type: ignore[method-assign]
    assert shop.sync().problem == "malformed"
    assert forged
    with world.hub.database.read() as connection:
        assert handover.waiting(connection) == []


@pytest.mark.sqlite
def test_desktops_forget_what_every_backup_has_and_nothing_else(
    world: World, desktops: Desktops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox.Outbox.forget, "__kwdefaults__", {"kept": 2})
    shop = desktops("chenguang")
    shop.sync()
    for _ in range(6):
        shop.workspace.submit(world.order(("HF-1", 2)))
    assert shop.sync().problem == ""
    assert len(shop.workspace.outbox.entries()) == 6
    folder, _ = backup.back_up(world.hub, world.folder, tmp_path / "backups")
    assert shop.sync().problem == ""
    assert len(shop.workspace.outbox.entries()) == 2
    shop.workspace.submit(world.order(("HF-1", 2)))
    assert shop.sync().problem == ""
    shop.restart("chenguang")
    shop.loop._reception.begin_rebuild()
    assert shop.sync().problem == ""
    assert shop.workspace.counts() == (0, 0)
    assert shop.shown() == shop.from_nothing()
    before, decided = books(world), ledger(world)
    world.hub.close()
    backup.restore(folder, world.folder, now=world.now, entropy=world.random.randbytes)
    world.hub = world.open()
    shop.sync()
    assert finished(world).handed == 1
    assert shop.sync().problem == ""
    assert books(world) == before
    assert ledger(world) == decided


@pytest.mark.sqlite
def test_an_answer_to_what_was_forgotten_is_news_once(
    world: World, desktops: Desktops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older hub gets a late request once more and decides it again, although its desktop has let go of it."""
    monkeypatch.setattr(outbox.Outbox.forget, "__kwdefaults__", {"kept": 1})
    shop = desktops("chenguang")
    kept, order = around_three_orders(world, shop, tmp_path)
    late = shop.line.pushes[-1]
    shop.workspace.forget(order)
    asked = shop.loop._standing()
    assert asked is not None
    put_back(world, kept)
    world.hub.begin_recovery("somebody says so")
    world.hub.finish_recovery()
    pushed = world.hub.push(asked[0], msgspec.structs.replace(late, envelopes=late.envelopes[:2], history=b""))
    assert [o.kind for o in pushed.outcomes] == [OutcomeKind.ACCEPTED] * 2
    for _ in range(2):
        shop.sync()
        world.hub.finish_recovery()
    assert shop.sync().problem == ""
    asked = shop.loop._standing()
    assert asked is not None
    assert standing(world.hub, *asked) is not None, "it would ask in a loop"


def test_what_a_revoked_device_says_of_refusals_is_not_heard(world: World, desktops: Desktops, tmp_path: Path) -> None:
    """Their reasons are not signed, and decide whether a command's id is taken."""
    shop = desktops("chenguang")
    shop.sync()
    kept = keep(world, tmp_path)
    shop.workspace.outbox.append([shop.workspace.body(world.order(("HF-1", 500)))], at=world.now)
    assert shop.sync().problem == ""
    assert [e.hint and e.hint.kind for e in shop.workspace.outbox.entries()] == [OutcomeKind.REJECTED]
    put_back(world, kept)
    device = shop.workspace.device
    assert device is not None
    world.hub.write(lambda batch: devices.revoke(batch, device.device_id))
    assert shop.sync().problem == "device_revoked"
    with world.hub.database.read() as connection:
        assert handover.waiting(connection) == []


@pytest.mark.sqlite
def test_a_hub_older_than_all_its_backups_does_not_wait_for_what_nobody_has(
    world: World, desktops: Desktops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox.Outbox.forget, "__kwdefaults__", {"kept": 1})
    shop = desktops("chenguang")
    kept, order = around_three_orders(world, shop, tmp_path)
    unsent = world.order(("HF-1", 3))
    shop.workspace.submit(unsent)
    shop.workspace.forget(order)
    assert shop.workspace.outbox.places(after=0) == [4]
    put_back(world, kept)
    assert shop.sync().problem == ""
    assert [o.id for o in world.rows(Order)] == [unsent.order_id]
    assert shop.shown() == shop.from_nothing()


def wrong_books(world: World) -> list[str]:
    with world.hub.database.read() as connection:
        return [f.text for f in inspection.findings(connection, world.hub.signer)]


@pytest.mark.sqlite
def test_a_backup_without_a_late_receipt_lets_nobody_forget_it(
    world: World, desktops: Desktops, tmp_path: Path
) -> None:
    shop = desktops("chenguang")
    shop.sync()
    kept = keep(world, tmp_path)
    shop.workspace.submit(world.order(("HF-1", 2)))
    shop.sync()
    put_back(world, kept)
    world.hub.begin_recovery("said by the test")
    finished(world)
    backup.back_up(world.hub, world.folder, tmp_path / "backups")
    assert shop.sync().problem == ""
    remembered = shop.workspace.outbox.newest_order()
    with world.hub.database.read() as connection:
        assert 0 < history.watermark(connection) < remembered


def test_an_older_database_of_the_same_history_is_noticed_by_who_has_reported_before(
    world: World, desktops: Desktops, tmp_path: Path
) -> None:
    shop = desktops("chenguang")
    shop.sync()
    first = keep(world, tmp_path)
    shop.workspace.submit(world.order(("HF-1", 1)))
    shop.sync()
    put_back(world, first)
    shop.sync()
    assert finished(world).reported == 1
    shop.sync()
    kept = keep(world, tmp_path)
    for _ in range(3):
        shop.workspace.submit(world.order(("HF-1", 2)))
    assert shop.sync().problem == ""
    before, decided = books(world), ledger(world)
    put_back(world, kept)
    shop.sync()
    assert finished(world).handed == 3
    assert shop.sync().problem == ""
    assert books(world) == before
    assert ledger(world) == decided
    number = highest_number(world)
    desktops("xiaoman")
    assert highest_number(world) > number + 1, "nobody knows whether that number was given before"


def test_who_became_another_device_is_asked_once_for_what_the_one_before_remembers(
    world: World, desktops: Desktops
) -> None:
    shop = desktops("chenguang")
    shop.sync()
    shop.workspace.submit(world.order(("HF-1", 1)))
    shop.sync()
    shop.workspace.doubt()
    shop.sign_in("chenguang")
    asked: list[wire.Handover] = []
    honest = shop.line.hand_over

    def heard(request: wire.Handover) -> wire.HandedOver:
        asked.append(request)
        return honest(request)

    shop.line.hand_over = heard  # type: ignore[method-assign]
    for _ in range(3):
        assert shop.sync().problem == ""
    assert sum(request.complete for request in asked) == 1


def test_a_lost_history_is_loaded_anew_although_no_checksum_tells(
    world: World, desktops: Desktops, tmp_path: Path
) -> None:
    shop = desktops("chenguang")
    shop.sync()
    kept = keep(world, tmp_path)
    world.desk("hengfeng").send(ImportGoods(lines=(line("HF-1", supply_price=1000),)))
    shop.sync()
    put_back(world, kept)
    world.desk("hengfeng").send(ImportGoods(lines=(line("HF-1", supply_price=2000),)))
    shop.line.pulls.clear()
    assert shop.sync().problem == ""
    assert [bool(p.cursors) for p in shop.line.pulls] == [True, False]
    assert shop.shown() == shop.from_nothing()


def test_who_becomes_another_device_keeps_what_the_one_before_was_told(
    world: World, desktops: Desktops, tmp_path: Path
) -> None:
    """What waits is sent again from its first place; a hub that has forgotten what came after is reminded of it."""
    shop = desktops("chenguang")
    shop.sync()
    kept = keep(world, tmp_path)
    shop.workspace.submit(world.order(("HF-2", 1)), depends_on=(world.id(),))
    shop.workspace.submit(world.order(("HF-1", 1)))
    shop.sync()
    decided = ledger(world)[-1]
    put_back(world, kept)
    world.desk("hengfeng").send(ImportGoods(lines=(line("HF-1", supply_price=9000),)))
    shop.workspace.doubt()
    shop.sign_in("chenguang")
    shop.sync()
    finished(world)
    assert shop.sync().problem == ""
    assert decided in ledger(world)
    assert [item.state for item in shop.workspace.queue()] == ["accepted", "parked"]
    assert shop.shown() == shop.from_nothing()


def test_what_a_copy_has_taken_the_place_of_is_booked_all_the_same(
    world: World, desktops: Desktops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two profiles are one device; the hub forgot what the first had done before the second came."""
    monkeypatch.setattr(binding, "is_copy", lambda *args: False)
    shop = desktops("chenguang")
    shop.sync()
    twin = copied(world, shop, tmp_path / "copied", "chenguang")
    kept = keep(world, tmp_path)
    shop.workspace.submit(world.order(("HF-1", 3)))
    assert shop.sync().problem == ""
    decided = ledger(world)[-1]
    put_back(world, kept)
    twin.workspace.submit(world.order(("HF-2", 1)))
    assert twin.sync().problem == ""
    assert shop.sync().problem == "device_cloned"
    shop.sign_in("chenguang")
    shop.sync()
    finished(world)
    for desktop in (shop, twin):
        assert desktop.sync().problem == ""
        assert desktop.shown() == desktop.from_nothing()
    assert len(world.rows(Order)) == 2
    assert [row[2] for row in ledger(world)].count(decided[2]) == 1
    assert letters(world) == []
    assert wrong_books(world) == []
    twin.close()


def test_what_another_copy_had_decided_otherwise_meanwhile_is_told_to_an_operator(
    world: World, desktops: Desktops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three profiles are one device: the place is taken, and the command was decided again in another one."""
    monkeypatch.setattr(binding, "is_copy", lambda *args: False)
    shop, rival = desktops("chenguang"), desktops("xiaoman")
    for desktop in (shop, rival):
        desktop.sync()
    twin = copied(world, shop, tmp_path / "copied", "chenguang")
    kept = keep(world, tmp_path)
    shop.workspace.submit(world.order(("HF-1", 60), kind=OrderKind.DROPSHIP))
    late = copied(world, shop, tmp_path / "unsent", "chenguang")
    assert shop.sync().problem == ""
    put_back(world, kept)
    for desktop, order in ((twin, ("HF-2", 1)), (rival, ("HF-1", 90))):
        desktop.workspace.submit(world.order(order, kind=OrderKind.DROPSHIP))
        assert desktop.sync().problem == ""
    assert late.sync().problem == "device_cloned"
    late.sign_in("chenguang")
    assert late.sync().problem == ""
    assert [item.state for item in late.workspace.queue()] == ["rejected"]
    assert shop.sync().problem == "device_cloned"
    shop.sign_in("chenguang")
    for desktop in (shop, twin, late):
        assert desktop.sync().problem == ""
    assert letters(world) == [("differs", "decided_twice")]
    assert wrong_books(world) == []
    for desktop in (twin, late):
        desktop.close()


@pytest.mark.parametrize("lost_again", [False, True])
def test_what_came_to_something_else_for_another_copy_is_told_too(
    world: World, desktops: Desktops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost_again: bool
) -> None:
    """Both were accepted: the goods were new for the one, and there already for the other."""
    monkeypatch.setattr(binding, "is_copy", lambda *args: False)
    maker = desktops("hengfeng")
    maker.sync()
    twin = copied(world, maker, tmp_path / "copied", "hengfeng")
    kept = keep(world, tmp_path)
    goods = ImportGoods(lines=(line("HF-NEW"),))
    maker.workspace.submit(goods)
    late = copied(world, maker, tmp_path / "unsent", "hengfeng")
    assert maker.sync().problem == ""
    put_back(world, kept)
    twin.workspace.submit(goods)
    assert twin.sync().problem == ""
    assert late.sync().problem == "device_cloned"
    late.sign_in("hengfeng")
    assert late.sync().problem == ""
    if lost_again:  # both are remembered, and neither is known
        put_back(world, kept)
        for desktop in (twin, maker, late):
            desktop.sync()
        finished(world)
    else:
        maker.sync()
        maker.sign_in("hengfeng")
        assert maker.sync().problem == ""
    assert ("differs", "decided_twice") in letters(world)
    for desktop in (twin, late):
        desktop.close()


def test_nothing_is_paid_twice_whenever_the_backup_was_taken(world: World, desktops: Desktops, tmp_path: Path) -> None:
    bank = Bank(world.clock)
    world.providers = (bank,)
    world.restart()
    shop = desktops("chenguang")
    shop.sync()
    kept = [keep(world, tmp_path / "0")]
    order = world.order(("HF-1", 2), kind=OrderKind.DROPSHIP)
    for message in (
        order,
        PayOrder(order_id=order.order_id, method="wechat", amount=300),
        PayOrder(order_id=order.order_id, method="cash", amount=200),
        CancelOrder(order_id=order.order_id, reason="客人不要了"),
        PayOrder(order_id=order.order_id, method="cash", amount=-200),
    ):
        world.now += 1000
        shop.workspace.submit(message)
        assert shop.sync().problem == ""
        kept.append(keep(world, tmp_path / str(len(kept))))
    world.now += 1000
    assert perform_due(world.hub) == 1
    shop.sync()
    before = books(world)
    for copy in kept:
        world.now += 10 * LEASE
        put_back(world, copy)
        world.hub.begin_recovery("said by the test")  # if it has not noticed by itself
        asked = len(bank.asked)
        assert perform_due(world.hub) == 0  # held while it recovers
        shop.sync()
        world.hub.finish_recovery()
        world.now += 10 * LEASE
        assert perform_due(world.hub) == 1
        assert len(bank.asked) == asked  # the bank was asked what it knows, not to pay
        assert bank.total == 300
        assert shop.sync().problem == ""
        assert books(world) == before
        assert perform_due(world.hub) == 0
    put_back(world, kept[4], journal=True)  # and where nobody notices that this is an older one, the key says so
    assert perform_due(world.hub) == 1
    assert bank.total == 300
    with world.hub.database.read() as connection:
        assert {e.state for e in effects.effects(connection) if e.provider == bank.name} == {EffectState.CONFIRMED}


@pytest.mark.sqlite
def test_a_backup_made_while_the_hub_was_put_together_lacks_what_it_lacked(
    world: World, desktops: Desktops, tmp_path: Path
) -> None:
    shop, rival = desktops("chenguang"), desktops("xiaoman")
    for desktop in (shop, rival):
        desktop.sync()
    kept = keep(world, tmp_path)
    for name in ("新店", "老店"):
        parties.add_organisation(world.hub, PartyKind.MERCHANT, name, PartyState.APPROVED)
    for desktop in (shop, rival):
        desktop.workspace.submit(world.order(("HF-1", 2)))
        desktop.sync()
    before, decided = books(world), ledger(world)
    put_back(world, kept)
    assert shop.sync().problem == "recovering"
    folder, _ = backup.back_up(world.hub, world.folder, tmp_path / "backups")
    world.hub.close()
    backup.restore(folder, world.folder, now=world.now, entropy=world.random.randbytes)
    world.hub = world.open()
    for desktop in (shop, rival):
        desktop.sync()
    finished(world)
    for desktop in (shop, rival):
        assert desktop.sync().problem == ""
    assert books(world) == before
    assert ledger(world) == decided


def test_who_comes_late_is_asked_for_what_others_orders_hide(world: World, desktops: Desktops, tmp_path: Path) -> None:
    """Older books went on unnoticed: their own orders are as high as those that they lack."""
    shop, rival, supplier = desktops("chenguang"), desktops("xiaoman"), desktops("hengfeng")
    for desktop in (shop, rival, supplier):
        desktop.sync()
    kept = keep(world, tmp_path)
    for desktop in (shop, rival):
        desktop.workspace.submit(world.order(("HF-1", 2)))
        assert desktop.sync().problem == ""
    put_back(world, kept)
    for code in ("HF-1", "HF-2", "HF-3"):
        supplier.workspace.submit(dearer(world, code))
    assert supplier.sync().problem == ""
    for desktop in (rival, shop, supplier):
        desktop.sync()
    finished(world)
    for desktop in (shop, rival, supplier):
        assert desktop.sync().problem == ""
    assert len(world.rows(Order)) == 2
