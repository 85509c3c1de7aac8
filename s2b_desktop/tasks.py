"""The only door to background work. A `Desk` lives on the main thread; results come back there.

Threads: `save` checks commands and writes the outbox, `cache` is the cache's writer, `net` is the sync loop, and
small pools read and handle files. None of them owns a QObject.
"""

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakSet

from PySide6.QtCore import QObject, Signal
from sqlalchemy import Connection

from s2b_desktop.background import Background, Handle, Progress, heard
from s2b_desktop.models.pictures import SIDE, NotAPicture, prepared
from s2b_desktop.models.status import Changes, QueueItem, Status
from s2b_desktop.models.workspace import Meta, Workspace
from s2b_desktop.sync import addresses as web
from s2b_desktop.sync.loop import SyncLoop
from s2b_desktop.sync.transport import LineError
from s2b_domain import wire
from s2b_domain.access import Actor
from s2b_domain.commands import Command
from s2b_domain.rules.blobs import MAX_BLOB, digest_in, reference

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
BATCH = 4
"""Commands of a bulk submission that enter the outbox in one transaction."""
HOLD_S, USUAL_HOLD_S = 0.0005, sys.getswitchinterval()
"""How long the thread that saves much may hold the interpreter while the window wants it. Painting asks for it at every
step: with Python's own 5 ms an import of 100,000 rows kept the window waiting for a tenth of a second, fourteen times.
Not always: where modules are loaded on several threads, as at the start, Qt's hook of the import does not bear it."""
QUEUE = frozenset({"queue"})


def _nothing(_result: object) -> None:
    """What follows where nobody asks."""


class Desk(QObject):
    """What pages work with: read, submit, follow. Made and used on the main thread."""

    changed = Signal(object)
    """`Changes`: which tables changed and who began it; "queue" stands for the list of commands."""
    status_changed = Signal(object)
    """`Status`."""
    trouble = Signal(object)
    """The exception of work that nobody handled: the main window shows it."""

    def __init__(self, workspace: Workspace, loop: SyncLoop | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.loop = loop
        self._work = Background(self, file=2, picture=2, read=2, save=1, cache=1)
        self._work.trouble.connect(self.trouble)
        self._handles: WeakSet[Handle] = WeakSet()
        self._unsaved: dict[str, tuple[bytes | None]] = {}
        self._bulk = 0
        self._indexing = False
        self._counts_asked = self._counts_told = 0
        self._status = Status()
        workspace.listeners.append(self._heard)
        if loop is not None:
            loop.listener = lambda status: self._work.post(partial(self._show, status))
            loop.start()
        self._count()
        self._index()

    def close(self) -> None:
        """Stop all background work and wait for its threads; the workspace stays open."""
        if not self._work.open:
            return
        for handle in self._handles:
            handle.cancel()
        self.workspace.listeners.remove(self._heard)
        if self.loop is not None:
            self.loop.stop()
        self._work.close("save")

    @property
    def actor(self) -> Actor:
        """Who is signed in."""
        return self.workspace.actor

    @property
    def device_id(self) -> str:
        """What the hub calls this PC; "" before it knows it."""
        device = self.workspace.device
        return device.device_id if device else ""

    def status(self) -> Status:
        """How the line and the queue are."""
        return self._status

    def now(self) -> int:
        """Milliseconds since the epoch, corrected by the hub's clock."""
        return self.workspace.now()

    def steady_time(self) -> int | None:
        """The hub's time by this PC's steady clock; None while it cannot be known."""
        return self.workspace.steady_time()

    def new_id(self) -> str:
        """An id for a new row."""
        return self.workspace.new_id()

    def next_number(self) -> str:
        """An order number that was never given before."""
        return self.workspace.next_number()

    def read(self, query: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What a quick query finds, at once."""
        return self.workspace.read(query, *args, **kwargs)

    def fetch(
        self,
        query: Callable[..., T],
        *args: Any,
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> Handle:
        """What a slower query finds; `done` is called later."""
        return self._work.run("read", lambda: self.workspace.read(query, *args), done, failed)

    def run(
        self,
        work: Callable[[Progress], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> Handle:
        """Do `work` on a thread for files."""
        handle = Handle()
        self._handles.add(handle)
        told = self._progress(handle, progress)
        return self._work.run("file", lambda: work(told), done, failed, handle)

    def check(self, message: Command) -> None:
        """Whether a command would be taken now; raises `Refused` or `NeedsConfirmation`, writes nothing."""
        self.workspace.check(self.workspace.body(message))

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
        """Check, save durably, show; then `done(seq)`. `failed` hears the refusal; nothing was saved then."""
        meta = Meta(depends_on=tuple(depends_on), supersedes=supersedes, import_id=import_id, seen=dict(seen))
        self._submit([message], meta, (), done or _nothing, failed, initiator)

    def submit_together(
        self,
        messages: Sequence[Command],
        *,
        instead_of: str,
        done: Callable[[int], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Submit what a draft holds, all of it or nothing; then `done` with the last place, if any. The draft leaves in
        the same transaction, so that no crash leaves both."""
        self._submit(messages, Meta(import_id=self.new_id()), [instead_of], done, failed, None)

    def _submit(
        self,
        messages: Sequence[Command],
        meta: Meta,
        instead_of: Sequence[str],
        done: Callable[[int], None],
        failed: Callable[[Exception], None] | None,
        initiator: object | None,
    ) -> None:
        def save() -> None:
            seqs = self.workspace.append(messages, meta, instead_of)

            def show() -> int:
                self._predict(initiator)
                return max(seqs, default=0)

            self._nudge()
            self._work.run("cache", show, done, failed)

        self._work.run("save", save, _nothing, failed)

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
        """Submit in bulk, some commands at a time between other people's; `done(count)` at the end.

        What was saved before a cancellation or a refusal stays saved. `instead_of` are the drafts of the commands,
        which leave as these are saved.
        """
        meta = Meta(import_id=import_id)

        def work(told: Progress) -> int:
            self._bulk += 1
            sys.setswitchinterval(HOLD_S)
            try:
                return save(told)
            finally:
                self._bulk -= 1
                if not self._bulk:
                    sys.setswitchinterval(USUAL_HOLD_S)
                self._work.post(self._index)

        def save(told: Progress) -> int:
            saved = 0
            for start in range(0, len(messages), BATCH):
                if told.cancelled:
                    break
                batch = messages[start : start + BATCH]
                drafts = instead_of[start : start + BATCH]
                self._work.submit("save", self.workspace.append, batch, meta, drafts).result()
                self._work.submit("cache", self._predict, None).result()
                self._nudge()
                saved += len(batch)
                told.report(saved, len(messages))
            return saved

        return self.run(work, done=done, failed=failed, progress=progress)

    def queue(self, *, limit: int = 500) -> list[QueueItem]:
        """The latest commands, newest first, without those that the user has dealt with."""
        return [item for item in self.workspace.queue(limit=limit) if not item.dismissed]

    def dismiss(self, seq: int) -> None:
        """The user has dealt with a command that was not simply accepted."""
        self._work.run("save", lambda: self.workspace.outbox.dismiss(seq), lambda _: self._heard(Changes(QUEUE)))

    def ask_hub(
        self, request: wire.AskHub, *, done: Callable[[wire.HubState], None], failed: Callable[[Exception], None]
    ) -> Handle:
        """How the hub is, after doing what is asked; for the platform's admins, and only with a line."""
        line = self._line
        return self.run(lambda _told: line.ask_hub(request), done=done, failed=failed)

    def ask_tokens(
        self, request: wire.AskTokens, *, done: Callable[[wire.Tokens], None], failed: Callable[[Exception], None]
    ) -> Handle:
        """The tokens of a supplier's own systems, after doing what is asked; only with a line."""
        line = self._line
        return self.run(lambda _told: line.ask_tokens(request), done=done, failed=failed)

    @property
    def _line(self) -> SyncLoop:
        if self.loop is None:
            raise RuntimeError("there is no line")
        return self.loop

    def picture(self, table: str, row_id: str, named: str, side: int, done: Callable[[bytes | None], None]) -> Handle:
        """A picture that a row names, as a JPEG of at most `side` pixels, from here or from the hub; None where it is
        an address, a file's name, gone, or cannot be had now."""

        def work() -> bytes | None:
            content = self._content(table, row_id, digest_in(named))
            if content is None or side >= SIDE:
                return content
            try:
                return prepared(content, side)
            except NotAPicture:
                return None

        return self._work.run("picture", work, done)

    def paper(self, table: str, row_id: str, digest: str, done: Callable[[bytes | None], None]) -> Handle:
        """A paper that a row names, from here or from the hub; None where it is gone or cannot be had now."""
        return self._work.run("picture", lambda: self._content(table, row_id, digest), done)

    def _content(self, table: str, row_id: str, digest: str) -> bytes | None:
        content = self.workspace.blobs.get(digest) if digest else None
        if content is None and digest and self.loop is not None and self.loop.courier is not None:
            try:
                return self.loop.courier.fetch(digest, table, row_id)
            except LineError as error:
                log.info("a picture or paper: %s", error.code)
        return content

    def keep_pictures(
        self,
        files: Sequence[Path],
        *,
        done: Callable[[dict[Path, str], dict[Path, str]], None],
        brought: Callable[[int, int], None] = lambda kept, wrong: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Handle:
        """Make pictures ready to be named and keep them until the hub has them: {file: how records name it} and, of
        those that are none, {file: code}. `brought` tells how many were looked at and how many of them are none; once
        `stopped()`, it ends with what it has."""

        def work(told: Progress) -> tuple[dict[Path, str], dict[Path, str]]:
            kept, wrong = dict[Path, str](), dict[Path, str]()
            for at, path in enumerate(files, 1):
                if told.cancelled or stopped():
                    break
                try:
                    with path.open("rb") as file:
                        content = prepared(file.read(MAX_BLOB + 1))
                    kept[path] = reference(self.workspace.blobs.keep(content))
                except NotAPicture as error:
                    wrong[path] = error.code
                except OSError:
                    wrong[path] = "picture_unreadable"
                told.report(at, len(wrong))
            if kept:
                self.bring_pictures()
            return kept, wrong

        return self.run(work, done=lambda both: done(*both), progress=lambda at, wrong: brought(at, wrong or 0))

    def fetch_pictures(
        self,
        addresses: Sequence[str],
        *,
        done: Callable[[dict[str, str], dict[str, str]], None],
        failed: Callable[[Exception], None] | None = None,
        brought: Callable[[int, int], None] = lambda kept, wrong: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Handle:
        """Bring pictures from web addresses and keep them until the hub has them: {address: how records name it} and,
        of those that cannot be had, {address: code}. `brought` counts both on the way; once `stopped()`, it ends with
        what it has."""
        handle = Handle()
        self._handles.add(handle)

        def over() -> bool:
            return handle.cancelled or stopped()

        def work() -> tuple[dict[str, str], dict[str, str]]:
            kept, wrong = dict[str, str](), dict[str, str]()
            with web.session() as session:
                for address in addresses:
                    if over():
                        break
                    try:
                        content = prepared(web.fetch(session, address, over))
                        kept[address] = reference(self.workspace.blobs.keep(content))
                    except (NotAPicture, web.AddressError) as error:
                        if over() and error.code == "picture_unreachable":
                            break  # it was broken off
                        wrong[address] = error.code
                    self._work.post(partial(brought, len(kept), len(wrong)))
            if kept:
                self.bring_pictures()
            return kept, wrong

        return self._work.run("file", work, lambda both: done(*both), failed, handle)

    def keep_content(self, content: bytes) -> str:
        """Keep a picture that is ready until the hub has it; the digest that commands name it by. It is on disk when
        this returns."""
        digest = self.workspace.blobs.keep(content)
        self.bring_pictures()
        return digest

    def bring_pictures(self) -> None:
        """Do not wait with what the hub has not got."""
        if self.loop is not None and self.loop.courier is not None:
            self.loop.courier.nudge()

    def sync_now(self) -> None:
        """Do not wait for the next round."""
        self._nudge()

    def save_draft(self, key: str, content: bytes | None) -> None:
        """Keep what somebody works on, over restarts; None removes it."""
        kept = (content,)
        self._unsaved[key] = kept
        self._work.run("save", lambda: self.workspace.save_draft(key, content), lambda _: self._saved(key, kept))

    def keep(self, drafts: Mapping[str, bytes | None]) -> None:
        """Keep or remove several drafts before this returns; from a thread for files."""
        self._work.submit("save", self.workspace.save_drafts, drafts).result()

    def draft_keys(self, prefix: str) -> list[str]:
        """The keys of the drafts on disk that begin with `prefix`."""
        return self.workspace.draft_keys(prefix)

    def draft(self, key: str) -> bytes | None:
        """A kept draft."""
        return self._unsaved[key][0] if key in self._unsaved else self.workspace.draft(key)

    def drafts(self, prefix: str) -> dict[str, bytes]:
        """The kept drafts whose key begins with `prefix`."""
        unsaved = {key: kept[0] for key, kept in self._unsaved.items() if key.startswith(prefix)}
        found = {**self.workspace.drafts(prefix), **unsaved}
        return {key: content for key, content in sorted(found.items()) if content is not None}

    def _saved(self, key: str, kept: tuple[bytes | None]) -> None:
        if self._unsaved.get(key) is kept:
            del self._unsaved[key]

    def pending(self, table: str) -> frozenset[str]:
        """The ids of a table's rows that a command still waiting has written."""
        return self.workspace.waiting_rows(table)

    def _predict(self, initiator: object | None) -> None:
        """Show what was saved. Where that fails it is still saved, and nobody may be told otherwise: the next round
        shows it."""
        try:
            self.workspace.predict(initiator)
        except Exception:
            log.warning("saved, but not shown yet", exc_info=True)
            self._nudge()

    def _nudge(self) -> None:
        if self.loop is not None:
            self.loop.nudge()

    def _progress(self, handle: Handle, progress: Callable[[int, int | None], None] | None) -> Progress:
        def tell(done: int, total: int | None) -> None:
            if progress is not None and not handle.cancelled:
                self._work.post(lambda: None if handle.cancelled or not heard(progress) else progress(done, total))

        return Progress(handle, tell)

    def _heard(self, changes: Changes) -> None:
        """Some tables changed; told on whichever thread changed them."""

        def tell() -> None:
            self.changed.emit(Changes(changes.tables | QUEUE, changes.initiator))
            self._count()
            if "product" in changes.tables:
                self._index()

        self._work.post(tell)

    def _index(self) -> None:
        """Bring the search index up to date, slice by slice between other writes, and not during bulk work."""
        if self._work.open and not (self._indexing or self._bulk):
            self._indexing = True
            self._work.run("cache", self.workspace.index_some, self._indexed, self._not_indexed)

    def _indexed(self, more: bool) -> None:
        self._indexing = False
        if more:
            self._index()

    def _not_indexed(self, error: Exception) -> None:
        """The next change of goods tries again."""
        self._indexing = False
        self._work.tell(error)

    def _show(self, status: Status) -> None:
        """The line has changed; the counts stay until they are counted again."""
        self._set(status.with_(waiting=self._status.waiting, attention=self._status.attention))
        self._count()

    def _count(self) -> None:
        """Count the queue in the background and tell who wants to know."""
        if self._work.open:
            self._counts_asked += 1
            self._work.run("read", self.workspace.counts, partial(self._counted, self._counts_asked))

    def _counted(self, asked: int, counts: tuple[int, int]) -> None:
        """One thread may be overtaken by another: what was asked for later is newer."""
        if asked > self._counts_told:
            self._counts_told = asked
            waiting, attention = counts
            self._set(self._status.with_(waiting=waiting, attention=attention))

    def _set(self, status: Status) -> None:
        if status != self._status:
            self._status = status
            self.status_changed.emit(status)
