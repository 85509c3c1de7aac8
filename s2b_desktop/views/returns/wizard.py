"""A new return: find the order (receipt, number, member), choose lines and units, and see the refund to the cent."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.after_sales_text import KINDS, REASONS
from s2b_desktop.messages import problem_text, state_text
from s2b_desktop.models.queries.returns import Returnable, find_orders, quoted, returnable_lines
from s2b_desktop.text import last_day, listed, moment, money, quantity, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.photos import PhotoField
from s2b_desktop.views.common.scan import ScanField
from s2b_domain.commands.refunds import CounterReturn, Given, HandedBack
from s2b_domain.commands.return_quote import ReturnQuote
from s2b_domain.commands.returns import RequestReturn, ReturnItem
from s2b_domain.errors import DomainError
from s2b_domain.records.order import Order
from s2b_domain.rules.after_sales import ReturnKind, ReturnReason
from s2b_domain.rules.order_flow import OrderKind

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

SHOWN = 8
TALLEST = 168
"""Pixels that the goods of an order take before they scroll."""
COUNTER = "COUNTER"
SPOILT = frozenset({ReturnReason.QUALITY, ReturnReason.DAMAGED})
"""Reasons for which goods usually cannot be sold again."""


class ReturnPrompt(Confirm):
    """`message()` is the request, or the return over the counter that has happened."""

    def __init__(self, desk: "Desk", parent: QWidget | None = None) -> None:
        super().__init__("New return", "", "Send the request", parent=parent)
        self.setMinimumWidth(680)
        self.verb.setDefault(False)
        self._desk = desk
        self.order: Order | None = None
        self.quote: ReturnQuote | None = None
        self._lines: list[Returnable] = []
        self.fields: dict[str, QuantityField] = {}
        self.search = ScanField("Receipt, order number, phone, card or name", big=True)
        self.search.scanned.connect(self.look_for)
        self.middle.addWidget(self.search)
        self.found = QVBoxLayout()
        self.found.setSpacing(4)
        self.middle.addLayout(self.found)
        self._later = QTimer(self, singleShot=True, interval=120)
        self._later.timeout.connect(lambda: self.look_for(self.search.text().strip(), typed=True))
        self.search.textEdited.connect(lambda _text: self._later.start())
        self._chosen = QWidget()
        self._chosen.hide()
        self.middle.addWidget(self._chosen)
        self._build()
        self.verb.setEnabled(False)
        self.search.setFocus()

    def _build(self) -> None:
        column = QVBoxLayout(self._chosen)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.about = Label("", "muted", wrap=True)
        column.addWidget(self.about)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setAccessibleName(tr("Goods"))
        column.addWidget(self._area)
        self.kind = ComboBox()
        self.reason = ComboBox([(r, REASONS[r]) for r in ReturnReason])
        self.freight = CheckBox("Give the freight back too")
        spoilt = self.reason.value() in SPOILT
        self.sellable = CheckBox("Back on the shelf: the goods can be sold again", checked=not spoilt)
        self.note, self.photos = QLineEdit(), PhotoField(self._desk)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.addWidget(FormRow("What is wanted", self.kind), 0, 0)
        grid.addWidget(FormRow("Reason", self.reason), 0, 1)
        column.addLayout(grid)
        column.addWidget(FormRow("Note", self.note, optional=True))
        column.addWidget(self.photos)
        column.addWidget(self.freight)
        column.addWidget(self.sellable)
        self.total = Label("", "strong", wrap=True)
        self.parts = Label("", "muted", wrap=True)
        self.wrong = Label("", "error", wrap=True)
        for label in (self.total, self.parts, self.wrong):
            column.addWidget(label)
        self.kind.value_changed.connect(lambda _value: self._reckon())
        self.freight.toggled.connect(lambda _on: self._reckon())
        self.reason.value_changed.connect(lambda reason: self.sellable.setChecked(reason not in SPOILT))

    # the order

    def look_for(self, text: str, *, typed: bool = False) -> None:
        """Show the orders that `text` finds; the only one is taken at once."""
        self._clear_found()
        if not text:
            return
        orders = self._desk.read(find_orders, self._desk.actor.organisation_id, text)
        if len(orders) == 1 and (not typed or orders[0].number == text):
            self.take(orders[0])
            return
        if not orders and not typed:
            QApplication.beep()
        for order in orders[:SHOWN]:
            button = Button(partial(self._named, order), partial(self.take, order), variant="quiet")
            self.found.addWidget(button)
        if not orders:
            self.found.addWidget(Label("No order found. Look for the number on the receipt.", "muted"))

    def _named(self, order: Order) -> str:
        who = order.address.name if order.address else ""
        parts = (order.number, who, moment(order.placed_at, self._desk.now()), money(order.due))
        return " · ".join(p for p in parts if p)

    def _clear_found(self) -> None:
        while self.found.count():
            item = self.found.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def take(self, order: Order) -> None:
        """Choose lines of this order."""
        self._clear_found()
        self.search.setText(order.number)
        self.order = order
        self._lines = self._desk.read(returnable_lines, order.id)
        kinds: list[tuple[object, str]] = [(k, KINDS[k]) for k in ReturnKind]
        if order.kind is OrderKind.RETAIL:
            kinds.insert(0, (COUNTER, "Handed over, money given now"))
        self.kind.set_options(list(kinds))
        self.freight.setVisible(bool(order.freight_amount))
        self.about.set_words(lambda: f"{self._named(order)} · {state_text('order', order.state)[0]}")
        box = QWidget()
        box.setProperty("surface", "plain")
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(0, 1)
        self.fields = {}
        for row, each in enumerate(self._lines):
            line = each.line
            named = " ".join(t for t in (line.title, line.specs) if t)
            grid.addWidget(Label(partial(str, named), wrap=True), row, 0)
            left = quantity(each.left, line.decimals)
            side = Label(partial(tr, "of {quantity}", quantity=left), "muted")
            field = QuantityField(decimals=line.decimals, maximum=each.left, unit=partial(str, line.unit))
            field.setFixedWidth(124)
            field.set_value(0)
            field.setEnabled(each.left > 0)
            field.setAccessibleName(line.title)
            field.value_changed.connect(lambda _value: self._reckon())
            self.fields[line.id] = field
            grid.addWidget(field, row, 1)
            grid.addWidget(side, row, 2, Qt.AlignmentFlag.AlignVCenter)
        grid.setRowStretch(len(self._lines), 1)
        box.setProperty("plain", True)
        self._area.setWidget(box)
        self._area.setFixedHeight(min(TALLEST, box.sizeHint().height()))
        self._chosen.show()
        self.adjustSize()
        self._reckon()
        first = next((field for field in self.fields.values() if field.isEnabled()), None)
        if first is not None:
            first.setFocus()

    def fill(self, order: Order, entered: RequestReturn | CounterReturn) -> None:
        """Show what was entered before and not taken, to be put right."""
        self.take(order)
        for item in entered.items:
            if item.order_line_id in self.fields:
                self.fields[item.order_line_id].setEnabled(True)
                self.fields[item.order_line_id].set_value(item.quantity)
        self.kind.set_value(entered.kind if isinstance(entered, RequestReturn) else COUNTER)
        self.reason.set_value(entered.reason)
        self.freight.setChecked(isinstance(entered, RequestReturn) and entered.with_freight)
        self.note.setText(entered.note)
        self.photos.set_photos(entered.photos)
        if isinstance(entered, CounterReturn):
            self.sellable.setChecked(not any(item.written_off for item in entered.items))
        self._reckon()

    # the money

    def _units(self) -> dict[str, int]:
        return {id_: n for id_, field in self.fields.items() if (n := field.value() or 0)}

    def _reckon(self) -> None:
        """Say what would be paid back, or why it cannot be."""
        order, units = self.order, self._units()
        self.quote = None
        wrong = next((e for field in self.fields.values() if (e := field.error())), "")
        if order is not None and units and not wrong:
            kind = self._kind() or ReturnKind.RETURN_REFUND
            try:
                back = self.freight.isChecked()
                self.quote = self._desk.read(quoted, order.id, kind, units, with_freight=back)
            except DomainError as refusal:
                wrong = problem_text(refusal.code, refusal.params)
        found = self.quote
        self.wrong.set_words(lambda: wrong)
        self.wrong.setVisible(bool(wrong))
        said = partial(_refund, found) if found else partial(tr, "Choose what comes back")
        self.total.set_words(said)
        self.parts.set_words(partial(_parts, found) if found else "")
        self.parts.setVisible(bool(found and _parts(found)))
        self.sellable.setVisible(self.kind.value() == COUNTER)
        self.verb.set_words("Book the return" if self.kind.value() == COUNTER else "Send the request")
        self.verb.setEnabled(found is not None)

    def _kind(self) -> ReturnKind | None:
        value = self.kind.value()
        return None if value in (COUNTER, None) else ReturnKind(str(value))

    def accept(self) -> None:
        if self.quote is not None:
            super().accept()

    def message(self, return_id: str, number: str) -> RequestReturn | CounterReturn:
        """The command for what was chosen."""
        assert self.order is not None
        assert self.quote is not None
        reason = ReturnReason(str(self.reason.value()))
        note, photos, kind = self.note.text().strip(), self.photos.photos(), self._kind()
        if kind is None:
            given = tuple(Given(method=m or "CASH", amount=n) for m, n in self.quote.methods)
            return CounterReturn(
                return_id=return_id,
                number=number,
                order_id=self.order.id,
                reason=reason,
                items=tuple(
                    HandedBack(order_line_id=i, quantity=n, written_off=0 if self.sellable.isChecked() else n)
                    for i, n in self._units().items()
                ),
                given=given,
                note=note,
                photos=photos,
            )
        return RequestReturn(
            return_id=return_id,
            number=number,
            order_id=self.order.id,
            kind=kind,
            reason=reason,
            items=tuple(ReturnItem(order_line_id=i, quantity=n) for i, n in self._units().items()),
            note=note,
            photos=photos,
            with_freight=self.freight.isChecked(),
            amount_seen=self.quote.pay_back,
        )


def _refund(found: ReturnQuote) -> str:
    ways = listed(f"{state_text('method', m)[0] if m else tr('Any method')} {money(n)}" for m, n in found.methods)
    said = tr("Refund {amount}", amount=money(found.pay_back))
    return f"{said} ({ways})" if ways else said


def _parts(found: ReturnQuote) -> str:
    """What the refund is made of."""
    said = [tr("Goods {amount}", amount=money(found.goods))]
    if found.freight:
        said.append(tr("freight {amount}", amount=money(found.freight)))
    said += [
        tr("gift {title} × {quantity} kept {amount}", title=t, quantity=quantity(n, d), amount=money(-worth))
        for t, n, d, worth in found.gifts
    ]
    if found.gift_amount < 0:
        said.append(tr("a gift comes back that was paid for {amount}", amount=money(-found.gift_amount)))
    if found.points_back:
        said.append(tr("{n} points return", n=found.points_back))
    if found.points_away:
        said.append(tr("{n} points are taken back", n=found.points_away))
    for name, until in found.coupons:
        words = "coupon {name} returns" if until is None else "coupon {name} returns, valid until {day}"
        said.append(tr(words, name=name, day="" if until is None else last_day(until)))
    if found.pay_back != found.value:
        said.append(tr("{amount} was never paid", amount=money(found.value - found.pay_back)))
    return " · ".join(said)
