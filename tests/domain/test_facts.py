"""What has happened is booked, whatever the books say; what they say is noted beside it."""

import pytest

from s2b_domain.commands import carry_out, pack
from s2b_domain.commands.goods import ShelveGoods
from s2b_domain.commands.order_steps import CancelOrder, ConfirmOrder
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.parties import Decide
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.stock import CountStock, MoveStock, counted
from s2b_domain.commands.supply import (
    AcceptSupply,
    CloseShort,
    DeclineSupply,
    RelabelParcel,
    ShipItem,
    ShipParcel,
    TrackParcel,
)
from s2b_domain.errors import Refused
from s2b_domain.records.order import Address, History, Order, Parcel, SupplyLine, SupplyOrder
from s2b_domain.records.stock import Discrepancy, Movement, Stock, Warehouse
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.order_flow import OrderKind, OrderState, ParcelState, SupplyState
from s2b_domain.rules.stock import MovementKind
from s2b_domain.tx import Tx
from tests.domain.books import Books, water
from tests.domain.straight import check_books

HOME = Address(name="陈女士", phone="13800000000", street="文三路 1 号")


def placed(books: Books, quantity: int = 6, *, kind: OrderKind = OrderKind.PURCHASE, confirm: bool = True) -> str:
    """An order for water; the id of its supply order."""
    if not books.skus():
        books.sell(books.hengfeng, water(stock=10))
    price = 12_500 if kind is OrderKind.PURCHASE else 15_000
    items = (OrderItem(sku_id=books.skus()[0].id, quantity=quantity, price_seen=price),)
    order_id = books.id()
    books.do(
        books.chenguang,
        PlaceOrder(order_id=order_id, number=order_id, kind=kind, items=items, address=HOME, confirm=confirm),
    )
    return books.store.find(SupplyOrder, order_id=order_id)[0].id


def accepted(books: Books, quantity: int = 6, *, kind: OrderKind = OrderKind.PURCHASE) -> str:
    supply_id = placed(books, quantity, kind=kind)
    books.do(books.hengfeng, AcceptSupply(supply_order_ids=(supply_id,)))
    return supply_id


def ship(books: Books, supply_id: str, quantity: int, parcel_id: str = "") -> str:
    [line] = books.store.find(SupplyLine, supply_order_id=supply_id)
    parcel_id = parcel_id or books.id()
    items = (ShipItem(supply_line_id=line.id, quantity=quantity),)
    books.do(
        books.hengfeng,
        ShipParcel(
            parcel_id=parcel_id, supply_order_id=supply_id, carrier="SF", tracking_number=f"SF{quantity}", items=items
        ),
    )
    check_books(books)
    return parcel_id


def supply_of(books: Books, supply_id: str) -> SupplyOrder:
    [supply] = books.store.find(SupplyOrder, id=supply_id)
    return supply


def noted(books: Books) -> list[str]:
    return sorted(d.code for d in books.store.find(Discrepancy))


def on_hand(books: Books) -> int:
    return sum(s.on_hand for s in books.store.find(Stock))


def test_a_parcel_sent_before_the_order_was_accepted_accepts_it(books: Books) -> None:
    supply_id = placed(books)
    ship(books, supply_id, 6)
    assert (supply_of(books, supply_id).state, noted(books)) == (SupplyState.SHIPPED, ["shipped_before_accept"])
    assert on_hand(books) == 4


def test_more_than_was_open_is_taken_from_wherever_it_lay(books: Books) -> None:
    supply_id = accepted(books)
    books.write(Warehouse(id=books.id(), owner_id=books.hengfeng.organisation_id, name="二仓", position=1))
    ship(books, supply_id, 8)
    assert (supply_of(books, supply_id).state, on_hand(books)) == (SupplyState.SHIPPED, 2)
    ship(books, supply_id, 1)
    assert (supply_of(books, supply_id).state, on_hand(books)) == (SupplyState.SHIPPED, 1)
    assert noted(books) == ["shipped_too_much", "shipped_too_much"]
    ship(books, supply_id, 5)
    assert (on_hand(books), noted(books)) == (-4, ["oversold", *["shipped_too_much"] * 3])
    for found in books.store.find(Discrepancy):
        assert counted(books.skus()[0]).items() <= found.details.items()


def test_a_parcel_for_a_declined_order_is_booked(books: Books) -> None:
    supply_id = placed(books)
    books.do(books.hengfeng, DeclineSupply(supply_order_id=supply_id, reason="缺货"))
    ship(books, supply_id, 2)
    assert (supply_of(books, supply_id).state, noted(books)) == (SupplyState.DECLINED, ["shipped_after_cancel"])
    assert on_hand(books) == 8
    [line] = books.store.find(SupplyLine, supply_order_id=supply_id)
    assert (line.shipped, line.cancelled) == (2, 4)


def test_the_same_parcel_told_twice_leaves_the_house_once(books: Books) -> None:
    supply_id = accepted(books)
    parcel_id = ship(books, supply_id, 2)
    ship(books, supply_id, 2, parcel_id)
    assert (on_hand(books), noted(books), len(books.store.find(Parcel))) == (8, ["shipped_twice"], 1)
    ship(books, supply_id, 3, parcel_id)
    assert (on_hand(books), len(books.store.find(Parcel))) == (5, 2)


def test_a_suspended_supplier_ships_what_it_took_on_and_takes_on_no_more(books: Books) -> None:
    supply_id, waiting = accepted(books), placed(books, 2)
    supplier = books.hengfeng.organisation_id
    books.do(books.hengfeng, ShelveGoods(sku_ids=(books.skus()[0].id,), on_sale=False))
    books.do(books.admin, Decide(organisation_id=supplier, state=PartyState.SUSPENDED, reasons=("x",)))
    ship(books, supply_id, 6)
    assert noted(books) == []
    with pytest.raises(Refused, match="not_approved"):
        books.do(books.hengfeng, AcceptSupply(supply_order_ids=(waiting,)))


def test_an_order_is_not_sent_to_or_by_whoever_was_suspended(books: Books) -> None:
    supply = supply_of(books, placed(books, confirm=False))
    for party, code in ((books.hengfeng, "supplier_not_trading"), (books.chenguang, "not_approved")):
        for state in (PartyState.SUSPENDED, PartyState.APPROVED):
            books.do(books.admin, Decide(organisation_id=party.organisation_id, state=state, reasons=("x",)))
            if state is PartyState.SUSPENDED:
                with pytest.raises(Refused, match=code):
                    books.do(books.chenguang, ConfirmOrder(order_id=supply.order_id))


def test_an_order_that_was_never_sent_is_not_the_suppliers_business(books: Books) -> None:
    supply = supply_of(books, placed(books, confirm=False))
    assert (SupplyOrder, supply.id) not in books.seen_by(books.hengfeng)
    with pytest.raises(Refused, match="not_found"):
        ship(books, supply.id, 1)
    books.do(books.chenguang, CancelOrder(order_id=supply.order_id, reason="不要了"))
    assert not {cls for cls, _ in books.seen_by(books.hengfeng)} & {SupplyOrder, History}


def test_an_accepted_order_can_be_given_up_whole(books: Books) -> None:
    supply_id = accepted(books)
    books.do(books.hengfeng, CloseShort(supply_order_id=supply_id, reason="破损"))
    assert supply_of(books, supply_id).state is SupplyState.CANCELLED
    assert books.store.find(Order)[0].state is OrderState.CANCELLED
    check_books(books)


def test_a_short_parcel_that_has_arrived_is_delivered_when_the_rest_is_given_up(books: Books) -> None:
    supply_id = accepted(books, kind=OrderKind.DROPSHIP)
    books.do(books.hengfeng, TrackParcel(parcel_id=ship(books, supply_id, 4), state=ParcelState.DELIVERED))
    books.do(books.hengfeng, CloseShort(supply_order_id=supply_id, reason="破损"))
    [order] = books.store.find(Order)
    assert (supply_of(books, supply_id).state, order.state) == (SupplyState.DELIVERED, OrderState.DELIVERED)
    assert order.cancelled_amount == 400  # two of six bottles at 2.00 need not be paid
    check_books(books)


def test_a_parcels_number_is_corrected_until_it_has_arrived(books: Books) -> None:
    supply_id = accepted(books)
    parcel_id = ship(books, supply_id, 4)
    before = books.store.get(Parcel, parcel_id)
    assert before is not None
    books.do(books.hengfeng, RelabelParcel(parcel_id=parcel_id, carrier=" 顺丰 ", tracking_number=" SF2 "))
    after = books.store.get(Parcel, parcel_id)
    assert after is not None
    assert (after.carrier, after.tracking_number, after.items) == ("顺丰", "SF2", before.items)
    told = [h.reason for h in books.store.find(History) if h.event == "parcel.relabelled"]
    assert told == [f"{before.carrier} {before.tracking_number} → 顺丰 SF2"] * 2  # the supplier's and the shop's
    books.do(books.hengfeng, RelabelParcel(parcel_id=parcel_id, carrier="顺丰", tracking_number="SF2"))
    assert len([h for h in books.store.find(History) if h.event == "parcel.relabelled"]) == 2

    for carrier, number in (("", "SF3"), ("顺丰", " ")):
        with pytest.raises(Refused, match="field_required"):
            books.do(books.hengfeng, RelabelParcel(parcel_id=parcel_id, carrier=carrier, tracking_number=number))
    books.do(books.hengfeng, TrackParcel(parcel_id=parcel_id, state=ParcelState.DELIVERED))
    with pytest.raises(Refused, match="state_changed"):
        books.do(books.hengfeng, RelabelParcel(parcel_id=parcel_id, carrier="顺丰", tracking_number="SF3"))
    check_books(books)


def test_money_taken_for_a_consumer_order_is_booked_in_any_state(books: Books) -> None:
    supply = supply_of(books, placed(books, kind=OrderKind.DROPSHIP))
    books.do(books.chenguang, CancelOrder(order_id=supply.order_id, reason="不要了"))
    books.do(books.chenguang, PayOrder(order_id=supply.order_id, method="现金", amount=1200))
    assert noted(books) == ["overpaid"]
    books.do(books.chenguang, PayOrder(order_id=supply.order_id, method="现金", amount=-500))
    assert noted(books) == ["overpaid"]  # giving some of it back is no new contradiction
    books.do(books.chenguang, PayOrder(order_id=supply.order_id, method="现金", amount=-701))
    assert noted(books) == ["overpaid", "overpaid"]


def test_a_shop_cannot_book_that_it_paid_its_supplier(books: Books) -> None:
    supply = supply_of(books, accepted(books))
    with pytest.raises(Refused, match="field_wrong"):
        books.do(books.chenguang, PayOrder(order_id=supply.order_id, method="现金", amount=750))


def test_a_shelf_that_is_short_is_made_good_before_others_promise(books: Books) -> None:
    books.sell(books.hengfeng, water(stock=5))
    [sku], owner = books.skus(), books.hengfeng.organisation_id
    place = Warehouse(id=books.id(), owner_id=owner, name="二仓", position=1)
    books.write(place, Stock(id=books.id(), owner_id=owner, sku_id=sku.id, warehouse_id=place.id, on_hand=-3))
    with pytest.raises(Refused, match="out_of_stock available=2"):
        placed(books, 3)


def test_nobody_takes_a_number_from_another_shop(books: Books) -> None:
    books.sell(books.hengfeng, water(stock=10))
    items = (OrderItem(sku_id=books.skus()[0].id, quantity=1, price_seen=12_500),)
    for shop in (books.xiaoman, books.chenguang):
        books.do(shop, PlaceOrder(order_id=books.id(), number="D3-1", kind=OrderKind.PURCHASE, items=items))
    with pytest.raises(Refused, match="number_taken"):
        books.do(books.xiaoman, PlaceOrder(order_id=books.id(), number="D3-1", kind=OrderKind.PURCHASE, items=items))


def test_a_count_knows_the_movements_that_the_hub_placed_later(books: Books) -> None:
    """10 lie there. Offline, one desktop writes 3 off and counts 7; meanwhile another one receives 5."""
    books.sell(books.hengfeng, water(stock=10))
    [sku], [shelf] = books.skus(), books.store.find(Stock)
    away, come = MovementKind.WRITE_OFF, MovementKind.RECEIVE
    written_off = books.id()
    offline = Tx(books.store, actor=books.hengfeng, command_id=written_off, device_id="d", time=books.now)
    message = MoveStock(sku_id=sku.id, kind=away, quantity=3, reason="破损")
    carry_out(offline, *pack(message))
    [predicted] = [m for m in offline.find(Movement, stock_id=shelf.id) if m.position > shelf.position]
    books.do(books.hengfeng, MoveStock(sku_id=sku.id, kind=come, quantity=5))
    books.do(books.hengfeng, message, written_off)
    count = CountStock(sku_id=sku.id, counted=7, position=shelf.position, seen=(predicted.id,))
    books.do(books.hengfeng, count)
    assert on_hand(books) == 12
    check_books(books)
