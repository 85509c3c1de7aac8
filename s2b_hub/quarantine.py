"""What revoked devices had not sent, held until somebody of their company releases or discards it.

A command is released by the normal rules: it takes the next place of its device, and is carried out for its author or,
where the author may not any more, for whoever releases it. Discarding asks for a reason. Nothing is ever deleted.
"""

from enum import StrEnum

import msgspec
from sqlalchemy import Connection, select, update

from s2b_domain.access import Role
from s2b_domain.records.store import RecordStore
from s2b_domain.sealing import NotForUs, unseal
from s2b_domain.wire import Body, Kept, Outcome, Sealed, body_hash, thaw
from s2b_hub import tables
from s2b_hub.accounts import User, actor_of, user_by_id, user_by_login
from s2b_hub.database import among
from s2b_hub.door import Batch, Job
from s2b_hub.problems import ProblemError
from s2b_hub.push import decide, declared, readable

MAX_HELD = 200_000
"""Commands that one device may leave: more than the largest import, less than what would fill a disk."""
_OWNERS = frozenset({Role.PLATFORM_ADMIN, Role.SUPPLIER_MANAGER, Role.MERCHANT_OWNER})
_decoder = msgspec.msgpack.Decoder(tuple[Kept, ...])


class Held(StrEnum):
    """What became of a command in quarantine. SENT: it had reached the hub after all."""

    WAITING = "waiting"
    SENT = "sent"
    RELEASED = "released"
    DISCARDED = "discarded"


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One command in quarantine."""

    command_id: str
    device_id: str
    actor_id: str
    name: str
    body: bytes
    seq: int
    created_at: int
    received_at: int
    state: str
    decided_by: str = ""
    decided_at: int | None = None
    reason: str = ""


class NotAllowed(Exception):
    """Whoever wants to decide may not: unknown, disabled, of another company, or without the rank."""


def opened(message: Sealed, private: bytes) -> tuple[Kept, ...]:
    """What a device has sealed; the problem `malformed` where it cannot be read."""
    try:
        return _decoder.decode(unseal(message.box, private, purpose=purpose(message.device_id)))
    except (NotForUs, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProblemError("malformed") from error


def purpose(device_id: str) -> str:
    """What a box of this device is sealed for."""
    return f"quarantine:{device_id}"


def keep(batch: Batch, device_id: str, held: tuple[Kept, ...]) -> int:
    """Hold commands that the hub has not decided; how many are new here. The problem `too_large`."""
    connection, table = batch.connection, tables.quarantine
    bodies = [(kept, body) for kept in held if (body := readable(kept.body)) is not None]
    ids = [body.command_id for _, body in bodies]
    known = set(connection.scalars(select(table.c.command_id).where(among(connection, table.c.command_id, ids))))
    waiting = len(items(connection, device_id))
    fresh: dict[str, dict[str, object]] = {}
    for kept, body in bodies:
        if body.command_id in known or body.command_id in fresh:
            continue
        item = Item(
            command_id=body.command_id,
            device_id=device_id,
            actor_id=body.actor_id,
            name=body.name,
            body=kept.body,
            seq=kept.seq,
            created_at=kept.created_at,
            received_at=batch.time,
            state=Held.WAITING if batch.ledger.deciding(body.command_id) is None else Held.SENT,
        )
        fresh[body.command_id] = msgspec.structs.asdict(item)
    if waiting + len(fresh) > MAX_HELD:
        raise ProblemError("too_large", limit=MAX_HELD)
    if fresh:
        connection.execute(table.insert(), list(fresh.values()))
    return len(fresh)


def items(connection: Connection, device_id: str = "", *, state: str = "") -> list[Item]:
    """What is, or was, in quarantine: by device, then in the order in which it was saved there."""
    c = tables.quarantine.c
    wanted = select(tables.quarantine).order_by(c.device_id, c.seq)
    wanted = wanted.where(c.device_id == device_id) if device_id else wanted
    wanted = wanted.where(c.state == state) if state else wanted
    return [Item(**row._mapping) for row in connection.execute(wanted)]


def home_of(connection: Connection, device_id: str) -> str | None:
    """The organisation that a device belongs to."""
    home: str | None = connection.scalar(select(tables.device.c.organisation_id).where(tables.device.c.id == device_id))
    return home


def decider(connection: Connection, login: str, device_id: str) -> User:
    """The person who may decide about a device's commands: its company's owner or manager, or the platform's admin;
    `NotAllowed`."""
    user = user_by_login(connection, login)
    actor = actor_of(RecordStore(connection), user)
    if user is None or actor is None or actor.role not in _OWNERS:
        raise NotAllowed(login)
    if actor.organisation_id != home_of(connection, device_id) and actor.role is not Role.PLATFORM_ADMIN:
        raise NotAllowed(login)
    return user


class Release(Job[Outcome | None]):
    """Submit one command by the normal rules; None where it does not wait any more. `NotAllowed` where neither its
    author nor whoever releases it may do it: it goes on waiting."""

    alone = True

    def __init__(self, command_id: str, by: User) -> None:
        super().__init__()
        self.command_ids = [command_id]
        self._command_id, self._by = command_id, by

    def scopes(self, batch: Batch) -> frozenset[str]:
        item = self._item(batch)
        if item is None:
            return frozenset()
        body = thaw(item.body)
        return declared(batch, body, on_behalf=self._on_behalf(batch, item, body))

    def run(self, batch: Batch) -> Outcome | None:
        item = self._item(batch)
        if item is None:
            return None
        if batch.ledger.deciding(item.command_id) is not None:
            mark(batch, item.command_id, Held.SENT, self._by.login)
            return None
        body = thaw(item.body)
        decision = decide(batch, item.device_id, body, on_behalf=self._on_behalf(batch, item, body))
        if decision.code in ("not_permitted", "user_disabled"):
            raise NotAllowed(self._by.login)
        standing = batch.ledger.device(item.device_id)
        place = standing.next_seq if standing is not None else item.seq
        mark(batch, item.command_id, Held.RELEASED, self._by.login, decision.code)
        return batch.ledger.record(item.device_id, place, item.body, body_hash(item.body), body, decision)

    def _item(self, batch: Batch) -> Item | None:
        c = tables.quarantine.c
        found = batch.connection.execute(
            select(tables.quarantine).where(c.command_id == self._command_id, c.state == Held.WAITING.value)
        ).first()
        return None if found is None else Item(**found._mapping)

    def _on_behalf(self, batch: Batch, item: Item, body: Body) -> str:
        """Nobody signed in when this was handed in: a device speaks for people of its own company only, and nobody of
        another one lends it his rights."""
        home = home_of(batch.connection, item.device_id)
        author = user_by_id(batch.connection, body.actor_id)
        acting = actor_of(batch.draft, author) is not None
        who = author if author is not None and acting else self._by
        if {who.organisation_id, (author or who).organisation_id} != {home}:
            raise NotAllowed(self._by.login)
        return "" if acting else self._by.id


def mark(batch: Batch, command_id: str, state: Held, by: str, reason: str = "") -> bool:
    """Note what became of a waiting command; False if it did not wait."""
    c = tables.quarantine.c
    decided = {"state": state.value, "decided_by": by, "decided_at": batch.time, "reason": reason}
    waits = update(tables.quarantine).where(c.command_id == command_id, c.state == Held.WAITING.value)
    return batch.connection.execute(waits.values(decided)).rowcount == 1
