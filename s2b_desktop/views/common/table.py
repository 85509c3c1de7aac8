"""The data table: toolbar, grid with frozen first column, footer with totals, empty state."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Generic

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QStackedLayout, QVBoxLayout, QWidget

from s2b_desktop.text import count, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.column import Column, R, RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.language import Retranslated, Text, words
from s2b_desktop.views.common.menus import drop
from s2b_desktop.views.common.palette import SearchField
from s2b_desktop.views.common.table_grid import TableGrid
from s2b_desktop.views.common.table_model import Fetch, PagedModel
from s2b_desktop.views.common.table_view import selected_ranges
from s2b_desktop.views.common.tsv import from_tsv, to_tsv

ROW_HEIGHT = {"comfortable": 38, "compact": 30}
COPY_LIMIT = 20_000


class DataTable(Retranslated, QWidget, Generic[R]):
    """Shows rows by id; every signal speaks of row ids.

    The owner sorts and searches: on `sort_requested(sort_key, descending)` and `search_changed(text)` it
    calls `set_ids` again. `restore_layout` takes back what `layout_changed` gave.
    """

    activated = Signal(object)
    current_changed = Signal(object)
    selection_changed = Signal(list)
    sort_requested = Signal(str, bool)
    search_changed = Signal(str)
    pasted = Signal(list)
    copied = Signal(int)
    copy_refused = Signal(int)
    export_requested = Signal()
    layout_changed = Signal(dict)

    def __init__(
        self,
        columns: Sequence[Column[R]],
        fetch: Fetch[R],
        *,
        name: Text = "Table",
        search: Text = "",
        exportable: bool = False,
        toolbar: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self.model = PagedModel(columns, fetch)
        self.model.setParent(self)
        self._totals: dict[str, str] = {}
        self._sort: tuple[str, bool] | None = None
        self._grid = TableGrid(self.model)
        self.view = self._grid.view
        self._connect()

        self.toolbar = QHBoxLayout()
        self.toolbar.setSpacing(8)
        self.search_field = SearchField(search or "Search", "Ctrl+F")
        self.search_field.setMaximumWidth(420)
        if not search:
            self.search_field.hide()
        self.toolbar.addWidget(self.search_field, 6)
        self.toolbar.addStretch(1)
        self._columns_button = Button("", self._choose_columns, icon="columns", tip="Columns and sorting")
        self._export_button = Button(
            "", self.export_requested.emit, icon="download", tip="Export to Excel", shortcut="Ctrl+E"
        )
        if not exportable:
            self._export_button.hide()
        self.toolbar.addWidget(self._columns_button)
        self.toolbar.addWidget(self._export_button)
        self._search_wait = QTimer(self, singleShot=True, interval=120)
        self._search_wait.timeout.connect(lambda: self.search_changed.emit(self.search_field.text().strip()))
        self.search_field.textChanged.connect(lambda: self._search_wait.start())
        self._layout_wait = QTimer(self, singleShot=True, interval=400)
        self._layout_wait.timeout.connect(lambda: self.layout_changed.emit(self.layout_state()))

        frame = QFrame()
        frame.setProperty("surface", "card")
        self._stack = QStackedLayout(frame)
        self._stack.addWidget(self._grid)
        self._empty: QWidget = EmptyState("inbox", "Nothing here yet")
        self._stack.addWidget(self._empty)

        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self._bar = QWidget()
        self._bar.setLayout(self.toolbar)
        self.toolbar.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._bar)
        self._bar.setVisible(toolbar)
        column.addWidget(frame, 1)
        self.setFocusProxy(self.view)
        self.set_ids(self.model.ids())
        self.retranslate()

    # rows

    def set_ids(self, ids: Sequence[RowId]) -> None:
        """Show these rows; the current row, the selection and the place on screen stay where they can."""
        current, chosen = self.current_id(), set(self.selected_ids()) if self._few_selected() else set()
        place = self.view.verticalScrollBar().value()
        self.model.set_ids(ids)
        picks = QItemSelection()
        last = len(self.model.columns) - 1
        for row_id in chosen:
            row = self.model.row_of(row_id)
            if row >= 0:
                picks.select(self.model.index(row, 0), self.model.index(row, last))
        picking = self.view.selectionModel()
        picking.select(picks, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        row = -1 if current is None else self.model.row_of(current)
        if row >= 0:
            picking.setCurrentIndex(self.model.index(row, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        elif current is not None:
            self.current_changed.emit(None)
        self.view.verticalScrollBar().setValue(place)
        self._stack.setCurrentIndex(0 if len(ids) else 1)
        self._tell_footer()

    def refresh(self) -> None:
        """The rows changed but not their order."""
        self.model.refresh()
        self._grid.update_rows()

    def set_totals(self, totals: Mapping[str, str]) -> None:
        """Words under columns by column key; an empty mapping takes them away."""
        self._totals = dict(totals)
        self._tell_footer()

    def set_empty(self, empty: QWidget) -> None:
        """What is shown instead of no rows, usually an EmptyState."""
        shown = self._stack.currentIndex()
        self._stack.removeWidget(self._empty)
        self._empty.deleteLater()
        self._empty = empty
        self._stack.addWidget(empty)
        self._stack.setCurrentIndex(shown)

    def current_id(self) -> RowId | None:
        row = self.view.currentIndex().row()
        return self.model.id_at(row) if row >= 0 else None

    def select(self, row_id: RowId) -> bool:
        """Make a row current and selected and bring it into sight; False if it is not shown."""
        row = self.model.row_of(row_id)
        if row < 0:
            return False
        index = self.model.index(row, 0)
        flags = QItemSelectionModel.SelectionFlag
        self.view.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.view.scrollTo(index)
        return True

    def set_by_cell(self) -> None:
        """For tables that are edited like a spreadsheet: show the current cell, and go sideways with the arrows."""
        for half in (self._grid.view, self._grid.frozen):
            half.set_by_cell(True)

    def current_column(self) -> str:
        """The key of the column of the current cell; "" if there is none."""
        at = self.view.currentIndex().column()
        return self.model.columns[at].key if at >= 0 else ""

    def make_current(self, row_id: RowId, key: str) -> None:
        """Make a cell current without changing the selection."""
        row, keys = self.model.row_of(row_id), [column.key for column in self.model.columns]
        if row >= 0 and key in keys:
            index = self.model.index(row, keys.index(key))
            self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def shown_columns(self) -> list[str]:
        """The keys of the shown columns from left to right."""
        return [self.model.columns[at].key for at in self._grid.shown()]

    def selected_ids(self) -> list[RowId]:
        """Ids of the selected rows in the order shown."""
        return [self.model.id_at(row) for row in self._selected_rows()]

    def _selected_rows(self) -> list[int]:
        rows: set[int] = set()
        for part in selected_ranges(self.view.selectionModel()):
            rows.update(range(part.top(), part.bottom() + 1))
        return sorted(rows)

    def _selected_count(self) -> int:
        return sum(part.height() for part in selected_ranges(self.view.selectionModel()))

    def _few_selected(self) -> bool:
        return self._selected_count() <= 1000

    # look

    def set_density(self, density: str) -> None:
        """ "comfortable" (38 px rows) or "compact" (30 px)."""
        self._grid.set_row_height(ROW_HEIGHT[density])

    def set_sort(self, sort_key: str, descending: bool) -> None:
        """Show by which column the rows are sorted now; does not ask for anything."""
        self._sort = (sort_key, descending)
        for section, column in enumerate(self.model.columns):
            if column.sort_key == sort_key:
                self._grid.set_sort(section, descending)

    def layout_state(self) -> dict[str, Any]:
        """Order, widths and hidden columns by key, and the sort: plain values for a settings file."""
        return {**self._grid.state(), "sort": list(self._sort) if self._sort else None}

    def restore_layout(self, state: Mapping[str, Any]) -> None:
        """Take back a saved layout; columns it does not know stay as they are."""
        self._grid.restore(state)
        sort = state.get("sort")
        if sort:
            self.set_sort(str(sort[0]), bool(sort[1]))

    def retranslate(self) -> None:
        name = words(self._name)
        self.setAccessibleName(name)
        self.view.setAccessibleName(name)
        self.model.retranslate()
        self._grid.retranslate()
        self._tell_footer()

    # inside

    def _connect(self) -> None:
        view = self.view
        for half in (view, self._grid.frozen):
            half.header.sectionClicked.connect(self._header_clicked)
            half.doubleClicked.connect(self._activate)
        self._grid.columns_changed.connect(lambda: self._layout_wait.start())
        view.enter_pressed.connect(self._activate)
        view.copy_asked.connect(self.copy)
        view.paste_asked.connect(self.paste)
        picking = view.selectionModel()
        picking.currentRowChanged.connect(self._current_moved)
        picking.selectionChanged.connect(self._selection_moved)

    def _is_hidden(self, section: int) -> bool:
        return self._grid.is_hidden(section)

    def _header_clicked(self, section: int) -> None:
        key = self.model.columns[section].sort_key
        if not key:
            return
        descending = self._sort == (key, False)
        self.set_sort(key, descending)
        self._layout_wait.start()
        self.sort_requested.emit(key, descending)

    def _choose_columns(self) -> None:
        menu = self.columns_menu()
        drop(menu, self._columns_button)

    def columns_menu(self) -> QMenu:
        """The columns, checked where shown (the first always is), and below them what to sort by."""
        menu = QMenu(self)
        for at, column in enumerate(self.model.columns):
            action = QAction(words(column.title), menu, checkable=True, checked=self._grid.is_in_sight(at))
            action.setEnabled(at > 0)
            action.toggled.connect(lambda on, at=at: self.show_column(self.model.columns[at].key, on))
            menu.addAction(action)
        sortable = [at for at, column in enumerate(self.model.columns) if column.sort_key]
        if sortable:
            menu.addSeparator()
        for at in sortable:
            title = words(self.model.columns[at].title)
            menu.addAction(tr("Sort by {column}", column=title), partial(self._header_clicked, at))
        return menu

    def show_column(self, key: str, shown: bool) -> None:
        keys = [column.key for column in self.model.columns]
        self._grid.set_hidden(keys.index(key), not shown)
        self._layout_wait.start()

    def _tell_footer(self) -> None:
        total, chosen = len(self.model.ids()), self._selected_count()
        said = tr("{n} rows", n=total)
        if chosen > 1:
            said = tr("{n} of {total} selected", n=chosen, total=count(total))
        keys = {column.key: at for at, column in enumerate(self.model.columns)}
        self._grid.footer.tell(said, {keys[key]: text for key, text in self._totals.items() if key in keys})

    def _activate(self, index: QModelIndex) -> None:
        if self.model.columns[index.column()].edit is None:
            self.activated.emit(self.model.id_at(index.row()))

    def _current_moved(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self._grid.update_rows()
        if current.isValid():
            self.current_changed.emit(self.model.id_at(current.row()))

    def _selection_moved(self) -> None:
        self._tell_footer()
        self._grid.update_rows()
        self.selection_changed.emit(self.selected_ids() if self._few_selected() else [])

    # clipboard

    def copy(self) -> None:
        """Put the selected rows' shown columns on the clipboard as tab-separated text."""
        if self._selected_count() > COPY_LIMIT:
            self.copy_refused.emit(self._selected_count())
            return
        shown = self._grid.shown()
        rows = self._selected_rows()
        text = to_tsv([self.model.texts(row)[at] for at in shown] for row in rows)
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(len(rows))

    def paste(self) -> None:
        """Hand rows of cells from the clipboard to `pasted`."""
        rows: Iterable[list[str]] = from_tsv(QGuiApplication.clipboard().text())
        if rows:
            self.pasted.emit(rows)
