"""What people do with returns and claims on their desktops."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from s2b_domain.commands import Command
from s2b_domain.commands.cases import Arbitrate, Dispute, FoundItem, GotItem, Inspect, Receive, Say, SendBack
from s2b_domain.commands.claims import DecideClaim, SettleClaim
from s2b_domain.commands.exchanges import ExchangeReturn
from s2b_domain.commands.refunds import CounterReturn, Given, HandedBack, RefundReturn, SettlePayout
from s2b_domain.commands.returns import DecideReturn, RequestReturn, ReturnItem
from s2b_domain.records.after_sales import Claim, Payout, ReturnCase
from s2b_domain.records.order import Order, OrderLine
from s2b_domain.rules.after_sales import ReturnKind, ReturnReason, Ruling
from s2b_domain.rules.order_flow import OrderKind
from tests.hub.world import ADDRESS

if TYPE_CHECKING:
    from tests.simulation.deeds import Person


def of_the_shop(person: Person) -> Command | None:
    """Something that a shop does with what comes back; nothing where there is nothing."""
    chance, ids = person.chance, person.workspace
    cases: list[Any] = person.all(ReturnCase)
    drawn = chance.random()
    if not cases or drawn < 0.3:
        return _new(person)
    case, payouts = chance.choice(cases), person.all(Payout)
    if drawn < 0.45:
        return DecideReturn(return_id=case.id, approve=drawn < 0.42, reason="看过", to_supplier=drawn < 0.38)
    if drawn < 0.55:
        return SendBack(document_id=case.id, carrier="SF", tracking_number=case.id[-8:])
    if drawn < 0.65:
        return _got(chance, case)
    if drawn < 0.75 and payouts:
        payout = chance.choice(payouts)
        return SettlePayout(payout_id=payout.id, paid=drawn < 0.72, method="cash", reference="T", reason="账号错")
    if drawn < 0.85:
        return RefundReturn(return_id=case.id, amount_seen=chance.choice([None, case.pay_back]))
    if drawn < 0.9:
        return ExchangeReturn(return_id=case.id, order_id=ids.new_id(), number=ids.next_number())
    claims: list[Any] = person.all(Claim)
    about = chance.choice([*cases, *claims])
    return Dispute(document_id=about.id, text="不同意") if drawn < 0.95 else Say(document_id=about.id, text="请看")


def _new(person: Person) -> Command | None:
    lines: list[Any] = person.all(OrderLine)
    orders: dict[str, Any] = {o.id: o for o in person.all(Order)}
    lines = [x for x in lines if x.order_id in orders and orders[x.order_id].kind is not OrderKind.PURCHASE]
    if not lines:
        return None
    line, chance, ids = person.chance.choice(lines), person.chance, person.workspace
    quantity, reason = chance.randint(1, max(1, line.quantity)), chance.choice(list(ReturnReason))
    if chance.random() < 0.3:
        return CounterReturn(
            return_id=ids.new_id(),
            number=ids.next_number(),
            order_id=line.order_id,
            reason=reason,
            items=(HandedBack(order_line_id=line.id, quantity=quantity, written_off=chance.randint(0, quantity)),),
            given=(Given(method="cash", amount=chance.randint(1, 2000)),),
        )
    return RequestReturn(
        return_id=ids.new_id(),
        number=ids.next_number(),
        order_id=line.order_id,
        kind=chance.choice(list(ReturnKind)),
        reason=reason,
        items=(ReturnItem(order_line_id=line.id, quantity=quantity),),
        with_freight=chance.random() < 0.5,
    )


def _got(chance: random.Random, case: Any) -> Command:
    if chance.random() < 0.5:
        items = tuple(GotItem(line_id=x.line_id, quantity=x.quantity) for x in case.lines)
        return Receive(document_id=case.id, items=items)
    keep = 0 if case.kind is ReturnKind.REPAIR else 1
    found = tuple(FoundItem(line_id=x.line_id, restocked=keep * x.quantity) for x in case.lines)
    return Inspect(document_id=case.id, items=found)


def of_the_supplier(person: Person) -> Command | None:
    """A supplier answers, receives, inspects and pays."""
    claims: list[Any] = person.all(Claim)
    if not claims:
        return None
    claim, drawn = person.chance.choice(claims), person.chance.random()
    if drawn < 0.4:
        return DecideClaim(claim_id=claim.id, approve=drawn < 0.3, reason="核过", return_to=ADDRESS)
    if drawn < 0.7:
        return _got(person.chance, claim)
    if drawn < 0.9:
        return SettleClaim(claim_id=claim.id, credit=person.chance.choice([claim.asked, claim.asked // 2]))
    return Say(document_id=claim.id, text="已看照片")


def of_the_platform(person: Person) -> Command | None:
    """The platform decides a dispute."""
    disputed: list[Any] = [*person.all(Claim), *person.all(ReturnCase)]
    if not disputed:
        return None
    case, ruling = person.chance.choice(disputed), person.chance.choice(list(Ruling))
    credit = case.asked // 2 if isinstance(case, Claim) and ruling is Ruling.REFUND else 0
    return Arbitrate(document_id=case.id, ruling=ruling, text="照片为证", credit=credit)
