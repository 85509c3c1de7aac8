"""Taking the money: one kind or several, change, rounding down, and what stays owed."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from s2b_desktop.text import money, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import CheckBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import MoneyField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.counter.words import method_text
from s2b_desktop.views.orders.credit import NOBODYS, StoreCredit
from s2b_desktop.views.orders.payment import METHODS
from s2b_domain.commands.counter import MAX_ROUNDING, MAX_TENDERS, Tender
from s2b_domain.records.order import PaymentMethod

NOTES = (1000, 2000, 5000, 10_000)
"""Notes (分) that customers hand over."""
ROUNDINGS = (10, 100, 1)


class PayPrompt(Confirm):
    """`total` is what the sale costs (分), `credit` what its member has to pay with. `changed(tenders, rounded_off)`
    tells of every step, so that it can be kept.

    Enter takes the amount; the sale is booked as soon as nothing is left. `owing` says that the rest stays owed.
    """

    changed = Signal(tuple, int)

    def __init__(
        self,
        total: int,
        tenders: tuple[Tender, ...] = (),
        rounded_off: int = 0,
        *,
        credit: StoreCredit = NOBODYS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Take the money", "", "Book the sale", keep="Back to the goods", parent=parent)
        self._total, self._credit = total, credit
        self.tenders = tenders
        self.rounded_off = min(rounded_off, total)
        self.method = str(PaymentMethod.CASH)
        self.change = 0
        self.setMinimumWidth(560)
        self.due = Label("", "total")
        self.state = Label("", "muted", wrap=True)
        self.middle.addWidget(self.due)
        self.middle.addWidget(self.state)
        self.middle.addLayout(self._methods())
        self.amount = MoneyField()
        self.amount.setProperty("look", "figure")
        self.amount.value_changed.connect(lambda _value: self._tell_change())
        self.row = FormRow("Amount", self.amount)
        self.reference = QLineEdit()
        self.reference_row = FormRow("Receipt or transaction number", self.reference, optional=True)
        self.middle.addWidget(self.row)
        self.middle.addWidget(self.reference_row)
        self.middle.addLayout(self._notes())
        self.told = Label("", "figure")
        self.middle.addWidget(self.told)
        self._taken = QVBoxLayout()
        self._taken.setSpacing(4)
        self.middle.addLayout(self._taken)
        self.on_account = CheckBox(lambda: tr("The rest stays owed by {name} (on account, F8)", name=credit.member))
        self.on_account.toggled.connect(lambda _on: self._show())
        self.on_account.setVisible(bool(credit.member))
        self.no_account = Label("To leave a rest on account, choose a member first.", "small", wrap=True)
        self.no_account.setVisible(not credit.member)
        self.round = Button("", self._round, shortcut="F9", icon="minus", show_key=True)
        below = QHBoxLayout()
        below.addWidget(self.round)
        below.addStretch(1)
        self.middle.addLayout(below)
        self.middle.addWidget(self.on_account)
        self.middle.addWidget(self.no_account)
        QShortcut(QKeySequence("F8"), self).activated.connect(
            lambda: self.on_account.setChecked(not self.on_account.isChecked()) if credit.member else None
        )
        self._show()
        self.amount.setFocus()

    @property
    def charged(self) -> int:
        """What is charged (分)."""
        return self._total - self.rounded_off

    @property
    def left(self) -> int:
        """What is still to be taken (分)."""
        return max(0, self.charged - self._taken_of())

    def _taken_of(self, *methods: str) -> int:
        """What was taken so far (分), in these ways or in all."""
        return sum(t.amount for t in self.tenders if not methods or t.method in methods)

    def _hindrance(self) -> str:
        """Why what was taken cannot be booked: the goods or the buyer are others since."""
        over, credit = self._taken_of() - self.charged, self._taken_of(PaymentMethod.STORE_CREDIT)
        if over > 0:
            said = "{amount} more was taken than this costs. Give a payment back below, and take it anew."
            return tr(said, amount=money(over))
        return self._credit.error(credit, self._credit.most(credit)) if credit else ""

    def _methods(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(8)
        self.methods: dict[str, Button] = {}
        self._group = QButtonGroup(self)
        for at, method in enumerate(METHODS):
            choose: Callable[[], None] = partial(self.choose, method.value)
            button = Button(partial(method_text, method.value), choose, shortcut=f"F{at + 1}", show_key=True)
            button.setCheckable(True)
            self._group.addButton(button)
            self.methods[method.value] = button
            grid.addWidget(button, at // 3, at % 3)
        return grid

    def _notes(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.notes = [Button(partial(money, fen), partial(self._hand_over, fen)) for fen in NOTES]
        for button in self.notes:
            row.addWidget(button)
        row.addStretch(1)
        return row

    def choose(self, method: str) -> None:
        """Pay the rest in this way."""
        self.method = method
        self._show()
        self.amount.setFocus()
        self.amount.selectAll()

    def _hand_over(self, fen: int) -> None:
        self.amount.set_value(fen)
        self.amount.setFocus()

    def _show(self) -> None:
        self.methods[self.method].setChecked(True)
        cash = self.method == PaymentMethod.CASH
        self.due.set_words(lambda: money(self.left))
        self.state.set_words(self._state_words)
        self.amount.set_value(min(self.left, self._limit()))
        for button in self.notes:
            button.setVisible(cash)
        self.reference_row.setVisible(not cash)
        self.round.set_words(self._round_words)
        self.round.setEnabled(self.charged > 0 or bool(self.rounded_off))
        while self._taken.count():
            item = self._taken.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, tender in enumerate(self.tenders):
            self._taken.addWidget(self._tender(place, tender))
        self.verb.setEnabled(self.left == 0 or self.on_account.isChecked() or self.amount.value() is not None)
        self.row.set_error(self._hindrance)
        self._tell_change()

    def _limit(self) -> int:
        """What may be paid at most in the chosen way (分)."""
        if self.method != PaymentMethod.STORE_CREDIT:
            return self.left
        return self._credit.most(self.left, self._taken_of(PaymentMethod.STORE_CREDIT))

    def _state_words(self) -> str:
        said = [tr("Total {amount}", amount=money(self._total))]
        if self.rounded_off:
            said.append(tr("rounded down by {amount}", amount=money(self.rounded_off)))
        if self._credit.words():
            said.append(self._credit.words())
        taken = self._taken_of()
        if taken:
            said.append(tr("taken {amount}", amount=money(taken)))
        return " · ".join(said)

    def _tender(self, place: int, tender: Tender) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Label(partial(method_text, tender.method)), 1)
        row.addWidget(Label(lambda: money(tender.amount), "strong"))
        row.addWidget(Button("", partial(self._give_back, place), icon="x", variant="quiet", tip="Give this back"))
        return line

    def _give_back(self, place: int) -> None:
        self.tenders = tuple(t for at, t in enumerate(self.tenders) if at != place)
        self._tell()

    def _round_words(self) -> str:
        step = self._next_rounding()
        if step == 1:
            return tr("Do not round")
        return tr("Round down to {amount}", amount=money(self._total - self._total % step))

    def _next_rounding(self) -> int:
        taken = self._taken_of()
        for step in ROUNDINGS:
            off = self._total % step
            if step == 1 or (self.rounded_off < off <= min(MAX_ROUNDING, self._total - taken)):
                return step
        return 1

    def _round(self) -> None:
        step = self._next_rounding()
        self.rounded_off = 0 if step == 1 else self._total % step
        self._tell()

    def _tell(self) -> None:
        self._show()
        self.changed.emit(self.tenders, self.rounded_off)

    def _tell_change(self) -> None:
        value = self.amount.value() or 0
        more = value - self.left if self.method == PaymentMethod.CASH else 0
        self.told.set_words(lambda: tr("Change {amount}", amount=money(more)) if more > 0 else "")
        self.told.setVisible(more > 0)

    def take(self) -> bool:
        """Take the amount that is entered; whether nothing is left."""
        value, left = self.amount.value(), self.left
        wrong = self.amount.error() or ("" if value else tr("Enter an amount such as 12.50"))
        if not wrong and value and self.method == PaymentMethod.STORE_CREDIT:
            wrong = self._credit.error(value, self._limit())
        if not wrong and value and value > left and self.method != PaymentMethod.CASH:
            wrong = tr("Only {amount} is left to pay. Change is given for cash only.", amount=money(left))
        if not wrong and len(self.tenders) >= MAX_TENDERS:
            wrong = tr("No more payments fit into one sale.")
        if wrong or not value:
            self.row.set_error(lambda: wrong)
            self.amount.setFocus()
            return False
        cash = self.method == PaymentMethod.CASH
        part = min(value, left)
        self.change = value - part if cash else 0
        tender = Tender(
            method=self.method,
            amount=part,
            given=value if cash else 0,
            reference="" if cash else self.reference.text().strip(),
        )
        self.tenders = (*self.tenders, tender)
        self.reference.clear()
        self._tell()
        return self.left == 0

    def accept(self) -> None:
        if self._hindrance():
            self.row.set_error(self._hindrance)
        elif self.left == 0 or (self.on_account.isChecked() and self._credit.member) or self.take():
            super().accept()
        else:
            self.amount.setFocus()
            self.amount.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            self.accept()
            return
        super().keyPressEvent(event)
