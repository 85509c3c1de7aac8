"""Many prices at once: set, raise or lower, with every new price shown before anything happens."""

from collections.abc import Sequence
from typing import Literal

from PySide6.QtWidgets import QHBoxLayout, QWidget

from s2b_desktop.models.queries.goods import GoodsEntry
from s2b_desktop.text import tr
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import QuantityField, UnitPriceField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.goods.words import price_text
from s2b_domain.commands.goods import GoodsLine
from s2b_domain.rules.pricing import adjusted_price

Which = Literal["supply_price", "dropship_price"]
WHICH: tuple[tuple[Which, str], ...] = (("supply_price", "Supply price"), ("dropship_price", "Drop-ship price"))
HOW = ("Raise by percent", "Lower by percent", "Set to one price")
STEPS = ((100, "to 0.01 yuan"), (1_000, "to 0.1 yuan"), (10_000, "to 1 yuan"), (1, "not at all"))


def price_line(row: int, code: str, which: Which, price: int | None) -> GoodsLine:
    """The line that sets one price, or takes a drop-ship price away."""
    if which == "supply_price":
        return GoodsLine(row=row, code=code, supply_price=price)
    if price is None:
        return GoodsLine(row=row, code=code, cleared=("dropship_price",))
    return GoodsLine(row=row, code=code, dropship_price=price)


class PricePrompt(Confirm):
    """`changes()` are the (entry, old, new) that differ."""

    def __init__(self, entries: Sequence[GoodsEntry], parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("Change the prices of {n} goods", n=len(entries)),
            "New prices act at once for new orders. Orders that were placed keep theirs.",
            "Change prices",
            parent=parent,
        )
        self.setMinimumWidth(640)
        self._entries = entries
        self.which, self.how, self.step = ComboBox(WHICH), ComboBox(list(enumerate(HOW))), ComboBox(STEPS)
        self.percent = QuantityField(decimals=2, minimum=1, maximum=100_000, unit=lambda: "%")
        self.percent.set_value(500)
        self.price = UnitPriceField()
        self._percent_row, self._price_row = FormRow("By", self.percent), FormRow("New price", self.price)
        self._step_row = FormRow("Round", self.step)
        row = QHBoxLayout()
        row.setSpacing(12)
        for part in (FormRow("Price", self.which), FormRow("Change", self.how)):
            row.addWidget(part, 3)
        row.addWidget(self._percent_row, 2)
        row.addWidget(self._price_row, 2)
        row.addWidget(self._step_row, 2)
        self.middle.addLayout(row)
        self.table: DataTable[int] = DataTable(
            [
                Column("code", "SKU code", lambda at: self._entries[at].code, 120),
                Column("title", "Product name", lambda at: self._entries[at].title, 220, stretch=True),
                Column("old", "Now", lambda at: price_text(self._old(at)), 96, kind="money"),
                Column("new", "Then", lambda at: price_text(self.new_price(self._entries[at])), 96, kind="money"),
            ],
            self._rows,
            name="Prices before and after",
            toolbar=False,
        )
        self.table.setMinimumHeight(260)
        self.table.set_density("compact")
        self.table.set_ids(range(len(entries)))
        self.middle.addWidget(self.table, 1)
        self._told = Label("", "small")
        self.middle.addWidget(self._told)
        for combo in (self.which, self.how, self.step):
            combo.currentIndexChanged.connect(lambda _at: self._tell())
        self.percent.value_changed.connect(lambda _value: self._tell())
        self.price.value_changed.connect(lambda _value: self._tell())
        self._tell()
        self.percent.setFocus()

    @property
    def field(self) -> Which:
        """Which price is changed."""
        return WHICH[self.which.currentIndex()][0]

    def new_price(self, entry: GoodsEntry) -> int | None:
        """What an entry's price becomes; None where there is no price to change."""
        old: int | None = getattr(entry, self.field)
        how, percent = self.how.currentIndex(), self.percent.value()
        if how == 2:
            return old if self.price.value() is None else self.price.value()
        if old is None or percent is None or self.percent.error():
            return old
        return adjusted_price(old, percent if how == 0 else -percent, STEPS[self.step.currentIndex()][0])

    def changes(self) -> list[tuple[GoodsEntry, int | None, int | None]]:
        """(entry, old, new) of every price that becomes another."""
        found = [(entry, getattr(entry, self.field), self.new_price(entry)) for entry in self._entries]
        return [change for change in found if change[1] != change[2]]

    def _old(self, at: int) -> int | None:
        price: int | None = getattr(self._entries[at], self.field)
        return price

    @staticmethod
    def _rows(ids: Sequence[RowId]) -> list[int]:
        return [int(at) for at in ids]

    def _tell(self) -> None:
        fixed = self.how.currentIndex() == 2
        self._percent_row.setVisible(not fixed)
        self._step_row.setVisible(not fixed)
        self._price_row.setVisible(fixed)
        self._percent_row.set_error(lambda: self.percent.error())
        self.table.refresh()
        n, without = len(self.changes()), sum(getattr(entry, self.field) is None for entry in self._entries)

        def told() -> str:
            said = tr("{n} prices become another.", n=n)
            return said + " " + tr("{n} goods have no such price.", n=without) if without and not fixed else said

        self._told.set_words(told)
        self.verb.setEnabled(n > 0)
