"""What can still be read of a damaged outbox goes into a new one; what cannot is named, and the old file is kept."""

import logging
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from s2b_desktop.models.database import erase, open_engine
from s2b_desktop.models.outbox import Outbox
from s2b_desktop.models.storage import Damaged
from s2b_domain import wire

log = logging.getLogger(__name__)
_SMALL = ("draft", "counter", "device", "session")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The places of the commands that were kept and of those that could not be read, the small tables that are
    incomplete, and where the damaged file lies now."""

    kept: tuple[int, ...]
    lost: tuple[int, ...]
    incomplete: tuple[str, ...]
    damaged: Path

    @property
    def saved(self) -> int:
        """How many commands were kept."""
        return len(self.kept)


def sound(path: Path, key: bytes) -> bool:
    """Whether every page of the file is as it was written."""
    engine = open_engine(path, key, read_only=True)
    try:
        with engine.begin() as connection:
            return [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check(1)")] == ["ok"]
    except (Damaged, DatabaseError):
        return False
    finally:
        engine.dispose()


def rescue(path: Path, key: bytes) -> Report:
    """Replace a damaged outbox by what can be read of it. `Damaged` when nothing can: the file is left alone then."""
    fresh = path.with_name("outbox.rescued.db")
    erase(fresh)
    reader = _Reader(path, key)
    try:
        rows, lost = _commands(reader)
        small = {table: reader.rows(f"SELECT * FROM {table}") for table in _SMALL}
    finally:
        reader.close()
    Outbox(fresh, key).close()
    target = open_engine(fresh, key, durable=True)
    with target.begin() as connection:
        for table, found in (("command", rows), *((t, part) for t, part in small.items() if part)):
            if found:
                marks = ", ".join("?" * len(found[0]))
                connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", [tuple(row) for row in found])
        top = max((*lost, *(row[0] for row in rows)), default=0)
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = 'command'")
        connection.exec_driver_sql("INSERT INTO sqlite_sequence VALUES ('command', ?)", (top,))
    target.dispose()
    kept_aside = _aside(path)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.rename(kept_aside)
    fresh.rename(path)
    incomplete = tuple(table for table, part in small.items() if part is None)
    report = Report(kept=tuple(row[0] for row in rows), lost=tuple(lost), incomplete=incomplete, damaged=kept_aside)
    log.warning("the outbox was damaged: %d commands kept, %d lost, %s", report.saved, len(lost), incomplete)
    return report


class _Reader:
    """Reads what can be read. After a page that cannot, SQLCipher gives up on the connection: there is a new one."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key
        self._engine = self._open()

    def close(self) -> None:
        self._engine.dispose()

    def _open(self) -> Engine:
        return open_engine(self._path, self._key, read_only=True, salvage=True)

    def rows(self, sql: str, *values: int) -> list[Any] | None:
        """What a query finds; None when it comes upon damage. `Damaged` when the file cannot be opened at all."""
        try:
            with self._engine.connect() as connection:
                return list(connection.exec_driver_sql(sql, values).all())
        except DatabaseError:
            self.close()
            self._engine = self._open()
            return None


def _commands(reader: _Reader) -> tuple[list[Any], list[int]]:
    """Every command that can be read and is what its hash says, and the places of the others."""
    top = _highest(reader)
    if top is None:
        raise Damaged("outbox.db")
    rows: list[Any] = []
    lost: list[int] = []
    for seq in range(1, top + 1):
        found = reader.rows("SELECT * FROM command WHERE seq = ?", seq)
        if found == []:
            continue  # it was forgotten long after the hub had answered
        if found and wire.body_hash(bytes(found[0].body)) == bytes(found[0].body_hash):
            rows.append(tuple(found[0]))
        else:
            lost.append(seq)
    return rows, lost


def _highest(reader: _Reader) -> int | None:
    for sql in ("SELECT seq FROM sqlite_sequence WHERE name = 'command'", "SELECT max(seq) FROM command"):
        found = reader.rows(sql)
        if found is not None:
            return int(found[0][0] or 0) if found else 0
    return None


def _aside(path: Path) -> Path:
    for n in range(1, 1000):
        place = path.with_name(f"outbox.damaged-{n}.db")
        if not place.exists():
            return place
    raise Damaged(path.name)
