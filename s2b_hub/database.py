"""The hub's database, a SQLite file or PostgreSQL: one engine that writes and one that reads, with real transactions.

What differs between the two stands here and in `engines`: who excludes whom, which errors pass, and how many keys
or rows go into one statement.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import ARRAY, URL, Column, ColumnElement, Connection, Dialect, Executable, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.sql.schema import Table

from s2b_hub.engines import CHANNEL, postgresql_engine, sqlite_engine

_TRANSIENT_SQLITE = frozenset({5, 6, 7, 8, 9, 10, 13, 14, 15})
"""busy, locked, no memory, read-only, interrupted, input/output, full, cannot open, locking protocol."""
_TRANSIENT_POSTGRESQL = ("08", "25006", "25P03", "25P04", "40001", "40P01", "53", "55P03", "57", "58")
"""connection lost, read-only standby, transaction timed out, serialization, deadlock, no resources (disk, memory,
connections), lock not had in time, shut down or cancelled by an operator, system error."""
_CONFLICT_POSTGRESQL = ("23505", "40001", "40P01")
"""unique violation, serialization, deadlock."""


class Database:
    """An open database. `read` sees one snapshot. `write` excludes other writers from its first statement on where
    the database is `exclusive`; else writers of several processes run side by side and exclude each other by locks."""

    def __init__(self, target: Path | URL) -> None:
        self.target = target
        self.exclusive = isinstance(target, Path)
        if isinstance(target, Path):
            if not target.exists():
                os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            self.writer = sqlite_engine(target, size=1)
            self.reader = sqlite_engine(target, size=16, read_only=True)
        else:
            self.writer = postgresql_engine(target, size=1)
            self.reader = postgresql_engine(target, size=12, read_only=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end of the block and is undone by an exception."""
        with self.writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction in which every query sees the same state."""
        with self.reader.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        self.writer.dispose()


def notify(connection: Connection, text: str) -> None:
    """Tell all processes that listen on a PostgreSQL, once this transaction has committed."""
    connection.execute(_notify, {"b_text": text})


def mark(connection: Connection) -> str:
    """What differs after any other connection has committed something; in SQLite only seen by the same connection."""
    if connection.dialect.name == "postgresql":
        return str(connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar_one())
    return str(connection.exec_driver_sql("PRAGMA data_version").scalar_one())


def hold(connection: Connection, name: str) -> None:
    """Be the only transaction that holds `name` until this one ends; where writers exclude each other, it is."""
    if connection.dialect.name == "postgresql":
        connection.execute(_hold, {"b_name": name})


_notify = select(func.pg_notify(CHANNEL, bindparam("b_text")))
_hold = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("b_name"), 0)))


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed later: the database was busy, full or out of reach."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, MemoryError | PoolTimeoutError)
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _TRANSIENT_SQLITE
    state = _state(error)
    return error.connection_invalidated or (state or _unsaid(error)).startswith(_TRANSIENT_POSTGRESQL)


def is_conflict(error: BaseException) -> bool:
    """Whether another process came first with the same, or each waited for the other: the work can be tried again
    at once. Never so where writers exclude each other."""
    return isinstance(error, DBAPIError) and _state(error).startswith(_CONFLICT_POSTGRESQL)


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _unsaid(error: DBAPIError) -> str:
    """The state that an error stands for which has none: the driver itself noticed that the connection is lost."""
    lost = {"OperationalError", "ConnectionTimeout", "InterfaceError"}
    return "08" if hasattr(error.orig, "sqlstate") and type(error.orig).__name__ in lost else ""


def among(connection: Connection, column: Column[Any], keys: Sequence[str]) -> ColumnElement[bool]:
    """`column IN keys`, in a shape whose text does not grow with their number."""
    if connection.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(keys)).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == func.any(bindparam(None, list(keys), type_=ARRAY(Text)))


def tuples(
    connection: Connection, statement: Executable, bound: Mapping[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    """All rows as the driver gives them (a boolean may be 0 or 1), without the price of making rows of them."""
    cursor = connection.execute(statement, bound).cursor
    assert cursor is not None
    return list(cursor.fetchall())


def insert_new(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, leaving those alone whose primary key exists."""
    if rows:
        insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
        connection.execute(insert(table).on_conflict_do_nothing(), rows)


def upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows that say all columns, overwriting those whose primary key exists."""
    if rows:
        text, order = _upsert(connection.dialect, table)
        connection.exec_driver_sql(text, list(map(itemgetter(*order), rows)) if order else rows)


@lru_cache(maxsize=64)
def _upsert(dialect: Dialect, table: Table) -> tuple[str, tuple[str, ...]]:
    """The text for the driver, because an import changes ten thousands of rows at once, and the order of its
    parameters where they have no names."""
    statement = (postgresql_insert if dialect.name == "postgresql" else sqlite_insert)(table)
    keys = [c.name for c in table.primary_key]
    values = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    upserting = statement.on_conflict_do_update(index_elements=keys, set_=values)
    compiled: Any = upserting.compile(dialect=dialect, column_keys=table.columns.keys())
    return compiled.string, tuple(compiled.positiontup or ())
