"""What lies behind the first step: earlier imports, the way back, and what a restart interrupted."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QObject, Signal

from s2b_desktop.messages import problem_text
from s2b_desktop.models.import_run import ImportRun
from s2b_desktop.models.queries.imports import ImportEntry, import_history
from s2b_desktop.views.common.confirm import open_prompt
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.imports.choose import ChooseStep
from s2b_desktop.views.imports.history import UndoPrompt
from s2b_desktop.views.imports.job import ImportJob
from s2b_desktop.views.imports.undoing import take_back, went_back
from s2b_domain.access import Permission
from s2b_domain.errors import DomainError, Param

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

SOURCES, KEPT = "import/sources", 20
_NEEDED = (Permission.GOODS_EDIT, Permission.GOODS_PRICE, Permission.STOCK_EDIT)
Say = Callable[[Text, Tone], None]


class Lately(QObject):
    """Keeps the first step up to date. `resumed(ImportRun)`: somebody wants to go on with an interrupted import."""

    resumed = Signal(object)

    def __init__(self, desk: "Desk", step: ChooseStep, job: ImportJob, say: Say) -> None:
        super().__init__(step)
        self._desk, self._step, self._job, self._say = desk, step, job, say
        self._reading = Reading(desk)
        step.history.undo.connect(self.undo)
        desk.changed.connect(self._changed)

    def refresh(self) -> None:
        """Show what is known now."""
        self._reading.fetch(import_history, self._desk.actor.organisation_id, done=self._show)

    def _show(self, entries: list[ImportEntry]) -> None:
        may_undo = all(map(self._desk.actor.may, _NEEDED))
        self._step.history.show_entries(entries, self._sources(), may_undo=may_undo)
        self._step.show_interrupted(self._job.interrupted(), self.resumed.emit, self._leave)

    def note(self, import_id: str, path: str) -> None:
        """Remember where the file of an import lies on this PC."""
        sources = {**dict(list(self._sources().items())[1 - KEPT :]), import_id: path}
        self._desk.save_draft(SOURCES, msgspec.json.encode(sources))

    def undo(self, entry: ImportEntry) -> None:
        """Ask, and take an import back."""
        prompt = UndoPrompt(entry, parent=self._step.window())
        open_prompt(prompt, lambda: self.take_back(entry))

    def take_back(self, entry: ImportEntry) -> None:
        """Take an import back."""

        def done(n: int, kept: int) -> None:
            self.refresh()
            self._say(lambda: went_back(n, kept), "ok")

        def failed(error: Exception) -> None:
            code, params = problem_of(error)
            self._say(lambda: problem_text(code, params), "bad")
            self.refresh()

        take_back(self._desk, entry.import_id, done, failed)

    def _sources(self) -> dict[str, str]:
        kept = self._desk.draft(SOURCES)
        return msgspec.json.decode(kept, type=dict[str, str]) if kept else {}

    def _leave(self, run: ImportRun) -> None:
        self._job.drop(run, self.refresh)

    def _changed(self, changes: Any) -> None:
        if "import_part" in changes.tables and self._step.isVisible() and not self._job.running:
            self.refresh()


def problem_of(error: Exception) -> tuple[str, dict[str, Param]]:
    """The code and parameters of what went wrong."""
    return (error.code, error.params) if isinstance(error, DomainError) else ("unexpected", {})
