"""What lies between an examined sheet and the commands that import it: goods that are there already, and lines.

Used by the import screens and by `s2b-desktop import`:

    examination, _ = look_through(connection, supplier_id, path)
    for command in commands_for(examination): ...   # all with one import_id
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Text, bindparam, func, literal_column, or_, select, text

from s2b_desktop.models.categories import schema_named
from s2b_desktop.models.goods_cells import cell_of, cells_of
from s2b_domain.commands.command import MAX_PAYLOAD
from s2b_domain.commands.goods import CLEARABLE as CLEARED_BY_NAME
from s2b_domain.commands.goods import MAX_LINES, GoodsLine, ImportGoods, check_line
from s2b_domain.commands.stock import main_warehouse_id
from s2b_domain.errors import Refused
from s2b_domain.intake.cleaning import clean_category
from s2b_domain.intake.diff import CHANGED, NEW, WRONG, Change, Plan, WrongRow
from s2b_domain.intake.examination import Examination, Progress, examine
from s2b_domain.intake.export import write_xlsx
from s2b_domain.intake.fitting import Fitting
from s2b_domain.intake.goods import FIELDS, GoodsRow, Issue, decimals_of
from s2b_domain.intake.illustrations import Illustrate
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.policy import Policy
from s2b_domain.records.catalog import STANDARD_LEVEL, Content, Price, Product, Revision, Sku
from s2b_domain.records.stock import Stock
from s2b_domain.rules.blobs import file_in, is_address
from s2b_domain.rules.onboarding import ContentState
from s2b_domain.rules.pricing import Tier
from s2b_domain.rules.units import Unit

CONTENT = ("title", "brand", "category", "description", "specs", "parameters", "image_urls")
"""Fields that are reviewed; all others act at once."""

_MOST_BYTES = MAX_PAYLOAD * 9 // 10
_ATTRIBUTES = {
    "dropship_allowed": "dropship",
    "min_qty": "min_quantity",
    "stock_qty": "stock",
    "image_urls": "images",
}
_FIELDS = {"code": "sku_code"} | {attribute: field for field, attribute in _ATTRIBUTES.items()}
_EMPTY: dict[str, Any] = {"barcodes": (), "image_urls": (), "tiers": (), "packages": (), "parameters": {}, "specs": {}}
_encode = msgspec.msgpack.Encoder().encode
_content = msgspec.json.Decoder(Content)
_tiers = msgspec.json.Decoder(tuple[Tier, ...])
_packages = msgspec.json.Decoder(tuple[Unit, ...])
_decode = msgspec.json.decode

_sku, _product, _price, _stock, _revision = Sku.table, Product.table, Price.table, Stock.table, Revision.table
_submitted = func.coalesce(_revision.c.state, "") == ContentState.SUBMITTED.value
"""Not by the index of states: there may be as many submitted revisions as products."""
_any = _stock.alias()


def _held(stock: Any) -> ColumnElement[bool]:
    return or_(stock.c.on_hand != 0, stock.c.reserved != 0, stock.c.leased != 0)


_GOODS = (
    select(
        _sku.c.code,
        _product.c.product_key,
        _product.c.title,
        _product.c.brand,
        _product.c.category_text,
        _product.c.description,
        _sku.c.specs,
        _product.c.parameters,
        _sku.c.barcode,
        _sku.c.more_barcodes,
        _sku.c.unit,
        _price.c.supply_price,
        _price.c.dropship_price,
        _sku.c.dropship,
        _sku.c.retail_price,
        _sku.c.weight_g,
        _sku.c.min_quantity,
        _sku.c.order_step,
        _sku.c.tax_rate_bp,
        _sku.c.tax_code,
        _stock.c.on_hand,
        _sku.c.on_sale,
        _product.c.images,
        _revision.c.content,
        _revision.c.specs,
        _sku.c.id,
        or_(
            func.coalesce(_held(_stock), False),
            select(_any.c.id).where(_any.c.sku_id == _sku.c.id, _held(_any)).exists(),
        ),
        _price.c.tiers,
        _sku.c.packages,
    )
    .select_from(_sku)
    .join(_product, _product.c.id == _sku.c.product_id)
    .outerjoin(_price, (_price.c.sku_id == _sku.c.id) & (_price.c.level == STANDARD_LEVEL))
    .outerjoin(
        _stock,
        (_stock.c.owner_id == bindparam("supplier"))
        & (_stock.c.sku_id == _sku.c.id)
        & (_stock.c.warehouse_id == bindparam("warehouse"))
        & (_stock.c.lot == ""),
    )
    .outerjoin(_revision, (_revision.c.product_id == _product.c.id) & _submitted)
    .where(_sku.c.supplier_id == bindparam("supplier"))
)
_listed = func.json_each(bindparam("codes", type_=Text)).table_valued("value")
_HOLDERS = text(
    "SELECT asked.value, sku.code FROM json_each(:codes) asked JOIN local_barcode b ON b.code = asked.value"
    " JOIN sku ON sku.rowid = b.sku_rowid WHERE sku.supplier_id = :supplier UNION"
    " SELECT asked.value, sku.code FROM json_each(:codes) asked JOIN sku ON sku.barcode = asked.value"
    " WHERE sku.supplier_id = :supplier"
)
_BY_CODE = _GOODS.where(_sku.c.code.in_(select(_listed.c.value)))


class Existing:
    """A supplier's goods as an import compares them, by SKU code.

    Stock is that of the main warehouse, which an import sets; content is the newest that was submitted.
    """

    def __init__(self, connection: Connection, supplier_id: str) -> None:
        self._connection = connection
        self._bound = {"supplier": supplier_id, "warehouse": main_warehouse_id(supplier_id)}

    def __call__(self, codes: Sequence[str]) -> dict[str, GoodsRow]:
        """The goods that exist among `codes`."""
        listed = msgspec.json.encode(codes).decode()
        # as the driver gives them: no row of SQLAlchemy's for each
        rows = self._connection.execute(_BY_CODE, {**self._bound, "codes": listed}).cursor.fetchall()
        return {row[0]: _goods(row) for row in rows}


def all_goods(connection: Connection, supplier_id: str, sku_rowids: Sequence[int] | None = None) -> list[GoodsRow]:
    """A supplier's goods for the export: all, or those of some SKU rowids, in the order of their codes."""
    statement = _GOODS.order_by(_sku.c.code)
    if sku_rowids is not None:
        rowids = func.json_each(bindparam("rowids", type_=Text)).table_valued("value")
        statement = statement.where(literal_column("sku.rowid").in_(select(rowids.c.value)))
    bound = {"supplier": supplier_id, "warehouse": main_warehouse_id(supplier_id)}
    if sku_rowids is not None:
        bound["rowids"] = msgspec.json.encode(list(sku_rowids)).decode()
    return [_goods(row) for row in connection.execute(statement, bound)]


def write_goods(
    connection: Connection, supplier_id: str, sku_rowids: Sequence[int] | None, path: Path, english: bool
) -> int:
    """Write goods as a sheet that can be imported again, and return their number; OSError if it cannot be written."""
    goods = all_goods(connection, supplier_id, sku_rowids)
    write_xlsx(goods, path, english=english)
    return len(goods)


def look_through(
    connection: Connection,
    supplier_id: str,
    path: Path,
    *,
    mapping: Sequence[ColumnMap] | None = None,
    sheet: str | int | None = None,
    area: str | None = None,
    transposed: bool | None = None,
    header_row: int | None = None,
    policy: Policy | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    english: bool = False,
    places: Mapping[str, str] = {},
    illustrate: Illustrate | None = None,
) -> tuple[Examination, list[str]]:
    """The dry run of a file against a supplier's goods, and the SKU codes of all its rows in order; `Refused`."""
    examination = examine(
        path,
        mapping=mapping,
        sheet=sheet,
        area=area,
        transposed=transposed,
        header_row=header_row,
        existing=Existing(connection, supplier_id),
        policy=policy,
        progress=progress,
        cancelled=cancelled,
        illustrate=illustrate,
    )
    schema, held = partial(schema_named, connection, supplier_id), partial(holders, connection, supplier_id)
    fitting = Fitting(schema, english, places, held)
    return settle(examination, fitting), examination.plan.codes


def holders(connection: Connection, supplier_id: str, codes: Sequence[str]) -> dict[str, str]:
    """By barcode, the code of a supplier's goods that have it, of their unit or of a package."""
    asked = {"codes": msgspec.json.encode(list(codes)).decode(), "supplier": supplier_id}
    return {row[0]: row[1] for row in connection.execute(_HOLDERS, asked)}


def goods_by_code(connection: Connection, supplier_id: str, codes: Sequence[str]) -> dict[str, GoodsRow]:
    """The goods that exist among `codes`."""
    return Existing(connection, supplier_id)(codes)


def _goods(row: Any) -> GoodsRow:
    content = _content.decode(row[23]) if row[23] is not None else None
    barcodes = (row[8], *_decode(row[9])) if row[9] != "[]" else (row[8],)
    specs = _decode(row[6]) if row[6] != "{}" else None
    if row[24] is not None and row[24] != "{}":
        specs = _decode(row[24]).get(row[25], specs) or None
    return GoodsRow(
        0,
        row[0],
        row[1],
        content.title if content else row[2],
        (content.brand if content else row[3]) or None,
        _category(content.category_text if content else row[4]),
        (content.description if content else row[5]) or None,
        specs,
        (content.parameters or None) if content else _decode(row[7]) if row[7] != "{}" else None,
        barcodes if row[8] else None,
        row[10],
        row[11],
        row[12],
        bool(row[13]),
        row[14],
        row[15],
        row[16],
        row[17],
        row[18],
        row[19] or None,
        row[20] or 0,
        bool(row[21]),
        (content.images or None) if content else tuple(_decode(row[22])) if row[22] != "[]" else None,
        tuple(t for t in _tiers.decode(row[27]) if t.price < row[11]) or None if row[27] not in (None, "[]") else None,
        _packages.decode(row[28]) if row[28] != "[]" else None,
        bool(row[26]),
    )


@lru_cache(maxsize=20_000)
def _category(text: str) -> str | None:
    """A stored category as the import would write it, so that only another category is a change."""
    return str(clean_category(text)) if text else None


def settle(examination: Examination, fitting: Fitting | None = None) -> Examination:
    """The examination with what the books will not take moved to the wrong rows, so that the dry run is honest."""
    plan, columns = examination.plan, examination.columns
    if fitting is not None and fitting.places:
        plan.new = [fitting.placed(row) for row in plan.new]
    refused: dict[int, tuple[Issue, ...]] = {}
    unusual: list[Issue] = []
    for row in plan.new:
        if (issue := _refused(line_of(row), row, columns)) is not None:
            refused[id(row)] = (issue,)
        elif fitting is not None and (found := fitting.of_new(row, columns)):
            if wrong_ones := tuple(i for i in found if i.level == "error"):
                refused[id(row)] = wrong_ones
            else:
                unusual += found
    for change in plan.changed:
        if (issue := _refused(change_line(change), change.goods, columns)) is not None:
            refused[id(change)] = (issue,)
        elif fitting is not None:
            unusual += fitting.of_change(change, columns)
    for entry, issue in fitting.taken(plan, columns) if fitting is not None else ():
        refused.setdefault(id(entry), (issue,))
    if not refused and not unusual:
        return examination
    warnings = [*plan.warnings, *unusual]
    settled = Plan(unchanged=plan.unchanged, skipped=plan.skipped, warnings=warnings, codes=plan.codes)
    new, changed, wrong = iter(plan.new), iter(plan.changed), iter(plan.wrong)
    for kind in plan.order:
        if kind == NEW:
            row = next(new)
            kind = _placed(settled.new, settled, row, row, refused.get(id(row)), columns) or kind
        elif kind == CHANGED:
            change = next(changed)
            kind = _placed(settled.changed, settled, change, change.goods, refused.get(id(change)), columns) or kind
        elif kind == WRONG:
            settled.wrong.append(next(wrong))
        settled.order.append(kind)
    return msgspec.structs.replace(examination, plan=settled)


def _placed(
    good: list[Any],
    plan: Plan,
    entry: object,
    goods: GoodsRow,
    issues: tuple[Issue, ...] | None,
    columns: Sequence[ColumnMap],
) -> int:
    """Keep an entry among the good ones (0), or as a wrong row (`WRONG`)."""
    if issues is None:
        good.append(entry)
        return 0
    plan.wrong.append(WrongRow(goods.row, cells_of(goods, columns), issues))
    return WRONG


def _refused(line: GoodsLine, goods: GoodsRow, columns: Iterable[ColumnMap]) -> Issue | None:
    try:
        check_line(line)
    except Refused as refused:
        attribute = str(refused.params["field"])
        field = _FIELDS.get(attribute, attribute)
        label = next((c.label for c in columns if c.field == field), "")
        value = cell_of(goods, field)[:120] if field in FIELDS else ""
        return Issue(goods.row, label, field, "out_of_range", value)
    if len(line.description or "") > 100_000 or len(_encode(line)) > _MOST_BYTES:
        return Issue(goods.row, "", "description", "too_long", "", "error", {"most": 100_000})
    return None


def line_of(goods: GoodsRow) -> GoodsLine:
    """The line that creates new goods."""
    return GoodsLine(
        row=goods.row,
        code=goods.sku_code,
        product_key=goods.product_key or "",
        title=goods.title,
        brand=goods.brand,
        category=goods.category,
        description=goods.description,
        parameters=goods.parameters,
        images=goods.image_urls,
        barcodes=goods.barcodes,
        specs=goods.specs,
        unit=goods.unit,
        decimals=decimals_of(goods.unit) or None,
        supply_price=goods.supply_price,
        dropship_price=goods.dropship_price,
        dropship=goods.dropship_allowed,
        retail_price=goods.retail_price,
        weight_g=goods.weight_g,
        min_quantity=goods.min_qty,
        order_step=goods.order_step,
        tax_rate_bp=goods.tax_rate_bp,
        tax_code=goods.tax_code,
        stock=goods.stock_qty,
        on_sale=goods.on_sale,
        tiers=goods.tiers or None,
        packages=goods.packages or None,
    )


def change_line(change: Change) -> GoodsLine:
    """The line that carries out a change: nothing but the fields that differ."""
    values: dict[str, Any] = {}
    cleared = []
    for field in change.fields:
        attribute = _ATTRIBUTES.get(field.field, field.field)
        if field.new is not None:
            values[attribute] = field.new
        elif attribute in CLEARED_BY_NAME:
            cleared.append(attribute)
        else:
            values[attribute] = _EMPTY.get(field.field, "")
        if field.field == "unit":
            values["decimals"] = decimals_of(field.new)
    return GoodsLine(row=change.goods.row, code=change.goods.sku_code, cleared=tuple(cleared), **values)


def commands_for(examination: Examination) -> list[ImportGoods]:
    """The commands that import what the policy accepts: the SKUs of one product together, in the sheet's order."""
    new, changed = examination.accepted
    keyed = [(goods.row, goods.product_key or goods.sku_code, line_of(goods)) for goods in new]
    keyed += [(c.goods.row, c.goods.product_key or c.goods.sku_code, change_line(c)) for c in changed]
    keyed.sort(key=lambda each: each[0])
    products: dict[str, list[GoodsLine]] = {}
    for _, key, line in keyed:
        products.setdefault(key, []).append(line)
    return list(batched(products.values()))


def batched(products: Iterable[list[GoodsLine]]) -> Iterator[ImportGoods]:
    """Commands of at most `MAX_LINES` lines that fit into an outbox; a product is split only if it alone is larger."""
    held: list[GoodsLine] = []
    size = 0
    for lines in products:
        weight = sum(len(_encode(line)) for line in lines)
        if held and (len(held) + len(lines) > MAX_LINES or size + weight > _MOST_BYTES):
            yield ImportGoods(lines=tuple(held))
            held, size = [], 0
        for line in lines:
            weight = len(_encode(line))
            if held and (len(held) == MAX_LINES or size + weight > _MOST_BYTES):
                yield ImportGoods(lines=tuple(held))
                held, size = [], 0
            held.append(line)
            size += weight
    if held:
        yield ImportGoods(lines=tuple(held))


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """What an import brings about: SKUs that are new, whose new content waits for review, and that act at once; and how
    many pictures are named by web addresses, and by files that are not here."""

    new: int
    reviewed: int
    at_once: int
    addresses: int = 0
    files: int = 0


def effects(new: Sequence[GoodsRow], changed: Sequence[Change]) -> Effects:
    """Sort what is accepted by when it takes effect; a SKU may count in both kinds of change."""
    images = [row.image_urls for row in new]
    images += [f.new for change in changed for f in change.fields if f.field == "image_urls"]
    named = {name for names in images for name in names or ()}
    return Effects(
        new=len(new),
        reviewed=sum(any(f.field in CONTENT for f in change.fields) for change in changed),
        at_once=sum(any(f.field not in CONTENT for f in change.fields) for change in changed),
        addresses=sum(map(is_address, named)),
        files=len({file for name in named if (file := file_in(name))}),
    )
