"""Money back to a consumer: what is owed is taken back once, and what is paid out is a task with its own proof."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.access import Actor, Permission
from s2b_domain.commands.accounts import owe
from s2b_domain.commands.after_sales import (
    MAX_LINES,
    Photos,
    note_excess,
    order_touched,
    own_return,
    put_back,
    step,
    touched,
)
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.history import remember
from s2b_domain.commands.membership import member_now
from s2b_domain.commands.return_quote import (
    RETURNABLE,
    ReturnQuote,
    case_line,
    held_steps,
    left_of,
    quote_return,
)
from s2b_domain.commands.rewards import return_units, reward
from s2b_domain.commands.stock import wrong_quantity
from s2b_domain.commands.takings import take
from s2b_domain.errors import NeedsConfirmation, Refused
from s2b_domain.ids import is_id
from s2b_domain.records.account import CONSUMERS
from s2b_domain.records.after_sales import CaseLine, Payout, PayoutState, ReturnCase
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order, OrderLine
from s2b_domain.rules.after_sales import WITH_GOODS, ReturnKind, ReturnReason, ReturnState, Ruling
from s2b_domain.rules.bounds import MAX_AMOUNT, Code, Id, Name, Note, Number, Reason
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader, Tx

S = ReturnState


class RefundReturn(Command, frozen=True, kw_only=True):
    """Give the money back: `amount_seen` (分) is what was shown. After a failure, `method` may be another one."""

    return_id: Id
    amount_seen: Number | None = None
    method: Name = ""


class SettlePayout(Command, frozen=True, kw_only=True):
    """Somebody paid a refund (with its reference or a picture as proof), or it did not work (with the reason)."""

    payout_id: Id
    paid: bool
    method: Name = ""
    reference: Name = ""
    proof: Photos = ()
    reason: Reason = ""


class HandedBack(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps of an order's line that were handed over at the counter; `written_off` of them cannot be sold."""

    order_line_id: Id
    quantity: int
    written_off: int = 0


class Given(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money (分) that was given back in one way."""

    method: Name
    amount: Annotated[int, Meta(ge=1, le=MAX_AMOUNT)]
    reference: Name = ""


class CounterReturn(Command, frozen=True, kw_only=True):
    """Goods were handed back over the counter and the money was given: it has happened."""

    return_id: Id
    number: Code
    order_id: Id
    reason: ReturnReason
    items: Annotated[tuple[HandedBack, ...], Meta(max_length=MAX_LINES)]
    given: Annotated[tuple[Given, ...], Meta(max_length=20)] = ()
    note: Note = ""
    photos: Photos = ()


def _refunded(reader: Reader, actor: Actor, message: RefundReturn) -> list[str]:
    return touched(reader, actor, message.return_id)


def _settled(reader: Reader, actor: Actor, message: SettlePayout) -> list[str]:
    payout = reader.get(Payout, message.payout_id)
    return touched(reader, actor, payout.return_id if payout else "")


def _at_counter(reader: Reader, actor: Actor, message: CounterReturn) -> list[str]:
    return order_touched(reader, actor, message.order_id)


def units_of(case: ReturnCase) -> dict[str, int]:
    """What is paid for: the steps that were found all right; without goods, or after another ruling, what was asked."""
    upheld = case.ruling is Ruling.UPHELD and case.kept
    whole = not upheld and (case.kind not in WITH_GOODS or case.state is S.ARBITRATED)
    steps = {x.line_id: x.quantity if whole else min(x.quantity, x.kept) for x in case.lines}
    return {id_: n for id_, n in steps.items() if n > 0}


def refund_quote(reader: Reader, case: ReturnCase) -> ReturnQuote:
    """What would be paid back now. `Refused("nothing_to_refund")` where nothing was taken back."""
    units = units_of(case)
    order = reader.get(Order, case.order_id)
    if not units or order is None:
        raise Refused("nothing_to_refund", number=case.number)
    kind = ReturnKind.RETURN_REFUND
    return quote_return(reader, order, kind, units, with_freight=case.with_freight, but=case.id)


@command("return.refund@1", RefundReturn, permission=Permission.RETURN_DECIDE, touches=_refunded)
def refund_return(tx: Tx, message: RefundReturn) -> Result:
    """REFUNDING, with one task for each method that was used to pay; after a failure, once more."""
    case = own_return(tx, message.return_id)
    if case.state is S.REFUND_FAILED:
        for payout in tx.find(Payout, return_id=case.id):
            if payout.state is PayoutState.FAILED:
                method = message.method.strip() or payout.method
                tx.put(payout.with_(state=PayoutState.OPEN, method=method, reason=""))
        step(tx, case, S.REFUNDING)
        return {"pay_back": case.pay_back}
    quoted = refund_quote(tx, case)
    if message.amount_seen not in (None, quoted.pay_back) and tx.recorded is None:
        seen, now = message.amount_seen or 0, quoted.pay_back
        raise NeedsConfirmation("refund_changed", seen=seen, now=now, difference=now - seen)
    case = start_refund(tx, case, units_of(case))
    return {"pay_back": case.pay_back}


def start_refund(tx: Tx, case: ReturnCase, units: Mapping[str, int]) -> ReturnCase:
    """Take back what is owed for `units`, and open the tasks to pay out what was paid for them."""
    order = tx.need(Order, case.order_id)
    kind = ReturnKind.RETURN_REFUND
    quoted = quote_return(tx, order, kind, units, with_freight=case.with_freight, but=case.id)
    case = book_value(tx, step(tx, case, S.REFUNDING), order, units, quoted)
    for number, (method, amount) in enumerate(quoted.methods, start=1):
        tx.add(
            Payout(
                id=tx.id("payout", number),
                return_id=case.id,
                order_id=order.id,
                merchant_id=case.merchant_id,
                method=method,
                amount=amount,
                opened_at=tx.time,
            )
        )
    return case if quoted.methods else step(tx, case, S.REFUNDED)


def book_value(tx: Tx, case: ReturnCase, order: Order, units: Mapping[str, int], quoted: ReturnQuote) -> ReturnCase:
    """The order remembers what came back; points, coupons and subsidies follow; the consumer owes that much less."""
    return_units(tx, order, units)
    order = tx.put(order.with_(returned_amount=order.returned_amount + quoted.value))
    owe(tx, CONSUMERS, case.merchant_id, -quoted.value, kind="return", document_id=case.id)
    if order.due > 0 and not order.rewarded and order.paid - quoted.pay_back >= order.due:
        reward(tx, order)  # what is left of it is paid
    remember(tx, order.id, "order.returned", case.merchant_id, reason=case.number)
    return tx.put(
        case.with_(
            settled=True,
            goods_amount=quoted.goods,
            freight_amount=quoted.freight,
            gift_amount=quoted.gift_amount,
            points_back=quoted.points_back,
            points_away=quoted.points_away,
            value=quoted.value,
            pay_back=quoted.pay_back,
        )
    )


@command("payout.settle@1", SettlePayout, permission=Permission.RETURN_REFUND, touches=_settled, fact=True)
def settle_payout(tx: Tx, message: SettlePayout) -> None:
    """Book what came of a refund. Money that was paid a second time has left all the same: that is said."""
    payout = tx.need(Payout, message.payout_id)
    case = own_return(tx, payout.return_id)
    if not message.paid:
        _failed(tx, case, payout, message)
        return
    if not message.reference.strip() and not message.proof:
        raise Refused("field_required", field="reference")
    method = message.method.strip() or payout.method
    if not method:
        raise Refused("field_required", field="method")
    pay_out(tx, case, method, payout.amount, message.reference.strip(), 1)
    if payout.state is PayoutState.PAID:
        tx.contradict("refunded_twice", case.merchant_id, case.id, payout.id, number=case.number, paid=payout.amount)
        return
    tx.put(
        payout.with_(
            state=PayoutState.PAID,
            method=method,
            reference=message.reference.strip(),
            proof=message.proof,
            reason="",
            done_at=tx.time,
            done_by=tx.actor.name,
        )
    )
    if case.state is S.REFUND_FAILED:
        case = step(tx, case, S.REFUNDING)
    states = {p.state for p in tx.find(Payout, return_id=case.id)}
    if states == {PayoutState.PAID} and case.state is S.REFUNDING:
        step(tx, case, S.REFUNDED, method)
    elif PayoutState.FAILED in states and case.state is S.REFUNDING:
        step(tx, case, S.REFUND_FAILED)


def _failed(tx: Tx, case: ReturnCase, payout: Payout, message: SettlePayout) -> None:
    if not message.reason.strip():
        raise Refused("reason_required")
    if payout.state is PayoutState.PAID:
        tx.contradict("refund_came_back", case.merchant_id, case.id, payout.id, number=case.number, paid=payout.amount)
        return
    tx.put(payout.with_(state=PayoutState.FAILED, reason=message.reason.strip()))
    if case.state is S.REFUNDING:
        step(tx, case, S.REFUND_FAILED, message.reason.strip())


def pay_out(tx: Tx, case: ReturnCase, method: str, amount: int, reference: str, number: int) -> None:
    """Money has left the shop."""
    take(tx, tx.need(Order, case.order_id), tx.id("payment", number), method, -amount, reference=reference)


@command("return.counter@1", CounterReturn, permission=Permission.RETURN_REQUEST, touches=_at_counter, fact=True)
def counter_return(tx: Tx, message: CounterReturn) -> Result:
    """The whole way at once. What the books do not allow is booked as it happened, and said: more than was left of a
    line, another amount than its units carry, the same number twice."""
    order, lines = _handed(tx, message)
    held = held_steps(tx, order.id)
    units: dict[str, int] = {}
    excess: dict[str, int] = {}
    for item in message.items:
        left = left_of(tx, lines[item.order_line_id], held.get(item.order_line_id, 0))
        if order.state not in RETURNABLE:
            left = 0
        part = min(left, item.quantity)
        excess[item.order_line_id] = item.quantity - part
        if part:
            units[item.order_line_id] = part
    kind = ReturnKind.RETURN_REFUND
    quoted = (
        quote_return(tx, order, kind, units, with_freight=False)
        if units
        else ReturnQuote((), 0, 0, 0, 0, 0, 0, 0, (), ())
    )
    case = _written(tx, order, message, _case_lines(message, lines, quoted))
    for line in case.lines:
        note_excess(tx, case, line, excess[line.line_id])
    for state in (S.APPROVED, S.RECEIVED, S.INSPECTED):
        case = step(tx, case, state)
    for line in case.lines:
        sku = tx.get(Sku, line.sku_id)
        if sku is not None:
            put_back(tx, case, case.merchant_id, sku, line.restocked, line.written_off)
    case = step(tx, case, S.REFUNDING)
    case = book_value(tx, case, order, units, quoted) if units else tx.put(case.with_(settled=True))
    _give(tx, case, message.given)
    step(tx, case, S.REFUNDED)
    given = sum(g.amount for g in message.given)
    if given != quoted.pay_back:
        told = {"paid": given, "priced": quoted.pay_back, "difference": given - quoted.pay_back}
        tx.contradict("refunded_otherwise", case.merchant_id, case.id, case.number, number=case.number, **told)
    return {"number": case.number, "pay_back": quoted.pay_back}


def _handed(tx: Tx, message: CounterReturn) -> tuple[Order, dict[str, OrderLine]]:
    order = tx.need(Order, message.order_id)
    if order.merchant_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=order.id)
    if order.kind is OrderKind.PURCHASE:
        raise Refused("field_wrong", field="kind")
    lines = {x.id: x for x in tx.find(OrderLine, order_id=order.id)}
    ids = {i.order_line_id for i in message.items}
    if not ids or len(ids) < len(message.items) or not ids <= lines.keys():
        raise Refused("field_wrong", field="items")
    for item in message.items:
        if not 0 <= item.written_off <= item.quantity <= MAX_QUANTITY or not item.quantity:
            raise wrong_quantity(lines[item.order_line_id])
    if not is_id(message.return_id) or not message.number.strip():
        raise Refused("field_wrong", field="number")
    if any(not g.method.strip() for g in message.given):
        raise Refused("field_wrong", field="method")
    return order, lines


def _case_lines(message: CounterReturn, lines: Mapping[str, OrderLine], quoted: ReturnQuote) -> tuple[CaseLine, ...]:
    worth = {x.line_id: x.amount for x in quoted.lines}
    return tuple(
        msgspec.structs.replace(
            case_line(lines[i.order_line_id], i.quantity, worth.get(i.order_line_id, 0)),
            received=i.quantity,
            restocked=i.quantity - i.written_off,
            written_off=i.written_off,
        )
        for i in message.items
    )


def _written(tx: Tx, order: Order, message: CounterReturn, lines: tuple[CaseLine, ...]) -> ReturnCase:
    merchant, number = order.merchant_id, message.number.strip()
    twin = tx.get(ReturnCase, message.return_id)
    return_id = message.return_id if twin is None else tx.id("return")
    member = member_now(tx, order.member_id)
    if twin is not None or tx.find(ReturnCase, number=number, merchant_id=merchant):
        tx.contradict("returned_twice", merchant, return_id, message.return_id, number=number)
    case = tx.add(
        ReturnCase(
            id=return_id,
            number=number,
            merchant_id=merchant,
            order_id=order.id,
            order_number=order.number,
            order_kind=order.kind,
            kind=ReturnKind.RETURN_REFUND,
            state=S.REQUESTED,
            reason=message.reason,
            note=message.note.strip(),
            photos=message.photos,
            lines=lines,
            goods_amount=0,
            value=0,
            pay_back=0,
            member_id=order.member_id,
            customer=member.name if member else "",
            opened_at=tx.time,
            opened_by=tx.actor.name,
        )
    )
    remember(tx, case.id, "return.requested", merchant, after=case.state, reason=case.reason.value)
    return case


def _give(tx: Tx, case: ReturnCase, given: Sequence[Given]) -> None:
    for number, each in enumerate(given, start=1):
        tx.add(
            Payout(
                id=tx.id("payout", number),
                return_id=case.id,
                order_id=case.order_id,
                merchant_id=case.merchant_id,
                method=each.method.strip(),
                amount=each.amount,
                state=PayoutState.PAID,
                reference=each.reference.strip(),
                opened_at=tx.time,
                done_at=tx.time,
                done_by=tx.actor.name,
            )
        )
        pay_out(tx, case, each.method.strip(), each.amount, each.reference.strip(), number)
