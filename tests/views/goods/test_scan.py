"""Receiving, counting, moving and writing off with a scanner that is faster than the program."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.counting import seen_in_main
from s2b_desktop.models.queries.goods import GoodsEntry, goods_entries, goods_ids
from s2b_desktop.text import day, day_typed, parse_day
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.goods import scan_list
from s2b_desktop.views.goods.differences import DifferencePrompt, ShortagePrompt
from s2b_desktop.views.goods.scan import ScanDialog, lot_words
from s2b_desktop.views.goods.scan_list import Mode
from s2b_domain.commands.command import Command
from s2b_domain.commands.goods import GoodsLine, ImportGoods
from s2b_domain.commands.stock import CountStock, MoveStock, main_warehouse_id
from s2b_domain.commands.transfers import SendTransfer
from s2b_domain.commands.warehouses import SaveWarehouse, WatchStock
from s2b_domain.errors import Refused
from s2b_domain.rules.stock import MovementKind, Tracking
from s2b_domain.rules.units import Unit
from tests.views import world
from tests.views.desk import FakeDesk

MINE = world.SUPPLIER.organisation_id


@pytest.fixture
def opened(qtbot: QtBot, supplier: FakeDesk) -> Callable[[Mode], ScanDialog]:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()

    def make(mode: Mode) -> ScanDialog:
        dialog = ScanDialog(supplier, mode, parent=window)
        dialog.open()
        return dialog

    return make


@pytest.fixture
def beeps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    heard: list[int] = []
    monkeypatch.setattr(QApplication, "beep", lambda: heard.append(1))
    return heard


def goods(desk: FakeDesk) -> list[GoodsEntry]:
    return goods_entries(desk.connection, MINE, goods_ids(desk.connection, MINE))


def scan(dialog: ScanDialog, *codes: str) -> None:
    for code in codes:
        QTest.keyClicks(dialog.field, code)
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)


def test_a_burst_is_received_to_the_last_piece(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk, beeps: list[int]
) -> None:
    first, second, *_ = goods(supplier)
    dialog = opened("receive")
    scan(dialog, *[first.barcode, second.code] * 20, first.barcode)
    qtbot.waitUntil(lambda: sum(dialog.lines().values()) == 41)
    assert dialog.lines() == {first.sku_id: 21, second.sku_id: 20}
    assert dialog.digits.text() == "21"
    assert dialog.isVisible(), "a scanner's Enter books nothing"
    assert supplier.submitted == []
    with qtbot.waitSignal(dialog.booked):
        dialog.book.click()
    sent = {m.sku_id: m.quantity for m in supplier.submitted if isinstance(m, MoveStock)}
    assert sent == {first.sku_id: 21, second.sku_id: 20}
    after = {e.sku_id: e.on_hand for e in goods(supplier)}
    assert after[first.sku_id] == first.on_hand + 21
    assert beeps == []
    assert supplier.drafts("scan/") == {}


def test_what_is_being_booked_can_neither_be_changed_nor_left_to_be_booked_again(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk
) -> None:
    first, *_ = goods(supplier)
    dialog = opened("receive")
    scan(dialog, first.barcode)
    qtbot.waitUntil(lambda: bool(dialog.lines()))
    with qtbot.waitSignal(dialog.booked):
        dialog.book.click()
        dialog.reject()
        dialog.close()
        assert dialog.isVisible(), "a second dialog would begin with the same list"
        QTest.mouseClick(dialog.book, Qt.MouseButton.LeftButton)
        QTest.mouseClick(dialog.discard, Qt.MouseButton.LeftButton)
    assert [m.sku_id for m in supplier.submitted if isinstance(m, MoveStock)] == [first.sku_id]
    assert not dialog.isVisible()


def test_a_code_that_is_still_looked_up_is_not_left_out_of_what_is_booked(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk, beeps: list[int]
) -> None:
    first, second, *_ = goods(supplier)
    dialog = opened("receive")
    scan(dialog, first.barcode)
    qtbot.waitUntil(lambda: bool(dialog.lines()))
    scan(dialog, second.barcode)
    dialog.book.click()
    assert beeps == [1]
    qtbot.waitUntil(lambda: set(dialog.lines()) == {first.sku_id, second.sku_id})
    with qtbot.waitSignal(dialog.booked):
        dialog.book.click()
    assert {m.sku_id for m in supplier.submitted if isinstance(m, MoveStock)} == {first.sku_id, second.sku_id}


def test_an_unknown_code_is_heard_and_said(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk, beeps: list[int]
) -> None:
    first, *_ = goods(supplier)
    dialog = opened("receive")
    scan(dialog, "4006381333931", first.barcode)
    qtbot.waitUntil(lambda: bool(dialog.lines()))
    assert beeps == [1]
    assert dialog.lines() == {first.sku_id: 1}
    scan(dialog, "4006381333931")
    qtbot.waitUntil(lambda: len(beeps) == 2)
    assert "4006381333931" in dialog.problem.text()
    assert not dialog.problem.isHidden()


def test_a_quantity_is_typed_behind_a_star(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk, beeps: list[int]
) -> None:
    first, *_ = goods(supplier)
    dialog = opened("receive")
    scan(dialog, first.barcode, "*144")
    qtbot.waitUntil(lambda: dialog.lines() == {first.sku_id: 144})
    scan(dialog, "*1.5")
    qtbot.waitUntil(lambda: beeps == [1])
    assert dialog.lines() == {first.sku_id: 144}


def test_a_code_that_begins_with_x_is_no_quantity(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk, beeps: list[int]
) -> None:
    first, *_ = goods(supplier)
    supplier.submit(ImportGoods(lines=(GoodsLine(row=1, code="X100", title="螺栓", supply_price=10_000),)))
    dialog = opened("count")
    scan(dialog, first.barcode, "X100", "X100")
    qtbot.waitUntil(lambda: sorted(dialog.lines().values()) == [1, 2])
    assert dialog.lines()[first.sku_id] == 1
    assert beeps == []


def test_a_count_shows_its_differences_and_keeps_what_moved_meanwhile(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk
) -> None:
    first, second, *_ = goods(supplier)
    positions = [supplier.read(seen_in_main, MINE, e.sku_id).position for e in (first, second)]
    dialog = opened("count")
    scan(dialog, first.barcode, "*5", second.barcode, f"*{second.on_hand}")
    qtbot.waitUntil(lambda: dialog.lines() == {first.sku_id: 5, second.sku_id: second.on_hand})
    assert [(e.code, n) for e, _books, n in dialog.differences()] == [(first.code, 5 - first.on_hand)]
    supplier.submit(MoveStock(sku_id=first.sku_id, kind="RECEIVE", quantity=7))  # type: ignore[arg-type]
    dialog.book.click()
    asked = next(w for w in QApplication.topLevelWidgets() if isinstance(w, DifferencePrompt) and w.isVisible())
    assert asked.table.model.rowCount() == 1
    shown = {c.key: c.text(asked.table.model.row(0)) for c in asked.table.model.columns}
    assert (shown["books"], shown["counted"]) == (f"{first.on_hand}", "5"), "what came meanwhile is no difference"
    assert shown["difference"] == f"-{first.on_hand - 5}"
    with qtbot.waitSignal(dialog.booked):
        asked.verb.click()
    counts = [m for m in supplier.submitted if isinstance(m, CountStock)]
    assert [(c.counted, c.position) for c in counts] == [(5, positions[0]), (second.on_hand, positions[1])]
    assert next(e.on_hand for e in goods(supplier) if e.sku_id == first.sku_id) == 12


def test_one_barcode_for_two_goods_is_asked_once_and_holds_the_burst(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk, beeps: list[int]
) -> None:
    first, second, *_ = goods(supplier)
    supplier.submit(ImportGoods(lines=(GoodsLine(row=1, code=second.code, barcodes=(first.barcode,)),)))
    dialog = opened("receive")
    scan(dialog, first.barcode, first.code)
    qtbot.waitUntil(lambda: dialog._choice.count() > 0)
    assert dialog.lines() == {}
    assert dialog.field.waiting() == 1
    offered = [button for button in dialog.findChildren(Button) if button.text().startswith(second.code)]
    assert len(offered) == 1
    QTest.mouseClick(offered[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.lines() == {second.sku_id: 1, first.sku_id: 1})


def test_what_was_scanned_is_there_when_one_comes_back(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk
) -> None:
    first, *_ = goods(supplier)
    dialog = opened("count")
    scan(dialog, first.barcode, first.barcode)
    qtbot.waitUntil(lambda: dialog.lines() == {first.sku_id: 2})
    dialog.cancel.click()
    assert opened("count").lines() == {first.sku_id: 2}
    assert opened("receive").lines() == {}


@pytest.mark.parametrize("mode", ["receive", "count", "sheets"])
def test_a_list_of_which_something_is_refused_is_kept_whole_and_nothing_of_it_is_booked(
    qtbot: QtBot,
    opened: Callable[[Mode], ScanDialog],
    supplier: FakeDesk,
    beeps: list[int],
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
) -> None:
    monkeypatch.setattr(scan_list, "MAX_LINES", 2)
    accept = supplier._accept

    def refuse_the_second(message: Command, *rest: Any) -> Any:
        if supplier.submitted:
            raise Refused("not_found")
        return accept(message, *rest)

    monkeypatch.setattr(supplier, "_accept", refuse_the_second)
    first, second, third, *_ = goods(supplier)
    dialog = opened("receive" if mode == "receive" else "count")
    dialog._approves = mode != "sheets"
    scan(dialog, first.barcode, f"*{first.on_hand}", second.barcode, f"*{second.on_hand}", third.barcode)
    scan(dialog, f"*{third.on_hand}")
    qtbot.waitUntil(lambda: dialog.lines().get(third.sku_id) == third.on_hand)
    dialog.book.click()
    qtbot.waitUntil(lambda: not dialog.problem.isHidden())
    left = [first.sku_id, second.sku_id, third.sku_id]
    assert (list(dialog.lines()), dialog.isEnabled(), supplier.submitted) == (left, True, [])
    monkeypatch.undo()
    dialog.book.click()
    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert supplier.submitted
    assert supplier.draft(f"scan/{dialog._mode}") is None


def test_a_list_of_nothing_books_nothing_and_is_over(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk
) -> None:
    first, *_ = goods(supplier)
    dialog = opened("receive")
    scan(dialog, first.barcode, "*0")
    qtbot.waitUntil(lambda: dialog.lines() == {first.sku_id: 0})
    dialog.book.click()
    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert supplier.submitted == []
    assert opened("receive").lines() == {}


def test_every_word_changes_its_language(opened: Callable[[Mode], ScanDialog], look: QApplication) -> None:
    dialog = opened("receive")
    assert dialog.book.text() == "确认入库"
    switch_language(look, "en")
    assert dialog.book.text() == "Book the goods received"
    assert dialog.windowTitle() == "Receive by scanner"


def test_a_lot_is_typed_after_its_expiry_in_english_too(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk, look: QApplication, beeps: list[int]
) -> None:
    first, *_ = goods(supplier)
    supplier.submit(WatchStock(sku_ids=(first.sku_id,), tracking=Tracking.EXPIRY))
    switch_language(look, "en")
    dialog = opened("receive")
    scan(dialog, first.barcode)
    qtbot.waitUntil(lambda: bool(dialog.lines()))
    beeps.clear()
    for field, text in ((dialog.expires, "2027-01-31"), (dialog.lot, "L7")):
        field.setText(text)
        field.editingFinished.emit()
    assert beeps == []
    [line] = dialog._list.lines.values()
    assert (line.lot, line.expires_at) == ("L7", 1_801_353_600_000)
    assert lot_words(line) == "L7 · 31 Jan 2027"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows takes its time zone from the system")
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai"])
def test_a_typed_day_is_the_same_day_wherever_the_pc_stands(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        typed = parse_day("2027-01-31")
        assert typed is not None
        assert (day(typed), day_typed(typed)) == ("2027-01-31", "2027-01-31")
    finally:
        monkeypatch.undo()
        time.tzset()


def _second_warehouse(desk: FakeDesk) -> str:
    warehouse_id = desk.new_id()
    desk.submit(SaveWarehouse(warehouse_id=warehouse_id, name="门市仓", position=9))
    desk.submitted.clear()
    return warehouse_id


def test_goods_are_moved_by_scanner_as_one_transfer(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk
) -> None:
    shop = _second_warehouse(supplier)
    first, second, *_ = goods(supplier)
    dialog = opened("move")
    dialog.target.set_value(shop)
    scan(dialog, first.barcode, "*12", second.code)
    qtbot.waitUntil(lambda: dialog.lines() == {first.sku_id: 12, second.sku_id: 1})
    with qtbot.waitSignal(dialog.booked):
        dialog.book.click()
    [sent] = supplier.submitted
    assert isinstance(sent, SendTransfer)
    assert (sent.from_id, sent.to_id, sent.at_once) == (main_warehouse_id(MINE), shop, True)
    assert {line.sku_id: line.quantity for line in sent.lines} == {first.sku_id: 12, second.sku_id: 1}
    assert dialog.told == "{n} goods moved"


def test_more_than_is_here_is_asked_about_before_it_leaves(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk
) -> None:
    _second_warehouse(supplier)
    first, second, *_ = goods(supplier)
    dialog = opened("move")
    scan(dialog, first.barcode, f"*{first.available + 5}", second.barcode)
    qtbot.waitUntil(lambda: len(dialog.lines()) == 2)
    dialog.book.click()
    asked = next(w for w in QApplication.topLevelWidgets() if isinstance(w, ShortagePrompt) and w.isVisible())
    assert [(d[0].code, d[1], d[2]) for d in asked._differences] == [(first.code, first.available, -5)]
    assert supplier.submitted == []
    with qtbot.waitSignal(dialog.booked):
        asked.verb.click()


def test_goods_are_written_off_by_scanner_with_a_reason(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk, beeps: list[int]
) -> None:
    first, *_ = goods(supplier)
    dialog = opened("write_off")
    scan(dialog, first.barcode, first.barcode)
    qtbot.waitUntil(lambda: dialog.lines() == {first.sku_id: 2})
    dialog.book.click()
    assert supplier.submitted == []
    assert beeps == [1]
    dialog.reason.setCurrentText("泡水")
    dialog.cancel.click()
    again = opened("write_off")
    assert again.reason.currentText() == "泡水", "the reason is kept with what was scanned"
    with qtbot.waitSignal(again.booked):
        again.book.click()
    [sent] = supplier.submitted
    assert isinstance(sent, MoveStock)
    assert (sent.kind, sent.quantity, sent.reason) == (MovementKind.WRITE_OFF, 2, "泡水")


@pytest.mark.parametrize("mode", ["receive", "count"])
def test_a_carton_counts_what_it_holds_and_says_so(
    qtbot: QtBot, opened: Callable[[Mode], ScanDialog], supplier: FakeDesk, mode: Mode
) -> None:
    first, *_ = goods(supplier)
    line = GoodsLine(row=1, code=first.code, packages=(Unit("托", 12, "16901234567892"),))
    supplier.submit(ImportGoods(lines=(line,)))
    dialog = opened(mode)
    scan(dialog, first.barcode, "16901234567892")
    qtbot.waitUntil(lambda: dialog.lines() == {first.sku_id: 13})
    assert dialog.digits.text() == "×12 (托)"
    assert f"1 托 = 12 {first.unit} · 共 13 {first.unit}" in dialog._detail.text()
    assert dialog.quantity.value() == 13
    scan(dialog, "*3")  # three cartons, not three pieces
    qtbot.waitUntil(lambda: dialog.lines() == {first.sku_id: 36})
    scan(dialog, first.barcode)
    qtbot.waitUntil(lambda: dialog.digits.text() == "37")
    scan(dialog, "16901234567892", "(01)16901234567892(10)L7")
    qtbot.waitUntil(lambda: dialog.lines() == {first.sku_id: 61})
    assert dialog.digits.text() == "×12 (托)"
