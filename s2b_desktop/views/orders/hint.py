"""Under the lines: what is wrong with one of them, and one press that mends it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from s2b_desktop.text import labelled, quantity, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.glyph import ToneIcon
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.orders.quote import LineQuote
from s2b_desktop.views.orders.words import line_problem


class LineHint(QFrame):
    """Hidden while all lines can be ordered. `fix_asked(sku_id, quantity)`, `removal_asked(sku_id)`."""

    fix_asked = Signal(str, int)
    removal_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "banner")
        self.setProperty("tone", "warn")
        self._line: LineQuote | None = None
        self._text = Label("", wrap=True)
        self.fix = Button("", self._fix, shortcut="Alt+Return")
        self.remove = Button("Take out", self._remove, variant="quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 6, 5)
        row.setSpacing(10)
        row.addWidget(ToneIcon("alert-triangle", "warn"))
        row.addWidget(self._text, 1)
        row.addWidget(self.fix)
        row.addWidget(self.remove)
        self.setMinimumHeight(44)
        self.hide()

    def show_problem(self, line: LineQuote | None, n: int) -> None:
        """Speak of one line; `n` lines have problems."""
        self._line = line
        self.setVisible(line is not None)
        if line is None:
            return
        title = line.offer.product_title if line.offer else ""
        more = n - 1

        def said() -> str:
            problem = line_problem(line)
            told = labelled(title, problem) if title and problem else title or problem
            return f"{told}  {tr('({n} more)', n=more)}" if more else told

        self._text.set_words(said)
        fix, sku = line.fix, line.offer.sku if line.offer else None
        self.fix.setVisible(fix is not None)
        if fix is not None and sku is not None:
            amount = f"{quantity(fix, sku.decimals)} {sku.unit}"
            self.fix.set_words(lambda: tr("Make it {quantity}", quantity=amount))

    def text(self) -> str:
        return self._text.text()

    def _fix(self) -> None:
        if self._line is not None and self._line.fix is not None:
            self.fix_asked.emit(self._line.line.sku_id, self._line.fix)

    def _remove(self) -> None:
        if self._line is not None:
            self.removal_asked.emit(self._line.line.sku_id)
