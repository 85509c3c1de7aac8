"""What an import leaves behind so that it can be undone: how goods were before, and a digest of how it left them."""

import hashlib
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, Protocol

import msgspec

from s2b_domain.commands.goods_lines import CLEARABLE, GoodsLine, ImportNote
from s2b_domain.records.catalog import Content, Price, Product, Revision, Sku
from s2b_domain.records.imports import ImportPart
from s2b_domain.records.stock import Stock
from s2b_domain.rules.pricing import tiers_fit
from s2b_domain.tx import Tx

MOST_BYTES = 4 << 20
"""How much one part remembers of what was there before; goods beyond stay when the import is undone."""
Remembered = tuple[str, str, GoodsLine | None]
"""SKU code, digest (empty: cannot be undone), and the line that restores it (None: it was created)."""
_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_PLAIN: tuple[str, ...] = ("unit", "decimals", "dropship", "retail_price", "weight_g", "min_quantity", "order_step")
_PLAIN += ("tax_rate_bp", "tax_code", "on_sale")
_SKU = (*_PLAIN, "product_id", "barcode", "more_barcodes")
_CONTENT = {"title": "title", "brand": "brand", "description": "description", "parameters": "parameters"}
_CONTENT |= {"images": "images", "category": "category_text"}
_facts, _reviewed = attrgetter(*_SKU), attrgetter(*_CONTENT.values())


class Shelf(Protocol):
    """What `goods.Shelf` has read of the goods that lines are about."""

    supplier_id: str
    skus: dict[str, Sku]
    by_id: dict[str, Product]
    prices: dict[str, Price]
    stocks: dict[str, Stock]

    def submitted(self, product: Product) -> Revision | None: ...


def content_of(shelf: Shelf, product: Product) -> Content:
    """The content that stands or waits for review."""
    return (shelf.submitted(product) or product).content


def specs_of(shelf: Shelf, sku: Sku) -> dict[str, str]:
    """The options that a SKU has or, if others wait for review, will have."""
    waiting = shelf.submitted(shelf.by_id[sku.product_id])
    return waiting.specs.get(sku.id, sku.specs) if waiting else sku.specs


class Memory(msgspec.Struct, frozen=True):
    """What a part of an import left: its lines, and by id the content of products that it changed, as it was."""

    lines: list[Remembered]
    contents: dict[str, Content]


Before = tuple[dict[str, GoodsLine], dict[str, Content]]


def before(shelf: Shelf, lines: Iterable[GoodsLine]) -> Before:
    """By code, the lines that would bring back what `lines` are about to change; and the content of all products."""
    known = {x.code: _undoing(shelf, x, shelf.skus[x.code]) for x in lines if x.code in shelf.skus}
    return known, {id_: content_of(shelf, product) for id_, product in shelf.by_id.items()}


def _undoing(shelf: Shelf, line: GoodsLine, sku: Sku) -> GoodsLine:
    product, price, stock = shelf.by_id[sku.product_id], shelf.prices.get(sku.id), shelf.stocks.get(sku.id)
    values: dict[str, Any] = {}
    values |= {f: getattr(sku, f) for f in _PLAIN if getattr(line, f) is not None or f in line.cleared}
    if line.dropship_price is not None or "dropship_price" in line.cleared:
        values |= {"dropship": sku.dropship, "dropship_price": price.dropship_price if price else None}
    if line.supply_price is not None and price is not None:
        values["supply_price"] = price.supply_price
    if line.tiers is not None and price is not None:
        values["tiers"] = price.tiers if tiers_fit(price.supply_price, price.tiers) else ()  # others have no effect
    if line.barcodes is not None:
        values["barcodes"] = tuple(b for b in (sku.barcode, *sku.more_barcodes) if b)
    if line.packages is not None:
        values["packages"] = sku.packages
    if line.specs is not None:
        values["specs"] = specs_of(shelf, sku)
    if line.stock is not None:
        values["stock"] = stock.on_hand if stock else 0
    cleared = tuple(sorted(f for f in CLEARABLE & values.keys() if values[f] is None))
    values = {f: value for f, value in values.items() if value is not None}
    key = product.product_key if line.product_key and line.product_key != product.product_key else ""
    return GoodsLine(row=line.row, code=line.code, product_key=key, cleared=cleared, **values)


def digests(shelf: Shelf, lines: Iterable[GoodsLine], was: Mapping[str, GoodsLine]) -> dict[str, str]:
    """By code, in the order of `lines`, the digest of goods that were as `was` says."""
    here = [line.code for line in lines if line.code in shelf.skus]
    return {code: digest(shelf, shelf.skus[code], was.get(code)) for code in here}


def digest(shelf: Shelf, sku: Sku, before: GoodsLine | None) -> str:
    """What tells goods as they are now from any others: an edit changes it, approval does not. Stock counts where
    undoing would set it, for goods that were created (no `before`) or whose stock the import set, and so do tiers."""
    price, stock, product = shelf.prices.get(sku.id), shelf.stocks.get(sku.id), shelf.by_id[sku.product_id]
    content = content_of(shelf, product)
    held = (stock.on_hand, stock.reserved, stock.leased, stock.position) if stock else (0, 0, 0, 0)
    asked: tuple[object, ...] = (price.supply_price, price.dropship_price) if price else ()
    if price and (price.tiers if before is None else before.tiers is not None):
        asked = (*asked, price.tiers)
    facts = _facts(sku)
    told = (
        (*facts, sku.packages) if sku.packages else facts,
        specs_of(shelf, sku),
        asked or None,
        held if before is None or before.stock is not None else None,
        _reviewed(content),
    )
    return hashlib.blake2b(_encode(told), digest_size=8).hexdigest()


def remember(
    tx: Tx,
    note: ImportNote,
    shelf: Shelf,
    left: Mapping[str, str],
    was: tuple[dict[str, GoodsLine], dict[str, Content]],
) -> None:
    """Write the part of an import that this command is; `shelf` has what it left."""
    before_lines, before_contents = was
    found = [(id_, content) for id_, content in before_contents.items() if id_ in shelf.by_id]
    contents = {id_: content for id_, content in found if content != content_of(shelf, shelf.by_id[id_])}
    room = MOST_BYTES - len(_encode(contents))
    lines: list[Remembered] = []
    for code, seal in left.items():
        line = before_lines.get(code)
        room -= len(_encode(line)) if line is not None else 0
        lines.append((code, seal, line) if room >= 0 else (code, "", None))
    tx.add(
        ImportPart(
            id=tx.id("import_part"),
            supplier_id=tx.actor.organisation_id,
            import_id=note.import_id,
            file=note.file,
            part=note.part,
            parts=note.parts,
            new=note.new,
            changed=note.changed,
            unchanged=note.unchanged,
            wrong=note.wrong,
            count=len(lines),
            actor_id=tx.actor.id,
            actor_name=tx.actor.name,
            at=tx.time,
            lines=_encode(Memory(lines, contents if room >= 0 else {})),
        )
    )


def remembered(part: ImportPart) -> Memory:
    """What a part did, and what was there before."""
    return msgspec.msgpack.decode(part.lines, type=Memory)
