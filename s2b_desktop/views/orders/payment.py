"""Taking money for an order, or giving it back."""

from functools import partial

from PySide6.QtWidgets import QLineEdit, QWidget

from s2b_desktop.messages import state_text
from s2b_desktop.text import clauses, money, tr
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import MoneyField
from s2b_desktop.views.common.form import Form
from s2b_desktop.views.orders.credit import StoreCredit
from s2b_domain.commands.payments import PayOrder
from s2b_domain.records.order import PaymentMethod

METHODS = tuple(m for m in PaymentMethod if m is not PaymentMethod.CARRIED)


def _said(method: str) -> str:
    return state_text("method", method)[0]


class PaymentPrompt(Confirm):
    """Asks for amount, method and reference; `message()` is the command, a refund negative. `credit` is what the
    order's member has to pay with; a refund may add to it. More than is `due` is asked about once. What was `entered`
    before and not taken is there again."""

    def __init__(
        self,
        order_id: str,
        number: str,
        due: int,
        credit: StoreCredit,
        entered: PayOrder | None = None,
        *,
        refund: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        self._order_id, self._refund, self._due, self._credit = order_id, refund, due, credit
        self._before: int | None = None
        self._asked: int | None = None
        told = "To give back to the customer: {amount}" if refund else "Still to be paid: {amount}"
        super().__init__(
            (lambda: tr("Refund for {number}", number=number))
            if refund
            else (lambda: tr("Payment for {number}", number=number)),
            lambda: " · ".join(filter(None, (tr(told, amount=money(due)), "" if refund else credit.words()))),
            "Record refund" if refund else "Record payment",
            parent=parent,
        )
        self.amount = MoneyField()
        self.amount.set_value(due)
        self.method = ComboBox([(m.value, partial(_said, m.value)) for m in METHODS])
        self.method.value_changed.connect(self._choose)
        self.reference = QLineEdit()
        self.form = Form()
        self.form.add("amount", "Amount", self.amount)
        self.form.add("method", "Payment method", self.method)
        self.form.add("reference", "Receipt or transaction number", self.reference, optional=True)
        self.middle.addWidget(self.form)
        if entered is not None:
            self.method.set_value(entered.method)
            self.amount.set_value(abs(entered.amount))
            self.reference.setText(entered.reference)
        self.amount.setFocus()

    @property
    def _most(self) -> int:
        """What store credit may pay or take at most (分)."""
        return self._due if self._refund else self._credit.most(self._due)

    def _choose(self, method: object) -> None:
        """Store credit pays as far as it goes; in another way it is again what was entered."""
        value = self.amount.value() or 0
        if method == PaymentMethod.STORE_CREDIT and self._credit.member and value > self._most:
            self._before = value
            self.amount.set_value(self._most)
        elif method != PaymentMethod.STORE_CREDIT and self._before is not None and value == self._most:
            self.amount.set_value(self._before)
            self._before = None

    def accept(self) -> None:
        value = self.amount.value() or 0
        wrong = self.amount.error() or ("" if value else tr("Enter an amount such as 12.50"))
        if not self.amount.error() and self.method.value() == PaymentMethod.STORE_CREDIT:
            wrong = self._credit.error(value, self._most) or wrong
        if not wrong and value > self._due and value != self._asked:
            self._asked, wrong = value, self._too_much(value - self._due)
        if not self.form.errors({"amount": lambda: wrong} if wrong else {}):
            super().accept()

    def _too_much(self, more: int) -> str:
        if self._refund:
            said = tr("{amount} more than is to go back", amount=money(more))
            return clauses([said, tr("if that is what was given, press the button again")])
        said = tr("{amount} more than is to be paid", amount=money(more))
        return clauses([said, tr("if that is what came in, press the button again")])

    def message(self) -> PayOrder:
        """The command for what was entered."""
        fen = self.amount.value() or 0
        return PayOrder(
            order_id=self._order_id,
            method=str(self.method.value()),
            amount=-fen if self._refund else fen,
            reference=self.reference.text().strip(),
        )
