"""Goods into the shop: one pricing rule for many, every title, price and margin shown and editable before."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from s2b_desktop.models.queries.catalog import SkuOffer
from s2b_desktop.text import parse_unit_price, tr, unit_price
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.shop.words import margin_text, margin_tone, offer_title
from s2b_domain.commands.shops import MAX_LISTED, ListEntry, ListGoods
from s2b_domain.records.shop import Listing
from s2b_domain.rules.bounds import MAX_PRICE
from s2b_domain.rules.margin import Ending, PriceRule, margin_bp
from s2b_domain.rules.money import half_up
from s2b_domain.rules.pricing import Tier

BASES: tuple[tuple[str, str], ...] = (
    ("supply", "Supply price × factor"),
    ("dropship", "Drop-ship price × factor"),
    ("retail", "Suggested retail price"),
    ("kept", "As listed now"),
)
ENDINGS: tuple[tuple[Ending, str], ...] = (
    (Ending.NINE, "up to .90"),
    (Ending.NINETY_NINE, "up to .99"),
    (Ending.WHOLE, "up to whole yuan"),
    (Ending.TENTH, "up to 0.1 yuan"),
    (Ending.CENT, "up to 0.01 yuan"),
)


def supply_of(offer: SkuOffer) -> int | None:
    """供货价 without tiers (1/10,000 yuan)."""
    return offer.price.supply_price if offer.price else None


def dropship_of(offer: SkuOffer) -> int | None:
    """代发价 (1/10,000 yuan), where it is offered."""
    return offer.price.dropship_price if offer.price and offer.sku.dropship else None


class OwnPrices(NamedTuple):
    """What a shop says beside its price (1/10,000 yuan): for members, the least after every reduction, by quantity."""

    member: int | None = None
    floor: int = 0
    tiers: tuple[Tier, ...] = ()


def kept_prices(listing: Listing | None, price: int) -> OwnPrices:
    """What a listing says, as far as it fits another price."""
    if listing is None:
        return OwnPrices()
    member = listing.member_price if (listing.member_price or 0) <= price else None
    return OwnPrices(member, min(listing.floor_price, price), tuple(t for t in listing.tiers if t.price < price))


def entry_of(
    offer: SkuOffer, price: int, title: str, *, own: OwnPrices | None = None, on_sale: bool = True
) -> ListEntry:
    """An entry that agrees to the margin as it is now; what else was said of the listing stays unless `own` says it."""
    own = own or kept_prices(offer.listing, price)
    return ListEntry(
        sku_id=offer.sku.id,
        price=price,
        title=title.strip(),
        member_price=own.member,
        floor_price=own.floor,
        tiers=own.tiers,
        on_sale=on_sale,
        supply_seen=supply_of(offer),
        dropship_seen=dropship_of(offer),
    )


def messages(entries: Sequence[ListEntry]) -> list[ListGoods]:
    """The commands that list so many."""
    return [ListGoods(entries=tuple(entries[at : at + MAX_LISTED])) for at in range(0, len(entries), MAX_LISTED)]


class ListPrompt(Confirm):
    """`entries()` are the goods that have a price, as the table shows them."""

    def __init__(self, offers: Sequence[SkuOffer], parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("List {n} goods in my shop", n=len(offers)),
            "The counter and consumers' orders use these prices. Titles and prices can be changed in the table.",
            "List them",
            parent=parent,
        )
        self.setMinimumWidth(820)
        self._offers = list(offers)
        self._titles: dict[int, str] = {}
        self._typed: dict[int, int] = {}
        listed = all(o.listing is not None and o.listing.on_sale for o in offers)
        self.basis, self.ending = ComboBox(BASES), ComboBox(ENDINGS)
        self.factor = QuantityField(decimals=2, minimum=1, maximum=10_000)
        self.factor.set_value(150)
        self.basis.set_value("kept" if listed else "supply")
        self._factor_row, self._ending_row = FormRow("Factor", self.factor), FormRow("Round", self.ending)
        self.floor = QuantityField(decimals=2, maximum=10_000)
        self._floor_row = FormRow("Floor: cost × factor", self.floor, optional=True)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(FormRow("Price by", self.basis), 3, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._factor_row, 2, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._ending_row, 3, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._floor_row, 3, Qt.AlignmentFlag.AlignTop)
        self.middle.addLayout(row)
        self.table: DataTable[int] = DataTable(
            [
                Column("title", "Title in my shop", self.title, 230, stretch=True, edit=self._title_typed),
                Column("cost", "Supply price", lambda at: _price(supply_of(self._offers[at])), 96, "money"),
                Column("dropship", "Drop-ship price", lambda at: _price(dropship_of(self._offers[at])), 96, "money"),
                Column("price", "My price", lambda at: _price(self.price(at)), 96, "money", edit=self._price_typed),
                Column("floor", "Floor price", lambda at: _price(self._own(at).floor or None), 88, "money"),
                Column(
                    "margin",
                    "Margin",
                    lambda at: margin_text(self._margin(at)),
                    88,
                    "state",
                    tone=lambda at: margin_tone(self._margin(at)),
                    fits=lambda: ["-88.8%"],
                ),
            ],
            lambda ids: [int(at) for at in ids],
            name="Goods to list",
            toolbar=False,
        )
        self.table.setMinimumHeight(280)
        self.table.set_density("compact")
        self.table.set_ids(range(len(self._offers)))
        self.middle.addWidget(self.table, 1)
        self._told = Label("", "small", wrap=True)
        self.middle.addWidget(self._told)
        self.basis.currentIndexChanged.connect(lambda _at: self._anew())
        self.ending.currentIndexChanged.connect(lambda _at: self._anew())
        self.factor.value_changed.connect(lambda _value: self._anew())
        self.floor.value_changed.connect(lambda _value: self._floor_typed())
        self._anew()
        self.factor.setFocus()

    def title(self, at: int) -> str:
        """What the shop will call it."""
        offer = self._offers[at]
        return self._titles.get(at) or (offer.listing.title if offer.listing else offer_title(offer))

    def price(self, at: int) -> int | None:
        """What the shop will ask; None where the rule finds nothing to go by."""
        if at in self._typed:
            return self._typed[at]
        offer, basis, factor = self._offers[at], self.basis.value(), self.factor.value()
        if basis == "kept":
            return offer.listing.price if offer.listing else offer.sku.retail_price
        if basis == "retail":
            return offer.sku.retail_price
        cost = self._cost(at)
        if cost is None or factor is None or self.factor.error():
            return None
        return PriceRule(factor_bp=factor * 100, ending=ENDINGS[self.ending.currentIndex()][0]).price(cost)

    def entries(self) -> list[ListEntry]:
        """The goods with a price, ready to list."""
        priced = [(at, self.price(at)) for at in range(len(self._offers))]
        return [
            entry_of(self._offers[at], price, self.title(at), own=self._own(at))
            for at, price in priced
            if price is not None
        ]

    def _own(self, at: int) -> OwnPrices:
        price, cost, factor = self.price(at) or 0, self._cost(at), self.floor.value()
        own = kept_prices(self._offers[at].listing, price)
        if factor is None or cost is None or self.floor.error():
            return own
        return own._replace(floor=min(price, half_up(cost * factor, 100)))

    def _cost(self, at: int) -> int | None:
        offer = self._offers[at]
        return dropship_of(offer) if self.basis.value() == "dropship" else supply_of(offer)

    def _margin(self, at: int) -> int | None:
        price, cost = self.price(at), self._cost(at)
        return None if price is None or cost is None else margin_bp(price, cost)

    def _anew(self) -> None:
        by_rule = self.basis.value() in ("supply", "dropship")
        self._factor_row.setVisible(by_rule)
        self._ending_row.setVisible(by_rule)
        self._factor_row.set_error(lambda: self.factor.error())
        self._typed.clear()
        self._tell()

    def _tell(self) -> None:
        self.table.refresh()
        n, total = len(self.entries()), len(self._offers)
        lost = sum((self._margin(at) or 0) < 0 for at in range(total))

        def told() -> str:
            parts = [tr("{n} goods are listed.", n=n)]
            if n < total:
                parts.append(tr("{n} goods have no price to go by and are left out.", n=total - n))
            if lost:
                parts.append(tr("{n} would be sold below cost.", n=lost))
            return " ".join(parts)

        self._told.set_words(told)
        self.verb.setEnabled(n > 0)

    def _floor_typed(self) -> None:
        self._floor_row.set_error(lambda: self.floor.error())
        self._tell()

    def _title_typed(self, row_id: RowId, text: str) -> None:
        self._titles[int(row_id)] = text.strip()[:200]
        self._tell()

    def _price_typed(self, row_id: RowId, text: str) -> None:
        try:
            price = parse_unit_price(text)
        except ValueError as wrong:
            source = str(wrong)
            self._told.set_words(lambda: tr(source))
            return
        if 0 <= price <= MAX_PRICE:
            self._typed[int(row_id)] = price
            self._tell()
        else:
            self._told.set_words("A price cannot be negative")


def _price(price: int | None) -> str:
    return "" if price is None else unit_price(price)
