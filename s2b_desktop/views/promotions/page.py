"""The promotions of a shop, a supplier or the platform: as a list, as a calendar, and one in full beside it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget

from s2b_desktop.messages import state_text
from s2b_desktop.models.queries.promotions import PromotionRow, promotion_rows, use_days
from s2b_desktop.text import count, money, tr
from s2b_desktop.views.common.actions import Action
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import RowId
from s2b_desktop.views.common.confirm import Confirm, open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.fields import MinuteField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.live import LivePage
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.sending import send
from s2b_desktop.views.common.spans import MonthOfSpans, Span
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.promotions.columns import promotion_columns
from s2b_desktop.views.promotions.panel import PromotionPanel
from s2b_desktop.views.promotions.whom import Names
from s2b_domain.access import Permission
from s2b_domain.commands.command import Command
from s2b_domain.commands.promotions import CopyPromotion, SavePromotion, SetPromotionState
from s2b_domain.records.promotion import Promotion, PromotionState

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

S = PromotionState
VIEWS: dict[str, str] = {
    "current": "Running and to come",
    S.ACTIVE.value: "Running",
    S.SCHEDULED.value: "Scheduled",
    S.PAUSED.value: "Paused",
    S.DRAFT.value: "Drafts",
    S.ENDED.value: "Over",
    "clash": "In each other's way",
    "all": "All promotions",
}
CARDS = (S.ACTIVE.value, S.SCHEDULED.value, "clash", S.DRAFT.value)


class CopyPrompt(Confirm):
    """The name and the window of a copy."""

    def __init__(self, promotion: Promotion, now: int, parent: QWidget | None = None) -> None:
        super().__init__(
            "Copy a promotion", "The copy is a draft: nothing happens before it is scheduled.", "Copy", parent=parent
        )
        self._promotion = promotion
        self.name = QLineEdit(tr("{name} (again)", name=promotion.name)[:100])
        self.starts, self.ends = MinuteField(), MinuteField(ends=True)
        hour = now - now % 3_600_000 + 3_600_000
        starts = max(hour, promotion.ends_at or 0)
        self.starts.set_value(starts)
        if promotion.ends_at is not None:
            self.ends.set_value(starts + promotion.ends_at - promotion.starts_at)
        self.name_row, self.starts_row = FormRow("Name", self.name), FormRow("Starts", self.starts)
        self.ends_row = FormRow("Ends", self.ends, optional=True)
        for row in (self.name_row, self.starts_row, self.ends_row):
            self.middle.addWidget(row)
        self.name.setFocus()

    def accept(self) -> None:
        starts, ends = self.starts.value(), self.ends.value()
        self.name_row.set_error("" if self.name.text().strip() else "Please give a name")
        unsaid = starts is None and not self.starts.error()
        self.starts_row.set_error("Please say when it starts" if unsaid else "")
        late = starts is not None and ends is not None and ends <= starts
        self.ends_row.set_error("It ends before it starts" if late else "")
        if not (self.name_row.error() or self.starts_row.error() or self.ends_row.error()):
            super().accept()

    def message(self, copy_id: str) -> CopyPromotion:
        """The copy as it was asked for."""
        return CopyPromotion(
            promotion_id=self._promotion.id,
            copy_id=copy_id,
            name=self.name.text().strip(),
            starts_at=self.starts.value() or 0,
            ends_at=self.ends.value(),
        )


class PromotionsPage(LivePage):
    """`show_item` takes a promotion's id, the key of a view, or a queue item."""

    key = "promotions"
    icon = "ticket"
    title = "Promotions"
    TABLES = frozenset({"promotion", "promotion_use", "offer_total", "sku", "product", "category"})
    AWAITED = ("promotion",)

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(desk, self.title, parent)
        self._navigate = navigate
        self.may_edit = desk.actor.may(Permission.PROMOTION_EDIT)
        self._view, self._open, self._shown = "current", "", object()
        self._rows: dict[str, PromotionRow] = {}
        self._loading = Reading(desk)
        self.switch = self.add_action("Calendar", self.turn_over, "F6", icon="calendar")
        if self.may_edit:
            self.add_action("New promotion", lambda: navigate("promotion", None), "F2", primary=True)
        self.set_cards([FactCard(key, VIEWS[key], "–", checkable=True) for key in CARDS])
        self.card_toggled.connect(lambda key, on: self.look_at(key if on else "current"))
        self.views = ComboBox(list(VIEWS.items()))
        self.views.value_changed.connect(lambda key: self.look_at(str(key)))
        self.table: DataTable[PromotionRow] = DataTable(
            promotion_columns(lambda r: r.promotion.id in self._waiting, desk.now),
            self._fetch,
            name="Promotions",
            search="Name of a promotion",
        )
        self.remember(self.table, "promotions")
        self.table.toolbar.insertWidget(0, self.views)
        self.table.search_changed.connect(lambda _text: self._list())
        self.table.activated.connect(lambda id_: self._show(str(id_)))
        self.table.view.clicked.connect(lambda index: self._show(str(self.table.model.id_at(index.row()))))
        self.table.current_changed.connect(self._moved)
        self.month = MonthOfSpans(desk.now())
        self.month.chosen.connect(self._show)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.month)
        self.body.addWidget(self.stack, 1)
        self.inspector.closed.connect(self._forget)
        self.setFocusProxy(self.table)
        self.retranslate()
        self._say_empty()

    # what is shown

    def refresh(self) -> None:
        super().refresh()
        self._loading.fetch(promotion_rows, self._desk.actor, self._desk.now(), done=self._loaded)

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", what)
        if isinstance(message, SavePromotion):
            self._navigate("promotion", what)
            return
        wanted = getattr(message, "promotion_id", message)
        if isinstance(wanted, str) and wanted in VIEWS:
            self.look_at(wanted)
        elif isinstance(wanted, str) and wanted:
            self._open = wanted
            self.look_at("all")
            self._reopen()
            self.refresh()

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "month"):
            self.views.setAccessibleName(tr("Saved views"))
            self._reopen()

    def turn_over(self) -> None:
        """Show the calendar, or the list again."""
        calendar = self.stack.currentWidget() is self.table
        self.stack.setCurrentWidget(self.month if calendar else self.table)
        self.switch.set_words("List" if calendar else "Calendar")
        (self.month.sheet if calendar else self.table).setFocus()

    def look_at(self, view: str) -> None:
        """Show another view."""
        self._view = view
        self.views.show_value(view)
        self.check_card(view)
        self._list()

    def _loaded(self, rows: list[PromotionRow]) -> None:
        self._rows = {r.promotion.id: r for r in rows}
        now = self._desk.now()
        spans = [
            Span(
                r.promotion.id,
                r.promotion.name,
                partial(_state_words, r.state),
                state_text("promotion", r.state)[1],
                r.promotion.starts_at,
                r.promotion.ends_at,
            )
            for r in rows
            if r.state is not S.DRAFT
        ]
        self.month.set_spans(spans, now)
        self._tell(rows)
        self._list()
        self._reopen()

    def _passes(self, row: PromotionRow) -> bool:
        text = self.table.search_field.text().strip().casefold()
        if text and text not in row.promotion.name.casefold():
            return False
        if self._view == "current":
            return row.state not in (S.ENDED, S.DRAFT) or row.promotion.id in self._waiting
        if self._view == "clash":
            return bool(row.clashes)
        return self._view == "all" or row.state.value == self._view

    def _list(self) -> None:
        ids = [i for i, r in self._rows.items() if self._passes(r)]
        if not ids:
            self._say_empty()
        self.table.set_ids(ids)
        self.table.refresh()
        if self._open:
            self.table.select(self._open)

    def _fetch(self, ids: Sequence[RowId]) -> list[PromotionRow]:
        return [self._rows[str(i)] for i in ids if str(i) in self._rows]

    def _tell(self, rows: Sequence[PromotionRow]) -> None:
        given = sum(r.total.amount for r in rows if r.mine)
        self.set_facts(lambda: tr("{money} given so far", money=money(given)) if given else "")
        running, coming = ([r for r in rows if r.state is s] for s in (S.ACTIVE, S.SCHEDULED))
        crossing = [r for r in rows if r.clashes]
        drafts = [r for r in rows if r.state is S.DRAFT]
        orders = sum(r.total.uses for r in running if r.mine)
        told: dict[str, tuple[int, Text, Tone]] = {
            S.ACTIVE.value: (len(running), lambda: tr("{n} orders used them", n=orders), "neutral"),
            S.SCHEDULED.value: (len(coming), "reach every PC before they start", "neutral"),
            "clash": (
                len(crossing),
                "only one counts on the same goods" if crossing else "none in the way of another",
                "warn" if crossing else "neutral",
            ),
            S.DRAFT.value: (len(drafts), "seen by nobody yet", "neutral"),
        }
        for key, (figure, note, tone) in told.items():
            self.card(key).set_fact(partial(count, figure), note, tone=tone)

    def _say_empty(self) -> None:
        if self._rows and (self.table.search_field.text().strip() or self._view != "current"):
            empty = EmptyState("search", "Nothing here", action="Show all", callback=self._all)
        else:
            empty = EmptyState(
                "ticket",
                "No promotions yet",
                "Try one on a sample cart first: you see to the cent what a customer would pay.",
                action="New promotion" if self.may_edit else "",
                callback=(lambda: self._navigate("promotion", None)) if self.may_edit else None,
            )
        self.table.set_empty(empty)

    def _all(self) -> None:
        self.table.search_field.clear()
        self.look_at("all")

    # what changes

    def mark(self) -> None:
        self.table.refresh()
        self._reopen()

    # one of them

    def _moved(self, id_: object) -> None:
        if id_ is not None and self.inspector.is_open():
            self._show(str(id_))

    def _forget(self) -> None:
        self._open = ""
        self.table.setFocus()

    def _reopen(self) -> None:
        self._shown = object()
        if self._open and self._open in self._rows:
            self._show(self._open)

    def _show(self, id_: str) -> None:
        row = self._rows.get(id_)
        if row is None:
            return
        days = self._desk.read(use_days, id_, self._desk.now())
        state = (row, days, id_ in self._waiting)
        if self.inspector.is_open() and self._shown == state:
            return
        self._open, self._shown = id_, state
        names = Names(self._desk).of(row.promotion.terms.goods, row.promotion.terms.audience)
        panel = PromotionPanel(
            row, names, days, self.actions_of(row), waiting=id_ in self._waiting, now=self._desk.now()
        )
        self.inspector.open_panel(panel, lambda: row.promotion.name)

    def actions_of(self, row: PromotionRow) -> list[Action]:
        """What may be done with it now."""
        if not (self.may_edit and row.mine):
            return []
        id_, actions = row.promotion.id, list[Action]()
        over = row.state is S.ENDED
        if row.state is S.DRAFT:
            actions.append(("Schedule", partial(self.set_state, row, S.SCHEDULED), "primary"))
        if row.state in (S.ACTIVE, S.SCHEDULED):
            actions.append(("Pause", partial(self.set_state, row, S.PAUSED), "secondary"))
        if row.state is S.PAUSED:
            actions.append(("Resume", partial(self.set_state, row, S.SCHEDULED), "primary"))
        if not over:
            actions.append(("Edit", lambda: self._navigate("promotion", id_), "secondary"))
        actions.append(("Copy…", partial(self.copy, row), "secondary"))
        if not over:
            actions.append(("End…", partial(self.end, row), "secondary"))
        return actions

    def set_state(self, row: PromotionRow, state: PromotionState) -> None:
        """Schedule, pause or resume."""
        said = {S.SCHEDULED: "Scheduled: {name}", S.PAUSED: "Paused: {name}", S.ENDED: "Ended: {name}"}[state]
        self.submit(
            SetPromotionState(promotion_id=row.promotion.id, state=state), lambda: tr(said, name=row.promotion.name)
        )

    def end(self, row: PromotionRow) -> None:
        """Ask once: what is over stays over."""
        asked = Confirm(
            "End this promotion?",
            "It ends now and cannot be resumed; it can be copied. Orders that used it keep their prices.",
            "End it",
            tone="danger",
            parent=self.window(),
        )
        open_prompt(asked, partial(self.set_state, row, S.ENDED))

    def copy(self, row: PromotionRow) -> None:
        """Ask for the name and the window of a copy."""
        prompt = CopyPrompt(row.promotion, self._desk.now(), parent=self.window())

        def go() -> None:
            message = prompt.message(self._desk.new_id())
            self._open = message.copy_id
            self.submit(message, lambda: tr("Copied as a draft: {name}", name=message.name))
            self.look_at("all")

        open_prompt(prompt, go)

    def submit(self, message: Command, said: Text) -> None:
        """Send a command and say what became of it."""
        send(self._desk, self, message, said)


def _state_words(state: PromotionState) -> str:
    return state_text("promotion", state)[0]
