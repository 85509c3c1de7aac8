"""A desk without an engine: an in-memory cache with the record tables, where `submit` carries the command out at once.

    desk = supplier_desk()            # or merchant_desk(), platform_desk(), fake_desk(world.NEW_SUPPLIER)
    desk.go_offline(12)               # minutes ago; commands then stay "waiting"
    desk.answer(seq, "rejected", "out_of_stock", sku="000001", available=3, wanted=5)
    desk.submitted                    # every message that was submitted, in order

It is a `s2b_desktop.tasks.Desk`, so pages take it. Time stands still at `world.NOW`. `fetch` and `run` work on the
main thread but answer from the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from s2b_desktop.background import Handle, Progress, heard
from s2b_desktop.models import local, search
from s2b_desktop.models.pictures import NotAPicture, prepared
from s2b_desktop.models.status import Changes, QueueItem, Status
from s2b_desktop.sync.transport import Unreachable
from s2b_desktop.tasks import QUEUE, Desk
from s2b_domain import wire
from s2b_domain.access import Actor
from s2b_domain.commands import carry_out, pack
from s2b_domain.commands.command import Command
from s2b_domain.errors import DomainError, Param
from s2b_domain.ids import make_id
from s2b_domain.records import METADATA, name_of
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.blobs import digest_of, reference
from s2b_domain.tx import Tx
from tests.views import world
from tests.views.world import MERCHANT, MINUTE, NOW, SUPPLIER

T = TypeVar("T")


class FakeDesk(Desk):
    """A desk whose engine is an in-memory database; nothing of the real one is started."""

    def __init__(self, actor: Actor, content: Connection, parent: QObject | None = None) -> None:
        QObject.__init__(self, parent)
        self._actor = actor
        self.submitted: list[Command] = []
        self.asked: list[wire.AskHub] = []
        self.asked_tokens: list[wire.AskTokens] = []
        self.tokens: tuple[wire.TokenInfo, ...] = (
            wire.TokenInfo(id="t1", name="金蝶云", issued_at=NOW - 900_000_000, used_at=NOW - 600_000),
        )
        self.hub_state = world.hub_state()
        self.synced = 0
        self.blobs: dict[str, bytes] = {}
        self.web: dict[str, bytes] = {}
        """What lies at web addresses."""
        self.dismissed: list[int] = []
        self.connection = empty_content()
        content.connection.driver_connection.backup(self.connection.connection.driver_connection)  # type: ignore[union-attr]
        self.store = RecordStore(self.connection)
        self._scopes = world.scopes(actor, self.connection)
        self._status = Status(online=True, last_synced=NOW - 20_000)
        self._queue: dict[int, QueueItem] = {}
        self._written: dict[int, list[tuple[str, str]]] = {}
        self._drafts: dict[str, bytes] = {}
        self._born = 0
        self._number = 2000

    def close(self) -> None:
        self.connection.close()
        self.connection.engine.dispose()

    # what a test sets up

    def go_offline(self, minutes: int = 12) -> None:
        """Without a line since that long; what is submitted waits."""
        since = NOW - minutes * MINUTE
        self._tell(online=False, offline_since=since, last_synced=since)

    def go_online(self) -> None:
        """The line is back and everything that waited is accepted."""
        for seq, item in list(self._queue.items()):
            if item.state in ("waiting", "sending", "parked"):
                self.answer(seq, "accepted")
        self._tell(online=True, offline_since=None, last_synced=NOW)

    def set_syncing(self, syncing: bool) -> None:
        self._tell(syncing=syncing)

    def set_problem(self, problem: str) -> None:
        """Why there is no line, as a code of `messages.problem_text`."""
        self._tell(problem=problem)

    def answer(self, seq: int, state: str, code: str = "", /, **params: Param) -> None:
        """The hub's answer to a queued command; its prediction stays in the cache."""
        self._queue[seq] = msgspec.structs.replace(self._queue[seq], state=state, code=code, params=params)
        self._written.pop(seq, None)
        self._tell()
        self.changed.emit(Changes(QUEUE))

    # what pages use

    def picture(self, table: str, row_id: str, named: str, side: int, done: Callable[[bytes | None], None]) -> Handle:
        content = self.blobs.get(named)
        done(prepared(content, side) if content else None)
        return Handle()

    def paper(self, table: str, row_id: str, digest: str, done: Callable[[bytes | None], None]) -> Handle:
        done(self.blobs.get(reference(digest)))
        return Handle()

    def fetch_pictures(
        self,
        addresses: Sequence[str],
        *,
        done: Callable[[dict[str, str], dict[str, str]], None],
        failed: Callable[[Exception], None] | None = None,
        brought: Callable[[int, int], None] = lambda kept, wrong: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Handle:
        kept, wrong = dict[str, str](), dict[str, str]()
        for address in addresses:
            if stopped():
                break
            content = self.web.get(address)
            if content is None:
                wrong[address] = "picture_missing"
            else:
                kept[address] = reference(self.keep_content(prepared(content)))
            brought(len(kept), len(wrong))
        done(kept, wrong)
        return Handle()

    def keep_content(self, content: bytes) -> str:
        self.blobs[reference(digest_of(content))] = content
        return digest_of(content)

    def keep_pictures(
        self,
        files: Sequence[Path],
        *,
        done: Callable[[dict[Path, str], dict[Path, str]], None],
        brought: Callable[[int, int], None] = lambda kept, wrong: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Handle:
        kept, wrong = dict[Path, str](), dict[Path, str]()
        for path in files:
            if stopped():
                break
            brought(len(kept) + len(wrong), len(wrong))
            try:
                content = prepared(path.read_bytes())
            except NotAPicture as error:
                wrong[path] = error.code
            else:
                kept[path] = reference(digest_of(content))
                self.blobs[kept[path]] = content
        done(kept, wrong)
        return Handle()

    @property
    def actor(self) -> Actor:
        return self._actor

    @property
    def device_id(self) -> str:
        return "desk"

    def steady_time(self) -> int | None:
        return NOW

    def status(self) -> Status:
        return self._status

    def ask_hub(
        self, request: wire.AskHub, *, done: Callable[[wire.HubState], None], failed: Callable[[Exception], None]
    ) -> Handle:
        self.asked.append(request)
        (done(self.hub_state) if self._status.online else failed(Unreachable()))
        return Handle()

    def ask_tokens(
        self, request: wire.AskTokens, *, done: Callable[[wire.Tokens], None], failed: Callable[[Exception], None]
    ) -> Handle:
        self.asked_tokens.append(request)
        kept = tuple(t for t in self.tokens if t.id != request.token_id)
        if request.action == "issue":
            kept += (wire.TokenInfo(id=self.new_id(), name=request.name, issued_at=NOW),)
        self.tokens = kept
        secret = "s2b_3kVq9cQx1Zt7" if request.action == "issue" else ""
        answer = wire.Tokens(tokens=kept, secret=secret)
        (done(answer) if self._status.online else failed(Unreachable()))
        return Handle()

    def now(self) -> int:
        return NOW

    def new_id(self) -> str:
        self._born += 1
        return make_id(NOW + self._born, self._born.to_bytes(10, "big"))

    def next_number(self) -> str:
        self._number += 1
        return f"D3-20261122-{self._number}"

    def read(self, query: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        return query(self.connection, *args, **kwargs)

    def fetch(
        self,
        query: Callable[..., T],
        *args: Any,
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> Handle:
        return self.run(lambda progress: query(self.connection, *args), done=done, failed=failed)

    def run(
        self,
        work: Callable[[Progress], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> Handle:
        handle = Handle()

        def go() -> None:
            if handle.cancelled:
                return
            try:
                result = work(Progress(handle, progress or (lambda done, total: None)))
            except Exception as error:
                handle.over = True
                self._fail(failed, error)
                return
            if not handle.cancelled:
                handle.over = True
                if heard(done):
                    done(result)

        QTimer.singleShot(0, self, go)
        return handle

    def check(self, message: Command) -> None:
        self._carry_out(message, self.new_id())

    def submit(
        self,
        message: Command,
        *,
        done: Callable[[int], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        depends_on: Sequence[str] = (),
        supersedes: str | None = None,
        import_id: str | None = None,
        seen: Mapping[str, int] = {},
        initiator: object | None = None,
    ) -> None:
        try:
            seq, tables = self._accept(message, supersedes, tuple(depends_on))
        except DomainError as error:
            QTimer.singleShot(0, self, partial(self._fail, failed, error))
            return
        self._tell()
        self.changed.emit(Changes(tables | QUEUE, initiator))
        if done is not None:
            QTimer.singleShot(0, self, lambda: done(seq) if heard(done) else None)

    def submit_together(
        self,
        messages: Sequence[Command],
        *,
        instead_of: str,
        done: Callable[[int], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        before, queue, tables, seq = len(self.submitted), dict(self._queue), frozenset[str](), 0
        try:
            with self.store.connection.begin_nested():
                for message in messages:
                    seq, changed = self._accept(message, None)
                    tables |= changed
        except DomainError as error:
            del self.submitted[before:]
            self._queue = queue
            QTimer.singleShot(0, self, partial(self._fail, failed, error))
            return
        del self._drafts[instead_of]
        self._tell()
        self.changed.emit(Changes(tables | QUEUE))
        QTimer.singleShot(0, self, lambda: done(seq) if heard(done) else None)

    def submit_many(
        self,
        messages: Sequence[Command],
        *,
        import_id: str,
        done: Callable[[int], None],
        failed: Callable[[Exception], None] | None = None,
        progress: Callable[[int, int | None], None] | None = None,
        instead_of: Sequence[str] = (),
    ) -> Handle:
        def work(told: Progress) -> int:
            tables: frozenset[str] = frozenset()
            for place, message in enumerate(messages, 1):
                if told.cancelled:
                    break
                tables |= self._accept(message, None)[1]
                for key in instead_of[place - 1 : place]:
                    del self._drafts[key]
                told.report(place, len(messages))
            self._tell()
            self.changed.emit(Changes(tables | QUEUE))
            return len(messages)

        return self.run(work, done=done, failed=failed, progress=progress)

    def queue(self, *, limit: int = 500) -> list[QueueItem]:
        return sorted(self._queue.values(), key=lambda i: -i.seq)[:limit]

    def dismiss(self, seq: int) -> None:
        self.dismissed.append(seq)
        del self._queue[seq]
        self._tell()
        self.changed.emit(Changes(QUEUE))

    def sync_now(self) -> None:
        self.synced += 1

    def save_draft(self, key: str, content: bytes | None) -> None:
        if content is None:
            self._drafts.pop(key, None)
        else:
            self._drafts[key] = content

    def draft(self, key: str) -> bytes | None:
        return self._drafts.get(key)

    def keep(self, drafts: Mapping[str, bytes | None]) -> None:
        for key, content in drafts.items():
            self.save_draft(key, content)

    def draft_keys(self, prefix: str) -> list[str]:
        return sorted(self.drafts(prefix))

    def drafts(self, prefix: str) -> dict[str, bytes]:
        return {k: v for k, v in self._drafts.items() if k.startswith(prefix)}

    def pending(self, table: str) -> frozenset[str]:
        return frozenset(id_ for refs in self._written.values() for name, id_ in refs if name == table)

    # inside

    def _fail(self, failed: Callable[[Exception], None] | None, error: Exception) -> None:
        (failed if failed is not None and heard(failed) else self.trouble.emit)(error)

    def _carry_out(self, message: Command, command_id: str) -> Tx:
        name, payload = pack(message)
        tx = Tx(
            self.store,
            actor=self.actor,
            command_id=command_id,
            device_id="desk",
            time=NOW,
            sees=self._scopes.__contains__,
        )
        carry_out(tx, name, payload)
        return tx

    def _accept(
        self, message: Command, supersedes: str | None, depends_on: tuple[str, ...] = ()
    ) -> tuple[int, frozenset[str]]:
        command_id = self.new_id()
        tx = self._carry_out(message, command_id)
        changed = world.write(self.store, tx)
        self.submitted.append(message)
        for seq, item in list(self._queue.items()):
            if item.command_id == supersedes:
                del self._queue[seq]
        seq = self._born
        state = "accepted" if self._status.online else "waiting"
        self._queue[seq] = QueueItem(
            seq=seq,
            command_id=command_id,
            name=pack(message)[0],
            message=message,
            time=NOW,
            actor_id=self.actor.id,
            state=state,
            depends_on=depends_on,
        )
        if state == "waiting":
            self._written[seq] = [(name_of(cls), id_) for cls, id_ in changed]
        return seq, frozenset(name_of(cls) for cls, _ in changed)

    def _tell(self, **changes: Any) -> None:
        waiting = sum(i.state in ("waiting", "sending", "parked") for i in self._queue.values())
        attention = sum(i.state in ("rejected", "confirm", "exception") for i in self._queue.values())
        self._status = self._status.with_(waiting=waiting, attention=attention, **changes)
        self.status_changed.emit(self._status)


def settle(qtbot: QtBot, desk: Desk) -> None:
    """Until everything that was asked for before is answered, and what that asked for in turn."""
    answered: list[object] = []
    for n in (1, 2, 3):
        desk.fetch(lambda _connection: None, done=answered.append)
        qtbot.waitUntil(lambda n=n: len(answered) == n)  # type: ignore[misc]


def empty_content() -> Connection:
    """A connection to an in-memory database of the program's own SQLite."""
    return create_engine(
        "sqlite://", module=dbapi2, poolclass=StaticPool, connect_args={"check_same_thread": False}
    ).connect()


@cache
def _content(actor: Actor | None) -> Connection:
    """The database of what an actor's desktop holds, searchable; of nothing at all for None."""
    connection = empty_content()
    METADATA.create_all(connection)
    local.LOCAL.create_all(connection)
    search.create(connection)
    search.follow(connection)
    if actor is not None:
        store = RecordStore(connection)
        for cls, rows in world.visible_rows(actor):
            store.insert(cls, rows)
    while search.index_some(connection):
        pass
    connection.commit()
    return connection


def fake_desk(actor: Actor, *, empty: bool = False) -> FakeDesk:
    """The desk of somebody of `world.ACTORS`; with `empty`, before anything was downloaded."""
    return FakeDesk(actor, _content(None if empty else actor))


def supplier_desk() -> FakeDesk:
    """顾恒 of 杭州恒丰食品: 30 goods, 21 supply orders in every state."""
    return fake_desk(SUPPLIER)


def merchant_desk() -> FakeDesk:
    """林晨 of 晨光便利店: 53 goods of two suppliers, 19 orders in every state."""
    return fake_desk(MERCHANT)


def platform_desk() -> FakeDesk:
    """沈岚 of the platform: applications, papers, new goods and revisions to review."""
    return fake_desk(world.ADMIN)
