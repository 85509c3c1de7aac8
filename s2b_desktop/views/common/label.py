"""Labels that know their role and change their language."""

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from s2b_desktop.views.common.language import Retranslated, Text, words

Role = Literal["body", "muted", "strong", "title", "subtitle", "figure", "total", "small", "error", "hint"]


class Label(Retranslated, QLabel):
    """Plain text (never rich: what people typed is shown as typed) in one of the roles of the style sheet."""

    def __init__(
        self, text: Text = "", role: Role = "body", *, wrap: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._words = text
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.retranslate()

    def set_words(self, text: Text) -> None:
        self._words = text
        self.retranslate()

    def retranslate(self) -> None:
        self.setText(words(self._words))
