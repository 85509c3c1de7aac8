"""The header of a table: titles over their columns, and how the rows are sorted."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.theme import color, interface_font

HEIGHT = 38
PAD = 12
MARK = 16
"""Px for the sign of sorting beside a title."""


class TableHeader(QHeaderView):
    """Draws its sections itself; `set_sort` shows a chevron in a column."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._sorted, self._descending = -1, False
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(48)
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)

    def set_sort(self, section: int, descending: bool) -> None:
        self._sorted, self._descending = section, descending
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), HEIGHT)

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        if not rect.isValid():
            return
        model = self.model()
        title = str(model.headerData(logical, Qt.Orientation.Horizontal) or "")
        side = model.headerData(logical, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole)
        right = bool(int(side or 0) & int(Qt.AlignmentFlag.AlignRight))
        font = interface_font(12, QFont.Weight.DemiBold)
        painter.save()
        inner = rect.adjusted(PAD, 0, -PAD, -1)
        mark = MARK if logical == self._sorted else 0
        fitting = QFontMetrics(font).elidedText(title, Qt.TextElideMode.ElideRight, inner.width() - mark)
        wide = QFontMetrics(font).horizontalAdvance(fitting)
        x = inner.right() + 1 - wide if right else inner.left()
        painter.setFont(font)
        painter.setPen(color("text" if mark else "muted"))
        painter.drawText(QRect(x, inner.y(), wide + 2, inner.height()), Qt.AlignmentFlag.AlignVCenter, fitting)
        if mark:
            at = x - MARK if right else x + wide + 4
            name = "chevron-down" if self._descending else "chevron-up"
            paint_icon(painter, name, QRect(at, inner.center().y() - 5, 12, 12), "text")
        painter.setPen(color("border"))
        painter.drawLine(rect.left(), rect.bottom(), rect.right(), rect.bottom())
        if self.viewport().underMouse() and not self._is_last(logical):
            painter.drawLine(rect.right(), rect.top() + 11, rect.right(), rect.bottom() - 11)
        painter.restore()

    def _is_last(self, logical: int) -> bool:
        """Whether no shown column stands to the right of `logical`."""
        place = self.visualIndex(logical)
        return all(self.isSectionHidden(self.logicalIndex(v)) for v in range(place + 1, self.count()))
