"""One partner, statement, payment or invoice in the inspector."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.messages import state_text
from s2b_desktop.models.queries.money import MoneyBooks, Partner
from s2b_desktop.text import amount, date, listed, money, tr
from s2b_desktop.views.common.actions import Action, ActionFlow
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.common.timeline import Timeline, TimelineEntry
from s2b_desktop.views.money.columns import kind_text, limit_text
from s2b_domain.records.invoice import Invoice
from s2b_domain.records.statement import Event, Settlement, Statement

SHOWN = 60
"""Lines of a statement beyond these are only counted; the workbook has them all."""


class MoneyPanel(QWidget):
    """A column with a state and buttons on top; made anew whenever what it shows changes."""

    def __init__(self, title: str, actions: Sequence[Action], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(20, 8, 20, 24)
        self.column.setSpacing(14)
        self.column.addWidget(Label(partial(str, title), "strong", wrap=True))
        self._actions = ActionFlow(actions)
        self.buttons = self._actions.buttons

    def add_state(self, kind: str, state: str, *, waiting: bool) -> None:
        row = QHBoxLayout()
        row.addWidget(StatePill(lambda: state_text(kind, state)[0], state_text(kind, state)[1], waiting=waiting))
        row.addStretch(1)
        self.column.addLayout(row)

    def add_actions(self) -> None:
        self.column.addLayout(self._actions)

    def add_line(self) -> None:
        line = QFrame()
        line.setProperty("surface", "line")
        self.column.addWidget(line)

    def add_history(self, kind: str, events: Sequence[Event], *, waiting: bool) -> None:
        self.add_line()
        self.column.addWidget(Label("History", "strong"))
        entries = [
            TimelineEntry(
                title=partial(lambda s: state_text(kind, s)[0], event.state),
                at=event.at,
                who=event.actor_name,
                note=partial(str, event.note),
                tone=state_text(kind, event.state)[1],
                pending=waiting and at == 0,
            )
            for at, event in enumerate(reversed(events))
        ]
        self.column.addWidget(Timeline(entries))
        self.column.addStretch(1)


def partner_panel(partner: Partner, actions: Sequence[Action]) -> MoneyPanel:
    """What one has with a partner."""
    panel = MoneyPanel(partner.name, actions)
    panel.add_actions()
    facts = Facts(right=True)
    owed: Text = "They owe you" if partner.creditor else "You owe them"
    facts.add_fact(owed, lambda: money(partner.owed), "strong")
    facts.add_fact("of this overdue", lambda: money(partner.overdue))
    facts.add_fact("Ordered, not accepted yet", lambda: money(partner.waiting))
    panel.column.addWidget(facts)
    panel.add_line()
    said = Facts()
    said.add_fact("Credit", lambda: limit_text(partner))
    days = partner.days
    said.add_fact("Payment term", partial(_term, days))
    panel.column.addWidget(said)
    panel.column.addStretch(1)
    return panel


def _term(days: int | None) -> str:
    return tr("no date agreed") if days is None else tr("{n} days after acceptance", n=days)


def statement_panel(
    statement: Statement, books: MoneyBooks, partner: str, actions: Sequence[Action], *, waiting: bool
) -> MoneyPanel:
    """A statement with its first lines."""
    panel = MoneyPanel(partner, actions)
    panel.add_state("statement", statement.state, waiting=waiting)
    panel.add_actions()
    facts = Facts(right=True)
    facts.add_fact("Period", lambda: f"{date(statement.since)} – {date(statement.until - 1)}")
    facts.add_fact("Opening balance", lambda: money(statement.opening))
    facts.add_fact("New in the period", lambda: money(statement.closing - statement.opening))
    facts.add_fact("Closing balance", lambda: money(statement.closing), "strong")
    if statement.corrected:
        facts.add_fact("Corrected", lambda: money(-statement.corrected))
    if statement.paid:
        facts.add_fact("Paid", lambda: money(-statement.paid))
    facts.add_fact("Still to pay", lambda: money(statement.left), "strong")
    panel.column.addWidget(facts)
    panel.add_line()
    lines = QGridLayout()
    lines.setHorizontalSpacing(12)
    lines.setVerticalSpacing(4)
    lines.setColumnStretch(1, 1)
    for at, line in enumerate(statement.lines[:SHOWN]):
        number = books.numbers.get(line.document_id, "")
        lines.addWidget(Label(partial(date, line.at), "small"), at, 0)
        said = partial(lambda k, n: f"{kind_text(k)} {n}".strip(), line.kind, number)
        lines.addWidget(Label(said, "small", wrap=True), at, 1)
        lines.addWidget(Label(partial(amount, line.amount), "small"), at, 2, Qt.AlignmentFlag.AlignRight)
    panel.column.addLayout(lines)
    more = len(statement.lines) - SHOWN
    if more > 0:
        panel.column.addWidget(Label(lambda: tr("and {n} more lines", n=more), "muted"))
    panel.add_history("statement", statement.events, waiting=waiting)
    return panel


def settlement_panel(
    settlement: Settlement, books: MoneyBooks, partner: str, actions: Sequence[Action], *, waiting: bool
) -> MoneyPanel:
    """A payment."""
    panel = MoneyPanel(partner, actions)
    panel.add_state("settlement", settlement.state, waiting=waiting)
    panel.add_actions()
    facts = Facts(right=True)
    facts.add_fact("Amount", lambda: money(settlement.amount), "strong")
    facts.add_fact("Payment method", lambda: state_text("method", settlement.method)[0])
    if settlement.reference:
        facts.add_fact("Reference", partial(str, settlement.reference))
    if settlement.statement_id:
        facts.add_fact("Statement", partial(str, books.numbers.get(settlement.statement_id, "")))
    panel.column.addWidget(facts)
    panel.add_history("settlement", settlement.events, waiting=waiting)
    return panel


def invoice_panel(
    invoice: Invoice, books: MoneyBooks, partner: str, actions: Sequence[Action], *, waiting: bool
) -> MoneyPanel:
    """An invoice."""
    panel = MoneyPanel(partner, actions)
    panel.add_state("invoice", invoice.state, waiting=waiting)
    panel.add_actions()
    facts = Facts()
    facts.add_fact("Made out to", partial(str, invoice.title), "strong")
    facts.add_fact("Tax number", partial(str, invoice.tax_number or "–"))
    facts.add_fact("Kind", lambda: state_text("invoice_kind", invoice.kind)[0])
    facts.add_fact("Amount", lambda: money(invoice.amount), "strong")
    if invoice.number:
        facts.add_fact("Invoice number", partial(str, invoice.number))
    if invoice.content_hash:
        facts.add_fact("PDF", partial(str, invoice.file_name))
    numbers = [books.numbers.get(d, "") for d in invoice.document_ids[:12]]
    facts.add_fact("Orders", lambda: listed(numbers))
    panel.column.addWidget(facts)
    panel.add_history("invoice", invoice.events, waiting=waiting)
    return panel
