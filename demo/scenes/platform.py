"""The platform's reviewer: suppliers and goods."""

from functools import partial
from typing import Any

from demo.stage import Stage
from s2b_desktop.models.queries.review import review_rows
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt
from s2b_desktop.views.review.goods import GoodsReviewPage
from s2b_desktop.views.review.parties import PartyReviewPage
from s2b_domain.records.party import Organisation, Paper
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.onboarding import PaperState, PartyState


def open_party(stage: Stage, *, name: str) -> dict[str, Any]:
    """Find a company and open its application."""
    page = stage.page("parties", PartyReviewPage)
    found = stage.wait(lambda: _organisation(stage, name), name)
    page.show_item(found.id)
    stage.wait(page.inspector.is_open, "the application")
    stage.breathe()
    return {"state": found.state.value}


def _organisation(stage: Stage, name: str) -> Organisation | None:
    rows = stage.window.desk.read(lambda connection: RecordStore(connection).find(Organisation, name=name))
    return rows[0] if rows else None


def _undecided(stage: Stage, organisation: Organisation) -> list[Paper]:
    papers = stage.window.desk.read(
        lambda connection: RecordStore(connection).find(Paper, organisation_id=organisation.id)
    )
    return [paper for paper in papers if paper.state is PaperState.SUBMITTED]


def _decided(stage: Stage, organisation: Organisation, paper: Paper) -> bool:
    return paper.id not in {p.id for p in _undecided(stage, organisation)}


def approve_party(stage: Stage, *, name: str) -> dict[str, Any]:
    """Approve its papers one by one, then the company."""
    page = stage.page("parties", PartyReviewPage)
    open_party(stage, name=name)
    organisation = _organisation(stage, name)
    assert organisation is not None
    papers = _undecided(stage, organisation)
    for paper in papers:
        page.decide_paper(paper, True)
        stage.wait(partial(_decided, stage, organisation, paper), paper.kind)
    page.decide(PartyState.APPROVED)
    stage.wait(lambda: (o := _organisation(stage, name)) and o.state is PartyState.APPROVED, "approved")
    stage.breathe()
    return {"papers": len(papers), "state": PartyState.APPROVED.value}


def open_review(stage: Stage, *, about: str) -> dict[str, Any]:
    """The goods that wait, one about something open, or the first."""
    page = stage.page("review", GoodsReviewPage)
    ids = stage.wait(lambda: [str(id_) for id_ in page.table.model.ids()], "goods to review")
    rows = stage.window.desk.read(review_rows, ids)
    page.show_item(next((row.id for row in rows if about in row.title), ids[0]))
    stage.breathe()
    return {"waiting": len(page.table.model.ids())}


def reject_one(stage: Stage, *, reason: str) -> dict[str, Any]:
    """Reject what is open, with a reason."""
    page = stage.page("review", GoodsReviewPage)
    before = len(page.table.model.ids())

    def play(prompt: ReasonPrompt) -> None:
        stage.write(prompt.field, reason)
        stage.click(prompt.verb, "Reject")

    stage.dialog(ReasonPrompt, page.reject_button.click, play)
    stage.wait(lambda: len(page.table.model.ids()) < before, "rejected")
    return {"rejected": before - len(page.table.model.ids())}


def _fewer(page: GoodsReviewPage, before: int) -> bool:
    return len(page.table.model.ids()) < before


def approve_all(stage: Stage) -> dict[str, Any]:
    """Select everything and approve it, in as many decisions as it takes."""
    page = stage.page("review", GoodsReviewPage)
    approved = 0
    while waiting := len(page.table.model.ids()):
        page.table.view.selectAll()
        chosen = len(page.table.selected_ids())
        if chosen > 1:
            stage.dialog(Confirm, page.approve_button.click, lambda ask: stage.click(ask.verb, "Approve"))
        else:
            stage.click(page.approve_button, "Approve")
        stage.wait(partial(_fewer, page, waiting), "approved")
        approved += waiting - len(page.table.model.ids())
    stage.breathe()
    return {"approved": approved}
