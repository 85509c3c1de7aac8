"""What lies where: one entry per SKU, warehouse and lot; and which orders hold it."""

from array import array
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, func, literal_column, select

from s2b_desktop.models.name_order import by_name
from s2b_desktop.models.queries.goods import LOW_AT, SPECS, USUAL_LOW_AT
from s2b_desktop.models.queries.sku_search import is_shop, search_skus
from s2b_desktop.models.rows import rowids_of
from s2b_domain.commands.stock import main_warehouse_id
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.order import SupplyOrder
from s2b_domain.records.receiving import StockCost
from s2b_domain.records.stock import (
    Availability,
    CountState,
    Reservation,
    Stock,
    StockCount,
    StockWatch,
    Transfer,
    Warehouse,
)

NEAR_MS = 30 * 86_400_000
"""What expires within this time is near its end."""
_CHUNK = 500


class Lying(StrEnum):
    """Which places a list shows."""

    ALL = "all"
    LOW = "low"
    EXPIRING = "expiring"
    HELD = "held"
    SHORT = "short"
    NOWHERE = "nowhere"


class StockEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in one place, in steps. `cost` and `last_cost` (1/10,000 yuan a unit): what a shop paid, if known.
    `low` is said of the SKU, wherever it lies.

    Goods of a supplier that were never received have an entry too, for the main warehouse: their `rowid` is that of
    the SKU with a minus.
    """

    rowid: int
    stock_id: str
    sku_id: str
    code: str
    title: str
    specs: dict[str, str]
    unit: str
    decimals: int
    warehouse_id: str
    warehouse: str
    shelf: str
    lot: str
    expires_at: int | None
    on_hand: int
    reserved: int
    leased: int
    cost: int | None = None
    last_cost: int | None = None
    low: bool = False

    @property
    def available(self) -> int:
        """What may still be promised from here."""
        return self.on_hand - self.reserved - self.leased


class StockFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures over the list: SKUs that are low, places that expire soon or have, counts and transfers that wait."""

    places: int = 0
    low: int = 0
    expiring: int = 0
    expired: int = 0
    counts: int = 0
    transit: int = 0


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A supply order that holds steps of a place."""

    supply_order_id: str
    number: str
    merchant: str
    quantity: int


_stock, _sku, _product, _cost = Stock.table, Sku.table, Product.table, StockCost.table
_watch, _available, _warehouse = StockWatch.table, Availability.table, Warehouse.table
_rowid: ColumnElement[int] = literal_column("stock.rowid")
_sku_rowid: ColumnElement[int] = literal_column("sku.rowid")
SORTS: dict[str, ColumnElement[Any]] = {
    "code": _sku.c.code,
    "title": _product.c.title,
    "warehouse": _warehouse.c.position,
    "expires": _stock.c.expires_at,
    "on_hand": _stock.c.on_hand,
    "available": _stock.c.on_hand - _stock.c.reserved - _stock.c.leased,
    "cost": _cost.c.average,
}
_JOINED = (
    _stock.join(_sku, _sku.c.id == _stock.c.sku_id)
    .join(_product, _product.c.id == _sku.c.product_id)
    .outerjoin(_warehouse, _warehouse.c.id == _stock.c.warehouse_id)
    .outerjoin(_watch, (_watch.c.sku_id == _stock.c.sku_id) & (_watch.c.owner_id == _stock.c.owner_id))
    .outerjoin(_cost, (_cost.c.sku_id == _stock.c.sku_id) & (_cost.c.owner_id == _stock.c.owner_id))
)


def _lies_nowhere(owner: object) -> ColumnElement[bool]:
    there = select(_stock.c.id).where(_stock.c.sku_id == _sku.c.id, _stock.c.owner_id == owner)
    return ~there.correlate(_sku).exists()


_of_owner = (_watch.c.sku_id == _sku.c.id) & (_watch.c.owner_id == bindparam("owner"))
_ABSENT = (
    select(
        -_sku_rowid, _sku.c.id, _sku.c.code, _product.c.title, _sku.c.specs, _sku.c.unit, _sku.c.decimals,
        func.coalesce(_watch.c.shelf, ""),
    )
    .select_from(_sku.join(_product, _product.c.id == _sku.c.product_id).outerjoin(_watch, _of_owner))
    .where(_sku_rowid.in_(bindparam("rowids", expanding=True)), _lies_nowhere(bindparam("owner")))
)  # fmt: skip


def _low(owner_id: str) -> ColumnElement[bool]:
    available = select(_available.c.available).where(_available.c.id == _sku.c.id).scalar_subquery()
    return _sku.c.on_sale.is_(True) & (func.coalesce(available, 0) < LOW_AT)


def _low_among(connection: Connection, owner_id: str, sku_ids: set[str], *, shop: bool) -> set[str]:
    """Which of these SKUs are low."""
    ids = sorted(sku_ids)
    if shop:
        low = select(_stock.c.sku_id).where(_low_in_shop(owner_id, _stock.c.sku_id.in_(ids)))
    else:
        watched = (_watch.c.sku_id == _sku.c.id) & (_watch.c.owner_id == owner_id)
        low = select(_sku.c.id).select_from(_sku.outerjoin(_watch, watched)).where(_sku.c.id.in_(ids), _low(owner_id))
    return set(connection.scalars(low))


def _low_in_shop(owner_id: str, *among: ColumnElement[bool]) -> ColumnElement[bool]:
    """A shop promises nothing to others: all that lies there counts, against its own limit."""
    lying = func.sum(_stock.c.on_hand - _stock.c.reserved - _stock.c.leased)
    watched = (_watch.c.sku_id == _stock.c.sku_id) & (_watch.c.owner_id == owner_id)
    of_shop = _stock.join(_sku, _sku.c.id == _stock.c.sku_id).outerjoin(_watch, watched)
    low = select(_stock.c.sku_id).select_from(of_shop).where(_stock.c.owner_id == owner_id, *among)
    return _stock.c.sku_id.in_(
        low.group_by(_stock.c.sku_id).having(lying < func.coalesce(func.min(_watch.c.low_at), func.min(USUAL_LOW_AT)))
    )


def _where(owner_id: str, lying: Lying, now: int, warehouse_id: str, shop: bool) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_stock.c.owner_id == owner_id]
    if warehouse_id:
        found.append(_stock.c.warehouse_id == warehouse_id)
    if lying is Lying.LOW:
        found.append(_low_in_shop(owner_id) if shop else _low(owner_id))
    elif lying is Lying.EXPIRING:
        found += [_stock.c.expires_at < now + NEAR_MS, _stock.c.on_hand > 0]
    elif lying is Lying.HELD:
        found.append((_stock.c.reserved > 0) | (_stock.c.leased > 0))
    elif lying is Lying.SHORT:
        found.append(_stock.c.on_hand - _stock.c.reserved - _stock.c.leased < 0)
    return found


def stock_ids(
    connection: Connection,
    owner_id: str,
    lying: Lying,
    now: int,
    text: str = "",
    warehouse_id: str = "",
    sort: str = "",
    descending: bool = False,
) -> "array[int]":
    """Rowids of places: by code and warehouse, what expires first first where that is what is asked for. A supplier's
    low goods end with those that were never received."""
    shop = is_shop(connection, owner_id)
    if lying is Lying.NOWHERE:
        return _absent(connection, owner_id, text)
    found = _places(connection, owner_id, lying, now, text, warehouse_id, shop, sort, descending)
    if lying is Lying.LOW and not shop and not warehouse_id:
        found += _absent(connection, owner_id, text, _low(owner_id))
    return found


def _absent(connection: Connection, owner_id: str, text: str, *more: ColumnElement[bool]) -> "array[int]":
    """A supplier's goods that lie nowhere, by code."""
    joined = _sku.outerjoin(_watch, (_watch.c.sku_id == _sku.c.id) & (_watch.c.owner_id == owner_id))
    statement = (
        select(-_sku_rowid).select_from(joined).where(_sku.c.supplier_id == owner_id, _lies_nowhere(owner_id), *more)
    )
    if text:
        statement = statement.where(_sku_rowid.in_(search_skus(connection, owner_id, text)))
    return rowids_of(connection.execute(statement.order_by(_sku.c.code)))


def _places(
    connection: Connection,
    owner_id: str,
    lying: Lying,
    now: int,
    text: str,
    warehouse_id: str,
    shop: bool,
    sort: str,
    descending: bool,
) -> "array[int]":
    where = _where(owner_id, lying, now, warehouse_id, shop)
    statement = select(_rowid).select_from(_JOINED).where(*where)
    if text:
        found = search_skus(connection, owner_id, text)
        by_lot = (_stock.c.lot == text) if text else None
        matches = _sku_rowid.in_(found)
        statement = statement.where(matches if by_lot is None else matches | by_lot)
    if sort:
        key = SORTS[sort]
        if sort == "title":
            named = statement.add_columns(key).order_by(_sku.c.code, _warehouse.c.position, _stock.c.lot)
            return by_name(connection.execute(named).cursor.fetchall(), descending=descending)
        statement = statement.order_by(key.is_(None), key.desc() if descending else key, _sku.c.code)
    elif lying is Lying.EXPIRING:
        statement = statement.order_by(_stock.c.expires_at, _sku.c.code)
    return rowids_of(connection.execute(statement.order_by(_sku.c.code, _warehouse.c.position, _stock.c.lot)))


def stock_entries(connection: Connection, owner_id: str, rowids: Sequence[int]) -> list[StockEntry]:
    """The entries of these rowids in this order; rowids that are gone are left out."""
    columns = select(
        _rowid,
        _stock.c.id,
        _stock.c.sku_id,
        _sku.c.code,
        _product.c.title,
        _sku.c.specs,
        _sku.c.unit,
        _sku.c.decimals,
        _stock.c.warehouse_id,
        func.coalesce(_warehouse.c.name, ""),
        func.coalesce(_watch.c.shelf, ""),
        _stock.c.lot,
        _stock.c.expires_at,
        _stock.c.on_hand,
        _stock.c.reserved,
        _stock.c.leased,
        _cost.c.average,
        _cost.c.last,
    ).select_from(_JOINED)
    found: dict[int, StockEntry] = {}
    shop = is_shop(connection, owner_id)
    for start in range(0, len(rowids), _CHUNK):
        part = columns.where(_stock.c.owner_id == owner_id, _rowid.in_(list(rowids[start : start + _CHUNK])))
        rows = connection.execute(part).all()
        low = _low_among(connection, owner_id, {row[2] for row in rows}, shop=shop)
        for row in rows:
            values = dict(zip(StockEntry.__struct_fields__, row, strict=False))
            values |= {"specs": SPECS.decode(values["specs"]), "low": row[2] in low}
            found[row[0]] = StockEntry(**values)
    absent = [-rowid for rowid in rowids if rowid < 0]
    for start in range(0, len(absent), _CHUNK):
        for row in connection.execute(_ABSENT, {"owner": owner_id, "rowids": absent[start : start + _CHUNK]}):
            found[row[0]] = StockEntry(
                rowid=row[0],
                stock_id="",
                sku_id=row[1],
                code=row[2],
                title=row[3],
                specs=SPECS.decode(row[4]),
                unit=row[5],
                decimals=row[6],
                warehouse_id=main_warehouse_id(owner_id),
                warehouse="",
                shelf=row[7],
                lot="",
                expires_at=None,
                on_hand=0,
                reserved=0,
                leased=0,
            )
    return [found[rowid] for rowid in rowids if rowid in found]


def stock_rowid(connection: Connection, stock_id: str) -> int | None:
    """The rowid of a place by its id."""
    return connection.scalar(select(_rowid).select_from(_stock).where(_stock.c.id == stock_id))


def stock_figures(connection: Connection, owner_id: str, now: int) -> StockFigures:
    """The figures over the list."""

    def counted(statement: Any) -> int:
        return connection.scalar(statement) or 0

    places = select(func.count()).select_from(_stock).where(_stock.c.owner_id == owner_id)
    left = places.where(_stock.c.on_hand > 0)
    skus = select(func.count()).select_from(
        _sku.outerjoin(_watch, (_watch.c.sku_id == _sku.c.id) & (_watch.c.owner_id == owner_id))
    )
    count, transfer = StockCount.table, Transfer.table
    waiting = select(func.count()).select_from(count).where(count.c.owner_id == owner_id)
    going = select(func.count()).select_from(transfer).where(transfer.c.owner_id == owner_id)
    low = skus.where(_sku.c.supplier_id == owner_id, _low(owner_id))
    if is_shop(connection, owner_id):
        mine = (_stock.c.owner_id == owner_id) & _low_in_shop(owner_id)
        low = select(func.count(func.distinct(_stock.c.sku_id))).where(mine)
    return StockFigures(
        places=counted(places),
        low=counted(low),
        expiring=counted(left.where(_stock.c.expires_at < now + NEAR_MS)),
        expired=counted(left.where(_stock.c.expires_at < now)),
        counts=counted(waiting.where(count.c.state == CountState.SUBMITTED.value)),
        transit=counted(going.where(transfer.c.open.is_(True))),
    )


def holders(connection: Connection, stock_id: str) -> list[Holder]:
    """The orders that hold steps of a place, the one that must leave first first."""
    held, order = Reservation.table, SupplyOrder.table
    statement = (
        select(order.c.id, order.c.number, order.c.merchant_name, func.sum(held.c.quantity))
        .join_from(held, order, order.c.id == held.c.supply_order_id)
        .where(held.c.stock_id == stock_id)
        .group_by(order.c.id, order.c.number, order.c.merchant_name, order.c.ship_by)
        .order_by(order.c.ship_by.is_(None), order.c.ship_by, order.c.id)
    )
    return [
        Holder(supply_order_id=row[0], number=row[1], merchant=row[2], quantity=row[3])
        for row in connection.execute(statement)
    ]


class LowGoods(msgspec.Struct, frozen=True, kw_only=True):
    """Goods on sale that are low."""

    sku_id: str
    title: str
    available: int
    decimals: int
    unit: str


def low_goods(connection: Connection, owner_id: str) -> list[LowGoods]:
    """Goods on sale that became low by a sale or a limit, the latest last."""
    statement = (
        select(_sku.c.id, _product.c.title, func.coalesce(_available.c.available, 0), _sku.c.decimals, _sku.c.unit)
        .join_from(_watch, _sku, _sku.c.id == _watch.c.sku_id)
        .join(_product, _product.c.id == _sku.c.product_id)
        .outerjoin(_available, _available.c.id == _sku.c.id)
        .where(_watch.c.owner_id == owner_id, _watch.c.low_since.is_not(None), _sku.c.on_sale.is_(True))
        .order_by(_watch.c.low_since, _sku.c.id)
    )
    names = LowGoods.__struct_fields__
    return [LowGoods(**dict(zip(names, row, strict=True))) for row in connection.execute(statement)]
