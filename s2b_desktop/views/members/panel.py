"""A member, or a campaign, in the inspector."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.messages import state_text
from s2b_desktop.models.queries.members import MemberDetail
from s2b_desktop.text import count, date, last_day, listed, moment, money, percent, signed_money, tr
from s2b_desktop.views.common.actions import Action, ActionFlow
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.pill import StatePill
from s2b_domain.records.campaign import Campaign
from s2b_domain.records.member import CreditKind, Member, PointsKind

SHOWN = 12
POINTS: dict[PointsKind, str] = {
    PointsKind.EARN: "Earned with an order",
    PointsKind.REDEEM: "Used for an order",
    PointsKind.EARN_REVERSED: "Taken back with an order",
    PointsKind.REDEEM_REVERSED: "Given back with an order",
    PointsKind.ADJUST: "Adjusted",
    PointsKind.EXPIRE: "Expired",
    PointsKind.MERGE: "From a merged member",
}


CREDIT: dict[CreditKind, str] = {
    CreditKind.PAID: "Paid with it",
    CreditKind.GIVEN_BACK: "Back from a refund",
    CreditKind.ADJUST: "Adjusted",
    CreditKind.MERGE: "From a merged member",
}


class OfferPanel(QWidget):
    """A column with pills and buttons on top, then facts."""

    def __init__(self, actions: Sequence[Action], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(20, 8, 20, 24)
        self.column.setSpacing(14)
        self.pills = QHBoxLayout()
        self.pills.setSpacing(8)
        self.pills.addStretch(1)
        self.column.addLayout(self.pills)
        flow = ActionFlow(actions)
        self.buttons = flow.buttons
        self.column.addLayout(flow)

    def add_pill(self, pill: StatePill) -> None:
        self.pills.insertWidget(self.pills.count() - 1, pill)

    def add_section(self, title: Text) -> None:
        line = QFrame()
        line.setProperty("surface", "line")
        self.column.addWidget(line)
        self.column.addWidget(Label(title, "strong"))

    def add_line(self, left: Text, below: Text, right: Text, about: QWidget | None = None) -> None:
        row = QHBoxLayout()
        row.setSpacing(12)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(Label(left, wrap=True))
        if below:
            words.addWidget(Label(below, "small", wrap=True))
        if about is not None:
            words.addWidget(about, 0, Qt.AlignmentFlag.AlignLeft)
        row.addLayout(words, 1)
        row.addWidget(Label(right), 0, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(row)


class MemberPanel(OfferPanel):
    """Made anew whenever its member changes. `document_asked(page, id)` leads to an order, a return or a member."""

    document_asked = Signal(str, str)

    def __init__(
        self, detail: MemberDetail, actions: Sequence[Action], *, waiting: bool, now: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(actions, parent)
        self._detail, self._now = detail, now
        member, level = detail.member, detail.level
        if level is not None:
            self.add_pill(StatePill(partial(str, level.name), "accent", waiting=waiting))
        elif waiting:
            self.add_pill(StatePill("Member", "neutral", waiting=True))
        if not member.active:
            self.add_pill(StatePill("Not a member any more", "neutral"))
        for tag, by_rule in detail.tags:
            self.add_pill(StatePill(partial(_tag, tag.name, by_rule=by_rule), "neutral"))
        if detail.twins:
            names = [" ".join(t for t in (m.name, m.phone or m.card) if t) for m in detail.twins]
            self.column.insertWidget(
                0, Banner("info", lambda: tr("Maybe the same person: {names}", names=listed(names)))
            )
        facts = Facts()
        rows: list[tuple[Text, str]] = [
            ("Phone", member.phone),
            ("Card number", member.card),
            ("Birthday", member.birthday),
            ("Note", member.note),
        ]
        for name, value in rows:
            if value:
                facts.add_fact(name, partial(str, value))
        facts.add_fact("Joined", lambda: date(member.joined_at))
        if member.last_order_at is not None:
            last = member.last_order_at
            facts.add_fact("Last purchase", lambda: date(last))
        self.column.addWidget(facts)
        amounts = Facts(right=True)
        amounts.add_fact("Points", lambda: count(member.points), "strong")
        if member.credit or detail.credit:
            amounts.add_fact("Store credit", lambda: money(member.credit), "strong" if member.credit >= 0 else "error")
        amounts.add_fact("Spent", lambda: money(member.spent))
        amounts.add_fact("Orders", lambda: count(member.orders))
        if level is not None:
            amounts.add_fact("Pays of the price", lambda: percent(level.pays_bp))
            amounts.add_fact("Times the points", lambda: percent(level.multiplier_bp))
        self.column.addWidget(amounts)
        self._coupons()
        self._orders()
        self._credit()
        self._ledger()
        self.column.addStretch(1)

    def _coupons(self) -> None:
        if self._detail.coupons:
            self.add_section("Coupons")
        for coupon, state in self._detail.coupons[:SHOWN]:
            ends = coupon.valid_to
            until = partial(_until, ends) if ends is not None else (lambda: tr("without end"))
            self.add_line(partial(str, coupon.name), until, partial(_state, "coupon", state.value))
        self._more(len(self._detail.coupons))

    def _orders(self) -> None:
        if self._detail.orders:
            self.add_section("Orders")
        for order in self._detail.orders[:SHOWN]:
            row = QHBoxLayout()
            lead = partial(self.document_asked.emit, "orders", order.id)
            row.addWidget(Button(partial(str, order.number), lead, variant="link"))
            row.addStretch(1)
            row.addWidget(Label(partial(money, order.total - order.cancelled_amount)))
            self.column.addLayout(row)
        self._more(len(self._detail.orders))

    def _credit(self) -> None:
        if self._detail.credit:
            self.add_section("Store credit ledger")
        for entry in self._detail.credit[:SHOWN]:
            said = " · ".join(t for t in (moment(entry.at, self._now), entry.reason) if t)
            about = self._document(entry.id)
            self.add_line(CREDIT[entry.kind], partial(str, said), partial(signed_money, entry.amount), about)
        self._more(len(self._detail.credit))

    def _ledger(self) -> None:
        if self._detail.ledger:
            self.add_section("Points ledger")
        for entry in self._detail.ledger[:SHOWN]:
            when = [moment(entry.at, self._now), entry.reason]
            if entry.expires_at is not None:
                when.append(tr("last until {date}", date=date(entry.expires_at)))
            said = " · ".join(t for t in when if t)
            sign = "+" if entry.amount > 0 else "-"
            moved = partial(str, f"{sign}{count(abs(entry.amount))}")
            self.add_line(POINTS[entry.kind], partial(str, said), moved, self._document(entry.id))
        self._more(len(self._detail.ledger))

    def _document(self, entry_id: str) -> Button | None:
        """What a line of a ledger is about, and the way there."""
        told = self._detail.documents.get(entry_id)
        if told is None:
            return None
        return Button(partial(str, told.number), partial(self.document_asked.emit, told.page, told.id), variant="link")

    def _more(self, n: int) -> None:
        if n > SHOWN:
            self.column.addWidget(Label(lambda: tr("and {n} more", n=n - SHOWN), "muted"))


class CampaignPanel(OfferPanel):
    """A campaign with its receivers."""

    def __init__(
        self,
        campaign: Campaign,
        people: Sequence[Member],
        goods: Sequence[str],
        actions: Sequence[Action],
        *,
        waiting: bool,
        now: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(actions, parent)
        told = campaign.told_at is not None
        self.add_pill(StatePill("Told" if told else "To be told", "ok" if told else "warn", waiting=waiting))
        self.column.addWidget(
            Label(
                "No message has left S2B: tell the people below by your own channel, then mark it.", "muted", wrap=True
            )
        )
        facts = Facts()
        facts.add_fact("Started", lambda: f"{moment(campaign.at, now)} · {campaign.made_by}")
        if campaign.told_at is not None:
            facts.add_fact("Told", lambda: moment(campaign.told_at or 0, now))
        if campaign.text:
            facts.add_fact("What is told", partial(str, campaign.text))
        if goods:
            facts.add_fact("New goods", lambda: listed(goods))
        self.column.addWidget(facts)
        self.add_section(lambda: tr("{n} receivers", n=len(people)))
        for member in people[:60]:
            self.add_line(partial(str, member.name), "", partial(str, member.phone or member.card))
        if len(people) > 60:
            self.column.addWidget(Label(lambda: tr("and {n} more", n=len(people) - 60), "muted"))
        self.column.addStretch(1)


def _tag(name: str, *, by_rule: bool) -> str:
    return tr("{tag} (by rule)", tag=name) if by_rule else name


def _until(ends: int) -> str:
    return tr("until {date}", date=last_day(ends))


def _state(kind: str, state: str) -> str:
    return state_text(kind, state)[0]
