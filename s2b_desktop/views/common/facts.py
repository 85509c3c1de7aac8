"""Names and values under one another, as an inspector shows what is known of a thing."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from s2b_desktop.views.common.label import Label, Role
from s2b_desktop.views.common.language import Text


class Facts(QWidget):
    """Rows of a muted name and its value; `right` puts the values at the right edge, for amounts. The values of
    several stand under one another where they have the same `names` (px for the names)."""

    def __init__(self, *, right: bool = False, names: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._right = right
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(0, names)

    def add_fact(self, name: Text, value: Text, role: Role = "body") -> Label:
        """Add a row below the others; returns the value's label."""
        row, side = self._grid.rowCount(), Qt.AlignmentFlag.AlignRight if self._right else Qt.AlignmentFlag.AlignLeft
        said = Label(value, role, wrap=True)
        said.setAlignment(side | Qt.AlignmentFlag.AlignTop)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        level = Qt.AlignmentFlag.AlignVCenter if role == "figure" else Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(Label(name, "muted"), row, 0, level)
        self._grid.addWidget(said, row, 1)
        return said
