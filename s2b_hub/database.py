"""The hub's database: one engine that writes and one that reads, each with real transactions."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, Executable, create_engine, event, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.schema import Table

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "cache_size=-32768", "temp_store=MEMORY")
_TRANSIENT_SQLITE = frozenset({5, 6, 7, 8, 9, 10, 13, 14, 15})
"""busy, locked, no memory, read-only, interrupted, input/output, full, cannot open, locking protocol."""


class Database:
    """An open SQLite file. `write` excludes other writers from its first statement on; `read` sees one snapshot."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self.path = path
        self.writer = _engine(path, "BEGIN IMMEDIATE", size=1)
        self.reader = _engine(path, "BEGIN", "query_only=ON", size=16)

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


def _engine(path: Path, begin: str, *pragmas: str, size: int) -> Engine:
    engine = create_engine(f"sqlite:///{path}", pool_size=size, max_overflow=2 * size if size > 1 else 0)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        for pragma in (*_PRAGMAS, *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed later: the database was busy, full or out of reach."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, MemoryError)
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _TRANSIENT_SQLITE


def among(connection: Connection, column: Column[Any], keys: Sequence[str]) -> ColumnElement[bool]:
    """`column IN keys`, in a shape whose text does not grow with their number."""
    if connection.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(keys)).table_valued("value")
        return column.in_(select(listed.c.value))
    return column.in_(keys)


def tuples(connection: Connection, statement: Executable) -> list[tuple[Any, ...]]:
    """All rows as the driver gives them (a boolean may be 0 or 1), without the price of making rows of them."""
    cursor = connection.execute(statement).cursor
    assert cursor is not None
    return list(cursor.fetchall())


def upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, overwriting those whose primary key exists."""
    if rows:
        connection.execute(_upsert(connection.dialect.name, table), rows)


@cache
def _upsert(dialect: str, table: Table) -> Executable:
    statement = (postgresql_insert if dialect == "postgresql" else sqlite_insert)(table)
    keys = [c.name for c in table.primary_key]
    values = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)
