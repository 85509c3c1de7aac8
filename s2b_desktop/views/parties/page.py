"""企业资料: apply to join, see where it stands, hand in papers."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.messages import failure_text, state_text
from s2b_desktop.models.queries.parties import Company, company
from s2b_desktop.models.status import Changes
from s2b_desktop.text import moment, tr
from s2b_desktop.views.common.banner import Banner, Kind
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.parties.form import ApplyForm, PaperPrompt
from s2b_desktop.views.parties.papers import PaperList
from s2b_domain.access import Permission
from s2b_domain.commands.command import Command
from s2b_domain.commands.parties import AddPaper, Apply, ShowPaper
from s2b_domain.records.party import Paper, PartyKind
from s2b_domain.rules.onboarding import NEXT, PartyState

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

TABLES = frozenset({"organisation", "application", "paper"})


class CompanyPage(Page):
    """`show_item` takes a refused `Apply` of the queue: an item with `command_id` and `message`."""

    key = "company"
    icon = "building"
    title = "Company"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk = desk
        self._company: Company | None = None
        self._supersedes: str | None = None
        self._may = desk.actor.may(Permission.PARTY_APPLY)
        self.submit = self.add_action("Submit for review", self._submit, "Ctrl+Return", primary=True)
        self.banner = Banner("info", "")
        self.form = ApplyForm()
        self.papers = PaperList(desk)
        self.add_paper = Button("Add a paper", self._add_paper, icon="plus")
        self.add_paper.setVisible(self._may)
        self.pill = StatePill()

        left = QFrame()
        left.setProperty("surface", "card")
        column = QVBoxLayout(left)
        column.setContentsMargins(20, 14, 20, 20)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.addStrut(self.add_paper.sizeHint().height())  # both headings on one line
        head.addWidget(Label("Company profile", "subtitle"), 1)
        head.addWidget(self.pill)
        column.addLayout(head)
        column.addWidget(self.form)
        column.addStretch(1)
        right = QFrame()
        right.setProperty("surface", "card")
        column = QVBoxLayout(right)
        column.setContentsMargins(20, 14, 20, 20)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.addWidget(Label("Papers", "subtitle"), 1)
        head.addWidget(self.add_paper)
        column.addLayout(head)
        column.addWidget(self.papers)
        column.addStretch(1)
        both = QWidget()
        both.setProperty("plain", True)
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(left, 3)
        row.addWidget(right, 2)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(both)
        self._empty = EmptyState("building", "Not downloaded yet", "Your company shows here after the first sync.")
        self._area = area
        self.body.addWidget(self.banner)
        self.body.addWidget(area, 1)
        self.body.addWidget(self._empty, 1)
        desk.changed.connect(self._changed)
        self._load(fill=True)

    def refresh(self) -> None:
        self._load(fill=False)

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", what)
        if isinstance(message, Apply):
            self._supersedes = getattr(what, "command_id", None)
            for field in ("name", "region", "address", "contact"):
                getattr(self.form, field).setText(getattr(message, field))
            self.form.licence.setText(message.licence_number)
            self.form.phone.set_number(message.phone)
            self.form.note.setPlainText(message.note)
        elif isinstance(message, AddPaper):
            self._add_paper()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._load(fill=False)

    def _load(self, *, fill: bool) -> None:
        found = self._desk.read(company, self._desk.actor.organisation_id)
        was = self._company
        self._company = found
        self._area.setVisible(found is not None)
        self._empty.setVisible(found is None)
        self.banner.setVisible(found is not None)
        if found is None:
            self.submit.hide()
            return
        state = found.organisation.state
        may_submit = self._may and PartyState.SUBMITTED in NEXT[state]
        self.submit.setVisible(may_submit)
        if fill or was is None or (was != found and not may_submit):
            self.form.show_company(found.organisation, found.application)
        for field in self.form.findChildren(QLineEdit):
            field.setReadOnly(not may_submit)
        self.form.note.setReadOnly(not may_submit)
        self.form.row("note").setVisible(may_submit or bool(self.form.note.toPlainText()))
        _said, tone = state_text("party", state)
        waiting = found.organisation.id in self._desk.pending("organisation")
        self.pill.set_state(lambda: state_text("party", state)[0], tone, waiting=waiting)
        self._say(found)
        show = self._show_paper if self._may and found.organisation.kind is PartyKind.SUPPLIER else None
        self.papers.show_papers(found.papers, waiting=self._desk.pending("paper"), show=show)
        self.set_facts(lambda: found.organisation.name)

    def _say(self, found: Company) -> None:
        state, application = found.organisation.state, found.application
        reasons = "；".join(application.reasons) if application else ""
        at = application.submitted_at if application else None
        looks: dict[PartyState, Kind] = {
            PartyState.DRAFT: "info",
            PartyState.SUBMITTED: "info",
            PartyState.APPROVED: "ok",
            PartyState.REJECTED: "bad",
            PartyState.SUSPENDED: "bad",
        }

        def said() -> str:
            if state is PartyState.DRAFT:
                return tr("Fill in the profile and submit it. Trading starts after approval.")
            if state is PartyState.SUBMITTED:
                when = "" if at is None else moment(at, self._desk.now())
                return tr("In review since {time}. Preparing goods can go on meanwhile.", time=when)
            if state is PartyState.APPROVED:
                return tr("Approved. You can trade on the platform.")
            if state is PartyState.REJECTED:
                return tr("Not approved: {reasons}. Correct it and submit again.", reasons=reasons)
            return tr("Suspended: {reasons}. Please contact the platform.", reasons=reasons)

        self.banner.set_message(looks[state], said)

    def _changed(self, changes: Changes) -> None:
        if self.isVisible() and changes.tables & TABLES:
            self._load(fill=False)

    def _submit(self) -> None:
        if not self.form.errors(self.form.wrong()):
            supersedes, self._supersedes = self._supersedes, None
            self._send(self.form.message(), "Submitted. The platform reviews it.", supersedes)

    def _add_paper(self) -> None:
        prompt = PaperPrompt(self._desk, self)
        open_prompt(prompt, lambda: self._send(prompt.message(self._desk.new_id()), "Paper handed in"))

    def _show_paper(self, paper: Paper, public: bool) -> None:
        said = "Shops see it once it is approved" if public else "Shops do not see it any more"
        self._send(ShowPaper(paper_id=paper.id, public=public), said)

    def _send(self, message: Command, said: str, supersedes: str | None = None) -> None:
        self._desk.submit(
            message,
            done=lambda _seq: self._sent(said),
            failed=self._refused,
            supersedes=supersedes,
            initiator=self,
        )

    def _sent(self, said: str) -> None:
        self._load(fill=False)
        ToastArea.of(self).show_toast(said)

    def _refused(self, error: Exception) -> None:
        ToastArea.of(self).show_toast(lambda: failure_text(error), tone="bad")
