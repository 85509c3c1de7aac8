"""Rows as the driver's tuples: reading, writing and removing them in bulk, whichever table they are of."""

from array import array
from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, CursorResult

from s2b_domain.records import RECORDS

Row = tuple[Any, ...]
ID, VERSION = 0, 1
"""Where every row has its key and its version: the fields of `Record` come first."""


@cache
def _upsert(table: str) -> str:
    columns = _columns(table)
    marks = ", ".join("?" * len(columns))
    sets = ", ".join(f"{c} = excluded.{c}" for c in columns[1:])
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {sets}"


@cache
def _select(table: str) -> str:
    return f"SELECT {', '.join(_columns(table))} FROM {table}"


def _columns(table: str) -> list[str]:
    """Quoted: a field may have a name that SQL knows too, such as `default`."""
    return [f'"{column}"' for column in RECORDS[table].columns]


def write(connection: Connection, table: str, rows: list[Row]) -> None:
    """Add or overwrite rows by id; a row that exists keeps its rowid."""
    if rows:
        connection.exec_driver_sql(_upsert(table), rows)


def remove(connection: Connection, table: str, ids: Iterable[str]) -> None:
    """Delete rows by id."""
    gone = [(i,) for i in ids]
    if gone:
        connection.exec_driver_sql(f"DELETE FROM {table} WHERE id = ?", gone)


def read(connection: Connection, table: str, ids: Iterable[str]) -> dict[str, Row]:
    """Those of the rows that exist, by id."""
    wanted = msgspec.json.encode(list(ids)).decode()
    found = connection.exec_driver_sql(f"{_select(table)} WHERE id IN (SELECT value FROM json_each(?))", (wanted,))
    return {row[ID]: row for row in found.cursor.fetchall()}


def beyond(connection: Connection, table: str, ids: Iterable[str]) -> bool:
    """Whether all these ids are higher than those of all rows that are there."""
    highest = connection.exec_driver_sql(f"SELECT max(id) FROM {table}").scalar_one()
    return highest is None or highest < min(ids, default="")


def read_all(connection: Connection, table: str) -> Iterable[Row]:
    """All rows of a table, streamed."""
    return iter(connection.exec_driver_sql(_select(table)).cursor.fetchone, None)


def rowids_of(found: CursorResult[Any]) -> "array[int]":
    """The only column of many rows: 8 bytes each, and no object of SQLAlchemy's for any."""
    return array("q", [row[0] for row in found.cursor.fetchall()])
