"""Orders that are changed, ordered elsewhere, or received, from their panel."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.elsewhere import faults
from s2b_desktop.models.queries.orders import SupplyPart, order_detail, order_rowid, order_rowids
from s2b_desktop.models.queries.returns import CaseView, case_ids
from s2b_desktop.models.status import QueueItem
from s2b_desktop.text import day_typed, money
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.photos import keep_photo
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.orders.actions import OrderActions
from s2b_desktop.views.orders.address import AddressPrompt
from s2b_desktop.views.orders.basket import Basket
from s2b_desktop.views.orders.claim import ClaimPrompt
from s2b_desktop.views.orders.draft import draft_again
from s2b_desktop.views.orders.editor import OrderEditorPage
from s2b_desktop.views.orders.page import OrdersPage
from s2b_desktop.views.orders.panel import OrderPanel
from s2b_desktop.views.orders.payment import PaymentPrompt
from s2b_desktop.views.orders.receiving import ReceivePrompt
from s2b_desktop.views.queue.items import editor_of
from s2b_domain.commands.claims import ClaimItem, OpenClaim
from s2b_domain.commands.order_changes import ChangeOrder, ForgoSupply, ReaddressOrder, ReplaceSupply
from s2b_domain.commands.order_steps import CompleteOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.receivings import ReceivedItem, ReceiveGoods
from s2b_domain.commands.stock import watch_id
from s2b_domain.ids import derived_id
from s2b_domain.records.after_sales import Claim
from s2b_domain.records.catalog import Sku
from s2b_domain.records.member import Member
from s2b_domain.records.order import Address, Order, OrderLine, SupplyLine, SupplyOrder
from s2b_domain.records.promotion import Coupon, CouponState, Promotion, PromotionState, PromotionUse
from s2b_domain.records.receiving import GoodsReceipt
from s2b_domain.records.record import Record
from s2b_domain.records.stock import Discrepancy, Stock, StockWatch, Warehouse
from s2b_domain.rules.after_sales import ReturnKind, ReturnReason
from s2b_domain.rules.order_flow import OrderKind, OrderState, SupplyState
from s2b_domain.rules.pricing import Audience, CouponTerms, PromotionKind, Step, Terms
from s2b_domain.rules.stock import Tracking
from tests.views.counter.shop import named, stock_shop
from tests.views.desk import FakeDesk
from tests.views.orders.conftest import Open, Places


@pytest.fixture
def actions(open_page: Open, merchant: FakeDesk) -> OrderActions:
    page = open_page(OrdersPage, merchant)
    assert isinstance(page, OrdersPage)
    return page._offers


def press(actions: OrderActions, desk: FakeDesk, order_id: str, text: str) -> None:
    detail = desk.read(order_detail, order_id)
    assert detail is not None
    offered = {said: act for said, act, _ in actions.of(detail)}
    offered[text]()


def test_a_change_shows_the_difference_and_takes_the_orders_place(
    qtbot: QtBot, actions: OrderActions, merchant: FakeDesk, went: Places, open_page: Open
) -> None:
    old = next(o for o in merchant.store.find(Order, state=OrderState.PLACED) if o.kind is OrderKind.DROPSHIP)
    press(actions, merchant, old.id, "Change the order")
    assert went[-1] == ("order", None)
    editor = open_page(OrderEditorPage, merchant)
    assert isinstance(editor, OrderEditorPage)
    line = editor.draft().lines[0]
    editor._enter_quantity(line.sku_id, line.quantity + 1)
    assert editor.draft().before == old.total
    editor.try_to_place()
    qtbot.waitUntil(lambda: bool(merchant.submitted), timeout=3000)
    message = merchant.submitted[-1]
    assert isinstance(message, ChangeOrder)
    [new] = merchant.store.find(Order, replaces=old.id)
    assert new.total > old.total
    assert merchant.store.find(Order, id=old.id)[0].state is OrderState.CANCELLED


def test_what_the_order_had_is_free_for_the_one_that_it_becomes(
    qtbot: QtBot, actions: OrderActions, merchant: FakeDesk, went: Places, open_page: Open
) -> None:
    stock_shop(merchant)
    old = next(o for o in merchant.store.find(Order, state=OrderState.PLACED) if o.kind is OrderKind.DROPSHIP)
    mine, zhao = old.merchant_id, next(m for m in merchant.store.find(Member) if not m.orders)
    first = Terms(
        kind=PromotionKind.TIERED_REDUCTION,
        steps=(Step(100, 70),),
        audience=Audience(newcomers_only=True),
        per_person=1,
        priority=9,
    )
    bought = old.with_(member_id=zhao.id, person=zhao.id, coupon_ids=(derived_id(mine, "hers"),))
    merchant.store.replace(Order, [bought])
    rows: list[Record] = [
        Promotion(
            id=derived_id(mine, "first"),
            owner_id=mine,
            name="首单",
            state=PromotionState.SCHEDULED,
            starts_at=0,
            terms=first,
        ),
        PromotionUse(
            id=derived_id(old.id, "use"),
            promotion_id=derived_id(mine, "first"),
            merchant_id=mine,
            order_id=old.id,
            person=zhao.id,
            amount=70,
            goods_amount=old.total,
            at=old.placed_at,
        ),
        Coupon(
            id=derived_id(mine, "hers"),
            template_id=derived_id(mine, "template"),
            owner_id=mine,
            merchant_id=mine,
            member_id=zhao.id,
            code="HERS",
            name="立减 3 元",
            terms=CouponTerms(value=300),
            valid_from=0,
            valid_to=None,
            state=CouponState.LOCKED,
            order_id=old.id,
            issued_at=old.placed_at,
        ),
    ]
    for row in rows:
        merchant.store.insert(type(row), [row])
    press(actions, merchant, old.id, "Change the order")
    editor = open_page(OrderEditorPage, merchant)
    assert isinstance(editor, OrderEditorPage)
    offers = editor.quote().offers
    assert offers is not None
    assert {e.name for e in offers.priced.entries} >= {"首单", "立减 3 元"}
    shown = editor.quote().total
    editor.try_to_place()
    qtbot.waitUntil(lambda: bool(merchant.submitted), timeout=3000)
    [new] = merchant.store.find(Order, replaces=old.id)
    assert new.total == shown


def test_a_decline_without_another_supplier_says_so_and_offers_other_goods(
    qtbot: QtBot, actions: OrderActions, merchant: FakeDesk, went: Places, open_page: Open
) -> None:
    [part] = merchant.store.find(SupplyOrder, state=SupplyState.DECLINED)
    press(actions, merchant, part.order_id, "Order elsewhere")
    qtbot.waitUntil(lambda: ("order", None) in went)
    editor = open_page(OrderEditorPage, merchant)
    assert isinstance(editor, OrderEditorPage)
    assert editor.draft().changes_part == part.id
    other = next(s for s in merchant.store.find(SupplyOrder) if s.supplier_id != part.supplier_id)
    goods = merchant.read(order_detail, other.order_id)
    assert goods is not None
    editor.add(next(li.sku_id for li in goods.lines if li.supply_order_id == other.id))
    editor.try_to_place()
    qtbot.waitUntil(lambda: bool(merchant.submitted), timeout=3000)
    assert isinstance(merchant.submitted[-1], ReplaceSupply)
    detail = merchant.read(order_detail, part.order_id)
    assert detail is not None
    assert "Order elsewhere" not in {said for said, _, _ in actions.of(detail)}
    here = merchant.read(order_rowid, part.order_id)
    shown = merchant.read(order_rowids, merchant.actor.organisation_id, "attention", "", merchant.now())
    assert here is not None
    assert here not in shown


@pytest.mark.parametrize("paid", [0, 1], ids=["unpaid", "paid"])
def test_a_declined_part_may_be_let_be(qtbot: QtBot, actions: OrderActions, merchant: FakeDesk, paid: int) -> None:
    [part] = merchant.store.find(SupplyOrder, state=SupplyState.DECLINED)
    [row] = merchant.store.find(Order, id=part.order_id)
    merchant.store.replace(Order, [row.with_(kind=OrderKind.DROPSHIP, paid=paid * (row.due + 500))])
    press(actions, merchant, row.id, "Refund instead" if paid else "Do without these goods")
    prompt = actions._page.window().findChild(Confirm)
    assert prompt is not None
    assert ("¥5.00" in prompt.accessibleDescription()) is bool(paid)
    prompt.verb.click()
    qtbot.waitUntil(lambda: merchant.submitted == [ForgoSupply(supply_order_id=part.id)])
    detail = merchant.read(order_detail, row.id)
    assert detail is not None
    offered = {said for said, _, _ in actions.of(detail)}
    assert ("Record refund" in offered) is bool(paid)
    assert not offered & {"Order elsewhere", "Refund instead", "Do without these goods"}
    shown = merchant.read(order_rowids, merchant.actor.organisation_id, "attention", "", merchant.now())
    assert (merchant.read(order_rowid, row.id) in shown) is bool(paid)  # until it was given back


def test_an_order_that_the_customer_has_is_completed(qtbot: QtBot, actions: OrderActions, merchant: FakeDesk) -> None:
    sent = next(o for o in merchant.store.find(Order, state=OrderState.SHIPPED) if o.kind is OrderKind.DROPSHIP)
    press(actions, merchant, sent.id, "The customer has it")
    qtbot.waitUntil(lambda: merchant.submitted == [CompleteOrder(order_id=sent.id)])
    assert merchant.store.find(Order, id=sent.id)[0].state is OrderState.COMPLETED
    detail = merchant.read(order_detail, sent.id)
    assert detail is not None
    assert "The customer has it" not in {said for said, _, _ in actions.of(detail)}


def test_what_is_ordered_elsewhere_costs_the_customer_what_it_did(merchant: FakeDesk, open_page: Open) -> None:
    old = next(o for o in merchant.store.find(Order, state=OrderState.PLACED) if o.kind is OrderKind.DROPSHIP)
    lines = merchant.store.find(OrderLine, order_id=old.id)
    draft = draft_again(old.kind, lines, old.address, old.note)
    Basket(merchant).open(draft.with_(changes=old.id, changes_part=lines[0].supply_order_id, before=12_345))
    editor = open_page(OrderEditorPage, merchant)
    assert isinstance(editor, OrderEditorPage)
    assert editor.quote().total not in (0, 12_345)
    assert editor.summary.total.text() == money(12_345)
    assert money(12_345 - editor.quote().supply_total) in [x.text() for x in editor.summary.findChildren(Label)]


def test_an_address_is_changed_without_writing_the_order_anew(
    qtbot: QtBot, actions: OrderActions, merchant: FakeDesk
) -> None:
    old = next(o for o in merchant.store.find(Order, state=OrderState.PLACED) if o.kind is OrderKind.DROPSHIP)
    press(actions, merchant, old.id, "Change the address…")
    prompt = actions._page.window().findChild(AddressPrompt)
    assert prompt is not None
    prompt.form.street.setText("")
    prompt.accept()
    assert merchant.submitted == []
    prompt.form.street.setText("望江路 9 号")
    prompt.accept()
    qtbot.waitUntil(lambda: bool(merchant.submitted), timeout=3000)
    [new] = merchant.store.find(Order, id=old.id)
    assert new.address is not None
    assert (new.address.street, new.total) == ("望江路 9 号", old.total)


def test_a_delivery_is_received_line_by_line(qtbot: QtBot, actions: OrderActions, merchant: FakeDesk) -> None:
    part = next(
        s for s in merchant.store.find(SupplyOrder, kind=OrderKind.PURCHASE) if s.state is SupplyState.DELIVERED
    )
    press(actions, merchant, part.order_id, "Receive the delivery")
    prompt = actions._page.window().findChild(ReceivePrompt)
    assert prompt is not None
    (line_id, _), field = next(iter(prompt.fields.items()))
    whole = field.value() or 0
    assert whole > 0
    field.set_value(whole - 1)
    prompt.fields[line_id, "damaged"].set_value(1)
    prompt.accept()
    qtbot.waitUntil(lambda: bool(merchant.submitted), timeout=3000)
    assert isinstance(merchant.submitted[-1], ReceiveGoods)
    [receipt] = merchant.store.find(GoodsReceipt)
    assert (receipt.lines[0].good, receipt.lines[0].damaged) == (whole - 1, 1)
    press(actions, merchant, part.order_id, "Claim…")
    asked = actions._page.window().findChild(ClaimPrompt)
    assert asked is not None
    whole = asked.amount.value() or 0
    asked.amount.set_value(10**9)
    asked.accept()
    assert asked.row.error()
    asked.amount.set_value(whole - 5)
    asked.photos.add(QImage(40, 30, QImage.Format.Format_RGB32))
    asked.accept()
    qtbot.waitUntil(lambda: isinstance(merchant.submitted[-1], OpenClaim), timeout=3000)
    [claim] = merchant.store.find(Claim, supply_order_id=part.id)
    assert (claim.kind, claim.reason) == (ReturnKind.RETURN_REFUND, ReturnReason.DAMAGED)
    assert [(x.line_id, x.quantity) for x in claim.lines] == [(line_id, 1)]
    assert (claim.asked, len(claim.photos)) == (whole - 5, 1)
    for side in (part.merchant_id, part.supplier_id):
        assert claim.id in case_ids(merchant.store.connection, Claim, side, CaseView.CLAIMS)
    assert merchant.read(faults, part.id) == []


def test_what_is_damaged_or_missing_is_taken_off_the_good_ones(
    qtbot: QtBot, actions: OrderActions, merchant: FakeDesk
) -> None:
    part = next(
        s for s in merchant.store.find(SupplyOrder, kind=OrderKind.PURCHASE) if s.state is SupplyState.DELIVERED
    )
    press(actions, merchant, part.order_id, "Receive the delivery")
    prompt = actions._page.window().findChild(ReceivePrompt)
    assert prompt is not None
    (line_id, _), good = next(iter(prompt.fields.items()))
    whole = good.value() or 0
    write(prompt.fields[line_id, "damaged"], "1")
    assert good.value() == whole - 1
    write(good, str(whole))
    write(prompt.fields[line_id, "wrong"], "1")
    assert good.value() == whole, "somebody counted them"
    prompt.accept()
    assert merchant.submitted == []
    assert "多 2" in prompt.problem.text()
    prompt.accept()
    qtbot.waitUntil(lambda: bool(merchant.submitted), timeout=3000)


def asks_for_lots(desk: FakeDesk, part: SupplyPart) -> list[Sku]:
    """The shop has set that the goods of this part ask for their lot and date, and has a second warehouse."""
    mine = desk.actor.organisation_id
    skus = desk.store.find_in(Sku, "id", [line.sku_id for line in part.lines])
    desk.store.insert(
        StockWatch,
        [StockWatch(id=watch_id(mine, s.id), owner_id=mine, sku_id=s.id, tracking=Tracking.EXPIRY) for s in skus],
    )
    names = (("main", "店里"), ("second", "地下室"))
    desk.store.insert(
        Warehouse,
        [
            Warehouse(id=derived_id(mine, "warehouse", key), owner_id=mine, name=name, position=at)
            for at, (key, name) in enumerate(names)
        ],
    )
    return skus


def to_come(desk: FakeDesk) -> SupplyPart:
    """A part of a purchase that was delivered."""
    part = next(s for s in desk.store.find(SupplyOrder, kind=OrderKind.PURCHASE) if s.state is SupplyState.DELIVERED)
    detail = desk.read(order_detail, part.order_id)
    assert detail is not None
    return next(p for p in detail.parts if p.supply.id == part.id)


def receiving(actions: OrderActions, desk: FakeDesk, part: SupplyPart) -> ReceivePrompt:
    press(actions, desk, part.supply.order_id, "Receive the delivery")
    prompt = actions._page.window().findChild(ReceivePrompt)
    assert prompt is not None
    return prompt


def test_a_delivery_is_received_into_a_warehouse_with_its_lots(
    qtbot: QtBot, actions: OrderActions, merchant: FakeDesk
) -> None:
    part = to_come(merchant)
    skus = asks_for_lots(merchant, part)
    prompt = receiving(actions, merchant, part)
    assert [prompt.warehouse.itemText(at) for at in range(2)] == ["店里", "地下室"]
    prompt.warehouse.set_value(derived_id(merchant.actor.organisation_id, "warehouse", "second"))
    first = prompt.lots[part.lines[0].id]
    prompt.accept()
    assert prompt.problem.text() == f"{part.lines[0].title}：这个商品需要批号"
    assert prompt.focusWidget() is first.lot
    for line in part.lines:
        prompt.lots[line.id].lot.setText("L1")
        prompt.lots[line.id].expires.setText("2027-02-30")
    prompt.accept()
    assert prompt.problem.text().endswith("有效期请写成 2027-01-31。")
    assert prompt.focusWidget() is first.expires
    assert merchant.submitted == []
    for line in part.lines:
        prompt.lots[line.id].expires.setText("20270228")
    told = prompt.message()
    again = ReceivePrompt(merchant, part, prompt._left, told.receipt_id, told)
    qtbot.addWidget(again)
    assert again.message() == told, "what was refused comes back as it was entered"
    prompt.accept()
    qtbot.waitUntil(lambda: bool(merchant.submitted), timeout=3000)
    rows = [s for s in merchant.store.find(Stock, owner_id=merchant.actor.organisation_id) if s.lot == "L1"]
    assert {s.sku_id for s in rows} == {s.id for s in skus}
    assert {(s.warehouse_id, day_typed(s.expires_at or 0)) for s in rows} == {(prompt.warehouse.value(), "2027-02-28")}
    assert not [d for d in merchant.store.find(Discrepancy) if d.code == "lot_missing"]


def test_a_scan_enters_the_lot_of_its_line(qtbot: QtBot, actions: OrderActions, merchant: FakeDesk) -> None:
    part = to_come(merchant)
    [sku, *_] = asks_for_lots(merchant, part)
    merchant.store.replace(Sku, [sku.with_(barcode="6901234567892")])
    rival = next(s for s in merchant.store.find(Sku) if s.supplier_id != sku.supplier_id)
    merchant.store.replace(Sku, [rival.with_(barcode="6901234567892")])  # another supplier's, and on the shelf here
    merchant.store.insert(
        Stock,
        [
            Stock(
                id=derived_id(rival.id, "there"),
                owner_id=merchant.actor.organisation_id,
                sku_id=rival.id,
                warehouse_id=derived_id(merchant.actor.organisation_id, "warehouse", "main"),
                on_hand=1,
            )
        ],
    )
    line = next(line for line in part.lines if line.sku_id == sku.id)
    prompt = receiving(actions, merchant, part)
    fields = prompt.lots[line.id]
    assert prompt.focusWidget() is prompt.scan

    def scan(code: str) -> None:
        prompt.scan.setFocus()
        QTest.keyClicks(prompt.scan, code)
        QTest.keyClick(prompt.scan, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: not prompt.scan.busy)

    scan("6901234567892")
    qtbot.waitUntil(lambda: prompt.focusWidget() is fields.lot)
    scan("(01)06901234567892(10)A7(17)270131")
    qtbot.waitUntil(lambda: fields.lot.text() == "A7")
    assert (fields.expires.text(), prompt.focusWidget()) == ("2027-01-31", prompt.scan)
    scan("(01)06901234567892(10)B8(17)270331")
    qtbot.waitUntil(lambda: "B8" in prompt.problem.text())
    assert fields.lot.text() == "A7"
    scan("6900000000000")
    qtbot.waitUntil(lambda: prompt.problem.text() == "6900000000000 不在这次到货里")
    assert merchant.submitted == []
    assert prompt.isVisible()


def test_goods_that_ask_for_nothing_are_received_without_more(actions: OrderActions, merchant: FakeDesk) -> None:
    prompt = receiving(actions, merchant, to_come(merchant))
    shown = [w for w in (prompt.scan, prompt.warehouse, *prompt.lots.values()) if w.isVisible()]
    assert shown == []
    assert prompt.verb.isDefault()
    assert prompt.message().warehouse_id == ""


def write(field: QLineEdit, text: str) -> None:
    field.selectAll()
    QTest.keyClicks(field, text)


def test_what_has_reached_the_hub_waits_no_longer(qtbot: QtBot, actions: OrderActions, merchant: FakeDesk) -> None:
    page = actions._page
    assert isinstance(page, OrdersPage)
    part = next(
        s for s in merchant.store.find(SupplyOrder, kind=OrderKind.PURCHASE) if s.state is SupplyState.DELIVERED
    )
    line = merchant.store.find(SupplyLine, supply_order_id=part.id)[0]
    merchant.go_offline()
    page.show_item(part.order_id)
    merchant.submit(
        OpenClaim(
            claim_id=merchant.new_id(),
            number="C1",
            supply_order_id=part.id,
            kind=ReturnKind.REFUND_ONLY,
            reason=ReturnReason.MISSING,
            items=(ClaimItem(supply_line_id=line.id, quantity=1),),
            asked=1,
        )
    )

    def waits() -> list[bool]:
        panel = page.inspector.content()
        assert isinstance(panel, OrderPanel)
        return [event.pending for event in panel.timeline._events]

    qtbot.waitUntil(lambda: any(waits()))
    merchant.go_online()
    qtbot.waitUntil(lambda: not any(waits()))


def refused(desk: FakeDesk, record: type[Record], id_: str) -> QueueItem:
    """The newest command, which the hub did not take; what it had made is gone again."""
    item = desk.queue()[0]
    desk.answer(item.seq, "rejected", "field_wrong", field="number")
    desk.store.remove(record, [id_])
    return desk.queue()[0]


def test_a_refused_delivery_and_its_refused_claim_come_back_as_they_were_entered(
    qtbot: QtBot, actions: OrderActions, merchant: FakeDesk
) -> None:
    page = actions._page
    assert isinstance(page, OrdersPage)
    part = next(
        s for s in merchant.store.find(SupplyOrder, kind=OrderKind.PURCHASE) if s.state is SupplyState.DELIVERED
    )
    line = merchant.store.find(SupplyLine, supply_order_id=part.id)[0]
    items = (ReceivedItem(supply_line_id=line.id, good=line.shipped - 2, damaged=2),)
    message = ReceiveGoods(receipt_id=merchant.new_id(), supply_order_id=part.id, items=items, note="箱子压坏了")
    merchant.submit(message)
    item = refused(merchant, GoodsReceipt, message.receipt_id)
    assert editor_of(item) == "orders"
    page.show_item(item)
    prompt = page.window().findChild(ReceivePrompt)
    assert prompt is not None
    assert msgspec.structs.replace(prompt.message(), receipt_id=message.receipt_id) == message
    before = len(merchant.queue())
    prompt.accept()
    assert len(merchant.store.find(GoodsReceipt)) == 1
    assert len(merchant.queue()) == before, "the new one takes the place of the refused one"

    [fault] = merchant.read(faults, part.id)
    photo = keep_photo(merchant, QImage(40, 30, QImage.Format.Format_RGB32))
    claim = OpenClaim(
        claim_id=merchant.new_id(),
        number="C1",
        supply_order_id=part.id,
        kind=ReturnKind.REFUND_ONLY,
        reason=fault.reason,
        items=(ClaimItem(supply_line_id=line.id, quantity=2),),
        asked=fault.worth - 1,
        note="赔一半也行",
        photos=(photo,),
    )
    merchant.submit(claim)
    item = refused(merchant, Claim, claim.claim_id)
    assert editor_of(item) == "orders"
    page.show_item(item)
    asked = page.window().findChild(ClaimPrompt)
    assert asked is not None
    assert msgspec.structs.replace(asked.message(claim.claim_id), number="C1") == claim
    asked.accept()
    assert [c.asked for c in merchant.store.find(Claim, supply_order_id=part.id)] == [fault.worth - 1]
    assert len(merchant.queue()) == before + 1
    page.show_item(item)
    assert [t.text() for t in ToastArea.of(page).toasts()][-1] == "这里没有可以再索赔的了"


def test_a_refused_address_comes_back_as_it_was_entered(actions: OrderActions, merchant: FakeDesk) -> None:
    page = actions._page
    assert isinstance(page, OrdersPage)
    old = next(o for o in merchant.store.find(Order, state=OrderState.PLACED) if o.kind is OrderKind.DROPSHIP)
    to = Address(
        name="王敏", phone="13805712222", region="浙江省杭州市上城区", street="望江路 9 号", area_code="330102"
    )
    message = ReaddressOrder(order_id=old.id, address=to)
    merchant.submit(message)
    item = merchant.queue()[0]
    merchant.answer(item.seq, "rejected", "freight_changes", number=old.number)
    merchant.store.replace(Order, [old])
    page.show_item(merchant.queue()[0])
    prompt = page.window().findChild(AddressPrompt)
    assert prompt is not None
    assert prompt.message() == message, "with the code of its region"
    before = len(merchant.queue())
    prompt.accept()
    assert [o.address for o in merchant.store.find(Order, id=old.id)] == [to]
    assert len(merchant.queue()) == before, "the new one takes the place of the refused one"


def test_a_refused_payment_comes_back_as_it_was_entered(actions: OrderActions, merchant: FakeDesk) -> None:
    page = actions._page
    assert isinstance(page, OrdersPage)
    old = next(o for o in merchant.store.find(Order, state=OrderState.PLACED) if o.kind is OrderKind.DROPSHIP)
    message = PayOrder(order_id=old.id, method="WECHAT", amount=old.due - 100, reference="4200001")
    merchant.submit(message)
    item = merchant.queue()[0]
    merchant.answer(item.seq, "rejected", "field_wrong", field="reference")
    paid = merchant.store.find(Order, id=old.id)[0]
    merchant.store.replace(Order, [old])
    page.show_item(merchant.queue()[0])
    prompt = page.window().findChild(PaymentPrompt)
    assert prompt is not None
    assert prompt.message() == message
    before = len(merchant.queue())
    prompt.accept()
    assert merchant.store.find(Order, id=old.id)[0].paid == message.amount
    assert len(merchant.queue()) == before, "the new one takes the place of the refused one"

    merchant.store.replace(Order, [paid.with_(paid=old.due)])  # meanwhile all of it was paid at another counter
    page.show_item(item)
    assert [t.text() for t in ToastArea.of(page).toasts()][-1] == "这笔款已无需收付"


def test_a_consumers_order_takes_member_coupons_and_points(
    qtbot: QtBot, merchant: FakeDesk, open_page: Open, went: Places
) -> None:
    stock_shop(merchant)
    old = next(o for o in merchant.store.find(Order, state=OrderState.PLACED) if o.kind is OrderKind.DROPSHIP)
    detail = merchant.read(order_detail, old.id)
    assert detail is not None
    page = open_page(OrderEditorPage, merchant)
    assert isinstance(page, OrderEditorPage)
    Basket(merchant).open(draft_again(old.kind, detail.lines, old.address))
    page.refresh()
    before = page.quote().total
    page._edit({"member_id": named(merchant, "chen")})
    assert page.summary.coupons.boxes[named(merchant, "five")].isEnabled()
    assert not page.summary.coupons.boxes[named(merchant, "twenty")].isEnabled()
    page.summary.coupons.boxes[named(merchant, "five")].click()
    page.summary.points.set_value(300)
    page.summary._points_typed()
    assert page.quote().total <= before - 800
    page.try_to_place()
    qtbot.waitUntil(lambda: bool(merchant.submitted), timeout=3000)
    [new] = [o for o in merchant.store.find(Order) if o.member_id]
    assert (new.coupon_ids, new.points_used) == ((named(merchant, "five"),), 300)


def test_what_was_refused_of_a_declined_part_leads_to_its_order(actions: OrderActions, merchant: FakeDesk) -> None:
    [part] = merchant.store.find(SupplyOrder, state=SupplyState.DECLINED)
    merchant.go_offline()
    merchant.submit(ForgoSupply(supply_order_id=part.id))
    page = actions._page
    assert isinstance(page, OrdersPage)
    page.show_item(merchant.queue()[0])
    assert page._open == part.order_id
