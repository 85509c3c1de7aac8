"""The base of every screen: title and facts, actions, fact cards, body, and the inspector."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from s2b_desktop.views.common.button import Button, Variant
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.inspector import WIDTH, Inspector
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated, Text, words

NARROW = 1100
"""Below this window width the inspector covers the body and the rail collapses."""


class Page(Retranslated, QWidget):
    """Fill `body`; override `retranslate` (and call super) for words the shared widgets do not know.

    `setFocusProxy` names the widget that has the focus when the page is opened.
    """

    card_toggled = Signal(str, bool)

    def __init__(self, title: Text = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._title = Label(title, "title")
        self._facts = Label("", "muted")
        self._facts.setContentsMargins(0, 5, 0, 0)  # onto the title's base line
        self._facts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(8)
        self._primary: Button | None = None
        self._cards: list[FactCard] = []
        self._exclusive = True

        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._title)
        head.addWidget(self._facts, 1)
        head.addLayout(self._actions)
        self._head = QWidget()
        self._head.setLayout(head)
        head.setContentsMargins(0, 0, 0, 0)
        self._head.setMinimumHeight(36)

        self._strip = QWidget()
        self._strip_row = QHBoxLayout(self._strip)
        self._strip_row.setContentsMargins(0, 0, 0, 0)
        self._strip_row.setSpacing(12)
        self._strip.hide()

        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        self._main = QWidget(self)
        column = QVBoxLayout(self._main)
        column.setContentsMargins(24, 4, 24, 20)
        column.setSpacing(14)
        column.addWidget(self._head)
        column.addWidget(self._strip)
        column.addLayout(self.body, 1)

        self.inspector = Inspector(self)
        self.inspector.moved.connect(self._lay_out)
        self.set_title(title)

    def refresh(self) -> None:
        """Read again what is shown; a page does so when it comes into sight and when its tables changed."""

    def show_item(self, what: object) -> None:
        """What another page asked for by `navigate(key, what)`: an id, a filter, or a message to send again."""

    def set_title(self, title: Text) -> None:
        self._name = title
        self._title.set_words(title)
        self.setAccessibleName(words(title))

    def retranslate(self) -> None:
        self.setAccessibleName(words(self._name))

    def set_facts(self, facts: Text) -> None:
        """One line of facts beside the title; pass a function where it holds values."""
        self._facts.set_words(facts)

    def facts(self) -> str:
        return self._facts.text()

    def add_action(
        self,
        text: Text,
        callback: Callable[[], object],
        shortcut: str = "",
        *,
        primary: bool = False,
        icon: str = "",
        variant: Variant = "secondary",
        key: str = "",
    ) -> Button:
        """Add an action to the head of the page. The primary one stands last and wears its key; so does every one
        with a `key` that the page hears."""
        button = Button(
            text,
            callback,
            shortcut=shortcut,
            variant="primary" if primary else variant,
            icon=icon,
            show_key=primary,
            key=key,
        )
        if primary and self._primary is not None:
            raise ValueError("a page has one primary action")
        at = self._actions.count() - (0 if primary or self._primary is None else 1)
        self._actions.insertWidget(at, button)
        if primary:
            self._primary = button
        return button

    def set_cards(self, cards: Sequence[FactCard], *, exclusive: bool = True) -> None:
        """Show up to four cards. With `exclusive`, choosing one filter lets go of the others."""
        if len(cards) > 4:
            raise ValueError("a page has at most four fact cards")
        for old in self._cards:
            self._strip_row.removeWidget(old)
            old.deleteLater()
        self._cards, self._exclusive = list(cards), exclusive
        for card in cards:
            self._strip_row.addWidget(card, 1)
            card.toggled.connect(lambda on, card=card: self._card_toggled(card, on))
        self._strip.setVisible(bool(cards))

    def card(self, key: str) -> FactCard:
        """The card named `key`. Raises KeyError."""
        for card in self._cards:
            if card.key == key:
                return card
        raise KeyError(key)

    def check_card(self, key: str) -> None:
        """Show that the card named `key` filters and no other, or none does; nobody is told."""
        for card in self._cards:
            with QSignalBlocker(card):
                card.setChecked(card.key == key)

    def checked_cards(self) -> list[str]:
        return [card.key for card in self._cards if card.isChecked()]

    def _card_toggled(self, card: FactCard, on: bool) -> None:
        if on and self._exclusive:
            for other in self._cards:
                if other is not card:
                    other.setChecked(False)
        self.card_toggled.emit(card.key, on)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.inspector.is_open():
            self.inspector.close_panel()
            return
        super().keyPressEvent(event)

    def _lay_out(self) -> None:
        width, height = self.width(), self.height()
        covers = self.window().width() < NARROW
        panel = min(WIDTH, width)
        beside = panel if self.inspector.is_open() and not covers else 0
        self._main.setGeometry(0, 0, width - beside, height)
        self.inspector.setGeometry(width - round(panel * self.inspector.reveal), 0, panel, height)
