"""A hub that comes back from an older backup: everything that the desktops remember is back, as it was decided."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from s2b_domain.commands.orders import CancelOrder, PayOrder
from s2b_domain.records.order import Order
from s2b_domain.rules.order_flow import OrderKind
from s2b_hub import tables
from s2b_hub.location import FILE
from tests.hub.world import World
from tests.sync.conftest import Desktops


def keep(world: World, folder: Path) -> Path:
    """What a copy of the database holds now."""
    world.hub.close()
    shutil.copy(world.folder / FILE, folder / "kept.sqlite")
    world.hub = world.open()
    return folder / "kept.sqlite"


def put_back(world: World, kept: Path) -> None:
    """The older database, without a word to anybody."""
    world.hub.close()
    for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
        (world.folder / name).unlink(missing_ok=True)
    shutil.copy(kept, world.folder / FILE)
    world.hub = world.open()


def books(world: World) -> dict[Any, Any]:
    return {k: type(r).encode(r) for k, r in world.everything().items()}


def ledger(world: World) -> list[Any]:
    with world.hub.database.read() as connection:
        rows = connection.execute(tables.ledger.select().order_by(tables.ledger.c.hub_order))
        return [tuple(row) for row in rows]


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
