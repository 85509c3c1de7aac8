"""The search and command field of the top bar: asks its providers as you type and opens what is chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QLineEdit, QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.button import key_name
from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.results import Result, ResultList
from s2b_desktop.views.common.theme import color, interface_font


@dataclass(frozen=True, slots=True)
class Entry:
    """Something the palette can open. `open` runs when it is chosen."""

    title: str
    open: Callable[[], object]
    subtitle: str = ""
    right: str = ""
    icon: str = ""


Answer = Callable[[Sequence[Entry]], None]
Provider = Callable[[str, Answer], None]
"""Asked with the query; answers now or later, once. Late answers to an older query are dropped."""


class SearchField(Retranslated, QLineEdit):
    """A field with a magnifying glass, a hint of its key, and a clear button by Escape."""

    def __init__(self, placeholder: Text, shortcut: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._placeholder, self._key = placeholder, shortcut
        self.setProperty("look", "search")
        if shortcut:
            wide = QFontMetrics(interface_font(12)).horizontalAdvance(key_name(shortcut))
            self.setTextMargins(0, 0, wide + 12, 0)
            key = QShortcut(QKeySequence(shortcut), self)
            key.activated.connect(self._summon)
        self.retranslate()

    def retranslate(self) -> None:
        said = words(self._placeholder)
        self.setPlaceholderText(said)
        self.setAccessibleName(said)
        self.setToolTip(f"{said}  ({key_name(self._key)})" if self._key else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        with QPainter(self) as painter:
            paint_icon(painter, "search", QRect(10, (self.height() - 15) // 2, 15, 15), "muted")
            if self._key and not self.text() and not self.hasFocus():
                self._draw_key(painter)

    def _draw_key(self, painter: QPainter) -> None:
        name, font = key_name(self._key), interface_font(12)
        wide = QFontMetrics(font).horizontalAdvance(name) + 12
        box = QRect(self.width() - wide - 8, (self.height() - 20) // 2, wide, 20)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("neutral-soft"))
        painter.drawRoundedRect(box, 5, 5)
        painter.setFont(font)
        painter.setPen(color("neutral"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)

    def _summon(self) -> None:
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()


class Palette(SearchField):
    """`add_provider` names a group and its provider; groups show in the order they were added."""

    opened = Signal(str)  # the title of what was opened

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Search goods, orders, members, or type a command", "Ctrl+K", parent)
        self._providers: list[tuple[Text, Provider]] = []
        self._answers: dict[int, Sequence[Entry]] = {}
        self._query = 0
        self._list = ResultList(self)
        self._list.chosen.connect(self._open)
        self._wait = QTimer(self, singleShot=True, interval=30)
        self._wait.timeout.connect(self._ask)
        self.textChanged.connect(lambda: self._wait.start())
        self.destroyed.connect(self._list.deleteLater)

    def add_provider(self, group: Text, provider: Provider) -> None:
        self._providers.append((group, provider))

    def results(self) -> ResultList:
        return self._list

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "_list") and self._list.isVisible():
            self._ask()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        down = event.key() == Qt.Key.Key_Down and not self._list.isVisible()
        if down or (event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._wait.isActive()):
            self._ask()
            if down:
                return
        if self._list.handle_key(event):
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.ShortcutFocusReason, Qt.FocusReason.MouseFocusReason):
            self._ask()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._list.hide()

    def _ask(self) -> None:
        self._wait.stop()
        if not self._providers:
            return
        self._query += 1
        self._answers.clear()
        asked = self._query
        for place, (_group, provider) in enumerate(self._providers):

            def answer(entries: Sequence[Entry], place: int = place) -> None:
                if asked == self._query:
                    self._answers[place] = entries
                    self._show()

            provider(self.text().strip(), answer)

    def _show(self) -> None:
        if not self.hasFocus():
            return
        shown = []
        for place, (group, _provider) in enumerate(self._providers):
            for entry in self._answers.get(place, ()):
                found = Result(entry, entry.title, entry.subtitle, entry.right, icon=entry.icon)
                shown.append(replace(found, group=words(group)))
        if shown or len(self._answers) == len(self._providers):
            self._list.set_results(shown, tr("Nothing found. Try fewer letters, pinyin initials or a barcode."))
            self._list.show_under(self, rows=11)

    def _open(self, found: Result) -> None:
        entry = found.id
        self._list.hide()
        self.clear()
        self._wait.stop()
        if isinstance(entry, Entry):
            self.opened.emit(entry.title)
            entry.open()
