"""Returns and claims as their lists show them, one of them in full, and what a return would come to."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, func, or_, select

from s2b_domain.commands.after_sales import MAX_LINES
from s2b_domain.commands.claims import claim_lines, claimed_steps, most_asked
from s2b_domain.commands.exchanges import may_swap
from s2b_domain.commands.order_lines import spec_text
from s2b_domain.commands.refunds import refund_quote, units_of
from s2b_domain.commands.return_quote import ReturnQuote, held_steps, left_of, quote_return
from s2b_domain.records.after_sales import CaseLine, CaseMessage, Claim, Payout, ReturnCase, ReturnRules
from s2b_domain.records.catalog import Category, Sku
from s2b_domain.records.member import Member, MemberLevel
from s2b_domain.records.order import History, Order, OrderLine, SupplyLine, SupplyOrder
from s2b_domain.records.party import Organisation
from s2b_domain.records.record import decode_all
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.after_sales import ReturnKind, ReturnRule, ReturnState
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.phones import plain_phone

Case = ReturnCase | Claim
MOST = 5000
"""Rows that a list shows; older ones are found by searching."""
_S = ReturnState


class CaseView(StrEnum):
    """The lists of a page."""

    OPEN = "open"
    DECIDE = "decide"
    COMING = "coming"
    INSPECT = "inspect"
    PAY = "pay"
    DISPUTED = "disputed"
    CLAIMS = "claims"
    DONE = "done"
    ALL = "all"


STATES: dict[CaseView, tuple[ReturnState, ...]] = {
    CaseView.OPEN: tuple(_S),
    CaseView.DECIDE: (_S.REQUESTED,),
    CaseView.COMING: (_S.APPROVED, _S.SENT_BACK),
    CaseView.INSPECT: (_S.RECEIVED,),
    CaseView.PAY: (_S.INSPECTED, _S.ARBITRATED, _S.REFUNDING, _S.REFUND_FAILED),
    CaseView.DISPUTED: (_S.DISPUTED,),
    CaseView.CLAIMS: tuple(_S),
    CaseView.DONE: tuple(_S),
    CaseView.ALL: tuple(_S),
}
_EITHER = (CaseView.CLAIMS, CaseView.ALL)
"""Lists of what is over and what is not."""


class CaseDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One return or claim with its thread and history (oldest first), refunds to be paid, and what belongs to it."""

    case: Case
    messages: tuple[CaseMessage, ...]
    history: tuple[History, ...]
    payouts: tuple[Payout, ...] = ()
    linked: tuple[Claim, ...] = ()


class Returnable(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order and the steps of it that may still come back."""

    line: OrderLine
    left: int


def case_ids(
    connection: Connection, record: type[Case], organisation_id: str, view: CaseView, text: str = ""
) -> list[str]:
    """Ids of a list: what waits longest comes first; what is done, newest first. `organisation_id` "": disputes."""
    table = record.table
    statement = select(table.c.id).where(_of(record, organisation_id))
    statement = statement.where(table.c.state.in_([s.value for s in STATES[view]]))
    if view not in _EITHER:
        statement = statement.where(table.c.ended_at.is_not(None) == (view is CaseView.DONE))
    if text:
        like = f"%{text}%"
        names = ("number", "order_number", "customer", "supply_number", "supplier_name", "merchant_name", "lines")
        found = [table.c[c].like(like) for c in names if c in table.c]
        statement = statement.where(or_(*found, table.c.tracking_number == text))
    newest = view in (CaseView.DONE, CaseView.ALL, CaseView.CLAIMS)
    order = table.c.opened_at.desc() if newest else table.c.opened_at
    return list(connection.scalars(statement.order_by(order, table.c.id).limit(MOST)))


def cases(connection: Connection, record: type[Case], ids: Sequence[str]) -> list[Case]:
    """The returns or claims of these ids, in this order; what is gone is left out."""
    found = {c.id: c for c in RecordStore(connection).find_in(record, "id", ids)}
    return [found[i] for i in ids if i in found]


def case_counts(connection: Connection, record: type[Case], organisation_id: str) -> dict[CaseView, int]:
    """How many each list has."""
    state, ended = record.table.c.state, record.table.c.ended_at.is_not(None)
    counted = select(state, ended, func.count()).where(_of(record, organisation_id)).group_by(state, ended)
    counts = dict.fromkeys(CaseView, 0)
    for name, over, number in connection.execute(counted):
        for view in CaseView:
            if ReturnState(name) in STATES[view] and (view in _EITHER or bool(over) == (view is CaseView.DONE)):
                counts[view] += number
    return counts


def _of(record: type[Case], organisation_id: str) -> ColumnElement[bool]:
    """Those in which an organisation has a part; "": what is disputed."""
    table = record.table
    if not organisation_id:
        return table.c.disputed
    mine: ColumnElement[bool] = table.c.merchant_id == organisation_id
    return or_(mine, table.c.supplier_id == organisation_id) if record is Claim else mine


def case_detail(connection: Connection, document_id: str, organisation_id: str) -> CaseDetail | None:
    """One in full, or None if it is gone."""
    store = RecordStore(connection)
    case: Case | None = store.get(ReturnCase, document_id) or store.get(Claim, document_id)
    if case is None:
        return None
    told = [h for h in store.find(History, document_id=case.id) if h.organisation_id == organisation_id]
    claims = store.find(Claim, return_id=case.id) if isinstance(case, ReturnCase) else []
    said = list(store.find(CaseMessage, document_id=case.id))
    return CaseDetail(
        case=case,
        messages=tuple(sorted(said, key=lambda m: (m.at, m.id))),
        history=tuple(sorted(told, key=lambda h: (h.at, h.id))),
        payouts=tuple(store.find(Payout, return_id=case.id)) if isinstance(case, ReturnCase) else (),
        linked=tuple(claims),
    )


def find_orders(connection: Connection, merchant_id: str, text: str, limit: int = 20) -> list[Order]:
    """Orders of consumers by number (also scanned from a receipt), or of a member by card, phone or name."""
    store, table = RecordStore(connection), Order.table
    exact = [o for o in store.find(Order, number=text) if o.merchant_id == merchant_id]
    if exact:
        return [o for o in exact if o.kind is not OrderKind.PURCHASE]
    members, like = Member.table, f"%{text}%"
    named = select(members.c.id).where(
        members.c.merchant_id == merchant_id,
        or_(members.c.card == text, members.c.phone == (plain_phone(text) or text), members.c.name.like(like)),
    )
    ids = list(connection.scalars(named.limit(50)))
    of_members = table.c.member_id.in_(ids)
    statement = (
        select(table)
        .where(table.c.merchant_id == merchant_id, table.c.kind != OrderKind.PURCHASE.value)
        .where(or_(of_members, table.c.number.like(like), table.c.address.like(like)))
        .order_by(table.c.placed_at.desc(), table.c.id)
        .limit(limit)
    )
    return decode_all(Order, connection.execute(statement))


def returnable_lines(connection: Connection, order_id: str) -> list[Returnable]:
    """The lines of an order, with what may still come back of each."""
    store = RecordStore(connection)
    held = held_steps(store, order_id)
    lines = sorted(store.find(OrderLine, order_id=order_id), key=lambda x: x.line)
    return [Returnable(line=x, left=left_of(store, x, held.get(x.id, 0))) for x in lines[:MAX_LINES]]


def quoted(
    connection: Connection, order_id: str, kind: ReturnKind, units: dict[str, int], *, with_freight: bool
) -> ReturnQuote:
    """What would be paid back, to the cent. Raises what the command would answer."""
    store = RecordStore(connection)
    order = store.find(Order, id=order_id)[0]
    return quote_return(store, order, kind, units, with_freight=with_freight)


def swappable(connection: Connection, return_id: str) -> list[tuple[CaseLine, list[tuple[str, str]]]]:
    """The lines of a return of which other options of the goods may be given instead: (SKU, its specification)."""
    store = RecordStore(connection)
    case = store.find(ReturnCase, id=return_id)[0]
    units, found = units_of(case), []
    for line in case.lines:
        old = store.get(Sku, line.sku_id) if line.line_id in units else None
        others = store.find(Sku, product_id=old.product_id) if old else []
        there = [s for s in others if case.order_kind is OrderKind.RETAIL or (s.live and s.on_sale and s.dropship)]
        options = [
            (s.id, spec_text(s.specs) or s.code)
            for s in sorted(there, key=lambda s: s.code)
            if old and s.id != old.id and may_swap(store, case.merchant_id, old, s)
        ]
        if options:
            found.append((line, options))
    return found


def return_rules(connection: Connection, merchant_id: str) -> tuple[ReturnRule, ...]:
    """What a shop lets be decided by itself."""
    kept = RecordStore(connection).get(ReturnRules, merchant_id)
    return kept.rules if kept else ()


def refund_now(connection: Connection, return_id: str) -> ReturnQuote:
    """What paying a return back comes to now. Raises what the command would answer."""
    store = RecordStore(connection)
    return refund_quote(store, store.find(ReturnCase, id=return_id)[0])


def line_codes(connection: Connection, case: Case) -> dict[str, tuple[str, int]]:
    """Which line each barcode or SKU code stands for, and for how many steps of it."""
    skus = {s.id: s for s in RecordStore(connection).find_in(Sku, "id", [x.sku_id for x in case.lines])}
    found: dict[str, tuple[str, int]] = {}
    for line in reversed(case.lines):
        sku = skus.get(line.sku_id)
        codes = (sku.barcode, *sku.more_barcodes) if sku else ()
        found |= {package.barcode: (line.line_id, package.factor) for package in sku.packages} if sku else {}
        found |= dict.fromkeys((line.code, *codes), (line.line_id, 10**line.decimals))
    found.pop("", None)
    return found


class Claimable(NamedTuple):
    """A part of a return that a supplier may be asked for: its steps by supply line, and how much at most (分)."""

    supply_order_id: str
    supplier: str
    units: dict[str, int]
    most: int
    before: int = 0
    """Claims of it that were withdrawn."""


def claimable(connection: Connection, return_id: str) -> list[Claimable]:
    """What of a return may be asked of which supplier; whoever was asked for it is not asked again."""
    store = RecordStore(connection)
    case = store.find(ReturnCase, id=return_id)[0]
    lines = {x.id: x for x in store.find_in(SupplyLine, "id", [x.supply_line_id for x in case.lines])}
    parts: dict[str, dict[str, int]] = {}
    for line in case.lines:
        if line.supply_line_id in lines:
            parts.setdefault(lines[line.supply_line_id].supply_order_id, {})[line.supply_line_id] = line.quantity
    claims = store.find(Claim, return_id=case.id)
    asked = {c.supply_order_id for c in claims if c.state is not ReturnState.WITHDRAWN}
    found = []
    for supply in store.find_in(SupplyOrder, "id", parts.keys() - asked):
        claimed = claimed_steps(store, supply.id)
        free = all(n + claimed.get(i, 0) <= lines[i].shipped for i, n in parts[supply.id].items())
        if free and most_asked(store, supply):
            worth = sum(x.amount for x in claim_lines(store, supply, parts[supply.id]))
            supplier = store.get(Organisation, supply.supplier_id)
            most = min(worth, most_asked(store, supply))
            before = sum(c.supply_order_id == supply.id for c in claims)
            found.append(Claimable(supply.id, supplier.name if supplier else "", parts[supply.id], most, before))
    return found


def rule_names(connection: Connection, merchant_id: str) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """What a rule may name: the categories at the top (id, Chinese, English) and the member levels (id, name)."""
    store = RecordStore(connection)
    tops = sorted(store.find(Category, parent_id=""), key=lambda c: (c.position, c.id))
    levels = sorted(store.find(MemberLevel, merchant_id=merchant_id), key=lambda x: x.rank)
    return [(c.id, c.name_zh, c.name_en) for c in tops], [(x.id, x.name) for x in levels]
