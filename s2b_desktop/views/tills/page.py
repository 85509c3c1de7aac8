"""日结: the till of this PC now, and those of other days and devices, with their reports."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.models.exports import write_table
from s2b_desktop.models.queries.tills import TillReport, till_reports
from s2b_desktop.text import amount, calendar_day, moment, money, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.confirm import open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.live import LivePage
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.printing.prompt import PrintPrompt
from s2b_desktop.views.tills.prompts import CashPrompt, ClosePrompt, FloatPrompt
from s2b_desktop.views.tills.report import facts_of, report_sheet, rows_of
from s2b_domain.commands.command import Command
from s2b_domain.commands.tills import OpenTill

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class TillsPage(LivePage):
    """Opens, counts and closes the till of this PC; reports of all tills of the shop."""

    key = "tills"
    icon = "moon"
    title = "Day close"
    TABLES = frozenset({"till", "payment", "sales_order"})
    AWAITED = ("till",)

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(desk, self.title, parent)
        self._navigate = navigate
        self._reports: dict[RowId, TillReport] = {}
        self._open = ""
        self._loading = Reading(desk)
        self.cash = self.add_action("Cash in or out", self.ask_cash, "F4", icon="wallet")
        self.opening = self.add_action("Open the till", self.ask_float, "F2", icon="plus")
        self.closing = self.add_action("Close the till", self.ask_count, "F12", primary=True)
        self.set_cards(
            [FactCard("cash", "Cash in the drawer"), FactCard("sales", "Sales today"), FactCard("owed", "On account")]
        )
        self.table: DataTable[TillReport] = DataTable(self._columns(), self._rows, name="Tills", toolbar=False)
        self.table.set_empty(
            EmptyState("wallet", "No till yet", "Open the till with what lies in the drawer; close it in the evening.")
        )
        self.table.activated.connect(self._show_report)
        self.table.view.clicked.connect(lambda index: self._show_report(self.table.model.id_at(index.row())))
        self.body.addWidget(self.table, 1)
        self.setFocusProxy(self.table)

    def _columns(self) -> list[Column[TillReport]]:
        return [
            Column("day", "Day", lambda r: calendar_day(r.till.day), 110),
            Column(
                "state",
                "State",
                _state,
                96,
                "state",
                tone=_tone,
                fits=lambda: [tr("Open till"), tr("Till closed")],
                waiting=lambda r: r.till.id in self._waiting,
            ),
            Column("device", "PC", lambda r: tr("This PC") if self._mine(r) else tr("Another PC"), 110, rank=2),
            Column("opened", "Opened", lambda r: f"{moment(r.till.opened_at)} · {r.till.opened_by}", 170, stretch=True),
            Column("sales", "Sales", lambda r: str(r.figures.sales), 80, "number"),
            Column("amount", "Sales amount", lambda r: amount(r.figures.sales_amount), 120, "money"),
            Column("cash", "Cash in the drawer", lambda r: amount(r.cash), 130, "money", rank=1),
            Column("difference", "Difference", _difference, 110, "money"),
        ]

    def _mine(self, report: TillReport) -> bool:
        return report.till.device_id == self._desk.device_id

    def _rows(self, ids: Sequence[RowId]) -> list[TillReport]:
        return [self._reports[id_] for id_ in ids]

    def refresh(self) -> None:
        super().refresh()
        self._loading.fetch(till_reports, self._desk.actor.organisation_id, done=self._show)

    def mark(self) -> None:
        self.table.refresh()

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "table") and self._open and self.inspector.is_open():
            self._show_report(self._open)

    def current(self) -> TillReport | None:
        """The till that is open on this PC."""
        return next((r for r in self._reports.values() if r.till.open and self._mine(r)), None)

    def _show(self, reports: list[TillReport]) -> None:
        self._reports = {r.till.id: r for r in reports}
        self.table.set_ids(list(self._reports))
        self.table.refresh()
        mine = self.current()
        self.opening.allow(mine is None, "The till of this PC is open already")
        self.closing.allow(mine is not None, "Open the till first")
        self.cash.allow(mine is not None, "Open the till first")
        if self._open and self.inspector.is_open():
            self._show_report(self._open)
        if mine is None:
            self.set_facts("The till is closed. Sales are booked all the same, but belong to no till.")
            for key in ("cash", "sales", "owed"):
                self.card(key).set_fact("–")
            return
        figures = mine.figures
        self.set_facts(lambda: tr("Open since {time}", time=moment(mine.till.opened_at, self._desk.now())))
        self.card("cash").set_fact(
            lambda: money(mine.cash), lambda: tr("float {amount}", amount=money(mine.till.float_amount))
        )
        self.card("sales").set_fact(lambda: money(figures.sales_amount), lambda: tr("{n} sales", n=figures.sales))
        self.card("owed").set_fact(lambda: money(figures.on_account))

    # what is done

    def ask_float(self) -> None:
        """Open the till."""
        prompt = FloatPrompt(self.window())
        day = f"{datetime.fromtimestamp(self._desk.now() / 1000):%Y-%m-%d}"

        def go() -> None:
            message = OpenTill(till_id=self._desk.new_id(), day=day, float_amount=prompt.amount.value() or 0)
            self._submit(message, "The till is open")
            self.table.view.setFocus()  # its button can do no more

        open_prompt(prompt, go)

    def ask_cash(self) -> None:
        """Book cash in or out."""
        mine = self.current()
        if mine is not None:
            prompt = CashPrompt(mine.till.id, self.window())
            open_prompt(prompt, lambda: self._submit(prompt.message(), "Cash booked"))

    def ask_count(self) -> None:
        """Count and close."""
        mine = self.current()
        if mine is not None:
            self.count(mine)

    def count(self, report: TillReport) -> None:
        """Count and close this till, also one that another PC left open and cannot close any more."""
        prompt = ClosePrompt(report, here=self._mine(report), parent=self.window())
        open_prompt(prompt, lambda: self._submit(prompt.message(), "The till is closed"))

    def _submit(self, message: Command, said: str) -> None:
        def done(_seq: int) -> None:
            ToastArea.of(self).show_toast(said)
            self.refresh()

        self._desk.submit(message, done=done, failed=self._complain)

    def _complain(self, error: Exception) -> None:
        ToastArea.of(self).show_toast(lambda: failure_text(error), tone="bad")

    # the report

    def _show_report(self, till_id: object) -> None:
        report = self._reports.get(str(till_id))
        if report is None:
            return
        self._open = report.till.id
        panel = QWidget()
        column = QVBoxLayout(panel)
        column.setContentsMargins(20, 8, 20, 24)
        column.setSpacing(14)
        facts = Facts(right=True)
        for name, value in facts_of(report):
            facts.add_fact(lambda name=name: name, lambda value=value: value)  # type: ignore[misc]
        if report.till.open and not self._mine(report):
            column.addWidget(Button("Close the till", partial(self.count, report), icon="moon"))
        column.addWidget(Button("Print…", partial(self.print_report, report), icon="printer"))
        column.addWidget(Button("Export to Excel", partial(self._ask_file, report), icon="download"))
        column.addWidget(facts)
        column.addStretch(1)
        self.inspector.open_panel(panel, lambda: tr("Day close {day}", day=calendar_day(report.till.day)))

    def print_report(self, report: TillReport) -> PrintPrompt:
        """Offer the report on paper or as PDF."""
        prompt = PrintPrompt([("report", "Day close", partial(report_sheet, report))], parent=self.window())

        def told(said: str, tone: Tone) -> None:
            ToastArea.of(self).show_toast(lambda: said, tone=tone)

        prompt.told.connect(told)
        open_prompt(prompt)
        return prompt

    def _ask_file(self, report: TillReport) -> None:
        name = f"{tr('Day close {day}', day=report.till.day)}.xlsx"
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Export to Excel"), name, "Excel (*.xlsx)")
        if chosen:
            self.export_to(report, Path(chosen))

    def export_to(self, report: TillReport, path: Path) -> None:
        """Write the report as a workbook."""
        rows = rows_of(report)

        def work(_told: object) -> None:
            write_table(path, [tr("Name"), tr("Amount")], rows)

        def done(_none: None) -> None:
            ToastArea.of(self).show_toast(lambda: tr("Written to {file}", file=path.name))

        self._desk.run(work, done=done, failed=self._complain)


def _state(report: TillReport) -> str:
    return tr("Open till") if report.till.open else tr("Till closed")


def _tone(report: TillReport) -> Tone:
    return "accent" if report.till.open else "bad" if report.till.difference else "ok"


def _difference(report: TillReport) -> str:
    return "" if report.till.open else amount(report.till.difference)
