"""What a scanned code names."""

import msgspec
from sqlalchemy import Connection

from s2b_desktop.models.queries.counting import Seen, seen_in_main
from s2b_desktop.models.queries.goods import GoodsEntry, goods_entries
from s2b_desktop.models.queries.sku_search import named


class Scanned(msgspec.Struct, frozen=True):
    """What a scanned code names: a SKU, and how many steps one scan stands for; `seen` is for a count of it."""

    entry: GoodsEntry
    steps: int
    seen: Seen


def scanned(connection: Connection, supplier_id: str, code: str) -> list[Scanned]:
    """The SKUs that a scanned code names: by barcode or code, else by a further barcode or a package's."""
    steps = dict(named(connection, supplier_id, code))
    return [
        Scanned(entry, steps[entry.rowid], seen_in_main(connection, supplier_id, entry.sku_id))
        for entry in goods_entries(connection, supplier_id, list(steps))
    ]
