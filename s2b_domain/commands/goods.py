"""A supplier's goods: import and edit in bulk, put on or off sale, and the platform's review."""

from collections.abc import Iterable

import msgspec

from s2b_domain.access import AUDIT, CATALOG, REVIEW, STOCK, Actor, Permission, own, pricebook
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.stock import main_warehouse_id, move, stock_id
from s2b_domain.errors import Refused
from s2b_domain.ids import derived_id
from s2b_domain.records.catalog import STANDARD_LEVEL, Category, Content, Price, Product, Revision, Sku
from s2b_domain.records.stock import Availability, Stock
from s2b_domain.rules.onboarding import ContentState
from s2b_domain.rules.stock import MovementKind
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader, Tx

MAX_LINES = 500
MAX_PRICE = 10**12
PATH_SEPARATORS = "/>"
CLEARABLE = frozenset({"dropship_price", "retail_price", "weight_g"})


class GoodsLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One SKU as it should be; None leaves what is there. Prices in 1/10,000 yuan, stock in steps.

    `product_key` groups the SKUs of one product; empty means that the SKU is a product of its own.
    `cleared` names fields of `CLEARABLE` that shall have no value any more.
    """

    row: int
    code: str
    product_key: str = ""
    title: str | None = None
    brand: str | None = None
    category: str | None = None
    description: str | None = None
    parameters: dict[str, str] | None = None
    images: tuple[str, ...] | None = None
    barcodes: tuple[str, ...] | None = None
    specs: dict[str, str] | None = None
    unit: str | None = None
    decimals: int | None = None
    supply_price: int | None = None
    dropship_price: int | None = None
    dropship: bool | None = None
    retail_price: int | None = None
    weight_g: int | None = None
    min_quantity: int | None = None
    order_step: int | None = None
    tax_rate_bp: int | None = None
    tax_code: str | None = None
    stock: int | None = None
    on_sale: bool | None = None
    cleared: tuple[str, ...] = ()


class ImportGoods(Command, frozen=True, kw_only=True):
    """Up to `MAX_LINES` lines of one import, applied together or not at all."""

    lines: tuple[GoodsLine, ...]


class ShelveGoods(Command, frozen=True, kw_only=True):
    """上架 or 下架 some SKUs."""

    sku_ids: tuple[str, ...]
    on_sale: bool


class ReviewGoods(Command, frozen=True, kw_only=True):
    """Approve or reject submitted products and revisions, named with the `row_version` that was read."""

    products: tuple[tuple[str, int], ...] = ()
    revisions: tuple[tuple[str, int], ...] = ()
    approve: bool
    reasons: tuple[str, ...] = ()
    category_id: str = ""


def price_id(sku_id: str, level: str) -> str:
    """The id of a SKU's price at a merchant level."""
    return derived_id(sku_id, "price", level)


def _imported(reader: Reader, actor: Actor, message: ImportGoods | ShelveGoods) -> list[str]:
    mine = actor.organisation_id
    return [
        *(own(mine, c) for c in ("goods", "stock", "trade")),
        pricebook(mine, STANDARD_LEVEL),
        CATALOG,
        REVIEW,
        STOCK,
        AUDIT,
    ]


def _reviewed(reader: Reader, actor: Actor, message: ReviewGoods) -> list[str]:
    products = reader.find_in(Product, "id", [i for i, _ in message.products])
    revisions = reader.find_in(Revision, "id", [i for i, _ in message.revisions])
    suppliers = {p.supplier_id for p in products} | {r.supplier_id for r in revisions}
    scopes = {CATALOG, REVIEW, STOCK, AUDIT}
    for supplier in suppliers:
        scopes |= {own(supplier, "goods"), own(supplier, "stock"), pricebook(supplier, STANDARD_LEVEL)}
    return sorted(scopes)


class _Shelf:
    """What the lines of one import touch, read in a handful of queries."""

    def __init__(self, tx: Tx, supplier_id: str, lines: Iterable[GoodsLine]) -> None:
        lines = list(lines)
        codes = [line.code for line in lines]
        self.skus = {s.code: s for s in tx.find_in(Sku, "code", codes, supplier_id=supplier_id)}
        known = [s.product_id for s in self.skus.values()]
        keys = {line.product_key or line.code for line in lines}
        products = tx.find_in(Product, "product_key", keys, supplier_id=supplier_id) + tx.find_in(Product, "id", known)
        self.by_key = {p.product_key: p for p in products}
        self.by_id = {p.id: p for p in products}
        ids = [s.id for s in self.skus.values()]
        self.prices = {p.sku_id: p for p in tx.find_in(Price, "sku_id", ids, level=STANDARD_LEVEL)}
        warehouse = main_warehouse_id(supplier_id)
        rows = tx.find_in(Stock, "id", [stock_id(supplier_id, i, warehouse) for i in ids])
        self.stocks = {s.sku_id: s for s in rows}
        tx.find_in(Availability, "id", ids)
        self.revisions: dict[str, Revision] = {}
        for revision in tx.find_in(Revision, "product_id", sorted(self.by_id)):
            if revision.state is ContentState.SUBMITTED:
                self.revisions[revision.product_id] = revision
        self.categories = _category_ids(tx, (line.category for line in lines if line.category))


def split_path(text: str) -> list[str]:
    """The names in a category path such as "食品 > 饮料/水"."""
    for separator in PATH_SEPARATORS:
        text = text.replace(separator, "\n")
    return [part.strip() for part in text.split("\n") if part.strip()]


def _category_ids(tx: Tx, texts: Iterable[str]) -> dict[str, str]:
    """Category text -> the one category whose name is its last part (and whose parent fits, if several do)."""
    paths = {text: split_path(text) for text in set(texts)}
    leaves = [path[-1] for path in paths.values() if path]
    found: dict[str, list[Category]] = {}
    for column in ("name_zh", "name_en"):
        for category in tx.find_in(Category, column, leaves):
            named = found.setdefault(getattr(category, column), [])
            if category not in named:
                named.append(category)
    ids: dict[str, str] = {}
    for text, path in paths.items():
        fitting = found.get(path[-1], []) if path else []
        if len(fitting) > 1 and len(path) > 1:
            parents = {c.id: tx.get(Category, c.parent_id) for c in fitting if c.parent_id}
            fitting = [c for c in fitting if (p := parents.get(c.id)) and path[-2] in (p.name_zh, p.name_en)]
        ids[text] = fitting[0].id if len(fitting) == 1 else ""
    return ids


def check_line(line: GoodsLine) -> None:
    """Refuse a line whose own values are wrong, whatever the books say: `row_wrong` names its row and field."""
    if not line.code.strip() or len(line.code) > 100:
        raise Refused("row_wrong", row=line.row, field="code")
    if line.title is not None and not 0 < len(line.title.strip()) <= 500:
        raise Refused("row_wrong", row=line.row, field="title")
    for field in ("supply_price", "dropship_price", "retail_price"):
        price = getattr(line, field)
        if price is not None and not 0 <= price <= MAX_PRICE:
            raise Refused("row_wrong", row=line.row, field=field)
    for field, least in (("stock", 0), ("min_quantity", 1), ("order_step", 1), ("weight_g", 0), ("tax_rate_bp", 0)):
        number = getattr(line, field)
        if number is not None and not least <= number <= MAX_QUANTITY:
            raise Refused("row_wrong", row=line.row, field=field)
    if line.decimals is not None and not 0 <= line.decimals <= 3:
        raise Refused("row_wrong", row=line.row, field="decimals")
    for field in line.cleared:
        if field not in CLEARABLE or getattr(line, field) is not None:
            raise Refused("row_wrong", row=line.row, field=field)


def _content(line: GoodsLine, before: Content, shelf: _Shelf) -> Content:
    given: dict[str, object] = {}
    for field in ("title", "brand", "description", "parameters", "images"):
        value = getattr(line, field)
        if value is not None:
            given[field] = value.strip() if isinstance(value, str) else value
    if line.category is not None and line.category.strip() != before.category_text:
        given["category_text"] = line.category.strip()
        given["category_id"] = shelf.categories.get(line.category, "")
    return msgspec.structs.replace(before, **given)


def _save_content(tx: Tx, shelf: _Shelf, line: GoodsLine, product: Product) -> Product:
    """Content of a product on sale goes to a revision; before the first approval it is changed in place."""
    revision = shelf.revisions.get(product.id)
    before = revision.content if revision else product.content
    content = _content(line, before, shelf)
    if content == before:
        return product
    if product.state is not ContentState.LIVE:
        fields = {f: getattr(content, f) for f in content.__struct_fields__}
        return tx.put(product.with_(**fields, state=ContentState.SUBMITTED, reasons=(), submitted_at=tx.time))
    if revision is None:
        revision = Revision(
            id=tx.id("revision", product.id), product_id=product.id, supplier_id=product.supplier_id, content=content
        )
    shelf.revisions[product.id] = tx.put(revision.with_(content=content, submitted_at=tx.time))
    return product


def _new_product(tx: Tx, shelf: _Shelf, line: GoodsLine, key: str) -> Product:
    if line.title is None:
        raise Refused("row_wrong", row=line.row, field="title")
    content = _content(line, Content(title=""), shelf)
    fields = {f: getattr(content, f) for f in content.__struct_fields__}
    product = Product(
        id=tx.id("product", key), supplier_id=tx.actor.organisation_id, product_key=key, submitted_at=tx.time, **fields
    )
    return tx.add(product)


_SKU_FIELDS = (
    "specs",
    "unit",
    "decimals",
    "dropship",
    "retail_price",
    "weight_g",
    "min_quantity",
    "order_step",
    "tax_rate_bp",
    "tax_code",
    "on_sale",
)


def _sku_values(line: GoodsLine) -> dict[str, object]:
    values = {f: getattr(line, f) for f in _SKU_FIELDS if getattr(line, f) is not None}
    if line.barcodes is not None:
        values["barcode"] = line.barcodes[0] if line.barcodes else ""
        values["more_barcodes"] = line.barcodes[1:]
    if line.dropship_price is not None and line.dropship is None:
        values["dropship"] = True
    values |= {f: None for f in line.cleared if f in _SKU_FIELDS}
    return values


def _save_price(tx: Tx, line: GoodsLine, sku: Sku, before: Price | None) -> None:
    if before is None:
        if line.supply_price is None:
            raise Refused("row_wrong", row=line.row, field="supply_price")
        price = Price(
            id=price_id(sku.id, STANDARD_LEVEL),
            sku_id=sku.id,
            supplier_id=sku.supplier_id,
            level=STANDARD_LEVEL,
            supply_price=line.supply_price,
            dropship_price=line.dropship_price,
            live=sku.live,
        )
        tx.add(price)
        return
    after = before.with_(
        supply_price=before.supply_price if line.supply_price is None else line.supply_price,
        dropship_price=before.dropship_price if line.dropship_price is None else line.dropship_price,
    )
    if "dropship_price" in line.cleared:
        after = after.with_(dropship_price=None)
    if after != before:
        tx.put(after)
        tx.audit("price.changed", sku, before=before.supply_price, after=after.supply_price)


def _save_stock(tx: Tx, shelf: _Shelf, line: GoodsLine, sku: Sku) -> None:
    if line.stock is None:
        return
    warehouse = main_warehouse_id(sku.supplier_id)
    stock = shelf.stocks.get(sku.id) or Stock(
        id=stock_id(sku.supplier_id, sku.id, warehouse),
        owner_id=sku.supplier_id,
        sku_id=sku.id,
        warehouse_id=warehouse,
    )
    if line.stock != stock.on_hand:
        difference = line.stock - stock.on_hand
        stock = move(tx, stock, MovementKind.COUNT, difference, sku=sku, reason="import")
        if stock.available < 0:
            tx.contradict("oversold", stock.owner_id, stock.id, sku.id, short=-stock.available)


@command("goods.import@1", ImportGoods, permission=Permission.GOODS_EDIT, touches=_imported)
def import_goods(tx: Tx, message: ImportGoods) -> Result:
    """Create or change products, SKUs, prices and stock; `Refused("row_wrong")` names the first bad row."""
    supplier = tx.actor.organisation_id
    if not 0 < len(message.lines) <= MAX_LINES:
        raise Refused("field_wrong", field="lines")
    seen: dict[str, int] = {}
    for line in message.lines:
        check_line(line)
        if line.code in seen:
            raise Refused("row_repeated", row=line.row, first=seen[line.code], sku=line.code)
        seen[line.code] = line.row
    shelf = _Shelf(tx, supplier, message.lines)
    created = 0
    for line in message.lines:
        sku = shelf.skus.get(line.code)
        key = line.product_key or line.code
        product = shelf.by_id[sku.product_id] if sku else shelf.by_key.get(key)
        product = _save_content(tx, shelf, line, product) if product else _new_product(tx, shelf, line, key)
        shelf.by_key[product.product_key] = shelf.by_id[product.id] = product
        if sku is None:
            created += 1
            fresh = Sku(
                id=tx.id("sku", line.code),
                product_id=product.id,
                supplier_id=supplier,
                code=line.code,
                live=product.state is ContentState.LIVE,
            )
            sku = tx.add(fresh.with_(**_sku_values(line)))
            _save_price(tx, line, sku, None)
        else:
            sku = tx.put(sku.with_(**_sku_values(line)))
            _save_price(tx, line, sku, shelf.prices.get(sku.id))
        _save_stock(tx, shelf, line, sku)
    return {"created": created, "lines": len(message.lines)}


@command("goods.shelve@1", ShelveGoods, permission=Permission.GOODS_EDIT, touches=_imported)
def shelve_goods(tx: Tx, message: ShelveGoods) -> None:
    """Put SKUs on or off sale at once; only one's own."""
    for sku in tx.find_in(Sku, "id", message.sku_ids):
        if sku.supplier_id != tx.actor.organisation_id:
            raise Refused("not_yours", id=sku.id)
        if sku.on_sale != message.on_sale:
            tx.put(sku.with_(on_sale=message.on_sale))
            tx.audit("sku.on_sale" if message.on_sale else "sku.off_sale", sku)


@command("goods.review@1", ReviewGoods, permission=Permission.GOODS_REVIEW, touches=_reviewed)
def review_goods(tx: Tx, message: ReviewGoods) -> None:
    """A decision holds only for what was read: a row that changed since answers `changed_meanwhile`."""
    if not message.approve and not any(r.strip() for r in message.reasons):
        raise Refused("reason_required")
    if message.category_id:
        tx.need(Category, message.category_id)
    products = {p.id: p for p in tx.find_in(Product, "id", [i for i, _ in message.products])}
    revisions = {r.id: r for r in tx.find_in(Revision, "id", [i for i, _ in message.revisions])}
    for id_, version in message.products:
        product = products.get(id_)
        if product is None or product.row_version != version or product.state is not ContentState.SUBMITTED:
            raise Refused("changed_meanwhile", id=id_)
        _decide_product(tx, product, message)
    for id_, version in message.revisions:
        revision = revisions.get(id_)
        if revision is None or revision.row_version != version or revision.state is not ContentState.SUBMITTED:
            raise Refused("changed_meanwhile", id=id_)
        _decide_revision(tx, revision, message)


def _decide_product(tx: Tx, product: Product, message: ReviewGoods) -> None:
    reasons = "; ".join(message.reasons)
    if not message.approve:
        tx.audit("product.rejected", product, reasons=reasons)
        tx.put(product.with_(state=ContentState.REJECTED, reasons=message.reasons))
        return
    tx.audit("product.approved", product)
    category = message.category_id or product.category_id
    tx.put(product.with_(state=ContentState.LIVE, reasons=(), category_id=category))
    skus = tx.find(Sku, product_id=product.id)
    ids = [s.id for s in skus]
    for sku in skus:
        tx.put(sku.with_(live=True))
    for price in tx.find_in(Price, "sku_id", ids):
        tx.put(price.with_(live=True))
    for row in tx.find_in(Availability, "id", ids):
        tx.put(row.with_(live=True))


def _decide_revision(tx: Tx, revision: Revision, message: ReviewGoods) -> None:
    product = tx.get(Product, revision.product_id)
    if not message.approve:
        tx.put(revision.with_(state=ContentState.REJECTED, reasons=message.reasons))
        tx.audit("revision.rejected", revision, reasons="; ".join(message.reasons))
        return
    tx.put(revision.with_(state=ContentState.REPLACED))
    tx.audit("revision.approved", revision)
    if product:
        fields = {f: getattr(revision.content, f) for f in revision.content.__struct_fields__}
        product = product.with_(**fields)
        tx.put(product.with_(category_id=message.category_id or product.category_id))
