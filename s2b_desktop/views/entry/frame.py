"""The card in the middle of the window on which one signs in, with the language and the look beneath."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.mark import Mark
from s2b_desktop.views.common.theme import Theme
from s2b_desktop.views.preferences import Preferences


class EntryFrame(QWidget):
    """A page of the entry: title, one sentence, and `body` for the rest."""

    def __init__(self, title: Text, sentence: Text, *, width: int = 460, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = Label(title, "title", wrap=True)
        self.sentence = Label(sentence, "muted", wrap=True)
        self.sentence.setVisible(bool(sentence))
        card = QFrame()
        card.setProperty("surface", "card")
        card.setFixedWidth(width)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(32, 28, 32, 28)
        inside.setSpacing(16)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(Mark(), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.title)
        words.addWidget(self.sentence)
        head.addLayout(words, 1)
        inside.addLayout(head)
        self.body = QVBoxLayout()
        self.body.setSpacing(14)
        inside.addLayout(self.body)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.addStretch(2)
        middle = QHBoxLayout()  # not an alignment: the card's texts would be measured as wide as the window
        middle.addStretch(1)
        middle.addWidget(card)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addStretch(3)


class Chooser(QWidget):
    """Language and look, before anything else is known."""

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.language = Button(self._other_language, self._switch_language, icon="languages", variant="quiet")
        self.look = Button(self._other_look, self._switch_look, icon="sun-moon", variant="quiet")
        preferences.theme_changed.connect(self.look.retranslate)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 16)
        row.addStretch(1)
        row.addWidget(self.look)
        row.addWidget(self.language)

    @staticmethod
    def _other_look() -> str:
        return tr("Light look") if Theme.scheme == "dark" else tr("Dark look")

    def _other_language(self) -> str:
        return "English" if self._preferences.language == "zh_CN" else "中文"

    def _switch_language(self) -> None:
        self._preferences.set_language("en" if self._preferences.language == "zh_CN" else "zh_CN")

    def _switch_look(self) -> None:
        self._preferences.set_theme("light" if Theme.scheme == "dark" else "dark")
