"""Find and replace over the rows that a grid shows."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated, Text


class ReplaceBar(Retranslated, QFrame):
    """`asked(find, put, place)`: in the column of this place, -1 for all. `told` says what came of it."""

    asked = Signal(str, str, int)
    closed = Signal()

    def __init__(self, columns: Sequence[Text], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.wanted, self.given = QLineEdit(), QLineEdit()
        self.where = ComboBox([(-1, "In all columns"), *enumerate(columns)])
        self.where.setCurrentIndex(0)
        self.where.setMinimumWidth(150)
        self.replace = Button("Replace all", self.ask)
        self.replace.setEnabled(False)
        self.told = Label("", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        for part, stretch in ((self.wanted, 2), (self.given, 2), (self.where, 0), (self.replace, 0), (self.told, 1)):
            row.addWidget(part, stretch)
        row.addWidget(Button("", self.leave, variant="quiet", icon="x", tip="Close"))
        self.wanted.textChanged.connect(lambda text: self.replace.setEnabled(bool(text)))
        for field in (self.wanted, self.given):
            field.returnPressed.connect(self.ask)
        self.retranslate()

    def start(self, place: int) -> None:
        """Show the bar for a column (-1 for all) and be ready to type."""
        self.where.set_value(place)
        self.told.set_words("")
        self.show()
        self.wanted.setFocus()
        self.wanted.selectAll()

    def ask(self) -> None:
        """Ask for the replacement."""
        if self.wanted.text():
            self.asked.emit(self.wanted.text(), self.given.text(), int(str(self.where.value())))

    def leave(self) -> None:
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # Enter has done its work in the field
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        for field, words in ((self.wanted, "Find"), (self.given, "Replace with")):
            field.setPlaceholderText(tr(words))
            field.setAccessibleName(tr(words))
