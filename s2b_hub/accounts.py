"""Who may sign in: passwords (Argon2id), brakes on guessing, and the actor that a user is."""

import hashlib
import unicodedata

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, bindparam, delete, func, select, update

from s2b_domain.access import Actor, Role
from s2b_domain.records.party import Organisation
from s2b_domain.records.store import RecordStore
from s2b_domain.tx import Reader
from s2b_hub import tables
from s2b_hub.database import hold, upsert
from s2b_hub.problems import ProblemError

FREE_ATTEMPTS = 4
LONGEST_WAIT = 15 * 60 * 1000
FORGET_AFTER = 24 * 3600 * 1000
MAX_LOGIN = 200
MIN_PASSWORD, MAX_PASSWORD = 8, 1024
_BY_ID = select(tables.user).where(tables.user.c.id == bindparam("b_id"))


class User(msgspec.Struct, frozen=True, kw_only=True):
    """An account."""

    id: str
    login: str
    password_hash: str
    organisation_id: str
    role: str
    name: str
    disabled: bool


class Passwords:
    """Hashes and verifies; an unknown login takes as long as a wrong password."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash("nobody")

    @staticmethod
    def check(password: str) -> None:
        """ValueError for a password that is too short or too long."""
        if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
            raise ValueError(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")

    def hash(self, password: str) -> str:
        """The text to store; ValueError as `check`."""
        self.check(password)
        return self._hasher.hash(password)

    def fits(self, user: User | None, password: str) -> bool:
        """Whether `password` is the user's, and the user may sign in."""
        try:
            self._hasher.verify(user.password_hash if user else self._nobody, password[:MAX_PASSWORD])
        except VerificationError:
            return False
        return user is not None and not user.disabled


def spelled(login: str) -> str:
    """One spelling for each login; nobody's is longer than `MAX_LOGIN`."""
    return unicodedata.normalize("NFKC", login[: MAX_LOGIN + 1]).strip().casefold()


def user_by_login(connection: Connection, login: str) -> User | None:
    """The account with this login."""
    row = connection.execute(select(tables.user).where(tables.user.c.login == spelled(login))).first()
    return None if row is None else User(**row._mapping)


def user_by_id(connection: Connection, user_id: str) -> User | None:
    """The account with this id."""
    row = connection.execute(_BY_ID, {"b_id": user_id}).first()
    return None if row is None else User(**row._mapping)


def actor_of(reader: Reader, user: User | None) -> Actor | None:
    """What a user is right now; None for one that is disabled or gone."""
    organisation = reader.get(Organisation, user.organisation_id) if user else None
    if user is None or organisation is None or user.disabled:
        return None
    role = Role(user.role) if user.role in set(Role) else None
    return Actor(user.id, user.name, organisation.id, organisation.name, organisation.kind, role)


def current_actor(connection: Connection, user_id: str) -> Actor:
    """The actor of a session, which must still be valid."""
    actor = actor_of(RecordStore(connection), user_by_id(connection, user_id))
    if actor is None:
        raise ProblemError("signed_out")
    return actor


def attempt_key(login: str, user: User | None, organisation_id: str) -> bytes:
    """What failed sign-ins are counted by, on a device of this organisation ("": a new one). Strangers cannot lock a
    user out of the devices at home. Those count together: a sign-in there makes a device, but no new guesses."""
    home = organisation_id if user is not None and user.organisation_id == organisation_id else ""
    return hashlib.sha256(f"{spelled(login)}\x00{home}".encode()).digest()


def begin_attempt(connection: Connection, key: bytes, now: int) -> None:
    """Count a sign-in as failed before it is tried, so that guesses sent side by side count too."""
    a = tables.attempt.c
    hold(connection, f"attempt/{key.hex()}")
    connection.execute(delete(tables.attempt).where(a.until <= now - FORGET_AFTER))
    row = connection.execute(select(a.failures, a.until).where(a.key == key)).first()
    failures, until = (row.failures, row.until) if row else (0, 0)
    if until > now:
        raise ProblemError("too_many_attempts", seconds=(until - now + 999) // 1000)
    failures += 1
    wait = 0 if failures <= FREE_ATTEMPTS else min(LONGEST_WAIT, 1000 << min(failures - FREE_ATTEMPTS, 20))
    upsert(connection, tables.attempt, [{"key": key, "failures": failures, "until": now + wait}])


def end_attempt(connection: Connection, key: bytes) -> None:
    """Forget failed sign-ins after one that fits."""
    connection.execute(delete(tables.attempt).where(tables.attempt.c.key == key))


def end_sessions(connection: Connection, user_id: str) -> None:
    """Sign a user out everywhere."""
    connection.execute(delete(tables.session).where(tables.session.c.user_id == user_id))


def set_password(connection: Connection, user_id: str, password_hash: str) -> None:
    """Change a password and sign the user out everywhere."""
    connection.execute(update(tables.user).where(tables.user.c.id == user_id).values(password_hash=password_hash))
    end_sessions(connection, user_id)


def users(connection: Connection) -> list[User]:
    """All accounts by login."""
    rows = connection.execute(select(tables.user).order_by(tables.user.c.login))
    return [User(**row._mapping) for row in rows]


def count(connection: Connection) -> int:
    """How many accounts there are."""
    return connection.scalar(select(func.count()).select_from(tables.user)) or 0
