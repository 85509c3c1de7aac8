"""Single-letter keys beside a scanner: a letter alone is a command, a burst ending with Enter is a code."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from s2b_desktop.text import half_width

QUIET_MS = 60
"""Nobody types two letters faster than this; scanners do."""


class KeyBursts(QObject):
    """Watches the keys of a widget. `scanned(str)` is a burst with its Enter; `keys` are called for a lone letter."""

    scanned = Signal(str)

    def __init__(self, watched: QWidget, keys: Mapping[str, Callable[[], object]]) -> None:
        super().__init__(watched)
        self._keys = keys
        self._typed = ""
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._pause)
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        modifiers = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and len(self._typed) > 1:
            self._quiet.stop()
            code, self._typed = half_width(self._typed).strip(), ""
            self.scanned.emit(code)
            return True
        sign = event.text()
        if modifiers or enter or not sign.isprintable() or sign in ("", " "):
            return False
        self._typed += sign
        self._quiet.start()
        return True

    def _pause(self) -> None:
        typed, self._typed = self._typed.upper(), ""
        if typed in self._keys:
            self._keys[typed]()
