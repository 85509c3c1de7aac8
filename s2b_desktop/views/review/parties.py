"""供应商与商家审核: who wants to join, and who may trade."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from s2b_desktop.messages import failure_text, paper_text, state_text, state_words
from s2b_desktop.models.queries.parties import Company, PartyRow, company, party_counts, party_rows
from s2b_desktop.models.status import Changes
from s2b_desktop.text import ago, tr
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt, open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.language import words
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.review.keys import add_keys
from s2b_desktop.views.review.party_panel import KIND_WORDS, PartyPanel
from s2b_domain.commands.command import Command
from s2b_domain.commands.parties import Decide, DecidePaper
from s2b_domain.records.party import Paper
from s2b_domain.rules.onboarding import NEXT, PaperState, PartyState

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

TABLES = frozenset({"organisation", "application", "paper"})
CARDS = {
    PartyState.SUBMITTED: "To review",
    PartyState.APPROVED: "Approved",
    PartyState.REJECTED: "Rejected",
    PartyState.SUSPENDED: "Suspended",
}
REASONS = ("Licence and name differ", "Licence not readable", "Brand authorisation is missing")
PAPER_REASONS = ("Not readable", "Out of date", "Number does not fit")
SUSPENSIONS = ("Complaints from customers", "A paper has expired")


class PartyReviewPage(Page):
    """`show_item` takes a state's name, or an organisation's id."""

    key = "parties"
    icon = "building"
    title = "Companies"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk = desk
        self._rows: dict[str, PartyRow] = {}
        self._open = ""
        self._waiting: frozenset[str] = frozenset()
        self.set_cards([FactCard(state, label, checkable=True) for state, label in CARDS.items()])
        self.card_toggled.connect(lambda _key, _on: self._load())
        self.table: DataTable[PartyRow] = DataTable(
            self._columns(), lambda ids: self._fetch(ids), name="Companies", search="Company name"
        )
        self.table.set_empty(
            EmptyState("building", "No company here", "Companies show here as soon as they submit their profile.")
        )
        self.table.search_changed.connect(lambda _text: self._load())
        self.table.activated.connect(self._show_row)
        self.table.view.clicked.connect(lambda index: self._show_row(self.table.model.id_at(index.row())))
        self.table.current_changed.connect(self._moved)
        self.inspector.closed.connect(self._forget)
        self.keys = add_keys(
            self, self.table, lambda: self.decide(PartyState.APPROVED), lambda: self.decide(PartyState.REJECTED)
        )
        self.body.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        self.set_facts("A approves, R rejects, J and K move")
        desk.changed.connect(self._changed)
        self.refresh()

    def refresh(self) -> None:
        self._load()

    def show_item(self, what: object) -> None:
        if what in list(CARDS):
            self.card(str(what)).setChecked(True)
        elif isinstance(what, str):
            for card in CARDS:
                self.card(card).setChecked(False)
            self.table.select(what)
            self._show_row(what)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._load()

    # the list

    def _columns(self) -> list[Column[PartyRow]]:
        return [
            Column("name", "Name", lambda row: row.name, 220, stretch=True),
            Column("kind", "Kind", lambda row: words(KIND_WORDS[row.kind]), 100, rank=1),
            Column(
                "state",
                "State",
                lambda row: state_text("party", row.state)[0],
                130,
                "state",
                tone=lambda row: state_text("party", row.state)[1],
                waiting=lambda row: row.id in self._waiting,
                fits=lambda: state_words("party"),
            ),
            Column("region", "Area", lambda row: row.region, 130, rank=3),
            Column("contact", "Contact", lambda row: row.contact, 100, rank=4),
            Column("papers", "Papers", _papers, 150, rank=2),
            Column("submitted", "Submitted", self._submitted, 130),
        ]

    def _submitted(self, row: PartyRow) -> str:
        return "" if row.submitted_at is None else ago(row.submitted_at, self._desk.now())

    def _fetch(self, ids: Sequence[RowId]) -> list[PartyRow]:
        return [self._rows[str(i)] for i in ids]

    def _load(self) -> None:
        counts = self._desk.read(party_counts)
        for state in CARDS:
            n = counts[state]
            tone = "accent" if state is PartyState.SUBMITTED and n else "neutral"
            note = "Waiting for you" if state is PartyState.SUBMITTED and n else ""
            self.card(state).set_fact(str(n), note, tone=tone)  # type: ignore[arg-type]
        chosen = self.checked_cards()
        self._waiting = self._desk.pending("organisation") | self._desk.pending("paper")
        wanted = PartyState(chosen[0]) if chosen else None
        self._rows = {r.id: r for r in self._desk.read(party_rows, wanted, self.table.search_field.text().strip())}
        opened = self._open  # setting the rows speaks of the current one meanwhile
        self.table.set_ids(list(self._rows))
        if opened:
            self._show_row(opened)
            if self.table.current_id() != opened:
                self.table.select(opened)

    def _changed(self, changes: Changes) -> None:
        if self.isVisible() and changes.tables & TABLES:
            self._load()

    # one of them

    def _moved(self, row_id: object) -> None:
        if self.inspector.is_open() and isinstance(row_id, str):
            self._show_row(row_id)

    def _show_row(self, row_id: RowId) -> None:
        found = self._desk.read(company, str(row_id))
        if found is None:
            self.inspector.close_panel()
            return
        self._open = found.organisation.id
        panel = PartyPanel(self._desk, found, self.decide, self.decide_paper, waiting=self._waiting)
        name = found.application.name if found.application else found.organisation.name
        self.inspector.open_panel(panel, lambda: name)

    def _forget(self) -> None:
        self._open = ""

    def panel(self) -> PartyPanel | None:
        """What the inspector shows now."""
        content = self.inspector.content()
        return content if isinstance(content, PartyPanel) else None

    # deciding

    def decide(self, state: PartyState) -> None:
        """Decide on the company that is open (or current in the list)."""
        found = self._desk.read(company, self._open or str(self.table.current_id() or ""))
        if found is None or state not in NEXT[found.organisation.state]:
            return
        name = found.organisation.name
        if state is PartyState.REJECTED:
            title = partial(tr, "Reject {name}?", name=name)
            told = "The company reads your reasons, corrects its profile and may submit again."
            prompt: Confirm = ReasonPrompt(title, told, "Reject", REASONS, parent=self)
        elif state is PartyState.SUSPENDED:
            title = partial(tr, "Suspend {name}?", name=name)
            told = "Its goods can no longer be ordered until you reinstate it. Orders under way go on."
            prompt = ReasonPrompt(title, told, "Suspend", SUSPENSIONS, tone="danger", parent=self)
        elif undecided := sum(paper.state is PaperState.SUBMITTED for paper in found.papers):
            title = partial(tr, "Approve {name}?", name=name)
            left = partial(tr, "{n} papers are not decided yet. They can still be decided afterwards.", n=undecided)
            prompt = Confirm(title, left, "Approve", parent=self)
        else:
            self._decide(found, state)
            return
        open_prompt(
            prompt,
            lambda: self._decide(found, state, *([prompt.reason()] if isinstance(prompt, ReasonPrompt) else [])),
        )

    def _decide(self, found: Company, state: PartyState, *reasons: str) -> None:
        name = found.organisation.name
        said = {
            PartyState.APPROVED: "{name} may trade now",
            PartyState.REJECTED: "{name} was rejected",
            PartyState.SUSPENDED: "{name} is suspended",
        }[state]
        if found.organisation.state is PartyState.SUBMITTED and self.inspector.is_open():
            self._open = self._following(found.organisation.id)
        message = Decide(organisation_id=found.organisation.id, state=state, reasons=reasons)
        self._send(message, lambda: tr(said, name=name))

    def _following(self, decided: str) -> str:
        """The next company that waits; the decided one itself where none does."""
        waiting = [row.id for row in self._rows.values() if row.state is PartyState.SUBMITTED and row.id != decided]
        return waiting[0] if waiting else decided

    def decide_paper(self, paper: Paper, approve: bool) -> None:
        """Approve one paper, or reject it with a reason."""
        if approve:
            self._decide_paper(paper, PaperState.APPROVED)
            return
        title = tr("Reject {kind}?", kind=paper_text(paper.kind))
        told = "The company reads it and can hand in another."
        prompt = ReasonPrompt(lambda: title, told, "Reject", PAPER_REASONS, parent=self)
        open_prompt(prompt, lambda: self._decide_paper(paper, PaperState.REJECTED, prompt.reason()))

    def _decide_paper(self, paper: Paper, state: PaperState, *reasons: str) -> None:
        self._send(DecidePaper(paper_id=paper.id, state=state, reasons=reasons), "Decided")

    def _send(self, message: Command, said: str | Callable[[], str]) -> None:
        self._desk.submit(message, done=lambda _seq: self._sent(said), failed=self._refused, initiator=self)

    def _sent(self, said: str | Callable[[], str]) -> None:
        self._load()
        ToastArea.of(self).show_toast(said)

    def _refused(self, error: Exception) -> None:
        self._load()
        ToastArea.of(self).show_toast(lambda: failure_text(error), tone="bad")


def _papers(row: PartyRow) -> str:
    if not row.papers:
        return tr("None")
    if row.papers_open:
        return tr("{n} of {total} to decide", n=row.papers_open, total=row.papers)
    return tr("{n} papers", n=row.papers)
