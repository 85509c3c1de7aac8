"""Snapshots of shared scopes: their rows at one version, in encrypted chunks that anybody may keep and pass on.

A chunk holds the rows of one table in a range of keys. While nothing in its range changes it stays the same, so that
a new snapshot costs what has changed, and caches on the way stay warm.
"""

import hashlib
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from s2b_domain.access import CATALOG, STOCK, TAXONOMY
from s2b_domain.records import RECORDS
from s2b_domain.wire import NO_NONCE, Chunk, Cursor, Manifest, Rows, Snapshot
from s2b_hub import tables
from s2b_hub.database import hold, tuples
from s2b_hub.pull import scope_counters

ROWS = 10_000
"""Rows of a chunk, about: small enough to begin again with, large enough to compress well."""
LEAST = 2_000
"""Rows below which a scope is not worth a snapshot: a page or two bring it."""
CHANGED = 0.02
"""Part of a scope that changes before its snapshot is made anew; the pull brings so little besides."""
KEPT = 24 * 3600 * 1000
"""Milliseconds for which a retired chunk can still be had."""
_c, _p, _k, _s = tables.change.c, tables.snapshot_part.c, tables.chunk.c, tables.snapshot.c
_encode = msgspec.msgpack.Encoder().encode


class Sealed(msgspec.Struct, frozen=True):
    """A chunk that was just made, and the first key of its range."""

    table: str
    first: str
    chunk: Chunk
    content: bytes


class Plan(msgspec.Struct, frozen=True):
    """What a new snapshot of a scope needs: `fresh` ranges (table, first, until) are to be read, `kept` parts stay, as
    the snapshot at version `base` has them (0: there is none)."""

    scope: str
    base: int
    version: int
    salt: bytes
    fresh: tuple[tuple[str, str, str | None], ...]
    kept: tuple[tuple[str, str], ...]


def shared(scope: str) -> bool:
    """Whether many organisations receive a scope, so that its chunks serve them all."""
    return scope in (TAXONOMY, CATALOG, STOCK) or scope.startswith("pricebook:")


def due(connection: Connection) -> list[str]:
    """The scopes whose snapshot is missing or has fallen behind."""
    made: dict[str, int] = dict(connection.execute(select(_s.scope, _s.version)).all())
    found: list[str] = []
    for scope, version in connection.execute(select(tables.scope.c.name, tables.scope.c.version)):
        if shared(scope) and made.get(scope) != version:
            rows = _count(connection, scope, after=-1)
            if rows >= LEAST and (scope not in made or _count(connection, scope, made[scope]) > CHANGED * rows):
                found.append(scope)
    return sorted(found)


def _count(connection: Connection, scope: str, after: int) -> int:
    beyond = (_c.version > after) if after >= 0 else _c.gone.is_(False)
    return connection.scalar(select(func.count()).select_from(tables.change).where(_c.scope == scope, beyond)) or 0


def plan(connection: Connection, scope: str) -> Plan:
    """What to read for a new snapshot. The rows must be read in the same transaction."""
    counter = scope_counters(connection, [scope])[scope]
    before = connection.scalar(select(_s.version).where(_s.scope == scope)) or 0
    parts: dict[str, list[str]] = {}
    for table, first in connection.execute(select(_p.table, _p.first).where(_p.scope == scope).order_by(_p.first)):
        parts.setdefault(table, []).append(first)
    stale: set[tuple[str, int]] = set()
    changed = select(_c.table, _c.key).where(_c.scope == scope, _c.version > before)
    for table, key in tuples(connection, changed):
        firsts = parts.setdefault(table, [""])
        stale.add((table, bisect_right(firsts, key) - 1))
    fresh: list[tuple[str, str, str | None]] = []
    kept: list[tuple[str, str]] = []
    for table, firsts in sorted(parts.items()):
        for at, first in enumerate(firsts):
            if (table, at) in stale:
                fresh.append((table, first, firsts[at + 1] if at + 1 < len(firsts) else None))
            else:
                kept.append((table, first))
    return Plan(scope, before, counter.version, counter.salt, tuple(fresh), tuple(kept))


def seal(connection: Connection, scope: str, table: str, first: str, until: str | None) -> Iterator[Sealed]:
    """The chunks of a range, in the order of their keys; none where no rows are left in it."""
    of = RECORDS[table].table
    columns = of.join(tables.change, and_(_c.key == of.c.id, _c.table == table))
    at: str | None = first
    while at is not None:
        inside = [_c.scope == scope, _c.gone.is_(False), _c.key >= at, *([_c.key < until] if until else [])]
        found = tuples(connection, select(of).select_from(columns).where(*inside).order_by(_c.key).limit(ROWS * 3 // 2))
        if len(found) < ROWS * 3 // 2:
            rows, following = found, None
        else:
            rows, following = found[:ROWS], str(found[ROWS][0])
        if rows:
            yield _sealed(table, at, rows)
        at = following


def _sealed(table: str, first: str, rows: Sequence[tuple[Any, ...]]) -> Sealed:
    key = os.urandom(32)
    packed = zstandard.ZstdCompressor(level=3).compress(_encode(Rows(table=table, rows=tuple(rows))))
    content = AESGCM(key).encrypt(NO_NONCE, packed, None)
    name = hashlib.sha256(content).hexdigest()
    return Sealed(table, first, Chunk(name=name, key=key, rows=len(rows), size=len(content)), content)


def keep(connection: Connection, made: Sequence[Sealed], now: int) -> None:
    """Store chunks that no snapshot names yet: they count as retired until one does."""
    if made:
        rows = [{"name": s.chunk.name, "content": s.content, "retired_at": now} for s in made]
        connection.execute(insert(tables.chunk), rows)


def publish(connection: Connection, plan: Plan, made: Sequence[Sealed], now: int) -> bool:
    """Let desktops have a snapshot whose chunks are stored; what it replaces is retired. False when another process
    came first."""
    hold(connection, "snapshots")
    if (connection.scalar(select(_s.version).where(_s.scope == plan.scope)) or 0) != plan.base:
        return False
    parts = connection.execute(select(tables.snapshot_part).where(_p.scope == plan.scope)).all()
    kept = [p for p in parts if (p.table, p.first) in set(plan.kept)]
    connection.execute(delete(tables.snapshot_part).where(_p.scope == plan.scope))
    connection.execute(delete(tables.snapshot).where(_s.scope == plan.scope))
    rows = [dict(p._mapping) for p in kept] + [
        {
            "scope": plan.scope,
            "table": s.table,
            "first": s.first,
            "chunk": s.chunk.name,
            "key": s.chunk.key,
            "rows": s.chunk.rows,
            "size": s.chunk.size,
        }
        for s in made
    ]
    if rows:
        connection.execute(insert(tables.snapshot_part), rows)
    connection.execute(insert(tables.snapshot), {"scope": plan.scope, "version": plan.version, "salt": plan.salt})
    named = select(_p.chunk)
    connection.execute(update(tables.chunk).where(_k.name.in_(named)).values(retired_at=None))
    connection.execute(
        update(tables.chunk).where(_k.retired_at.is_(None), _k.name.not_in(named)).values(retired_at=now)
    )
    return True


def sweep(connection: Connection, now: int) -> int:
    """Remove chunks that were retired long ago; how many."""
    return connection.execute(delete(tables.chunk).where(_k.retired_at < now - KEPT)).rowcount


def manifest(connection: Connection, hub_id: str, scopes: Sequence[str], now: int) -> Manifest:
    """The snapshots of these scopes, unsigned. Keys are in it: it is for who is granted all of them."""
    found: list[Snapshot] = []
    wanted = set(scopes)
    for scope, version, salt in connection.execute(select(_s.scope, _s.version, _s.salt).order_by(_s.scope)):
        if scope in wanted:
            parts = select(tables.snapshot_part).where(_p.scope == scope).order_by(_p.table, _p.first)
            cursor = Cursor(hub_id=hub_id, scope=scope, version=version, salt=salt)
            found.append(Snapshot(cursor=cursor, chunks=tuple(map(_chunk, connection.execute(parts)))))
    return Manifest(hub_id=hub_id, time=now, snapshots=tuple(found))


def _chunk(part: Row[Any]) -> Chunk:
    return Chunk(name=part.chunk, key=part.key, rows=part.rows, size=part.size)


def content(connection: Connection, name: str) -> bytes | None:
    """The bytes of a chunk, for anybody: without its key they say nothing."""
    return connection.scalar(select(_k.content).where(_k.name == name))
