"""What a merchant sees of the catalog: the tree with counts, lists of products, and one product in full."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Text, and_, case, cast, func, literal_column, or_, select

from s2b_desktop.models.barcodes import further
from s2b_desktop.models.categories import category_detail
from s2b_desktop.models.name_order import NameOrder, by_name
from s2b_desktop.models.queries.facets import Choice, Facet, chosen, facets
from s2b_desktop.models.rows import rowids_of
from s2b_desktop.models.search import search_goods
from s2b_domain.access import CLASSES_OF, Actor
from s2b_domain.commands.costs import prices_for
from s2b_domain.commands.quote import listing_id
from s2b_domain.records.catalog import STANDARD_LEVEL, Attribute, Category, Price, Product, Sku
from s2b_domain.records.party import Organisation, TradeTerms
from s2b_domain.records.shop import Listing
from s2b_domain.records.stock import Availability
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.gs1 import variants
from s2b_domain.rules.onboarding import ContentState

NEW_WITHIN = 7 * 24 * 3600 * 1000
"""Milliseconds: what was submitted no longer ago counts as new this week."""

SEARCH_LIMIT = 2000
"""Products that a search text finds at most."""

UNSORTED = ""
"""The category id of products that have none."""

ProductSort = Literal["", "title", "brand", "supplier", "price", "stock"]

_product, _sku, _price, _stock = Product.table, Sku.table, Price.table, Availability.table
_rowid: ColumnElement[int] = literal_column("product.rowid")
_shown = _product.c.state == ContentState.LIVE.value
_sold = and_(_sku.c.live, _sku.c.on_sale)


class ProductFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which products to list; `category_ids` None is all, `new_since` in ms, `choices` by key of a facet."""

    category_ids: frozenset[str] | None = None
    in_stock: bool = False
    dropship: bool = False
    new_since: int | None = None
    choices: dict[str, Choice] = {}
    supplier_id: str = ""


class ProductRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the catalog. Prices in 1/10,000 yuan; `available` in steps, None where units differ.
    `picture` is how the first one is named."""

    rowid: int
    id: str
    title: str
    brand: str
    supplier: str
    picture: str
    price_from: int | None
    price_to: int | None
    available: int | None
    in_stock: bool
    unit: str
    decimals: int
    skus: int
    dropship: bool


class CatalogFacts(msgspec.Struct, frozen=True, kw_only=True):
    """How many products there are, and how many of them pass each filter."""

    all: int
    in_stock: int
    dropship: int
    new: int


class SkuOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU with what it costs this merchant and what may be promised of it (steps).

    `package` is the number of steps in the package whose barcode found it; `listing` is how the shop lists it, or did.
    """

    sku: Sku
    product_title: str
    supplier_name: str
    trading: bool
    price: Price | None
    available: int
    package: int | None = None
    listing: Listing | None = None

    @property
    def shelf_price(self) -> int | None:
        """What the shop asks (1/10,000 yuan): its own price, else the suggested one."""
        listed = self.listing is not None and self.listing.on_sale
        return self.listing.price if self.listing is not None and listed else self.sku.retail_price


class ProductDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one product; `attributes` are what its category asks for, named in both languages."""

    product: Product
    supplier: Organisation | None
    category: tuple[Category, ...]
    attributes: tuple[Attribute, ...]
    offers: tuple[SkuOffer, ...]


def knows_terms(actor: Actor) -> bool:
    """Whether the actor's desktop holds what was agreed with suppliers, and so must choose among price levels."""
    return actor.role is not None and "money" in CLASSES_OF[actor.role]


def _priced(actor: Actor) -> ColumnElement[bool]:
    """Join condition: the price that this merchant pays."""
    standard = _price.c.level == STANDARD_LEVEL
    other = _price.alias("agreed_price")
    agreed: ColumnElement[bool] = _price.c.level != STANDARD_LEVEL
    special: ColumnElement[bool] = other.c.level != STANDARD_LEVEL
    if knows_terms(actor):
        terms = TradeTerms.table
        level = (
            select(terms.c.level)
            .where(terms.c.merchant_id == actor.organisation_id, terms.c.supplier_id == _sku.c.supplier_id)
            .scalar_subquery()
        )
        agreed, special = and_(agreed, _price.c.level == level), and_(special, other.c.level == level)
    better = select(other.c.id).where(other.c.sku_id == _sku.c.id, other.c.live, special).exists()
    return and_(_price.c.sku_id == _sku.c.id, _price.c.live, or_(agreed, and_(standard, ~better)))


def _conditions(wanted: ProductFilter, *, few: bool = False) -> list[ColumnElement[bool]]:
    """What a product must fulfil; for `few` candidates each is looked at by itself."""
    conditions: list[ColumnElement[bool]] = [_shown]
    if wanted.category_ids is not None:
        conditions.append(_product.c.category_id.in_(sorted(wanted.category_ids)))
    if wanted.supplier_id:
        conditions.append(_product.c.supplier_id == wanted.supplier_id)
    if wanted.new_since is not None:
        conditions.append(_product.c.submitted_at >= wanted.new_since)
    there = select(_sku.c.product_id).where(_sold)
    for asked, skus in (
        (wanted.dropship, there.where(_sku.c.dropship)),
        (wanted.in_stock, there.join(_stock, _stock.c.id == _sku.c.id).where(_stock.c.available > 0)),
    ):
        if asked:
            alone = skus.where(_sku.c.product_id == _product.c.id).correlate(_product).exists()
            conditions.append(alone if few else _product.c.id.in_(skus))
    return [*conditions, *map(chosen, wanted.choices.values())]


def product_names() -> NameOrder:
    """The order of all products on offer by title."""
    return NameOrder(select(_rowid, _product.c.title).where(_shown))


def product_rowids(
    connection: Connection,
    actor: Actor,
    names: NameOrder,
    wanted: ProductFilter,
    text: str = "",
    sort: ProductSort = "",
    descending: bool = False,
) -> "array[int]":
    """Rowids of the products on offer, in order; unsorted is newest first, or best first for a search text.
    `names` are `product_names`, kept by who lists them."""
    conditions = _conditions(wanted)
    if text.strip():
        among = search_goods(connection, text.strip(), limit=SEARCH_LIMIT)
        found = matching(connection, among, wanted)
        if not sort:
            return found
        conditions = [_rowid.in_([*found])]
    if sort == "title":
        listed = None if conditions == [_shown] else _listed(connection, actor, conditions, "", False)
        return names.rowids(connection, listed, descending=descending)
    return _listed(connection, actor, conditions, sort, descending)


def category_facets(
    connection: Connection, category_id: str, wanted: ProductFilter, text: str = ""
) -> tuple[Facet, ...]:
    """What the listed goods of a category can be narrowed by."""
    conditions = _conditions(msgspec.structs.replace(wanted, choices={}))
    if text.strip():
        conditions.append(_rowid.in_([*search_goods(connection, text.strip(), limit=SEARCH_LIMIT)]))
    return facets(connection, category_id, conditions, wanted.choices)


def _listed(
    connection: Connection,
    actor: Actor,
    conditions: list[ColumnElement[bool]],
    sort: ProductSort,
    descending: bool,
) -> "array[int]":
    statement: Select[Any] = select(_rowid).select_from(_product).where(*conditions)
    key: ColumnElement[Any] = _product.c.submitted_at
    if sort in ("brand", "supplier"):
        organisation = Organisation.table
        joined = statement.outerjoin(organisation, organisation.c.id == _product.c.supplier_id)
        named = joined.add_columns(organisation.c.name if sort == "supplier" else _product.c.brand)
        return by_name(connection.execute(named).cursor.fetchall(), descending=descending)
    if sort in ("price", "stock"):
        statement = statement.outerjoin(_sku, and_(_sku.c.product_id == _product.c.id, _sold)).group_by(_rowid)
        if sort == "price":
            statement = statement.outerjoin(_price, _priced(actor))
            key = func.min(_price.c.supply_price)
        else:
            statement = statement.outerjoin(_stock, _stock.c.id == _sku.c.id)
            key = func.coalesce(func.sum(func.max(_stock.c.available, 0)), 0)
    statement = statement.order_by(key.asc() if sort and not descending else key.desc(), _rowid.desc())
    return rowids_of(connection.execute(statement))


def matching(connection: Connection, rowids: Sequence[int], wanted: ProductFilter) -> "array[int]":
    """Those of some found rowids that pass a filter, in their order."""
    kept: set[int] = set()
    for start in range(0, len(rowids), 500):
        among = _rowid.in_([*rowids[start : start + 500]])
        kept.update(connection.execute(select(_rowid).where(among, *_conditions(wanted, few=True))).scalars())
    return array("q", (rowid for rowid in rowids if rowid in kept))


def product_rows(connection: Connection, actor: Actor, rowids: Sequence[int]) -> list[ProductRow]:
    """The lines of these products in this order; one that has gone meanwhile is an empty line."""
    organisation = Organisation.table
    units = func.count(func.distinct(_sku.c.unit + cast(_sku.c.decimals, Text)))
    statement = (
        select(
            _rowid,
            _product.c.id,
            _product.c.title,
            _product.c.brand,
            func.coalesce(organisation.c.name, ""),
            func.coalesce(func.json_extract(_product.c.images, "$[0]"), ""),
            func.min(_price.c.supply_price),
            func.max(_price.c.supply_price),
            case((units == 1, func.coalesce(func.sum(func.max(_stock.c.available, 0)), 0))),
            func.coalesce(func.max(_stock.c.available), 0) > 0,
            func.coalesce(func.min(_sku.c.unit), ""),
            func.coalesce(func.min(_sku.c.decimals), 0),
            func.count(_sku.c.id),
            func.coalesce(func.max(_sku.c.dropship), False),
        )
        .select_from(_product)
        .outerjoin(organisation, organisation.c.id == _product.c.supplier_id)
        .outerjoin(_sku, and_(_sku.c.product_id == _product.c.id, _sold))
        .outerjoin(_price, _priced(actor))
        .outerjoin(_stock, _stock.c.id == _sku.c.id)
        .where(_rowid.in_([*rowids]))
        .group_by(_rowid)
    )
    names = ProductRow.__struct_fields__
    found = {row[0]: ProductRow(**dict(zip(names, row, strict=True))) for row in connection.execute(statement)}
    return [found.get(rowid) or _gone(rowid) for rowid in rowids]


def _gone(rowid: int) -> ProductRow:
    return ProductRow(
        rowid=rowid,
        id="",
        title="",
        brand="",
        supplier="",
        picture="",
        price_from=None,
        price_to=None,
        available=0,
        in_stock=False,
        unit="",
        decimals=0,
        skus=0,
        dropship=False,
    )


def category_tree(connection: Connection, supplier_id: str = "") -> tuple[list[Category], dict[str, int]]:
    """The categories on the way to goods, of one supplier or all, in the order of ids and without what they ask for,
    and how many products are directly in each; `UNSORTED` for those in none."""
    among = _conditions(ProductFilter(supplier_id=supplier_id))
    statement = select(_product.c.category_id, func.count()).where(*among).group_by(_product.c.category_id)
    counts: dict[str, int] = dict(connection.execute(statement).all())
    fields = ("id", "parent_id", "name_zh", "name_en", "position")
    rows = {row[0]: row for row in connection.execute(select(*(Category.table.c[f] for f in fields)))}
    wanted: set[str] = set()
    for id_ in counts:
        while id_ in rows and id_ not in wanted:
            wanted.add(id_)
            id_ = rows[id_][1]
    return [Category(**dict(zip(fields, rows[id_], strict=True))) for id_ in sorted(wanted)], counts


def catalog_facts(connection: Connection, new_since: int, within: ProductFilter, text: str = "") -> CatalogFacts:
    """The figures of the fact cards, `within` a category or the goods of a supplier, and among what `text` finds."""
    found = search_goods(connection, text.strip(), limit=SEARCH_LIMIT) if text.strip() else None

    def count(**card: Any) -> int:
        conditions = _conditions(msgspec.structs.replace(within, **card), few=found is not None)
        if found is not None:
            conditions.append(_rowid.in_([*found]))
        return connection.execute(select(func.count()).select_from(_product).where(*conditions)).scalar_one()

    return CatalogFacts(
        all=count(), in_stock=count(in_stock=True), dropship=count(dropship=True), new=count(new_since=new_since)
    )


def catalog_size(connection: Connection, new_since: int) -> tuple[int, int]:
    """How many products there are and how many of them came since then: quick enough for the main thread."""
    total = select(func.count()).select_from(_product).where(_shown)
    fresh = total.where(_product.c.submitted_at >= new_since)
    return connection.execute(total).scalar_one(), connection.execute(fresh).scalar_one()


def product_rowid(connection: Connection, product_id: str) -> int | None:
    """Where a product stands in paged tables."""
    return connection.execute(select(_rowid).select_from(_product).where(_product.c.id == product_id)).scalar()


def product_detail(connection: Connection, actor: Actor, rowid: int) -> ProductDetail | None:
    """One product with its supplier, its place in the tree (top first) and its SKUs on sale by code."""
    id_ = connection.execute(select(_product.c.id).where(_rowid == rowid)).scalar()
    store = RecordStore(connection)
    product = store.get(Product, id_) if id_ else None
    if product is None:
        return None
    skus = [s for s in store.find(Sku, product_id=product.id) if s.live and s.on_sale]
    made = offers(connection, actor, [s.id for s in skus])
    detail = category_detail(connection, product.category_id)
    return ProductDetail(
        product=product,
        supplier=store.get(Organisation, product.supplier_id),
        category=detail.line if detail else (),
        attributes=tuple(asked.attribute for asked in detail.asked) if detail else (),
        offers=tuple(sorted(made.values(), key=lambda o: o.sku.code)),
    )


def offers(connection: Connection, actor: Actor, sku_ids: Iterable[str]) -> dict[str, SkuOffer]:
    """SKU id -> what it is offered for now; SKUs that are gone are left out."""
    store = RecordStore(connection)
    skus = {s.id: s for s in store.find_in(Sku, "id", sku_ids)}
    titles = {p.id: p.title for p in store.find_in(Product, "id", [s.product_id for s in skus.values()])}
    suppliers = {o.id: o for o in store.find_in(Organisation, "id", [s.supplier_id for s in skus.values()])}
    prices = prices_for(store, actor.organisation_id, skus, knows_terms=knows_terms(actor))
    stock = {a.id: a.available for a in store.find_in(Availability, "id", skus)}
    ids = [listing_id(actor.organisation_id, id_) for id_ in skus]
    listings = {x.sku_id: x for x in store.find_in(Listing, "id", ids)}
    return {
        sku.id: SkuOffer(
            sku=sku,
            product_title=titles.get(sku.product_id, ""),
            supplier_name=suppliers[sku.supplier_id].name if sku.supplier_id in suppliers else "",
            trading=_trades(suppliers, sku.supplier_id),
            price=prices.get(sku.id),
            available=max(0, stock.get(sku.id, 0)),
            listing=listings.get(sku.id),
        )
        for sku in skus.values()
    }


def _trades(suppliers: Mapping[str, Organisation], supplier_id: str) -> bool:
    supplier = suppliers.get(supplier_id)
    return supplier is not None and supplier.state.value == "APPROVED"


def skus_by_code(connection: Connection, text: str) -> dict[str, int | None]:
    """The SKUs on sale that `text` names exactly: their ids, with the steps of the package that bears the barcode.

    A barcode is worth more than a code, and a SKU's first one more than its others.
    """
    steps = further(connection, text)
    rowid: ColumnElement[int] = literal_column("sku.rowid")
    for named in (_sku.c.barcode.in_(variants(text)), rowid.in_(list(steps)), _sku.c.code == text):
        found = connection.execute(select(_sku.c.id, rowid).select_from(_sku).where(named, _sold)).all()
        if found:
            return {id_: steps.get(at) for id_, at in found}
    return {}


def skus_of_products(connection: Connection, actor: Actor, rowids: Sequence[int], limit: int) -> list[SkuOffer]:
    """The SKUs on sale of found products, product by product in their order, at most `limit`."""
    ranked = {rowid: rank for rank, rowid in enumerate(rowids)}
    statement = (
        select(_rowid, _sku.c.id)
        .select_from(_product)
        .join(_sku, and_(_sku.c.product_id == _product.c.id, _sold))
        .where(_shown, _rowid.in_([*rowids[:500]]))
    )
    pairs = sorted(connection.execute(statement), key=lambda pair: (ranked[pair[0]], pair[1]))
    ids = [id_ for _, id_ in pairs][:limit]
    found = offers(connection, actor, ids)
    return [found[id_] for id_ in ids]


def find_skus(connection: Connection, actor: Actor, text: str, limit: int) -> list[SkuOffer]:
    """SKUs to pick for what was typed or scanned; an exact barcode or code stands alone."""
    exact = skus_by_code(connection, text.strip())
    if exact:
        found = offers(connection, actor, exact)
        return [msgspec.structs.replace(found[id_], package=steps) for id_, steps in exact.items()]
    return skus_of_products(connection, actor, search_goods(connection, text, limit=limit), limit)
