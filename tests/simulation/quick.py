"""What a run need not pay for again and again: statements are compiled once for all episodes, nothing waits for the
disk (a power cut is simulated by what was never committed), and fleets begin as copies of one that has signed in."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, Engine, create_engine, event

from s2b_hub import engines
from tests.hub.world import START, World
from tests.postgresql import copy_hub

_known: dict[str, tuple[Any, Any]] = {}
"""Dialect and compiled statements of each kind of engine."""


@contextmanager
def quick_engines() -> Iterator[None]:
    """While inside, engines share what they have compiled, and no commit waits for the disk."""
    pragmas = tuple(p.replace("=FULL", "=OFF") for p in engines._PRAGMAS)
    with ExitStack() as stack:
        stack.enter_context(patch("s2b_hub.engines.create_engine", _sharing("hub")))
        stack.enter_context(patch("s2b_hub.engines._PRAGMAS", pragmas))
        stack.enter_context(patch("s2b_desktop.models.database.create_engine", _sharing("desktop", _unsynced)))
        stack.enter_context(patch.object(Connection, "exec_driver_sql", _exec_driver_sql))
        yield


class _Found:
    """What a statement gave, all of it at once, as plain tuples."""

    __slots__ = ("_rows", "cursor", "lastrowid", "rowcount")
    _soft_closed = False  # SQLAlchemy's own inspection asks

    def __init__(self, cursor: Any) -> None:
        self._rows = iter(cursor.fetchall() if cursor.description else ())
        self.lastrowid, self.rowcount = cursor.lastrowid, cursor.rowcount
        self.cursor = self

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    first = fetchone

    def all(self) -> list[tuple[Any, ...]]:
        return list(self._rows)

    fetchall = all

    def scalar_one(self) -> Any:
        [(value,)] = self._rows
        return value


def _exec_driver_sql(self: Connection, statement: str, parameters: Any = None, execution_options: Any = None) -> Any:
    """`Connection.exec_driver_sql` on SQLite without what SQLAlchemy does to make rows of tuples."""
    if self.dialect.name != "sqlite":
        return _thorough(self, statement, parameters, execution_options)
    transaction = self._transaction
    if transaction is None:
        self._autobegin()
    elif not transaction.is_active:
        self._invalid_transaction()
    cursor: Any = self.connection.cursor()
    try:
        if isinstance(parameters, list):
            cursor.executemany(statement, parameters)
        else:
            cursor.execute(statement, parameters or ())
        found = _Found(cursor)
    except BaseException as error:
        self._handle_dbapi_exception(error, statement, parameters, cursor, None)
    cursor.close()
    return found


_thorough = Connection.exec_driver_sql


def _unsynced(raw: Any, record: object) -> None:
    raw.execute("PRAGMA synchronous = OFF")


def _sharing(whose: str, connected: Callable[[Any, object], None] | None = None) -> Callable[..., Engine]:
    def create(url: Any, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        kind = f"{whose} {engine.dialect.name} {options.get('isolation_level')}"
        dialect, compiled = _known.setdefault(kind, (engine.dialect, engine._compiled_cache))
        engine.dialect, engine._compiled_cache = dialect, compiled
        if connected is not None:
            event.listen(engine, "connect", connected)
        return engine

    return create


def prepared(template: Path, desktops: int, make: Callable[[World, random.Random, Path, int], Any]) -> Path:
    """A fleet's folders, made once: a copy of the hub in `template`, and beside it so many desktops that `make` has
    signed in and synchronised."""
    ready = template.with_name(f"{template.name}-{desktops}")
    if ready.exists():
        return ready
    making = Path(tempfile.mkdtemp(dir=template.parent))
    copy_hub(template, making / "hub")
    world = World(making / "hub", seed=999_999, now=START + 1000)
    chance = random.Random(999_999)
    for n in range(desktops):
        make(world, chance, making / f"desktop-{n}", n).close()
    world.hub.close()
    try:
        making.rename(ready)
    except OSError:
        if not ready.exists():
            raise
        shutil.rmtree(making)  # another process of this run was quicker
    return ready


def copy_fleet(ready: Path, folder: Path) -> None:
    """Copy what `prepared` made; each PC believes that its desktops were always there."""
    copy_hub(ready / "hub", folder / "hub")
    for part in ready.iterdir():
        if part.name != "hub":
            shutil.copytree(part, folder / part.name)
    for path in folder.glob("desktop-*-home/**/*.json"):
        home = path.relative_to(folder).parts[0]
        own = folder / home.removesuffix("-home")
        text = path.read_text()
        path.write_text(text.replace(_bound(text), str(own.resolve())))


def _bound(text: str) -> str:
    return text.split('"folder":"', 1)[1].split('"', 1)[0]
