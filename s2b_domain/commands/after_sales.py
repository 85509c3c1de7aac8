"""What returns and claims share: finding them, guarded steps, what they may write, and goods that come back."""

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from s2b_domain.access import DISPUTES, STOCK, Actor, own
from s2b_domain.commands.accounts import platform_id
from s2b_domain.commands.history import remember
from s2b_domain.commands.rewards import offer_scopes
from s2b_domain.commands.stock import counted, move, note_oversold, stock_row
from s2b_domain.errors import Refused
from s2b_domain.records.account import CONSUMERS
from s2b_domain.records.after_sales import AfterSale, CaseLine, CaseMessage, Claim, ReturnCase
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import SupplyOrder
from s2b_domain.rules.after_sales import ReturnState, following, over
from s2b_domain.rules.stock import MovementKind
from s2b_domain.tx import Reader, Tx

S = ReturnState
C = TypeVar("C", bound=AfterSale)

MAX_LINES = 500
Photo = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""The SHA-256 of a picture; the picture itself is kept and sent beside the commands."""
Photos = Annotated[tuple[Photo, ...], Meta(max_length=20)]


def scopes_of_case(reader: Reader, merchant_id: str, suppliers: set[str], order_ids: Sequence[str]) -> list[str]:
    """What a step of a return or claim may write: both sides' books, the consumers' and the platform's account."""
    scopes = {STOCK, DISPUTES, own(CONSUMERS, "money"), own(platform_id(reader), "money")}
    scopes |= {own(merchant_id, c) for c in ("trade", "money", "stock")}
    for supplier in suppliers:
        scopes |= {own(supplier, c) for c in ("trade", "money", "stock")}
    return sorted(scopes | offer_scopes(reader, merchant_id, order_ids))


def touched(reader: Reader, actor: Actor, document_id: str) -> list[str]:
    """The scopes of a return or claim, by its id."""
    case = reader.get(ReturnCase, document_id)
    claim = reader.get(Claim, document_id) if case is None else None
    if case is not None:
        suppliers = {li.supplier_id for li in case.lines if li.supply_line_id}
        return scopes_of_case(reader, case.merchant_id, suppliers, [case.order_id])
    if claim is not None:
        supply = reader.get(SupplyOrder, claim.supply_order_id)
        orders = [supply.order_id] if supply else []
        return scopes_of_case(reader, claim.merchant_id, {claim.supplier_id}, orders)
    return [own(actor.organisation_id, "trade")]


def order_touched(reader: Reader, actor: Actor, order_id: str) -> list[str]:
    """The scopes of an order that something is returned of."""
    suppliers = {s.supplier_id for s in reader.find(SupplyOrder, order_id=order_id)}
    return scopes_of_case(reader, actor.organisation_id, suppliers, [order_id])


def own_return(tx: Tx, return_id: str) -> ReturnCase:
    """A return of one's own shop."""
    case = tx.need(ReturnCase, return_id)
    if case.merchant_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=return_id)
    return case


def own_claim(tx: Tx, claim_id: str) -> Claim:
    """A claim that one's own organisation made, or has to answer."""
    claim = tx.need(Claim, claim_id)
    if tx.actor.organisation_id not in (claim.merchant_id, claim.supplier_id):
        raise Refused("not_yours", id=claim_id)
    return claim


def find_case(tx: Tx, document_id: str) -> ReturnCase | Claim:
    """A return or claim by its id."""
    return tx.get(ReturnCase, document_id) or tx.need(Claim, document_id)


def own_case(tx: Tx, document_id: str) -> ReturnCase | Claim:
    """A return or claim that one's own organisation takes part in."""
    if tx.get(ReturnCase, document_id) is not None:
        return own_return(tx, document_id)
    return own_claim(tx, document_id)


def parties_of(case: AfterSale) -> tuple[str, ...]:
    """Who may read what happened to it."""
    return (case.supplier_id, case.merchant_id) if isinstance(case, Claim) else (case.merchant_id,)


def keeper_of(tx: Tx, case: AfterSale) -> str:
    """Who has to look where a fact contradicts it: the shop for its returns, whoever acts for a claim."""
    return case.merchant_id if isinstance(case, ReturnCase) else tx.actor.organisation_id


def next_states(case: AfterSale) -> frozenset[ReturnState]:
    """What the state machine allows now."""
    short = isinstance(case, Claim) and case.credit < case.asked
    return following(case.kind, case.state, case.ruling, short=short, kept=_kept(case))


def _kept(case: AfterSale) -> bool:
    """Of a claim the platform says itself what is paid for."""
    return isinstance(case, ReturnCase) and case.kept


def may_follow(case: AfterSale, state: ReturnState) -> bool:
    """Whether the state machine allows it now."""
    return state in next_states(case)


def step(tx: Tx, case: C, state: ReturnState, reason: str = "") -> C:
    """Go to a state that may follow; `Refused("return_moved_on")` where it may not."""
    if not may_follow(case, state):
        raise Refused("return_moved_on", state=case.state.value, number=case.number)
    noun = "return" if isinstance(case, ReturnCase) else "claim"
    event = f"{noun}.{state.value.lower()}"
    remember(tx, case.id, event, *parties_of(case), before=case.state, after=state, reason=reason)
    ended = tx.time if over(state, case.ruling, kept=_kept(case)) else None
    return tx.put(case.with_(state=state, ended_at=ended))


def happened(tx: Tx, case: C, state: ReturnState, reason: str = "") -> C:
    """It has happened: go to the state, over RECEIVED where that was not told, or say that it was not its turn."""
    if not may_follow(case, state) and state is S.INSPECTED and may_follow(case, S.RECEIVED):
        case = step(tx, case, S.RECEIVED)
    if may_follow(case, state):
        return step(tx, case, state, reason)
    if case.state is not state:
        told = {"number": case.number, "state": case.state.value}
        tx.contradict("return_out_of_turn", keeper_of(tx, case), case.id, state.value, **told)
    return case


def note_excess(tx: Tx, case: AfterSale, line: CaseLine, quantity: int) -> None:
    """More of a line came back than could: it is here all the same, and somebody has to look."""
    if quantity > 0:
        told = counted(line) | {"number": case.number, "quantity": quantity}
        tx.contradict("returned_too_much", keeper_of(tx, case), case.id, line.line_id, **told)


def say(tx: Tx, case: AfterSale, *, event: str = "", text: str = "", photos: tuple[str, ...] = ()) -> CaseMessage:
    """Add to the thread."""
    return tx.add(
        CaseMessage(
            id=tx.id("message", case.id, event),
            document_id=case.id,
            merchant_id=case.merchant_id,
            supplier_id=case.supplier_id if isinstance(case, Claim) else "",
            organisation_id=tx.actor.organisation_id,
            organisation_name=tx.actor.organisation_name,
            actor_name=tx.actor.name,
            event=event,
            text=text,
            photos=photos,
            disputed=case.disputed,
            at=tx.time,
        )
    )


def put_back(tx: Tx, case: AfterSale, owner_id: str, sku: Sku, restock: int, write_off: int) -> None:
    """Goods that came back lie in a warehouse again; what cannot be sold is written off at once."""
    mine = sku if sku.supplier_id == owner_id else None
    if restock + write_off:
        stock = stock_row(tx, owner_id, sku)
        stock = move(tx, stock, MovementKind.RETURN_TO_STOCK, restock + write_off, sku=mine, document_id=case.id)
        if write_off:
            reason = case.reason.value
            stock = move(tx, stock, MovementKind.WRITE_OFF, write_off, sku=mine, reason=reason, document_id=case.id)
            note_oversold(tx, stock, sku)


def take_away(tx: Tx, case: AfterSale, owner_id: str, line: CaseLine, quantity: int) -> None:
    """Steps of a line left a warehouse: sent back to the supplier, or in place of what came back."""
    sku = tx.get(Sku, line.sku_id)
    if sku is not None and quantity:
        mine = sku if sku.supplier_id == owner_id else None
        stock = stock_row(tx, owner_id, sku)
        stock = move(tx, stock, MovementKind.ADJUST, -quantity, sku=mine, document_id=case.id)
        note_oversold(tx, stock, sku)


def lines_with(case: C, changes: Mapping[str, Mapping[str, int]]) -> C:
    """The case with fields of lines (by line id) added to."""
    lines = []
    for line in case.lines:
        for field, more in changes.get(line.line_id, {}).items():
            line = _grown(line, field, more)
        lines.append(line)
    return case.with_(lines=tuple(lines))


def _grown(line: CaseLine, field: str, more: int) -> CaseLine:
    return msgspec.structs.replace(line, **{field: getattr(line, field) + more})
