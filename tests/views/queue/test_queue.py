"""The queue: what became of every command, and what to do about it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from s2b_desktop.models.status import QueueItem
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.places import places
from s2b_desktop.views.queue.items import EDITORS, noun_verb
from s2b_desktop.views.queue.page import QueuePage
from s2b_desktop.views.queue.panel import QueuePanel
from s2b_domain.commands import HANDLERS, Command, pack
from s2b_domain.commands.counter import BookSale, SaleItem
from s2b_domain.commands.order_changes import ChangeOrder, ReplaceSupply
from s2b_domain.commands.orders import PlaceOrder
from tests.views.desk import FakeDesk
from tests.views.queue_world import forget_prediction, order_of, set_price

Went = list[tuple[str, object]]


@pytest.fixture
def went() -> Went:
    return []


@pytest.fixture
def page(qtbot: QtBot, merchant: FakeDesk, went: Went) -> QueuePage:
    made = QueuePage(merchant, lambda key, what: went.append((key, what)))
    qtbot.addWidget(made)
    made.resize(1160, 760)
    made.show()
    return made


def panel(page: QueuePage) -> QueuePanel:
    content = page.inspector.content()
    assert isinstance(content, QueuePanel)
    return content


def press(page: QueuePage, action: str) -> None:
    QTest.mouseClick(panel(page).buttons[action], Qt.MouseButton.LeftButton)  # type: ignore[index]


def refuse(desk: FakeDesk) -> int:
    desk.go_offline()
    desk.submit(order_of(desk, [("000007", 8)]))
    seq = desk.queue()[0].seq
    desk.answer(seq, "rejected", "out_of_stock", sku="000007", available=3, wanted=8)
    return seq


def titles(page: QueuePage) -> list[str]:
    return [page.table.model.texts(row)[0] for row in range(page.table.model.rowCount())]


def test_what_needs_a_decision_comes_first(page: QueuePage, merchant: FakeDesk) -> None:
    seq = refuse(merchant)
    merchant.submit(order_of(merchant, [("000001", 2)]))
    assert page.table.model.ids()[0] == seq
    assert page.table.model.texts(0)[1:3] == (
        "未被接受",
        "000007 东方树叶 茉莉花茶 500ml×15 库存不足：还剩 3，需要 8。减少数量后重新发送。",
    )
    assert page.table.model.texts(1)[1] == "等待同步"
    page.show_item("waiting")
    assert len(titles(page)) == 1


def test_the_cards_count_and_filter(page: QueuePage, merchant: FakeDesk) -> None:
    refuse(merchant)
    merchant.submit(order_of(merchant, [("000001", 2)]))
    assert page.card("attention").accessibleName().startswith("需处理、1")
    QTest.mouseClick(page.card("attention"), Qt.MouseButton.LeftButton)
    assert len(titles(page)) == 1
    QTest.mouseClick(page.card("attention"), Qt.MouseButton.LeftButton)
    assert len(titles(page)) == 2


def test_editing_opens_the_original_input(page: QueuePage, merchant: FakeDesk, went: Went) -> None:
    seq = refuse(merchant)
    page.show_item(seq)
    press(page, "edit")
    key, what = went[0]
    assert key == "order"
    assert getattr(what, "message", None) == merchant.submitted[0]
    assert getattr(what, "command_id", None) == merchant.queue()[0].command_id


@pytest.mark.parametrize("kind", ["sale", "change", "replace"])
def test_editing_leads_to_where_it_was_entered(qtbot: QtBot, merchant: FakeDesk, kind: str) -> None:
    order = order_of(merchant, [("000001", 2)])
    [item] = order.items
    message: Command = {
        "sale": BookSale(
            order_id=order.order_id, number="S1", items=(SaleItem(sku_id=item.sku_id, quantity=2),), charged=1
        ),
        "change": ChangeOrder(order_id=merchant.new_id(), placed=order),
        "replace": ReplaceSupply(supply_order_id=merchant.new_id(), placed=order),
    }[kind]
    refused = QueueItem(
        seq=1, command_id="c" * 32, name=pack(message)[0], message=message, time=0, actor_id="a", state="rejected"
    )
    [place] = [p for p in places(merchant.actor) if p.key == EDITORS[noun_verb(refused)]]
    made: Any = place.make(merchant, lambda key, what: None)
    qtbot.addWidget(made)
    made.show_item(refused)
    shown = made.cart().items if kind == "sale" else made.draft().lines
    assert [(x.sku_id, x.quantity) for x in shown] == [(item.sku_id, 2)]


def test_taking_off_the_list_dismisses(page: QueuePage, merchant: FakeDesk) -> None:
    seq = refuse(merchant)
    page.show_item(seq)
    press(page, "dismiss")
    assert merchant.dismissed == [seq]
    assert not page.inspector.is_open()
    assert titles(page) == []


def test_retry_asks_for_the_line_at_once(page: QueuePage, merchant: FakeDesk) -> None:
    merchant.go_offline()
    merchant.submit(order_of(merchant, [("000001", 2)]))
    page.show_item(merchant.queue()[0].seq)
    press(page, "retry")
    assert merchant.synced == 1


def test_accepting_prices_sends_a_new_command_at_what_is_asked_now(
    qtbot: QtBot, page: QueuePage, merchant: FakeDesk
) -> None:
    merchant.go_offline()
    first = order_of(merchant, [("000001", 20), ("000011", 12)])
    merchant.submit(first)
    old = merchant.queue()[0]
    changes = ["000001", "265000", "278000"]
    merchant.answer(old.seq, "confirm", "price_changed", changes=changes)
    # The hub refused, so its prediction is gone; and the price has come by pull.
    forget_prediction(merchant, first)
    set_price(merchant, "000001", 278_000)
    page.show_item(old.seq)
    said = " ".join(label.text() for label in panel(page).findChildren(Label))
    assert "26.50" in said
    assert "27.80" in said
    press(page, "accept")
    qtbot.waitUntil(lambda: len(merchant.submitted) == 2)
    again = merchant.submitted[1]
    assert isinstance(again, PlaceOrder)
    assert [item.price_seen for item in again.items] == [278_000, first.items[1].price_seen]
    assert (again.number, again.order_id) == (first.number, first.order_id)
    assert old.command_id not in {item.command_id for item in merchant.queue()}


def test_accepting_prices_changes_an_order_too(
    page: QueuePage, merchant: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = order_of(merchant, [("000001", 20)])
    merchant.submit(first)
    merchant.go_offline()
    change = ChangeOrder(order_id=first.order_id, placed=order_of(merchant, [("000001", 30)]))
    merchant.submit(change)
    old = merchant.queue()[0]
    merchant.answer(old.seq, "confirm", "price_changed", changes=["000001", "265000", "278000"])
    page.show_item(old.seq)
    said = " ".join(label.text() for label in panel(page).findChildren(Label))
    assert "000001" in said
    assert "× 30" in said
    sent: list[Command] = []
    monkeypatch.setattr(merchant, "submit", lambda message, **_more: sent.append(message))
    press(page, "accept")
    [again] = sent
    assert isinstance(again, ChangeOrder)
    assert (again.order_id, again.placed.items[0].price_seen) == (first.order_id, 278_000)


def test_a_fact_with_an_exception_says_that_it_is_booked(page: QueuePage, merchant: FakeDesk) -> None:
    merchant.go_offline()
    merchant.submit(order_of(merchant, [("000001", 2)]))
    seq = merchant.queue()[0].seq
    merchant.answer(seq, "exception", "overpaid", due=100, paid=120)
    assert page.table.model.texts(0)[2].startswith("已记账")


def test_technical_ids_can_be_copied(page: QueuePage, merchant: FakeDesk) -> None:
    seq = refuse(merchant)
    page.show_item(seq)
    (copy,) = [b for b in panel(page).findChildren(type(panel(page).buttons["edit"])) if b.text() == "复制"]
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert merchant.queue()[0].command_id in QGuiApplication.clipboard().text()


def test_the_page_changes_its_language(page: QueuePage, merchant: FakeDesk, look: QApplication) -> None:
    refuse(merchant)
    switch_language(look, "en")
    assert page.table.model.texts(0)[1] == "Not accepted"
    assert page.accessibleName()


def test_every_command_can_be_edited_somewhere() -> None:
    assert {name.partition("@")[0] for name in HANDLERS} == set(EDITORS)


def test_an_empty_queue_is_good_news(page: QueuePage) -> None:
    assert titles(page) == []
    said = [label.text() for label in page.findChildren(Label) if label.isVisible()]
    assert "全部已送达" in said


def test_a_bundle_says_what_it_waits_for_and_comes_back_together(page: QueuePage, merchant: FakeDesk) -> None:
    root = refuse(merchant)
    first = merchant.queue()[0]
    merchant.submit(order_of(merchant, [("000001", 2)]), depends_on=(first.command_id,))
    child = merchant.queue()[0]
    merchant.answer(child.seq, "parked", "waits_for", commands=[first.command_id])
    page.show_item(child.command_id)
    number = first.message.number  # type: ignore[attr-defined]
    assert number in page.table.model.texts(page.table.model.ids().index(child.seq))[2]
    merchant.answer(child.seq, "rejected", "depends_on_rejected", commands=[first.command_id])
    page.show_item(root)
    said = "\n".join(label.text() for label in panel(page).findChildren(Label))
    assert "000007 东方树叶 茉莉花茶 500ml×15 × 8" in said
    assert child.message.number in said  # type: ignore[attr-defined]
    page.show_item(child.command_id)
    press(page, "again")
    assert merchant.submitted[-1] == child.message


def test_what_was_booked_against_the_books_leads_to_the_discrepancies(
    page: QueuePage, merchant: FakeDesk, went: Went
) -> None:
    seq = refuse(merchant)
    merchant.answer(seq, "exception", "overpaid", paid=5, due=3)
    page.show_item(seq)
    press(page, "check")
    assert went == [("discrepancies", None)]
