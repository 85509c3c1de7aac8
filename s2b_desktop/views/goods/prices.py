"""Many prices at once: set, raise or lower, with every new price shown before anything happens."""

from collections.abc import Sequence
from itertools import compress
from typing import Literal

import msgspec
from PySide6.QtWidgets import QHBoxLayout, QWidget

from s2b_desktop.models.queries.goods import GoodsEntry
from s2b_desktop.models.queries.terms import PriceRow
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
from s2b_domain.rules.pricing import Tier, adjusted_price

Which = Literal["supply_price", "dropship_price"]
WHICH: tuple[tuple[Which, str], ...] = (("supply_price", "Supply price"), ("dropship_price", "Drop-ship price"))
HOW = ("Raise by percent", "Lower by percent", "Set to one price")
STEPS = ((100, "to 0.01 yuan"), (1_000, "to 0.1 yuan"), (10_000, "to 1 yuan"), (1, "not at all"))


class PriceChange(msgspec.Struct, frozen=True, kw_only=True):
    """A price of a SKU before and after; its tiers likewise where they go along with the supply price."""

    entry: GoodsEntry
    which: Which
    old: int | None
    new: int | None
    old_tiers: tuple[Tier, ...] | None = None
    new_tiers: tuple[Tier, ...] | None = None

    def back(self) -> "PriceChange":
        """What takes it back."""
        return msgspec.structs.replace(
            self, old=self.new, new=self.old, old_tiers=self.new_tiers, new_tiers=self.old_tiers
        )

    def line(self, row: int) -> GoodsLine:
        """The line that carries it out; no drop-ship price takes that away."""
        code = self.entry.code
        if self.which == "supply_price":
            return GoodsLine(row=row, code=code, supply_price=self.new, tiers=self.new_tiers)
        if self.new is None:
            return GoodsLine(row=row, code=code, cleared=("dropship_price",))
        return GoodsLine(row=row, code=code, dropship_price=self.new)


def moved_tiers(tiers: Sequence[Tier], base: int, change_bp: int, step: int) -> tuple[Tier, ...]:
    """Tiers moved like their price, which is `base` then; one that rounding makes no cheaper than what stands before
    it is left out."""
    found: list[Tier] = []
    for tier in tiers:
        price = adjusted_price(tier.price, change_bp, step)
        if price < (found[-1].price if found else base):
            found.append(Tier(tier.min_quantity, price))
    return tuple(found)


class PricePrompt(Confirm):
    """`changes()` are the prices that become another. Tiers go along with the supply price."""

    def __init__(self, rows: Sequence[PriceRow], parent: QWidget | None = None) -> None:
        entries = [row.entry for row in rows]
        super().__init__(
            lambda: tr("Change the prices of {n} goods", n=len(entries)),
            "New prices act at once for new orders. Orders that were placed keep theirs.",
            "Change prices",
            parent=parent,
        )
        self.setMinimumWidth(640)
        self._entries = entries
        self._tiers = [row.price.tiers if row.price is not None else () for row in rows]
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
        self._before, self._after = self._all_old(), self._all_new()
        self.table: DataTable[int] = DataTable(
            [
                Column("code", "SKU code", lambda at: self._entries[at].code, 120),
                Column("title", "Product name", lambda at: self._entries[at].title, 220, stretch=True),
                Column("old", "Now", lambda at: price_text(self._before[at]), 96, kind="money"),
                Column("new", "Then", lambda at: price_text(self._after[at]), 96, kind="money"),
            ],
            self._rows,
            name="Prices before and after",
            toolbar=False,
        )
        self.table.setMinimumHeight(260)
        self.table.set_density("compact")
        self.table.set_ids(range(len(entries)))
        self.middle.addWidget(self.table, 1)
        self._told = Label("", "small", wrap=True)
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

    def changes(self) -> list[PriceChange]:
        """Every price that becomes another."""
        which, found = self.field, list[PriceChange]()
        for entry, tiers, old, new in zip(self._entries, self._tiers, self._all_old(), self._all_new(), strict=True):
            if old == new:
                continue
            if which != "supply_price" or not tiers or new is None:
                found.append(PriceChange(entry=entry, which=which, old=old, new=new))
                continue
            change, step = self._change()
            moved = moved_tiers(tiers, new, change, step)
            found.append(PriceChange(entry=entry, which=which, old=old, new=new, old_tiers=tiers, new_tiers=moved))
        return found

    def _change(self) -> tuple[int, int]:
        """By how many basis points prices change, and to what they are rounded."""
        if self.how.currentIndex() == 2:
            return 0, 1
        percent = self.percent.value() or 0
        return percent if self.how.currentIndex() == 0 else -percent, STEPS[self.step.currentIndex()][0]

    def _all_old(self) -> list[int | None]:
        return [getattr(entry, self.field) for entry in self._entries]

    def _all_new(self) -> list[int | None]:
        old = self._all_old()
        if self.how.currentIndex() == 2:
            price = self.price.value()
            return old if price is None else [price] * len(old)
        if self.percent.value() is None or self.percent.error():
            return old
        change, step = self._change()
        return [None if price is None else adjusted_price(price, change, step) for price in old]

    @staticmethod
    def _rows(ids: Sequence[RowId]) -> list[int]:
        return [int(at) for at in ids]

    def _tell(self) -> None:
        fixed = self.how.currentIndex() == 2
        self._percent_row.setVisible(not fixed)
        self._step_row.setVisible(not fixed)
        self._price_row.setVisible(fixed)
        self._percent_row.set_error(lambda: self.percent.error())
        self._before, self._after = self._all_old(), self._all_new()
        self.table.refresh()
        differs = [old != new for old, new in zip(self._before, self._after, strict=True)]
        n, without = sum(differs), self._before.count(None)
        tiered = sum(map(bool, compress(self._tiers, differs))) if self.field == "supply_price" else 0

        def told() -> str:
            said = [tr("{n} prices become another.", n=n)]
            if without and not fixed:
                said.append(tr("{n} goods have no such price.", n=without))
            if tiered:
                said.append(tr("The prices by quantity of {n} goods go along.", n=tiered))
            return " ".join(said)

        self._told.set_words(told)
        self.verb.setEnabled(n > 0)
