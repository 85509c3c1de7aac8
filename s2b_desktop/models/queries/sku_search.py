"""Find a supplier's SKUs as one types: by code and barcodes first, then by what their products are called."""

from array import array

from sqlalchemy import ColumnElement, Connection, column, literal_column, select, table

from s2b_desktop.models.barcodes import further, variants
from s2b_desktop.models.search import search_goods
from s2b_domain.records.catalog import Product, Sku

FOUND_MOST = 2_000
_CHUNK = 500
_sku, _product = Sku.table, Product.table
_rowid: ColumnElement[int] = literal_column("sku.rowid")
_barcode = table("local_barcode", column("code"), column("sku_rowid"))


def search_skus(connection: Connection, supplier_id: str, text: str) -> "array[int]":
    """Rowids of SKUs that `text` finds, best first: code and barcodes, then names and pinyin of their products."""
    mine = select(_rowid).select_from(_sku).where(_sku.c.supplier_id == supplier_id)
    exact = array("q", dict.fromkeys(row[0] for row in named(connection, supplier_id, text)))
    if exact:
        return exact
    further_ones = mine.join(_barcode, _barcode.c.sku_rowid == _rowid)
    begins = [
        skus.where(by >= text, by < text + "\U0010ffff").limit(FOUND_MOST)
        for skus, by in ((mine, _sku.c.code), (mine, _sku.c.barcode), (further_ones, _barcode.c.code))
    ]
    found = dict.fromkeys(rowid for statement in begins for rowid in connection.scalars(statement))
    products = search_goods(connection, text, limit=FOUND_MOST)
    for start in range(0, len(products), _CHUNK):
        chunk = list(products[start : start + _CHUNK])
        at: ColumnElement[int] = literal_column("product.rowid")
        statement = select(at, _rowid).select_from(_product).join(_sku, _sku.c.product_id == _product.c.id)
        pairs = connection.execute(statement.where(at.in_(chunk), _sku.c.supplier_id == supplier_id)).all()
        place = {rowid: number for number, rowid in enumerate(chunk)}
        found |= dict.fromkeys(rowid for _, rowid in sorted(pairs, key=lambda pair: (place[pair[0]], pair[1])))
    return array("q", list(found)[:FOUND_MOST])


def named(connection: Connection, supplier_id: str, code: str) -> list[tuple[int, int]]:
    """(rowid, steps) of the SKUs that `code` names, each by its own index: by code or first barcode, else by another
    barcode or a package's; `steps` are those of the package, or of one unit."""
    found = select(_rowid, _sku.c.decimals, _sku.c.supplier_id).select_from(_sku)
    by_code = found.where(_sku.c.supplier_id == supplier_id, _sku.c.code == code)
    by_barcode = found.where(_sku.c.barcode.in_(variants(code)))
    rows = [*connection.execute(by_code), *connection.execute(by_barcode)]
    first = {rowid: 10**decimals for rowid, decimals, supplier in rows if supplier == supplier_id}
    if first:
        return list(first.items())
    steps = further(connection, code)
    others = connection.execute(found.where(_rowid.in_(list(steps)), _sku.c.supplier_id == supplier_id))
    return [(rowid, steps[rowid] or 10**decimals) for rowid, decimals, _ in others]
