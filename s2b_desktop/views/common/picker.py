"""Pick a product by typing a few letters, pinyin initials, SKU or barcode."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.palette import SearchField
from s2b_desktop.views.common.results import Result, ResultList


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product to pick, all in words for people but the id."""

    id: object
    title: str
    subtitle: str = ""
    price: str = ""
    stock: str = ""


class ProductPicker(SearchField):
    """Asks `provider(query, limit)` as you type (it must answer in low ms); emits `picked(id)`.

    Enter takes the first finding at once, so that a scanned barcode needs no look at the list.
    """

    picked = Signal(object)

    def __init__(
        self,
        provider: Callable[[str, int], Sequence[ProductRow]],
        *,
        placeholder: Text = "Name, pinyin initials, SKU or barcode",
        shortcut: str = "",
        limit: int = 50,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(placeholder, shortcut, parent)
        self._provider, self._limit = provider, limit
        self._list = ResultList(self)
        self._list.chosen.connect(self._take)
        self._wait = QTimer(self, singleShot=True, interval=20)
        self._wait.timeout.connect(self.search_now)
        self.textEdited.connect(lambda: self._wait.start())

    def results(self) -> ResultList:
        return self._list

    def search_now(self) -> None:
        """Ask for what is typed without waiting for the next letter."""
        self._wait.stop()
        query = self.text().strip()
        if not query:
            self._list.hide()
            return
        found = [
            Result(row.id, row.title, row.subtitle, row.price, row.stock) for row in self._provider(query, self._limit)
        ]
        self._list.set_results(found, tr("Nothing found. Try fewer letters, pinyin initials or a barcode."))
        self._list.show_under(self, width=max(self.width(), 420))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if self._wait.isActive() and (enter or event.key() == Qt.Key.Key_Down):
            self.search_now()
        elif event.key() == Qt.Key.Key_Down and not self._list.isVisible():
            self.search_now()
            return
        if self._list.handle_key(event) or enter:
            event.accept()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._list.hide()

    def _take(self, found: Result) -> None:
        self._list.hide()
        self.clear()
        self.picked.emit(found.id)
