"""Find goods as one types: two Chinese characters suffice, pinyin and its initials, codes, barcodes.

Titles and brands go into a full-text index as words: Chinese as overlapping pairs of characters, so that a phrase of
pairs is a substring, and as sounds. Triggers note which products have changed; `index_some` brings the index up to
date in slices, so that rows are usable before it is finished. Codes and barcodes have ordinary indexes.
"""

import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import Connection

from s2b_desktop.models import barcodes
from s2b_desktop.models.pinyin import HAN, syllables
from s2b_desktop.models.rows import rowids_of

SCORED = 2_000
"""Hits up to which an order by relevance means anything; to score more would take longer than one types."""
SLICE = 250
MAX_INITIALS = 8
MAX_SOUND = 24
_RUNS = re.compile(f"([{HAN}]+)|([^\\W_]+)")
_HAN_ONLY = re.compile(f"[{HAN}]")
_CODES = (
    ("sku s", "s.code"),
    ("sku s", "s.barcode"),
    ("local_barcode b JOIN sku s ON s.rowid = b.sku_rowid", "b.code"),
)
SCHEMA = (
    "CREATE VIRTUAL TABLE local_goods USING fts5(words, sounds, content='', contentless_delete=1,"
    " prefix='1 2', tokenize='unicode61 remove_diacritics 0')",
    "CREATE TABLE local_stale (product_rowid INTEGER PRIMARY KEY)",
    *barcodes.SCHEMA,
)
# A trigger's own OR IGNORE does not hold inside an upsert, and rows come by upserts: so look first.
_STALE = (
    "INSERT INTO local_stale SELECT {at}.rowid"
    " WHERE NOT EXISTS (SELECT 1 FROM local_stale WHERE product_rowid = {at}.rowid)"
)
FOLLOW = (
    "INSERT INTO local_stale SELECT rowid FROM product",
    f"CREATE TRIGGER product_added AFTER INSERT ON product BEGIN {_STALE.format(at='new')}; END",
    "CREATE TRIGGER product_renamed AFTER UPDATE OF title, brand ON product"
    f" WHEN old.title IS NOT new.title OR old.brand IS NOT new.brand BEGIN {_STALE.format(at='new')}; END",
    f"CREATE TRIGGER product_removed AFTER DELETE ON product BEGIN {_STALE.format(at='old')}; END",
    *barcodes.FOLLOW,
)


def create(connection: Connection) -> None:
    """The index of an empty cache, which follows nothing yet."""
    for statement in SCHEMA:
        connection.exec_driver_sql(statement)


def follow(connection: Connection) -> None:
    """From now on every change of a product is noticed; those that are there already are to be indexed."""
    for statement in FOLLOW:
        connection.exec_driver_sql(statement)


def index_some(connection: Connection, *, limit: int = SLICE) -> int:
    """Bring up to `limit` products up to date in the index; how many it were."""
    stale = [row[0] for row in connection.exec_driver_sql("SELECT product_rowid FROM local_stale LIMIT ?", (limit,))]
    if not stale:
        return 0
    among = "IN (SELECT value FROM json_each(?))"
    which = (msgspec.json.encode(stale).decode(),)
    connection.exec_driver_sql(f"DELETE FROM local_goods WHERE rowid {among}", which)
    found = connection.exec_driver_sql(f"SELECT rowid, title, brand FROM product WHERE rowid {among}", which).all()
    rows = [(rowid, *indexed(f"{title} {brand}")) for rowid, title, brand in found]
    if rows:
        connection.exec_driver_sql("INSERT INTO local_goods (rowid, words, sounds) VALUES (?, ?, ?)", rows)
    connection.exec_driver_sql(f"DELETE FROM local_stale WHERE product_rowid {among}", which)
    return len(stale)


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """The (Chinese, other) runs of a text, one of the two empty; compatible forms and cases made equal."""
    return (match.groups("") for match in _RUNS.finditer(unicodedata.normalize("NFKC", text).casefold()))  # type: ignore[misc]


def indexed(text: str) -> tuple[str, str]:
    """The words and the sounds of a text, each separated by spaces."""
    words: list[str] = []
    sounds: list[str] = []
    for han, other in _runs(text):
        if other:
            words.append(other)
            continue
        words += [han[i : i + 2] for i in range(len(han))]
        common, second = syllables(han)
        sounds += _sounds(common)
        if second != common:
            sounds += _sounds(second)
    return " ".join(words), " ".join(sounds)


def _sounds(spoken: list[str]) -> Iterator[str]:
    """From each character on: its initials, and its spelling."""
    initials, whole = "".join([s[:1] for s in spoken]), "".join(spoken)
    first = at = 0
    for syllable in spoken:
        if syllable:
            yield initials[first : first + MAX_INITIALS]
            yield whole[at : at + MAX_SOUND]
            first, at = first + 1, at + len(syllable)


def _expression(text: str) -> str:
    """The full-text query for what somebody typed; "" when there is nothing to look for."""
    terms: list[str] = []
    for han, other in _runs(text):
        if len(han) == 1:
            terms.append(f'words : "{han}" *')
        elif han:
            pairs = " ".join(han[i : i + 2] for i in range(len(han) - 1))
            terms.append(f'words : "{pairs}"')
        elif other.isascii() and other.isalpha():
            terms.append(f'(words : "{other}" * OR sounds : "{other[:MAX_SOUND]}" *)')
        else:
            terms.append(f'words : "{other}" *')
    return " AND ".join(terms)


def search_goods(
    connection: Connection, text: str, *, limit: int = SCORED, category_ids: Sequence[str] | None = None
) -> "array[int]":
    """The rowids of at most `limit` products that match all of `text`, best first: codes, then words and sounds."""
    text = text.strip()
    found = dict.fromkeys(_by_code(connection, text, limit if category_ids is None else -1)) if text else {}
    expression = _expression(text)
    if expression:
        found.update(dict.fromkeys(_matching(connection, expression, most=SCORED if category_ids is None else -1)))
    rowids = list(found)
    if category_ids is not None:
        kept = _in_categories(connection, category_ids)
        rowids = [r for r in rowids if r in kept]
    return array("q", rowids[:limit])


def _matching(connection: Connection, expression: str, *, most: int) -> "array[int]":
    """Products by words and sounds: by relevance, or, where there are too many to count, the first `most` found."""
    match = "FROM local_goods WHERE local_goods MATCH ?"
    many = connection.exec_driver_sql(f"SELECT 1 {match} LIMIT 1 OFFSET ?", (expression, SCORED - 1)).first()
    order = "LIMIT ?" if many else "ORDER BY bm25(local_goods, 4.0, 1.0), rowid LIMIT ?"
    return rowids_of(connection.exec_driver_sql(f"SELECT rowid {match} {order}", (expression, most)))


def _by_code(connection: Connection, text: str, limit: int) -> list[int]:
    """Products by the beginning of a SKU's code or of any barcode, whole ones first."""
    if _HAN_ONLY.search(text):
        return []
    found: dict[int, None] = {}
    for variant in dict.fromkeys((text, text.upper(), text.lower())):
        for table, column in _CODES:
            sql = (
                f"SELECT p.rowid FROM {table} JOIN product p ON p.id = s.product_id"
                f" WHERE {column} >= ? AND {column} < ? ORDER BY {column} LIMIT ?"
            )
            beyond = variant[:-1] + chr(ord(variant[-1]) + 1)
            found.update(dict.fromkeys(r[0] for r in connection.exec_driver_sql(sql, (variant, beyond, limit))))
    return list(found)


def _in_categories(connection: Connection, category_ids: Sequence[str]) -> frozenset[int]:
    sql = "SELECT rowid FROM product WHERE category_id IN (SELECT value FROM json_each(?))"
    found = connection.exec_driver_sql(sql, (msgspec.json.encode(list(category_ids)).decode(),))
    return frozenset(row[0] for row in found)
