"""Reading and writing records over a SQLAlchemy connection: the one implementation for desktop and hub."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.sql import Executable

from s2b_domain.records.record import Record, decode_all

R = TypeVar("R", bound=Record)
_CHUNK = 500


class RecordStore:
    """Rows of one connection. Reads see the connection's own writes; commits belong to the caller."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def get(self, cls: type[R], id_: str) -> R | None:
        """The record with this id."""
        row = self.connection.execute(_statement("get", cls), {"b_id": id_}).first()
        return None if row is None else cls.decode(row)

    def find(self, cls: type[R], **equals: Any) -> list[R]:
        """All records whose columns equal the given values, in the order of their ids."""
        statement = _statement("find", cls, tuple(sorted(equals)))
        rows = self.connection.execute(statement, {f"b_{k}": v for k, v in equals.items()})
        return sorted(decode_all(cls, rows), key=lambda r: r.id)

    def find_in(self, cls: type[R], column: str, values: Iterable[Any], **equals: Any) -> list[R]:
        """All records whose `column` is one of `values` (and that equal the rest), in the order of their ids."""
        wanted = sorted(set(values))
        found: list[R] = []
        statement = _statement("find_in", cls, (column, *sorted(equals)))
        bound = {f"b_{k}": v for k, v in equals.items()}
        for start in range(0, len(wanted), _CHUNK):
            chunk = {"b_in": wanted[start : start + _CHUNK]}
            found += decode_all(cls, self.connection.execute(statement, bound | chunk))
        return sorted(found, key=lambda r: r.id)

    def insert(self, cls: type[R], rows: Sequence[R]) -> None:
        """Add rows that do not exist."""
        if rows:
            self.connection.execute(insert(cls.table), [_bound(cls, r) for r in rows])

    def replace(self, cls: type[R], rows: Sequence[R]) -> None:
        """Overwrite rows that exist."""
        if rows:
            self.connection.execute(_statement("update", cls), [{"b_id": r.id, **_bound(cls, r)} for r in rows])

    def remove(self, cls: type[Record], ids: Sequence[str]) -> None:
        """Delete rows by id."""
        if ids:
            self.connection.execute(_statement("delete", cls), [{"b_id": i} for i in ids])


def _bound(cls: type[Record], row: Record) -> dict[str, Any]:
    return dict(zip(cls.columns, cls.encode(row), strict=True))


_statements: dict[tuple[str, type[Record], tuple[str, ...]], Executable] = {}


def _statement(verb: str, cls: type[Record], columns: tuple[str, ...] = ()) -> Executable:
    key = (verb, cls, columns)
    if key not in _statements:
        _statements[key] = _build(verb, cls, columns)
    return _statements[key]


def _build(verb: str, cls: type[Record], columns: tuple[str, ...]) -> Executable:
    table = cls.table
    by_id = table.c.id == bindparam("b_id")
    if verb == "get":
        return select(table).where(by_id)
    if verb == "update":
        return update(table).where(by_id).values({c: bindparam(c) for c in cls.columns if c != "id"})
    if verb == "delete":
        return delete(table).where(by_id)
    if verb == "find_in":
        first, *rest = columns
        among = table.c[first].in_(bindparam("b_in", expanding=True))
        return select(table).where(among, *(table.c[c] == bindparam(f"b_{c}") for c in rest))
    return select(table).where(*(table.c[c] == bindparam(f"b_{c}") for c in columns))
