"""What desktops remember and a restored hub has lost: asked for, verified, and laid aside until it is applied."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from s2b_domain.wire import Handed, Handover, Outcome, OutcomeKind, Receipt, body_hash
from s2b_hub import devices, entries, history, tables
from s2b_hub.database import upsert
from s2b_hub.devices import Device
from s2b_hub.door import Batch
from s2b_hub.entries import Entry
from s2b_hub.problems import ProblemError
from s2b_hub.push import MAX_BODY

BOOKED = (OutcomeKind.ACCEPTED, OutcomeKind.ACCEPTED_WITH_EXCEPTION)
UNCLAIMED = frozenset({"malformed_command", "wrong_actor", "command_id_taken"})
"""Refusals that leave the command's id free."""
CLOSED = frozenset({"receipts_wanted", "recovering"})
"""The problems of `gate`."""
_l = tables.ledger.c
_RECEIVED = select(_l.seq).where(_l.device_id == bindparam("b_device"), _l.hub_order == bindparam("b_order"))
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def gate(connection: Connection, device_id: str, known: bytes, remembered: int) -> None:
    """Let a request of a device pass; the problems `receipts_wanted`, where it may remember what this history does
    not know, and `recovering`. A desktop that has nothing to remember says no history."""
    current, under_way = history.standing(connection)
    if known and known != current:
        raise ProblemError("receipts_wanted")
    if known and remembered and not _knows(connection, device_id, remembered, current):
        raise ProblemError("receipts_wanted")
    if under_way is not None:
        raise ProblemError("recovering")


def _knows(connection: Connection, device_id: str, order: int, current: bytes) -> bool:
    """Whether this history has a receipt of the device, or has heard all that the device remembers up to it. What was
    signed after the device had reported must be found: else an older database of this history was put back."""
    found = connection.scalar(_RECEIVED, {"b_device": device_id, "b_order": order})
    return found is not None or order <= history.reported_order(connection, device_id, current)


def proven(batch: Batch, request: Handover) -> Device:
    """The device that hands over, by its secret; registered again by its card if it was forgotten. One that is revoked
    is heard too, for what it remembers may be nowhere else. The problem `device_unknown`."""
    device = devices.registered(batch.connection, request.device_id, request.device_secret)
    if device is None:
        device = devices.reinstate(batch, request.card, request.device_secret)
    if device is None or device.id != request.device_id:
        raise ProblemError("device_unknown")
    return device


def lay_aside(batch: Batch, device: Device, said: Iterable[Handed]) -> int:
    """Keep what is proven and not known; how many. `malformed` for anything that this hub has not signed. What a device
    was before it was renewed is in its outbox too: the receipt itself says whose place it is about. Where a copy of the
    device has taken that place meanwhile with something else, the command gets one of its own (`aside`). Of a revoked
    device only what was booked counts: the reasons of refusals are not signed."""
    rows: list[dict[str, Any]] = []
    for handed in said:
        if device.revoked_at is not None and not _booked(handed.outcome):
            continue
        receipt = handed.outcome.receipt
        told = (handed.seq, handed.outcome.command_id, handed.outcome.kind, body_hash(handed.body))
        if (
            receipt is None
            or len(handed.body) > MAX_BODY
            or told != (receipt.seq, receipt.command_id, receipt.kind, receipt.body_hash)
            or not batch.signer.is_ours(receipt)
        ):
            raise ProblemError("malformed")
        device_id = receipt.device_id
        at = batch.ledger.at(device_id, handed.seq)
        kept = outcome_at(batch.connection, device_id, handed.seq)
        taken = (at is not None and at.body_hash != receipt.body_hash) or (kept is not None and kept[0] != handed.body)
        if taken:
            device_id = aside(handed.outcome)
            known = batch.ledger.deciding(receipt.command_id) if device_id else None
            if known is not None and differs(known, receipt):
                _tell(batch, known, receipt)
            if known is not None or not device_id:
                continue
        elif at is not None and at.kind is not OutcomeKind.PARKED:
            if at.outcome.receipt != receipt:
                _tell(batch, at, receipt)
            continue
        rows.append(
            {
                "device_id": device_id,
                "seq": handed.seq,
                "hub_order": receipt.hub_order,
                "body": handed.body,
                "outcome": _encode(handed.outcome),
            }
        )
    upsert(batch.connection, tables.handed, rows)
    return len(rows)


def _booked(outcome: Outcome) -> bool:
    return outcome.kind in BOOKED and outcome.code not in UNCLAIMED


def differs(entry: Entry, receipt: Receipt) -> bool:
    """Whether a receipt, of whichever place, says something else of a command than the entry that decides it."""
    here = entry.outcome.receipt
    told = (entry.kind, entry.body_hash, here.result if here else {})
    return told != (receipt.kind, receipt.body_hash, receipt.result)


def two_decisions(entry: Entry, receipt: Receipt) -> str:
    """The text for the operator."""
    here = entry.outcome.receipt
    results = [", ".join(f"{k} {v}" for k, v in r.result.items()) for r in (here, receipt) if r is not None]
    first, second = [f" ({r or '–'})" for r in results] if len(set(results)) > 1 else ["", ""]
    return f"decided as {entry.kind.value}{first} here, and as {receipt.kind.value}{second} before the restore"


def _tell(batch: Batch, entry: Entry, receipt: Receipt) -> None:
    batch.ledger.bury(entry.device_id, entry.seq, two_decisions(entry, receipt), "differs", "decided_twice")


def aside(outcome: Outcome) -> str:
    """In the place of a device's id, where a command stands whose own place was taken: the command's id. "" for what
    claims no id: it had no effect and nobody asks for it."""
    return "" if outcome.code in UNCLAIMED else outcome.command_id


def leave_open(batch: Batch, device: Device, seqs: tuple[int, ...]) -> None:
    """Places below what was handed over that were never decided can still be taken."""
    h = tables.hole.c
    known = set(batch.connection.scalars(select(h.seq).where(h.device_id == device.id)))
    fresh = [s for s in dict.fromkeys(seqs) if s not in known and batch.ledger.at(device.id, s) is None]
    if fresh:
        batch.connection.execute(insert(tables.hole), [{"device_id": device.id, "seq": s} for s in fresh])


def waiting(connection: Connection) -> list[tuple[str, int]]:
    """The places of all recorded outcomes that are not applied, in the hub's order."""
    c = tables.handed.c
    return [(d, s) for d, s in connection.execute(select(c.device_id, c.seq).order_by(c.hub_order, c.device_id, c.seq))]


def outcome_at(connection: Connection, device_id: str, seq: int) -> tuple[bytes, Any] | None:
    """The body and recorded outcome laid aside for a place."""
    c = tables.handed.c
    row = connection.execute(select(c.body, c.outcome).where(c.device_id == device_id, c.seq == seq)).first()
    return (row.body, entries.outcome_of(row.outcome)) if row else None


def note_complete(batch: Batch, device_id: str, order: int) -> None:
    """The device remembers nothing up to this hub order that it has not handed over to this history."""
    current = history.fact(batch.connection, history.HISTORY)
    history.note_reported(batch.connection, device_id, current, order, batch.time)
