"""An item model over any number of rows: it holds ids, and pages of frozen rows while they are looked at."""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Generic

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from s2b_desktop.text import listed, tr
from s2b_desktop.views.common.column import Column, R, RowId
from s2b_desktop.views.common.language import words

PAGE = 256
_KEPT = 64

_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_EDIT = int(Qt.ItemDataRole.EditRole)
_ALIGN = int(Qt.ItemDataRole.TextAlignmentRole)
_TIP = int(Qt.ItemDataRole.ToolTipRole)
_SPOKEN = int(Qt.ItemDataRole.AccessibleTextRole)
_ID = int(Qt.ItemDataRole.UserRole)
_SIDES = {
    "left": int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
    "right": int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
    "center": int(Qt.AlignmentFlag.AlignCenter),
}
Index = QModelIndex | QPersistentModelIndex
Fetch = Callable[[Sequence[RowId]], Sequence[R]]
Fitted = dict[int, tuple[int, str, int]]
"""By column: the room there was, the text that fits into it, and its width."""


class _Page(Generic[R]):
    __slots__ = ("fitted", "rows", "texts")

    def __init__(self, rows: Sequence[R]) -> None:
        self.rows = rows
        self.texts: list[tuple[str, ...] | None] = [None] * len(rows)
        self.fitted: list[Fitted | None] = [None] * len(rows)


class PagedModel(QAbstractTableModel, Generic[R]):
    """Rows in the order of their ids. `fetch(ids)` answers the rows of one page in that order, in a few ms.

    Each page of 256 is fetched once while it is kept; its strings are made once per row.
    """

    def __init__(self, columns: Sequence[Column[R]], fetch: Fetch[R]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self._fetch = fetch
        self._ids: Sequence[RowId] = array("q")
        self._pages: OrderedDict[int, _Page[R]] = OrderedDict()
        self._aligned = [_SIDES[column.side] for column in columns]

    def set_ids(self, ids: Sequence[RowId]) -> None:
        """Show these rows in this order (an `array("q")` is kept as it is)."""
        self.beginResetModel()
        self._ids = ids
        self._pages.clear()
        self.endResetModel()

    def ids(self) -> Sequence[RowId]:
        return self._ids

    def id_at(self, row: int) -> RowId:
        return self._ids[row]

    def row_of(self, row_id: RowId) -> int:
        """The place of a row, or -1."""
        try:
            return self._ids.index(row_id)
        except (ValueError, TypeError):
            return -1

    def refresh(self) -> None:
        """The rows changed, their order did not: fetch them again when they are looked at."""
        self._pages.clear()
        if self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(self.columns) - 1))

    def retranslate(self) -> None:
        self.refresh()
        if self.columns:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)

    def row(self, row: int) -> R:
        """The frozen row shown at `row`."""
        return self._page(row).rows[row & 255]

    def texts(self, row: int) -> tuple[str, ...]:
        """Every column's words for `row`."""
        page = self._page(row)
        said = page.texts[row & 255]
        if said is None:
            data = page.rows[row & 255]
            said = page.texts[row & 255] = tuple([column.text(data) for column in self.columns])
        return said

    def fitted(self, row: int) -> Fitted:
        """Where the view keeps the texts of `row` as they were last made to fit."""
        page = self._page(row)
        kept = page.fitted[row & 255]
        if kept is None:
            kept = page.fitted[row & 255] = {}
        return kept

    def _page(self, row: int) -> _Page[R]:
        number = row >> 8
        page = self._pages.get(number)
        if page is None:
            start = number * PAGE
            rows = self._fetch(self._ids[start : start + PAGE])
            page = self._pages[number] = _Page(rows)
            if len(self._pages) > _KEPT:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if role == _EDIT and index.isValid() and (typing := self.columns[index.column()].typing) is not None:
            return typing(self.row(index.row()))
        if role in (_DISPLAY, _EDIT):
            return self.texts(index.row())[index.column()] if index.isValid() else None
        if role == _ALIGN:
            return self._aligned[index.column()] if index.isValid() else None
        if role in (_TIP, _SPOKEN, _ID):
            return self._rarer(index, role) if index.isValid() else None
        return None

    def _rarer(self, index: Index, role: int) -> Any:
        row, column = index.row(), self.columns[index.column()]
        if role == _ID:
            return self._ids[row]
        data, said = self.row(row), [self.texts(row)[index.column()]]
        if column.waiting is not None and column.waiting(data):
            said.append(tr("Waiting to sync"))
        wrong = column.problem(data) if column.problem is not None else ""
        marked = column.mark(data) if column.mark is not None else ""
        said += [words for words in (wrong, marked) if words]
        if role == _TIP:
            return ("\n".join(said[1:]) if not column.waiting else listed(said[1:])) or None
        return listed(said)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == _DISPLAY:
            return words(self.columns[section].title)
        return self._aligned[section] if role == _ALIGN else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        if index.isValid() and self.columns[index.column()].edit is not None:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags if index.isValid() else Qt.ItemFlag.NoItemFlags

    def setData(self, index: Index, value: Any, role: int = _EDIT) -> bool:
        edit = self.columns[index.column()].edit if index.isValid() else None
        if role != _EDIT or edit is None:
            return False
        row = index.row()
        edit(self._ids[row], str(value))
        self._pages.pop(row >> 8, None)
        last = len(self.columns) - 1
        self.dataChanged.emit(self.index(row, 0), self.index(row, last))
        return True
