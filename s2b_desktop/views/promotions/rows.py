"""Rows of values that grow and shrink: steps of a promotion, and goods with a price or a number each."""

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.fields import MoneyField, PercentField, QuantityField, TypedField, UnitPriceField
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.picker import ProductPicker, ProductRow
from s2b_domain.rules.pricing import Step

Unit = Literal["money", "pieces", "steps", "rate", "none"]
MOST_STEPS = 20
Find = Callable[[str, int], Sequence[ProductRow]]


def field_of(unit: Unit) -> TypedField:
    """A field for one end of a step."""
    if unit == "money":
        return MoneyField()
    if unit == "rate":
        return PercentField(suffix="% of the price")
    return QuantityField(minimum=0, unit="pieces")


class StepRows(QWidget):
    """`changed()` whenever a value does. Rows that are not filled in are no steps."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._units: tuple[Unit, Unit] = ("money", "money")
        self._many = True
        self.rows: list[tuple[TypedField, TypedField]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.add = Button("Another step", self._another, icon="plus", variant="quiet")
        self._foot = QHBoxLayout()
        self._foot.addWidget(self.add)
        self._foot.addStretch(1)
        self._column.addLayout(self._foot)

    def set_shape(self, units: tuple[Unit, Unit], *, many: bool, steps: Sequence[Step]) -> None:
        """Show these steps in these units; `many` lets people add to them."""
        self._units, self._many = units, many
        shown: list[Step | None] = list(steps) or [None]
        self._build([(s.threshold, s.value) if s else (None, None) for s in (shown if many else shown[:1])])

    def steps(self) -> tuple[Step, ...]:
        """What is filled in, in order."""
        found: list[Step] = []
        for limit, value in self.rows:
            least = limit.value() if self._units[0] != "none" else 0
            gives = value.value() if self._units[1] != "none" else 0
            if gives is not None and (least is not None or self._units[1] == "rate"):
                found.append(Step(least or 0, gives))
        return tuple(sorted(found, key=lambda s: s.threshold))

    def half_filled(self) -> bool:
        """Whether a row has one end and lacks the other. A rate without a limit holds from the first on."""
        if "none" in self._units:
            return False
        ends = [(limit.value() is None, value.value() is None) for limit, value in self.rows]
        return any(no_value and not no_limit for no_limit, no_value in ends) or (
            self._units[1] != "rate" and any(no_limit and not no_value for no_limit, no_value in ends)
        )

    def _another(self) -> None:
        self._build([*((a.value(), b.value()) for a, b in self.rows), (None, None)])
        self.rows[-1][0].setFocus()
        self.changed.emit()

    def _drop(self, at: int) -> None:
        kept = [(a.value(), b.value()) for n, (a, b) in enumerate(self.rows) if n != at]
        self._build(kept or [(None, None)])
        self.changed.emit()

    def _build(self, values: Sequence[tuple[int | None, int | None]]) -> None:
        while self._column.count() > 1:
            item = self._column.takeAt(0)
            row = item.widget() if item is not None else None
            if row is not None:
                row.hide()
                row.deleteLater()
        self.rows = []
        for at, (limit, value) in enumerate(values):
            holder = QWidget()
            line = QHBoxLayout(holder)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(8)
            left, right = field_of(self._units[0]), field_of(self._units[1])
            for field, held, name in ((left, limit, "from"), (right, value, "Gives")):
                field.setParent(holder)
                field.setVisible(False)
                field.set_value(held)
                field.setAccessibleName(f"{tr(name)} {at + 1}")
                field.value_changed.connect(lambda _value: self.changed.emit())
            if self._units[0] != "none":
                line.addWidget(Label("from"))
                line.addWidget(left, 1)
                left.show()
            if self._units[1] != "none":
                line.addWidget(Label("on" if self._units[1] == "rate" else "off"))
                line.addWidget(right, 1)
                right.show()
            if len(values) > 1:
                line.addWidget(
                    Button("", lambda at=at: self._drop(at), icon="x", variant="quiet", tip="Take the step out")  # type: ignore[misc]
                )
            self.rows.append((left, right))
            self._column.insertWidget(at, holder)
            holder.show()
        self.add.setVisible(self._many and len(values) < MOST_STEPS)


class GoodsRows(QWidget):
    """Goods found by search or scan, each with a unit price or a number beside it."""

    changed = Signal()

    def __init__(self, find: Find, *, priced: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._priced = priced
        self._names: dict[str, str] = {}
        self._fields: dict[str, TypedField] = {}
        self.picker = ProductPicker(find, placeholder="Scan, or type a name, pinyin or SKU")
        self.picker.picked.connect(self._picked)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addWidget(self.picker)

    def set_values(self, values: Sequence[tuple[str, str, int]]) -> None:
        """Show (id, name, value) and nothing else."""
        for id_ in list(self._fields):
            self._take_out(id_, quiet=True)
        for id_, name, value in values:
            self._put(id_, name, value)

    def values(self) -> tuple[tuple[str, int], ...]:
        """(id, value) of what is filled in."""
        return tuple((i, v) for i, f in self._fields.items() if (v := f.value()) is not None)

    def half_filled(self) -> bool:
        """Whether one of the goods has nothing beside it."""
        return any(field.value() is None for field in self._fields.values())

    def _picked(self, found: object) -> None:
        if isinstance(found, tuple):
            id_, name, price = found
            if id_ not in self._fields:
                self._put(id_, name, price if self._priced else 1)
                self.changed.emit()
            self._fields[id_].setFocus()

    def _put(self, id_: str, name: str, value: int | None) -> None:
        field = UnitPriceField() if self._priced else QuantityField(minimum=1, maximum=10**6)
        field.set_value(value)
        field.setMaximumWidth(130)
        field.setAccessibleName(name)
        field.value_changed.connect(lambda _value: self.changed.emit())
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(Label(lambda: name, wrap=True), 1)
        line.addWidget(field)
        line.addWidget(
            Button(
                "", lambda: self._take_out(id_), icon="x", variant="quiet", tip=lambda: tr("Take out {name}", name=name)
            )
        )
        self._names[id_], self._fields[id_] = name, field
        self._column.addWidget(holder)
        holder.show()

    def _take_out(self, id_: str, *, quiet: bool = False) -> None:
        holder = self._fields.pop(id_).parentWidget()
        assert holder is not None
        holder.hide()
        self._column.removeWidget(holder)
        holder.deleteLater()
        if not quiet:
            self.changed.emit()
