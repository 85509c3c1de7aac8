"""Returns from three chairs, under real clicks, over a desk that carries commands out at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QDialog, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from s2b_desktop.messages import problem_text
from s2b_desktop.models.queries.returns import CaseView, claimable
from s2b_desktop.text import LANGUAGES, Language, money
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt
from s2b_desktop.views.common.inspector import INSIDE
from s2b_desktop.views.common.language import switch_language, words
from s2b_desktop.views.common.photos import PhotoField
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.returns.page import ReturnsPage
from s2b_desktop.views.returns.prompts import (
    AddressPrompt,
    ArbitratePrompt,
    AskPrompt,
    InspectPrompt,
    PayoutPrompt,
    ReceivePrompt,
    SayPrompt,
    SendPrompt,
)
from s2b_desktop.views.returns.rules import RulesPrompt
from s2b_desktop.views.returns.wizard import COUNTER, ReturnPrompt, _parts
from s2b_domain.commands.cases import (
    Arbitrate,
    FoundItem,
    GotItem,
    Inspect,
    Receive,
    Say,
    SendBack,
    Withdraw,
)
from s2b_domain.commands.claims import ClaimItem, DecideClaim, OpenClaim
from s2b_domain.commands.counter import BookSale, SaleItem, Tender
from s2b_domain.commands.refunds import CounterReturn, SettlePayout
from s2b_domain.commands.return_quote import ReturnQuote
from s2b_domain.commands.returns import RequestReturn, ReturnItem, SaveReturnRules
from s2b_domain.errors import Refused
from s2b_domain.records.after_sales import Claim, Payout, ReturnCase
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order, OrderLine, SupplyLine, SupplyOrder
from s2b_domain.records.stock import Stock
from s2b_domain.rules.after_sales import ReturnKind, ReturnReason, ReturnState, Ruling
from s2b_domain.rules.blobs import reference
from s2b_domain.rules.order_flow import OrderKind, OrderState, SupplyState
from s2b_domain.rules.units import Unit
from tests.views.counter.shop import stock_shop
from tests.views.desk import FakeDesk
from tests.views.returns.deeds import fill

D = TypeVar("D", bound=QDialog)
Make = Callable[[FakeDesk], ReturnsPage]


@pytest.fixture
def make(qtbot: QtBot) -> Make:
    def shown(desk: FakeDesk) -> ReturnsPage:
        fill(desk)
        page = ReturnsPage(desk, lambda key, what: None)
        page.resize(1160, 760)
        qtbot.addWidget(page)
        page.show()
        qtbot.waitUntil(lambda: len(page.table.model.ids()) > 0)
        return page

    return shown


def prompt_of(page: ReturnsPage, kind: type[D]) -> D:
    found = [p for p in page.window().findChildren(kind) if p.isVisible()]
    assert len(found) == 1
    return found[0]


def press(page: ReturnsPage, text: str) -> None:
    """The action of the open panel with these words (in the source)."""
    detail = page.detail()
    assert detail is not None
    actions = {words(said): act for said, act, _ in page.deeds.of(detail)}
    actions[words(text)]()


def numbers(page: ReturnsPage) -> list[str]:
    return [page.table.model.row(at).number for at in range(page.table.model.rowCount())]


def test_the_shop_sees_what_is_under_way_and_finds_by_customer(make: Make, merchant: FakeDesk) -> None:
    page = make(merchant)
    QAbstractItemModelTester(page.table.model)
    assert numbers(page) == ["T3-20261122-1001", "T3-20261122-1002", "T3-20261122-1003"]
    page.look_at(CaseView.CLAIMS)
    assert len(numbers(page)) == 3
    page.look_at(CaseView.OPEN)
    page.table.search_field.setText("1003")
    page.refresh()
    assert numbers(page) == ["T3-20261122-1003"]


def test_the_wizard_says_the_cents_before_anything_is_sent(make: Make, merchant: FakeDesk, qtbot: QtBot) -> None:
    page = make(merchant)
    page.deeds.new()
    prompt = prompt_of(page, ReturnPrompt)
    assert not prompt.verb.isEnabled()
    orders = [o for o in merchant.store.find(Order, kind=OrderKind.DROPSHIP) if o.state.value == "SHIPPED"]
    order = max(orders, key=lambda o: o.goods_amount)
    QTest.keyClicks(prompt.search, order.number)
    QTest.keyClick(prompt.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: prompt.order is not None)
    field = next(f for f in prompt.fields.values() if f.isEnabled())
    field.set_value(1)
    quote = prompt.quote
    assert quote is not None
    assert quote.pay_back > 0
    assert money(quote.pay_back) in prompt.total.text()
    field.set_value(999)
    assert (prompt.quote, prompt.verb.isEnabled()) == (None, False)
    assert prompt.wrong.text()
    field.set_value(1)
    prompt.accept()
    sent = merchant.submitted[-1]
    assert isinstance(sent, RequestReturn)
    assert (sent.order_id, sent.amount_seen) == (order.id, quote.pay_back)


def sauce_back(desk: FakeDesk, quantity: int) -> RequestReturn:
    """A request for some of two bottles of which none has come back yet."""
    [order] = desk.store.find(Order, number="D3-20261121-1009")
    line = next(x for x in desk.store.find(OrderLine, order_id=order.id) if x.code == "000019")
    return RequestReturn(
        return_id=desk.new_id(),
        number="T3-20261122-3001",
        order_id=order.id,
        kind=ReturnKind.RETURN_REFUND,
        reason=ReturnReason.DAMAGED,
        items=(ReturnItem(order_line_id=line.id, quantity=quantity),),
        note="瓶口漏了",
        photos=("ab" * 32,),
    )


def test_a_refused_return_comes_back_as_it_was_entered_and_takes_its_place(make: Make, merchant: FakeDesk) -> None:
    page = make(merchant)
    message = sauce_back(merchant, 2)
    merchant.submit(message)
    refused = merchant.queue()[0]
    merchant.answer(refused.seq, "rejected", "more_than_left", sku="000019", quantity=2, left=1)
    merchant.store.remove(ReturnCase, [message.return_id])  # the hub's answer takes the prediction back
    merchant.submit(sauce_back(merchant, 1))  # meanwhile one has come back at another counter
    page.show_item(merchant.queue()[-1])
    prompt = prompt_of(page, ReturnPrompt)
    [field] = [f for f in prompt.fields.values() if f.value()]
    assert (field.value(), prompt.kind.value(), prompt.reason.value()) == (2, message.kind, message.reason)
    assert (prompt.note.text(), prompt.photos.photos()) == (message.note, message.photos)
    assert prompt.wrong.text()
    assert not prompt.verb.isEnabled()
    field.set_value(1)
    before = len(merchant.queue())
    prompt.accept()
    assert len(merchant.queue()) == before, "the new one takes the place of the refused one"
    sent = merchant.submitted[-1]
    assert isinstance(sent, RequestReturn)
    assert (sent.items[0].quantity, sent.note, sent.photos) == (1, message.note, message.photos)


def test_a_refused_inspection_comes_back_as_it_was_entered(make: Make, merchant: FakeDesk) -> None:
    page = make(merchant)
    [case] = merchant.store.find(ReturnCase, number="T3-20261122-1001")
    line = case.lines[0]
    merchant.submit(SendBack(document_id=case.id, carrier="顺丰速运", tracking_number="SF1"))
    merchant.submit(Receive(document_id=case.id, items=(GotItem(line_id=line.line_id, quantity=line.quantity),)))
    [received] = merchant.store.find(ReturnCase, id=case.id)
    items = (FoundItem(line_id=line.line_id, restocked=0, written_off=line.quantity),)
    message = Inspect(document_id=case.id, items=items, note="受潮了", photos=("ab" * 32,))
    merchant.submit(message)
    item = merchant.queue()[0]
    merchant.answer(item.seq, "rejected", "field_wrong", field="note")
    [inspected] = merchant.store.find(ReturnCase, id=case.id)
    merchant.store.replace(ReturnCase, [received])
    page.show_item(merchant.queue()[0])
    prompt = prompt_of(page, InspectPrompt)
    assert prompt.message() == message
    before = len(merchant.queue())
    prompt.accept()
    assert merchant.store.find(ReturnCase, id=case.id)[0].state is ReturnState.INSPECTED
    assert len(merchant.queue()) == before, "the new one takes the place of the refused one"

    merchant.store.replace(ReturnCase, [inspected])
    page.show_item(item)
    assert [t.text() for t in ToastArea.of(page).toasts()][-1] == "这笔退货已无需验货"


def test_what_is_handed_over_goes_back_on_the_shelf_or_not(make: Make, merchant: FakeDesk, qtbot: QtBot) -> None:
    stock_shop(merchant)
    sku = sorted(merchant.store.find(Sku), key=lambda s: s.code)[3]
    sale = BookSale(
        order_id=merchant.new_id(),
        number="S1",
        items=(SaleItem(sku_id=sku.id, quantity=3, price=100_000),),
        charged=3000,
        tenders=(Tender(method="CASH", amount=3000),),
    )
    merchant.submit(sale)
    [order] = merchant.store.find(Order, id=sale.order_id)
    page = make(merchant)

    def on_shelf() -> int:
        return sum(s.on_hand for s in merchant.store.find(Stock, owner_id=order.merchant_id, sku_id=sku.id))

    for reason, back in ((ReturnReason.NO_LONGER_WANTED, 1), (ReturnReason.DAMAGED, 0)):
        before = on_shelf()
        page.deeds.new(order)
        prompt = prompt_of(page, ReturnPrompt)
        assert prompt.kind.value() == COUNTER
        assert prompt.sellable.isVisible()
        prompt.reason.set_value(reason)
        assert prompt.sellable.isChecked() == bool(back)
        next(iter(prompt.fields.values())).set_value(1)
        prompt.accept()
        message = merchant.submitted[-1]
        assert isinstance(message, CounterReturn)
        assert on_shelf() - before == back
        page.deeds.resume(message, None)
        again = prompt_of(page, ReturnPrompt)
        assert again.sellable.isChecked() == bool(back)
        again.kind.set_value(ReturnKind.RETURN_REFUND)
        assert not again.sellable.isVisible()
        again.reject()


def test_what_was_entered_is_there_again_where_it_is_refused_at_once(
    make: Make, merchant: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = make(merchant)
    message = sauce_back(merchant, 2)
    page.deeds.resume(message, None)
    monkeypatch.setattr(merchant, "submit", lambda _message, **told: told["failed"](Refused("not_permitted")))
    prompt_of(page, ReturnPrompt).accept()
    prompt = prompt_of(page, ReturnPrompt)
    assert (prompt.note.text(), prompt.photos.photos()) == (message.note, message.photos)
    assert [t.text() for t in ToastArea.of(page).toasts()] == [problem_text("not_permitted")]


def test_a_refund_by_hand_needs_its_proof(make: Make, merchant: FakeDesk) -> None:
    page = make(merchant)
    [payout] = merchant.store.find(Payout)
    page.show_item(payout.return_id)
    detail = page.detail()
    assert detail is not None
    page.deeds.settle_payout(detail, payout.id)
    prompt = prompt_of(page, PayoutPrompt)
    prompt.accept()
    assert prompt.isVisible()
    assert prompt.form.row("reference").error()
    prompt.reference.setText("WX2026")
    prompt.accept()
    sent = merchant.submitted[-1]
    assert isinstance(sent, SettlePayout)
    assert (sent.paid, sent.method, sent.reference) == (True, "WECHAT", "WX2026")
    assert merchant.store.find(ReturnCase, id=payout.return_id)[0].state is ReturnState.REFUNDED


def test_the_tab_key_goes_as_one_reads_also_through_what_came_later(
    make: Make, merchant: FakeDesk, qtbot: QtBot
) -> None:
    page = make(merchant)
    page.deeds.new()
    prompt = prompt_of(page, ReturnPrompt)
    order = max(
        (o for o in merchant.store.find(Order, kind=OrderKind.DROPSHIP) if o.state.value == "SHIPPED"),
        key=lambda o: o.goods_amount,
    )
    prompt.take(order)
    fields = list(prompt.fields.values())
    fields[-1].setFocus()
    qtbot.waitUntil(lambda: following(fields[-1]) is prompt.kind)
    assert following(prompt.search) is next(field for field in fields if field.isEnabled())


def following(widget: QWidget) -> QWidget:
    """Where the Tab key goes from here."""
    after = widget.nextInFocusChain()
    assert after is not None
    stops = after.isVisible() and after.isEnabled() and Qt.FocusPolicy.TabFocus in after.focusPolicy()
    return after if stops and not isinstance(after, QScrollArea) else following(after)


def test_goods_sent_by_scan(make: Make, merchant: FakeDesk) -> None:
    page = make(merchant)
    [case] = merchant.store.find(ReturnCase, number="T3-20261122-1001")
    page.show_item(case.id)
    press(page, "Goods were sent…")
    prompt = prompt_of(page, SendPrompt)
    prompt.tracking.scanned.emit("SF1234567890123")
    prompt.accept()
    sent = merchant.submitted[-1]
    assert isinstance(sent, SendBack)
    assert (sent.carrier, sent.tracking_number) == ("顺丰速运", "SF1234567890123")


def test_rules_are_edited_in_their_order(make: Make, merchant: FakeDesk) -> None:
    page = make(merchant)
    page.deeds.edit_rules()
    prompt = prompt_of(page, RulesPrompt)
    prompt.add.click()
    prompt.accept()
    assert prompt.isVisible()  # a rule without a name
    prompt.rows[1].name.setText("金卡七天")
    prompt.rows[1].up.click()
    prompt.accept()
    sent = merchant.submitted[-1]
    assert isinstance(sent, SaveReturnRules)
    assert [r.name for r in sent.rules] == ["金卡七天", "小额仅退款"]
    assert sent.rules[1].up_to == 20_000


def test_the_supplier_answers_and_counts_by_scan(make: Make, supplier: FakeDesk) -> None:
    page = make(supplier)
    assert not supplier.store.find(ReturnCase)
    [claim] = supplier.store.find(Claim, number="C3-20261122-2001")
    page.show_item(claim.id)
    press(page, "Approve…")
    prompt = prompt_of(page, AddressPrompt)
    prompt.accept()
    assert prompt.isVisible()
    prompt.form.name.setText("仓库")
    prompt.form.phone.set_number("13800000000")
    prompt.form.street.setText("余杭路 1 号")
    prompt.accept()
    sent = supplier.submitted[-1]
    assert isinstance(sent, DecideClaim)
    assert sent.return_to is not None
    [sku] = supplier.store.find(Sku, id=claim.lines[0].sku_id)
    supplier.store.replace(Sku, [sku.with_(packages=(Unit("双装", 2, "16901234567892"),))])
    page.show_item(claim.id)
    press(page, "Receive…")
    counted = prompt_of(page, ReceivePrompt)
    code = claim.lines[0].code
    counted.scan.scanned.emit("unknown")
    assert not counted.wrong.isHidden()
    for _ in range(2):
        counted.scan.scanned.emit(code)
    assert counted.fields[claim.lines[0].line_id][0].value() == 2
    counted.fields[claim.lines[0].line_id][0].set_value(0)
    counted.scan.scanned.emit("16901234567892")  # a package of two
    counted.accept()
    got = supplier.submitted[-1]
    assert isinstance(got, Receive)
    assert got.items[0].quantity == 2
    assert supplier.store.find(Claim, id=claim.id)[0].state is ReturnState.RECEIVED


def test_a_refusal_needs_a_reason(make: Make, supplier: FakeDesk) -> None:
    page = make(supplier)
    [claim] = supplier.store.find(Claim, number="C3-20261122-2001")
    page.show_item(claim.id)
    press(page, "Refuse…")
    prompt = prompt_of(page, ReasonPrompt)
    prompt.suggestions[0].click()
    prompt.accept()
    assert supplier.store.find(Claim, id=claim.id)[0].state is ReturnState.REFUSED


def test_the_platform_reads_the_thread_and_decides(make: Make, platform: FakeDesk) -> None:
    page = make(platform)
    assert numbers(page) == ["C3-20261122-2002"]
    [claim] = platform.store.find(Claim)
    page.show_item(claim.id)
    detail = page.detail()
    assert detail is not None
    assert len(detail.messages) == 3
    press(page, "Write…")
    said = prompt_of(page, SayPrompt)
    said.text.setPlainText("请双方补充照片")
    said.accept()
    assert isinstance(platform.submitted[-1], Say)
    press(page, "Decide…")
    prompt = prompt_of(page, ArbitratePrompt)
    prompt.credit.set_value(claim.asked + 1)
    prompt.text.setPlainText("各承担一半")
    prompt.accept()
    assert prompt.isVisible()
    prompt.credit.set_value(claim.asked // 2)
    prompt.accept()
    sent = platform.submitted[-1]
    assert isinstance(sent, Arbitrate)
    assert (sent.ruling, sent.credit) == (Ruling.REFUND, claim.asked // 2)
    assert platform.store.find(Claim)[0].state is ReturnState.REFUNDED


def test_the_platform_never_takes_back_what_a_supplier_gave(make: Make, platform: FakeDesk) -> None:
    page = make(platform)
    [claim] = platform.store.find(Claim)
    platform.store.replace(Claim, [claim.with_(credit=200, kind=ReturnKind.RETURN_REFUND)])
    page.show_item(claim.id)
    press(page, "Decide…")
    prompt = prompt_of(page, ArbitratePrompt)
    assert prompt.ruling.count() == 2  # it is only about money
    prompt.text.setPlainText("各承担一半")
    prompt.credit.set_value(199)
    prompt.accept()
    assert prompt.form.row("credit").error() == "已经给了 ¥2.00"
    prompt.ruling.set_value(Ruling.UPHELD)
    prompt.accept()
    assert platform.submitted == [Arbitrate(document_id=claim.id, ruling=Ruling.UPHELD, text="各承担一半", credit=0)]


def test_photos_are_kept_under_their_hash_once(make: Make, merchant: FakeDesk, qtbot: QtBot) -> None:
    field = PhotoField(merchant)
    qtbot.addWidget(field)
    image = QImage(3200, 1600, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    field.add(image)
    field.add(image)
    field.add(QImage())
    [photo] = field.photos()
    kept = merchant.blobs[reference(photo)]
    assert [tile.pixmap is not None for tile in field._strip.tiles] == [True]
    assert QImage.fromData(kept).width() == 1600
    assert len(photo) == 64


def test_paying_back_asks_with_the_amount(make: Make, merchant: FakeDesk) -> None:
    page = make(merchant)
    [case] = merchant.store.find(ReturnCase, number="T3-20261122-1003")
    page.show_item(case.id)
    press(page, "Pay back…")
    prompt = prompt_of(page, Confirm)
    assert prompt.windowTitle().count("¥") == 1
    prompt.accept()
    assert merchant.store.find(ReturnCase, id=case.id)[0].state is ReturnState.REFUNDING


def test_a_repair_is_paid_back_where_something_cannot_be_repaired(make: Make, merchant: FakeDesk) -> None:
    page = make(merchant)
    [case] = merchant.store.find(ReturnCase, number="T3-20261122-1003")
    lines = tuple(msgspec.structs.replace(x, received=1, written_off=0) for x in case.lines)
    arrived = case.with_(kind=ReturnKind.REPAIR, state=ReturnState.RECEIVED, lines=lines)
    merchant.store.replace(ReturnCase, [arrived])
    page.show_item(case.id)
    press(page, "Inspect…")
    prompt = prompt_of(page, InspectPrompt)
    assert [field.value() for field in prompt.fields[lines[0].line_id]] == [0, 0]
    prompt.accept()
    detail = page.detail()
    assert detail is not None
    offered = [said for said, _, _ in page.deeds.of(detail)]
    assert "Repaired and sent" in offered
    assert "Pay back…" not in offered
    merchant.store.replace(ReturnCase, [arrived])
    page.show_item(case.id)
    press(page, "Inspect…")
    prompt = prompt_of(page, InspectPrompt)
    prompt.fields[lines[0].line_id][1].set_value(1)
    prompt.accept()
    press(page, "Pay back…")
    prompt_of(page, Confirm).accept()
    assert merchant.store.find(ReturnCase, id=case.id)[0].state is ReturnState.REFUNDING


@pytest.mark.parametrize("sent", [False, True])
def test_only_what_is_here_is_sent_back_after_a_ruling(make: Make, supplier: FakeDesk, sent: bool) -> None:
    page = make(supplier)
    [claim] = supplier.store.find(Claim, number="C3-20261122-2002")
    ruled = claim.with_(state=ReturnState.ARBITRATED, ruling=Ruling.UPHELD, tracking_number="SF1" if sent else "")
    supplier.store.replace(Claim, [ruled])
    page.show_item(claim.id)
    detail = page.detail()
    assert detail is not None
    assert ("Send it back as it is" in [said for said, _, _ in page.deeds.of(detail)]) is sent


@pytest.mark.parametrize("kept", [0, 1])
def test_what_was_kept_is_offered_to_be_paid_back_after_a_ruling(make: Make, merchant: FakeDesk, kept: int) -> None:
    page = make(merchant)
    [case] = merchant.store.find(ReturnCase, number="T3-20261122-1003")
    lines = tuple(msgspec.structs.replace(x, received=1, restocked=kept, written_off=0) for x in case.lines)
    ruled = case.with_(state=ReturnState.ARBITRATED, ruling=Ruling.UPHELD, lines=lines)
    merchant.store.replace(ReturnCase, [ruled])
    page.show_item(case.id)
    detail = page.detail()
    assert detail is not None
    assert ("Pay back…" in [said for said, _, _ in page.deeds.of(detail)]) is bool(kept)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_return_and_claim_fits_into_the_inspector(
    make: Make, merchant: FakeDesk, qapp: QApplication, language: Language
) -> None:
    page = make(merchant)
    switch_language(qapp, language)
    for case in (*merchant.store.find(ReturnCase), *merchant.store.find(Claim)):
        page.show_item(case.id)
        panel = page.inspector.content()
        assert panel is not None
        assert panel.minimumSizeHint().width() <= INSIDE, case.number


def of_two_suppliers(page: ReturnsPage, desk: FakeDesk) -> ReturnCase:
    """A return of goods that two suppliers have sent, open in the page."""
    [order] = desk.store.find(Order, number="D3-20261122-1023")
    desk.store.replace(Order, [order.with_(state=OrderState.SHIPPED)])
    for supply in desk.store.find(SupplyOrder, order_id=order.id):
        desk.store.replace(SupplyOrder, [supply.with_(state=SupplyState.SHIPPED)])
        lines = desk.store.find(SupplyLine, supply_order_id=supply.id)
        desk.store.replace(SupplyLine, [x.with_(shipped=x.quantity) for x in lines])
    items = tuple(ReturnItem(order_line_id=x.id, quantity=1) for x in desk.store.find(OrderLine, order_id=order.id))
    message = RequestReturn(
        return_id=desk.new_id(),
        number="T3-20261122-2001",
        order_id=order.id,
        kind=ReturnKind.REFUND_ONLY,
        reason=ReturnReason.QUALITY,
        items=items,
    )
    desk.submit(message)
    page.show_item(message.return_id)
    return desk.store.find(ReturnCase, id=message.return_id)[0]


def test_each_supplier_of_a_return_is_asked_in_turn(make: Make, merchant: FakeDesk) -> None:
    page = make(merchant)
    case = of_two_suppliers(page, merchant)
    one, two = (part.supplier for part in merchant.read(claimable, case.id))
    press(page, "Ask the supplier…")
    first = prompt_of(page, AskPrompt)
    assert one in first.windowTitle()
    first.accept()
    second = prompt_of(page, AskPrompt)
    assert two in second.windowTitle()
    assert not second.skip.isVisible()
    second.accept()
    assert {c.supplier_name for c in merchant.store.find(Claim, return_id=case.id)} == {one, two}
    page.deeds.ask_supplier(case)
    assert not [p for p in page.window().findChildren(AskPrompt) if p.isVisible()], "nothing is left to be claimed"


def test_a_refused_claim_of_a_return_comes_back_as_it_was_entered(make: Make, merchant: FakeDesk) -> None:
    page = make(merchant)
    case = of_two_suppliers(page, merchant)
    _one, two = merchant.read(claimable, case.id)
    message = OpenClaim(
        claim_id=merchant.new_id(),
        number=f"{case.number}-C1",
        supply_order_id=two.supply_order_id,
        return_id=case.id,
        kind=ReturnKind.REFUND_ONLY,
        reason=case.reason,
        items=tuple(ClaimItem(supply_line_id=i, quantity=n) for i, n in two.units.items()),
        asked=two.most - 1,
        note="质量问题",
    )
    merchant.submit(message)
    merchant.answer(merchant.queue()[0].seq, "rejected", "number_taken", number=message.number)
    merchant.store.remove(Claim, [message.claim_id])
    page.show_item(merchant.queue()[0])
    asked = prompt_of(page, AskPrompt)
    assert two.supplier in asked.windowTitle()
    assert (asked.amount(), asked.note.text()) == (two.most - 1, "质量问题")
    before = len(merchant.queue())
    asked.accept()
    assert [c.asked for c in merchant.store.find(Claim, return_id=case.id)] == [two.most - 1]
    assert len(merchant.queue()) == before, "the new one takes the place of the refused one"
    assert not [p for p in page.window().findChildren(AskPrompt) if p.isVisible()], "only this one was refused"


def test_who_stops_asking_is_told_who_is_left_and_may_go_on(make: Make, merchant: FakeDesk) -> None:
    page = make(merchant)
    case = of_two_suppliers(page, merchant)
    one, two = (part.supplier for part in merchant.read(claimable, case.id))
    press(page, "Ask the supplier…")
    prompt_of(page, AskPrompt).reject()
    assert not [p for p in page.window().findChildren(AskPrompt) if p.isVisible()]
    assert [t.text() for t in ToastArea.of(page).toasts()] == [f"还没有问：{one}、{two}"]
    press(page, "Ask the supplier…")
    prompt_of(page, AskPrompt).skip.click()
    prompt_of(page, AskPrompt).accept()
    assert [c.supplier_name for c in merchant.store.find(Claim, return_id=case.id)] == [two]
    page.show_item(case.id)
    press(page, "Ask the supplier…")
    assert one in prompt_of(page, AskPrompt).windowTitle()
    prompt_of(page, AskPrompt).reject()


def test_a_supplier_is_asked_once_for_a_return_and_again_after_a_withdrawal(make: Make, merchant: FakeDesk) -> None:
    page = make(merchant)
    [case] = merchant.store.find(ReturnCase, number="T3-20261122-1002")
    for left in (1, 0):
        assert len(merchant.read(claimable, case.id)) == 1
        page.deeds.ask_supplier(case)
        prompt_of(page, AskPrompt).accept()
        assert merchant.read(claimable, case.id) == []
        if left:
            [claim] = merchant.store.find(Claim, return_id=case.id)
            merchant.submit(Withdraw(document_id=claim.id))
    assert len(merchant.store.find(Claim, return_id=case.id)) == 2


def test_a_refund_says_which_coupons_return() -> None:
    coupons = (("满 50 减 10", None), ("新人券", int(datetime(2026, 12, 1, tzinfo=UTC).timestamp() * 1000) + 1))
    quote = ReturnQuote((), 4000, 0, 0, 0, 0, 4000, 4000, (), (), coupons)
    said = _parts(quote)
    assert said.startswith("商品 ¥40.00")
    assert said.count("退回") == 2
    assert "2026-12-01" in said
