"""The bare work beside which ours is measured: the same bytes, SQLite or SQLCipher, and no engine around."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import python_calamine as calamine
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlcipher3 import dbapi2

from s2b_desktop.models.database import PAGE_CACHE_KIB
from s2b_domain.records import METADATA, RECORDS

KEY = b"b" * 32
Rows = Mapping[str, Sequence[tuple[Any, ...]]]
"""Rows by table."""
_DIALECT = sqlite.dialect()


def open_cipher(path: Path) -> Any:
    """A bare connection to an encrypted file, set up as ours are."""
    raw = dbapi2.connect(str(path), isolation_level=None)
    raw.execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
    for pragma in (
        f"cache_size = -{PAGE_CACHE_KIB}",
        "temp_store = MEMORY",
        "journal_mode = WAL",
        "synchronous = NORMAL",
    ):
        raw.execute(f"PRAGMA {pragma}")
    return raw


def create_tables(raw: Any, tables: Iterable[str], *, indexes: bool) -> None:
    """The record tables, with or without their indexes."""
    for name in tables:
        raw.execute(str(CreateTable(METADATA.tables[name]).compile(dialect=_DIALECT)))
    if indexes:
        create_indexes(raw, tables)


def create_indexes(raw: Any, tables: Iterable[str]) -> None:
    """The indexes of these tables."""
    for name in tables:
        for index in sorted(METADATA.tables[name].indexes, key=lambda i: str(i.name)):
            raw.execute(str(CreateIndex(index).compile(dialect=_DIALECT)))


def insert(raw: Any, rows: Rows) -> None:
    """All rows in one transaction."""
    raw.execute("BEGIN")
    for table, found in rows.items():
        marks = ", ".join("?" * len(RECORDS[table].columns))
        raw.executemany(f"INSERT INTO {table} VALUES ({marks})", found)
    raw.execute("COMMIT")


def upsert(raw: Any, rows: Rows) -> None:
    """All rows in one transaction, over those that exist."""
    raw.execute("BEGIN")
    for table, found in rows.items():
        columns = RECORDS[table].columns
        marks, sets = ", ".join("?" * len(columns)), ", ".join(f"{c} = excluded.{c}" for c in columns[1:])
        raw.executemany(f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {sets}", found)
    raw.execute("COMMIT")


def read_sheet(path: Path) -> int:
    """Read every row of a workbook; how many there were."""
    return sum(1 for _ in calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows())


def bigrams(text: str) -> str:
    """A text with its neighbouring characters in pairs, as an index for Chinese needs it."""
    return " ".join(text[at : at + 2] for at in range(len(text) - 1))


def build_index(raw: Any, texts: Sequence[tuple[str]]) -> None:
    """A full-text index over prepared texts."""
    raw.execute("CREATE VIRTUAL TABLE bare_text USING fts5(text, tokenize = 'unicode61', content = '', columnsize = 1)")
    raw.execute("BEGIN")
    raw.executemany("INSERT INTO bare_text (text) VALUES (?)", texts)
    raw.execute("COMMIT")
