"""One product in the inspector: its SKUs with prices and stock, how many to order, the supplier, what it is."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.models.queries.catalog import ProductDetail, SkuOffer
from s2b_desktop.models.specs import specs_text
from s2b_desktop.text import language, percent, quantity, tr, unit_price
from s2b_desktop.views.catalog.plain import plain
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.glyph import IconDisc
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.packages import packages_words
from s2b_desktop.views.common.pictures import Load, PictureStrip
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.orders.quote import largest_allowed
from s2b_desktop.views.orders.words import stock_words
from s2b_domain.commands.costs import unit_cost
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import next_allowed, quantity_allowed


class ProductPanel(QWidget):
    """`added(sku_id, steps)` puts goods into the order; `copied(text)` wants the clipboard, `compared(sku_id)` the
    other suppliers of the same goods, `met(supplier_id)` to know who sells them."""

    added = Signal(str, int)
    copied = Signal(str)
    compared = Signal(str)
    met = Signal(str)

    def __init__(
        self,
        detail: ProductDetail,
        kind: OrderKind,
        load: Load | None = None,
        *,
        may_order: bool,
        sku_id: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._detail, self._kind, self._load = detail, kind, load
        self._offers = {offer.sku.id: offer for offer in detail.offers}
        self._chosen = self._offers.get(sku_id) or (detail.offers[0] if detail.offers else None)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 8, 20, 24)
        self._column.setSpacing(14)
        self._head()
        self.skus: DataTable[SkuOffer] | None = None
        if len(detail.offers) > 1:
            self._sku_table(detail.offers)
        self._sku = QVBoxLayout()
        self._sku.setSpacing(14)
        self._column.addLayout(self._sku)
        self.quantity: QuantityField | None = None
        self.add: Button | None = None
        self._may_order = may_order
        self._show_sku()
        self._supplier()
        self._about()
        self._column.addStretch(1)

    def sku_id(self) -> str:
        """The SKU that is looked at."""
        return self._chosen.sku.id if self._chosen else ""

    def ask_to_add(self) -> bool:
        """Add what is entered; False if there is nothing to add or the quantity is wrong, which is shown."""
        if self._chosen is None or self.quantity is None:
            return False
        steps, sku = self.quantity.value(), self._chosen.sku
        minimum, step = self._limits()
        if steps is None or not quantity_allowed(steps, minimum, step):
            fitting = next_allowed(steps or 0, minimum, step)
            self._row.set_error(
                lambda: tr("Make it {quantity}", quantity=f"{quantity(fitting, sku.decimals)} {sku.unit}")
            )
            self.quantity.set_value(fitting)
            self.quantity.setFocus()
            return False
        self._row.set_error("")
        self.added.emit(sku.id, steps)
        return True

    def _limits(self) -> tuple[int, int]:
        """Minimum and step (steps) of the chosen SKU for this kind of order."""
        if self._chosen is None or self._kind is OrderKind.DROPSHIP:
            return 1, 1
        return self._chosen.sku.min_quantity, self._chosen.sku.order_step

    def _head(self) -> None:
        product, row, words = self._detail.product, QHBoxLayout(), QVBoxLayout()
        row.setSpacing(14)
        words.setSpacing(2)
        if not product.images:
            row.addWidget(IconDisc("package"), 0, Qt.AlignmentFlag.AlignTop)
        words.addWidget(Label(lambda: product.title, "strong", wrap=True))
        words.addWidget(Label(self._place, "small", wrap=True))
        row.addLayout(words, 1)
        self._column.addLayout(row)
        if product.images:
            self._column.addWidget(PictureStrip(self._load, product.images, size=84, most=3))

    def _place(self) -> str:
        chinese = language() == "zh_CN"
        path = " › ".join(c.name_zh if chinese else c.name_en for c in self._detail.category)
        return " · ".join(t for t in (self._detail.product.brand, path) if t)

    def _called(self, name: str) -> str:
        """What a supplier calls a specification or parameter, in the words of the platform where it knows it."""
        for a in self._detail.attributes:
            if name in (a.name_zh, a.name_en):
                return (a.name_zh if language() == "zh_CN" else a.name_en) or name
        return name

    def _sku_table(self, offers: Sequence[SkuOffer]) -> None:
        def cost(offer: SkuOffer) -> str:
            price = unit_cost(offer.price, self._kind, self._least(offer)) if offer.price else None
            return "" if price is None else unit_price(price)

        def stock(offer: SkuOffer) -> str:
            return quantity(offer.available, offer.sku.decimals)

        self.skus = DataTable(
            [
                Column("specs", "Specification", lambda o: specs_text(o.sku.specs) or o.sku.code, 150, stretch=True),
                Column("price", "Price", cost, 84, "money"),
                Column("stock", "Stock", stock, 80, "number"),
            ],
            lambda ids: [self._offers[str(id_)] for id_ in ids],
            name="SKUs",
            toolbar=False,
        )
        self.skus.set_density("compact")
        self.skus.setFixedHeight(38 + 30 * min(len(offers), 6) + 40)
        self.skus.set_ids([offer.sku.id for offer in offers])
        self.skus.select(self.sku_id())
        self.skus.current_changed.connect(self._choose)
        self._column.addWidget(self.skus)

    def _least(self, offer: SkuOffer) -> int:
        return offer.sku.min_quantity if self._kind is OrderKind.PURCHASE else 10**offer.sku.decimals

    def _choose(self, sku_id: RowId | None) -> None:
        offer = self._offers.get(str(sku_id))
        if offer is not None and offer is not self._chosen:
            self._chosen = offer
            self._show_sku()

    def _show_sku(self) -> None:
        while (item := self._sku.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if self._chosen is None:
            self._sku.addWidget(Label("No longer on sale", "muted"))
            return
        self._sku.addWidget(self._sku_facts(self._chosen))
        if self._may_order:
            self._sku.addWidget(self._order_box(self._chosen))

    def _sku_facts(self, offer: SkuOffer) -> QWidget:
        sku, price, box = offer.sku, offer.price, QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        words, tone = stock_words(offer.available, sku.decimals, sku.unit)
        row = QHBoxLayout()
        row.addWidget(StatePill(lambda: words, tone))
        if sku.dropship and price is not None and price.dropship_price is not None:
            row.addWidget(StatePill("Can drop-ship", "accent"))
        row.addStretch(1)
        row.addWidget(
            Button(
                "", lambda: self.copied.emit(sku.barcode or sku.code), icon="copy", variant="quiet", tip="Copy the code"
            )
        )
        column.addLayout(row)
        facts = Facts(right=True)
        if price is not None:
            facts.add_fact("Supply price", lambda: _per(price.supply_price, sku.unit), "strong")
            for tier in sorted(price.tiers, key=lambda t: t.min_quantity):
                least = f"{quantity(tier.min_quantity, sku.decimals)} {sku.unit}"
                facts.add_fact(
                    lambda least=least: tr("from {quantity}", quantity=least),  # type: ignore[misc]
                    lambda p=tier.price: _per(p, sku.unit),  # type: ignore[misc]
                )
            if sku.dropship and price.dropship_price is not None:
                facts.add_fact("Drop-ship price", lambda: _per(price.dropship_price or 0, sku.unit))
        if sku.retail_price is not None:
            facts.add_fact("Suggested retail price", lambda: _per(sku.retail_price or 0, sku.unit))
        facts.add_fact("Minimum and step", lambda: _minimum(offer))
        if sku.packages:
            facts.add_fact("Packages", lambda: packages_words(sku))
        facts.add_fact("Tax rate", lambda: percent(sku.tax_rate_bp))
        facts.add_fact("SKU code", lambda: sku.code)
        if sku.barcode:
            facts.add_fact("Barcode", lambda: sku.barcode)
        for name in sorted(sku.specs):
            facts.add_fact(partial(self._called, name), partial(str, sku.specs[name]))
        column.addWidget(facts)
        if sku.barcode:
            compare = Button("Compare suppliers", lambda: self.compared.emit(sku.id), icon="scale")
            column.addWidget(compare, 0, Qt.AlignmentFlag.AlignLeft)
        return box

    def _order_box(self, offer: SkuOffer) -> QWidget:
        sku, box = offer.sku, QFrame()
        minimum, step = self._limits()
        box.setProperty("surface", "card")
        row = QHBoxLayout(box)
        row.setContentsMargins(12, 10, 12, 12)
        row.setSpacing(12)
        self.quantity = QuantityField(
            decimals=sku.decimals,
            minimum=minimum,
            maximum=largest_allowed(offer.available, minimum, step) or None,
            multiple=max(step, 1),
            unit=lambda: sku.unit,
        )
        self.quantity.set_value(next_allowed(10**sku.decimals, minimum, step))
        self.quantity.returnPressed.connect(self.ask_to_add)
        self._row = FormRow("Quantity", self.quantity)
        self.add = Button("Add to order", self.ask_to_add, variant="primary", icon="cart", tip="Add to order (F4)")
        row.addWidget(self._row, 1)
        row.addWidget(self.add, 0, Qt.AlignmentFlag.AlignBottom)
        offered = offer.price is not None and unit_cost(offer.price, self._kind, minimum) is not None
        ships = self._kind is OrderKind.PURCHASE or sku.dropship
        if not (offered and ships and offer.trading):
            self.add.setEnabled(False)
            self._row.set_error(
                "Not offered for drop-shipping" if offer.trading else "The supplier is not trading at present"
            )
        elif offer.available <= 0:
            self.add.setEnabled(False)
            self._row.set_error("None in stock")
        return box

    def _supplier(self) -> None:
        supplier = self._detail.supplier
        if supplier is None:
            return
        self._section("Supplier")
        card = QFrame()
        card.setProperty("surface", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(3)
        column.addWidget(Label(lambda: supplier.name, "strong", wrap=True))
        if supplier.region:
            column.addWidget(Label(lambda: supplier.region, "small"))
        if supplier.about:
            column.addWidget(Label(lambda: plain(supplier.about), "muted", wrap=True))
        self.meet = Button("About the supplier", lambda: self.met.emit(supplier.id), icon="store")
        column.addSpacing(4)
        column.addWidget(self.meet, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addWidget(card)

    def _about(self) -> None:
        product = self._detail.product
        if product.parameters:
            self._section("Parameters")
            facts = Facts()
            for name, value in product.parameters.items():
                facts.add_fact(partial(self._called, name), partial(str, value))
            self._column.addWidget(facts)
        described = plain(product.description)
        if described:
            self._section("Description")
            said = Label(lambda: described, wrap=True)
            said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._column.addWidget(said)

    def _section(self, title: str) -> None:
        line = QFrame()
        line.setProperty("surface", "line")
        self._column.addWidget(line)
        self._column.addWidget(Label(title, "strong"))


def _per(price: int, unit: str) -> str:
    return f"¥{unit_price(price)} / {unit}"


def _minimum(offer: SkuOffer) -> str:
    sku = offer.sku
    least = f"{quantity(sku.min_quantity, sku.decimals)} {sku.unit}"
    if sku.order_step > 1:
        return tr("{quantity}, in steps of {step}", quantity=least, step=quantity(sku.order_step, sku.decimals))
    return least
