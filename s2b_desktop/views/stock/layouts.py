"""Which column of a stock list says what: proposed, changed by hand, and remembered for the next list of the layout."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_domain.intake.stock_sheet import FIELDS, StockSheet, StockTable

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

KEPT = "stock/layouts/"
MOST = 100
NAMES: Mapping[str, Text] = {
    "code": "SKU code",
    "barcode": "Barcode",
    "quantity": "Quantity",
    "warehouse": "Warehouse",
    "lot": "Lot",
    "expires": "Expires",
}
NOWHERE = -1


class StockLayouts:
    """What a supplier's people said of the columns of its lists, by layout; the last ones used."""

    def __init__(self, desk: "Desk") -> None:
        self._desk, self._key = desk, f"{KEPT}{desk.actor.organisation_id}"

    def all(self) -> dict[str, dict[str, int]]:
        """Layout -> field -> column."""
        kept = self._desk.draft(self._key)
        return msgspec.json.decode(kept, type=dict[str, dict[str, int]]) if kept else {}

    def keep(self, table: StockTable) -> None:
        """Remember how a table was mapped."""
        found = self.all()
        found.pop(table.layout, None)
        found[table.layout] = table.columns
        self._desk.save_draft(self._key, msgspec.json.encode(dict(list(found.items())[-MOST:])))


class ColumnBar(QWidget):
    """A choice of column for each field, with what stands in it. `changed(table)` when somebody chose otherwise."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tables: tuple[StockTable, ...] = ()
        self._table: StockTable | None = None
        self.combos: dict[str, ComboBox] = {}
        self.sheets: ComboBox | None = None
        self.told = Label("", "muted", wrap=True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._grid)
        column.addWidget(self.told)
        self.hide()

    def show_sheet(self, sheet: StockSheet) -> None:
        """Show how a list is read now."""
        if self._table is None or self._table.number != sheet.table.number or self._tables != sheet.tables:
            self._build(sheet)
        self._tables, self._table = sheet.tables, sheet.table
        self.told.set_words(partial(_told, sheet.table))
        self.show()

    def _build(self, sheet: StockSheet) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        table, place = sheet.table, 0
        if len(sheet.tables) > 1:
            self.sheets = ComboBox([(t.number, partial(str, t.name or str(t.number + 1))) for t in sheet.tables])
            self.sheets.set_value(table.number)
            self.sheets.value_changed.connect(self._sheet_chosen)
            self._grid.addWidget(FormRow("Table", self.sheets), 0, 0, 1, 3)
            place = 3
        self.combos = {}
        for at, field in enumerate(FIELDS, place):
            options: list[tuple[object, Text]] = [(NOWHERE, "–")]
            options += [(n, partial(_column, table, n)) for n in range(len(table.labels))]
            combo = self.combos[field] = ComboBox(options)
            combo.set_value(table.columns.get(field, NOWHERE))
            combo.value_changed.connect(lambda _value: self._chosen())
            self._grid.addWidget(FormRow(NAMES[field], combo), at // 3, at % 3)
        for at in range(3):
            self._grid.setColumnStretch(at, 1)

    def _sheet_chosen(self, number: object) -> None:
        self.changed.emit(next(t for t in self._tables if t.number == number))

    def _chosen(self) -> None:
        chosen = {field: int(str(combo.value())) for field, combo in self.combos.items()}
        columns = {field: at for field, at in chosen.items() if at != NOWHERE}
        if self._table is not None:
            self._table = msgspec.structs.replace(self._table, columns=columns, remembered=False)
            self.told.set_words(partial(_told, self._table))
            self.changed.emit(self._table)


def _column(table: StockTable, at: int) -> str:
    label = table.labels[at].strip() or tr("Column {n}", n=at + 1)
    sample = next((s for s in table.samples[at] if s.strip()), "")
    return f"{label} · {sample[:24]}" if sample else label


def _told(table: StockTable) -> str:
    if not table.complete:
        return tr("Say which column names the goods (code or barcode) and which says how many.")
    if table.remembered:
        return tr("Read as you said for the last list of this kind.")
    return tr("Please look whether each column means what it should. It is remembered for the next list of this kind.")
