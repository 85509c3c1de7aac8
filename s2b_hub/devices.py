"""Devices: registered at their first sign-in, bound to one organisation, revocable."""

import hashlib
import hmac

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, delete, func, insert, select, update

from s2b_domain.wire import DeviceCard, card_bytes
from s2b_hub import history, tables
from s2b_hub.database import hold, upsert
from s2b_hub.door import Batch
from s2b_hub.journal import Note
from s2b_hub.problems import ProblemError
from s2b_hub.signer import Signer

MAX_NAME = 200
NUMBER_FLOOR = "device_number_floor"
UNKNOWN_NUMBERS = 1000
"""How many numbers are left out when a backup is restored and nobody knows which were given since."""
OFFLINE_DAYS, MAX_OFFLINE_DAYS = 30, 3650
_OFFLINE_DAYS = "offline_days"
_h, _d = tables.hole.c, tables.device.c
_mine: BindParameter[str] = bindparam("b_device")
_NEXT_SEQ = select(
    func.coalesce(
        select(func.min(_h.seq)).where(_h.device_id == _mine).scalar_subquery(),
        select(_d.next_seq).where(_d.id == _mine).scalar_subquery(),
    )
)


def skip_numbers(connection: Connection) -> None:
    """Nobody knows which devices were registered since: go on with numbers that none of them can have."""
    highest = connection.scalar(select(func.max(tables.device.c.number))) or 0
    floor = max(highest, history.number(connection, NUMBER_FLOOR)) + UNKNOWN_NUMBERS
    history.set_fact(connection, NUMBER_FLOOR, str(floor).encode())


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A desktop's profile as the hub knows it. `number` begins the order numbers that it mints."""

    id: str
    number: int
    secret_hash: bytes
    name: str
    organisation_id: str
    registered_at: int
    revoked_at: int | None
    next_seq: int

    @property
    def code(self) -> str:
        """The prefix of its order numbers."""
        return f"D{self.number}"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """By what a device proves itself, in messages that need no session."""

    device_id: str
    device_secret: bytes
    card: DeviceCard | None = None


def registered(connection: Connection, device_id: str, secret: bytes) -> Device | None:
    """The device that proves itself by its secret, be it revoked or not."""
    row = connection.execute(select(tables.device).where(tables.device.c.id == device_id)).first()
    device = Device(**row._mapping) if row is not None else None
    proven = device is not None and hmac.compare_digest(device.secret_hash, hashlib.sha256(secret).digest())
    return device if proven else None


def known(connection: Connection, device_id: str, secret: bytes) -> Device | None:
    """The same; the problem `device_revoked` if it may no longer."""
    device = registered(connection, device_id, secret)
    if device is not None and device.revoked_at is not None:
        raise ProblemError("device_revoked")
    return device


def register(batch: Batch, *, device_id: str, secret: bytes, name: str, organisation_id: str) -> Device:
    """A new device with a number that no device ever had."""
    connection = batch.connection
    given = [n.data["number"] for n in batch.journal.notes() if n.event == "device.registered"]
    hold(connection, "device.number")
    last = connection.scalar(select(func.max(tables.device.c.number))) or 0
    device = Device(
        id=device_id,
        number=max(last, history.number(connection, NUMBER_FLOOR), *given, 0) + 1,
        secret_hash=hashlib.sha256(secret).digest(),
        name=name.replace("\x00", "")[:MAX_NAME],
        organisation_id=organisation_id,
        registered_at=batch.time,
        revoked_at=None,
        next_seq=1,
    )
    connection.execute(insert(tables.device), msgspec.structs.asdict(device))
    note_registered(batch, device)
    return device


def note_registered(batch: Batch, device: Device) -> None:
    """Write a device into the journal."""
    batch.note(
        "device.registered",
        id=device.id,
        number=device.number,
        secret_hash=device.secret_hash.hex(),
        name=device.name,
        organisation_id=device.organisation_id,
        registered_at=device.registered_at,
    )


def revoke(batch: Batch, device_id: str) -> bool:
    """End what a device may do; False if there is none that still may. Its sessions stay, to answer why."""
    if not _revoke(batch.connection, device_id, batch.time):
        return False
    batch.note("device.revoked", id=device_id)
    return True


def _revoke(connection: Connection, device_id: str, now: int) -> bool:
    d = tables.device.c
    done = connection.execute(
        update(tables.device).where(d.id == device_id, d.revoked_at.is_(None)).values(revoked_at=now)
    )
    return done.rowcount == 1


def redo(connection: Connection, note: Note) -> None:
    """Do again what a line of the journal says about a device, if it is not done."""
    data = note.data
    if note.event == "device.revoked":
        _revoke(connection, data["id"], note.time)
    elif note.event == "device.registered" and not _exists(connection, data["id"]):
        device = Device(
            id=data["id"],
            number=data["number"],
            secret_hash=bytes.fromhex(data["secret_hash"]),
            name=data["name"],
            organisation_id=data["organisation_id"],
            registered_at=data["registered_at"],
            revoked_at=None,
            next_seq=1,
        )
        connection.execute(insert(tables.device), msgspec.structs.asdict(device))


def _exists(connection: Connection, device_id: str) -> bool:
    return connection.scalar(select(tables.device.c.id).where(tables.device.c.id == device_id)) is not None


def card_of(device: Device, signer: Signer) -> DeviceCard:
    """The registration that the device keeps and can show to a hub that forgot it."""
    return signer.card(
        DeviceCard(
            hub_id=signer.hub_id,
            device_id=device.id,
            number=device.number,
            secret_hash=device.secret_hash,
            organisation_id=device.organisation_id,
            registered_at=device.registered_at,
        )
    )


def carded(card: DeviceCard, secret: bytes, signer: Signer) -> bool:
    """Whether this hub has signed a card, for the device that has the secret."""
    proven = hmac.compare_digest(card.secret_hash, hashlib.sha256(secret).digest())
    return proven and signer.signed(card_bytes(card), card.signature)


def reinstate(batch: Batch, card: DeviceCard | None, secret: bytes) -> Device | None:
    """Register a device again by the card that this hub once gave it; None where the card proves nothing."""
    if card is None or card.hub_id != batch.signer.hub_id or _exists(batch.connection, card.device_id):
        return None
    number_taken = batch.connection.scalar(select(tables.device.c.id).where(tables.device.c.number == card.number))
    if number_taken or not carded(card, secret, batch.signer):
        return None
    device = Device(
        id=card.device_id,
        number=card.number,
        secret_hash=card.secret_hash,
        name="",
        organisation_id=card.organisation_id,
        registered_at=card.registered_at,
        revoked_at=None,
        next_seq=1,
    )
    batch.connection.execute(insert(tables.device), msgspec.structs.asdict(device))
    note_registered(batch, device)
    return device


def devices(connection: Connection) -> list[Device]:
    """All devices in the order of their numbers."""
    rows = connection.execute(select(tables.device).order_by(tables.device.c.number))
    return [Device(**row._mapping) for row in rows]


def offline_days(connection: Connection) -> int:
    """After how many days without contact desktops lock themselves."""
    return int(history.fact(connection, _OFFLINE_DAYS) or OFFLINE_DAYS)


def set_offline_days(connection: Connection, days: int) -> None:
    """Change the policy: desktops learn it with their next pull. ValueError for less than one day or ten years."""
    if not 1 <= days <= MAX_OFFLINE_DAYS:
        raise ValueError(f"1 to {MAX_OFFLINE_DAYS} days")
    upsert(connection, tables.meta, [{"key": _OFFLINE_DAYS, "value": str(days).encode()}])


def forget_sessions(connection: Connection, device_id: str) -> None:
    """Sign everybody out on a device."""
    connection.execute(delete(tables.session).where(tables.session.c.device_id == device_id))


def next_seq(connection: Connection, device_id: str) -> int:
    """The sequence number that the hub waits for: the next one, or one below that was never decided."""
    return connection.scalar(_NEXT_SEQ, {"b_device": device_id}) or 1
