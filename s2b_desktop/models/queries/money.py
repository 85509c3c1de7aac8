"""What is owed and by whom: balances, open items, statements, payments and invoices of one organisation."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, func, select

from s2b_domain.access import Actor
from s2b_domain.commands.accounts import platform_id
from s2b_domain.commands.statements import sides
from s2b_domain.records.account import CONSUMERS, AccountEntry, Balance
from s2b_domain.records.after_sales import Claim
from s2b_domain.records.invoice import Invoice, InvoiceTitle
from s2b_domain.records.order import SupplyOrder
from s2b_domain.records.party import Organisation, PartyKind, TradeTerms
from s2b_domain.records.record import Record
from s2b_domain.records.statement import Settlement, Statement
from s2b_domain.records.store import RecordStore
from s2b_domain.records.terms import PriceLevel
from s2b_domain.rules.order_flow import SupplyState
from s2b_domain.rules.statements import OpenItem, StatedEntry, open_items

R = TypeVar("R", bound=Record)


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """What one has with another organisation (分). `owed`: what the debtor owes; `creditor`: one is owed oneself.

    limit: what was agreed (None: nothing); waiting: ordered and not accepted yet; overdue: of `owed`, past its date.
    """

    id: str
    name: str
    creditor: bool
    owed: int = 0
    waiting: int = 0
    overdue: int = 0
    limit: int | None = None
    days: int | None = None
    level: str = ""

    @property
    def room(self) -> int | None:
        """What may still be ordered; None where no limit was agreed."""
        return None if self.limit is None else max(0, self.limit - self.owed - self.waiting)


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """What is still to pay for one document."""

    partner: Partner
    item: OpenItem
    number: str

    @property
    def id(self) -> str:
        """The document's."""
        return self.item.document_id


class MoneyBooks(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the money page shows, of one moment."""

    partners: dict[str, Partner]
    dues: dict[str, Due]
    statements: dict[str, Statement]
    settlements: dict[str, Settlement]
    invoices: dict[str, Invoice]
    titles: tuple[InvoiceTitle, ...]
    names: dict[str, str]
    numbers: dict[str, str]
    credited: dict[str, int]
    """Supply order -> what claims on it gave back (分)."""

    def name(self, organisation_id: str) -> str:
        """What an organisation is called."""
        return self.names.get(organisation_id, "")


class Deal(StrEnum):
    """The lists of the money page."""

    PARTNERS = "partners"
    DUES = "dues"
    OVERDUE = "overdue"
    STATEMENTS = "statements"
    SETTLEMENTS = "settlements"
    INVOICES = "invoices"


def organisation_names(connection: Connection, actor: Actor) -> dict[str, str]:
    """Names by id; a supplier knows its merchants from their orders."""
    organisation, order = Organisation.table, SupplyOrder.table
    found: dict[str, str] = {}
    if actor.kind is PartyKind.SUPPLIER:
        named = select(order.c.merchant_id, order.c.merchant_name).where(order.c.supplier_id == actor.organisation_id)
        found = {row[0]: row[1] for row in connection.execute(named.distinct())}
    found |= {row[0]: row[1] for row in connection.execute(select(organisation.c.id, organisation.c.name))}
    return found


def money_books(connection: Connection, actor: Actor, now: int) -> MoneyBooks:
    """Read everything. Reads every account entry: ask for it in the background."""
    store, mine = RecordStore(connection), actor.organisation_id
    names = organisation_names(connection, actor)
    supplies = SupplyOrder.table
    rows = connection.execute(
        select(supplies.c.id, supplies.c.number, supplies.c.supplier_id, supplies.c.merchant_id, supplies.c.state,
               supplies.c.total)
    ).all()  # fmt: skip
    numbers = {row[0]: row[1] for row in rows}
    waiting: dict[str, int] = {}
    for _, _, supplier, merchant, state, total in rows:
        if state == SupplyState.WAITING.value:
            other = merchant if supplier == mine else supplier
            waiting[other] = waiting.get(other, 0) + total
    statements = {s.id: s for s in store.find(Statement)}
    numbers |= {s.id: s.number for s in statements.values()}
    terms = {(t.supplier_id, t.merchant_id): t for t in store.find(TradeTerms)}
    levels = {x.id: x.name for x in store.find(PriceLevel)}
    entries: dict[str, list[StatedEntry]] = {}
    for e in store.find(AccountEntry, organisation_id=mine):
        if e.counterparty_id != CONSUMERS:
            creditor = sides(store, actor, e.counterparty_id).creditor_id == mine
            amount = e.amount if creditor else -e.amount
            entries.setdefault(e.counterparty_id, []).append(StatedEntry(e.id, e.at, e.document_id, e.kind, amount))
    known = {t.merchant_id if t.supplier_id == mine else t.supplier_id for t in terms.values()}
    balances = {b.counterparty_id for b in store.find(Balance, organisation_id=mine)}
    traded = {row[3] if row[2] == mine else row[2] for row in rows} if actor.kind is not PartyKind.PLATFORM else set()
    partners: dict[str, Partner] = {}
    dues: dict[str, Due] = {}
    for other in sorted(known | balances | entries.keys() | traded, key=lambda i: (names.get(i, ""), i)):
        creditor_id, debtor_id = sides(store, actor, other)
        agreed = terms.get((creditor_id, debtor_id))
        items = open_items(entries.get(other, []), agreed.credit_days if agreed else None)
        partner = Partner(
            id=other,
            name=names.get(other, ""),
            creditor=creditor_id == mine,
            owed=sum(e.amount for e in entries.get(other, [])),
            waiting=0 if other == platform_id(store) else waiting.get(other, 0),
            overdue=sum(i.amount for i in items if i.overdue(now)),
            limit=agreed.credit_limit if agreed else None,
            days=agreed.credit_days if agreed else None,
            level=levels.get(agreed.level, "") if agreed else "",
        )
        partners[other] = partner
        for item in items:
            number = numbers.get(item.document_id, "")
            dues[item.document_id] = Due(partner=partner, item=item, number=number)
    claim = Claim.table
    given = select(claim.c.supply_order_id, func.sum(claim.c.credit)).where(claim.c.credit > 0)
    credited = {row[0]: row[1] for row in connection.execute(given.group_by(claim.c.supply_order_id))}
    return MoneyBooks(
        partners=partners,
        dues=dict(sorted(dues.items(), key=lambda d: (d[1].item.due_at is None, d[1].item.due_at or d[1].item.at))),
        statements=_newest(statements.values()),
        settlements=_newest(store.find(Settlement)),
        invoices=_newest(store.find(Invoice)),
        titles=tuple(sorted(store.find(InvoiceTitle, merchant_id=mine), key=lambda t: -t.used_at)),
        names=names,
        numbers=numbers,
        credited=credited,
    )


def _newest(rows: Iterable[R]) -> dict[str, R]:
    return {row.id: row for row in sorted(rows, key=lambda r: r.id, reverse=True)}
