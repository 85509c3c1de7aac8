"""The cache's own tables, beside those of the records: where it stands, what it predicts, what it found out."""

import zlib
from collections.abc import Iterable
from functools import cache

import msgspec
from sqlalchemy import Column, Connection, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.schema import CreateTable

from s2b_desktop.models import search
from s2b_domain import wire
from s2b_domain.records import METADATA

LOCAL = MetaData()

cursor = Table(
    "local_cursor",
    LOCAL,
    Column("scope", Text, primary_key=True),
    Column("hub_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("salt", LargeBinary, nullable=False),
)
granted = Table("local_granted", LOCAL, Column("scope", Text, primary_key=True))
checksum = Table(
    "local_checksum", LOCAL, Column("scope", Text, primary_key=True), Column("sum", LargeBinary, nullable=False)
)
outcome = Table(
    "local_outcome",
    LOCAL,
    Column("seq", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("hub_order", Integer, nullable=False),
    Column("outcome", LargeBinary, nullable=False),
)
Index("ix_local_outcome_kind", outcome.c.kind, outcome.c.seq)
Index("ix_local_outcome_order", outcome.c.hub_order)
prediction = Table(
    "local_prediction",
    LOCAL,
    Column("seq", Integer, primary_key=True),
    Column("tbl", Text, primary_key=True),
    Column("ids", LargeBinary, nullable=False),
    Column("befores", LargeBinary, nullable=False),
    comment="What a command has written: the ids of a table's rows, and beside them what was there before",
)
predicted = Table(
    "local_predicted", LOCAL, Column("seq", Integer, primary_key=True), Column("code", Text, nullable=False)
)
staged = Table(
    "local_staged", LOCAL, Column("n", Integer, primary_key=True), Column("page", LargeBinary, nullable=False)
)
state = Table("local_state", LOCAL, Column("key", Text, primary_key=True), Column("value", LargeBinary, nullable=False))

ATTENTION = (
    "CREATE INDEX ix_sales_order_overpaid ON sales_order (merchant_id)"
    " WHERE paid > total - cancelled_amount - returned_amount",
    "CREATE INDEX ix_parcel_problem ON parcel (merchant_id) WHERE state = 'PROBLEM'",
)
"""The few orders for which money has to go back, and parcels in trouble: a desktop asks for them all the time, the hub
never does."""
TROUBLED = frozenset(wire.OutcomeKind) - {wire.OutcomeKind.ACCEPTED, wire.OutcomeKind.PARKED}
"""Answers that somebody must look at."""
PAGE = "page"
"""The name of the value with which an unfinished pull goes on."""
SNAPSHOT = "snapshot"
"""The name of the value that says where a rebuild from chunks stands."""
_SETTLED, _HEARD = "settled", "heard"
_SOME = 1000


@cache
def schema_version() -> int:
    """A number that changes whenever any table of the cache does; such a cache is simply rebuilt."""
    tables = [*METADATA.sorted_tables, *LOCAL.sorted_tables]
    text = "\n".join(str(CreateTable(t)) + repr(sorted(i.name or "" for i in t.indexes)) for t in tables)
    text += "\n".join((*search.SCHEMA, *search.FOLLOW, *ATTENTION))
    return zlib.crc32(text.encode()) & 0x7FFF_FFFF or 1


def get_state(connection: Connection, key: str) -> bytes | None:
    """A small value by name."""
    row = connection.exec_driver_sql("SELECT value FROM local_state WHERE key = ?", (key,)).first()
    return None if row is None else bytes(row[0])


def set_state(connection: Connection, key: str, value: bytes | None) -> None:
    """Keep a small value; None removes it."""
    if value is None:
        connection.exec_driver_sql("DELETE FROM local_state WHERE key = ?", (key,))
    else:
        connection.exec_driver_sql("INSERT OR REPLACE INTO local_state VALUES (?, ?)", (key, value))


def granted_scopes(connection: Connection) -> frozenset[str]:
    """The scopes that the last complete pull granted."""
    return frozenset(row[0] for row in connection.exec_driver_sql("SELECT scope FROM local_granted"))


def set_granted(connection: Connection, scopes: Iterable[str]) -> None:
    """Replace the granted scopes."""
    connection.exec_driver_sql("DELETE FROM local_granted")
    rows = [(s,) for s in sorted(set(scopes))]
    if rows:
        connection.exec_driver_sql("INSERT INTO local_granted VALUES (?)", rows)


def cursors(connection: Connection) -> tuple[wire.Cursor, ...]:
    """Where the cache stands in each scope."""
    rows = connection.exec_driver_sql("SELECT hub_id, scope, version, salt FROM local_cursor ORDER BY scope")
    return tuple(wire.Cursor(hub_id=h, scope=s, version=v, salt=bytes(salt)) for h, s, v, salt in rows)


def set_cursors(connection: Connection, found: Iterable[wire.Cursor]) -> None:
    """Replace all cursors."""
    connection.exec_driver_sql("DELETE FROM local_cursor")
    rows = [(c.scope, c.hub_id, c.version, c.salt) for c in found]
    if rows:
        connection.exec_driver_sql("INSERT INTO local_cursor VALUES (?, ?, ?, ?)", rows)


def clear_stage(connection: Connection) -> None:
    """Forget the pages of an unfinished pull."""
    connection.exec_driver_sql("DELETE FROM local_staged")
    set_state(connection, PAGE, None)


def store_outcomes(connection: Connection, outcomes: Iterable[wire.Outcome]) -> None:
    """Keep the hub's answers; a parked one is replaced when its final answer comes."""
    rows = [(o.seq, o.kind.value, o.receipt.hub_order if o.receipt else 0, msgspec.msgpack.encode(o)) for o in outcomes]
    if rows:
        connection.exec_driver_sql("INSERT OR REPLACE INTO local_outcome VALUES (?, ?, ?, ?)", rows)
        _settle(connection)


def _settle(connection: Connection) -> None:
    before = seq = settled_until(connection)
    while seq + 1 in (done := final_seqs(connection, after=seq, limit=_SOME)):
        while seq + 1 in done:
            seq += 1
    if seq > before:
        set_state(connection, _SETTLED, seq.to_bytes(8, "big"))


def settle(connection: Connection, until: int) -> None:
    """All places up to this one have their final answer; those of accepted commands need not be kept any more."""
    if until > settled_until(connection):
        set_state(connection, _SETTLED, until.to_bytes(8, "big"))


def forget_outcomes(connection: Connection, until: int) -> None:
    """Drop accepted answers up to a place, which a backup has, except the newest of all."""
    connection.exec_driver_sql(
        "DELETE FROM local_outcome WHERE seq <= ? AND kind = ?"
        " AND hub_order < (SELECT max(hub_order) FROM local_outcome)",
        (until, wire.OutcomeKind.ACCEPTED.value),
    )


def hear(connection: Connection, order: int) -> None:
    """All answers up to this hub order were heard, those to what was forgotten here among them."""
    if order > newest(connection)[1]:
        set_state(connection, _HEARD, order.to_bytes(8, "big"))


def newest(connection: Connection) -> tuple[int, int]:
    """The highest place with a stored answer, and the highest hub order of a receipt; what a pull asks beyond."""
    seq, order = (
        connection.exec_driver_sql(f"SELECT coalesce(max({column}), 0) FROM local_outcome").scalar_one()
        for column in ("seq", "hub_order")
    )
    return int(seq), max(int(order), int.from_bytes(get_state(connection, _HEARD) or b"", "big"))


def outcomes(connection: Connection, *, above: int = 0) -> dict[int, wire.Outcome]:
    """The stored answers by place."""
    rows = connection.exec_driver_sql("SELECT seq, outcome FROM local_outcome WHERE seq > ? ORDER BY seq", (above,))
    return {seq: msgspec.msgpack.decode(blob, type=wire.Outcome) for seq, blob in rows}


def outcomes_at(connection: Connection, seqs: Iterable[int]) -> dict[int, wire.Outcome]:
    """The stored answers at these places."""
    wanted = msgspec.json.encode(list(seqs)).decode()
    sql = "SELECT seq, outcome FROM local_outcome WHERE seq IN (SELECT value FROM json_each(?))"
    rows = connection.exec_driver_sql(sql, (wanted,))
    return {seq: msgspec.msgpack.decode(blob, type=wire.Outcome) for seq, blob in rows}


def final_seqs(connection: Connection, *, after: int, limit: int = -1) -> frozenset[int]:
    """The places above `after` whose final answer is stored, the lowest ones up to `limit`."""
    sql = "SELECT seq FROM local_outcome WHERE seq > ? AND kind <> ? ORDER BY seq LIMIT ?"
    return frozenset(row[0] for row in connection.exec_driver_sql(sql, (after, wire.OutcomeKind.PARKED.value, limit)))


def troubled_seqs(connection: Connection) -> frozenset[int]:
    """The places whose answer somebody must look at."""
    marks = ", ".join("?" * len(TROUBLED))
    sql = f"SELECT seq FROM local_outcome WHERE kind IN ({marks})"
    return frozenset(row[0] for row in connection.exec_driver_sql(sql, tuple(k.value for k in TROUBLED)))


def settled_until(connection: Connection) -> int:
    """The highest place such that it and all before it have their final answer."""
    return int.from_bytes(get_state(connection, _SETTLED) or b"", "big")
