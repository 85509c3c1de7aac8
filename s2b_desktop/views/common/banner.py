"""A sentence across the page that informs and never blocks."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.glyph import ToneIcon
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.theme import Tone

Kind = Literal["info", "ok", "warn", "bad", "offline"]
_LOOK: dict[Kind, tuple[Tone, str]] = {
    "info": ("neutral", "info"),
    "ok": ("ok", "check-circle"),
    "warn": ("warn", "alert-triangle"),
    "bad": ("bad", "alert-circle"),
    "offline": ("warn", "wifi-off"),
}


class Banner(QFrame):
    """What happened and what to do, with one optional action and a close button."""

    closed = Signal()

    def __init__(
        self,
        kind: Kind,
        text: Text,
        *,
        action: Text = "",
        callback: Callable[[], object] | None = None,
        closable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "banner")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 6, 5)
        row.setSpacing(10)
        self._icon = ToneIcon("info")
        self._text = Label("", wrap=True)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        if action and callback is not None:
            row.addWidget(Button(action, callback, variant="quiet"))
        if closable:
            row.addWidget(Button("", self._close, icon="x", variant="quiet", tip="Close"))
        self.setMinimumHeight(44)
        self.set_message(kind, text)

    def set_message(self, kind: Kind, text: Text) -> None:
        tone, icon = _LOOK[kind]
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self._icon.set_look(icon, tone)
        self._text.set_words(text)

    def text(self) -> str:
        return self._text.text()

    def _close(self) -> None:
        self.hide()
        self.closed.emit()
