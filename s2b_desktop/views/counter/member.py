"""Who buys: found by phone number, card or name, or joined at the counter."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from s2b_desktop.text import count, half_width, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.picker import ProductPicker, ProductRow
from s2b_domain.records.member import Member

PHONE_DIGITS = 11


class MemberPrompt(Confirm):
    """`chosen` is the member's id; `joins` is the phone number of somebody new, with `name`."""

    def __init__(self, find: Callable[[str, int], Sequence[Member]], parent: QWidget | None = None) -> None:
        super().__init__("Member", "Scan the card, or type the phone number or the name.", "Choose", parent=parent)
        self._find = find
        self.chosen = ""
        self.joins = ""
        self.picker = ProductPicker(self._rows, placeholder="Phone, card or name", limit=20)
        self.picker.picked.connect(self._picked)
        self.picker.textChanged.connect(lambda _text: self._typed())
        self.name = QLineEdit()
        self.name_row = FormRow("Name of the new member", self.name, optional=True)
        self.join = Button("", self._join, icon="plus")
        self.row = FormRow("Customer", self.picker)
        self.middle.addWidget(self.row)
        self.middle.addWidget(self.name_row)
        self.middle.addWidget(self.join, 0, Qt.AlignmentFlag.AlignLeft)
        self.verb.setDefault(False)
        self.picker.setFocus()
        self._typed()

    def _rows(self, text: str, limit: int) -> list[ProductRow]:
        return [
            ProductRow(m.id, m.called, " · ".join(t for t in (m.phone, m.card) if t), "", points(m))
            for m in self._find(text, limit)
        ]

    def _typed(self) -> None:
        digits = half_width(self.picker.text()).replace(" ", "").replace("-", "")
        fresh = digits.isdigit() and len(digits) == PHONE_DIGITS and not self._find(digits, 1)
        self._phone = digits if fresh else ""
        self.name_row.setVisible(fresh)
        self.join.setVisible(fresh)
        self.join.set_words(lambda: tr("Join with {phone}", phone=self._phone))
        self.verb.setEnabled(bool(digits) and not fresh)
        self.row.set_error("")

    def _picked(self, member_id: object) -> None:
        self.chosen = str(member_id)
        super().accept()

    def _join(self) -> None:
        self.joins = self._phone
        super().accept()

    def accept(self) -> None:
        found = self._find(half_width(self.picker.text()).strip(), 1)
        if found:
            self._picked(found[0].id)
        else:
            self.row.set_error("Nobody is found. All 11 digits of a phone number let somebody join.")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            if self._phone and self.name.hasFocus():
                self._join()
            elif not self._phone:
                self.accept()
            return
        super().keyPressEvent(event)


def points(member: Member) -> str:
    """The balance in words."""
    return tr("{n} points", n=member.points) if member.points >= 0 else count(member.points)
