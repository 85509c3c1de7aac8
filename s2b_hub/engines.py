"""Opening the two kinds of databases, so that every connection is as durable and as patient as the hub needs."""

import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError

CHANNEL = "s2b_hub"
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "cache_size=-32768", "temp_store=MEMORY")
_PARAMETERS = {
    "application_name": "s2b-hub",
    "client_encoding": "utf8",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""Of libpq, unless the URL says otherwise."""
PATIENCE_SECONDS = 1.0
"""How long a connection may lie idle before it is asked whether it still lives."""
_SETTINGS = {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "60s"}
"""Nobody waits for ever behind a writer that is stuck, and a process that stands still gives its locks back."""


class DriverMissingError(Exception):
    """PostgreSQL was asked for, and its driver is not installed."""


def postgresql_url(text: str) -> URL:
    """The address of a PostgreSQL database; ValueError, without the password, if it is not one."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError("the database is no URL like postgresql://user@host/name") from None
    if url.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise ValueError("the database must be a URL like postgresql://user@host/name")
    return url.set(drivername="postgresql+psycopg")


def described(url: URL) -> str:
    """What may be shown of an address: never its password."""
    host = url.host or str(url.query.get("host", "")) or "local"
    return f"{host}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def sqlite_engine(path: Path, *, size: int, read_only: bool = False) -> Engine:
    """Connections to a file; a writing one excludes other writers from the beginning of its transaction."""
    engine = create_engine(f"sqlite:///{path}", pool_size=size, max_overflow=2 * size if size > 1 else 0)
    pragmas = (*_PRAGMAS, "query_only=ON") if read_only else _PRAGMAS

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def postgresql_engine(url: URL, *, size: int, read_only: bool = False, autocommit: bool = False) -> Engine:
    """Connections to a server. A reader's transaction is one snapshot; a writer sees what others have committed as
    soon as it holds the locks for it. Lost connections are noticed and replaced. `DriverMissingError`."""
    level = "AUTOCOMMIT" if autocommit else "REPEATABLE READ" if read_only else "READ COMMITTED"
    try:
        engine = create_engine(
            url,
            isolation_level=level,
            pool_size=size,
            max_overflow=size // 3,
            connect_args={k: v for k, v in _PARAMETERS.items() if k not in url.query},
        )
    except ModuleNotFoundError as error:
        raise DriverMissingError from error

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, record: object) -> None:
        before = connection.autocommit
        connection.autocommit = True
        for name, value in _SETTINGS.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        # An answer promises that the command survives: no server-wide setting takes that back.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.autocommit = before
        connection.read_only = read_only

    @event.listens_for(engine, "checkin")
    def _given_back(connection: Any, record: Any) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _taken(connection: Any, record: Any, fairy: object) -> None:
        if time.monotonic() - record.info.get("used", 0.0) > PATIENCE_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.dbapi.Error as error:  # type: ignore[union-attr]
                raise DisconnectionError from error

    return engine
