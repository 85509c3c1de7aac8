"""One listing in the inspector: its margin both ways, what the supplier changed, and its title and price to edit."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from s2b_desktop.models.queries.shop import MyGoods
from s2b_desktop.text import date, tr, unit_price
from s2b_desktop.views.common.actions import Action, ActionFlow
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.fields import UnitPriceField
from s2b_desktop.views.common.form import Form
from s2b_desktop.views.common.label import Label, Role
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.shop.words import change_text, margin_text, margin_tone, state_of, stock_of
from s2b_domain.rules.margin import margin_bp


class MyGoodsPanel(QWidget):
    """`saved(title, price)` wants another title or price (1/10,000 yuan)."""

    saved = Signal(str, object)

    def __init__(
        self, row: MyGoods, actions: Sequence[Action], *, may_edit: bool, waiting: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._row = row
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 8, 20, 24)
        column.setSpacing(14)
        pills = QHBoxLayout()
        pills.addWidget(StatePill(lambda: state_of(row)[0], state_of(row)[1], waiting=waiting))
        pills.addWidget(StatePill(lambda: stock_of(row)[0], stock_of(row)[1]))
        pills.addStretch(1)
        column.addLayout(pills)
        if row.changed:
            column.addWidget(Banner("warn", partial(change_text, row)))
        flow = ActionFlow(actions)
        self.buttons = flow.buttons
        column.addLayout(flow)
        if may_edit:
            column.addWidget(self._form())
        column.addWidget(self._facts())
        column.addStretch(1)

    def _form(self) -> QWidget:
        self.form, self.title = Form(), QLineEdit(self._row.listing.title)
        self.title.setMaxLength(200)
        unit = self._row.offer.sku.unit if self._row.offer else ""
        self.price = UnitPriceField(lambda: f"/ {unit}" if unit else "")
        self.price.set_value(self._row.listing.price)
        self.form.add("title", "Title in my shop", self.title)
        self.form.add("price", "My price", self.price)
        self.told = Label("", "small", wrap=True)
        self.save = Button("Save", self._save, icon="check")
        line = QHBoxLayout()
        line.addWidget(self.told, 1)
        line.addWidget(self.save)
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.form)
        column.addLayout(line)
        self.price.value_changed.connect(lambda _price: self._tell())
        self.price.returnPressed.connect(self._save)
        self.title.returnPressed.connect(self._save)
        self._tell()
        return box

    def _tell(self) -> None:
        price, supply = self.price.value(), self._row.supply
        margin = margin_bp(price, supply) if price is not None and supply is not None else None
        self.told.set_words((lambda: tr("Margin {margin}", margin=margin_text(margin))) if margin is not None else "")

    def _save(self) -> None:
        price = self.price.value()
        wrong: dict[str, Text] = {}
        if not self.title.text().strip():
            wrong["title"] = "Please give a name"
        if price is None or price < 0:
            wrong["price"] = self.price.error() or "Enter a price such as 0.035"
        if not self.form.errors(wrong):
            self.saved.emit(self.title.text().strip(), price)

    def _facts(self) -> Facts:
        row, facts = self._row, Facts(right=True)
        unit = row.offer.sku.unit if row.offer else ""
        supply, dropship = row.supply, row.dropship
        if supply is not None:
            facts.add_fact("Supply price", lambda: f"¥{unit_price(supply)} / {unit}")
            facts.add_fact("Margin", lambda: margin_text(row.margin), _role(row.margin))
        if dropship is not None:
            facts.add_fact("Drop-ship price", lambda: f"¥{unit_price(dropship)} / {unit}")
            facts.add_fact("Margin drop-shipped", lambda: margin_text(row.dropship_margin), _role(row.dropship_margin))
        if row.offer is not None:
            offer = row.offer
            if offer.sku.retail_price is not None:
                facts.add_fact("Suggested retail price", lambda: f"¥{unit_price(offer.sku.retail_price or 0)} / {unit}")
            facts.add_fact("Supplier", lambda: offer.supplier_name)
            facts.add_fact("SKU code", lambda: offer.sku.code)
            if offer.sku.barcode:
                facts.add_fact("Barcode", lambda: offer.sku.barcode)
        facts.add_fact("Listed since", lambda: date(row.listing.listed_at))
        return facts


def _role(margin: int | None) -> Role:
    return "error" if margin_tone(margin) == "bad" else "strong"
