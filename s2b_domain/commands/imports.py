"""An import taken back, as far as nobody has touched its goods since."""

from s2b_domain.access import Permission
from s2b_domain.commands import import_memory as memory
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.goods import Shelf, carry, imported_scopes, settle
from s2b_domain.commands.goods_lines import GoodsLine
from s2b_domain.commands.packages import let_go
from s2b_domain.commands.stock import move
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Sku
from s2b_domain.records.imports import ImportPart
from s2b_domain.records.record import Record
from s2b_domain.records.stock import Availability, Stock, StockWatch
from s2b_domain.rules.bounds import Id
from s2b_domain.rules.stock import MovementKind
from s2b_domain.tx import Tx

_NEEDS = (Permission.GOODS_PRICE, Permission.STOCK_EDIT)


class UndoImport(Command, frozen=True, kw_only=True):
    """Take back one part of an import of one's own."""

    part_id: Id


@command("goods.undo_import@1", UndoImport, permission=Permission.GOODS_EDIT, touches=imported_scopes)
def undo_import(tx: Tx, message: UndoImport) -> Result:
    """Goods that are as the import left them go back to what they were, or away if it made them.

    What was changed, sold or delivered since stays and is named in the part's `kept`; so does what merchants can see
    by now, which goes off sale if the import made it.
    """
    part = tx.need(ImportPart, message.part_id)
    if part.supplier_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=part.id)
    if part.undone_at:
        raise Refused("changed_meanwhile", id=part.id)
    for permission in _NEEDS:
        if not tx.actor.may(permission):
            raise Refused("not_permitted", permission=permission.value)
    known = memory.remembered(part)
    lines = known.lines
    asked = [GoodsLine(row=1, code=code, product_key=x.product_key if x else "", stock=0) for code, _, x in lines]
    shelf = Shelf(tx, part.supplier_id, asked)
    ids = [sku.id for sku in shelf.skus.values()]
    stocks: dict[str, list[Stock]] = {}
    for stock in tx.find_in(Stock, "sku_id", ids):
        stocks.setdefault(stock.sku_id, []).append(stock)
    kept: list[str] = []
    back: list[GoodsLine] = []
    for code, seal, line in lines:
        sku = shelf.skus.get(code)
        if sku is None or not seal or memory.digest(shelf, sku, line) != seal:
            kept.append(code)
        elif line is not None:
            used = any(s.on_hand or s.reserved or s.leased for s in stocks.get(sku.id, ()))
            if used and line.decimals not in (None, sku.decimals):
                kept.append(code)
                continue
            back.append(line)
            _restore(shelf, sku, known)
        elif sku.live or any(s for s in stocks.get(sku.id, ()) if s.id != shelf.stock_ids[sku.id] and s.position):
            tx.put(sku.with_(on_sale=False))
            kept.append(code)
        else:
            _remove(tx, shelf, sku, stocks.get(sku.id, []))
            _restore(shelf, sku, known)
    carry(tx, shelf, back)
    settle(tx, shelf)
    tx.put(part.with_(undone_at=tx.time, undone_by=tx.actor.name, kept=tuple(kept)))
    undone = len(lines) - len(kept)
    tx.audit("import.undone", part, undone=undone, kept=len(kept))
    return {"undone": undone, "kept": len(kept)}


def _remove(tx: Tx, shelf: Shelf, sku: Sku, stocks: list[Stock]) -> None:
    """Take goods away that nobody has seen but their supplier: what lay there is booked out."""
    for stock in stocks:
        if stock.on_hand:
            move(tx, stock, MovementKind.COUNT, -stock.on_hand, sku=sku, reason="import")
    promised, price = tx.get(Availability, sku.id), shelf.prices.get(sku.id)
    rows: list[Record | None] = [promised, price, *tx.find(StockWatch, sku_id=sku.id)]
    for row in rows:
        if row is not None:
            tx.delete(row)
    let_go(tx, sku)
    tx.delete(sku)
    shelf.left.add(sku.product_id)


def _restore(shelf: Shelf, sku: Sku, known: memory.Memory) -> None:
    """Have the content of a product written as it was before the import."""
    product = shelf.by_id[sku.product_id]
    shelf.contents.setdefault(product.id, known.contents.get(product.id) or memory.content_of(shelf, product))
