"""Sessions: a token for one user on one device. Only its hash is stored."""

import base64
import hashlib
from collections.abc import Callable

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select

from s2b_hub import tables
from s2b_hub.problems import ProblemError

LIFETIME = 30 * 24 * 3600 * 1000


class Session(msgspec.Struct, frozen=True):
    """Who is signed in where."""

    user_id: str
    device_id: str


def open_session(
    connection: Connection, user_id: str, device_id: str, *, now: int, entropy: Callable[[int], bytes]
) -> str:
    """A new token; expired sessions are swept on the way."""
    token = base64.urlsafe_b64encode(entropy(32)).decode().rstrip("=")
    connection.execute(delete(tables.session).where(tables.session.c.expires_at <= now))
    row = {"token_hash": _hash(token), "user_id": user_id, "device_id": device_id, "expires_at": now + LIFETIME}
    connection.execute(insert(tables.session), row)
    return token


def session_of(connection: Connection, token: str, now: int) -> Session:
    """The session of a token; the problems `signed_out` and `device_revoked`."""
    row = connection.execute(_found, {"b_hash": _hash(token)}).first()
    if row is not None and row.revoked_at is not None:
        raise ProblemError("device_revoked")
    if row is None or row.expires_at <= now or row.disabled:
        raise ProblemError("signed_out")
    return Session(row.user_id, row.device_id)


def close_session(connection: Connection, token: str) -> None:
    """Forget a token; the problem `device_revoked`."""
    row = connection.execute(_found, {"b_hash": _hash(token)}).first()
    if row is not None and row.revoked_at is not None:
        raise ProblemError("device_revoked")
    connection.execute(delete(tables.session).where(tables.session.c.token_hash == _hash(token)))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


_s, _d, _u = tables.session.c, tables.device.c, tables.user.c
_found = (
    select(_s.user_id, _s.device_id, _s.expires_at, _d.revoked_at, _u.disabled)
    .join_from(tables.session, tables.device, _d.id == _s.device_id)
    .join(tables.user, _u.id == _s.user_id)
    .where(_s.token_hash == bindparam("b_hash"))
)
