"""A short list of findings under a search field, driven from that field's keys."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.theme import color, interface_font

_RESULT = int(Qt.ItemDataRole.UserRole)
_ROW, _ROW_TALL, _HEADING = 36, 48, 28


@dataclass(frozen=True, slots=True)
class Result:
    """One finding. `right` and `note` stand at the right edge, one above the other."""

    id: object
    title: str
    subtitle: str = ""
    right: str = ""
    note: str = ""
    icon: str = ""
    group: str = ""


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        found = index.data(_RESULT)
        if not isinstance(found, Result):
            return QSize(0, _HEADING)
        return QSize(0, _ROW_TALL if found.subtitle or found.note else _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rect: QRect = option.rect
        found = index.data(_RESULT)
        painter.save()
        if isinstance(found, Result):
            selected = bool(option.state & QStyle.StateFlag.State_Selected)
            if selected:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(color("selection"))
                painter.drawRoundedRect(rect.adjusted(4, 1, -4, -1), 7, 7)
            self._paint_result(painter, rect, found)
        else:
            painter.setFont(interface_font(12, QFont.Weight.DemiBold))
            painter.setPen(color("muted"))
            painter.drawText(rect.adjusted(14, 4, -14, 0), Qt.AlignmentFlag.AlignVCenter, str(index.data()))
        painter.restore()

    def _paint_result(self, painter: QPainter, rect: QRect, found: Result) -> None:
        inner = rect.adjusted(14, 4, -14, -4)
        if found.icon:
            paint_icon(painter, found.icon, QRect(inner.x(), rect.center().y() - 8, 17, 17), "muted")
            inner.setLeft(inner.left() + 28)
        normal, small = interface_font(13), interface_font(12)
        upper, lower = inner, QRect()
        if found.subtitle or found.note:
            upper = QRect(inner.x(), inner.y(), inner.width(), inner.height() // 2)
            lower = QRect(inner.x(), upper.bottom() + 1, inner.width(), inner.height() // 2)
        self._paint_line(painter, upper, found.title, found.right, normal, "text", "text")
        if lower.isValid():
            self._paint_line(painter, lower, found.subtitle, found.note, small, "muted", "muted")

    @staticmethod
    def _paint_line(
        painter: QPainter, rect: QRect, left: str, right: str, font: QFont, ink: str, right_ink: str
    ) -> None:
        metrics = QFontMetrics(font)
        taken = metrics.horizontalAdvance(right) + 16 if right else 0
        painter.setFont(font)
        painter.setPen(color(ink))
        fitting = metrics.elidedText(left, Qt.TextElideMode.ElideRight, rect.width() - taken)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, fitting)
        if right:
            painter.setPen(color(right_ink))
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, right)


class ResultList(QFrame):
    """A raised list that never takes the focus: its field passes it keys by `handle_key`."""

    chosen = Signal(object)  # Result

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "raised")
        self._model = QStandardItemModel(self)
        self._view = QListView()
        self._view.setModel(self._model)
        self._view.setItemDelegate(_Painter(self._view))
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._view.setProperty("list", "results")
        self._view.setMouseTracking(True)
        self._view.entered.connect(self._hover)
        self._view.clicked.connect(self._clicked)
        self._note = Label("", "muted")
        self._note.setContentsMargins(14, 10, 14, 10)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 5, 1, 5)
        column.addWidget(self._view)
        column.addWidget(self._note)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def set_results(self, results: Sequence[Result], nothing: str = "") -> None:
        """Show `results` in order, each group under its heading; with none, the sentence `nothing`."""
        self._model.clear()
        group = ""
        for found in results:
            if found.group and found.group != group:
                heading = QStandardItem(found.group)
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
                self._model.appendRow(heading)
            group = found.group
            item = QStandardItem(found.title)
            item.setData(found, _RESULT)
            spoken = " ".join(part for part in (found.title, found.subtitle, found.right, found.note) if part)
            item.setData(spoken, Qt.ItemDataRole.AccessibleTextRole)
            item.setEditable(False)
            self._model.appendRow(item)
        self._view.setVisible(bool(results))
        self._note.setVisible(not results)
        self._note.setText(nothing)
        self._step(-1, 1)

    def results(self) -> list[Result]:
        rows = (self._model.item(row).data(_RESULT) for row in range(self._model.rowCount()))
        return [found for found in rows if isinstance(found, Result)]

    def current(self) -> Result | None:
        found = self._view.currentIndex().data(_RESULT)
        return found if isinstance(found, Result) else None

    def show_under(self, field: QWidget, *, width: int | None = None, rows: int = 9) -> None:
        """Place the list under `field`, inside its window, and show it."""
        window = field.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        tall = sum(self._view.sizeHintForRow(row) for row in range(min(self._model.rowCount(), rows)))
        height = (tall + 16) if self._model.rowCount() else 54
        corner = field.mapTo(window, QPoint(0, field.height() + 4))
        wide = max(width or field.width(), 200)
        left = max(8, min(corner.x(), window.width() - wide - 8))
        below = window.height() - corner.y() - 8
        above = corner.y() - field.height() - 16
        if below < min(height, 160) and above > below:
            height = min(height, above)
            corner.setY(corner.y() - field.height() - 8 - height)
        else:
            height = min(height, max(below, 60))
        self.setGeometry(left, corner.y(), wide, height)
        self.raise_()
        self.show()

    def handle_key(self, event: QKeyEvent) -> bool:
        """Take a key of the field if it is ours (arrows, pages, Enter, Escape); say whether it was."""
        if not self.isVisible() or event.type() != QEvent.Type.KeyPress:
            return False
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        key = Qt.Key(event.key())
        if key in steps:
            self._step(self._view.currentIndex().row(), steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            found = self.current()
            if found is None:
                return False
            self.chosen.emit(found)
        elif key == Qt.Key.Key_Escape:
            self.hide()
        else:
            return False
        return True

    def _step(self, start: int, by: int) -> None:
        total, way = self._model.rowCount(), 1 if by > 0 else -1
        row = max(0, min(total - 1, start + by))
        while 0 <= row < total and not isinstance(self._model.item(row).data(_RESULT), Result):
            row += way
        if 0 <= row < total:
            self._view.setCurrentIndex(self._model.index(row, 0))
            if row == 1:
                self._view.scrollToTop()

    def _hover(self, index: QModelIndex) -> None:
        if isinstance(index.data(_RESULT), Result):
            self._view.setCurrentIndex(index)

    def _clicked(self, index: QModelIndex) -> None:
        found = index.data(_RESULT)
        if isinstance(found, Result):
            self.chosen.emit(found)
