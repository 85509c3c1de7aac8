"""What was imported lately, by whom, and the way back; and what a restart interrupted."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.models.import_run import ImportRun
from s2b_desktop.models.queries.imports import ImportEntry
from s2b_desktop.text import ago, count, listed, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.tips import plain_tip

NAMED = 12
"""Codes that are named in a line; all of them stand in its tooltip."""


class History(QWidget):
    """`again(Path)` reads a file once more, `undo(ImportEntry)` takes an import back."""

    again = Signal(Path)
    undo = Signal(object)

    def __init__(self, now: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._lines = QVBoxLayout()
        self._lines.setSpacing(2)
        self._lines.setContentsMargins(0, 0, 8, 0)
        box = QWidget()
        box.setProperty("plain", True)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._lines)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its buttons take the focus, and scroll into view
        area.setProperty("plain", True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(box)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        self.show_entries((), {})

    def show_entries(self, entries: Sequence[ImportEntry], paths: Mapping[str, str], *, may_undo: bool = False) -> None:
        """Show these imports, the newest first; `paths` are those of files that were read on this PC."""
        _clear(self._lines)
        if not entries:
            told = "Nothing yet. What you import is listed here, to be repeated or taken back with one click."
            self._lines.addWidget(Label(told, "muted", wrap=True))
        for entry in entries:
            self._lines.addWidget(self._line(entry, paths.get(entry.import_id, ""), may_undo))

    def _line(self, entry: ImportEntry, path: str, may_undo: bool) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        told = QVBoxLayout()
        told.setSpacing(0)
        told.addWidget(Label(partial(str, entry.file)))
        told.addWidget(Label(partial(self._counts, entry), "small", wrap=True))
        if entry.kept:
            stayed = Label(partial(_stayed, entry), "small", wrap=True)
            stayed.setToolTip(plain_tip("\n".join(entry.kept[:200])))
            told.addWidget(stayed)
        row.addLayout(told, 1)
        if path:
            tip = "Read this file again"
            row.addWidget(Button("Again", lambda: self.again.emit(Path(path)), variant="quiet", tip=tip))
        if may_undo and entry.parts:
            back = Button("Take back", lambda: self.undo.emit(entry), variant="quiet", icon="undo")
            row.addWidget(back)
        return line

    def _counts(self, entry: ImportEntry) -> str:
        said = [ago(entry.at, self._now), entry.who, tr("{n} new", n=entry.new), tr("{n} changed", n=entry.changed)]
        if entry.wrong:
            said.append(tr("{n} wrong", n=entry.wrong))
        if not entry.complete:
            said.append(tr("{n} of {total} rows saved", n=entry.saved, total=count(entry.new + entry.changed)))
        if entry.undone_at:
            said.append(tr("taken back {when}", when=ago(entry.undone_at, self._now)))
        return " · ".join(said)


class Interrupted(Banner):
    """An import that was cut short: exactly what was saved, and whether to go on. `go_on` and `leave` have the run."""

    go_on = Signal(object)
    leave = Signal(object)

    def __init__(self, run: ImportRun, left: int, parent: QWidget | None = None) -> None:
        super().__init__("warn", partial(_cut_short, run, left), parent=parent)
        layout = self.layout()
        assert isinstance(layout, QHBoxLayout)
        if left:
            layout.addWidget(Button("Save the rest", lambda: self.go_on.emit(run), variant="primary"))
        layout.addWidget(Button("Leave the rest out" if left else "Close", lambda: self.leave.emit(run)))


class UndoPrompt(Confirm):
    """Asks before an import is taken back."""

    def __init__(self, entry: ImportEntry, parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("Take back the import of {file}?", file=entry.file),
            "Goods that nobody has touched since go back to what they were; new ones go away. Goods that were changed,"
            " sold or approved since stay, and are named. Without a line this waits like everything else.",
            "Take back",
            parent=parent,
        )


def history_card(history: History) -> QFrame:
    """The history under its title."""
    card = QFrame()
    card.setProperty("surface", "card")
    card.setMinimumHeight(170)
    column = QVBoxLayout(card)
    column.setContentsMargins(16, 12, 8, 12)
    column.setSpacing(6)
    column.addWidget(Label("Imported lately", "strong"))
    column.addWidget(history, 1)
    return card


def _stayed(entry: ImportEntry) -> str:
    named = listed(entry.kept[:NAMED]) + (" …" if len(entry.kept) > NAMED else "")
    return tr("{n} stayed as they are: {codes}", n=len(entry.kept), codes=named)


def _cut_short(run: ImportRun, left: int) -> str:
    if run.state == "preparing" or not run.lines:
        return tr("The import of {file} had only begun: nothing of it was saved.", file=run.file)
    saved = run.lines - left
    said = "The import of {file} was interrupted: {n} of {total} rows are saved."
    return tr(said, file=run.file, n=saved, total=count(run.lines))


def _clear(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
