"""What of an order could not be picked: quantities by line, with a reason for the merchant."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from s2b_desktop.text import money, quantity, tr
from s2b_desktop.views.common.confirm import ReasonPrompt
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.supply.ship import open_quantity
from s2b_domain.commands.supply import ShipItem, ShortPick
from s2b_domain.records.order import SupplyLine, SupplyOrder
from s2b_domain.rules.money import line_amount

SHOWN = 4
"""Lines beyond these are scrolled."""


class ShortPrompt(ReasonPrompt):
    """`message()` is what is missing. What it costs is said as it is typed."""

    def __init__(
        self, order: SupplyOrder, lines: Sequence[SupplyLine], reasons: Sequence[Text], parent: QWidget | None = None
    ) -> None:
        self._fields: dict[str, QuantityField] = {}
        super().__init__(
            lambda: tr("What is missing of {number}?", number=order.number),
            "What you enter is cancelled. The merchant is told why and does not pay for it. The rest is still to ship.",
            "Cancel what is missing",
            reasons,
            tone="danger",
            parent=parent,
        )
        self._order = order
        self._lines = {line.id: line for line in lines if open_quantity(line) > 0}
        self.setMinimumWidth(560)
        self.cost = Label("", "muted", wrap=True)
        self.middle.insertWidget(0, self._goods())
        self.middle.insertWidget(1, self.cost)
        self._typed()
        next(iter(self._fields.values())).setFocus()

    def _goods(self) -> QWidget:
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 4, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        for at, title in enumerate(("Goods", "Still open", "Missing")):
            head = Label(title, "muted")
            head.setAlignment(Qt.AlignmentFlag.AlignRight if at else Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(head, 0, at)
        for row, line in enumerate(self._lines.values(), 1):
            left = open_quantity(line)
            field = QuantityField(decimals=line.decimals, minimum=0, maximum=left, unit=partial(str, line.unit))
            field.setFixedWidth(132)
            field.set_value(0)
            field.setAccessibleName(line.title)
            field.value_changed.connect(lambda _value: self._typed())
            self._fields[line.id] = field
            still = Label(partial(str, quantity(left, line.decimals)))
            still.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(Label(partial(str, f"{line.title} {line.specs}".strip()), wrap=True), row, 0)
            grid.addWidget(still, row, 1)
            grid.addWidget(field, row, 2)
        if len(self._lines) <= SHOWN:
            return box
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(box)
        area.setFixedHeight(200)
        return area

    def field_of(self, supply_line_id: str) -> QuantityField:
        """The quantity of a line. Raises KeyError."""
        return self._fields[supply_line_id]

    def _missing(self) -> dict[str, int]:
        return {id_: n for id_, field in self._fields.items() if (n := field.value() or 0)}

    def _typed(self) -> None:
        super()._typed()
        missing = self._missing()
        wrong = next((text for field in self._fields.values() if (text := field.error())), "")
        self.verb.setEnabled(bool(missing and self.reason() and not wrong))
        if not self._fields:
            return
        if wrong:
            self.cost.set_words(lambda: wrong)
            return
        lost = 0
        for id_, n in missing.items():
            line = self._lines[id_]
            kept = line.quantity - line.cancelled
            before = line_amount(line.unit_price, kept, line.decimals)
            lost += before - line_amount(line.unit_price, kept - n, line.decimals)
        said = money(lost)
        self.cost.set_words(lambda: tr("You are paid {amount} less.", amount=said))

    def accept(self) -> None:
        if self._missing() and not any(field.error() for field in self._fields.values()):
            super().accept()

    def message(self) -> ShortPick:
        """What is missing, as a command."""
        items = tuple(ShipItem(supply_line_id=id_, quantity=n) for id_, n in self._missing().items())
        return ShortPick(supply_order_id=self._order.id, items=items, reason=self.reason())
