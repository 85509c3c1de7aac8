"""Whether a hub's data is what it should be: the file, the books, the feed, the ledger and its signatures."""

from collections import Counter
from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, func, select

from s2b_domain.access import scopes_of
from s2b_domain.books import wrong
from s2b_domain.records import RECORDS
from s2b_domain.records.store import RecordStore
from s2b_domain.wire import OutcomeKind, body_hash, row_hash
from s2b_hub import tables
from s2b_hub.database import tuples
from s2b_hub.entries import outcome_of
from s2b_hub.handover import aside
from s2b_hub.signer import Signer

_MODULUS = 1 << 128
_ROWS = 2000


class Finding(msgspec.Struct, frozen=True):
    """Something that is wrong. `part`: file, books, feed, ledger, devices or backup."""

    part: str
    text: str


def findings(connection: Connection, signer: Signer) -> Iterator[Finding]:
    """All that is wrong in one snapshot of a hub's database."""
    broken = [Finding("file", text) for text in _file(connection)]
    yield from broken
    if broken:
        return
    yield from (Finding("books", text) for text in wrong(RecordStore(connection)))
    yield from (Finding("feed", text) for text in _feed(connection))
    yield from (Finding("ledger", text) for text in _ledger(connection, signer))
    yield from (Finding("devices", text) for text in _devices(connection))


def _file(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        for (told,) in connection.exec_driver_sql("PRAGMA integrity_check"):
            if told != "ok":
                yield str(told)


def _feed(connection: Connection) -> Iterator[str]:
    """Each scope's checksum is that of the rows it holds, and of its change entries."""
    rows: Counter[str] = Counter()
    for name, cls in RECORDS.items():
        for row in connection.execute(select(cls.table).execution_options(yield_per=_ROWS)):
            record = cls.decode(tuple(row))
            number = row_hash(name, record.id, record.row_version)
            for scope in scopes_of(record):
                rows[scope] += number
    c = tables.change.c
    told: Counter[str] = Counter()
    entries = select(c.scope, c.table, c.key, c.row_version).where(c.gone.is_(False))
    for scope, table, key, row_version in connection.execute(entries.execution_options(yield_per=_ROWS)):
        told[scope] += row_hash(table, key, row_version)
    s = tables.scope.c
    kept: dict[str, bytes] = dict(connection.execute(select(s.name, s.checksum)).all())
    for scope in sorted({*kept, *rows, *told}):
        checksum = int.from_bytes(kept.get(scope, b""), "big")
        if rows[scope] % _MODULUS != checksum:
            yield f"the rows of {scope} do not have its checksum"
        if told[scope] % _MODULUS != checksum:
            yield f"the change entries of {scope} do not have its checksum"
    late = connection.scalar(select(func.count()).where(c.version.is_(None)))
    if late:
        yield f"{late} change entries have no version"


def _ledger(connection: Connection, signer: Signer) -> Iterator[str]:
    """Each outcome is about its place and its body, and signed by this hub."""
    c = tables.ledger.c
    wanted = select(c.device_id, c.seq, c.body, c.body_hash, c.kind, c.outcome, c.hub_order).order_by(c.hub_order)
    for device_id, seq, body, hash_, kind, stored, order in connection.execute(
        wanted.execution_options(yield_per=_ROWS)
    ):
        place = f"{device_id}/{seq}"
        outcome = outcome_of(stored)
        if body_hash(body) != hash_ or outcome.kind.value != kind or outcome.seq != seq:
            yield f"the outcome at {place} is not about what stands there"
        receipt = outcome.receipt
        if outcome.kind is OutcomeKind.PARKED:
            continue
        told = receipt and (receipt.device_id, receipt.seq, receipt.body_hash, receipt.hub_order, receipt.kind)
        whose = receipt.device_id if receipt and device_id == aside(outcome) else device_id
        if told != (whose, seq, hash_, order, outcome.kind):
            yield f"the receipt at {place} is about something else"
        elif receipt is not None and not signer.is_ours(receipt):
            yield f"the receipt at {place} is not signed by this hub"


def _devices(connection: Connection) -> Iterator[str]:
    c, d = tables.ledger.c, tables.device.c
    highest = select(c.device_id, func.max(c.seq).label("seq")).group_by(c.device_id).subquery()
    rows = tuples(connection, select(d.id, d.next_seq, highest.c.seq).join(highest, highest.c.device_id == d.id))
    yield from (
        f"device {id_} waits for {expected}, and {seq} is decided" for id_, expected, seq in rows if expected <= seq
    )
