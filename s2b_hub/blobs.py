"""Pictures and papers by their SHA-256: the bytes in `blobs/` of the data folder, who brought them in the database.

A content is on disk, under its name and synced, before the database knows it; the database forgets it before its file
goes. Both steps are taken by the one writer, so that a content that is brought again while it is swept stays.
"""

import os
from pathlib import Path

from sqlalchemy import Connection, delete, func, select

from s2b_domain.access import scopes_of
from s2b_domain.records import RECORDS
from s2b_domain.records.imports import ImportPart
from s2b_domain.records.naming import NAMING, blobs_of
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.blobs import MAX_BLOB, digest_of, digests_in, is_digest, media_of
from s2b_hub import history, log, sessions, tables
from s2b_hub.accounts import current_actor
from s2b_hub.database import upsert
from s2b_hub.door import Batch
from s2b_hub.hub import Hub
from s2b_hub.journal import sync_folder
from s2b_hub.problems import ProblemError
from s2b_hub.pull import scopes_granted

BLOBS = "blobs"
UNFINISHED = "blobs.unfinished"
QUOTA = 20 << 30
"""Bytes that one organisation may bring."""
KEPT = 90 * 24 * 3_600_000
"""Milliseconds for which a content that no row names stays: its command may wait on a PC without a line."""


def place(folder: Path, digest: str) -> Path:
    """Where a content lies in a hub's data folder."""
    return folder / BLOBS / digest[:2] / digest


def check_sender(hub: Hub, token: str) -> str:
    """The organisation of a token; the problems of `session_of`."""
    with hub.database.read() as connection:
        session = sessions.session_of(connection, token, hub.clock())
        return current_actor(connection, session.user_id).organisation_id


def take(hub: Hub, token: str, digest: str, content: bytes) -> None:
    """Keep a content; once more is no problem. Problems: `malformed` where it is not what its name says or no picture
    or PDF, `too_large` for it and beyond the organisation's `QUOTA`."""
    organisation_id = check_sender(hub, token)
    if len(content) > MAX_BLOB:
        raise ProblemError("too_large", limit=MAX_BLOB)
    media = media_of(content)
    if not media or digest_of(content) != digest:
        raise ProblemError("malformed")
    with hub.database.read() as connection:
        c = tables.blob.c
        owner = connection.scalar(select(c.organisation_id).where(c.digest == digest))
        used = connection.scalar(select(func.sum(c.size)).where(c.organisation_id == organisation_id)) or 0
    if owner is None and used + len(content) > QUOTA:
        raise ProblemError("too_large", limit=QUOTA)
    begun = _written(hub.folder, f"{digest}.{hub.entropy(8).hex()}", content)

    def keep(batch: Batch) -> None:
        final = place(hub.folder, digest)
        final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(begun, final)
        sync_folder(final.parent)
        sync_folder(final.parent.parent)
        first = batch.connection.scalar(select(c.organisation_id).where(c.digest == digest)) or organisation_id
        row = {"digest": digest, "organisation_id": first, "media": media, "size": len(content), "at": batch.time}
        upsert(batch.connection, tables.blob, [row])

    try:
        hub.write(keep)
    finally:
        begun.unlink(missing_ok=True)
    log.event("blob.taken", size=len(content), media=media)


def _written(folder: Path, name: str, content: bytes) -> Path:
    begun = folder / UNFINISHED / name
    begun.parent.mkdir(mode=0o700, exist_ok=True)
    with begun.open("wb") as file:
        begun.chmod(0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return begun


def give(hub: Hub, token: str, digest: str, table: str, row_id: str) -> tuple[bytes, str]:
    """A content and its media type, for who belongs to the organisation that brought it, or may see the row that is
    said to name it. The problem `not_found` for everybody else, whether there is such a content or not."""
    with hub.database.read() as connection:
        session = sessions.session_of(connection, token, hub.clock())
        actor = current_actor(connection, session.user_id)
        known = connection.execute(select(tables.blob).where(tables.blob.c.digest == digest)).first()
        if known is None or not is_digest(digest):
            raise ProblemError("not_found")
        if known.organisation_id != actor.organisation_id:
            cls = RECORDS.get(table)
            row = RecordStore(connection).get(cls, row_id) if cls in NAMING else None
            allowed = row is not None and set(scopes_of(row)) & set(scopes_granted(connection, actor))
            if row is None or not allowed or digest not in blobs_of(row):
                raise ProblemError("not_found")
    try:
        return place(hub.folder, digest).read_bytes(), known.media
    except FileNotFoundError as error:
        raise ProblemError("not_found") from error


def named(connection: Connection) -> set[str]:
    """Every digest that a row names, those that undoing an import would bring back among them."""
    found: set[str] = set()
    for cls, columns in NAMING.items():
        for column in columns:
            for text in connection.scalars(select(cls.table.c[column]).execution_options(yield_per=1000)):
                found |= digests_in(text)
    for lines in connection.scalars(select(ImportPart.table.c.lines)):
        found |= digests_in(bytes(lines).decode("latin-1"))
    return found


def sweep(hub: Hub) -> int:
    """Drop what is old and no row names; how many. Nothing while a restored hub waits for what desktops remember."""
    before = hub.clock() - KEPT
    c = tables.blob.c
    with hub.database.read() as connection:
        if history.recovery(connection) is not None:
            return 0
        old = set(connection.scalars(select(c.digest).where(c.at < before)))
        unnamed = sorted(old - named(connection)) if old else []

    def drop(batch: Batch) -> list[str]:
        if not unnamed:
            return []
        still = named(batch.connection)
        return [
            d
            for d in unnamed
            if d not in still
            and batch.connection.execute(delete(tables.blob).where(c.digest == d, c.at < before)).rowcount
        ]

    gone = hub.write(drop)

    def unlink(batch: Batch) -> None:
        for digest in gone:
            if batch.connection.scalar(select(c.digest).where(c.digest == digest)) is None:
                place(hub.folder, digest).unlink(missing_ok=True)

    if gone:
        hub.write(unlink)
        log.event("blob.swept", count=len(gone))
    for path in (hub.folder / UNFINISHED).glob("*"):
        if path.stat().st_mtime * 1000 < before:
            path.unlink(missing_ok=True)
    return len(gone)


def wrong(connection: Connection, folder: Path) -> list[str]:
    """What is the matter with the contents that a hub should have: missing, or not what their names say."""
    told = []
    for digest, size in connection.execute(select(tables.blob.c.digest, tables.blob.c.size)):
        path = place(folder, digest)
        if not path.is_file():
            told.append(f"{digest} is missing")
        elif path.stat().st_size != size or digest_of(path.read_bytes()) != digest:
            told.append(f"{digest} is not as it was brought")
    return told
