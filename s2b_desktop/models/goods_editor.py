"""All goods of a supplier as a dry run that changes nothing yet: what the grid editor edits, cell by cell."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection, Text, bindparam, func, literal_column, select

from s2b_desktop.models.queries.goods import Review, review_of
from s2b_domain.intake.diff import UNCHANGED, Plan
from s2b_domain.intake.examination import Examination
from s2b_domain.intake.goods import FIELDS, GoodsRow
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.policy import Policy
from s2b_domain.records.catalog import Attribute, Category, Product, Revision, Sku
from s2b_domain.records.record import decode_all
from s2b_domain.rules.attributes import Field, effective
from s2b_domain.rules.onboarding import ContentState

POLICY = Policy(mode="update", blank="clear", leading_zeros="keep", bad_barcodes="keep")
MOST_NAMES = 60
"""Columns of specifications and parameters at most, the most used first."""
_FIRST = ("sku_code", "title", "supply_price", "dropship_price", "retail_price", "stock_qty", "on_sale", "category")
_NAMED = frozenset({"specs", "parameters"})
_HIDDEN = frozenset({"product_key"})
_PLAIN = (*_FIRST, *(f for f in FIELDS if f not in _NAMED | _HIDDEN and f not in _FIRST))
_sku, _product, _revision = Sku.table, Product.table, Revision.table
_category, _attribute = Category.table, Attribute.table
_texts = msgspec.json.Decoder(dict[str, str]).decode
_list = msgspec.json.Decoder(tuple[str, ...]).decode


class Beside(msgspec.Struct, frozen=True):
    """Where the content of a SKU stands; `live` is what merchants see now, where other content waits or was refused."""

    review: Review
    reasons: tuple[str, ...] = ()
    live: GoodsRow | None = None


def opened(connection: Connection, supplier_id: str, rowids: Sequence[int] | None) -> tuple[Examination, list[str]]:
    """The goods of these SKU rowids in this order (None: all, by code), with the columns that suit their categories,
    and their codes."""
    listed = func.json_each(bindparam("rowids", type_=Text)).table_valued("value")
    statement = select(literal_column("sku.rowid"), _sku.c.code).where(_sku.c.supplier_id == supplier_id)
    if rowids is None:
        codes = [row[1] for row in connection.execute(statement.order_by(_sku.c.code))]
    else:
        wanted = msgspec.json.encode(list(rowids)).decode()
        chosen = statement.where(literal_column("sku.rowid").in_(select(listed.c.value)))
        found = {row[0]: row[1] for row in connection.execute(chosen, {"rowids": wanted})}
        codes = [found[rowid] for rowid in rowids if rowid in found]
    numbers = list(range(1, len(codes) + 1))
    examination = Examination(
        file="",
        kind="",
        encoding="",
        delimiter="",
        dialect="s2b",
        sheet="",
        sheets=(),
        header_row=None,
        header_rows=0,
        layout="",
        columns=columns(connection, supplier_id),
        policy=POLICY,
        plan=Plan(unchanged=numbers, order=bytearray([UNCHANGED]) * len(codes)),
        aside=(),
        notes=(),
    )
    return examination, codes


def columns(connection: Connection, supplier_id: str) -> tuple[ColumnMap, ...]:
    """A column per field, and one per specification and parameter that the goods have or their categories ask for."""
    named = [("specs", name) for name in _names(connection, supplier_id, "specs")]
    named += [("parameters", name) for name in _names(connection, supplier_id, "parameters")]
    for attribute in _asked(connection, supplier_id):
        pair = ("specs" if attribute.spec else "parameters", attribute.name_zh)
        if pair not in named and ("parameters", attribute.name_zh) not in named:
            named.append(pair)
    plain = [ColumnMap(at, field, field, unit="g" if field == "weight_g" else "") for at, field in enumerate(_PLAIN)]
    return (*plain, *(ColumnMap(len(plain) + at, n, f, n) for at, (f, n) in enumerate(named[:MOST_NAMES])))


def _names(connection: Connection, supplier_id: str, field: str) -> list[str]:
    """Names of specifications or parameters in use, the most used first."""
    table = _sku if field == "specs" else _product
    pairs = func.json_each(table.c[field]).table_valued("key")
    statement = (
        select(pairs.c.key)
        .select_from(table)
        .join(pairs, literal_column("1") == literal_column("1"))
        .where(table.c.supplier_id == supplier_id, table.c[field] != "{}")
        .group_by(pairs.c.key)
        .order_by(func.count().desc(), pairs.c.key)
        .limit(MOST_NAMES)
    )
    return [row[0] for row in connection.execute(statement)]


def _asked(connection: Connection, supplier_id: str) -> list[Field]:
    """What the categories of the goods ask for, with what they inherit."""
    used = select(_product.c.category_id).where(_product.c.supplier_id == supplier_id, _product.c.category_id != "")
    ids = [row[0] for row in connection.execute(used.distinct())]
    tree = {row.id: row for row in decode_all(Category, connection.execute(select(_category)))} if ids else {}
    uses = {e.use.attribute_id: e.use for id_ in ids for e in effective(_path(tree, id_))}
    attributes = select(_attribute).where(_attribute.c.id.in_(uses))
    return [row.field(uses[row.id]) for row in decode_all(Attribute, connection.execute(attributes))]


def _path(tree: Mapping[str, Category], id_: str) -> list[Category]:
    """A category and what is above it, the top first."""
    path: list[Category] = []
    while id_ in tree and len(path) < 64:
        path.insert(0, tree[id_])
        id_ = tree[id_].parent_id
    return path


def beside(connection: Connection, supplier_id: str, codes: Sequence[str]) -> dict[str, Beside]:
    """By code, where the content of SKUs stands and what of it is live."""
    listed = func.json_each(bindparam("codes", type_=Text)).table_valued("value")
    newest = (
        select(func.max(_revision.c.id))
        .where(_revision.c.product_id == _sku.c.product_id)
        .correlate(_sku)
        .scalar_subquery()
    )
    statement = (
        select(
            _sku.c.code,
            _sku.c.live,
            _product.c.state,
            _product.c.reasons,
            _revision.c.state,
            _revision.c.reasons,
            _product.c.title,
            _product.c.brand,
            _product.c.category_text,
            _product.c.description,
            _product.c.parameters,
            _product.c.images,
            _sku.c.specs,
        )
        .select_from(_sku)
        .join(_product, _product.c.id == _sku.c.product_id)
        .outerjoin(_revision, _revision.c.id == newest)
        .where(_sku.c.supplier_id == supplier_id, _sku.c.code.in_(select(listed.c.value)))
    )
    rows = connection.execute(statement, {"codes": msgspec.json.encode(list(codes)).decode()})
    return {row[0]: _beside(row) for row in rows}


def _beside(row: Sequence[str]) -> Beside:
    review, reasons = review_of(bool(row[1]), ContentState(row[2]), row[3], row[4], row[5])
    if review not in (Review.REVISED, Review.REVISION_REJECTED):
        return Beside(review, reasons)
    live = GoodsRow(
        0,
        row[0],
        title=row[6],
        brand=row[7] or None,
        category=row[8] or None,
        description=row[9] or None,
        parameters=_texts(row[10]) or None,
        image_urls=_list(row[11]) or None,
        specs=_texts(row[12]) or None,
    )
    return Beside(review, reasons, live)
