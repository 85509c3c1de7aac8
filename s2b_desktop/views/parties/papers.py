"""Qualification papers in a list: what, which number, until when, and where each stands."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.messages import paper_text, state_text
from s2b_desktop.text import date, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import CheckBox
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.photos import PhotoStrip
from s2b_desktop.views.common.pill import StatePill
from s2b_domain.records.party import Paper
from s2b_domain.rules.onboarding import PaperState
from s2b_domain.rules.papers import FOR_SHOPS, kind_of

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

Answer = Callable[[Paper, bool], object]
SOON_MS = 30 * 86_400_000


class PaperCard(QFrame):
    """One paper; with `decide(paper, approve)` a reviewer's buttons, while it is undecided, with `show(paper, public)`
    its supplier's choice whether shops see it, where they ever may."""

    def __init__(
        self,
        desk: "Desk",
        paper: Paper,
        *,
        waiting: bool = False,
        decide: Answer | None = None,
        show: Answer | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.paper = paper
        self.setProperty("surface", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Label(lambda: paper_text(paper.kind), "strong", wrap=True), 1)
        _said, tone = state_text("paper", paper.state)
        head.addWidget(StatePill(lambda: state_text("paper", paper.state)[0], tone, waiting=waiting))
        column.addLayout(head)
        column.addWidget(Label(lambda: " · ".join(p for p in (paper.number, paper.issued_by) if p), "muted", wrap=True))
        if paper.expires_at is not None:
            column.addWidget(self._expiry(paper.expires_at, desk.now()))
        if paper.content_hash:
            column.addWidget(PhotoStrip(desk, (paper.content_hash,), "paper", paper.id))
        if paper.reasons:
            column.addWidget(Label(lambda: "；".join(paper.reasons), "error", wrap=True))
        self.public: CheckBox | None = None
        if show is not None and (paper.public or kind_of(paper.kind) in FOR_SHOPS):
            self.public = CheckBox("Shops may see it", checked=paper.public)
            self.public.clicked.connect(lambda public: show(paper, public))
            column.addWidget(self.public)
        self.approve: Button | None = None
        self.reject: Button | None = None
        if decide is not None and paper.state is PaperState.SUBMITTED:
            self.approve = Button("Approve", lambda: decide(paper, True), icon="check")
            self.reject = Button("Reject", lambda: decide(paper, False), icon="x")
            foot = QHBoxLayout()
            foot.setContentsMargins(0, 6, 0, 0)
            foot.setSpacing(8)
            foot.addWidget(self.approve)
            foot.addWidget(self.reject)
            foot.addStretch(1)
            column.addLayout(foot)

    @staticmethod
    def _expiry(expires_at: int, now: int) -> Label:
        if expires_at < now:
            return Label(lambda: tr("Expired on {date}", date=date(expires_at)), "error")
        if expires_at - now < SOON_MS:
            return Label(lambda: tr("Expires soon, on {date}", date=date(expires_at)), "error")
        return Label(lambda: tr("Valid until {date}", date=date(expires_at)), "muted")


class PaperList(QWidget):
    """Papers under one another."""

    def __init__(
        self, desk: "Desk", *, empty: Text = "No papers handed in yet.", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._empty = desk, empty
        self.cards: list[PaperCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)

    def show_papers(
        self,
        papers: Sequence[Paper],
        *,
        waiting: frozenset[str] = frozenset(),
        decide: Answer | None = None,
        show: Answer | None = None,
    ) -> None:
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.cards = [PaperCard(self._desk, p, waiting=p.id in waiting, decide=decide, show=show) for p in papers]
        for card in self.cards:
            self._column.addWidget(card)
        if not papers:
            self._column.addWidget(Label(self._empty, "muted"))
