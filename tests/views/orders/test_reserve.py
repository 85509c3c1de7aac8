"""What is kept for this PC: seen where one orders, asked for and given back where one chooses goods."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.leases import kept_for, reserves
from s2b_desktop.models.queries.stock import Lying, stock_entries, stock_ids
from s2b_desktop.views.catalog.page import CatalogPage
from s2b_desktop.views.catalog.reserve import ReserveDialog
from s2b_desktop.views.orders.editor import OrderEditorPage
from s2b_desktop.views.stock.prompts import KeepPrompt
from s2b_domain.commands.leases import PlaceLeased, RequestLease, ReturnLease
from s2b_domain.commands.orders import PlaceOrder
from s2b_domain.records.catalog import Sku
from s2b_domain.records.lease import Lease
from s2b_domain.records.order import Order
from s2b_domain.rules.leases import HOUR, MARGIN
from tests.views.desk import FakeDesk
from tests.views.orders.conftest import Open, Places
from tests.views.world import NOW


def keep(desk: FakeDesk, steps: int, device: str = "desk", ends: int = NOW + 9 * HOUR) -> Lease:
    [sku] = desk.store.find(Sku, code="000001")
    lease = Lease(
        id=desk.new_id(),
        row_version=1,
        device_id=device,
        merchant_id=desk.actor.organisation_id,
        merchant_name=desk.actor.organisation_name,
        supplier_id=sku.supplier_id,
        sku_id=sku.id,
        quantity=steps,
        granted_at=NOW,
        granted_to="林晨",
        expires_at=ends,
    )
    desk.store.insert(Lease, [lease])
    return lease


def test_an_order_that_the_reserve_covers_is_sure(
    qtbot: QtBot, open_page: Open, merchant: FakeDesk, went: Places
) -> None:
    lease = keep(merchant, 60)
    merchant.go_offline()
    page = open_page(OrderEditorPage, merchant)
    page.add(lease.sku_id, 24)
    page.grab()
    assert page.quote().sure
    assert "60" in " ".join(page.lines.model.texts(0))
    assert page.offline.isVisible()
    assert page.offline.property("tone") == "ok"
    QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(went) or page.refusal.isVisible())
    message = merchant.submitted[-1]
    assert isinstance(message, PlaceLeased)
    assert [(u.lease_id, u.quantity) for u in message.uses] == [(lease.id, 24)]
    assert [o.sure for o in merchant.store.find(Order, id=message.placed.order_id)] == [True]


@pytest.mark.parametrize(
    ("steps", "device", "ends"), [(12, "desk", NOW + HOUR), (60, "other", NOW + HOUR), (60, "desk", NOW + MARGIN)]
)
def test_else_an_offline_order_says_that_it_waits(
    qtbot: QtBot, open_page: Open, merchant: FakeDesk, went: Places, steps: int, device: str, ends: int
) -> None:
    lease = keep(merchant, steps, device, ends)
    merchant.go_offline()
    page = open_page(OrderEditorPage, merchant)
    page.add(lease.sku_id, 24)
    assert not page.quote().sure
    assert page.offline.property("tone") == "warn"
    QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(went) or page.refusal.isVisible())
    assert isinstance(merchant.submitted[-1], PlaceOrder)


def test_an_order_that_the_reserve_covers_in_part_says_what_would_be_sure(open_page: Open, merchant: FakeDesk) -> None:
    lease = keep(merchant, 60)
    [other] = merchant.store.find(Sku, code="000002")
    merchant.go_offline()
    page = open_page(OrderEditorPage, merchant)
    page.add(other.id, 24)
    assert "000001" not in page.offline.text()
    page.add(lease.sku_id, 24)
    assert not page.quote().sure
    assert "000001" in page.offline.text()
    assert "000002" not in page.offline.text()


def test_without_a_known_time_nothing_may_be_sold_from_it(merchant: FakeDesk) -> None:
    lease = keep(merchant, 60)
    assert merchant.read(reserves, "desk", [lease.sku_id], None) == {}


def test_goods_are_kept_and_given_back(qtbot: QtBot, open_page: Open, merchant: FakeDesk) -> None:
    mine, other = keep(merchant, 6), keep(merchant, 5, "other")
    page = open_page(CatalogPage, merchant)
    qtbot.waitUntil(lambda: page.table.model.rowCount() > 0)
    page.table.select(page.table.model.id_at(0))
    page.show_reserve()
    dialog = page.reserve
    assert isinstance(dialog, ReserveDialog)
    assert [k.lease.id for k in merchant.read(kept_for, merchant.actor.organisation_id, "desk")] == [mine.id, other.id]
    dialog.amount.set_value(7)
    dialog.keep.click()
    asked = merchant.submitted[-1]
    assert isinstance(asked, RequestLease)
    assert (asked.quantity, asked.hours) == (7, 24)
    dialog.table.select(other.id)
    assert not dialog.give_back.isEnabled()
    dialog.table.select(mine.id)
    dialog.give_back.click()
    assert merchant.submitted[-1] == ReturnLease(lease_id=mine.id)
    qtbot.waitUntil(lambda: dialog.table.model.rowCount() == 1)
    dialog.accept()


def test_a_supplier_says_what_is_kept(supplier: FakeDesk, qtbot: QtBot) -> None:
    owner = supplier.actor.organisation_id
    [rowid, *_] = supplier.read(stock_ids, owner, Lying.ALL, NOW)
    [entry] = supplier.read(stock_entries, owner, [rowid])
    prompt = KeepPrompt(entry, {entry.sku_id: None, "": None})
    qtbot.addWidget(prompt)
    prompt.most.set_value(20)
    prompt.share.set_value(30)
    prompt.goods.set_value("")
    prompt.most.set_value(5)
    prompt.share.set_value(10)
    message = prompt.message()
    assert (message.sku_id, message.most, message.share_bp, message.hours) == ("", 5, 1000, 24)
    supplier.submit(message)
