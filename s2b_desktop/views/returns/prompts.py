"""The questions that are asked before something is done with a return or a claim."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QGridLayout, QLineEdit, QPlainTextEdit, QWidget

from s2b_desktop.after_sales_text import RULINGS
from s2b_desktop.messages import state_text
from s2b_desktop.text import money, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import MoneyField, QuantityField
from s2b_desktop.views.common.form import Form, FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text, words
from s2b_desktop.views.common.photos import PhotoField
from s2b_desktop.views.common.scan import ScanField
from s2b_desktop.views.common.waybill import WaybillPrompt
from s2b_desktop.views.orders.consignee import ConsigneeForm
from s2b_desktop.views.orders.payment import METHODS
from s2b_domain.commands.cases import Arbitrate, FoundItem, GotItem, Inspect, Receive, SendBack
from s2b_domain.commands.claims import OpenClaim
from s2b_domain.commands.exchanges import Swap
from s2b_domain.commands.refunds import SettlePayout
from s2b_domain.records.after_sales import CaseLine, Claim, Payout, ReturnCase
from s2b_domain.records.order import Address
from s2b_domain.rules.after_sales import ReturnKind, Ruling

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

Case = ReturnCase | Claim


def _method(method: str) -> str:
    return state_text("method", method)[0]


def _what_follows(case: ReturnCase) -> Text:
    if case.pay_back:
        told = money(case.pay_back)
        return lambda: tr("{amount} will go back to the customer once the goods are in order.", amount=told)
    if case.kind is ReturnKind.EXCHANGE:
        return "The customer gets the same goods again once the old ones are here and were looked at."
    if case.kind is ReturnKind.REPAIR:
        return "The customer gets the goods back once they were repaired."
    return "No money goes back for this return."


class ApprovePrompt(Confirm):
    """Approve a return, and say where the goods go."""

    def __init__(self, case: ReturnCase, *, supplier: bool, parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("Approve return {number}?", number=case.number),
            _what_follows(case),
            "Approve",
            parent=parent,
        )
        self.to_supplier = CheckBox("The goods go straight to the supplier, who is asked to take them back")
        self.to_supplier.setVisible(supplier)
        self.middle.addWidget(self.to_supplier)


class ExchangePrompt(Confirm):
    """Order the replacement: the same goods again, or another option (size, colour) where `swaps` offers one."""

    def __init__(
        self, case: ReturnCase, swaps: Sequence[tuple[CaseLine, list[tuple[str, str]]]], parent: QWidget | None = None
    ) -> None:
        super().__init__(
            lambda: tr("Give the same goods again for {number}?", number=case.number),
            "An order of its own is made. What was paid for the old goods counts for it; nothing is paid twice.",
            "Order the replacement",
            parent=parent,
        )
        self.choices: dict[str, ComboBox] = {}
        for line, options in swaps:
            same = line.specs or line.code
            offered: list[tuple[object, Text]] = [("", lambda same=same: same)]  # type: ignore[misc]
            offered += [(sku_id, lambda said=said: said) for sku_id, said in options]  # type: ignore[misc]
            self.choices[line.line_id] = ComboBox(offered)
            title = partial(str, line.title)
            self.middle.addWidget(FormRow(title, self.choices[line.line_id]))

    def swaps(self) -> tuple[Swap, ...]:
        """The lines for which something else was chosen."""
        chosen = {line_id: str(choice.value() or "") for line_id, choice in self.choices.items()}
        return tuple(Swap(line_id=line_id, sku_id=sku_id) for line_id, sku_id in chosen.items() if sku_id)


class SendPrompt(WaybillPrompt):
    """Carrier and tracking number of goods that come back."""

    def __init__(self, case: Case, parent: QWidget | None = None) -> None:
        super().__init__(lambda: tr("Goods of {number} were sent", number=case.number), "", "Save", parent=parent)
        self._id = case.id

    def message(self) -> SendBack:
        """The command for what was entered."""
        carrier, number = self.waybill()
        return SendBack(document_id=self._id, carrier=carrier, tracking_number=number)


class GoodsPrompt(Confirm):
    """Quantities by line, counted up by scanning. `codes`: of which line a code is, and how many steps."""

    columns: tuple[Text, ...] = ("Arrived",)
    told: Text = "Scan the goods one by one, or type the quantities."

    def __init__(
        self,
        case: Case,
        codes: Mapping[str, tuple[str, int]],
        title: Callable[[], str],
        verb: Text,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, self.told, verb, parent=parent)
        self.setMinimumWidth(600)
        self.verb.setDefault(False)
        self._case, self._codes = case, codes
        self.fields: dict[str, list[QuantityField]] = {}
        self.scan = ScanField(big=True)
        self.scan.scanned.connect(self._scanned)
        self.middle.addWidget(self.scan)
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        for at, head in enumerate(("Goods", *self.columns)):
            label = Label(head, "muted")
            label.setAlignment(Qt.AlignmentFlag.AlignRight if at else Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(label, 0, at)
        for row, line in enumerate(case.lines, 1):
            grid.addWidget(Label(partial(str, f"{line.title} {line.specs}".strip()), wrap=True), row, 0)
            self.fields[line.line_id] = [self._field(line, at) for at in range(len(self.columns))]
            for at, field in enumerate(self.fields[line.line_id], 1):
                grid.addWidget(field, row, at)
        self.middle.addWidget(box)
        self.wrong = Label("", "error", wrap=True)
        self.wrong.hide()
        self.middle.addWidget(self.wrong)
        self.scan.setFocus()

    def _field(self, line: CaseLine, at: int) -> QuantityField:
        field = QuantityField(decimals=line.decimals, unit=partial(str, line.unit))
        field.setFixedWidth(124)
        field.set_value(self._proposed(line) if not at else 0)
        field.setAccessibleName(line.title)
        return field

    def _proposed(self, line: CaseLine) -> int:
        return 0

    def _scanned(self, code: str) -> None:
        named = self._codes.get(code)
        if named is None:
            QApplication.beep()
            self._say(tr("{code} is not in this return", code=code))
            return
        self.wrong.hide()
        field = self.fields[named[0]][0]
        field.set_value((field.value() or 0) + named[1])

    def _say(self, said: str) -> None:
        self.wrong.set_words(lambda: said)
        self.wrong.show()

    def steps(self) -> dict[str, list[int]]:
        """The quantities of each line."""
        return {id_: [field.value() or 0 for field in fields] for id_, fields in self.fields.items()}

    def accept(self) -> None:
        wrong = next((e for fields in self.fields.values() for f in fields if (e := f.error())), "")
        if wrong or not any(any(n) for n in self.steps().values()):
            self._say(wrong or words(self.told))
            return
        super().accept()


class ReceivePrompt(GoodsPrompt):
    """What has arrived."""

    def __init__(self, case: Case, codes: Mapping[str, tuple[str, int]], parent: QWidget | None = None) -> None:
        super().__init__(case, codes, lambda: tr("Receive {number}", number=case.number), "Received", parent)

    def message(self) -> Receive:
        """The command for what was counted."""
        items = tuple(GotItem(line_id=id_, quantity=n) for id_, [n] in self.steps().items() if n)
        return Receive(document_id=self._case.id, items=items)


class InspectPrompt(GoodsPrompt):
    """What goes back to stock, and what cannot be sold any more; the rest is not taken back, or is to be repaired. What
    was `entered` before and not taken is there again."""

    columns = ("Into stock", "Write off")

    def __init__(
        self,
        desk: "Desk",
        case: Case,
        codes: Mapping[str, tuple[str, int]],
        entered: Inspect | None = None,
        *,
        repair: bool,
        parent: QWidget | None = None,
    ) -> None:
        self._repair = repair
        if repair:
            self.told = "Enter only what cannot be repaired: it is kept here, and can be paid back."
        super().__init__(case, codes, lambda: tr("Inspect {number}", number=case.number), "Inspected", parent)
        self.note, self.photos = QLineEdit(), PhotoField(desk)
        self.middle.addWidget(FormRow("What was found", self.note, optional=True))
        self.middle.addWidget(self.photos)
        if repair:
            self.scan.hide()
            self.fields[case.lines[0].line_id][1].setFocus()
        if entered is not None:
            for item in entered.items:
                restocked, written_off = self.fields[item.line_id]
                restocked.set_value(item.restocked)
                written_off.set_value(item.written_off)
            self.note.setText(entered.note)
            self.photos.set_photos(entered.photos)

    def _proposed(self, line: CaseLine) -> int:
        return 0 if self._repair else line.received

    def accept(self) -> None:
        if self._repair and not any(any(n) for n in self.steps().values()):
            Confirm.accept(self)
        else:
            super().accept()

    def message(self) -> Inspect:
        """The command for what was found; also that nothing of a line is taken back."""
        items = tuple(FoundItem(line_id=i, restocked=a, written_off=b) for i, [a, b] in self.steps().items())
        return Inspect(
            document_id=self._case.id, items=items, note=self.note.text().strip(), photos=self.photos.photos()
        )


class PayoutPrompt(Confirm):
    """A refund by hand: paid with its proof, or it did not work."""

    def __init__(self, desk: "Desk", payout: Payout, parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("Pay back {amount}", amount=money(payout.amount)),
            "No payment provider is connected: pay it yourself, then write down the proof.",
            "Save",
            parent=parent,
        )
        self._id = payout.id
        self.outcome = ComboBox([(True, "It was paid"), (False, "It did not work")])
        self.method = ComboBox([(m.value, partial(_method, m.value)) for m in METHODS])
        if payout.method:
            self.method.set_value(payout.method)
        self.reference, self.photos = QLineEdit(), PhotoField(desk)
        self.form = Form()
        self.form.add("outcome", "What happened", self.outcome)
        self.form.add("method", "Payment method", self.method)
        self.form.add("reference", "Receipt or transaction number, or why it did not work", self.reference)
        self.form.add("photos", "Photo of the proof", self.photos, optional=True)
        self.middle.addWidget(self.form)
        self.reference.setFocus()

    def accept(self) -> None:
        paid = bool(self.outcome.value())
        enough = bool(self.reference.text().strip() or (paid and self.photos.photos()))
        if not self.form.errors({} if enough else {"reference": "A number or a photo proves it"}):
            super().accept()

    def message(self) -> SettlePayout:
        """The command for what was entered."""
        paid, said = bool(self.outcome.value()), self.reference.text().strip()
        return SettlePayout(
            payout_id=self._id,
            paid=paid,
            method=str(self.method.value() or ""),
            reference=said if paid else "",
            proof=self.photos.photos(),
            reason="" if paid else said,
        )


class AddressPrompt(Confirm):
    """Where a supplier takes goods back; the last address is offered again."""

    def __init__(self, claim: Claim, last: Address | None, parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("Take {number} back?", number=claim.number),
            lambda: tr("{merchant} sends the goods to this address. You pay after inspecting them.",
                       merchant=claim.merchant_name),
            "Approve",
            parent=parent,
        )  # fmt: skip
        self.form = ConsigneeForm()
        if last is not None:
            self.form.show_address(last)
        self.middle.addWidget(self.form)

    def accept(self) -> None:
        if self.form.check():
            super().accept()

    def address(self) -> Address:
        """What was entered."""
        return self.form.address()


class AmountPrompt(Confirm):
    """An amount of money between 0 and `most` (分), with a note."""

    def __init__(
        self, title: Text, told: Text, verb: Text, most: int, amount: int | None, note: str, parent: QWidget | None
    ) -> None:
        super().__init__(title, told, verb, parent=parent)
        self._most = most
        self.credit, self.note = MoneyField(), QLineEdit(note)
        self.credit.set_value(amount)
        self.row = FormRow("Amount", self.credit)
        self.middle.addWidget(self.row)
        self.middle.addWidget(FormRow("Note", self.note, optional=True))
        self.credit.setFocus()

    def accept(self) -> None:
        value = self.credit.value()
        if self.credit.error() or value is None or not 0 <= value <= self._most:
            self.row.set_error(lambda: tr("Between 0 and {amount}", amount=money(self._most)))
        else:
            super().accept()

    def amount(self) -> int:
        """分."""
        return self.credit.value() or 0


class CreditPrompt(AmountPrompt):
    """What the supplier gives the shop, at most what it asks for."""

    def __init__(self, claim: Claim, parent: QWidget | None = None) -> None:
        most, asked = claim.asked, money(claim.asked)
        super().__init__(
            lambda: tr("What do you bear of {number}?", number=claim.number),
            lambda: tr("{merchant} asks for {amount}. What you do not bear stays with the shop.",
                       merchant=claim.merchant_name, amount=asked),
            "Pay this", most, most, "", parent,
        )  # fmt: skip


class AskPrompt(AmountPrompt):
    """What the shop asks its supplier for. With `others` still to be asked, this one may be passed over: `SKIPPED`."""

    SKIPPED = 2

    def __init__(
        self,
        number: str,
        supplier: str,
        most: int,
        entered: OpenClaim | None = None,
        *,
        others: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        asked, note = (entered.asked, entered.note) if entered else (most, "")
        super().__init__(
            lambda: tr("Ask {supplier} to bear {number}", supplier=supplier, number=number),
            "The supplier sees the goods, the reason and the photos, never what your customer paid.",
            "Ask", most, asked, note, parent,
        )  # fmt: skip
        self.skip = Button("Skip this supplier", lambda: self.done(self.SKIPPED), variant="link")
        self.skip.setVisible(others)
        self.middle.addWidget(self.skip, 0, Qt.AlignmentFlag.AlignLeft)


class SayPrompt(Confirm):
    """A word with pictures."""

    def __init__(
        self, desk: "Desk", title: Text, told: Text, verb: Text, *, needed: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, told, verb, parent=parent)
        self._needed = needed
        self.text, self.photos = QPlainTextEdit(), PhotoField(desk)
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(96)
        self.row = FormRow("Message", self.text)
        self.middle.addWidget(self.row)
        self.middle.addWidget(self.photos)
        self.text.setFocus()

    def said(self) -> str:
        """The text."""
        return self.text.toPlainText().strip()

    def accept(self) -> None:
        if self.said() or (self.photos.photos() and not self._needed):
            super().accept()
        else:
            self.row.set_error("Write a few words")


class ArbitratePrompt(Confirm):
    """The platform's ruling with its reasons."""

    def __init__(self, case: Case, rulings: Sequence[Ruling], parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("Decide {number}", number=case.number),
            "Both sides read your reasons. It cannot be taken back.",
            "Decide",
            parent=parent,
        )
        self._case = case
        self.ruling = ComboBox([(r, RULINGS[r]) for r in rulings])
        self.credit, self.text = MoneyField(), QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(96)
        asked, self._given = (case.asked, case.credit) if isinstance(case, Claim) else (0, 0)
        self.credit.set_value(asked)
        self.form = Form()
        self.form.add("ruling", "Decision", self.ruling)
        hint = (lambda: tr("Asked for: {amount}", amount=money(asked))) if asked else ""
        self.form.add("credit", "The supplier bears", self.credit, hint=hint)
        self.form.add("text", "Reasons", self.text)
        self.middle.addWidget(self.form)
        self.ruling.value_changed.connect(lambda _value: self._show_credit())
        self._show_credit()

    def _show_credit(self) -> None:
        shown = isinstance(self._case, Claim) and self.ruling.value() is Ruling.REFUND
        self.form.row("credit").setVisible(shown)

    def accept(self) -> None:
        wrong: dict[str, Text] = {}
        if not self.text.toPlainText().strip():
            wrong["text"] = "Write a few words"
        bears = self.credit.value() or 0
        if isinstance(self._case, Claim) and self.ruling.value() is Ruling.REFUND:
            if not 0 <= bears <= self._case.asked:
                wrong["credit"] = "More than was asked for"
            elif bears < self._given:
                wrong["credit"] = lambda: tr("{amount} was given already", amount=money(self._given))
        if not self.form.errors(wrong):
            super().accept()

    def message(self) -> Arbitrate:
        """The command for what was decided."""
        ruling = Ruling(str(self.ruling.value()))
        bears = isinstance(self._case, Claim) and ruling is Ruling.REFUND
        return Arbitrate(
            document_id=self._case.id,
            ruling=ruling,
            text=self.text.toPlainText().strip(),
            credit=(self.credit.value() or 0) if bears else 0,
        )
