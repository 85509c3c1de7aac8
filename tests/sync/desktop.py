"""A desktop without a screen: a profile, a line, and the loop run step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from s2b_desktop.models import local, prediction, rows
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.status import Status
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.entry import sign_in, unlock
from s2b_desktop.sync.loop import SyncLoop
from s2b_domain import wire
from s2b_domain.access import scopes_of
from s2b_domain.records import RECORDS
from s2b_domain.records.record import Record
from s2b_domain.records.store import RecordStore
from tests.hub.world import PASSWORD, World
from tests.sync.line import Line

Rows = dict[tuple[str, str], tuple[Any, ...]]


class Desktop:
    """`workspace` and `loop` of whoever signed in."""

    def __init__(self, world: World, folder: Path, *, chunked: bool = False) -> None:
        self.world = world
        self.chunked = chunked
        self.folder = folder
        self.profile = Profile(folder)
        self.line = Line(lambda: world.hub)
        self.workspace: Workspace
        self.loop: SyncLoop
        self.heard: list[Status] = []
        self.skew = 0
        """By how much this PC's wall clock is wrong."""
        self.started = 0
        """When this PC started: its steady clock counts from there."""
        self._open = False
        self._base: dict[tuple[str, str], Record] = {}

    def sign_in(self, login: str) -> None:
        """Sign in at the hub, in a closed profile or an open one."""
        self._begin(sign_in(self.profile, self.line, login, PASSWORD, self.workspace if self._open else None))

    def unlock(self, login: str) -> None:
        """Change who works here, or open the profile, without a line."""
        self._begin(unlock(self.profile, login, PASSWORD, self.workspace if self._open else None))

    def _begin(self, workspace: Workspace) -> None:
        self.workspace = workspace
        workspace._clock = lambda: self.world.now + self.skew
        workspace._steady = lambda: self.world.now - self.started
        if not self._open:
            self.loop = SyncLoop(
                workspace,
                self.line,
                listener=self.heard.append,
                source=self.line if self.chunked else None,
                blobs=self.line,
            )
        self._open = True

    def close(self) -> None:
        if self._open:
            self._open = False
            self.loop.stop()
            self.workspace.close()

    def restart(self, login: str) -> None:
        """As after a crash or a night: everything that was only in memory is gone."""
        self.close()
        self.profile = Profile(self.folder)
        self.unlock(login)

    def sync(self) -> Status:
        """One round; the last status told."""
        self.loop.round()
        return self.loop.status()

    def find(self, cls: type[Record], **equals: Any) -> list[Any]:
        """What the screen would show."""
        with self.workspace.cache.read() as connection:
            return list(RecordStore(connection).find(cls, **equals))

    def granted(self) -> frozenset[str]:
        """The scopes of the last pull."""
        return self.workspace.read(local.granted_scopes)

    def shown(self) -> Rows:
        """All rows of the cache, predictions included."""
        with self.workspace.cache.read() as connection:
            return {(t, r[0]): tuple(r) for t in RECORDS for r in rows.read_all(connection, t)}

    def from_nothing(self) -> Rows:
        """What the cache must show right after a pull."""
        self.remember()
        return self.expected()

    def remember(self) -> None:
        """Keep the hub's rows that this actor may see now, as those at the cursors."""
        with self.workspace.cache.read() as connection:
            allowed = local.granted_scopes(connection)
        with self.world.hub.database.read() as hub:
            self._base = {
                (name, row.id): row
                for name, cls in RECORDS.items()
                for row in RecordStore(hub).find(cls)
                if allowed.intersection(scopes_of(row))
            }

    def expected(self) -> Rows:
        """The remembered rows with the pending commands replayed."""
        with self.workspace.cache.read() as connection:
            allowed = local.granted_scopes(connection)
            pending = list(self.workspace.pending(connection))
        shelf = Shelf(dict(self._base))
        for entry, author in pending:
            if author is not None:
                shelf.carry_out(entry.body, author, allowed)
        return {place: type(row).encode(row) for place, row in shelf.rows.items()}


class Shelf:
    """Rows in memory that commands may be carried out on; slow and plain on purpose."""

    def __init__(self, kept: dict[tuple[str, str], Record]) -> None:
        self.rows = kept

    def get(self, cls: type[Any], id_: str) -> Any:
        return self.rows.get((cls.table.name, id_))

    def find(self, cls: type[Any], **equals: Any) -> list[Any]:
        found = [r for (name, _), r in self.rows.items() if name == cls.table.name]
        return sorted((r for r in found if all(getattr(r, k) == v for k, v in equals.items())), key=lambda r: r.id)

    def find_in(self, cls: type[Any], column: str, values: Any, **equals: Any) -> list[Any]:
        wanted = set(values)
        return [r for r in self.find(cls, **equals) if getattr(r, column) in wanted]

    def carry_out(self, frozen: bytes, author: prediction.Author, allowed: frozenset[str]) -> None:
        try:
            tx = prediction.trial(self, wire.thaw(frozen), author, allowed)
        except Exception:
            return
        for (cls, id_), _, after in tx.changes():
            if after is None:
                del self.rows[cls.table.name, id_]
            else:
                self.rows[cls.table.name, id_] = after
