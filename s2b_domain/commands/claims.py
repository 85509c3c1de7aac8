"""A shop's claims on its suppliers: goods that go back, and who bears what they cost. The second leg of the money."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.access import Actor, Permission, own
from s2b_domain.commands.accounts import owe, platform_id
from s2b_domain.commands.after_sales import (
    MAX_LINES,
    Photos,
    own_claim,
    own_return,
    say,
    scopes_of_case,
    step,
    touched,
)
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.history import remember
from s2b_domain.commands.stock import counted, wrong_quantity
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.after_sales import CaseLine, Claim, ReturnCase
from s2b_domain.records.order import Address, Commission, SupplyLine, SupplyOrder
from s2b_domain.records.shop import Shop
from s2b_domain.rules.after_sales import (
    WITH_GOODS,
    CostBearer,
    ReturnKind,
    ReturnReason,
    ReturnState,
    Ruling,
    over,
)
from s2b_domain.rules.bounds import Code, Id, Note, Number, Reason
from s2b_domain.rules.money import share
from s2b_domain.rules.order_flow import DEAD
from s2b_domain.rules.pricing import first_units, units_between
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader, Tx

S = ReturnState
NONE_CLAIMED = frozenset({S.WITHDRAWN, S.REFUSED})
CAME_AGAIN = frozenset({S.REPAIRED, S.REPLACEMENT_SENT, S.RETURNED_TO_CUSTOMER})
"""Ends after which the buyer has the goods again, and may ask for them once more."""


class ClaimItem(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of a supply line."""

    supply_line_id: Id
    quantity: int


class OpenClaim(Command, frozen=True, kw_only=True):
    """Ask a supplier: 采购退货 where goods go back, or to bear what a return cost. `asked` in 分 (None: the goods)."""

    claim_id: Id
    number: Code
    supply_order_id: Id
    kind: ReturnKind
    reason: ReturnReason
    items: Annotated[tuple[ClaimItem, ...], Meta(max_length=MAX_LINES)]
    return_id: Id = ""
    asked: Number | None = None
    note: Note = ""
    photos: Photos = ()


class DecideClaim(Command, frozen=True, kw_only=True):
    """The supplier approves (with the address to send to, or the money it gives) or refuses with a reason."""

    claim_id: Id
    approve: bool
    reason: Reason = ""
    return_to: Address | None = None
    credit: Number | None = None


class SettleClaim(Command, frozen=True, kw_only=True):
    """The supplier has inspected, and bears `credit` 分 of it."""

    claim_id: Id
    credit: Number
    reason: Reason = ""


def _opened(reader: Reader, actor: Actor, message: OpenClaim) -> list[str]:
    supply = reader.get(SupplyOrder, message.supply_order_id)
    mine = actor.organisation_id
    return scopes_of_case(reader, mine, {supply.supplier_id}, []) if supply else [own(mine, "trade")]


def _one(reader: Reader, actor: Actor, message: DecideClaim | SettleClaim) -> list[str]:
    return touched(reader, actor, message.claim_id)


def counts(claim: Claim) -> bool:
    """Whether what a claim is about is asked for, or was given back."""
    return claim.state not in NONE_CLAIMED | CAME_AGAIN and (claim.ruling is not Ruling.UPHELD or claim.credit > 0)


def claimed_steps(reader: Reader, supply_order_id: str) -> dict[str, int]:
    """The steps of each supply line that claims are about, or were with success."""
    steps: dict[str, int] = {}
    for claim in reader.find(Claim, supply_order_id=supply_order_id):
        if counts(claim):
            for line in claim.lines:
                steps[line.line_id] = steps.get(line.line_id, 0) + line.quantity
    return steps


def claim_lines(reader: Reader, supply: SupplyOrder, units: Mapping[str, int]) -> tuple[CaseLine, ...]:
    """The lines of a claim with what they cost the shop; `Refused` beyond what was shipped and is not claimed yet."""
    lines = {x.id: x for x in reader.find(SupplyLine, supply_order_id=supply.id)}
    if not units or not units.keys() <= lines.keys():
        raise Refused("field_wrong", field="items")
    claimed = claimed_steps(reader, supply.id)
    found: list[CaseLine] = []
    for id_, line in sorted(lines.items(), key=lambda x: x[1].line):
        if id_ not in units:
            continue
        quantity, before = units[id_], claimed.get(id_, 0)
        left = min(line.shipped, line.quantity - line.cancelled) - before
        if not 0 < quantity <= MAX_QUANTITY:
            raise wrong_quantity(line)
        if quantity > left:
            raise Refused("more_than_left", quantity=quantity, left=max(0, left), **counted(line))
        start = line.cancelled + before
        amount = units_between(line.amount, line.quantity, start, start + quantity)
        found.append(
            CaseLine(
                line_id=line.id,
                supply_line_id=line.id,
                supplier_id=line.supplier_id,
                sku_id=line.sku_id,
                title=line.title,
                specs=line.specs,
                code=line.code,
                unit=line.unit,
                decimals=line.decimals,
                quantity=quantity,
                amount=amount,
            )
        )
    return tuple(found)


def most_asked(reader: Reader, supply: SupplyOrder) -> int:
    """What the shop still pays for a supply order (分): goods and freight, without what is asked for or was given, also
    for goods that came again."""
    lines = reader.find(SupplyLine, supply_order_id=supply.id)
    kept = sum(x.amount - first_units(x.amount, x.quantity, x.cancelled) for x in lines)
    claims = reader.find(Claim, supply_order_id=supply.id)
    taken = sum(c.asked if counts(c) and not over(c.state, c.ruling) else c.credit for c in claims)
    return max(0, kept + supply.freight_amount - taken)


def ask_again(tx: Tx, claim: Claim) -> None:
    """What was refused, or not given, is asked for once more: `Refused` where others have asked for it meanwhile."""
    supply, rest = tx.need(SupplyOrder, claim.supply_order_id), claim.asked - claim.credit
    if not counts(claim):
        claim_lines(tx, supply, {x.line_id: x.quantity for x in claim.lines})
    most = most_asked(tx, supply)
    if rest > most:
        raise Refused("more_than_paid", asked=rest, most=most)


@command("claim.open@1", OpenClaim, permission=Permission.RETURN_DECIDE, touches=_opened)
def open_claim(tx: Tx, message: OpenClaim) -> Result:
    """REQUESTED, in the supplier's queue. Never for more than the shop paid."""
    supply = tx.need(SupplyOrder, message.supply_order_id)
    if supply.merchant_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=supply.id)
    if supply.state in DEAD:
        raise Refused("state_changed", state=supply.state.value, number=supply.number)
    if message.return_id:
        own_return(tx, message.return_id)
    units = {i.supply_line_id: i.quantity for i in message.items}
    if len(units) < len(message.items):
        raise Refused("field_wrong", field="items")
    lines = claim_lines(tx, supply, units)
    claim = _write(tx, supply, message, lines)
    return {"number": claim.number, "asked": claim.asked}


def ask_supplier(tx: Tx, case: ReturnCase, supplier_id: str) -> None:
    """The consumer sends the goods to the supplier: claims for its parts of the order."""
    parts: dict[str, dict[str, int]] = {}
    for line in case.lines:
        if line.supplier_id == supplier_id and line.supply_line_id:
            supplied = tx.need(SupplyLine, line.supply_line_id)
            parts.setdefault(supplied.supply_order_id, {})[supplied.id] = line.quantity
    for number, (supply_order_id, units) in enumerate(sorted(parts.items()), start=1):
        supply = tx.need(SupplyOrder, supply_order_id)
        message = OpenClaim(
            claim_id=tx.id("claim", supply.id),
            number=f"{case.number}-{number}",
            supply_order_id=supply.id,
            kind=case.kind,
            reason=case.reason,
            items=(),
            return_id=case.id,
            note=case.note,
            photos=case.photos,
        )
        _write(tx, supply, message, claim_lines(tx, supply, units))


def _write(tx: Tx, supply: SupplyOrder, message: OpenClaim, lines: tuple[CaseLine, ...]) -> Claim:
    number = message.number.strip()
    if not is_id(message.claim_id) or tx.get(Claim, message.claim_id):
        raise Refused("id_taken", id=message.claim_id)
    if not number or tx.find(Claim, number=number, merchant_id=supply.merchant_id):
        raise Refused("number_taken", number=number)
    most = most_asked(tx, supply)
    worth = min(most, sum(x.amount for x in lines))
    asked = worth if message.asked is None else message.asked
    if not 0 <= asked <= most:
        raise Refused("more_than_paid", asked=asked, most=most)
    claim = tx.add(
        Claim(
            id=message.claim_id,
            number=number,
            supply_order_id=supply.id,
            supply_number=supply.number,
            supplier_id=supply.supplier_id,
            supplier_name=supply.supplier_name,
            merchant_id=supply.merchant_id,
            merchant_name=supply.merchant_name,
            return_id=message.return_id,
            kind=message.kind,
            state=S.REQUESTED,
            reason=message.reason,
            note=message.note.strip(),
            photos=message.photos,
            lines=lines,
            asked=asked,
            opened_at=tx.time,
            opened_by=tx.actor.name,
        )
    )
    readers = (claim.supplier_id, claim.merchant_id)
    remember(tx, claim.id, "claim.requested", *readers, after=claim.state, reason=claim.reason.value)
    remember(tx, supply.id, "supply.claimed", *readers, reason=claim.number)
    return claim


def answered(tx: Tx, claim_id: str) -> Claim:
    """A claim that one's own organisation has to answer."""
    claim = own_claim(tx, claim_id)
    if claim.supplier_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=claim_id)
    return claim


@command("claim.decide@1", DecideClaim, permission=Permission.CLAIM_DECIDE, touches=_one)
def decide_claim(tx: Tx, message: DecideClaim) -> None:
    """REQUESTED becomes REFUSED with a reason, or APPROVED: with the address, or the money at once."""
    claim, reason = answered(tx, message.claim_id), message.reason.strip()
    if not message.approve:
        if not reason:
            raise Refused("reason_required")
        claim = step(tx, claim.with_(answer=reason), S.REFUSED, reason)
        say(tx, claim, event="claim.refused", text=reason)
        _send_to_shop(tx, claim)
        return
    if claim.kind in WITH_GOODS:
        to = message.return_to
        if to is None or not (to.name.strip() and to.phone.strip() and to.street.strip()):
            raise Refused("return_address_missing")
        claim = step(tx, claim.with_(answer=reason, return_to=to), S.APPROVED, reason)
        say(tx, claim, event="claim.approved", text=reason)
        case = tx.get(ReturnCase, claim.return_id) if claim.return_id else None
        if case is not None and case.state is S.APPROVED:
            tx.put(case.with_(return_to=to))
            remember(tx, case.id, "return.address", case.merchant_id)
        return
    claim = step(tx, claim.with_(answer=reason), S.APPROVED, reason)
    credit_shop(tx, claim, claim.asked if message.credit is None else message.credit, reason)


def _send_to_shop(tx: Tx, claim: Claim) -> None:
    """The supplier does not take the goods back: the consumer sends them to the shop."""
    case = tx.get(ReturnCase, claim.return_id) if claim.return_id else None
    if case is not None and case.state is S.APPROVED:
        shop = tx.get(Shop, case.merchant_id)
        address = (shop.return_address or shop.address) if shop else None
        tx.put(case.with_(return_to=address, supplier_id=""))
        remember(tx, case.id, "return.address", case.merchant_id)


@command("claim.settle@1", SettleClaim, permission=Permission.CLAIM_DECIDE, touches=_one)
def settle_claim(tx: Tx, message: SettleClaim) -> None:
    """What was inspected is paid for, in full or in part."""
    claim = answered(tx, message.claim_id)
    credit_shop(tx, claim, message.credit, message.reason.strip())


def credit_shop(tx: Tx, claim: Claim, credit: int, reason: str) -> Claim:
    """The supplier owes the shop `credit` 分 in all, and the commission on it goes back; who bears it is written down.
    What was given before a dispute stays given."""
    given, goods = claim.credit, sum(x.amount for x in claim.lines)
    if not 0 <= credit <= claim.asked:
        raise Refused("more_than_paid", asked=credit, most=claim.asked)
    if credit < given:
        raise Refused("less_than_given", given=given)
    bearer = CostBearer.SUPPLIER if credit >= claim.asked else CostBearer.SHARED if credit else CostBearer.MERCHANT
    claim = step(tx, claim.with_(credit=credit, bearer=bearer, answer=reason or claim.answer), S.REFUNDING, reason)
    owe(tx, claim.supplier_id, claim.merchant_id, credit - given, kind="claim", document_id=claim.id)
    commission = tx.get(Commission, claim.supply_order_id)
    if commission:
        before = _credited(tx, claim) + min(given, goods)
        worth = min(credit, goods) - min(given, goods)
        kept = sum(
            x.amount - first_units(x.amount, x.quantity, x.cancelled)
            for x in tx.find(SupplyLine, supply_order_id=claim.supply_order_id)
        )
        rate = commission.rate_bp
        back = share(max(0, kept - before), rate) - share(max(0, kept - before - worth), rate)
        owe(tx, claim.supplier_id, platform_id(tx), -back, kind="commission_claim", document_id=claim.id)
    say(tx, claim, event="claim.credited", text=reason)
    return step(tx, claim, S.REFUNDED, reason)


def _credited(tx: Tx, claim: Claim) -> int:
    """What goods of the same supply order were credited before (分), without freight."""
    others = [c for c in tx.find(Claim, supply_order_id=claim.supply_order_id) if c.id != claim.id]
    return sum(min(c.credit, sum(x.amount for x in c.lines)) for c in others)
