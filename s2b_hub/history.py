"""Which history of the hub this is, and whether it is still being put together again.

A hub that comes back from a backup keeps its id and key and begins a new *history*. Its hub orders begin above all
that the one before can have given, so that no order is ever given twice.
"""

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from s2b_hub import tables
from s2b_hub.database import upsert

HISTORY, FLOOR, RECOVERY, JOURNAL, LAST = "history", "order_floor", "recovery", "journal", "last_recovery"
_EPOCH_SECONDS = 1_577_836_800
"""2020-01-01: hub orders of a history begin at (seconds since then) << 22, far more than any hub decides a second."""
_BITS = 22
_m = tables.meta.c
_FACT = select(_m.value).where(_m.key == bindparam("b_key"))
_HIGHEST = select(func.max(tables.ledger.c.hub_order))
_WATERMARK = select(func.min(tables.backup.c.hub_order))
_STANDING = select(_m.key, _m.value).where(_m.key.in_([HISTORY, RECOVERY]))


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """Receipts are being collected until `until` (ms), or applied (`applying`). These books have the journal's lines up
    to `journal`. `expected` are devices that had been active."""

    began: int
    until: int
    journal: int
    expected: tuple[str, ...] = ()
    applying: bool = False


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How a recovery ended: recorded outcomes that came back, of them accepted ones whose effects could not be booked
    or were booked differently, and how many devices reported."""

    began: int
    ended: int
    handed: int = 0
    unbooked: int = 0
    differs: int = 0
    reported: int = 0
    expected: int = 0


def fact(connection: Connection, key: str) -> bytes:
    """A fact about the hub; empty where there is none."""
    return connection.scalar(_FACT, {"b_key": key}) or b""


def set_fact(connection: Connection, key: str, value: bytes) -> None:
    """Keep a fact."""
    upsert(connection, tables.meta, [{"key": key, "value": value}])


def number(connection: Connection, key: str) -> int:
    """A fact that is a number."""
    return int(fact(connection, key) or b"0")


def lock_journal(connection: Connection) -> int:
    """The last line of the journal that the database knows; nobody else goes on until this transaction ends."""
    key = tables.meta.c.key == JOURNAL
    return int(connection.scalar(select(tables.meta.c.value).where(key).with_for_update()) or b"0")


def recovery(connection: Connection) -> Recovery | None:
    """The recovery under way."""
    return _recovery(fact(connection, RECOVERY))


def standing(connection: Connection) -> tuple[bytes, Recovery | None]:
    """Which history this is, and the recovery under way: what every request asks, in one query."""
    facts: dict[str, bytes] = dict(connection.execute(_STANDING).all())
    return facts.get(HISTORY, b""), _recovery(facts.get(RECOVERY, b""))


def _recovery(stored: bytes) -> Recovery | None:
    return msgspec.json.decode(stored, type=Recovery) if stored else None


def set_recovery(connection: Connection, under_way: Recovery | None) -> None:
    """Keep how far it is; None ends it."""
    set_fact(connection, RECOVERY, msgspec.json.encode(under_way) if under_way else b"")


def last_report(connection: Connection) -> Report | None:
    """How the last recovery ended; None if there was none."""
    stored = fact(connection, LAST)
    return msgspec.json.decode(stored, type=Report) if stored else None


def last_order(connection: Connection) -> int:
    """The highest hub order given so far in this history, or by which it began."""
    highest = connection.scalar(_HIGHEST) or 0
    return max(highest, number(connection, FLOOR))


def begin(connection: Connection, under_way: Recovery, *, history: bytes, floor: int) -> None:
    """Begin a new history: nobody's receipts are known to it yet."""
    set_fact(connection, HISTORY, history)
    set_fact(connection, FLOOR, str(floor).encode())
    set_recovery(connection, under_way)


def floor_at(now: int, *others: int) -> int:
    """Where the orders of a history that begins now begin; beyond all `others`."""
    return max((max(0, now // 1000 - _EPOCH_SECONDS)) << _BITS, *(n + (1 << _BITS) for n in others))


def active_devices(connection: Connection, now: int) -> list[str]:
    """The devices that may do something and on which somebody is signed in."""
    d, s = tables.device.c, tables.session.c
    signed_in = select(s.device_id).where(s.expires_at > now)
    rows = connection.scalars(select(d.id).where(d.revoked_at.is_(None), d.id.in_(signed_in)).order_by(d.number))
    return list(rows)


def note_reported(connection: Connection, device_id: str, history: bytes, order: int, now: int) -> None:
    """A device has handed over all that it remembers; `order` is the highest of it."""
    row = {"device_id": device_id, "history": history, "hub_order": order, "time": now}
    upsert(connection, tables.reported, [row])


def reported_order(connection: Connection, device_id: str, history: bytes) -> int:
    """Up to which order a device has told this history what it remembers; 0 where it has not."""
    r = tables.reported.c
    told = select(r.hub_order).where(r.device_id == device_id, r.history == history)
    return connection.scalar(told) or 0


def reported(connection: Connection, history: bytes) -> set[str]:
    """The devices that have handed over what they remember to this history."""
    r = tables.reported.c
    return set(connection.scalars(select(r.device_id).where(r.history == history)))


def watermark(connection: Connection) -> int:
    """Up to which hub order every kept backup has everything; 0 while there is none."""
    return connection.scalar(_WATERMARK) or 0
