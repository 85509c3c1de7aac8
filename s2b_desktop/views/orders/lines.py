"""The table of an order's lines: quantities and retail prices are edited in place."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from s2b_desktop.models.specs import sku_name
from s2b_desktop.text import amount, parse_quantity, parse_unit_price, quantity, tr, unit_price
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.packages import counted_words, parse_counted
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.orders.quote import LineQuote, OrderQuote
from s2b_desktop.views.orders.words import line_problem, stock_words

QUANTITY_PROBLEMS = frozenset({"quantity_wrong", "out_of_stock"})


class OrderLines(DataTable[LineQuote]):
    """Rows are SKU ids. Delete asks to remove the selected lines; a digit begins to edit the quantity."""

    quantity_entered = Signal(str, int)
    retail_entered = Signal(str, int)
    entry_wrong = Signal(str)
    removal_asked = Signal(list)

    def __init__(self, refusal: Callable[[str], str], parent: QWidget | None = None) -> None:
        """`refusal(sku_id)` is what the last attempt to place was answered about that line."""
        self._quotes: dict[RowId, LineQuote] = {}
        self._refusal = refusal
        super().__init__(self._columns(), self._fetch, name="Order lines", toolbar=False, parent=parent)
        self.view.installEventFilter(self)
        self.activated.connect(lambda sku_id: self.edit_quantity(str(sku_id)))

    def show_quote(self, quote: OrderQuote, *, retail: bool) -> None:
        """Show the lines of a priced draft; `retail` shows the column of the consumer's price."""
        self._quotes = {line.line.sku_id: line for line in quote.lines}
        if self._is_hidden(self._at("retail")) == retail:
            self.show_column("retail", retail)
        ids = list(self._quotes)
        if ids == list(self.model.ids()):
            self.refresh()
        else:
            self.set_ids(ids)
        self.set_totals({"amount": amount(quote.total)} if ids else {})

    def problem(self, quote: LineQuote) -> str:
        """Everything that is wrong with a line, in words."""
        return self._refusal(quote.line.sku_id) or line_problem(quote)

    def edit_quantity(self, sku_id: str, typed: str = "") -> None:
        """Open the quantity of a line for editing, with what was typed already."""
        row = self.model.row_of(sku_id)
        if row < 0:
            return
        index = self.model.index(row, self._at("quantity"))
        self.view.setCurrentIndex(index)
        self.view.edit(index)
        field = self.view.findChild(QLineEdit)
        if typed and field is not None:
            field.setText(typed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.view and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.selected_ids():
                self.removal_asked.emit(self.selected_ids())
                return True
            current = self.current_id()
            if event.text().isdigit() and current is not None:
                self.edit_quantity(str(current), event.text())
                return True
        return super().eventFilter(watched, event)

    def _at(self, key: str) -> int:
        return next(at for at, column in enumerate(self.model.columns) if column.key == key)

    def _fetch(self, ids: Sequence[RowId]) -> list[LineQuote]:
        return [self._quotes[id_] for id_ in ids]

    def _columns(self) -> list[Column[LineQuote]]:
        def wrong_quantity(line: LineQuote) -> str:
            return self.problem(line) if line.problem in QUANTITY_PROBLEMS else self._refusal(line.line.sku_id)

        def wrong_retail(line: LineQuote) -> str:
            return self.problem(line) if line.problem == "retail_price_missing" else ""

        return [
            Column("title", "Goods", _title, 240, stretch=True),
            Column("code", "SKU", lambda q: q.offer.sku.code if q.offer else "", 92, rank=3),
            Column("supplier", "Supplier", lambda q: q.offer.supplier_name if q.offer else "", 112, rank=2),
            Column("stock", "Stock", lambda q: _stock(q)[0], 108, "state", tone=lambda q: _stock(q)[1], rank=1),
            Column(
                "quantity",
                "Quantity",
                _quantity,
                112,
                "number",
                problem=wrong_quantity,
                edit=self._quantity_typed,
                typing=_units,
            ),
            Column("price", "Unit price", _price, 118, "money"),
            Column(
                "retail",
                "Retail price",
                lambda q: "" if q.retail is None else unit_price(q.retail),
                90,
                "money",
                problem=wrong_retail,
                edit=self._retail_typed,
                hidden=True,
            ),
            Column("amount", "Amount", lambda q: "" if q.cost is None else amount(q.amount), 86, "money"),
        ]

    def _quantity_typed(self, row_id: RowId, text: str) -> None:
        offer = self._quotes[row_id].offer
        try:
            steps = parse_counted(text, offer.sku) if offer else parse_quantity(text)
        except ValueError as wrong:
            self.entry_wrong.emit(tr(str(wrong)))
            return
        if steps <= 0:
            self.removal_asked.emit([row_id])
        else:
            self.quantity_entered.emit(str(row_id), steps)

    def _retail_typed(self, row_id: RowId, text: str) -> None:
        try:
            price = parse_unit_price(text)
        except ValueError as wrong:
            self.entry_wrong.emit(tr(str(wrong)))
            return
        if price < 0:
            self.entry_wrong.emit(tr("A price cannot be negative"))
        else:
            self.retail_entered.emit(str(row_id), price)


def no_lines() -> EmptyState:
    """What an order without lines says."""
    return EmptyState(
        "barcode",
        "Scan a barcode, or type a name above",
        "Every hit of Enter adds the first finding. Type a number to change a quantity, Delete takes a line out.",
    )


def _title(line: LineQuote) -> str:
    if line.offer is None:
        return tr("No longer on sale")
    return sku_name(line.offer.product_title, line.offer.sku.specs)


def _stock(line: LineQuote) -> tuple[str, Tone]:
    if line.offer is None or line.problem in ("not_on_sale", "no_dropship", "supplier_not_trading"):
        return line_problem(line), "bad"
    sku, available = line.offer.sku, line.offer.available
    words, tone = stock_words(available, sku.decimals, sku.unit)
    if line.kept:
        kept = f"{quantity(line.kept, sku.decimals)} {sku.unit}"
        return tr("Kept {quantity}", quantity=kept), "ok" if line.sure else "warn"
    if available > 0:
        words = f"{quantity(available, sku.decimals)} {sku.unit}"
    return words, "bad" if line.problem == "out_of_stock" else tone


def _quantity(line: LineQuote) -> str:
    return counted_words(line.line.quantity, line.offer.sku) if line.offer else _units(line)


def _units(line: LineQuote) -> str:
    if line.offer is None:
        return quantity(line.line.quantity)
    return f"{quantity(line.line.quantity, line.offer.sku.decimals)} {line.offer.sku.unit}"


def _price(line: LineQuote) -> str:
    if line.cost is None:
        return ""
    if line.moved_from is not None:
        return f"{unit_price(line.moved_from)} → {unit_price(line.cost)}"
    return unit_price(line.cost)
