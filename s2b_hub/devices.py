"""Devices: registered at their first sign-in, bound to one organisation, revocable."""

import hashlib
import hmac

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from s2b_hub import tables
from s2b_hub.database import hold
from s2b_hub.problems import ProblemError

MAX_NAME = 200


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


def known(connection: Connection, device_id: str, secret: bytes) -> Device | None:
    """The device that proves itself by its secret; the problem `device_revoked` if it may no longer."""
    row = connection.execute(select(tables.device).where(tables.device.c.id == device_id)).first()
    if row is None:
        return None
    device = Device(**row._mapping)
    if not hmac.compare_digest(device.secret_hash, hashlib.sha256(secret).digest()):
        return None
    if device.revoked_at is not None:
        raise ProblemError("device_revoked")
    return device


def was_known(connection: Connection, device_id: str, secret: bytes) -> bool:
    """Whether the device proves itself by its secret, be it revoked or not."""
    stored = connection.scalar(select(tables.device.c.secret_hash).where(tables.device.c.id == device_id))
    return stored is not None and hmac.compare_digest(stored, hashlib.sha256(secret).digest())


def register(
    connection: Connection, *, device_id: str, secret: bytes, name: str, organisation_id: str, now: int
) -> Device:
    """A new device with the next number."""
    hold(connection, "device.number")
    last = connection.scalar(select(func.max(tables.device.c.number))) or 0
    device = Device(
        id=device_id,
        number=last + 1,
        secret_hash=hashlib.sha256(secret).digest(),
        name=name.replace("\x00", "")[:MAX_NAME],
        organisation_id=organisation_id,
        registered_at=now,
        revoked_at=None,
        next_seq=1,
    )
    connection.execute(insert(tables.device), msgspec.structs.asdict(device))
    return device


def revoke(connection: Connection, device_id: str, now: int) -> bool:
    """End what a device may do; False if there is none that still may. Its sessions stay, to answer why."""
    d = tables.device.c
    done = connection.execute(
        update(tables.device).where(d.id == device_id, d.revoked_at.is_(None)).values(revoked_at=now)
    )
    return done.rowcount == 1


def devices(connection: Connection) -> list[Device]:
    """All devices in the order of their numbers."""
    rows = connection.execute(select(tables.device).order_by(tables.device.c.number))
    return [Device(**row._mapping) for row in rows]


def forget_sessions(connection: Connection, device_id: str) -> None:
    """Sign everybody out on a device."""
    connection.execute(delete(tables.session).where(tables.session.c.device_id == device_id))


def next_seq(connection: Connection, device_id: str) -> int:
    """The sequence number that the hub waits for."""
    return connection.scalar(select(tables.device.c.next_seq).where(tables.device.c.id == device_id)) or 1
