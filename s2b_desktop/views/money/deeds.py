"""What can be done about money: asked, submitted, and told."""

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
from s2b_desktop.views.common.confirm import ask, ask_reason, decide
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.page import Page
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

    def send(self, message: Command, said: Text) -> None:
        """Submit; say what became of it."""
        supersedes, self.supersedes = self.supersedes, None
        self._desk.submit(
            message,
            done=lambda _seq: self._done(said),
            failed=self._refused,
            supersedes=supersedes,
            initiator=self._page,
        )

    def _done(self, said: Text) -> None:
        ToastArea.of(self._page).show_toast(said)
        self._page.refresh()

    def _refused(self, error: Exception) -> None:
        ToastArea.of(self._page).show_toast(lambda: failure_text(error), tone="bad")

    def make_statement(self, books: MoneyBooks, chosen: str = "") -> None:
        partners = [p for p in books.partners.values() if p.creditor]
        prompt = StatementPrompt(partners, self._desk.now(), chosen, self._page)
        until = prompt.until() if decide(prompt) else None
        if until is not None:
            message = MakeStatement(
                statement_id=self._desk.new_id(), debtor_id=str(prompt.partner.value()), until=until
            )
            self.send(message, "Statement made. The other side sees it after the next sync.")

    def confirm(self, statement: Statement) -> None:
        owed = statement.closing - statement.corrected
        text = partial(tr, "You say that you owe {amount}. It stays so.", amount=money(owed))
        if ask(self._page, "Agree to this statement?", text, "Agree"):
            self.send(ConfirmStatement(statement_id=statement.id), "Agreed")

    def dispute(self, statement: Statement) -> None:
        suggestions = ("An order is missing", "An amount is wrong", "A payment is missing", "Goods were damaged")
        text = "The other side answers, and you look at it again."
        reason = ask_reason(self._page, "Dispute this statement", text, "Dispute", suggestions)
        if reason:
            self.send(DisputeStatement(statement_id=statement.id, reason=reason), "Sent to the other side")

    def answer(self, statement: Statement) -> None:
        reason = next((e.note for e in reversed(statement.events) if e.state == "DISPUTED"), "")
        prompt = AnswerPrompt(reason, max(0, statement.left), self._page)
        if decide(prompt):
            message = AnswerDispute(
                statement_id=statement.id,
                note=prompt.note.toPlainText().strip(),
                correction=prompt.correction.value() or 0,
            )
            self.send(message, "Answered")

    def pay(self, books: MoneyBooks, partner_id: str, due: int, statement_id: str = "") -> None:
        partner = books.partners.get(partner_id)
        creditor = partner.creditor if partner else False
        prompt = PaymentPrompt(books.name(partner_id), due, creditor=creditor, parent=self._page)
        if decide(prompt):
            message = RecordSettlement(
                settlement_id=self._desk.new_id(),
                counterparty_id=partner_id,
                amount=prompt.amount.value() or 0,
                method=str(prompt.method.value()),
                reference=prompt.reference.text().strip(),
                statement_id=statement_id,
            )
            self.send(message, "Payment recorded" if creditor else "Announced. It counts when it has arrived.")

    def received(self, settlement: Settlement) -> None:
        self.send(DecideSettlement(settlement_id=settlement.id, received=True), "Received; what is owed is less now")

    def not_received(self, settlement: Settlement) -> None:
        text = "What is owed stays as it is."
        reason = ask_reason(self._page, "The money did not arrive?", text, "It did not arrive", ("Not on our account",))
        if reason:
            self.send(DecideSettlement(settlement_id=settlement.id, received=False, note=reason), "Told the other side")

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
        decide(prompt)

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

    def request_invoice(self, books: MoneyBooks, supplier_id: str, documents: dict[str, int]) -> None:
        prompt = InvoicePrompt(books.name(supplier_id), sum(documents.values()), books.titles, self._page)
        if decide(prompt):
            message = RequestInvoice(
                invoice_id=self._desk.new_id(),
                supplier_id=supplier_id,
                kind=InvoiceKind(str(prompt.kind.value())),
                title=prompt.title.currentText().strip(),
                tax_number=prompt.number.text().strip(),
                document_ids=tuple(documents),
                note=prompt.note.text().strip(),
            )
            self.send(message, "Asked for. The supplier sees it after the next sync.")

    def withdraw(self, invoice: Invoice) -> None:
        if ask(self._page, "Take the request back?", "The orders can be invoiced again later.", "Take it back"):
            self.send(WithdrawInvoice(invoice_id=invoice.id), "Request taken back")

    def decline(self, invoice: Invoice) -> None:
        suggestions = ("The title is not right", "The tax number is not right", "Please ask per month")
        text = "The merchant can ask again."
        reason = ask_reason(self._page, "Decline this invoice?", text, "Decline the invoice", suggestions)
        if reason:
            self.send(DeclineInvoice(invoice_id=invoice.id, reason=reason), "Invoice declined")

    def issue(self, invoice: Invoice) -> None:
        prompt = IssuePrompt(invoice, self._page)
        if not decide(prompt):
            return
        message = IssueInvoice(invoice_id=invoice.id, number="".join(prompt.number.text().split()))
        path = prompt.path
        if path is None:
            self.send(message, "Invoice recorded")
            return

        def kept(digest: str) -> None:
            whole = msgspec.structs.replace(message, content_hash=digest, file_name=path.name[:200])
            self.send(whole, "Invoice recorded")

        self._desk.run(lambda _progress: self._desk.keep_content(read_pdf(path)), done=kept, failed=self._refused)

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
