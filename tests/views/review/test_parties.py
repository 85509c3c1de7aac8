"""Reviewing who wants to join."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.review.parties import PartyReviewPage
from s2b_domain.commands.parties import Decide, DecidePaper
from s2b_domain.records.party import Organisation, Paper
from s2b_domain.rules.onboarding import PaperState, PartyState
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.dialogs import answer, give_reason

NEW = world.NEW_SUPPLIER.organisation_id


@pytest.fixture
def page(qtbot: QtBot, platform: FakeDesk) -> PartyReviewPage:
    made = PartyReviewPage(platform, lambda key, what: None)
    qtbot.addWidget(made)
    made.resize(1160, 760)
    made.show()
    return made


def state_of(desk: FakeDesk, organisation_id: str) -> PartyState:
    organisation = desk.store.get(Organisation, organisation_id)
    assert organisation is not None
    return organisation.state


def test_those_who_wait_come_first_and_the_cards_filter(page: PartyReviewPage) -> None:
    assert page.table.model.texts(0)[0] == "成都蜀味坊"
    assert page.card("SUBMITTED").accessibleName().startswith("待审核、2")
    page.show_item("REJECTED")
    assert [page.table.model.texts(row)[0] for row in range(page.table.model.rowCount())] == ["苏州清禾家纺"]


def test_search_narrows_the_list(qtbot: QtBot, page: PartyReviewPage) -> None:
    with qtbot.waitSignal(page.table.search_changed):
        page.table.search_field.setText("晨光")
    assert page.table.model.rowCount() == 1


def test_papers_are_decided_one_by_one(qtbot: QtBot, page: PartyReviewPage, platform: FakeDesk) -> None:
    page.show_item(NEW)
    panel = page.panel()
    assert panel is not None
    first, second = panel.papers.cards
    assert first.approve is not None
    assert second.reject is not None
    QTest.mouseClick(first.approve, Qt.MouseButton.LeftButton)
    assert platform.submitted == [DecidePaper(paper_id=first.paper.id, state=PaperState.APPROVED)]
    panel = page.panel()
    assert panel is not None
    second = panel.papers.cards[1]
    assert second.reject is not None
    QTest.mouseClick(second.reject, Qt.MouseButton.LeftButton)
    give_reason("扫描件看不清")
    paper = platform.store.get(Paper, second.paper.id)
    assert paper is not None
    assert (paper.state, paper.reasons) == (PaperState.REJECTED, ("扫描件看不清",))


def test_approving_with_open_papers_asks_once(qtbot: QtBot, page: PartyReviewPage, platform: FakeDesk) -> None:
    page.show_item(NEW)
    panel = page.panel()
    assert panel is not None
    QTest.mouseClick(panel.buttons[PartyState.APPROVED], Qt.MouseButton.LeftButton)
    answer(Confirm, lambda dialog: dialog.reject())
    assert not platform.submitted
    QTest.mouseClick(panel.buttons[PartyState.APPROVED], Qt.MouseButton.LeftButton)
    answer(Confirm, lambda dialog: dialog.accept())
    assert platform.submitted == [Decide(organisation_id=NEW, state=PartyState.APPROVED)]
    assert state_of(platform, NEW) is PartyState.APPROVED
    qtbot.waitUntil(lambda: bool(ToastArea.of(page).toasts()))
    assert ToastArea.of(page).toasts()[0].text() == "成都蜀味坊 可以开始交易了"


def test_a_rejection_needs_a_reason(page: PartyReviewPage, platform: FakeDesk) -> None:
    page.show_item(NEW)

    def without(prompt: ReasonPrompt) -> None:
        assert not prompt.verb.isEnabled()
        prompt.reject()

    page.decide(PartyState.REJECTED)
    answer(ReasonPrompt, without)
    assert not platform.submitted
    page.decide(PartyState.REJECTED)
    give_reason("营业执照与名称不一致")
    assert platform.submitted == [
        Decide(organisation_id=NEW, state=PartyState.REJECTED, reasons=("营业执照与名称不一致",))
    ]


def test_keys_decide_and_move(qtbot: QtBot, page: PartyReviewPage, platform: FakeDesk) -> None:
    page.table.view.setFocus()
    page.table.select(NEW)
    page.table.activated.emit(NEW)
    QTest.keyClick(page.table.view, Qt.Key.Key_R)
    give_reason("缺少品牌授权")
    assert state_of(platform, NEW) is PartyState.REJECTED
    before = world.NEW_MERCHANT.organisation_id
    assert page.table.current_id() == before, "the next one that waits"
    page.activateWindow()  # without a window manager nothing gives it back after the question
    qtbot.waitUntil(page.isActiveWindow)
    QTest.keyClick(page.table.view, Qt.Key.Key_J)
    assert page.table.current_id() != before
    QTest.keyClick(page.table.view, Qt.Key.Key_K)
    assert page.table.current_id() == before


def test_letters_typed_in_the_search_do_not_decide(page: PartyReviewPage, platform: FakeDesk) -> None:
    page.table.select(NEW)
    page.table.search_field.setFocus()
    QTest.keyClicks(page.table.search_field, "ark")
    assert page.table.search_field.text() == "ark"
    assert not platform.submitted


def test_suspending_and_reinstating(page: PartyReviewPage, platform: FakeDesk) -> None:
    supplier = world.SUPPLIER.organisation_id
    page.show_item(supplier)
    page.decide(PartyState.SUSPENDED)
    give_reason("客户投诉")
    assert state_of(platform, supplier) is PartyState.SUSPENDED
    panel = page.panel()
    assert panel is not None
    assert panel.buttons[PartyState.APPROVED].text() == "恢复"
    page.decide(PartyState.APPROVED)
    assert state_of(platform, supplier) is PartyState.APPROVED
