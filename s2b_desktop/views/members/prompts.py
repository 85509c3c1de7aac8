"""What is asked about members before a command is sent."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.messages import problem_text
from s2b_desktop.models.queries.audiences import category_options, levels_of, tags_of
from s2b_desktop.models.queries.coupons import active_templates
from s2b_desktop.models.queries.members import issue_preview, meant_count, whom_fits
from s2b_desktop.text import count, language, money, parse_day, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.chips import Chips
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import MoneyField, PercentField, PhoneField, QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.picker import ProductPicker
from s2b_desktop.views.promotions.whom import Names, Pick
from s2b_domain.commands.campaigns import StartCampaign
from s2b_domain.commands.coupons import IssueCoupons
from s2b_domain.commands.members import LevelEntry, SaveLevels, SaveMember, SavePointsRule, SaveTag
from s2b_domain.errors import Refused
from s2b_domain.records.member import Member, MemberLevel, Tag
from s2b_domain.rules.pricing import PointsTerms
from s2b_domain.rules.tags import TagTest

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

HOUR = 3_600_000
PAUSE = 250
SHOWN = 8


def named(items: Sequence[Any]) -> list[tuple[object, Text]]:
    """Options of a combobox from rows with an id and a name."""
    return [(x.id, partial(str, x.name)) for x in items]


class MemberPrompt(Confirm):
    """Somebody new, or a member as it should be; `entered` is what was entered before and not taken."""

    def __init__(
        self,
        member: Member | None,
        levels: Sequence[MemberLevel],
        entered: SaveMember | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            "Member" if member else "New member", "A phone number or a card is needed.", "Save", parent=parent
        )
        self._member = member
        shown = entered or member
        self.name = QLineEdit(shown.name if shown else "")
        self.phone = PhoneField()
        self.phone.set_number(shown.phone if shown else "")
        self.card = QLineEdit(shown.card if shown else "")
        self.birthday = QLineEdit(shown.birthday if shown else "")
        self.birthday.setPlaceholderText(tr("year-month-day"))
        self.note = QLineEdit(shown.note if shown else "")
        self.level = ComboBox([("", "By spending and points"), *named(levels)])
        self.level.set_value(shown.level_id if shown and shown.fixed else "")
        self.active = CheckBox("Member of the shop", checked=shown.active if shown else True)
        self.name_row = FormRow("Name", self.name)
        self.phone_row = FormRow("Phone", self.phone)
        self.card_row = FormRow("Card number", self.card, optional=True, hint="Scan the card.")
        self.birthday_row = FormRow("Birthday", self.birthday, optional=True)
        self.middle.addWidget(self.name_row)
        for pair in ((self.phone_row, self.card_row), (self.birthday_row, FormRow("Level", self.level))):
            line = QHBoxLayout()
            line.setSpacing(12)
            for row in pair:
                line.addWidget(row, 1, Qt.AlignmentFlag.AlignTop)
            self.middle.addLayout(line)
        self.middle.addWidget(FormRow("Note", self.note, optional=True))
        if member is not None:
            self.middle.addWidget(self.active)
        self.name.setFocus()

    def accept(self) -> None:
        phone, card = self.phone.number(), self.card.text().strip()
        self.phone_row.set_error(
            self.phone.error if self.phone.error() else "" if phone or card else "Enter a phone number or a card"
        )
        try:
            parse_day(self.birthday.text())
            self.birthday_row.set_error("")
        except ValueError:
            self.birthday_row.set_error("That is no date")
        if not (self.phone_row.error() or self.birthday_row.error()):
            super().accept()

    def message(self, new_id: str) -> SaveMember:
        """The member as it was entered."""
        level = str(self.level.value() or "")
        return SaveMember(
            member_id=self._member.id if self._member else new_id,
            name=self.name.text().strip(),
            phone=self.phone.number(),
            card=self.card.text().strip(),
            birthday=self.birthday.text().strip(),
            note=self.note.text().strip(),
            level_id=level,
            fixed=bool(level),
            active=self.active.isChecked(),
        )


class MergePrompt(Confirm):
    """Which other row is the same person."""

    def __init__(self, member: Member, others: Sequence[Member], parent: QWidget | None = None) -> None:
        super().__init__(
            "Merge two members",
            lambda: tr(
                "Points, spending, coupons and tags of the other one go to {name}. This cannot be undone.",
                name=member.name,
            ),
            "Merge",
            tone="danger",
            parent=parent,
        )
        options: list[tuple[object, Text]] = [
            (m.id, partial(str, " · ".join(t for t in (m.name, m.phone, m.card) if t))) for m in others
        ]
        self.other = ComboBox(options)
        self.middle.addWidget(FormRow("Is the same person as", self.other))

    def other_id(self) -> str:
        """The row that goes."""
        return str(self.other.value() or "")


class TagPrompt(Confirm):
    """A tag, given by hand or by a rule over what people bought; who fits is shown while one writes. `removed` wants it
    to go."""

    removed = Signal()

    def __init__(self, desk: "Desk", tag: Tag | None, test: TagTest | None, parent: QWidget | None = None) -> None:
        super().__init__(
            "Tag" if tag else "New tag",
            "A rule is looked at after every purchase and when it is applied.",
            "Save",
            parent=parent,
        )
        self.setMinimumWidth(560)
        self._desk, self._tag = desk, tag
        self.matches: list[Member] = []
        self._work: Any = None
        self._wait = QTimer(self, singleShot=True, interval=PAUSE)
        self._wait.timeout.connect(self.look)
        self.name = QLineEdit(tag.name if tag else "")
        self.name_row = FormRow("Name", self.name)
        self.by_rule = CheckBox("Give it by a rule", checked=test is not None)
        self.categories = Pick("Any goods, or add a category…", dict(desk.read(category_options, language() == "en")))
        rule = test or TagTest()
        self.categories.set_ids(rule.category_ids)
        self.spent = MoneyField()
        self.spent.set_value(rule.min_spent or None)
        self.orders = QuantityField(minimum=0)
        self.orders.set_value(rule.min_orders)
        self.within, self.idle = QuantityField(maximum=3660, unit="days"), QuantityField(maximum=3660, unit="days")
        self.within.set_value(rule.within_days or None)
        self.idle.set_value(rule.idle_days or None)
        self.rule = QWidget()
        column = QVBoxLayout(self.rule)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(FormRow("Bought of", self.categories))
        for pair in (
            (FormRow("For at least", self.spent, optional=True), FormRow("In at least so many orders", self.orders)),
            (
                FormRow("Last time within", self.within, optional=True),
                FormRow("Nothing at all for", self.idle, optional=True),
            ),
        ):
            line = QHBoxLayout()
            line.setSpacing(12)
            for row in pair:
                line.addWidget(row, 1, Qt.AlignmentFlag.AlignTop)
            column.addLayout(line)
        self.told = Label("", "muted", wrap=True)
        column.addWidget(self.told)
        self.middle.addWidget(self.name_row)
        self.middle.addWidget(self.by_rule)
        self.middle.addWidget(self.rule)
        self.remove = Button("Remove this tag…", self._remove, icon="trash", variant="quiet")
        self.remove.setVisible(tag is not None)
        self.middle.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignLeft)
        self.by_rule.toggled.connect(lambda _on: self._changed())
        self.categories.changed.connect(self._changed)
        for field in (self.spent, self.orders, self.within, self.idle):
            field.value_changed.connect(lambda _value: self._changed())
        self.finished.connect(lambda _result: self._work.cancel() if self._work is not None else None)
        self._changed()
        self.name.setFocus()

    def test(self) -> TagTest | None:
        """The rule as it is filled in; None: only by hand."""
        if not self.by_rule.isChecked():
            return None
        return TagTest(
            category_ids=self.categories.ids(),
            min_spent=self.spent.value() or 0,
            min_orders=self.orders.value() or 0,
            within_days=self.within.value() or 0,
            idle_days=self.idle.value() or 0,
        )

    def look(self) -> None:
        """See who fits."""
        test = self.test()
        if test is not None:
            self._work = self._desk.fetch(
                whom_fits, self._desk.actor.organisation_id, test, self._desk.now(), done=self._tell
            )

    def accept(self) -> None:
        self.name_row.set_error("" if self.name.text().strip() else "Please give a name")
        if not self.name_row.error():
            super().accept()

    def _remove(self) -> None:
        self.reject()
        self.removed.emit()

    def message(self, new_id: str) -> SaveTag:
        """The tag as it was entered."""
        tone = self._tag.tone if self._tag else "neutral"
        tag_id = self._tag.id if self._tag else new_id
        return SaveTag(tag_id=tag_id, name=self.name.text().strip(), tone=tone, test=self.test())

    def _changed(self) -> None:
        self.rule.setVisible(self.by_rule.isChecked())
        self._wait.start()
        self.adjustSize()

    def _tell(self, members: list[Member]) -> None:
        self.matches = members
        names = [m.called for m in members[:SHOWN]]

        def said() -> str:
            if not members:
                return tr("Nobody fits at present.")
            more = "…" if len(members) > SHOWN else ""
            return f"{tr('{n} members fit now:', n=len(members))} {tr(', ').join(names)}{more}"

        self.told.set_words(said)


class LevelsPrompt(Confirm):
    """All levels of the shop with their rights, the lowest first."""

    def __init__(self, desk: "Desk", parent: QWidget | None = None) -> None:
        super().__init__(
            "Member levels",
            "A level is reached by spending or by points. It gives a discount, more points, and promotions earlier.",
            "Save",
            parent=parent,
        )
        self.setMinimumWidth(900)
        self._desk = desk
        self.rows: list[dict[str, Any]] = []
        self._grid = QVBoxLayout()
        self._grid.setContentsMargins(0, 0, 6, 0)
        self._grid.setSpacing(8)
        holder = QWidget()
        holder.setProperty("plain", True)
        holder.setLayout(self._grid)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setMinimumHeight(300)
        area.setWidget(holder)
        self.middle.addWidget(area)
        self._grid.addStretch(1)
        for level in desk.read(levels_of, desk.actor.organisation_id):
            self.add(level)
        self.problem = Label("", "error", wrap=True)
        self.problem.hide()
        self.middle.addWidget(self.problem)
        more = Button("Another level", self.add, icon="plus")
        self.middle.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)

    def add(self, level: MemberLevel | None = None) -> None:
        """One more level above the others."""
        name = QLineEdit(level.name if level else "")
        spent, points = MoneyField(), QuantityField()
        pays, times, early = PercentField(), PercentField(most=10**6), QuantityField(maximum=744)
        spent.set_value(level.min_spent if level else None)
        points.set_value(level.min_points if level else None)
        pays.set_value(level.pays_bp if level else 10_000)
        times.set_value(level.multiplier_bp if level else 10_000)
        early.set_value(level.early_ms // HOUR if level and level.early_ms else None)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(10)
        entry: dict[str, Any] = {
            "id": level.id if level else self._desk.new_id(),
            "name": name, "spent": spent, "points": points, "pays": pays, "times": times, "early": early, "row": row,
        }  # fmt: skip
        fields: tuple[tuple[Text, QWidget, int], ...] = (
            ("Name", name, 3), ("From spending", spent, 3), ("or from points", points, 2),
            ("Pays of the price", pays, 2),
            ("Times the points", times, 2), ("Hours earlier", early, 2),
        )  # fmt: skip
        for title, field, wide in fields:
            line.addWidget(FormRow(title, field), wide)
        drop = Button("", partial(self._drop, entry), icon="x", variant="quiet", tip="Take the level out")
        line.addWidget(drop, 0, Qt.AlignmentFlag.AlignBottom)
        self.rows.append(entry)
        self._grid.insertWidget(self._grid.count() - 1, row)
        name.setFocus()

    def accept(self) -> None:
        names = [r["name"].text().strip() for r in self.rows]
        wrong = any(f.error() for r in self.rows for f in (r["spent"], r["points"], r["pays"], r["times"], r["early"]))
        said = "Give every level a name of its own" if not all(names) or len(set(names)) < len(names) else ""
        said = said or ("Please look at the numbers again" if wrong else "")
        self.problem.set_words(said)
        self.problem.setVisible(bool(said))
        if not said:
            super().accept()

    def message(self) -> SaveLevels:
        """All levels as they were entered."""
        return SaveLevels(
            levels=tuple(
                LevelEntry(
                    id=r["id"],
                    name=r["name"].text().strip(),
                    rank=rank,
                    min_spent=r["spent"].value(),
                    min_points=r["points"].value(),
                    pays_bp=10_000 if r["pays"].value() is None else r["pays"].value(),
                    multiplier_bp=10_000 if r["times"].value() is None else r["times"].value(),
                    early_ms=(r["early"].value() or 0) * HOUR,
                )
                for rank, r in enumerate(self.rows)
            )
        )

    def _drop(self, entry: dict[str, Any]) -> None:
        self.rows.remove(entry)
        entry["row"].hide()
        self._grid.removeWidget(entry["row"])
        entry["row"].deleteLater()


class PointsRulePrompt(Confirm):
    """How points are earned, used, and lost."""

    def __init__(self, terms: PointsTerms, parent: QWidget | None = None) -> None:
        super().__init__("Points rule", "Orders that are placed keep what they were promised.", "Save", parent=parent)
        self._kept = terms
        self.earn = PercentField(most=10**6, suffix="points per ¥1")
        self.earn.set_value(terms.earn_bp)
        self.unit, self.minimum = QuantityField(unit="points"), QuantityField(unit="points")
        self.unit.set_value(terms.redeem_unit)
        self.value = MoneyField()
        self.value.set_value(terms.unit_value)
        self.cap = PercentField()
        self.cap.set_value(terms.cap_bp)
        self.minimum.set_value(terms.minimum or None)
        self.months = QuantityField(maximum=1200, unit="months")
        self.months.set_value(terms.months or None)
        self.told = Label(self._said, "muted", wrap=True)
        rows = (
            (
                FormRow("A member earns", self.earn),
                FormRow("They last", self.months, optional=True, hint="Empty: for ever."),
            ),
            (FormRow("So many points", self.unit, hint="0: points cannot be used."), FormRow("Are worth", self.value)),
            (FormRow("At most of an order", self.cap), FormRow("From so many points on", self.minimum, optional=True)),
        )
        for pair in rows:
            line = QHBoxLayout()
            line.setSpacing(12)
            for row in pair:
                line.addWidget(row, 1, Qt.AlignmentFlag.AlignTop)
            self.middle.addLayout(line)
        self.middle.addWidget(self.told)
        for field in (self.earn, self.unit, self.value, self.cap, self.minimum, self.months):
            field.value_changed.connect(lambda _value: self.told.retranslate())

    def terms(self) -> PointsTerms:
        """The rule as it is filled in."""
        return PointsTerms(
            earn_bp=self.earn.value() or 0,
            redeem_unit=self.unit.value() or 0,
            unit_value=self.value.value() or 0,
            minimum=self.minimum.value() or 0,
            cap_bp=10_000 if self.cap.value() is None else self.cap.value() or 0,
            months=self.months.value() or 0,
        )

    def message(self) -> SavePointsRule:
        """The rule to be saved."""
        return SavePointsRule(terms=self.terms())

    def _said(self) -> str:
        terms = self.terms() if hasattr(self, "months") else self._kept
        earned = 100_00 * terms.earn_bp // 10_000
        worth = earned // terms.redeem_unit * terms.unit_value if terms.redeem_unit else 0
        return tr(
            "Whoever pays ¥100.00 earns {points} points, worth {money}.", points=count(earned), money=money(worth)
        )


class CampaignPrompt(Confirm):
    """A coupon or a notice of goods for a tag or a level; how many receive it is told while one chooses."""

    def __init__(self, desk: "Desk", *, template_id: str = "", tag_id: str = "", parent: QWidget | None = None) -> None:
        super().__init__(
            "New campaign",
            "S2B has no messaging provider: it keeps whom to tell and what. Print or export the list, or copy the text "
            "into your own channel.",
            "Start",
            parent=parent,
        )
        self.setMinimumWidth(580)
        self._desk = desk
        mine = desk.actor.organisation_id
        self._names = Names(desk)
        self.name = QLineEdit()
        self.text = QLineEdit()
        self.coupon = ComboBox([("", "No coupon: a notice only"), *named(desk.read(active_templates))])
        self.coupon.set_value(template_id)
        tags, levels = desk.read(tags_of, mine), desk.read(levels_of, mine)
        whom: list[tuple[object, Text]] = [(("tag", t.id), partial(str, t.name)) for t in tags]
        whom += [(("level", x.id), partial(str, x.name)) for x in levels]
        self.whom = ComboBox(whom)
        if tag_id:
            self.whom.set_value(("tag", tag_id))
        self.goods = _GoodsPick(self._names)
        self.told = Label("", "strong", wrap=True)
        self.name_row, self.text_row = FormRow("Name", self.name), FormRow("What they are told", self.text)
        self.whom_row = FormRow("For whom", self.whom)
        for row in (
            self.name_row,
            self.whom_row,
            FormRow("Coupon for each", self.coupon),
            FormRow("New goods", self.goods, optional=True),
            self.text_row,
        ):
            self.middle.addWidget(row)
        self.middle.addWidget(self.told)
        self.coupon.value_changed.connect(lambda _value: self.count_now())
        self.whom.value_changed.connect(lambda _value: self.count_now())
        self.reach: int | Refused = 0
        self.count_now()
        self.name.setFocus()

    def fill(self, entered: StartCampaign, goods: Mapping[str, str]) -> None:
        """Show what was entered before and not taken; `goods` are the names of its goods by id."""
        self.name.setText(entered.name)
        self.text.setText(entered.text)
        self.coupon.set_value(entered.template_id)
        self.whom.set_value(("tag", entered.tag_id) if entered.tag_id else ("level", entered.level_id))
        self.goods.chips.set_chosen(goods)
        self.count_now()

    def _chosen(self) -> tuple[str, str]:
        value = self.whom.value()
        kind, id_ = value if isinstance(value, tuple) else ("", "")
        return (id_ if kind == "tag" else ""), (id_ if kind == "level" else "")

    def count_now(self) -> None:
        """Say how many receive it."""
        template, (tag_id, level_id) = str(self.coupon.value() or ""), self._chosen()
        if template:
            whom = IssueCoupons(template_id=template, tag_id=tag_id, level_id=level_id)
            self.reach = self._desk.read(issue_preview, self._desk.actor, whom, self._desk.now())
        else:
            self.reach = self._desk.read(meant_count, self._desk.actor.organisation_id, tag_id, level_id)
        reach = self.reach
        if isinstance(reach, Refused):
            self.told.set_words(lambda: problem_text(reach.code, reach.params))
        else:
            source = "{n} members receive a coupon" if template else "{n} members are told"
            self.told.set_words(lambda: tr(source, n=reach))
        self.verb.setEnabled(not isinstance(reach, Refused) and reach > 0)

    def accept(self) -> None:
        self.name_row.set_error("" if self.name.text().strip() else "Please give a name")
        lacking = not (self.coupon.value() or self.goods.ids() or self.text.text().strip())
        self.text_row.set_error("Say what they are told, or choose goods" if lacking else "")
        if not (self.name_row.error() or self.text_row.error()):
            super().accept()

    def message(self, new_id: str) -> StartCampaign:
        """The campaign as it was entered."""
        tag_id, level_id = self._chosen()
        return StartCampaign(
            campaign_id=new_id,
            name=self.name.text().strip(),
            text=self.text.text().strip(),
            template_id=str(self.coupon.value() or ""),
            sku_ids=self.goods.ids(),
            tag_id=tag_id,
            level_id=level_id,
        )


class _GoodsPick(QWidget):
    """Goods by search, as chips."""

    def __init__(self, names: Names, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chips = Chips()
        self.picker = ProductPicker(names.find, placeholder="Scan, or type a name, pinyin or SKU")
        self.picker.picked.connect(self._picked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.picker)
        column.addWidget(self.chips)

    def ids(self) -> tuple[str, ...]:
        return self.chips.ids()

    def _picked(self, found: object) -> None:
        if isinstance(found, tuple):
            self.chips.add(found[0], found[1])
