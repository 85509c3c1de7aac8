"""The counter: scans, members, coupons with reasons, several kinds of money, holding, and what survives."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from s2b_desktop.messages import problem_text
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.counter.cart import Cart, cart_of, decode, encode
from s2b_desktop.views.counter.drawer import BOOKING, CURRENT, HELD
from s2b_desktop.views.counter.member import MemberPrompt
from s2b_desktop.views.counter.page import CounterPage
from s2b_desktop.views.counter.pay import PayPrompt
from s2b_desktop.views.counter.receipts import ask_to_print
from s2b_desktop.views.printing.prompt import PrintPrompt
from s2b_domain.commands.counter import BookSale, SaleGift, SaleItem, Tender
from s2b_domain.commands.members import AdjustCredit
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Sku
from s2b_domain.records.member import Member
from s2b_domain.records.order import Order, OrderLine, Payment
from s2b_domain.records.promotion import Coupon, CouponState, Promotion
from s2b_domain.records.stock import Discrepancy, Stock
from s2b_domain.rules.units import MAX_QUANTITY, Unit
from tests.views.counter.shop import CARD, PHONE, named
from tests.views.desk import FakeDesk


def sku(desk: FakeDesk, at: int = 0) -> Sku:
    return sorted(desk.store.find(Sku), key=lambda s: s.code)[at]


def scan(page: CounterPage, code: str) -> None:
    page.field.setFocus()
    QTest.keyClicks(page.field, code)
    QTest.keyClick(page.field, Qt.Key.Key_Return)


def pay(qtbot: QtBot, page: CounterPage) -> PayPrompt:
    QTest.keyClick(page, Qt.Key.Key_F12)
    assert page.prompt is not None
    page.prompt.activateWindow()
    qtbot.waitUntil(page.prompt.isActiveWindow)
    return page.prompt


def pay_again(qtbot: QtBot, page: CounterPage) -> PayPrompt:
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    return pay(qtbot, page)


def total(page: CounterPage) -> int:
    quote = page._bill.quote
    assert quote is not None
    return quote.priced.total


def booked(qtbot: QtBot, desk: FakeDesk) -> Order:
    qtbot.waitUntil(lambda: any(isinstance(m, BookSale) for m in desk.submitted))
    [message] = [m for m in desk.submitted if isinstance(m, BookSale)]
    return desk.store.find(Order, id=message.order_id)[0]


def test_scans_are_summed_paid_in_cash_and_the_change_stays_in_sight(
    qtbot: QtBot, page: CounterPage, shop: FakeDesk
) -> None:
    code = sku(shop, 3).barcode
    scan(page, code)
    scan(page, code)
    assert page.cart().items == (SaleItem(sku_id=sku(shop, 3).id, quantity=2),)
    due = total(page)
    prompt = pay(qtbot, page)
    prompt.amount.set_value(due + 1250)
    assert "12.50" in prompt.told.text()
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    order = booked(qtbot, shop)
    assert (order.total, order.paid) == (due, due)
    [payment] = shop.store.find(Payment, order_id=order.id)
    assert (payment.method, payment.amount, payment.given) == ("CASH", due, due + 1250)
    qtbot.waitUntil(lambda: page.cart() == Cart())
    assert page.side.total.text() == "¥12.50"
    assert shop.store.find(Discrepancy) == []
    scan(page, code)
    assert page.side.total.text() == page.side.total.text() != "¥12.50"


def test_an_unknown_scan_leaves_the_field_free_for_the_next_one(page: CounterPage, shop: FakeDesk) -> None:
    scan(page, "6999999999999")
    assert page.field.text() == ""
    assert "6999999999999" in page.trouble.text()
    scan(page, sku(shop).barcode)
    assert len(page.cart().items) == 1
    assert not page.trouble.isVisible()


def test_a_name_takes_the_first_finding(page: CounterPage, shop: FakeDesk) -> None:
    page.field.setFocus()
    page.field.setText("山泉")
    page.field.search_now()
    QTest.keyClick(page.field, Qt.Key.Key_Return)
    assert len(page.cart().items) == 1


@pytest.mark.parametrize("code", [CARD, PHONE])
def test_a_member_is_scanned_and_sees_coupons_with_reasons(
    qtbot: QtBot, page: CounterPage, shop: FakeDesk, code: str
) -> None:
    scan(page, sku(shop).barcode)
    scan(page, code)
    assert page.cart().member_id == named(shop, "chen")
    qtbot.waitUntil(lambda: bool(page._choices))
    by_id = {c.coupon_id: c for c in page._choices}
    assert by_id[named(shop, "five")].usable
    assert by_id[named(shop, "twenty")].code == "threshold_not_met"
    assert not page.side.coupons.boxes[named(shop, "twenty")].isEnabled()
    before = total(page)
    QTest.keyClick(page, Qt.Key.Key_F7)
    assert page.cart().coupon_ids == (named(shop, "five"),)
    assert total(page) == before - 500


def test_tab_goes_from_the_member_over_coupons_to_points(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    scan(page, sku(shop).barcode)
    scan(page, PHONE)
    qtbot.waitUntil(lambda: bool(page.side.coupons.boxes))
    page.side.remove_member.setFocus()
    QTest.keyClick(page.side.remove_member, Qt.Key.Key_Tab)
    box = page.side.coupons.boxes[named(shop, "five")]
    assert box.hasFocus()
    QTest.keyClick(box, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.side.coupons.boxes[named(shop, "five")] is not box)
    again = page.side.coupons.boxes[named(shop, "five")]
    assert again.isChecked()
    assert again.hasFocus(), "the list was made anew under the cashier's hands"
    while page.focusWidget() in page.side.coupons.boxes.values():
        QTest.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
    assert page.side.points.hasFocus()


def test_coupon_and_points_are_used_up_by_the_sale(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    scan(page, sku(shop).barcode)
    scan(page, PHONE)
    scan(page, "BEARER-0001")
    QTest.keyClick(page, Qt.Key.Key_F8)
    assert page.cart().points == 1340
    prompt = pay(qtbot, page)
    QTest.keyClick(prompt, Qt.Key.Key_F3)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    order = booked(qtbot, shop)
    assert order.coupon_ids == (named(shop, "bearer"),)
    assert order.points_used > 0
    assert shop.store.find(Coupon, id=named(shop, "bearer"))[0].state is CouponState.USED
    assert shop.store.find(Payment, order_id=order.id)[0].method == "WECHAT"
    assert shop.store.find(Discrepancy) == []


def test_a_coupon_that_cannot_be_used_is_not_given_away(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    scan(page, sku(shop).barcode)
    scan(page, PHONE)
    page._toggle_coupon(named(shop, "twenty"), True)
    prompt = pay(qtbot, page)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    assert booked(qtbot, shop).coupon_ids == ()
    assert shop.store.find(Coupon, id=named(shop, "twenty"))[0].state is CouponState.AVAILABLE


def test_several_kinds_of_money_and_the_rest_on_account(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    for at in range(6):
        scan(page, sku(shop, at).barcode)
    scan(page, PHONE)
    due = total(page)
    prompt = pay(qtbot, page)
    prompt.amount.set_value(1000)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    prompt.choose("ALIPAY")
    prompt.amount.set_value(due)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    assert prompt.isVisible()
    assert prompt.row.error()
    prompt.reference.setText("2026112522001")
    prompt.amount.set_value(500)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    assert decode(shop.draft(CURRENT)).paid == 1500
    QTest.keyClick(prompt, Qt.Key.Key_F8)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    order = booked(qtbot, shop)
    assert (order.total, order.paid) == (due, 1500)
    references = {p.method: p.reference for p in shop.store.find(Payment, order_id=order.id)}
    assert references == {"CASH": "", "ALIPAY": "2026112522001"}


def test_store_credit_is_somebodys(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    scan(page, sku(shop).barcode)
    prompt = pay(qtbot, page)
    prompt.choose("STORE_CREDIT")
    prompt.amount.set_value(100)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    assert prompt.isVisible()
    assert prompt.row.error()


def test_store_credit_pays_as_far_as_it_goes(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    [buyer] = shop.store.find(Member, phone=PHONE)
    shop.submit(AdjustCredit(member_id=buyer.id, amount=300, reason="充值"))
    for at in range(6):
        scan(page, sku(shop, at).barcode)
    scan(page, PHONE)
    prompt = pay(qtbot, page)
    prompt.choose("STORE_CREDIT")
    assert prompt.amount.value() == 300
    prompt.amount.set_value(301)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    assert prompt.row.error()
    prompt.amount.set_value(300)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    prompt.choose("CASH")
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    order = booked(qtbot, shop)
    assert order.paid == order.total
    assert shop.store.find(Member, id=buyer.id)[0].credit == 0


def test_what_was_taken_for_goods_that_went_is_given_back_first(
    qtbot: QtBot, page: CounterPage, shop: FakeDesk
) -> None:
    for at in range(2):
        scan(page, sku(shop, at).barcode)
    prompt = pay(qtbot, page)
    taken = prompt.left - 1
    prompt.amount.set_value(taken)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    prompt.reject()
    page.remove([sku(shop, 1).id])
    assert total(page) < taken
    prompt = pay_again(qtbot, page)
    assert f"{(taken - total(page)) / 100:.2f}" in prompt.row.error()
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    assert prompt.isVisible()
    prompt._give_back(0)
    assert not prompt.row.error()
    prompt.amount.set_value(taken)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    order = booked(qtbot, shop)
    assert (order.paid, page._change) == (order.total, taken - order.total)
    assert shop.store.find(Discrepancy) == []


def test_store_credit_of_a_buyer_who_is_not_the_buyer_any_more_pays_nothing(
    qtbot: QtBot, page: CounterPage, shop: FakeDesk
) -> None:
    [buyer] = shop.store.find(Member, phone=PHONE)
    shop.submit(AdjustCredit(member_id=buyer.id, amount=300, reason="充值"))
    for at in range(6):
        scan(page, sku(shop, at).barcode)
    scan(page, PHONE)
    prompt = pay(qtbot, page)
    prompt.choose("STORE_CREDIT")
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    prompt.reject()
    page.side.member_removed.emit()
    prompt = pay_again(qtbot, page)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    assert prompt.isVisible()
    assert prompt.row.error() == "储值属于会员，这里还没有选会员。"
    prompt.reject()


def test_nobody_owes_without_a_name(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    scan(page, sku(shop).barcode)
    prompt = pay(qtbot, page)
    assert not prompt.on_account.isVisible()
    QTest.keyClick(prompt, Qt.Key.Key_F8)
    assert not prompt.on_account.isChecked()
    prompt.amount.set_value(None)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    assert prompt.isVisible()
    assert prompt.row.error()
    prompt.reject()


def test_the_cashier_rounds_down_and_nothing_is_a_discrepancy(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    scan(page, sku(shop).barcode)
    key = sku(shop).id
    page._change_item(key, price=12_3400)
    due = total(page)
    assert due % 100
    prompt = pay(qtbot, page)
    QTest.keyClick(prompt, Qt.Key.Key_F9)
    if due % 10 == 0 or prompt.charged % 100:
        QTest.keyClick(prompt, Qt.Key.Key_F9)
    assert prompt.charged == due - due % 100
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    order = booked(qtbot, shop)
    assert (order.total, order.rounding_amount) == (due - due % 100, due % 100)
    assert shop.store.find(Discrepancy) == []


def test_rounding_never_goes_below_what_was_taken(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    scan(page, sku(shop, 3).barcode)
    page._change_item(sku(shop, 3).id, price=12_3900)
    prompt = pay(qtbot, page)
    assert prompt.charged == 1239
    prompt.amount.set_value(1235)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    QTest.keyClick(prompt, Qt.Key.Key_F9)
    assert (prompt.charged, prompt.left) == (1239, 4)
    prompt.reject()


def test_what_was_rounded_was_for_another_total(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    scan(page, sku(shop, 3).barcode)
    page._change_item(sku(shop, 3).id, price=12_3900)
    prompt = pay(qtbot, page)
    QTest.keyClick(prompt, Qt.Key.Key_F9)
    prompt.reject()
    assert page.cart().rounded_off == 9
    page.set_member(named(shop, "chen"))
    assert page.cart().rounded_off == 0


def test_another_members_coupons_stay_theirs(page: CounterPage, shop: FakeDesk) -> None:
    scan(page, sku(shop).barcode)
    scan(page, "BEARER-0001")
    page.set_member(named(shop, "chen"))
    assert page.cart().coupon_ids == (named(shop, "bearer"),)
    page.set_member(named(shop, "zhao"))
    assert page.cart().coupon_ids == ()


def test_undo_takes_nothing_from_what_was_scanned_meanwhile(page: CounterPage, shop: FakeDesk) -> None:
    for at in (3, 4):
        scan(page, sku(shop, at).barcode)
    page.remove([sku(shop, 3).id])
    scan(page, sku(shop, 5).barcode)
    [toast] = ToastArea.of(page).toasts()
    toast._undo()
    assert [i.sku_id for i in page.cart().items] == [sku(shop, at).id for at in (4, 5, 3)]
    QTest.keyClick(page, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    scan(page, sku(shop, 6).barcode)
    ToastArea.of(page).toasts()[-1]._undo()
    assert [i.sku_id for i in page.cart().items] == [sku(shop, at).id for at in (4, 5, 3)]
    assert [c.items[0].sku_id for _, c in page._drawer.held()] == [sku(shop, 6).id]


def test_money_that_was_taken_is_no_empty_sale(page: CounterPage) -> None:
    page._save(Cart(tenders=(Tender(method="CASH", amount=100, given=100),)))
    assert not page.cart().empty
    assert page.void.isEnabled()


def test_who_is_not_found_is_told(page: CounterPage) -> None:
    page.choose_member()
    prompt = page.window().findChild(MemberPrompt)
    assert prompt is not None
    prompt.picker.setText("没有这个人")
    prompt.verb.click()
    assert prompt.row.error()
    prompt.picker.setText("赵")
    assert not prompt.row.error()
    prompt.reject()


def test_what_was_taken_survives_and_is_not_taken_twice(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    scan(page, sku(shop).barcode)
    due = total(page)
    prompt = pay(qtbot, page)
    prompt.amount.set_value(100)
    QTest.keyClick(prompt.amount, Qt.Key.Key_Return)
    prompt.reject()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    QTest.keyClick(page, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    assert "1.00" in page.trouble.text()
    assert page.cart().items
    again = CounterPage(shop, lambda key, what: None)
    qtbot.addWidget(again)
    assert again.cart().tenders == (Tender(method="CASH", amount=100, given=100),)
    again.take_money()
    assert again.prompt is not None
    assert again.prompt.left == due - 100
    again.prompt.reject()


def test_a_sale_booked_just_before_a_crash_is_not_shown_again(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    scan(page, sku(shop).barcode)
    prompt = pay(qtbot, page)
    prompt.accept()
    booked(qtbot, shop)
    [message] = [m for m in shop.submitted if isinstance(m, BookSale)]
    shop.save_draft(CURRENT, encode(cart_of(message, supersedes=None)))
    page.refresh()
    assert page.cart() == Cart()


def test_carts_are_held_and_resumed(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    scan(page, sku(shop).barcode)
    first = page.cart().items
    QTest.keyClick(page, Qt.Key.Key_F9)
    assert page.cart() == Cart()
    scan(page, sku(shop, 1).barcode)
    [key] = shop.drafts(HELD)
    page.resume(key)
    assert page.cart().items == first
    assert [c.items[0].sku_id for _, c in page._drawer.held()] == [sku(shop, 1).id]
    menu = page.held_menu()
    assert len(menu.actions()) == 1
    menu.deleteLater()


def test_gifts_can_be_declined_and_wanted_again(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    page.add(sku(shop).id, 50)
    gifts = [str(k) for k in page.lines.model.ids() if str(k).startswith("gift:")]
    assert len(gifts) == 1
    page.remove(gifts)
    assert not any(str(k).startswith("gift:") for k in page.lines.model.ids())
    page.side.gifts_asked.emit()
    assert any(str(k).startswith("gift:") for k in page.lines.model.ids())
    pay(qtbot, page).accept()
    sold = booked(qtbot, shop)
    [message] = [m for m in shop.submitted if isinstance(m, BookSale)]
    lines = [x for x in shop.store.find(OrderLine, order_id=sold.id) if x.gift_of]
    assert [SaleGift(x.gift_of, x.sku_id, x.quantity) for x in lines] == list(message.gifts or ()) != []


def test_every_line_says_why_it_costs_what_it_costs(page: CounterPage, shop: FakeDesk) -> None:
    page.add(sku(shop).id, 50)
    scan(page, PHONE)
    page.lines.select(sku(shop).id)
    assert "满 60 减 8" in page.why.text()
    assert "会员价" in page.why.text()


def test_stock_below_zero_is_sold_and_shown(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    bare = sku(shop, 0)
    page.add(bare.id, 8)
    prompt = pay(qtbot, page)
    prompt.accept()
    booked(qtbot, shop)
    rows = shop.store.find(Stock, owner_id=shop.actor.organisation_id, sku_id=bare.id)
    assert sum(r.on_hand for r in rows) == -3


def test_absurd_quantities_are_told_and_never_sold(page: CounterPage, shop: FakeDesk) -> None:
    page.add(sku(shop).id)
    said: list[str] = []
    page.lines.entry_wrong.connect(said.append)
    page.lines._quantity_typed(sku(shop).id, "abc")
    page.lines._quantity_typed(sku(shop).id, "1.5")
    assert len(said) == 2
    page.lines._quantity_typed(sku(shop).id, "-3")
    assert page.cart().items == ()
    page.add(sku(shop).id, MAX_QUANTITY)
    page.add(sku(shop).id, MAX_QUANTITY)
    assert page.cart().items[0].quantity == MAX_QUANTITY
    page.take_money()
    if page.prompt is not None:
        page.prompt.accept()


def test_an_offer_deleted_meanwhile_changes_the_total_at_once(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    page.add(sku(shop).id, 50)
    before = total(page)
    shop.store.remove(Promotion, [named(shop, "reduction")])
    page.refresh()
    assert total(page) == before + 800


def test_a_refusal_keeps_cart_and_money(
    qtbot: QtBot, page: CounterPage, shop: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan(page, sku(shop).barcode)

    def refuse(message: object, **told: object) -> None:
        told["failed"](Refused("not_approved", state="SUSPENDED"))  # type: ignore[operator]

    monkeypatch.setattr(shop, "submit", refuse)
    pay(qtbot, page).accept()
    qtbot.waitUntil(page.trouble.isVisible)
    assert page.trouble.text() == problem_text("not_approved", {"state": "SUSPENDED"})
    assert page.cart().tenders
    assert page.pay.isEnabled()


def test_what_is_scanned_while_a_sale_is_booked_is_the_next_sale(
    qtbot: QtBot, page: CounterPage, shop: FakeDesk
) -> None:
    scan(page, sku(shop).barcode)
    pay(qtbot, page).accept()
    scan(page, sku(shop, 1).barcode)
    qtbot.waitUntil(page.done.isVisible)
    assert [item.sku_id for item in page.cart().items] == [sku(shop, 1).id]
    assert not page.cart().order_id, "it is another sale"


def test_a_refused_sale_comes_back_and_what_was_begun_meanwhile_waits(
    qtbot: QtBot, page: CounterPage, shop: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(shop, "submit", lambda _message, **told: asked.append(told))
    scan(page, sku(shop).barcode)
    pay(qtbot, page).accept()
    scan(page, sku(shop, 1).barcode)
    page.take_money()
    assert page.prompt is None, "its money would be counted to the sale that comes back"
    asked[0]["failed"](Refused("not_approved", state="SUSPENDED"))
    assert [item.sku_id for item in page.cart().items] == [sku(shop).id]
    assert page.cart().tenders
    assert [cart.items[0].sku_id for _, cart in page._drawer.held()] == [sku(shop, 1).id]
    assert shop.drafts(BOOKING) == {}


@pytest.mark.parametrize("booked_before", [False, True])
def test_a_sale_that_a_crash_cut_short_is_there_unless_it_was_booked(
    qtbot: QtBot, page: CounterPage, shop: FakeDesk, monkeypatch: pytest.MonkeyPatch, booked_before: bool
) -> None:
    submit = shop.submit
    monkeypatch.setattr(
        shop,
        "submit",
        lambda message, **_told: submit(message) if booked_before else None,  # no answer comes
    )
    scan(page, sku(shop).barcode)
    pay(qtbot, page).accept()
    monkeypatch.undo()
    again = CounterPage(shop, lambda key, what: None)
    qtbot.addWidget(again)
    assert bool(again.cart().items) is not booked_before
    assert shop.drafts(BOOKING) == {}


def test_a_missing_printer_is_told_and_a_pdf_is_offered(
    qtbot: QtBot, page: CounterPage, shop: FakeDesk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page.auto.setChecked(True)
    scan(page, sku(shop).barcode)
    pay(qtbot, page).accept()
    order = booked(qtbot, shop)
    qtbot.waitUntil(page.trouble.isVisible)
    assert "PDF" in page.trouble.text()
    prompt = ask_to_print(shop, order.id, page)
    assert isinstance(prompt, PrintPrompt)
    assert prompt.none.isVisible()
    file = tmp_path_factory.mktemp("paper") / "receipt.pdf"
    for kind in ("roll", "a4"):
        prompt.what.set_value(kind)
        assert prompt._sheet is not None
        assert prompt._sheet.papers
    prompt.save_to(file)
    assert file.read_bytes().startswith(b"%PDF")
    assert prompt.result() == QDialog.DialogCode.Accepted


def test_somebody_new_joins_at_the_counter(qtbot: QtBot, page: CounterPage, shop: FakeDesk) -> None:
    QTest.keyClick(page, Qt.Key.Key_F3)
    prompt = page.window().findChild(MemberPrompt)
    assert prompt is not None
    prompt.picker.setText("13700001111")
    assert prompt.join.isVisible()
    prompt.join.click()
    qtbot.waitUntil(lambda: bool(page.cart().member_id))


def test_a_carton_is_sold_as_what_it_holds_and_typed_by_the_carton(page: CounterPage, shop: FakeDesk) -> None:
    first = sku(shop)
    shop.store.replace(Sku, [first.with_(packages=(Unit("托", 12, "16901234567892"),))])
    scan(page, "16901234567892")
    assert [(i.sku_id, i.quantity) for i in page.cart().items] == [(first.id, 12)]

    column = next(at for at, each in enumerate(page.lines.model.columns) if each.key == "quantity")
    index = page.lines.model.index(0, column)
    assert index.data() == f"12 {first.unit} = 1 托"
    assert index.data(Qt.ItemDataRole.EditRole) == f"12 {first.unit}"
    for typed, quantity in (("3 托", 36), ("5", 5), (f"7{first.unit}", 7)):
        page.lines.model.setData(index, typed)
        assert page.cart().items[0].quantity == quantity
