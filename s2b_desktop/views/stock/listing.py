"""A stock list from a file: what it would change, row by row, before anything is booked."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.models.exports import write_table
from s2b_desktop.models.queries.stock_papers import warehouses_of
from s2b_desktop.models.stock_import import FeedChoice, Planned, StockPlan, plan_stock, result_rows
from s2b_desktop.text import tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Retranslated, Text
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.stock.layouts import ColumnBar, StockLayouts
from s2b_domain.commands.feeds import FeedMode
from s2b_domain.intake.stock_sheet import StockSheet, StockTable, read_stock

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

FILES = "*.xlsx *.xls *.xlsb *.ods *.csv *.tsv *.txt"
RESULTS: dict[str, str] = {
    "changed": "Changed",
    "unchanged": "Unchanged",
    "wrong": "Wrong",
    "zeroed": "Not in the list: 0",
}
REASONS: dict[str, str] = {
    "no_code": "The row has neither code nor barcode.",
    "no_quantity": "The row has no quantity.",
    "not_a_number": "The quantity is no number.",
    "not_a_date": "The expiry date is no date.",
    "unknown_sku": "None of your goods has this code or barcode.",
    "zeros_lost": "The code seems to have lost its leading zeros.",
    "ambiguous": "Several of your goods have this code.",
    "unknown_warehouse": "You have no open warehouse of this name.",
    "quantity_wrong": "The quantity is negative, or finer than the smallest step.",
    "repeated": "An earlier row names the same goods, warehouse and lot.",
}
HEADS = ("Row", "SKU code", "Warehouse", "Lot", "Result", "Before", "After", "Reason")


def report_words() -> dict[str, str]:
    """Results and reasons in the user's language."""
    return {code: tr(said) for code, said in (RESULTS | REASONS).items()}


def write_report(plan: StockPlan, path: Path) -> int:
    """Write what became of every row as a workbook; OSError."""
    return write_table(path, [tr(head) for head in HEADS], result_rows(plan, report_words()))


class ChoiceBar(QWidget):
    """How a list is meant. `changed` is called when that changes."""

    def __init__(self, desk: "Desk", changed: Callable[[], object], choice: FeedChoice | None = None) -> None:
        super().__init__()
        choice = choice or FeedChoice()
        self.mode = ComboBox([(FeedMode.SET, "It says what lies there"), (FeedMode.ADD, "It says what came in")])
        self.mode.set_value(choice.mode)
        self.mode.setAccessibleName(tr("Quantities"))
        options: list[tuple[object, Text]] = [
            (w.id, partial(str, w.name)) for w in desk.read(warehouses_of, desk.actor.organisation_id)
        ]
        self.warehouse = ComboBox(options)
        self.warehouse.set_value(choice.warehouse_id or (options[0][0] if options else ""))
        self.warehouse.setAccessibleName(tr("Warehouse"))
        self.warehouse.setVisible(len(options) > 1)
        self.full = CheckBox("It is the whole stock: what it does not name becomes 0", checked=choice.full)
        self.zeros = CheckBox("Put back the leading zeros that codes lost", checked=choice.zeros)
        row = QHBoxLayout()
        row.setSpacing(8)
        for each in (self.mode, self.warehouse):
            row.addWidget(each)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.full)
        column.addWidget(self.zeros)
        for combo in (self.mode, self.warehouse):
            combo.value_changed.connect(lambda _value: changed())
        for box in (self.full, self.zeros):
            box.toggled.connect(lambda _on: changed())

    def choice(self) -> FeedChoice:
        """What was chosen."""
        mode = FeedMode(str(self.mode.value()))
        self.full.setEnabled(mode is FeedMode.SET)
        return FeedChoice(
            mode=mode,
            full=self.full.isChecked() and mode is FeedMode.SET,
            warehouse_id=str(self.warehouse.value() or ""),
            zeros=self.zeros.isChecked(),
        )


class StockListDialog(Retranslated, QDialog):
    """Reads `path`, shows the dry run, and books the good rows. `told` is called with what became of it."""

    def __init__(
        self, desk: "Desk", path: Path, told: Callable[[Callable[[], str]], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._path, self._told = desk, path, told
        self._layouts = StockLayouts(desk)
        self._sheet: StockSheet | None = None
        self.plan: StockPlan | None = None
        self._work: Any = None
        self.setMinimumSize(980, 700)
        self.bar = ChoiceBar(desk, self._plan)
        self.bar.zeros.hide()
        self.columns = ColumnBar()
        self.columns.changed.connect(self._load)
        self.problem = Banner("bad", "")
        self.problem.hide()
        self.facts = Label("Reading the list…", "strong")
        self.table: DataTable[Planned] = DataTable(
            [
                Column("row", "Row", lambda p: str(p.row or ""), 60, kind="number"),
                Column("result", "Result", lambda p: tr(RESULTS[p.result]), 130, kind="state",
                       tone=lambda p: "bad" if p.result == "wrong" else "neutral" if p.result == "unchanged" else "ok",
                       fits=lambda: [tr(said) for said in RESULTS.values()]),
                Column("code", "SKU code", lambda p: p.code, 110),
                Column("warehouse", "Warehouse", lambda p: p.warehouse, 84),
                Column("lot", "Lot", lambda p: p.lot, 72),
                Column("before", "Before", lambda p: p.before, 68, kind="number"),
                Column("after", "After", lambda p: p.after, 68, kind="number"),
                Column("reason", "Reason", lambda p: tr(REASONS[p.reason]) if p.reason else "", 160, stretch=True),
            ],
            self._rows,
            name="Rows of the list",
            toolbar=False,
        )  # fmt: skip
        self.table.set_empty(EmptyState("file-spreadsheet", "No rows yet"))
        self.save = Button("Save the result…", self._ask_report, icon="download")
        self.book = Button("Book the good rows", self._book, variant="primary", shortcut="Ctrl+Return", show_key=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(Label(partial(str, path.name), "subtitle", wrap=True))
        column.addWidget(self.columns)
        column.addWidget(self.bar)
        column.addWidget(self.problem)
        column.addWidget(self.facts)
        column.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.save)
        foot.addStretch(1)
        foot.addWidget(Button("Cancel", self.reject))
        foot.addWidget(self.book)
        column.addLayout(foot)
        self._enable()
        self.retranslate()
        self.finished.connect(lambda _result: self._work.cancel() if self._work is not None else None)
        self._load()

    def retranslate(self) -> None:
        self.setWindowTitle(tr("Stock list"))

    def _load(self, wanted: StockTable | None = None) -> None:
        """Read the list, as it is understood or as somebody says."""
        if self._work is not None:
            self._work.cancel()
        self.plan = None
        self._enable()
        path, remembered = self._path, self._layouts.all()
        self._work = self._desk.run(
            lambda progress: read_stock(
                path, remembered=remembered, wanted=wanted, by_hand=True, cancelled=lambda: progress.cancelled
            ),
            done=self._read,
            failed=self._failed,
        )

    def _read(self, sheet: StockSheet) -> None:
        self._sheet = sheet
        self.columns.show_sheet(sheet)
        if not sheet.table.complete:
            self.facts.set_words("")
            self.table.set_ids([])
        self._plan()

    def _plan(self) -> None:
        if self._sheet is not None and self._sheet.table.complete:
            owner, choice = self._desk.actor.organisation_id, self.bar.choice()
            self._work = self._desk.fetch(
                plan_stock, owner, self._sheet, choice, done=self._planned, failed=self._failed
            )

    def _planned(self, plan: StockPlan) -> None:
        self.plan = plan
        if any(row.reason == "zeros_lost" for row in plan.rows):
            self.bar.zeros.show()
        self.facts.set_words(lambda: summary(plan))
        order = sorted(range(len(plan.rows)), key=lambda at: ("wrong", "changed", "zeroed", "unchanged").index(
            plan.rows[at].result))  # fmt: skip
        self.table.set_ids(order)
        self.table.refresh()
        self._enable()

    def _rows(self, ids: Sequence[RowId]) -> list[Planned]:
        return [self.plan.rows[int(at)] for at in ids] if self.plan is not None else []

    def _enable(self) -> None:
        self.save.setEnabled(self.plan is not None)
        self.book.setEnabled(self.plan is not None and bool(self.plan.messages))

    def _failed(self, error: Exception) -> None:
        self.setEnabled(True)
        self.facts.set_words("")
        self.problem.set_message("bad", lambda: failure_text(error))
        self.problem.show()
        self._enable()

    def _ask_report(self) -> None:
        name = f"{self._path.stem} {tr('result')}.xlsx"
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save the result…"), name, "Excel (*.xlsx)")
        if chosen and self.plan is not None:
            plan = self.plan
            self._desk.run(
                lambda _progress: write_report(plan, Path(chosen)), done=lambda _n: None, failed=self._failed
            )

    def _book(self) -> None:
        plan = self.plan
        if plan is None:
            return
        self.setEnabled(False)  # nothing is chosen anew or closed meanwhile
        if self._sheet is not None:
            self._layouts.keep(self._sheet.table)
        self._desk.submit_many(
            plan.messages, import_id=self._desk.new_id(), done=partial(self._booked, plan), failed=self._failed
        )

    def _booked(self, plan: StockPlan, _n: int) -> None:
        self._told(lambda: summary(plan))
        self.accept()

    def reject(self) -> None:
        if self.isEnabled():
            super().reject()


def summary(plan: StockPlan) -> str:
    """What a list changes, in one line."""
    said = [
        tr("{n} changed", n=plan.count("changed")),
        tr("{n} unchanged", n=plan.count("unchanged")),
        tr("{n} wrong", n=plan.count("wrong")),
    ]
    zeroed = plan.count("zeroed")
    return " · ".join([*said, tr("{n} not in the list", n=zeroed)] if zeroed else said)
