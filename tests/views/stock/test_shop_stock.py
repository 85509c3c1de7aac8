"""A shop's own stock: what a purchase cost, what fell below zero, and counts over anybody's goods."""

from __future__ import annotations

from typing import Any

from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.scanned import scanned
from s2b_desktop.models.queries.stock import Lying, stock_entries, stock_figures, stock_ids
from s2b_desktop.text import tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.goods.stock import StockPrompt
from s2b_desktop.views.stock.ledger import LedgerDialog
from s2b_desktop.views.stock.page import StockPage
from s2b_domain.commands.receivings import ReceivedItem, ReceiveGoods
from s2b_domain.commands.stock import MoveStock
from s2b_domain.commands.warehouses import WatchStock
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import SupplyLine, SupplyOrder
from s2b_domain.records.stock import Discrepancy, Stock, StockWatch
from s2b_domain.rules.order_flow import OrderKind, SupplyState
from s2b_domain.rules.stock import MovementKind
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.stock.test_stock_page import prompt, shown

SHOP = world.MERCHANT.organisation_id


def receive(desk: FakeDesk, good: int = 6) -> SupplyLine:
    """A purchase arrives; the line of which `good` steps are on the shelf now."""
    supply = next(s for s in desk.store.find(SupplyOrder, kind=OrderKind.PURCHASE) if s.state is SupplyState.DELIVERED)
    line = desk.store.find(SupplyLine, supply_order_id=supply.id)[0]
    item = ReceivedItem(supply_line_id=line.id, good=good)
    desk.submit(ReceiveGoods(receipt_id=desk.new_id(), supply_order_id=supply.id, items=(item,)))
    return line


def entries(desk: FakeDesk, lying: Lying = Lying.ALL, text: str = "") -> list[Any]:
    return desk.read(lambda c: stock_entries(c, SHOP, stock_ids(c, SHOP, lying, desk.now(), text)))


def test_received_goods_lie_there_with_what_they_cost(qtbot: QtBot, merchant: FakeDesk) -> None:
    line = receive(merchant)
    [entry] = entries(merchant)
    assert (entry.sku_id, entry.on_hand, entry.cost, entry.last_cost) == (
        line.sku_id,
        6,
        line.unit_price,
        line.unit_price,
    )
    page = shown(qtbot, merchant)
    keys = [column.key for column in page.places.model.columns]
    assert "cost" in keys
    assert "reserved" not in keys
    page.deeds.show_ledger(entry)
    dialog = prompt(qtbot, LedgerDialog)
    qtbot.waitUntil(lambda: len(dialog.table.model.ids()) == 1)
    dialog.reject()


def test_a_shop_finds_and_scans_anybodys_goods(merchant: FakeDesk) -> None:
    line = receive(merchant)
    sku = merchant.store.find(Sku, id=line.sku_id)[0]
    other = next(s for s in merchant.store.find(Sku) if s.supplier_id != sku.supplier_id and s.barcode)
    assert [e.sku_id for e in entries(merchant, text=sku.code)] == [sku.id]
    assert entries(merchant, text=other.code) == []
    for each in (sku, other):
        assert each.id in {s.entry.sku_id for s in merchant.read(scanned, SHOP, each.barcode or each.code)}


def test_what_is_below_zero_is_marked_and_a_count_settles_it(qtbot: QtBot, merchant: FakeDesk) -> None:
    line = receive(merchant)
    message = MoveStock(sku_id=line.sku_id, kind=MovementKind.ADJUST, quantity=-9, reason="卖多了")
    merchant.submit(message)
    [entry] = entries(merchant, Lying.SHORT)
    assert entry.on_hand == -3
    assert [d.code for d in merchant.store.find(Discrepancy, organisation_id=SHOP, subject_id=line.sku_id)] == [
        "oversold"
    ]
    page = shown(qtbot, merchant)
    below = next(c for c in page.places.model.columns if c.key == "below")
    assert below.text(entry)
    page.deeds.book(MovementKind.COUNT, entry)
    asked = prompt(qtbot, StockPrompt)
    asked.quantity.set_value(4)
    asked.accept()
    qtbot.waitUntil(lambda: merchant.store.find(Stock, owner_id=SHOP, sku_id=line.sku_id)[0].on_hand == 4)
    assert entries(merchant, Lying.SHORT) == []


def test_low_is_what_lies_in_the_shop_against_its_own_limit(merchant: FakeDesk) -> None:
    line = receive(merchant)
    merchant.submit(WatchStock(sku_ids=(line.sku_id,), low_at=7))
    assert [e.sku_id for e in entries(merchant, Lying.LOW)] == [line.sku_id]
    assert merchant.read(stock_figures, SHOP, merchant.now()).low == 1
    assert {e.sku_id for e in entries(merchant, Lying.ALL) if e.low} == {line.sku_id}
    [watch] = merchant.store.find(StockWatch, owner_id=SHOP)
    assert watch.low_since is None
    merchant.submit(WatchStock(sku_ids=(line.sku_id,), low_at=6))
    assert entries(merchant, Lying.LOW) == []
    assert not [e for e in entries(merchant, Lying.ALL) if e.low]


def test_the_page_goes_to_the_discrepancies(qtbot: QtBot, merchant: FakeDesk) -> None:
    went: list[str] = []
    page = StockPage(merchant, lambda key, _what: went.append(key))
    qtbot.addWidget(page)
    next(b for b in page.findChildren(Button) if b.text() == tr("Discrepancies")).click()
    assert went == ["discrepancies"]
