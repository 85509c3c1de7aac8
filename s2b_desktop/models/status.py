"""What the screens are told about the queue and the line."""

from typing import Any

import msgspec

from s2b_desktop.models.outbox import Entry
from s2b_domain import wire
from s2b_domain.commands import Command, unpack
from s2b_domain.errors import Param, Refused

_STATES = {
    wire.OutcomeKind.ACCEPTED: "accepted",
    wire.OutcomeKind.ACCEPTED_WITH_EXCEPTION: "exception",
    wire.OutcomeKind.REJECTED: "rejected",
    wire.OutcomeKind.NEEDS_CONFIRMATION: "confirm",
    wire.OutcomeKind.PARKED: "parked",
}


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting` commands have no final answer yet, `attention` need the user; `problem` is a code or empty."""

    online: bool = False
    syncing: bool = False
    offline_since: int | None = None
    waiting: int = 0
    attention: int = 0
    last_synced: int | None = None
    problem: str = ""
    params: dict[str, Param] = {}
    loaded: int = 0
    """Rows of a first load or rebuild that have arrived, of `expected` (0 when none is under way)."""
    expected: int = 0

    def with_(self, **changes: Any) -> "Status":
        """A copy with some fields changed."""
        return msgspec.structs.replace(self, **changes)


class Changes(msgspec.Struct, frozen=True):
    """Which tables changed, and who caused it, so that a page can leave its own changes alone."""

    tables: frozenset[str]
    initiator: Any = None


class Unreadable(Command, frozen=True, kw_only=True):
    """Stands for a command that this release does not know."""

    name: str


class QueueItem(msgspec.Struct, frozen=True, kw_only=True):
    """A command as its user follows it. States: waiting, sending, parked, accepted, exception, rejected, confirm."""

    seq: int
    command_id: str
    name: str
    message: Command
    time: int
    actor_id: str
    state: str
    code: str = ""
    params: dict[str, Param] = {}
    dismissed: bool = False
    depends_on: tuple[str, ...] = ()
    """The ids of the commands that it builds on."""


def state_of(entry: Entry, outcome: wire.Outcome | None) -> str:
    """The state that a stored outcome gives, else a hint, else whether it is under way."""
    known = outcome or entry.hint
    if known is not None:
        return _STATES[known.kind]
    return "waiting" if entry.sent_at is None else "sending"


def queue_item(entry: Entry, outcome: wire.Outcome | None) -> QueueItem:
    """An entry of the outbox with what is known of its outcome."""
    body = wire.thaw(entry.body)
    known = outcome or entry.hint
    try:
        message = unpack(body.name, body.payload)
    except Refused:
        message = Unreadable(name=body.name)
    return QueueItem(
        seq=entry.seq,
        command_id=body.command_id,
        name=body.name,
        message=message,
        time=body.client_time,
        actor_id=body.actor_id,
        state=state_of(entry, outcome),
        code=known.code if known else "",
        params=known.params if known else {},
        dismissed=entry.dismissed,
        depends_on=body.depends_on,
    )
