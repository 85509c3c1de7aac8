"""What is asked before money is recorded, a statement made or answered, an invoice requested or issued."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from s2b_desktop.messages import STATES
from s2b_desktop.models.queries.money import Partner
from s2b_desktop.text import money, parse_end, parse_minute, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import MoneyField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_domain.commands.invoices import RequestInvoice
from s2b_domain.commands.statements import AnswerDispute, MakeStatement, RecordSettlement
from s2b_domain.records.invoice import Invoice, InvoiceTitle
from s2b_domain.rules.invoices import InvoiceKind, invoice_number_valid, tax_number_valid, tidy_tax_number

_METHODS = [(key, text) for key, (text, _tone) in STATES["method"].items() if key != "STORE_CREDIT"]
PERIODS: dict[str, str] = {
    "month": "the end of last month",
    "now": "now",
    "day": "a day of my choice",
}


def month_began(now: int) -> int:
    """The first millisecond of the month of `now`, where this PC is."""
    here = datetime.fromtimestamp(now / 1000)
    return int(here.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


class PaymentPrompt(Confirm):
    """Money that came (the creditor's word), or that is on its way (the debtor's)."""

    def __init__(
        self,
        partner: str,
        due: int,
        entered: RecordSettlement | None = None,
        *,
        creditor: bool,
        parent: QWidget | None = None,
    ) -> None:
        told: Text = "It counts at once." if creditor else "It counts when the other side has received it."
        super().__init__(
            "Record a payment" if creditor else "Announce a payment", told, "Record" if creditor else "Announce",
            parent=parent,
        )  # fmt: skip
        self.amount = MoneyField(negative=creditor)
        self.amount.set_value(due if due > 0 else None)
        hint: Text = "A minus sign stands for money given back." if creditor else ""
        self.amount_row = FormRow("Amount", self.amount, hint=hint)
        self.method = ComboBox(_METHODS)
        self.method.set_value("TRANSFER")
        self.reference = QLineEdit()
        self.middle.addWidget(Label(partial(str, partner), "strong"))
        self.middle.addWidget(self.amount_row)
        self.middle.addWidget(FormRow("Payment method", self.method))
        self.middle.addWidget(FormRow("Reference", self.reference, optional=True, hint="Such as the bank's number"))
        if entered is not None:
            self.amount.set_value(entered.amount)
            self.method.set_value(entered.method)
            self.reference.setText(entered.reference)
        self.amount.setFocus()

    def accept(self) -> None:
        if not self.amount.value():
            self.amount_row.set_error(self.amount.error() or "Please enter an amount")
            self.amount.setFocus()
        else:
            super().accept()


class StatementPrompt(Confirm):
    """For whom, and up to when. `until()` is the first millisecond that it does not cover."""

    def __init__(
        self,
        partners: Sequence[Partner],
        now: int,
        chosen: str = "",
        entered: MakeStatement | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            "Make a statement",
            "It states everything that no earlier statement holds. The other side confirms or disputes it.",
            "Make it",
            parent=parent,
        )
        self._now = now
        self.partner = ComboBox([(p.id, partial(str, p.name)) for p in partners])
        if chosen:
            self.partner.set_value(chosen)
        self.period = ComboBox(list(PERIODS.items()))
        self.day = QLineEdit()
        self.day.setPlaceholderText(tr("year-month-day"))
        self.day_row = FormRow("Last day", self.day)
        self.day_row.hide()
        self.period.value_changed.connect(lambda value: self.day_row.setVisible(value == "day"))
        self.middle.addWidget(FormRow("Partner", self.partner))
        self.middle.addWidget(FormRow("Up to", self.period))
        self.middle.addWidget(self.day_row)
        self.verb.setEnabled(bool(partners))
        if entered is not None:
            self.partner.set_value(entered.debtor_id)
            self.period.set_value("day")
            self.day.setText(f"{datetime.fromtimestamp((entered.until - 1) / 1000):%Y-%m-%d}")

    def until(self) -> int | None:
        if self.period.value() == "now":
            return self._now
        if self.period.value() == "month":
            return month_began(self._now)
        try:
            began, ended = parse_minute(self.day.text()), parse_end(self.day.text())
        except ValueError:
            return None
        return None if began > self._now else min(ended, self._now)

    def accept(self) -> None:
        if self.until() is None:
            self.day_row.set_error("Please enter a day up to today, such as 2026-11-30")
            self.day.setFocus()
        else:
            super().accept()


class AnswerPrompt(Confirm):
    """The creditor's answer to a dispute."""

    def __init__(
        self, reason: str, most: int, entered: AnswerDispute | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            "Answer the dispute", lambda: tr("They wrote: {reason}", reason=reason), "Answer", parent=parent
        )
        self._most = most
        self.note = QPlainTextEdit()
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(84)
        self.note_row = FormRow("Answer", self.note, hint="The other side reads this as you write it.")
        self.correction = MoneyField()
        self.correction_row = FormRow(
            "Take off", self.correction, optional=True, hint="Lowers what they owe, and stands in the next statement."
        )
        self.middle.addWidget(self.note_row)
        self.middle.addWidget(self.correction_row)
        if entered is not None:
            self.note.setPlainText(entered.note)
            self.correction.set_value(entered.correction or None)
        self.note.setFocus()

    def accept(self) -> None:
        if not self.note.toPlainText().strip():
            self.note_row.set_error("Please write an answer")
        elif (self.correction.value() or 0) > self._most:
            self.correction_row.set_error(lambda: tr("At most {amount} is left", amount=money(self._most)))
        else:
            super().accept()


class InvoicePrompt(Confirm):
    """抬头 and 税号 of an invoice; those used before can be chosen."""

    def __init__(
        self,
        supplier: str,
        due: int,
        titles: Sequence[InvoiceTitle],
        entered: RequestInvoice | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            "Ask for an invoice", lambda: tr("{supplier}, {amount}", supplier=supplier, amount=money(due)), "Ask",
            parent=parent,
        )  # fmt: skip
        self._titles = {t.title: t.tax_number for t in titles}
        self.kind = ComboBox([(k.value, STATES["invoice_kind"][k.value][0]) for k in InvoiceKind])
        self.title = QComboBox()
        self.title.setEditable(True)
        self.title.addItems(list(self._titles))
        self.title.setAccessibleName(tr("Made out to"))
        self.number = QLineEdit(titles[0].tax_number if titles else "")
        self.title_row = FormRow("Made out to", self.title)
        self.number_row = FormRow("Tax number", self.number, hint="18 characters, as on the licence")
        self.note = QLineEdit()
        self.title.currentTextChanged.connect(self._chosen)
        self.number.textEdited.connect(lambda _text: self._check())
        for row in (FormRow("Kind", self.kind), self.title_row, self.number_row):
            self.middle.addWidget(row)
        self.middle.addWidget(FormRow("Note to the supplier", self.note, optional=True))
        if entered is not None:
            self.kind.set_value(entered.kind.value)
            self.title.setCurrentText(entered.title)
            self.number.setText(entered.tax_number)
            self.note.setText(entered.note)
        self.title.setFocus()

    def _chosen(self, title: str) -> None:
        if title in self._titles:
            self.number.setText(self._titles[title])
            self._check()

    def _check(self) -> bool:
        number = tidy_tax_number(self.number.text())
        needed = self.kind.value() == InvoiceKind.SPECIAL.value
        fine = tax_number_valid(number) if number or needed else True
        self.number_row.set_error("" if fine else "This tax number is not right. Compare it with the licence.")
        return fine

    def accept(self) -> None:
        if not self.title.currentText().strip():
            self.title_row.set_error("Please enter whom it is made out to")
        elif self._check():
            super().accept()


class IssuePrompt(Confirm):
    """The number of an invoice, and its PDF."""

    def __init__(self, invoice: Invoice, parent: QWidget | None = None) -> None:
        told = f"{invoice.title} · {invoice.tax_number}".strip(" ·")
        super().__init__("Record the invoice", lambda: f"{told} · {money(invoice.amount)}", "Record", parent=parent)
        self.path: Path | None = None
        self.number = QLineEdit(invoice.number)
        self.number_row = FormRow("Invoice number", self.number, hint="8 digits, 18 with the code, or 20")
        self.file = Label(partial(str, invoice.file_name) if invoice.file_name else "no file chosen", "muted")
        self.choose = Button("Choose a PDF…", self._choose, icon="file-text")
        line = QHBoxLayout()
        line.addWidget(self.choose)
        line.addWidget(self.file, 1)
        self.middle.addWidget(self.number_row)
        self.middle.addLayout(line)
        self.number.setFocus()

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Choose a PDF…"), "", "PDF (*.pdf)")
        if chosen:
            self.take(Path(chosen))

    def take(self, path: Path) -> None:
        """Attach this file."""
        self.path = path
        self.file.set_words(partial(str, path.name))

    def accept(self) -> None:
        if invoice_number_valid("".join(self.number.text().split())):
            super().accept()
        else:
            self.number_row.set_error("An invoice number has 8, 18 or 20 digits")
            self.number.setFocus()
