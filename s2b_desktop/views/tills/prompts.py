"""Questions at the till: the float, cash in and out, and the count at the close."""

from functools import partial

from PySide6.QtWidgets import QLineEdit, QWidget

from s2b_desktop.messages import state_text
from s2b_desktop.models.queries.tills import TillReport
from s2b_desktop.text import money, tr
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import MoneyField
from s2b_desktop.views.common.form import Form, FormRow
from s2b_desktop.views.common.label import Label
from s2b_domain.commands.tills import CloseTill, Counted, MoveCash
from s2b_domain.records.order import PaymentMethod


class FloatPrompt(Confirm):
    """What lies in the drawer before the first sale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Open the till", "Count what lies in the drawer before the first sale.", "Open the till", parent=parent
        )
        self.amount = MoneyField()
        self.row = FormRow("Float", self.amount)
        self.middle.addWidget(self.row)
        self.amount.setFocus()

    def accept(self) -> None:
        if self.amount.error() or self.amount.value() is None:
            self.row.set_error(self.amount.error() or "Enter an amount such as 12.50")
        else:
            super().accept()


class CashPrompt(Confirm):
    """Cash put in or (with a minus) taken out, with a reason."""

    def __init__(self, till_id: str, parent: QWidget | None = None) -> None:
        super().__init__("Cash in or out", "Put a minus before what is taken out.", "Book", parent=parent)
        self._till_id = till_id
        self.amount, self.reason = MoneyField(negative=True), QLineEdit()
        self.form = Form()
        self.form.add("amount", "Amount", self.amount)
        self.form.add("reason", "Reason", self.reason)
        self.middle.addWidget(self.form)
        self.amount.setFocus()

    def accept(self) -> None:
        wrong = {}
        if self.amount.error() or not self.amount.value():
            wrong["amount"] = self.amount.error() or "Enter an amount such as 12.50"
        if not self.reason.text().strip():
            wrong["reason"] = "Please give a reason"
        if not self.form.errors(wrong):
            super().accept()

    def message(self) -> MoveCash:
        """The command for what was entered."""
        return MoveCash(till_id=self._till_id, amount=self.amount.value() or 0, reason=self.reason.text().strip())


class ClosePrompt(Confirm):
    """The count of every kind of money, with what differs from the books while one types. `here`: it is this PC's."""

    def __init__(self, report: TillReport, *, here: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(
            "Close the till",
            "Count the drawer with the float in it; the others as the terminals say."
            if here
            else "Only where that PC is not used any more: what it sold and has not sent belongs to no till.",
            "Close the till",
            parent=parent,
        )
        self._report = report
        self.fields: dict[str, MoneyField] = {}
        self.rows: dict[str, FormRow] = {}
        first = PaymentMethod.CASH  # it alone has to be counted
        for method in sorted(report.figures.methods, key=lambda m: m.method != first):
            if method.method == PaymentMethod.CARRIED:
                continue
            cash = method.method == PaymentMethod.CASH
            field = MoneyField(negative=not cash and method.net < 0)
            if not cash:
                field.set_value(report.expected(method))
            row = FormRow(partial(_said, method.method), field)
            field.value_changed.connect(lambda _value: self._tell())
            self.fields[method.method], self.rows[method.method] = field, row
            self.middle.addWidget(row)
        self.told = Label("", "strong", wrap=True)
        self.note = QLineEdit()
        self.middle.addWidget(self.told)
        self.middle.addWidget(FormRow("Note", self.note, optional=True))
        self.fields[PaymentMethod.CASH].setFocus()
        self._tell()

    def difference(self) -> int | None:
        """What is there beyond the books (分); None while cash was not counted."""
        if self.fields[PaymentMethod.CASH].value() is None:
            return None
        sums = {m.method: self._report.expected(m) for m in self._report.figures.methods}
        return sum((field.value() or 0) - sums[m] for m, field in self.fields.items())

    def _tell(self) -> None:
        difference = self.difference()

        def said() -> str:
            if difference is None:
                return ""
            if not difference:
                return tr("It agrees with the books.")
            source = "{amount} more than the books say" if difference > 0 else "{amount} less than the books say"
            return tr(source, amount=money(abs(difference)))

        self.told.set_words(said)
        self.told.setVisible(difference is not None)

    def accept(self) -> None:
        wrong = False
        for method, field in self.fields.items():
            said = field.error() or ("Enter an amount such as 12.50" if field.value() is None else "")
            self.rows[method].set_error(said)
            wrong = wrong or bool(said)
        if not wrong:
            super().accept()

    def message(self) -> CloseTill:
        """The command for what was counted."""
        counted = tuple(Counted(m, f.value() or 0) for m, f in self.fields.items())
        return CloseTill(till_id=self._report.till.id, counted=counted, note=self.note.text().strip())


def _said(method: str) -> str:
    return state_text("method", method)[0]
