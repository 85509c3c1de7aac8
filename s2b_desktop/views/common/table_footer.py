"""Under the rows: how many there are, how many are chosen, and totals under their columns."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from s2b_desktop.views.common.table_header import PAD
from s2b_desktop.views.common.table_view import TableView
from s2b_desktop.views.common.theme import color, interface_font


class TableFooter(QWidget):
    """`left` is said at the left; `totals` stand under the columns of these numbers."""

    def __init__(self, view: TableView[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.left = ""
        self.totals: Mapping[int, str] = {}
        self.setFixedHeight(36)

    def tell(self, left: str, totals: Mapping[int, str]) -> None:
        self.left, self.totals = left, totals
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(color("border"))
        painter.drawLine(0, 0, self.width(), 0)
        limit = self._draw_totals(painter)
        small = interface_font(12)
        painter.setFont(small)
        painter.setPen(color("muted"))
        fitting = QFontMetrics(small).elidedText(self.left, Qt.TextElideMode.ElideRight, max(0, limit - PAD))
        painter.drawText(QRect(PAD, 1, limit, self.height()), Qt.AlignmentFlag.AlignVCenter, fitting)
        painter.end()

    def _draw_totals(self, painter: QPainter) -> int:
        """Draw the totals; return the left edge of the first."""
        strong, header = interface_font(13, QFont.Weight.DemiBold), self._view.header
        limit, offset = self.width() - PAD, self._view.x() - self.x()
        painter.setFont(strong)
        painter.setPen(color("text"))
        for logical, said in self.totals.items():
            if header.isSectionHidden(logical):
                continue
            left, width = offset + header.sectionViewportPosition(logical), header.sectionSize(logical)
            wide = QFontMetrics(strong).horizontalAdvance(said)
            x = left + width - PAD - wide
            if x + wide > self._view.x() + self._view.viewport().width():
                continue
            painter.drawText(QRect(x, 1, wide + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, said)
            limit = min(limit, x - PAD)
        return limit
