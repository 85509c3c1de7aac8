"""Stock lists from files and from a watched folder: a dry run that is what is booked, each content once."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from pytestqt.qtbot import QtBot
from python_calamine import CalamineWorkbook

from s2b_desktop.models.queries.stock_papers import warehouses_of
from s2b_desktop.models.stock_import import FeedChoice, StockPlan, plan_stock
from s2b_desktop.models.watched import RESULT, WatchedFolder, look, remember, result_path
from s2b_desktop.views.stock.folder import FolderPrompt, FolderWatch
from s2b_desktop.views.stock.layouts import StockLayouts
from s2b_desktop.views.stock.listing import REASONS, RESULTS, StockListDialog
from s2b_domain.commands.feeds import FeedMode, FeedStock
from s2b_domain.commands.goods import GoodsLine, ImportGoods
from s2b_domain.commands.stock import MoveStock
from s2b_domain.intake.refusal import Refused
from s2b_domain.intake.stock_sheet import StockSheet, read_stock
from s2b_domain.rules.stock import MovementKind
from s2b_domain.rules.units import Unit
from tests.views.desk import FakeDesk
from tests.views.stock.world import COLD, MINE, fill, sku, stock_of

LIST = """库存表 2026-11-22
商品编码,名称,仓库,批号,有效期,实际库存
000001,水,主仓,,,120
000015,坚果,冷库,L1,2027/1/31,"1,200件"
000004,冰红茶,月球,,,3
没有,?,,,,4
000002,怡宝,,,,许多
000003,百岁山,,,,-1
000001,水,主仓,,,121
,无码,,,,3
合计,,,,,1323
"""


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "库存.csv"
    path.write_bytes(LIST.encode("gb18030"))
    return path


def plan(desk: FakeDesk, sheet: StockSheet, **choice: object) -> StockPlan:
    return desk.read(plan_stock, MINE, sheet, FeedChoice(**choice))  # type: ignore[arg-type]


def test_a_list_is_read_whatever_stands_above_and_below_it(listed: Path) -> None:
    sheet = read_stock(listed)
    assert set(sheet.table.columns) == {"code", "quantity", "warehouse", "lot", "expires"}
    assert [row.row for row in sheet.rows] == list(range(3, 11))
    second = sheet.rows[1]
    assert (second.lot, second.quantity, second.expires_at) == ("L1", Decimal(1200), 1_801_353_600_000)


def test_what_is_no_stock_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,address\nAnna,Street 1\n", "utf-8")
    with pytest.raises(Refused):
        read_stock(path)


def test_every_row_has_its_result_and_what_is_planned_is_booked(supplier: FakeDesk, listed: Path) -> None:
    fill(supplier)
    found = plan(supplier, read_stock(listed))
    assert [(p.row, p.result, p.reason) for p in found.rows] == [
        (3, "changed", ""),
        (4, "changed", ""),
        (5, "wrong", "unknown_warehouse"),
        (6, "wrong", "unknown_sku"),
        (7, "wrong", "not_a_number"),
        (8, "wrong", "quantity_wrong"),
        (9, "wrong", "repeated"),
        (10, "wrong", "no_code"),
    ]
    assert all(p.result in RESULTS and (not p.reason or p.reason in REASONS) for p in found.rows)
    for message in found.messages:
        supplier.submit(message)
    assert stock_of(supplier, "000001").on_hand == 120
    assert stock_of(supplier, "000015", COLD, "L1").on_hand == 1200
    again = plan(supplier, read_stock(listed))
    assert (again.count("changed"), again.messages) == (0, ())


def test_movements_after_the_dry_run_are_kept(supplier: FakeDesk, listed: Path) -> None:
    fill(supplier)
    [*messages] = plan(supplier, read_stock(listed)).messages
    supplier.submit(MoveStock(sku_id=sku(supplier, "000001").id, kind=MovementKind.RECEIVE, quantity=7))
    for message in messages:
        supplier.submit(message)
    assert stock_of(supplier, "000001").on_hand == 127


def test_a_full_list_empties_only_the_warehouses_that_it_speaks_of(supplier: FakeDesk, tmp_path: Path) -> None:
    fill(supplier)
    path = tmp_path / "full.csv"
    path.write_text("sku,qty,warehouse\n000015,5,冷库\n000001,x,冷库\n", "utf-8")
    found = plan(supplier, read_stock(path), full=True)
    zeroed = [(p.code, p.lot, p.warehouse) for p in found.rows if p.result == "zeroed"]
    assert sorted(zeroed) == [("000015", "L2609", "冷库"), ("000015", "L2611", "冷库"), ("000015", "L2612", "冷库")]
    added = plan(supplier, read_stock(path), full=True, mode=FeedMode.ADD)
    assert added.count("zeroed") == 0


def test_codes_that_lost_their_zeros_are_told_and_put_back_at_a_word(
    qtbot: QtBot, supplier: FakeDesk, tmp_path: Path
) -> None:
    fill(supplier)
    path = tmp_path / "full.csv"
    path.write_text("sku,qty\n1,5\n000004,7\n4321,7\n", "utf-8")
    found = plan(supplier, read_stock(path), full=True)
    assert [p.reason for p in found.rows if p.result == "wrong"] == ["zeros_lost", "unknown_sku"]
    assert "000001" not in {p.code for p in found.rows if p.result == "zeroed"}, "it is named, if badly"
    dialog = StockListDialog(supplier, path, lambda _said: None)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.plan is not None)
    assert dialog.bar.zeros.isVisible()
    dialog.bar.zeros.click()
    qtbot.waitUntil(lambda: dialog.plan is not None and dialog.plan.count("wrong") == 1)
    assert dialog.plan is not None
    assert [(p.code, p.after) for p in dialog.plan.rows if p.row == 2] == [("000001", "5")]


ODD = """品,名,甲,乙
000001,水,120,A-1
000015,坚果,33,B-2
000004,冰红茶,5,B-3
"""


def test_columns_of_an_unknown_list_are_named_by_hand_and_remembered(
    qtbot: QtBot, supplier: FakeDesk, tmp_path: Path
) -> None:
    fill(supplier)
    path = tmp_path / "盘点.csv"
    path.write_text(ODD, "utf-8")
    with pytest.raises(Refused):
        read_stock(path)
    dialog = StockListDialog(supplier, path, lambda said: None)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: bool(dialog.columns.combos))
    assert not dialog.book.isEnabled()
    assert "120" in dialog.columns.combos["quantity"].itemText(3)
    dialog.columns.combos["code"].set_value(0)
    dialog.columns.combos["quantity"].set_value(2)
    qtbot.waitUntil(lambda: dialog.plan is not None)
    assert dialog.plan is not None
    assert [(p.code, p.after) for p in dialog.plan.rows] == [("000001", "120"), ("000015", "33"), ("000004", "5")]
    dialog.book.click()
    qtbot.waitUntil(lambda: stock_of(supplier, "000001").on_hand == 120)
    again = StockListDialog(supplier, path, lambda said: None)
    qtbot.addWidget(again)
    qtbot.waitUntil(lambda: again.plan is not None)
    assert again.columns.combos["quantity"].value() == 2
    remembered = StockLayouts(supplier).all()
    assert [r.quantity for r in read_stock(path, remembered=remembered).rows] == [120, 33, 5]


def test_another_table_of_the_file_can_be_meant(qtbot: QtBot, supplier: FakeDesk, tmp_path: Path) -> None:
    fill(supplier)
    path = tmp_path / "two.xlsx"
    book = Workbook()
    for name, rows in (("主仓", [("编码", "数量"), ("000001", 9)]), ("备用", [("编码", "数量"), ("000004", 4)])):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(path)
    dialog = StockListDialog(supplier, path, lambda said: None)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.plan is not None)
    assert dialog.columns.sheets is not None
    other = 1 if dialog.columns.sheets.value() == 0 else 0
    first = [p.code for p in dialog.plan.rows] if dialog.plan else []
    dialog.columns.sheets.set_value(other)
    qtbot.waitUntil(lambda: dialog.plan is not None and [p.code for p in dialog.plan.rows] != first)
    assert dialog.plan is not None
    assert {*first, *(p.code for p in dialog.plan.rows)} == {"000001", "000004"}


def test_the_dialog_shows_the_dry_run_and_books_the_good_rows(qtbot: QtBot, supplier: FakeDesk, listed: Path) -> None:
    fill(supplier)
    told: list[str] = []
    dialog = StockListDialog(supplier, listed, lambda said: told.append(said()))
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.plan is not None, timeout=10_000)
    assert dialog.table.model.row(0).result == "wrong", "what is wrong comes first"
    dialog.book.click()
    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert told
    assert stock_of(supplier, "000001").on_hand == 120


def watch(qtbot: QtBot, desk: FakeDesk, folder: Path, **choice: object) -> tuple[FolderWatch, list[str]]:
    told: list[str] = []
    watching = FolderWatch(desk, every_ms=3_600_000)
    watching.told.connect(lambda said, _tone: told.append(said()))
    watching.watch(WatchedFolder(folder=str(folder), choice=FeedChoice(**choice)))  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: not watching._busy)
    return watching, told


def look_again(qtbot: QtBot, watching: FolderWatch) -> None:
    watching.look()
    qtbot.waitUntil(lambda: not watching._busy, timeout=20_000)


def cells(path: Path) -> list[list[Any]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def test_what_is_dropped_is_booked_once_and_its_result_lies_beside_it(
    qtbot: QtBot, supplier: FakeDesk, listed: Path
) -> None:
    fill(supplier)
    watching, told = watch(qtbot, supplier, listed.parent, mode=FeedMode.ADD)
    assert not told, "a file is left alone until it stays as it is"
    before = stock_of(supplier, "000001").on_hand
    look_again(qtbot, watching)
    assert len(told) == 1
    assert stock_of(supplier, "000001").on_hand == before + 120
    written = cells(result_path(listed))
    assert [row[0] for row in written[1:]] == [3, 4, 5, 6, 7, 8, 9, 10]
    (listed.parent / "copy.csv").write_bytes(listed.read_bytes())
    os.utime(listed)
    for _ in range(3):
        look_again(qtbot, watching)
    assert stock_of(supplier, "000001").on_hand == before + 120, "the same content under any name and time"
    assert len([m for m in supplier.submitted if isinstance(m, FeedStock)]) == 2  # one for each warehouse, once
    watching.deleteLater()


def test_a_bad_file_is_told_and_stops_nothing(qtbot: QtBot, supplier: FakeDesk, tmp_path: Path) -> None:
    fill(supplier)
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 broken")
    os.utime(tmp_path / "a.xlsx", (1, 1))
    (tmp_path / "b.csv").write_text("sku,qty\n000001,9\n", "utf-8")
    (tmp_path / "~$b.csv").write_text("x", "utf-8")
    (tmp_path / "notes.pdf").write_text("x", "utf-8")
    watching, told = watch(qtbot, supplier, tmp_path)
    look_again(qtbot, watching)
    assert len(told) == 2
    assert stock_of(supplier, "000001").on_hand == 9
    assert {p.name for p in tmp_path.iterdir() if p.name.endswith(RESULT)} == {"a.xlsx" + RESULT, "b.csv" + RESULT}
    watching.watch(None)
    (tmp_path / "c.csv").write_text("sku,qty\n000001,11\n", "utf-8")
    for _ in range(2):
        look_again(qtbot, watching)
    assert stock_of(supplier, "000001").on_hand == 9
    watching.deleteLater()


def test_what_lies_in_a_folder_of_before_is_not_booked_by_the_rules_of_another(
    qtbot: QtBot, supplier: FakeDesk, tmp_path: Path
) -> None:
    fill(supplier)
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    (first / "a.csv").write_text("sku,qty\n000001,9\n", "utf-8")
    (first / "b.csv").write_text("sku,qty\n000002,5\n", "utf-8")
    before = stock_of(supplier, "000002").on_hand
    watching, told = watch(qtbot, supplier, first)
    other = WatchedFolder(folder=str(second), choice=FeedChoice(mode=FeedMode.ADD))
    watching.told.connect(lambda _said, _tone: watching.watch(other))
    look_again(qtbot, watching)
    look_again(qtbot, watching)
    assert (len(told), stock_of(supplier, "000002").on_hand) == (1, before)
    watching.deleteLater()


def test_a_folder_that_is_gone_is_told_once(qtbot: QtBot, supplier: FakeDesk, tmp_path: Path) -> None:
    watching, told = watch(qtbot, supplier, tmp_path / "gone")
    look_again(qtbot, watching)
    assert len(told) == 1
    watching.deleteLater()


def test_the_folder_is_chosen_and_remembered(qtbot: QtBot, supplier: FakeDesk, tmp_path: Path) -> None:
    fill(supplier)
    prompt = FolderPrompt(supplier, None)
    qtbot.addWidget(prompt)
    prompt.folder.setText(str(tmp_path / "nowhere"))
    prompt.verb.click()
    assert prompt.folder_row.error()
    prompt.folder.setText(str(tmp_path))
    prompt.bar.full.setChecked(True)
    prompt.bar.warehouse.set_value(COLD)
    chosen = prompt.setting()
    assert chosen == WatchedFolder(folder=str(tmp_path), choice=FeedChoice(full=True, warehouse_id=COLD))
    assert msgspec.json.decode(msgspec.json.encode(chosen), type=WatchedFolder) == chosen
    assert [w.id for w in supplier.read(warehouses_of, MINE)][-1] == COLD


@given(st.lists(st.text(max_size=3)), st.text(max_size=3))
def test_a_content_is_remembered_once(taken: list[str], content: str) -> None:
    after = remember(taken, content)
    assert after.count(content) == 1
    assert after[-1] == content


def test_a_file_that_grows_waits(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1", "utf-8")
    found, sizes = look(tmp_path, frozenset(), {})
    assert not found
    (tmp_path / "a.csv").write_text("12", "utf-8")
    found, sizes = look(tmp_path, frozenset(), sizes)
    assert not found
    found, sizes = look(tmp_path, frozenset(), sizes)
    assert [each.path.name for each in found] == ["a.csv"]
    assert not look(tmp_path, frozenset({found[0].content}), sizes)[0]


def test_a_barcode_of_a_carton_counts_cartons(supplier: FakeDesk, tmp_path: Path) -> None:
    line = GoodsLine(row=1, code="000001", packages=(Unit("托", 24, "16901234567892"),))
    supplier.submit(ImportGoods(lines=(line,)))
    sheet, file = [], tmp_path / "箱.csv"
    for quantity in ("5", "2.5", "0.1"):
        file.write_text(f"条码,库存\n16901234567892,{quantity}\n", "utf-8")
        sheet += [plan(supplier, read_stock(file)).rows[0]]
    assert [(p.code, p.after, p.reason) for p in sheet] == [
        ("000001", "120", ""),
        ("000001", "60", ""),
        ("16901234567892", "", "quantity_wrong"),
    ]
