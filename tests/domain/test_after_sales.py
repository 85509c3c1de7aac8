"""Returns from the request to the money, both legs of it, and what happens where people contradict each other."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.access import Actor, scopes_of
from s2b_domain.commands.cases import (
    Arbitrate,
    Dispute,
    Finish,
    FoundItem,
    GotItem,
    Inspect,
    Receive,
    Say,
    SendBack,
    Withdraw,
    rulings,
)
from s2b_domain.commands.claims import (
    ClaimItem,
    DecideClaim,
    OpenClaim,
    SettleClaim,
    claim_lines,
    claimed_steps,
    most_asked,
)
from s2b_domain.commands.counter import BookSale
from s2b_domain.commands.exchanges import ExchangeReturn
from s2b_domain.commands.freights import SaveFreight
from s2b_domain.commands.invoices import RequestInvoice
from s2b_domain.commands.members import AdjustPoints, SaveMember, SavePointsRule
from s2b_domain.commands.order_changes import ReplaceSupply
from s2b_domain.commands.order_steps import CancelOrder
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.receivings import ReceivedItem, ReceiveGoods, arriving
from s2b_domain.commands.refunds import CounterReturn, Given, HandedBack, RefundReturn, SettlePayout
from s2b_domain.commands.return_quote import quote_return
from s2b_domain.commands.returns import DecideReturn, RequestReturn, ReturnItem, SaveReturnRules
from s2b_domain.commands.shops import SaveShop
from s2b_domain.commands.stock import counted
from s2b_domain.commands.supply import AcceptSupply, CloseShort, DeclineSupply, ShipItem, ShipParcel
from s2b_domain.errors import NeedsConfirmation, Refused
from s2b_domain.records.account import CONSUMERS, AccountEntry
from s2b_domain.records.after_sales import CaseMessage, Claim, Payout, PayoutState, ReturnCase
from s2b_domain.records.invoice import Invoice
from s2b_domain.records.member import Member, MemberHabit
from s2b_domain.records.order import Order, OrderLine, Payment, SupplyLine, SupplyOrder
from s2b_domain.records.promotion import Coupon, CouponState, OfferTotal
from s2b_domain.records.stock import Discrepancy, Movement, Stock
from s2b_domain.rules.after_sales import (
    NEXT,
    Asked,
    CostBearer,
    ReturnReason,
    ReturnRule,
    ReturnState,
    Ruling,
    Verdict,
    by_method,
    decides,
    following,
    gifts_due,
    over,
    payable_back,
)
from s2b_domain.rules.after_sales import ReturnKind as K
from s2b_domain.rules.invoices import InvoiceKind
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import Freight, FreightArea, Gift, PointsTerms, PromotionKind, Step, Terms
from s2b_domain.rules.stock import MovementKind
from tests.domain.books import Books, open_books, water
from tests.domain.straight import check_books
from tests.domain.test_offers_in_orders import HOME, coupon, member, order_of, promote, sale_of

S, R = ReturnState, ReturnReason
SHOP_ADDRESS = msgspec.structs.replace(HOME, name="晨光退货", street="店后门")


@pytest.fixture
def shop(books: Books) -> Books:
    """Water at 2.00 (代发价 1.50), a member, and an address for returns."""
    books.sell(books.hengfeng, water("W", stock=100), water("T", title="茶", retail_price=30_000, stock=100))
    books.do(books.chenguang, SaveShop(name="晨光", return_address=SHOP_ADDRESS))
    return books


def sold(books: Books, message: BookSale) -> Order:
    books.do(books.chenguang, message)
    return books.store.find(Order, number=message.number)[0]


def shipped(books: Books, message: PlaceOrder, *, paid: bool = True) -> Order:
    """A consumer's order that the supplier has sent, and that is paid."""
    books.do(books.chenguang, message)
    [supply] = books.store.find(SupplyOrder, order_id=message.order_id)
    lines = books.store.find(SupplyLine, supply_order_id=supply.id)
    books.do(books.hengfeng, AcceptSupply(supply_order_ids=(supply.id,)))
    books.do(
        books.hengfeng,
        ShipParcel(
            parcel_id=books.id(),
            supply_order_id=supply.id,
            carrier="SF",
            tracking_number="1",
            items=tuple(ShipItem(supply_line_id=x.id, quantity=x.quantity) for x in lines),
        ),
    )
    order = books.store.find(Order, id=message.order_id)[0]
    if paid:
        books.do(books.chenguang, PayOrder(order_id=order.id, method="微信", amount=order.total))
    return books.store.find(Order, id=message.order_id)[0]


def request(books: Books, order: Order, quantity: int, kind: K = K.RETURN_REFUND, **more: Any) -> ReturnCase:
    line = next(x for x in books.store.find(OrderLine, order_id=order.id) if not x.gift_of)
    id_ = books.id()
    given = {"reason": R.QUALITY, **more}
    items = (ReturnItem(order_line_id=line.id, quantity=quantity),)
    books.do(
        books.chenguang,
        RequestReturn(return_id=id_, number=f"R-{id_[-6:]}", order_id=order.id, kind=kind, items=items, **given),
    )
    return case_of(books, id_)


def case_of(books: Books, id_: str) -> ReturnCase:
    return books.store.find(ReturnCase, id=id_)[0]


def claim_of(books: Books) -> Claim:
    return books.store.find(Claim)[0]


def back(books: Books, case: ReturnCase | Claim, actor: Actor | None = None, *, bad: int = 0) -> None:
    """The goods are received and inspected."""
    who = actor or books.chenguang
    lines = case.lines
    got = tuple(GotItem(line_id=x.line_id, quantity=x.quantity) for x in lines)
    books.do(who, Receive(document_id=case.id, items=got))
    found = tuple(FoundItem(line_id=x.line_id, restocked=x.quantity - bad, written_off=bad) for x in lines)
    books.do(who, Inspect(document_id=case.id, items=found))


def owed(books: Books, organisation_id: str, kind: str) -> int:
    return sum(e.amount for e in books.store.find(AccountEntry, organisation_id=organisation_id, kind=kind))


def codes(books: Books) -> list[str]:
    return sorted(d.code for d in books.store.find(Discrepancy))


# the pure rules

ROUTES = st.lists(st.integers(0, 20), max_size=12)


@given(st.sampled_from(list(K)), st.sampled_from([None, *Ruling]), st.booleans(), ROUTES)
def test_no_way_leads_outside_the_machine(kind: K, ruling: Ruling | None, kept: bool, route: list[int]) -> None:
    state, passed = S.REQUESTED, [S.REQUESTED]
    for n in route:
        ways = sorted(following(kind, state, ruling, kept=kept))
        if not ways:
            break
        state = ways[n % len(ways)]
        passed.append(state)
    assert all(b in NEXT[a] for a, b in pairwise(passed))
    if kind is K.REFUND_ONLY:
        assert not {S.SENT_BACK, S.RECEIVED, S.INSPECTED} & set(passed)
    if S.REPLACEMENT_SENT in passed and ruling is None:
        assert kind is K.EXCHANGE
    if S.REPAIRED in passed and ruling is None:
        assert kind is K.REPAIR
    if S.REFUNDED in passed:
        assert passed[passed.index(S.REFUNDED) - 1] is S.REFUNDING
        assert following(kind, S.REFUNDED) == frozenset()


def _ways(kind: K, state: ReturnState, ruling: Ruling | None, kept: bool) -> set[tuple[ReturnState, Ruling | None]]:
    if state is S.DISPUTED:
        return {(S.ARBITRATED, r) for r in Ruling}
    return {(n, ruling) for n in following(kind, state, ruling, kept=kept)}


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("kind", list(K))
def test_every_state_that_a_kind_reaches_can_end(kind: K, kept: bool) -> None:
    reached: set[tuple[ReturnState, Ruling | None]] = {(S.REQUESTED, None)}
    while True:
        more = {way for here in reached for way in _ways(kind, *here, kept)}
        if more <= reached:
            break
        reached |= more
    ends = {(s, r) for s, r in reached if over(s, r, kept=kept)}
    for state, ruling in reached - ends:
        seen: set[tuple[ReturnState, Ruling | None]] = set()
        todo = [(state, ruling)]
        while todo:
            here = todo.pop()
            seen.add(here)
            todo += _ways(kind, *here, kept) - seen
        assert seen & ends, f"{state} of {kind} never ends"


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_never_more_is_paid_back_than_is_left(value: int, paid: int, due: int) -> None:
    amount = payable_back(value, paid, due)
    assert 0 <= amount <= value
    if value <= due:
        assert amount <= max(0, paid)
    if paid >= due >= value:
        assert amount == value


@given(st.integers(0, 5000), st.lists(st.tuples(st.sampled_from("ABC"), st.integers(-500, 2000)), max_size=6))
def test_a_refund_goes_back_the_way_it_was_paid(amount: int, taken: list[tuple[str, int]]) -> None:
    parts = by_method(amount, taken)
    assert sum(n for _, n in parts) == amount
    assert all(n > 0 for _, n in parts)
    for method, part in parts:
        assert not method or part <= sum(n for m, n in taken if m == method)


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 60), st.integers(1, 20), st.booleans())
def test_gifts_are_asked_back_as_far_as_they_are_not_earned(
    times: int, each: int, have: int, threshold: int, repeat: bool
) -> None:
    due = gifts_due(times, each * times, have, threshold, repeat=repeat)
    assert 0 <= due <= each * times
    assert due == each * times if have < threshold else due < each * times
    assert due >= gifts_due(times, each * times, have + threshold, threshold, repeat=repeat)


def test_the_first_rule_that_holds_decides() -> None:
    rules = (
        ReturnRule(name="生鲜不退", verdict=Verdict.REFUSE, category_ids=("fresh",), reasons=(R.NO_LONGER_WANTED,)),
        ReturnRule(name="七天内小额", verdict=Verdict.APPROVE, within_days=7, up_to=5000),
        ReturnRule(name="金卡", verdict=Verdict.APPROVE, level_ids=("gold",), after_days=7, within_days=30),
        ReturnRule(name="停用", verdict=Verdict.REFUSE, on=False),
    )
    asked = Asked(kind=K.RETURN_REFUND, reason=R.NO_LONGER_WANTED, days=7, amount=5000, categories=(("food",),))

    def name(**changes: Any) -> str:
        rule = decides(rules, msgspec.structs.replace(asked, **changes))
        return rule.name if rule else ""

    assert name() == "七天内小额"
    assert name(categories=(("food", "fresh"),)) == "生鲜不退"
    assert name(categories=(("food", "fresh"), ("food",))) == "七天内小额"
    assert name(amount=5001) == name(days=8) == ""
    assert name(days=8, level_id="gold") == "金卡"
    assert name(days=31, level_id="gold") == ""


# a consumer's return


def test_a_return_to_the_shop_from_request_to_proof(shop: Books) -> None:
    order = shipped(shop, order_of(shop))
    case = request(shop, order, 2, photos=("ab" * 32,))
    assert (case.state, case.pay_back, case.customer) == (S.REQUESTED, 400, "陈女士")
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=True))
    assert case_of(shop, case.id).return_to == SHOP_ADDRESS
    shop.do(shop.chenguang, SendBack(document_id=case.id, carrier="SF", tracking_number="9"))
    back(shop, case, bad=1)
    with pytest.raises(NeedsConfirmation, match="refund_changed") as asked:
        shop.do(shop.chenguang, RefundReturn(return_id=case.id, amount_seen=399))
    assert (asked.value.params["now"], asked.value.params["difference"]) == (400, 1)
    shop.do(shop.chenguang, RefundReturn(return_id=case.id, amount_seen=400))
    [payout] = shop.store.find(Payout)
    assert (payout.method, payout.amount, payout.state) == ("微信", 400, PayoutState.OPEN)
    with pytest.raises(Refused, match="field_required"):
        shop.do(shop.chenguang, SettlePayout(payout_id=payout.id, paid=True))
    shop.do(shop.chenguang, SettlePayout(payout_id=payout.id, paid=False, reason="账号错"))
    assert case_of(shop, case.id).state is S.REFUND_FAILED
    shop.do(shop.chenguang, RefundReturn(return_id=case.id, method="银行"))
    assert [(p.id, p.method) for p in shop.store.find(Payout)] == [(payout.id, "银行")]
    shop.do(shop.chenguang, SettlePayout(payout_id=payout.id, paid=True, reference="T1"))
    assert case_of(shop, case.id).state is S.REFUNDED
    order = shop.store.find(Order, id=order.id)[0]
    assert (order.paid, order.due, order.returned_amount) == (600, 600, 400)
    moved = sorted(shop.store.find(Movement, owner_id=order.merchant_id), key=lambda m: m.position)
    kinds = [(m.kind, m.quantity) for m in moved]
    assert kinds == [(MovementKind.RETURN_TO_STOCK, 2), (MovementKind.WRITE_OFF, 1)]
    check_books(shop)
    shop.do(shop.chenguang, SettlePayout(payout_id=payout.id, paid=True, reference="T1"))
    assert codes(shop) == ["refunded_twice"]
    check_books(shop)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.integers(1001, 1400))
def test_partial_refunds_add_up_to_what_was_paid(parts: list[int], charged: int) -> None:
    with open_books() as books:
        books.sell(books.hengfeng, water("W", stock=100))
        order = sold(books, sale_of(books, charged, quantity=sum(parts)))
        [line] = books.store.find(OrderLine, order_id=order.id)
        given = 0
        for n, quantity in enumerate(parts):
            quoted = quote_return(
                books.store, books.store.find(Order)[0], K.RETURN_REFUND, {line.id: quantity}, with_freight=True
            )
            if n % 2:
                case = request(books, order, quantity, K.REFUND_ONLY, amount_seen=quoted.pay_back)
                books.do(books.chenguang, DecideReturn(return_id=case.id, approve=True, amount_seen=quoted.pay_back))
                for payout in books.store.find(Payout, return_id=case.id):
                    books.do(books.chenguang, SettlePayout(payout_id=payout.id, paid=True, reference="x"))
            else:
                hand(books, order, quantity, quoted.pay_back)
            given += quoted.pay_back
        order = books.store.find(Order)[0]
        assert (given, order.paid, order.due) == (charged, 0, 0)
        with pytest.raises(Refused, match="more_than_left"):
            request(books, order, 1)
        assert "refunded_otherwise" not in codes(books)
        check_books(books)


def hand(books: Books, order: Order, quantity: int, given: int, *, bad: int = 0) -> ReturnCase:
    """Over the counter."""
    line = next(x for x in books.store.find(OrderLine, order_id=order.id) if not x.gift_of)
    id_ = books.id()
    books.do(
        books.chenguang,
        CounterReturn(
            return_id=id_,
            number=f"R-{id_[-6:]}",
            order_id=order.id,
            reason=R.QUALITY,
            items=(HandedBack(order_line_id=line.id, quantity=quantity, written_off=bad),),
            given=(Given(method="现金", amount=given),) if given else (),
        ),
    )
    return case_of(books, id_)


def test_two_returns_of_one_unit_and_more_than_was_bought(shop: Books) -> None:
    order = sold(shop, sale_of(shop, 1000))
    first = request(shop, order, 3)
    with pytest.raises(Refused, match="more_than_left") as refused:
        request(shop, order, 3)
    assert (refused.value.params["left"], refused.value.params["quantity"]) == (2, 3)
    for wrong in (0, -1, 6, 10**13):
        with pytest.raises(Refused) as refused:
            request(shop, order, wrong)
        assert refused.value.params["sku"] == first.lines[0].code
    shop.do(shop.chenguang, Withdraw(document_id=first.id))
    assert request(shop, order, 5).pay_back == 1000


def test_what_was_handed_over_is_booked_whatever_the_books_say(shop: Books) -> None:
    order = sold(shop, sale_of(shop, 1000))
    assert hand(shop, order, 4, 800).state is S.REFUNDED
    assert codes(shop) == []
    case = hand(shop, order, 3, 600, bad=2)  # only one was left
    assert (case.state, case.value, codes(shop)) == (S.REFUNDED, 200, ["refunded_otherwise", "returned_too_much"])
    [over] = shop.store.find(Discrepancy, code="returned_too_much")
    assert over.details == counted(case.lines[0]) | {"number": case.number, "quantity": 2}
    order = shop.store.find(Order)[0]
    assert (order.paid, order.due) == (-400, 0)
    sent = [m for m in shop.store.find(Movement, owner_id=order.merchant_id) if m.document_id == case.id]
    assert [(m.kind, m.quantity) for m in sorted(sent, key=lambda m: m.position)] == [
        (MovementKind.RETURN_TO_STOCK, 3),
        (MovementKind.WRITE_OFF, 2),
    ]
    check_books(shop)


def test_an_unpaid_order_is_owed_less_before_money_flows(shop: Books) -> None:
    order = shipped(shop, order_of(shop), paid=False)
    shop.do(shop.chenguang, PayOrder(order_id=order.id, method="现金", amount=700))
    case = request(shop, order, 2, K.REFUND_ONLY)
    assert (case.value, case.pay_back) == (400, 100)
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=True))
    [payout] = shop.store.find(Payout)
    assert payout.amount == 100
    order = shop.store.find(Order)[0]
    assert (order.due, order.paid) == (600, 700)
    check_books(shop)


def test_points_and_coupons_follow(shop: Books) -> None:
    terms = PointsTerms(redeem_unit=10, unit_value=10, cap_bp=10_000, earn_bp=100)
    shop.do(shop.chenguang, SavePointsRule(terms=terms))
    shop.do(shop.chenguang, SaveMember(member_id=shop.id(), name="王", phone="1"))
    shop.do(shop.chenguang, AdjustPoints(member_id=member(shop).id, amount=100, reason="补"))
    used = coupon(shop, 200)
    sale = sale_of(shop, 700, member_id=member(shop).id, coupon_ids=(used,), points=100)
    order = sold(shop, sale)
    before = member(shop).points
    line = shop.store.find(OrderLine)[0]
    assert (order.total, order.points_used) == (700, 100)
    quoted = quote_return(shop.store, order, K.RETURN_REFUND, {line.id: 2}, with_freight=False)
    hand(shop, order, 2, quoted.pay_back)
    assert member(shop).points == before + quoted.points_back - quoted.points_away
    assert shop.store.find(Coupon, id=used)[0].state is CouponState.USED  # a part never gives it back
    rest = quote_return(shop.store, shop.store.find(Order)[0], K.RETURN_REFUND, {line.id: 3}, with_freight=False)
    assert (quoted.coupons, rest.coupons) == ((), (("券", None),))
    hand(shop, order, 3, rest.pay_back)
    assert quoted.pay_back + rest.pay_back == 700
    assert (member(shop).points, member(shop).spent) == (100, 0)
    assert shop.store.find(Coupon, id=used)[0].state is CouponState.AVAILABLE
    check_books(shop)


def test_a_gift_that_is_kept_is_paid_for(shop: Books) -> None:
    tea = next(s for s in shop.skus() if s.code == "T")
    goods = next(s for s in shop.skus() if s.code == "W")
    terms = Terms(kind=PromotionKind.GIFT, steps=(Step(600, 0),), gifts=(Gift(tea.id, 1),))
    promote(shop, terms)
    message = sale_of(shop, 1000)
    message = msgspec.structs.replace(message, items=(msgspec.structs.replace(message.items[0], sku_id=goods.id),))
    order = sold(shop, message)
    lines = {x.code: x for x in shop.store.find(OrderLine, order_id=order.id)}
    assert lines["T"].gift_of

    def quoted(**units: int) -> tuple[int, int]:
        chosen = {lines[code].id: n for code, n in units.items()}
        found = quote_return(shop.store, order, K.RETURN_REFUND, chosen, with_freight=False)
        return found.gift_amount, found.pay_back

    assert quoted(W=2) == (0, 400)
    assert quoted(W=3) == (300, 300)
    assert quoted(W=3, T=1) == (0, 600)


def test_a_gift_that_was_paid_for_and_comes_back_after_all_is_paid_back(shop: Books) -> None:
    goods, tea = (next(s for s in shop.skus() if s.code == code) for code in "WT")
    promote(shop, Terms(kind=PromotionKind.GIFT, steps=(Step(600, 0),), gifts=(Gift(tea.id, 2),)))
    message = sale_of(shop, 1000)
    message = msgspec.structs.replace(message, items=(msgspec.structs.replace(message.items[0], sku_id=goods.id),))
    order = sold(shop, message)
    hand(shop, order, 5, 400)  # two teas of 3.00 are kept
    gift = next(x for x in shop.store.find(OrderLine, order_id=order.id) if x.gift_of)
    for _ in range(2):
        [row] = shop.store.find(Order, id=order.id)
        found = quote_return(shop.store, row, K.RETURN_REFUND, {gift.id: 1}, with_freight=False)
        assert (found.gift_amount, found.pay_back) == (-300, 300)
        back = CounterReturn(
            return_id=shop.id(),
            number=shop.id(),
            order_id=order.id,
            reason=R.OTHER,
            items=(HandedBack(order_line_id=gift.id, quantity=1),),
            given=(Given(method="现金", amount=300),),
        )
        shop.do(shop.chenguang, back)
    [row] = shop.store.find(Order, id=order.id)
    assert (row.due, row.paid, codes(shop)) == (0, 0, [])
    check_books(shop)


def test_a_gift_that_was_exchanged_gives_back_no_more_than_its_order_comes_to(shop: Books) -> None:
    goods, tea = (next(s for s in shop.skus() if s.code == code) for code in "WT")
    promote(shop, Terms(kind=PromotionKind.GIFT, steps=(Step(600, 0),), gifts=(Gift(tea.id, 1),)))
    message = sale_of(shop, 1000)
    message = msgspec.structs.replace(message, items=(msgspec.structs.replace(message.items[0], sku_id=goods.id),))
    order = sold(shop, message)
    hand(shop, order, 5, 700)
    gift = next(x for x in shop.store.find(OrderLine, order_id=order.id) if x.gift_of)
    case_id, new_id = shop.id(), shop.id()
    items = (ReturnItem(order_line_id=gift.id, quantity=1),)
    asked = RequestReturn(
        return_id=case_id, number="R", order_id=order.id, kind=K.EXCHANGE, reason=R.QUALITY, items=items
    )
    shop.do(shop.chenguang, asked)
    shop.do(shop.chenguang, DecideReturn(return_id=case_id, approve=True))
    back(shop, case_of(shop, case_id))
    shop.do(shop.chenguang, ExchangeReturn(return_id=case_id, order_id=new_id, number="X"))
    [new] = shop.store.find(Order, id=new_id)
    [line] = shop.store.find(OrderLine, order_id=new_id)
    found = quote_return(shop.store, new, K.RETURN_REFUND, {line.id: 1}, with_freight=False)
    assert (found.gift_amount, found.value) == (0, 0)


def test_exchanged_goods_still_earn_their_gift(shop: Books) -> None:
    goods, tea = (next(s for s in shop.skus() if s.code == code) for code in "WT")
    promote(shop, Terms(kind=PromotionKind.GIFT, steps=(Step(600, 0),), gifts=(Gift(tea.id, 1),)))
    shop.do(shop.chenguang, SaveMember(member_id=shop.id(), name="王", phone="1"))
    message = sale_of(shop, 900, member_id=member(shop).id, coupon_ids=(coupon(shop, 100),))
    message = msgspec.structs.replace(message, items=(msgspec.structs.replace(message.items[0], sku_id=goods.id),))
    order = sold(shop, message)
    new = exchanged(shop, order, 3)

    def quoted(of: Order, code: str, quantity: int) -> tuple[int, int]:
        [row] = shop.store.find(Order, id=of.id)
        line = next(x for x in shop.store.find(OrderLine, order_id=of.id) if x.code == code)
        found = quote_return(shop.store, row, K.RETURN_REFUND, {line.id: quantity}, with_freight=False)
        return found.gift_amount, found.pay_back

    assert quoted(order, "W", 2) == (0, 360)  # three of five stay
    assert quoted(new, "W", 2) == (0, 360)
    hand(shop, order, 2, 360)
    assert quoted(new, "W", 1) == (180, 0)  # two stay: the tea of 3.00 is asked for
    assert quoted(order, "T", 1) == (0, 0)
    hand(shop, new, 3, 240)
    assert "refunded_otherwise" not in codes(shop)
    check_books(shop)


def test_goods_that_come_unasked_are_booked_and_said(shop: Books) -> None:
    case = request(shop, sold(shop, sale_of(shop, 1000)), 2)
    got = (GotItem(line_id=case.lines[0].line_id, quantity=3),)
    shop.do(shop.chenguang, Receive(document_id=case.id, items=got))
    assert (case_of(shop, case.id).state, codes(shop)) == (S.REQUESTED, ["return_out_of_turn", "returned_too_much"])
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=True))
    assert case_of(shop, case.id).state is S.RECEIVED
    with pytest.raises(Refused, match="return_moved_on"):
        shop.do(shop.chenguang, Withdraw(document_id=case.id))


def test_a_rule_decides_and_is_named(shop: Books) -> None:
    rule = ReturnRule(name="小额仅退款", verdict=Verdict.APPROVE, kinds=(K.REFUND_ONLY,), up_to=500)
    no = ReturnRule(name="不想要不退", verdict=Verdict.REFUSE, reasons=(R.NO_LONGER_WANTED,))
    shop.do(shop.chenguang, SaveReturnRules(rules=(rule, no)))
    order = shipped(shop, order_of(shop))
    case = request(shop, order, 2, K.REFUND_ONLY, amount_seen=400)
    assert (case.state, case.rule, [p.amount for p in shop.store.find(Payout)]) == (S.REFUNDING, "小额仅退款", [400])
    case = request(shop, order, 3, reason=R.NO_LONGER_WANTED)
    assert (case.state, case.rule) == (S.REFUSED, "不想要不退")
    with pytest.raises(Refused, match="name_taken"):
        shop.do(shop.chenguang, SaveReturnRules(rules=(rule, rule)))


@pytest.mark.parametrize("counter", [True, False])
def test_an_exchange_moves_what_was_paid_into_its_own_order(shop: Books, counter: bool) -> None:
    order = sold(shop, sale_of(shop, 1000)) if counter else shipped(shop, order_of(shop))
    case = request(shop, order, 2, K.EXCHANGE)
    assert case.pay_back == 0
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=True))
    back(shop, case)
    new_id = shop.id()
    shop.do(shop.chenguang, ExchangeReturn(return_id=case.id, order_id=new_id, number="X1"))
    new = shop.store.find(Order, id=new_id)[0]
    order = shop.store.find(Order, id=order.id)[0]
    assert (order.due, order.paid, new.due, new.paid) == (600, 600, 400, 400)
    assert (case_of(shop, case.id).state, case_of(shop, case.id).replacement_id) == (S.REPLACEMENT_SENT, new_id)
    methods = {p.method for p in shop.store.find(Payment, order_id=new_id)}
    assert methods == {"现金" if counter else "微信"}
    check_books(shop)
    if counter:
        assert hand(shop, new, 2, 400).pay_back == 400  # the replacement comes back too
        assert codes(shop) == ["oversold"]
        check_books(shop)
    else:
        [supply] = shop.store.find(SupplyOrder, order_id=new_id)
        assert (supply.state.value, supply.goods_amount) == ("WAITING", 300)


def exchanged(shop: Books, order: Order, quantity: int) -> Order:
    """A replacement for so many of an order's first goods."""
    case = request(shop, order, quantity, K.EXCHANGE)
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=True))
    back(shop, case)
    new_id = shop.id()
    shop.do(shop.chenguang, ExchangeReturn(return_id=case.id, order_id=new_id, number=new_id))
    return shop.store.find(Order, id=new_id)[0]


@pytest.mark.parametrize("quantity", [2, 5])
@pytest.mark.parametrize("rest_first", [True, False])
def test_a_coupon_returns_when_its_goods_and_their_replacements_are_back(
    shop: Books, quantity: int, rest_first: bool
) -> None:
    shop.do(shop.chenguang, SaveMember(member_id=shop.id(), name="王", phone="1"))
    used = coupon(shop, 200)
    order = sold(shop, sale_of(shop, 800, member_id=member(shop).id, coupon_ids=(used,)))
    new = exchanged(shop, order, quantity)
    newer = exchanged(shop, new, 1)
    parts = [(order, 5 - quantity), (new, quantity - 1), (newer, 1)]
    parts = [(each, n) for each, n in parts if n]
    for each, n in parts if rest_first else reversed(parts):
        assert (shop.store.find(Coupon, id=used)[0].state, member(shop).orders) == (CouponState.USED, 1)
        hand(shop, each, n, 160 * n)
    assert (shop.store.find(Coupon, id=used)[0].state, member(shop).orders) == (CouponState.AVAILABLE, 0)
    assert [(t.uses, t.amount) for t in shop.store.find(OfferTotal)] == [(0, 0)]
    check_books(shop)


def test_an_exchange_that_is_declined_and_ordered_elsewhere_is_one_purchase(shop: Books) -> None:
    shop.sell(shop.yuanda, water("Y", stock=100))
    terms = PointsTerms(redeem_unit=10, unit_value=10, cap_bp=10_000, earn_bp=100)
    shop.do(shop.chenguang, SavePointsRule(terms=terms))
    shop.do(shop.chenguang, SaveMember(member_id=shop.id(), name="王", phone="1"))
    shop.do(shop.chenguang, AdjustPoints(member_id=member(shop).id, amount=100, reason="补"))
    used = coupon(shop, 200)
    order = shipped(shop, order_of(shop, member_id=member(shop).id, coupon_ids=(used,), points=100))
    replacement = exchanged(shop, order, 2)

    def declined(who: Actor, of: str) -> str:
        [part] = shop.store.find(SupplyOrder, order_id=of)
        shop.do(who, DeclineSupply(supply_order_id=part.id, reason="缺货"))
        return part.id

    part_id, id_ = declined(shop.hengfeng, replacement.id), shop.id()
    other = next(s for s in shop.skus() if s.code == "Y")
    placed = PlaceOrder(
        order_id=id_,
        number=id_,
        kind=OrderKind.DROPSHIP,
        items=(OrderItem(sku_id=other.id, quantity=2, price_seen=15_000, retail_price=20_000),),
        address=HOME,
    )
    shop.do(shop.chenguang, ReplaceSupply(supply_order_id=part_id, placed=placed))
    [elsewhere] = shop.store.find(Order, id=id_)
    assert (elsewhere.total, elsewhere.paid, elsewhere.points_used, member(shop).orders) == (280, 280, 40, 1)
    hand(shop, order, 3, 420)
    assert (shop.store.find(Coupon, id=used)[0].state, member(shop).orders) == (CouponState.USED, 1)
    check_books(shop)
    declined(shop.yuanda, id_)
    assert (shop.store.find(Coupon, id=used)[0].state, member(shop).orders) == (CouponState.AVAILABLE, 0)
    assert (member(shop).points, member(shop).spent) == (100, 0)
    check_books(shop)


def test_what_is_left_after_an_exchange_is_paid(shop: Books) -> None:
    shop.do(shop.chenguang, SaveMember(member_id=shop.id(), name="王", phone="1"))
    used = coupon(shop, 200)
    order = shipped(shop, order_of(shop, member_id=member(shop).id, coupon_ids=(used,)), paid=False)
    shop.do(shop.chenguang, PayOrder(order_id=order.id, method="现金", amount=480))
    assert exchanged(shop, order, 2).paid == 0
    [order] = shop.store.find(Order, id=order.id)
    assert (order.due, order.paid, order.rewarded) == (480, 480, True)
    assert shop.store.find(Coupon, id=used)[0].state is CouponState.USED


def test_a_coupon_returns_when_the_rest_of_what_came_back_never_comes(shop: Books) -> None:
    shop.do(shop.chenguang, SaveMember(member_id=shop.id(), name="王", phone="1"))
    used = coupon(shop, 200)
    message = order_of(shop, member_id=member(shop).id, coupon_ids=(used,))
    shop.do(shop.chenguang, message)
    shop.do(shop.chenguang, PayOrder(order_id=message.order_id, method="现金", amount=800))
    [supply] = shop.store.find(SupplyOrder)
    [line] = shop.store.find(SupplyLine)
    shop.do(shop.hengfeng, AcceptSupply(supply_order_ids=(supply.id,)))
    parcel = ShipParcel(
        parcel_id=shop.id(),
        supply_order_id=supply.id,
        carrier="SF",
        tracking_number="1",
        items=(ShipItem(supply_line_id=line.id, quantity=2),),
    )
    shop.do(shop.hengfeng, parcel)
    hand(shop, shop.store.find(Order)[0], 2, 320)
    assert shop.store.find(Coupon, id=used)[0].state is CouponState.USED
    shop.do(shop.hengfeng, CloseShort(supply_order_id=supply.id, reason="缺货"))
    assert (shop.store.find(Coupon, id=used)[0].state, member(shop).orders) == (CouponState.AVAILABLE, 0)
    check_books(shop)


# the supplier's side


def test_the_supplier_takes_the_goods_back_and_pays_its_leg(shop: Books) -> None:
    order = shipped(shop, order_of(shop))
    case = request(shop, order, 2)
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=True, to_supplier=True))
    claim = claim_of(shop)
    assert (claim.state, claim.asked, case_of(shop, case.id).return_to) == (S.REQUESTED, 300, None)
    with pytest.raises(Refused, match="return_address_missing"):
        shop.do(shop.hengfeng, DecideClaim(claim_id=claim.id, approve=True))
    shop.do(shop.hengfeng, DecideClaim(claim_id=claim.id, approve=True, return_to=HOME))
    assert case_of(shop, case.id).return_to == HOME
    shop.do(shop.chenguang, SendBack(document_id=case.id, carrier="SF", tracking_number="9"))
    assert claim_of(shop).state is S.SENT_BACK
    back(shop, claim, shop.hengfeng)
    assert (claim_of(shop).state, case_of(shop, case.id).state) == (S.INSPECTED, S.INSPECTED)
    assert case_of(shop, case.id).lines[0].kept == 2
    commission = owed(shop, shop.admin.organisation_id, "commission_claim")
    shop.do(shop.hengfeng, SettleClaim(claim_id=claim.id, credit=300))
    shop.do(shop.chenguang, RefundReturn(return_id=case.id, amount_seen=400))
    assert owed(shop, shop.chenguang.organisation_id, "claim") == 300
    assert owed(shop, CONSUMERS, "return") == 400
    assert commission - owed(shop, shop.admin.organisation_id, "commission_claim") == 9  # 3 % of 3.00
    assert claim_of(shop).bearer.value == "SUPPLIER"
    check_books(shop)


def test_what_shop_and_supplier_both_replace_is_said(shop: Books) -> None:
    case = request(shop, shipped(shop, order_of(shop)), 2, K.EXCHANGE)
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=True, to_supplier=True))
    claim = claim_of(shop)
    shop.do(shop.hengfeng, DecideClaim(claim_id=claim.id, approve=True, return_to=HOME))
    shop.do(shop.chenguang, SendBack(document_id=case.id, carrier="SF", tracking_number="9"))
    back(shop, claim, shop.hengfeng)
    shop.do(shop.chenguang, ExchangeReturn(return_id=case.id, order_id=shop.id(), number="X1"))
    shop.do(shop.hengfeng, Finish(document_id=claim.id, outcome=S.REPLACEMENT_SENT))
    [told] = shop.store.find(Discrepancy)
    assert (told.code, told.document_id) == ("return_out_of_turn", case.id)
    check_books(shop)


def test_a_refusal_goes_to_the_platform_with_what_was_said(shop: Books) -> None:
    order = shipped(shop, order_of(shop))
    case = request(shop, order, 2)
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=True, to_supplier=True))
    claim = claim_of(shop)
    shop.do(shop.chenguang, Say(document_id=claim.id, text="瓶口漏水", photos=("ab" * 32,)))
    with pytest.raises(Refused, match="not_yours"):
        shop.do(shop.yuanda, Say(document_id=claim.id, text="x"))
    with pytest.raises(Refused, match="not_yours"):
        shop.do(shop.admin, Say(document_id=claim.id, text="x"))
    shop.do(shop.hengfeng, DecideClaim(claim_id=claim.id, approve=False, reason="发货时完好"))
    assert case_of(shop, case.id).return_to == SHOP_ADDRESS  # so that the customer knows where to
    assert (Claim, claim.id) not in shop.seen_by(shop.admin)
    shop.do(shop.chenguang, Dispute(document_id=claim.id, text="照片清楚"))
    seen = shop.seen_by(shop.admin)
    assert (Claim, claim.id) in seen
    assert {(CaseMessage, m.id) for m in shop.store.find(CaseMessage)} <= seen
    with pytest.raises(Refused, match="more_than_paid"):
        shop.do(shop.admin, Arbitrate(document_id=claim.id, ruling=Ruling.REFUND, text="各半", credit=301))
    shop.do(shop.admin, Arbitrate(document_id=claim.id, ruling=Ruling.REFUND, text="各半", credit=150))
    claim = claim_of(shop)
    assert (claim.state, claim.credit, claim.bearer.value) == (S.REFUNDED, 150, "SHARED")
    told = [(m.event, m.text) for m in shop.store.find(CaseMessage)]
    assert [event for event, _ in told] == [
        "", "claim.refused", "case.disputed", "case.arbitrated", "claim.credited",
    ]  # fmt: skip
    check_books(shop)


def test_an_upheld_refusal_of_a_consumer_ends_it(shop: Books) -> None:
    case = request(shop, sold(shop, sale_of(shop, 1000)), 2, K.REFUND_ONLY)
    with pytest.raises(Refused, match="reason_required"):
        shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=False))
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=False, reason="已开封"))
    shop.do(shop.chenguang, Dispute(document_id=case.id, text="客户不同意"))
    shop.do(shop.admin, Arbitrate(document_id=case.id, ruling=Ruling.UPHELD, text="开封食品不退"))
    case = case_of(shop, case.id)
    assert case.ended_at is not None
    with pytest.raises(Refused, match="return_moved_on"):
        shop.do(shop.chenguang, RefundReturn(return_id=case.id))
    assert request(shop, shop.store.find(Order)[0], 5).state is S.REQUESTED  # its units are free again


def test_a_purchase_goes_back_and_is_credited_never_beyond_what_was_paid(shop: Books) -> None:
    goods = next(s for s in shop.skus() if s.code == "W")
    bought = PlaceOrder(
        order_id=shop.id(),
        number="P1",
        kind=OrderKind.PURCHASE,
        items=(OrderItem(sku_id=goods.id, quantity=3, price_seen=12_500),),
    )
    shipped(shop, bought, paid=False)
    [supply] = shop.store.find(SupplyOrder)
    [line] = shop.store.find(SupplyLine)

    def claim(quantity: int, **more: Any) -> str:
        id_ = shop.id()
        items = (ClaimItem(supply_line_id=line.id, quantity=quantity),)
        given = {"kind": K.RETURN_REFUND, "reason": R.DAMAGED, **more}
        shop.do(
            shop.chenguang,
            OpenClaim(claim_id=id_, number=f"C-{id_[-6:]}", supply_order_id=supply.id, items=items, **given),
        )
        return id_

    with pytest.raises(Refused, match="more_than_left"):
        claim(4)
    with pytest.raises(Refused, match="more_than_paid"):
        claim(1, asked=376)
    parts = [claim(1), claim(1), claim(1)]
    asked = [shop.store.find(Claim, id=id_)[0].asked for id_ in parts]
    assert asked == [125, 125, 125]
    shop.do(shop.hengfeng, DecideClaim(claim_id=parts[0], approve=True, return_to=HOME))
    shop.do(shop.chenguang, SendBack(document_id=parts[0], carrier="SF", tracking_number="1"))
    mine = shop.store.find(Movement, owner_id=shop.chenguang.organisation_id)
    assert [(m.kind, m.quantity) for m in mine] == [(MovementKind.ADJUST, -1)]
    back(shop, shop.store.find(Claim, id=parts[0])[0], shop.hengfeng)
    shop.do(shop.hengfeng, SettleClaim(claim_id=parts[0], credit=125))
    shop.do(shop.hengfeng, DecideClaim(claim_id=parts[1], approve=False, reason="完好"))
    assert shop.store.find(Payment) == []
    check_books(shop)


def bought(shop: Books, good: int, damaged: int = 0) -> SupplyLine:
    """A purchase of water that was received."""
    goods = next(s for s in shop.skus() if s.code == "W")
    item = OrderItem(sku_id=goods.id, quantity=good + damaged, price_seen=12_500)
    shipped(shop, PlaceOrder(order_id=shop.id(), number="P1", kind=OrderKind.PURCHASE, items=(item,)), paid=False)
    [line] = shop.store.find(SupplyLine)
    receive(shop, line, good=good, damaged=damaged)
    return line


def receive(shop: Books, line: SupplyLine, **told: Any) -> None:
    item = ReceivedItem(supply_line_id=line.id, **told)
    shop.do(shop.chenguang, ReceiveGoods(receipt_id=shop.id(), supply_order_id=line.supply_order_id, items=(item,)))


def asked(
    shop: Books,
    line: SupplyLine,
    quantity: int,
    kind: K,
    reason: ReturnReason = R.DAMAGED,
    *,
    amount: int | None = None,
) -> str:
    """A claim about a purchase."""
    id_ = shop.id()
    message = OpenClaim(
        claim_id=id_,
        number=f"C-{id_[-6:]}",
        supply_order_id=line.supply_order_id,
        kind=kind,
        reason=reason,
        items=(ClaimItem(supply_line_id=line.id, quantity=quantity),),
        asked=amount,
    )
    shop.do(shop.chenguang, message)
    return id_


def sent_back(shop: Books, claim_id: str) -> None:
    shop.do(shop.hengfeng, DecideClaim(claim_id=claim_id, approve=True, return_to=HOME))
    shop.do(shop.chenguang, SendBack(document_id=claim_id, carrier="SF", tracking_number="1"))


def on_shelf(shop: Books) -> int:
    return sum(s.on_hand for s in shop.store.find(Stock, owner_id=shop.chenguang.organisation_id))


def test_what_was_received_damaged_leaves_no_shelf_when_it_is_sent_back(shop: Books) -> None:
    line = bought(shop, good=7, damaged=3)
    sent_back(shop, asked(shop, line, 2, K.RETURN_REFUND))
    assert on_shelf(shop) == 7  # damaged goods never lay there
    sent_back(shop, asked(shop, line, 2, K.RETURN_REFUND))
    assert on_shelf(shop) == 6  # one was damaged, the other was found to be so later
    sent_back(shop, asked(shop, line, 1, K.RETURN_REFUND, R.QUALITY))
    assert on_shelf(shop) == 5
    check_books(shop)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [(K.RETURN_REFUND, S.RETURNED_TO_CUSTOMER), (K.REPAIR, S.REPAIRED), (K.EXCHANGE, S.REPLACEMENT_SENT)],
)
def test_what_the_supplier_sends_again_is_received_again(shop: Books, kind: K, outcome: ReturnState) -> None:
    line = bought(shop, good=5)
    claim_id = asked(shop, line, 2, kind, R.QUALITY)
    sent_back(shop, claim_id)
    shop.do(shop.hengfeng, Receive(document_id=claim_id, items=(GotItem(line_id=line.id, quantity=2),)))
    shop.do(shop.hengfeng, Inspect(document_id=claim_id, items=(FoundItem(line_id=line.id),)))
    shop.do(shop.hengfeng, Finish(document_id=claim_id, outcome=outcome, carrier="SF", tracking_number="2"))
    assert (on_shelf(shop), arriving(shop.store, line.supply_order_id)) == (3, {line.id: 7})
    receive(shop, line, good=2)
    assert (on_shelf(shop), codes(shop)) == (5, [])
    assert claim_lines(shop.store, shop.store.find(SupplyOrder)[0], {line.id: 5})  # all of it can be asked for anew
    receive(shop, line, good=1)
    assert codes(shop) == ["received_too_much"]
    check_books(shop)


def test_a_refused_claim_is_not_disputed_for_what_another_has_asked_since(shop: Books) -> None:
    line = bought(shop, good=0, damaged=2)
    first = asked(shop, line, 2, K.REFUND_ONLY)
    shop.do(shop.hengfeng, DecideClaim(claim_id=first, approve=False, reason="完好"))
    second = asked(shop, line, 2, K.REFUND_ONLY)
    with pytest.raises(Refused, match="more_than_left"):
        shop.do(shop.chenguang, Dispute(document_id=first, text="照片清楚"))
    shop.do(shop.hengfeng, DecideClaim(claim_id=second, approve=True))
    with pytest.raises(Refused, match="more_than_left"):
        shop.do(shop.chenguang, Dispute(document_id=first, text="照片清楚"))
    check_books(shop)


def test_what_a_supplier_did_not_give_of_a_claim_is_decided_by_the_platform_once(shop: Books) -> None:
    line = bought(shop, good=0, damaged=4)
    id_ = asked(shop, line, 2, K.REFUND_ONLY)
    claim = shop.store.find(Claim, id=id_)[0]
    shop.do(shop.hengfeng, DecideClaim(claim_id=id_, approve=True, credit=1))
    shop.do(shop.chenguang, Dispute(document_id=id_, text="只退一分钱"))
    with pytest.raises(Refused, match="field_wrong"):
        shop.do(shop.admin, Arbitrate(document_id=id_, ruling=Ruling.REPLACE, text="换货"))
    with pytest.raises(Refused, match="less_than_given"):
        shop.do(shop.admin, Arbitrate(document_id=id_, ruling=Ruling.REFUND, text="照片为证"))
    shop.do(shop.admin, Arbitrate(document_id=id_, ruling=Ruling.REFUND, text="照片为证", credit=claim.asked))
    after = shop.store.find(Claim, id=id_)[0]
    assert (after.state, after.credit, after.bearer) == (S.REFUNDED, claim.asked, CostBearer.SUPPLIER)
    check_books(shop)
    with pytest.raises(Refused, match="return_moved_on"):
        shop.do(shop.chenguang, Dispute(document_id=id_, text="再来一次"))


def test_what_was_given_stays_given_where_the_platform_gives_no_more(shop: Books) -> None:
    line = bought(shop, good=0, damaged=4)
    id_ = asked(shop, line, 2, K.REFUND_ONLY)
    shop.do(shop.hengfeng, DecideClaim(claim_id=id_, approve=True, credit=1))
    shop.do(shop.chenguang, Dispute(document_id=id_, text="只退一分钱"))
    shop.do(shop.admin, Arbitrate(document_id=id_, ruling=Ruling.UPHELD, text="只是外包装破损"))
    supply, after = shop.store.find(SupplyOrder)[0], shop.store.find(Claim, id=id_)[0]
    assert (after.credit, after.bearer) == (1, CostBearer.SHARED)
    assert (most_asked(shop.store, supply), claimed_steps(shop.store, supply.id)) == (supply.total - 1, {line.id: 2})
    check_books(shop)


def test_a_claim_of_which_little_was_given_is_not_disputed_for_what_others_have_asked_since(shop: Books) -> None:
    line = bought(shop, good=0, damaged=4)
    id_ = asked(shop, line, 2, K.REFUND_ONLY)
    shop.do(shop.hengfeng, DecideClaim(claim_id=id_, approve=True, credit=0))
    most = most_asked(shop.store, shop.store.find(SupplyOrder)[0])
    asked(shop, line, 1, K.REFUND_ONLY, amount=most)
    with pytest.raises(Refused, match="more_than_paid"):
        shop.do(shop.chenguang, Dispute(document_id=id_, text="照片清楚"))
    check_books(shop)


def test_a_refused_return_is_not_disputed_for_what_came_back_since(shop: Books) -> None:
    order = sold(shop, sale_of(shop, 1000))
    case = request(shop, order, 3)
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=False, reason="已开封"))
    hand(shop, order, 3, 600)
    with pytest.raises(Refused, match="more_than_left"):
        shop.do(shop.chenguang, Dispute(document_id=case.id, text="客户不同意"))


def test_what_a_claim_gave_back_is_not_invoiced(shop: Books) -> None:
    line = bought(shop, good=8, damaged=2)
    shop.do(shop.hengfeng, DecideClaim(claim_id=asked(shop, line, 2, K.REFUND_ONLY), approve=True))
    message = RequestInvoice(
        invoice_id=shop.id(),
        supplier_id=line.supplier_id,
        kind=InvoiceKind.ORDINARY,
        title="晨光便利店",
        document_ids=(line.supply_order_id,),
    )
    shop.do(shop.chenguang, message)
    assert shop.store.find(Invoice)[0].amount == 1250 - 250


def test_no_retail_amount_reaches_the_supplier(shop: Books) -> None:
    order = shipped(shop, order_of(shop))
    case = request(shop, order, 2)
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=True, to_supplier=True))
    scopes = shop.granted(shop.hengfeng)
    for cls in (ReturnCase, Payout, Order, OrderLine, Member):
        assert not any(scopes.intersection(scopes_of(row)) for row in shop.all(cls)), cls
    assert scopes.intersection(scopes_of(claim_of(shop)))
    assert claim_of(shop).lines[0].amount == 300  # 代发价
    shop.do(shop.hengfeng, Finish(document_id=claim_of(shop).id, outcome=S.REPAIRED))
    assert codes(shop) == ["return_out_of_turn"]


def to_repair(shop: Books) -> ReturnCase:
    """Of two pieces that were to be repaired, one cannot be; the shop writes it off."""
    case = request(shop, shipped(shop, order_of(shop)), 2, K.REPAIR)
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=True))
    [line] = case.lines
    shop.do(shop.chenguang, Receive(document_id=case.id, items=(GotItem(line_id=line.line_id, quantity=2),)))
    found = (FoundItem(line_id=line.line_id, written_off=1),)
    shop.do(shop.chenguang, Inspect(document_id=case.id, items=found))
    return case_of(shop, case.id)


def test_what_cannot_be_repaired_is_kept_and_paid_back(shop: Books) -> None:
    case = to_repair(shop)
    shop.do(shop.chenguang, RefundReturn(return_id=case.id))
    after = case_of(shop, case.id)
    assert (after.state, after.pay_back, on_shelf(shop), codes(shop)) == (S.REFUNDING, 200, 0, [])
    check_books(shop)


def test_what_was_kept_is_not_told_as_repaired_unseen(shop: Books) -> None:
    case = to_repair(shop)
    shop.do(shop.chenguang, Finish(document_id=case.id, outcome=S.REPAIRED))
    assert codes(shop) == ["returned_after_restock"]


def test_what_never_left_the_shop_does_not_come_back_to_it(shop: Books) -> None:
    line = bought(shop, good=3, damaged=2)
    id_ = asked(shop, line, 2, K.RETURN_REFUND)
    shop.do(shop.hengfeng, DecideClaim(claim_id=id_, approve=False, reason="完好"))
    shop.do(shop.chenguang, Dispute(document_id=id_, text="照片清楚"))
    shop.do(shop.admin, Arbitrate(document_id=id_, ruling=Ruling.UPHELD, text="看不出"))
    shop.do(shop.hengfeng, Finish(document_id=id_, outcome=S.RETURNED_TO_CUSTOMER))
    assert arriving(shop.store, line.supply_order_id) == {line.id: 5}


@pytest.mark.parametrize("sent", [False, True])
def test_only_what_was_sent_is_ruled_to_be_repaired(shop: Books, sent: bool) -> None:
    line = bought(shop, good=2)
    id_ = asked(shop, line, 2, K.REPAIR, R.QUALITY)
    if sent:
        sent_back(shop, id_)
        back(shop, shop.store.find(Claim, id=id_)[0], shop.hengfeng)
    else:
        shop.do(shop.hengfeng, DecideClaim(claim_id=id_, approve=False, reason="人为损坏"))
    shop.do(shop.chenguang, Dispute(document_id=id_, text="质量问题"))
    assert (Ruling.REPAIR in rulings(shop.store.find(Claim, id=id_)[0])) is sent
    ruling = Arbitrate(document_id=id_, ruling=Ruling.REPAIR, text="在保修期内")
    if sent:
        shop.do(shop.admin, ruling)
    else:
        with pytest.raises(Refused, match="field_wrong"):
            shop.do(shop.admin, ruling)
        shop.do(shop.admin, msgspec.structs.replace(ruling, ruling=Ruling.REPLACE))  # others in their place can be sent


def test_what_was_given_for_goods_that_come_again_is_not_asked_for_once_more(shop: Books) -> None:
    line = bought(shop, good=2)
    id_ = asked(shop, line, 2, K.RETURN_REFUND, R.QUALITY)
    sent_back(shop, id_)
    back(shop, shop.store.find(Claim, id=id_)[0], shop.hengfeng)
    [claim] = shop.store.find(Claim)
    shop.do(shop.hengfeng, SettleClaim(claim_id=id_, credit=claim.asked // 2, reason="人为损坏"))
    shop.do(shop.chenguang, Dispute(document_id=id_, text="质量问题"))
    shop.do(shop.admin, Arbitrate(document_id=id_, ruling=Ruling.UPHELD, text="双方各半"))
    shop.do(shop.hengfeng, Finish(document_id=id_, outcome=S.RETURNED_TO_CUSTOMER))
    assert shop.store.find(Claim, id=id_)[0].bearer is CostBearer.SHARED
    with pytest.raises(Refused, match="more_than_paid"):
        asked(shop, line, 2, K.REFUND_ONLY, R.QUALITY, amount=claim.asked)
    again = asked(shop, line, 2, K.REFUND_ONLY, R.QUALITY)
    shop.do(shop.hengfeng, DecideClaim(claim_id=again, approve=True))
    assert sum(c.credit for c in shop.store.find(Claim)) == shop.store.find(SupplyOrder)[0].total
    check_books(shop)


def test_a_purchase_counts_as_long_as_paid_goods_of_it_are_kept(shop: Books) -> None:
    shop.sell(shop.yuanda, water("Y", title="皂", stock=100))
    shop.do(shop.chenguang, SaveMember(member_id=shop.id(), name="王", phone="1"))
    goods = {s.code: s.id for s in shop.skus()}

    def elsewhere(code: str, count: int) -> PlaceOrder:
        placed = order_of(shop, count, member_id=member(shop).id)
        item = OrderItem(sku_id=goods[code], quantity=count, price_seen=15_000, retail_price=20_000)
        return msgspec.structs.replace(placed, items=(*placed.items, item) if code == "Y" else (item,))

    first = elsewhere("Y", 5)
    shop.do(shop.chenguang, first)
    part = next(s for s in shop.store.find(SupplyOrder) if s.supplier_id == shop.yuanda.organisation_id)
    shop.do(shop.yuanda, DeclineSupply(supply_order_id=part.id, reason="缺货"))
    shop.do(shop.chenguang, PayOrder(order_id=first.order_id, method="微信", amount=1000))
    second = elsewhere("T", 5)
    shop.do(shop.chenguang, ReplaceSupply(supply_order_id=part.id, placed=second))
    assert member(shop).orders == 1
    shop.do(shop.chenguang, CancelOrder(order_id=first.order_id, reason="不要了"))
    assert member(shop).orders == 0, "what is kept is not paid"
    shop.do(shop.chenguang, PayOrder(order_id=second.order_id, method="微信", amount=1000))
    assert member(shop).orders == 1
    shop.do(shop.chenguang, CancelOrder(order_id=second.order_id, reason="不要了"))
    assert member(shop).orders == 0
    assert {h.orders for h in shop.store.find(MemberHabit)} == {0}
    check_books(shop)


def test_what_carried_goods_that_came_back_is_paid_and_counts_as_no_purchase(shop: Books) -> None:
    shop.do(shop.chenguang, SaveMember(member_id=shop.id(), name="王", phone="1"))
    freight = Freight(areas=(FreightArea(first_fee=600),))
    shop.do(shop.chenguang, SaveFreight(template_id=shop.id(), name="运费", freight=freight, default=True))
    order = shipped(shop, order_of(shop, member_id=member(shop).id), paid=False)
    case = request(shop, order, 5, K.REFUND_ONLY)
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=True))
    shop.do(shop.chenguang, PayOrder(order_id=order.id, method="现金", amount=600))
    assert (member(shop).orders, member(shop).spent) == (0, 0)
    check_books(shop)


def upheld(shop: Books, kind: K, *, kept: int) -> ReturnCase:
    """Of three pieces `kept` went into stock at inspection, which was disputed in vain."""
    case = request(shop, shipped(shop, order_of(shop)), 3, kind)
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=True))
    [line] = case.lines
    shop.do(shop.chenguang, Receive(document_id=case.id, items=(GotItem(line_id=line.line_id, quantity=3),)))
    found = (FoundItem(line_id=line.line_id, restocked=kept),)
    shop.do(shop.chenguang, Inspect(document_id=case.id, items=found))
    shop.do(shop.chenguang, Dispute(document_id=case.id, text="三件都要退"))
    shop.do(shop.admin, Arbitrate(document_id=case.id, ruling=Ruling.UPHELD, text="一件已使用"))
    return case_of(shop, case.id)


@pytest.mark.parametrize("kind", [K.RETURN_REFUND, K.EXCHANGE, K.REPAIR])
def test_what_was_kept_is_paid_back_also_where_the_rest_is_refused_for_good(shop: Books, kind: K) -> None:
    case = upheld(shop, kind, kept=2)
    assert case.ended_at is None
    with pytest.raises(Refused, match="more_than_left"):
        request(shop, shop.store.find(Order)[0], 3)  # two of five are still to be paid back
    shop.do(shop.chenguang, RefundReturn(return_id=case.id))
    after = case_of(shop, case.id)
    assert (after.state, after.pay_back, on_shelf(shop), codes(shop)) == (S.REFUNDING, 400, 2, [])
    assert request(shop, shop.store.find(Order)[0], 3).state is S.REQUESTED
    check_books(shop)


def test_what_was_kept_is_exchanged_where_the_rest_is_refused_for_good(shop: Books) -> None:
    case = upheld(shop, K.EXCHANGE, kept=2)
    shop.do(shop.chenguang, ExchangeReturn(return_id=case.id, order_id=shop.id(), number="X1"))
    assert [x.quantity for x in shop.store.find(OrderLine) if x.order_id != case.order_id] == [2]
    check_books(shop)


def test_a_return_of_which_nothing_was_kept_ends_with_the_refusal(shop: Books) -> None:
    case = upheld(shop, K.RETURN_REFUND, kept=0)
    assert case.ended_at is not None
    with pytest.raises(Refused, match="return_moved_on"):
        shop.do(shop.chenguang, RefundReturn(return_id=case.id))
    shop.do(shop.chenguang, Finish(document_id=case.id, outcome=S.RETURNED_TO_CUSTOMER))
    assert codes(shop) == []


def test_a_coupon_returns_where_the_last_that_is_left_short_is_a_gift(shop: Books) -> None:
    tea = next(s for s in shop.skus() if s.code == "T")
    promote(shop, Terms(kind=PromotionKind.GIFT, steps=(Step(600, 0),), gifts=(Gift(tea.id, 1),)))
    shop.do(shop.chenguang, SaveMember(member_id=shop.id(), name="王", phone="1"))
    used = coupon(shop, 200)
    message = order_of(shop, member_id=member(shop).id, coupon_ids=(used,))
    shop.do(shop.chenguang, message)
    [supply] = shop.store.find(SupplyOrder)
    shop.do(shop.hengfeng, AcceptSupply(supply_order_ids=(supply.id,)))
    [water] = [x for x in shop.store.find(SupplyLine) if x.code == "W"]
    sent = (ShipItem(supply_line_id=water.id, quantity=5),)
    parcel = ShipParcel(parcel_id=shop.id(), supply_order_id=supply.id, carrier="SF", tracking_number="1", items=sent)
    shop.do(shop.hengfeng, parcel)
    [order] = shop.store.find(Order)
    case = request(shop, order, 5, K.REFUND_ONLY)
    shop.do(shop.chenguang, DecideReturn(return_id=case.id, approve=True))
    assert shop.store.find(Coupon, id=used)[0].state is CouponState.LOCKED, "the gift may still come"
    shop.do(shop.hengfeng, CloseShort(supply_order_id=supply.id, reason="缺货"))
    assert shop.store.find(Coupon, id=used)[0].state is CouponState.AVAILABLE
    assert {(t.uses, t.amount) for t in shop.store.find(OfferTotal)} == {(0, 0)}
    check_books(shop)


def test_an_order_of_which_only_an_exchanged_gift_is_left_counts_as_no_purchase(shop: Books) -> None:
    tea = next(s for s in shop.skus() if s.code == "T")
    promote(shop, Terms(kind=PromotionKind.GIFT, steps=(Step(600, 0),), gifts=(Gift(tea.id, 1),)))
    shop.do(shop.chenguang, SaveMember(member_id=shop.id(), name="王", phone="1"))
    message = order_of(shop, member_id=member(shop).id)
    shop.do(shop.chenguang, message)
    shop.do(shop.chenguang, PayOrder(order_id=message.order_id, method="微信", amount=100))
    [supply] = shop.store.find(SupplyOrder)
    shop.do(shop.hengfeng, AcceptSupply(supply_order_ids=(supply.id,)))
    [given] = [x for x in shop.store.find(SupplyLine) if x.code == "T"]
    sent = (ShipItem(supply_line_id=given.id, quantity=1),)
    parcel = ShipParcel(parcel_id=shop.id(), supply_order_id=supply.id, carrier="SF", tracking_number="1", items=sent)
    shop.do(shop.hengfeng, parcel)
    gift = next(x for x in shop.store.find(OrderLine) if x.gift_of)
    case_id, items = shop.id(), (ReturnItem(order_line_id=gift.id, quantity=1),)
    asked = RequestReturn(
        return_id=case_id, number="R", order_id=message.order_id, kind=K.EXCHANGE, reason=R.QUALITY, items=items
    )
    shop.do(shop.chenguang, asked)
    shop.do(shop.chenguang, DecideReturn(return_id=case_id, approve=True))
    back(shop, case_of(shop, case_id))
    shop.do(shop.chenguang, ExchangeReturn(return_id=case_id, order_id=shop.id(), number="X"))
    shop.do(shop.hengfeng, CloseShort(supply_order_id=supply.id, reason="缺货"))
    assert member(shop).orders == 0
    check_books(shop)
