"""What the "today" page and the badges of the rail ask."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, func, select

from s2b_desktop.models.queries.catalog import catalog_size
from s2b_desktop.models.queries.goods import GoodsCounts, goods_counts
from s2b_desktop.models.queries.orders import OrderFacts, OrderRow, order_facts
from s2b_desktop.models.queries.outlook import (
    Candidate,
    Day,
    latest_orders,
    next_due,
    oldest_companies,
    oldest_goods,
    week,
)
from s2b_desktop.models.queries.parties import party_counts
from s2b_desktop.models.queries.review import ReviewCounts, ReviewRow, review_badge, review_counts
from s2b_desktop.models.queries.supply import Queue, QueueCount, SupplyEntry, supply_counts
from s2b_desktop.models.queries.waiting import Waiting, waiting
from s2b_domain.access import CLASSES_OF, Actor, Permission
from s2b_domain.records.after_sales import Claim, ReturnCase
from s2b_domain.records.audit import Audit
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.order import History, Order, SupplyOrder
from s2b_domain.records.party import Application, Organisation, PartyKind
from s2b_domain.records.record import decode_all
from s2b_domain.records.shop import Shop
from s2b_domain.records.stock import CountState, Discrepancy, StockCount
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.order_flow import OrderState, SupplyState

NEW_FOR = 7 * 86_400_000
"""Milliseconds for which goods count as new."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened lately: an event of `messages.EVENTS`, about which document or subject."""

    event: str
    subject: str
    subject_kind: str
    subject_id: str
    who: str
    reason: str
    at: int


_count = StockCount.table
_order, _supply, _history, _organisation = Order.table, SupplyOrder.table, History.table, Organisation.table


def badges(connection: Connection, actor: Actor) -> dict[str, int]:
    """What waits on the pages of an actor, by page key."""

    def counted(statement: Select[Any]) -> int:
        return connection.scalar(statement) or 0

    if actor.kind is PartyKind.PLATFORM:
        submitted = select(func.count()).select_from(_organisation)
        return {
            "parties": counted(submitted.where(_organisation.c.state == PartyState.SUBMITTED.value)),
            "review": review_badge(connection) if actor.may(Permission.GOODS_REVIEW) else 0,
        }
    if actor.kind is PartyKind.SUPPLIER:
        mine = select(func.count()).select_from(_supply).where(_supply.c.supplier_id == actor.organisation_id)
        found = {"supply": counted(mine.where(_supply.c.state == SupplyState.WAITING.value))}
        if actor.may(Permission.STOCK_APPROVE):
            submitted = select(func.count()).where(_count.c.owner_id == actor.organisation_id)
            found["stock"] = counted(submitted.where(_count.c.state == CountState.SUBMITTED.value))
        return found
    mine = select(func.count()).select_from(_order).where(_order.c.merchant_id == actor.organisation_id)
    return {"orders": counted(mine.where(_order.c.state == OrderState.PLACED.value))}


class OwnCompany(msgspec.Struct, frozen=True):
    """Where one's own company stands with the platform, and the reasons that were given."""

    state: PartyState
    reasons: tuple[str, ...] = ()


def own_company(connection: Connection, organisation_id: str) -> OwnCompany | None:
    """Where one's own company stands; None before the first download."""
    state = connection.scalar(select(_organisation.c.state).where(_organisation.c.id == organisation_id))
    if state is None:
        return None
    table = Application.table
    reasons = connection.scalar(select(table.c.reasons).where(table.c.id == organisation_id))
    return OwnCompany(PartyState(state), tuple(msgspec.json.decode(reasons)) if reasons else ())


def open_discrepancies(connection: Connection, organisation_id: str) -> int:
    """How many facts contradicted the books and nobody has looked yet (差异处理)."""
    table = Discrepancy.table
    mine = select(func.count()).select_from(table)
    return connection.scalar(mine.where(table.c.organisation_id == organisation_id, table.c.open)) or 0


class DiscrepancyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that contradicted the books; `document` is the page of its document, if it is an order."""

    id: str
    code: str
    details: dict[str, int | str]
    number: str
    document: str
    document_id: str
    at: int
    open: bool
    note: str
    closed_by: str
    closed_at: int | None


def discrepancies(connection: Connection, organisation_id: str, limit: int = 500) -> list[DiscrepancyRow]:
    """The open ones first, then what was closed, the latest first in both."""
    table = Discrepancy.table
    mine = select(table).where(table.c.organisation_id == organisation_id)
    rows = decode_all(
        Discrepancy, connection.execute(mine.order_by(table.c.open.desc(), table.c.at.desc(), table.c.id).limit(limit))
    )
    numbers: dict[str, tuple[str, str]] = {}
    ids = [row.document_id for row in rows]
    for kind, found in (
        ("supply", _supply),
        ("orders", _order),
        ("returns", ReturnCase.table),
        ("returns", Claim.table),
    ):
        for id_, number in connection.execute(select(found.c.id, found.c.number).where(found.c.id.in_(ids))):
            numbers[id_] = (kind, number)
    return [
        DiscrepancyRow(
            id=row.id,
            code=row.code,
            details=row.details,
            number=numbers.get(row.document_id, ("", ""))[1],
            document=numbers.get(row.document_id, ("", ""))[0],
            document_id=row.document_id,
            at=row.at,
            open=row.open,
            note=row.note,
            closed_by=row.closed_by,
            closed_at=row.closed_at,
        )
        for row in rows
    ]


def recent(connection: Connection, actor: Actor, limit: int = 12) -> list[Event]:
    """The latest events that the actor may see, newest first."""
    if actor.kind is PartyKind.PLATFORM:
        return _audited(connection, limit)
    newest = (
        select(_history)
        .where(_history.c.organisation_id == actor.organisation_id)
        .order_by(_history.c.at.desc(), _history.c.id.desc())
        .limit(limit)
    )
    events = decode_all(History, connection.execute(newest))
    ids = [e.document_id for e in events]
    numbers: dict[str, tuple[str, str]] = {}
    for kind, table in (("supply", _supply), ("order", _order), ("return", ReturnCase.table), ("return", Claim.table)):
        for id_, number in connection.execute(select(table.c.id, table.c.number).where(table.c.id.in_(ids))):
            numbers[id_] = (kind, number)
    return [
        Event(
            event=e.event,
            subject=numbers.get(e.document_id, ("", ""))[1],
            subject_kind=numbers.get(e.document_id, ("", ""))[0],
            subject_id=e.document_id,
            who=e.actor_name,
            reason=e.reason,
            at=e.at,
        )
        for e in events
    ]


def _audited(connection: Connection, limit: int) -> list[Event]:
    table = Audit.table
    events = decode_all(
        Audit, connection.execute(select(table).order_by(table.c.at.desc(), table.c.id.desc()).limit(limit))
    )
    ids = [e.subject_id for e in events]
    named = select(_organisation.c.id, _organisation.c.name).where(_organisation.c.id.in_(ids))
    names: dict[str, str] = {row[0]: row[1] for row in connection.execute(named)}
    return [
        Event(
            event=e.event,
            subject=names.get(e.subject_id, ""),
            subject_kind=e.subject_kind,
            subject_id=e.subject_id,
            who=e.actor_name,
            reason=str(e.details.get("reasons") or ""),
            at=e.at,
        )
        for e in events
    ]


class SkuName(msgspec.Struct, frozen=True):
    """How a SKU is called and counted; `title` is its product's."""

    code: str
    title: str
    decimals: int
    unit: str


def sku_names(connection: Connection, sku_ids: Iterable[str]) -> dict[str, SkuName]:
    """What these SKUs are called, by id; those that are not here are left out."""
    sku, product = Sku.table.c, Product.table.c
    title = func.coalesce(product.title, "")
    wanted = select(sku.id, sku.code, title, sku.decimals, sku.unit).outerjoin_from(
        Sku.table, Product.table, product.id == sku.product_id
    )
    rows = connection.execute(wanted.where(sku.id.in_(sorted(set(sku_ids)))))
    return {id_: SkuName(*called) for id_, *called in rows}


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the "today" page of an actor shows; what its role does not see is None."""

    company: OwnCompany | None = None
    supply: dict[Queue, QueueCount] | None = None
    goods: GoodsCounts | None = None
    orders: OrderFacts | None = None
    catalog: tuple[int, int] = (0, 0)
    """How many goods may be chosen from, and how many of them are new."""
    shop: bool = False
    """Whether the merchant has said what its shop is."""
    parties: dict[PartyState, int] | None = None
    review: ReviewCounts | None = None
    discrepancies: int = 0
    dealings: Waiting = Waiting()
    events: tuple[Event, ...] = ()
    week: tuple[Day, ...] = ()
    next_due: tuple[SupplyEntry, ...] = ()
    latest: tuple[OrderRow, ...] = ()
    waiting_goods: tuple[ReviewRow, ...] = ()
    waiting_companies: tuple[Candidate, ...] = ()


def figures(connection: Connection, actor: Actor, now: int, today: int) -> Figures:
    """All figures at one moment; `today` is the local midnight (ms)."""
    mine = actor.organisation_id
    sees = CLASSES_OF[actor.role] if actor.role else ()
    events = tuple(recent(connection, actor))
    if actor.kind is PartyKind.PLATFORM:
        return Figures(
            parties=party_counts(connection),
            review=review_counts(connection),
            dealings=waiting(connection, actor),
            events=events,
            waiting_goods=oldest_goods(connection) if actor.may(Permission.GOODS_REVIEW) else (),
            waiting_companies=oldest_companies(connection) if actor.may(Permission.PARTY_REVIEW) else (),
        )
    found = Figures(
        company=own_company(connection, mine),
        discrepancies=open_discrepancies(connection, mine),
        dealings=waiting(connection, actor),
        events=events,
    )
    if "trade" in sees:
        found = msgspec.structs.replace(found, week=week(connection, actor, today))
    if actor.kind is PartyKind.SUPPLIER:
        supply = supply_counts(connection, mine, now) if "trade" in sees else None
        due = next_due(connection, mine) if "trade" in sees else ()
        return msgspec.structs.replace(found, supply=supply, goods=goods_counts(connection, mine), next_due=due)
    orders = order_facts(connection, mine, now, today)
    latest = latest_orders(connection, mine) if "trade" in sees else ()
    size = catalog_size(connection, now - NEW_FOR)
    shop = RecordStore(connection).get(Shop, mine) is not None
    return msgspec.structs.replace(found, orders=orders, catalog=size, latest=latest, shop=shop)
