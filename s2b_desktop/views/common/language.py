"""Texts that change their language while they are shown."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget

from s2b_desktop.text import Language, set_language, tr

Text = str | Callable[[], str]
"""An English source for `tr`, or a function that makes the words anew in the present language."""


def words(text: Text) -> str:
    """The words of `text` in the present language."""
    if callable(text):
        return text()
    return tr(text) if text else ""


def switch_language(app: QApplication, lang: Language) -> None:
    """Choose the language and have every widget of every window say its words anew, at once."""
    set_language(lang)
    for window in app.topLevelWidgets():
        QCoreApplication.sendEvent(window, QEvent(QEvent.Type.LanguageChange))


if TYPE_CHECKING:
    _Base = QWidget
else:
    _Base = object


class Retranslated(_Base):
    """Mixed into a widget before its Qt class: calls `retranslate` when the language changes."""

    def retranslate(self) -> None:
        """Say every word anew; also called by the constructor of most widgets."""

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
