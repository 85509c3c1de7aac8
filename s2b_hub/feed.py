"""What a batch changed, as desktops will learn of it: change entries, scope versions, checksums, salts."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from s2b_domain.access import STOCK, scopes_of
from s2b_domain.records.record import Record, name_of
from s2b_domain.records.store import RecordStore
from s2b_domain.tx import Draft
from s2b_domain.wire import checksum_add, row_hash
from s2b_hub import tables
from s2b_hub.database import insert_new, upsert

NO_CHECKSUM = bytes(16)
_CHUNK = 500
_c = tables.scope.c
_LOCKED = (
    select(_c.name, _c.version, _c.checksum)
    .where(_c.name.in_(bindparam("b_names", expanding=True)))
    .order_by(_c.name)
    .with_for_update(key_share=True)
)


class Counter:
    """A scope's counter row, locked by this transaction."""

    def __init__(self, version: int, checksum: bytes) -> None:
        self.version = version
        self.checksum = int.from_bytes(checksum, "big")


def scopes_written(draft: Draft) -> frozenset[str]:
    """The scopes whose counters a draft's changes need."""
    scopes: set[str] = set()
    for _, before, after in draft.changes():
        for row in (before, after):
            if row is not None:
                scopes.update(scopes_of(row))
    return frozenset(scopes)


def lock(connection: Connection, scopes: Iterable[str]) -> dict[str, Counter]:
    """Lock the counters of these scopes in the order of their names, making those that do not exist."""
    wanted = sorted(scopes)
    found: dict[str, Counter] = {}
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        found |= _locked(connection, chunk)
        missing = [s for s in chunk if s not in found]
        if missing:
            empty = {"version": 0, "checksum": NO_CHECKSUM, "salt": b""}
            insert_new(connection, tables.scope, [{"name": s, **empty} for s in missing])
            found |= _locked(connection, missing)
    return found


def _locked(connection: Connection, scopes: list[str]) -> dict[str, Counter]:
    rows = connection.execute(_LOCKED, {"b_names": scopes})
    return {name: Counter(version, checksum) for name, version, checksum in rows}


def publish(
    connection: Connection, draft: Draft, counters: dict[str, Counter], entropy: Callable[[int], bytes]
) -> dict[str, int]:
    """Write a draft's rows and everything by which desktops notice them; the new version of each scope. `counters`
    hold every written scope but `stock`: all orders write it, so its counter is locked only at the very end."""
    changes = draft.changes()
    _write_rows(RecordStore(connection), changes)
    entries: dict[str, list[dict[str, Any]]] = {}
    hashes: dict[str, int] = {}
    for (cls, key), before, after in changes:
        table = name_of(cls)
        was = scopes_of(before) if before is not None else ()
        now = scopes_of(after) if after is not None else ()
        if before is not None:
            number = row_hash(table, key, before.row_version)
            gone = _entry(table, key, after.row_version if after else before.row_version + 1, True)
            for scope in was:
                hashes[scope] = hashes.get(scope, 0) - number
                if scope not in now:
                    entries.setdefault(scope, []).append(gone)
        if after is not None:
            number = row_hash(table, key, after.row_version)
            entry = _entry(table, key, after.row_version, False)
            for scope in now:
                hashes[scope] = hashes.get(scope, 0) + number
                entries.setdefault(scope, []).append(entry)
    advanced = {s: counters[s] for s in sorted(entries.keys() - {STOCK})}
    _advance(connection, advanced, entries, hashes, entropy)
    if STOCK in entries:
        counter = lock(connection, [STOCK])[STOCK]
        _advance(connection, {STOCK: counter}, entries, hashes, entropy)
        advanced[STOCK] = counter
    return {scope: counter.version for scope, counter in advanced.items()}


def _entry(table: str, key: str, row_version: int, gone: bool) -> dict[str, Any]:
    return {"table": table, "key": key, "row_version": row_version, "gone": gone}


def _advance(
    connection: Connection,
    counters: dict[str, Counter],
    entries: dict[str, list[dict[str, Any]]],
    hashes: dict[str, int],
    entropy: Callable[[int], bytes],
) -> None:
    """Give each scope its next version, with its entries, checksum and salt."""
    changes: list[dict[str, Any]] = []
    scopes: list[dict[str, Any]] = []
    stamps: list[dict[str, Any]] = []
    for name, counter in counters.items():
        counter.version += 1
        counter.checksum = checksum_add(counter.checksum, hashes[name])
        salt, checksum = entropy(16), counter.checksum.to_bytes(16, "big")
        changes += [{"scope": name, "version": counter.version, **e} for e in entries.get(name, ())]
        scopes.append({"name": name, "version": counter.version, "checksum": checksum, "salt": salt})
        stamps.append({"scope": name, "version": counter.version, "salt": salt})
    upsert(connection, tables.change, changes)
    upsert(connection, tables.scope, scopes)
    if stamps:
        connection.execute(insert(tables.stamp), stamps)


def _write_rows(store: RecordStore, changes: list[tuple[Any, Record | None, Record | None]]) -> None:
    added: dict[type[Record], list[Record]] = {}
    changed: dict[type[Record], list[Record]] = {}
    removed: dict[type[Record], list[str]] = {}
    for (cls, key), before, after in changes:
        if after is None:
            removed.setdefault(cls, []).append(key)
        else:
            (added if before is None else changed).setdefault(cls, []).append(after)
    for cls, ids in removed.items():
        store.remove(cls, ids)
    for cls, rows in changed.items():
        store.replace(cls, rows)
    for cls, rows in added.items():
        store.insert(cls, rows)
