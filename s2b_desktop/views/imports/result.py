"""The last step: the import on its way, and afterwards what came of it."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.models.goods_import import Effects
from s2b_desktop.text import count, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.glyph import IconDisc
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.progress import ProgressStrip


class ResultStep(QWidget):
    """`again`, `goods` and `report` are the ways on; `cancelled` stops after the rows that are saved."""

    again = Signal()
    goods = Signal()
    report = Signal()
    cancelled = Signal()
    sent_back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(16)
        self.strip: ProgressStrip | None = None
        self._summary: QWidget | None = None
        self.title = Label("", "title", parent=self)
        self.title.hide()

    def show_progress(self) -> ProgressStrip:
        """A fresh progress strip in the place of everything else."""
        self._clear()
        self.strip = ProgressStrip("Saving the import on this PC")
        self.strip.cancelled.connect(self.cancelled)
        self.strip.sent_back.connect(self.sent_back)
        self._column.addWidget(self.strip)
        self._column.addStretch(1)
        return self.strip

    def show_summary(
        self, effects: Effects, *, unchanged: int, wrong: int, rows: int, offline: bool, title: Text = ""
    ) -> None:
        """What was imported, what waits for review, what acts at once, and what was left out."""
        self._clear()
        card = QFrame()
        card.setProperty("surface", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(32, 28, 32, 28)
        column.setSpacing(14)
        column.addWidget(IconDisc("check"), 0, Qt.AlignmentFlag.AlignLeft)
        self.title = Label(title or (lambda: tr("{n} rows imported", n=rows)), "title")
        column.addWidget(self.title)
        told = (
            "You are offline. Everything is saved here and is sent by itself when the line is back."
            if offline
            else "Everything is saved here and on its way to the platform."
        )
        column.addWidget(Label(told, "muted", wrap=True))
        facts = Facts()
        lines: list[tuple[Text, int, Text]] = [
            ("Goods added", effects.new, "wait for the platform's review before merchants see them"),
            (
                "Changed names, pictures, descriptions",
                effects.reviewed,
                "what is live stays until the change is approved",
            ),
            ("Changed prices, stock, sale", effects.at_once, "act at once"),
            (
                "Pictures at web addresses",
                effects.addresses,
                "fetch them on the page of goods, under Add pictures",
            ),
            (
                "Pictures named by their files",
                effects.files,
                "choose their folder on the page of goods, under Add pictures",
            ),
            ("Unchanged", unchanged, "nothing was done"),
            ("Wrong", wrong, "left out; save them with their reasons and import the mended sheet"),
        ]
        for name, n, what in lines:
            if n:
                facts.add_fact(name, partial(self._fact, n, what))
        column.addWidget(facts)
        row = QHBoxLayout()
        row.setSpacing(8)
        onward = Button("Show the goods", self.goods.emit, variant="primary", icon="boxes")
        row.addWidget(onward)
        if wrong:
            row.addWidget(Button("Save the wrong rows", self.report.emit, icon="download"))
        row.addWidget(Button("Import another file", self.again.emit, icon="upload"))
        row.addStretch(1)
        column.addSpacing(6)
        column.addLayout(row)
        self._summary = card
        self._column.addWidget(card)
        card.show()
        self._column.addStretch(1)
        focused = self.window().focusWidget()
        if self.isVisible() and (focused is None or isinstance(focused, QAbstractButton)):
            onward.setFocus()  # the button that was pressed is gone, and focus fell to the rail

    @staticmethod
    def _fact(n: int, what: Text) -> str:
        said: Callable[[], str] = what if callable(what) else partial(tr, what)
        return f"{count(n)}  ·  {said()}"

    def _clear(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.strip = None
