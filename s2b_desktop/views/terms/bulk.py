"""Prices of many goods at a level at once, from their standard prices, with every new price shown before."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from s2b_desktop.models.queries.terms import LevelPrice
from s2b_desktop.text import tr, unit_price
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import Column
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.goods.prices import STEPS, moved_tiers
from s2b_domain.commands.terms import PriceEntry
from s2b_domain.records.catalog import Price
from s2b_domain.rules.pricing import adjusted_price

BELOW, ABOVE, NONE = -1, 1, 0
HOW = ((BELOW, "Below the standard price"), (ABOVE, "Above the standard price"), (NONE, "No price of its own"))


class LevelPricesPrompt(Confirm):
    """`entries()` are the prices that become another, `back()` those that they were. Drop-ship prices and tiers are
    moved with the standard ones."""

    def __init__(self, rows: Sequence[LevelPrice], level: str, parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("Prices of {n} goods at the level {level}", n=len(rows), level=level),
            "They are made of the standard prices, prices by quantity too, and act at once for new orders of its "
            "merchants. When a standard price changes later, they stay.",
            "Change prices",
            parent=parent,
        )
        self.setMinimumWidth(760)
        self._rows = [row for row in rows if row.standard is not None]
        self._without = len(rows) - len(self._rows)
        self.how, self.step = ComboBox(HOW), ComboBox(STEPS)
        for combo in (self.how, self.step):
            combo.setCurrentIndex(0)
        self.percent = QuantityField(decimals=2, minimum=1, maximum=100_000, unit=lambda: "%")
        self.percent.set_value(500)
        self._percent_row, self._step_row = FormRow("By", self.percent), FormRow("Round", self.step)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(FormRow("Price at this level", self.how), 3)
        row.addWidget(self._percent_row, 2)
        row.addWidget(self._step_row, 2)
        self.middle.addLayout(row)
        self._then: list[PriceEntry] = []
        self.table: DataTable[int] = DataTable(
            [
                Column("code", "SKU code", lambda at: self._rows[at].entry.code, 110),
                Column("title", "Product name", lambda at: self._rows[at].entry.title, 220, stretch=True),
                Column("standard", "Standard price", lambda at: _said(self._rows[at].standard), 110, kind="money"),
                Column("old", "Now", lambda at: _said(self._rows[at].price), 96, kind="money"),
                Column("new", "Then", lambda at: _said(self._then[at]), 96, kind="money"),
            ],
            lambda ids: [int(at) for at in ids],
            name="Prices before and after",
            toolbar=False,
        )
        self.table.setMinimumHeight(260)
        self.table.set_density("compact")
        self._told = Label("", "small", wrap=True)
        self.middle.addWidget(self.table, 1)
        self.middle.addWidget(self._told)
        for combo in (self.how, self.step):
            combo.currentIndexChanged.connect(lambda _at: self._tell())
        self.percent.value_changed.connect(lambda _value: self._tell())
        self._tell()
        self.table.set_ids(range(len(self._rows)))
        self.percent.setFocus()

    def entries(self) -> list[PriceEntry]:
        """What the prices become, where that is another than they are."""
        return [then for _now, then in self._changed()]

    def back(self) -> list[PriceEntry]:
        """What they are now."""
        return [now for now, _then in self._changed()]

    def _changed(self) -> list[tuple[PriceEntry, PriceEntry]]:
        now = [_entry(row.entry.sku_id, row.price) for row in self._rows]
        return [(was, then) for was, then in zip(now, self._then, strict=True) if was != then]

    def _tell(self) -> None:
        none = self.how.value() == NONE
        self._percent_row.setVisible(not none)
        self._step_row.setVisible(not none)
        self._percent_row.set_error(lambda: self.percent.error())
        change = (self.percent.value() or 0) * int(str(self.how.value()))
        wrong = not none and (self.percent.value() is None or bool(self.percent.error()))
        step = int(str(self.step.value()))
        self._then = [
            _entry(row.entry.sku_id, row.price) if wrong else _moved(row, None if none else change, step)
            for row in self._rows
        ]
        self.table.refresh()
        n, without = len(self._changed()), self._without

        def told() -> str:
            said = tr("{n} prices become another.", n=n)
            return said + " " + tr("{n} goods have no such price.", n=without) if without else said

        self._told.set_words(told)
        self.verb.setEnabled(n > 0)


def _entry(sku_id: str, price: Price | None) -> PriceEntry:
    if price is None:
        return PriceEntry(sku_id=sku_id)
    return PriceEntry(
        sku_id=sku_id, supply_price=price.supply_price, dropship_price=price.dropship_price, tiers=price.tiers
    )


def _moved(row: LevelPrice, change: int | None, step: int) -> PriceEntry:
    """The standard prices moved by basis points; without a change the level has none of its own."""
    standard = row.standard
    if change is None or standard is None:
        return PriceEntry(sku_id=row.entry.sku_id)
    supply, dropship = adjusted_price(standard.supply_price, change, step), standard.dropship_price
    return PriceEntry(
        sku_id=row.entry.sku_id,
        supply_price=supply,
        dropship_price=None if dropship is None else adjusted_price(dropship, change, step),
        tiers=moved_tiers(standard.tiers, supply, change, step),
    )


def _said(price: Price | PriceEntry | None) -> str:
    return "–" if price is None or price.supply_price is None else unit_price(price.supply_price)
