"""One return or claim in the inspector: what to do, the money, the goods, the thread, and what happened."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.after_sales_text import BEARERS, RULINGS, kind_text, reason_text
from s2b_desktop.carriers import waybill_text
from s2b_desktop.messages import event_note, event_text, state_text
from s2b_desktop.models.queries.returns import CaseDetail
from s2b_desktop.text import moment, money, quantity, tr
from s2b_desktop.views.common.actions import Action, ActionFlow
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.photos import PhotoStrip
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.timeline import Timeline, TimelineEntry
from s2b_domain.records.after_sales import CaseLine, CaseMessage, Claim, Payout, ReturnCase
from s2b_domain.records.order import History
from s2b_domain.rules.after_sales import CostBearer, ReturnKind

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

_TONES: dict[str, Tone] = {
    "refused": "bad",
    "disputed": "bad",
    "refund_failed": "bad",
    "refunded": "ok",
    "repaired": "ok",
    "replacement_sent": "ok",
}


class CasePanel(QWidget):
    """Made anew whenever its document changes. `opened(document id or order id)` is asked of the page."""

    opened = Signal(str, str)
    payout_chosen = Signal(str)

    def __init__(
        self,
        desk: "Desk",
        detail: CaseDetail,
        actions: Sequence[Action],
        *,
        waiting: bool,
        waiting_events: Collection[str],
        may_pay: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk, self._detail, self._now, self._may_pay = desk, detail, desk.now(), may_pay
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 8, 20, 24)
        self._column.setSpacing(14)
        case = detail.case
        self._head(waiting)
        self._buttons(actions)
        self._facts()
        self._line()
        self._column.addWidget(Label("Goods", "strong"))
        for line in case.lines:
            self._column.addLayout(_goods(line))
        if case.note:
            self._section("Note", Label(partial(str, case.note), wrap=True))
        if case.photos:
            self._column.addWidget(PhotoStrip(desk, case.photos, case.table_name, case.id))
        self._line()
        self._money()
        if case.return_to is not None:
            to = case.return_to
            said = " ".join(t for t in (to.name, to.phone, to.region, to.street) if t)
            self._section("Goods go to", Label(partial(str, said), "muted", wrap=True))
        for claim in detail.linked:
            self._linked(claim)
        self._thread()
        self._line()
        events = [self._entry(e, e.id in waiting_events) for e in reversed(detail.history)]
        self.timeline = Timeline(events)
        self._section("History", self.timeline)
        self._column.addStretch(1)

    def _head(self, waiting: bool) -> None:
        case = self._detail.case
        row = QHBoxLayout()
        row.setSpacing(8)
        tone = state_text("return", case.state)[1]
        self.pill = StatePill(lambda: state_text("return", case.state)[0], tone, waiting=waiting)
        row.addWidget(self.pill)
        row.addWidget(StatePill(lambda: kind_text(case.kind), "neutral"))
        row.addStretch(1)
        self._column.addLayout(row)

    def _buttons(self, actions: Sequence[Action]) -> None:
        flow = ActionFlow(actions)
        self.buttons = flow.buttons
        self._column.addLayout(flow)

    def _facts(self) -> None:
        case, facts = self._detail.case, Facts()
        facts.add_fact("Reason", lambda: reason_text(case.reason))
        if isinstance(case, ReturnCase):
            facts.add_fact("Order", partial(str, case.order_number))
            if case.customer:
                facts.add_fact("Customer", partial(str, case.customer))
            if case.rule:
                facts.add_fact("Decided by the rule", partial(str, case.rule), "strong")
        else:
            facts.add_fact("Supply order", partial(str, case.supply_number))
            mine = self._desk.actor.organisation_id
            if mine != case.merchant_id:
                facts.add_fact("Merchant", partial(str, case.merchant_name))
            if mine != case.supplier_id:
                facts.add_fact("Supplier", partial(str, case.supplier_name))
            if case.bearer is not CostBearer.UNDECIDED:
                facts.add_fact("Who bears the cost", BEARERS[case.bearer], "strong")
        if case.answer and not (isinstance(case, ReturnCase) and case.rule == case.answer):
            facts.add_fact("Answer", partial(str, case.answer))
        if case.ruling is not None:
            facts.add_fact("The platform decided", RULINGS[case.ruling], "strong")
        if case.tracking_number:
            facts.add_fact("Sent back with", partial(waybill_text, f"{case.carrier} {case.tracking_number}"))
        facts.add_fact("Asked", lambda: f"{moment(case.opened_at, self._now)} · {case.opened_by}")
        self._column.addWidget(facts)
        if isinstance(case, ReturnCase):
            order = Button("Open the order", lambda: self.opened.emit("orders", case.order_id), variant="link")
            self._column.addWidget(order, 0, Qt.AlignmentFlag.AlignLeft)

    def _money(self) -> None:
        case, facts = self._detail.case, Facts(right=True)
        if isinstance(case, Claim):
            facts.add_fact("The shop asks for", lambda: money(case.asked))
            facts.add_fact("The supplier gives", lambda: money(case.credit), "strong")
            self._column.addWidget(facts)
            return
        facts.add_fact("Goods", lambda: money(case.goods_amount))
        if case.freight_amount:
            facts.add_fact("Freight", lambda: money(case.freight_amount))
        if case.gift_amount:
            said = "Gifts that are kept" if case.gift_amount > 0 else "Gifts that came back after all"
            facts.add_fact(said, lambda: money(-case.gift_amount))
        if case.points_back or case.points_away:
            facts.add_fact("Points", lambda: f"+{case.points_back:,} -{case.points_away:,}")
        if case.pay_back != case.value:
            other = case.kind is ReturnKind.EXCHANGE
            said = "Counts for the replacement" if other else "Never paid, so owed less"
            facts.add_fact(said, lambda: money(case.pay_back - case.value))
        facts.add_fact("To pay back", lambda: money(case.pay_back), "strong")
        self._column.addWidget(facts)
        for payout in self._detail.payouts:
            self._column.addWidget(self._payout(payout))

    def _payout(self, payout: Payout) -> QFrame:
        frame = QFrame()
        frame.setProperty("surface", "card")
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        told = QVBoxLayout()
        told.setSpacing(1)

        def said() -> str:
            method = state_text("method", payout.method)[0] if payout.method else tr("Any method")
            return f"{method} · {money(payout.amount)}"

        told.addWidget(Label(said, "strong", wrap=True))
        noted = payout.reason or " ".join(t for t in (payout.reference, payout.done_by) if t)
        if noted:
            told.addWidget(Label(partial(str, noted), "small", wrap=True))
        row.addLayout(told, 1)
        tone = state_text("payout", payout.state)[1]
        row.addWidget(StatePill(lambda: state_text("payout", payout.state)[0], tone))
        if self._may_pay and payout.state != "PAID":
            row.addWidget(Button("Enter…", lambda: self.payout_chosen.emit(payout.id), variant="primary"))
        return frame

    def _linked(self, claim: Claim) -> None:
        row = QHBoxLayout()
        asked = partial(tr, "Asked of {supplier}: {amount}", supplier=claim.supplier_name, amount=money(claim.asked))
        row.addWidget(Label(asked, wrap=True), 1)
        row.addWidget(StatePill(lambda: state_text("return", claim.state)[0], state_text("return", claim.state)[1]))
        row.addWidget(Button("Open", lambda: self.opened.emit("claim", claim.id), variant="link"))
        self._column.addLayout(row)

    def _thread(self) -> None:
        if not self._detail.messages:
            return
        self._line()
        self._column.addWidget(Label("Thread", "strong"))
        mine = self._desk.actor.organisation_id
        for message in self._detail.messages:
            self._column.addWidget(self._message(message, message.organisation_id == mine))

    def _message(self, message: CaseMessage, mine: bool) -> QFrame:
        frame = QFrame()
        frame.setProperty("surface", "card")
        column = QVBoxLayout(frame)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(2)

        def who() -> str:
            name = tr("You") if mine else message.organisation_name
            return f"{name} · {message.actor_name} · {moment(message.at, self._now)}"

        column.addWidget(Label(who, "small"))
        if message.event:
            column.addWidget(Label(lambda: event_text(message.event), "strong"))
        if message.text:
            column.addWidget(Label(partial(str, message.text), wrap=True))
        if message.photos:
            column.addWidget(PhotoStrip(self._desk, message.photos, "case_message", message.id))
        return frame

    @staticmethod
    def _entry(event: History, pending: bool) -> TimelineEntry:
        tone = _TONES.get(event.event.partition(".")[2], "neutral")
        note = partial(event_note, event.event, event.reason) if event.reason else ""
        return TimelineEntry(lambda: event_text(event.event), event.at, event.actor_name, note, tone, pending)

    def _section(self, title: Text, content: QWidget) -> None:
        self._column.addWidget(Label(title, "strong"))
        self._column.addWidget(content)

    def _line(self) -> None:
        line = QFrame()
        line.setProperty("surface", "line")
        self._column.addWidget(line)


def _goods(line: CaseLine) -> QHBoxLayout:
    row, left, right = QHBoxLayout(), QVBoxLayout(), QVBoxLayout()
    row.setSpacing(12)
    for column in (left, right):
        column.setSpacing(1)
    left.addWidget(Label(partial(str, line.title), wrap=True))
    left.addWidget(Label(partial(str, " · ".join(t for t in (line.code, line.specs) if t)), "small", wrap=True))
    side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
    right.addWidget(Label(partial(str, f"{quantity(line.quantity, line.decimals)} {line.unit}"), "strong"), 0, side)
    right.addWidget(Label(lambda: money(line.amount), "small"), 0, side)

    def progress() -> str:
        parts = [
            (tr("{quantity} arrived", quantity=quantity(line.received, line.decimals)), line.received),
            (tr("{quantity} into stock", quantity=quantity(line.restocked, line.decimals)), line.restocked),
            (tr("{quantity} written off", quantity=quantity(line.written_off, line.decimals)), line.written_off),
        ]
        return " · ".join(said for said, n in parts if n)

    if line.received:
        left.addWidget(Label(progress, "small", wrap=True))
    row.addLayout(left, 1)
    row.addLayout(right)
    return row
