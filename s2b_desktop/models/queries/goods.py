"""A supplier's goods as its own screens show them: one entry per SKU, its detail, and its ledger."""

from array import array
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, case, func, literal_column, or_, select

from s2b_desktop.models.name_order import by_name
from s2b_desktop.models.queries.categories import category_path
from s2b_desktop.models.queries.ledger import warehouses
from s2b_desktop.models.queries.sku_search import search_skus
from s2b_desktop.models.rows import rowids_of
from s2b_domain.commands.stock import main_warehouse_id
from s2b_domain.records.catalog import STANDARD_LEVEL, Category, Price, Product, Revision, Sku
from s2b_domain.records.record import decode_all
from s2b_domain.records.stock import Availability, Stock, StockWatch
from s2b_domain.rules.onboarding import ContentState
from s2b_domain.rules.stock import LOW_STOCK, low_threshold

_CHUNK = 500
SPECS = msgspec.json.Decoder(dict[str, str])
_REASONS = msgspec.json.Decoder(tuple[str, ...])


class Review(StrEnum):
    """Where a SKU's content stands: never approved yet, approved, refused, or approved with newer content."""

    WAITING = "WAITING"
    LIVE = "LIVE"
    REJECTED = "REJECTED"
    REVISED = "REVISED"
    REVISION_REJECTED = "REVISION_REJECTED"


class Shown(StrEnum):
    """Which goods a list shows."""

    ALL = "all"
    ON_SALE = "on_sale"
    REVIEW = "review"
    REJECTED = "rejected"
    LOW = "low"
    OFF_SALE = "off_sale"


class GoodsEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One SKU. Prices in 1/10,000 yuan, stock in steps over all warehouses. `names` are the category's, Chinese then
    English."""

    rowid: int
    sku_id: str
    product_id: str
    code: str
    barcode: str
    title: str
    specs: dict[str, str]
    names: tuple[str, str]
    unit: str
    decimals: int
    supply_price: int | None
    dropship_price: int | None
    on_hand: int
    reserved: int
    available: int
    main_on_hand: int
    places: int
    on_sale: bool
    live: bool
    review: Review
    reasons: tuple[str, ...]
    low_at: int | None = None
    picture: str = ""

    @property
    def low(self) -> bool:
        """Whether it is on sale and will soon run out."""
        return self.on_sale and self.available < low_threshold(self.low_at, self.decimals)


class GoodsCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many SKUs each list has."""

    all: int = 0
    on_sale: int = 0
    review: int = 0
    rejected: int = 0
    low: int = 0
    off_sale: int = 0


class Place(msgspec.Struct, frozen=True):
    """What lies in one warehouse (and lot)."""

    warehouse: str
    stock: Stock


class GoodsDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one SKU. `revision` is newer content that waits or was refused."""

    entry: GoodsEntry
    sku: Sku
    product: Product
    price: Price | None
    revision: Revision | None
    category_path: tuple[tuple[str, str], ...]
    places: tuple[Place, ...]
    siblings: int


_sku, _product, _price = Sku.table, Product.table, Price.table
_revision, _category, _available = Revision.table, Category.table, Availability.table
_rowid: ColumnElement[int] = literal_column("sku.rowid")
_unit = case((_sku.c.decimals == 1, 10), (_sku.c.decimals == 2, 100), (_sku.c.decimals == 3, 1000), else_=1)
_watch = StockWatch.table
_own_limit = (
    select(_watch.c.low_at)
    .where(_watch.c.sku_id == _sku.c.id, _watch.c.owner_id == _sku.c.supplier_id)
    .correlate(_sku)
    .scalar_subquery()
)
USUAL_LOW_AT: ColumnElement[int] = LOW_STOCK * _unit
"""Below how many steps a SKU is low where nothing was said."""
LOW_AT: ColumnElement[int] = func.coalesce(_own_limit, USUAL_LOW_AT)
"""Below how many steps a SKU is low."""
_newest = (
    select(func.max(_revision.c.id))
    .where(_revision.c.product_id == _sku.c.product_id)
    .correlate(_sku)
    .scalar_subquery()
)


def _products(supplier_id: str, state: ContentState) -> Select[tuple[str]]:
    return select(_product.c.id).where(_product.c.state == state.value, _product.c.supplier_id == supplier_id)


def _revised(supplier_id: str, state: ContentState) -> Select[tuple[str]]:
    """Products whose newest revision stands in `state`."""
    newest = select(func.max(_revision.c.id)).where(_revision.c.supplier_id == supplier_id)
    latest = newest.group_by(_revision.c.product_id)
    return select(_revision.c.product_id).where(_revision.c.state == state.value, _revision.c.id.in_(latest))


def _where(supplier_id: str, shown: Shown) -> list[ColumnElement[bool]]:
    mine = [_sku.c.supplier_id == supplier_id]
    if shown is Shown.ON_SALE:
        return [*mine, _sku.c.live.is_(True), _sku.c.on_sale.is_(True)]
    if shown is Shown.OFF_SALE:
        return [*mine, _sku.c.on_sale.is_(False)]
    if shown is Shown.LOW:
        available = select(_available.c.available).where(_available.c.id == _sku.c.id).scalar_subquery()
        return [*mine, _sku.c.on_sale.is_(True), func.coalesce(available, 0) < LOW_AT]
    if shown in (Shown.REVIEW, Shown.REJECTED):
        state = ContentState.SUBMITTED if shown is Shown.REVIEW else ContentState.REJECTED
        fresh, revised = _products(supplier_id, state), _revised(supplier_id, state)
        return [*mine, or_(_sku.c.product_id.in_(fresh), _sku.c.product_id.in_(revised))]
    return mine


def goods_counts(connection: Connection, supplier_id: str) -> GoodsCounts:
    """How many SKUs each list has; one pass over the SKUs."""
    counted = {
        shown.value: connection.scalar(select(func.count()).select_from(_sku).where(*_where(supplier_id, shown))) or 0
        for shown in Shown
    }
    return GoodsCounts(**counted)


def goods_ids(
    connection: Connection,
    supplier_id: str,
    shown: Shown = Shown.ALL,
    text: str = "",
    sort: str = "",
    descending: bool = False,
) -> "array[int]":
    """Rowids of the SKUs of a list: by code, by `sort` (a key of `SORTS`), or, with `text`, best match first."""
    statement = select(_rowid).select_from(_sku).where(*_where(supplier_id, shown))
    found = search_skus(connection, supplier_id, text) if text else None
    if found is not None:
        statement = statement.where(_rowid.in_(found))
    if sort:
        key = SORTS[sort]
        if sort == "title":
            named = statement.join(_product, _product.c.id == _sku.c.product_id).add_columns(key)
            return by_name(connection.execute(named.order_by(_sku.c.code)).cursor.fetchall(), descending=descending)
        if sort.endswith("_price"):
            joined = (_price.c.sku_id == _sku.c.id) & (_price.c.level == STANDARD_LEVEL)
            statement = statement.outerjoin(_price, joined)
        elif sort == "available":
            statement = statement.outerjoin(_available, _available.c.id == _sku.c.id)
        statement = statement.order_by(key.desc() if descending else key, _sku.c.code)
    elif found is None:
        statement = statement.order_by(_sku.c.code)
    rows = rowids_of(connection.execute(statement))
    if found is not None and not sort:
        place = {rowid: at for at, rowid in enumerate(found)}
        return array("q", sorted(rows, key=place.__getitem__))
    return rows


SORTS: dict[str, ColumnElement[Any]] = {
    "code": _sku.c.code,
    "barcode": _sku.c.barcode,
    "title": _product.c.title,
    "supply_price": _price.c.supply_price,
    "dropship_price": _price.c.dropship_price,
    "available": _available.c.available,
}


_ENTRY = (
    select(
        _rowid,
        _sku.c.id,
        _sku.c.product_id,
        _sku.c.code,
        _sku.c.barcode,
        _product.c.title,
        _sku.c.specs,
        _category.c.name_zh,
        _category.c.name_en,
        _product.c.category_text,
        _sku.c.unit,
        _sku.c.decimals,
        _price.c.supply_price,
        _price.c.dropship_price,
        _sku.c.on_sale,
        _sku.c.live,
        _product.c.state,
        _product.c.reasons,
        _revision.c.state,
        _revision.c.reasons,
        _own_limit,
        func.coalesce(func.json_extract(_product.c.images, "$[0]"), ""),
    )
    .select_from(_sku)
    .join(_product, _product.c.id == _sku.c.product_id)
    .outerjoin(_category, _category.c.id == _product.c.category_id)
    .outerjoin(_price, (_price.c.sku_id == _sku.c.id) & (_price.c.level == STANDARD_LEVEL))
    .outerjoin(_revision, _revision.c.id == _newest)
)


def goods_entries(connection: Connection, supplier_id: str, rowids: Sequence[int]) -> list[GoodsEntry]:
    """The entries of these rowids in this order; rowids that are gone are left out."""
    rows: dict[int, Any] = {}
    stocks: dict[str, tuple[int, ...]] = {}
    for start in range(0, len(rowids), _CHUNK):
        part = connection.execute(_ENTRY.where(_rowid.in_(list(rowids[start : start + _CHUNK])))).all()
        rows |= {row[0]: row for row in part}
        stocks |= _stock_of(connection, supplier_id, [row[1] for row in part])
    return [_entry(row, stocks.get(row[1], _NO_STOCK)) for rowid in rowids if (row := rows.get(rowid)) is not None]


_NO_STOCK = (0, 0, 0, 0, 0)


def _stock_of(connection: Connection, supplier_id: str, sku_ids: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """SKU id -> on_hand, reserved, available over all places, places; on_hand in the main warehouse."""
    stock, main = Stock.table, main_warehouse_id(supplier_id)
    total = func.sum
    in_main = (stock.c.warehouse_id == main) & (stock.c.lot == "")
    statement = (
        select(
            stock.c.sku_id,
            total(stock.c.on_hand),
            total(stock.c.reserved),
            total(stock.c.on_hand - stock.c.reserved - stock.c.leased),
            func.count(),
            total(case((in_main, stock.c.on_hand), else_=0)),
        )
        .where(stock.c.owner_id == supplier_id, stock.c.sku_id.in_(list(sku_ids)))
        .group_by(stock.c.sku_id)
    )
    return {row[0]: tuple(row[1:]) for row in connection.execute(statement)}


def _entry(row: Any, stock: tuple[int, ...]) -> GoodsEntry:
    review, reasons = review_of(row[15], ContentState(row[16]), row[17], row[18], row[19])
    return GoodsEntry(
        rowid=row[0],
        sku_id=row[1],
        product_id=row[2],
        code=row[3],
        barcode=row[4],
        title=row[5],
        specs=SPECS.decode(row[6]),
        names=(row[7] or row[9], row[8] or row[9]),
        unit=row[10],
        decimals=row[11],
        supply_price=row[12],
        dropship_price=row[13],
        on_sale=row[14],
        live=row[15],
        review=review,
        reasons=reasons,
        on_hand=stock[0],
        reserved=stock[1],
        available=stock[2],
        places=stock[3],
        main_on_hand=stock[4],
        low_at=row[20],
        picture=row[21],
    )


def review_of(
    live: bool, state: ContentState, reasons: str, revision: str | None, why: str | None
) -> tuple[Review, tuple[str, ...]]:
    """Where content stands, from a SKU, its product and the newest revision, with the reviewer's reasons."""
    if state is ContentState.SUBMITTED:
        return Review.WAITING, ()
    if state is ContentState.REJECTED:
        return Review.REJECTED, _REASONS.decode(reasons)
    if revision == ContentState.SUBMITTED:
        return (Review.REVISED if live else Review.WAITING), ()
    if revision == ContentState.REJECTED:
        return (Review.REVISION_REJECTED if live else Review.REJECTED), _REASONS.decode(why or "[]")
    return Review.LIVE, ()


def goods_detail(connection: Connection, supplier_id: str, rowid: int) -> GoodsDetail | None:
    """Everything about one SKU, or None if it is gone."""
    entries = goods_entries(connection, supplier_id, [rowid])
    if not entries:
        return None
    entry = entries[0]
    sku = _one(connection, Sku, entry.sku_id)
    product = _one(connection, Product, entry.product_id)
    level = _price.c.level == STANDARD_LEVEL
    prices = decode_all(Price, connection.execute(select(_price).where(_price.c.sku_id == sku.id, level)))
    newest = select(_revision).where(_revision.c.product_id == product.id).order_by(_revision.c.id.desc()).limit(1)
    revisions = decode_all(Revision, connection.execute(newest))
    pending = [r for r in revisions if r.state in (ContentState.SUBMITTED, ContentState.REJECTED)]
    count = select(func.count()).select_from(_sku).where(_sku.c.product_id == product.id)
    return GoodsDetail(
        entry=entry,
        sku=sku,
        product=product,
        price=prices[0] if prices else None,
        revision=pending[0] if pending and product.state is ContentState.LIVE else None,
        category_path=category_path(connection, product.category_id),
        places=_places(connection, supplier_id, sku.id),
        siblings=connection.scalar(count) or 1,
    )


def _one(connection: Connection, cls: Any, id_: str) -> Any:
    return decode_all(cls, connection.execute(select(cls.table).where(cls.table.c.id == id_)))[0]


def _places(connection: Connection, supplier_id: str, sku_id: str) -> tuple[Place, ...]:
    stock = Stock.table
    mine = select(stock).where(stock.c.owner_id == supplier_id, stock.c.sku_id == sku_id)
    rows = decode_all(Stock, connection.execute(mine))
    names = warehouses(connection, supplier_id)
    order = {id_: at for at, id_ in enumerate(names)}
    rows.sort(key=lambda s: (order.get(s.warehouse_id, len(order)), s.lot))
    return tuple(Place(names.get(s.warehouse_id, ""), s) for s in rows)


def entry_of(connection: Connection, supplier_id: str, sku_id: str) -> GoodsEntry | None:
    """The entry of a SKU by its id."""
    rowid = connection.scalar(select(_rowid).select_from(_sku).where(_sku.c.id == sku_id))
    found = goods_entries(connection, supplier_id, [rowid]) if rowid is not None else []
    return found[0] if found else None
