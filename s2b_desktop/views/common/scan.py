"""A field for barcode scanners: nothing of a burst is lost, and its Enter presses no button."""

from collections import deque

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from s2b_desktop.text import half_width
from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_domain.rules import gs1


class ScanField(Retranslated, QLineEdit):
    """Emits `scanned(str)` once per code, in order, one per turn of the event loop.

    While `hold()` is on (a question is open, the last code is being looked up) codes wait their turn;
    `release()` lets them go on. Works for typing by hand too.
    """

    scanned = Signal(str)

    def __init__(
        self, placeholder: Text = "Scan or type a barcode", *, big: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._placeholder, self._big = placeholder, big
        self._codes: deque[str] = deque()
        self._held = False
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._deliver)
        if big:
            self.setProperty("look", "figure")
        self.setTextMargins(28 if big else 22, 0, 0, 0)
        self.setInputMethodHints(Qt.InputMethodHint.ImhPreferLatin)
        self.retranslate()

    def retranslate(self) -> None:
        self.setPlaceholderText(words(self._placeholder))
        self.setAccessibleName(words(self._placeholder))

    @property
    def busy(self) -> bool:
        """Whether a code is dealt with or waits its turn."""
        return self._held or bool(self._codes)

    def hold(self) -> None:
        self._held = True

    def release(self) -> None:
        self._held = False
        if self._codes:
            self._next.start()

    def waiting(self) -> int:
        """How many codes wait their turn."""
        return len(self._codes)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._queue(self.text())
            self.clear()
            event.accept()
        elif event.text() == gs1.SEPARATOR:  # between the parts of a GS1 code; a field holds no such character
            self.insert(gs1.SHOWN)
        elif event.matches(QKeySequence.StandardKey.Paste):
            lines = QApplication.clipboard().text().splitlines()
            if len(lines) > 1:
                for line in lines:
                    self._queue(line)
            else:
                super().keyPressEvent(event)
        else:
            super().keyPressEvent(event)

    def _queue(self, text: str) -> None:
        code = half_width(text).strip()
        if code:
            self._codes.append(code)
            if not self._held:
                self._next.start()

    def _deliver(self) -> None:
        if self._held or not self._codes:
            return
        code = self._codes.popleft()
        if self._codes:
            self._next.start()
        self.scanned.emit(code)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        size = 20 if self._big else 16
        with QPainter(self) as painter:
            left = 13 if self._big else 10
            paint_icon(painter, "barcode", QRect(left, (self.height() - size) // 2, size, size), "muted")
