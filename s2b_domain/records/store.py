"""Reading and writing records over a SQLAlchemy connection: the one implementation for desktop and hub.

SQLAlchemy writes each statement once per dialect; after that they go to the driver as text, because commands read
and write many single rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Dialect, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import ClauseElement

from s2b_domain.records.record import Record, decode_all

R = TypeVar("R", bound=Record)


class RecordStore:
    """Rows of one connection. Reads see the connection's own writes; commits belong to the caller."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def get(self, cls: type[R], id_: str) -> R | None:
        """The record with this id."""
        rows = self._read(("get", cls), {"id": id_})
        return cls.decode(rows[0]) if rows else None

    def find(self, cls: type[R], **equals: Any) -> list[R]:
        """All records whose columns equal the given values, in the order of their ids."""
        rows = self._read(("find", cls, *sorted(equals)), equals)
        return sorted(decode_all(cls, rows), key=lambda r: r.id)

    def find_in(self, cls: type[R], column: str, values: Iterable[Any], **equals: Any) -> list[R]:
        """All records whose `column` is one of `values` (and that equal the rest), in the order of their ids."""
        rows = self._among(cls, column, values, **equals)
        return sorted(decode_all(cls, rows), key=lambda r: r.id)

    def rows(self, cls: type[Record], ids: Iterable[str]) -> Sequence[tuple[Any, ...]]:
        """The rows with these ids as they are stored, in no order: for who passes them on."""
        return self._among(cls, "id", ids)

    def insert(self, cls: type[R], rows: Sequence[R]) -> None:
        """Add rows that do not exist."""
        self._write(("insert", cls), cls, [cls.encode(r) for r in rows])

    def replace(self, cls: type[R], rows: Sequence[R]) -> None:
        """Overwrite rows that exist."""
        self._write(("update", cls), cls, [cls.encode(r) for r in rows])

    def remove(self, cls: type[Record], ids: Sequence[str]) -> None:
        """Delete rows by id."""
        self._write(("delete", cls), cls, [(i,) for i in ids])

    def _among(self, cls: type[Record], column: str, values: Iterable[Any], **equals: Any) -> Sequence[Any]:
        wanted = sorted(set(values))
        if not wanted:
            return []
        among = _listed(self.connection.dialect, wanted)
        return self._read(("find_in", cls, column, *sorted(equals)), {**equals, "among": among})

    def _read(self, key: tuple[Any, ...], values: Mapping[str, Any]) -> Sequence[Any]:
        connection = self.connection
        statement = _statement(connection.dialect, key)
        parameters = statement.bound(values)
        if connection.dialect.name != "sqlite":
            answered: Sequence[Any] = connection.exec_driver_sql(statement.text, parameters).cursor.fetchall()
            return answered
        return _fetched(connection, statement.text, parameters)

    def _write(self, key: tuple[Any, ...], cls: type[Record], rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            statement = _statement(self.connection.dialect, key)
            self.connection.exec_driver_sql(statement.text, statement.bound_rows(cls.columns, rows))


def _fetched(connection: Connection, text: str, parameters: Any) -> Sequence[Any]:
    """As `exec_driver_sql`, without the result that SQLAlchemy makes of every answer: on SQLite it costs twice as much
    as the answer."""
    if not connection.in_transaction():
        connection.begin()  # as every first statement does: what follows sees the same state
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, parameters)
        return cursor.fetchall()
    except Exception as error:
        driver = connection.dialect.loaded_dbapi
        if not isinstance(error, driver.Error):
            raise
        raise DBAPIError.instance(text, parameters, error, driver.Error, dialect=connection.dialect) from error


def _listed(dialect: Dialect, values: list[Any]) -> Any:
    """Many values as the one parameter that `_among` takes."""
    return msgspec.json.encode(values).decode() if dialect.name == "sqlite" else values


def _among(dialect: Dialect, column: Column[Any]) -> ColumnElement[bool]:
    """Whether a column is among listed values: one text for any number of them, so that it is prepared once."""
    if dialect.name == "sqlite":
        return column.in_(select(func.json_each(bindparam("p_among")).table_valued("value").c.value))
    return column == func.any(bindparam("p_among"))


class _Statement:
    """The text for the driver, and the order or names of its parameters."""

    def __init__(self, clause: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = clause.compile(dialect=dialect)
        self.text: str = compiled.string
        names = compiled.positiontup if compiled.positional else compiled.params
        self._names = tuple(name.removeprefix("p_") for name in names)
        self._positional: bool = compiled.positional

    def bound(self, values: Mapping[str, Any]) -> Any:
        """The parameters of one execution."""
        if self._positional:
            return tuple([values[name] for name in self._names])
        return {f"p_{name}": values[name] for name in self._names}

    def bound_rows(self, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The parameters of many executions, from rows in the order of `columns`."""
        if not self._positional:
            return [{f"p_{c}": value for c, value in zip(columns, row, strict=False)} for row in rows]
        places = [columns.index(name) for name in self._names]
        if places == list(range(len(rows[0]))):
            return list(rows)
        return list(map(itemgetter(*places), rows))


_statements: dict[tuple[Any, ...], _Statement] = {}


def _statement(dialect: Dialect, key: tuple[Any, ...]) -> _Statement:
    named = (dialect.name, dialect.driver, *key)
    found = _statements.get(named)
    if found is None:
        found = _statements[named] = _Statement(_clause(dialect, *key), dialect)
    return found


def _clause(dialect: Dialect, verb: str, cls: type[Record], *columns: str) -> ClauseElement:
    table = cls.table
    by_id = table.c.id == bindparam("p_id")
    if verb == "get":
        return select(table).where(by_id)
    if verb == "delete":
        return delete(table).where(by_id)
    if verb == "insert":
        return insert(table).values({c: bindparam(f"p_{c}") for c in cls.columns})
    if verb == "update":
        return update(table).where(by_id).values({c: bindparam(f"p_{c}") for c in cls.columns if c != "id"})
    if verb == "find_in":
        first, *columns_ = columns
        equal = [table.c[c] == bindparam(f"p_{c}") for c in columns_]
        return select(table).where(_among(dialect, table.c[first]), *equal)
    return select(table).where(*(table.c[c] == bindparam(f"p_{c}") for c in columns))
