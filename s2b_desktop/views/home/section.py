"""A titled card of the "today" page whose content scrolls."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text

_AROUND = 52
"""Px of the title and the margins above and below the content."""


class Section(QFrame):
    """Shows the widgets it is filled with, from above; an empty state or a chart takes all the room."""

    def __init__(self, title: Text, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self._title = Label(title, "subtitle")
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 14, 1, 8)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 16, 0)
        head.addWidget(self._title)
        column.addLayout(head)
        column.addWidget(self._area, 1)

    def set_title(self, title: Text) -> None:
        self._title.set_words(title)

    def fill(self, widgets: list[QWidget], *, padded: bool = False) -> None:
        content = QWidget()
        content.setProperty("plain", True)
        column = QVBoxLayout(content)
        column.setContentsMargins(16 if padded else 6, 4, 16 if padded else 6, 8)
        column.setSpacing(2)
        grows = False
        for widget in widgets:
            takes = isinstance(widget, EmptyState) or widget.sizePolicy().verticalPolicy() in _GROWING
            column.addWidget(widget, 1 if takes else 0)
            grows = grows or takes
        if not grows:
            column.addStretch(1)
        self._area.setWidget(content)

    def hold(self, rows: int) -> None:
        """Be as tall as the content, but no taller than so many of its rows (0: any height); what is more scrolls."""
        content = self._area.widget()
        layout = content.layout() if content is not None else None
        if layout is None:
            return
        if not rows:
            self.setMinimumHeight(0)
            self.setMaximumHeight(_ANY)
            return
        tall = [item.sizeHint().height() for at in range(layout.count()) if (item := layout.itemAt(at)) is not None]
        self.setFixedHeight(sum(tall[:rows]) + 2 * len(tall[:rows]) + 12 + _AROUND)


_ANY = 16_777_215  # Qt's QWIDGETSIZE_MAX
_GROWING = frozenset({QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding})
