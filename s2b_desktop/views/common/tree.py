"""Trees of categories: how their lines and branches look, and which line is chosen."""

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from s2b_desktop.text import count, tr
from s2b_desktop.views.common.icons import paint_icon
from s2b_desktop.views.common.language import Retranslated
from s2b_desktop.views.common.theme import color, interface_font

Index = QModelIndex | QPersistentModelIndex
FIGURE = int(Qt.ItemDataRole.UserRole)
"""The role of the number at the right edge; None: no number."""
GONE = FIGURE + 1
"""The role that says whether a line is struck out."""


class KeyedModel(QAbstractItemModel):
    """A tree whose lines have keys."""

    def key_at(self, index: Index) -> str:
        """The key of a line."""
        raise NotImplementedError


class _Painter(QStyledItemDelegate):
    """The name, and the figure in small at the right edge."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        painter.save()
        state = option.state
        if state & QStyle.StateFlag.State_Selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("selection" if state & QStyle.StateFlag.State_Selected else "hover"))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 5, 5)
        number, gone = index.data(FIGURE), bool(index.data(GONE))
        figure = "" if number is None else count(int(number))
        small, font = interface_font(12), interface_font(13)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(small)
        painter.setPen(color("muted"))
        painter.drawText(rect.adjusted(0, 0, -8, 0), middle | Qt.AlignmentFlag.AlignRight, figure)
        room = rect.width() - QFontMetrics(small).horizontalAdvance(figure) - 22
        font.setStrikeOut(gone)
        painter.setFont(font)
        painter.setPen(color("muted" if gone else "text"))
        said = QFontMetrics(font).elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room)
        painter.drawText(rect.adjusted(6, 0, 0, 0), middle, said)
        painter.restore()


class KeyedTree(Retranslated, QTreeView):
    """`chosen(key)` names the line that was picked by a person, not by the page."""

    chosen = Signal(str)

    def __init__(self, model: KeyedModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        model.setParent(self)
        self.setModel(model)
        self.setItemDelegate(_Painter(self))
        self.setHeaderHidden(True)
        self.setIndentation(16)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.selectionModel().currentChanged.connect(self._moved)
        self._quiet = False
        self.retranslate()

    def current_key(self) -> str:
        """The key of the current line."""
        return self._model.key_at(self.currentIndex())

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Only the chevron: the selection belongs to the name."""
        painter.fillRect(rect, color("surface"))
        if self._model.rowCount(index):
            name = "chevron-down" if self.isExpanded(index) else "chevron-right"
            paint_icon(painter, name, QRect(rect.right() - 14, rect.center().y() - 6, 13, 13), "muted")

    def retranslate(self) -> None:
        self.setAccessibleName(tr("Categories"))
        self._model.layoutChanged.emit()

    def _moved(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not self._quiet and current.isValid():
            self.chosen.emit(self._model.key_at(current))
