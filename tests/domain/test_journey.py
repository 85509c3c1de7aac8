"""Goods become orders become parcels: what every command promises, on the hub's books."""

from contextlib import nullcontext
from typing import cast

import msgspec
import pytest

from s2b_domain.access import Actor, Role, own
from s2b_domain.commands import HANDLERS, carry_out, pack
from s2b_domain.commands.goods import GoodsLine, ImportGoods, ReviewGoods, ShelveGoods
from s2b_domain.commands.order_steps import CancelOrder
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.parties import AddPaper, Apply, Decide, DecidePaper, ShowPaper
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.stock import CountStock
from s2b_domain.commands.supply import (
    AcceptSupply,
    CloseShort,
    DeclineSupply,
    ShipItem,
    ShipParcel,
    TrackParcel,
)
from s2b_domain.errors import DomainError, NeedsConfirmation, Refused
from s2b_domain.records.account import AccountEntry
from s2b_domain.records.audit import Audit
from s2b_domain.records.catalog import Price, Product, Revision, Sku
from s2b_domain.records.order import Address, Commission, Order, OrderLine, Parcel, SupplyLine, SupplyOrder
from s2b_domain.records.party import Organisation, Paper, PartyKind
from s2b_domain.records.stock import Availability, Discrepancy, Movement, Reservation, Stock
from s2b_domain.rules.onboarding import PaperState, PartyState
from s2b_domain.rules.order_flow import OrderKind, OrderState, ParcelState, SupplyState
from s2b_domain.rules.papers import FOR_SHOPS, PaperKind, kind_of
from s2b_domain.tx import Tx
from tests.domain.books import Books, water
from tests.domain.straight import check_books

HOME = Address(name="陈女士", phone="13800000000", region="浙江省杭州市西湖区", street="文三路 1 号")


def sku(books: Books, code: str = "0012") -> Sku:
    return books.store.find(Sku, code=code)[0]


def place(
    books: Books,
    actor: Actor,
    *wanted: tuple[Sku, int, int],
    kind: OrderKind = OrderKind.PURCHASE,
    confirm: bool = True,
) -> Order:
    order_id = books.id()
    items = tuple(OrderItem(sku_id=s.id, quantity=q, price_seen=p) for s, q, p in wanted)
    address = HOME if kind is OrderKind.DROPSHIP else None
    number = f"D1-20261122-{order_id[-6:]}"
    books.do(
        actor,
        PlaceOrder(order_id=order_id, number=number, kind=kind, items=items, address=address, confirm=confirm),
    )
    order = books.store.get(Order, order_id)
    assert order is not None
    return order


def supplies(books: Books, order: Order) -> list[SupplyOrder]:
    return books.store.find(SupplyOrder, order_id=order.id)


def reload(books: Books, order: Order) -> Order:
    return cast(Order, books.store.get(Order, order.id))


def refused(code: str) -> pytest.RaisesExc[DomainError]:
    return pytest.RaisesExc(DomainError, check=lambda e: e.code == code)


def test_the_main_job(books: Books) -> None:
    books.sell(books.hengfeng, water())
    item = sku(books)
    order = place(books, books.chenguang, (item, 24, 12_500))
    assert (order.total, order.state) == (3000, OrderState.CONFIRMED)
    supply = supplies(books, order)[0]
    assert (supply.state, supply.total, supply.number) == (SupplyState.WAITING, 3000, order.number + "-1")
    assert cast(Availability, books.store.get(Availability, item.id)).available == 76
    books.do(books.hengfeng, AcceptSupply(supply_order_ids=(supply.id,)))
    line = books.store.find(SupplyLine, supply_order_id=supply.id)[0]
    ship(books, supply, line, 10)
    assert reload(books, order).state is OrderState.PARTLY_SHIPPED
    parcel = ship(books, supply, line, 14)
    assert reload(books, order).state is OrderState.SHIPPED
    for p in books.store.find(Parcel, supply_order_id=supply.id):
        books.do(books.hengfeng, TrackParcel(parcel_id=p.id, state=ParcelState.DELIVERED))
    assert reload(books, order).state is OrderState.DELIVERED
    with refused("state_changed"):
        books.do(books.hengfeng, TrackParcel(parcel_id=parcel, state=ParcelState.IN_TRANSIT))
    stock = books.store.find(Stock, sku_id=item.id)[0]
    assert (stock.on_hand, stock.reserved) == (76, 0)
    owed = {e.organisation_id: e.amount for e in books.store.find(AccountEntry, kind="supply")}
    assert owed == {books.chenguang.organisation_id: -3000, books.hengfeng.organisation_id: 3000}
    assert {e.amount for e in books.store.find(AccountEntry, kind="commission")} == {90, -90}
    check_books(books)


def ship(books: Books, supply: SupplyOrder, line: SupplyLine, quantity: int) -> str:
    parcel_id = books.id()
    books.do(
        books.hengfeng,
        ShipParcel(
            parcel_id=parcel_id,
            supply_order_id=supply.id,
            carrier="SF",
            tracking_number="SF" + parcel_id[-8:],
            items=(ShipItem(supply_line_id=line.id, quantity=quantity),),
        ),
    )
    return parcel_id


def test_a_consumer_order_is_priced_once_and_split(books: Books) -> None:
    books.sell(books.hengfeng, water())
    books.sell(
        books.yuanda, water("S1", title="洗手液", supply_price=80_000, dropship_price=90_000, retail_price=129_000)
    )
    order = place(
        books, books.chenguang, (sku(books), 2, 15_000), (sku(books, "S1"), 1, 90_000), kind=OrderKind.DROPSHIP
    )
    assert order.total == 400 + 1290
    parts = supplies(books, order)
    assert sorted(s.total for s in parts) == [300, 900]
    assert all(s.address == HOME for s in parts)
    retail = {line.amount for line in books.store.find(OrderLine, order_id=order.id)}
    assert retail == {400, 1290}
    books.do(books.chenguang, PayOrder(order_id=order.id, method="wechat", amount=1690))
    declined = next(s for s in parts if s.supplier_id == books.yuanda.organisation_id)
    books.do(books.yuanda, DeclineSupply(supply_order_id=declined.id, reason="缺货"))
    after = reload(books, order)
    assert (after.state, after.cancelled_amount, after.paid) == (OrderState.CONFIRMED, 1290, 1690)
    check_books(books)


def test_the_supplier_never_sees_retail_nor_the_merchant_the_commission(books: Books) -> None:
    books.sell(books.hengfeng, water())
    order = place(books, books.chenguang, (sku(books), 2, 15_000), kind=OrderKind.DROPSHIP)
    supplier, merchant, other = (books.seen_by(a) for a in (books.hengfeng, books.chenguang, books.xiaoman))
    assert (Order, order.id) not in supplier
    assert not any(cls is OrderLine for cls, _ in supplier)
    assert not any(cls in (Commission, Stock, Movement, Reservation) for cls, _ in merchant)
    assert (SupplyOrder, supplies(books, order)[0].id) in merchant & supplier
    assert not any(cls in (Order, OrderLine, SupplyOrder, SupplyLine, AccountEntry) for cls, _ in other)


def test_an_actor_without_a_role_sees_and_does_nothing(books: Books) -> None:
    books.sell(books.hengfeng, water())
    nobody = books.actor(cast(Organisation, books.store.get(Organisation, books.chenguang.organisation_id)), None)
    assert books.seen_by(nobody) == set()
    with refused("not_permitted"):
        place(books, nobody, (sku(books), 1, 12_500))
    stranger = books.actor(
        cast(Organisation, books.store.get(Organisation, books.chenguang.organisation_id)), Role.PLATFORM_ADMIN
    )
    assert books.seen_by(stranger) == set()


def test_unapproved_goods_and_prices_stay_hidden(books: Books) -> None:
    books.do(books.hengfeng, ImportGoods(lines=(water(),)))
    hidden = {Product, Sku, Price, Availability}
    assert not any(cls in hidden for cls, _ in books.seen_by(books.chenguang))
    assert not any(cls in hidden for cls, _ in books.seen_by(books.yuanda))
    with refused("not_on_sale"):
        place(books, books.chenguang, (sku(books), 1, 12_500))
    books.approve()
    assert hidden <= {cls for cls, _ in books.seen_by(books.chenguang)}


def test_a_moved_price_asks_and_changes_nothing(books: Books) -> None:
    books.sell(books.hengfeng, water())
    books.do(books.hengfeng, ImportGoods(lines=(GoodsLine(row=1, code="0012", supply_price=13_000),)))
    with pytest.raises(NeedsConfirmation) as asked:
        place(books, books.chenguang, (sku(books), 1, 12_500))
    assert asked.value.params == {"changes": ["0012", "12500", "13000"]}
    assert books.all(Order) == []
    check_books(books)


def test_stock_is_never_promised_twice(books: Books) -> None:
    books.sell(books.hengfeng, water(stock=10))
    place(books, books.chenguang, (sku(books), 6, 12_500))
    with refused("out_of_stock"):
        place(books, books.xiaoman, (sku(books), 5, 12_500))
    place(books, books.xiaoman, (sku(books), 4, 12_500))
    check_books(books)


def test_a_desktop_that_sees_no_shelves_predicts_what_is_promised(books: Books) -> None:
    books.sell(books.hengfeng, water(stock=10))
    item = sku(books)
    granted = books.granted(books.chenguang)
    tx = Tx(
        books.store,
        actor=books.chenguang,
        command_id=books.id(),
        device_id="",
        time=books.now,
        sees=granted.__contains__,
    )
    message = PlaceOrder(
        order_id=books.id(),
        number="D1-1",
        kind=OrderKind.PURCHASE,
        items=(OrderItem(sku_id=item.id, quantity=4, price_seen=12_500),),
    )
    carry_out(tx, *pack(message))
    written = {cls for (cls, _), _, after in tx.changes() if after}
    assert written == {Order, OrderLine, SupplyOrder, SupplyLine, Availability} | (
        written - {Stock, Movement, Commission}
    )
    assert not written & {Stock, Movement, Reservation, Commission}
    row = tx.get(Availability, item.id)
    assert row is not None
    assert row.available == 6


def test_cancel_gives_everything_back(books: Books) -> None:
    books.sell(books.hengfeng, water(stock=10))
    order = place(books, books.chenguang, (sku(books), 6, 15_000), kind=OrderKind.DROPSHIP)
    books.do(books.hengfeng, AcceptSupply(supply_order_ids=(supplies(books, order)[0].id,)))
    books.do(books.chenguang, CancelOrder(order_id=order.id, reason="客户改主意"))
    assert reload(books, order).state is OrderState.CANCELLED
    assert cast(Availability, books.store.get(Availability, sku(books).id)).available == 10
    for party in (books.chenguang.organisation_id, books.hengfeng.organisation_id):
        assert sum(e.amount for e in books.store.find(AccountEntry, organisation_id=party)) == 0
    with refused("state_changed"):
        books.do(books.chenguang, CancelOrder(order_id=order.id, reason="再来一次"))
    check_books(books)


def test_a_parcel_that_left_after_the_cancellation_is_booked(books: Books) -> None:
    books.sell(books.hengfeng, water(stock=10))
    order = place(books, books.chenguang, (sku(books), 6, 12_500))
    supply = supplies(books, order)[0]
    books.do(books.hengfeng, AcceptSupply(supply_order_ids=(supply.id,)))
    books.do(books.chenguang, CancelOrder(order_id=order.id, reason="客户改主意"))
    ship(books, supply, books.store.find(SupplyLine, supply_order_id=supply.id)[0], 6)
    assert [d.code for d in books.store.find(Discrepancy)] == ["shipped_after_cancel"]
    assert books.store.find(Stock, sku_id=sku(books).id)[0].on_hand == 4
    check_books(books)


def test_a_short_remainder_is_closed_and_owed_no_longer(books: Books) -> None:
    books.sell(books.hengfeng, water(stock=10))
    order = place(books, books.chenguang, (sku(books), 10, 12_500))
    supply = supplies(books, order)[0]
    books.do(books.hengfeng, AcceptSupply(supply_order_ids=(supply.id,)))
    line = books.store.find(SupplyLine, supply_order_id=supply.id)[0]
    ship(books, supply, line, 7)
    books.do(books.hengfeng, CloseShort(supply_order_id=supply.id, reason="破损"))
    owed = sum(e.amount for e in books.store.find(AccountEntry, organisation_id=books.chenguang.organisation_id))
    assert owed == -875
    assert reload(books, order).state is OrderState.SHIPPED
    assert cast(Availability, books.store.get(Availability, sku(books).id)).available == 3
    check_books(books)


def test_new_content_waits_for_review_while_the_old_one_sells(books: Books) -> None:
    books.sell(books.hengfeng, water())
    books.do(books.hengfeng, ImportGoods(lines=(water(title="山泉水 600ml", supply_price=13_000, stock=50),)))
    product = books.store.find(Product)[0]
    assert product.title == "山泉水 550ml"
    assert books.store.find(Price)[0].supply_price == 13_000
    revision = books.store.find(Revision)[0]
    books.do(books.hengfeng, ImportGoods(lines=(water(title="山泉水 650ml", supply_price=13_000, stock=50),)))
    with refused("changed_meanwhile"):
        books.do(books.admin, ReviewGoods(revisions=((revision.id, revision.row_version),), approve=True))
    books.approve()
    assert books.store.find(Product)[0].title == "山泉水 650ml"
    assert [a.event for a in books.store.find(Audit) if a.event.startswith("price")] == ["price.changed"]
    check_books(books)


def test_importing_the_same_lines_again_changes_nothing(books: Books) -> None:
    lines = tuple(water(f"{n:04}", row=n, product_key=f"P{n // 3}", specs={"规格": str(n)}) for n in range(1, 30))
    books.sell(books.hengfeng, *lines)
    assert len(books.all(Product)) == 10
    books.do(books.hengfeng, ImportGoods(lines=lines))
    assert books.last is not None
    assert [ref for ref, _, _ in books.last.changes()] == []


def test_a_bad_line_refuses_the_command_and_names_the_row(books: Books) -> None:
    wrong: tuple[dict[str, object], ...] = (
        {"title": " "},
        {"supply_price": -1},
        {"code": ""},
        {"stock": -4},
        {"min_quantity": 0},
    )
    for bad in wrong:
        with pytest.raises(Refused) as answer:
            books.do(books.hengfeng, ImportGoods(lines=(water("1"), _changed(water("2", row=7), bad))))
        assert (answer.value.code, answer.value.params["row"]) == ("row_wrong", 7)
    with refused("row_repeated"):
        books.do(books.hengfeng, ImportGoods(lines=(water("1"), water("1", row=3))))
    assert books.all(Product) == []


def _changed(line: GoodsLine, fields: dict[str, object]) -> GoodsLine:
    return msgspec.structs.replace(line, **fields)


def test_off_sale_acts_at_once(books: Books) -> None:
    books.sell(books.hengfeng, water())
    books.do(books.hengfeng, ShelveGoods(sku_ids=(sku(books).id,), on_sale=False))
    with refused("not_on_sale"):
        place(books, books.chenguang, (sku(books), 1, 12_500))
    with refused("not_yours"):
        books.do(books.yuanda, ShelveGoods(sku_ids=(sku(books).id,), on_sale=True))


def test_joining(books: Books) -> None:
    shop = books.actor(books.organisation("新店", PartyKind.MERCHANT, PartyState.DRAFT), Role.MERCHANT_OWNER)
    books.sell(books.hengfeng, water())
    with refused("not_approved"):
        place(books, shop, (sku(books), 1, 12_500))
    form = Apply(name="新店", licence_number="91330", contact="王", phone="139", region="浙江", address="路 1 号")
    books.do(shop, form)
    with refused("reason_required"):
        books.do(books.admin, Decide(organisation_id=shop.organisation_id, state=PartyState.REJECTED))
    books.do(
        books.admin, Decide(organisation_id=shop.organisation_id, state=PartyState.REJECTED, reasons=("照片不清",))
    )
    books.do(shop, form)
    books.do(books.admin, Decide(organisation_id=shop.organisation_id, state=PartyState.APPROVED))
    place(books, shop, (sku(books), 1, 12_500))
    books.do(
        books.admin, Decide(organisation_id=books.hengfeng.organisation_id, state=PartyState.SUSPENDED, reasons=("x",))
    )
    with refused("supplier_not_trading"):
        place(books, shop, (sku(books), 1, 12_500))


def test_papers_are_reviewed_one_by_one(books: Books) -> None:
    paper_id = books.id()
    books.do(books.hengfeng, AddPaper(paper_id=paper_id, kind="营业执照", number="91330"))
    with refused("not_permitted"):
        books.do(books.hengfeng, DecidePaper(paper_id=paper_id, state=PaperState.APPROVED))
    books.do(books.admin, DecidePaper(paper_id=paper_id, state=PaperState.REJECTED, reasons=("过期",)))
    assert cast(Paper, books.store.get(Paper, paper_id)).reasons == ("过期",)
    with refused("state_changed"):
        books.do(books.admin, DecidePaper(paper_id=paper_id, state=PaperState.APPROVED))


def test_shops_see_the_approved_papers_that_a_supplier_shows(books: Books) -> None:
    shown, kept, rejected, shop_own = (books.id() for _ in range(4))
    for id_, public in ((shown, True), (kept, False), (rejected, True)):
        books.do(books.hengfeng, AddPaper(paper_id=id_, kind="营业执照", number="91330", public=public))
    books.do(books.chenguang, AddPaper(paper_id=shop_own, kind="营业执照", number="91331", public=True))

    def seen() -> set[str]:
        return {id_ for cls, id_ in books.seen_by(books.xiaoman) if cls is Paper}

    assert seen() == set()
    for id_ in (shown, kept, shop_own):
        books.do(books.admin, DecidePaper(paper_id=id_, state=PaperState.APPROVED))
    books.do(books.admin, DecidePaper(paper_id=rejected, state=PaperState.REJECTED, reasons=("过期",)))
    assert seen() == {shown}
    books.do(books.hengfeng, ShowPaper(paper_id=kept, public=True))
    books.do(books.hengfeng, ShowPaper(paper_id=shown, public=False))
    assert seen() == {kept}
    with refused("not_yours"):
        books.do(books.yuanda, ShowPaper(paper_id=kept, public=False))
    with refused("not_permitted"):
        books.do(books.chenguang, ShowPaper(paper_id=shop_own, public=True))
    with refused("field_wrong"):
        books.do(books.hengfeng, AddPaper(paper_id=books.id(), kind="k", number="1", content_hash="../x"))


@pytest.mark.parametrize("kind", [*PaperKind, "Business Licence ", "身份证", "Identity card", "其他资质", "x"])
def test_what_is_about_a_person_is_never_shown(books: Books, kind: str) -> None:
    paper_id = books.id()
    books.do(books.hengfeng, AddPaper(paper_id=paper_id, kind=kind, number="1", public=True))
    books.do(books.admin, DecidePaper(paper_id=paper_id, state=PaperState.APPROVED))
    allowed = kind_of(kind) in FOR_SHOPS
    with nullcontext() if allowed else refused("paper_private"):
        books.do(books.hengfeng, ShowPaper(paper_id=paper_id, public=True))
    assert ((Paper, paper_id) in books.seen_by(books.xiaoman)) is allowed
    assert allowed is (kind in {"LICENCE", "FOOD_PERMIT", "BRAND_AUTHORISATION", "QUALITY", "Business Licence "})
    books.do(books.hengfeng, ShowPaper(paper_id=paper_id, public=False))


def test_counting_less_than_is_promised_is_booked_with_a_task(books: Books) -> None:
    books.sell(books.hengfeng, water(stock=10))
    place(books, books.chenguang, (sku(books), 8, 12_500))
    stock = books.store.find(Stock)[0]
    books.do(books.hengfeng, CountStock(sku_id=sku(books).id, counted=5, position=stock.position))
    assert books.store.find(Stock)[0].available == -3
    assert [d.code for d in books.store.find(Discrepancy)] == ["oversold"]
    check_books(books)


def test_every_released_command_declares_what_it_touches(books: Books) -> None:
    assert all("@" in name and handler.permission for name, handler in HANDLERS.items())
    assert own("x", "trade") == "org:x:trade"
