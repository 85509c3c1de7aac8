"""What the cache shows of commands that the hub has not decided yet: predict, undo, replay.

A prediction writes into the record tables themselves and keeps what was there before, once per row, so that undoing
all predictions gives back exactly the hub's rows.
"""

import logging
from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import Connection

from s2b_desktop.models import rows
from s2b_desktop.models.footprint import Footprint, Footprints
from s2b_desktop.models.outbox import Entry
from s2b_domain import wire
from s2b_domain.access import Actor
from s2b_domain.commands import carry_out
from s2b_domain.errors import DomainError
from s2b_domain.records import Record, name_of
from s2b_domain.records.store import RecordStore
from s2b_domain.tx import Draft, Reader, Ref, Tx

log = logging.getLogger(__name__)
Change = tuple[Ref, Record | None, Record | None]
_KEEP_BEFORE = "INSERT OR IGNORE INTO local_prediction (tbl, id, seq, before) VALUES (?, ?, ?, ?)"
Queued = tuple[Entry, "Author | None"]
"""A command of the outbox and who asked for it."""
_pack = msgspec.msgpack.Encoder().encode


class Author(msgspec.Struct, frozen=True):
    """Who asked, and on which device."""

    actor: Actor
    device_id: str


def start(reader: Reader, body: wire.Body, author: Author, granted: frozenset[str]) -> Tx:
    """The transaction of a command over `reader`, as this desktop sees it."""
    return Tx(
        reader,
        actor=author.actor,
        command_id=body.command_id,
        device_id=author.device_id,
        time=body.client_time,
        sees=granted.__contains__,
    )


def trial(reader: Reader, body: wire.Body, author: Author, granted: frozenset[str]) -> Tx:
    """Carry a command out over `reader`, writing nothing; `DomainError` when it is refused."""
    tx = start(reader, body, author, granted)
    carry_out(tx, body.name, body.payload)
    return tx


def predict(
    connection: Connection,
    queued: Iterable[Queued],
    granted: frozenset[str],
    footprints: Footprints,
    prepared: Mapping[int, Tx] = {},
) -> frozenset[str]:
    """Show the effects of commands, in their order; the names of the tables that changed.

    A command that throws predicts nothing: it stays pending, and the hub decides. `prepared` are trials that were
    made on exactly the state in which the cache is now.
    """
    store = RecordStore(connection)
    tables: set[str] = set()
    for entry, author in queued:
        code, tx = ("", prepared[entry.seq]) if entry.seq in prepared else _attempt(store, entry, author, granted)
        if not code and tx is not None:
            tables |= _show(connection, entry.seq, tx.changes())
        connection.exec_driver_sql("INSERT OR REPLACE INTO local_predicted VALUES (?, ?)", (entry.seq, code))
        footprints.set(entry.seq, Footprint(tx))
    return frozenset(tables)


def _attempt(store: RecordStore, entry: Entry, author: Author | None, granted: frozenset[str]) -> tuple[str, Tx | None]:
    if author is None:
        return "unknown_actor", None
    body = wire.thaw(entry.body)
    tx = start(store, body, author, granted)
    try:
        carry_out(tx, body.name, body.payload)
    except DomainError as refusal:
        return refusal.code, tx
    except Exception:
        log.exception("command %d cannot be predicted", entry.seq)
        return "failed", tx
    return "", tx


def _show(connection: Connection, seq: int, changes: Iterable[Change]) -> set[str]:
    written: dict[str, list[rows.Row]] = {}
    removed: dict[str, list[str]] = {}
    befores: list[tuple[str, str, int, bytes | None]] = []
    for (cls, id_), before, after in changes:
        table = name_of(cls)
        befores.append((table, id_, seq, None if before is None else _pack(cls.encode(before))))
        if after is None:
            removed.setdefault(table, []).append(id_)
        else:
            written.setdefault(table, []).append(cls.encode(after))
    if befores:
        connection.exec_driver_sql(_KEEP_BEFORE, befores)
    for table, found in written.items():
        rows.write(connection, table, found)
    for table, ids in removed.items():
        rows.remove(connection, table, ids)
    return {*written, *removed}


def restore(connection: Connection, found: Iterable[tuple[str, str, bytes | None]]) -> set[str]:
    """Put back what was there before, from (table, id, before); the names of the tables that changed."""
    written: dict[str, list[rows.Row]] = {}
    removed: dict[str, list[str]] = {}
    for table, id_, before in found:
        if before is None:
            removed.setdefault(table, []).append(id_)
        else:
            written.setdefault(table, []).append(msgspec.msgpack.decode(before))
    for table, kept in written.items():
        rows.write(connection, table, kept)
    for table, ids in removed.items():
        rows.remove(connection, table, ids)
    return {*written, *removed}


def undo(connection: Connection) -> set[str]:
    """Take all predictions back: what remains are the hub's rows. The names of the tables that changed."""
    found = connection.exec_driver_sql("SELECT tbl, id, before FROM local_prediction").all()
    changed = restore(connection, found)
    connection.exec_driver_sql("DELETE FROM local_prediction")
    connection.exec_driver_sql("DELETE FROM local_predicted")
    return changed


def unpredicted(connection: Connection) -> int:
    """Commands above this place have no prediction yet."""
    highest = "coalesce((SELECT max(seq) FROM local_predicted), 0), coalesce((SELECT max(seq) FROM local_outcome), 0)"
    return int(connection.exec_driver_sql(f"SELECT max({highest})").scalar_one())


def overlay(connection: Connection, queued: Iterable[Queued], granted: frozenset[str]) -> Draft:
    """The cache as it will be once these commands are predicted, without writing."""
    draft = Draft(RecordStore(connection))
    for entry, author in queued:
        if author is not None:
            try:
                draft.absorb(trial(draft, wire.thaw(entry.body), author, granted))
            except Exception:
                log.debug("command %d has no effect here", entry.seq, exc_info=True)
    return draft


def written(connection: Connection, table: str) -> frozenset[str]:
    """The ids of a table's rows that a command still waiting has written."""
    found = connection.exec_driver_sql("SELECT id FROM local_prediction WHERE tbl = ?", (table,))
    return frozenset(row[0] for row in found)
