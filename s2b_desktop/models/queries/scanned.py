"""What a scanned code names."""

import msgspec
from sqlalchemy import ColumnElement, Connection, literal_column, or_, select

from s2b_desktop.models.queries.goods import GoodsEntry, goods_entries
from s2b_desktop.models.queries.sku_search import named
from s2b_domain.records.catalog import Sku

_sku = Sku.table
_rowid: ColumnElement[int] = literal_column("sku.rowid")


class Scanned(msgspec.Struct, frozen=True):
    """What a scanned code names: a SKU, and how many steps one scan stands for."""

    entry: GoodsEntry
    steps: int


def scanned(connection: Connection, supplier_id: str, code: str) -> list[Scanned]:
    """The SKUs that a scanned code names: by barcode or code, else by a further barcode or a package's."""
    steps = {rowid: 10**decimals for rowid, decimals in named(connection, supplier_id, code)}
    if not steps:
        quoted = f'%"{code}"%'
        rarer = select(_rowid, _sku.c.decimals, _sku.c.packages).where(
            _sku.c.supplier_id == supplier_id, or_(_sku.c.more_barcodes.like(quoted), _sku.c.packages.like(quoted))
        )
        for rowid, decimals, packages in connection.execute(rarer):
            factors = [p[1] for p in msgspec.json.decode(packages) if p[2] == code]
            steps[rowid] = factors[0] if factors else 10**decimals
    return [Scanned(entry, steps[entry.rowid]) for entry in goods_entries(connection, supplier_id, list(steps))]
