"""How the hub's database follows the program: numbered steps, each from one schema to the next, in one transaction.

`STEPS[n - 1]` leads from schema n to n + 1; a released step is never edited. A fresh database is made from the tables
as they are now, and an upgraded one must equal it (`tests/hub/test_migrations.py`, `tests/golden`).
"""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Table, inspect, literal, select, update
from sqlalchemy.schema import CreateColumn

from s2b_domain.records import METADATA, RECORDS
from s2b_hub import log, tables

Step = Callable[[Connection], None]


class NoStepError(Exception):
    """A column has no value that the rows of an earlier schema could have: it needs a step of its own."""


def complete(connection: Connection) -> None:
    """Add tables, columns and indexes that are missing, with the values that records have by default, drop those that
    are gone, and let columns be empty or not as they may be now. `NoStepError`.

    The newest step until its schema is released: then what it does is written out."""
    METADATA.create_all(connection)
    tables.HUB_METADATA.create_all(connection)
    for table in (*METADATA.sorted_tables, *tables.HUB_METADATA.sorted_tables):
        seen = inspect(connection)
        there = {str(c["name"]) for c in seen.get_columns(table.name)}
        indexed = {str(i["name"]) for i in seen.get_indexes(table.name) if not i.get("duplicates_constraint")}
        quoted = connection.dialect.identifier_preparer.quote
        for name in sorted(indexed - {str(i.name) for i in table.indexes}):
            connection.exec_driver_sql(f"DROP INDEX {quoted(name)}")
        for column in table.columns:
            if column.name not in there:
                _add(connection, table, column)
        for name in sorted(there - {c.name for c in table.columns}):
            connection.exec_driver_sql(f"ALTER TABLE {quoted(table.name)} DROP COLUMN {quoted(name)}")
        for index in table.indexes:
            if index.name not in indexed:
                index.create(connection)
        _relax(connection, table, {str(c["name"]): bool(c["nullable"]) for c in seen.get_columns(table.name)})


def _relax(connection: Connection, table: Table, nullable: dict[str, bool]) -> None:
    """Let columns hold nothing that had to hold something, or the other way round."""
    changed = [c for c in table.columns if nullable.get(c.name, c.nullable) != c.nullable]
    quoted = connection.dialect.identifier_preparer.quote
    if not changed:
        return
    if connection.dialect.name == "postgresql":
        for column in changed:
            verb = "DROP" if column.nullable else "SET"
            place = f"ALTER TABLE {quoted(table.name)} ALTER COLUMN {quoted(column.name)}"
            connection.exec_driver_sql(f"{place} {verb} NOT NULL")
        return
    for index in table.indexes:
        index.drop(connection)
    before = f"{table.name}_before"
    connection.exec_driver_sql(f"ALTER TABLE {quoted(table.name)} RENAME TO {quoted(before)}")
    table.create(connection)
    names = ", ".join(quoted(c.name) for c in table.columns)
    copied = f"INSERT INTO {quoted(table.name)} ({names}) SELECT {names} FROM {quoted(before)}"
    connection.exec_driver_sql(copied)
    connection.exec_driver_sql(f"DROP TABLE {quoted(before)}")


def _add(connection: Connection, table: Table, column: Column[Any]) -> None:
    quoted = connection.dialect.identifier_preparer.quote
    place = f"ALTER TABLE {quoted(table.name)}"
    described = str(CreateColumn(column).compile(dialect=connection.dialect))
    if column.nullable:
        connection.exec_driver_sql(f"{place} ADD COLUMN {described}")
        return
    value = _value(table, column)
    default = literal(value, column.type).compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    # The driver takes a percent sign for a place where a value goes.
    connection.exec_driver_sql(f"{place} ADD COLUMN {described} DEFAULT {str(default).replace('%', '%%')}")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"{place} ALTER COLUMN {quoted(column.name)} DROP DEFAULT")


def _value(table: Table, column: Column[Any]) -> Any:
    """What a column holds in rows that were written before there was one, as the database keeps it."""
    if table.name not in RECORDS:
        if column.default is None:
            raise NoStepError(f"{table.name}.{column.name}")
        return getattr(column.default, "arg", None)
    for field in msgspec.structs.fields(RECORDS[table.name]):
        if field.name == column.name and not field.required:
            value = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
            plain = isinstance(value, str | int | bytes)
            return value if plain else msgspec.json.encode(value, order="deterministic").decode()
    raise NoStepError(f"{table.name}.{column.name}")


STEPS: tuple[Step, ...] = (complete,)


def upgrade(connection: Connection) -> int:
    """Bring a database to the schema of this program; the version it has then. One that is newer is left alone, and
    of several processes that start at once, one does it while the others wait."""
    c = tables.meta.c
    found = connection.scalar(select(c.value).where(c.key == "schema_version").with_for_update())
    version = int(found or 0)
    for step in STEPS[version - 1 :]:
        step(connection)
        version += 1
        log.event("migrated", schema=version)
    connection.execute(update(tables.meta).where(c.key == "schema_version").values(value=str(version).encode()))
    return version
