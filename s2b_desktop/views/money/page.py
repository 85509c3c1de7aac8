"""往来账 of suppliers, merchants and the platform: who owes what since when, statements, payments, invoices."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from s2b_desktop.models.queries.money import Deal, MoneyBooks, money_books
from s2b_desktop.text import count, money, tr
from s2b_desktop.views.common.actions import Action
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.live import LivePage
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.money.columns import (
    SIDE,
    due_columns,
    invoice_columns,
    other_side,
    partner_columns,
    settlement_columns,
    statement_columns,
)
from s2b_desktop.views.money.deeds import MoneyDeeds
from s2b_desktop.views.money.panels import (
    invoice_panel,
    partner_panel,
    settlement_panel,
    statement_panel,
)
from s2b_domain.access import Permission
from s2b_domain.commands.command import Command
from s2b_domain.commands.invoices import RequestInvoice
from s2b_domain.commands.statements import MakeStatement, RecordSettlement
from s2b_domain.records.party import PartyKind
from s2b_domain.rules.invoices import InvoiceState
from s2b_domain.rules.statements import SettlementState, StatementState

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

LISTS: dict[Deal, str] = {
    Deal.PARTNERS: "Partners",
    Deal.DUES: "Still to pay",
    Deal.OVERDUE: "Payment overdue",
    Deal.STATEMENTS: "Statements",
    Deal.SETTLEMENTS: "Payments made",
    Deal.INVOICES: "Invoices",
}
CARDS = (Deal.PARTNERS, Deal.OVERDUE, Deal.STATEMENTS, Deal.INVOICES)
LABELS: dict[Deal, str] = {**LISTS, Deal.PARTNERS: "Owed in all"}


class MoneyPage(LivePage):
    """`show_item` takes the name of a list, an id of what is in one, or a refused command."""

    key = "money"
    icon = "wallet"
    title = "Money"
    TABLES = frozenset(
        {"account_entry", "balance", "statement", "settlement", "invoice", "trade_terms", "supply_order", "price_level"}
    )
    AWAITED = ("statement", "settlement", "invoice", "trade_terms")

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(desk, self.title, parent)
        self._navigate = navigate
        self._kind = desk.actor.kind
        self._mine = desk.actor.organisation_id
        self._may = desk.actor.may(Permission.STATEMENT_EDIT)
        self.deeds = MoneyDeeds(desk, self)
        self._books: MoneyBooks | None = None
        self._list = Deal.PARTNERS
        self._open: str = ""
        self._after: Callable[[], object] | None = None
        self._loading = Reading(desk)
        if self._may and self._kind is not PartyKind.MERCHANT:
            self.add_action("Make a statement…", self._make, "Ctrl+N", icon="file-text", primary=True)
        self.set_cards([FactCard(deal.value, LABELS[deal], lambda: "–", checkable=True) for deal in CARDS])
        self.card_toggled.connect(self._card_chosen)
        self.lists = ComboBox(list(LISTS.items()))
        self.lists.setAccessibleName(tr("Which list"))
        self.lists.value_changed.connect(self._list_chosen)
        mine = self._mine

        def waits(id_: str) -> bool:
            return id_ in self._waiting

        def books() -> MoneyBooks | None:
            return self._books

        def listed(name: str, title: str, columns: list[Column[Any]]) -> DataTable[Any]:
            """A shop is owed nothing here: who owes whom would be the same in every row."""
            fitting = [c for c in columns if c.key != SIDE or self._kind is not PartyKind.MERCHANT]
            return DataTable(fitting, self._fetch(name), name=title, toolbar=False)

        made = {
            Deal.PARTNERS: listed("partners", "Partners", partner_columns()),
            Deal.DUES: listed("dues", "Still to pay", due_columns(desk.now)),
            Deal.STATEMENTS: listed("statements", "Statements", statement_columns(mine, books, waits)),
            Deal.SETTLEMENTS: listed("settlements", "Payments made", settlement_columns(mine, books, waits)),
            Deal.INVOICES: listed("invoices", "Invoices", invoice_columns(mine, books, waits)),
        }
        self.tables = {**made, Deal.OVERDUE: made[Deal.DUES]}
        self._stack = QStackedWidget()
        for deal, table in made.items():
            self.remember(table, f"money/{deal.value}")
            table.set_empty(self._empty(deal))
            table.activated.connect(self._show_row)
            table.view.clicked.connect(lambda index, t=table: self._show_row(t.model.id_at(index.row())))
            self._stack.addWidget(table)
        self.inspector.closed.connect(self._forget)
        bar = QHBoxLayout()
        bar.addWidget(self.lists)
        bar.addStretch(1)
        self.body.addLayout(bar)
        self.body.addWidget(self._stack, 1)
        self.look_at(Deal.PARTNERS)

    def _empty(self, deal: Deal) -> EmptyState:
        if deal is Deal.STATEMENTS:
            made: str = "Statements of your suppliers arrive here to be agreed to."
            if self._kind is not PartyKind.MERCHANT:
                made = "Make one with Ctrl+N: it states what no earlier one holds."
            return EmptyState("file-text", "No statements yet", made)
        if deal is Deal.INVOICES:
            told = "Open a statement and ask for an invoice over its orders."
            if self._kind is PartyKind.SUPPLIER:
                told = "What merchants ask for appears here, to be issued."
            return EmptyState("file-text", "No invoices yet", told)
        if deal is Deal.SETTLEMENTS:
            return EmptyState("wallet", "No payments yet", "Open a partner or a statement to record one.")
        if deal is Deal.DUES:
            return EmptyState("check-circle", "Nothing is open", "What is accepted and not paid yet shows here.")
        return EmptyState("users", "Nobody owes anything yet", "Accepted orders show here by partner.")

    def _fetch(self, name: str) -> Callable[[Sequence[RowId]], list[Any]]:
        def rows(ids: Sequence[RowId]) -> list[Any]:
            held = getattr(self._books, name) if self._books else {}
            return [held[str(i)] for i in ids if str(i) in held]

        return rows

    # what is shown

    def refresh(self) -> None:
        super().refresh()
        self._loading.fetch(money_books, self._desk.actor, self._desk.now(), done=self._loaded)

    def mark(self) -> None:
        for table in self.tables.values():
            table.refresh()
        if self._open:
            self._show_row(self._open)

    def _loaded(self, books: MoneyBooks) -> None:
        self._books = books
        now = self._desk.now()
        mine = self._kind is not PartyKind.MERCHANT  # whether the figures say what is owed to us, or what we owe
        owed = sum(p.owed for p in books.partners.values() if p.creditor is mine)
        late = [d for d in books.dues.values() if d.item.overdue(now)]
        wanted = StatementState.ISSUED if self._kind is PartyKind.MERCHANT else StatementState.DISPUTED
        asked = [s for s in books.statements.values() if s.state is wanted]
        open_ = [i for i in books.invoices.values() if i.state is InvoiceState.REQUESTED]
        n = len(books.partners)
        self.card("partners").set_fact(lambda: money(owed), lambda: tr("{n} partners", n=n))
        sum_late = sum(d.item.amount for d in late if d.partner.creditor is mine)
        other_late = sum(d.item.amount for d in late if d.partner.creditor is not mine)

        def late_note() -> str:
            said = [tr("{n} documents", n=len(late))]
            if other_late:
                other = "you owe {money}" if mine else "{money} owed to you"
                said.append(tr(other, money=money(other_late)))
            return " · ".join(said)

        self.card("overdue").set_fact(lambda: money(sum_late), late_note, tone="bad" if late else "neutral")
        told = "to agree" if self._kind is PartyKind.MERCHANT else "disputed"
        self.card("statements").set_fact(
            lambda: count(len(books.statements)),
            lambda: tr("{n} to agree", n=len(asked)) if told == "to agree" else tr("{n} disputed", n=len(asked)),
            tone="warn" if asked else "neutral",
        )
        self.card("invoices").set_fact(
            lambda: count(len(books.invoices)), lambda: tr("{n} to issue", n=len(open_)),
            tone="warn" if open_ and self._kind is PartyKind.SUPPLIER else "neutral",
        )  # fmt: skip
        coming = [s for s in books.settlements.values() if s.state is SettlementState.ANNOUNCED]
        self.set_facts(lambda: tr("{n} payments on their way", n=len(coming)) if coming else "")
        self._fill()
        if self._after is not None:
            after, self._after = self._after, None
            after()
        elif self._open:
            self._show_row(self._open)

    def _fill(self) -> None:
        if self._books is None:
            return
        now = self._desk.now()
        for deal in (Deal.PARTNERS, Deal.STATEMENTS, Deal.SETTLEMENTS, Deal.INVOICES):
            self.tables[deal].set_ids(list(getattr(self._books, deal.value)))
        late = self._list is Deal.OVERDUE
        dues = self._books.dues.items()
        self.tables[Deal.DUES].set_ids([i for i, d in dues if not late or d.item.overdue(now)])
        for table in set(self.tables.values()):
            table.refresh()

    def look_at(self, deal: Deal) -> None:
        """Show another list."""
        self._list = deal
        self.lists.show_value(deal)
        self.check_card(deal.value)
        self._stack.setCurrentWidget(self.tables[deal])
        self.setFocusProxy(self.tables[deal])
        self._fill()

    def _list_chosen(self, value: object) -> None:
        if isinstance(value, Deal):
            self.inspector.close_panel()
            self.look_at(value)

    def _card_chosen(self, key: str, on: bool) -> None:
        self.inspector.close_panel()
        self.look_at(Deal(key) if on else Deal.PARTNERS)

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", what)
        if isinstance(message, Command):
            self.deeds.supersedes = getattr(what, "command_id", None)
            self._when_loaded(lambda: self._again(message))
        elif isinstance(what, str) and what in {d.value for d in Deal}:
            self.look_at(Deal(what))
        elif isinstance(what, str) and what:
            self._when_loaded(lambda: self.open_row(what))

    def _when_loaded(self, act: Callable[[], object]) -> None:
        if self._books is None:
            self._after = act
        else:
            act()

    def _again(self, message: Command) -> None:
        """Open what a refused command was about."""
        if isinstance(message, MakeStatement):
            self.look_at(Deal.STATEMENTS)
            assert self._books is not None
            self.deeds.make_statement(self._books, message.debtor_id, message)
        elif isinstance(message, RecordSettlement):
            assert self._books is not None
            self.open_row(message.statement_id or message.counterparty_id)
            self.deeds.pay(self._books, message.counterparty_id, 0, message.statement_id, message)
        elif isinstance(message, RequestInvoice):
            assert self._books is not None
            for statement in self._books.statements.values():
                if set(message.document_ids) & {line.document_id for line in statement.lines}:
                    self.open_row(statement.id)
                    documents, _total = self.deeds.invoiceable(self._books, statement)
                    if documents:
                        self.deeds.request_invoice(self._books, statement.creditor_id, documents, message)
                    return
            self.look_at(Deal.INVOICES)
        else:
            for field in ("statement_id", "settlement_id", "invoice_id"):
                self.open_row(getattr(message, field, ""))

    def open_row(self, id_: str) -> None:
        """Show a statement, payment, invoice or partner, wherever it stands."""
        for deal in (Deal.STATEMENTS, Deal.SETTLEMENTS, Deal.INVOICES, Deal.PARTNERS):
            if self._books is not None and id_ in getattr(self._books, deal.value):
                self.look_at(deal)
                self.tables[deal].select(id_)
                self._show_row(id_)
                return

    def _show_row(self, row_id: RowId) -> None:
        books, id_ = self._books, str(row_id)
        if books is None:
            return
        panel: QWidget | None = None
        title: Callable[[], str] = str
        waiting = id_ in self._waiting
        if id_ in books.statements:
            statement = books.statements[id_]
            other = books.name(other_side(statement, self._mine))
            panel = statement_panel(statement, books, other, self._statement_actions(id_), waiting=waiting)
            title = partial(tr, "Statement {number}", number=statement.number)
        elif id_ in books.settlements:
            settlement = books.settlements[id_]
            other = books.name(other_side(settlement, self._mine))
            panel = settlement_panel(settlement, books, other, self._settlement_actions(id_), waiting=waiting)
            title = partial(tr, "Payment")
        elif id_ in books.invoices:
            invoice = books.invoices[id_]
            other = books.name(invoice.merchant_id if invoice.supplier_id == self._mine else invoice.supplier_id)
            panel = invoice_panel(invoice, books, other, self._invoice_actions(id_), waiting=waiting)
            title = partial(tr, "Invoice")
        else:
            partner = books.dues[id_].partner if id_ in books.dues else books.partners.get(id_)
            if partner is not None:
                panel = partner_panel(partner, self._partner_actions(partner.id))
                title = partial(str, partner.name)
        if panel is not None:
            self._open = id_
            self.inspector.open_panel(panel, title)

    def _forget(self) -> None:
        self._open = ""

    def _statement_actions(self, id_: str) -> list[Action]:
        books = self._books
        assert books is not None
        statement, deeds = books.statements[id_], self.deeds
        creditor = statement.creditor_id == self._mine
        found: list[Action] = []
        if self._may and not creditor and statement.state in (StatementState.ISSUED, StatementState.DISPUTED):
            found.append(("Agree", lambda: deeds.confirm(statement), "primary"))
        if self._may and not creditor and statement.state is StatementState.ISSUED:
            found.append(("Dispute…", lambda: deeds.dispute(statement), "secondary"))
        if self._may and creditor and statement.state is StatementState.DISPUTED:
            found.append(("Answer…", lambda: deeds.answer(statement), "primary"))
        if self._may and statement.left > 0:
            other = other_side(statement, self._mine)
            text = "Record a payment…" if creditor else "Announce a payment…"
            found.append((text, lambda: deeds.pay(books, other, statement.left, statement.id), "secondary"))
        if self._kind is PartyKind.MERCHANT and self._desk.actor.may(Permission.INVOICE_EDIT):
            documents, _total = deeds.invoiceable(books, statement)
            if documents:
                supplier = statement.creditor_id
                ask = partial(deeds.request_invoice, books, supplier, documents)
                found.append(("Ask for an invoice…", ask, "secondary"))
        found.append(("Excel…", lambda: deeds.export(statement, books), "secondary"))
        found.append(("Print…", lambda: deeds.print_statement(statement, books), "secondary"))
        return found

    def _settlement_actions(self, id_: str) -> list[Action]:
        assert self._books is not None
        settlement = self._books.settlements[id_]
        if not self._may or settlement.creditor_id != self._mine or settlement.state is not SettlementState.ANNOUNCED:
            return []
        return [
            ("It arrived", lambda: self.deeds.received(settlement), "primary"),
            ("It did not arrive…", lambda: self.deeds.not_received(settlement), "secondary"),
        ]

    def _invoice_actions(self, id_: str) -> list[Action]:
        assert self._books is not None
        invoice, deeds, found = self._books.invoices[id_], self.deeds, list[Action]()
        may = self._desk.actor.may(Permission.INVOICE_EDIT)
        if may and invoice.merchant_id == self._mine and invoice.state is InvoiceState.REQUESTED:
            found.append(("Take the request back", lambda: deeds.withdraw(invoice), "secondary"))
        if may and invoice.supplier_id == self._mine and invoice.state is InvoiceState.REQUESTED:
            found.append(("Record the invoice…", lambda: deeds.issue(invoice), "primary"))
            found.append(("Decline it…", lambda: deeds.decline(invoice), "secondary"))
        if may and invoice.supplier_id == self._mine and invoice.state is InvoiceState.ISSUED:
            found.append(("Correct…", lambda: deeds.issue(invoice), "secondary"))
        if invoice.content_hash:
            found.append(("Open the PDF", lambda: deeds.open_pdf(invoice), "secondary"))
        return found

    def _partner_actions(self, id_: str) -> list[Action]:
        books = self._books
        assert books is not None
        partner, found = books.partners[id_], list[Action]()
        if not self._may:
            return found
        if partner.creditor:
            found.append(("Make a statement…", lambda: self.deeds.make_statement(books, id_), "secondary"))
        text = "Record a payment…" if partner.creditor else "Announce a payment…"
        found.append((text, lambda: self.deeds.pay(books, id_, partner.owed), "secondary"))
        if partner.creditor and self._desk.actor.may(Permission.TERMS_EDIT):
            found.append(("Terms…", lambda: self._navigate("terms", id_), "secondary"))
        return found

    def _make(self) -> None:
        self._when_loaded(lambda: self.deeds.make_statement(self._books, self._partner()) if self._books else None)

    def _partner(self) -> str:
        return self._open if self._books and self._open in self._books.partners else ""

    def retranslate(self) -> None:
        super().retranslate()
        if getattr(self, "lists", None) is not None:
            self.lists.setAccessibleName(tr("Which list"))
            if self._books is not None:
                self._loaded(self._books)
