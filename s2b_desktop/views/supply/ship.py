"""Dialogs of a parcel: hand it to a carrier, correct its number, and write what the carrier said of it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QGridLayout, QLineEdit, QScrollArea, QWidget

from s2b_desktop.messages import state_text
from s2b_desktop.text import quantity, tr
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.waybill import WaybillPrompt
from s2b_domain.commands.supply import RelabelParcel, ShipItem, ShipParcel, TrackParcel
from s2b_domain.records.order import Parcel, SupplyLine, SupplyOrder
from s2b_domain.rules.order_flow import ParcelState

DAY_MS = 86_400_000


def open_quantity(line: SupplyLine) -> int:
    """Steps of a line that may still be shipped."""
    return line.quantity - line.shipped - line.cancelled


def _state_name(state: ParcelState) -> str:
    return state_text("parcel", state)[0]


class RelabelPrompt(WaybillPrompt):
    """Another carrier or number for a parcel that is under way."""

    def __init__(self, parcel: Parcel, parent: QWidget | None = None) -> None:
        super().__init__(
            "Correct the parcel's number",
            "The shop sees the new one; the old one stays in the history.",
            "Correct",
            parcel.carrier,
            parent=parent,
        )
        self._parcel = parcel
        with QSignalBlocker(self.tracking):
            self.tracking.setText(parcel.tracking_number)
        self.tracking.selectAll()

    def message(self) -> RelabelParcel:
        """The correction as it was entered."""
        carrier, number = self.waybill()
        return RelabelParcel(
            parcel_id=self._parcel.id,
            carrier=carrier,
            tracking_number=number,
        )


class ShipPrompt(WaybillPrompt):
    """A waybill, and how much of each line goes into the parcel. `carrier` is the name used last."""

    def __init__(
        self, order: SupplyOrder, lines: Sequence[SupplyLine], carrier: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(
            lambda: tr("Ship {number}", number=order.number),
            lambda: tr(
                "For {merchant}. Goods you leave out stay open for the next parcel.", merchant=order.merchant_name
            ),
            "Ship",
            carrier,
            parent=parent,
        )
        self.setMinimumWidth(560)
        self._order = order
        self._fields: dict[str, QuantityField] = {}
        self._lines = {line.id: line for line in lines if open_quantity(line) > 0}
        self.middle.addWidget(self._goods())
        self._wrong = Label("", "error", wrap=True)
        self._wrong.hide()
        self.middle.addWidget(self._wrong)

    def _goods(self) -> QWidget:
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 4, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        grid.addWidget(Label("Goods", "muted"), 0, 0)
        for at, title in ((1, "Still open"), (2, "In this parcel")):
            head = Label(title, "muted")
            head.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(head, 0, at)
        for row, line in enumerate(self._lines.values(), 1):
            left = open_quantity(line)
            said = Label(partial(str, f"{line.title} {line.specs}".strip()), wrap=True)
            field = QuantityField(decimals=line.decimals, minimum=0, maximum=left, unit=partial(str, line.unit))
            field.setFixedWidth(132)
            field.set_value(left)
            field.setAccessibleName(line.title)
            field.value_changed.connect(lambda _value: self._say(""))
            self._fields[line.id] = field
            still = Label(partial(str, quantity(left, line.decimals)))
            still.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(said, row, 0)
            grid.addWidget(still, row, 1)
            grid.addWidget(field, row, 2)
        if len(self._lines) <= 5:
            return box
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(box)
        area.setFixedHeight(260)
        return area

    def field(self, supply_line_id: str) -> QuantityField:
        """The quantity of a line. Raises KeyError."""
        return self._fields[supply_line_id]

    def message(self, parcel_id: str) -> ShipParcel:
        """The parcel as it was entered."""
        items = [(id_, field.value() or 0) for id_, field in self._fields.items()]
        carrier, number = self.waybill()
        return ShipParcel(
            parcel_id=parcel_id,
            supply_order_id=self._order.id,
            carrier=carrier,
            tracking_number=number,
            items=tuple(ShipItem(supply_line_id=id_, quantity=n) for id_, n in items if n),
        )

    def _complete(self) -> bool:
        wrong = next((field for field in self._fields.values() if field.error()), None)
        if wrong is not None:
            self._say(wrong.error())
            wrong.setFocus()
            return False
        if not any(field.value() for field in self._fields.values()):
            self._say(tr("Nothing is in this parcel yet. Enter at least one quantity."))
            return False
        return True

    def _say(self, words: str) -> None:
        self._wrong.set_words(lambda: words)
        self._wrong.setVisible(bool(words))

    def _typed(self, text: str) -> None:
        super()._typed(text)
        self._say("")


class TrackPrompt(Confirm):
    """What the carrier said of a parcel: state, place, and when it is expected."""

    STATES = tuple(state for state in ParcelState if state is not ParcelState.CREATED)
    DAYS = ("No estimate", "Today", "Tomorrow", "In 2 days", "In 3 days")

    def __init__(self, parcel: Parcel, name: str, now: int, parent: QWidget | None = None) -> None:
        super().__init__(
            "Record a tracking event",
            lambda: f"{name} {parcel.tracking_number}",
            "Record",
            parent=parent,
        )
        self._parcel, self._now = parcel, now
        self.state = ComboBox([(state, partial(_state_name, state)) for state in self.STATES])
        order = list(ParcelState)
        after = order[min(order.index(parcel.state) + 1, order.index(ParcelState.DELIVERED))]
        self.state.set_value(after)
        self.place = QLineEdit()
        self.expected = ComboBox(list(enumerate(self.DAYS)))
        self.middle.addWidget(FormRow("State", self.state))
        self.middle.addWidget(FormRow("Place", self.place, optional=True))
        self.middle.addWidget(FormRow("Expected", self.expected))
        self.state.setFocus()

    def message(self) -> TrackParcel:
        """The event as it was entered."""
        days = self.expected.currentIndex()
        return TrackParcel(
            parcel_id=self._parcel.id,
            state=ParcelState(str(self.state.value())),
            place=self.place.text().strip(),
            eta=self._now + (days - 1) * DAY_MS if days else None,
        )
