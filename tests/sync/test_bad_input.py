"""The "bad input" of issue 5, at desktops with a hub: what the person reads, in both languages; that nothing is lost;
that nothing is paid twice.

What is tested elsewhere, and not again here:

- negative and absurd quantities: bounds of every field in `domain/test_bounds`, typed at the counter in
  `views/counter/test_counter` (absurd quantities), in the order editor in `views/orders/test_editor` (nonsense in a
  cell, a wrong quantity mended by one press), in a return in `domain/test_after_sales` (more than was bought);
- coupons: used offline on two desktops, used twice at the counter, closed or of somebody else in
  `domain/test_offers_in_orders`; chosen at the counter in `views/counter/test_counter` (not given away);
- a price changed meanwhile: the answer and its reply in `hub/test_push` (a moved price asks), what the editor does with
  it in `views/orders/test_editor`;
- a supplier suspended meanwhile: what it took on in `domain/test_facts`;
- a promotion that ended: `domain/test_offers_in_orders`, while a sale is rung up in `views/counter/test_counter`;
- a wrong clock: `sync/test_offers`, `sync/test_leases`, `sync/test_locking`, `hub/test_push`;
- a missing printer: `views/counter/test_counter` (told, and a PDF is offered), `views/printing/test_papers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest

from s2b_desktop.messages import problem_text
from s2b_desktop.models.queries.pricing import order_preview
from s2b_desktop.models.status import QueueItem
from s2b_desktop.text import LANGUAGES, set_language
from s2b_desktop.views.queue.resend import at_new_prices, at_new_total
from s2b_domain.books import wrong
from s2b_domain.commands import Command
from s2b_domain.commands.counter import BookSale, SaleItem, Tender
from s2b_domain.commands.coupons import IssueCoupons, SaveTemplate, VoidCoupons
from s2b_domain.commands.goods import GoodsLine, ImportGoods
from s2b_domain.commands.members import SaveMember
from s2b_domain.commands.order_steps import ConfirmOrder
from s2b_domain.commands.orders import OrderPreview, PlaceOrder
from s2b_domain.commands.parties import Decide
from s2b_domain.commands.promotions import SavePromotion, SetPromotionState
from s2b_domain.commands.refunds import CounterReturn, Given, HandedBack
from s2b_domain.commands.returns import DecideReturn, RequestReturn, ReturnItem
from s2b_domain.commands.shops import ListEntry, ListGoods
from s2b_domain.commands.stock import MoveStock
from s2b_domain.errors import DomainError, Param
from s2b_domain.records.account import AccountEntry
from s2b_domain.records.after_sales import Payout, ReturnCase
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order, OrderLine, Payment, PaymentMethod
from s2b_domain.records.promotion import Coupon, CouponState, PromotionState, Validity
from s2b_domain.records.stock import Discrepancy, Reservation, Stock
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.after_sales import ReturnKind, ReturnReason
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.order_flow import OrderKind, OrderState
from s2b_domain.rules.pricing import CouponTerms, PromotionKind, Step, Terms
from s2b_domain.rules.stock import MovementKind
from s2b_domain.wire import OutcomeKind
from tests.hub.world import World
from tests.sync.conftest import Desktops
from tests.sync.desktop import Desktop

YEAR = 365 * 86_400_000
MONEY_OFF = Terms(kind=PromotionKind.TIERED_REDUCTION, steps=(Step(1000, 500),))
Pair = tuple[Desktop, Desktop]


@pytest.fixture(autouse=True)
def both_languages() -> Iterator[None]:
    yield
    set_language("zh_CN")


@pytest.fixture
def pair(desktops: Desktops, world: World) -> Pair:
    """The owner's desktop and the one at the counter, 100 of HF-1 on the shop's own shelf, and a member of the shop."""
    owner, counter = desktops("chenguang"), desktops("chenguang-shop")
    boss = world.desk("chenguang")
    done(boss.send(MoveStock(sku_id=sku(world).id, kind=MovementKind.RECEIVE, quantity=100)))
    done(boss.send(SaveMember(member_id=world.id(), name="王", phone="13800000001")))
    for desktop in (owner, counter):
        desktop.sync()
    return owner, counter


def done(outcome: Any) -> None:
    assert outcome.kind is OutcomeKind.ACCEPTED, outcome


def sku(world: World, code: str = "HF-1") -> Sku:
    [found] = world.rows(Sku, code=code)
    assert isinstance(found, Sku)
    return found


def read(code: str, params: Mapping[str, Param]) -> tuple[str, str]:
    """What the person reads, in Chinese and in English: whole sentences that tell what happened."""
    said = []
    for language in LANGUAGES:
        set_language(language)
        said.append(problem_text(code, params))
        assert code not in said[-1], "a code is no text"
        assert "{" not in said[-1]
        assert "None" not in said[-1]
    chinese, english = said
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese)
    return chinese, english


def refused(desktop: Desktop, message: Command) -> tuple[str, str]:
    """What is said at once where the books do not allow it; nothing of it waits to be sent."""
    waiting = desktop.workspace.queue()
    with pytest.raises(DomainError) as refusal:
        desktop.workspace.submit(message)
    assert desktop.workspace.queue() == waiting
    return read(refusal.value.code, refusal.value.params)


def wants_attention(desktop: Desktop, message: Command, state: str, code: str) -> QueueItem:
    """The command after the hub's answer: it needs attention, with everything that was entered."""
    item = desktop.workspace.queue()[0]
    assert (item.state, item.code) == (state, code)
    assert item.message == message
    assert desktop.workspace.counts() == (0, 1)
    return item


def meet(world: World, *two: Desktop) -> None:
    """The line is there again: each tells and hears everything, and both show what the hub has."""
    for desktop in (*two, *two):
        desktop.line.down = False
        desktop.sync()
    for desktop in two:
        assert desktop.shown() == desktop.from_nothing()
    straight(world)


def straight(world: World) -> None:
    """Stock, money, points and coupons on the hub agree with their ledgers; every document's entries sum to zero."""
    with world.hub.database.read() as connection:
        assert list(wrong(RecordStore(connection))) == []
    sums: Counter[str] = Counter()
    for entry in world.rows(AccountEntry):
        sums[entry.document_id] += entry.amount
    assert not any(sums.values())


def sale(world: World, quantity: int, charged: int, **more: Any) -> BookSale:
    order_id = world.id()
    return BookSale(
        order_id=order_id,
        number=f"D9-{order_id[-12:]}",
        items=(SaleItem(sku_id=sku(world).id, quantity=quantity),),
        charged=charged,
        tenders=(Tender(method=PaymentMethod.CASH, amount=charged),),
        **more,
    )


def on_shelf(world: World) -> int:
    own = world.organisation("chenguang")
    return sum(s.on_hand for s in world.rows(Stock, owner_id=own, sku_id=sku(world).id))


def cash(world: World) -> int:
    """What has been taken in and given out at the counter, all in all."""
    return sum(p.amount for p in world.rows(Payment))


def priced(desktop: Desktop, message: PlaceOrder) -> int:
    found = desktop.workspace.read(order_preview, desktop.workspace.actor, message, desktop.workspace.now())
    assert isinstance(found, OrderPreview)
    return found.total


# quantities


@pytest.mark.parametrize("quantity", [0, -1, -(10**9), 10**13, 2**62])
def test_absurd_quantities_are_said_at_once(pair: Pair, world: World, quantity: int) -> None:
    owner, counter = pair
    said = refused(owner, world.order(("HF-1", quantity)))
    assert "Correct the quantity" in said[1] or "Quantity is not valid" in said[1]
    assert "Quantity" in refused(counter, sale(world, quantity, 100))[1]
    move = MoveStock(sku_id=sku(world).id, kind=MovementKind.RECEIVE, quantity=quantity)
    assert "Quantity" in refused(owner, move)[1]
    meet(world, owner, counter)
    assert (on_shelf(world), world.rows(Order)) == (100, [])


# coupons


def coupon(world: World, login: str = "chenguang", *, threshold: int = 0, **validity: Any) -> Coupon:
    """In a member's hand, 2.00 off from a threshold on."""
    boss, id_ = world.desk(login), world.id()
    boss.pull()
    template = SaveTemplate(
        template_id=id_,
        name="两元券",
        terms=CouponTerms(value=200, threshold=threshold),
        validity=Validity(**validity),
        activate=True,
    )
    done(boss.send(template))
    if login != "chenguang":
        done(boss.send(SaveMember(member_id=world.id(), name="赵", phone="13900000002")))
    boss.pull()
    [member] = [m for m in boss.rows if m[0] == "member"]
    done(boss.send(IssueCoupons(template_id=id_, member_ids=(member[1],))))
    [found] = world.rows(Coupon, template_id=id_)
    assert isinstance(found, Coupon)
    return found


def consumer_order(world: World, held: Coupon, **more: Any) -> PlaceOrder:
    order = world.order(("HF-1", 2), kind=OrderKind.DROPSHIP)
    return msgspec.structs.replace(order, member_id=held.member_id, coupon_ids=(held.id,), **more)


def test_a_coupon_that_has_expired_is_said_with_its_name_and_both_prices(pair: Pair, world: World) -> None:
    owner, counter = pair
    held = coupon(world, ends_at=world.now + 1000)
    counter.sync()
    counter.line.down = True
    world.now += 2000
    order = consumer_order(world, held, total_seen=3800)
    chinese, english = refused(counter, order)
    assert english == "两元券 cannot be used: It has expired. It costs ¥40.00 instead of ¥38.00."
    assert "两元券" in chinese
    assert "¥40.00" in chinese
    meet(world, owner, counter)
    assert world.rows(Order) == []


def test_a_coupon_of_another_shop_is_said_and_nothing_is_sent(pair: Pair, world: World) -> None:
    _, counter = pair
    foreign = coupon(world, "xiaoman")
    chinese, english = refused(counter, msgspec.structs.replace(consumer_order(world, foreign), member_id=""))
    assert english.startswith("This coupon is not one of your shop")
    assert "优惠券" in chinese
    [kept] = world.rows(Coupon)
    assert kept.state is CouponState.AVAILABLE


def test_a_coupon_that_asks_for_more_is_said_without_a_wrong_amount(pair: Pair, world: World) -> None:
    """The question holds no more than the code of why."""
    _, counter = pair
    held = coupon(world, threshold=5000)
    counter.sync()
    said = refused(counter, consumer_order(world, held, total_seen=3800))[1]
    assert said.startswith("两元券 cannot be used: The order comes to too little for it. It costs ¥40.00")


def test_a_member_who_is_gone_is_said(pair: Pair, world: World) -> None:
    order = msgspec.structs.replace(world.order(("HF-1", 1), kind=OrderKind.DROPSHIP), member_id=world.id())
    chinese, english = refused(pair[1], order)
    assert english.startswith("This member is no longer known in your shop.")
    assert "会员" in chinese


def test_a_coupon_taken_back_meanwhile_asks_and_is_answered_once(pair: Pair, world: World) -> None:
    owner, counter = pair
    held = coupon(world)
    for desktop in pair:
        desktop.sync()
        desktop.line.down = True
    order = consumer_order(world, held, total_seen=3800)
    counter.workspace.submit(order)
    owner.workspace.submit(VoidCoupons(coupon_ids=(held.id,), reason="发错了"))
    meet(world, owner, counter)
    item = wants_attention(counter, order, "confirm", "coupon_unusable")
    said = read(item.code, item.params)
    assert said[1] == "两元券 cannot be used: The shop took it back. It costs ¥40.00 instead of ¥38.00."
    assert world.rows(Order) == []
    counter.workspace.submit(at_new_total(order, item.params), supersedes=item.command_id)
    meet(world, owner, counter)
    [placed] = world.rows(Order)
    assert (placed.total, placed.coupon_ids) == (4000, ())


def test_a_coupon_spent_at_two_counters_is_told_with_what_it_costs(pair: Pair, world: World) -> None:
    held = coupon(world)
    for desktop in pair:
        desktop.sync()
        desktop.line.down = True
        desktop.workspace.submit(sale(world, 2, 3800, member_id=held.member_id, coupon_ids=(held.id,)))
    meet(world, *pair)
    [item] = [d.workspace.queue()[0] for d in pair if d.workspace.counts() == (0, 1)]
    assert item.state == "exception"
    assert read(item.code, item.params)[1] == "Booked. 两元券 had been used before; the shop bears ¥2.00."
    assert (cash(world), on_shelf(world), len(world.rows(Order))) == (7600, 96, 2)
    assert [c.state for c in world.rows(Coupon)] == [CouponState.USED]


# returns


def sold(world: World, pair: Pair, quantity: int = 3) -> OrderLine:
    """A sale over the counter that both desktops know."""
    _, counter = pair
    counter.workspace.submit(sale(world, quantity, 2000 * quantity))
    meet(world, *pair)
    [line] = world.rows(OrderLine)
    assert isinstance(line, OrderLine)
    return line


def money_back(world: World, line: OrderLine, quantity: int, **more: Any) -> RequestReturn:
    id_ = world.id()
    return RequestReturn(
        return_id=id_,
        number=f"R9-{id_[-8:]}",
        order_id=line.order_id,
        kind=ReturnKind.REFUND_ONLY,
        reason=ReturnReason.QUALITY,
        items=(ReturnItem(order_line_id=line.id, quantity=quantity),),
        **more,
    )


def handed_back(world: World, line: OrderLine, quantity: int) -> CounterReturn:
    id_ = world.id()
    return CounterReturn(
        return_id=id_,
        number=f"R9-{id_[-8:]}",
        order_id=line.order_id,
        reason=ReturnReason.QUALITY,
        items=(HandedBack(order_line_id=line.id, quantity=quantity),),
        given=(Given(method=PaymentMethod.CASH, amount=2000 * quantity),),
    )


def test_a_return_of_more_than_was_bought_says_how_many_are_left(pair: Pair, world: World) -> None:
    line = sold(world, pair)
    chinese, english = refused(pair[0], money_back(world, line, 4))
    assert english == "HF-1: 4 件 is more than the 3 件 that can still be returned. Correct the quantity."
    assert "HF-1" in chinese
    for absurd in (0, -1, 2**62):
        refused(pair[0], money_back(world, line, absurd))
    assert world.rows(ReturnCase) == []


def test_two_returns_of_one_unit_at_once_are_paid_once(pair: Pair, world: World) -> None:
    line = sold(world, pair)
    asked = [money_back(world, line, 2, amount_seen=4000) for _ in pair]
    for desktop, message in zip(pair, asked, strict=True):
        desktop.line.down = True
        desktop.workspace.submit(message)
    meet(world, *pair)
    item = wants_attention(pair[1], asked[1], "rejected", "more_than_left")
    assert "2 件 is more than the 1 件" in read(item.code, item.params)[1]
    [case] = world.rows(ReturnCase)
    pair[0].workspace.submit(DecideReturn(return_id=case.id, approve=True, amount_seen=4000))
    meet(world, *pair)
    assert [p.amount for p in world.rows(Payout)] == [4000]
    pair[1].workspace.submit(money_back(world, line, 1, amount_seen=2000), supersedes=item.command_id)
    meet(world, *pair)
    assert sorted(c.pay_back for c in world.rows(ReturnCase)) == [2000, 4000]


def test_one_unit_taken_back_at_two_counters_is_booked_and_told(pair: Pair, world: World) -> None:
    line = sold(world, pair)
    for desktop in pair:
        desktop.line.down = True
        desktop.workspace.submit(handed_back(world, line, 3))
    meet(world, *pair)
    [item] = [d.workspace.queue()[0] for d in pair if d.workspace.counts() == (0, 1)]
    assert item.state == "exception"
    told = {d.code: d for d in world.rows(Discrepancy)}
    assert told.keys() == {"returned_too_much", "refunded_otherwise"}
    said = {code: read(code, {**d.details})[1] for code, d in told.items()}
    assert said["returned_too_much"].startswith("Booked. 3")
    assert said["refunded_otherwise"].startswith("Booked. ¥60.00 was given back, the books say ¥0.00")
    assert item.code in told
    assert (cash(world), on_shelf(world)) == (-6000, 103)


# what changed meanwhile


def test_a_price_changed_meanwhile_asks_and_is_ordered_once(pair: Pair, world: World) -> None:
    owner, counter = pair
    counter.line.down = True
    order = world.order(("HF-1", 2))
    counter.workspace.submit(order)
    done(world.desk("hengfeng").send(ImportGoods(lines=(GoodsLine(row=2, code="HF-1", supply_price=150_000),))))
    meet(world, owner, counter)
    item = wants_attention(counter, order, "confirm", "price_changed")
    for said in read(item.code, item.params):
        assert "HF-1 12.50 → 15.00" in said
    assert (world.rows(Order), world.rows(Reservation)) == ([], [])
    again = at_new_prices(order, {sku(world).id: "HF-1"}, {"HF-1": 150_000})
    counter.workspace.submit(again, supersedes=item.command_id)
    meet(world, owner, counter)
    assert [o.total for o in world.rows(Order)] == [3000]
    assert [r.quantity for r in world.rows(Reservation)] == [2]


def test_a_price_changed_meanwhile_is_told_of_a_sale_and_taken_once(pair: Pair, world: World) -> None:
    owner, counter = pair
    counter.line.down = True
    counter.workspace.submit(sale(world, 2, 4000))
    owner.workspace.submit(ListGoods(entries=(ListEntry(sku_id=sku(world).id, price=250_000),)))
    meet(world, owner, counter)
    item = counter.workspace.queue()[0]
    assert (item.state, item.code) == ("exception", "charged_otherwise")
    said = read(item.code, item.params)
    assert said[1] == "Booked. ¥40.00 was charged, the books say ¥50.00; the shop bears the difference."
    assert (cash(world), on_shelf(world), [o.total for o in world.rows(Order)]) == (4000, 98, [4000])


def test_a_supplier_suspended_meanwhile_stops_orders_and_not_the_counter(pair: Pair, world: World) -> None:
    owner, counter = pair
    kept = msgspec.structs.replace(world.order(("HF-1", 1)), confirm=False)
    owner.workspace.submit(kept)
    meet(world, owner, counter)
    for desktop in pair:
        desktop.line.down = True
    order = world.order(("HF-1", 2), ("YD-1", 1))
    counter.workspace.submit(order)
    counter.workspace.submit(sale(world, 1, 2000))
    owner.workspace.submit(ConfirmOrder(order_id=kept.order_id))
    hengfeng = world.organisation("hengfeng")
    done(world.desk("admin").send(Decide(organisation_id=hengfeng, state=PartyState.SUSPENDED, reasons=("证照过期",))))
    meet(world, owner, counter)
    states = [(i.name, i.state, i.code) for i in counter.workspace.queue()[:2]]
    assert states == [("sale.book@1", "accepted", ""), ("order.place@1", "rejected", "supplier_not_trading")]
    [refusal] = [i for i in counter.workspace.queue() if i.state == "rejected"]
    assert refusal.message == order
    for item in (refusal, owner.workspace.queue()[0]):
        said = read(item.code, item.params)
        assert all("杭州恒丰食品" in text for text in said)
    assert [o.state for o in world.rows(Order, id=kept.order_id)] == [OrderState.PLACED]
    assert (cash(world), world.rows(Order, id=order.order_id)) == (2000, [])
    assert refused(counter, world.order(("HF-1", 1)))[1].startswith("杭州恒丰食品 is not trading at present.")
    counter.workspace.submit(world.order(("YD-1", 1)), supersedes=refusal.command_id)
    meet(world, owner, counter)
    assert counter.workspace.counts()[0] == 0


def test_a_promotion_that_went_meanwhile_asks_for_an_order_and_is_told_of_a_sale(pair: Pair, world: World) -> None:
    owner, counter = pair
    id_ = world.id()
    save = SavePromotion(promotion_id=id_, name="立减", terms=MONEY_OFF, starts_at=world.now - 1, schedule=True)
    done(world.desk("chenguang").send(save))
    for desktop in pair:
        desktop.sync()
        desktop.line.down = True
    order = world.order(("HF-1", 2), kind=OrderKind.DROPSHIP)
    assert priced(counter, order) == 3500
    order = msgspec.structs.replace(order, total_seen=3500)
    counter.workspace.submit(order)
    sold_at_counter = sale(world, 2, 3500)
    counter.workspace.submit(sold_at_counter)
    owner.workspace.submit(SetPromotionState(promotion_id=id_, state=PromotionState.ENDED))
    meet(world, owner, counter)
    booked, asked = counter.workspace.queue()[:2]
    assert (asked.state, asked.code, asked.message) == ("confirm", "total_changed", order)
    said = read(asked.code, asked.params)
    assert said[1] == "It costs ¥40.00 instead of the ¥35.00 you saw. Look at it again, then decide."
    assert (booked.state, booked.code) == ("exception", "charged_otherwise")
    said = read(booked.code, booked.params)
    assert said[1] == "Booked. ¥35.00 was charged, the books say ¥40.00; the shop bears the difference."
    assert [o.id for o in world.rows(Order)] == [sold_at_counter.order_id]
    counter.workspace.submit(at_new_total(order, asked.params), supersedes=asked.command_id)
    meet(world, owner, counter)
    assert sorted(o.total for o in world.rows(Order)) == [3500, 4000]
    assert cash(world) == 3500


# the clock


@pytest.mark.parametrize("wrong_by", [-3 * YEAR, 3 * YEAR])
def test_a_clock_that_went_wrong_while_the_line_was_down_costs_nothing(pair: Pair, world: World, wrong_by: int) -> None:
    owner, counter = pair
    counter.line.down = True
    counter.skew = wrong_by
    messages: list[BookSale | PlaceOrder] = [sale(world, 1, 2000), world.order(("HF-1", 1)), sale(world, 2, 4000)]
    for message in messages:
        counter.workspace.submit(message)
    world.now += 60_000
    meet(world, owner, counter)
    assert counter.workspace.counts() == (0, 0)
    orders = {o.id: o for o in world.rows(Order)}
    assert orders.keys() == {m.order_id for m in messages}
    assert all(world.now - 120_000 <= o.placed_at <= world.now for o in orders.values())
    assert (cash(world), on_shelf(world)) == (6000, 97)
    for entry in (*world.rows(Payment), *world.rows(AccountEntry)):
        assert world.now - 120_000 <= entry.at <= world.now
