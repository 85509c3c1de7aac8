"""What an operator must look at: commands on which the hub failed, and recorded ones that a restore could not book."""

import msgspec
from sqlalchemy import Connection, Row, func, select, update

from s2b_domain.errors import Refused
from s2b_domain.wire import OutcomeKind, thaw
from s2b_hub import tables
from s2b_hub.door import Batch
from s2b_hub.hub import Hub
from s2b_hub.recovery import Rebooking

_c, _l, _d = tables.dead_letter.c, tables.ledger.c, tables.device.c
_FOUND = (
    select(_c.device_id, _d.number, _c.seq, _c.kind, _c.code, _c.error, _c.time, _c.closed_at, _l.command_id)
    .add_columns(_l.body, _l.kind.label("decided"))
    .join(tables.ledger, (_l.device_id == _c.device_id) & (_l.seq == _c.seq))
    .outerjoin(tables.device, _d.id == _c.device_id)
    .order_by(_c.time, _c.device_id, _c.seq)
)


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. `kind` failed: the hub itself failed, and the command is refused as hub_error; unbooked: accepted
    before a restore, effects missing; differs: booked, but not as recorded."""

    place: str
    kind: str
    code: str
    error: str
    time: int
    closed_at: int | None
    command: str
    command_id: str | None
    decided: OutcomeKind
    payload: bytes = b""

    @property
    def can_retry(self) -> bool:
        """Whether trying again may book it; a refused command is sent again by its user."""
        return self.kind == "unbooked" and self.closed_at is None


def dead_letters(connection: Connection, *, closed: bool = False) -> list[DeadLetter]:
    """Those that are open, the oldest first; with `closed` all."""
    wanted = _FOUND if closed else _FOUND.where(_c.closed_at.is_(None))
    return [_letter(row) for row in connection.execute(wanted)]


def count(connection: Connection) -> dict[str, int]:
    """How many are open, by kind."""
    rows = connection.execute(select(_c.kind, func.count()).where(_c.closed_at.is_(None)).group_by(_c.kind))
    found: dict[str, int] = dict(rows.all())
    return found


def retry(hub: Hub, place: str) -> bool:
    """Try to book it again; whether it is booked now. `Refused("not_found")`; ValueError where it cannot
    be tried again."""
    device_id, seq, letter = _find(hub, place)
    if not letter.can_retry:
        raise ValueError("this cannot be tried again: its user sends it anew, or dismiss it")
    job = Rebooking(device_id, seq)
    hub.door.submit(job)
    return job.answer.result()


def dismiss(hub: Hub, place: str) -> None:
    """Somebody has dealt with it. `Refused("not_found")`."""
    device_id, seq, _ = _find(hub, place)
    hub.write(lambda batch: _close(batch, device_id, seq))


def _close(batch: Batch, device_id: str, seq: int) -> None:
    here = (_c.device_id == device_id, _c.seq == seq)
    batch.connection.execute(update(tables.dead_letter).where(*here).values(closed_at=batch.time))
    batch.note("dead_letter.dismissed", device=device_id, seq=seq)


def _find(hub: Hub, place: str) -> tuple[str, int, DeadLetter]:
    """A place is a device's code or id and a sequence number: D3/17."""
    with hub.database.read() as connection:
        for row in connection.execute(_FOUND.where(_c.closed_at.is_(None))):
            letter = _letter(row)
            if place in (letter.place, f"{row.device_id}/{row.seq}"):
                return row.device_id, row.seq, letter
    raise Refused("not_found", kind="dead letter")


def _letter(row: Row) -> DeadLetter:  # type: ignore[type-arg]
    try:
        body = thaw(row.body)
        command, payload = body.name, body.payload
    except msgspec.MsgspecError:
        command, payload = "", b""
    return DeadLetter(
        place=f"D{row.number}/{row.seq}" if row.number else f"{row.device_id}/{row.seq}",
        kind=row.kind,
        code=row.code,
        error=row.error,
        time=row.time,
        closed_at=row.closed_at,
        command=command,
        command_id=row.command_id,
        decided=OutcomeKind(row.decided),
        payload=payload,
    )
