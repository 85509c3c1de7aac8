"""The grid of a table. It draws whole frames itself: a delegate called per cell costs too much."""

from collections.abc import Iterable
from typing import Generic, cast

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QToolTip, QWidget

from s2b_desktop.views.common.column import Column, R
from s2b_desktop.views.common.fitting import fitting
from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.pictures import paint_picture
from s2b_desktop.views.common.pill import paint_pill, paint_waiting
from s2b_desktop.views.common.table_header import PAD, TableHeader
from s2b_desktop.views.common.table_model import Index, PagedModel
from s2b_desktop.views.common.theme import color, interface_font
from s2b_desktop.views.common.tips import plain_tip

WAITING = 20
"""Px for the waiting marker beside a state or before a figure."""


def selected_ranges(picking: QItemSelectionModel) -> Iterable[QItemSelectionRange]:
    """The selected blocks (a selection is a QList, which the stubs do not say)."""
    return cast(Iterable[QItemSelectionRange], picking.selection())


class TableView(QTableView, Generic[R]):
    """Rows of one height, whole rows selected. `hovered` tells its frozen half which row is under the mouse."""

    hovered = Signal(int)
    resized = Signal()
    focused = Signal()
    copy_asked = Signal()
    paste_asked = Signal()
    enter_pressed = Signal(QModelIndex)

    def __init__(self, model: PagedModel[R], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paged = model
        self._hover = -1
        self._joined_left = self._joined_right = False
        self._by_cell = False
        self._font, self._small = interface_font(13), interface_font(12)
        self.setModel(model)
        self.header = TableHeader(self)
        self.setHorizontalHeader(self.header)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.set_row_height(38)

    def set_row_height(self, height: int) -> None:
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)
        self.verticalScrollBar().setSingleStep(height)

    def set_joined(self, *, left: bool = False, right: bool = False) -> None:
        """Say at which sides the other half of the table continues the rows."""
        self._joined_left, self._joined_right = left, right

    def set_by_cell(self, by_cell: bool) -> None:
        """Show which cell of the current row is meant by what is typed and pasted."""
        self._by_cell = by_cell

    def set_hover(self, row: int) -> None:
        if row != self._hover:
            self._repaint_row(self._hover)
            self._hover = row
            self._repaint_row(row)

    def _repaint_row(self, row: int) -> None:
        if row >= 0:
            tall = self.rowHeight(row)
            self.viewport().update(0, self.rowViewportPosition(row), self.viewport().width(), tall)

    def _shown_columns(self) -> list[tuple[int, int, int]]:
        """(logical, left, width) of the columns in sight."""
        header, right, shown = self.header, self.viewport().width(), []
        for visual in range(header.count()):
            logical = header.logicalIndex(visual)
            if header.isSectionHidden(logical):
                continue
            left, width = header.sectionViewportPosition(logical), header.sectionSize(logical)
            if left < right and left + width > 0:
                shown.append((logical, left, width))
        return shown

    def _selected_rows(self, first: int, last: int) -> set[int]:
        rows: set[int] = set()
        for part in selected_ranges(self.selectionModel()):
            rows.update(range(max(first, part.top()), min(last, part.bottom()) + 1))
        return rows

    def paintEvent(self, event: QPaintEvent) -> None:
        area, view = event.rect(), self.viewport()
        painter = QPainter(view)
        painter.fillRect(area, color("surface"))
        total = self._paged.rowCount()
        first = self.rowAt(max(0, area.top()))
        if total and first >= 0:
            last = self.rowAt(area.bottom())
            last = total - 1 if last < 0 else last
            self._paint_rows(painter, first, last)
        painter.end()

    def _paint_rows(self, painter: QPainter, first: int, last: int) -> None:
        columns = self._shown_columns()
        selected = self._selected_rows(first, last)
        top, tall, wide = self.rowViewportPosition(first), self.rowHeight(first), self.viewport().width()
        metrics = QFontMetrics(self._font)
        drop = (tall + metrics.ascent() - metrics.descent()) // 2
        surface, selection, hover, line = color("surface"), color("selection"), color("hover"), color("border")
        pen = QPen(color("text"))
        painter.setFont(self._font)
        painter.setPen(pen)
        final = self._paged.rowCount() - 1
        model, kinds = self._paged, self._paged.columns
        for row in range(first, last + 1):
            fill = selection if row in selected else hover if row == self._hover else surface
            painter.fillRect(0, top, wide, tall, fill)
            if row != final:
                painter.fillRect(0, top + tall - 1, wide, 1, line)
            texts, fitted = model.texts(row), model.fitted(row)
            for logical, left, width in columns:
                column = kinds[logical]
                if column.kind in ("state", "marker") or (
                    column.problem or column.mark or column.icon or column.waiting
                ):
                    self._paint_special(painter, column, row, QRect(left, top, width, tall), drop)
                    painter.setFont(self._font)
                    painter.setPen(pen)
                    continue
                room = width - 2 * PAD
                known, text, advance = fitted.get(logical, (-1, "", 0))
                if known != room:
                    text = fitting(metrics, texts[logical], room)
                    advance = metrics.horizontalAdvance(text)
                    fitted[logical] = (room, text, advance)
                side = column.side
                shift = 0 if side == "left" else room - advance if side == "right" else (room - advance) // 2
                painter.drawText(left + PAD + shift, top + drop, text)
            top += tall
        if self._joined_right:
            painter.fillRect(wide - 1, 0, 1, self.viewport().height(), line)
        self._paint_current(painter, first, last)

    def _paint_special(self, painter: QPainter, column: Column[R], row: int, cell: QRect, drop: int) -> None:
        data = self._paged.row(row)
        text = column.text(data)
        waiting = column.waiting is not None and column.waiting(data)
        middle, x, room = cell.center().y() + 1, cell.left() + PAD, cell.width() - 2 * PAD
        if column.kind == "marker":
            if text:
                paint_waiting(painter, x, middle)
            return
        if column.kind == "state":
            painter.setFont(self._small)
            tone = column.tone(data) if column.tone is not None else "neutral"
            if text:
                x = paint_pill(painter, x, middle, text, tone, room - (WAITING if waiting else 0)) + 6
            if waiting:
                paint_waiting(painter, x, middle)
            return
        if column.icon is not None:
            wide = self._paint_tile(painter, column.icon(data), cell, column.picture and column.picture(data))
            x, room = x + wide, room - wide
            painter.setPen(color("text"))
        wrong = column.problem is not None and bool(column.problem(data))
        if wrong:
            painter.fillRect(cell.adjusted(0, 0, -1, -1), color("bad-soft"))
            painter.setPen(color("bad"))
            mark = QRect(cell.right() - PAD - 13, middle - 7, 14, 14)
            if column.side == "right":
                mark.moveLeft(x)
            else:
                room -= 20
            paint_icon(painter, "alert-circle", mark, "bad")
        elif column.mark is not None and column.mark(data):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("accent"))
            corner = cell.topRight()
            painter.drawPolygon([corner - QPoint(8, 0), corner, corner + QPoint(0, 8)])
            painter.setPen(color("text"))
        if waiting:
            paint_waiting(painter, x, middle)
            painter.setPen(color("text"))
            x, room = x + WAITING, room - WAITING
        metrics = QFontMetrics(self._font)
        said = fitting(metrics, text, room)
        shift = room - metrics.horizontalAdvance(said) if column.side == "right" else 0
        painter.drawText(x + shift, cell.top() + drop, said)

    @staticmethod
    def _paint_tile(painter: QPainter, icon: str, cell: QRect, picture: QPixmap | None = None) -> int:
        """A picture, or an icon on a soft tile, at the left of a cell; answers the width taken."""
        side = min(28, cell.height() - 6)
        tile = QRect(cell.left() + PAD, cell.center().y() - side // 2, side, side)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("neutral-soft"))
        painter.drawRoundedRect(tile, 6, 6)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if picture is not None:
            paint_picture(painter, picture, tile)
        elif icon:
            paint_icon(painter, icon, tile.adjusted(6, 6, -6, -6), "muted")
        return side + 10

    def _paint_current(self, painter: QPainter, first: int, last: int) -> None:
        row = self.currentIndex().row()
        if not first <= row <= last or not self._is_focused():
            return
        box = QRectF(0, self.rowViewportPosition(row), self.viewport().width(), self.rowHeight(row) - 1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        left, right = (-8 if self._joined_left else 1), (8 if self._joined_right else -1)
        painter.drawRoundedRect(box.adjusted(left, 1, right, -1), 4, 4)
        column = self.currentIndex().column()
        if self._by_cell and not self.isColumnHidden(column):
            place, wide = self.header.sectionViewportPosition(column), self.header.sectionSize(column)
            tall = self.rowHeight(row) - 1
            painter.drawRect(QRectF(place, self.rowViewportPosition(row), wide, tall).adjusted(1, 1, -1, -1))

    def _is_focused(self) -> bool:
        proxy = self.focusProxy()
        return self.hasFocus() or (proxy is not None and proxy.hasFocus())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = self.rowAt(event.position().toPoint().y())
        self.set_hover(row)
        self.hovered.emit(row)
        super().mouseMoveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.set_hover(-1)
            self.hovered.emit(-1)
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(self.indexAt(event.pos())), self.viewport())
            return True
        return super().viewportEvent(event)

    def tip_at(self, index: Index) -> str:
        """What a pointer that rests on a cell is told: its text where that is cut, and what is wrong with it."""
        if not index.isValid():
            return ""
        column, text = self._paged.columns[index.column()], self._paged.texts(index.row())[index.column()]
        taken = 2 * PAD + (self.rowHeight(index.row()) if column.icon else 0)
        whole = QFontMetrics(self._font).horizontalAdvance(text) <= self.columnWidth(index.column()) - taken
        told = self._paged.data(index, Qt.ItemDataRole.ToolTipRole)
        return plain_tip("\n".join(part for part in ("" if whole else text, told) if part))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self._paged.rowCount():
            self.selectionModel().setCurrentIndex(self._paged.index(0, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        self.focused.emit()
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit()
        self.viewport().update()

    def moveCursor(self, action: QAbstractItemView.CursorAction, keys: Qt.KeyboardModifier) -> QModelIndex:
        """Qt goes nowhere from a hidden column, and the frozen one is hidden here."""
        current = self.currentIndex()
        if current.isValid() and self.isColumnHidden(current.column()):
            shown = [logical for logical in range(self.header.count()) if not self.isColumnHidden(logical)]
            if shown:
                beside = self._paged.index(current.row(), shown[0])
                self.selectionModel().setCurrentIndex(beside, QItemSelectionModel.SelectionFlag.NoUpdate)
        return super().moveCursor(action, keys)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_asked.emit()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste_asked.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentIndex().isValid() and self.state() != self.State.EditingState:
                self.enter_pressed.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self._repaint_row(previous.row())
        self._repaint_row(current.row())
