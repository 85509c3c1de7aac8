"""Day close: a till is opened with its float, cash goes in and out, and it is counted when it is closed. All facts."""

from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.access import Actor, Permission, own
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.order import Order, OrderLine, Payment, PaymentMethod
from s2b_domain.records.till import CashMove, MethodSum, Till, TillFigures
from s2b_domain.rules.bounds import MAX_AMOUNT, Id, Name, Note, Reason
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import Stage
from s2b_domain.tx import Reader, Tx

MAX_METHODS = 50
MAX_MOVES = 200
Cash = Annotated[int, Meta(ge=0, le=MAX_AMOUNT)]


class OpenTill(Command, frozen=True, kw_only=True):
    """The drawer of this device was filled with a float (分) for a day."""

    till_id: Id
    day: Name
    float_amount: Cash


class MoveCash(Command, frozen=True, kw_only=True):
    """Cash (分) was put into the drawer or (negative) taken out, for a reason."""

    till_id: Id
    amount: Annotated[int, Meta(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
    reason: Reason


class Counted(msgspec.Struct, frozen=True, array_like=True):
    """What was counted of one kind of money (分): cash with the float in it, or what the terminal says, which is
    negative where more was given back than taken."""

    method: Name
    amount: Annotated[int, Meta(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]


class CloseTill(Command, frozen=True, kw_only=True):
    """The drawer was counted, and the day is over."""

    till_id: Id
    counted: Annotated[tuple[Counted, ...], Meta(max_length=MAX_METHODS)]
    note: Note = ""


def open_till(tx: Tx) -> str:
    """The id of the till that is open on the acting device, or ""."""
    mine = tx.actor.organisation_id
    found = tx.find(Till, merchant_id=mine, device_id=tx.device_id, open=True) if tx.device_id else []
    return found[-1].id if found else ""


def _trade(reader: Reader, actor: Actor, message: Command) -> list[str]:
    return [own(actor.organisation_id, "trade")]


def figures_of(reader: Reader, till: Till) -> TillFigures:
    """What a till comes to so far, from the payments and sales that were booked on it."""
    sums: dict[str, MethodSum] = {PaymentMethod.CASH.value: MethodSum(PaymentMethod.CASH.value)}
    for payment in reader.find(Payment, till_id=till.id):
        before = sums.get(payment.method) or MethodSum(payment.method)
        sums[payment.method] = msgspec.structs.replace(
            before,
            taken=before.taken + max(0, payment.amount),
            given_back=before.given_back + max(0, -payment.amount),
            payments=before.payments + 1,
        )
    orders = [o for o in reader.find(Order, till_id=till.id) if o.kind is OrderKind.RETAIL]
    lines = reader.find_in(OrderLine, "order_id", [o.id for o in orders])
    by_stage: dict[Stage, int] = {}
    for line in lines:
        for reduction in line.reductions:
            by_stage[reduction.stage] = by_stage.get(reduction.stage, 0) + reduction.amount
    coupons = by_stage.pop(Stage.SHOP_COUPON, 0) + by_stage.pop(Stage.PLATFORM_COUPON, 0)
    points, rounding = by_stage.pop(Stage.POINTS, 0), by_stage.pop(Stage.ROUNDING, 0)
    return TillFigures(
        methods=tuple(sums[m] for m in sorted(sums)),
        sales=len(orders),
        sales_amount=sum(o.total for o in orders),
        list_amount=sum(li.list_amount for li in lines),
        discounts=sum(by_stage.values()),
        coupons=coupons,
        points=sum(o.points_used for o in orders),
        points_amount=points,
        rounding=rounding,
        on_account=sum(max(0, o.due - o.paid) for o in orders),
    )


def cash_expected(till: Till, figures: TillFigures) -> int:
    """What should lie in the drawer (分): the float, what was put in, and the cash of the sales."""
    cash = sum(m.net for m in figures.methods if m.method == PaymentMethod.CASH)
    return till.float_amount + sum(m.amount for m in till.moves) + cash


@command("till.open@1", OpenTill, permission=Permission.ORDER_PLACE, touches=_trade, fact=True)
def open_drawer(tx: Tx, message: OpenTill) -> None:
    """Open the till. One that is still open on this device stays open too, and somebody is told to close it."""
    merchant = tx.actor.organisation_id
    if not is_id(message.till_id) or not message.day.strip():
        raise Refused("field_wrong", field="till_id" if message.day.strip() else "day")
    till_id = message.till_id
    if tx.get(Till, till_id) is not None:
        till_id = tx.id("till")
        tx.contradict("till_opened_twice", merchant, till_id, message.till_id)
    elif open_till(tx):
        tx.contradict("till_left_open", merchant, till_id, open_till(tx), day=message.day)
    tx.add(
        Till(
            id=till_id,
            merchant_id=merchant,
            device_id=tx.device_id,
            day=message.day.strip(),
            float_amount=message.float_amount,
            opened_at=tx.time,
            opened_by=tx.actor.name,
        )
    )


def _own_till(tx: Tx, till_id: str) -> Till:
    till = tx.need(Till, till_id)
    if till.merchant_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=till_id)
    return till


@command("till.move@1", MoveCash, permission=Permission.ORDER_PLACE, touches=_trade, fact=True)
def move_cash(tx: Tx, message: MoveCash) -> None:
    """Book cash in or out. On a till that is closed already it is booked as well, and said."""
    if not message.amount or not message.reason.strip():
        raise Refused("field_wrong" if not message.amount else "reason_required", field="amount")
    till = _own_till(tx, message.till_id)
    if len(till.moves) >= MAX_MOVES:
        raise Refused("too_long", field="moves", most=MAX_MOVES)
    if not till.open:
        tx.contradict("till_closed", till.merchant_id, till.id, amount=message.amount)
    move = CashMove(message.amount, message.reason.strip(), tx.actor.name, tx.time)
    tx.put(till.with_(moves=(*till.moves, move)))


@command("till.close@1", CloseTill, permission=Permission.ORDER_PAY, touches=_trade, fact=True)
def close_till(tx: Tx, message: CloseTill) -> Result:
    """Freeze the figures beside what was counted; what differs is told as a discrepancy."""
    till = _own_till(tx, message.till_id)
    methods = [c.method for c in message.counted]
    if len(set(methods)) < len(methods) or any(not m.strip() for m in methods):
        raise Refused("field_wrong", field="method")
    if not till.open:
        tx.contradict("till_closed", till.merchant_id, till.id, amount=0)
        return {"difference": till.difference}
    figures = figures_of(tx, till)
    counted = {c.method: c.amount for c in message.counted}
    known = {m.method: m for m in figures.methods} | {
        m: MethodSum(m) for m in methods if m not in {f.method for f in figures.methods}
    }
    sums = tuple(msgspec.structs.replace(known[m], counted=counted.get(m)) for m in sorted(known))
    should = {m.method: m.net for m in sums} | {PaymentMethod.CASH.value: cash_expected(till, figures)}
    difference = sum(counted[m] - should[m] for m in counted)
    after = till.with_(
        open=False,
        closed_at=tx.time,
        closed_by=tx.actor.name,
        figures=msgspec.structs.replace(figures, methods=sums),
        difference=difference,
        note=message.note.strip(),
    )
    tx.put(after)
    if any(counted[m] != should[m] for m in counted):
        tx.contradict("till_differs", till.merchant_id, till.id, day=till.day, difference=difference)
    return {"difference": difference}
