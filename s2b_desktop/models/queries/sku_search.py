"""Find SKUs one may have stock of as one types: by code and barcodes first, then by what their products are called."""

from array import array

from sqlalchemy import ColumnElement, Connection, column, literal_column, select, table, true

from s2b_desktop.models.barcodes import further
from s2b_desktop.models.search import search_goods
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.party import Organisation, PartyKind
from s2b_domain.records.stock import Stock
from s2b_domain.rules.gs1 import variants

FOUND_MOST = 2_000
_CHUNK = 500
_sku, _product = Sku.table, Product.table
_rowid: ColumnElement[int] = literal_column("sku.rowid")
_stock, _organisation = Stock.table, Organisation.table
_barcode = table("local_barcode", column("code"), column("sku_rowid"))


def is_shop(connection: Connection, owner_id: str) -> bool:
    """Whether stock of this owner is a shop's: of anybody's goods, and promised to nobody."""
    kind = connection.scalar(select(_organisation.c.kind).where(_organisation.c.id == owner_id))
    return kind == PartyKind.MERCHANT.value


def search_skus(connection: Connection, owner_id: str, text: str) -> "array[int]":
    """Rowids of SKUs that `text` finds, best first: code and barcodes, then names and pinyin of their products.

    A supplier's are its own, a shop's those that it has stock of.
    """
    own: ColumnElement[bool] = _sku.c.supplier_id == owner_id
    if is_shop(connection, owner_id):
        own = _sku.c.id.in_(select(_stock.c.sku_id).where(_stock.c.owner_id == owner_id))
    mine = select(_rowid).select_from(_sku).where(own)
    exact = array("q", dict.fromkeys(row[0] for row in named(connection, owner_id, text)))
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
        pairs = connection.execute(statement.where(at.in_(chunk), own)).all()
        place = {rowid: number for number, rowid in enumerate(chunk)}
        found |= dict.fromkeys(rowid for _, rowid in sorted(pairs, key=lambda pair: (place[pair[0]], pair[1])))
    return array("q", list(found)[:FOUND_MOST])


def named(connection: Connection, owner_id: str, code: str) -> list[tuple[int, int]]:
    """(rowid, steps) of the SKUs that `code` names, each by its own index: by code or first barcode, else by another
    barcode or a package's; `steps` are those of the package, or of one unit. A shop's may be anybody's goods: those
    that it has stock of come alone where there are any."""
    shop = is_shop(connection, owner_id)
    own: ColumnElement[bool] = true() if shop else _sku.c.supplier_id == owner_id
    found = select(_rowid, _sku.c.decimals, _sku.c.id).select_from(_sku).where(own)
    by_code = found.where(_sku.c.code == code)
    by_barcode = found.where(_sku.c.barcode.in_(variants(code)))
    rows = [*connection.execute(by_code), *connection.execute(by_barcode)]
    first = {(rowid, id_): 10**decimals for rowid, decimals, id_ in rows}
    if not first:
        steps = further(connection, code)
        others = connection.execute(found.where(_rowid.in_(list(steps))))
        first = {(rowid, id_): steps[rowid] or 10**decimals for rowid, decimals, id_ in others}
    if shop and len(first) > 1:
        mine = _stock.c.sku_id.in_([id_ for _, id_ in first])
        lying = set(connection.scalars(select(_stock.c.sku_id).where(_stock.c.owner_id == owner_id, mine)))
        first = {key: n for key, n in first.items() if key[1] in lying} or first
    return [(rowid, n) for (rowid, _), n in first.items()]
