"""What a merchant reads of its orders, from a store that holds everything of everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import Connection, event

from s2b_desktop.models.queries.orders import (
    DECLINED_SHOWN,
    OrderSort,
    OrderView,
    order_detail,
    order_facts,
    order_rowid,
    order_rowids,
    order_rows,
)
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.supply import TrackParcel
from s2b_domain.records.order import Order, Parcel, SupplyOrder
from s2b_domain.rules.order_flow import OrderKind, OrderState, ParcelState, PaymentState, SupplyState
from tests.models.conftest import open_workspace
from tests.views import world
from tests.views.world import DAY, HOUR, MERCHANT, NOW, SECOND_MERCHANT, World

SHOP = MERCHANT.organisation_id


@pytest.fixture
def hub() -> Iterator[World]:
    """The world, to be changed by one test: its changes are rolled back."""
    made = world.world()
    yield made
    made.connection.rollback()


def numbers(connection: Connection, view: OrderView, text: str = "", now: int = NOW) -> list[str]:
    return [row.number for row in order_rows(connection, order_rowids(connection, SHOP, view, text, now))]


def mine(hub: World) -> list[Order]:
    return hub.store.find(Order, merchant_id=SHOP)


def test_a_shop_sees_its_own_orders_newest_first(hub: World) -> None:
    rows = order_rows(hub.connection, order_rowids(hub.connection, SHOP, "all", "", NOW))
    assert len(rows) == len(mine(hub)) == 19
    assert [r.placed_at for r in rows] == sorted((r.placed_at for r in rows), reverse=True)


@pytest.mark.parametrize("view", get_args(OrderView))
def test_every_view_holds_what_its_name_says(hub: World, view: OrderView) -> None:
    rows = order_rows(hub.connection, order_rowids(hub.connection, SHOP, view, "", NOW))
    wanted: dict[str, Callable[[Order], bool]] = {
        "all": lambda o: True,
        "to_confirm": lambda o: o.state is OrderState.PLACED,
        "to_ship": lambda o: o.state in (OrderState.CONFIRMED, OrderState.PARTLY_SHIPPED),
        "in_transit": lambda o: o.state is OrderState.SHIPPED,
        "finished": lambda o: o.state in (OrderState.DELIVERED, OrderState.COMPLETED),
        "cancelled": lambda o: o.state is OrderState.CANCELLED,
        "unpaid": lambda o: (
            o.kind is OrderKind.DROPSHIP
            and o.state is not OrderState.CANCELLED
            and o.paid < o.total - o.cancelled_amount
        ),
        "attention": lambda o: any(s.state is SupplyState.DECLINED for s in hub.store.find(SupplyOrder, order_id=o.id)),
    }
    assert rows
    assert {r.id for r in rows} == {o.id for o in mine(hub) if wanted[view](o)}


@pytest.mark.parametrize("sort", get_args(OrderSort))
def test_sorting_holds_both_ways(hub: World, sort: OrderSort) -> None:
    def ids(down: bool) -> list[str]:
        rowids = order_rowids(hub.connection, SHOP, "all", "", NOW, sort, down)
        return [row.id for row in order_rows(hub.connection, rowids)]

    keys = {"placed": lambda o: o.placed_at, "number": lambda o: o.number, "total": lambda o: o.total}
    by = {o.id: keys[sort](o) for o in mine(hub)}
    assert [by[i] for i in ids(True)] == sorted(by.values(), reverse=True)
    assert [by[i] for i in ids(False)] == sorted(by.values())


def test_search_finds_numbers_goods_codes_and_phones(hub: World) -> None:
    connection = hub.connection
    assert numbers(connection, "all", "1025") == ["D3-20261122-1025"]
    (found,) = [o for o in mine(hub) if o.number == "D3-20261122-1025"]
    assert found.address is not None
    assert found.number in numbers(connection, "all", found.address.phone[-4:])
    assert found.number in numbers(connection, "all", "陈晓燕")
    assert found.number in numbers(connection, "all", "真空压缩袋")
    assert found.number in numbers(connection, "to_confirm", "BC-0019")
    assert numbers(connection, "in_transit", "1025") == []
    assert numbers(connection, "all", "%") == ["D3-20261122-1018"]  # 100%橙汁
    other = hub.store.find(Order, merchant_id=SECOND_MERCHANT.organisation_id)[0]
    assert other.number not in numbers(connection, "all", other.number)


def test_late_parts_troubled_parcels_and_refunds_need_attention(hub: World) -> None:
    before = set(numbers(hub.connection, "attention"))
    paid = next(o for o in mine(hub) if o.paid and o.state is OrderState.SHIPPED)
    hub.do(MERCHANT, PayOrder(order_id=paid.id, method="现金", amount=100), NOW)
    assert set(numbers(hub.connection, "attention")) - before == {paid.number}

    parcel = next(
        p
        for p in hub.store.find(Parcel, merchant_id=SHOP)
        if p.state is ParcelState.IN_TRANSIT and p.order_id != paid.id
    )
    (supply,) = hub.store.find(SupplyOrder, id=parcel.supply_order_id)
    seller = world.SUPPLIER if supply.supplier_id == world.SUPPLIER.organisation_id else world.SECOND_SUPPLIER
    hub.do(seller, TrackParcel(parcel_id=parcel.id, state=ParcelState.PROBLEM, place="杭州"), NOW)
    (troubled,) = hub.store.find(Order, id=parcel.order_id)
    assert troubled.number in numbers(hub.connection, "attention")

    later = set(numbers(hub.connection, "attention", now=NOW + 3 * DAY))
    unshipped = {o.number for o in mine(hub) if o.state is OrderState.CONFIRMED}
    assert unshipped <= later
    assert not unshipped & before


def test_an_order_that_all_declined_is_forgotten_after_a_week(hub: World) -> None:
    (declined,) = numbers(hub.connection, "attention")
    (order,) = [o for o in mine(hub) if o.number == declined]
    assert order.state is OrderState.CANCELLED
    assert declined in numbers(hub.connection, "attention", now=order.placed_at + DECLINED_SHOWN - 1)
    assert declined not in numbers(hub.connection, "attention", now=order.placed_at + DECLINED_SHOWN)


def test_facts_agree_with_the_views(hub: World) -> None:
    facts = order_facts(hub.connection, SHOP, NOW, NOW - 10 * HOUR)
    for view in ("to_confirm", "to_ship", "in_transit", "attention"):
        assert getattr(facts, view) == len(numbers(hub.connection, view))
    today = [o for o in mine(hub) if o.placed_at >= NOW - 10 * HOUR]
    assert (facts.today, facts.today_amount) == (len(today), sum(o.total - o.cancelled_amount for o in today))
    assert facts.oldest_to_confirm == min(o.placed_at for o in mine(hub) if o.state is OrderState.PLACED)
    assert facts.late == 0
    assert order_facts(hub.connection, SHOP, NOW + 3 * DAY, NOW).late > 0


def test_rows_keep_the_order_asked_for(hub: World) -> None:
    rowids = list(order_rowids(hub.connection, SHOP, "all", "", NOW))[:4]
    asked = [rowids[3], 10**6, rowids[0]]
    rows = order_rows(hub.connection, asked)
    assert [r.rowid for r in rows] == asked
    assert rows[1].id == ""


def test_a_row_names_goods_suppliers_and_payment(hub: World) -> None:
    (row,) = order_rows(hub.connection, order_rowids(hub.connection, SHOP, "all", "1121-1009", NOW))
    assert (row.customer, row.phone) == ("周建国", "13957100781")
    assert (row.goods, row.more_goods) == ("维达 超韧抽纸 3层110抽×24包", 1)
    assert len(row.suppliers) == 2
    assert row.payment is PaymentState.PAID


def test_an_order_in_full_tells_its_story_in_order(hub: World) -> None:
    (rowid,) = order_rowids(hub.connection, SHOP, "all", "D3-20261121-1009", NOW)
    (row,) = order_rows(hub.connection, [rowid])
    assert order_rowid(hub.connection, row.id) == rowid
    detail = order_detail(hub.connection, row.id)
    assert detail is not None
    assert [p.supply.number for p in detail.parts] == [f"{row.number}-1", f"{row.number}-2"]
    assert all(part.lines and part.parcels for part in detail.parts)
    assert sum(p.amount for p in detail.payments) == detail.order.paid == detail.due
    told = [h.event for h in detail.history]
    assert told[:2] == ["order.placed", "order.confirmed"]
    assert told.count("supply.accepted") == told.count("supply.shipped") == told.count("parcel.collected") == 2
    assert [h.at for h in detail.history] == sorted(h.at for h in detail.history)
    assert all(h.organisation_id == SHOP for h in detail.history)
    assert order_detail(hub.connection, "0" * 32) is None
    assert order_rowid(hub.connection, "0" * 32) is None


def test_what_needs_attention_is_found_without_reading_every_order(tmp_path: Path) -> None:
    with closing(open_workspace(tmp_path, MERCHANT)) as workspace, workspace.cache.read() as connection:
        asked: list[tuple[str, Any]] = []
        event.listen(connection, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
        order_rowids(connection, SHOP, "attention", "", NOW)
        sql, parameters = asked[-1]
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)]
    for index in ("ix_sales_order_overpaid", "ix_parcel_problem"):
        assert any(index in step for step in plan)
    assert not [step for step in plan if step.startswith("SCAN") or "merchant_id_placed_at" in step]
