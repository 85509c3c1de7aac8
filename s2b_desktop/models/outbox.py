"""The outbox: what users asked for and the hub must hear, kept durably until long after it answered.

Also here, because it must survive as surely: drafts, who signed in, and the counters of order numbers. Every method
may be called from any thread; a change is on disk when it returns.
"""

import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from s2b_desktop.models.database import is_full, open_engine, set_user_version, user_version
from s2b_desktop.models.steady import Contact
from s2b_desktop.models.storage import Full, TooNew
from s2b_domain import wire
from s2b_domain.access import Actor
from s2b_domain.commands import MAX_PAYLOAD

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE command (seq INTEGER PRIMARY KEY AUTOINCREMENT, command_id TEXT NOT NULL UNIQUE,"
        " actor_id TEXT NOT NULL, body BLOB NOT NULL, body_hash BLOB NOT NULL, created_at INTEGER NOT NULL,"
        " sent_at INTEGER, hint BLOB, dismissed INTEGER NOT NULL DEFAULT 0)",
        "CREATE TABLE draft (key TEXT PRIMARY KEY, content BLOB NOT NULL)",
        "CREATE TABLE counter (key TEXT PRIMARY KEY, value INTEGER NOT NULL)",
        "CREATE TABLE device (id INTEGER PRIMARY KEY CHECK (id = 1), identity BLOB NOT NULL)",
        "CREATE TABLE session (actor_id TEXT PRIMARY KEY, login TEXT NOT NULL, actor BLOB NOT NULL,"
        " token TEXT NOT NULL, signed_in_at INTEGER NOT NULL)",
    ),
    (
        "CREATE INDEX command_unanswered ON command (seq) WHERE hint IS NULL",
        "CREATE INDEX command_dismissed ON command (seq) WHERE dismissed",
    ),
    (
        "ALTER TABLE command ADD COLUMN hub_order INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE command ADD COLUMN kind TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX command_order ON command (hub_order)",
    ),
)
"""What each released version added. Never edited: a fresh outbox takes the same steps as an old one."""

FIRST_NUMBER = 1000
KEPT = 500
"""The newest commands, which the queue shows: they are never forgotten."""
_FORGOTTEN = "forgotten"
PAGE_CACHE_KIB = 8 * 1024
"""Written once and read once, in order: more would only keep an import's commands in memory."""
_SOME = 200
MAX_BODY = MAX_PAYLOAD + (64 << 10)


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """Who this device is to its hub. `base` is the place from which it sends what a device before it had queued,
    `mark` what binds it to this PC, `doubted` says that another PC may be the same device: the next sign-in makes
    it a new one. `seal_key` is the hub's, for what only the hub may read. `history` is the hub's to which all that is
    remembered here was handed over, `card` the registration that the hub signed.
    `contact` is the hub's time when it last answered, `latest` the latest time that was ever noticed since; without
    contact for more than `offline_days`, the device locks. `steady` is a contact by the clock that nobody can set."""

    hub_id: str
    hub_name: str
    hub_key: bytes
    device_id: str
    device_secret: bytes
    device_code: str
    clock_offset: int = 0
    base: int = 0
    mark: bytes = b""
    doubted: bool = False
    contact: int = 0
    latest: int = 0
    offline_days: int = 30
    seal_key: bytes = b""
    history: bytes = b""
    card: wire.DeviceCard | None = None
    steady: Contact | None = None


class DraftGone(Exception):
    """Somebody has sent or dropped a draft meanwhile."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has signed in here; the token is empty when the hub must be asked for a new one."""

    actor: Actor
    login: str
    token: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One command in its place, with the latest hint about its outcome."""

    seq: int
    body: bytes
    created_at: int
    sent_at: int | None = None
    hint: wire.Outcome | None = None
    dismissed: bool = False


_COLUMNS = "seq, body, created_at, sent_at, hint, dismissed"


class Outbox:
    """The file `outbox.db`; `StorageError` when it cannot be used."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._lock = threading.Lock()
        self._engine = open_engine(path, key, durable=True, page_cache_kib=PAGE_CACHE_KIB)
        with self._transaction() as connection:
            _migrate(connection)
        self._readers = open_engine(path, key, read_only=True, pool=2)

    def close(self) -> None:
        """Release the file."""
        self._readers.dispose()
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._lock, self._engine.begin() as connection:
                yield connection
        except OperationalError as error:
            if is_full(error):
                raise Full("outbox.db") from error
            raise

    def append(self, bodies: Sequence[wire.Body], *, at: int, instead_of: Sequence[str] = ()) -> list[int]:
        """Freeze commands and give them their places, together or not at all; ValueError for one too large. The drafts
        `instead_of` which they come leave in the same transaction; `DraftGone`, with nothing saved, if one has."""
        frozen = [wire.freeze(body) for body in bodies]
        if any(len(f) > MAX_BODY for f in frozen):
            raise ValueError("command too large")
        seqs: list[int] = []
        with self._transaction() as connection:
            for body, bytes_ in zip(bodies, frozen, strict=True):
                row = (body.command_id, body.actor_id, bytes_, wire.body_hash(bytes_), at)
                cursor = connection.exec_driver_sql(
                    "INSERT INTO command (command_id, actor_id, body, body_hash, created_at) VALUES (?, ?, ?, ?, ?)",
                    row,
                )
                seqs.append(int(cursor.lastrowid))
                if body.supersedes:
                    connection.exec_driver_sql(
                        "UPDATE command SET dismissed = 1 WHERE command_id = ?", (body.supersedes,)
                    )
            for key in instead_of:
                if connection.exec_driver_sql("DELETE FROM draft WHERE key = ?", (key,)).rowcount != 1:
                    raise DraftGone(key)
        return seqs

    def last_seq(self) -> int:
        """The highest place given so far; 0 for none."""
        return int(self._one("SELECT coalesce(max(seq), 0) FROM command"))

    def entries(self, *, after: int = 0, limit: int = -1, newest_first: bool = False) -> list[Entry]:
        """Commands with a higher place than `after`."""
        order = "DESC" if newest_first else "ASC"
        sql = f"SELECT {_COLUMNS} FROM command WHERE seq > ? ORDER BY seq {order} LIMIT ?"
        return [_entry(row) for row in self._all(sql, (after, limit))]

    def entries_at(self, seqs: Iterable[int]) -> list[Entry]:
        """The commands at these places."""
        wanted = msgspec.json.encode(list(seqs)).decode()
        sql = f"SELECT {_COLUMNS} FROM command WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq"
        return [_entry(row) for row in self._all(sql, (wanted,))]

    def first_undecided(self) -> int:
        """The lowest place that the hub has not decided for this device, as far as it knows; one past the end when
        there is none. What an earlier device was told, from the place on where this one began, is asked again in its
        own name; and so is what is parked: an older hub has forgotten it, and no receipt tells."""
        device = self.device()
        own = device.device_id if device else ""
        after = max(0, device.base - 1) if device else 0
        while rows := self._all("SELECT seq, hint FROM command WHERE seq > ? ORDER BY seq LIMIT ?", (after, _SOME)):
            for seq, hint in rows:
                outcome = _outcome(hint) if hint is not None else None
                if outcome is None or outcome.kind is wire.OutcomeKind.PARKED:
                    return int(seq)
                if outcome.receipt is not None and outcome.receipt.device_id != own:
                    return int(seq)
            after = rows[-1][0]
        return self.last_seq() + 1

    def unanswered(self) -> Iterator[Entry]:
        """The commands that the hub has said nothing about, or nothing final."""
        after, sql = 0, f"SELECT {_COLUMNS} FROM command WHERE seq > ? AND kind = '' ORDER BY seq LIMIT ?"
        while rows := self._all(sql, (after, _SOME)):
            entries = (_entry(row) for row in rows)
            yield from (e for e in entries if e.hint is None or e.hint.kind is wire.OutcomeKind.PARKED)
            after = rows[-1][0]

    def places(self, *, after: int) -> list[int]:
        """The places above `after` that are taken, in order."""
        return [row[0] for row in self._all("SELECT seq FROM command WHERE seq > ? ORDER BY seq", (after,))]

    def hints(self, *, after: int) -> dict[int, wire.OutcomeKind]:
        """The kinds of the answers that pushes brought, for places above `after`."""
        rows = self._all("SELECT seq, hint FROM command WHERE seq > ? AND hint IS NOT NULL", (after,))
        return {seq: _outcome(hint).kind for seq, hint in rows}

    def frozen_at(self, seqs: Iterable[int]) -> dict[int, tuple[str, bytes]]:
        """What stands at these places: command id and hash of the body."""
        wanted = msgspec.json.encode(list(seqs)).decode()
        sql = "SELECT seq, command_id, body_hash FROM command WHERE seq IN (SELECT value FROM json_each(?))"
        return {seq: (command_id, bytes(hash_)) for seq, command_id, hash_ in self._all(sql, (wanted,))}

    def sent(self, seqs: Iterable[int], at: int) -> None:
        """Note that these were handed to the hub."""
        with self._transaction() as connection:
            connection.exec_driver_sql("UPDATE command SET sent_at = ? WHERE seq = ?", [(at, s) for s in seqs])

    def hint(self, outcomes: Iterable[wire.Outcome]) -> None:
        """Keep the hub's answers: they serve the screen until the truth is pulled, and final ones are the receipts by
        which a hub that forgot can be reminded. The caller has verified that they are the hub's, and about these
        commands. What is final stays so."""
        told = {o.seq: o for o in outcomes}
        known = self._known(told)
        rows = []
        for seq, outcome in told.items():
            order = outcome.receipt.hub_order if outcome.receipt else 0
            if seq in known and (order, order == 0) > (known[seq][0], known[seq][1] == outcome):
                kind = outcome.kind.value if outcome.receipt else ""
                rows.append((msgspec.msgpack.encode(outcome), order, kind, seq))
        if rows:
            with self._transaction() as connection:
                connection.exec_driver_sql("UPDATE command SET hint = ?, hub_order = ?, kind = ? WHERE seq = ?", rows)

    def _known(self, seqs: Iterable[int]) -> dict[int, tuple[int, wire.Outcome | None]]:
        wanted = msgspec.json.encode(list(seqs)).decode()
        sql = "SELECT seq, hub_order, hint FROM command WHERE seq IN (SELECT value FROM json_each(?))"
        found = self._all(sql, (wanted,))
        return {s: (order, _outcome(h) if h else None) for s, order, h in found}

    def newest_order(self) -> int:
        """The highest hub order of a receipt that is kept here; 0 for none."""
        return int(self._one("SELECT coalesce(max(hub_order), 0) FROM command"))

    def receipts(self, *, after: int, limit: int) -> list[Entry]:
        """Commands beyond place `after` that the hub has decided, by their places."""
        sql = f"SELECT {_COLUMNS} FROM command WHERE seq > ? AND hub_order > 0 ORDER BY seq LIMIT ?"
        return [_entry(row) for row in self._all(sql, (after, limit))]

    def undecided(self, *, expected: int) -> list[int]:
        """The places from `expected` on without a receipt below the last one with a receipt."""
        sql = (
            "SELECT seq FROM command WHERE seq >= ? AND hub_order = 0"
            " AND seq < (SELECT max(seq) FROM command WHERE hub_order > 0) ORDER BY seq"
        )
        return [row[0] for row in self._all(sql, (expected,))]

    def forget(self, watermark: int, *, kept: int = KEPT) -> int:
        """Drop accepted and dismissed commands that the hub decided up to `watermark` (a hub order), but the newest;
        the place up to which nothing else can be asked of this outbox. Backups hold what goes here."""
        newer = "SELECT coalesce(min(seq), 0) FROM command WHERE hub_order = 0 OR hub_order > ?"
        last = self.last_seq()
        before = self.forgotten()
        until = min((self._one(newer, watermark) or last) - 1, last - max(1, kept))
        if until <= before or (until := min(until, self.first_undecided() - 1)) <= before:
            return before
        with self._transaction() as connection:
            connection.exec_driver_sql(
                "DELETE FROM command WHERE seq <= ? AND (kind = ? OR dismissed)",
                (until, wire.OutcomeKind.ACCEPTED.value),
            )
            connection.exec_driver_sql(
                "INSERT INTO counter VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)",
                (_FORGOTTEN, until),
            )
        return self.forgotten()

    def forgotten(self) -> int:
        """Up to this place, commands may be gone because a backup has them."""
        rows = self._all("SELECT value FROM counter WHERE key = ?", (_FORGOTTEN,))
        return int(rows[0][0]) if rows else 0

    def dismiss(self, seq: int) -> None:
        """The user has dealt with it."""
        with self._transaction() as connection:
            connection.exec_driver_sql("UPDATE command SET dismissed = 1 WHERE seq = ?", (seq,))

    def dismissed(self) -> frozenset[int]:
        """The places that the user has dealt with."""
        return frozenset(row[0] for row in self._all("SELECT seq FROM command WHERE dismissed"))

    def clear(self) -> None:
        """Forget commands, sessions and the device; drafts and counters stay."""
        with self._transaction() as connection:
            for table in ("command", "session", "device"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
            connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = 'command'")
            connection.exec_driver_sql("DELETE FROM counter WHERE key = ?", (_FORGOTTEN,))

    def save_draft(self, key: str, content: bytes | None) -> None:
        """Keep what somebody is working on; None removes it."""
        self.save_drafts({key: content})

    def save_drafts(self, drafts: Mapping[str, bytes | None]) -> None:
        """Keep or remove several drafts, together or not at all."""
        with self._transaction() as connection:
            for key, content in drafts.items():
                if content is None:
                    connection.exec_driver_sql("DELETE FROM draft WHERE key = ?", (key,))
                else:
                    connection.exec_driver_sql("INSERT OR REPLACE INTO draft VALUES (?, ?)", (key, content))

    def draft_keys(self, prefix: str) -> list[str]:
        """The keys of drafts that begin with `prefix`, in their order."""
        rows = self._all("SELECT key FROM draft WHERE substr(key, 1, ?) = ? ORDER BY key", (len(prefix), prefix))
        return [row[0] for row in rows]

    def drafts(self, prefix: str = "") -> dict[str, bytes]:
        """Drafts whose key begins with `prefix`."""
        rows = self._all(
            "SELECT key, content FROM draft WHERE substr(key, 1, ?) = ? ORDER BY key", (len(prefix), prefix)
        )
        return {row[0]: bytes(row[1]) for row in rows}

    def draft(self, key: str) -> bytes | None:
        """One draft."""
        rows = self._all("SELECT content FROM draft WHERE key = ?", (key,))
        return bytes(rows[0][0]) if rows else None

    def next_number(self, day: datetime) -> str:
        """An order number that was never given before: device code, date, counter."""
        key = f"{day:%Y%m%d}"
        with self._transaction() as connection:
            value = connection.exec_driver_sql(
                "INSERT INTO counter VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = value + 1 RETURNING value",
                (key, FIRST_NUMBER),
            ).scalar_one()
        device = self.device()
        if device is not None and device.doubted:  # another PC counts from the same number
            return f"{device.device_code}-{key}-{value}{secrets.randbelow(10**6):06}"
        return f"{device.device_code if device else 'D0'}-{key}-{value}"

    def device(self) -> Device | None:
        """Who this device is; None before the first sign-in."""
        rows = self._all("SELECT identity FROM device")
        return msgspec.msgpack.decode(rows[0][0], type=Device) if rows else None

    def save_device(self, device: Device) -> None:
        """Remember who this device is."""
        with self._transaction() as connection:
            connection.exec_driver_sql("INSERT OR REPLACE INTO device VALUES (1, ?)", (msgspec.msgpack.encode(device),))

    def adopt(self, device: Device) -> None:
        """Be another device from now on: what stands at `device.base` and after it is sent again, and nobody's token
        is good any more. Receipts stay: a hub that comes back older must be reminded of them."""
        with self._transaction() as connection:
            connection.exec_driver_sql("INSERT OR REPLACE INTO device VALUES (1, ?)", (msgspec.msgpack.encode(device),))
            connection.exec_driver_sql(
                "UPDATE command SET sent_at = NULL, hint = CASE WHEN hub_order THEN hint END WHERE seq >= ?",
                (device.base,),
            )
            connection.exec_driver_sql("UPDATE session SET token = ''")

    def save_session(self, session: Session, *, at: int) -> None:
        """Remember who signed in, with the token."""
        row = (session.actor.id, session.login, msgspec.msgpack.encode(session.actor), session.token, at)
        with self._transaction() as connection:
            connection.exec_driver_sql("INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?)", row)

    def sessions(self) -> list[Session]:
        """Everybody who has signed in here, the latest first."""
        rows = self._all("SELECT actor, login, token FROM session ORDER BY signed_in_at DESC")
        return [Session(actor=msgspec.msgpack.decode(a, type=Actor), login=lo, token=t) for a, lo, t in rows]

    def session(self, actor_id: str) -> Session | None:
        """The session of one person."""
        return next((s for s in self.sessions() if s.actor.id == actor_id), None)

    def drop_token(self, actor_id: str) -> None:
        """Forget a token that the hub no longer takes."""
        with self._transaction() as connection:
            connection.exec_driver_sql("UPDATE session SET token = '' WHERE actor_id = ?", (actor_id,))

    def _all(self, sql: str, parameters: tuple[Any, ...] = ()) -> Sequence[Any]:
        with self._readers.connect() as connection:  # never behind somebody else's commit to disk
            return connection.exec_driver_sql(sql, parameters).all()

    def _one(self, sql: str, *values: Any) -> Any:
        return self._all(sql, values)[0][0]


def _outcome(hint: bytes) -> wire.Outcome:
    return msgspec.msgpack.decode(hint, type=wire.Outcome)


def _entry(row: Any) -> Entry:
    seq, body, created_at, sent_at, hint, dismissed = row
    outcome = _outcome(hint) if hint else None
    return Entry(
        seq=seq, body=bytes(body), created_at=created_at, sent_at=sent_at, hint=outcome, dismissed=bool(dismissed)
    )


def _migrate(connection: Connection) -> None:
    version = user_version(connection)
    if version > len(MIGRATIONS):
        raise TooNew("outbox.db")
    for step in MIGRATIONS[version:]:
        for statement in step:
            connection.exec_driver_sql(statement)
    set_user_version(connection, len(MIGRATIONS))
