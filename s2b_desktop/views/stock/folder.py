"""Watches a folder for stock lists while the program runs, and the question which one."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.models.exports import write_table
from s2b_desktop.models.stock_import import StockPlan, plan_stock
from s2b_desktop.models.watched import SETTING, TAKEN, Dropped, Sizes, WatchedFolder, look, remember, result_path
from s2b_desktop.text import labelled, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.stock.layouts import StockLayouts
from s2b_desktop.views.stock.listing import ChoiceBar, summary, write_report
from s2b_domain.commands.feeds import FeedMode
from s2b_domain.intake.stock_sheet import StockSheet, read_stock

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

log = logging.getLogger(__name__)
EVERY_MS = 10_000


class FolderWatch(QObject):
    """Takes one file after the other, in the background. `told(said, tone)` speaks of each."""

    told = Signal(object, str)

    def __init__(self, desk: "Desk", parent: QObject | None = None, *, every_ms: int = EVERY_MS) -> None:
        super().__init__(parent)
        self._desk = desk
        self._sizes: Sizes = {}
        self._queue: list[Dropped] = []
        self._watched: WatchedFolder | None = None
        self._busy = False
        self._unreadable = False
        self._timer = QTimer(self, interval=every_ms)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def setting(self) -> WatchedFolder | None:
        """What is watched now."""
        kept = self._desk.draft(SETTING)
        return msgspec.json.decode(kept, type=WatchedFolder) if kept else None

    def watch(self, setting: WatchedFolder | None) -> None:
        """Watch another folder, or none."""
        self._desk.save_draft(SETTING, msgspec.json.encode(setting) if setting else None)
        self._sizes, self._unreadable = {}, False
        self.look()

    def look(self) -> None:
        """Look once; nothing while the last finding is under way."""
        setting = self.setting()
        if setting is None or self._busy:
            return
        self._busy, self._watched = True, setting
        folder, taken, before = Path(setting.folder), frozenset(self._taken()), self._sizes
        self._desk.run(lambda _progress: look(folder, taken, before), done=self._found, failed=self._cannot_look)

    def _taken(self) -> list[str]:
        kept = self._desk.draft(TAKEN)
        return msgspec.json.decode(kept, type=list[str]) if kept else []

    def _mark(self, dropped: Dropped) -> None:
        self._desk.save_draft(TAKEN, msgspec.json.encode(remember(self._taken(), dropped.content)))

    def _cannot_look(self, error: Exception) -> None:
        self._busy = False
        if not self._unreadable:
            log.info("watched folder: %s", type(error).__name__)
            self.told.emit(lambda: tr("The watched folder cannot be read. Stock lists wait there."), "bad")
        self._unreadable = True

    def _moved_on(self) -> bool:
        """Whether another folder is watched by now, or none: what was found in this one is left there."""
        if self.setting() == self._watched:
            return False
        self._queue, self._busy = [], False
        return True

    def _found(self, found: tuple[list[Dropped], Sizes]) -> None:
        if self._moved_on():
            return
        self._queue, self._sizes = found
        self._unreadable = False
        self._next()

    def _next(self) -> None:
        if self._moved_on():
            return
        if not self._queue:
            self._busy = False
            return
        dropped = self._queue.pop(0)
        if dropped.content in self._taken():  # the same content under two names
            self._next()
            return
        remembered = StockLayouts(self._desk).all()
        self._desk.run(
            lambda progress: read_stock(dropped.path, remembered=remembered, cancelled=lambda: progress.cancelled),
            done=partial(self._read, dropped),
            failed=partial(self._refused, dropped),
        )

    def _read(self, dropped: Dropped, sheet: StockSheet) -> None:
        setting = self._watched
        if setting is None or self._moved_on():
            return
        self._desk.fetch(
            plan_stock,
            self._desk.actor.organisation_id,
            sheet,
            setting.choice,
            done=partial(self._planned, dropped, setting.choice.mode),
            failed=partial(self._refused, dropped),
        )

    def _planned(self, dropped: Dropped, mode: FeedMode, plan: StockPlan) -> None:
        if mode is FeedMode.ADD:  # better once too few than twice: what was set can be set again
            self._mark(dropped)
        if not plan.messages:
            self._done(dropped, plan)
            return
        self._desk.submit_many(
            plan.messages,
            import_id=self._desk.new_id(),
            done=lambda _n: self._done(dropped, plan),
            failed=partial(self._refused, dropped),
        )

    def _done(self, dropped: Dropped, plan: StockPlan) -> None:
        name = dropped.path.name
        tone: Tone = "warn" if plan.count("wrong") else "ok"
        self._mark(dropped)
        self._report(dropped, lambda path: write_report(plan, path))
        self.told.emit(lambda: labelled(name, summary(plan)), tone)

    def _refused(self, dropped: Dropped, error: Exception) -> None:
        name, said = dropped.path.name, failure_text(error)
        self._mark(dropped)
        self._report(dropped, lambda path: write_table(path, [tr("Result")], [[said]]))
        self.told.emit(lambda: labelled(name, said), "bad")

    def _report(self, dropped: Dropped, write: Callable[[Path], object]) -> None:
        path = result_path(dropped.path)

        def failed(_error: Exception) -> None:
            self.told.emit(lambda: tr("The result could not be written beside {file}.", file=dropped.path.name), "bad")
            self._next()

        self._desk.run(lambda _progress: write(path), done=lambda _n: self._next(), failed=failed)


class FolderPrompt(Confirm):
    """Which folder, and how its lists are meant. An empty folder stops watching."""

    def __init__(self, desk: "Desk", setting: WatchedFolder | None, parent: QWidget | None = None) -> None:
        super().__init__(
            "Watch a folder",
            "Stock lists that another system drops there are booked by themselves while S2B is open, each once. "
            "The result is written beside the file.",
            "Save",
            parent=parent,
        )
        self.setMinimumWidth(640)
        self.folder = QLineEdit(setting.folder if setting else "")
        pick = QWidget()
        row = QHBoxLayout(pick)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.folder, 1)
        row.addWidget(Button("Choose…", self._choose, icon="folder"))
        self.folder_row = FormRow("Folder", pick, hint="Leave it empty to watch no folder.")
        self.folder.setAccessibleName(tr("Folder"))
        self.bar = ChoiceBar(desk, lambda: self.bar.choice(), setting.choice if setting else None)
        self.middle.addWidget(self.folder_row)
        self.middle.addWidget(self.bar)

    def _choose(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Watch a folder"), self.folder.text())
        if chosen:
            self.folder.setText(chosen)

    def accept(self) -> None:
        text = self.folder.text().strip()
        if text and not Path(text).is_dir():
            self.folder_row.set_error("There is no such folder")
            return
        super().accept()

    def setting(self) -> WatchedFolder | None:
        """What was chosen."""
        text = self.folder.text().strip()
        return WatchedFolder(folder=text, choice=self.bar.choice()) if text else None
