"""One order in the inspector: amounts, parts by supplier, parcels, payments, address, and what happened."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.carriers import carrier_name
from s2b_desktop.messages import state_text
from s2b_desktop.models.queries.orders import OrderDetail, SupplyPart
from s2b_desktop.text import date, moment, money, quantity, tr, unit_price
from s2b_desktop.views.common.actions import Action, ActionFlow
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.glyph import ToneIcon
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.common.timeline import Timeline
from s2b_desktop.views.orders.columns import KINDS
from s2b_desktop.views.orders.story import story
from s2b_domain.records.order import Address, OrderLine, Parcel, SupplyLine
from s2b_domain.rules.order_flow import OrderKind, OrderState, ParcelState, SupplyState

SHOWN_LINES = 60


class OrderPanel(QWidget):
    """Made anew whenever its order changes. `copied(text)` wants the clipboard."""

    copied = Signal(str)

    def __init__(
        self,
        detail: OrderDetail,
        actions: Sequence[Action],
        *,
        waiting: bool,
        waiting_events: Collection[str],
        now: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._detail, self._now = detail, now
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 8, 20, 24)
        self._column.setSpacing(14)
        self._head(waiting)
        self._actions(actions)
        self._amounts()
        for part in detail.parts:
            self._line()
            self._part(part)
        if not detail.parts:
            self._line()
            for line in detail.lines[:SHOWN_LINES]:
                self._column.addLayout(self._goods(line))
        if detail.order.address is not None:
            self._line()
            self._address(detail.order.address)
        if detail.order.note:
            self._section("Note", Label(lambda: detail.order.note, wrap=True))
        if detail.payments:
            self._line()
            self._payments()
        self._line()
        self.timeline = Timeline(story(detail, waiting_events))
        self._section("History", self.timeline)
        self._column.addStretch(1)

    def _head(self, waiting: bool) -> None:
        order = self._detail.order
        row = QHBoxLayout()
        row.setSpacing(8)
        text, tone = state_text("order", order.state)
        self.pill = StatePill(lambda: text, tone, waiting=waiting)
        row.addWidget(self.pill)
        if order.kind is not OrderKind.PURCHASE and order.state is not OrderState.CANCELLED:
            paid, paid_tone = state_text("payment", self._detail.payment)
            row.addWidget(StatePill(lambda: paid, paid_tone))
        row.addStretch(1)
        row.addWidget(self._copy_button(order.number, "Copy the order number"))
        self._column.addLayout(row)
        facts = Facts()
        facts.add_fact("Kind", KINDS[order.kind])
        facts.add_fact("Placed", lambda: f"{moment(order.placed_at, self._now)} · {order.placed_by}")
        self._column.addWidget(facts)

    def _actions(self, actions: Sequence[Action]) -> None:
        flow = ActionFlow(actions)
        self.buttons = flow.named
        self._column.addLayout(flow)

    def _amounts(self) -> None:
        order, facts = self._detail.order, Facts(right=True)
        facts.add_fact("Goods", lambda: money(order.goods_amount))
        if order.freight_amount:
            facts.add_fact("Freight", lambda: money(order.freight_amount))
        if order.discount_amount:
            facts.add_fact("Discount", lambda: money(-order.discount_amount))
        if order.rounding_amount:
            facts.add_fact("Rounded down", lambda: money(-order.rounding_amount))
        if order.cancelled_amount:
            facts.add_fact("Cancelled", lambda: money(-order.cancelled_amount))
        if order.returned_amount:
            facts.add_fact("Returned", lambda: money(-order.returned_amount))
        facts.add_fact("Total", lambda: money(self._detail.due), "strong")
        if order.kind is not OrderKind.PURCHASE:
            facts.add_fact("Paid", lambda: money(order.paid))
        if order.kind is OrderKind.DROPSHIP:
            supplied = sum(p.supply.total for p in self._detail.parts if p.supply.state not in _DEAD)
            facts.add_fact("To the suppliers", lambda: money(supplied))
        self._column.addWidget(facts)

    def _part(self, part: SupplyPart) -> None:
        supply = part.supply
        row = QHBoxLayout()
        row.addWidget(Label(lambda: supply.supplier_name, "strong", wrap=True), 1)
        text, tone = state_text("supply", supply.state)
        row.addWidget(StatePill(lambda: text, tone), 0, Qt.AlignmentFlag.AlignTop)
        self._column.addLayout(row)
        self._column.addWidget(Label(lambda: self._supply_facts(part), "small", wrap=True))
        if supply.reason:
            self._column.addWidget(Label(lambda: tr("Reason: {reason}", reason=supply.reason), "error", wrap=True))
        for line in part.lines[:SHOWN_LINES]:
            self._column.addLayout(self._supply_line(line))
        if len(part.lines) > SHOWN_LINES:
            more = len(part.lines) - SHOWN_LINES
            self._column.addWidget(Label(lambda: tr("and {n} more goods", n=more), "muted"))
        for parcel in part.parcels:
            self._column.addWidget(self._parcel(parcel))

    def _supply_facts(self, part: SupplyPart) -> str:
        supply, said = part.supply, [part.supply.number, money(part.supply.total)]
        if supply.ship_by is not None and supply.state in _OPEN:
            source = "should have shipped by {time}" if supply.ship_by < self._now else "ships by {time}"
            said.append(tr(source, time=moment(supply.ship_by, self._now)))
        return " · ".join(said)

    @staticmethod
    def _supply_line(line: SupplyLine) -> QHBoxLayout:
        row, left, right = QHBoxLayout(), QVBoxLayout(), QVBoxLayout()
        row.setSpacing(12)
        for column in (left, right):
            column.setSpacing(1)
        left.addWidget(Label(lambda: line.title, wrap=True))
        left.addWidget(Label(lambda: " · ".join(t for t in (line.code, line.specs) if t), "small", wrap=True))
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        right.addWidget(Label(lambda: money(line.amount)), 0, side)
        counted = f"{quantity(line.quantity, line.decimals)} {line.unit} × {unit_price(line.unit_price)}"
        right.addWidget(Label(lambda: counted, "small"), 0, side)
        if 0 < line.shipped < line.quantity:
            shipped = quantity(line.shipped, line.decimals)
            right.addWidget(Label(lambda: tr("{quantity} shipped", quantity=shipped), "small"), 0, side)
        row.addLayout(left, 1)
        row.addLayout(right)
        return row

    @staticmethod
    def _goods(line: OrderLine) -> QHBoxLayout:
        """A line that no supplier ships: sold over the counter."""
        row, left = QHBoxLayout(), QVBoxLayout()
        row.setSpacing(12)
        left.setSpacing(1)
        left.addWidget(Label(lambda: line.title, wrap=True))
        counted = f"{quantity(line.quantity, line.decimals)} {line.unit} × {unit_price(line.unit_price)}"
        left.addWidget(Label(lambda: " · ".join(t for t in (line.code, line.specs, counted) if t), "small", wrap=True))
        row.addLayout(left, 1)
        row.addWidget(Label(lambda: tr("Gift") if line.gift_of else money(line.payable)), 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _parcel(self, parcel: Parcel) -> QFrame:
        frame = QFrame()
        frame.setProperty("surface", "card")
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 8, 6, 8)
        row.setSpacing(10)
        row.addWidget(ToneIcon("truck", "bad" if parcel.state is ParcelState.PROBLEM else "neutral"))
        words = QVBoxLayout()
        words.setSpacing(1)
        number = Label(lambda: parcel.tracking_number)
        number.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.addWidget(number)
        told = [carrier_name(parcel.carrier), state_text("parcel", parcel.state)[0]]
        if parcel.eta is not None and parcel.state is not ParcelState.DELIVERED:
            told.append(tr("expected {date}", date=date(parcel.eta)))
        words.addWidget(Label(lambda: " · ".join(told), "small", wrap=True))
        row.addLayout(words, 1)
        row.addWidget(self._copy_button(parcel.tracking_number, "Copy the tracking number"))
        return frame

    def _address(self, address: Address) -> None:
        row = QHBoxLayout()
        row.addWidget(Label("Consignee", "strong"), 1)
        line = " ".join(t for t in (address.name, address.phone, address.region, address.street) if t)
        row.addWidget(self._copy_button(line, "Copy the address"))
        self._column.addLayout(row)
        self._column.addWidget(Label(lambda: f"{address.name}  {address.phone}"))
        self._column.addWidget(Label(lambda: f"{address.region} {address.street}".strip(), "muted", wrap=True))

    def _payments(self) -> None:
        facts = Facts(right=True)
        for payment in self._detail.payments:
            said = " · ".join(t for t in (state_text("method", payment.method)[0], moment(payment.at, self._now)) if t)
            facts.add_fact(lambda said=said: said, lambda fen=payment.amount: money(fen))  # type: ignore[misc]
        self._section("Payments", facts)

    def _section(self, title: str, content: QWidget) -> None:
        self._column.addWidget(Label(title, "strong"))
        self._column.addWidget(content)

    def _line(self) -> None:
        line = QFrame()
        line.setProperty("surface", "line")
        self._column.addWidget(line)

    def _copy_button(self, text: str, tip: str) -> Button:
        return Button("", lambda: self.copied.emit(text), icon="copy", variant="quiet", tip=tip)


_DEAD = (SupplyState.DECLINED, SupplyState.CANCELLED)
_OPEN = (SupplyState.WAITING, SupplyState.ACCEPTED, SupplyState.PARTLY_SHIPPED)
