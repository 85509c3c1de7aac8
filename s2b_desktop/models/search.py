"""Find goods as one types: Chinese, pinyin, codes, barcodes."""

from array import array
from collections.abc import Sequence

from sqlalchemy import Connection


def create(connection: Connection) -> None:
    """The index tables of an empty cache."""


def search_goods(
    connection: Connection, text: str, *, limit: int = 2_000, category_ids: Sequence[str] | None = None
) -> "array[int]":
    """The rowids of products that match, best first."""
    sql = (
        "SELECT rowid FROM product WHERE title LIKE :like OR id IN"
        " (SELECT product_id FROM sku WHERE code LIKE :like OR barcode = :text) LIMIT :limit"
    )
    found = connection.exec_driver_sql(sql, {"like": f"%{text}%", "text": text, "limit": limit})
    return array("q", [row[0] for row in found])
