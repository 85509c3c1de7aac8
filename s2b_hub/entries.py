"""Rows of the ledger: what was decided about a command, and the statements that read and change them."""

from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, delete, select, tuple_, update

from s2b_domain.commands import Result
from s2b_domain.errors import Param
from s2b_domain.wire import Outcome, OutcomeKind
from s2b_hub import tables

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decoder = msgspec.msgpack.Decoder(Outcome)


class Decision(msgspec.Struct, frozen=True):
    """What was decided about a command, before it has a place in the ledger."""

    kind: OutcomeKind
    code: str = ""
    params: dict[str, Param] = {}
    result: Result = {}
    waiting_for: tuple[str, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ledger. `command_id` only where this row decides the command, else `copy_of` or nothing."""

    device_id: str
    seq: int
    command_id: str | None
    copy_of: str | None
    supersedes: str | None
    actor_id: str
    body: bytes
    body_hash: bytes
    kind: OutcomeKind
    outcome: Outcome
    hub_order: int
    time: int


def outcome_of(stored: bytes) -> Outcome:
    """The outcome of stored bytes."""
    return _decoder.decode(stored)


def entry_of(row: Row[Any]) -> Entry:
    """The entry of a row of the ledger."""
    values = dict(row._mapping)
    values["outcome"] = outcome_of(values["outcome"])
    values["kind"] = OutcomeKind(values["kind"])
    return Entry(**values)


def row_of(entry: Entry) -> dict[str, Any]:
    """The row of an entry."""
    row = msgspec.structs.asdict(entry)
    row["outcome"] = _encode(entry.outcome)
    row["kind"] = entry.kind.value
    return row


_l, _w, _d = tables.ledger.c, tables.waiting.c, tables.device.c
_all = select(tables.ledger).order_by(_l.hub_order)
_mine = _all.with_for_update(key_share=True)
STANDINGS = (
    select(_d.id, _d.next_seq, _d.revoked_at)
    .where(_d.id.in_(bindparam("b_ids", expanding=True)))
    .order_by(_d.id)
    .with_for_update(key_share=True)
)
BY_PLACES = _mine.where(tuple_(_l.device_id, _l.seq).in_(bindparam("b_places", expanding=True)))
BY_COMMANDS = _mine.where(_l.command_id.in_(bindparam("b_ids", expanding=True)))
BY_SUPERSEDED = _all.where(_l.supersedes == bindparam("b_id"))
BY_ORDER = select(_l.device_id, _l.seq).where(_l.hub_order == bindparam("b_order"))
COPIES = _all.where(_l.copy_of == bindparam("b_id"))
WAITING_FOR = select(_w.device_id, _w.seq).where(_w.depends_on.in_(bindparam("b_ids", expanding=True)))
REDECIDE = (
    update(tables.ledger)
    .where(_l.device_id == bindparam("b_device"), _l.seq == bindparam("b_seq"))
    .values({c: bindparam(c) for c in ("kind", "outcome", "hub_order", "time")})
)
RELEASE = delete(tables.waiting).where(_w.device_id == bindparam("b_device"), _w.seq == bindparam("b_seq"))
MOVE_ON = update(tables.device).where(_d.id == bindparam("b_id")).values(next_seq=bindparam("b_next"))
