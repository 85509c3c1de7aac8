"""Steps that returns and claims share: sent back, received, inspected, finished, disputed, decided, talked about."""

from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.access import AUDIT, Actor, Permission
from s2b_domain.commands.after_sales import (
    MAX_LINES,
    Photos,
    find_case,
    happened,
    lines_with,
    may_follow,
    note_excess,
    own_case,
    put_back,
    say,
    step,
    take_away,
    touched,
)
from s2b_domain.commands.claims import ask_again, credit_shop
from s2b_domain.commands.command import Command, command
from s2b_domain.commands.receivings import set_aside
from s2b_domain.commands.return_quote import quote_return
from s2b_domain.commands.stock import wrong_quantity
from s2b_domain.errors import Refused
from s2b_domain.records.after_sales import CaseMessage, Claim, ReturnCase
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order
from s2b_domain.rules.after_sales import WITH_GOODS, CostBearer, ReturnState, Ruling
from s2b_domain.rules.bounds import Id, Name, Note, Number, Reason
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader, Tx

S = ReturnState
OUTCOMES = frozenset({S.REPAIRED, S.RETURNED_TO_CUSTOMER, S.REPLACEMENT_SENT})


class Withdraw(Command, frozen=True, kw_only=True):
    """Whoever asked does not want it any more."""

    document_id: Id
    reason: Reason = ""


class SendBack(Command, frozen=True, kw_only=True):
    """The goods are on their way back."""

    document_id: Id
    carrier: Name
    tracking_number: Name


class GotItem(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of a line of the return or claim that have arrived."""

    line_id: Id
    quantity: int


class Receive(Command, frozen=True, kw_only=True):
    """The goods are here."""

    document_id: Id
    items: Annotated[tuple[GotItem, ...], Meta(max_length=MAX_LINES)]


class FoundItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps of a line that go back to stock, and that cannot be sold any more. What remains is not taken back."""

    line_id: Id
    restocked: int = 0
    written_off: int = 0


class Inspect(Command, frozen=True, kw_only=True):
    """Somebody looked at the goods."""

    document_id: Id
    items: Annotated[tuple[FoundItem, ...], Meta(max_length=MAX_LINES)]
    note: Note = ""
    photos: Photos = ()


class Finish(Command, frozen=True, kw_only=True):
    """Goods left the house: repaired, as they came, or (by a supplier) others in their place."""

    document_id: Id
    outcome: ReturnState
    carrier: Name = ""
    tracking_number: Name = ""
    note: Note = ""


class Dispute(Command, frozen=True, kw_only=True):
    """Ask the platform to decide, and say why."""

    document_id: Id
    text: Note
    photos: Photos = ()


class Arbitrate(Command, frozen=True, kw_only=True):
    """The platform decides; of a claim it says what the supplier bears (分)."""

    document_id: Id
    ruling: Ruling
    text: Note
    credit: Number = 0


class Say(Command, frozen=True, kw_only=True):
    """A word or pictures in the thread."""

    document_id: Id
    text: Note = ""
    photos: Photos = ()


_Any = Withdraw | SendBack | Receive | Inspect | Finish | Dispute | Say


def _touched(reader: Reader, actor: Actor, message: _Any) -> list[str]:
    return touched(reader, actor, message.document_id)


def _ruled(reader: Reader, actor: Actor, message: Arbitrate) -> list[str]:
    return [*touched(reader, actor, message.document_id), AUDIT]


def _asker(tx: Tx, document_id: str) -> ReturnCase | Claim:
    """A return or claim that one's own shop has made."""
    case = own_case(tx, document_id)
    if case.merchant_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=document_id)
    return case


def _keeper(tx: Tx, document_id: str) -> ReturnCase | Claim:
    """A return or claim whose goods come to one's own organisation."""
    case = own_case(tx, document_id)
    if isinstance(case, Claim) and case.supplier_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=document_id)
    return case


@command("case.withdraw@1", Withdraw, permission=Permission.RETURN_REQUEST, touches=_touched)
def withdraw(tx: Tx, message: Withdraw) -> None:
    """Until something was sent; what a supplier was asked for it is withdrawn too."""
    case = _asker(tx, message.document_id)
    if isinstance(case, ReturnCase):
        step(tx, case, S.WITHDRAWN, message.reason.strip())
        for claim in tx.find(Claim, return_id=case.id):
            if may_follow(claim, S.WITHDRAWN):
                step(tx, claim, S.WITHDRAWN, message.reason.strip())
    else:
        step(tx, case, S.WITHDRAWN, message.reason.strip())


@command("case.send@1", SendBack, permission=Permission.RETURN_REQUEST, touches=_touched, fact=True)
def send_back(tx: Tx, message: SendBack) -> None:
    """SENT_BACK with carrier and tracking number; what a shop bought leaves its own stock."""
    carrier, number = message.carrier.strip(), message.tracking_number.strip()
    if not carrier or not number:
        raise Refused("field_required", field="tracking_number" if carrier else "carrier")
    case = _asker(tx, message.document_id)
    first = not case.tracking_number
    told = f"{carrier} {number}"
    if isinstance(case, ReturnCase):
        happened(tx, tx.put(case.with_(carrier=carrier, tracking_number=number)), S.SENT_BACK, told)
        for claim in tx.find(Claim, return_id=case.id):
            if may_follow(claim, S.SENT_BACK):
                step(tx, claim.with_(carrier=carrier, tracking_number=number), S.SENT_BACK, told)
        return
    aside = set_aside(tx, case) if not case.return_id and first else {}
    case = happened(tx, tx.put(case.with_(carrier=carrier, tracking_number=number)), S.SENT_BACK, told)
    if not case.return_id and first:
        for line in case.lines:
            take_away(tx, case, case.merchant_id, line, line.quantity - min(line.quantity, aside.get(line.line_id, 0)))


@command("case.receive@1", Receive, permission=Permission.CASE_HANDLE, touches=_touched, fact=True)
def receive(tx: Tx, message: Receive) -> None:
    """RECEIVED. More than was asked for, or what nobody approved, is here all the same: that is said."""
    case = _keeper(tx, message.document_id)
    got = {i.line_id: i.quantity for i in message.items}
    known = {x.line_id for x in case.lines}
    if not got or len(got) < len(message.items) or not got.keys() <= known:
        raise Refused("field_wrong", field="items")
    for line in case.lines:
        if not 0 <= got.get(line.line_id, 0) <= MAX_QUANTITY:
            raise wrong_quantity(line)
    if not any(got.values()):
        raise Refused("field_wrong", field="quantity")
    case = _got(tx, case, got)
    if isinstance(case, Claim) and case.return_id:
        linked = tx.get(ReturnCase, case.return_id)
        if linked is not None:
            _got(tx, linked, _by_supply_line(linked, got))


def _got(tx: Tx, case: ReturnCase | Claim, got: dict[str, int]) -> ReturnCase | Claim:
    case = tx.put(lines_with(case, {id_: {"received": n} for id_, n in got.items()}))
    for line in case.lines:
        note_excess(tx, case, line, line.received - line.quantity)
    return happened(tx, case, S.RECEIVED) if case.state is not S.RECEIVED else case


def _by_supply_line(case: ReturnCase, by_line: dict[str, int]) -> dict[str, int]:
    return {x.line_id: by_line[x.supply_line_id] for x in case.lines if x.supply_line_id in by_line}


@command("case.inspect@1", Inspect, permission=Permission.CASE_HANDLE, touches=_touched, fact=True)
def inspect(tx: Tx, message: Inspect) -> None:
    """INSPECTED: back to stock or written off, line by line. What is to be repaired stays the customer's; what cannot
    be is kept, and may be paid back."""
    case = _keeper(tx, message.document_id)
    found = {i.line_id: i for i in message.items}
    lines = {x.line_id: x for x in case.lines}
    if len(found) < len(message.items) or not found.keys() <= lines.keys():
        raise Refused("field_wrong", field="items")
    for item in found.values():
        if not (0 <= item.restocked <= MAX_QUANTITY and 0 <= item.written_off <= MAX_QUANTITY):
            raise wrong_quantity(lines[item.line_id])
    before = case.state
    changes = {i: {"restocked": x.restocked, "written_off": x.written_off} for i, x in found.items()}
    for id_, line in lines.items():  # what was inspected is here, also where nobody booked its arrival
        more = line.kept + sum(changes.get(id_, {}).values()) - line.received
        if more > 0:
            changes[id_]["received"] = more
    case = happened(tx, tx.put(lines_with(case, changes)), S.INSPECTED, message.note.strip())
    if before is S.INSPECTED:
        owner = tx.actor.organisation_id
        tx.contradict("return_out_of_turn", owner, case.id, before.value, number=case.number, state=before.value)
    for line in case.lines:
        note_excess(tx, case, line, line.kept - line.quantity)
    for item in found.values():
        sku = tx.get(Sku, lines[item.line_id].sku_id)
        if sku is not None:
            put_back(tx, case, tx.actor.organisation_id, sku, item.restocked, item.written_off)
    if message.note.strip() or message.photos:
        say(tx, case, event="case.inspected", text=message.note.strip(), photos=message.photos)
    linked = tx.get(ReturnCase, case.return_id) if isinstance(case, Claim) and case.return_id else None
    if linked is not None:
        by_line = {x.line_id: changes[x.supply_line_id] for x in linked.lines if x.supply_line_id in changes}
        happened(tx, tx.put(lines_with(linked, by_line)), S.INSPECTED, message.note.strip())


@command("case.finish@1", Finish, permission=Permission.CASE_HANDLE, touches=_touched, fact=True)
def finish(tx: Tx, message: Finish) -> None:
    """REPAIRED or RETURNED_TO_CUSTOMER; a supplier's REPLACEMENT_SENT leaves its stock."""
    case = _keeper(tx, message.document_id)
    replaced = message.outcome is S.REPLACEMENT_SENT
    if message.outcome not in OUTCOMES or (replaced and isinstance(case, ReturnCase)):
        raise Refused("field_wrong", field="outcome")
    told = " ".join(t for t in (message.carrier.strip(), message.tracking_number.strip(), message.note.strip()) if t)
    turn = may_follow(case, message.outcome)
    if not replaced and any(x.kept for x in case.lines):
        tx.contradict("returned_after_restock", tx.actor.organisation_id, case.id, number=case.number)
    after = happened(tx, case, message.outcome, told)
    if replaced and turn:
        for line in after.lines:
            take_away(tx, after, tx.actor.organisation_id, line, line.quantity)
    if isinstance(after, Claim) and turn:
        as_it_is = message.outcome is S.RETURNED_TO_CUSTOMER
        after = tx.put(after.with_(bearer=_without_more(after) if as_it_is else CostBearer.SUPPLIER))
        linked = tx.get(ReturnCase, after.return_id) if after.return_id else None
        if linked is not None and may_follow(linked, message.outcome):
            step(tx, linked, message.outcome, told)
        elif linked is not None:  # its shop has replaced or paid for the goods meanwhile
            said = {"number": linked.number, "state": linked.state.value}
            tx.contradict("return_out_of_turn", linked.merchant_id, linked.id, message.outcome.value, **said)


def _without_more(claim: Claim) -> CostBearer:
    """Who bears a claim for which no more is given."""
    return CostBearer.SHARED if claim.credit else CostBearer.MERCHANT


@command("case.dispute@1", Dispute, permission=Permission.RETURN_DECIDE, touches=_touched)
def dispute(tx: Tx, message: Dispute) -> None:
    """DISPUTED: from now on the platform reads it, with all that was said. A claim of which less was given than asked
    for can be disputed too."""
    text = message.text.strip()
    if not text:
        raise Refused("reason_required")
    case = _asker(tx, message.document_id)
    if case.state in (S.REFUSED, S.REFUNDED) and may_follow(case, S.DISPUTED) and tx.recorded is None:
        _still_free(tx, case)
    case = step(tx, case.with_(disputed=True), S.DISPUTED, text[:1000])
    for told in tx.find(CaseMessage, document_id=case.id):
        tx.put(told.with_(disputed=True))
    say(tx, case, event="case.disputed", text=text, photos=message.photos)


def _still_free(tx: Tx, case: ReturnCase | Claim) -> None:
    """An end let go of what was not given: `Refused` where that came back or was asked for in another way since."""
    if isinstance(case, Claim):
        ask_again(tx, case)
    else:
        units = {x.line_id: x.quantity for x in case.lines}
        order = tx.need(Order, case.order_id)
        quote_return(tx, order, case.kind, units, with_freight=case.with_freight, but=case.id)


def rulings(case: ReturnCase | Claim) -> list[Ruling]:
    """What the platform may decide: where no goods come back, or a part was paid for, it is only about money; what was
    never sent cannot be repaired."""
    if case.kind not in WITH_GOODS or (isinstance(case, Claim) and case.credit > 0):
        return [Ruling.REFUND, Ruling.UPHELD]
    return [r for r in Ruling if case.sent or r is not Ruling.REPAIR]


@command("case.arbitrate@1", Arbitrate, permission=Permission.CASE_ARBITRATE, touches=_ruled)
def arbitrate(tx: Tx, message: Arbitrate) -> None:
    """ARBITRATED, with reasons. What a supplier has to bear is booked at once; a consumer's money the shop pays."""
    text = message.text.strip()
    if not text:
        raise Refused("reason_required")
    case = find_case(tx, message.document_id)
    if not case.disputed:
        raise Refused("not_found", kind="claim", id=message.document_id)
    if message.ruling not in rulings(case):
        raise Refused("field_wrong", field="ruling")
    case = step(tx, case.with_(ruling=message.ruling, answer=text[:1000]), S.ARBITRATED, text[:1000])
    say(tx, case, event="case.arbitrated", text=text)
    tx.audit("case.arbitrated", case, ruling=message.ruling.value, credit=message.credit)
    if isinstance(case, Claim):
        if message.ruling is Ruling.REFUND:
            credit_shop(tx, case, message.credit, text[:1000])
        else:
            if message.credit:
                raise Refused("field_wrong", field="credit")
            upheld = message.ruling is Ruling.UPHELD
            tx.put(case.with_(bearer=_without_more(case) if upheld else CostBearer.SUPPLIER))


@command("case.say@1", Say, permission=Permission.CASE_DISCUSS, touches=_touched)
def talk(tx: Tx, message: Say) -> None:
    """Anybody who takes part; the platform in a dispute."""
    case = find_case(tx, message.document_id)
    mine = tx.actor.organisation_id
    part = mine in (case.merchant_id, case.supplier_id if isinstance(case, Claim) else "")
    if not part and not (case.disputed and tx.actor.may(Permission.CASE_ARBITRATE)):
        raise Refused("not_yours", id=message.document_id)
    if not message.text.strip() and not message.photos:
        raise Refused("field_required", field="text")
    say(tx, case, text=message.text.strip(), photos=message.photos)
