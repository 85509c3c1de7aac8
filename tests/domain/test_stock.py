"""Warehouses, transfers, lots, blind counts, feeds and the moment goods become low."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.access import Role
from s2b_domain.commands.counts import CountedLine, DecideCount, SubmitCount, differences
from s2b_domain.commands.feeds import FeedLine, FeedMode, FeedStock
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.receivings import ReceivedItem, ReceiveGoods
from s2b_domain.commands.stock import MoveStock, counted, main_warehouse_id
from s2b_domain.commands.supply import AcceptSupply, ShipItem, ShipParcel, ShortPick
from s2b_domain.commands.transfers import ReceiveTransfer, SendTransfer, SentLine
from s2b_domain.commands.warehouses import SaveWarehouse, WatchStock
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Category, Product, Sku
from s2b_domain.records.order import SupplyLine, SupplyOrder
from s2b_domain.records.party import Organisation
from s2b_domain.records.stock import (
    Availability,
    CountState,
    Discrepancy,
    Movement,
    Reservation,
    Stock,
    StockCount,
    StockWatch,
    Transfer,
    Warehouse,
)
from s2b_domain.rules.order_flow import OrderKind, SupplyState
from s2b_domain.rules.stock import MovementKind, Place, Tracking, crosses_low, low_threshold, pick
from tests.domain.books import Books, water
from tests.domain.straight import check_books

DAY = 86_400_000


def sold(books: Books, stock: int = 20) -> Sku:
    """Water on sale."""
    books.sell(books.hengfeng, water(stock=stock))
    return books.skus()[0]


def order(books: Books, sku: Sku, quantity: int) -> SupplyOrder:
    """An order that the supplier has accepted."""
    items = (OrderItem(sku_id=sku.id, quantity=quantity, price_seen=12_500),)
    order_id = books.id()
    books.do(books.chenguang, PlaceOrder(order_id=order_id, number=order_id, kind=OrderKind.PURCHASE, items=items))
    [supply] = books.store.find(SupplyOrder, order_id=order_id)
    books.do(books.hengfeng, AcceptSupply(supply_order_ids=(supply.id,)))
    return supply


def second(books: Books, name: str = "二号仓", position: int = 1) -> str:
    id_ = books.id()
    books.do(books.hengfeng, SaveWarehouse(warehouse_id=id_, name=name, position=position))
    return id_


def on_hand(books: Books, warehouse_id: str) -> int:
    return sum(s.on_hand for s in books.store.find(Stock) if s.warehouse_id == warehouse_id)


def available(books: Books, sku: Sku) -> int:
    row = books.store.get(Availability, sku.id)
    return row.available if row else 0


def refused(books: Books, message: object, code: str, actor: object = None) -> Refused:
    with pytest.raises(Refused) as answer:
        books.do(actor or books.hengfeng, message)  # type: ignore[arg-type]
    assert answer.value.code == code
    return answer.value


def test_a_transfer_at_once_keeps_what_is_promised(books: Books) -> None:
    sku, main = sold(books), main_warehouse_id(books.hengfeng.organisation_id)
    other = second(books)
    lines = (SentLine(sku_id=sku.id, quantity=8),)
    books.do(books.hengfeng, SendTransfer(transfer_id=books.id(), from_id=main, to_id=other, lines=lines))
    assert (on_hand(books, main), on_hand(books, other), available(books, sku)) == (12, 8, 20)
    assert not books.store.find(Transfer)[0].open
    check_books(books)


def test_what_is_in_transit_is_promised_to_nobody_and_a_loss_is_noted(books: Books) -> None:
    sku, main = sold(books), main_warehouse_id(books.hengfeng.organisation_id)
    other, id_ = second(books), books.id()
    lines = (SentLine(sku_id=sku.id, quantity=8),)
    books.do(books.hengfeng, SendTransfer(transfer_id=id_, from_id=main, to_id=other, lines=lines, at_once=False))
    assert (available(books, sku), on_hand(books, other)) == (12, 0)
    refused(books, SaveWarehouse(warehouse_id=other, name="二号仓", closed=True), "warehouse_in_use")
    books.do(books.hengfeng, ReceiveTransfer(transfer_id=id_, received=(7,)))
    assert (available(books, sku), on_hand(books, other)) == (19, 7)
    [lost] = books.store.find(Discrepancy)
    assert (lost.code, lost.details) == ("transfer_differs", counted(sku) | {"sent": 8, "received": 7})
    refused(books, ReceiveTransfer(transfer_id=id_, received=(8,)), "transfer_closed")
    refused(books, SendTransfer(transfer_id=id_, from_id=main, to_id=other, lines=lines), "id_taken")
    refused(
        books, SendTransfer(transfer_id=books.id(), from_id=main, to_id=other, lines=lines), "not_yours", books.yuanda
    )
    check_books(books)


def test_warehouses_have_names_and_the_main_one_stays(books: Books) -> None:
    mine = books.hengfeng.organisation_id
    other = second(books)
    refused(books, SaveWarehouse(warehouse_id=books.id(), name=" 二号仓 "), "name_taken")
    refused(books, SaveWarehouse(warehouse_id=books.id(), name=" "), "field_required")
    refused(books, SaveWarehouse(warehouse_id=main_warehouse_id(mine), name="主仓", closed=True), "warehouse_in_use")
    refused(books, SaveWarehouse(warehouse_id=other, name="我的"), "not_yours", books.yuanda)
    books.do(books.hengfeng, SaveWarehouse(warehouse_id=other, name="冷库", closed=True))
    assert {w.name: w.closed for w in books.store.find(Warehouse, owner_id=mine)} == {"主仓": False, "冷库": True}
    [organisation] = books.store.find(Organisation, id=mine)
    refused(
        books, SaveWarehouse(warehouse_id=other, name="x"), "not_permitted",
        books.actor(organisation, Role.WAREHOUSE_CLERK),
    )  # fmt: skip


def lots(books: Books, *found: tuple[str, int, int]) -> Sku:
    """Water in lots: (name, days to expiry, steps)."""
    sku = sold(books, 0)
    for lot, days, quantity in found:
        books.do(
            books.hengfeng,
            MoveStock(
                sku_id=sku.id, kind=MovementKind.RECEIVE, quantity=quantity, lot=lot, expires_at=books.now + days * DAY
            ),
        )
    return sku


def test_what_expires_first_is_reserved_first_and_what_has_expired_never(books: Books) -> None:
    sku = lots(books, ("late", 90, 5), ("soon", 30, 5), ("gone", -1, 5))
    order(books, sku, 7)
    held = {books.store.get(Stock, r.stock_id).lot: r.quantity for r in books.store.find(Reservation)}  # type: ignore[union-attr]
    assert held == {"soon": 5, "late": 2}
    items = (OrderItem(sku_id=sku.id, quantity=4, price_seen=12_500),)
    refused(
        books, PlaceOrder(order_id=books.id(), number="9", kind=OrderKind.PURCHASE, items=items), "out_of_stock",
        books.chenguang,
    )  # fmt: skip
    check_books(books)


@given(
    st.lists(st.tuples(st.integers(-5, 20), st.none() | st.integers(0, 9), st.integers(0, 3)), max_size=8),
    st.integers(0, 80),
)
def test_picking_takes_no_more_than_there_is_and_the_earliest_first(
    found: list[tuple[int, int | None, int]], wanted: int
) -> None:
    shelves = [Place(str(at), n, expires, rank) for at, (n, expires, rank) in enumerate(found)]
    by_id = {p.id: p for p in shelves}
    taken = pick(shelves, wanted)
    assert sum(n for _, n in taken) == min(wanted, sum(max(0, p.available) for p in shelves))
    assert all(0 < n <= by_id[id_].available for id_, n in taken)
    dates = [by_id[id_].expires_at for id_, _ in taken]
    assert dates == sorted(dates, key=lambda d: (d is None, d or 0))
    for id_, n in taken[:-1]:
        assert n == by_id[id_].available  # the next one is opened when this one is empty


def test_a_receipt_without_the_lot_that_the_category_asks_for_is_booked_and_noted(books: Books) -> None:
    sku = sold(books, 0)
    food, drinks = books.id(), books.id()
    books.write(
        Category(id=food, parent_id="", name_zh="食品", name_en="Food", tracking=Tracking.EXPIRY),
        Category(id=drinks, parent_id=food, name_zh="饮料", name_en="Drinks"),
    )
    [product] = books.store.find(Product)
    books.write(product.with_(category_id=drinks))

    def receive(**more: object) -> list[str]:
        before = len(books.store.find(Discrepancy))
        message = MoveStock(sku_id=sku.id, kind=MovementKind.RECEIVE, quantity=1, **more)  # type: ignore[arg-type]
        books.do(books.hengfeng, message)
        return [d.code for d in books.store.find(Discrepancy)[before:]]

    assert receive() == ["lot_missing"]
    assert receive(lot="L1") == ["lot_missing"]
    assert receive(lot="L2", expires_at=books.now + DAY) == []
    books.do(books.hengfeng, WatchStock(sku_ids=(sku.id,), tracking=Tracking.LOT))
    assert receive(lot="L3") == []
    books.do(books.hengfeng, WatchStock(sku_ids=(sku.id,), tracking=Tracking.NONE))
    assert receive() == []


def test_a_shop_says_itself_what_its_receipts_ask_for(books: Books) -> None:
    sku = sold(books, 0)
    books.do(books.hengfeng, WatchStock(sku_ids=(sku.id,), tracking=Tracking.EXPIRY))
    receipt = MoveStock(sku_id=sku.id, kind=MovementKind.RECEIVE, quantity=1)
    books.do(books.chenguang, receipt)
    assert books.store.find(Discrepancy) == []  # what a supplier asks for in its own stock
    books.do(books.chenguang, WatchStock(sku_ids=(sku.id,), tracking=Tracking.LOT))
    books.do(books.chenguang, receipt)
    assert [(d.code, d.organisation_id) for d in books.store.find(Discrepancy)] == [
        ("lot_missing", books.chenguang.organisation_id)
    ]


def test_a_delivery_without_the_lot_that_the_shop_asks_for_is_booked_and_noted(books: Books) -> None:
    sku = sold(books)
    supply = order(books, sku, 3)
    [line] = books.store.find(SupplyLine, supply_order_id=supply.id)
    books.do(
        books.hengfeng,
        ShipParcel(
            parcel_id=books.id(),
            supply_order_id=supply.id,
            carrier="SF",
            tracking_number="1",
            items=(ShipItem(supply_line_id=line.id, quantity=3),),
        ),
    )
    books.do(books.chenguang, WatchStock(sku_ids=(sku.id,), tracking=Tracking.EXPIRY))
    told = {"L1": books.now + DAY, "": None}
    for lot, expires_at in told.items():
        assert books.store.find(Discrepancy) == []
        item = ReceivedItem(supply_line_id=line.id, good=1, lot=lot, expires_at=expires_at)
        books.do(books.chenguang, ReceiveGoods(receipt_id=books.id(), supply_order_id=supply.id, items=(item,)))
    assert [d.code for d in books.store.find(Discrepancy)] == ["lot_missing"]


def count(books: Books, sku: Sku, counted: int, actor: object = None) -> str:
    """A blind count that has seen everything."""
    [stock] = books.store.find(Stock)
    line = CountedLine(sku_id=sku.id, counted=counted, position=stock.position)
    id_ = books.id()
    books.do(actor or books.hengfeng, SubmitCount(count_id=id_, lines=(line,)))  # type: ignore[arg-type]
    return id_


def test_a_count_changes_nothing_before_a_manager_books_it_and_keeps_what_moved_since(books: Books) -> None:
    sku = sold(books)
    [organisation] = books.store.find(Organisation, id=books.hengfeng.organisation_id)
    clerk = books.actor(organisation, Role.WAREHOUSE_CLERK)
    id_ = count(books, sku, 17, clerk)
    books.do(clerk, MoveStock(sku_id=sku.id, kind=MovementKind.RECEIVE, quantity=5))
    assert available(books, sku) == 25
    [sheet] = books.store.find(StockCount)
    [(_, expected, difference)] = differences(books.store, sheet)
    assert (expected, difference) == (20, -3)
    refused(books, DecideCount(count_id=id_, approve=True), "not_permitted", clerk)
    refused(books, DecideCount(count_id=id_, approve=True), "not_yours", books.yuanda)
    books.do(books.hengfeng, DecideCount(count_id=id_, approve=True))
    assert available(books, sku) == 22
    [movement] = books.store.find(Movement, kind=MovementKind.COUNT, document_id=id_)
    assert movement.quantity == -3
    refused(books, DecideCount(count_id=id_, approve=True), "count_decided")
    check_books(books)


def test_another_count_is_asked_for_with_a_reason(books: Books) -> None:
    sku = sold(books)
    id_ = count(books, sku, 1)
    refused(books, DecideCount(count_id=id_, approve=False, reason=" "), "reason_required")
    books.do(books.hengfeng, DecideCount(count_id=id_, approve=False, reason="货架 B 没数"))
    [sheet] = books.store.find(StockCount)
    assert (sheet.state, sheet.reason, available(books, sku)) == (CountState.RECOUNT, "货架 B 没数", 20)


def test_a_feed_sets_or_adds_and_keeps_what_it_has_not_seen(books: Books) -> None:
    sku = sold(books)
    [stock] = books.store.find(Stock)
    order(books, sku, 4)
    line = FeedLine(sku_id=sku.id, quantity=30, position=stock.position)
    books.do(books.hengfeng, MoveStock(sku_id=sku.id, kind=MovementKind.RECEIVE, quantity=1))
    assert books.do(books.hengfeng, FeedStock(lines=(line,)))["changed"] == 1
    assert books.store.find(Stock)[0].on_hand == 31
    books.do(books.hengfeng, FeedStock(lines=(FeedLine(sku_id=sku.id, quantity=-3),), mode=FeedMode.ADD))
    assert (books.store.find(Stock)[0].on_hand, available(books, sku)) == (28, 24)
    same = FeedStock(lines=(FeedLine(sku_id=sku.id, quantity=28),))
    assert books.do(books.hengfeng, same) == {"changed": 0, "lines": 1}
    told = refused(books, FeedStock(lines=(FeedLine(sku_id=sku.id, quantity=-1),)), "field_wrong")
    assert (told.params["field"], told.params["sku"]) == ("quantity", sku.code)
    refused(books, same, "not_yours", books.yuanda)
    check_books(books)


def test_the_sale_that_crosses_the_line_says_so_once(books: Books) -> None:
    sku = sold(books, 20)
    order(books, sku, 5)
    assert not books.store.find(StockWatch)
    order(books, sku, 6)
    [watch] = books.store.find(StockWatch)
    since = watch.low_since
    assert since is not None
    order(books, sku, 1)
    assert books.store.find(StockWatch)[0].low_since == since
    books.do(books.hengfeng, MoveStock(sku_id=sku.id, kind=MovementKind.RECEIVE, quantity=10))
    assert books.store.find(StockWatch)[0].low_since is None
    books.do(books.hengfeng, WatchStock(sku_ids=(sku.id,), low_at=50))
    assert books.store.find(StockWatch)[0].low_since is not None
    books.do(books.hengfeng, WatchStock(sku_ids=(sku.id,), low_at=0))
    assert books.store.find(StockWatch)[0].low_since is None


@given(st.integers(-50, 50), st.integers(-50, 50), st.none() | st.integers(0, 40))
def test_a_line_is_crossed_only_downwards(before: int, after: int, low_at: int | None) -> None:
    threshold = low_threshold(low_at, 0)
    crossed = crosses_low(before, after, threshold)
    assert crossed == (before >= threshold and after < threshold)
    assert not (crossed and crosses_low(after, before, threshold))


def test_a_short_pick_cancels_only_what_is_missing_and_its_money(books: Books) -> None:
    sku = sold(books, 20)
    supply = order(books, sku, 10)
    [line] = books.store.find(SupplyLine)
    missing = (ShipItem(supply_line_id=line.id, quantity=3),)
    short = ShortPick(supply_order_id=supply.id, items=missing, reason="破损")
    refused(books, ShortPick(supply_order_id=supply.id, items=missing, reason=" "), "reason_required")
    too_much = (ShipItem(supply_line_id=line.id, quantity=11),)
    told = refused(books, ShortPick(supply_order_id=supply.id, items=too_much, reason="x"), "more_than_open")
    assert told.params == counted(sku) | {"quantity": 11}
    books.do(books.hengfeng, short)
    check_books(books)
    [supply] = books.store.find(SupplyOrder)
    assert (supply.state, available(books, sku)) == (SupplyState.ACCEPTED, 13)
    books.do(books.hengfeng, short)
    parcel = ShipParcel(
        parcel_id=books.id(), supply_order_id=supply.id, carrier="SF", tracking_number="SF1",
        items=(ShipItem(supply_line_id=line.id, quantity=4),),
    )  # fmt: skip
    books.do(books.hengfeng, parcel)
    [supply] = books.store.find(SupplyOrder)
    assert supply.state is SupplyState.SHIPPED
    check_books(books)


def test_when_nothing_can_be_picked_the_order_ends(books: Books) -> None:
    sku = sold(books, 20)
    supply = order(books, sku, 10)
    [line] = books.store.find(SupplyLine)
    for n in (4, 6):
        items = (ShipItem(supply_line_id=line.id, quantity=n),)
        books.do(books.hengfeng, ShortPick(supply_order_id=supply.id, items=items, reason="丢失"))
        check_books(books)
    assert books.store.find(SupplyOrder)[0].state is SupplyState.CANCELLED
    assert available(books, sku) == 20
