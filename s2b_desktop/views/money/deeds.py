"""What can be done about money: asked, submitted, and told."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QTemporaryDir, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from s2b_desktop.messages import failure_text
from s2b_desktop.models.papers import read_pdf
from s2b_desktop.models.queries.money import MoneyBooks
from s2b_desktop.text import money, tr
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt, open_prompt
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.sending import nothing
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.money.export import statement_sheet, write_statement
from s2b_desktop.views.money.prompts import AnswerPrompt, InvoicePrompt, IssuePrompt, PaymentPrompt, StatementPrompt
from s2b_desktop.views.printing.prompt import PrintPrompt
from s2b_domain.commands.command import Command
from s2b_domain.commands.invoices import DeclineInvoice, IssueInvoice, RequestInvoice, WithdrawInvoice
from s2b_domain.commands.statements import (
    AnswerDispute,
    ConfirmStatement,
    DecideSettlement,
    DisputeStatement,
    MakeStatement,
    RecordSettlement,
)
from s2b_domain.records.invoice import Invoice
from s2b_domain.records.statement import Settlement, Statement
from s2b_domain.rules.invoices import InvoiceKind, InvoiceState

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class MoneyDeeds:
    """Asks on behalf of a page. `supersedes`: the refused command that the next one stands in for."""

    def __init__(self, desk: "Desk", page: Page) -> None:
        self._desk, self._page = desk, page
        self._opened = QTemporaryDir()
        self.supersedes: str | None = None

    @property
    def _mine(self) -> str:
        return self._desk.actor.organisation_id

    def send(self, message: Command, said: Text, again: Callable[[], object] = nothing) -> None:
        """Submit; say what became of it. `again` opens what was entered where it was not taken."""
        supersedes, self.supersedes = self.supersedes, None
        self._desk.submit(
            message,
            done=lambda _seq: self._done(said),
            failed=partial(self._not_taken, supersedes, again),
            supersedes=supersedes,
            initiator=self._page,
        )

    def _ask(self, prompt: Confirm, then: Callable[[], object]) -> None:
        """What was refused and is given up stays refused: no other deed stands in for it."""
        prompt.rejected.connect(self._give_up)
        open_prompt(prompt, then)

    def _give_up(self) -> None:
        self.supersedes = None

    def _done(self, said: Text) -> None:
        ToastArea.of(self._page).show_toast(said)
        self._page.refresh()

    def _not_taken(self, supersedes: str | None, again: Callable[[], object], error: Exception) -> None:
        self._refused(error)
        self.supersedes = supersedes
        again()

    def _refused(self, error: Exception) -> None:
        ToastArea.of(self._page).show_toast(lambda: failure_text(error), tone="bad")

    def make_statement(self, books: MoneyBooks, chosen: str = "", entered: MakeStatement | None = None) -> None:
        partners = [p for p in books.partners.values() if p.creditor]
        prompt = StatementPrompt(partners, self._desk.now(), chosen, entered, self._page)

        def go() -> None:
            message = MakeStatement(
                statement_id=self._desk.new_id(), debtor_id=str(prompt.partner.value()), until=prompt.until() or 0
            )
            again = partial(self.make_statement, books, chosen, message)
            self.send(message, "Statement made. The other side sees it after the next sync.", again)

        self._ask(prompt, go)

    def confirm(self, statement: Statement) -> None:
        owed = statement.closing - statement.corrected
        text = partial(tr, "You say that you owe {amount}. It stays so.", amount=money(owed))
        prompt = Confirm("Agree to this statement?", text, "Agree", parent=self._page)
        self._ask(prompt, lambda: self.send(ConfirmStatement(statement_id=statement.id), "Agreed"))

    def dispute(self, statement: Statement) -> None:
        suggestions = ("An order is missing", "An amount is wrong", "A payment is missing", "Goods were damaged")
        text = "The other side answers, and you look at it again."
        prompt = ReasonPrompt("Dispute this statement", text, "Dispute", suggestions, parent=self._page)

        def go() -> None:
            self.send(DisputeStatement(statement_id=statement.id, reason=prompt.reason()), "Sent to the other side")

        self._ask(prompt, go)

    def answer(self, statement: Statement, entered: AnswerDispute | None = None) -> None:
        reason = next((e.note for e in reversed(statement.events) if e.state == "DISPUTED"), "")
        prompt = AnswerPrompt(reason, max(0, statement.left), entered, self._page)

        def go() -> None:
            message = AnswerDispute(
                statement_id=statement.id,
                note=prompt.note.toPlainText().strip(),
                correction=prompt.correction.value() or 0,
            )
            self.send(message, "Answered", partial(self.answer, statement, message))

        self._ask(prompt, go)

    def pay(
        self,
        books: MoneyBooks,
        partner_id: str,
        due: int,
        statement_id: str = "",
        entered: RecordSettlement | None = None,
    ) -> None:
        partner = books.partners.get(partner_id)
        creditor = partner.creditor if partner else False
        prompt = PaymentPrompt(books.name(partner_id), due, entered, creditor=creditor, parent=self._page)

        def go() -> None:
            message = RecordSettlement(
                settlement_id=self._desk.new_id(),
                counterparty_id=partner_id,
                amount=prompt.amount.value() or 0,
                method=str(prompt.method.value()),
                reference=prompt.reference.text().strip(),
                statement_id=statement_id,
            )
            said = "Payment recorded" if creditor else "Announced. It counts when it has arrived."
            self.send(message, said, partial(self.pay, books, partner_id, due, statement_id, message))

        self._ask(prompt, go)

    def received(self, settlement: Settlement) -> None:
        self.send(DecideSettlement(settlement_id=settlement.id, received=True), "Received; what is owed is less now")

    def not_received(self, settlement: Settlement) -> None:
        text, suggestions = "What is owed stays as it is.", ("Not on our account",)
        prompt = ReasonPrompt("The money did not arrive?", text, "It did not arrive", suggestions, parent=self._page)

        def go() -> None:
            message = DecideSettlement(settlement_id=settlement.id, received=False, note=prompt.reason())
            self.send(message, "Told the other side")

        self._ask(prompt, go)

    def export(self, statement: Statement, books: MoneyBooks) -> None:
        name = f"{statement.number} {books.name(statement.debtor_id)}.xlsx"
        chosen, _ = QFileDialog.getSaveFileName(self._page, tr("Export to Excel"), name, "Excel (*.xlsx)")
        if chosen:
            self.export_to(Path(chosen), statement, books)

    def export_to(self, path: Path, statement: Statement, books: MoneyBooks) -> None:
        """Write the workbook in the background."""

        def done(n: int) -> None:
            ToastArea.of(self._page).show_toast(lambda: tr("{n} rows written to {file}", n=n, file=path.name))

        self._desk.run(lambda _p: write_statement(path, statement, books), done=done, failed=self._refused)

    def print_statement(self, statement: Statement, books: MoneyBooks) -> None:
        prompt = PrintPrompt(
            [("statement", "Statement of account", lambda: statement_sheet(statement, books))], parent=self._page
        )
        prompt.told.connect(lambda said, tone: ToastArea.of(self._page).show_toast(partial(str, said), tone=tone))
        open_prompt(prompt)

    def invoiceable(self, books: MoneyBooks, statement: Statement) -> tuple[dict[str, int], int]:
        """The orders of a statement that no invoice covers yet, and what they come to (分) without what claims on them
        gave back."""
        live = (InvoiceState.REQUESTED, InvoiceState.ISSUED)
        taken = {d for i in books.invoices.values() if i.state in live for d in i.document_ids}
        found: dict[str, int] = {}
        for line in statement.lines:
            if line.kind.startswith("supply") and line.document_id not in taken and line.document_id in books.numbers:
                found[line.document_id] = found.get(line.document_id, 0) + line.amount
        kept = {d: left for d, a in found.items() if (left := a - books.credited.get(d, 0)) > 0}
        return kept, sum(kept.values())

    def request_invoice(
        self, books: MoneyBooks, supplier_id: str, documents: dict[str, int], entered: RequestInvoice | None = None
    ) -> None:
        due = sum(documents.values())
        prompt = InvoicePrompt(books.name(supplier_id), due, books.titles, entered, self._page)

        def go() -> None:
            message = RequestInvoice(
                invoice_id=self._desk.new_id(),
                supplier_id=supplier_id,
                kind=InvoiceKind(str(prompt.kind.value())),
                title=prompt.title.currentText().strip(),
                tax_number=prompt.number.text().strip(),
                document_ids=tuple(documents),
                note=prompt.note.text().strip(),
            )
            again = partial(self.request_invoice, books, supplier_id, documents, message)
            self.send(message, "Asked for. The supplier sees it after the next sync.", again)

        self._ask(prompt, go)

    def withdraw(self, invoice: Invoice) -> None:
        text = "The orders can be invoiced again later."
        prompt = Confirm("Take the request back?", text, "Take it back", parent=self._page)
        self._ask(prompt, lambda: self.send(WithdrawInvoice(invoice_id=invoice.id), "Request taken back"))

    def decline(self, invoice: Invoice) -> None:
        suggestions = ("The title is not right", "The tax number is not right", "Please ask per month")
        text = "The merchant can ask again."
        prompt = ReasonPrompt("Decline this invoice?", text, "Decline the invoice", suggestions, parent=self._page)

        def go() -> None:
            self.send(DeclineInvoice(invoice_id=invoice.id, reason=prompt.reason()), "Invoice declined")

        self._ask(prompt, go)

    def issue(self, invoice: Invoice, number: str = "", path: Path | None = None) -> None:
        """Ask for the number and the PDF of an invoice; those that are given were not taken before."""
        prompt = IssuePrompt(invoice, self._page)
        if number:
            prompt.number.setText(number)
        if path is not None:
            prompt.take(path)
        self._ask(prompt, lambda: self._issue(invoice, "".join(prompt.number.text().split()), prompt.path))

    def _issue(self, invoice: Invoice, number: str, path: Path | None) -> None:
        message = IssueInvoice(invoice_id=invoice.id, number=number)
        again = partial(self.issue, invoice, number, path)
        if path is None:
            self.send(message, "Invoice recorded", again)
            return
        failed = partial(self._not_taken, self.supersedes, again)

        def kept(digest: str) -> None:
            whole = msgspec.structs.replace(message, content_hash=digest, file_name=path.name[:200])
            self.send(whole, "Invoice recorded", again)

        self._desk.run(lambda _progress: self._desk.keep_content(read_pdf(path)), done=kept, failed=failed)

    def open_pdf(self, invoice: Invoice) -> None:
        """Show it in the program that this PC has for PDFs, from here or from the hub."""
        self._desk.paper("invoice", invoice.id, invoice.content_hash, partial(self._show_pdf, invoice))

    def _show_pdf(self, invoice: Invoice, content: bytes | None) -> None:
        if content is None:
            said = "The PDF is not here yet. Try again when this PC is online and the supplier has sent it."
            ToastArea.of(self._page).show_toast(said, tone="warn")
            return
        path = Path(self._opened.path()) / f"{invoice.number or invoice.id}.pdf"
        path.write_bytes(content)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
