"""The grid of a dry run: errors in the cell, cleaned cells marked, edited like a spreadsheet, undone and redone."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.imports.lines import Cell, Kind, Step
from s2b_desktop.views.imports.replace import ReplaceBar
from s2b_desktop.views.imports.rows import Preview, PreviewRow, column_title, on_one_line
from s2b_domain.intake.illustrations import is_pictures
from s2b_domain.intake.mapping import ColumnMap

KINDS: dict[Kind, tuple[str, Tone]] = {
    Kind.NEW: ("Added", "accent"),
    Kind.CHANGED: ("Updated", "warn"),
    Kind.UNCHANGED: ("Unchanged", "neutral"),
    Kind.WRONG: ("Wrong", "bad"),
    Kind.SKIPPED: ("Left out", "neutral"),
}
Run = Callable[..., Any]
"""`Desk.run`: work on a thread of its own."""
AT_ONCE = 200
"""Cells that are checked while one waits; more are checked in the background."""
_RIGHT = frozenset(
    {"supply_price", "dropship_price", "retail_price", "stock_qty", "min_qty", "order_step", "weight_g", "tax_rate_bp"}
)
_WIDTHS = {
    "title": 240,
    "sku_code": 130,
    "barcodes": 140,
    "category": 140,
    "description": 180,
    "image_urls": 160,
    "tiers": 170,
    "packages": 200,
}


class DryRunGrid(QWidget):
    """`began` when a large edit is being prepared, `edited` after cells were changed; `report` asks to save the wrong
    rows."""

    began = Signal()
    edited = Signal()
    report = Signal()

    def __init__(
        self,
        preview: Preview,
        run: Run,
        *,
        locked: Collection[str] = (),
        extra: Sequence[Column[PreviewRow]] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._locked = frozenset(locked)
        self.preview, self._run = preview, run
        self._kind: Kind | None = None
        self._work: Any = None
        self._later: list[Mapping[Cell, str]] = []
        columns: list[Column[PreviewRow]] = [
            Column("number", "Row", lambda r: str(r.number), 64, kind="number"),
            Column(
                "kind",
                "Result",
                lambda r: tr(KINDS[r.kind][0]),
                92,
                kind="state",
                tone=lambda r: KINDS[r.kind][1],
                fits=lambda: [tr(name) for name, _tone in KINDS.values()],
            ),
        ]
        columns += [self._column(place, column) for place, column in enumerate(preview.columns)]
        if preview.makes_codes:
            extra = (*extra, Column("code", "SKU code", lambda r: r.code, 130))
        columns[2:2] = extra
        plan = preview.plan
        if plan.wrong or plan.warnings or plan.changed:
            columns.insert(2 + len(extra), Column("notes", "What to know", lambda r: r.notes, 300, problem=None))
        self.table: DataTable[PreviewRow] = DataTable(
            columns, self._rows, name="Rows of the sheet", search="Find in code, name or wrong cells"
        )
        self.table.set_density("compact")
        self.table.set_by_cell()
        self.table.set_empty(EmptyState("check-circle", "No rows of this kind"))
        self.table.search_changed.connect(lambda _text: self.load())
        self.table.pasted.connect(self.paste)
        self.undo_button = Button("", self.undo, icon="undo", shortcut="Ctrl+Z", tip="Undo")
        self.redo_button = Button("", self.redo, icon="redo", shortcut="Ctrl+Y", tip="Redo")
        self.fill_button = Button("Fill down", self.fill_down, shortcut="Ctrl+D")
        self.replace_button = Button("Replace…", self.start_replacing, shortcut="Ctrl+H")
        self.save = Button("Save the wrong rows", self.report.emit, icon="download")
        at = self.table.toolbar.count() - 2
        parts = (self.undo_button, self.redo_button, self.fill_button, self.replace_button, self.save)
        for place, button in enumerate(parts):
            self.table.toolbar.insertWidget(at + place, button)
        self.bar = ReplaceBar([partial(column_title, column) for column in preview.columns])
        self.bar.hide()
        self.bar.asked.connect(self.replace_all)
        self.bar.closed.connect(self.table.setFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.bar)
        column.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        self.tell()

    def _column(self, place: int, column: ColumnMap) -> Column[PreviewRow]:
        return Column(
            f"{column.field}:{column.column}",
            partial(column_title, column),
            lambda r: on_one_line(column, r.cells[place]),
            _WIDTHS.get(column.field, 104),
            kind="money" if column.field in _RIGHT else "text",
            problem=lambda r: r.problems[place],
            mark=lambda r: r.traces[place] if r.traces else "",
            edit=None if column.field in self._locked or is_pictures(column) else partial(self._typed, place),
            typing=lambda r: r.texts[place],
        )

    def _rows(self, keys: Sequence[RowId]) -> list[PreviewRow]:
        return self.preview.rows([int(key) for key in keys])

    def look_at(self, kind: Kind | None) -> None:
        """Show the lines of one kind, or all."""
        self._kind = kind
        self.load()

    def load(self) -> None:
        """Show what the kind and the search field ask for."""
        self.table.set_ids(self.preview.keys(self._kind, self.table.search_field.text()))

    def tell(self) -> None:
        """What may be done now."""
        free = self._work is None
        self.undo_button.setEnabled(self.preview.run.undoable and free)
        self.redo_button.setEnabled(self.preview.run.redoable and free)
        for button in (self.fill_button, self.replace_button):
            button.setEnabled(free)
        self.save.setVisible(self.preview.count(Kind.WRONG) > 0)

    # edits

    def _typed(self, place: int, key: RowId, text: str) -> None:
        if text != self.preview.text_at(int(key), place):
            self.put({(int(key), self.preview.columns[place].column): text})

    def put(self, texts: Mapping[Cell, str]) -> None:
        """Edit cells, at once or, if they are many, in the background; what comes meanwhile follows."""
        columns = {c.column for c in self.preview.columns if c.field not in self._locked}
        texts = {cell: text for cell, text in texts.items() if cell[1] in columns}
        if not texts:
            return
        if self._work is not None:
            self._later.append(texts)
            return
        if len(texts) <= AT_ONCE:
            self._show_step(self.preview.run.edit(texts))
            return
        prepare = self.preview.run.prepare
        self._work = self._run(lambda _progress: prepare(texts), done=self._take, failed=self._failed)
        self._begun()

    def working(self) -> bool:
        """Whether a large edit is being prepared."""
        return self._work is not None

    def _begun(self) -> None:
        self.tell()
        self.began.emit()

    def _failed(self, error: Exception) -> None:
        self._work, self._later = None, []
        self.tell()
        self.edited.emit()
        raise error

    def _take(self, step: Step) -> None:
        self._show_step(self.preview.run.apply(step))

    def _show_step(self, lines: int) -> None:
        self._work = None
        if self.bar.isVisible():
            self.bar.told.set_words(lambda: tr("{n} rows changed", n=lines))
        self.table.refresh()
        self.tell()
        self.edited.emit()
        if self._later:
            self.put(self._later.pop(0))

    def undo(self) -> None:
        """Take the last edit back."""
        self._go_to(self.preview.run.undo())

    def redo(self) -> None:
        """Do it again."""
        self._go_to(self.preview.run.redo())

    def _go_to(self, keys: Sequence[int]) -> None:
        if keys:
            self.table.refresh()
            self.table.select(keys[0])
            self.tell()
            self.edited.emit()

    def place(self) -> int:
        """The place of the current column among those of the sheet; -1 for none."""
        key = self.table.current_column()
        places = {f"{c.field}:{c.column}": at for at, c in enumerate(self.preview.columns)}
        return places.get(key, -1)

    def fill_down(self) -> None:
        """Give the chosen rows what stands in the current column of the first of them, or of the row above."""
        place, keys = self.place(), [int(key) for key in self.table.selected_ids()]
        if place < 0 or not keys:
            return
        if len(keys) == 1:
            row = self.table.model.row_of(keys[0])
            if row == 0:
                return
            keys.insert(0, int(self.table.model.id_at(row - 1)))
        column = self.preview.columns[place].column
        text = self.preview.text_at(keys[0], place)
        self.put({(key, column): text for key in keys[1:]})

    def paste(self, rows: Sequence[Sequence[str]]) -> None:
        """Put cells from the clipboard below and right of the current one; a single cell into all chosen rows."""
        place, current = self.place(), self.table.current_id()
        if place < 0 or current is None:
            return
        chosen = [int(key) for key in self.table.selected_ids()]
        if len(rows) == 1 and len(rows[0]) == 1 and len(chosen) > 1:
            column = self.preview.columns[place].column
            self.put({(key, column): rows[0][0] for key in chosen})
            return
        by_key = {f"{c.field}:{c.column}": c.column for c in self.preview.columns}
        shown = [key for key in self.table.shown_columns() if key in by_key]
        start, first = shown.index(self.table.current_column()), self.table.model.row_of(current)
        texts: dict[Cell, str] = {}
        for down, cells in enumerate(rows):
            if first + down >= len(self.table.model.ids()):
                break
            key = int(self.table.model.id_at(first + down))
            for name, text in zip(shown[start:], cells, strict=False):
                texts[key, by_key[name]] = text
        self.put(texts)

    def start_replacing(self) -> None:
        """Show the bar for finding and replacing."""
        self.bar.start(self.place())

    def replace_all(self, find: str, put: str, place: int) -> None:
        """Replace in the rows that are shown."""
        if self._work is not None:
            return
        keys = [int(key) for key in self.table.model.ids()]
        preview = self.preview
        locked = {c.column for c in preview.columns if c.field in self._locked}

        def work(progress: Any) -> Any:
            where = None if place < 0 else place
            texts = preview.replacements(keys, find, put, where, lambda: progress.cancelled)
            return preview.run.prepare({cell: text for cell, text in texts.items() if cell[1] not in locked})

        self._work = self._run(work, done=self._take, failed=self._failed)
        self._begun()

    def stop(self) -> None:
        """Give up what is being prepared."""
        self._later = []
        if self._work is not None:
            self._work.cancel()
            self._work = None
