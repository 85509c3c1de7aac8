"""Supply orders as the supplier's queue shows them, and one of them in full."""

from array import array
from collections.abc import Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import ColumnElement, Connection, case, func, literal_column, or_, select

from s2b_desktop.models.name_order import by_name
from s2b_desktop.models.rows import rowids_of
from s2b_domain.records.order import History, Parcel, SupplyLine, SupplyOrder
from s2b_domain.records.record import decode_all
from s2b_domain.rules.order_flow import OrderKind, SupplyState

SOON_MS = 6 * 3_600_000
"""What must leave within this time is soon due."""

_S = SupplyState


class Queue(StrEnum):
    """The lists of the queue."""

    OPEN = "open"
    WAITING = "waiting"
    TO_SHIP = "to_ship"
    PARTLY = "partly"
    OVERDUE = "overdue"
    SHIPPED = "shipped"
    DECLINED = "declined"
    ALL = "all"


STATES: dict[Queue, tuple[SupplyState, ...]] = {
    Queue.OPEN: (_S.WAITING, _S.ACCEPTED, _S.PARTLY_SHIPPED),
    Queue.WAITING: (_S.WAITING,),
    Queue.TO_SHIP: (_S.ACCEPTED,),
    Queue.PARTLY: (_S.PARTLY_SHIPPED,),
    Queue.OVERDUE: (_S.WAITING, _S.ACCEPTED, _S.PARTLY_SHIPPED),
    Queue.SHIPPED: (_S.SHIPPED, _S.DELIVERED),
    Queue.DECLINED: (_S.DECLINED, _S.CANCELLED),
    Queue.ALL: tuple(state for state in _S if state is not _S.PENDING),
}


class SupplyEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One supply order in a list. `quantity` is the sum over its lines in steps of `10**-decimals`."""

    rowid: int
    id: str
    number: str
    merchant: str
    kind: OrderKind
    state: SupplyState
    first_title: str
    lines: int
    quantity: int
    decimals: int
    total: int
    ship_by: int | None
    placed_at: int


class QueueCount(msgspec.Struct, frozen=True):
    """How many supply orders a list has, how many of them are late, and the next time one must leave."""

    count: int = 0
    overdue: int = 0
    next_due: int | None = None


class SupplyDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One supply order with its lines, parcels and history, oldest first."""

    rowid: int
    order: SupplyOrder
    lines: tuple[SupplyLine, ...]
    parcels: tuple[Parcel, ...]
    history: tuple[History, ...]


_order, _line = SupplyOrder.table, SupplyLine.table
_rowid: ColumnElement[int] = literal_column("supply_order.rowid")
SORTS: dict[str, ColumnElement[object]] = {
    "number": _order.c.number,
    "merchant": _order.c.merchant_name,
    "total": _order.c.total,
    "ship_by": _order.c.ship_by,
    "placed_at": _order.c.placed_at,
    "state": _order.c.state,
}


def _where(supplier_id: str, queue: Queue, now: int) -> list[ColumnElement[bool]]:
    states = [state.value for state in STATES[queue]]
    mine = [_order.c.supplier_id == supplier_id, _order.c.state.in_(states)]
    return [*mine, _order.c.ship_by < now] if queue is Queue.OVERDUE else mine


def supply_ids(
    connection: Connection,
    supplier_id: str,
    queue: Queue,
    now: int,
    text: str = "",
    sort: str = "",
    descending: bool = False,
) -> "array[int]":
    """Rowids of a list: what must leave first comes first; what is done, newest first."""
    statement = select(_rowid).select_from(_order).where(*_where(supplier_id, queue, now))
    if text:
        like = f"%{text}%"
        parcel = Parcel.table
        sent = select(parcel.c.supply_order_id).where(parcel.c.tracking_number == text)
        named = select(_line.c.supply_order_id).where(
            _line.c.supplier_id == supplier_id, or_(_line.c.title.like(like), _line.c.code == text)
        )
        found = or_(
            _order.c.number.like(like), _order.c.merchant_name.like(like), _order.c.id.in_(sent), _order.c.id.in_(named)
        )
        statement = statement.where(found)
    if sort:
        key = SORTS[sort]
        if sort == "merchant":
            named = statement.add_columns(key).order_by(_order.c.id)
            return by_name(connection.execute(named).cursor.fetchall(), descending=descending)
        statement = statement.order_by(key.desc() if descending else key, _order.c.id)
    elif queue in (Queue.SHIPPED, Queue.DECLINED, Queue.ALL):
        statement = statement.order_by(_order.c.placed_at.desc(), _order.c.id.desc())
    else:
        statement = statement.order_by(_order.c.ship_by.is_(None), _order.c.ship_by, _order.c.id)
    return rowids_of(connection.execute(statement))


def supply_entries(connection: Connection, rowids: Sequence[int]) -> list[SupplyEntry]:
    """The entries of these rowids in this order; rowids that are gone are left out."""
    columns = ("id", "number", "merchant_name", "kind", "state", "total", "ship_by", "placed_at")
    wanted = select(_rowid, *(_order.c[c] for c in columns)).select_from(_order).where(_rowid.in_(list(rowids)))
    orders = {row[0]: row for row in connection.execute(wanted)}
    lines: dict[str, list[tuple[str, int, int]]] = {}
    ids = [row[1] for row in orders.values()]
    of_these = (
        select(_line.c.supply_order_id, _line.c.title, _line.c.quantity, _line.c.decimals)
        .where(_line.c.supply_order_id.in_(ids))
        .order_by(_line.c.supply_order_id, _line.c.line)
    )
    for order_id, title, quantity, decimals in connection.execute(of_these):
        lines.setdefault(order_id, []).append((title, quantity, decimals))
    entries = []
    for rowid in rowids:
        if (row := orders.get(rowid)) is None:
            continue
        mine = lines.get(row[1], [])
        finest = max((decimals for _, _, decimals in mine), default=0)
        entries.append(
            SupplyEntry(
                rowid=rowid,
                id=row[1],
                number=row[2],
                merchant=row[3],
                kind=OrderKind(row[4]),
                state=SupplyState(row[5]),
                first_title=mine[0][0] if mine else "",
                lines=len(mine),
                quantity=sum(quantity * 10 ** (finest - decimals) for _, quantity, decimals in mine),
                decimals=finest,
                total=row[6],
                ship_by=row[7],
                placed_at=row[8],
            )
        )
    return entries


def supply_counts(connection: Connection, supplier_id: str, now: int) -> dict[Queue, QueueCount]:
    """The figures of every list, from one grouped pass."""
    late = func.sum(case((_order.c.ship_by < now, 1), else_=0))
    grouped = (
        select(_order.c.state, func.count(), late, func.min(_order.c.ship_by))
        .where(_order.c.supplier_id == supplier_id)
        .group_by(_order.c.state)
    )
    by_state = {SupplyState(row[0]): (row[1], row[2], row[3]) for row in connection.execute(grouped)}
    counts: dict[Queue, QueueCount] = {}
    for queue, states in STATES.items():
        found = [by_state[s] for s in states if s in by_state]
        dues = [due for _, _, due in found if due is not None]
        overdue = sum(n for _, n, _ in found)
        count = overdue if queue is Queue.OVERDUE else sum(n for n, _, _ in found)
        counts[queue] = QueueCount(count, overdue, min(dues, default=None))
    return counts


def supply_detail(connection: Connection, supplier_id: str, rowid: int) -> SupplyDetail | None:
    """One supply order in full, or None if it is gone."""
    orders = decode_all(SupplyOrder, connection.execute(select(_order).select_from(_order).where(_rowid == rowid)))
    if not orders or orders[0].supplier_id != supplier_id:
        return None
    order, parcel, history = orders[0], Parcel.table, History.table
    lines = select(_line).where(_line.c.supply_order_id == order.id).order_by(_line.c.line)
    parcels = select(parcel).where(parcel.c.supply_order_id == order.id).order_by(parcel.c.shipped_at, parcel.c.id)
    told = (
        select(history)
        .where(history.c.document_id == order.id, history.c.organisation_id == supplier_id)
        .order_by(history.c.at, history.c.id)
    )
    return SupplyDetail(
        rowid=rowid,
        order=order,
        lines=tuple(decode_all(SupplyLine, connection.execute(lines))),
        parcels=tuple(decode_all(Parcel, connection.execute(parcels))),
        history=tuple(decode_all(History, connection.execute(told))),
    )


def supply_rowid(connection: Connection, supply_order_id: str) -> int | None:
    """The rowid of a supply order by its id."""
    return connection.scalar(select(_rowid).select_from(_order).where(_order.c.id == supply_order_id))
