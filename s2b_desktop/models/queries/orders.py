"""What a merchant sees of its orders: lists by view and by search, the figures above them, and one order in full."""

from array import array
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from s2b_desktop.models.rows import rowids_of
from s2b_domain.records.after_sales import Payout, PayoutState
from s2b_domain.records.order import (
    Address,
    History,
    Order,
    OrderLine,
    Parcel,
    Payment,
    SupplyLine,
    SupplyOrder,
)
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.order_flow import (
    OrderKind,
    OrderState,
    ParcelState,
    PaymentState,
    SupplyState,
    payment_state,
)

OrderView = Literal["all", "to_confirm", "to_ship", "in_transit", "attention", "finished", "cancelled", "unpaid"]
OrderSort = Literal["placed", "number", "total"]

DECLINED_SHOWN = 7 * 24 * 3600 * 1000
"""Milliseconds for which an order that every supplier declined stays under "needs attention"."""
SEARCH_LIMIT = 2000

_order, _line, _supply, _parcel = Order.table, OrderLine.table, SupplyOrder.table, Parcel.table
_rowid: ColumnElement[int] = literal_column("sales_order.rowid")


def _due(orders: FromClause) -> ColumnElement[int]:
    """What orders are worth (分) after what was cancelled and returned."""
    return orders.c.total - orders.c.cancelled_amount - orders.c.returned_amount


_DUE = _due(_order)
_STATES: dict[str, tuple[OrderState, ...]] = {
    "to_confirm": (OrderState.PLACED,),
    "to_ship": (OrderState.CONFIRMED, OrderState.PARTLY_SHIPPED),
    "in_transit": (OrderState.SHIPPED,),
    "finished": (OrderState.DELIVERED, OrderState.COMPLETED),
    "cancelled": (OrderState.CANCELLED,),
}
_FIRST = ("order.placed", "order.confirmed")
_ENDED = [s.value for s in (OrderState.DELIVERED, OrderState.COMPLETED, OrderState.CANCELLED)]


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the order list. `due` (分) is what the order is worth after what was cancelled."""

    rowid: int
    id: str
    number: str
    kind: OrderKind
    state: OrderState
    customer: str
    phone: str
    goods: str
    more_goods: int
    due: int
    payment: PaymentState
    declined: bool
    suppliers: tuple[str, ...]
    placed_at: int


class OrderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Orders per view, when the oldest of them was placed (ms), and what was placed today (count, 分)."""

    to_confirm: int
    to_ship: int
    in_transit: int
    attention: int
    oldest_to_confirm: int | None
    late: int
    today: int
    today_amount: int


class SupplyPart(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier's part of an order."""

    supply: SupplyOrder
    lines: tuple[SupplyLine, ...]
    parcels: tuple[Parcel, ...]


class OrderDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one order; `history` holds its own events and those of its supply orders, oldest first.

    `replaced` are its supply orders that were ordered elsewhere.
    """

    order: Order
    lines: tuple[OrderLine, ...]
    parts: tuple[SupplyPart, ...]
    payments: tuple[Payment, ...]
    history: tuple[History, ...]
    replaced: frozenset[str] = frozenset()
    promised: int = 0
    """Refunds of returns (分) that somebody has yet to pay."""

    @property
    def due(self) -> int:
        """What the order is worth (分) after what was cancelled."""
        return self.order.due

    @property
    def declined(self) -> list[SupplyPart]:
        """Its declined parts that are neither ordered elsewhere nor forgone."""
        decided = {*self.order.forgone, *self.replaced}
        return [p for p in self.parts if p.supply.state is SupplyState.DECLINED and p.supply.id not in decided]

    @property
    def owed(self) -> int:
        """What its buyer has yet to pay (分); negative: what goes back to them, beside what returns have promised."""
        owed = self.due - self.order.paid
        return owed if owed > 0 else min(0, owed + self.promised)

    @property
    def payment(self) -> PaymentState:
        """Derived from what was paid."""
        return payment_state(self.due, self.order.paid)


def _late(now: int) -> ColumnElement[bool]:
    open_ = [s.value for s in (SupplyState.WAITING, SupplyState.ACCEPTED, SupplyState.PARTLY_SHIPPED)]
    return and_(_supply.c.state.in_(open_), _supply.c.ship_by < now)


def _in_attention(merchant_id: str, now: int) -> ColumnElement[bool]:
    """A part was declined and waits for a decision, or is late, a parcel is in trouble, or money has to go back."""
    supplies = select(_supply.c.order_id).where(_supply.c.merchant_id == merchant_id)
    whole, other = _order.alias(), _order.alias()
    elsewhere = select(other.c.id).where(other.c.replaces == _supply.c.order_id, other.c.replaces_part == _supply.c.id)
    recent = and_(whole.c.state == OrderState.CANCELLED.value, whole.c.placed_at > now - DECLINED_SHOWN)
    declined = supplies.join(whole, whole.c.id == _supply.c.order_id).where(
        _supply.c.state == SupplyState.DECLINED.value,
        ~elsewhere.correlate(_supply).exists(),
        func.instr(whole.c.forgone, _supply.c.id) == 0,
        or_(whole.c.state.not_in(_ENDED), recent),
    )
    in_trouble = literal(ParcelState.PROBLEM.value, literal_execute=True)  # a partial index serves no parameter
    troubled = select(_parcel.c.order_id).where(_parcel.c.merchant_id == merchant_id, _parcel.c.state == in_trouble)
    overpaid = select(whole.c.id).where(whole.c.merchant_id == merchant_id, whole.c.paid > _due(whole))
    return _order.c.id.in_(union_all(declined, supplies.where(_late(now)), troubled, overpaid))


def _viewed(view: OrderView, merchant_id: str, now: int) -> ColumnElement[bool]:
    mine = _order.c.merchant_id == merchant_id
    if view == "attention":
        return _in_attention(merchant_id, now)
    if view == "unpaid":
        owed = _order.c.paid < _DUE
        alive = _order.c.state != OrderState.CANCELLED.value
        return and_(mine, alive, owed, _order.c.kind != OrderKind.PURCHASE.value)
    if view in _STATES:
        return and_(mine, _order.c.state.in_([s.value for s in _STATES[view]]))
    return mine


def _found(text: str) -> ColumnElement[bool]:
    """Number, consumer or goods; letters and figures look for numbers, phones and codes, the rest for words."""
    if not text:
        return true()
    like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    titled = select(_line.c.order_id).where(
        or_(_line.c.title.like(like, escape="\\"), _line.c.code.like(like, escape="\\"))
    )
    return or_(
        _order.c.number.like(like, escape="\\"),
        _order.c.address.like(like, escape="\\"),
        _order.c.note.like(like, escape="\\"),
        _order.c.id.in_(titled),
    )


def order_rowids(
    connection: Connection,
    merchant_id: str,
    view: OrderView,
    text: str,
    now: int,
    sort: OrderSort = "placed",
    descending: bool = True,
    limit: int | None = None,
) -> "array[int]":
    """Rowids of the first `limit` orders of a view; with a search text, the newest `SEARCH_LIMIT` that match."""
    keys = {"placed": _order.c.placed_at, "number": _order.c.number, "total": _order.c.total}
    key = keys[sort]
    statement = select(_rowid).select_from(_order).where(_viewed(view, merchant_id, now), _found(text.strip()))
    statement = statement.order_by(key.desc() if descending else key.asc(), _rowid.desc())
    return rowids_of(connection.execute(statement.limit(SEARCH_LIMIT if text.strip() else limit)))


def order_rows(connection: Connection, rowids: "array[int] | list[int]") -> list[OrderRow]:
    """The lines of these orders in this order; one that has gone meanwhile is an empty line."""
    wanted = [*rowids]
    columns = (_rowid, *_order.c)
    raw = connection.execute(select(*columns).select_from(_order).where(_rowid.in_(wanted))).all()
    orders: dict[int, Order] = {row[0]: Order.decode(row[1:]) for row in raw}
    ids = [o.id for o in orders.values()]
    titles: dict[str, str] = {}
    counts: dict[str, int] = {}
    lines = select(_line.c.order_id, _line.c.line, _line.c.title).where(_line.c.order_id.in_(ids))
    for order_id, _, title in sorted(connection.execute(lines), key=lambda row: row[:2]):
        titles.setdefault(order_id, title)
        counts[order_id] = counts.get(order_id, 0) + 1
    suppliers: dict[str, list[str]] = {}
    declined: set[str] = set()
    parts = select(_supply.c.order_id, _supply.c.number, _supply.c.supplier_name, _supply.c.state)
    for order_id, _, name, state in sorted(
        connection.execute(parts.where(_supply.c.order_id.in_(ids))), key=lambda row: row[:2]
    ):
        suppliers.setdefault(order_id, []).append(name)
        if state == SupplyState.DECLINED.value:
            declined.add(order_id)
    found = {
        rowid: _row(rowid, o, titles.get(o.id, ""), counts.get(o.id, 1) - 1, suppliers.get(o.id, []), o.id in declined)
        for rowid, o in orders.items()
    }
    return [found.get(rowid) or _gone(rowid) for rowid in wanted]


def _row(rowid: int, order: Order, goods: str, more: int, suppliers: list[str], declined: bool) -> OrderRow:
    address = order.address or Address(name="", phone="")
    due = order.due
    return OrderRow(
        rowid=rowid,
        id=order.id,
        number=order.number,
        kind=order.kind,
        state=order.state,
        customer=address.name,
        phone=address.phone,
        goods=goods,
        more_goods=more,
        due=due,
        payment=payment_state(due, order.paid),
        declined=declined,
        suppliers=tuple(suppliers),
        placed_at=order.placed_at,
    )


def _gone(rowid: int) -> OrderRow:
    empty = Order(
        id="",
        number="",
        merchant_id="",
        kind=OrderKind.PURCHASE,
        state=OrderState.CANCELLED,
        address=None,
        goods_amount=0,
        total=0,
        placed_at=0,
        placed_by="",
    )
    return _row(rowid, empty, "", 0, [], False)


def order_facts(connection: Connection, merchant_id: str, now: int, today: int) -> OrderFacts:
    """The figures of the fact cards; `today` is the local midnight in ms."""

    def one(condition: ColumnElement[bool], *values: ColumnElement[Any]) -> Any:
        return connection.execute(select(func.count(), *values).select_from(_order).where(condition)).one()

    waiting = one(_viewed("to_confirm", merchant_id, now), func.min(_order.c.placed_at))
    worth = func.coalesce(func.sum(_DUE), 0)
    day = one(and_(_order.c.merchant_id == merchant_id, _order.c.placed_at >= today), worth)
    late = select(func.count(func.distinct(_supply.c.order_id))).where(_supply.c.merchant_id == merchant_id, _late(now))
    return OrderFacts(
        to_confirm=waiting[0],
        to_ship=one(_viewed("to_ship", merchant_id, now))[0],
        in_transit=one(_viewed("in_transit", merchant_id, now))[0],
        attention=one(_viewed("attention", merchant_id, now))[0],
        oldest_to_confirm=waiting[1],
        late=connection.execute(late).scalar_one(),
        today=day[0],
        today_amount=day[1],
    )


def order_rowid(connection: Connection, order_id: str) -> int | None:
    """Where an order stands in paged tables; None if it is not held."""
    return connection.execute(select(_rowid).select_from(_order).where(_order.c.id == order_id)).scalar()


def order_of(connection: Connection, supply_order_id: str) -> OrderDetail | None:
    """The order of which a supply order is a part."""
    supply = RecordStore(connection).get(SupplyOrder, supply_order_id)
    return order_detail(connection, supply.order_id) if supply else None


def _rank(event: str) -> int:
    """Of events at one moment the cause comes first: placing, confirming, a parcel, its supply order, the order."""
    if event in _FIRST:
        return _FIRST.index(event)
    noun = event.partition(".")[0]
    return len(_FIRST) + ("parcel", "supply", "order").index(noun) if noun in ("parcel", "supply", "order") else 9


def order_detail(connection: Connection, order_id: str) -> OrderDetail | None:
    """One order with its parts, parcels, payments and what happened to all of them."""
    store = RecordStore(connection)
    order = store.get(Order, order_id)
    if order is None:
        return None
    supplies = sorted(store.find(SupplyOrder, order_id=order_id), key=lambda s: s.number)
    ids = [s.id for s in supplies]
    lines, parcels = store.find_in(SupplyLine, "supply_order_id", ids), store.find_in(Parcel, "supply_order_id", ids)
    events = store.find_in(History, "document_id", [order_id, *ids], organisation_id=order.merchant_id)
    return OrderDetail(
        order=order,
        lines=tuple(sorted(store.find(OrderLine, order_id=order_id), key=lambda li: li.line)),
        parts=tuple(
            SupplyPart(
                supply=s,
                lines=tuple(sorted((li for li in lines if li.supply_order_id == s.id), key=lambda li: li.line)),
                parcels=tuple(p for p in parcels if p.supply_order_id == s.id),
            )
            for s in supplies
        ),
        payments=tuple(sorted(store.find(Payment, order_id=order_id), key=lambda p: (p.at, p.id))),
        replaced=frozenset(o.replaces_part for o in store.find(Order, replaces=order_id)),
        history=tuple(sorted(events, key=lambda h: (h.at, _rank(h.event), h.id))),
        promised=sum(p.amount for p in store.find(Payout, order_id=order_id) if p.state is not PayoutState.PAID),
    )
