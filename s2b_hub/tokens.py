"""Tokens of suppliers' own systems: one organisation, one scope, revocable. Only their hashes are stored."""

import base64
import hashlib
from collections.abc import Callable

import msgspec
from sqlalchemy import Connection, insert, select, update

from s2b_domain.records.party import Organisation, PartyKind
from s2b_domain.records.store import RecordStore
from s2b_hub import tables
from s2b_hub.problems import ProblemError

PREFIX = "s2b_"
MAX_NAME = 100
SCOPES = ("stock",)
"""What a token may be good for: `stock` is `POST /api/stock`."""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as the hub knows it."""

    id: str
    organisation_id: str
    name: str
    scope: str
    issued_at: int
    revoked_at: int | None
    used_at: int | None


def issue(
    connection: Connection,
    *,
    token_id: str,
    organisation_id: str,
    name: str,
    scope: str,
    now: int,
    entropy: Callable[[int], bytes],
) -> str:
    """A new token, which is told only this once; ValueError where name, scope or organisation are not possible."""
    name = name.replace("\x00", "").strip()
    if not 0 < len(name) <= MAX_NAME or scope not in SCOPES:
        raise ValueError(f"a token has a name of at most {MAX_NAME} characters and one of the scopes {SCOPES}")
    organisation = RecordStore(connection).get(Organisation, organisation_id)
    if organisation is None or organisation.kind is not PartyKind.SUPPLIER:
        raise ValueError("there is no such supplier")
    secret = PREFIX + base64.urlsafe_b64encode(entropy(32)).decode().rstrip("=")
    row = {
        "id": token_id,
        "secret_hash": _hash(secret),
        "organisation_id": organisation_id,
        "name": name,
        "scope": scope,
        "issued_at": now,
        "revoked_at": None,
        "used_at": None,
    }
    connection.execute(insert(tables.api_token), row)
    return secret


def revoke(connection: Connection, token_id: str, now: int, organisation_id: str | None = None) -> bool:
    """End a token (of an organisation); False if there is none that still works."""
    t = tables.api_token.c
    which = [t.id == token_id, t.revoked_at.is_(None)]
    if organisation_id is not None:
        which.append(t.organisation_id == organisation_id)
    return connection.execute(update(tables.api_token).where(*which).values(revoked_at=now)).rowcount == 1


def tokens(connection: Connection, organisation_id: str | None = None) -> list[Token]:
    """All tokens (of an organisation), the oldest first."""
    t = tables.api_token.c
    statement = select(*_COLUMNS).order_by(t.issued_at, t.id)
    if organisation_id is not None:
        statement = statement.where(t.organisation_id == organisation_id)
    return [Token(**row._mapping) for row in connection.execute(statement)]


def token_of(connection: Connection, secret: str, scope: str) -> Token:
    """The token that a request shows; the problem `signed_out` where it is none, or none for this."""
    t = tables.api_token.c
    row = connection.execute(select(*_COLUMNS).where(t.secret_hash == _hash(secret))).first()
    if row is None or row.revoked_at is not None or row.scope != scope:
        raise ProblemError("signed_out")
    return Token(**row._mapping)


def note_use(connection: Connection, token_id: str, now: int) -> None:
    """Remember when a token was last used."""
    connection.execute(update(tables.api_token).where(tables.api_token.c.id == token_id).values(used_at=now))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


_COLUMNS = [tables.api_token.c[name] for name in Token.__struct_fields__]
