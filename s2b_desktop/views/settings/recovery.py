"""Making a recovery key: shown once, to print or write down, and believed only when it was."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextDocument
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from s2b_desktop.models import recovery
from s2b_desktop.text import tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label

ASKED = (2, 6)
"""The blocks that must be typed from the paper."""


class RecoveryKeyDialog(Confirm):
    """Accepted only when two blocks were typed as they are. `public` is what others may know of the key."""

    def __init__(self, seed: bytes | None = None, parent: QWidget | None = None) -> None:
        super().__init__(
            "Your company's recovery key",
            "It opens unsent work on any of your PCs when keyring and passwords are lost. It is shown only now: print "
            "it or write it down, and keep it where your important papers are.",
            "I have it on paper",
            parent=parent,
        )
        seed = seed or recovery.make()
        self.blocks = recovery.blocks(seed)
        self.public = recovery.public(seed)
        frame = QFrame()
        frame.setProperty("surface", "card")
        grid = QGridLayout(frame)
        grid.setContentsMargins(16, 14, 16, 14)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(10)
        for place, block in enumerate(self.blocks):
            shown = Label(_as_is(f"{place + 1}  {block}"), "strong")
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(shown, place // 4, place % 4)
        self.middle.addWidget(frame)
        line = QHBoxLayout()
        line.addWidget(Button("Print", self._print, icon="printer", variant="quiet"))
        line.addWidget(Button("Copy", self._copy, icon="copy", variant="quiet"))
        line.addStretch(1)
        self.middle.addLayout(line)
        self.fields = [QLineEdit() for _ in ASKED]
        self.rows: list[FormRow] = []
        typed = QHBoxLayout()
        typed.setSpacing(12)
        for place, field in zip(ASKED, self.fields, strict=True):
            field.setMaxLength(recovery.BLOCK + 3)
            row = FormRow(_asked(place), field)
            self.rows.append(row)
            typed.addWidget(row)
        self.middle.addLayout(typed)

    def accept(self) -> None:
        wrong = False
        for place, field, row in zip(ASKED, self.fields, self.rows, strict=True):
            fits = field.text().strip().upper() == self.blocks[place]
            row.set_error("" if fits else "This block reads otherwise")
            if not fits and not wrong:
                field.setFocus()
            wrong |= not fits
        if not wrong:
            super().accept()

    def _text(self) -> str:
        return "\n".join(f"{place}  {block}" for place, block in enumerate(self.blocks, start=1))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text())

    def _print(self) -> None:
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # noqa: PLC0415  rarely needed

        printer = QPrinter()
        if QPrintDialog(printer, self).exec():
            paper = QTextDocument("\n\n".join((tr("Your company's recovery key"), self._text())))
            paper.print_(printer)


def _as_is(text: str) -> Callable[[], str]:
    return lambda: text


def _asked(place: int) -> Callable[[], str]:
    return lambda: tr("Block {n} from the paper", n=place + 1)
