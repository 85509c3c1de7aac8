"""A promotion as it is written: what, when, for whom, beside what; and at once what a customer would pay."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.models.queries.promotions import clashes
from s2b_desktop.text import listed, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.chips import Flow
from s2b_desktop.views.common.choice import CheckBox
from s2b_desktop.views.common.fields import MinuteField, MoneyField, QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.promotions.gives import Gives
from s2b_desktop.views.promotions.preview import Preview
from s2b_desktop.views.promotions.unsent import NEW, Unsent, Written
from s2b_desktop.views.promotions.whom import AudienceChoice, GoodsChoice, Names
from s2b_desktop.views.promotions.words import CLASSES, FLAWS, stacking_text
from s2b_domain.commands.promotions import SavePromotion
from s2b_domain.records.promotion import Promotion, PromotionState
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.pricing import Audience, Goods, PromotionKind, StackClass, Terms, flaw
from s2b_domain.rules.pricing.offers import CLASS_OF

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

DAY = 86_400_000
PAUSE = 400


def usual(kind: PromotionKind) -> tuple[StackClass, ...]:
    """What a promotion tolerates if nothing is said: all but its own class; gifts tolerate gifts."""
    own = CLASS_OF[kind]
    return tuple(c for c in StackClass if c is not own or own is StackClass.GIFT)


class PromotionEditorPage(Page):
    """`show_item` takes a promotion's id, None for a new one, or a refused `SavePromotion` of the queue."""

    key = "promotion"
    icon = "ticket"
    title = "Promotion"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk, self._navigate = desk, navigate
        self._names = Names(desk)
        self._id, self._supersedes, self._filled = "", "", False
        self._state, self._begun = PromotionState.DRAFT, False
        self._kind = PromotionKind.TIERED_REDUCTION
        self.add_action("To the list", lambda: navigate("promotions", self._id or None), "Alt+Left", icon="arrow-left")
        self.draft = self.add_action("Save as draft", lambda: self.save(schedule=False), "Ctrl+S")
        self.schedule = self.add_action("Schedule", lambda: self.save(schedule=True), "Ctrl+Return", primary=True)
        self.refusal = Banner("bad", "", closable=True)
        self.clash = Banner("warn", "")
        self.resumed = Banner(
            "info",
            "You had begun to write this. Nothing of it has been sent.",
            action="Begin anew",
            callback=self.begin_anew,
        )
        self._unsent = Unsent(desk)
        self.preview = Preview(desk, self._names, self.promotion)
        self._build()
        self._clash_wait = QTimer(self, singleShot=True, interval=PAUSE)
        self._clash_wait.timeout.connect(self._look_for_clashes)
        self._keep_wait = QTimer(self, singleShot=True, interval=PAUSE)
        self._keep_wait.timeout.connect(self._keep)
        self._asked: Promotion | None = None
        self._resume(None)
        self.setFocusProxy(self.name)

    def _build(self) -> None:
        self.name = QLineEdit()
        self.name.setMaxLength(100)
        self.name_row = FormRow("Name", self.name, hint="Customers see it on their receipt.")
        self.starts, self.ends = MinuteField(), MinuteField(ends=True)
        self.starts_row = FormRow("Starts", self.starts)
        self.ends_row = FormRow("Ends", self.ends, optional=True, hint="Empty: until you end it.")
        self.gives = Gives(self._names)
        self.goods = GoodsChoice(self._names)
        self.goods_row = FormRow("Which goods", self.goods)
        self.audience = AudienceChoice(self._names)
        self.priority = QuantityField(minimum=-1000, maximum=1000)
        self.priority_row = FormRow(
            "Priority", self.priority, hint="The higher one is taken first; equal ones by what saves most."
        )
        self.exclusive = CheckBox("Alone: nothing else on the same goods")
        self.classes = {c: CheckBox(CLASSES[c]) for c in StackClass}
        self.told = Label(self._stacking, "muted", wrap=True)
        self.budget, self.total, self.person = MoneyField(), QuantityField(minimum=1), QuantityField(minimum=1)
        self.note = QLineEdit()
        self.note.setMaxLength(500)

        form = QWidget()
        form.setProperty("plain", True)
        column = QVBoxLayout(form)
        column.setContentsMargins(2, 0, 14, 24)
        column.setSpacing(14)
        column.addWidget(self.name_row)
        when = QHBoxLayout()
        when.setSpacing(12)
        for row in (self.starts_row, self.ends_row):
            when.addWidget(row, 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(when)
        self._section(column, "What it gives")
        column.addWidget(self.gives)
        self._section(column, "Goods and customers")
        column.addWidget(self.goods_row)
        column.addWidget(FormRow("For whom", self.audience))
        self._section(column, "Together with others")
        column.addWidget(self.priority_row)
        column.addWidget(self.exclusive)
        column.addWidget(Label("On the same goods it tolerates", "small"))
        flow = Flow(spacing=12)
        for box in self.classes.values():
            flow.addWidget(box)
        column.addLayout(flow)
        column.addWidget(self.told)
        self._section(column, "Limits")
        limits = QHBoxLayout()
        limits.setSpacing(12)
        bounds = (("Budget", self.budget), ("Orders in all", self.total), ("Orders a person", self.person))
        self.limit_rows = [FormRow(label, bound, optional=True) for label, bound in bounds]
        for row in self.limit_rows:
            limits.addWidget(row, 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(limits)
        column.addWidget(FormRow("Note", self.note, optional=True))
        column.addStretch(1)

        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(form)
        self.area = area
        left = QVBoxLayout()
        left.setSpacing(10)
        for banner in (self.resumed, self.refusal, self.clash):
            banner.hide()
            left.addWidget(banner)
        left.addWidget(area, 1)
        halves = QHBoxLayout()
        halves.setSpacing(16)
        halves.addLayout(left, 1)
        halves.addWidget(self.preview)
        self.body.addLayout(halves, 1)
        for text in (self.name, self.note):
            text.textEdited.connect(lambda _text: self._written())
        for field in (self.starts, self.ends, self.priority, self.budget, self.total, self.person):
            field.value_changed.connect(lambda _value: self._written())
        for check in (self.exclusive, *self.classes.values()):
            check.toggled.connect(lambda _on: self._written())
        for part in (self.gives, self.goods, self.audience):
            part.changed.connect(self._written)

    @staticmethod
    def _section(column: QVBoxLayout, title: Text) -> None:
        line = QFrame()
        line.setProperty("surface", "line")
        column.addWidget(line)
        column.addWidget(Label(title, "subtitle"))

    def _rows(self) -> list[FormRow]:
        told = (self.name_row, self.starts_row, self.ends_row, self.goods_row)
        return [*told, *self.gives.rows(), self.priority_row, *self.limit_rows]

    # what is shown

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", what)
        if isinstance(message, SavePromotion):
            self._keep_now()
            self._supersedes = str(getattr(what, "command_id", ""))
            self.resumed.hide()
            self._offer(
                asked := Promotion(
                    id=message.promotion_id,
                    owner_id=self._desk.actor.organisation_id,
                    name=message.name,
                    state=PromotionState.SCHEDULED if message.schedule else PromotionState.DRAFT,
                    starts_at=message.starts_at,
                    ends_at=message.ends_at,
                    terms=message.terms,
                    note=message.note,
                )
            )
            self._asked = asked
        elif isinstance(what, str) and what:
            self._resume(self._desk.read(lambda connection: RecordStore(connection).get(Promotion, what)))
        elif what is None:
            self._resume(None)

    def _resume(self, asked: Promotion | None) -> None:
        """Offer what was written of it before and never sent, else as it is."""
        self._keep_now()
        self._asked = asked
        kept = self._unsent.of(self._slot)
        self._supersedes = kept.supersedes if kept else ""
        self._offer(kept.promotion if kept else asked)
        self.resumed.setVisible(kept is not None)

    def begin_anew(self) -> None:
        """Forget what was written."""
        self._forget()
        self._resume(self._asked)

    @property
    def _slot(self) -> str:
        """Where what is being written is kept until it is sent."""
        return self._asked.id if self._asked else NEW

    def _forget(self) -> None:
        self._keep_wait.stop()
        self._unsent.keep(self._slot, None)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._keep_now()

    def _keep_now(self) -> None:
        if self._keep_wait.isActive():
            self._keep_wait.stop()
            self._keep()

    def _keep(self) -> None:
        promotion = Promotion(
            id=self._id,
            owner_id=self._desk.actor.organisation_id,
            name=self.name.text(),
            state=self._state,
            starts_at=self.starts.value() or 0,
            ends_at=self.ends.value(),
            terms=self.terms(),
            note=self.note.text(),
        )
        self._unsent.keep(self._slot, Written(promotion, self._supersedes))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.preview.refresh()

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "told"):
            self.told.retranslate()
            self.preview.refresh()

    def _offer(self, promotion: Promotion | None) -> None:
        self._filled = False
        now = self._desk.now()
        self._id = promotion.id if promotion else self._desk.new_id()
        terms = promotion.terms if promotion else Terms(kind=PromotionKind.TIERED_REDUCTION)
        self._state = promotion.state if promotion else PromotionState.DRAFT
        kept = self._desk.read(lambda connection: RecordStore(connection).get(Promotion, self._id))
        self._begun = kept is not None and kept.state is not PromotionState.DRAFT and now >= kept.starts_at
        names = self._names.of(terms.goods, terms.audience)
        more = [p.sku_id for p in terms.prices] + [g.sku_id for g in terms.gifts]
        names |= self._names.of(Goods(sku_ids=tuple(more)), Audience())
        self.name.setText(promotion.name if promotion else "")
        hour = now - now % 3_600_000 + 3_600_000
        self.starts.set_value((promotion.starts_at if promotion else 0) or hour)
        self.ends.set_value(promotion.ends_at if promotion else hour + 7 * DAY)
        self.starts.setEnabled(not self._begun)
        self.gives.set_terms(terms, names, fixed=self._begun)
        self.goods.set_goods(terms.goods, names)
        self.audience.set_audience(terms.audience)
        self.priority.set_value(terms.priority or None)
        self.exclusive.setChecked(terms.exclusive)
        self._kind = terms.kind
        self._tolerate(terms.combines if terms.combines is not None else usual(terms.kind))
        self.budget.set_value(terms.budget)
        self.total.set_value(terms.total_uses)
        self.person.set_value(terms.per_person)
        self.note.setText(promotion.note if promotion else "")
        fresh = self._state is PromotionState.DRAFT
        self.draft.setVisible(fresh)
        self.schedule.set_words("Schedule" if fresh else "Save")
        self.set_title("New promotion" if kept is None else "Change a promotion")
        self.refusal.hide()
        self.clash.hide()
        for row in self._rows():
            row.set_error("")
        self.area.verticalScrollBar().setValue(0)
        self._filled = True
        self.preview.begin()
        self._edited()

    def _tolerate(self, classes: tuple[StackClass, ...]) -> None:
        for class_, box in self.classes.items():
            box.blockSignals(True)
            box.setChecked(class_ in classes)
            box.blockSignals(False)

    def _written(self) -> None:
        if self._filled:
            self._keep_wait.start()
            self._edited()

    def _edited(self) -> None:
        kind = self.gives.kind_now()
        if kind is not self._kind:  # what people did not decide themselves follows the kind
            if self._tolerated() == usual(self._kind):
                self._tolerate(usual(kind))
            self._kind = kind
        for box in self.classes.values():
            box.setEnabled(not self.exclusive.isChecked())
        self.told.retranslate()
        self.preview.refresh()
        self._clash_wait.start()

    # what is written

    def _tolerated(self) -> tuple[StackClass, ...]:
        return tuple(c for c, box in self.classes.items() if box.isChecked())

    def terms(self) -> Terms:
        """What is filled in."""
        kind = self.gives.kind_now()
        tolerated = self._tolerated()
        return self.gives.apply(
            Terms(
                kind=kind,
                goods=self.goods.goods(),
                audience=self.audience.audience(),
                priority=self.priority.value() or 0,
                exclusive=self.exclusive.isChecked(),
                combines=None if tolerated == usual(kind) else tolerated,
                budget=self.budget.value(),
                total_uses=self.total.value(),
                per_person=self.person.value(),
            )
        )

    def promotion(self) -> Promotion | None:
        """What is being written, as if it were saved and scheduled; None while it cannot work."""
        terms = self.terms()
        starts = self.starts.value()
        if flaw(terms) or starts is None or self.goods.nothing():
            return None if self.preview.sampled.priced else self._idle(terms)
        return Promotion(
            id=self._id,
            owner_id=self._desk.actor.organisation_id,
            name=self.name.text().strip() or tr("This promotion"),
            state=PromotionState.SCHEDULED,
            starts_at=starts,
            ends_at=None,
            terms=terms,
        )

    def _idle(self, terms: Terms) -> Promotion:
        """Something that gives nothing yet, so that the sample stands there from the beginning."""
        idle = Terms(kind=PromotionKind.TIERED_REDUCTION, goods=terms.goods)
        return Promotion(
            id=self._id,
            owner_id=self._desk.actor.organisation_id,
            name=tr("This promotion"),
            state=PromotionState.SCHEDULED,
            starts_at=0,
            terms=idle,
        )

    def _stacking(self) -> str:
        terms = self.terms() if self._filled else Terms(kind=PromotionKind.TIERED_REDUCTION)
        own = CLASS_OF[terms.kind]
        return stacking_text(own, terms.combines, exclusive=terms.exclusive, priority=terms.priority)

    def _look_for_clashes(self) -> None:
        mine = self.promotion()
        if mine is None:
            self.clash.hide()
            return
        mine = mine.with_(ends_at=self.ends.value())
        now = self._desk.now()

        def look(connection: object) -> list[str]:
            store = RecordStore(connection)  # type: ignore[arg-type]
            every = [p for p in store.find(Promotion, state=PromotionState.SCHEDULED) if p.id != mine.id]
            return sorted(clashes(connection, [mine, *every], now).get(mine.id, ()))  # type: ignore[arg-type]

        self._desk.fetch(look, done=self._tell_clashes)

    def _tell_clashes(self, names: list[str]) -> None:
        said = listed(names)
        self.clash.set_message(
            "warn",
            lambda: tr(
                "On some of the same goods it does not go together with {names}: only one of them counts there.",
                names=said,
            ),
        )
        self.clash.setVisible(bool(names))

    def wrong(self, *, schedule: bool) -> bool:
        """Show what is missing; True if something is."""
        terms, starts, ends = self.terms(), self.starts.value(), self.ends.value()
        over = schedule and ends is not None and ends <= self._desk.now()
        lacking = flaw(terms)
        rows: list[tuple[FormRow, Text]] = [
            (self.name_row, "" if self.name.text().strip() else "Please give a name"),
            (self.starts_row, "" if starts is not None else "Please say when it starts"),
            (
                self.ends_row,
                "It ends before it starts"
                if ends is not None and starts is not None and ends <= starts
                else "It would be over already: give it a later end"
                if over
                else "",
            ),
            (self.goods_row, "Choose goods, or take all" if self.goods.nothing() else ""),
        ]
        bad = self.gives.row_of(lacking) if lacking else None
        flawed = FLAWS.get(lacking, "Please look at this again")
        half = FLAWS["half"]
        rows += [
            (row, flawed if row is bad else half if self.gives.half_filled(row) else "") for row in self.gives.rows()
        ]
        rows += [(row, "") for row in (self.priority_row, *self.limit_rows)]
        first: FormRow | None = None
        for row, lack in rows:
            text = row.typed_error if row.typed_error() else lack
            row.set_error(text)
            if text and first is None:
                first = row
        if first is not None:
            self.area.ensureWidgetVisible(first)
            first.field.setFocus()
        return first is not None

    def save(self, *, schedule: bool) -> None:
        """Send it; what is missing is shown instead."""
        if self.wrong(schedule=schedule):
            return
        message = SavePromotion(
            promotion_id=self._id,
            name=self.name.text().strip(),
            terms=self.terms(),
            starts_at=self.starts.value() or 0,
            ends_at=self.ends.value(),
            schedule=schedule,
            note=self.note.text().strip(),
        )
        self.schedule.setEnabled(False)
        self.draft.setEnabled(False)
        self._forget()

        def enable() -> None:
            self.schedule.setEnabled(True)
            self.draft.setEnabled(True)

        def done(_seq: int) -> None:
            enable()
            said = tr("Saved: {name}", name=message.name)
            ToastArea.of(self).show_toast(lambda: said)
            self._navigate("promotions", message.promotion_id)

        def failed(error: Exception) -> None:
            enable()
            self._keep()
            self.refusal.set_message("bad", lambda: failure_text(error))
            self.refusal.show()

        self._desk.submit(message, done=done, failed=failed, supersedes=self._supersedes or None)
