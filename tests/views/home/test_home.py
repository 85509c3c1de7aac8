"""Today: what waits, what to do next, and where each of them leads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.common.timeline import Timeline
from s2b_desktop.views.home.page import HomePage
from s2b_desktop.views.home.steps import StepRow
from s2b_desktop.views.places import places
from s2b_domain.access import Actor
from s2b_domain.commands.supply import AcceptSupply
from s2b_domain.records.order import SupplyOrder
from s2b_domain.rules.order_flow import SupplyState
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.queue_world import order_of

DeskOf = Callable[..., FakeDesk]
Went = list[tuple[str, object]]


@pytest.fixture
def went() -> Went:
    return []


def open_page(qtbot: QtBot, desk: FakeDesk, went: Went) -> HomePage:
    page = HomePage(desk, lambda key, what: went.append((key, what)))
    qtbot.addWidget(page)
    page.resize(1160, 760)
    page.show()
    qtbot.waitUntil(lambda: page._loading is None)
    return page


def cards(page: HomePage) -> list[str]:
    return [card.accessibleName() for card in page.findChildren(FactCard) if card.isVisible()]


def steps(page: HomePage) -> list[StepRow]:
    return [row for row in page.findChildren(StepRow) if row.isVisible()]


def test_a_supplier_sees_what_waits(qtbot: QtBot, supplier: FakeDesk, went: Went) -> None:
    page = open_page(qtbot, supplier, went)
    assert [said.split(", ")[0] for said in cards(page)] == ["待接单", "待发货", "库存偏低", "审核中"]
    assert cards(page)[0].startswith("待接单, 7")
    assert steps(page)[0].text() == "7 笔供货订单等您接单"


@pytest.mark.parametrize("actor", world.ACTORS, ids=lambda actor: f"{actor.role}-{actor.organisation_name}")
def test_every_card_and_step_leads_to_a_place_of_that_person(
    qtbot: QtBot, desk_of: DeskOf, went: Went, actor: Actor
) -> None:
    desk = desk_of(actor)
    page = open_page(qtbot, desk, went)
    found = [*(c for c in page.findChildren(FactCard) if c.isVisible()), *steps(page)]
    for control in found:
        QTest.mouseClick(control, Qt.MouseButton.LeftButton)
    assert len(went) == len(found) > 0
    assert {key for key, _ in went} <= {place.key for place in places(actor)}


def test_a_fresh_company_is_told_its_first_step(qtbot: QtBot, desk_of: DeskOf, went: Went) -> None:
    page = open_page(qtbot, desk_of(world.FRESH_SUPPLIER), went)
    assert [row.text() for row in steps(page)] == ["完善企业资料", "导入第一批商品"]
    QTest.keyClick(steps(page)[0], Qt.Key.Key_Return)
    assert went == [("company", None)]


def test_a_rejected_company_reads_the_reasons(qtbot: QtBot, desk_of: DeskOf, went: Went) -> None:
    page = open_page(qtbot, desk_of(world.REJECTED_SUPPLIER), went)
    assert "营业执照与申请名称不一致" in steps(page)[0].accessibleName()


def test_what_needs_a_decision_stands_first(qtbot: QtBot, merchant: FakeDesk, went: Went) -> None:
    merchant.go_offline()
    merchant.submit(order_of(merchant, [("000001", 2)]))
    merchant.answer(merchant.queue()[0].seq, "rejected", "out_of_stock", sku="000001", available=0, wanted=2)
    page = open_page(qtbot, merchant, went)
    assert steps(page)[0].text() == "1 条需要您决定"
    QTest.mouseClick(steps(page)[0], Qt.MouseButton.LeftButton)
    assert went == [("queue", "attention")]


def test_figures_follow_what_is_done(qtbot: QtBot, supplier: FakeDesk, went: Went) -> None:
    page = open_page(qtbot, supplier, went)
    waiting = supplier.store.find(SupplyOrder, state=SupplyState.WAITING)
    supplier.submit(AcceptSupply(supply_order_ids=(waiting[0].id,)))
    qtbot.waitUntil(lambda: cards(page)[0].startswith("待接单, 6"))


def test_recent_activity_names_what_happened(qtbot: QtBot, supplier: FakeDesk, went: Went) -> None:
    page = open_page(qtbot, supplier, went)
    (timeline,) = page.lately.findChildren(Timeline)
    assert timeline.accessibleDescription().startswith("新的供货订单 · D5-20261122-1022-1")


def test_before_the_first_download_nothing_breaks(qtbot: QtBot, desk_of: DeskOf, went: Went) -> None:
    for actor in (world.SUPPLIER, world.MERCHANT, world.ADMIN):
        open_page(qtbot, desk_of(actor, empty=True), went)


def test_the_page_changes_its_language(qtbot: QtBot, supplier: FakeDesk, went: Went, look: QApplication) -> None:
    page = open_page(qtbot, supplier, went)
    switch_language(look, "en")
    qtbot.waitUntil(lambda: page._loading is None)
    assert steps(page)[0].text() == "7 supply orders wait for you"
    assert cards(page)[0].startswith("To accept, 7")
    assert page.accessibleName() == "Today"
