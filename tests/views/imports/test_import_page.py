"""The import wizard from a messy file to the goods, over a desk that carries commands out at once."""

from __future__ import annotations

import gc
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from s2b_desktop.intake_text import aside_text
from s2b_desktop.models.categories import forest
from s2b_desktop.models.queries.goods import Shown
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.imports.lines import Kind
from s2b_desktop.views.imports.page import CHOOSE, PREVIEW, RECOGNISE, RESULT, ImportPage
from s2b_desktop.views.imports.recognise import RecogniseStep
from s2b_desktop.views.imports.rows import on_one_line
from s2b_desktop.views.imports.template import write_template
from s2b_domain.commands.goods import ImportGoods
from s2b_domain.intake.combine import Aside
from s2b_domain.intake.examination import examine
from s2b_domain.intake.mapping import propose
from s2b_domain.intake.refusal import Refused
from s2b_domain.records.catalog import Price, Product, Sku
from s2b_domain.records.stock import Stock
from tests.intake.test_pictures import png
from tests.intake.test_tables import filtered
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.taxonomy.sample import ask_for

HEADER = "货号,品名,条码,单价,库存,单位,产地"
ROWS = (
    "000001,农夫山泉 饮用天然水 550ml×24,,27.5,353,箱,浙江",  # there already: a new price
    "N-1,海苔 原味 20g,6921168509256,8.8,100,袋,福建",
    "N-2,海苔 辣味 20g,,时价,50,袋,福建",
    "N-1,海苔 重复,,9,1,袋,福建",
    "N-3,绿豆糕 300g,,12.50,很多,盒,江苏",
    "N-4,桃酥 500g,,15,30,盒,江苏",
)


@pytest.fixture
def went() -> list[tuple[str, object]]:
    return []


@pytest.fixture
def page(qtbot: QtBot, supplier: FakeDesk, went: list[tuple[str, object]]) -> ImportPage:
    page = ImportPage(supplier, lambda key, what: went.append((key, what)))
    page.resize(1160, 760)
    qtbot.addWidget(page)
    page.show()
    return page


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "报价.csv"
    path.write_bytes("\n".join([HEADER, *ROWS]).encode("gb18030"))
    return path


def recognise(qtbot: QtBot, page: ImportPage, path: Path) -> None:
    page.open_file(path)
    qtbot.waitUntil(lambda: page.wizard.current() == RECOGNISE, timeout=20_000)


def check(qtbot: QtBot, page: ImportPage) -> None:
    page.wizard.next.click()
    checked(qtbot, page)


def checked(qtbot: QtBot, page: ImportPage) -> None:
    qtbot.waitUntil(lambda: page.wizard.current() == PREVIEW and page._preview is not None, timeout=20_000)


def carry_out(qtbot: QtBot, page: ImportPage) -> None:
    page.wizard.next.click()
    qtbot.waitUntil(lambda: page.wizard.current() == RESULT and page.result.strip is None, timeout=20_000)


def counts(page: ImportPage) -> dict[str, int]:
    assert page._preview is not None
    return {kind.value: n for kind in Kind if (n := page._preview.count(kind))}


def shown(page: ImportPage) -> list[int]:
    table: Any = page.preview.table
    return [table.model.row(at).number for at in range(table.model.rowCount())]


def key_of(page: ImportPage, number: int) -> int:
    assert page._preview is not None
    return next(key for key, line in enumerate(page._preview.run.lines) if line.number == number)


def type_into(page: ImportPage, number: int, field: str, text: str) -> None:
    assert page.preview.table is not None
    model = page.preview.table.model
    at = next(n for n, column in enumerate(model.columns) if column.key.startswith(f"{field}:"))
    model.setData(model.index(model.row_of(key_of(page, number)), at), text)


def said(page: ImportPage) -> str:
    return " ".join(label.text() for label in page.result.findChildren(QLabel) if label.isVisibleTo(page))


def test_a_messy_sheet_becomes_goods(qtbot: QtBot, page: ImportPage, supplier: FakeDesk, sheet: Path) -> None:
    recognise(qtbot, page, sheet)
    assert "GBK" in page.recognise._kind.text()
    assert page.recognise.field_of("货号").value() == "sku_code"
    assert page.recognise.field_of("单价").value() == "supply_price"
    check(qtbot, page)
    assert counts(page) == {"new": 2, "changed": 1, "wrong": 3}
    assert shown(page) == [4, 5, 6], "the wrong rows come first"
    assert page.preview.table is not None
    QAbstractItemModelTester(page.preview.table.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    price = next(c for c in page.preview.table.model.columns if c.key.startswith("supply_price"))
    assert price.problem is not None
    assert "时价" in price.problem(page.preview.table.model.row(0))

    page.preview.cards[Kind.CHANGED].click()
    assert shown(page) == [2]
    assert price.text(page.preview.table.model.row(0)) == "26.5 → 27.5"
    page.preview.cards[Kind.CHANGED].click()
    assert shown(page) == [2, 3, 4, 5, 6, 7]

    assert "3" in page.wizard.next.text()
    carry_out(qtbot, page)
    [sent] = supplier.submitted
    assert isinstance(sent, ImportGoods)
    assert [line.code for line in sent.lines] == ["000001", "N-1", "N-4"]
    [water] = supplier.store.find(Sku, code="000001")
    assert supplier.store.find(Price, sku_id=water.id)[0].supply_price == 275_000
    [cake] = supplier.store.find(Sku, code="N-4")
    assert supplier.store.find(Stock, sku_id=cake.id)[0].on_hand == 30
    assert "平台审核后商家才能看到" in said(page)
    assert "马上生效" in said(page)


def test_after_an_import_the_goods_are_one_key_away(
    qtbot: QtBot, page: ImportPage, went: list[tuple[str, object]], sheet: Path
) -> None:
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    page.wizard.next.setFocus()
    carry_out(qtbot, page)
    focused = page.window().focusWidget()
    assert isinstance(focused, Button)
    QTest.keyClick(focused, Qt.Key.Key_Space)
    assert [key for key, _ in went] == ["goods"]


def test_the_same_file_again_is_all_unchanged(qtbot: QtBot, page: ImportPage, supplier: FakeDesk, sheet: Path) -> None:
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    carry_out(qtbot, page)
    page.start_over()
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    assert counts(page) == {"unchanged": 3, "wrong": 3}
    assert not page.wizard.next.isEnabled()
    page.preview.cards[Kind.UNCHANGED].click()
    assert shown(page) == [2, 3, 7]
    assert page._preview is not None
    assert page._preview.rows([key_of(page, 3)])[0].cells[:2] == ("N-1", "海苔 原味 20g"), "what is there is looked up"


def test_a_cell_is_mended_in_place(qtbot: QtBot, page: ImportPage, supplier: FakeDesk, sheet: Path) -> None:
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    type_into(page, 4, "supply_price", "9.9")
    assert counts(page) == {"new": 3, "changed": 1, "wrong": 2}
    type_into(page, 5, "sku_code", "N-5")
    type_into(page, 6, "stock_qty", "还是很多")
    assert counts(page) == {"new": 4, "changed": 1, "wrong": 1}
    type_into(page, 6, "stock_qty", "80")
    assert counts(page) == {"new": 5, "changed": 1}
    page.preview.cards[Kind.WRONG].click()
    type_into(page, 7, "sku_code", "N-5")
    assert counts(page) == {"new": 4, "changed": 1, "wrong": 1}, "the code of another row is refused"
    type_into(page, 7, "sku_code", "N-6")
    carry_out(qtbot, page)
    codes = {sku.code for sku in supplier.store.find(Sku)}
    assert {"N-1", "N-2", "N-3", "N-5", "N-6"} <= codes
    assert "N-4" not in codes


def test_wrong_rows_are_saved_with_their_reasons_and_come_back(
    qtbot: QtBot, page: ImportPage, sheet: Path, tmp_path: Path
) -> None:
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    assert page._preview is not None
    page.papers.save_report(tmp_path / "wrong.xlsx", page._preview.examination)
    qtbot.waitUntil(lambda: bool(ToastArea.of(page).toasts()))
    page.open_file(tmp_path / "wrong.xlsx")
    qtbot.waitUntil(lambda: page.wizard.current() == RECOGNISE and page._work is None, timeout=20_000)
    check(qtbot, page)
    assert page._preview is not None
    assert page._preview.plan.rows == 3


def test_rows_that_stay_are_not_searched_for_rubbish(qtbot: QtBot, page: ImportPage, sheet: Path) -> None:
    gc.unfreeze()
    recognise(qtbot, page, sheet)
    assert gc.get_freeze_count() == 0
    check(qtbot, page)
    assert gc.get_freeze_count() > 0, "a full collection over 100,000 rows stops the window for a second"
    gc.unfreeze()
    carry_out(qtbot, page)
    assert gc.get_freeze_count() > 0, "the commands stay as long"
    page.start_over()
    assert gc.get_freeze_count() == 0


def test_all_or_nothing(qtbot: QtBot, page: ImportPage, supplier: FakeDesk, sheet: Path) -> None:
    recognise(qtbot, page, sheet)
    page.recognise.on_error.set_value("all")
    check(qtbot, page)
    assert counts(page)["wrong"] == 3
    assert not page.wizard.next.isEnabled()
    page.wizard.back.click()
    page.recognise.on_error.set_value("rows")
    page.recognise.mode.set_value("update")
    check(qtbot, page)
    qtbot.waitUntil(lambda: page._preview is not None and page._preview.count(Kind.SKIPPED) == 2, timeout=20_000)
    assert counts(page)["changed"] == 1


def test_a_column_is_mapped_by_hand_and_remembered(
    qtbot: QtBot, page: ImportPage, supplier: FakeDesk, tmp_path: Path
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("甲,乙,丙\nX-1,茶杯,12.5\nX-2,茶壶,50\nX-3,茶盘,88\n", encoding="utf-8")
    recognise(qtbot, page, path)
    for label, field in (("甲", "sku_code"), ("乙", "title"), ("丙", "supply_price")):
        page.recognise.field_of(label).set_value(field)
    assert page.wizard.next.isEnabled()
    check(qtbot, page)
    assert counts(page) == {"new": 3}
    carry_out(qtbot, page)
    page.start_over()
    recognise(qtbot, page, path)
    assert [c.field for c in page.recognise.columns()] == ["sku_code", "title", "supply_price"]
    check(qtbot, page)
    assert counts(page) == {"unchanged": 3}


def test_a_field_belongs_to_one_column(qtbot: QtBot, page: ImportPage, sheet: Path) -> None:
    recognise(qtbot, page, sheet)
    page.recognise.field_of("产地").set_value("supply_price")
    assert page.recognise.field_of("单价").value() == ""
    page.recognise.field_of("货号").set_value("")
    page.recognise.field_of("条码").set_value("")
    assert not page.wizard.next.isEnabled()
    assert not page.recognise.note.isHidden()


def test_sizes_across_do_not_look_left_out(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    path = tmp_path / "sizes.csv"
    path.write_text("货号,品名,单价($),S,M,L\nA1,衣,9,1,2,3\n", encoding="utf-8")
    recognise(qtbot, page, path)

    def sure() -> Sequence[object]:
        return [pill._words for pill in page.recognise._pills.values()][3:]

    assert sure() == ["One SKU each"] * 3
    page.recognise.field_of("M").set_value("weight_g")
    assert sure() == ["Not used", "Chosen by you", "Not used"], "two are not enough to be sizes"
    page.recognise.field_of("M").set_value("")
    assert sure() == ["One SKU each"] * 3
    check(qtbot, page)
    banners = [(b.property("tone"), b.text()) for b in page.preview.findChildren(Banner)]
    assert {tone for tone, text in banners if "人民币" in text} == {"warn"}, "no mere remark"


def test_a_stock_list_leads_to_the_stock_page(
    qtbot: QtBot, page: ImportPage, tmp_path: Path, went: list[tuple[str, object]]
) -> None:
    path = tmp_path / "盘点.csv"
    path.write_text("货号,库存,仓库\n000001,353,主仓\n000002,12,主仓\n", encoding="utf-8")
    recognise(qtbot, page, path)
    assert page.recognise.stock.isVisible()
    page.recognise.field_of("仓库").set_value("title")
    assert not page.recognise.stock.isVisible(), "what has a name describes goods"
    page.recognise.field_of("仓库").set_value("")
    [button] = page.recognise.stock.findChildren(Button)
    button.click()
    assert went == [("stock", path)]
    assert page.wizard.current() == CHOOSE


def test_codes_that_are_made_are_shown(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    path = tmp_path / "styles.csv"
    path.write_text("款号,品名,颜色,单价\nK1,衣,红,9\nK1,衣,蓝,9\n", encoding="utf-8")
    recognise(qtbot, page, path)
    check(qtbot, page)
    assert page.preview.table is not None
    table = page.preview.table.model
    code = next(column for column in table.columns if column.key == "code")
    assert [code.text(table.row(at)) for at in range(2)] == ["K1-红", "K1-蓝"]
    type_into(page, 3, "specs", "黑")
    assert code.text(table.row(1)) == "K1-黑"


def test_prices_that_the_sheet_lacks_are_filled_in(
    qtbot: QtBot, page: ImportPage, supplier: FakeDesk, tmp_path: Path
) -> None:
    path = tmp_path / "stock.csv"
    path.write_text("条码,款号,品名,尺码,库存\n6921168509256,K1,鞋,40,3\n,K1,鞋,41,2\n", encoding="utf-8")
    recognise(qtbot, page, path)
    check(qtbot, page)
    assert counts(page) == {"wrong": 2}
    assert page.preview.table is not None
    table = page.preview.table.model
    assert table.columns[4].key.startswith("supply_price:"), "beside the name, where it is seen"
    assert table.columns[4].problem is not None
    assert "供货价" in table.columns[4].problem(table.row(0))
    barcode = next(c for c in table.columns if c.key.startswith("barcodes:"))
    assert barcode.problem is not None
    assert "条码" in barcode.problem(table.row(1))
    type_into(page, 2, "supply_price", "99")
    assert counts(page) == {"new": 1, "wrong": 1}
    carry_out(qtbot, page)
    [sku] = supplier.store.find(Sku, code="6921168509256")
    assert supplier.store.find(Price, sku_id=sku.id)[0].supply_price == 990_000
    page.start_over()
    recognise(qtbot, page, path)
    check(qtbot, page)
    assert counts(page) == {"unchanged": 1, "wrong": 1}, "the layout is remembered without what was made for it"


def test_lost_zeros_are_offered_back(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    path = tmp_path / "zeros.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        goods = book.add_worksheet()
        goods.write_row(0, 0, ["货号", "品名", "单价", "库存"])
        for n in range(1, 30):
            goods.write_row(n, 0, [f"{n:06d}", f"货 {n}", 5, 1])
        goods.write_row(30, 0, [77, "丢零", 5, 1])
    recognise(qtbot, page, path)
    check(qtbot, page)
    wrong = counts(page).get("wrong", 0)
    assert wrong == 1
    repair = next(b for b in page.preview.findChildren(Button) if b.text() == "补回前导零")
    repair.click()
    qtbot.waitUntil(lambda: page._preview is not None and page._preview.count(Kind.WRONG) == 0, timeout=20_000)
    assert page._preview is not None
    assert "000077" in {goods.sku_code for goods in page._preview.plan.new}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", b"%PDF-1.7 ...", "PDF"),
        ("b.xlsx", b"PK\x03\x04 broken", "损坏"),
        ("c.csv", b"", "空"),
        ("d.csv", "货号,品名,单价\n".encode(), "商品"),
    ],
)
def test_a_refused_file_says_why_and_loses_nothing(
    qtbot: QtBot, page: ImportPage, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    page.open_file(path)
    qtbot.waitUntil(lambda: not page.choose.problem.isHidden(), timeout=20_000)
    assert words in page.choose.problem.text()
    assert name in page.choose.problem.text()
    assert page.wizard.current() == CHOOSE


def test_a_file_is_dropped_and_rows_are_pasted(qtbot: QtBot, page: ImportPage, sheet: Path) -> None:
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(sheet))])
    assert page.choose.drop.take(dropped)
    qtbot.waitUntil(lambda: page.wizard.current() == RECOGNISE, timeout=20_000)
    page.start_over()
    pasted = QMimeData()
    pasted.setText("货号\t品名\t单价\nP-1\t茶杯\t12.5\n")
    assert page.choose.drop.take(pasted)
    qtbot.waitUntil(lambda: page.wizard.current() == RECOGNISE, timeout=20_000)
    check(qtbot, page)
    assert counts(page) == {"new": 1}


def test_what_was_imported_is_listed_and_read_again(qtbot: QtBot, page: ImportPage, sheet: Path) -> None:
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    carry_out(qtbot, page)
    page.result.again.emit()
    assert page.wizard.current() == CHOOSE

    def again() -> list[Button]:
        return [b for b in page.choose.findChildren(Button) if b.text() == "再次导入" and b.isVisibleTo(page)]

    qtbot.waitUntil(lambda: bool(again()))
    again()[0].click()
    qtbot.waitUntil(lambda: page.wizard.current() == RECOGNISE, timeout=20_000)


def test_an_import_that_ends_early_says_how_far_it_came(
    qtbot: QtBot, page: ImportPage, supplier: FakeDesk, sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, failed: Callable[[Exception], None], **_more: Any) -> None:
        failed(Refused("not_permitted"))

    monkeypatch.setattr(supplier, "submit_many", refuse)
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    carry_out(qtbot, page)
    assert supplier.submitted == []
    assert "0 / 3" in page.result.title.text()
    assert supplier.drafts("import/run") == {}
    assert supplier.drafts("import/part") == {}


def test_offline_the_import_is_saved_here(
    qtbot: QtBot, page: ImportPage, supplier: FakeDesk, sheet: Path, went: list[tuple[str, object]]
) -> None:
    supplier.go_offline()
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    carry_out(qtbot, page)
    assert "离线" in said(page)
    assert supplier.status().waiting == 1
    page.result.goods.emit()
    assert went == [("goods", Shown.REVIEW)]


@pytest.mark.parametrize("english", [False, True])
def test_the_template_is_read_as_our_own_and_its_example_is_no_goods(tmp_path: Path, english: bool) -> None:
    from openpyxl import load_workbook  # noqa: PLC0415  (slow, and only here)

    path = tmp_path / "template.xlsx"
    write_template(path, english=english, categories=["食品饮料 / 水与饮料 / 饮用水"])
    book = load_workbook(path)
    sheet = book.worksheets[0]
    labels = [cell.value for cell in sheet[1]]
    assert sheet.protection.sheet
    assert sheet["A1"].protection.locked
    assert not sheet["A2"].protection.locked
    assert sheet["A1"].comment is not None
    assert len(sheet.data_validations.dataValidation) == 5
    rows = sheet.iter_rows(1, 2, values_only=True)
    told = [str(text) for row in rows for text in row if "食品" not in str(text)]
    told += [rule.formula1 for rule in sheet.data_validations.dataValidation if rule.formula1.startswith('"')]
    assert any(re.search("[一-鿿]", text) for text in told) is not english, "one language"
    for label, value in (("SKU编码", "0012"), ("商品名称", "水"), ("供货价(元)", 12.5)):
        wanted = (
            {"SKU编码": "SKU code", "商品名称": "Title", "供货价(元)": "Supply price (CNY)"}[label]
            if english
            else label
        )
        sheet.cell(3, labels.index(wanted) + 1, value)
    book.save(path)
    found = examine(path)
    assert found.dialect == "s2b"
    assert [(g.row, g.sku_code, g.supply_price) for g in found.plan.new] == [(3, "0012", 125_000)]
    assert [(a.row, a.kind) for a in found.aside] == [(2, "example")]


@pytest.mark.parametrize("english", [False, True])
def test_a_category_has_a_template_of_its_own(
    qtbot: QtBot, page: ImportPage, supplier: FakeDesk, tmp_path: Path, look: QApplication, english: bool
) -> None:
    from openpyxl import load_workbook  # noqa: PLC0415  (slow, and only here)

    ask_for(supplier)
    switch_language(look, "en" if english else "zh_CN")
    path = tmp_path / "水.xlsx"
    page.choose.set_forest(supplier.read(forest))
    page.choose.template_category.picked.emit(world.category_id("饮用水"))
    page.papers.save_template(path, page.choose.category_id)
    qtbot.waitUntil(path.is_file)
    qtbot.waitUntil(lambda: bool(ToastArea.of(page).toasts()))
    page.choose.any_category.click()
    assert page.choose.category_id == "", "and back to the one for all"
    book = load_workbook(path)
    sheet = book.worksheets[0]
    labels = [str(cell.value) for cell in sheet[1]]
    spec, parameter = ("Spec: ", "Parameter: ") if english else ("规格:", "参数:")
    amount, package, made = ("Net content", "Package", "Made on") if english else ("净含量", "包装", "生产日期")
    assert {spec + amount, spec + package, parameter + made} <= set(labels)
    assert not any("口味" in label or "Flavour" in label for label in labels), "it does not apply to water"
    head = sheet.cell(1, labels.index(spec + amount) + 1)
    assert head.comment is not None
    assert "ml" in head.comment.text
    kinds = {r.type for r in sheet.data_validations.dataValidation}
    assert kinds == {"list", "decimal", "date"}
    values: dict[str, str | float] = {
        "SKU编码": "0012",
        "商品名称": "水",
        "供货价(元)": 12.5,
        "分类": "食品饮料 / 水与饮料 / 饮用水",
    }
    titles = {"SKU编码": "SKU code", "商品名称": "Title", "供货价(元)": "Supply price (CNY)", "分类": "Category"}
    for label, value in values.items():
        sheet.cell(3, labels.index(titles[label] if english else label) + 1, value)
    sheet.cell(3, labels.index(spec + amount) + 1, 550)
    sheet.cell(3, labels.index(spec + package) + 1, "瓶装")
    book.save(path)
    found = examine(path)
    assert found.dialect == "s2b"
    [goods] = found.plan.new
    assert goods.specs == {amount: "550", package: "瓶装"}
    assert [(a.row, a.kind) for a in found.aside] == [(2, "example")]


def test_values_that_do_not_fit_their_category_are_said_in_the_cell(
    qtbot: QtBot, page: ImportPage, supplier: FakeDesk, tmp_path: Path
) -> None:
    ask_for(supplier)
    water = "食品饮料 > 水与饮料 > 饮用水"
    rows = [
        "SKU编码,SPU编码,商品名称,供货价(元),订购倍数,税率,分类,规格:净含量,规格:包装,参数:有机认证",
        f"W-1,W-1,矿泉水甲,2.5,1,13%,{water},550,瓶装,是",
        f"W-2,W-2,矿泉水乙,2.5,1,13%,{water},很多,瓶装,是",
        f"W-3,W-3,矿泉水丙,2.5,1,13%,{water},550,大桶装,是",
        f"W-4,W-4,矿泉水丁,2.5,1,13%,{water},,瓶装,",
        "W-5,W-5,矿泉水戊,2.5,1,13%,没有这个分类,很多,箱,是",
    ]
    path = tmp_path / "水.csv"
    path.write_text("\n".join(rows), "utf-8-sig")
    recognise(qtbot, page, path)
    check(qtbot, page)
    assert page._preview is not None
    assert counts(page) == {"new": 2, "wrong": 3}, page._preview.plan.wrong
    said_of = {w.row: [(i.code, i.params["nearest"]) for i in w.issues] for w in page._preview.plan.wrong}
    assert said_of == {
        3: [("attribute_number", "")],
        4: [("attribute_like", "桶装")],
        5: [("attribute_missing", "")],
    }
    package = next(n for n, c in enumerate(page._preview.columns) if c.name == "包装")
    assert "桶装" in page._preview.rows([key_of(page, 4)])[0].problems[package]
    assert page._preview.edit(key_of(page, 4), package, "桶装") is Kind.NEW
    assert page._preview.edit(key_of(page, 4), package, "木箱") is Kind.WRONG


def test_every_word_changes_its_language(qtbot: QtBot, page: ImportPage, sheet: Path, look: QApplication) -> None:
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    assert page.preview.table is not None
    header = page.preview.table.model.headerData
    titles = [header(at, Qt.Orientation.Horizontal) for at in range(5)]
    assert titles == ["行", "结果", "说明", "SKU 编码", "商品名称"]
    switch_language(look, "en")
    titles = [header(at, Qt.Orientation.Horizontal) for at in range(5)]
    assert titles == ["Row", "Result", "What to know", "SKU code", "Product name"]
    assert page.wizard.next.text() == "Import 3 rows"
    assert "price on request" in page.preview.table.model.row(0).notes


def test_nothing_of_a_product_is_lost_between_sheet_and_books(
    qtbot: QtBot, page: ImportPage, supplier: FakeDesk, sheet: Path
) -> None:
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    carry_out(qtbot, page)
    [product] = supplier.store.find(Product, title="桃酥 500g")
    assert product.parameters == {"产地": "江苏"}


def test_one_of_several_tables_is_chosen(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    rows = ["品名,货号,单价,,商品名称,SKU编码,供货价,库存", "水,A1,2,,袜,B1,5,7", "茶,A2,3,,帽,B2,9,8"]
    path = tmp_path / "两张表.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    recognise(qtbot, page, path)
    tables = page.recognise.sheet
    assert ["A1:C" in tables.itemText(0), "E1:H" in tables.itemText(1)] == [True, True]
    peek: Any = page.recognise.peek.table
    QAbstractItemModelTester(peek.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert peek.model.texts(0)[:3] == ("1", "商品名称", "SKU编码")
    check(qtbot, page)
    assert page._preview is not None
    assert [row.sku_code for row in page._preview.plan.new] == ["B1", "B2"]
    page.wizard.go_to(RECOGNISE)
    tables.setCurrentIndex(0)
    peek = page.recognise.peek.table
    assert peek.model.texts(1)[:3] == ("2", "水", "A1")
    check(qtbot, page)
    qtbot.waitUntil(lambda: page._preview is not None and len(page._preview.plan.new) == 2, timeout=20_000)
    assert [row.sku_code for row in page._preview.plan.new] == ["A1", "A2"]


def test_hidden_rows_are_told_and_left_out_with_one_click(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    recognise(qtbot, page, filtered(tmp_path / "a.xlsx"))
    check(qtbot, page)
    assert page._preview is not None
    assert [row.sku_code for row in page._preview.plan.new] == ["A001", "A002", "A003"]
    page._decide("hidden_rows", "leave")
    qtbot.waitUntil(lambda: page._preview is not None and len(page._preview.plan.new) == 2, timeout=20_000)
    assert page._preview.examination.notes == ()


def test_the_grid_is_edited_like_a_spreadsheet(qtbot: QtBot, page: ImportPage, sheet: Path) -> None:
    recognise(qtbot, page, sheet)
    check(qtbot, page)
    grid, keys = page.preview.grid, [key_of(page, number) for number in (4, 5, 6)]
    assert grid is not None
    run, prices = grid.preview.run, next(c.column for c in grid.preview.columns if c.field == "supply_price")
    grid.table.view.selectAll()
    grid.table.make_current(keys[0], f"supply_price:{prices}")
    QApplication.clipboard().setText("7.5\n")
    grid.table.paste()
    assert [cells[prices] for cells in run.cells(keys) if cells] == ["7.5"] * 3
    grid.undo_button.click()
    assert counts(page) == {"new": 2, "changed": 1, "wrong": 3}
    grid.redo_button.click()
    assert counts(page) == {"new": 3, "changed": 1, "wrong": 2}
    grid.table.view.selectAll()
    grid.table.make_current(keys[0], f"stock_qty:{prices + 1}")
    grid.fill_down()
    assert [cells[prices + 1] for cells in run.cells(keys) if cells] == ["50"] * 3
    assert counts(page) == {"new": 4, "changed": 1, "wrong": 1}
    grid.table.make_current(keys[0], "sku_code:0")
    QApplication.clipboard().setText("P-1\t饼一\nP-2\t饼二\nP-3\t饼三\nP-4\t饼四\n")
    grid.table.paste()
    assert [line.code for line in (run.lines[key] for key in keys)] == ["P-1", "P-2", "P-3"]
    assert counts(page) == {"new": 5, "changed": 1}
    grid.start_replacing()
    grid.bar.where.set_value(-1)
    grid.bar.wanted.setText("饼")
    grid.bar.given.setText("糕")
    grid.bar.ask()
    qtbot.waitUntil(lambda: grid._work is None, timeout=20_000)
    assert "3" in grid.bar.told.text()
    assert [cells[1] for cells in run.cells(keys) if cells] == ["糕一", "糕二", "糕三"]
    grid.undo_button.click()
    grid.undo_button.click()
    assert run.lines[keys[0]].code == "N-2"
    carry_out(qtbot, page)
    assert page._preview is not None
    assert page._preview.plan.rows == 6


def test_sizes_across_are_spread_again_the_next_time(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    path = tmp_path / "sizes.csv"
    path.write_text("商品名称,货号,单价,36,37,38\n鞋,X1,99,1,2,7\n靴,X2,88,3,,5\n", encoding="utf-8")
    recognise(qtbot, page, path)
    check(qtbot, page)
    assert counts(page) == {"new": 5}
    type_into(page, 2, "supply_price", "98")
    carry_out(qtbot, page)
    page.start_over()
    recognise(qtbot, page, path)
    check(qtbot, page)
    assert counts(page) == {"changed": 1, "unchanged": 4}


def with_pictures(path: Path) -> Path:
    """Goods with pictures over their rows: one new, two rows of one product, one beside no goods, one that is none."""
    rows = (
        ("货号", "SPU编码", "品名", "供货价", "库存", "单位", "规格", "图片"),
        ("P-1", "P-1", "海苔 原味", 8.8, 5, "袋", "", ""),
        ("P-2A", "P-2", "外套", 99, 5, "件", "红", ""),
        ("P-2B", "P-2", "外套", 99, 5, "件", "蓝", ""),
        ("", "", "", "", "", "", "", ""),
    )
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for at, row in enumerate(rows):
            page.set_row(at, 60)
            page.write_row(at, 0, row)
        for below, colour in ((1, "red"), (2, "green"), (3, "blue"), (20, "black")):
            page.insert_image(below, 7, f"{colour}.png", {"image_data": io.BytesIO(png(colour)), "x_offset": 4})
    return path


def test_pictures_of_a_workbook_go_to_the_goods_on_their_rows(
    qtbot: QtBot, page: ImportPage, supplier: FakeDesk, tmp_path: Path
) -> None:
    path = with_pictures(tmp_path / "带图.xlsx")
    recognise(qtbot, page, path)
    check(qtbot, page)
    assert page._preview is not None
    notes = {note.code: note.params["n"] for note in page._preview.examination.notes if note.field == "image_urls"}
    assert notes == {"pictures_placed": 3, "pictures_alone": 1}
    assert supplier.blobs == {}, "nothing is kept before the import begins"
    row = page._preview.rows([key_of(page, 2)])[0]
    place = [c.field for c in page._preview.columns].index("image_urls")
    assert on_one_line(page._preview.columns[place], row.cells[place]) == "1 张图片"
    type_into(page, 2, "title", "海苔 原味 20g")
    carry_out(qtbot, page)
    images = {p.product_key: p.images for p in supplier.store.find(Product) if p.product_key in ("P-1", "P-2")}
    assert {key: len(names) for key, names in images.items()} == {"P-1": 1, "P-2": 2}
    assert sorted(n for names in images.values() for n in names) == sorted(supplier.blobs)
    page.start_over()
    recognise(qtbot, page, path)
    check(qtbot, page)
    assert counts(page) == {"unchanged": 2, "changed": 1}, "only the name that was typed"


def test_own_categories_are_matched_once_and_remembered(
    qtbot: QtBot, page: ImportPage, supplier: FakeDesk, tmp_path: Path
) -> None:
    path = tmp_path / "分类.csv"
    rows = (
        "C-1,矿泉水 500ml,我家的水,2,1,瓶",
        "C-2,苏打水 400ml,我家的水,3,1,瓶",
        "C-3,怪东西,谁也不懂,3,1,个",
        "C-4,绿茶,茶饮料,3,1,瓶",
    )
    path.write_text("\n".join(["货号,品名,分类,供货价,库存,单位", *rows]), encoding="utf-8")
    recognise(qtbot, page, path)
    check(qtbot, page)
    qtbot.waitUntil(lambda: page.preview._unplaced == 2)
    page.matching.ask()
    prompt = page.matching.prompt
    assert prompt is not None
    assert [prompt.table.model.row(at) for at in range(2)] == [0, 1]
    prompt.table.select(0)
    prompt.set_category(world.category_id("饮用水"))
    prompt.table.select(1)
    prompt.set_category("")
    assert prompt.choices == (("我家的水", world.category_id("饮用水")),)
    prompt.accept()
    qtbot.waitUntil(lambda: page.preview._unplaced == 1, timeout=20_000)
    checked(qtbot, page)
    carry_out(qtbot, page)
    placed = {
        p.product_key: p.category_id for p in supplier.store.find(Product) if (p.product_key or "").startswith("C-")
    }
    water, tea = world.category_id("饮用水"), world.category_id("茶饮料")
    assert placed == {"C-1": water, "C-2": water, "C-3": "", "C-4": tea}
    recognise(qtbot, page, path)
    check(qtbot, page)
    qtbot.waitUntil(lambda: page.matching._found[1] == ())


def test_rows_that_somebody_may_miss_are_named(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    path = tmp_path / "分区.csv"
    rows = ["货号,品名,供货价,库存", "饮料,,,", "F-1,水,2,1", "F-2,茶,3,1", "合计,,5,2"]
    path.write_text("\n".join(rows), encoding="utf-8")
    recognise(qtbot, page, path)
    check(qtbot, page)
    told = [banner.text() for banner in page.preview.findChildren(Banner) if banner.isVisibleTo(page)]
    assert "有 2 行不导入：小标题（第 2 行）；合计（第 5 行）。" in told
    assert aside_text([Aside(n, "not_goods") for n in (6, 7, 9)]) == "有 3 行不导入：套装、组合或预约（第 6–7、9 行）。"
    assert not aside_text([Aside(2, "example"), Aside(3, "parent"), Aside(4, "blank")])


def test_a_category_of_many_things_is_no_place_for_its_first_one(
    qtbot: QtBot, page: ImportPage, tmp_path: Path
) -> None:
    path = tmp_path / "分类.csv"
    titles = ("怡宝 饮用水", "大号 收纳箱", "不锈钢 衣架", "怡宝 饮用水 6L")
    rows = [*(f"E-{n},{title},现货,2,1" for n, title in enumerate(titles)), "E-9,怡宝 饮用水,瓶装的,2,1"]
    path.write_text("\n".join(["货号,品名,分类,供货价,库存", *rows]), encoding="utf-8")
    recognise(qtbot, page, path)
    check(qtbot, page)
    qtbot.waitUntil(lambda: page.preview._unplaced == 2)
    page.matching.ask()
    assert page.matching.prompt is not None
    assert page.matching.prompt.choices == (("瓶装的", world.category_id("饮用水")),)


@pytest.mark.parametrize("column", ["", "分类,"])
def test_goods_that_the_sheet_puts_nowhere_are_placed_by_their_names(
    qtbot: QtBot, page: ImportPage, supplier: FakeDesk, tmp_path: Path, column: str
) -> None:
    path = tmp_path / "无分类.csv"
    goods = (("D-1", "农夫山泉 饮用水 550ml"), ("D-2", "怡宝 饮用水 555ml"), ("D-3", "zzz"))
    blank = "," if column else ""
    path.write_text("\n".join([f"货号,品名,{column}供货价,库存", *(f"{c},{t},{blank}2,1" for c, t in goods)]), "utf-8")
    recognise(qtbot, page, path)
    check(qtbot, page)
    qtbot.waitUntil(lambda: page.preview._nameless == 3)
    assert page.preview._unplaced == 0
    page.matching.ask()
    prompt = page.matching.prompt
    assert prompt is not None
    water = world.category_id("饮用水")
    assert [(f.goods, f.proposal and f.proposal.category_id) for f in prompt._found] == [(2, water), (1, None)]
    assert prompt.choices == ()
    prompt.accept()
    qtbot.waitUntil(lambda: page.preview._nameless == 1, timeout=20_000)
    checked(qtbot, page)
    assert page._preview is not None
    assert ["饮用水" in row.notes for row in page._preview.rows([0, 1, 2])] == [True, True, False]
    key, place = 0, [c.field for c in page._preview.columns].index("title")
    page._preview.edit(key, place, "农夫山泉 饮用水 380ml")
    page._preview.edit(key, place, "农夫山泉 饮用水 550ml")
    carry_out(qtbot, page)
    placed = {
        p.product_key: p.category_id for p in supplier.store.find(Product) if (p.product_key or "").startswith("D-")
    }
    assert placed == {"D-1": water, "D-2": water, "D-3": ""}
    recognise(qtbot, page, path)
    check(qtbot, page)
    assert counts(page) == {"unchanged": 3}, "what is there already is not moved by a name"


def test_choices_of_many_columns_come_a_few_at_a_time(qtbot: QtBot) -> None:
    step = RecogniseStep()
    qtbot.addWidget(step)
    labels = ["货号", "品名", "供货价", *(f"栏{n}" for n in range(40))]
    first, second = (propose(labels[:width], [[f"A{n}" for n in range(width)]]) for width in (43, 20))
    step._show_columns(first)
    assert len(step._fields) == 4
    step._show_columns(second)
    qtbot.waitUntil(lambda: len(step._fields) == 20)
    assert step.columns() == second
    step._show_columns(first)
    assert step.field_of("栏39").value() == "", "whoever asks has them at once"
    assert len(step._fields) == 43
