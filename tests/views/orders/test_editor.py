"""Writing an order: pick, change, mend, place; and what is shown when it is not taken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from s2b_desktop.models.status import Changes
from s2b_desktop.text import set_language
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.orders.basket import CURRENT, Basket
from s2b_desktop.views.orders.draft import decode
from s2b_desktop.views.orders.editor import OrderEditorPage
from s2b_domain.access import Actor
from s2b_domain.commands.orders import PlaceOrder
from s2b_domain.commands.promotions import SavePromotion
from s2b_domain.commands.shops import ListEntry, ListGoods
from s2b_domain.errors import NeedsConfirmation, Refused
from s2b_domain.records.catalog import Price, Sku
from s2b_domain.records.order import Order, OrderLine
from s2b_domain.records.stock import Availability
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import Gift, PromotionKind, Step, Terms
from s2b_domain.rules.units import Unit
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.orders.conftest import Open, Places, sku_id


@pytest.fixture
def page(open_page: Open, merchant: FakeDesk) -> OrderEditorPage:
    made = open_page(OrderEditorPage, merchant)
    assert isinstance(made, OrderEditorPage)
    return made


def place(qtbot: QtBot, page: OrderEditorPage, went: Places) -> PlaceOrder:
    """Press the key that places, and wait until the page goes to the order."""
    QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(went) or page.refusal.isVisible())
    assert went, page.refusal.text()
    desk = page._desk
    assert isinstance(desk, FakeDesk)
    message = desk.submitted[-1]
    assert isinstance(message, PlaceOrder)
    return message


def test_a_scan_adds_a_line_and_the_order_is_placed(
    qtbot: QtBot, page: OrderEditorPage, merchant: FakeDesk, went: Places
) -> None:
    barcode = merchant.store.find(Sku, code="000001")[0].barcode
    page.picker.setFocus()
    QTest.keyClicks(page.picker, barcode)
    QTest.keyClick(page.picker, Qt.Key.Key_Return)
    QTest.keyClicks(page.picker, barcode)
    QTest.keyClick(page.picker, Qt.Key.Key_Return)
    assert [(li.quantity, li.cost_seen) for li in page.draft().lines] == [(2, 265_000)]
    assert page.quote().total == 5300
    message = place(qtbot, page, went)
    assert went == [("orders", message.order_id)]
    assert message.number == "D3-20261122-2001"
    assert [(i.quantity, i.price_seen) for i in message.items] == [(2, 265_000)]
    assert page.draft().empty
    assert merchant.draft(CURRENT) is None
    assert ToastArea.of(page).toasts()[-1].text() == "订单 D3-20261122-2001 已下单"


def test_what_is_added_while_an_order_is_placed_is_the_next_one(
    qtbot: QtBot, page: OrderEditorPage, merchant: FakeDesk, went: Places
) -> None:
    first, second = sku_id(merchant, "000001"), sku_id(merchant, "000002")
    page.add(first, 5)
    page.try_to_place()
    catalog = Basket(merchant)
    catalog.add(first, 2)
    catalog.add(second, 3)
    qtbot.waitUntil(lambda: bool(went))
    assert {line.sku_id: line.quantity for line in page.draft().lines} == {first: 2, second: 3}
    assert not page.draft().order_id
    assert Basket(merchant).draft.lines == page.draft().lines


def test_the_draft_is_kept_at_every_step_and_restored(
    qtbot: QtBot, page: OrderEditorPage, merchant: FakeDesk, open_page: Open
) -> None:
    page.add(sku_id(merchant, "000001"))
    page.dropship.click()
    QTest.keyClicks(page.summary.consignee.name, "Wang Fang")
    QTest.keyClicks(page.summary.note, "soon")
    page.summary.confirm.click()
    qtbot.waitUntil(lambda: decode(merchant.draft(CURRENT)).note == "soon")
    kept = decode(merchant.draft(CURRENT))
    assert (kept.kind, kept.name, kept.note, kept.confirm) == (OrderKind.DROPSHIP, "Wang Fang", "soon", False)
    after_a_kill = open_page(OrderEditorPage, merchant)
    assert after_a_kill.summary.consignee.name.text() == "Wang Fang"
    assert after_a_kill.lines.model.rowCount() == 1
    assert after_a_kill.dropship.isChecked()


def test_what_was_just_typed_is_kept_when_one_leaves_the_page(page: OrderEditorPage, merchant: FakeDesk) -> None:
    page.add(sku_id(merchant, "000001"))
    QTest.keyClicks(page.summary.note, "soon")
    page.hide()
    assert decode(merchant.draft(CURRENT)).note == "soon"


def test_a_quantity_is_typed_over_the_line(qtbot: QtBot, page: OrderEditorPage, merchant: FakeDesk) -> None:
    page.add(sku_id(merchant, "000001"))
    page.lines.view.setFocus()
    QTest.keyClick(page.lines.view, Qt.Key.Key_2)
    field = page.lines.view.findChild(QLineEdit)
    assert field is not None
    QTest.keyClicks(field, "4")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.draft().lines[0].quantity == 24)  # the view commits from the event loop
    assert page.quote().total == 24 * 2650


def test_nonsense_in_a_cell_changes_nothing_and_is_told(page: OrderEditorPage, merchant: FakeDesk) -> None:
    page.add(sku_id(merchant, "000001"))
    column = page.lines._at("quantity")
    page.lines.model.setData(page.lines.model.index(0, column), "abc")
    assert page.draft().lines[0].quantity == 1
    assert "数量" in ToastArea.of(page).toasts()[-1].text()


def test_delete_takes_a_line_out_and_undo_brings_it_back(
    qtbot: QtBot, page: OrderEditorPage, merchant: FakeDesk
) -> None:
    page.add(sku_id(merchant, "000001"))
    page.add(sku_id(merchant, "BC-0009"))
    before = page.draft().lines
    QTest.keyClick(page.lines.view, Qt.Key.Key_Delete)
    assert page.draft().lines == before[:1]
    action = ToastArea.of(page).toasts()[-1].action
    assert action is not None
    action.click()
    assert page.draft().lines == before


def test_a_wrong_quantity_is_told_at_its_line_and_mended_by_one_press(
    page: OrderEditorPage, merchant: FakeDesk
) -> None:
    few = sku_id(merchant, "BC-0022")  # two are left
    page.add(few)
    page.lines.quantity_entered.emit(few, 5)
    assert page.hint.isVisible()
    assert "仅剩 2 组" in page.hint.text()
    assert page.lines.problem(page.quote().lines[0]) == "仅剩 2 组"
    page.try_to_place()
    assert merchant.submitted == []
    assert page.refusal.isVisible()
    assert page.hint.fix.text() == "改为 2 组"
    page.hint.fix.click()
    assert page.draft().lines[0].quantity == 2
    assert page.hint.isHidden()


def test_the_minimum_binds_purchases_only(page: OrderEditorPage, merchant: FakeDesk) -> None:
    biscuits = sku_id(merchant, "000011")
    page.add(biscuits)
    page.lines.quantity_entered.emit(biscuits, 1)
    assert page.hint.fix.text() == "改为 2 盒"
    page.dropship.click()
    assert page.hint.isHidden()


def test_a_refusal_is_shown_at_its_line_and_the_entry_is_kept(
    qtbot: QtBot, page: OrderEditorPage, merchant: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.add(sku_id(merchant, "000001"))
    page.add(sku_id(merchant, "BC-0009"))

    def refuse(message: object, *, failed: Callable[[Exception], None], **_more: object) -> None:
        failed(Refused("out_of_stock", sku="BC-0009", available=0, wanted=1))

    monkeypatch.setattr(merchant, "submit", refuse)
    before = page.draft().lines
    page.try_to_place()
    assert page.draft().lines == before
    assert page.draft().number == "D3-20261122-2001"
    assert "BC-0009" in page.lines.problem(page.quote().lines[1])
    assert page.lines.problem(page.quote().lines[0]) == ""
    assert page.lines.current_id() == before[1].sku_id
    assert "BC-0009" in page.refusal.text()
    assert page.place.isEnabled()
    page.try_to_place()
    assert page.draft().number == "D3-20261122-2001"  # minted once


def test_a_price_that_moved_is_shown_with_the_old_one_and_placing_takes_it(
    qtbot: QtBot, page: OrderEditorPage, merchant: FakeDesk, went: Places
) -> None:
    water = sku_id(merchant, "000001")
    page.add(water)
    (price,) = merchant.store.find(Price, sku_id=water)
    merchant.store.replace(Price, [price.with_(supply_price=270_000)])
    merchant.changed.emit(Changes(frozenset({"price"})))
    assert page.moved.isVisible()
    assert page.lines.model.texts(0)[page.lines._at("price")] == "26.50 → 27.00"
    assert place(qtbot, page, went).items[0].price_seen == 270_000


def test_prices_that_moved_between_looking_and_placing_ask(
    page: OrderEditorPage, merchant: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.add(sku_id(merchant, "000001"))

    def ask(message: object, *, failed: Callable[[Exception], None], **_more: object) -> None:
        failed(NeedsConfirmation("price_changed", changes=["000001", "265000", "270000"]))

    monkeypatch.setattr(merchant, "submit", ask)
    page.try_to_place()
    assert "26.50 → 27.00" in page.refusal.text()


def test_a_pasted_address_fills_the_fields(
    qtbot: QtBot, page: OrderEditorPage, merchant: FakeDesk, went: Places
) -> None:
    page.add(sku_id(merchant, "000001"))
    page.dropship.click()
    QGuiApplication.clipboard().setText("王芳 13800138000 浙江省杭州市西湖区文三路 478 号")
    page.summary.consignee.paste.paste()
    form = page.summary.consignee
    assert (form.name.text(), form.phone.number(), form.region.text(), form.street.text()) == (
        "王芳", "13800138000", "浙江省杭州市西湖区", "文三路 478 号",
    )  # fmt: skip
    assert form.paste.text() == ""
    message = place(qtbot, page, went)
    assert message.address is not None
    assert (message.address.phone, message.address.street) == ("13800138000", "文三路 478 号")
    assert message.items[0].retail_price is None  # the shop's own price counts, and the total that was seen
    assert message.total_seen == 3_600


def test_a_consumer_order_without_address_says_so_at_the_fields(page: OrderEditorPage, merchant: FakeDesk) -> None:
    page.add(sku_id(merchant, "000001"))
    page.dropship.click()
    page.try_to_place()
    assert merchant.submitted == []
    form = page.summary.consignee
    assert form.row("name").error()
    assert form.row("phone").error()
    assert form.row("street").error()
    form.phone.set_number("123")
    assert not form.check()
    assert form.row("phone").error() == "手机号码应为 11 位"


def test_offline_the_page_says_that_the_order_waits(
    qtbot: QtBot, page: OrderEditorPage, merchant: FakeDesk, went: Places
) -> None:
    page.add(sku_id(merchant, "000001"))
    assert page.offline.isHidden()
    merchant.go_offline()
    assert page.offline.isVisible()
    place(qtbot, page, went)
    assert "联网后自动提交" in ToastArea.of(page).toasts()[-1].text()
    assert merchant.queue()[0].state == "waiting"


def test_suppliers_are_subtotalled_and_the_split_is_told(page: OrderEditorPage, merchant: FakeDesk) -> None:
    page.add(sku_id(merchant, "000001"))
    page.add(sku_id(merchant, "BC-0009"))
    assert [(s.name, s.amount) for s in page.quote().suppliers] == [("杭州恒丰食品", 2650), ("义乌百川日用", 4580)]
    assert page.summary.total.text() == "¥72.30"
    assert "2 张供货单" in page.summary._split.text()


def test_a_refused_order_is_sent_again_in_place_of_the_old_one(
    qtbot: QtBot, page: OrderEditorPage, merchant: FakeDesk, went: Places
) -> None:
    water = sku_id(merchant, "000001")
    page.add(water)
    merchant.go_offline()
    message = place(qtbot, page, went)
    (item,) = merchant.queue()
    merchant.answer(item.seq, "rejected", "out_of_stock", sku="000001", available=0, wanted=1)
    _forget(merchant, message)  # the hub's answer takes the prediction back
    page.add(sku_id(merchant, "BC-0009"))  # meanwhile somebody writes another order

    page.show_item(merchant.queue()[0])
    assert page.draft().number == message.number
    assert [li.sku_id for li in page.draft().lines] == [water]
    assert page.held.isVisible()
    went.clear()
    again = place(qtbot, page, went)
    assert (again.order_id, again.number) == (message.order_id, message.number)
    assert [i.command_id for i in merchant.queue()] != [item.command_id]
    assert len(merchant.queue()) == 1  # the old one is superseded
    (action,) = page.held_menu().actions()
    action.trigger()
    assert page.draft().lines[0].sku_id == sku_id(merchant, "BC-0009")


def _forget(desk: FakeDesk, message: PlaceOrder) -> None:
    desk.store.remove(Order, [message.order_id])


@pytest.mark.parametrize(("code", "number"), [("number_taken", ""), ("out_of_stock", "D3-20261122-2001")])
def test_a_number_is_kept_unless_it_is_taken(
    page: OrderEditorPage, merchant: FakeDesk, monkeypatch: pytest.MonkeyPatch, code: str, number: str
) -> None:
    page.add(sku_id(merchant, "000001"))

    def refuse(message: object, *, failed: Callable[[Exception], None], **_more: object) -> None:
        failed(Refused(code, number=number, sku="", available=0, wanted=1))

    monkeypatch.setattr(merchant, "submit", refuse)
    page.try_to_place()
    assert page.draft().number == number
    assert page.draft().order_id


def test_an_order_that_was_placed_after_all_is_not_placed_twice(
    page: OrderEditorPage, merchant: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.add(sku_id(merchant, "000001"))

    def lose_the_answer(message: PlaceOrder, *, failed: Callable[[Exception], None], **_more: object) -> None:
        FakeDesk.submit(merchant, message)
        failed(Refused("id_taken", id=message.order_id))

    monkeypatch.setattr(merchant, "submit", lose_the_answer)
    page.try_to_place()
    assert page.draft().empty
    assert not page.place.isEnabled()


def test_clearing_can_be_undone(page: OrderEditorPage, merchant: FakeDesk) -> None:
    page.add(sku_id(merchant, "000001"))
    page.clear.click()
    assert page.draft().empty
    action = ToastArea.of(page).toasts()[-1].action
    assert action is not None
    action.click()
    assert len(page.draft().lines) == 1


def test_stock_that_goes_elsewhere_is_noticed_while_one_writes(page: OrderEditorPage, merchant: FakeDesk) -> None:
    water = sku_id(merchant, "000001")
    page.add(water)
    (row,) = merchant.store.find(Availability, id=water)
    merchant.store.replace(Availability, [row.with_(available=0)])
    merchant.changed.emit(Changes(frozenset({"availability"})))
    assert page.quote().problems[0].problem == "out_of_stock"
    assert page.hint.fix.isHidden()
    page.hint.remove.click()
    assert page.draft().lines == ()


def test_both_languages(page: OrderEditorPage, merchant: FakeDesk, qapp: QApplication) -> None:
    page.add(sku_id(merchant, "BC-0022"))
    page.lines.quantity_entered.emit(sku_id(merchant, "BC-0022"), 5)
    switch_language(qapp, "en")
    assert page.place.text() == "Place order"
    assert page.hint.fix.text() == "Make it 2 组"
    assert page.facts() == "1 product · kept as a draft"
    set_language("zh_CN")


def test_the_lines_are_a_proper_model(page: OrderEditorPage, merchant: FakeDesk, qtmodeltester: object) -> None:
    page.add(sku_id(merchant, "000001"))
    page.add(sku_id(merchant, "BC-0009"))
    qtmodeltester.check(page.lines.model)  # type: ignore[attr-defined]


def test_an_assistant_may_place_orders_too(
    qtbot: QtBot, open_page: Open, desk_of: Callable[[Actor], FakeDesk], went: Places
) -> None:
    desk = desk_of(world.ASSISTANT)
    page = open_page(OrderEditorPage, desk)
    page.add(sku_id(desk, "000001"))
    place(qtbot, page, went)
    assert len(desk.submitted) == 1


def test_what_the_shop_lists_is_what_a_consumer_pays(
    qtbot: QtBot, page: OrderEditorPage, merchant: FakeDesk, went: Places
) -> None:
    water = sku_id(merchant, "000001")
    merchant.submit(ListGoods(entries=(ListEntry(sku_id=water, price=399_000),)))
    page.add(water)
    page.dropship.click()
    quoted = page._quote.lines[0]
    assert (quoted.retail, quoted.amount) == (399_000, 3_990)
    QGuiApplication.clipboard().setText("王芳 13800138000 浙江省杭州市西湖区文三路 478 号")
    page.summary.consignee.paste.paste()
    message = place(qtbot, page, went)
    assert (message.items[0].retail_price, message.total_seen) == (None, 3_990)
    [line] = merchant.store.find(OrderLine, order_id=message.order_id)
    assert line.unit_price == 399_000


def test_a_gift_that_was_shown_is_said_so_that_it_cannot_vanish_silently(
    qtbot: QtBot, page: OrderEditorPage, merchant: FakeDesk, went: Places
) -> None:
    water = sku_id(merchant, "000001")
    terms = Terms(kind=PromotionKind.GIFT, steps=(Step(100, 0),), gifts=(Gift(water, 1),))
    merchant.submit(SavePromotion(promotion_id=merchant.new_id(), name="赠水", terms=terms, starts_at=0, schedule=True))
    page.add(water)
    page.dropship.click()
    QGuiApplication.clipboard().setText("王芳 13800138000 浙江省杭州市西湖区文三路 478 号")
    page.summary.consignee.paste.paste()
    assert place(qtbot, page, went).gifts_seen == (Gift(water, 1),)


def test_a_pallet_is_ordered_and_typed_as_what_it_holds(page: OrderEditorPage, merchant: FakeDesk) -> None:
    water = merchant.store.find(Sku, code="000001")[0]
    merchant.store.replace(Sku, [water.with_(packages=(Unit("托", 240, "26901234567899"),))])
    [found] = page._find("26901234567899", 20)
    assert found.subtitle.startswith(f"1 托 = 240 {water.unit}")
    QTest.keyClicks(page.picker, "26901234567899")
    QTest.keyClick(page.picker, Qt.Key.Key_Return)
    assert [li.quantity for li in page.draft().lines] == [240]
    index = page.lines.model.index(0, page.lines._at("quantity"))
    assert index.data() == f"240 {water.unit} = 1 托"
    page.lines.model.setData(index, "2托")
    assert [li.quantity for li in page.draft().lines] == [480]
