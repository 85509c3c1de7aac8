"""One listing in the inspector: its margin both ways, what the supplier changed, and its title and price to edit."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from s2b_desktop.models.queries.shop import MyGoods
from s2b_desktop.text import date, tr, unit_price
from s2b_desktop.views.common.actions import Action, ActionFlow
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.fields import UnitPriceField
from s2b_desktop.views.common.form import Form, FormRow
from s2b_desktop.views.common.label import Role
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.common.tiers import parse_tiers, tiers_text
from s2b_desktop.views.shop.listing import OwnPrices
from s2b_desktop.views.shop.words import change_text, margin_text, margin_tone, state_of, stock_of
from s2b_domain.rules.margin import margin_bp
from s2b_domain.rules.pricing import Tier, tiers_fit


class MyGoodsPanel(QWidget):
    """`saved(title, price, own)` wants another title, price (1/10,000 yuan) or `OwnPrices`."""

    saved = Signal(str, object, object)

    def __init__(
        self, row: MyGoods, actions: Sequence[Action], *, may_edit: bool, waiting: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._row, self._unsaved = row, False
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
        column.addWidget(self._facts(may_edit=may_edit))
        column.addStretch(1)

    def _form(self) -> QWidget:
        self.form, self.title = Form(), QLineEdit(self._row.listing.title)
        self.title.setMaxLength(200)
        unit = self._row.offer.sku.unit if self._row.offer else ""
        self.price = UnitPriceField(lambda: f"/ {unit}" if unit else "")
        self.price.set_value(self._row.listing.price)
        self.form.add("title", "Title in my shop", self.title)
        self.form.add("price", "My price", self.price)
        listing = self._row.listing
        self.member, self.floor = UnitPriceField(), UnitPriceField()
        self.member.set_value(listing.member_price)
        self.floor.set_value(listing.floor_price or None)
        self.form.add_pair(
            ("member", FormRow("Member price", self.member, optional=True)),
            ("floor", FormRow("Floor price", self.floor, optional=True)),
        )
        self.tiers = QLineEdit(tiers_text(listing.tiers, self._decimals))
        self.form.add("tiers", "Tier prices", self.tiers, optional=True)
        self.save = Button("Save", self._save, icon="check")
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.form)
        column.addWidget(self.save, 0, Qt.AlignmentFlag.AlignRight)
        for field in (self.price, self.member, self.floor):
            field.value_changed.connect(lambda _price: self._tell())
        self.tiers.textChanged.connect(lambda _text: self._tell())
        for line in (self.title, self.price, self.member, self.floor, self.tiers):
            line.returnPressed.connect(self._save)
            line.textEdited.connect(self._typed)
        self._tell()
        return box

    def typed_for(self, sku_id: str) -> bool:
        """Whether something was typed for a SKU that is not saved yet: the panel is not made anew over it."""
        return self._unsaved and self._row.listing.sku_id == sku_id

    def _typed(self, _text: str) -> None:
        self._unsaved = True

    @property
    def _decimals(self) -> int:
        return self._row.offer.sku.decimals if self._row.offer else 0

    def _tell(self) -> None:
        """What is left of each price after the cost."""
        floor = self.floor.value()
        margins: dict[str, Text] = {
            "price": partial(self._left, self.price.value()),
            "member": partial(self._left, self.member.value()),
            "floor": partial(self._left, floor) if floor else "No reduction goes below it",
            "tiers": self._tiers_left,
        }
        for name, said in margins.items():
            self.form.row(name).set_hint(said)

    def _left(self, price: int | None) -> str:
        supply = self._row.supply
        margin = margin_bp(price, supply) if price is not None and supply is not None else None
        return tr("Margin {margin}", margin=margin_text(margin)) if margin is not None else ""

    def _tiers_left(self) -> str:
        supply = self._row.supply
        try:
            tiers = parse_tiers(self.tiers.text(), self._decimals)
        except ValueError:
            tiers = ()
        if not tiers or supply is None:
            return tr("Such as 20: 11.5; 50: 11")
        return tr("Margin {margin}", margin=" · ".join(margin_text(margin_bp(t.price, supply)) for t in tiers))

    def _save(self) -> None:
        price, member, floor = self.price.value(), self.member.value(), self.floor.value() or 0
        wrong: dict[str, Text] = {}
        if not self.title.text().strip():
            wrong["title"] = "Please give a name"
        if price is None or price < 0:
            wrong["price"] = self.price.error() or "Enter a price such as 0.035"
        for name, field in (("member", self.member), ("floor", self.floor)):
            if error := field.error():
                wrong[name] = error
        tiers: tuple[Tier, ...] = ()
        try:
            tiers = parse_tiers(self.tiers.text(), self._decimals)
        except ValueError as refused:
            wrong["tiers"] = str(refused)
        if price is not None and not wrong:
            if member is not None and not floor <= member <= price:
                wrong["member"] = "Between the floor price and my price"
            if floor > price:
                wrong["floor"] = "Not above my price"
            if not tiers_fit(price, tiers):
                wrong["tiers"] = "Tiers begin above one and get cheaper"
            elif tiers and tiers[-1].price < floor:
                wrong["tiers"] = "Not below the floor price"
        if not self.form.errors(wrong):
            self._unsaved = False
            self.saved.emit(self.title.text().strip(), price, OwnPrices(member, floor, tiers))

    def _add_own(self, facts: Facts) -> None:
        listing = self._row.listing
        if listing.member_price is not None:
            facts.add_fact("Member price", partial(unit_price, listing.member_price))
        if listing.floor_price:
            facts.add_fact("Floor price", partial(unit_price, listing.floor_price))
        if listing.tiers:
            facts.add_fact("Tier prices", partial(tiers_text, listing.tiers, self._decimals))

    def _facts(self, *, may_edit: bool) -> Facts:
        row, facts = self._row, Facts(right=True)
        unit = row.offer.sku.unit if row.offer else ""
        supply, dropship = row.supply, row.dropship
        if supply is not None:
            facts.add_fact("Supply price", lambda: f"¥{unit_price(supply)} / {unit}")
            facts.add_fact("Margin", lambda: margin_text(row.margin), _role(row.margin))
        if dropship is not None:
            facts.add_fact("Drop-ship price", lambda: f"¥{unit_price(dropship)} / {unit}")
            facts.add_fact("Margin drop-shipped", lambda: margin_text(row.dropship_margin), _role(row.dropship_margin))
        if not may_edit:
            self._add_own(facts)
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
