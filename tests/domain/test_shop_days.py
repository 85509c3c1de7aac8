"""Orders that become others, purchases that arrive, and tills that are counted."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from s2b_domain.commands import pack, unpack
from s2b_domain.commands.counter import BookSale, SaleItem, Tender
from s2b_domain.commands.freights import SaveFreight
from s2b_domain.commands.order_changes import ChangeOrder, ForgoSupply, ReaddressOrder, ReplaceSupply, same_goods
from s2b_domain.commands.order_steps import CompleteOrder
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.receivings import ReceivedItem, ReceiveGoods, cost_id
from s2b_domain.commands.refunds import SettlePayout
from s2b_domain.commands.return_quote import quote_return, ways_back
from s2b_domain.commands.returns import DecideReturn, RequestReturn, ReturnItem
from s2b_domain.commands.stock import CountStock, MoveStock
from s2b_domain.commands.supply import AcceptSupply, CloseShort, DeclineSupply, ShipItem, ShipParcel, TrackParcel
from s2b_domain.commands.tills import CloseTill, Counted, MoveCash, OpenTill, cash_expected, figures_of
from s2b_domain.errors import NeedsConfirmation, Refused
from s2b_domain.records.after_sales import Payout
from s2b_domain.records.order import Address, Order, OrderLine, Parcel, Payment, SupplyLine, SupplyOrder
from s2b_domain.records.receiving import GoodsReceipt, StockCost
from s2b_domain.records.stock import Discrepancy, Stock
from s2b_domain.records.till import Till
from s2b_domain.rules.after_sales import ReturnKind, ReturnReason
from s2b_domain.rules.order_flow import OrderKind, OrderState, ParcelState, SupplyState
from s2b_domain.rules.pricing import Freight, FreightArea
from s2b_domain.rules.stock import MovementKind
from tests.domain.books import Books, water
from tests.domain.straight import check_books

HOME = Address(name="陈女士", phone="13800000000", region="浙江省杭州市", street="文三路 1 号")
FAR = Address(name="陈女士", phone="13800000000", region="新疆乌鲁木齐市", street="人民路 2 号")
P, D = OrderKind.PURCHASE, OrderKind.DROPSHIP


@pytest.fixture
def shop(books: Books) -> Books:
    """Water of two suppliers, the same barcode."""
    books.sell(books.hengfeng, water("W", stock=100, barcodes=("6901234567892",)))
    books.sell(books.yuanda, water("Y", stock=100, barcodes=("6901234567892",), dropship_price=15_500))
    return books


def order_of(books: Books, quantity: int = 5, kind: OrderKind = D, code: str = "W", **more: Any) -> PlaceOrder:
    [sku] = [s for s in books.skus() if s.code == code]
    price = {("W", D): 15_000, ("Y", D): 15_500}.get((code, kind), 12_500)
    id_ = books.id()
    return PlaceOrder(
        order_id=id_,
        number=id_,
        kind=kind,
        items=(OrderItem(sku_id=sku.id, quantity=quantity, price_seen=price),),
        address=HOME if kind is D else None,
        **more,
    )


def order(books: Books, message: PlaceOrder) -> Order:
    check_books(books)
    return books.store.find(Order, id=message.order_id)[0]


def supply(books: Books, message: PlaceOrder) -> SupplyOrder:
    return books.store.find(SupplyOrder, order_id=message.order_id)[0]


def noted(books: Books) -> list[str]:
    return sorted(d.code for d in books.store.find(Discrepancy))


def test_a_change_takes_over_what_was_paid_and_the_rest_is_due(shop: Books) -> None:
    first = order_of(shop, 5)
    shop.do(shop.chenguang, first)
    shop.do(shop.chenguang, PayOrder(order_id=first.order_id, method="WECHAT", amount=1000))
    second = order_of(shop, 8)
    shop.do(shop.chenguang, ChangeOrder(order_id=first.order_id, placed=second))
    old, new = order(shop, first), order(shop, second)
    assert (old.state, old.paid, old.cancelled_amount) == (OrderState.CANCELLED, 0, old.total)
    assert (new.total, new.paid, new.replaces) == (1600, 1000, old.id)
    assert paid_by(shop, new) == [("WECHAT", 1000)]


def paid_by(books: Books, row: Order) -> list[tuple[str, int]]:
    found = sorted(books.store.find(Payment, order_id=row.id), key=lambda p: (p.at, p.id))
    return [(p.method, p.amount) for p in found]


def test_what_is_carried_over_goes_back_the_way_it_was_paid(shop: Books) -> None:
    first = order_of(shop, 5)
    shop.do(shop.chenguang, first)
    shop.do(shop.chenguang, OpenTill(till_id=shop.id(), day="2026-11-25", float_amount=0))
    for method, amount in (("CASH", 400), ("WECHAT", 600)):
        shop.do(shop.chenguang, PayOrder(order_id=first.order_id, method=method, amount=amount))
    second = order_of(shop, 4)
    shop.do(shop.chenguang, ChangeOrder(order_id=first.order_id, placed=second))
    new = order(shop, second)
    assert sorted(paid_by(shop, new)) == [("CASH", 400), ("WECHAT", 600)]
    assert ways_back(shop.store, new, 500) == (("CASH", 400), ("WECHAT", 100))
    assert [(m.method, m.taken, m.given_back) for m in figures_of(shop.store, shop.store.find(Till)[0]).methods] == [
        ("CASH", 400, 0),
        ("WECHAT", 600, 0),
    ]


def test_what_a_return_has_promised_is_not_carried_over(shop: Books) -> None:
    mine, theirs = order_of(shop, 5), order_of(shop, 5, code="Y")
    first = msgspec.structs.replace(mine, items=mine.items + theirs.items)
    shop.do(shop.chenguang, first)
    shop.do(shop.chenguang, PayOrder(order_id=first.order_id, method="WECHAT", amount=1000))
    parts = {s.supplier_id: s for s in shop.store.find(SupplyOrder)}
    kept, declined = (parts[who.organisation_id] for who in (shop.hengfeng, shop.yuanda))
    shop.do(shop.hengfeng, AcceptSupply(supply_order_ids=(kept.id,)))
    [line] = shop.store.find(SupplyLine, supply_order_id=kept.id)
    items = (ShipItem(supply_line_id=line.id, quantity=5),)
    shop.do(
        shop.hengfeng,
        ShipParcel(parcel_id=shop.id(), supply_order_id=kept.id, carrier="SF", tracking_number="1", items=items),
    )
    shop.do(shop.yuanda, DeclineSupply(supply_order_id=declined.id, reason="缺货"))
    sold = next(x for x in shop.store.find(OrderLine) if x.supply_line_id == line.id)
    case_id = shop.id()
    shop.do(
        shop.chenguang,
        RequestReturn(
            return_id=case_id,
            number="R1",
            order_id=first.order_id,
            kind=ReturnKind.REFUND_ONLY,
            reason=ReturnReason.QUALITY,
            items=(ReturnItem(order_line_id=sold.id, quantity=5),),
        ),
    )
    shop.do(shop.chenguang, DecideReturn(return_id=case_id, approve=True))
    again = order_of(shop, 5)
    shop.do(shop.chenguang, ReplaceSupply(supply_order_id=declined.id, placed=again))
    assert (order(shop, again).total, order(shop, again).paid) == (1000, 0)
    [payout] = shop.store.find(Payout)
    shop.do(shop.chenguang, SettlePayout(payout_id=payout.id, paid=True, reference="T1"))
    assert (payout.amount, order(shop, first).paid) == (1000, 0)


def test_a_smaller_change_leaves_money_to_give_back(shop: Books) -> None:
    first, second = order_of(shop, 5), order_of(shop, 2)
    shop.do(shop.chenguang, first)
    shop.do(shop.chenguang, PayOrder(order_id=first.order_id, method="CASH", amount=1000))
    shop.do(shop.chenguang, ChangeOrder(order_id=first.order_id, placed=second))
    new = order(shop, second)
    assert (new.total, new.paid) == (400, 1000)
    shop.do(shop.chenguang, PayOrder(order_id=new.id, method="CASH", amount=-600))
    assert (order(shop, second).paid, noted(shop)) == (400, [])


def test_a_change_asks_where_the_total_moved_and_ends_with_shipping(shop: Books) -> None:
    first = order_of(shop, 5)
    shop.do(shop.chenguang, first)
    with pytest.raises(NeedsConfirmation, match="total_changed"):
        shop.do(shop.chenguang, ChangeOrder(order_id=first.order_id, placed=order_of(shop, 8, total_seen=1)))
    assert order(shop, first).state is OrderState.CONFIRMED
    shop.do(shop.hengfeng, AcceptSupply(supply_order_ids=(supply(shop, first).id,)))
    ship(shop, first, 1)
    with pytest.raises(Refused, match="state_changed"):
        shop.do(shop.chenguang, ChangeOrder(order_id=first.order_id, placed=order_of(shop, 8)))


def ship(books: Books, message: PlaceOrder, quantity: int) -> SupplyLine:
    part = supply(books, message)
    [line] = books.store.find(SupplyLine, supply_order_id=part.id)
    books.do(
        books.hengfeng,
        ShipParcel(
            parcel_id=books.id(),
            supply_order_id=part.id,
            carrier="SF",
            tracking_number="SF1",
            items=(ShipItem(supply_line_id=line.id, quantity=quantity),),
        ),
    )
    return line


def test_a_decline_is_ordered_elsewhere_once_at_the_customers_price(shop: Books) -> None:
    first = order_of(shop, 5)
    shop.do(shop.chenguang, first)
    shop.do(shop.chenguang, PayOrder(order_id=first.order_id, method="WECHAT", amount=1000))
    part = supply(shop, first)
    [line] = shop.store.find(SupplyLine, supply_order_id=part.id)
    [other] = same_goods(shop.store, line)
    assert (other.sku.code, other.same_barcode) == ("Y", True)
    again = order_of(shop, 5, code="Y")
    with pytest.raises(Refused, match="state_changed"):
        shop.do(shop.chenguang, ReplaceSupply(supply_order_id=part.id, placed=again))
    shop.do(shop.hengfeng, DeclineSupply(supply_order_id=part.id, reason="缺货"))
    items = tuple(OrderItem(sku_id=i.sku_id, quantity=5, price_seen=15_500, retail_price=25_000) for i in again.items)
    dearer = PlaceOrder(order_id=again.order_id, number=again.number, kind=D, items=items, address=HOME)
    shop.do(shop.chenguang, ReplaceSupply(supply_order_id=part.id, placed=dearer))
    old, new = order(shop, first), order(shop, again)
    assert (old.paid, new.total, new.paid, new.replaces_part) == (0, 1000, 1000, part.id)
    assert sum(li.payable for li in shop.store.find(OrderLine, order_id=new.id)) == 1000
    with pytest.raises(Refused, match="already_replaced"):
        shop.do(shop.chenguang, ReplaceSupply(supply_order_id=part.id, placed=order_of(shop, 5, code="Y")))


def test_what_is_forgone_is_ordered_nowhere_and_what_is_ordered_elsewhere_is_not_forgone(shop: Books) -> None:
    first, second = order_of(shop, 5), order_of(shop, 2)
    for each in (first, second):
        shop.do(shop.chenguang, each)
        shop.do(shop.chenguang, PayOrder(order_id=each.order_id, method="WECHAT", amount=100))
    let_be, replaced = supply(shop, first), supply(shop, second)
    with pytest.raises(Refused, match="state_changed"):
        shop.do(shop.chenguang, ForgoSupply(supply_order_id=let_be.id))
    for part in (let_be, replaced):
        shop.do(shop.hengfeng, DeclineSupply(supply_order_id=part.id, reason="缺货"))
    with pytest.raises(Refused, match="not_yours"):
        shop.do(shop.xiaoman, ForgoSupply(supply_order_id=let_be.id))
    for _ in range(2):  # two desktops may both have decided so
        shop.do(shop.chenguang, ForgoSupply(supply_order_id=let_be.id))
    assert order(shop, first).forgone == (let_be.id,)
    with pytest.raises(Refused, match="already_forgone"):
        shop.do(shop.chenguang, ReplaceSupply(supply_order_id=let_be.id, placed=order_of(shop, 5, code="Y")))
    shop.do(shop.chenguang, ReplaceSupply(supply_order_id=replaced.id, placed=order_of(shop, 2, code="Y")))
    with pytest.raises(Refused, match="already_replaced"):
        shop.do(shop.chenguang, ForgoSupply(supply_order_id=replaced.id))


def test_an_order_that_its_consumer_has_is_over_and_stays_so_when_the_carrier_tells(shop: Books) -> None:
    first = order_of(shop, 5)
    shop.do(shop.chenguang, first)
    shop.do(shop.hengfeng, AcceptSupply(supply_order_ids=(supply(shop, first).id,)))
    ship(shop, first, 4)
    with pytest.raises(Refused, match="state_changed"):
        shop.do(shop.chenguang, CompleteOrder(order_id=first.order_id))
    ship(shop, first, 1)
    with pytest.raises(Refused, match="not_yours"):
        shop.do(shop.xiaoman, CompleteOrder(order_id=first.order_id))
    shop.do(shop.chenguang, CompleteOrder(order_id=first.order_id))
    for parcel in shop.store.find(Parcel):
        shop.do(shop.hengfeng, TrackParcel(parcel_id=parcel.id, state=ParcelState.DELIVERED))
    assert (order(shop, first).state, supply(shop, first).state) == (OrderState.COMPLETED, SupplyState.DELIVERED)
    [line] = shop.store.find(OrderLine)
    quoted = quote_return(shop.store, order(shop, first), ReturnKind.RETURN_REFUND, {line.id: 5}, with_freight=False)
    assert quoted.goods == 1000


def test_an_address_changes_where_carrying_costs_the_same(shop: Books) -> None:
    areas = (FreightArea(first_fee=500, next_fee=0), FreightArea(regions=("新疆",), first_fee=2500))
    id_ = shop.id()
    shop.do(shop.chenguang, SaveFreight(template_id=id_, name="运费", freight=Freight(areas=areas), default=True))
    first = order_of(shop, 5)
    shop.do(shop.chenguang, first)
    near = Address(name="王先生", phone="13900000000", region="浙江省宁波市", street="中山路 3 号")
    shop.do(shop.chenguang, ReaddressOrder(order_id=first.order_id, address=near))
    assert (order(shop, first).address, supply(shop, first).address) == (near, near)
    with pytest.raises(Refused, match="freight_changes"):
        shop.do(shop.chenguang, ReaddressOrder(order_id=first.order_id, address=FAR))


def test_a_delivery_lies_on_the_shelf_with_its_cost_and_both_sides_see_what_was_wrong(shop: Books) -> None:
    bought = order_of(shop, 10, P)
    shop.do(shop.chenguang, bought)
    shop.do(shop.hengfeng, AcceptSupply(supply_order_ids=(supply(shop, bought).id,)))
    line = ship(shop, bought, 10)
    receipt = ReceiveGoods(
        receipt_id=shop.id(),
        supply_order_id=supply(shop, bought).id,
        items=(ReceivedItem(supply_line_id=line.id, good=7, damaged=2, missing=1),),
    )
    shop.do(shop.chenguang, receipt)
    mine = shop.chenguang.organisation_id
    [stock] = shop.store.find(Stock, owner_id=mine)
    cost = shop.store.find(StockCost, id=cost_id(mine, line.sku_id))[0]
    assert (stock.on_hand, cost.average, cost.last) == (7, 12_500, 12_500)
    assert supply(shop, bought).state is SupplyState.DELIVERED
    [found] = shop.store.find(GoodsReceipt)
    assert (GoodsReceipt, found.id) in shop.seen_by(shop.hengfeng)
    assert (GoodsReceipt, found.id) not in shop.seen_by(shop.xiaoman)
    assert (StockCost, cost.id) not in shop.seen_by(shop.hengfeng)
    assert noted(shop) == []
    shop.do(shop.chenguang, receipt)
    assert noted(shop) == ["received_too_much", "received_twice"]
    check_books(shop)


def test_a_remainder_that_will_not_come_ends_what_was_received_before(shop: Books) -> None:
    bought = order_of(shop, 10, P)
    shop.do(shop.chenguang, bought)
    part = supply(shop, bought)
    shop.do(shop.hengfeng, AcceptSupply(supply_order_ids=(part.id,)))
    line = ship(shop, bought, 6)
    items = (ReceivedItem(supply_line_id=line.id, good=6),)
    shop.do(shop.chenguang, ReceiveGoods(receipt_id=shop.id(), supply_order_id=part.id, items=items))
    assert supply(shop, bought).state is SupplyState.PARTLY_SHIPPED
    shop.do(shop.hengfeng, CloseShort(supply_order_id=part.id, reason="停产"))
    assert supply(shop, bought).state is SupplyState.DELIVERED
    assert order(shop, bought).state is OrderState.DELIVERED
    check_books(shop)


def test_costs_are_averaged_over_what_lies_there(shop: Books) -> None:
    mine = shop.chenguang.organisation_id
    for quantity in (10, 10):
        bought = order_of(shop, quantity, P)
        shop.do(shop.chenguang, bought)
        shop.do(shop.hengfeng, AcceptSupply(supply_order_ids=(supply(shop, bought).id,)))
        line = ship(shop, bought, quantity)
        [row] = shop.store.find(SupplyLine, id=line.id)
        cheap = row.with_(amount=row.amount // 2) if shop.store.find(StockCost) else row
        shop.write(cheap)
        items = (ReceivedItem(supply_line_id=line.id, good=quantity),)
        receipt = ReceiveGoods(receipt_id=shop.id(), supply_order_id=supply(shop, bought).id, items=items)
        shop.do(shop.chenguang, receipt)
    [cost] = shop.store.find(StockCost, owner_id=mine)
    assert (cost.last, cost.average) == (6250, 9375)


def test_a_shops_own_stock_is_counted_and_promises_nothing(shop: Books) -> None:
    [sku] = [s for s in shop.skus() if s.code == "W"]
    before = shop.seen_by(shop.chenguang)
    shop.do(shop.chenguang, MoveStock(sku_id=sku.id, kind=MovementKind.RECEIVE, quantity=4))
    shop.do(shop.chenguang, CountStock(sku_id=sku.id, counted=6, position=1))
    [stock] = shop.store.find(Stock, owner_id=shop.chenguang.organisation_id)
    assert stock.on_hand == 6
    check_books(shop)
    assert len(shop.seen_by(shop.chenguang)) == len(before) + 3


def test_a_till_is_counted_and_what_differs_is_said(shop: Books) -> None:
    till_id = shop.id()
    shop.do(shop.chenguang, OpenTill(till_id=till_id, day="2026-11-25", float_amount=20_000))
    [sku] = [s for s in shop.skus() if s.code == "W"]
    for method, charged, off in (("CASH", 400, 0), ("WECHAT", 600, 0), ("CASH", 790, 10)):
        id_ = shop.id()
        quantity = (charged + off) // 200
        shop.do(
            shop.chenguang,
            BookSale(
                order_id=id_,
                number=id_,
                items=(SaleItem(sku_id=sku.id, quantity=quantity),),
                charged=charged,
                rounded_off=off,
                tenders=(Tender(method=method, amount=charged - (90 if off else 0)),),
            ),
        )
    shop.do(shop.chenguang, MoveCash(till_id=till_id, amount=-5000, reason="存银行"))
    [till] = shop.store.find(Till)
    figures = figures_of(shop.store, till)
    assert {m.method: m.net for m in figures.methods} == {"CASH": 1100, "WECHAT": 600}
    assert (figures.sales, figures.sales_amount, figures.rounding, figures.on_account) == (3, 1790, 10, 90)
    assert cash_expected(till, figures) == 16_100
    counted = (Counted("CASH", 16_000), Counted("WECHAT", 600))
    assert shop.do(shop.chenguang, CloseTill(till_id=till_id, counted=counted)) == {"difference": -100}
    [closed] = shop.store.find(Till)
    assert (closed.open, closed.difference, closed.figures.sales) == (False, -100, 3)
    assert [m.counted for m in closed.figures.methods] == [16_000, 600]
    assert "till_differs" in noted(shop)
    shop.do(shop.chenguang, CloseTill(till_id=till_id, counted=counted))
    assert shop.store.find(Till) == [closed]


def test_a_terminal_that_gave_back_more_than_it_took_agrees_with_the_books(shop: Books) -> None:
    sale, till_id = shop.id(), shop.id()
    items, paid = (SaleItem(sku_id=shop.skus()[0].id, quantity=1),), (Tender(method="WECHAT", amount=200),)
    shop.do(shop.chenguang, BookSale(order_id=sale, number=sale, items=items, charged=200, tenders=paid))
    shop.do(shop.chenguang, OpenTill(till_id=till_id, day="2026-11-25", float_amount=0))
    shop.do(shop.chenguang, PayOrder(order_id=sale, method="WECHAT", amount=-200))
    counted = (Counted("CASH", 0), Counted("WECHAT", -200))
    message = unpack(*pack(CloseTill(till_id=till_id, counted=counted)))
    assert shop.do(shop.chenguang, message) == {"difference": 0}
    assert "till_differs" not in noted(shop)


def test_sales_after_the_close_belong_to_no_till(shop: Books) -> None:
    till_id = shop.id()
    shop.do(shop.chenguang, OpenTill(till_id=till_id, day="2026-11-25", float_amount=0))
    shop.do(shop.chenguang, CloseTill(till_id=till_id, counted=(Counted("CASH", 0),)))
    assert noted(shop) == []
    id_ = shop.id()
    items = (SaleItem(sku_id=shop.skus()[0].id, quantity=1),)
    shop.do(shop.chenguang, BookSale(order_id=id_, number=id_, items=items, charged=200))
    assert shop.store.find(Order, id=id_)[0].till_id == ""
