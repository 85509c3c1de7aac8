"""The first step: a file dropped, chosen or pasted; what was imported lately; and an empty sheet to fill in."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.models.categories import Forest
from s2b_desktop.models.import_run import ImportRun
from s2b_desktop.text import language, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.glyph import IconDisc
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated, Text
from s2b_desktop.views.common.theme import color
from s2b_desktop.views.imports.history import History, Interrupted, history_card
from s2b_desktop.views.taxonomy.picker import CategoryPicker


class DropArea(Retranslated, QWidget):
    """Takes a file by drop or click. `dropped(Path)`; `pasted(str)` is a table from the clipboard."""

    dropped = Signal(Path)
    pasted = Signal(str)
    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._over = False
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(230)
        centre = Qt.AlignmentFlag.AlignHCenter
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(IconDisc("file-spreadsheet"), 0, centre)
        column.addSpacing(4)
        column.addWidget(Label("Drop the spreadsheet here", "subtitle"), 0, centre)
        column.addWidget(
            Label("xlsx, xls, xlsb, ods or csv, with any columns. Or copy rows in Excel and paste them here.", "muted"),
            0,
            centre,
        )
        column.addSpacing(6)
        self.browse = Button("Choose a file", self.asked.emit, variant="primary", icon="folder", shortcut="Ctrl+O")
        column.addWidget(self.browse, 0, centre)
        column.addStretch(1)
        self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(tr("Drop the spreadsheet here"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.take(QApplication.clipboard().mimeData())
        else:
            super().keyPressEvent(event)

    def take(self, data: QMimeData) -> bool:
        """A file, or a table as text, from a drop or the clipboard; False if there is neither."""
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []
        if files:
            self.dropped.emit(files[0])
        elif data.hasText() and "\t" in data.text():
            self.pasted.emit(data.text())
        else:
            return False
        return True

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            self._set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._set_over(False)
        if self.take(event.mimeData()):
            event.acceptProposedAction()

    def _set_over(self, over: bool) -> None:
        self._over = over
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(color("accent-soft" if self._over else "surface"))
            strong = self._over or self.hasFocus()
            pen = QPen(color("accent" if strong else "field-border"), 1.5)
            pen.setStyle(Qt.PenStyle.SolidLine if self.hasFocus() else Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)


class ChooseStep(QWidget):
    """`chosen(Path)`, `pasted(str)`; the page answers `browse` and `template`."""

    chosen = Signal(Path)
    pasted = Signal(str)
    browse = Signal()
    template = Signal()

    def __init__(self, now: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.category_id = ""
        self.problem = Banner("bad", "", closable=True)
        self.problem.hide()
        self.drop = DropArea()
        self.drop.dropped.connect(self.chosen)
        self.drop.pasted.connect(self.pasted)
        self.drop.asked.connect(self.browse)
        self.history = History(now)
        self.history.again.connect(self.chosen)
        self.interrupted = QVBoxLayout()
        self.interrupted.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(self.problem)
        column.addLayout(self.interrupted)
        column.addWidget(self.drop, 1)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(history_card(self.history), 3)
        row.addWidget(self._template_card(), 2)
        column.addLayout(row)
        self.setFocusProxy(self.drop)

    def _template_card(self) -> QFrame:
        card = QFrame()
        card.setProperty("surface", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(6)
        column.addWidget(Label("No spreadsheet yet?", "strong"))
        told = "Take our sheet: drop-down lists, a hint on every column, and an example to write over."
        column.addWidget(Label(told, "muted", wrap=True))
        self.template_category = CategoryPicker(Forest(()), placeholder="For one category: its name or pinyin")
        self.template_category.picked.connect(self._pick)
        column.addWidget(self.template_category)
        line = QHBoxLayout()
        self._picked = Label("", "small", wrap=True)
        self.any_category = Button("", lambda: self._pick(""), icon="x", tip="For all categories")
        self.any_category.hide()
        line.addWidget(self._picked, 1)
        line.addWidget(self.any_category)
        column.addLayout(line)
        column.addStretch(1)
        self.template_button = Button("Download the template", self.template.emit, icon="download")
        column.addWidget(self.template_button, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def set_forest(self, forest: Forest) -> None:
        """The tree whose categories may have a template of their own; without any, only the general one is offered."""
        self.template_category.forest = forest
        self.template_category.setVisible(bool(forest.nodes))

    def _pick(self, category_id: object) -> None:
        self.category_id = str(category_id)
        forest, key = self.template_category.forest, self.category_id
        self.any_category.setVisible(bool(key))
        self._picked.set_words(lambda: forest.path(key, language() == "en"))

    def show_problem(self, said: Text) -> None:
        """Say why a file was not taken; empty takes it away."""
        self.problem.set_message("bad", said)
        self.problem.setVisible(bool(said))

    def show_interrupted(
        self,
        runs: Sequence[tuple[ImportRun, int]],
        go_on: Callable[[ImportRun], None],
        leave: Callable[[ImportRun], None],
    ) -> None:
        """Offer to go on with imports that were cut short; each with the rows that are not saved."""
        while (item := self.interrupted.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for run, left in runs:
            banner = Interrupted(run, left)
            banner.go_on.connect(go_on)
            banner.leave.connect(leave)
            self.interrupted.addWidget(banner)
            banner.show()
