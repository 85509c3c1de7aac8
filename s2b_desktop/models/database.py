"""Encrypted SQLite files: SQLAlchemy engines over SQLCipher with a raw 32-byte key."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlcipher3 import dbapi2

from s2b_desktop.models.storage import Damaged

PAGE_CACHE_KIB = 32 * 1024
"""For what is read here and there; with a small one, reading encrypted pages costs two to four times as much."""
BUSY_SECONDS = 10
_NO_ROOM = ("database or disk is full", "disk I/O error", "attempt to write a readonly database")


def open_engine(
    path: Path,
    key: bytes,
    *,
    durable: bool = False,
    read_only: bool = False,
    pool: int = 1,
    page_cache_kib: int = PAGE_CACHE_KIB,
    salvage: bool = False,
) -> Engine:
    """An engine with at most `pool` connections that stay open; each transaction begins with an explicit BEGIN.

    `durable` makes every commit survive power loss; `salvage` reads a file whose end is missing.
    A writer's transactions take the write lock at once.
    """

    def connect() -> Any:
        raw = dbapi2.connect(
            str(path), timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            if salvage:
                raw.execute("PRAGMA writable_schema = ON")
            _prepare(raw, key, durable=durable, read_only=read_only, page_cache_kib=page_cache_kib)
        except dbapi2.DatabaseError as error:
            raw.close()
            raise Damaged(path.name) from error
        return raw

    engine = create_engine(
        "sqlite://",
        module=dbapi2,
        creator=connect,
        poolclass=QueuePool,
        pool_size=pool,
        pool_use_lifo=True,
        hide_parameters=True,  # an error is logged in the clear
    )
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _prepare(raw: Any, key: bytes, *, durable: bool, read_only: bool, page_cache_kib: int) -> None:
    raw.execute("PRAGMA cipher_log_level = NONE")
    raw.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    raw.execute(f"PRAGMA cache_size = -{page_cache_kib}")
    raw.execute("SELECT count(*) FROM sqlite_master")
    raw.execute("PRAGMA temp_store = MEMORY")
    raw.execute("PRAGMA foreign_keys = OFF")
    if read_only:
        raw.execute("PRAGMA query_only = ON")
    else:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")


def is_full(error: BaseException) -> bool:
    """Whether a statement failed because the disk has no room or cannot be written: the transaction is undone."""
    return isinstance(error, OperationalError) and any(said in str(error.orig) for said in _NO_ROOM)


def user_version(connection: Connection) -> int:
    """The schema version that the file carries."""
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def set_user_version(connection: Connection, version: int) -> None:
    """Write the schema version into the file, with the transaction."""
    connection.exec_driver_sql(f"PRAGMA user_version = {version}")


def erase(path: Path) -> None:
    """Remove a database with its journals; a file that another handle keeps open is left for the next start."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        try:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        except PermissionError:
            if not suffix:
                return
