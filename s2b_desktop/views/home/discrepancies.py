"""差异处理: facts that were booked against the books, until somebody has looked and says what came of it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from s2b_desktop.messages import failure_text, problem_text, state_text
from s2b_desktop.models.queries.home import DiscrepancyRow, discrepancies
from s2b_desktop.models.status import Changes
from s2b_desktop.text import moment, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.confirm import ReasonPrompt, open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.toast import ToastArea
from s2b_domain.commands.discrepancies import CloseDiscrepancy

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class DiscrepanciesPage(Page):
    """`show_item` takes the id of a discrepancy, or a refused attempt to close one."""

    key = "discrepancies"
    icon = "scale"
    title = "Discrepancies"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk, self._navigate = desk, navigate
        self._items: dict[str, DiscrepancyRow] = {}
        self.set_cards([FactCard("open", "To check", checkable=True), FactCard("closed", "Closed", checkable=True)])
        self.card_toggled.connect(lambda _key, _on: self._show_items())
        self.table: DataTable[DiscrepancyRow] = DataTable(
            self._columns(), self._rows, name="Discrepancies", toolbar=False
        )
        self.table.set_empty(EmptyState("check-circle", "The books fit", "Facts that contradict them show here."))
        self.table.activated.connect(self._show_row)
        self.table.view.clicked.connect(lambda index: self._show_row(self.table.model.id_at(index.row())))
        self.body.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        desk.changed.connect(self._changed)
        self.refresh()

    def refresh(self) -> None:
        rows = self._desk.read(discrepancies, self._desk.actor.organisation_id)
        self._items = {row.id: row for row in rows}
        waiting = sum(row.open for row in rows)
        self.card("open").set_fact(str(waiting), "They were booked as they happened" if waiting else "", tone="warn")
        self.card("closed").set_fact(str(len(rows) - waiting), "")
        self._show_items()

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", None)
        wanted = message.discrepancy_id if isinstance(message, CloseDiscrepancy) else what
        if wanted in self._items:
            self.table.select(str(wanted))
            self._show_row(str(wanted))

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "table"):
            self.refresh()

    def _columns(self) -> list[Column[DiscrepancyRow]]:
        return [
            Column("what", "What", lambda row: problem_text(row.code, {**row.details}), 380, stretch=True),
            Column(
                "state",
                "State",
                lambda row: state_text("discrepancy", _state(row))[0],
                110,
                "state",
                tone=lambda row: state_text("discrepancy", _state(row))[1],
            ),
            Column("number", "Document", lambda row: row.number, 180),
            Column("at", "When", lambda row: moment(row.at, self._desk.now()), 120, rank=1),
            Column("who", "Closed by", lambda row: row.closed_by, 100, rank=2),
        ]

    def _rows(self, ids: Sequence[RowId]) -> list[DiscrepancyRow]:
        return [self._items[str(id_)] for id_ in ids]

    def _show_items(self) -> None:
        chosen = self.checked_cards()
        self.table.set_ids([id_ for id_, row in self._items.items() if not chosen or _state(row) in chosen])

    def _changed(self, changes: Changes) -> None:
        if "discrepancy" in changes.tables:
            self.refresh()

    def _show_row(self, row_id: RowId) -> None:
        row = self._items.get(str(row_id))
        if row is not None:
            self.inspector.open_panel(self._panel(row), "Discrepancy")

    def _panel(self, row: DiscrepancyRow) -> QWidget:
        panel = QWidget()
        column = QVBoxLayout(panel)
        column.setContentsMargins(20, 12, 20, 20)
        column.setSpacing(12)
        column.addWidget(Banner("warn" if row.open else "ok", lambda: problem_text(row.code, {**row.details})))
        column.addWidget(Label(lambda: moment(row.at), "muted"))
        if row.number:
            column.addWidget(Button("Open the document", lambda: self._navigate(row.document, row.document_id)))
        if row.open:
            column.addWidget(Button("Close with a note", lambda: self.close_one(row), variant="primary", icon="check"))
        else:
            closed = row.closed_at or 0
            column.addWidget(
                Label(lambda: tr("{who} closed it on {time}.", who=row.closed_by, time=moment(closed)), wrap=True)
            )
            column.addWidget(Label(lambda: row.note, "muted", wrap=True))
        column.addStretch(1)
        return panel

    def close_one(self, row: DiscrepancyRow) -> None:
        """Ask what came of it, and close."""
        prompt = ReasonPrompt(
            "Close this discrepancy?",
            "Your note stays with it, for whoever looks later.",
            "Close",
            ("Counted again", "Agreed with the other side", "Entered twice"),
            hint="",
            parent=self,
        )
        open_prompt(prompt, lambda: self._close(CloseDiscrepancy(discrepancy_id=row.id, note=prompt.reason())))

    def _close(self, message: CloseDiscrepancy) -> None:
        self._desk.submit(message, done=lambda _seq: self._closed(), failed=self._refused)

    def _refused(self, error: Exception) -> None:
        ToastArea.of(self).show_toast(lambda: failure_text(error), tone="bad")

    def _closed(self) -> None:
        self.inspector.close_panel()
        self.refresh()
        ToastArea.of(self).show_toast("Closed")


def _state(row: DiscrepancyRow) -> str:
    return "open" if row.open else "closed"
