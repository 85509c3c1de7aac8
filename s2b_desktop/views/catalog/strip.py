"""The order in hand, at the foot of the catalog: what is in it, what was added last, and the way to finish it."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from s2b_desktop.text import money, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import RadioButton
from s2b_desktop.views.common.glyph import ToneIcon
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.orders.draft import OrderDraft
from s2b_desktop.views.orders.quote import OrderQuote
from s2b_domain.rules.order_flow import OrderKind


class BasketStrip(QFrame):
    """`kind_chosen(OrderKind)`; the button calls `go`."""

    kind_chosen = Signal(object)

    def __init__(self, go: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.purchase, self.dropship = RadioButton("Buy for own stock"), RadioButton("Ship to a customer")
        self.purchase.clicked.connect(lambda: self.kind_chosen.emit(OrderKind.PURCHASE))
        self.dropship.clicked.connect(lambda: self.kind_chosen.emit(OrderKind.DROPSHIP))
        self.facts = Label("", "strong")
        self.last = Label("", "muted")
        self.go = Button("Go to the order", go, shortcut="F2", variant="primary", show_key=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(ToneIcon("cart", "accent"))
        row.addWidget(self.facts)
        row.addWidget(self.last, 1)
        row.addWidget(self.purchase)
        row.addWidget(self.dropship)
        row.addSpacing(4)
        row.addWidget(self.go)
        self.last.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_order(self, draft: OrderDraft, quote: OrderQuote, last: str = "") -> None:
        """Show the order in hand; `last` says what was put into it just now."""
        dropship = draft.kind is OrderKind.DROPSHIP
        self.purchase.setChecked(not dropship)
        self.dropship.setChecked(dropship)
        goods = len(draft.lines)

        def said() -> str:
            if not goods:
                return tr("The order is empty")
            return f"{tr('{n} goods', n=goods)} · {money(quote.supply_total)}"

        self.facts.set_words(said)
        self.last.set_words(lambda: tr("Added: {goods}", goods=last) if last else "")
