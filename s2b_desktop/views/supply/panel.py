"""One supply order in the inspector: what to do, amounts, lines, address, parcels, and what happened."""

from collections.abc import Collection, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.carriers import carrier_name
from s2b_desktop.messages import EVENTS, event_note, event_text, state_text
from s2b_desktop.models.queries.supply import SupplyDetail
from s2b_desktop.text import date, moment, money, quantity, tr, unit_price
from s2b_desktop.views.common.actions import Action, ActionFlow
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.glyph import ToneIcon
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.timeline import Timeline, TimelineEntry
from s2b_desktop.views.supply.columns import KINDS, due_text
from s2b_desktop.views.supply.ship import open_quantity
from s2b_domain.records.order import Address, History, Parcel, SupplyLine
from s2b_domain.rules.order_flow import ParcelState

_TONES: dict[str, Tone] = {
    "supply.declined": "bad",
    "supply.cancelled": "bad",
    "supply.delivered": "ok",
    "supply.closed_short": "warn",
    "supply.shipped_after_cancel": "warn",
    "parcel.problem": "bad",
    "parcel.delivered": "ok",
}
_REASONED = ("supply.declined", "supply.cancelled", "supply.closed_short")


class SupplyPanel(QWidget):
    """Made anew whenever its order changes. `track(parcel_id)`, `relabel(parcel_id)` and `copied(text)` are asked of
    the page."""

    track = Signal(str)
    relabel = Signal(str)
    copied = Signal(str)

    def __init__(
        self,
        detail: SupplyDetail,
        actions: Sequence[Action],
        *,
        waiting: bool,
        waiting_events: Collection[str],
        may_track: bool,
        now: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._detail, self._now, self._may_track = detail, now, may_track
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 8, 20, 24)
        self._column.setSpacing(14)
        self._head(waiting)
        self._buttons(actions)
        self._facts()
        self._line()
        self._lines()
        order = detail.order
        if order.address is not None:
            self._line()
            self._address(order.address)
        if order.note:
            self._section("Note", Label(partial(str, order.note), wrap=True))
        if detail.parcels:
            self._line()
            self._column.addWidget(Label("Parcels", "strong"))
            for parcel in detail.parcels:
                self._column.addWidget(self._parcel(parcel))
        self._line()
        self.timeline = Timeline([self._entry(event, event.id in waiting_events) for event in reversed(detail.history)])
        self._section("History", self.timeline)
        self._column.addStretch(1)

    def _head(self, waiting: bool) -> None:
        order = self._detail.order
        row = QHBoxLayout()
        row.setSpacing(8)
        tone = state_text("supply", order.state)[1]
        self.pill = StatePill(lambda: state_text("supply", order.state)[0], tone, waiting=waiting)
        row.addWidget(self.pill)
        due, tone = due_text(order.state, order.ship_by, self._now)
        if due and tone != "neutral":
            row.addWidget(StatePill(lambda: due_text(order.state, order.ship_by, self._now)[0], tone))
        row.addStretch(1)
        row.addWidget(self._copy_button(order.number, "Copy the order number"))
        self._column.addLayout(row)

    def _buttons(self, actions: Sequence[Action]) -> None:
        flow = ActionFlow(actions)
        self.buttons = flow.buttons
        self._column.addLayout(flow)

    def _facts(self) -> None:
        order, facts = self._detail.order, Facts()
        facts.add_fact("Merchant", partial(str, order.merchant_name))
        facts.add_fact("Kind", KINDS[order.kind])
        facts.add_fact("Placed", lambda: moment(order.placed_at, self._now))
        if order.ship_by is not None:
            by = order.ship_by
            facts.add_fact("Ship by", lambda: moment(by, self._now))
        if order.freight_amount:
            facts.add_fact("Freight", lambda: money(order.freight_amount))
        facts.add_fact("You are paid", lambda: money(order.total), "strong")
        if order.reason:
            facts.add_fact("Reason", partial(str, order.reason), "error")
        self._column.addWidget(facts)

    def _lines(self) -> None:
        self._column.addWidget(Label("Goods", "strong"))
        for line in self._detail.lines:
            self._column.addLayout(self._goods(line))

    @staticmethod
    def _goods(line: SupplyLine) -> QHBoxLayout:
        row, left, right = QHBoxLayout(), QVBoxLayout(), QVBoxLayout()
        row.setSpacing(12)
        for column in (left, right):
            column.setSpacing(1)
        left.addWidget(Label(partial(str, line.title), wrap=True))
        named = " · ".join(part for part in (line.code, line.specs) if part)
        left.addWidget(Label(partial(str, named), "small", wrap=True))
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        right.addWidget(Label(partial(str, f"{quantity(line.quantity, line.decimals)} {line.unit}"), "strong"), 0, side)
        right.addWidget(Label(lambda: f"× {unit_price(line.unit_price)}", "small"), 0, side)

        def progress() -> str:
            parts = [
                (tr("{quantity} shipped", quantity=quantity(line.shipped, line.decimals)), line.shipped),
                (tr("{quantity} open", quantity=quantity(open_quantity(line), line.decimals)), open_quantity(line)),
                (tr("{quantity} cancelled", quantity=quantity(line.cancelled, line.decimals)), line.cancelled),
            ]
            return " · ".join(said for said, n in parts if n)

        if line.shipped or line.cancelled:
            right.addWidget(Label(progress, "small"), 0, side)
        for column in (left, right):
            column.addStretch(1)
        row.addLayout(left, 1)
        row.addLayout(right)
        return row

    def _address(self, address: Address) -> None:
        row = QHBoxLayout()
        row.addWidget(Label("Consignee", "strong"), 1)
        whole = " ".join(t for t in (address.name, address.phone, address.region, address.street) if t)
        row.addWidget(self._copy_button(whole, "Copy the address"))
        self._column.addLayout(row)
        self._column.addWidget(Label(partial(str, f"{address.name}  {address.phone}")))
        self._column.addWidget(Label(partial(str, f"{address.region} {address.street}".strip()), "muted", wrap=True))

    def _parcel(self, parcel: Parcel) -> QFrame:
        frame = QFrame()
        frame.setProperty("surface", "card")
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 8, 6, 8)
        row.setSpacing(8)
        row.addWidget(ToneIcon("truck", "bad" if parcel.state is ParcelState.PROBLEM else "neutral"))
        told = QVBoxLayout()
        told.setSpacing(1)
        number = Label(partial(str, parcel.tracking_number))
        number.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        told.addWidget(number)
        told.addWidget(Label(lambda: _parcel_text(parcel), "small", wrap=True))
        row.addLayout(told, 1)
        if self._may_track and parcel.state is not ParcelState.DELIVERED:
            row.addWidget(Button("Track", lambda: self.track.emit(parcel.id), variant="quiet"))
            relabel = partial(self.relabel.emit, parcel.id)
            row.addWidget(Button("", relabel, icon="edit", variant="quiet", tip="Correct carrier or number"))
        row.addWidget(self._copy_button(parcel.tracking_number, "Copy the tracking number"))
        return frame

    @staticmethod
    def _entry(event: History, pending: bool) -> TimelineEntry:
        def title() -> str:
            return event_text(event.event) if event.event in EVENTS else state_text("supply", event.after)[0]

        def note() -> str:
            if event.event in _REASONED:
                return tr("Reason: {reason}", reason=event.reason)
            return event_note(event.event, event.reason)

        told = note if event.reason else ""
        tone = _TONES.get(event.event, "neutral")
        return TimelineEntry(title, event.at, event.actor_name, told, tone, pending)

    def _section(self, title: Text, content: QWidget) -> None:
        self._column.addWidget(Label(title, "strong"))
        self._column.addWidget(content)

    def _line(self) -> None:
        line = QFrame()
        line.setProperty("surface", "line")
        self._column.addWidget(line)

    def _copy_button(self, text: str, tip: Text) -> Button:
        return Button("", lambda: self.copied.emit(text), icon="copy", variant="quiet", tip=tip)


def _parcel_text(parcel: Parcel) -> str:
    said = [carrier_name(parcel.carrier), state_text("parcel", parcel.state)[0]]
    if parcel.eta is not None and parcel.state is not ParcelState.DELIVERED:
        said.append(tr("expected {date}", date=date(parcel.eta)))
    return " · ".join(said)
