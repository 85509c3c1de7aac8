"""What people do with returns and claims, for random sequences."""

from s2b_domain.access import Actor
from s2b_domain.commands import Command
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
)
from s2b_domain.commands.claims import ClaimItem, DecideClaim, OpenClaim, SettleClaim
from s2b_domain.commands.exchanges import ExchangeReturn
from s2b_domain.commands.refunds import CounterReturn, Given, HandedBack, RefundReturn, SettlePayout
from s2b_domain.commands.returns import DecideReturn, RequestReturn, ReturnItem, SaveReturnRules
from s2b_domain.records.after_sales import Claim, Payout, ReturnCase
from s2b_domain.records.order import Order, OrderLine, SupplyLine, SupplyOrder
from s2b_domain.records.party import PartyKind
from s2b_domain.rules.after_sales import ReturnKind, ReturnReason, ReturnRule, ReturnState, Ruling, Verdict
from s2b_domain.rules.order_flow import OrderKind
from tests.domain.books import Books
from tests.domain.offer_deeds import HOME, one

VERBS = (
    "return", "return_decide", "return_exchange", "return_refund", "return_counter", "return_rules", "payout", "claim",
    "claim_decide", "claim_settle", "case_withdraw", "case_send", "case_receive", "case_inspect", "case_finish",
    "case_dispute", "case_arbitrate", "case_say",
)  # fmt: skip
SHOP = ("owner", "owner", "assistant", "other")
BOTH = ("owner", "manager", "clerk", "assistant", "rival")
OWN = {
    **dict.fromkeys(("return", "return_counter", "payout", "case_withdraw", "case_send"), SHOP),
    **dict.fromkeys(
        ("return_decide", "return_exchange", "return_refund", "return_rules", "claim", "case_dispute"),
        ("owner", "other"),
    ),
    **dict.fromkeys(("claim_decide", "claim_settle"), ("manager", "rival")),
    **dict.fromkeys(("case_receive", "case_inspect", "case_finish", "case_say"), BOTH),
    "case_arbitrate": ("admin", "reviewer"),
}
MADE = {
    RequestReturn, DecideReturn, ExchangeReturn, RefundReturn, CounterReturn, SaveReturnRules, SettlePayout, OpenClaim,
    DecideClaim, SettleClaim, Withdraw, SendBack, Receive, Inspect, Finish, Dispute, Arbitrate, Say,
}  # fmt: skip


def message_of(books: Books, actor: Actor, verb: str, n: int, amount: int) -> Command:
    """What `actor` asks for; ids come from the whole hub, so that it may well be others' business."""
    store, mine = books.store, actor.organisation_id
    shop = actor.kind is PartyKind.MERCHANT
    own = {"merchant_id": mine} if shop else {"supplier_id": mine}
    if n % 5 == 0 or actor.kind is PartyKind.PLATFORM:
        own = {}
    reason = list(ReturnReason)[n % 8]
    match verb:
        case "return" | "return_counter":
            orders = [o for o in store.find(Order) if o.kind is not OrderKind.PURCHASE and o.merchant_id == mine]
            order = one(orders, n)
            lines = store.find(OrderLine, order_id=order.id)
            chosen = lines[n % 2 :] or lines
            id_ = books.id()
            if verb == "return":
                return RequestReturn(
                    return_id=id_,
                    number=f"R-{id_[-8:]}",
                    order_id=order.id,
                    kind=list(ReturnKind)[(n + amount) % 4],
                    reason=reason,
                    items=tuple(ReturnItem(order_line_id=x.id, quantity=1 + amount // 5) for x in chosen),
                    with_freight=amount % 2 == 0,
                )
            return CounterReturn(
                return_id=id_,
                number=f"R-{id_[-8:]}",
                order_id=order.id,
                reason=reason,
                items=tuple(
                    HandedBack(order_line_id=x.id, quantity=1 + amount // 4, written_off=n % 2) for x in chosen
                ),
                given=(Given(method="现金", amount=amount * 100),) if amount % 3 else (),
            )
        case "return_decide":
            case = one(store.find(ReturnCase, merchant_id=mine), n)
            return DecideReturn(
                return_id=case.id, approve=amount > 2, reason="" if n == 7 else "看过", to_supplier=amount % 2 == 0
            )
        case "return_refund":
            return RefundReturn(return_id=one(store.find(ReturnCase, merchant_id=mine), n).id, method="银行")
        case "return_exchange":
            chosen_cases = [
                c for c in store.find(ReturnCase, merchant_id=mine) if c.state is ReturnState.INSPECTED or n > 8
            ]
            id_ = books.id()
            return ExchangeReturn(return_id=one(chosen_cases, n).id, order_id=id_, number=f"X-{id_[-8:]}")
        case "return_rules":
            rule = ReturnRule(
                name="快退",
                verdict=list(Verdict)[amount % 3],
                kinds=(list(ReturnKind)[n % 4],) if n % 3 else (),
                within_days=amount,
                up_to=amount * 1000,
            )
            return SaveReturnRules(rules=(rule,))
        case "payout":
            payout = one(store.find(Payout, merchant_id=mine), n)
            paid = amount > 3
            return SettlePayout(
                payout_id=payout.id, paid=paid, method="现金", reference=f"T{n}", reason="" if paid else "账号不存在"
            )
        case "claim":
            supply = one([s for s in store.find(SupplyOrder, merchant_id=mine) if s.sent], n)
            lines_of = store.find(SupplyLine, supply_order_id=supply.id)
            id_ = books.id()
            return OpenClaim(
                claim_id=id_,
                number=f"C-{id_[-8:]}",
                supply_order_id=supply.id,
                kind=list(ReturnKind)[amount % 4],
                reason=reason,
                items=tuple(ClaimItem(supply_line_id=x.id, quantity=1 + amount // 6) for x in lines_of[: 1 + n % 2]),
                asked=amount * 200 if n % 3 == 0 else None,
            )
        case "claim_decide":
            claim = one(store.find(Claim, **own), n)
            credit = claim.asked // 2 if n % 4 == 1 else None
            return DecideClaim(
                claim_id=claim.id,
                approve=amount > 2,
                reason="核过",
                return_to=HOME if amount % 4 else None,
                credit=credit,
            )
        case "claim_settle":
            claim = one(store.find(Claim, **own), n)
            return SettleClaim(claim_id=claim.id, credit=claim.asked * (amount % 3) // 2)
    return _step(books, actor, verb, n, amount, own)


def _step(books: Books, actor: Actor, verb: str, n: int, amount: int, own: dict[str, str]) -> Command:
    store = books.store
    cases = [*store.find(Claim, **own)]
    if "supplier_id" not in own:
        cases = [*store.find(ReturnCase, **own), *cases]  # type: ignore[list-item]
    if verb == "case_arbitrate":
        cases = [c for c in cases if c.disputed]
    case = one(cases, n + amount)
    lines = case.lines
    match verb:
        case "case_withdraw":
            return Withdraw(document_id=case.id)
        case "case_send":
            return SendBack(document_id=case.id, carrier="SF", tracking_number=f"SF{amount}")
        case "case_receive":
            got = tuple(GotItem(line_id=x.line_id, quantity=min(amount, x.quantity + n % 2)) for x in lines)
            return Receive(document_id=case.id, items=got)
        case "case_inspect":
            repair = case.kind is ReturnKind.REPAIR
            kept = tuple(
                FoundItem(line_id=x.line_id, restocked=0 if repair else x.quantity, written_off=n % 2) for x in lines
            )
            return Inspect(document_id=case.id, items=kept, note="完好" if n % 2 else "")
        case "case_finish":
            outcomes = (ReturnState.REPAIRED, ReturnState.RETURNED_TO_CUSTOMER, ReturnState.REPLACEMENT_SENT)
            return Finish(document_id=case.id, outcome=outcomes[amount % 3], carrier="SF", tracking_number="1")
        case "case_dispute":
            return Dispute(document_id=case.id, text="不同意")
        case "case_arbitrate":
            ruling = list(Ruling)[amount % 4]
            asked = case.asked if isinstance(case, Claim) else 0
            credit = asked * (n % 3) // 2 if ruling is Ruling.REFUND else 0
            return Arbitrate(document_id=case.id, ruling=ruling, text="照片为证", credit=credit)
    return Say(document_id=case.id, text="请看照片", photos=("ab" * 32,))
