"""A supplier's goods: import and edit in bulk, put on or off sale, and the platform's review."""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from s2b_domain.access import AUDIT, CATALOG, REVIEW, STOCK, Actor, Permission, own, pricebook
from s2b_domain.commands import import_memory as memory
from s2b_domain.commands.categories import category_ids, living, remember, schema_of
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.goods_lines import CLEARABLE as CLEARABLE
from s2b_domain.commands.goods_lines import GoodsLine as GoodsLine
from s2b_domain.commands.goods_lines import ImportNote as ImportNote
from s2b_domain.commands.goods_lines import check_line as check_line
from s2b_domain.commands.packages import Packed, hold_codes
from s2b_domain.commands.stock import main_warehouse_id, move, note_oversold, stock_id, watch_id
from s2b_domain.errors import Refused
from s2b_domain.ids import derived_id
from s2b_domain.records.catalog import STANDARD_LEVEL, Category, Content, Price, Product, Revision, Sku
from s2b_domain.records.party import Organisation
from s2b_domain.records.stock import Availability, Stock, StockWatch
from s2b_domain.records.terms import PriceLevel
from s2b_domain.rules.attributes import Schema
from s2b_domain.rules.bounds import Id, Reasons
from s2b_domain.rules.markup import safe_markup
from s2b_domain.rules.onboarding import ContentState, PartyState
from s2b_domain.rules.packages import packages_fit, packages_text, rescaled
from s2b_domain.rules.pricing import tiers_fit
from s2b_domain.rules.stock import MovementKind
from s2b_domain.tx import Reader, Tx

MAX_LINES = 500
MAX_SHELVED = 5000
MAX_REVIEWED = 1000


class ImportGoods(Command, frozen=True, kw_only=True):
    """Up to `MAX_LINES` lines, applied together or not at all. With a `note` it can be undone later."""

    lines: tuple[GoodsLine, ...]
    note: ImportNote | None = None


class ShelveGoods(Command, frozen=True, kw_only=True):
    """上架 or 下架 some SKUs."""

    sku_ids: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_SHELVED)]
    on_sale: bool


class ReviewGoods(Command, frozen=True, kw_only=True):
    """Approve or reject submitted products and revisions, named with the `row_version` that was read."""

    products: Annotated[tuple[tuple[Id, int], ...], msgspec.Meta(max_length=MAX_REVIEWED)] = ()
    revisions: Annotated[tuple[tuple[Id, int], ...], msgspec.Meta(max_length=MAX_REVIEWED)] = ()
    approve: bool
    reasons: Reasons = ()
    category_id: Id = ""


def price_id(sku_id: str, level: str) -> str:
    """The id of a SKU's price at a merchant level."""
    return derived_id(sku_id, "price", level)


def imported_scopes(reader: Reader, actor: Actor, message: Command) -> list[str]:
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
        scopes |= {pricebook(supplier, level.id) for level in reader.find(PriceLevel, supplier_id=supplier)}
    return sorted(scopes)


class Shelf:
    """What the lines of one import touch, read in a handful of queries."""

    def __init__(self, tx: Tx, supplier_id: str, lines: Iterable[GoodsLine]) -> None:
        lines = list(lines)
        self.supplier_id = supplier_id
        self.warehouse_id = main_warehouse_id(supplier_id)
        self.skus = {s.code: s for s in tx.find_in(Sku, "code", [x.code for x in lines], supplier_id=supplier_id)}
        known = [s.product_id for s in self.skus.values()]
        keys = {line.product_key or line.code for line in lines}
        products = tx.find_in(Product, "product_key", keys, supplier_id=supplier_id) + tx.find_in(Product, "id", known)
        self.by_key = {p.product_key: p for p in products}
        self.by_id = {p.id: p for p in products}
        self.prices = {
            p.sku_id: p for p in tx.find_in(Price, "sku_id", [s.id for s in self.skus.values()], level=STANDARD_LEVEL)
        }
        # New SKUs are asked for as well: that they have no stock is then known, and not asked one by one.
        self.ids = {x.code: self.skus[x.code].id if x.code in self.skus else tx.id("sku", x.code) for x in lines}
        counted = [self.ids[line.code] for line in lines if line.stock is not None]
        self.stock_ids = {i: stock_id(supplier_id, i, self.warehouse_id) for i in counted}
        self.stocks = {s.sku_id: s for s in tx.find_in(Stock, "id", self.stock_ids.values())}
        tx.find_in(Availability, "id", self.ids.values())
        tx.find_in(StockWatch, "id", [watch_id(supplier_id, i) for i in counted])
        self.revisions: dict[str, Revision] = {}
        for revision in tx.find_in(Revision, "product_id", self.by_id):
            latest = self.revisions.get(revision.product_id)
            if latest is None or (latest.submitted_at, latest.id) < (revision.submitted_at, revision.id):
                self.revisions[revision.product_id] = revision
        self.categories = category_ids(tx, supplier_id, (line.category for line in lines if line.category))
        self.schemas: dict[str, Schema] = {}
        self.contents: dict[str, Content] = {}
        self.specs: dict[str, dict[str, dict[str, str] | None]] = {}
        """By product and SKU that is on sale: the options that it shall have, None for those that it has."""
        self.changed: set[str] = set()
        """Products with a SKU that was never approved and is new, or other than before."""
        self.left: set[str] = set()

    def submitted(self, product: Product) -> Revision | None:
        """The revision of a product that waits for review."""
        revision = self.revisions.get(product.id)
        return revision if revision and revision.state is ContentState.SUBMITTED else None


def _check_attributes(tx: Tx, shelf: Shelf, line: GoodsLine) -> None:
    """What is new must fit the category that its line names; what is there already is only pointed out."""
    category_id = shelf.categories.get(line.category or "", "")
    if not category_id:
        return
    if category_id not in shelf.schemas:
        shelf.schemas[category_id] = schema_of(tx, category_id)
    for misfit in shelf.schemas[category_id].misfits(line.parameters or {}, line.specs or {}):
        if misfit.wrong:
            raise Refused("row_wrong", row=line.row, field="specs" if misfit.field.spec else "parameters")


def _content(line: GoodsLine, before: Content, shelf: Shelf) -> Content:
    given: dict[str, object] = {}
    for field in ("title", "brand", "description", "parameters", "images"):
        value = getattr(line, field)
        if value is not None:
            given[field] = value.strip() if isinstance(value, str) else value
    if line.description:
        given["description"] = safe_markup(line.description).strip()
    if line.category is not None:
        text, category_id = line.category.strip(), shelf.categories.get(line.category, "")
        if text != before.category_text or (category_id and not before.category_id):
            given |= {"category_text": text, "category_id": category_id}
    return msgspec.structs.replace(before, **given)


def _place(tx: Tx, shelf: Shelf, line: GoodsLine) -> Product:
    """The product that a line belongs to (a new one is not written yet), with the line's content noted for it."""
    sku = shelf.skus.get(line.code)
    old = shelf.by_id[sku.product_id] if sku else None
    product = old
    if old is None or (line.product_key and line.product_key != old.product_key):
        product = shelf.by_key.get(line.product_key or line.code)
    if product is None:
        key = line.product_key or line.code
        title = line.title or (old.title if old else "")
        if not title:
            raise Refused("row_wrong", row=line.row, field="title")
        product = Product(id=tx.id("product", key), supplier_id=shelf.supplier_id, product_key=key, title=title)
        shelf.by_key[key] = shelf.by_id[product.id] = product
        shelf.contents[product.id] = old.content if old else product.content
    revision = shelf.submitted(product)
    before = shelf.contents.get(product.id) or (revision or product).content
    shelf.contents[product.id] = _content(line, before, shelf)
    return product


def _save_content(tx: Tx, shelf: Shelf, product: Product, content: Content) -> None:
    """Content of a product on sale goes to a revision, and so do new SKUs and options; before the first approval it
    is changed in place.

    What was rejected comes back to review when something of it has changed, not by being sent again. What changes
    while it waits is submitted anew, so that nobody approves what they have not read.
    """
    changed = product.id in shelf.changed
    if product.state is not ContentState.LIVE:
        new = not product.row_version
        if new or changed or content != product.content:
            fields = {f: getattr(content, f) for f in content.__struct_fields__}
            product = product.with_(**fields, state=ContentState.SUBMITTED, reasons=(), submitted_at=tx.time)
            shelf.by_id[product.id] = (tx.add if new else tx.put)(product)
        return
    latest, waiting = shelf.revisions.get(product.id), shelf.submitted(product)
    asked = {**(waiting.specs if waiting else {}), **shelf.specs.get(product.id, {})}
    specs = {sku_id: options for sku_id, options in asked.items() if options is not None}
    as_it_is = content == product.content and not specs
    if waiting:
        if as_it_is and not changed and all(s.live for s in tx.find(Sku, product_id=product.id)):
            shelf.revisions[product.id] = tx.put(waiting.with_(state=ContentState.REPLACED))
        elif changed or (content, specs) != (waiting.content, waiting.specs):
            again = waiting.with_(content=content, specs=specs, submitted_at=tx.time)
            shelf.revisions[product.id] = tx.put(again)
        return
    refused = latest is not None and latest.state is ContentState.REJECTED
    if changed or not (as_it_is or (refused and latest and (content, specs) == (latest.content, latest.specs))):
        shelf.revisions[product.id] = tx.add(
            Revision(
                id=tx.id("revision", product.id),
                product_id=product.id,
                supplier_id=product.supplier_id,
                content=content,
                specs=specs,
                submitted_at=tx.time,
            )
        )


def _empty(tx: Tx, shelf: Shelf) -> None:
    """A product that its last SKU has left is on sale no more."""
    inhabited = {s.product_id for s in tx.find_in(Sku, "product_id", shelf.left)}
    for id_ in sorted(shelf.left - inhabited):
        product = shelf.by_id[id_]
        waiting = shelf.submitted(product)
        if waiting:
            tx.put(waiting.with_(state=ContentState.REPLACED))
        tx.put(product.with_(state=ContentState.REPLACED))


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
    "packages",
)


def _sku_values(line: GoodsLine) -> dict[str, Any]:
    values = {f: value for f in _SKU_FIELDS if (value := getattr(line, f)) is not None}
    if line.barcodes is not None:
        first, *more = dict.fromkeys(b.strip() for b in line.barcodes if b.strip()) or [""]
        values |= {"barcode": first, "more_barcodes": tuple(more)}
    if line.dropship_price is not None and line.dropship is None:
        values["dropship"] = True
    if "dropship_price" in line.cleared and line.dropship is None:
        values["dropship"] = False
    values |= {f: None for f in line.cleared if f in _SKU_FIELDS}
    return values


def _save_price(tx: Tx, line: GoodsLine, sku: Sku, before: Price | None) -> Price:
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
            tiers=line.tiers or (),
            live=sku.live,
        )
        return tx.add(price)
    after = before.with_(
        supply_price=before.supply_price if line.supply_price is None else line.supply_price,
        dropship_price=before.dropship_price if line.dropship_price is None else line.dropship_price,
        tiers=before.tiers if line.tiers is None else line.tiers,
        live=sku.live,
    )
    if "dropship_price" in line.cleared:
        after = after.with_(dropship_price=None)
    if line.tiers and not tiers_fit(after.supply_price, line.tiers):
        raise Refused("row_wrong", row=line.row, field="tiers")
    if after != before:
        tx.put(after)
    if _asked(after) != _asked(before):
        tx.audit(
            "price.changed",
            sku,
            before=before.supply_price,
            after=after.supply_price,
            dropship_before=before.dropship_price,
            dropship_after=after.dropship_price,
        )
    return after


def _asked(price: Price) -> tuple[object, ...]:
    return price.supply_price, price.dropship_price, price.tiers


def _save_stock(tx: Tx, shelf: Shelf, line: GoodsLine, sku: Sku) -> None:
    if line.stock is None:
        return
    stock = shelf.stocks.get(sku.id) or Stock(
        id=shelf.stock_ids[sku.id], owner_id=sku.supplier_id, sku_id=sku.id, warehouse_id=shelf.warehouse_id
    )
    if line.stock != stock.on_hand:
        difference = line.stock - stock.on_hand
        shelf.stocks[sku.id] = move(tx, stock, MovementKind.COUNT, difference, sku=sku, reason="import")
        note_oversold(tx, shelf.stocks[sku.id], sku)


def _add_sku(tx: Tx, shelf: Shelf, line: GoodsLine, product: Product) -> Sku:
    """A new SKU waits for review, with its product or as a change of the product that is on sale."""
    shelf.changed.add(product.id)
    id_, supplier = shelf.ids[line.code], shelf.supplier_id
    sku = Sku(id=id_, product_id=product.id, supplier_id=supplier, code=line.code, **_sku_values(line))
    _check_packages(line, sku)
    return tx.add(sku)


def _check_packages(line: GoodsLine, sku: Sku) -> None:
    if not packages_fit(sku.packages, sku.unit, sku.decimals):
        raise Refused("row_wrong", row=line.row, field="packages")


def _change_sku(tx: Tx, shelf: Shelf, line: GoodsLine, before: Sku, product: Product) -> Sku:
    """What is on sale stays on sale, with its approved options; other options wait for review."""
    values = _sku_values(line)
    if values.get("decimals", before.decimals) != before.decimals and any(
        s.on_hand or s.reserved or s.leased for s in tx.find(Stock, sku_id=before.id)
    ):
        raise Refused("unit_in_use", row=line.row, sku=line.code)  # what is there and promised counts in the old step
    live = before.live and product.state is ContentState.LIVE
    if live and line.specs is not None:
        wanted = None if line.specs == before.specs else line.specs
        shelf.specs.setdefault(product.id, {})[before.id] = wanted
        del values["specs"]
    sku = before.with_(**values, product_id=product.id, live=live)
    if line.packages is None:
        sku = sku.with_(packages=rescaled(sku.packages, before.decimals, sku.decimals))
    _check_packages(line, sku)
    sku = tx.put(sku)
    if sku.packages != before.packages:
        was, now = (packages_text(s.packages, s.decimals) for s in (before, sku))
        tx.audit("packages.changed", sku, before=was, after=now)
    if sku.product_id != before.product_id:
        shelf.left.add(before.product_id)
    if live and sku.product_id != before.product_id:
        tx.audit("sku.moved", sku, before=shelf.by_id[before.product_id].product_key, after=product.product_key)
    if sku.live != before.live:
        promised = tx.get(Availability, sku.id)
        if promised:
            tx.put(promised.with_(live=sku.live))
    if sku != before and not live:
        shelf.changed.add(product.id)
    return sku


def _scanned(sku: Sku) -> tuple[object, ...]:
    return sku.barcode, sku.more_barcodes, sku.packages


def _may(tx: Tx, permission: Permission) -> None:
    if not tx.actor.may(permission):
        raise Refused("not_permitted", permission=permission.value)


def carry(tx: Tx, shelf: Shelf, lines: Iterable[GoodsLine]) -> int:
    """Write SKUs, prices and stock of checked lines; how many SKUs are new. Content is written by `settle`."""
    created, packed = 0, list[Packed]()
    for line in lines:
        product = _place(tx, shelf, line)
        before = sku = shelf.skus.get(line.code)
        if sku is None:
            created += 1
            _check_attributes(tx, shelf, line)
            sku = _add_sku(tx, shelf, line, product)
            price = _save_price(tx, line, sku, None)
        else:
            sku = _change_sku(tx, shelf, line, sku, product)
            price = _save_price(tx, line, sku, shelf.prices.get(sku.id))
        shelf.skus[line.code], shelf.prices[sku.id] = sku, price
        _save_stock(tx, shelf, line, sku)
        if before is None or _scanned(before) != _scanned(sku):
            packed.append(Packed(line.row, before, sku))
    hold_codes(tx, shelf.supplier_id, packed)
    return created


def settle(tx: Tx, shelf: Shelf) -> None:
    """Write what lines said of products, and take those off sale that no SKU is left of."""
    for id_, content in shelf.contents.items():
        _save_content(tx, shelf, shelf.by_id[id_], content)
    _empty(tx, shelf)


@command("goods.import@1", ImportGoods, permission=Permission.GOODS_EDIT, touches=imported_scopes)
def import_goods(tx: Tx, message: ImportGoods) -> Result:
    """Create or change products, SKUs, prices and stock; `Refused("row_wrong")` names the first bad row.

    Lines of one product speak for it together: where they differ, the last one is right.
    """
    supplier = tx.actor.organisation_id
    if not 0 < len(message.lines) <= MAX_LINES:
        raise Refused("field_wrong", field="lines")
    seen: dict[str, int] = {}
    for line in message.lines:
        check_line(line)
        if line.code in seen:
            raise Refused("row_repeated", row=line.row, first=seen[line.code], sku=line.code)
        seen[line.code] = line.row
        priced = (line.supply_price, line.dropship_price, line.tiers) != (None, None, None)
        if priced or "dropship_price" in line.cleared:
            _may(tx, Permission.GOODS_PRICE)
        if line.stock is not None:
            _may(tx, Permission.STOCK_EDIT)
    shelf = Shelf(tx, supplier, message.lines)
    was = memory.before(shelf, message.lines) if message.note else ({}, {})
    created = carry(tx, shelf, message.lines)
    settle(tx, shelf)
    if message.note:
        memory.remember(tx, message.note, shelf, memory.digests(shelf, message.lines, was[0]), was)
    return {"created": created, "lines": len(message.lines)}


@command("goods.shelve@1", ShelveGoods, permission=Permission.GOODS_EDIT, touches=imported_scopes)
def shelve_goods(tx: Tx, message: ShelveGoods) -> None:
    """Put SKUs on or off sale at once; only one's own."""
    skus = {s.id: s for s in tx.find_in(Sku, "id", message.sku_ids)}
    for id_ in dict.fromkeys(message.sku_ids):
        sku = skus.get(id_)
        if sku is None:
            raise Refused("not_found", kind="sku", id=id_)
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
    if message.category_id and tx.need(Category, message.category_id).retired:
        raise Refused("category_retired", id=message.category_id)
    products = {p.id: p for p in tx.find_in(Product, "id", [i for i, _ in message.products])}
    revisions = {r.id: r for r in tx.find_in(Revision, "id", [i for i, _ in message.revisions])}
    if message.approve:
        _check_trading(tx, {p.supplier_id for p in products.values()} | {r.supplier_id for r in revisions.values()})
    parts = _Parts(tx, {*products, *(r.product_id for r in revisions.values())}) if message.approve else None
    for id_, version in dict(message.products).items():
        product = products.get(id_)
        if product is None or product.row_version != version or product.state is not ContentState.SUBMITTED:
            raise Refused("changed_meanwhile", id=id_)
        _decide_product(tx, product, message, parts)
    for id_, version in dict(message.revisions).items():
        revision = revisions.get(id_)
        if revision is None or revision.row_version != version or revision.state is not ContentState.SUBMITTED:
            raise Refused("changed_meanwhile", id=id_)
        _decide_revision(tx, revision, message, parts)


def _check_trading(tx: Tx, supplier_ids: Iterable[str]) -> None:
    """Merchants know only approved suppliers, so only their goods can go on sale."""
    for supplier in tx.find_in(Organisation, "id", supplier_ids):
        if supplier.state is not PartyState.APPROVED:
            raise Refused("supplier_not_trading", supplier=supplier.name)


class _Parts:
    """What goes on sale with products, read in a handful of queries: by product, their SKUs, prices and stock."""

    def __init__(self, tx: Tx, product_ids: Iterable[str]) -> None:
        product_of = {}
        self.rows: dict[str, list[Sku | Price | Availability]] = {}
        for sku in tx.find_in(Sku, "product_id", product_ids):
            product_of[sku.id] = sku.product_id
            self.rows.setdefault(sku.product_id, []).append(sku)
        for price in tx.find_in(Price, "sku_id", product_of):
            self.rows[product_of[price.sku_id]].append(price)
        for promised in tx.find_in(Availability, "id", product_of):
            self.rows[product_of[promised.id]].append(promised)


def _decide_product(tx: Tx, product: Product, message: ReviewGoods, parts: _Parts | None) -> None:
    reasons = "; ".join(message.reasons)
    if parts is None:
        tx.audit("product.rejected", product, reasons=reasons)
        tx.put(product.with_(state=ContentState.REJECTED, reasons=message.reasons))
        return
    tx.audit("product.approved", product)
    if message.category_id:
        remember(tx, product.supplier_id, product.category_text, message.category_id)
    category = message.category_id or living(tx, product.category_id)
    tx.put(product.with_(state=ContentState.LIVE, reasons=(), category_id=category))
    for row in parts.rows.get(product.id, []):
        tx.put(row.with_(live=True))


def _decide_revision(tx: Tx, revision: Revision, message: ReviewGoods, parts: _Parts | None) -> None:
    product = tx.get(Product, revision.product_id)
    if parts is None:
        tx.put(revision.with_(state=ContentState.REJECTED, reasons=message.reasons))
        tx.audit("revision.rejected", revision, reasons="; ".join(message.reasons))
        return
    tx.put(revision.with_(state=ContentState.REPLACED))
    tx.audit("revision.approved", revision)
    if product:
        fields = {f: getattr(revision.content, f) for f in revision.content.__struct_fields__}
        product = product.with_(**fields)
        if message.category_id:
            remember(tx, product.supplier_id, product.category_text, message.category_id)
        tx.put(product.with_(category_id=message.category_id or living(tx, product.category_id)))
    for row in parts.rows.get(revision.product_id, []):
        if isinstance(row, Sku):
            row = row.with_(specs=revision.specs.get(row.id, row.specs))
        tx.put(row.with_(live=True))
