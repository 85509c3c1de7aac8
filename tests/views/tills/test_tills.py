"""The till of a day: opened, counted while differences are told, closed, printed and exported."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.counter.cart import Cart
from s2b_desktop.views.tills.page import TillsPage
from s2b_desktop.views.tills.prompts import CashPrompt, ClosePrompt, FloatPrompt
from s2b_domain.commands.counter import SaleItem, Tender
from s2b_domain.commands.payments import PayOrder
from s2b_domain.records.catalog import Sku
from s2b_domain.records.till import Till
from tests.views.counter.shop import stock_shop
from tests.views.desk import FakeDesk


@pytest.fixture
def page(qtbot: QtBot, merchant: FakeDesk) -> TillsPage:
    stock_shop(merchant)
    made = TillsPage(merchant, lambda key, what: None)
    qtbot.addWidget(made)
    made.resize(1160, 760)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def open_till(qtbot: QtBot, page: TillsPage) -> None:
    QTest.keyClick(page, Qt.Key.Key_F2)
    prompt = page.window().findChild(FloatPrompt)
    assert prompt is not None
    prompt.accept()
    assert prompt.row.error()
    prompt.amount.set_value(20_000)
    prompt.accept()
    qtbot.waitUntil(lambda: page.current() is not None)


def shown(page: TillsPage) -> set[str]:
    panel = page.inspector.content()
    return {label.text() for label in panel.findChildren(Label)} if panel else set()


def test_a_day_is_opened_counted_and_closed(
    qtbot: QtBot, page: TillsPage, merchant: FakeDesk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert page.closing.toolTip().startswith("请先开班")
    open_till(qtbot, page)
    assert page.opening.toolTip().startswith("本机已开班")
    assert "F12" in page.closing.toolTip()
    page.table.activated.emit(page.table.model.ids()[0])
    sku = sorted(merchant.store.find(Sku), key=lambda s: s.code)[3]
    cart = Cart(
        items=(SaleItem(sku_id=sku.id, quantity=1, price=100_000),),
        tenders=(Tender(method="CASH", amount=600, given=1000), Tender(method="ALIPAY", amount=400)),
        order_id=merchant.new_id(),
        number=merchant.next_number(),
    )
    merchant.submit(cart.message(1000, (), 0))
    qtbot.waitUntil(lambda: "¥10.00" in shown(page))  # what is read goes on with what happens
    page.ask_cash()
    cash = page.window().findChild(CashPrompt)
    assert cash is not None
    cash.amount.set_value(-5000)
    cash.accept()
    assert cash.form.row("reason").error()
    cash.reason.setText("存银行")
    cash.accept()
    qtbot.waitUntil(lambda: bool((found := page.current()) and found.cash == 15_600))
    page.closing.click()
    prompt = page.window().findChild(ClosePrompt)
    assert prompt is not None
    prompt.accept()
    assert prompt.rows["CASH"].error()
    prompt.fields["CASH"].set_value(15_500)
    assert prompt.fields["ALIPAY"].value() == 400
    assert next(iter(prompt.fields)) == "CASH"
    assert "1.00" in prompt.told.text()
    prompt.accept()
    qtbot.waitUntil(lambda: page.current() is None)
    [till] = merchant.store.find(Till)
    assert (till.open, till.difference, till.figures.sales) == (False, -100, 1)
    report = page._reports[till.id]
    page.table.activated.emit(till.id)
    assert page.inspector.is_open()
    folder = tmp_path_factory.mktemp("paper")
    page.export_to(report, folder / "day.xlsx")
    qtbot.waitUntil((folder / "day.xlsx").exists)
    told = {row[0].value: row[1].value for row in load_workbook(folder / "day.xlsx").worksheets[0].iter_rows()}
    assert (told["销售额"], told["现金 应有"], told["现金 差额"], told["单数"]) == (10, 156, -1, 1)
    paper = page.print_report(report)
    paper.save_to(folder / "day.pdf")
    assert (folder / "day.pdf").read_bytes().startswith(b"%PDF")


def test_a_till_that_another_pc_left_open_is_closed_here(qtbot: QtBot, page: TillsPage, merchant: FakeDesk) -> None:
    open_till(qtbot, page)
    [till] = merchant.store.find(Till)
    merchant.store.replace(Till, [till.with_(device_id=merchant.new_id())])
    page.refresh()
    qtbot.waitUntil(lambda: page.current() is None)
    page.table.activated.emit(till.id)
    panel = page.inspector.content()
    assert panel is not None
    [close] = [b for b in panel.findChildren(Button) if b.text().startswith("日结")]
    close.click()
    prompt = page.window().findChild(ClosePrompt)
    assert prompt is not None
    assert "不再使用" in prompt.accessibleDescription()
    prompt.fields["CASH"].set_value(20_000)
    prompt.accept()
    qtbot.waitUntil(lambda: not merchant.store.find(Till)[0].open)
    assert merchant.store.find(Till)[0].difference == 0


def test_what_a_terminal_gave_back_on_a_day_without_sales_agrees_with_the_books(
    qtbot: QtBot, page: TillsPage, merchant: FakeDesk
) -> None:
    sku = sorted(merchant.store.find(Sku), key=lambda s: s.code)[3]
    cart = Cart(
        items=(SaleItem(sku_id=sku.id, quantity=1, price=100_000),),
        tenders=(Tender(method="ALIPAY", amount=1000),),
        order_id=merchant.new_id(),
        number=merchant.next_number(),
    )
    merchant.submit(cart.message(1000, (), 0))
    open_till(qtbot, page)
    merchant.submit(PayOrder(order_id=cart.order_id, method="ALIPAY", amount=-400))
    qtbot.waitUntil(lambda: bool((found := page.current()) and len(found.figures.methods) == 2))
    page.closing.click()
    prompt = page.window().findChild(ClosePrompt)
    assert prompt is not None
    prompt.fields["CASH"].set_value(20_000)
    assert prompt.fields["ALIPAY"].value() == -400
    prompt.accept()
    qtbot.waitUntil(lambda: page.current() is None)
    [till] = merchant.store.find(Till)
    assert till.difference == 0


def test_a_till_that_the_hub_has_not_heard_of_is_marked(qtbot: QtBot, page: TillsPage, merchant: FakeDesk) -> None:
    merchant.go_offline(12)
    open_till(qtbot, page)
    model = page.table.model
    at = [column.key for column in model.columns].index("state")
    assert "等待同步" in model.index(0, at).data(Qt.ItemDataRole.AccessibleTextRole)
