"""Chosen things as small buttons that wrap; a press takes one out again."""

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.button import Button

LONGEST = 26
"""Letters of a name that a chip shows; its tooltip has it all."""


class Flow(QLayout):
    """Puts widgets beside each other as long as there is room, then on the next line."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def _place(self, rect: QRect, *, move: bool) -> int:
        x, y, tall = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, tall = rect.x(), y + tall + self.spacing(), 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self.spacing()
            tall = max(tall, size.height())
        return y + tall - rect.y()


class Chips(QWidget):
    """`changed()` when one was taken out."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: dict[str, str] = {}
        self._flow = Flow(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def ids(self) -> tuple[str, ...]:
        """What is chosen, in the order in which it was."""
        return tuple(self._names)

    def names(self) -> list[str]:
        return list(self._names.values())

    def set_chosen(self, names: Mapping[str, str]) -> None:
        """Show these: names by id."""
        self._names = dict(names)
        self._build()

    def add(self, id_: str, name: str) -> None:
        """Choose one more; one that is chosen already stays where it is."""
        self._names.setdefault(id_, name)
        self._build()

    def remove(self, id_: str) -> None:
        """Take one out."""
        self._names.pop(id_, None)
        self._build()
        self.changed.emit()

    def _build(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for id_, name in self._names.items():
            said = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
            chip = Button(
                lambda said=said: said,  # type: ignore[misc]
                lambda id_=id_: self.remove(id_),  # type: ignore[misc]
                icon="x",
                tip=lambda name=name: tr("Take out {name}", name=name),  # type: ignore[misc]
            )
            self._flow.addWidget(chip)
            chip.show()
        self.setVisible(bool(self._names))
        self.updateGeometry()
