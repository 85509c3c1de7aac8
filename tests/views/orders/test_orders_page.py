"""The list of orders and one of them in full: views, search, markers, actions by state and permission."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.orders import OrderRow, order_rowid
from s2b_desktop.models.status import Changes
from s2b_desktop.text import LANGUAGES, Language, money
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import ReasonPrompt
from s2b_desktop.views.common.inspector import INSIDE
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import switch_language, words
from s2b_desktop.views.common.timeline import TimelineEntry
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.orders.basket import Basket
from s2b_desktop.views.orders.page import OrdersPage
from s2b_desktop.views.orders.panel import OrderPanel
from s2b_desktop.views.orders.payment import PaymentPrompt
from s2b_domain.access import Actor
from s2b_domain.commands.order_steps import CancelOrder, ConfirmOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.ids import derived_id
from s2b_domain.records.after_sales import Payout
from s2b_domain.records.member import Member
from s2b_domain.records.order import Order
from s2b_domain.records.stock import Discrepancy
from s2b_domain.rules.order_flow import OrderKind, OrderState
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.orders.conftest import Open, Places, sku_id

TO_CONFIRM, IN_TRANSIT, CONFIRMED, DECLINED = (
    "D3-20261122-1025",
    "D3-20261121-1009",
    "D3-20261122-1020",
    "D3-20261121-1015",
)


@pytest.fixture
def page(qtbot: QtBot, open_page: Open, merchant: FakeDesk) -> OrdersPage:
    made = open_page(OrdersPage, merchant)
    assert isinstance(made, OrdersPage)
    qtbot.waitUntil(lambda: len(made.table.model.ids()) == 19)
    return made


def order(desk: FakeDesk, number: str) -> Order:
    return desk.store.find(Order, number=number)[0]


def rows(page: OrdersPage) -> list[OrderRow]:
    return [page.table.model.row(at) for at in range(len(page.table.model.ids()))]


def show(page: OrdersPage, desk: FakeDesk, number: str) -> OrderPanel:
    page.show_item(order(desk, number).id)
    panel = page.inspector.content()
    assert isinstance(panel, OrderPanel)
    return panel


def texts(column: str, page: OrdersPage) -> list[str]:
    at = next(i for i, c in enumerate(page.table.model.columns) if c.key == column)
    return [page.table.model.texts(row)[at] for row in range(len(page.table.model.ids()))]


def test_the_list_says_what_one_asks_first(page: OrdersPage) -> None:
    assert texts("number", page)[0] == TO_CONFIRM
    assert texts("customer", page)[0] == "陈晓燕 138****0023"
    assert texts("customer", page)[3] == "本店进货"
    assert texts("goods", page)[2] == "三只松鼠 每日坚果 750g，另 1 种"
    assert texts("total", page)[0] == "52.90"
    assert texts("state", page)[:4] == ["待确认", "待确认", "待确认", "待发货"]
    assert page.facts() == "今日 8 单 · ¥4,207.00"


def test_it_is_a_proper_model(page: OrdersPage, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(page.table.model)  # type: ignore[no-untyped-call]


def test_cards_filter_and_agree_with_the_saved_views(qtbot: QtBot, page: OrdersPage) -> None:
    QTest.mouseClick(page.card("to_confirm"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == 3)
    assert page.views.currentText() == "待确认"
    page.views.set_value("in_transit")
    qtbot.waitUntil(lambda: {r.state for r in rows(page)} == {OrderState.SHIPPED})
    assert page.checked_cards() == ["in_transit"]
    page.card("in_transit").click()
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == 19)
    assert page.views.value() == "all"


def test_search_finds_as_one_types(qtbot: QtBot, page: OrdersPage) -> None:
    QTest.keyClicks(page.table.search_field, "13957100781")
    qtbot.waitUntil(lambda: texts("number", page) == [IN_TRANSIT])
    page.table.search_field.setText("没有这样的订单")
    qtbot.waitUntil(lambda: not page.table.model.ids())


def test_sorting_by_amount(qtbot: QtBot, page: OrdersPage) -> None:
    page.table.sort_requested.emit("total", True)
    qtbot.waitUntil(lambda: texts("number", page)[0] == "D3-20261122-1018")


def test_enter_opens_and_escape_closes(qtbot: QtBot, page: OrdersPage) -> None:
    page.table.select(page.table.model.id_at(0))
    page.table.view.setFocus()
    QTest.keyClick(page.table.view, Qt.Key.Key_Return)
    assert page.inspector.is_open()
    QTest.keyClick(page.table.view, Qt.Key.Key_Down)
    panel = page.inspector.content()
    assert isinstance(panel, OrderPanel)
    assert panel._detail.order.number == texts("number", page)[1]
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert not page.inspector.is_open()


def test_the_timeline_tells_who_when_and_why(page: OrdersPage, merchant: FakeDesk) -> None:
    entries = show(page, merchant, IN_TRANSIT).timeline._events
    said = [words(entry.title) for entry in entries]
    assert said[-2:] == ["订单已确认", "已下单"] or said[-1] == words("Order placed")
    paid = next(e for e in entries if words(e.note).startswith("微信支付"))
    assert (words(paid.note), paid.who) == ("微信支付 ¥103.70", "林晨")
    shipped = [e for e in entries if "中通快递" in words(e.note)]
    assert len(shipped) == 2
    assert all("杭州恒丰食品" in words(e.title) or "义乌百川日用" in words(e.title) for e in shipped)
    assert not any(e.pending for e in entries)
    assert [e.at for e in entries] == sorted((e.at for e in entries), key=lambda at: -(at or 0))
    refused = show(page, merchant, DECLINED).timeline._events
    assert any(words(e.note) == "原因：暂时缺货，预计下周到货" and e.tone == "bad" for e in refused)


def test_a_tracking_number_is_copied(page: OrdersPage, merchant: FakeDesk) -> None:
    panel = show(page, merchant, IN_TRANSIT)
    number = panel._detail.parts[0].parcels[0].tracking_number
    copies = [b for b in panel.findChildren(Button) if b.toolTip() == "复制运单号"]
    copies[0].click()
    assert QGuiApplication.clipboard().text() == number


def test_confirming_sends_it_to_the_suppliers(qtbot: QtBot, page: OrdersPage, merchant: FakeDesk) -> None:
    panel = show(page, merchant, TO_CONFIRM)
    panel.buttons["Send to suppliers"].click()
    qtbot.waitUntil(lambda: bool(ToastArea.of(page).toasts()))
    assert merchant.submitted == [ConfirmOrder(order_id=order(merchant, TO_CONFIRM).id)]
    qtbot.waitUntil(lambda: texts("state", page)[0] == "待发货")
    again = page.inspector.content()
    assert isinstance(again, OrderPanel)
    assert "Send to suppliers" not in again.buttons


def test_cancelling_asks_for_a_reason_and_says_what_follows(qtbot: QtBot, page: OrdersPage, merchant: FakeDesk) -> None:
    show(page, merchant, CONFIRMED).buttons["Cancel order"].click()
    prompt = page.findChild(ReasonPrompt)
    assert prompt is not None
    said = prompt.accessibleDescription()
    assert "2 家供应商" in said
    assert "不能恢复" in said
    assert not prompt.verb.isEnabled()
    QTest.keyClicks(prompt.field, "wrong size")
    prompt.verb.click()
    qtbot.waitUntil(lambda: bool(merchant.submitted))
    assert merchant.submitted == [CancelOrder(order_id=order(merchant, CONFIRMED).id, reason="wrong size")]
    assert order(merchant, CONFIRMED).state is OrderState.CANCELLED
    qtbot.waitUntil(lambda: any("wrong size" in words(e.note) for e in _events(page)))


def _panel(page: OrdersPage) -> OrderPanel:
    panel = page.inspector.content()
    assert isinstance(panel, OrderPanel)
    return panel


def _events(page: OrdersPage) -> tuple[TimelineEntry, ...]:
    return _panel(page).timeline._events


def test_keeping_the_order_changes_nothing(page: OrdersPage, merchant: FakeDesk) -> None:
    show(page, merchant, CONFIRMED).buttons["Cancel order"].click()
    prompt = page.findChild(ReasonPrompt)
    assert prompt is not None
    prompt.keep.click()
    assert merchant.submitted == []


def test_a_payment_is_recorded_with_what_is_still_due(qtbot: QtBot, page: OrdersPage, merchant: FakeDesk) -> None:
    show(page, merchant, TO_CONFIRM).buttons["Record payment"].click()
    prompt = page.findChild(PaymentPrompt)
    assert prompt is not None
    assert prompt.amount.value() == 5290
    prompt.amount.set_value(None)
    prompt.verb.click()
    assert prompt.isVisible()
    prompt.amount.set_value(5290)
    prompt.method.set_value("WECHAT")
    prompt.verb.click()
    qtbot.waitUntil(lambda: bool(merchant.submitted))
    assert merchant.submitted == [PayOrder(order_id=order(merchant, TO_CONFIRM).id, method="WECHAT", amount=5290)]
    qtbot.waitUntil(lambda: "Record payment" not in _panel(page).buttons)


def test_what_was_overpaid_is_given_back(qtbot: QtBot, page: OrdersPage, merchant: FakeDesk) -> None:
    merchant.submit(PayOrder(order_id=order(merchant, IN_TRANSIT).id, method="现金", amount=100))
    show(page, merchant, IN_TRANSIT).buttons["Record refund"].click()
    prompt = page.findChild(PaymentPrompt)
    assert prompt is not None
    assert prompt.message().amount == -100
    prompt.keep.click()


@pytest.mark.parametrize("refund", [False, True])
def test_more_than_is_owed_is_asked_about_once(
    qtbot: QtBot, page: OrdersPage, merchant: FakeDesk, refund: bool
) -> None:
    number = IN_TRANSIT if refund else TO_CONFIRM
    if refund:
        merchant.submit(PayOrder(order_id=order(merchant, number).id, method="现金", amount=1000))
    show(page, merchant, number).buttons["Record refund" if refund else "Record payment"].click()
    sent = len(merchant.submitted)
    prompt = page.findChild(PaymentPrompt)
    assert prompt is not None
    due = prompt.amount.value() or 0
    for more in (99_000, 100):  # another amount is asked about anew
        prompt.amount.set_value(due + more)
        prompt.verb.click()
        said = prompt.form.row("amount").error()
        assert said.startswith(f"比应{'退' if refund else '收'}的多 {money(more)}"), said
    assert len(merchant.submitted) == sent
    prompt.verb.click()
    qtbot.waitUntil(lambda: len(merchant.submitted) == sent + 1)
    message = merchant.submitted[-1]
    assert isinstance(message, PayOrder)
    assert abs(message.amount) == due + 100


def test_what_a_return_has_promised_is_not_given_back_beside_it(page: OrdersPage, merchant: FakeDesk) -> None:
    known = order(merchant, IN_TRANSIT)
    paid_back = Payout(
        id=derived_id(known.id, "payout"),
        return_id=derived_id(known.id, "return"),
        order_id=known.id,
        merchant_id=known.merchant_id,
        method="WECHAT",
        amount=70,
        opened_at=world.NOW,
    )
    merchant.store.insert(Payout, [paid_back])
    merchant.store.replace(Order, [known.with_(returned_amount=70, paid=known.total + 30)])
    show(page, merchant, IN_TRANSIT).buttons["Record refund"].click()
    prompt = page.findChild(PaymentPrompt)
    assert prompt is not None
    assert prompt.message().amount == -30
    prompt.keep.click()
    merchant.store.replace(Order, [known.with_(returned_amount=70)])
    assert "Record refund" not in show(page, merchant, IN_TRANSIT).buttons


def with_credit(desk: FakeDesk, number: str, credit: int) -> Member:
    """A member of the shop, merged into one who has `credit` (分), whose order this is."""
    mine = desk.actor.organisation_id
    heir = Member(id=derived_id(mine, "heir"), merchant_id=mine, name="陈晓燕", joined_at=world.NOW, credit=credit)
    old = heir.with_(id=derived_id(mine, "old"), credit=0, active=False, merged_into=heir.id)
    desk.store.insert(Member, [heir, old])
    desk.store.replace(Order, [order(desk, number).with_(member_id=old.id)])
    return heir


def test_store_credit_pays_an_order_as_far_as_it_goes(qtbot: QtBot, page: OrdersPage, merchant: FakeDesk) -> None:
    heir = with_credit(merchant, TO_CONFIRM, 2000)
    show(page, merchant, TO_CONFIRM).buttons["Record payment"].click()
    prompt = page.findChild(PaymentPrompt)
    assert prompt is not None
    assert prompt.accessibleDescription() == "还需收款：¥52.90 · 储值 ¥20.00"
    prompt.method.set_value("STORE_CREDIT")
    assert prompt.amount.value() == 2000
    prompt.method.set_value("CASH")
    assert prompt.amount.value() == 5290
    prompt.method.set_value("STORE_CREDIT")
    prompt.amount.set_value(2001)
    prompt.verb.click()
    assert prompt.form.row("amount").error() == "只有 ¥20.00"
    prompt.amount.set_value(2000)
    prompt.verb.click()
    qtbot.waitUntil(lambda: bool(merchant.submitted))
    assert merchant.store.find(Member, id=heir.id)[0].credit == 0
    assert order(merchant, TO_CONFIRM).paid == 2000
    assert merchant.store.find(Discrepancy) == []


@pytest.mark.parametrize("refund", [False, True])
def test_store_credit_is_somebodys(page: OrdersPage, merchant: FakeDesk, refund: bool) -> None:
    if refund:
        merchant.submit(PayOrder(order_id=order(merchant, IN_TRANSIT).id, method="现金", amount=100))
    panel = show(page, merchant, IN_TRANSIT if refund else TO_CONFIRM)
    panel.buttons["Record refund" if refund else "Record payment"].click()
    sent = len(merchant.submitted)
    prompt = page.findChild(PaymentPrompt)
    assert prompt is not None
    prompt.method.set_value("STORE_CREDIT")
    prompt.verb.click()
    assert prompt.form.row("amount").error() == "储值属于会员，这里还没有选会员。"
    assert len(merchant.submitted) == sent
    prompt.keep.click()


def test_a_refund_may_become_store_credit(qtbot: QtBot, page: OrdersPage, merchant: FakeDesk) -> None:
    merchant.submit(PayOrder(order_id=order(merchant, IN_TRANSIT).id, method="现金", amount=100))
    heir = with_credit(merchant, IN_TRANSIT, 0)
    show(page, merchant, IN_TRANSIT).buttons["Record refund"].click()
    prompt = page.findChild(PaymentPrompt)
    assert prompt is not None
    prompt.method.set_value("STORE_CREDIT")
    prompt.verb.click()
    qtbot.waitUntil(lambda: len(merchant.submitted) == 2)
    assert merchant.store.find(Member, id=heir.id)[0].credit == 100


def test_purchases_take_no_payments(page: OrdersPage, merchant: FakeDesk) -> None:
    assert set(show(page, merchant, CONFIRMED).buttons) == {"Order again", "Change the order", "Cancel order"}


def test_an_assistant_may_not_cancel(qtbot: QtBot, open_page: Open, desk_of: Callable[[Actor], FakeDesk]) -> None:
    desk = desk_of(world.ASSISTANT)
    page = open_page(OrdersPage, desk)
    assert "Cancel order" not in show(page, desk, CONFIRMED).buttons
    assert "Send to suppliers" in show(page, desk, TO_CONFIRM).buttons


def test_waiting_is_a_marker_beside_the_state(qtbot: QtBot, page: OrdersPage, merchant: FakeDesk) -> None:
    waiting = next(c for c in page.table.model.columns if c.key == "state").waiting
    assert waiting is not None
    merchant.go_offline()
    merchant.submit(ConfirmOrder(order_id=order(merchant, TO_CONFIRM).id))
    qtbot.waitUntil(lambda: texts("state", page)[0] == "待发货")
    assert [waiting(row) for row in rows(page)[:2]] == [True, False]
    panel = show(page, merchant, TO_CONFIRM)
    assert "等待同步" in panel.pill.accessibleName()
    assert [e.pending for e in panel.timeline._events][:1] == [True]
    merchant.go_online()
    qtbot.waitUntil(lambda: not waiting(rows(page)[0]))


def test_ordering_again_fills_the_editor(page: OrdersPage, merchant: FakeDesk, went: Places) -> None:
    Basket(merchant).add(sku_id(merchant, "000001"))
    show(page, merchant, IN_TRANSIT).buttons["Order again"].click()
    assert went == [("order", None)]
    basket = Basket(merchant)
    assert basket.draft.kind is OrderKind.DROPSHIP
    assert [li.quantity for li in basket.draft.lines] == [1, 2]
    assert (basket.draft.name, basket.draft.number) == ("周建国", "")
    assert len(basket.held()) == 1


def test_changes_from_elsewhere_keep_selection_and_place(qtbot: QtBot, page: OrdersPage, merchant: FakeDesk) -> None:
    chosen = page.table.model.id_at(12)
    page.table.select(chosen)
    place = page.table.view.verticalScrollBar().value()
    loads: list[object] = []
    page.table.model.modelReset.connect(lambda: loads.append(1))
    merchant.changed.emit(Changes(frozenset({"sku", "queue"})))
    merchant.changed.emit(Changes(frozenset({"sales_order"})))
    qtbot.waitUntil(lambda: len(loads) == 1)
    assert page.table.current_id() == chosen
    assert page.table.view.verticalScrollBar().value() == place


def test_another_page_may_ask_for_an_order_or_a_view(qtbot: QtBot, page: OrdersPage, merchant: FakeDesk) -> None:
    page.show_item("attention")
    qtbot.waitUntil(lambda: texts("number", page) == [DECLINED])
    wanted = order(merchant, CONFIRMED)
    page.show_item(wanted.id)
    qtbot.waitUntil(lambda: page.table.current_id() == merchant.read(order_rowid, wanted.id))
    merchant.submit(ConfirmOrder(order_id=order(merchant, TO_CONFIRM).id))
    page.show_item(merchant.queue()[0])
    panel = page.inspector.content()
    assert isinstance(panel, OrderPanel)
    assert panel._detail.order.number == TO_CONFIRM


def test_the_first_step_is_said_when_there_is_nothing(
    qtbot: QtBot, open_page: Open, desk_of: Callable[..., FakeDesk], went: Places
) -> None:
    page = open_page(OrdersPage, desk_of(world.MERCHANT, empty=True))
    qtbot.waitUntil(lambda: page.table._stack.currentIndex() == 1)
    (go,) = [b for b in page.table._empty.findChildren(Button) if b.text() == "去选货"]
    go.click()
    assert went == [("catalog", None)]


def test_both_languages(qtbot: QtBot, page: OrdersPage, merchant: FakeDesk, qapp: QApplication) -> None:
    show(page, merchant, TO_CONFIRM)
    switch_language(qapp, "en")
    panel = page.inspector.content()
    assert isinstance(panel, OrderPanel)
    assert panel.buttons["Send to suppliers"].text() == "Send to suppliers"
    assert texts("state", page)[0] == "To confirm"
    assert page.views.currentText() == "All orders"
    assert page.facts() == "8 orders today · ¥4,207.00"


def test_what_is_done_mostly_comes_first_and_amounts_add_up(page: OrdersPage, merchant: FakeDesk) -> None:
    assert next(iter(show(page, merchant, DECLINED).buttons)) == "Order elsewhere"
    given_back = order(merchant, IN_TRANSIT)
    merchant.store.replace(Order, [given_back.with_(returned_amount=5990)])
    said = [label.text() for label in show(page, merchant, IN_TRANSIT).findChildren(Label)]
    assert said[said.index("已退货") + 1] == "-¥59.90"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_order_fits_into_the_inspector(
    page: OrdersPage, merchant: FakeDesk, qapp: QApplication, language: Language
) -> None:
    switch_language(qapp, language)
    for each in merchant.store.find(Order):
        panel = show(page, merchant, each.number)
        assert panel.minimumSizeHint().width() <= INSIDE, each.number


def test_layout_is_kept(qtbot: QtBot, page: OrdersPage, merchant: FakeDesk, open_page: Open) -> None:
    page.table.show_column("suppliers", False)
    qtbot.waitUntil(lambda: merchant.draft("layout/orders") is not None)
    assert "suppliers" in open_page(OrdersPage, merchant).table.layout_state()["hidden"]


def test_a_long_list_begins_with_its_first_page_and_ends_whole(
    qtbot: QtBot, page: OrdersPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [row.number for row in rows(page)]
    monkeypatch.setattr("s2b_desktop.views.orders.page.PAGE", 5)
    seen: list[list[str]] = []
    page.table.model.modelReset.connect(lambda: seen.append([row.number for row in rows(page)]))
    page._sorted("number", False)
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert seen == [sorted(whole)[:5], sorted(whole)]
    page._load()
    qtbot.waitUntil(lambda: len(seen) == 3)
    assert seen[2] == seen[1], "what is looked at is not cut short when something changes"
