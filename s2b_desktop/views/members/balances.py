"""What a member has is adjusted by hand: points, and store credit."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from s2b_desktop.text import money, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import MoneyField, QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.language import Text, words
from s2b_domain.commands.members import AdjustCredit, AdjustPoints
from s2b_domain.records.member import Member


class PointsPrompt(Confirm):
    """Points to add or take, with a reason."""

    REASONS = ("A complaint made good", "Moved from the old card", "Booked wrongly before")

    def __init__(self, member: Member, parent: QWidget | None = None) -> None:
        super().__init__(
            "Adjust points",
            lambda: tr("{name} has {n} points.", name=member.name, n=member.points),
            "Book",
            parent=parent,
        )
        self._member = member
        self.amount = QuantityField(minimum=-member.points)
        self.amount_row = FormRow("Points", self.amount, hint="-20 takes 20 points away.")
        self.reason = QLineEdit()
        self.reason_row = FormRow("Reason", self.reason)
        self.middle.addWidget(self.amount_row)
        self.middle.addWidget(self.reason_row)
        self.middle.addLayout(_quick_words(self.REASONS, self.reason))
        self.amount.setFocus()

    def accept(self) -> None:
        wrong = self.amount.error()
        self.amount_row.set_error(
            (lambda: tr("Only {n} points are there", n=self._member.points))
            if wrong
            else ""
            if self.amount.value()
            else "Enter how many points"
        )
        self.reason_row.set_error("" if self.reason.text().strip() else "Please give a reason")
        if not (self.amount_row.error() or self.reason_row.error()):
            super().accept()

    def message(self) -> AdjustPoints:
        """The adjustment as it was entered."""
        return AdjustPoints(
            member_id=self._member.id, amount=self.amount.value() or 0, reason=self.reason.text().strip()
        )


class CreditPrompt(Confirm):
    """Store credit to give or to take, with a reason."""

    REASONS = ("A complaint made good", "Paid in", "Booked wrongly before")

    def __init__(self, member: Member, parent: QWidget | None = None) -> None:
        super().__init__(
            "Adjust store credit",
            lambda: tr("{name} has {amount} of store credit.", name=member.name, amount=money(member.credit)),
            "Book",
            parent=parent,
        )
        self._member = member
        self.way = ComboBox([(1, "Give"), (-1, "Take")])
        self.amount, self.reason = MoneyField(), QLineEdit()
        self.amount_row, self.reason_row = FormRow("Amount", self.amount), FormRow("Reason", self.reason)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(FormRow("What to do", self.way), 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.amount_row, 2, Qt.AlignmentFlag.AlignTop)
        self.middle.addLayout(row)
        self.middle.addWidget(self.reason_row)
        self.middle.addLayout(_quick_words(self.REASONS, self.reason))
        self.amount.setFocus()

    def accept(self) -> None:
        value, most = self.amount.value() or 0, self._member.credit
        wrong: Text = ""
        if self.amount.error() or not value:
            wrong = "Enter an amount such as 12.50"
        elif self.way.value() == -1 and value > most:
            wrong = lambda: tr("Only {amount} is there", amount=money(most))  # noqa: E731
        self.amount_row.set_error(wrong)
        self.reason_row.set_error("" if self.reason.text().strip() else "Please give a reason")
        if not (self.amount_row.error() or self.reason_row.error()):
            super().accept()

    def message(self) -> AdjustCredit:
        """The adjustment as it was entered."""
        signed = (self.amount.value() or 0) * int(str(self.way.value()))
        return AdjustCredit(member_id=self._member.id, amount=signed, reason=self.reason.text().strip())


def _quick_words(offered: Sequence[Text], field: QLineEdit) -> QHBoxLayout:
    """Buttons that write what is often meant."""
    line = QHBoxLayout()
    line.setSpacing(8)
    for said in offered:
        line.addWidget(Button(said, partial(_write, field, said)))
    line.addStretch(1)
    return line


def _write(field: QLineEdit, said: Text) -> None:
    field.setText(words(said))
