"""What accepted commands want done outside of the books (money given back by a payment provider), and how far it is.

An effect is derived from the rows that a command left, in the command's own transaction, and never performed in it. Its
key comes from the document's id, which comes from the command's: whoever performs it knows it again by that key. After
a restore everything that may have been performed already is `held`: its performer is asked first.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from s2b_domain.commands import Command
from s2b_domain.records.record import Record
from s2b_domain.tx import Reader, Ref
from s2b_hub import tables

BY_HAND = "by_hand"
"""The provider of methods that nobody is connected for: a person does it and books it."""
_e = tables.effect.c


class EffectState(StrEnum):
    """pending: not asked for yet. held: it may have been done before a restore, its performer is asked first. sent: it
    was asked for, and the answer is not known. confirmed: done and booked. failed: declined, or done and not booked."""

    PENDING = "pending"
    HELD = "held"
    SENT = "sent"
    CONFIRMED = "confirmed"
    FAILED = "failed"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be done: `amount` (分) to be given back by `method` on behalf of an organisation."""

    key: str
    kind: str
    organisation_id: str
    method: str
    amount: int


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table. `due_at` is when it is looked at (again); `reference` is the provider's, `reason` why not."""

    key: str
    kind: str
    document_id: str
    command_id: str
    organisation_id: str
    provider: str
    method: str
    amount: int
    state: EffectState
    tries: int
    due_at: int
    reference: str
    reason: str
    at: int


_COLUMNS = [_e[name] for name in Effect.__struct_fields__]
_OF_DOCUMENTS = select(*_COLUMNS).where(_e.document_id.in_(bindparam("b_ids", expanding=True))).order_by(_e.at, _e.key)


class Source(Protocol):
    """Knows of one kind of record what follows from it outside, and with which command what came of it is booked."""

    kind: str

    def wanted(self, reader: Reader, row: Record) -> Iterable[Wanted]:
        """All that is still to be done, as the books are now."""

    def booked(self, effect: Effect, *, paid: bool, reference: str, reason: str) -> Command | None:
        """The command that books the answer; None where there is nothing to book."""


def note(
    connection: Connection,
    reader: Reader,
    touched: Mapping[Ref, str],
    *,
    sources: Mapping[type[Record], Source],
    connected: Mapping[str, str],
    now: int,
    unsure: bool,
) -> None:
    """Bring the effects of documents up to what their rows say now; `touched` says which command wrote each.
    `connected` are the providers by method. `unsure`: these commands were decided before, in a history that is gone."""
    rows = connection.execute(_OF_DOCUMENTS, {"b_ids": sorted({id_ for _, id_ in touched})}) if touched else ()
    known = [_effect(row) for row in rows]
    for (cls, id_), command_id in touched.items():
        row = reader.get(cls, id_)
        wanted = {w.key: w for w in sources[cls].wanted(reader, row)} if row is not None else {}
        there = {e.key: e for e in known if e.document_id == id_}
        asked = {e.method for e in there.values() if e.state is EffectState.SENT}
        for key, each in wanted.items():
            if key not in there:
                if each.method in asked:
                    continue  # the row changes again when the answer is booked: it says then what is left
                fresh = Effect(
                    **msgspec.structs.asdict(each),
                    document_id=id_,
                    command_id=command_id,
                    provider=connected.get(each.method, BY_HAND),
                    state=EffectState.HELD if unsure else EffectState.PENDING,
                    tries=0,
                    due_at=now,
                    reference="",
                    reason="",
                    at=now,
                )
                connection.execute(insert(tables.effect), _row(fresh))
                continue
            old = there[key]
            provider = connected.get(each.method, BY_HAND)
            if old.state is EffectState.FAILED:  # somebody wants it again, perhaps by another method
                again: dict[str, str | int] = {"state": EffectState.PENDING, "due_at": now, "reason": ""}
                change(connection, key, amount=each.amount, method=each.method, provider=provider, **again)
            elif old.state in _OPEN and (old.amount, old.method) != (each.amount, each.method):
                change(connection, key, amount=each.amount, method=each.method, provider=provider)
        for effect in there.values():
            if effect.key not in wanted and effect.state in _OPEN:
                change(connection, effect.key, state=EffectState.CONFIRMED, reason="by hand")


_OPEN = (EffectState.PENDING, EffectState.HELD)


def hold_all(connection: Connection) -> None:
    """Nobody knows what of this was done after the backup was taken."""
    unsure = _e.state.in_([EffectState.PENDING.value, EffectState.SENT.value])
    connection.execute(update(tables.effect).where(unsure).values(state=EffectState.HELD.value))


def release_by_hand(connection: Connection) -> None:
    """All who could know have told what they did by hand; what is left is to be done."""
    held = (_e.state == EffectState.HELD.value, _e.provider == BY_HAND)
    connection.execute(update(tables.effect).where(*held).values(state=EffectState.PENDING.value))


def due(connection: Connection, now: int, *, most: int = 200) -> list[Effect]:
    """What a provider is to be asked for, or about, the oldest first."""
    moving = _e.state.in_([*(s.value for s in _OPEN), EffectState.SENT.value])
    wanted = select(*_COLUMNS).where(moving, _e.provider != BY_HAND, _e.due_at <= now)
    return [_effect(row) for row in connection.execute(wanted.order_by(_e.at, _e.key).limit(most))]


def effects(connection: Connection, *, states: Iterable[str] = ()) -> list[Effect]:
    """Effects in these states, the oldest first; all where none is said."""
    wanted = select(*_COLUMNS).order_by(_e.at, _e.key)
    wanted = wanted.where(_e.state.in_(sorted(states))) if states else wanted
    return [_effect(row) for row in connection.execute(wanted)]


def count(connection: Connection) -> dict[str, int]:
    """How many there are, by state."""
    found: dict[str, int] = dict(connection.execute(select(_e.state, func.count()).group_by(_e.state)).all())
    return found


def one(connection: Connection, key: str) -> Effect | None:
    """An effect by its key; nobody else changes it until this transaction ends."""
    row = connection.execute(select(*_COLUMNS).where(_e.key == key).with_for_update()).first()
    return _effect(row) if row is not None else None


def change(connection: Connection, key: str, **values: str | int) -> None:
    """Change columns of an effect."""
    plain = {k: v.value if isinstance(v, EffectState) else v for k, v in values.items()}
    connection.execute(update(tables.effect).where(_e.key == key).values(**plain))


def _row(effect: Effect) -> dict[str, str | int]:
    return msgspec.structs.asdict(effect) | {"state": effect.state.value}


def _effect(row: Row[Any]) -> Effect:
    values = dict(zip(Effect.__struct_fields__, row, strict=True))
    return Effect(**values | {"state": EffectState(values["state"])})
