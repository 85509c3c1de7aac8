"""Today: what waits, what to do next, and where each of them leads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.outlook import week
from s2b_desktop.text import money, set_language
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.chart import short
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.common.timeline import Timeline
from s2b_desktop.views.home.chart import WeekChart
from s2b_desktop.views.home.facts import midnight
from s2b_desktop.views.home.lines import LineRow
from s2b_desktop.views.home.page import HomePage
from s2b_desktop.views.home.steps import StepRow
from s2b_desktop.views.places import places
from s2b_domain.access import Actor
from s2b_domain.commands.shops import SaveShop
from s2b_domain.commands.supply import AcceptSupply
from s2b_domain.records.after_sales import Claim
from s2b_domain.records.order import SupplyOrder
from s2b_domain.records.shop import Shop
from s2b_domain.rules.after_sales import ReturnState
from s2b_domain.rules.order_flow import SupplyState
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.money.world import fill as deal
from tests.views.queue_world import order_of
from tests.views.returns.deeds import fill

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
    qtbot.waitUntil(lambda: not page._loading.busy)
    return page


def cards(page: HomePage) -> list[str]:
    return [card.accessibleName() for card in page.findChildren(FactCard) if card.isVisible()]


def steps(page: HomePage) -> list[StepRow]:
    return [row for row in page.findChildren(StepRow) if row.isVisible()]


def test_a_supplier_sees_what_waits(qtbot: QtBot, supplier: FakeDesk, went: Went) -> None:
    page = open_page(qtbot, supplier, went)
    assert [said.split("、")[0] for said in cards(page)] == ["待接单", "待发货", "库存偏低", "审核中"]
    assert cards(page)[0].startswith("待接单、7")
    assert steps(page)[0].text() == "7 笔供货订单等您接单"


def test_a_clerk_is_told_what_a_clerk_may_do(qtbot: QtBot, desk_of: DeskOf, went: Went) -> None:
    page = open_page(qtbot, desk_of(world.CLERK), went)
    assert [row.text() for row in steps(page)] == ["3 笔供货订单待发货"]
    assert cards(page)[0].startswith("待接单、7")


def test_what_happened_is_said_in_words(qtbot: QtBot, supplier: FakeDesk, went: Went) -> None:
    fill(supplier)
    page = open_page(qtbot, supplier, went)
    said = page.lately.findChildren(Timeline)[0].accessibleDescription()
    assert "到货破损" in said
    assert "DAMAGED" not in said


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
    assert [row.text() for row in steps(page)] == ["完善企业资料", "导入第一批商品", "设置运费"]
    QTest.keyClick(steps(page)[0], Qt.Key.Key_Return)
    assert went == [("company", None)]


def test_where_nothing_was_traded_the_next_steps_have_the_whole_height(
    qtbot: QtBot, desk_of: DeskOf, supplier: FakeDesk, went: Went
) -> None:
    fresh = open_page(qtbot, desk_of(world.FRESH_SUPPLIER), went)
    assert fresh.steps.height() == fresh.lately.height()
    busy = open_page(qtbot, supplier, went)
    assert busy.steps.height() < busy.lately.height() / 2


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
    qtbot.waitUntil(lambda: cards(page)[0].startswith("待接单、6"))


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
    qtbot.waitUntil(lambda: not page._loading.busy)
    assert steps(page)[0].text() == "7 supply orders wait for you"
    assert cards(page)[0].startswith("To accept, 7")
    assert page.accessibleName() == "Today"


def lines(page: HomePage) -> list[LineRow]:
    return [row for row in page.findChildren(LineRow) if row.isVisible()]


def test_a_supplier_sees_the_week_and_what_must_leave_first(qtbot: QtBot, supplier: FakeDesk, went: Went) -> None:
    page = open_page(qtbot, supplier, went)
    (chart,) = page.week.findChildren(WeekChart)
    days = supplier.read(week, supplier.actor, midnight(supplier.now()))
    sold = [s for s in supplier.store.find(SupplyOrder) if s.state not in (SupplyState.DECLINED, SupplyState.CANCELLED)]
    recent = [s for s in sold if s.placed_at >= days[0].start and s.state is not SupplyState.PENDING]
    assert sum(day.count for day in days) == len(recent) > 10
    assert sum(day.amount for day in days) == sum(s.total for s in recent)
    assert chart.accessibleName().startswith(f"{money(sum(s.total for s in recent))} · {len(recent)} 单. 周一 ")
    due = [line.line for line in lines(page)]
    assert [line.title for line in due][:2] == ["D5-20261121-1017-1", "D3-20261121-1011-2"]
    assert due[0].tone == "warn"
    QTest.keyClick(lines(page)[0], Qt.Key.Key_Return)
    assert went == [("supply", due[0].what)]


def test_a_merchant_sees_the_last_orders_and_the_platform_the_oldest(qtbot: QtBot, desk_of: DeskOf, went: Went) -> None:
    page = open_page(qtbot, desk_of(world.MERCHANT), went)
    assert [row.line.title for row in lines(page)][:2] == ["D3-20261122-1025", "D3-20261122-1024"]
    page = open_page(qtbot, desk_of(world.ADMIN), went)
    assert {row.line.key for row in lines(page)} == {"review", "parties"}
    assert page.week.isHidden()


def test_a_company_without_orders_has_no_empty_charts(qtbot: QtBot, desk_of: DeskOf, went: Went) -> None:
    page = open_page(qtbot, desk_of(world.FRESH_SUPPLIER), went)
    assert page.week.isHidden()
    assert page.ahead.isHidden()


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (26_150, "262", "262"),
        (999_949, "9,999", "9,999"),
        (2_412_345, "2.4万", "24.1k"),
        (1_234_567_890, "1,235万", "12,346k"),
    ],
)
def test_amounts_over_bars_are_short(look: QApplication, fen: int, zh: str, en: str) -> None:
    assert short(fen) == zh
    set_language("en")
    assert short(fen) == en


def test_a_merchant_without_a_shop_is_told_to_open_one(qtbot: QtBot, merchant: FakeDesk, went: Went) -> None:
    opened = merchant.store.find(Shop)
    merchant.store.remove(Shop, [shop.id for shop in opened])
    page = open_page(qtbot, merchant, went)
    [step] = [row for row in steps(page) if row.text() == "开设店铺"]
    QTest.mouseClick(step, Qt.MouseButton.LeftButton)
    assert went == [("shop", None)]

    merchant.submit(SaveShop(name="晨光便利店"))
    qtbot.waitUntil(lambda: "开设店铺" not in [row.text() for row in steps(page)])


def test_returns_claims_and_money_that_wait_are_next_steps(qtbot: QtBot, desk_of: DeskOf, went: Went) -> None:
    said: dict[str, list[str]] = {}
    for name, actor in (("shop", world.MERCHANT), ("supplier", world.SUPPLIER), ("platform", world.ADMIN)):
        desk = desk_of(actor)
        fill(desk)
        deal(desk)
        asked = desk.store.find(Claim, state=ReturnState.REQUESTED)
        if name == "shop":  # the supplier wants the goods back
            desk.store.replace(Claim, [claim.with_(state=ReturnState.APPROVED) for claim in asked])
        said[name] = [row.text() for row in steps(open_page(qtbot, desk, went))]
    assert said["shop"][2:5] == ["2 件货待退回供应商", "2 笔售后待结算", "1 张对账单待确认"]
    assert said["supplier"][2:7] == [
        "2 个售后申请待处理", "1 张对账单待确认", "1 张对账单有异议", "1 笔付款待确认到账", "1 张发票待开具"
    ]  # fmt: skip
    assert said["platform"][-1] == "1 个纠纷待裁决"
