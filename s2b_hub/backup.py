"""Backups: a consistent copy of all that a hub is, verified before anybody relies on it, and the way back.

A backup is a folder: the database, the journal, the certificate with its key and the blobs, with a manifest of their
hashes that the hub has signed. Whatever else somebody keeps in the data folder is not the hub's, and is left alone.
"""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, delete, select
from sqlalchemy.pool import NullPool

from s2b_hub import certificate, devices, history, migrations, recovery, tables, turns
from s2b_hub.blobs import BLOBS
from s2b_hub.database import Database, upsert
from s2b_hub.door import Batch
from s2b_hub.hub import Hub
from s2b_hub.inspection import Finding, findings
from s2b_hub.journal import FILE as JOURNAL
from s2b_hub.journal import Journal, JournalError, sync_folder
from s2b_hub.location import FILE, SETTINGS, located
from s2b_hub.signer import Signer

MANIFEST = "manifest.json"
SERVING = "serving.lock"
PREFIX = "s2b-"
UNFINISHED = ".unfinished"
_BESIDE = (JOURNAL, certificate.CERTIFICATE, certificate.KEY)
_BELONGS = (FILE, f"{FILE}-wal", f"{FILE}-shm", *_BESIDE, f"{JOURNAL}.lock", BLOBS)
_FRESH = "unfinished"


class BackupError(Exception):
    """A backup cannot be made, or cannot be relied on; the text says why."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup has: decisions up to `hub_order`, journal lines up to `journal`, files with their SHA-256."""

    format: int = 1
    hub_id: str
    schema_version: int
    taken_at: int
    hub_order: int
    journal: int
    files: dict[str, str]
    signature: str = ""


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What `restore` did. `safety_copy` holds what was there before; `journal_lost` when nobody knows what devices
    and accounts became since the backup."""

    manifest: Manifest
    safety_copy: Path | None
    journal_lost: bool
    expected: int
    until: int


def back_up(hub: Hub, data: Path, target: Path, *, keep: int = 0) -> tuple[Path, Manifest]:
    """Copy a hub, which may serve meanwhile, into a new folder below `target`, verify the copy, and note it as the
    hub's. `keep` drops all but that many of the hub's newest backups in `target`. `BackupError`."""
    if not isinstance(hub.database.target, Path):
        raise BackupError(
            "this hub is on PostgreSQL: back the database up with its own tools (pg_dump, or better continuous "
            f"archiving), and keep {JOURNAL}, the certificate and the key beside it"
        )
    now = hub.clock()
    name = PREFIX + datetime.fromtimestamp(now / 1000, UTC).strftime("%Y%m%d-%H%M%S-") + f"{now % 1000:03}"
    final, unfinished = target / name, target / (name + UNFINISHED)
    unfinished.mkdir(mode=0o700, parents=True)
    try:
        manifest = _copy(hub, data, unfinished, now)
        wrong = list(verify(unfinished))
        if wrong:
            raise BackupError("the copy is not sound: " + "; ".join(f"{f.part}: {f.text}" for f in wrong[:5]))
        unfinished.replace(final)
        sync_folder(target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    hub.write(lambda batch: _note(batch, final.resolve(), manifest))
    if keep:
        _drop_older(hub, target, keep)
    return final, manifest


def _copy(hub: Hub, data: Path, folder: Path, now: int) -> Manifest:
    with closing(sqlite3.connect(data / FILE)) as source, closing(sqlite3.connect(folder / FILE)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    # The journal comes after the database: it may be ahead, never behind.
    for path in _others(data):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(data / path, folder / path)
    with _opened(folder / FILE) as connection:
        order, journal = history.last_order(connection), history.number(connection, history.JOURNAL)
    files = {p.as_posix(): _digest(folder / p) for p in [Path(FILE), *_others(folder)]}
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            _sync(path)
    manifest = Manifest(
        hub_id=hub.id,
        schema_version=tables.SCHEMA_VERSION,
        taken_at=now,
        hub_order=order,
        journal=journal,
        files=files,
    )
    manifest = msgspec.structs.replace(manifest, signature=hub.signer.signature(_signable(manifest)).hex())
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    _sync(folder / MANIFEST)
    return manifest


def _others(folder: Path) -> list[Path]:
    """What belongs to a hub beside its database."""
    blobs = (p.relative_to(folder) for p in (folder / BLOBS).rglob("*") if p.is_file())
    return sorted([*(Path(name) for name in _BESIDE if (folder / name).is_file()), *blobs])


def manifest_of(folder: Path) -> Manifest:
    """The manifest of a backup; `BackupError` where there is none."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupError(f"{folder} is no backup") from error


def verify(folder: Path) -> Iterator[Finding]:
    """What is wrong with a backup; `BackupError` where there is none. One of an earlier schema is examined as what it
    becomes; the backup itself is not touched."""
    manifest = manifest_of(folder)
    if not 1 <= manifest.schema_version <= tables.SCHEMA_VERSION:
        yield Finding("backup", f"it is of a newer version of this program (schema {manifest.schema_version})")
        return
    for name, digest in manifest.files.items():
        if not (folder / name).is_file() or _digest(folder / name) != digest:
            yield Finding("backup", f"{name} is missing or not as it was written")
            return
    with _opened(folder / FILE) as connection:
        signer = Signer(manifest.hub_id, history.fact(connection, "signing_key"))
        if not signer.signed(_signable(manifest), bytes.fromhex(manifest.signature)):
            yield Finding("backup", "its manifest is not signed by this hub")
            return
        try:
            Journal(folder / JOURNAL, signer).notes()
        except JournalError as error:
            yield Finding("journal", str(error))
        if manifest.schema_version == tables.SCHEMA_VERSION:
            yield from findings(connection, signer)
            return
    with TemporaryDirectory(prefix="s2b-verify-") as name:
        copy = Path(shutil.copy(folder / FILE, name))
        _upgrade(copy)
        with _opened(copy) as connection:
            yield from findings(connection, signer)


def _upgrade(path: Path) -> None:
    database = Database(path)
    try:
        with database.write() as connection:
            migrations.upgrade(connection)
    finally:
        database.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def missing(connection: Connection) -> list[Finding]:
    """Backups that the hub counts on and that are gone, as far as this machine can see."""
    folders = connection.scalars(select(tables.backup.c.folder))
    return [
        Finding("backup", f"{f} is gone, or not mounted here") for f in folders if not (Path(f) / MANIFEST).is_file()
    ]


def restore(
    source: Path,
    data: Path,
    *,
    now: int,
    entropy: Callable[[int], bytes] = os.urandom,
    journal: Path | None = None,
    wait: int = recovery.WAIT,
) -> Restored:
    """Make `data` the hub of a backup, beginning a new history. What is there now is moved aside, except a journal
    that goes on where the backup's ends. Nobody may serve meanwhile. `BackupError`."""
    manifest = manifest_of(source)
    if isinstance(located(data), URL):
        raise BackupError(
            f"the hub of {data} is on PostgreSQL, as its {SETTINGS} says: put its database back with PostgreSQL's own "
            "tools, then run: s2b-hub recover --begin"
        )
    if journal is not None and not journal.is_file():
        raise BackupError(f"{journal}: there is no such journal")
    wrong = list(verify(source))
    if wrong:
        raise BackupError("this backup cannot be relied on: " + "; ".join(f"{f.part}: {f.text}" for f in wrong[:5]))
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with turns.exclusive(data / SERVING, patience=0):
            try:
                return _restore(source, data, manifest, now, entropy, journal, wait)
            finally:
                shutil.rmtree(data / _FRESH, ignore_errors=True)
    except turns.TakenError as error:
        raise BackupError(f"a hub is serving {data}; stop it first") from error


def _restore(
    source: Path,
    data: Path,
    manifest: Manifest,
    now: int,
    entropy: Callable[[int], bytes],
    journal: Path | None,
    wait: int,
) -> Restored:
    fresh = data / _FRESH
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    for name in manifest.files:
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, fresh / name)
    with _opened(fresh / FILE) as connection:
        signer = Signer(manifest.hub_id, history.fact(connection, "signing_key"))
    longest = _longest_journal([j for j in (journal, data / JOURNAL) if j is not None], signer, manifest)
    if longest is not None:
        shutil.copy2(longest, fresh / JOURNAL)
    kept = _kept(source.parent, manifest.hub_id) | {source.resolve(): manifest}
    expected, until = _begin(fresh, signer, kept, now=now, entropy=entropy, wait=wait, lost=longest is None)
    safety = _set_aside(data, now)
    for path in sorted(fresh.iterdir()):
        if path.name == JOURNAL and (data / JOURNAL).is_symlink():
            shutil.copyfile(path, data / JOURNAL)  # it lives on another disk: written through
        else:
            os.replace(path, data / path.name)
    sync_folder(data)
    return Restored(manifest=manifest, safety_copy=safety, journal_lost=longest is None, expected=expected, until=until)


def _longest_journal(candidates: list[Path], signer: Signer, manifest: Manifest) -> Path | None:
    """The journal that tells most of what came after the backup; none where there is none of this hub."""
    best: tuple[int, Path] | None = None
    for path in candidates:
        try:
            last = Journal(path, signer).last()
        except (JournalError, OSError) as error:
            raise BackupError(f"{error}; move it away to restore without it") from error
        if last >= manifest.journal and last and (best is None or last > best[0]):
            best = (last, path)
    return best[1] if best else None


def _begin(
    folder: Path,
    signer: Signer,
    kept: Mapping[Path, Manifest],
    *,
    now: int,
    entropy: Callable[[int], bytes],
    wait: int,
    lost: bool,
) -> tuple[int, int]:
    """Begin the new history in a restored database. It does not know of this backup, nor of those made since: any of
    them may be needed again, so desktops must not forget what only a newer one has."""
    database = Database(folder / FILE)
    try:
        with database.write() as connection:
            migrations.upgrade(connection)
            journal = Journal(folder / JOURNAL, signer)
            under_way = recovery.begin(connection, journal, now=now, new_history=entropy(16), wait=wait)
            if lost:
                devices.skip_numbers(connection)
            upsert(connection, tables.backup, [_row(*each, verified_at=each[1].taken_at) for each in kept.items()])
            recovery.note_restored(connection, journal, now=now, why="restored from a backup")
        return len(under_way.expected), under_way.until
    finally:
        database.close()


def _set_aside(data: Path, now: int) -> Path | None:
    """Move what is there into a folder beside it. The journal is copied: what nobody else knows is in its place until
    the next one is, also for a restore that is begun again."""
    there = [p for p in data.iterdir() if p.name in _BELONGS]
    if not there:
        return None
    stamp = datetime.fromtimestamp(now / 1000, UTC).strftime("%Y%m%d-%H%M%S")
    safety = data.with_name(f"{data.name}-before-{stamp}")
    while safety.exists():
        safety = safety.with_name(safety.name + "-again")
    safety.mkdir(mode=0o700)
    for path in there:
        if path.name == JOURNAL or path.is_symlink():
            shutil.copy2(path, safety / path.name)
        else:
            os.replace(path, safety / path.name)
    return safety


def _note(batch: Batch, folder: Path, manifest: Manifest) -> None:
    upsert(batch.connection, tables.backup, [_row(folder, manifest, verified_at=batch.time)])


def _row(folder: Path, manifest: Manifest, *, verified_at: int) -> dict[str, object]:
    order = manifest.hub_order
    return {"folder": str(folder), "taken_at": manifest.taken_at, "hub_order": order, "verified_at": verified_at}


def _kept(target: Path, hub_id: str) -> dict[Path, Manifest]:
    """The hub's whole backups in a folder: each was verified when it was made."""
    found: dict[Path, Manifest] = {}
    for path in target.glob(f"{PREFIX}*"):
        if path.suffix == UNFINISHED:
            continue
        with suppress(BackupError):
            found[path.resolve()] = manifest_of(path)
    return {path: manifest for path, manifest in found.items() if manifest.hub_id == hub_id}


def _drop_older(hub: Hub, target: Path, keep: int) -> None:
    """The hub forgets a backup before its files go: desktops keep what only a kept backup has. Those that went
    otherwise (dropped by a hub that was lost since) are forgotten once as many newer ones are there, and what broke off
    before them goes too."""
    there = sorted(_kept(target, hub.id), reverse=True)
    if len(there) < keep:
        return
    with hub.database.read() as connection:
        noted = map(Path, connection.scalars(select(tables.backup.c.folder)))
        known = {*there, *(path for path in noted if path.parent == target.resolve())}
    for broken_off in target.glob(f"{PREFIX}*{UNFINISHED}"):
        if broken_off.name < there[keep - 1].name:
            shutil.rmtree(broken_off)
    for path in sorted(p for p in known if p < there[keep - 1]):
        hub.write(partial(_forget, folder=path))
        if path in there:
            shutil.rmtree(path)


def _forget(batch: Batch, folder: Path) -> None:
    batch.connection.execute(delete(tables.backup).where(tables.backup.c.folder == str(folder)))


def _signable(manifest: Manifest) -> bytes:
    return b"backup\x00" + msgspec.json.encode(msgspec.structs.replace(manifest, signature=""), order="deterministic")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _opened(path: Path) -> Iterator[Connection]:
    """A database at rest, without touching it."""
    engine: Engine = create_engine(
        f"sqlite:///file:{path.resolve().as_posix()}?mode=ro&immutable=1&uri=true", poolclass=NullPool
    )
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
