"""A kind of coupons as it is written, and giving coupons out."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.messages import problem_text
from s2b_desktop.models.queries.audiences import levels_of, tags_of
from s2b_desktop.models.queries.counter import find_members
from s2b_desktop.models.queries.members import issue_preview, names_of
from s2b_desktop.text import tr
from s2b_desktop.views.common.chips import Chips, Flow
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import MinuteField, MoneyField, PercentField, QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.picker import ProductPicker, ProductRow
from s2b_desktop.views.promotions.whom import AudienceChoice, GoodsChoice, Names
from s2b_desktop.views.promotions.words import CLASSES, stacking_text
from s2b_domain.commands.coupons import IssueCoupons, SaveTemplate
from s2b_domain.errors import Refused
from s2b_domain.records.promotion import CouponTemplate, TemplateState, Validity
from s2b_domain.rules.pricing import CouponKind, CouponTerms, StackClass

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

MOST_BEARER = 500
OWN = StackClass.SHOP_COUPON
WAYS: dict[str, str] = {
    "tag": "Everybody with a tag",
    "level": "Everybody with a level",
    "members": "Chosen members",
    "bearer": "Whoever shows the code",
}


class TemplatePrompt(Confirm):
    """Face, limits, validity, goods, customers and stacking of a kind of coupons; as they are, or as they were
    `entered` before and not taken."""

    def __init__(
        self,
        desk: "Desk",
        template: CouponTemplate | None,
        entered: SaveTemplate | None = None,
        *,
        own: StackClass = OWN,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            "Coupons" if template else "New coupons",
            "Coupons that are out keep the terms with which they were given." if template else "",
            "Save",
            parent=parent,
        )
        self.resize(720, 660)
        self._desk, self._template, self._own = desk, template, own
        shown = entered or template
        terms = shown.terms if shown else CouponTerms(value=0)
        validity = shown.validity if shown else Validity(days=30)
        self._names = Names(desk)
        self.name = QLineEdit(shown.name if shown else "")
        self.name.setMaxLength(100)
        self.kind = ComboBox(
            [(CouponKind.AMOUNT, "Takes off an amount"), (CouponKind.RATE, "Leaves a share of the price")]
        )
        self.kind.set_value(terms.kind)
        self.amount, self.rate = MoneyField(), PercentField(suffix="% of the price")
        self.threshold, self.cap = MoneyField(), MoneyField()
        if shown is not None:
            (self.rate if terms.kind is CouponKind.RATE else self.amount).set_value(terms.value)
        self.threshold.set_value(terms.threshold or None)
        self.cap.set_value(terms.cap)
        self.days = QuantityField(maximum=3660, unit="days")
        self.days.set_value(validity.days or None)
        self.starts, self.ends = MinuteField(), MinuteField(ends=True)
        self.starts.set_value(validity.starts_at or None)
        self.ends.set_value(validity.ends_at)
        self.total, self.person = QuantityField(minimum=1), QuantityField(minimum=1)
        self.total.set_value(shown.total if shown else None)
        self.person.set_value(shown.per_person if shown else 1)
        self.goods, self.audience = GoodsChoice(self._names), AudienceChoice(self._names)
        self.goods.set_goods(terms.goods, self._names.of(terms.goods, terms.audience))
        self.audience.set_audience(terms.audience)
        self.exclusive = CheckBox("Alone: nothing else on the same goods", checked=terms.exclusive)
        self.classes = {c: CheckBox(CLASSES[c]) for c in StackClass}
        kept = terms.combines if terms.combines is not None else self._usual()
        for class_, box in self.classes.items():
            box.setChecked(class_ in kept)
        self.activate = CheckBox("Can be given out at once", checked=entered is None or entered.activate)
        self.activate.setVisible(template is None or template.state is TemplateState.DRAFT)
        self._build()

    def _usual(self) -> tuple[StackClass, ...]:
        return tuple(c for c in StackClass if c is not self._own)

    def _build(self) -> None:
        self.name_row = FormRow("Name", self.name, hint="Customers read it on their coupon.")
        self.amount_row, self.rate_row = FormRow("Takes off", self.amount), FormRow("Leaves", self.rate)
        self.cap_row = FormRow("At most", self.cap, optional=True)
        self.threshold_row = FormRow("From an amount on", self.threshold, optional=True)
        self.ends_row = FormRow("Not after", self.ends, optional=True)
        self.goods_row = FormRow("Which goods", self.goods)
        self.told = Label(self._stacking, "muted", wrap=True)
        form = QWidget()
        form.setProperty("plain", True)
        column = QVBoxLayout(form)
        column.setContentsMargins(2, 0, 14, 8)
        column.setSpacing(12)
        column.addWidget(self.name_row)
        for rows in (
            (FormRow("Kind", self.kind), self.amount_row, self.rate_row),
            (self.threshold_row, self.cap_row),
            (
                FormRow("Valid after it was given", self.days, optional=True),
                FormRow("Not before", self.starts, optional=True),
                self.ends_row,
            ),
            (
                FormRow("How many in all", self.total, optional=True),
                FormRow("How many a person", self.person, optional=True),
            ),
        ):
            line = QHBoxLayout()
            line.setSpacing(12)
            for row in rows:
                line.addWidget(row, 1, Qt.AlignmentFlag.AlignTop)
            column.addLayout(line)
        column.addWidget(self.goods_row)
        column.addWidget(FormRow("For whom", self.audience))
        column.addWidget(self.exclusive)
        column.addWidget(Label("On the same goods it tolerates", "small"))
        flow = Flow(spacing=12)
        for box in self.classes.values():
            flow.addWidget(box)
        column.addLayout(flow)
        column.addWidget(self.told)
        column.addWidget(self.activate)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setMinimumHeight(440)
        area.setWidget(form)
        self.area = area
        self.middle.addWidget(area, 1)
        self.kind.value_changed.connect(lambda _kind: self._shape())
        for box in (self.exclusive, *self.classes.values()):
            box.toggled.connect(lambda _on: self._shape())
        self._shape()
        self.name.setFocus()

    def _shape(self) -> None:
        rate = self.kind.value() is CouponKind.RATE
        self.amount_row.setVisible(not rate)
        self.rate_row.setVisible(rate)
        self.cap_row.setVisible(rate)
        for box in self.classes.values():
            box.setEnabled(not self.exclusive.isChecked())
        self.told.retranslate()

    def _combines(self) -> tuple[StackClass, ...] | None:
        chosen = tuple(c for c, box in self.classes.items() if box.isChecked())
        return None if chosen == self._usual() else chosen

    def _stacking(self) -> str:
        return stacking_text(self._own, self._combines(), exclusive=self.exclusive.isChecked())

    def terms(self) -> CouponTerms:
        """What is filled in."""
        rate = self.kind.value() is CouponKind.RATE
        value = self.rate.value() if rate else self.amount.value()
        return CouponTerms(
            kind=CouponKind.RATE if rate else CouponKind.AMOUNT,
            value=value or 0,
            threshold=self.threshold.value() or 0,
            cap=self.cap.value() if rate else None,
            goods=self.goods.goods(),
            audience=self.audience.audience(),
            exclusive=self.exclusive.isChecked(),
            combines=self._combines(),
        )

    def accept(self) -> None:
        terms = self.terms()
        starts, ends = self.starts.value() or 0, self.ends.value()
        rate = terms.kind is CouponKind.RATE
        lacking = self.rate.value() in (None, 10_000) if rate else not terms.value
        too_much = not rate and bool(terms.threshold) and terms.value > terms.threshold
        said: tuple[tuple[FormRow, Text], ...] = (
            (self.name_row, "" if self.name.text().strip() else "Please give a name"),
            (self.amount_row, "How much does it take off?" if lacking and not rate else ""),
            (self.rate_row, "How much of the price is left?" if lacking and rate else ""),
            (self.threshold_row, "It takes off more than has to be bought" if too_much else ""),
            (self.ends_row, "It ends before it starts" if ends is not None and ends <= starts else ""),
            (self.goods_row, "Choose goods, or take all" if self.goods.nothing() else ""),
        )
        wrong = [row for row, text in said if text]
        for row, text in said:
            row.set_error(text)
        if wrong:
            self.area.ensureWidgetVisible(wrong[0])
        else:
            super().accept()

    def message(self, new_id: str) -> SaveTemplate:
        """The coupons as they were entered."""
        return SaveTemplate(
            template_id=self._template.id if self._template else new_id,
            name=self.name.text().strip(),
            terms=self.terms(),
            validity=Validity(
                starts_at=self.starts.value() or 0, ends_at=self.ends.value(), days=self.days.value() or 0
            ),
            total=self.total.value(),
            per_person=self.person.value(),
            activate=self.activate.isChecked(),
            note=self._template.note if self._template else "",
        )


class GivePrompt(Confirm):
    """Whom coupons are given to; how many that are is told before anything is given."""

    def __init__(
        self, desk: "Desk", template: CouponTemplate, *, member_id: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__("Give coupons", partial(str, template.name), "Give", parent=parent)
        self._desk, self._template = desk, template
        mine = desk.actor.organisation_id
        self.way = ComboBox(list(WAYS.items()))
        self.tag = ComboBox([(t.id, partial(str, t.name)) for t in desk.read(tags_of, mine)])
        self.level = ComboBox([(x.id, partial(str, x.name)) for x in desk.read(levels_of, mine)])
        self.picker = ProductPicker(self._find, placeholder="Phone, card or name", limit=20)
        self.picker.picked.connect(self._picked)
        self.chips = Chips()
        self.number = QuantityField(minimum=1, maximum=MOST_BEARER)
        self.number.set_value(10)
        people = QWidget()
        column = QVBoxLayout(people)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.picker)
        column.addWidget(self.chips)
        self.parts = {
            "tag": FormRow("Tag", self.tag),
            "level": FormRow("Level", self.level),
            "members": FormRow("Members", people),
            "bearer": FormRow("How many", self.number, hint="Export their codes to print them."),
        }
        self.told = Label("", "strong", wrap=True)
        self.middle.addWidget(FormRow("To whom", self.way))
        for row in self.parts.values():
            self.middle.addWidget(row)
        self.middle.addWidget(self.told)
        self.reach: int | Refused = 0
        if member_id:
            self.way.set_value("members")
            self.chips.set_chosen(desk.read(names_of, [member_id]))
        for combo in (self.way, self.tag, self.level):
            combo.value_changed.connect(lambda _value: self.count_now())
        self.number.value_changed.connect(lambda _value: self.count_now())
        self.chips.changed.connect(self.count_now)
        self.count_now()

    def fill(self, entered: IssueCoupons) -> None:
        """Show what was entered before and not taken."""
        if entered.tag_id:
            self.way.set_value("tag")
            self.tag.set_value(entered.tag_id)
        elif entered.level_id:
            self.way.set_value("level")
            self.level.set_value(entered.level_id)
        elif entered.member_ids:
            self.way.set_value("members")
            self.chips.set_chosen(self._desk.read(names_of, entered.member_ids))
        else:
            self.way.set_value("bearer")
            self.number.set_value(entered.bearer)
        self.count_now()

    def message(self) -> IssueCoupons:
        """Whom they are given to."""
        way = str(self.way.value())
        return IssueCoupons(
            template_id=self._template.id,
            tag_id=str(self.tag.value() or "") if way == "tag" else "",
            level_id=str(self.level.value() or "") if way == "level" else "",
            member_ids=self.chips.ids() if way == "members" else (),
            bearer=(self.number.value() or 0) if way == "bearer" and not self.number.error() else 0,
        )

    def count_now(self) -> None:
        """Say how many would be given."""
        way = str(self.way.value())
        for key, row in self.parts.items():
            row.setVisible(key == way)
        self.reach = self._desk.read(issue_preview, self._desk.actor, self.message(), self._desk.now())
        reach = self.reach
        if isinstance(reach, Refused):
            self.told.set_words(lambda: problem_text(reach.code, reach.params))
        else:
            source = "{n} coupons are made" if way == "bearer" else "{n} members receive a coupon"
            self.told.set_words(lambda: tr(source, n=reach))
        self.verb.setEnabled(not isinstance(reach, Refused))

    def _find(self, text: str, limit: int) -> list[ProductRow]:
        found = self._desk.read(find_members, self._desk.actor.organisation_id, text, limit)
        return [ProductRow((m.id, m.called), m.name or m.phone, m.phone) for m in found]

    def _picked(self, found: object) -> None:
        if isinstance(found, tuple):
            self.chips.add(found[0], found[1])
            self.count_now()
