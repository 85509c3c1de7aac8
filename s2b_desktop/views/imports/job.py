"""One import on its way: kept among the drafts, saved in the background, stopped, and gone on with after a restart."""

import gc
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QObject, Signal

from s2b_desktop.models import import_run
from s2b_desktop.models.import_run import RUN, ImportRun
from s2b_desktop.models.workbook_pictures import WorkbookPictures
from s2b_domain.commands.goods import ImportGoods
from s2b_domain.errors import DomainError
from s2b_domain.intake.examination import Examination

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class Ended(msgspec.Struct, frozen=True):
    """How an import ended: the SKU codes that were saved of `total`, and what stopped it, if anything did."""

    run: ImportRun
    saved: frozenset[str]
    total: int
    error: Exception | None = None
    stopped: bool = False


class ImportJob(QObject):
    """At most one at a time. `progressed(rows, of)`; `ended(Ended)`."""

    progressed = Signal(int, int)
    ended = Signal(object)

    def __init__(self, desk: "Desk", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._work: Any = None
        self._run: ImportRun | None = None
        self.commands: Sequence[ImportGoods] = ()
        self._keys: Sequence[str] = ()

    @property
    def running(self) -> bool:
        """Whether rows are being saved."""
        return self._run is not None

    def interrupted(self) -> list[tuple[ImportRun, int]]:
        """The imports that a crash or a closed program cut short, each with the rows of it that are not saved."""
        mine = self._run.import_id if self._run is not None else ""
        runs = import_run.interrupted(self._desk.drafts(RUN))
        return [
            (run, run.left(self._desk.draft_keys(import_run.parts_of(run))) if run.state == "saving" else 0)
            for run in runs
            if run.import_id != mine
        ]

    def start(
        self, import_id: str, file: str, examination: Examination, pictures: WorkbookPictures | None = None
    ) -> None:
        """Keep all commands of an examined file and the pictures that they name, then save them one after the other."""
        desk, run = self._desk, import_run.begun(import_id, file, self._desk.now(), examination)
        self._run, self.commands, self._keys = run, (), ()

        def prepare(_progress: Any) -> tuple[ImportRun, list[ImportGoods], list[str]]:
            desk.keep({RUN + run.import_id: import_run.encoded(run)})
            for content in pictures.wanted(examination) if pictures is not None else ():
                desk.keep_content(content)
            commands = import_run.commands_of(run, examination)
            sizes = tuple(len(command.lines) for command in commands)
            ready = msgspec.structs.replace(run, state="saving", sizes=sizes)
            drafts = import_run.drafts_of(ready, commands)
            desk.keep({**drafts, RUN + run.import_id: import_run.encoded(ready)})
            gc.freeze()  # these live until the end of the import
            return ready, commands, list(drafts)

        self._work = desk.run(prepare, done=lambda made: self._save(*made), failed=self._failed)

    def resume(self, run: ImportRun) -> None:
        """Save what an earlier run did not."""
        desk = self._desk
        self._run, self.commands, self._keys = run, (), ()

        def read(_progress: Any) -> tuple[ImportRun, list[ImportGoods], list[str]]:
            keys = desk.draft_keys(import_run.parts_of(run))
            return run, [import_run.command_in(desk.draft(key) or b"") for key in keys], keys

        self._work = desk.run(read, done=lambda made: self._save(*made), failed=self._failed)

    def drop(self, run: ImportRun, done: Callable[[], None]) -> None:
        """Give up what of an import was not saved."""
        self._desk.run(lambda _progress: self._forget(run), done=lambda _none: done())

    def stop(self) -> None:
        """Save nothing more; `ended` tells exactly what was saved."""
        if self._run is not None and self._work is not None:
            self._work.cancel()
            self._end(stopped=True)

    def _save(self, run: ImportRun, commands: list[ImportGoods], keys: list[str]) -> None:
        self._run, self.commands, self._keys = run, commands, keys
        before = run.lines - sum(len(command.lines) for command in commands)
        self._work = self._desk.submit_many(
            commands,
            import_id=run.import_id,
            done=lambda _n: self._end(),
            failed=self._failed,
            progress=lambda saved, _total: self.progressed.emit(
                before + sum(len(command.lines) for command in commands[:saved]), run.lines
            ),
            instead_of=keys,
        )

    def _failed(self, error: Exception) -> None:
        self._end(error=error)

    def _end(self, error: Exception | None = None, stopped: bool = False) -> None:
        """Find out what was saved. What was not is given up, unless the PC failed and not the books: then it waits."""
        run, keys, commands = self._run, self._keys, self.commands
        assert run is not None
        waits = error is not None and not isinstance(error, DomainError) and bool(keys)

        def work(_progress: Any) -> frozenset[str]:
            self._desk.keep({})  # behind whatever is being saved now
            left = set(self._desk.draft_keys(import_run.parts_of(run)))
            if not waits:
                self._forget(run)
            placed = zip(keys, commands, strict=True)
            return frozenset(line.code for key, command in placed if key not in left for line in command.lines)

        def done(saved: frozenset[str]) -> None:
            self._run = self._work = None
            total = sum(len(command.lines) for command in commands)
            self.ended.emit(Ended(run, saved, total, error, stopped))

        self._work = self._desk.run(work, done=done, failed=lambda _error: done(frozenset()))

    def _forget(self, run: ImportRun) -> None:
        keys = self._desk.draft_keys(import_run.parts_of(run))
        self._desk.keep({**dict.fromkeys(keys), RUN + run.import_id: None})
