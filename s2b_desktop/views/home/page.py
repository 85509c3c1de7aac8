"""今日: what waits, what to do next, what happened lately."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.messages import event_note, event_text
from s2b_desktop.models.queries.home import Event, Figures, figures
from s2b_desktop.models.queries.outlook import Day
from s2b_desktop.models.status import Changes
from s2b_desktop.text import date
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.language import words
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.timeline import Timeline, TimelineEntry
from s2b_desktop.views.home.chart import WeekChart
from s2b_desktop.views.home.facts import Fact, midnight, today
from s2b_desktop.views.home.lines import TITLES, Line, LineRow, ahead
from s2b_desktop.views.home.section import Section
from s2b_desktop.views.home.steps import NextStep, StepRow
from s2b_domain.records.party import PartyKind

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

_TONES: dict[str, Tone] = {
    "rejected": "bad",
    "declined": "bad",
    "cancelled": "neutral",
    "problem": "bad",
    "suspended": "bad",
    "shipped_after_cancel": "warn",
    "approved": "ok",
    "delivered": "ok",
    "accepted": "ok",
    "paid": "ok",
    "sent": "accent",
    "placed": "accent",
    "applied": "accent",
}


class HomePage(Page):
    """The first page after signing in."""

    key = "home"
    icon = "home"
    title = "Today's work"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk, self._navigate = desk, navigate
        self.set_facts(lambda: date(desk.now()))
        self._places: list[tuple[str, object]] = []
        self._said: list[tuple[object, ...]] | None = None
        self._events: list[Event] | None = None
        self._loading = Reading(desk)
        self.steps = Section("Next steps")
        self.lately = Section("Recent activity")
        self.week = Section("Last 7 days")
        self.ahead = Section("")
        self._lines: list[Line] | None = None
        self._days: tuple[Day, ...] | None = None
        lower = QHBoxLayout()
        lower.setSpacing(12)
        lower.addWidget(self.week, 1)
        lower.addWidget(self.ahead, 1)
        self._left = left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(self.steps)
        left.addLayout(lower)
        self.week.hide()
        self.ahead.hide()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addLayout(left, 3)
        row.addWidget(self.lately, 2)
        self.body.addLayout(row, 1)
        desk.changed.connect(self._changed)
        self.refresh()

    def refresh(self) -> None:
        """Read again in the background; what says the same as before stays as it is, with its focus."""
        now = self._desk.now()
        self._loading.fetch(figures, self._desk.actor, now, midnight(now), done=self._show)

    def _show(self, found: Figures) -> None:
        desk, events = self._desk, list(found.events)
        shown = today(found, desk.actor, desk.now(), desk.status().attention)
        self._show_facts(shown.facts)
        said: list[tuple[object, ...]] = [
            (step.key, step.what, words(step.title), words(step.sentence), step.tone) for step in shown.steps
        ]
        if said != self._said:
            self._said = said
            self._show_steps(shown.steps)
        if events != self._events:
            self._events = events
            self._show_events(events)
        self._show_outlook(found)

    def _show_facts(self, facts: list[Fact]) -> None:
        places = [(fact.key, fact.what) for fact in facts]
        if places != self._places:
            self._places = places
            self.set_cards([self._card(fact) for fact in facts])
        for fact in facts:
            figure = fact.figure
            self.card(f"{fact.key}/{fact.what}").set_fact(partial(str, figure), fact.note, tone=fact.tone)

    def _show_steps(self, steps: list[NextStep]) -> None:
        rows: list[QWidget] = []
        for step in steps:
            row = StepRow(step)
            row.clicked.connect(lambda _on=False, step=step: self._navigate(step.key, step.what))
            rows.append(row)
        self.steps.fill(rows or [EmptyState("check-circle", "All done", "Nothing waits for you right now.")])

    def _show_outlook(self, found: Figures) -> None:
        """The last days and what comes next, where there is something to show."""
        lines = ahead(found, self._desk.now())
        traded = any(day.count for day in found.week)
        self.week.setVisible(bool(found.week) and (traded or bool(lines)))
        self.ahead.setVisible(bool(lines))
        shares = bool(lines) or traded
        self.steps.hold(3 if shares else 0)
        self._left.setStretch(0, 0 if shares else 1)
        self._left.setStretch(1, 1 if shares else 0)
        if found.week != self._days:
            self._days = found.week
            self.week.fill([WeekChart(found.week)], padded=True)
        if lines != self._lines:
            self._lines = lines
            self.ahead.set_title(TITLES[self._desk.actor.kind])
            rows: list[QWidget] = []
            for line in lines:
                row = LineRow(line)
                row.clicked.connect(lambda _on=False, line=line: self._navigate(line.key, line.what))
                rows.append(row)
            if rows:
                self.ahead.fill(rows)

    def _show_events(self, events: list[Event]) -> None:
        supplier = self._desk.actor.kind is PartyKind.SUPPLIER
        if events:
            self.lately.fill([Timeline([_entry(event, supplier=supplier) for event in events])], padded=True)
        else:
            self.lately.fill([EmptyState("clock", "Nothing happened yet", "What you and your partners do shows here.")])

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "_said"):
            self._said = self._lines = self._days = None
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _card(self, fact: Fact) -> FactCard:
        card = FactCard(f"{fact.key}/{fact.what}", fact.label, checkable=True)
        card.clicked.connect(lambda _on=False: self._follow(card, fact))
        return card

    def _follow(self, card: FactCard, fact: Fact) -> None:
        card.setChecked(False)
        self._navigate(fact.key, fact.what)

    def _changed(self, changes: Changes) -> None:
        if self.isVisible():
            self.refresh()


def _entry(event: Event, *, supplier: bool) -> TimelineEntry:
    tone = _TONES.get(event.event.partition(".")[2], "neutral")
    return TimelineEntry(
        lambda: " · ".join(part for part in (event_text(event.event, supplier=supplier), event.subject) if part),
        event.at,
        event.who,
        lambda: event_note(event.event, event.reason),
        tone,
    )
