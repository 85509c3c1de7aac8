"""Lots, a second warehouse, a count and a transfer, over the usual desk."""

from __future__ import annotations

import msgspec

from s2b_domain.access import Actor, Role
from s2b_domain.commands.counts import CountedLine, SubmitCount
from s2b_domain.commands.stock import MoveStock, main_warehouse_id
from s2b_domain.commands.transfers import SendTransfer, SentLine
from s2b_domain.commands.warehouses import SaveWarehouse, WatchStock
from s2b_domain.ids import derived_id
from s2b_domain.records.catalog import Sku
from s2b_domain.records.stock import Stock
from s2b_domain.rules.stock import MovementKind, Tracking
from tests.views import world
from tests.views.desk import FakeDesk

MINE = world.SUPPLIER.organisation_id
MAIN = main_warehouse_id(MINE)
COLD = derived_id(MINE, "warehouse", "cold")


def sku(desk: FakeDesk, code: str) -> Sku:
    """One of the supplier's goods."""
    [found] = desk.store.find(Sku, supplier_id=MINE, code=code)
    return found


def stock_of(desk: FakeDesk, code: str, warehouse_id: str = MAIN, lot: str = "") -> Stock:
    """A place."""
    rows = desk.store.find(Stock, owner_id=MINE, sku_id=sku(desk, code).id)
    [found] = [s for s in rows if (s.warehouse_id, s.lot) == (warehouse_id, lot)]
    return found


def fill(desk: FakeDesk) -> None:
    """A cold store with lots, shelves, a count that differs and a transfer on its way."""
    desk.submit(SaveWarehouse(warehouse_id=COLD, name="冷库", position=1))
    for lot, days, n in (("L2611", 12, 40), ("L2612", 90, 60), ("L2609", -3, 6)):
        desk.submit(
            MoveStock(
                sku_id=sku(desk, "000015").id,
                kind=MovementKind.RECEIVE,
                quantity=n,
                warehouse_id=COLD,
                lot=lot,
                expires_at=world.NOW + days * world.DAY,
            )
        )
    desk.submit(WatchStock(sku_ids=(sku(desk, "000015").id,), tracking=Tracking.EXPIRY, low_at=20, shelf="B-03"))
    desk.submit(WatchStock(sku_ids=(sku(desk, "000001").id,), shelf="A-01"))
    desk.submit(WatchStock(sku_ids=(sku(desk, "000004").id,), low_at=5000))
    lines = tuple(
        CountedLine(sku_id=s.sku_id, counted=s.on_hand + by, position=s.position)
        for s, by in ((stock_of(desk, c), by) for c, by in (("000001", -3), ("000004", 2), ("000019", 0)))
    )
    desk.submit(SubmitCount(count_id=desk.new_id(), lines=lines, note="A 区货架"))
    desk.submit(
        SendTransfer(
            transfer_id=desk.new_id(),
            from_id=MAIN,
            to_id=COLD,
            lines=(SentLine(sku_id=sku(desk, "000019").id, quantity=5),),
            at_once=False,
            reason="促销备货",
        )
    )


def clerk() -> Actor:
    """Somebody who may count, but not book a count."""
    return msgspec.structs.replace(world.SUPPLIER, name="小周", role=Role.WAREHOUSE_CLERK)
