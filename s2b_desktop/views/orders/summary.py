"""Beside the lines: who gets the goods, a note, and what it comes to, supplier by supplier."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.models.queries.counter import Standing
from s2b_desktop.text import listed, money, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import CheckBox
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.counter.side import CouponList
from s2b_desktop.views.counter.words import coupon_savings
from s2b_desktop.views.orders.consignee import ConsigneeForm
from s2b_desktop.views.orders.draft import OrderDraft
from s2b_desktop.views.orders.quote import OrderQuote
from s2b_domain.commands.quote import Quote
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import CouponChoice

WIDTH = 316


class OrderSummary(QFrame):
    """`edited(changes)` speaks of fields of the draft."""

    edited = Signal(dict)
    coupon_toggled = Signal(str, bool)
    gifts_declined = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.setFixedWidth(WIDTH)
        self.consignee = ConsigneeForm()
        self.consignee.edited.connect(self.edited)
        self.member = Button("Member", icon="user", shortcut="F3")
        self.no_member = Button(
            "", lambda: self.edited.emit({"member_id": "", "points": 0, "coupon_ids": ()}), icon="x", variant="quiet",
            tip="No member",
        )  # fmt: skip
        self._member_name = Label("", "strong", wrap=True)
        self.coupons = CouponList()
        self.coupons.toggled.connect(self.coupon_toggled)
        self.points = QuantityField()
        self.points.editingFinished.connect(self._points_typed)
        self.points_row = FormRow("Points to use", self.points)
        self.gifts = Label("", "small", wrap=True)
        self.no_gifts = CheckBox("Send no gifts")
        self.no_gifts.clicked.connect(self.gifts_declined)
        self.note = QLineEdit()
        self.note.textEdited.connect(lambda text: self.edited.emit({"note": text}))
        self.confirm = CheckBox("Send to the suppliers at once")
        self.confirm.clicked.connect(lambda on: self.edited.emit({"confirm": on}))
        self._amounts = QVBoxLayout()
        self._facts: Facts | None = None
        self._label = Label("", "muted")
        self.total = Label("", "figure")
        self._split = Label("", "small", wrap=True)

        inner = QWidget()
        inner.setProperty("plain", True)
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(14)
        column.addWidget(self.consignee)
        who = QHBoxLayout()
        who.addWidget(self.member)
        who.addWidget(self._member_name, 1)
        who.addWidget(self.no_member)
        self._offers = QWidget()
        offers = QVBoxLayout(self._offers)
        offers.setContentsMargins(0, 0, 0, 0)
        offers.setSpacing(8)
        offers.addLayout(who)
        offers.addWidget(self.coupons)
        offers.addWidget(self.points_row)
        offers.addWidget(self.gifts)
        offers.addWidget(self.no_gifts)
        column.addWidget(self._offers)
        column.addWidget(FormRow("Note to the suppliers", self.note, optional=True))
        column.addWidget(self.confirm)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        line = QFrame()
        line.setProperty("surface", "line")
        foot = QVBoxLayout()
        foot.setContentsMargins(16, 12, 16, 14)
        foot.setSpacing(8)
        foot.addLayout(self._amounts)
        foot.addWidget(self._label)
        foot.addWidget(self.total)
        foot.addWidget(self._split)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.setSpacing(0)
        outer.addWidget(area, 1)
        outer.addWidget(line)
        outer.addLayout(foot)

    def tab_order(self) -> list[QWidget]:
        """The fields, in the order of the Tab key."""
        form = self.consignee
        return [form.paste, form.name, form.phone, *form.region.fields, form.street, self.note, self.confirm]

    def show_draft(self, draft: OrderDraft, quote: OrderQuote) -> None:
        """Show what was entered and what it comes to."""
        dropship = draft.kind is OrderKind.DROPSHIP
        self.consignee.setVisible(dropship)
        self._offers.setVisible(dropship and draft.agreed is None)
        self.consignee.show_address(draft.address())
        if self.note.text() != draft.note:
            self.note.setText(draft.note)
        self.confirm.setChecked(draft.confirm)
        self._show_amounts(draft, quote, dropship)
        parts = len(quote.suppliers)
        self._split.set_words(lambda: tr("One order, sent as {n} supply orders", n=parts) if parts > 1 else "")
        self._split.setVisible(parts > 1)
        self._label.set_words("The customer pays" if dropship else "Total")
        self.total.set_words(lambda: money(_paid(draft, quote)))

    def show_buyer(self, standing: Standing | None, draft: OrderDraft) -> None:
        """Who orders, with their points."""
        known = standing is not None
        self._member_name.setVisible(known)
        self.no_member.setVisible(known)
        self.points_row.setVisible(standing is not None and standing.member.points > 0)
        if standing is not None:
            member = standing.member
            said = f"{member.called} · {tr('{n} points', n=member.points)}"
            self._member_name.set_words(lambda: said)
            self.points.set_limits(maximum=max(0, member.points))
            if not self.points.hasFocus():
                self.points.set_value(draft.points or None)

    def show_offers(self, choices: Sequence[CouponChoice], draft: OrderDraft, quote: Quote | None) -> None:
        """The coupons at hand with reasons, and the gifts that come with the order."""
        self.coupons.setVisible(bool(choices))
        self.coupons.show_choices(choices, draft.coupon_ids, coupon_savings(quote.priced) if quote else {})
        gifts = [g.ware.product.title for g in quote.gifts] if quote else []
        self.gifts.set_words(lambda: tr("Gifts: {goods}", goods=listed(gifts)))
        self.gifts.setVisible(bool(gifts))
        self.no_gifts.setVisible(bool(gifts) or bool(draft.declined_gifts))
        self.no_gifts.setChecked(bool(draft.declined_gifts))

    def _points_typed(self) -> None:
        self.edited.emit({"points": self.points.value() or 0})

    def _show_amounts(self, draft: OrderDraft, quote: OrderQuote, dropship: bool) -> None:
        if self._facts is not None:
            self._amounts.removeWidget(self._facts)
            self._facts.hide()
            self._facts.deleteLater()
        self._facts = Facts(right=True)
        for supplier in quote.suppliers[:6]:
            self._facts.add_fact(lambda s=supplier: s.name, lambda s=supplier: money(s.amount))  # type: ignore[misc]
        elsewhere, paid = draft.agreed is not None, _paid(draft, quote)
        if quote.discount and not elsewhere:
            self._facts.add_fact("Discount", lambda: money(-quote.discount))
        if quote.freight and not elsewhere:
            self._facts.add_fact("Freight", lambda: money(quote.freight))
        if dropship and quote.lines:
            self._facts.add_fact("Your margin", lambda: money(paid - quote.supply_total), "strong")
        if draft.changes and not draft.changes_part and quote.lines:
            self._facts.add_fact("Before", lambda: money(draft.before))
            more = quote.total - draft.before
            self._facts.add_fact("To pay more" if more >= 0 else "To give back", lambda: money(abs(more)), "strong")
        if elsewhere:
            self._facts.add_fact("The customer pays as before", lambda: money(draft.before), "strong")
        self._amounts.addWidget(self._facts)
        self._facts.setVisible(bool(quote.suppliers))


def _paid(draft: OrderDraft, quote: OrderQuote) -> int:
    """What whoever orders pays (分)."""
    return quote.total if draft.agreed is None else draft.agreed
