"""Suppliers' figures: counted by the hub, told only where many orders of several shops stand behind them."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import Connection

from s2b_domain.access import CATALOG, scopes_of
from s2b_domain.commands.ratings import RateSuppliers, Rating
from s2b_domain.records.order import Parcel, SupplyOrder
from s2b_domain.records.rating import SupplierRating
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.order_flow import OrderKind, ParcelState, SupplyState
from s2b_domain.wire import OutcomeKind
from s2b_hub import ratings
from s2b_hub.chores import do_due
from s2b_hub.ratings import DAY, PERIOD
from tests.hub.world import World

HOUR = 3_600_000


def supply(n: int, now: int, *, supplier: str, shop: int, state: SupplyState, days: int = 10) -> SupplyOrder:
    placed = now - days * DAY
    return SupplyOrder(
        id=f"s{n}", number=f"S{n}", order_id=f"o{n}", supplier_id=supplier, merchant_id=f"m{shop}", merchant_name="",
        supplier_name="", kind=OrderKind.PURCHASE, state=state, address=None, goods_amount=1, total=1,
        ship_by=placed + 2 * DAY, placed_at=placed,
    )  # fmt: skip


def parcel(order: SupplyOrder, after: int) -> Parcel:
    return Parcel(
        id="p" + order.id, supply_order_id=order.id, order_id=order.order_id, supplier_id=order.supplier_id,
        merchant_id=order.merchant_id, carrier="", tracking_number="", items=(), state=ParcelState.CREATED,
        shipped_at=order.placed_at + after,
    )  # fmt: skip


def fill(connection: Connection, supplier: str, now: int) -> None:
    """Ten orders of three shops: two declined, six shipped in time, one late, one that is not due yet."""
    store = RecordStore(connection)
    states = [SupplyState.DECLINED] * 2 + [SupplyState.DELIVERED] * 6 + [SupplyState.SHIPPED, SupplyState.ACCEPTED]
    orders = [supply(n, now, supplier=supplier, shop=n % 3, state=state) for n, state in enumerate(states)]
    orders[9] = orders[9].with_(ship_by=now + DAY)
    others = [
        supply(20, now, supplier=supplier, shop=1, state=SupplyState.WAITING),  # not decided yet
        supply(21, now, supplier=supplier, shop=1, state=SupplyState.DECLINED, days=91),  # long ago
        supply(22, now, supplier=supplier, shop=1, state=SupplyState.CANCELLED),  # the shop's own doing
    ]
    store.insert(SupplyOrder, [*orders, *others])
    store.insert(Parcel, [parcel(o, 10 * HOUR) for o in orders[2:8]] + [parcel(orders[8], 3 * DAY)])


def test_counts_are_those_of_the_books(world: World) -> None:
    supplier = world.organisation("hengfeng")
    with world.hub.database.write() as connection:
        fill(connection, supplier, world.now)
        found = ratings.ratings(connection, world.now)
    assert found == {
        supplier: Rating(
            supplier_id=supplier, asked=10, accepted=8, due=7, on_time=6, shipped=7, claimed=0,
            ship_ms=(6 * 10 * HOUR + 72 * HOUR) // 7,
        )
    }  # fmt: skip


@pytest.mark.parametrize(("least", "value"), [("LEAST_ORDERS", 11), ("LEAST_SHOPS", 4)])
def test_too_few_orders_or_shops_tell_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, least: str, value: int
) -> None:
    monkeypatch.setattr(ratings, least, value)
    with world.hub.database.write() as connection:
        fill(connection, world.organisation("hengfeng"), world.now)
        assert ratings.ratings(connection, world.now) == {}


def test_the_hub_writes_them_once_a_day_and_merchants_hear(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    supplier = world.organisation("hengfeng")
    counted = {supplier: Rating(supplier_id=supplier, asked=20, accepted=19)}
    monkeypatch.setattr(ratings, "ratings", lambda _connection, _now: dict(counted))
    assert (do_due(world.hub), do_due(world.hub)) == (1, 0)
    desk = world.desk("chenguang")
    desk.pull()
    [row] = desk.has(SupplierRating)
    assert (row.id, row.asked, row.accepted, row.until - row.since) == (supplier, 20, 19, PERIOD)
    assert CATALOG in scopes_of(row)
    counted.clear()  # fewer than may be told now: the old figures go
    world.now += DAY
    assert do_due(world.hub) == 1
    assert world.rows(SupplierRating)[0].asked == 0


def test_nobody_but_the_hub_rates(world: World) -> None:
    supplier = world.organisation("hengfeng")
    forged = RateSuppliers(since=0, until=1, ratings=(Rating(supplier_id=supplier, asked=9, accepted=9),))
    for login in ("hengfeng", "chenguang", "admin"):
        desk = world.desk(login)
        desk.pull()
        outcome = desk.send(msgspec.structs.replace(forged))
        assert outcome.kind is not OutcomeKind.ACCEPTED
    assert world.rows(SupplierRating) == []
