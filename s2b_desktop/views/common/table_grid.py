"""The rows of a table in two halves, so that the first column stays in sight, and the widths of its columns."""

from collections.abc import Mapping
from typing import Any, Generic

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QScrollBar, QVBoxLayout, QWidget

from s2b_desktop.views.common.column import Column, R
from s2b_desktop.views.common.language import words
from s2b_desktop.views.common.pill import pill_width
from s2b_desktop.views.common.table_footer import TableFooter
from s2b_desktop.views.common.table_header import MARK, PAD
from s2b_desktop.views.common.table_model import PagedModel
from s2b_desktop.views.common.table_view import WAITING, TableView
from s2b_desktop.views.common.theme import interface_font

_NARROWEST = 150
"""To how many px a stretched column may shrink before others go."""


class TableGrid(QWidget, Generic[R]):
    """`view` has the focus and the selection; `frozen` shows the first column while not all columns fit.

    One column, the stretched one, takes what room is left. Where there is too little, the columns of the
    highest rank go first, unless the person asked for them; the stretched one is narrowed only while that
    keeps all others in sight.
    """

    columns_changed = Signal()
    """The person moved or resized a column."""

    def __init__(self, model: PagedModel[R], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.view = TableView(model)
        self.frozen = TableView(model)
        self.frozen.setSelectionModel(self.view.selectionModel())
        self.footer = TableFooter(self.view)
        self._sideways = QScrollBar(Qt.Orientation.Horizontal)
        self._sideways.hide()
        self._natural = [least_width(column) for column in model.columns]
        self._chosen: dict[int, int] = {}
        self._kept: set[int] = set()
        self._yielded: set[int] = set()
        self._hidden = [column.hidden for column in model.columns]
        self._stretched = self._stretched_column()
        self._fitting = False
        self._join()
        halves = QHBoxLayout()
        halves.setContentsMargins(0, 0, 0, 0)
        halves.setSpacing(0)
        halves.addWidget(self.frozen)
        halves.addWidget(self.view, 1)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        inside.addLayout(halves, 1)
        inside.addWidget(self._sideways)
        inside.addWidget(self.footer)
        self.fit()

    def is_hidden(self, section: int) -> bool:
        return self._hidden[section]

    def is_in_sight(self, section: int) -> bool:
        """Whether a column is shown and there is room for it."""
        return not self._hidden[section] and section not in self._yielded

    def retranslate(self) -> None:
        """Other words need other widths."""
        self._natural = [least_width(column) for column in self._model.columns]
        self.fit()

    def set_hidden(self, section: int, hidden: bool) -> None:
        """Hide or show a column; the first is always shown, and one that is asked for keeps its place."""
        self._hidden[section] = hidden and section > 0
        (self._kept.discard if hidden else self._kept.add)(section)
        self.fit()

    def shown(self) -> list[int]:
        """The shown columns from left to right."""
        header = self.view.header
        places = (header.logicalIndex(visual) for visual in range(header.count()))
        return [section for section in places if not self._hidden[section]]

    def set_row_height(self, height: int) -> None:
        for half in (self.view, self.frozen):
            half.set_row_height(height)

    def set_sort(self, section: int, descending: bool) -> None:
        for half in (self.view, self.frozen):
            half.header.set_sort(section, descending)

    def update_rows(self) -> None:
        self.view.viewport().update()
        self.frozen.viewport().update()

    def state(self) -> dict[str, Any]:
        """Order, the widths that were chosen, and hidden columns by key."""
        header, columns = self.view.header, self._model.columns
        return {
            "order": [columns[header.logicalIndex(place)].key for place in range(header.count())],
            "widths": {columns[section].key: width for section, width in sorted(self._chosen.items())},
            "hidden": [column.key for column, hidden in zip(columns, self._hidden, strict=True) if hidden],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a `state`; columns it does not know stay as they are."""
        header, keys = self.view.header, [column.key for column in self._model.columns]
        for place, key in enumerate(key for key in state.get("order", ()) if key in keys):
            header.moveSection(header.visualIndex(keys.index(key)), place)
        for key, width in state.get("widths", {}).items():
            if key in keys:
                self._chosen[keys.index(key)] = int(width)
        if "hidden" in state:
            self._hidden = [at > 0 and key in state["hidden"] for at, key in enumerate(keys)]
        self.fit()

    def fit(self) -> None:
        """Give the stretched column what is left, and freeze the first one when there is too little room."""
        shown = [section for section, hidden in enumerate(self._hidden) if not hidden]
        if not shown or self._fitting:
            return
        self._fitting = True
        room = self.width() - 2 - (self.view.width() - self.view.viewport().width())
        widths = [self._chosen.get(section, width) for section, width in enumerate(self._natural)]
        full = widths[self._stretched]
        if self._stretched not in self._chosen:
            widths[self._stretched] = min(full, max(_NARROWEST, full * 7 // 10))
        self._yielded = self._yielding(shown, widths, room)
        wanted = sum(widths[section] for section in shown if section not in self._yielded)
        if wanted > room:  # it goes sideways in any case
            widths[self._stretched] = full
        if (taker := self._taker(shown)) is not None:
            widths[taker] += max(0, room - wanted)
        freeze = wanted > room and len(shown) - len(self._yielded) > 2
        for section in range(len(self._hidden)):
            gone = not self.is_in_sight(section)
            self.view.setColumnHidden(section, gone or (freeze and section == 0))
            self.frozen.setColumnHidden(section, not (freeze and section == 0))
            for half in (self.view, self.frozen):
                if not gone:
                    half.setColumnWidth(section, widths[section])
        self.frozen.setFixedWidth(widths[0])
        self.frozen.setVisible(freeze)
        self.frozen.set_joined(right=True)
        self.view.set_joined(left=freeze)
        self._fitting = False
        self.footer.update()

    def _taker(self, shown: list[int]) -> int | None:
        """Which column takes the room that is left: the stretched one, or the first where that has gone itself."""
        if self._stretched in self._yielded:
            return shown[0]
        return None if self._hidden[self._stretched] else self._stretched

    def _yielding(self, shown: list[int], widths: list[int], room: int) -> set[int]:
        """The columns for which there is no room, the highest rank first."""
        columns, gone = self._model.columns, set[int]()
        wanted = sum(widths[section] for section in shown)
        for section in sorted(shown, key=lambda at: (-columns[at].rank, -at)):
            if wanted <= room or columns[section].rank == 0 or room <= 0:
                break
            if section not in self._kept:
                gone.add(section)
                wanted -= widths[section]
        return gone

    def _stretched_column(self) -> int:
        columns = self._model.columns
        for section, column in enumerate(columns):
            if column.stretch:
                return section
        texts = [section for section, column in enumerate(columns) if column.kind == "text"]
        return max(texts or range(len(columns)), key=lambda section: columns[section].width, default=0)

    def _join(self) -> None:
        view, frozen = self.view, self.frozen
        off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        frozen.setVerticalScrollBarPolicy(off)
        frozen.setFocusProxy(view)
        frozen.header.setSectionsMovable(False)
        view.header.setFirstSectionMovable(False)
        view.header.sectionMoved.connect(lambda: self.columns_changed.emit())
        for half in (view, frozen):
            half.setHorizontalScrollBarPolicy(off)  # one bar under both, so that they stay equally tall
            half.header.sectionResized.connect(self._resized)
        inner, outer = view.horizontalScrollBar(), self._sideways
        inner.rangeChanged.connect(self._scroll_range)
        inner.valueChanged.connect(outer.setValue)
        inner.valueChanged.connect(lambda: self.footer.update())
        outer.valueChanged.connect(inner.setValue)
        view.verticalScrollBar().valueChanged.connect(frozen.verticalScrollBar().setValue)
        frozen.verticalScrollBar().valueChanged.connect(view.verticalScrollBar().setValue)
        view.hovered.connect(frozen.set_hover)
        frozen.hovered.connect(view.set_hover)
        view.focused.connect(lambda: frozen.viewport().update())
        view.resized.connect(self.fit)

    def _scroll_range(self, lowest: int, highest: int) -> None:
        self._sideways.setRange(lowest, highest)
        self._sideways.setPageStep(self.view.horizontalScrollBar().pageStep())
        self._sideways.setSingleStep(24)
        self._sideways.setVisible(highest > lowest)

    def _resized(self, section: int, _old: int, new: int) -> None:
        if self._fitting or new == 0:
            return
        self._chosen[section] = new
        self.columns_changed.emit()
        QTimer.singleShot(0, self, self.fit)


def least_width(column: Column[R]) -> int:
    """Px in which the title (with its sign of sorting) and the words that must fit are read in full."""
    title = QFontMetrics(interface_font(12, QFont.Weight.DemiBold)).horizontalAdvance(words(column.title))
    needed = [column.width, title + 2 * PAD + (MARK if column.sort_key else 0) + 1]
    beside = WAITING if column.waiting is not None else 0
    body = QFontMetrics(interface_font(13))
    for said in column.fits() if column.fits is not None else ():
        wide = pill_width(said) if column.kind == "state" else body.horizontalAdvance(said)
        needed.append(wide + beside + 2 * PAD + 1)
    return max(needed)
