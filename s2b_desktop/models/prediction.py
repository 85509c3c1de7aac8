"""What the cache shows of commands that the hub has not decided yet: predict, undo, replay.

A prediction writes into the record tables themselves and keeps what was there before, once per row, so that undoing
all predictions gives back exactly the hub's rows.
"""

import logging
import sys
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from s2b_desktop.models import rows
from s2b_desktop.models.footprint import Footprints
from s2b_desktop.models.outbox import Entry
from s2b_desktop.models.rows import Row
from s2b_domain import wire
from s2b_domain.access import Actor
from s2b_domain.commands import carry_out
from s2b_domain.errors import DomainError
from s2b_domain.records import Record, name_of
from s2b_domain.records.memo import Memo
from s2b_domain.records.store import RecordStore
from s2b_domain.tx import Draft, Reader, Ref, Tx

log = logging.getLogger(__name__)
Change = tuple[Ref, Record | None, Record | None]
Queued = tuple[Entry, "Author | None"]
"""A command of the outbox and who asked for it."""
Attempt = tuple[Entry, str, Tx | None]
"""A command, why it has no effect here (a code, or nothing), and what it did."""
_SLICE = 2_000
"""Rows that commands change in memory before they are written."""
_pack = msgspec.msgpack.Encoder().encode
_ids = msgspec.msgpack.Decoder(list[str]).decode
_rows = msgspec.msgpack.Decoder(list[tuple[Any, ...] | None]).decode


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
    tables: set[str] = set()
    slices = [[(e, "", prepared[e.seq]) for e, _ in queued]] if prepared else _slices(connection, queued, granted)
    for attempts in slices:
        tables |= _show(connection, attempts)
        for entry, _, tx in attempts:
            footprints.set(entry.seq, footprints.of(tx))
    return frozenset(tables)


def replay_some(
    connection: Connection, queued: Iterable[Queued], granted: frozenset[str], footprints: Footprints
) -> frozenset[str] | None:
    """Predict commands again among others that stand, which have nothing to do with what these did before. None, with
    some of them done, when one now has to do with a later one that stands: it would see what comes after it."""
    again = list(queued)
    others = footprints.without(entry.seq for entry, _ in again)
    tables: set[str] = set()
    for attempts in _slices(connection, again, granted):
        made = [(entry.seq, footprints.of(tx)) for entry, _, tx in attempts]
        if any(others.concern_after(seq, footprint) for seq, footprint in made):
            return None
        tables |= _show(connection, attempts)
        for seq, footprint in made:
            footprints.set(seq, footprint)
    return frozenset(tables)


def forget(connection: Connection, seqs: Iterable[int]) -> None:
    """These commands predict nothing any more; what they had written must have been put right."""
    for table in ("local_prediction", "local_predicted"):
        connection.exec_driver_sql(f"DELETE FROM {table} WHERE seq = ?", [(s,) for s in seqs])


def _slices(connection: Connection, queued: Iterable[Queued], granted: frozenset[str]) -> Iterator[list[Attempt]]:
    """Carry commands out one after another; each slice is to be shown before the next is asked for. What a command
    has done already, sent by a copy of this device or by what it was before it was renewed, is not done again: the
    hub's rows came, and the answer is still to come."""
    waiting = iter(queued)
    while part := list(_some(connection, waiting, granted)):
        booked: set[int] = set()
        while more := _booked(connection, [attempt for _, attempt in part]) - booked:
            booked |= more
            part = list(_some(connection, [waited for waited, _ in part], granted, booked, most=sys.maxsize))
        yield [attempt for _, attempt in part]


def _some(
    connection: Connection,
    queued: Iterable[Queued],
    granted: frozenset[str],
    booked: Container[int] = (),
    most: int = _SLICE,
) -> Iterator[tuple[Queued, Attempt]]:
    draft, size = Draft(Memo(RecordStore(connection))), 0
    for entry, author in queued:
        code, tx = _attempt(draft, entry, author, granted)
        if entry.seq in booked:
            code = "booked_already"
        yield (entry, author), (entry, code, tx)
        if not code and tx is not None:
            draft.absorb(tx)
            size += len(tx.after)
        if size >= most:
            return


def _booked(connection: Connection, attempts: Iterable[Attempt]) -> set[int]:
    """The commands that would make rows which are there already. Their ids come from the command's own."""
    fresh: dict[str, dict[str, int]] = {}
    met: set[Ref] = set()
    for entry, _, tx in (a for a in attempts if not a[1] and a[2] is not None):
        for ref, before, _ in tx.changes() if tx is not None else ():
            if before is None and ref not in met:
                fresh.setdefault(name_of(ref[0]), {})[ref[1]] = entry.seq
            met.add(ref)
    return {
        made[id_]
        for table, made in fresh.items()
        if not rows.beyond(connection, table, made)
        for id_ in rows.read(connection, table, made)
    }


def _attempt(reader: Reader, entry: Entry, author: Author | None, granted: frozenset[str]) -> tuple[str, Tx | None]:
    if author is None:
        return "unknown_actor", None
    body = wire.thaw(entry.body)
    tx = start(reader, body, author, granted)
    try:
        carry_out(tx, body.name, body.payload)
    except DomainError as refusal:
        return refusal.code, tx
    except Exception:
        log.exception("command %d cannot be predicted", entry.seq)
        return "failed", tx
    return "", tx


def _show(connection: Connection, attempts: Iterable[Attempt]) -> set[str]:
    """Write what commands did, and beside it what was there before each; the names of the tables that changed."""
    shown: dict[str, dict[str, Row | None]] = {}
    kept: list[tuple[int, str, bytes, bytes]] = []
    predicted: list[tuple[int, str]] = []
    for entry, code, tx in attempts:
        predicted.append((entry.seq, code))
        befores: dict[str, dict[str, Row | None]] = {}
        for (cls, id_), before, after in tx.changes() if tx is not None and not code else ():
            table = name_of(cls)
            befores.setdefault(table, {})[id_] = None if before is None else cls.encode(before)
            shown.setdefault(table, {})[id_] = None if after is None else cls.encode(after)
        kept += [
            (entry.seq, table, _pack(list(found)), _pack(list(found.values()))) for table, found in befores.items()
        ]
    if kept:
        connection.exec_driver_sql("INSERT INTO local_prediction VALUES (?, ?, ?, ?)", kept)
    if predicted:
        connection.exec_driver_sql("INSERT OR REPLACE INTO local_predicted VALUES (?, ?)", predicted)
    for table, found in shown.items():
        rows.write(connection, table, [row for row in found.values() if row is not None])
        rows.remove(connection, table, [id_ for id_, row in found.items() if row is None])
    return set(shown)


def befores(connection: Connection, seqs: Iterable[int] | None = None) -> dict[str, dict[str, Row | None]]:
    """What was there before some commands (or all) were predicted: table -> id -> row or None."""
    sql = "SELECT tbl, ids, befores FROM local_prediction"
    if seqs is not None:
        sql += " WHERE seq IN (SELECT value FROM json_each(?))"
    wanted = () if seqs is None else (msgspec.json.encode(list(seqs)).decode(),)
    found: dict[str, dict[str, Row | None]] = {}
    # The earliest command that wrote a row has seen it without any prediction: it comes last.
    for table, ids, kept in connection.exec_driver_sql(sql + " ORDER BY seq DESC", wanted):
        found.setdefault(table, {}).update(zip(_ids(ids), _rows(kept), strict=True))
    return found


def undo(connection: Connection) -> set[str]:
    """Take all predictions back: what remains are the hub's rows. The names of the tables that changed."""
    found = befores(connection)
    for table, kept in found.items():
        rows.write(connection, table, [row for row in kept.values() if row is not None])
        rows.remove(connection, table, [id_ for id_, row in kept.items() if row is None])
    connection.exec_driver_sql("DELETE FROM local_prediction")
    connection.exec_driver_sql("DELETE FROM local_predicted")
    return set(found)


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
    found = connection.exec_driver_sql("SELECT ids FROM local_prediction WHERE tbl = ?", (table,))
    return frozenset(id_ for row in found for id_ in _ids(row[0]))
