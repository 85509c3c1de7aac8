"""A page of the gallery: a column of titled rows."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from s2b_desktop.views.common.gallery_page import Both
from s2b_desktop.views.common.label import Label


class Sheet(QWidget):
    """A column of titled rows."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(32, 24, 32, 32)
        self.column.setSpacing(10)

    def add(self, title: Both, *widgets: QWidget, stretch: bool = False, height: int = 0) -> None:
        """A row of widgets, in natural width unless `stretch`."""
        if self.column.count():
            self.column.addSpacing(14)
        self.column.addWidget(Label(title, "subtitle"))
        row = QHBoxLayout()
        row.setSpacing(12)
        for widget in widgets:
            if height:
                widget.setFixedHeight(height)
            row.addWidget(widget, 1 if stretch else 0, Qt.AlignmentFlag.AlignTop)
        if not stretch:
            row.addStretch(1)
        self.column.addLayout(row)


def disabled(widget: QWidget) -> QWidget:
    widget.setEnabled(False)
    return widget


def nothing() -> None:
    """What a gallery's buttons do."""
