"""The rows of a table in two halves, so that the first column stays in sight, and the widths of its columns."""

from collections.abc import Mapping
from typing import Any, Generic

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollBar, QVBoxLayout, QWidget

from s2b_desktop.views.common.column import R
from s2b_desktop.views.common.table_footer import TableFooter
from s2b_desktop.views.common.table_model import PagedModel
from s2b_desktop.views.common.table_view import TableView


class TableGrid(QWidget, Generic[R]):
    """`view` has the focus and the selection; `frozen` shows the first column while not all columns fit.

    One column, the stretched one, takes what room is left.
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
        self._widths = [column.width for column in model.columns]
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

    def set_hidden(self, section: int, hidden: bool) -> None:
        """Hide or show a column; the first is always shown."""
        self._hidden[section] = hidden and section > 0
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
        """Order, widths and hidden columns by key."""
        header, columns = self.view.header, self._model.columns
        return {
            "order": [columns[header.logicalIndex(place)].key for place in range(header.count())],
            "widths": {column.key: width for column, width in zip(columns, self._widths, strict=True)},
            "hidden": [column.key for column, hidden in zip(columns, self._hidden, strict=True) if hidden],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a `state`; columns it does not know stay as they are."""
        header, keys = self.view.header, [column.key for column in self._model.columns]
        for place, key in enumerate(key for key in state.get("order", ()) if key in keys):
            header.moveSection(header.visualIndex(keys.index(key)), place)
        for key, width in state.get("widths", {}).items():
            if key in keys:
                self._widths[keys.index(key)] = int(width)
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
        wanted = sum(self._widths[section] for section in shown)
        freeze = wanted > room and len(shown) > 2
        for section, hidden in enumerate(self._hidden):
            extra = max(0, room - wanted) if section == self._stretched else 0
            self.view.setColumnHidden(section, hidden or (freeze and section == 0))
            self.frozen.setColumnHidden(section, not (freeze and section == 0))
            for half in (self.view, self.frozen):
                if not hidden:
                    half.setColumnWidth(section, self._widths[section] + extra)
        self.frozen.setFixedWidth(self._widths[0])
        self.frozen.setVisible(freeze)
        self.frozen.set_joined(right=True)
        self.view.set_joined(left=freeze)
        self._fitting = False
        self.footer.update()

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
        self._widths[section] = new
        self.columns_changed.emit()
        QTimer.singleShot(0, self, self.fit)
