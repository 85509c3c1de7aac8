"""A shop's side of returns: requested, decided by a rule or a person, and what the shop lets rules decide."""

from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.access import AUDIT, Actor, Permission, own
from s2b_domain.commands.after_sales import MAX_LINES, Photos, order_touched, own_return, step, touched
from s2b_domain.commands.claims import ask_supplier
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.history import remember
from s2b_domain.commands.membership import member_now
from s2b_domain.commands.quote import category_path
from s2b_domain.commands.refunds import start_refund
from s2b_domain.commands.return_quote import ReturnQuote, quote_return
from s2b_domain.errors import NeedsConfirmation, Refused
from s2b_domain.ids import is_id
from s2b_domain.records.after_sales import ReturnCase, ReturnRules
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.order import Address, History, Order
from s2b_domain.records.party import PartyKind
from s2b_domain.records.shop import Shop
from s2b_domain.rules.after_sales import (
    MAX_RULES,
    WITH_GOODS,
    Asked,
    ReturnKind,
    ReturnReason,
    ReturnRule,
    ReturnState,
    Verdict,
    decides,
)
from s2b_domain.rules.bounds import Code, Id, Note, Number, Reason
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.tx import Reader, Tx

DAY = 86_400_000
S = ReturnState


class ReturnItem(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of an order's line that come back, or are paid for again."""

    order_line_id: Id
    quantity: int


class RequestReturn(Command, frozen=True, kw_only=True):
    """A consumer wants to give goods back, or money. `amount_seen` (分) is the refund that was shown, to the cent;
    where it is another one now, the hub asks. `number` is minted on the device."""

    return_id: Id
    number: Code
    order_id: Id
    kind: ReturnKind
    reason: ReturnReason
    items: Annotated[tuple[ReturnItem, ...], Meta(max_length=MAX_LINES)]
    note: Note = ""
    photos: Photos = ()
    with_freight: bool = False
    amount_seen: Number | None = None


class DecideReturn(Command, frozen=True, kw_only=True):
    """Approve or refuse. `to_supplier`: the goods go straight to the supplier, who is asked to take them back."""

    return_id: Id
    approve: bool
    reason: Reason = ""
    to_supplier: bool = False
    amount_seen: Number | None = None


class SaveReturnRules(Command, frozen=True, kw_only=True):
    """What is decided by itself, first rule first."""

    rules: Annotated[tuple[ReturnRule, ...], Meta(max_length=MAX_RULES)]


def _requested(reader: Reader, actor: Actor, message: RequestReturn) -> list[str]:
    return order_touched(reader, actor, message.order_id)


def _decided(reader: Reader, actor: Actor, message: DecideReturn) -> list[str]:
    return touched(reader, actor, message.return_id)


def _rules(reader: Reader, actor: Actor, message: SaveReturnRules) -> list[str]:
    return [own(actor.organisation_id, "trade"), AUDIT]


@command("return.request@1", RequestReturn, permission=Permission.RETURN_REQUEST, touches=_requested)
def request_return(tx: Tx, message: RequestReturn) -> Result:
    """REQUESTED, and what the shop's rules decide of it at once."""
    merchant = tx.actor.organisation_id
    if not is_id(message.return_id) or tx.get(ReturnCase, message.return_id):
        raise Refused("id_taken", id=message.return_id)
    if not message.number.strip() or tx.find(ReturnCase, number=message.number, merchant_id=merchant):
        raise Refused("number_taken", number=message.number)
    order = tx.need(Order, message.order_id)
    if order.merchant_id != merchant:
        raise Refused("not_yours", id=message.order_id)
    units = {i.order_line_id: i.quantity for i in message.items}
    if len(units) < len(message.items):
        raise Refused("field_wrong", field="items")
    quoted = quote_return(tx, order, message.kind, units, with_freight=message.with_freight)
    agreed(tx, quoted, message.amount_seen)
    case = open_return(tx, order, message, quoted)
    case = _by_rule(tx, order, case)
    return {"number": case.number, "state": case.state.value, "pay_back": case.pay_back}


def agreed(tx: Tx, quoted: ReturnQuote, seen: int | None) -> None:
    """Money never changes silently: `NeedsConfirmation` where the refund is not the one that was shown."""
    if seen is not None and seen != quoted.pay_back and tx.recorded is None:
        now = quoted.pay_back
        raise NeedsConfirmation("refund_changed", seen=seen, now=now, difference=now - seen)


def open_return(tx: Tx, order: Order, message: RequestReturn, quoted: ReturnQuote) -> ReturnCase:
    """Write the request."""
    member = member_now(tx, order.member_id)
    address = order.address
    case = tx.add(
        ReturnCase(
            id=message.return_id,
            number=message.number.strip(),
            merchant_id=order.merchant_id,
            order_id=order.id,
            order_number=order.number,
            order_kind=order.kind,
            kind=message.kind,
            state=S.REQUESTED,
            reason=message.reason,
            note=message.note.strip(),
            photos=message.photos,
            lines=quoted.lines,
            with_freight=message.with_freight,
            goods_amount=quoted.goods,
            freight_amount=quoted.freight,
            gift_amount=quoted.gift_amount,
            points_back=quoted.points_back,
            points_away=quoted.points_away,
            value=quoted.value,
            pay_back=quoted.pay_back,
            member_id=order.member_id,
            customer=member.name if member else address.name if address else "",
            opened_at=tx.time,
            opened_by=tx.actor.name,
        )
    )
    remember(tx, case.id, "return.requested", case.merchant_id, after=case.state, reason=case.reason.value)
    remember(tx, order.id, "order.return_requested", case.merchant_id, reason=case.number)
    return case


def _by_rule(tx: Tx, order: Order, case: ReturnCase) -> ReturnCase:
    """What the first rule that holds decides. A rule cannot approve what has nowhere to go to."""
    kept = tx.get(ReturnRules, case.merchant_id)
    rule = decides(kept.rules, asked_of(tx, order, case)) if kept else None
    if rule is None or rule.verdict is Verdict.LOOK:
        return case if rule is None else tx.put(case.with_(rule=rule.name))
    if rule.verdict is Verdict.REFUSE:
        return step(tx, tx.put(case.with_(rule=rule.name, answer=rule.name)), S.REFUSED, rule.name)
    address = return_address(tx, case.merchant_id)
    to_supplier = case.order_kind is OrderKind.DROPSHIP and address is None
    if case.kind in WITH_GOODS and address is None and not (to_supplier and len(_suppliers(case)) == 1):
        return case
    return approve(tx, tx.put(case.with_(rule=rule.name)), to_supplier=to_supplier, reason=rule.name)


def asked_of(reader: Reader, order: Order, case: ReturnCase) -> Asked:
    """What the rules look at."""
    skus = {s.id: s.product_id for s in reader.find_in(Sku, "id", [x.sku_id for x in case.lines])}
    products = {p.id: p for p in reader.find_in(Product, "id", skus.values())}
    found = [products.get(skus.get(x.sku_id, "")) for x in case.lines]
    member = member_now(reader, order.member_id)
    return Asked(
        kind=case.kind,
        reason=case.reason,
        days=_days(reader, order, case),
        amount=case.value if case.kind in (ReturnKind.REFUND_ONLY, ReturnKind.RETURN_REFUND) else case.goods_amount,
        categories=tuple(category_path(reader, p.category_id) if p else () for p in found),
        level_id=member.level_id if member else "",
    )


def _days(reader: Reader, order: Order, case: ReturnCase) -> int:
    """Whole days since the goods were handed over, delivered, or said to be with the consumer."""
    if order.kind is OrderKind.RETAIL:
        return max(0, case.opened_at - order.placed_at) // DAY
    told = reader.find(History, document_id=order.id, organisation_id=order.merchant_id)
    delivered = [h.at for h in told if h.event in ("order.delivered", "order.completed")]
    return max(0, case.opened_at - min(delivered)) // DAY if delivered else 0


def return_address(reader: Reader, merchant_id: str) -> Address | None:
    """Where a shop takes goods back."""
    shop = reader.get(Shop, merchant_id)
    return (shop.return_address or shop.address) if shop else None


def _suppliers(case: ReturnCase) -> list[str]:
    return sorted({x.supplier_id for x in case.lines if x.supply_line_id})


def approve(tx: Tx, case: ReturnCase, *, to_supplier: bool, reason: str) -> ReturnCase:
    """APPROVED, with the address to send to; money that needs no goods goes back at once."""
    if case.kind not in WITH_GOODS:
        return start_refund(tx, step(tx, case, S.APPROVED, reason), {x.line_id: x.quantity for x in case.lines})
    if to_supplier:
        suppliers = _suppliers(case)
        if len(suppliers) != 1:
            raise Refused("one_supplier_only")
        case = step(tx, tx.put(case.with_(supplier_id=suppliers[0])), S.APPROVED, reason)
        ask_supplier(tx, case, suppliers[0])
    else:
        address = return_address(tx, case.merchant_id)
        if address is None and case.order_kind is not OrderKind.RETAIL:
            raise Refused("return_address_missing")
        case = step(tx, tx.put(case.with_(return_to=address)), S.APPROVED, reason)
    if any(x.received for x in case.lines):  # the goods were here before the answer
        case = step(tx, case, S.RECEIVED)
    return case


@command("return.decide@1", DecideReturn, permission=Permission.RETURN_DECIDE, touches=_decided)
def decide_return(tx: Tx, message: DecideReturn) -> None:
    """REQUESTED becomes APPROVED or, with a reason, REFUSED."""
    case = own_return(tx, message.return_id)
    if not message.approve:
        if not message.reason.strip():
            raise Refused("reason_required")
        case = case.with_(answer=message.reason.strip(), rule="")
        step(tx, case, S.REFUSED, message.reason.strip())
        return
    if case.kind is ReturnKind.REFUND_ONLY and case.state is S.REQUESTED:
        units = {x.line_id: x.quantity for x in case.lines}
        order = tx.need(Order, case.order_id)
        quoted = quote_return(tx, order, case.kind, units, with_freight=case.with_freight, but=case.id)
        agreed(tx, quoted, message.amount_seen)
    case = case.with_(answer=message.reason.strip(), rule="")
    approve(tx, case, to_supplier=message.to_supplier, reason=message.reason.strip())


@command("return.rules@1", SaveReturnRules, permission=Permission.RETURN_DECIDE, touches=_rules)
def save_rules(tx: Tx, message: SaveReturnRules) -> None:
    """Every rule has a name of its own, because it is named where it decides."""
    if tx.actor.kind is not PartyKind.MERCHANT:
        raise Refused("not_permitted", permission=Permission.RETURN_DECIDE.value)
    names = [rule.name.strip() for rule in message.rules]
    if not all(names):
        raise Refused("field_required", field="name")
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise Refused("name_taken", name=twice[0])
    saved = tx.put(ReturnRules(id=tx.actor.organisation_id, rules=message.rules))
    tx.audit("return.rules", saved, rules=len(message.rules))
