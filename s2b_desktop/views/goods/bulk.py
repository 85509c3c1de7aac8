"""What is done to many cells of the grid at once: one value set, or prices moved by a percentage."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QWidget

from s2b_desktop.text import clauses, tr
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.goods.prices import STEPS, moved_tiers
from s2b_desktop.views.imports.rows import column_title
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.tiers import tiers_text
from s2b_domain.rules.pricing import Tier, adjusted_price
from s2b_domain.rules.units import written

SHOWN = 4
TIER_DECIMALS = 3
"""Quantities in the cells of a grid are of units: their tiers are compared as thousandths, whatever the unit."""


class SetPrompt(Confirm):
    """One value for a column of the chosen rows; `place` and `text` are the answer. Categories complete by paths."""

    def __init__(
        self,
        columns: Sequence[tuple[int, ColumnMap]],
        place: int,
        rows: int,
        categories: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            lambda: tr("Set a value in {n} rows", n=rows),
            "The grid shows what becomes another. Nothing is saved yet, and Ctrl+Z takes it back.",
            "Set",
            parent=parent,
        )
        self.setMinimumWidth(560)
        self._fields = {at: column.field for at, column in columns}
        self._categories = list(categories)
        self.where = ComboBox([(at, partial(column_title, column)) for at, column in columns])
        self.where.set_value(place if place in self._fields else columns[0][0])
        self.value = QLineEdit()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(FormRow("Column", self.where), 2)
        row.addWidget(FormRow("New value", self.value), 3)
        self.middle.addLayout(row)
        self.where.value_changed.connect(lambda _place: self._complete())
        self._complete()
        self.value.setFocus()

    @property
    def place(self) -> int:
        """The column that was chosen."""
        return int(str(self.where.value()))

    @property
    def text(self) -> str:
        """The value as it was typed."""
        return self.value.text()

    def _complete(self) -> None:
        paths = self._categories if self._fields[self.place] == "category" else []
        completer = QCompleter(paths, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.value.setCompleter(completer)


class PercentPrompt(Confirm):
    """A percentage on a price column of the chosen rows, rounded; `prices()` are the new texts, None where unchanged,
    and `tiers()` those of the prices by quantity, which go along with the supply price.

    `now` are the prices of the chosen rows by the place of their column, None where a cell holds none; `tiers` their
    prices by quantity, in steps of `TIER_DECIMALS`.
    """

    def __init__(
        self,
        columns: Sequence[tuple[int, ColumnMap]],
        place: int,
        now: Mapping[int, Sequence[int | None]],
        tiers: Sequence[Sequence[Tier]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            lambda: tr("Change prices by a percentage"),
            "The grid shows every old and new price. Nothing is saved yet, and Ctrl+Z takes it back.",
            "Change prices",
            parent=parent,
        )
        self.setMinimumWidth(600)
        self._now, self._tiers = now, tiers
        self._supply = next((at for at, column in columns if column.field == "supply_price"), -1)
        places = [at for at, _ in columns]
        self.where = ComboBox([(at, partial(column_title, column)) for at, column in columns])
        self.where.set_value(place if place in places else places[0])
        self.how = ComboBox([(1, "Raise by percent"), (-1, "Lower by percent")])
        self.step = ComboBox(STEPS)
        self.percent = QuantityField(decimals=2, minimum=1, maximum=100_000, unit=lambda: "%")
        self.percent.set_value(500)
        for combo in (self.how, self.step):
            combo.setCurrentIndex(0)
        row = QHBoxLayout()
        row.setSpacing(12)
        parts = (("Price", self.where), ("Change", self.how), ("By", self.percent), ("Round", self.step))
        for title, field in parts:
            row.addWidget(FormRow(title, field), 2)
        self.middle.addLayout(row)
        self._told = Label("", "small", wrap=True)
        self.middle.addWidget(self._told)
        for combo in (self.where, self.how, self.step):
            combo.currentIndexChanged.connect(lambda _at: self._tell())
        self.percent.value_changed.connect(lambda _value: self._tell())
        self._tell()
        self.percent.setFocus()

    @property
    def place(self) -> int:
        """The column that was chosen."""
        return int(str(self.where.value()))

    def prices(self) -> list[str | None]:
        """The new text of each chosen row's price; None where it stays, or there is no price to change."""
        pairs = zip(self._now[self.place], self._then(), strict=True)
        return [written(then, 4) if then is not None and then != now else None for now, then in pairs]

    def tiers(self) -> list[str | None]:
        """The new text of each chosen row's prices by quantity; None where they stay."""
        if self.place != self._supply:
            return [None] * len(self._tiers)
        found: list[str | None] = []
        for tiers, now, then in zip(self._tiers, self._now[self.place], self._then(), strict=True):
            moved = then is not None and then != now and tiers
            found.append(tiers_text(moved_tiers(tiers, then or 0, *self._change()), TIER_DECIMALS) if moved else None)
        return found

    def _change(self) -> tuple[int, int]:
        """By how many basis points prices change, and to what they are rounded."""
        return (self.percent.value() or 0) * int(str(self.how.value())), int(str(self.step.value()))

    def _then(self) -> list[int | None]:
        now = self._now[self.place]
        if self.percent.value() is None or self.percent.error():
            return list(now)
        change, step = self._change()
        return [None if price is None else adjusted_price(price, change, step) for price in now]

    def _tell(self) -> None:
        pairs = zip(self._now[self.place], self._then(), strict=True)
        changed = [(now, then) for now, then in pairs if now is not None and then is not None and now != then]
        examples = clauses(f"{written(now, 4)} → {written(then, 4)}" for now, then in changed[:SHOWN])
        more = " …" if len(changed) > SHOWN else ""
        tiered = sum(text is not None for text in self.tiers())

        def told() -> str:
            said = f"{tr('{n} prices become another.', n=len(changed))} {examples}{more}"
            return f"{said} {tr('The prices by quantity of {n} goods go along.', n=tiered)}" if tiered else said

        self._told.set_words(told)
        self.verb.setEnabled(bool(changed))
