"""Long work: how far, how fast, how long still, and the way out."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from s2b_desktop.text import count, duration, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated, Text


class ProgressStrip(Retranslated, QFrame):
    """Told by `set_progress(done, total, elapsed_ms)`, it works out rate and time left itself.

    An unknown total (None) shows a moving bar. `show_failure` and `show_done` end the work in words.
    """

    cancelled = Signal()
    sent_back = Signal()
    """"In background" was pressed: the strip hides, the work goes on."""

    def __init__(
        self, text: Text, *, background: bool = True, cancellable: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self._told: tuple[int, int | None, int] = (0, None, 0)
        self._ended = False
        self._text = Label(text, "strong")
        self._detail = Label("", "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._cancel = Button("Cancel", self._cancelled, variant="quiet")
        if not cancellable:
            self._cancel.hide()
        self._back = Button("In background", self._send_back, variant="quiet")
        if not background:
            self._back.hide()
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._text)
        head.addWidget(self._detail, 1)
        head.addWidget(self._back)
        head.addWidget(self._cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 8, 12)
        column.setSpacing(6)
        column.addLayout(head)
        inner = QHBoxLayout()
        inner.setContentsMargins(0, 0, 8, 0)
        inner.addWidget(self._bar)
        column.addLayout(inner)
        self.set_progress(0, None, 0)

    def set_text(self, text: Text) -> None:
        self._text.set_words(text)

    def set_progress(self, done: int, total: int | None, elapsed_ms: int) -> None:
        """`done` of `total` things after `elapsed_ms`."""
        self._bar.setRange(0, 1000 if total else 0)
        self._bar.setValue(done * 1000 // total if total else 0)
        self._told = (done, total, elapsed_ms)
        self.retranslate()

    def retranslate(self) -> None:
        self._detail.set_words("" if self._ended else lambda: self._say(*self._told))
        self._bar.setAccessibleName(self._detail.text())

    def detail(self) -> str:
        return self._detail.text()

    def show_done(self, text: Text) -> None:
        self._text.set_words(text)
        self._bar.setRange(0, 1000)
        self._bar.setValue(1000)
        self._ended = True
        self.retranslate()
        self._cancel.hide()
        self._back.hide()

    def show_failure(self, text: Text) -> None:
        """Say what happened and what is safe; the bar stays where it was."""
        self._bar.setProperty("tone", "bad")
        self._bar.style().unpolish(self._bar)
        self._bar.style().polish(self._bar)
        self._text.set_words(text)
        self._ended = True
        self.retranslate()
        self._back.hide()
        self._cancel.set_words("Close")

    @staticmethod
    def _say(done: int, total: int | None, elapsed_ms: int) -> str:
        parts = []
        if total:
            parts = [f"{done * 100 // total}%", tr("{done} of {total}", done=count(done), total=count(total))]
        elif done:
            parts = [count(done)]
        if done and elapsed_ms >= 1000:
            parts.append(tr("{rate} per second", rate=count(done * 1000 // elapsed_ms)))
            if total and done < total:
                left = duration((total - done) * elapsed_ms // done)
                parts.append(tr("{duration} left", duration=left))
        return " · ".join(parts)

    def _cancelled(self) -> None:
        self._cancel.setEnabled(False)
        self.cancelled.emit()

    def _send_back(self) -> None:
        self.hide()
        self.sent_back.emit()
