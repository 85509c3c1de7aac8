"""Many goods in one grid: edits are shown old and new, saved as commands, and taken back as one."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.goods import goods_ids
from s2b_desktop.models.queries.imports import import_history
from s2b_desktop.text import tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.goods.bulk import PercentPrompt, SetPrompt
from s2b_desktop.views.goods.editor import GoodsEditor
from s2b_desktop.views.goods.page import GoodsPage
from s2b_desktop.views.imports.grid import DryRunGrid
from s2b_desktop.views.imports.lines import Kind
from s2b_domain.commands.goods import ImportGoods
from s2b_domain.commands.imports import UndoImport
from s2b_domain.records.catalog import Price, Product, Revision, Sku
from s2b_domain.rules.onboarding import ContentState
from s2b_domain.rules.units import Unit
from tests.views import world
from tests.views.desk import FakeDesk

MINE = world.SUPPLIER.organisation_id


@pytest.fixture
def editor(qtbot: QtBot, supplier: FakeDesk) -> GoodsEditor:
    rowids = list(supplier.read(goods_ids, MINE))
    made = GoodsEditor(supplier, rowids)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.grid is not None, timeout=20_000)
    return made


def grid_of(editor: GoodsEditor) -> DryRunGrid:
    assert editor.grid is not None
    return editor.grid


def place(editor: GoodsEditor, field: str) -> int:
    return next(at for at, c in enumerate(grid_of(editor).preview.columns) if c.field == field)


def asked_percent(qtbot: QtBot, editor: GoodsEditor) -> PercentPrompt:
    editor.percent_button.click()
    qtbot.waitUntil(lambda: bool(editor.findChildren(PercentPrompt)))
    return editor.findChildren(PercentPrompt)[-1]


def test_all_goods_stand_in_the_grid_as_they_are(editor: GoodsEditor, supplier: FakeDesk) -> None:
    grid = grid_of(editor)
    QAbstractItemModelTester(grid.table.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    skus = supplier.store.find(Sku, supplier_id=MINE)
    assert grid.preview.count(Kind.UNCHANGED) == len(skus)
    assert not editor.save_button.isEnabled()
    keys = list(range(len(skus)))
    title = place(editor, "title")
    grid.preview.run.edit({(key, grid.preview.columns[title].column): "x" for key in keys})
    grid.undo()
    assert grid.preview.count(Kind.UNCHANGED) == len(skus)


def test_writing_every_cell_again_changes_nothing(editor: GoodsEditor) -> None:
    run = grid_of(editor).preview.run
    cells = run.cells(list(range(len(run.lines))))
    texts = {(key, at): str(text) for key, row in enumerate(cells) for at, text in enumerate(row or ())}
    run.edit(texts)
    assert set(run.counts.elements()) == {Kind.UNCHANGED}


def test_prices_and_content_are_edited_together_and_taken_back(
    qtbot: QtBot, editor: GoodsEditor, supplier: FakeDesk
) -> None:
    grid = grid_of(editor)
    before = {p.sku_id: p.supply_price for p in supplier.store.find(Price, supplier_id=MINE)}
    keys = list(range(len(grid.preview.run.lines)))
    prompt = asked_percent(qtbot, editor)
    prompt.step.set_value(1_000)
    editor.set_prices(prompt.place, keys, prompt.prices(), prompt.tiers())
    live = next(
        key
        for key, line in enumerate(grid.preview.run.lines)
        if (row := grid.preview.rows([key])[0]).beside is not None and row.beside.review == "LIVE" and line.code
    )
    editor.set_value(place(editor, "brand"), "新牌", [live])
    assert "→" in grid.preview.rows([live])[0].cells[place(editor, "supply_price")]
    assert "待审核" in editor.told.text()
    with qtbot.waitSignal(editor.saved, timeout=20_000) as heard:
        editor.save()
    assert all(isinstance(message, ImportGoods) for message in supplier.submitted)
    after = {p.sku_id: p.supply_price for p in supplier.store.find(Price, supplier_id=MINE)}
    assert all(after[i] % 1_000 == 0 and after[i] > before[i] for i in before)
    [sku] = supplier.store.find(Sku, code=grid.preview.run.lines[live].code, supplier_id=MINE)
    [revision] = [
        r
        for r in supplier.store.find(Revision, product_id=sku.product_id)
        if r.state is ContentState.SUBMITTED and r.content.brand == "新牌"
    ]
    assert supplier.store.find(Product, id=sku.product_id)[0].brand != "新牌"
    [entry] = supplier.read(import_history, MINE)
    assert entry.import_id == heard.args[0]
    for part in entry.parts:
        supplier.submit(UndoImport(part_id=part))
    assert {p.sku_id: p.supply_price for p in supplier.store.find(Price, supplier_id=MINE)} == before
    assert supplier.store.find(Revision, id=revision.id)[0].state is ContentState.REPLACED


def test_prices_by_quantity_go_along_with_the_supply_price(qtbot: QtBot, editor: GoodsEditor) -> None:
    grid = grid_of(editor)
    keys = [0, 1, 2]
    price, tiers = place(editor, "supply_price"), place(editor, "tiers")
    editor.set_value(price, "10", keys)
    for key, text in enumerate(("10: 9.5; 100: 8", "3: 9.99", "many: cheap")):
        editor.set_value(tiers, text, [key])
    prompt = asked_percent(qtbot, editor)
    prompt.where.set_value(price)
    prompt.step.set_value(10_000)
    assert "2 个商品的阶梯价" in prompt._told.text()
    editor.set_prices(prompt.place, keys, prompt.prices()[:3], prompt.tiers()[:3])
    assert [grid.preview.text_at(key, tiers) for key in keys] == ["10: 10; 100: 8", "3: 10", ""]
    grid.undo()
    assert [grid.preview.text_at(key, tiers) for key in keys[:2]] == ["10: 9.5; 100: 8", "3: 9.99"]
    prompt = asked_percent(qtbot, editor)
    prompt.where.set_value(place(editor, "dropship_price"))
    assert prompt.tiers() == [None] * len(prompt.tiers())


def test_an_edit_in_place_begins_with_the_whole_text_and_not_with_what_is_shown_of_it(editor: GoodsEditor) -> None:
    grid = grid_of(editor)
    model, columns = grid.table.model, {c.key: at for at, c in enumerate(grid.table.model.columns)}
    long = "第一行\n" + "很长的说明" * 100
    for field, text in (("description", long), ("title", "USB → Type-C 转接头")):
        at = place(editor, field)
        index = model.index(0, columns[f"{field}:{grid.preview.columns[at].column}"])
        model.setData(index, text)
        assert model.data(index, Qt.ItemDataRole.EditRole) == text
        model.setData(index, model.data(index, Qt.ItemDataRole.EditRole) + "!")
        assert grid.preview.text_at(0, at) == text + "!"
        assert grid.preview.run.cells([0])[0][grid.preview.columns[at].column] == text + "!"  # type: ignore[index]


def test_what_is_live_stands_behind_what_waits(editor: GoodsEditor) -> None:
    grid = grid_of(editor)
    rows: list[Any] = grid.preview.rows(list(range(len(grid.preview.run.lines))))
    revised = [row for row in rows if row.beside is not None and row.beside.live is not None]
    assert revised, "the world has goods with a change in review"
    assert any("当前线上" in said for row in revised for said in row.traces)


def test_a_paste_from_excel_and_a_wrong_cell(editor: GoodsEditor) -> None:
    grid = grid_of(editor)
    column = grid.preview.columns[place(editor, "supply_price")].column
    grid.table.select(0)
    grid.table.make_current(0, f"supply_price:{column}")
    QApplication.clipboard().setText("1.5\n时价\n")
    grid.table.paste()
    assert [grid.preview.run.lines[key].kind for key in (0, 1)] == [Kind.CHANGED, Kind.WRONG]
    editor.shown.set_value(Kind.WRONG)
    assert list(grid.table.model.ids()) == [1]
    code = grid.preview.columns[place(editor, "sku_code")].column
    grid.put({(0, code): "other"})
    assert grid.preview.run.lines[0].code != "other", "the code names the goods"
    prompt = SetPrompt(editor._columns(), place(editor, "category"), 2, ["食品 / 水"])
    assert prompt.value.completer() is not None
    prompt.deleteLater()


def test_the_goods_page_opens_it_and_unsaved_edits_are_asked_about(qtbot: QtBot, supplier: FakeDesk) -> None:
    page = GoodsPage(supplier, lambda _key, _what: None)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: len(page.table.model.ids()) > 0, timeout=20_000)
    page.edit_many()
    editor = page.editor
    qtbot.waitUntil(lambda: editor.grid is not None, timeout=20_000)
    editor.set_value(place(editor, "brand"), "新牌", [0])
    editor.close()
    assert editor.isVisible()
    [asked] = [prompt for prompt in editor.findChildren(Confirm) if prompt.isVisible()]
    asked.verb.click()
    assert not editor.isVisible()
    assert supplier.submitted == []


def test_what_is_edited_while_a_large_change_is_worked_out_follows_it(
    qtbot: QtBot, editor: GoodsEditor, supplier: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("s2b_desktop.views.imports.grid.AT_ONCE", 1)
    grid = grid_of(editor)
    keys = list(range(len(grid.preview.run.lines)))
    prompt = asked_percent(qtbot, editor)
    editor.set_prices(prompt.place, keys, prompt.prices(), prompt.tiers())
    assert not editor.save_button.isEnabled(), "what would be saved is not known yet"
    assert not editor.percent_button.isEnabled()
    editor.set_value(place(editor, "brand"), "新牌", keys[:3])
    qtbot.waitUntil(lambda: not grid.working())
    rows = grid.preview.rows(keys)
    assert all("→" in row.cells[place(editor, "supply_price")] for row in rows)
    assert ["新牌" in row.cells[place(editor, "brand")] for row in rows[:4]] == [True, True, True, False]
    assert editor.save_button.isEnabled()


@pytest.mark.parametrize("way", ["button", "key", "window"])
def test_without_edits_it_closes_at_once(editor: GoodsEditor, way: str) -> None:
    if way == "button":
        next(button for button in editor.findChildren(Button) if button.text() == tr("Close")).click()
    elif way == "key":
        QTest.keyClick(editor, Qt.Key.Key_Escape)
    else:
        editor.close()
    assert not editor.isVisible()


def test_packages_are_typed_shown_and_saved_at_once(qtbot: QtBot, editor: GoodsEditor, supplier: FakeDesk) -> None:
    grid = grid_of(editor)
    skus = {s.code: s for s in supplier.store.find(Sku, supplier_id=MINE)}
    key = next(at for at, line in enumerate(grid.preview.run.lines) if skus[line.code].live)
    sku = skus[grid.preview.run.lines[key].code]
    column = place(editor, "packages")
    editor.set_value(column, "大箱 = 1", [key])
    assert grid.preview.count(Kind.WRONG) == 1
    editor.set_value(column, "大箱 = 24 (16901234567892)；托 = 480", [key])
    assert (grid.preview.count(Kind.WRONG), grid.preview.count(Kind.CHANGED)) == (0, 1)
    assert tr("{n} act at once", n=1) in editor.told.text()
    with qtbot.waitSignal(editor.saved, timeout=20_000):
        editor.save()
    after = supplier.store.find(Sku, id=sku.id)[0]
    assert after.packages == (Unit("大箱", 24, "16901234567892"), Unit("托", 480))
    assert after.live
