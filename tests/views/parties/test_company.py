"""One's own company: applying, where it stands, papers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from s2b_desktop.views.common.label import Label
from s2b_desktop.views.parties.form import PaperPrompt
from s2b_desktop.views.parties.page import CompanyPage
from s2b_domain.access import Actor
from s2b_domain.commands.parties import AddPaper, Apply, ShowPaper
from s2b_domain.records.party import Organisation
from s2b_domain.rules.onboarding import PartyState
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.dialogs import answer

DeskOf = Callable[[Actor], FakeDesk]


def open_page(qtbot: QtBot, desk: FakeDesk) -> CompanyPage:
    page = CompanyPage(desk, lambda key, what: None)
    qtbot.addWidget(page)
    page.resize(1160, 760)
    page.show()
    return page


def fill(page: CompanyPage) -> None:
    page.form.licence.setText("91350200ma2x7abc1d")
    page.form.contact.setText("马骁")
    page.form.phone.set_number("13606000001")
    page.form.address.setText("厦门市思明区湖滨南路 90 号")


def test_a_fresh_company_applies(qtbot: QtBot, desk_of: DeskOf) -> None:
    desk = desk_of(world.FRESH_SUPPLIER)
    page = open_page(qtbot, desk)
    assert page.form.name.text() == "厦门闽茶行"
    QTest.mouseClick(page.submit, Qt.MouseButton.LeftButton)
    assert not desk.submitted
    assert page.form.row("licence_number").error()
    fill(page)
    QTest.mouseClick(page.submit, Qt.MouseButton.LeftButton)
    sent = desk.submitted[0]
    assert isinstance(sent, Apply)
    assert (sent.licence_number, sent.phone) == ("91350200MA2X7ABC1D", "13606000001")
    organisation = desk.store.get(Organisation, desk.actor.organisation_id)
    assert organisation is not None
    assert organisation.state is PartyState.SUBMITTED
    qtbot.waitUntil(lambda: not page.submit.isVisible())
    assert page.form.name.isReadOnly()
    assert "审核中" in page.banner.text()


def test_a_licence_code_has_18_characters(qtbot: QtBot, desk_of: DeskOf) -> None:
    desk = desk_of(world.FRESH_SUPPLIER)
    page = open_page(qtbot, desk)
    fill(page)
    page.form.licence.setText("123")
    QTest.mouseClick(page.submit, Qt.MouseButton.LeftButton)
    assert page.form.row("licence_number").error() == "代码应为 18 位"
    assert not desk.submitted


def test_a_rejection_shows_its_reasons_and_can_be_corrected(qtbot: QtBot, desk_of: DeskOf) -> None:
    desk = desk_of(world.REJECTED_SUPPLIER)
    page = open_page(qtbot, desk)
    assert "营业执照与申请名称不一致；缺少品牌授权书" in page.banner.text()
    page.form.licence.setText("91320508MA1ABCDE2F")
    QTest.mouseClick(page.submit, Qt.MouseButton.LeftButton)
    assert isinstance(desk.submitted[0], Apply)


def test_what_is_typed_survives_news(qtbot: QtBot, desk_of: DeskOf) -> None:
    desk = desk_of(world.FRESH_SUPPLIER)
    page = open_page(qtbot, desk)
    fill(page)
    page.refresh()
    assert page.form.contact.text() == "马骁"


def test_a_waiting_application_is_marked(qtbot: QtBot, desk_of: DeskOf) -> None:
    desk = desk_of(world.FRESH_SUPPLIER)
    desk.go_offline()
    page = open_page(qtbot, desk)
    fill(page)
    QTest.mouseClick(page.submit, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "等待同步" in page.pill.accessibleName())


def test_a_refused_application_can_be_edited_and_replaces_the_first(qtbot: QtBot, desk_of: DeskOf) -> None:
    desk = desk_of(world.REJECTED_SUPPLIER)
    page = open_page(qtbot, desk)
    message = Apply(
        name="苏州清禾",
        licence_number="9" * 18,
        contact="秦禾",
        phone="13912600006",
        region="江苏 苏州",
        address="盛泽",
    )

    class Item:
        command_id = "c" * 32

    Item.message = message  # type: ignore[attr-defined]
    page.show_item(Item())
    assert page.form.name.text() == "苏州清禾"
    QTest.mouseClick(page.submit, Qt.MouseButton.LeftButton)
    assert desk.submitted == [message]


def test_a_paper_is_added(qtbot: QtBot, supplier: FakeDesk) -> None:
    page = open_page(qtbot, supplier)
    before = len(page.papers.cards)

    def reply(prompt: PaperPrompt) -> None:
        prompt.verb.click()
        assert prompt.form.row("number").error()
        prompt.number.setText("SQ-2026-001")
        prompt.kind.set_value("BRAND_AUTHORISATION")
        prompt.expires.setChecked(True)
        assert not prompt.public.isChecked(), "what may be seen is said, not forgotten"
        prompt.public.setChecked(True)
        prompt.verb.click()

    QTest.mouseClick(page.add_paper, Qt.MouseButton.LeftButton)
    answer(PaperPrompt, reply)
    sent = supplier.submitted[0]
    assert isinstance(sent, AddPaper)
    assert (sent.kind, sent.number, sent.public) == ("BRAND_AUTHORISATION", "SQ-2026-001", True)
    assert sent.expires_at is not None
    qtbot.waitUntil(lambda: len(page.papers.cards) == before + 1)
    assert "品牌授权书" in [label.text() for card in page.papers.cards for label in card.findChildren(Label)]


def test_a_paper_about_a_person_is_not_offered_to_shops(qtbot: QtBot, supplier: FakeDesk) -> None:
    page = open_page(qtbot, supplier)

    def reply(prompt: PaperPrompt) -> None:
        prompt.public.setChecked(True)
        prompt.kind.set_value("IDENTITY")
        assert not prompt.public.isVisible()
        assert prompt.private.isVisible()
        prompt.number.setText("3301")
        prompt.verb.click()

    QTest.mouseClick(page.add_paper, Qt.MouseButton.LeftButton)
    answer(PaperPrompt, reply)
    sent = supplier.submitted[0]
    assert isinstance(sent, AddPaper)
    assert (sent.kind, sent.public) == ("IDENTITY", False)
    qtbot.waitUntil(lambda: any(card.paper.kind == "IDENTITY" for card in page.papers.cards))
    assert [card.public for card in page.papers.cards if card.paper.kind == "IDENTITY"] == [None]


def test_who_may_not_apply_only_reads(qtbot: QtBot, desk_of: DeskOf) -> None:
    page = open_page(qtbot, desk_of(world.CLERK))
    assert not page.submit.isVisible()
    assert not page.add_paper.isVisible()


def test_before_the_first_download_the_page_says_so(qtbot: QtBot, desk_of: Callable[..., FakeDesk]) -> None:
    page = open_page(qtbot, desk_of(world.SUPPLIER, empty=True))
    assert not page.form.isVisible()
    assert not page.submit.isVisible()


def test_a_supplier_says_which_papers_shops_may_see(qtbot: QtBot, supplier: FakeDesk) -> None:
    page = open_page(qtbot, supplier)
    card = page.papers.cards[0]
    assert card.public is not None
    assert card.public.isChecked()
    card.public.click()
    assert supplier.submitted == [ShowPaper(paper_id=card.paper.id, public=False)]


def test_a_shop_has_nobody_to_show_its_papers_to(qtbot: QtBot, merchant: FakeDesk) -> None:
    page = open_page(qtbot, merchant)
    assert all(card.public is None for card in page.papers.cards)
