"""A company's application beside the list: what it said, its papers, and the decision."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.messages import state_text
from s2b_desktop.models.queries.parties import Company
from s2b_desktop.text import moment, tr
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.parties.papers import PaperList
from s2b_domain.records.party import Paper, PartyKind
from s2b_domain.rules.onboarding import NEXT, PaperState, PartyState

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

KIND_WORDS = {PartyKind.SUPPLIER: "Supplier", PartyKind.MERCHANT: "Merchant", PartyKind.PLATFORM: "Platform"}
_KEYS = {PartyState.APPROVED: "Approve  (A)", PartyState.REJECTED: "Reject  (R)"}
_VERBS: dict[PartyState, tuple[str, str]] = {
    PartyState.APPROVED: ("Approve", "check"),
    PartyState.REJECTED: ("Reject", "x"),
    PartyState.SUSPENDED: ("Suspend", "lock"),
}


class PartyPanel(QWidget):
    """`decide(state)` is asked for the company, `decide_paper(paper, approve)` for one paper."""

    def __init__(
        self,
        desk: "Desk",
        found: Company,
        decide: Callable[[PartyState], object],
        decide_paper: Callable[[Paper, bool], object],
        *,
        waiting: frozenset[str] = frozenset(),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.buttons: dict[PartyState, Button] = {}
        organisation, application, now = found.organisation, found.application, desk.now()
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 8, 20, 20)
        column.setSpacing(14)
        head = QHBoxLayout()
        head.setSpacing(8)
        _said, tone = state_text("party", organisation.state)
        pill = StatePill(lambda: state_text("party", organisation.state)[0], tone, waiting=organisation.id in waiting)
        head.addWidget(pill)
        head.addWidget(Label(KIND_WORDS[organisation.kind], "muted"), 1)
        column.addLayout(head)
        if application and application.reasons:
            column.addWidget(Banner("warn", lambda: "；".join(application.reasons)))
        facts = Facts()
        if application:
            facts.add_fact("Licence", lambda: application.licence_number)
            facts.add_fact("Contact", lambda: f"{application.contact} {application.phone}".strip())
            where = " ".join(part for part in (organisation.region, application.address) if part)
            facts.add_fact("Address", lambda: where)
            if application.note:
                facts.add_fact("Note", lambda: application.note)
            if (at := application.submitted_at) is not None:
                facts.add_fact("Submitted", lambda: moment(at, now))
            if (decided := application.decided_at) is not None:
                facts.add_fact("Decided", lambda: f"{moment(decided, now)} {application.decided_by}".strip())
            column.addWidget(facts)
        else:
            column.addWidget(Label("Nothing was submitted yet.", "muted"))
        column.addWidget(Label("Papers", "subtitle"))
        self.papers = PaperList(desk)
        self.papers.show_papers(found.papers, waiting=waiting, decide=decide_paper)
        column.addWidget(self.papers)
        undecided = sum(paper.state is PaperState.SUBMITTED for paper in found.papers)
        if undecided and organisation.state is PartyState.SUBMITTED:
            column.addWidget(Label(lambda: tr("{n} papers are not decided yet", n=undecided), "muted", wrap=True))
        foot = QHBoxLayout()
        foot.setSpacing(8)
        allowed = [state for state in _VERBS if state in NEXT[organisation.state]]
        for state in allowed:
            verb, icon = _VERBS[state]
            again = state is PartyState.APPROVED and organisation.state is PartyState.SUSPENDED
            button = Button(
                "Reinstate" if again else verb,
                lambda state=state: decide(state),  # type: ignore[misc]
                icon=icon,
                variant="primary" if state is PartyState.APPROVED else "secondary",
                tip="" if again else _KEYS.get(state, ""),
            )
            self.buttons[state] = button
            foot.addWidget(button)
        foot.addStretch(1)
        column.addSpacing(4)
        column.addLayout(foot)
        column.addStretch(1)
