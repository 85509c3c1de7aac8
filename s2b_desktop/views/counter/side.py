"""Beside the goods: who buys, coupons with reasons, points, what took off how much, and the total in big figures."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.models.queries.counter import Bill, Standing
from s2b_desktop.offer_text import offer_text
from s2b_desktop.text import count, money, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import CheckBox
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.fields import QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.counter.cart import Cart
from s2b_desktop.views.counter.words import hindrances_of, reductions_of
from s2b_domain.rules.pricing import CouponChoice, PointsTerms

WIDTH = 340
SHOWN_REASONS = 5


class CouponList(QWidget):
    """The coupons at hand: those that can be used with what they bring, the others with why not."""

    toggled = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.boxes: dict[str, CheckBox] = {}
        self._shown: object = None

    def show_choices(self, choices: Sequence[CouponChoice], chosen: tuple[str, ...], savings: dict[str, int]) -> None:
        """Show what each coupon would do; those in `chosen` are presented, and `savings` is what they take off."""
        state = (tuple(choices), chosen, savings)
        if state == self._shown:
            return
        self._shown = state
        held = next((id_ for id_, box in self.boxes.items() if box.hasFocus()), "")
        while self._column.count():
            item = self._column.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.boxes = {}
        for choice in choices:
            on = choice.coupon_id in chosen
            self._add(choice, on, savings.get(choice.coupon_id, 0) if on else max(0, choice.saving))
        if held in self.boxes:
            self.boxes[held].setFocus()

    def _add(self, choice: CouponChoice, on: bool, saving: int) -> None:
        def said() -> str:
            return f"{choice.name}  {money(-saving)}" if saving else choice.name

        box = CheckBox(said, checked=on)
        box.setEnabled(choice.usable or on)
        box.clicked.connect(lambda checked: self.toggled.emit(choice.coupon_id, checked))
        self.boxes[choice.coupon_id] = box
        self._column.addWidget(box)
        box.show()  # not at the next event: the focus may have to go to it
        if not choice.usable:
            why = Label(lambda: offer_text(choice.code, choice.params), "small", wrap=True)
            why.setContentsMargins(30, 0, 0, 4)
            self._column.addWidget(why)


class CounterSide(QFrame):
    """`points_entered(points)`, `coupon_toggled(id, on)`, `gifts_asked` when declined gifts are wanted after all."""

    points_entered = Signal(int)
    coupon_toggled = Signal(str, bool)
    member_removed = Signal()
    gifts_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.setFixedWidth(WIDTH)
        self.member_button = Button("Member", shortcut="F3", icon="user", show_key=True)
        self.remove_member = Button("", self.member_removed.emit, icon="x", variant="quiet", tip="No member")
        self._name = Label("", "strong", wrap=True)
        self._rights = Label("", "small", wrap=True)
        self.coupons = CouponList()
        self.coupons.toggled.connect(self.coupon_toggled)
        self._coupon_title = Label("Coupons (F7 takes the best)", "strong")
        self.points = QuantityField()
        self.points.editingFinished.connect(self._points_typed)
        self.points_row = FormRow("Points to use (F8: all)", self.points)
        self._gifts = Button("Give the declined gifts after all", self.gifts_asked.emit, variant="quiet")
        self._reductions = QVBoxLayout()
        self._facts: Facts | None = None
        self._why_not = Label("", "small", wrap=True)
        self.caption = Label("", "muted")
        self.total = Label("", "total")
        self.below = Label("", "muted", wrap=True)

        head = QHBoxLayout()
        who = QVBoxLayout()
        who.setSpacing(1)
        who.addWidget(self._name)
        who.addWidget(self._rights)
        head.addLayout(who, 1)
        head.addWidget(self.remove_member, 0, Qt.AlignmentFlag.AlignTop)
        inner = QWidget()
        inner.setProperty("plain", True)
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        top = QHBoxLayout()
        top.addWidget(self.member_button)
        top.addStretch(1)
        column.addLayout(top)
        column.addLayout(head)
        column.addWidget(self._coupon_title)
        column.addWidget(self.coupons)
        column.addWidget(self.points_row)
        column.addWidget(self._gifts)
        column.addLayout(self._reductions)
        column.addWidget(self._why_not)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        line = QFrame()
        line.setProperty("surface", "line")
        self._foot = QVBoxLayout()
        self._foot.setContentsMargins(16, 12, 16, 14)
        self._foot.setSpacing(4)
        self._foot.addWidget(self.caption)
        self._foot.addWidget(self.total)
        self._foot.addWidget(self.below)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.setSpacing(0)
        outer.addWidget(area, 1)
        outer.addWidget(line)
        outer.addLayout(self._foot)

    def add_below(self, widget: QWidget) -> None:
        """Put something under the total."""
        self._foot.addWidget(widget)

    def show_member(self, standing: Standing | None, terms: PointsTerms | None, points: int) -> None:
        """Who buys, with level and points."""
        known = standing is not None
        self._name.setVisible(known)
        self._rights.setVisible(known)
        self.remove_member.setVisible(known)
        usable = known and terms is not None and terms.redeem_unit > 0 and standing is not None
        self.points_row.setVisible(bool(usable and standing and standing.member.points > 0))
        if standing is None:
            return
        member = standing.member
        self._name.set_words(lambda: " ".join(t for t in (member.name, _masked(member.phone)) if t) or member.card)
        self._rights.set_words(lambda: _rights(standing))
        self.points.set_limits(maximum=max(0, member.points))
        if self.points.value() != (points or None) and not self.points.hasFocus():
            self.points.set_value(points or None)

    def show_coupons(self, choices: Sequence[CouponChoice], chosen: tuple[str, ...], savings: dict[str, int]) -> None:
        """The coupons at hand."""
        self._coupon_title.setVisible(bool(choices))
        self.coupons.setVisible(bool(choices))
        self.coupons.show_choices(choices, chosen, savings)
        for before, after in pairwise((self.remove_member, *self.coupons.boxes.values(), self.points)):
            QWidget.setTabOrder(before, after)  # those that were made anew would come last

    def show_bill(self, cart: Cart, bill: Bill, change: int | None) -> None:
        """What it comes to. `change` (分) of the last sale is shown until the next one begins."""
        self._gifts.setVisible(bool(cart.declined_gifts))
        priced = bill.quote.priced if bill.quote else None
        if self._facts is not None:
            self._reductions.removeWidget(self._facts)
            self._facts.hide()
            self._facts.deleteLater()
            self._facts = None
        reductions = reductions_of(priced) if priced else []
        if priced is not None and priced.list_amount:
            self._facts = Facts(right=True)
            self._facts.add_fact("Goods", lambda: money(priced.list_amount))
            for said, fen in reductions[:10]:
                self._facts.add_fact(lambda said=said: said, lambda fen=fen: money(-fen))  # type: ignore[misc]
            if priced.points_earned:
                self._facts.add_fact("Points earned", lambda: count(priced.points_earned))
            self._reductions.addWidget(self._facts)
        why = hindrances_of(priced, frozenset(cart.coupon_ids)) if priced else []
        self._why_not.set_words(lambda: "\n".join(why[:SHOWN_REASONS]))
        self._why_not.setVisible(bool(why))
        if change is not None and not cart.items:
            self.caption.set_words("Change to give")
            self.total.set_words(lambda: money(change))
            self.below.set_words("Scan to begin the next sale.")
            return
        due = max(0, (priced.total if priced else 0) - cart.rounded_off)
        self.caption.set_words("To pay")
        self.total.set_words(lambda: money(due))
        pieces = len(cart.items)

        def below() -> str:
            said = [tr("{n} goods", n=pieces)] if pieces else []
            if cart.paid:
                said.append(tr("{amount} taken so far", amount=money(cart.paid)))
            return " · ".join(said)

        self.below.set_words(below)

    def _points_typed(self) -> None:
        self.points_entered.emit(self.points.value() or 0)


def _masked(phone: str) -> str:
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 9 else phone


def _rights(standing: Standing) -> str:
    member, level = standing.member, standing.level
    said = [level.name] if level else []
    said.append(tr("{n} points", n=member.points))
    if standing.owes:
        said.append(tr("owes {amount}", amount=money(standing.owes)))
    if member.note:
        said.append(member.note)
    return " · ".join(said)
