"""A supplier's goods under real keys and clicks, over a desk that carries commands out at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from s2b_desktop.models.goods_import import Existing
from s2b_desktop.models.queries.counting import seen_in_main
from s2b_desktop.models.queries.goods import GoodsEntry, Shown, goods_detail
from s2b_desktop.models.specs import sku_name
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.goods.page import GoodsPage
from s2b_desktop.views.goods.prices import PricePrompt
from s2b_desktop.views.goods.stock import StockPrompt
from s2b_domain.commands.goods import GoodsLine, ImportGoods, ShelveGoods
from s2b_domain.commands.stock import CountStock, MoveStock
from s2b_domain.intake.examination import examine
from s2b_domain.intake.policy import Policy
from s2b_domain.records.catalog import STANDARD_LEVEL, Price, Sku
from s2b_domain.rules.pricing import Tier
from s2b_domain.rules.stock import MovementKind
from tests.views import world
from tests.views.desk import FakeDesk

D = TypeVar("D", bound=QDialog)
Make = Callable[[FakeDesk], GoodsPage]


@pytest.fixture
def went() -> list[tuple[str, object]]:
    return []


@pytest.fixture
def make(qtbot: QtBot, went: list[tuple[str, object]]) -> Make:
    def shown(desk: FakeDesk) -> GoodsPage:
        page = GoodsPage(desk, lambda key, what: went.append((key, what)))
        page.resize(1160, 760)
        qtbot.addWidget(page)
        page.show()
        qtbot.waitUntil(lambda: not page._loading.busy and not page._counting.busy)
        return page

    return shown


@pytest.fixture
def page(make: Make, supplier: FakeDesk) -> GoodsPage:
    return make(supplier)


def prompt(qtbot: QtBot, kind: type[D]) -> D:
    """The dialog that is open."""

    def there() -> list[D]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]

    qtbot.waitUntil(lambda: bool(there()))
    return there()[0]


def settle(qtbot: QtBot, page: GoodsPage) -> None:
    qtbot.waitUntil(lambda: not page._loading.busy and not page._counting.busy)


def entry(page: GoodsPage, code: str) -> GoodsEntry:
    rows = [page.table.model.row(at) for at in range(page.table.model.rowCount())]
    return next(row for row in rows if row.code == code)


def type_into(page: GoodsPage, code: str, key: str, text: str) -> None:
    model = page.table.model
    row = next(at for at in range(model.rowCount()) if model.row(at).code == code)
    at = [column.key for column in model.columns].index(key)
    assert model.flags(model.index(row, at)) & Qt.ItemFlag.ItemIsEditable
    model.setData(model.index(row, at), text)


def price_of(desk: FakeDesk, entry: GoodsEntry) -> Price:
    [price] = desk.store.find(Price, sku_id=entry.sku_id)
    return price


def undo(page: GoodsPage) -> None:
    action = ToastArea.of(page).toasts()[-1].action
    assert action is not None
    action.click()


def test_the_model_keeps_its_promises(page: GoodsPage) -> None:
    QAbstractItemModelTester(page.table.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    page.table.set_ids(page.table.model.ids()[:3])


def test_all_goods_go_off_sale_at_once_and_back(qtbot: QtBot, page: GoodsPage, supplier: FakeDesk) -> None:
    total = page.table.model.rowCount()
    assert not page.bulk[0].isEnabled()
    page.table.view.selectAll()
    assert page.bulk[1].isEnabled()
    with qtbot.waitSignal(supplier.changed):
        page.bulk[1].click()
    [sent] = supplier.submitted
    assert isinstance(sent, ShelveGoods)
    assert len(sent.sku_ids) == total
    assert not any(sku.on_sale for sku in supplier.store.find(Sku))
    settle(qtbot, page)
    assert len(page.table.selected_ids()) == total, "the selection stays"
    qtbot.waitUntil(lambda: bool(ToastArea.of(page).toasts()))
    with qtbot.waitSignal(supplier.changed):
        undo(page)
    assert all(sku.on_sale for sku in supplier.store.find(Sku))


def test_a_price_is_typed_into_the_grid_and_taken_back(qtbot: QtBot, page: GoodsPage, supplier: FakeDesk) -> None:
    before = price_of(supplier, entry(page, "000004")).supply_price
    with qtbot.waitSignal(supplier.changed):
        type_into(page, "000004", "supply_price", "１２．３４")
    assert price_of(supplier, entry(page, "000004")).supply_price == 123_400
    [sent] = supplier.submitted
    assert isinstance(sent, ImportGoods)
    qtbot.waitUntil(lambda: bool(ToastArea.of(page).toasts()))
    with qtbot.waitSignal(supplier.changed):
        undo(page)
    assert price_of(supplier, entry(page, "000004")).supply_price == before


@pytest.mark.parametrize("typed", ["一块", "-3", "0.00001"])
def test_a_wrong_price_is_said_and_not_sent(page: GoodsPage, supplier: FakeDesk, typed: str) -> None:
    type_into(page, "000004", "supply_price", typed)
    assert supplier.submitted == []
    assert ToastArea.of(page).toasts()


def test_a_dropship_price_can_be_taken_away(qtbot: QtBot, page: GoodsPage, supplier: FakeDesk) -> None:
    with qtbot.waitSignal(supplier.changed):
        type_into(page, "000004", "dropship_price", "")
    assert price_of(supplier, entry(page, "000004")).dropship_price is None


def test_stock_typed_into_the_grid_is_a_count(qtbot: QtBot, page: GoodsPage, supplier: FakeDesk) -> None:
    before = entry(page, "000004")
    position = supplier.read(seen_in_main, supplier.actor.organisation_id, before.sku_id).position
    assert position > 0
    with qtbot.waitSignal(supplier.changed):
        type_into(page, "000004", "on_hand", "50")
    assert supplier.submitted == [CountStock(sku_id=before.sku_id, counted=50, position=position)]
    settle(qtbot, page)
    assert entry(page, "000004").on_hand == 50
    qtbot.waitUntil(lambda: bool(ToastArea.of(page).toasts()))
    with qtbot.waitSignal(supplier.changed):
        undo(page)
    settle(qtbot, page)
    assert entry(page, "000004").on_hand == before.on_hand


def test_many_prices_go_up_and_every_new_one_was_shown(qtbot: QtBot, page: GoodsPage, supplier: FakeDesk) -> None:
    page.table.view.selectAll()
    page.change_prices()
    asked = prompt(qtbot, PricePrompt)
    asked.percent.set_value(1_000)
    asked.step.setCurrentIndex(2)
    shown = {change.entry.code: change.new for change in asked.changes()}
    assert shown["000001"] == 290_000, "26.50 up 10 % is 29.15, to a whole yuan 29"
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    settle(qtbot, page)
    assert {code: entry(page, code).supply_price for code in shown} == shown


def test_prices_by_quantity_go_along_with_the_supply_price_and_back(
    qtbot: QtBot, page: GoodsPage, supplier: FakeDesk
) -> None:
    tiers = (Tier(10, 250_000), Tier(50, 249_900))
    supplier.submit(ImportGoods(lines=(GoodsLine(row=1, code="000001", supply_price=265_000, tiers=tiers),)))
    settle(qtbot, page)

    def price() -> Price:
        [found] = supplier.store.find(Price, sku_id=entry(page, "000001").sku_id, level=STANDARD_LEVEL)
        return found

    page.table.select(entry(page, "000001").rowid)
    page.change_prices()
    asked = prompt(qtbot, PricePrompt)
    asked.percent.set_value(1_000)
    asked.step.setCurrentIndex(1)
    assert "阶梯价" in asked._told.text()
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    settle(qtbot, page)
    assert price().supply_price == 292_000, "26.50 up 10 % is 29.15, to a tenth 29.20"
    assert price().tiers == (Tier(10, 275_000),), "24.99 up 10 % is 27.50 as well: no cheaper from 50 on"
    with qtbot.waitSignal(supplier.changed):
        undo(page)
    settle(qtbot, page)
    assert (price().supply_price, price().tiers) == (265_000, tiers)


def test_one_price_for_all(qtbot: QtBot, page: GoodsPage, supplier: FakeDesk) -> None:
    page.table.select(entry(page, "000001").rowid)
    page.change_prices()
    asked = prompt(qtbot, PricePrompt)
    asked.how.setCurrentIndex(2)
    assert not asked.verb.isEnabled()
    asked.price.set_value(300_000)
    assert asked.verb.isEnabled()
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    settle(qtbot, page)
    assert entry(page, "000001").supply_price == 300_000


def test_stock_is_received_and_written_off_beside_the_list(qtbot: QtBot, page: GoodsPage, supplier: FakeDesk) -> None:
    before = entry(page, "000004")
    page.table.select(before.rowid)
    page.table.view.setFocus()
    QTest.keyClick(page.table.view, Qt.Key.Key_Return)
    assert page.inspector.is_open()
    panel: Any = page.inspector.content()
    panel.buttons[0].click()
    asked = prompt(qtbot, StockPrompt)
    asked.verb.click()
    assert asked.isVisible()
    assert asked.quantity_row.error()
    asked.quantity.set_value(24)
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    detail = supplier.read(goods_detail, page._supplier, before.rowid)
    assert detail is not None
    page.book(MovementKind.WRITE_OFF, detail)
    asked = prompt(qtbot, StockPrompt)
    asked.quantity.set_value(4)
    asked.verb.click()
    assert asked.reason_row.error(), "a write-off needs a reason"
    asked.reason.setCurrentText("破损")
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    settle(qtbot, page)
    assert entry(page, "000004").on_hand == before.on_hand + 20
    assert [m.kind for m in supplier.submitted if isinstance(m, MoveStock)] == ["RECEIVE", "WRITE_OFF"]


def test_search_lists_and_cards_narrow_down(qtbot: QtBot, page: GoodsPage) -> None:
    page.table.search_field.setText("000004")
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 1)
    page.table.search_field.clear()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 30)
    page.card(Shown.REVIEW.value).click()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == page._counts.review)
    assert page.lists.currentIndex() == 2
    page.look_at(Shown.OFF_SALE)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 0)


def test_the_export_comes_back_without_a_difference(
    qtbot: QtBot, page: GoodsPage, supplier: FakeDesk, tmp_path: Path
) -> None:
    page.export_to(tmp_path / "goods.xlsx")
    qtbot.waitUntil(lambda: bool(ToastArea.of(page).toasts()))
    existing = Existing(supplier.connection, page._supplier)
    policy = Policy(bad_barcodes="keep")  # the barcodes of this world do not add up
    plan = examine(tmp_path / "goods.xlsx", existing=existing, policy=policy).plan
    assert (len(plan.unchanged), plan.rows) == (30, 30)


def test_an_empty_shop_is_shown_the_first_step(
    make: Make, desk_of: Callable[..., FakeDesk], went: list[tuple[str, object]], qtbot: QtBot
) -> None:
    page = make(desk_of(world.SUPPLIER, empty=True))
    empty: Any = page.table._empty
    empty.action.click()
    assert went == [("import", None)]


def test_a_clerk_counts_but_changes_no_price(make: Make, desk_of: Callable[..., FakeDesk]) -> None:
    page = make(desk_of(world.CLERK))
    editable = {column.key for column in page.table.model.columns if column.edit is not None}
    assert editable == {"on_hand"}
    assert page.bulk == []


def test_every_word_changes_its_language(page: GoodsPage, look: QApplication) -> None:
    page._show(page.table.model.id_at(0))
    panel: Any = page.inspector.content()
    assert panel.buttons[0].text() == "入库…"
    switch_language(look, "en")
    panel = page.inspector.content()
    assert panel.buttons[0].text() == "Receive…"
    assert page.lists.currentText() == "All goods"
    assert page.table.model.headerData(1, Qt.Orientation.Horizontal) == "Product name"


def test_a_name_tells_one_sku_from_the_others() -> None:
    assert sku_name("净植洗手液", {"规格": "500ml"}) == "净植洗手液 500ml"
    assert sku_name("净植洗手液 500ml", {"规格": "500ml"}) == "净植洗手液 500ml"
    assert sku_name("净植洗手液", {}) == "净植洗手液"
