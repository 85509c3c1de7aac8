"""The last days in figures and what comes next, for the "today" page. A few ms each, however many orders there are."""

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, func, literal_column, select

from s2b_desktop.models.queries.orders import OrderRow, order_rows
from s2b_desktop.models.queries.review import ReviewRow, review_rows
from s2b_desktop.models.queries.supply import STATES, Queue, SupplyEntry, supply_entries
from s2b_domain.access import Actor
from s2b_domain.records.catalog import Product, Revision
from s2b_domain.records.order import Order, SupplyOrder
from s2b_domain.records.party import Application, PartyKind
from s2b_domain.rules.onboarding import ContentState, PartyState
from s2b_domain.rules.order_flow import OrderState, SupplyState

DAYS = 7
DAY = 86_400_000
_LISTED = 5

_order, _supply, _application = Order.table, SupplyOrder.table, Application.table
_NO_SALE = [s.value for s in (SupplyState.PENDING, SupplyState.DECLINED, SupplyState.CANCELLED)]


class Day(msgspec.Struct, frozen=True):
    """One local day from its midnight (ms): how many orders, and what they are worth (分)."""

    start: int
    count: int = 0
    amount: int = 0


class Candidate(msgspec.Struct, frozen=True):
    """A company that waits for its review."""

    id: str
    name: str
    submitted_at: int


def week(connection: Connection, actor: Actor, today: int) -> tuple[Day, ...]:
    """The orders of the last seven days, the last of them beginning at `today` (local midnight, ms)."""
    first = today - (DAYS - 1) * DAY
    placed: ColumnElement[int]
    worth: ColumnElement[int]
    mine: tuple[ColumnElement[bool], ...]
    if actor.kind is PartyKind.SUPPLIER:
        placed, worth = _supply.c.placed_at, _supply.c.total
        mine = (_supply.c.supplier_id == actor.organisation_id, _supply.c.state.not_in(_NO_SALE))
    else:
        placed, worth = _order.c.placed_at, _order.c.total - _order.c.cancelled_amount - _order.c.returned_amount
        mine = (_order.c.merchant_id == actor.organisation_id, _order.c.state != OrderState.CANCELLED.value)
    day = func.min((placed - first) // DAY, DAYS - 1)
    grouped = select(day, func.count(), func.sum(worth)).where(*mine, placed >= first).group_by(day)
    found = {row[0]: Day(first + row[0] * DAY, row[1], row[2]) for row in connection.execute(grouped)}
    return tuple(found.get(at, Day(first + at * DAY)) for at in range(DAYS))


def next_due(connection: Connection, supplier_id: str) -> tuple[SupplyEntry, ...]:
    """The open supply orders that must leave first."""
    states = [state.value for state in STATES[Queue.OPEN]]
    first = (
        select(_rowid(_supply))
        .where(_supply.c.supplier_id == supplier_id, _supply.c.state.in_(states), _supply.c.ship_by.is_not(None))
        .order_by(_supply.c.ship_by, _supply.c.id)
        .limit(_LISTED)
    )
    return tuple(supply_entries(connection, list(connection.scalars(first))))


def latest_orders(connection: Connection, merchant_id: str) -> tuple[OrderRow, ...]:
    """The orders placed last."""
    last = select(_rowid(_order)).where(_order.c.merchant_id == merchant_id).order_by(_order.c.placed_at.desc())
    return tuple(order_rows(connection, list(connection.scalars(last.limit(_LISTED)))))


def oldest_goods(connection: Connection) -> tuple[ReviewRow, ...]:
    """The goods and changes that wait longest for a review."""
    found: list[tuple[int, str]] = []
    for table in (Product.table, Revision.table):
        waiting = select(table.c.submitted_at, table.c.id).where(table.c.state == ContentState.SUBMITTED.value)
        found += [(at, id_) for at, id_ in connection.execute(waiting.order_by(table.c.submitted_at).limit(_LISTED))]
    return tuple(review_rows(connection, [id_ for _at, id_ in sorted(found)[:_LISTED]]))


def oldest_companies(connection: Connection) -> tuple[Candidate, ...]:
    """The companies that wait longest for a review."""
    at = _application.c.submitted_at
    waiting = (
        select(_application.c.id, _application.c.name, at)
        .where(_application.c.state == PartyState.SUBMITTED.value, at.is_not(None))
        .order_by(at)
        .limit(_LISTED)
    )
    return tuple(Candidate(*row) for row in connection.execute(waiting))


def _rowid(table: Table) -> ColumnElement[int]:
    return literal_column(f"{table.name}.rowid")
