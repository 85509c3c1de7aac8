"""Find a supplier's SKUs as one types: by code and barcode first, then by what their products are called."""

from array import array

from sqlalchemy import ColumnElement, Connection, literal_column, select

from s2b_desktop.models.search import search_goods
from s2b_domain.records.catalog import Product, Sku

FOUND_MOST = 2_000
_CHUNK = 500
_sku, _product = Sku.table, Product.table
_rowid: ColumnElement[int] = literal_column("sku.rowid")


def search_skus(connection: Connection, supplier_id: str, text: str) -> "array[int]":
    """Rowids of SKUs that `text` finds, best first: code and barcode, then names and pinyin of their products."""
    mine = select(_rowid).select_from(_sku).where(_sku.c.supplier_id == supplier_id)
    exact = array("q", dict.fromkeys(row[0] for row in named(connection, supplier_id, text)))
    if exact:
        return exact
    begins = [
        mine.where(column >= text, column < text + "\U0010ffff").limit(FOUND_MOST)
        for column in (_sku.c.code, _sku.c.barcode)
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
    """(rowid, decimals) of the SKUs with this code or barcode: two look-ups, each by its own index."""
    found = select(_rowid, _sku.c.decimals, _sku.c.supplier_id).select_from(_sku)
    by_code = found.where(_sku.c.supplier_id == supplier_id, _sku.c.code == code)
    by_barcode = found.where(_sku.c.barcode.in_(_variants(code)))
    rows = [*connection.execute(by_code), *connection.execute(by_barcode)]
    return [(row[0], row[1]) for row in rows if row[2] == supplier_id]


def _variants(code: str) -> list[str]:
    """A barcode as it stands, and with the leading zero that some scanners drop or add."""
    if code.isdigit() and len(code) == 12:
        return [code, "0" + code]
    if code.isdigit() and len(code) == 13 and code[0] == "0":
        return [code, code[1:]]
    return [code]
