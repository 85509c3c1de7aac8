"""The one field of the counter: barcodes, codes, cards, coupons and names."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from s2b_desktop.text import half_width
from s2b_desktop.views.common.picker import ProductPicker, ProductRow

SCANNED = 6
"""Signs that a code has at least: shorter words without a finding are somebody's typing, not a scan."""


class CounterField(ProductPicker):
    """`taken(code)` answers whether a code was understood; then the field is empty for the next one.

    `unknown(code)` tells of a scan that nothing is known of: it is cleared too, so that the next scan stands alone.
    """

    unknown = Signal(str)

    def __init__(
        self,
        provider: Callable[[str, int], Sequence[ProductRow]],
        taken: Callable[[str], bool],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            provider, placeholder="Scan, or type a name, pinyin or SKU", shortcut="F2", limit=20, parent=parent
        )
        self._taken = taken
        self.setProperty("look", "figure")
        self.setTextMargins(20, 0, self.textMargins().right(), 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.results().isVisible():
            event.accept()
            self._enter()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._looks_scanned():
            event.accept()
            self.results().hide()
            self._enter()
            return
        super().keyPressEvent(event)

    def _looks_scanned(self) -> bool:
        text = half_width(self.text()).strip()
        return len(text) >= SCANNED and all(sign.isascii() for sign in text) and any(s.isdigit() for s in text)

    def _enter(self) -> None:
        code = half_width(self.text()).strip()
        if not code:
            return
        if self._taken(code):
            self._wait.stop()
            self.results().hide()
            self.clear()
        elif self._looks_scanned():
            self._wait.stop()
            self.clear()
            self.unknown.emit(code)
        else:
            self.search_now()
            found = self.results().current()
            if found is not None:
                self._take(found)
