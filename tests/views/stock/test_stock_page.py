"""The stock page over a desk that carries commands out at once."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.stock import Lying, low_goods, stock_entries, stock_figures, stock_ids
from s2b_desktop.models.queries.stock_papers import count_detail, counts
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.goods.scan import ScanDialog
from s2b_desktop.views.goods.stock import StockPrompt
from s2b_desktop.views.main_window import MainWindow
from s2b_desktop.views.preferences import Preferences
from s2b_desktop.views.stock.ledger import LedgerDialog
from s2b_desktop.views.stock.listing import StockListDialog
from s2b_desktop.views.stock.page import COUNTS, TRANSIT, StockPage
from s2b_desktop.views.stock.prompts import ArrivalPrompt, TransferPrompt, WarehousePrompt, WatchPrompt
from s2b_domain.access import Actor
from s2b_domain.commands.counts import DecideCount, SubmitCount
from s2b_domain.commands.goods import GoodsLine, ImportGoods
from s2b_domain.commands.stock import MoveStock
from s2b_domain.commands.transfers import ReceiveTransfer, SendTransfer
from s2b_domain.commands.warehouses import SaveWarehouse, WatchStock
from s2b_domain.records.catalog import Sku
from s2b_domain.records.stock import CountState, Stock, StockCount, Transfer
from s2b_domain.rules.stock import MovementKind, Tracking
from tests.views import world
from tests.views.desk import FakeDesk, settle
from tests.views.stock.world import COLD, MAIN, MINE, clerk, fill, sku, stock_of

D = TypeVar("D", bound=QDialog)


@pytest.fixture
def page(qtbot: QtBot, supplier: FakeDesk) -> StockPage:
    fill(supplier)
    return shown(qtbot, supplier)


def shown(qtbot: QtBot, desk: FakeDesk) -> StockPage:
    made = StockPage(desk, lambda key, what: None)
    made.resize(1160, 760)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: len(made.places.model.ids()) > 0)
    return made


def prompt(qtbot: QtBot, kind: type[D]) -> D:
    """The dialog that is open."""

    def there() -> list[D]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]

    qtbot.waitUntil(lambda: bool(there()))
    return there()[0]


def listed(page: StockPage) -> list[tuple[str, str, str]]:
    table = page.places.model
    return [(r.code, r.warehouse, r.lot) for r in (table.row(at) for at in range(table.rowCount()))]


def look_at(qtbot: QtBot, page: StockPage, key: str) -> None:
    page.look_at(key)
    qtbot.waitUntil(lambda: not page._loading.busy)


def toasts(page: StockPage) -> list[str]:
    return [toast.text() for toast in ToastArea.of(page).toasts()]


def test_the_model_keeps_its_promises(page: StockPage) -> None:
    QAbstractItemModelTester(page.places.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    page.places.set_ids(page.places.model.ids()[:3])


def test_a_stock_list_that_was_opened_as_goods_is_shown_here(qtbot: QtBot, page: StockPage, tmp_path: Path) -> None:
    path = tmp_path / "盘点.csv"
    path.write_text("货号,库存\n000001,353\n", encoding="utf-8")
    page.show_item(path)
    prompt(qtbot, StockListDialog).reject()


def test_what_expires_first_is_listed_first(qtbot: QtBot, page: StockPage) -> None:
    look_at(qtbot, page, Lying.EXPIRING.value)
    assert listed(page) == [("000015", "冷库", "L2609"), ("000015", "冷库", "L2611")]
    page.warehouse.set_value(MAIN)
    qtbot.waitUntil(lambda: listed(page) == [])


def test_figures_and_lists_agree(supplier: FakeDesk) -> None:
    fill(supplier)
    figures = supplier.read(stock_figures, MINE, world.NOW)
    assert (figures.expiring, figures.expired, figures.counts, figures.transit) == (2, 1, 1, 1)
    low = supplier.read(stock_ids, MINE, Lying.LOW, world.NOW)
    codes = {e.code for e in supplier.read(stock_entries, MINE, low)}
    everywhere = supplier.read(stock_entries, MINE, supplier.read(stock_ids, MINE, Lying.ALL, world.NOW))
    assert {e.code for e in everywhere if e.low} == codes
    assert "000004" in codes, "its own limit counts"
    assert len(codes) == figures.low
    held = supplier.read(stock_entries, MINE, supplier.read(stock_ids, MINE, Lying.HELD, world.NOW))
    assert held
    assert all(e.reserved for e in held)
    found = supplier.read(stock_ids, MINE, Lying.ALL, world.NOW, "L2612")
    assert [e.lot for e in supplier.read(stock_entries, MINE, found)] == ["L2612"]


def test_goods_that_were_never_received_are_low_and_can_be_received(
    qtbot: QtBot, page: StockPage, supplier: FakeDesk
) -> None:
    supplier.submit(ImportGoods(lines=(GoodsLine(row=1, code="NEW-1", title="新到的水", supply_price=10_000),)))
    [new] = supplier.store.find(Sku, code="NEW-1")
    supplier.store.replace(Sku, [new.with_(live=True, on_sale=True)])
    figures = supplier.read(stock_figures, MINE, world.NOW)
    look_at(qtbot, page, Lying.LOW.value)
    assert len({code for code, _, _ in listed(page)}) == figures.low
    assert listed(page)[-1][0] == "NEW-1"
    look_at(qtbot, page, Lying.NOWHERE.value)
    assert [code for code, _, _ in listed(page)] == ["NEW-1"]
    page.places.select(page.places.model.ids()[0])
    page.places.activated.emit(page.places.model.ids()[0])
    assert page.inspector.is_open()
    panel: Any = page.inspector.content()
    panel.buttons[0].click()
    asked = prompt(qtbot, StockPrompt)
    asked.quantity.set_value(40)
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    assert stock_of(supplier, "NEW-1").on_hand == 40
    qtbot.waitUntil(lambda: listed(page) == [])


def test_a_place_says_in_words_what_is_held_and_by_whom(qtbot: QtBot, page: StockPage, supplier: FakeDesk) -> None:
    asked: list[tuple[str, object]] = []
    page._navigate = lambda key, what: asked.append((key, what))
    page.open_place(stock_of(supplier, "000001").id)
    panel: Any = page.inspector.content()
    entry = panel._entry
    buttons = [b for b in panel.findChildren(type(panel.buttons[0])) if b not in panel.buttons]
    assert entry.reserved > 0
    assert buttons
    buttons[0].click()
    assert asked[0][0] == "supply"
    assert entry.available == entry.on_hand - entry.reserved - entry.leased


def test_a_manager_books_a_count_after_seeing_its_differences(
    qtbot: QtBot, page: StockPage, supplier: FakeDesk
) -> None:
    before = stock_of(supplier, "000001").on_hand
    look_at(qtbot, page, COUNTS)
    page._show(page.counts.model.ids()[0])
    [sheet] = supplier.store.find(StockCount)
    detail = supplier.read(count_detail, sheet)
    assert [line.difference for line in detail.different] == [-3, 2]
    assert detail.value == sum(line.value or 0 for line in detail.different) != 0
    panel: Any = page.inspector.content()
    panel.buttons[0].click()
    asked = prompt(qtbot, Confirm)
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    assert isinstance(supplier.submitted[-1], DecideCount)
    assert stock_of(supplier, "000001").on_hand == before - 3
    assert supplier.store.find(StockCount)[0].state is CountState.BOOKED


def test_another_count_is_asked_for(qtbot: QtBot, page: StockPage, supplier: FakeDesk) -> None:
    look_at(qtbot, page, COUNTS)
    page._show(page.counts.model.ids()[0])
    panel: Any = page.inspector.content()
    panel.buttons[1].click()
    asked = prompt(qtbot, ReasonPrompt)
    asked.suggestions[0].click()
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    assert supplier.store.find(StockCount)[0].state is CountState.RECOUNT


def test_a_clerk_counts_blindly_and_hands_the_count_in(qtbot: QtBot, desk_of: Callable[[Actor], FakeDesk]) -> None:
    desk = desk_of(clerk())
    page = shown(qtbot, desk)
    page.scan("count")
    dialog = prompt(qtbot, ScanDialog)
    QTest.keyClicks(dialog.field, "000001")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(dialog.lines()) == 1)
    before = stock_of(desk, "000001").on_hand
    with qtbot.waitSignal(dialog.booked):
        dialog.book.click()
    [sent] = [m for m in desk.submitted if isinstance(m, SubmitCount)]
    assert (sent.lines[0].counted, stock_of(desk, "000001").on_hand) == (1, before)
    look_at(qtbot, page, COUNTS)
    page._show(page.counts.model.ids()[0])
    panel: Any = page.inspector.content()
    assert panel.buttons == []
    assert desk.read(counts, MINE)[0].counted_by == "小周"


def test_goods_move_to_another_warehouse_and_arrive(qtbot: QtBot, page: StockPage, supplier: FakeDesk) -> None:
    rowid = next(r for r in page.places.model.ids() if page._entries([r])[0].code == "000001")
    page.places.select(rowid)
    page.bulk[0].click()
    asked = prompt(qtbot, TransferPrompt)
    asked.quantities.fields[0].set_value(10**9)
    asked.verb.click()
    assert asked.isVisible(), "no more than is available"
    asked.quantities.fields[0].set_value(4)
    asked.at_once.setChecked(False)
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    sent = supplier.submitted[-1]
    assert isinstance(sent, SendTransfer)
    assert (sent.to_id, sent.lines[0].quantity, sent.at_once) == (COLD, 4, False)
    page.show_item(sent.transfer_id)
    qtbot.waitUntil(lambda: page.inspector.is_open())
    panel: Any = page.inspector.content()
    panel.buttons[0].click()
    arrival = prompt(qtbot, ArrivalPrompt)
    arrival.quantities.fields[0].set_value(3)
    with qtbot.waitSignal(supplier.changed):
        arrival.verb.click()
    assert isinstance(supplier.submitted[-1], ReceiveTransfer)
    assert stock_of(supplier, "000001", COLD).on_hand == 3
    look_at(qtbot, page, TRANSIT)
    assert [t.open for t in supplier.store.find(Transfer, id=sent.transfer_id)] == [False]


def test_limit_shelf_and_tracking_are_set(qtbot: QtBot, page: StockPage, supplier: FakeDesk) -> None:
    entry = page._entries([page.places.model.ids()[0]])[0]
    page.deeds.watch([entry])
    asked = prompt(qtbot, WatchPrompt)
    asked.limit.setText("many")
    asked.verb.click()
    assert asked.limit_row.error()
    asked.limit.setText("25")
    asked.shelf.setText("C-9")
    asked.tracking.set_value(Tracking.LOT)
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    assert supplier.submitted[-1] == WatchStock(sku_ids=(entry.sku_id,), low_at=25, tracking=Tracking.LOT, shelf="C-9")


def test_what_is_done_to_many_places_is_done_to_all_or_said(
    qtbot: QtBot, page: StockPage, supplier: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("s2b_desktop.views.stock.prompts.MAX_WATCHED", 10)
    page.places.view.selectAll()
    skus = {entry.sku_id for entry in page._entries(page.places.selected_ids())}
    assert len(skus) > 10
    page.bulk[1].click()
    asked = prompt(qtbot, WatchPrompt)
    asked.limit.setText("7")
    asked.verb.click()
    qtbot.waitUntil(lambda: bool(toasts(page)))
    sent = [m for m in supplier.submitted if isinstance(m, WatchStock)]
    assert {id_ for m in sent for id_ in m.sku_ids} == skus
    page._with_chosen(lambda entries: None, 5)
    assert any("5" in said for said in toasts(page))


def test_a_warehouse_is_added(qtbot: QtBot, page: StockPage, supplier: FakeDesk) -> None:
    page.deeds.edit_warehouse(None)
    asked = prompt(qtbot, WarehousePrompt)
    asked.verb.click()
    assert asked.name_row.error()
    asked.name.setText("三号仓")
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    assert isinstance(supplier.submitted[-1], SaveWarehouse)
    qtbot.waitUntil(lambda: page.warehouse.count() == 4)


def test_the_ledger_is_filtered_and_written(qtbot: QtBot, page: StockPage, tmp_path: Path) -> None:
    entry = next(e for e in page._entries(page.places.model.ids()) if e.code == "000015" and e.lot)
    page.deeds.show_ledger(entry)
    dialog = prompt(qtbot, LedgerDialog)
    qtbot.waitUntil(lambda: dialog.table.model.rowCount() > 3)
    every = dialog.table.model.rowCount()
    dialog.kind.set_value(MovementKind.RECEIVE)
    qtbot.waitUntil(lambda: dialog.table.model.rowCount() == 3)
    assert every > 3
    dialog.export_to(tmp_path / "流水.xlsx")
    qtbot.waitUntil(lambda: (tmp_path / "流水.xlsx").exists() and zipfile.is_zipfile(tmp_path / "流水.xlsx"))


def test_tracked_goods_are_received_with_lot_and_date(qtbot: QtBot, page: StockPage, supplier: FakeDesk) -> None:
    barcode = sku(supplier, "000015").barcode
    page.scan("receive")
    dialog = prompt(qtbot, ScanDialog)
    dialog.warehouse.set_value(COLD)
    for code in (barcode, f"(01){barcode:0>14}(17)270131(10)L9(30)12", f"(01){barcode:0>14}(17)270131(10)L9"):
        QTest.keyClicks(dialog.field, code)
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: sum(dialog.lines().values()) == 14)
    dialog.book.click()
    assert dialog.isVisible(), "the first one has no lot yet"
    dialog.lot.setText("L8")
    dialog.expires.setText("2027/2/28")
    dialog._lot_typed()
    with qtbot.waitSignal(dialog.booked):
        dialog.book.click()
    sent = {m.lot: m for m in supplier.submitted if isinstance(m, MoveStock) and m.lot in ("L8", "L9")}
    assert {lot: (m.quantity, m.warehouse_id) for lot, m in sent.items()} == {"L8": (1, COLD), "L9": (13, COLD)}
    assert sent["L9"].expires_at == 1_801_353_600_000
    assert supplier.store.find(Stock, owner_id=MINE, sku_id=sku(supplier, "000015").id)


def test_the_sale_that_makes_goods_low_is_told_with_a_way_there(qtbot: QtBot, supplier: FakeDesk) -> None:
    window = MainWindow(supplier, Preferences())
    qtbot.addWidget(window)
    window.show()
    settle(qtbot, supplier)
    stock = stock_of(supplier, "000002")
    assert not any(g.sku_id == stock.sku_id for g in supplier.read(low_goods, MINE))
    gone = MoveStock(sku_id=stock.sku_id, kind=MovementKind.WRITE_OFF, quantity=stock.available - 3, reason="破损")
    supplier.submit(gone)
    qtbot.waitUntil(lambda: any("3" in toast.text() for toast in ToastArea.of(window).toasts()))
    toast = ToastArea.of(window).toasts()[-1]
    assert toast.action is not None
    toast.action.click()
    stock_page = window.page("stock")
    assert isinstance(stock_page, StockPage)
    assert stock_page._list == Lying.LOW.value
    supplier.submit(MoveStock(sku_id=stock.sku_id, kind=MovementKind.WRITE_OFF, quantity=1, reason="破损"))
    settle(qtbot, supplier)
    assert not ToastArea.of(window).toasts(), "it was low before"
    window.close_for_sure()


def test_a_receipt_by_hand_asks_for_lot_and_date_where_the_goods_do(
    qtbot: QtBot, page: StockPage, supplier: FakeDesk
) -> None:
    entry = next(e for e in page._entries(page.places.model.ids()) if e.code == "000015" and not e.lot)
    page.deeds.book(MovementKind.RECEIVE, entry)
    asked = prompt(qtbot, StockPrompt)
    asked.quantity.set_value(2)
    asked.verb.click()
    assert asked.lot_row.error()
    asked.lot.setText("L5")
    asked.verb.click()
    assert asked.expires_row.error()
    asked.expires.setText("20270131")
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    sent = supplier.submitted[-1]
    assert isinstance(sent, MoveStock)
    assert (sent.lot, sent.expires_at) == ("L5", 1_801_353_600_000)


def spoken(table: DataTable[Any], id_: object, column: str) -> str:
    """A cell as it is read out."""
    at = [c.key for c in table.model.columns].index(column)
    said = table.model.index(table.model.ids().index(id_), at).data(Qt.ItemDataRole.AccessibleTextRole)
    assert isinstance(said, str)
    return said


def test_what_was_booked_here_and_not_sent_yet_is_marked(qtbot: QtBot, supplier: FakeDesk) -> None:
    supplier.go_offline(12)
    fill(supplier)  # a count and a transfer too
    page = shown(qtbot, supplier)
    moved = stock_of(supplier, "000015", COLD, "L2611")
    [place] = stock_rowids(page, moved)
    assert "等待同步" in spoken(page.places, place, "on_hand")
    still = stock_of(supplier, "000007")
    assert "等待同步" not in spoken(page.places, stock_rowids(page, still)[0], "on_hand")
    [counted], [sent] = supplier.store.find(StockCount), supplier.store.find(Transfer)
    for list_, paper in ((COUNTS, counted.id), (TRANSIT, sent.id)):
        page.look_at(list_)
        table = page.counts if list_ == COUNTS else page.transfers
        qtbot.waitUntil(lambda: bool(page._table.model.ids()))
        assert "等待同步" in spoken(table, paper, "state")
    page.grab()


def stock_rowids(page: StockPage, stock: Stock) -> list[object]:
    """The row of a place."""
    table = page.places
    return [id_ for id_ in table.model.ids() if page._entries([id_])[0].stock_id == stock.id]
