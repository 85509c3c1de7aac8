"""Scope checksums over the hub's rows in the cache, kept up to date with every row that a pull changes."""

from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import Connection

from s2b_desktop.models import local
from s2b_desktop.models.rows import ID, VERSION, Row
from s2b_domain.access import scopes_of
from s2b_domain.records import RECORDS
from s2b_domain.wire import checksum_add, row_hash

_HOMES = "homes"
_homes = msgspec.json.Decoder(set[tuple[str, ...]])


class Mismatch(Exception):
    """The cache is not what the hub has: it must be rebuilt. Names the scope."""


class Sums:
    """Changes of checksums, by home: the set of scopes that a row belongs to."""

    def __init__(self) -> None:
        self._changes: dict[tuple[str, ...], int] = {}

    @property
    def homes(self) -> set[tuple[str, ...]]:
        """The homes of all rows that were counted since these were saved."""
        return set(self._changes)

    def count(self, table: str, rows: Iterable[Row], sign: int = 1) -> None:
        """Add rows to the scopes that hold them, or take them out."""
        decode, changes = RECORDS[table].decode, self._changes
        for row in rows:
            scopes = scopes_of(decode(row))
            changes[scopes] = changes.get(scopes, 0) + sign * row_hash(table, row[ID], row[VERSION])

    def save(self, connection: Connection) -> None:
        """Write the changes down."""
        by_scope: dict[str, int] = {}
        for scopes, number in self._changes.items():
            for scope in scopes:
                by_scope[scope] = by_scope.get(scope, 0) + number
        found = {s: int.from_bytes(v, "big") for s, v in connection.exec_driver_sql("SELECT * FROM local_checksum")}
        rows = [(s, checksum_add(found.get(s, 0), n).to_bytes(16, "big")) for s, n in by_scope.items()]
        if rows:
            connection.exec_driver_sql("INSERT OR REPLACE INTO local_checksum VALUES (?, ?)", rows)
        self._changes.clear()


def verify(connection: Connection, expected: Mapping[str, bytes]) -> None:
    """Raise `Mismatch` unless every scope has the hub's checksum."""
    found = {s: bytes(v) for s, v in connection.exec_driver_sql("SELECT * FROM local_checksum")}
    for scope, checksum in expected.items():
        if found.get(scope, bytes(16)) != checksum:
            raise Mismatch(scope)


def load_homes(connection: Connection) -> set[tuple[str, ...]]:
    """The homes that the pages of an unfinished rebuild had."""
    return _homes.decode(local.get_state(connection, _HOMES) or b"[]")


def save_homes(connection: Connection, homes: set[tuple[str, ...]] | None) -> None:
    """Keep them for the next page; None when there is none."""
    local.set_state(connection, _HOMES, None if homes is None else msgspec.json.encode(homes))
