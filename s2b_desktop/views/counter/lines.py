"""The goods of a sale: quantity and price are edited in place, gifts stand below."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from s2b_desktop.models.queries.counter import Bill, Ticket
from s2b_desktop.models.specs import sku_name
from s2b_desktop.text import amount, parse_unit_price, quantity, tr, unit_price
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.packages import counted_words, parse_counted
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.counter.cart import Cart
from s2b_domain.rules.pricing import PricedLine

GIFT = "gift:"


class SaleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it stands: `gift_of` names the promotion of a gift, `problem` is why it cannot be sold like this."""

    key: str
    ticket: Ticket | None
    quantity: int
    priced: PricedLine | None
    gift_of: str = ""
    problem: str = ""

    @property
    def title(self) -> str:
        """What it is called, with its options."""
        if self.ticket is None:
            return tr("Not known on this PC")
        return sku_name(self.ticket.title, self.ticket.sku.specs)


def sale_lines(cart: Cart, bill: Bill) -> list[SaleLine]:
    """The lines of a cart with their prices, then its gifts."""
    quote = bill.quote
    priced = {line.key: line for line in quote.lines} if quote else {}
    lines = []
    for item in cart.items:
        problem = "unknown" if item.sku_id in bill.unknown else "unpriced" if item.sku_id in bill.unpriced else ""
        ticket = bill.tickets.get(item.sku_id)
        lines.append(
            SaleLine(
                key=item.sku_id,
                ticket=ticket,
                quantity=item.quantity,
                priced=priced.get(item.sku_id),
                problem=problem,
            )
        )
    for given in quote.gifts if quote else ():
        ware = given.ware
        ticket = Ticket(sku=ware.sku, title=ware.product.title, price=0, on_hand=0, listed=False)
        key = f"{GIFT}{given.promotion_id}:{ware.sku.id}"
        lines.append(
            SaleLine(key=key, ticket=ticket, quantity=ware.quantity, priced=given.line, gift_of=given.promotion_id)
        )
    return lines


class CounterLines(DataTable[SaleLine]):
    """Rows are SKU ids and gifts. Delete asks to take the selected lines out; a digit edits the quantity."""

    quantity_entered = Signal(str, int)
    price_entered = Signal(str, object)
    entry_wrong = Signal(str)
    removal_asked = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._lines: dict[RowId, SaleLine] = {}
        super().__init__(self._columns(), self._fetch, name="Goods of the sale", toolbar=False, parent=parent)
        self.view.installEventFilter(self)
        self.set_empty(
            EmptyState(
                "barcode",
                "Scan the first item",
                "Or type a name or pinyin initials above. A member's card, phone number or coupon may be scanned too.",
            )
        )

    def show_lines(self, lines: Sequence[SaleLine]) -> None:
        """Show these lines."""
        self._lines = {line.key: line for line in lines}
        ids = list(self._lines)
        if ids == list(self.model.ids()):
            self.refresh()
        else:
            self.set_ids(ids)

    def line(self, key: object) -> SaleLine | None:
        """The line that a row shows."""
        return self._lines.get(key) if isinstance(key, str) else None

    def edit_cell(self, key: str, column: str, typed: str = "") -> None:
        """Open a cell for editing, with what was typed already."""
        row = self.model.row_of(key)
        if row < 0 or key.startswith(GIFT):
            return
        at = next(at for at, each in enumerate(self.model.columns) if each.key == column)
        index = self.model.index(row, at)
        self.view.setCurrentIndex(index)
        self.view.edit(index)
        field = self.view.findChild(QLineEdit)
        if typed and field is not None:
            field.setText(typed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.view and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            current = self.current_id()
            if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.selected_ids():
                self.removal_asked.emit(self.selected_ids())
                return True
            if event.text().isdigit() and current is not None:
                self.edit_cell(str(current), "quantity", event.text())
                return True
        return super().eventFilter(watched, event)

    def _fetch(self, ids: Sequence[RowId]) -> list[SaleLine]:
        return [self._lines[id_] for id_ in ids]

    def _columns(self) -> list[Column[SaleLine]]:
        return [
            Column("title", "Goods", lambda li: li.title, 200, stretch=True, problem=_problem),
            Column("code", "SKU", lambda li: li.ticket.sku.code if li.ticket else "", 88, rank=2),
            Column("stock", "In the shop", _stock, 88, "number", rank=3),
            Column("quantity", "Quantity", _quantity, 112, "number", edit=self._quantity_typed, typing=_units),
            Column("price", "Price", _price, 92, "money", edit=self._price_typed),
            Column("saved", "Discount", _saved, 84, "money", rank=1),
            Column("amount", "Amount", _amount, 100, "money"),
        ]

    def _quantity_typed(self, key: RowId, text: str) -> None:
        line = self._lines[key]
        if line.gift_of or line.ticket is None:
            return
        sku = line.ticket.sku
        try:
            steps = parse_counted(text, sku)
        except ValueError as wrong:
            self.entry_wrong.emit(tr(str(wrong)))
            return
        if steps <= 0:
            self.removal_asked.emit([key])
        else:
            self.quantity_entered.emit(str(key), steps)

    def _price_typed(self, key: RowId, text: str) -> None:
        if self._lines[key].gift_of:
            return
        if not text.strip():
            self.price_entered.emit(str(key), None)
            return
        try:
            price = parse_unit_price(text)
        except ValueError as wrong:
            self.entry_wrong.emit(tr(str(wrong)))
            return
        if price < 0:
            self.entry_wrong.emit(tr("A price cannot be negative"))
        else:
            self.price_entered.emit(str(key), price)


def problem_words(line: SaleLine) -> str:
    """Why a line cannot be sold as it is; empty if it can."""
    return {
        "unknown": tr("These goods are no longer known here. Take them out, or sync."),
        "unpriced": tr("Enter a price"),
    }.get(line.problem, "")


def _problem(line: SaleLine) -> str:
    return problem_words(line)


def _stock(line: SaleLine) -> str:
    if line.ticket is None or line.gift_of:
        return ""
    return quantity(line.ticket.on_hand, line.ticket.sku.decimals)


def _quantity(line: SaleLine) -> str:
    return counted_words(line.quantity, line.ticket.sku) if line.ticket else _units(line)


def _units(line: SaleLine) -> str:
    if line.ticket is None:
        return quantity(line.quantity)
    return f"{quantity(line.quantity, line.ticket.sku.decimals)} {line.ticket.sku.unit}".strip()


def _price(line: SaleLine) -> str:
    if line.gift_of:
        return tr("Gift")
    if line.priced is None or line.problem:
        return ""
    return unit_price(line.priced.unit_price)


def _amount(line: SaleLine) -> str:
    return amount(line.priced.payable) if line.priced and not line.problem else ""


def _saved(line: SaleLine) -> str:
    if line.priced is None or line.gift_of or line.priced.list_amount == line.priced.payable:
        return ""
    return amount(line.priced.payable - line.priced.list_amount)
