"""Sheets as people arrange them: several tables, goods across, lots, hidden rows, formulas, links."""

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.intake.area import Area, letters
from s2b_domain.intake.examination import Examination, examine, peek
from s2b_domain.intake.header import text_of
from s2b_domain.intake.limits import Limits
from s2b_domain.intake.mapping import ColumnMap, is_made
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.reader import BookInfo, SheetInfo
from s2b_domain.intake.refusal import Refused
from s2b_domain.intake.report import write_report
from s2b_domain.intake.sniff import kind_of
from s2b_domain.intake.survey import survey
from tests.intake.sheets import GOOD, HEADER, workbook

LEFT = [("品名", "货号", "单价"), ("水", "A1", 1.5), ("茶", "A2", 3), ("奶", "A3", 4)]
RIGHT = [("商品名称", "SKU编码", "供货价", "库存"), ("袜", "B1", 5, 7), ("帽", "B2", 9, 8)]


def codes(found: Examination) -> list[str]:
    return [row.sku_code for row in found.plan.new]


def notes(found: Examination) -> list[str]:
    return [note.code for note in found.notes]


def beside(left: Sequence[Sequence[Any]], right: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    width = len(left[0])
    rows = []
    for n in range(max(len(left), len(right))):
        first = tuple(left[n]) if n < len(left) else (None,) * width
        rows.append((*first, None, *(right[n] if n < len(right) else ())))
    return rows


def rewritten(path: Path, part: str, change: Any) -> Path:
    """The workbook with one part changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_tables_side_by_side_are_told_apart_and_the_user_decides(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [("供货表 2026",), (), *beside(LEFT, RIGHT)])
    seen = peek(path)
    assert [(g.area, g.worth > 0) for g in seen.guesses] == [("A1:C", True), ("E1:H", True), ("", True)]
    found = examine(path)
    assert (found.area, codes(found), found.plan.wrong) == ("E1:H", ["B1", "B2"], [])
    assert "other_tables" in notes(found)
    left = examine(path, sheet=0, area="A1:C")
    assert (codes(left), [row.row for row in left.plan.new]) == (["A1", "A2", "A3"], [4, 5, 6])
    mine = examine(path, sheet=0, area="E3:G4")
    assert (codes(mine), "stock_qty" in {c.field for c in mine.columns}) == (["B1"], False)


def test_the_same_table_going_on_beside_itself(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", beside(LEFT, [LEFT[0], ("糖", "A4", 2)]))
    assert codes(examine(path)) == ["A1", "A2", "A3"]
    assert codes(examine(path, sheet=0, area="E1:G")) == ["A4"]


def test_an_empty_column_does_not_split_a_table(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [("品名", "货号", None, "单价", "库存"), ("水", "A1", None, 2, 3)])
    assert [(g.area) for g in peek(path).guesses] == [""]
    assert examine(path).plan.new[0].stock_qty == 3


def test_tables_under_each_other(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", [*LEFT, (), ("清仓",), ("条码", "商品", "零售价"), ("6901234567892", "旧货", 9)]
    )
    assert [g.area for g in peek(path).guesses] == ["A1:C5", "A6:C", ""]
    found = examine(path)
    assert (codes(found), found.plan.wrong) == (["A1", "A2", "A3"], [])
    assert examine(path, sheet=0, area="A6:C").header_row == 7


@pytest.mark.parametrize("area", ["B", "B3:", "Z9:A1", "B0:C2", "ä1:B2"])
def test_an_area_that_is_none(tmp_path: Path, area: str) -> None:
    with pytest.raises(Refused, match="no_such_area"):
        examine(workbook(tmp_path / "a.xlsx", LEFT), sheet=0, area=area)


def test_areas_are_named_as_excel_does() -> None:
    assert [letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert Area.named("b3:AA40") == Area(2, 1, 39, 26)
    assert Area(2, 1, 39, 26).name(50) == "B3:AA40"


def test_properties_downwards_and_goods_across(tmp_path: Path) -> None:
    rows = [
        ("商品名称", "晨露矿泉水", "苏打水", "茶"),
        ("SKU编码", "A001", "A002", "A003"),
        ("供货价", 1.5, 3, "时价"),
        ("库存", 10, 5, 8),
        ("颜色", "蓝", "白", "绿"),
    ]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert found.transposed
    assert "transposed" in notes(found)
    assert [(g.row, g.sku_code, g.supply_price, g.stock_qty) for g in found.plan.new] == [
        (2, "A001", 15_000, 10),
        (3, "A002", 30_000, 5),
    ]
    assert [(e.row, e.code) for e in found.errors] == [(4, "price_on_request")]


def test_lots_under_their_product(tmp_path: Path) -> None:
    rows = [
        ("商品编码", "商品名称", "单价", "库存", "批号", "有效期至"),
        ("A1", "牛奶", 5, None, None, None),
        (None, None, None, 12, "L01", "2027-01-01"),
        (None, None, None, 8, "L02", "2027-02-01"),
        ("A2", "茶", 9, 30, "L03", "2028-02-01"),
        (None, None, None, 4, "L04", "2028-03-01"),
    ]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert [(g.sku_code, g.stock_qty) for g in found.plan.new] == [("A1", 20), ("A2", 30)]
    assert [(a.row, a.kind) for a in found.aside] == [(3, "lot"), (4, "lot"), (6, "lot")]
    assert [(w.row, w.code, w.params) for w in found.plan.warnings] == [(2, "lots_summed", {"n": 2})]


def test_a_header_with_numbers_and_a_label_that_comes_twice(tmp_path: Path) -> None:
    rows = [("商品名称", "货号", "单价", "单价", 2024, 2025), *[(f"鞋{n}", f"X{n}", 99, 120, n, n) for n in range(4)]]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert (found.header_row, codes(found)) == (1, ["X0", "X1", "X2", "X3"])
    assert [c.field for c in found.columns if c.label == "单价"] == ["supply_price", ""]


def filtered(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([HEADER, GOOD, ("停售", "A002", None, 3, 0), ("茶", "A003", None, 4, 1)]):
            sheet.write_row(row, 0, cells)
        sheet.autofilter(0, 0, 3, 4)
        sheet.set_row(2, options={"hidden": True})
    return path


def test_rows_hidden_by_a_filter_are_told_and_may_be_left_out(tmp_path: Path) -> None:
    path = filtered(tmp_path / "a.xlsx")
    found = examine(path)
    assert codes(found) == ["A001", "A002", "A003"]
    assert [(n.code, n.params) for n in found.notes] == [("hidden_rows", {"n": 1})]
    left = examine(path, policy=Policy(hidden_rows="leave"))
    assert codes(left) == ["A001", "A003"]
    assert [(a.row, a.kind) for a in left.aside] == [(3, "hidden")]


def test_formulas_without_a_stored_result_are_said_with_a_way_out(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, GOOD)
        sheet.write_row(2, 0, ("茶", "A002"))
        sheet.write_formula(2, 3, "=D2*2", None, 3)
        sheet.write_formula(3, 3, "=D2*2", None, "GONE")
        sheet.write_row(3, 0, ("奶", "A003"))
    path = rewritten(
        tmp_path / "a.xlsx",
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(rb' t="str"(><f>[^<]*</f>)<v>GONE</v>', rb"\1", xml),
    )
    found = examine(path)
    assert codes(found) == ["A001", "A002"]
    assert [(e.row, e.field, e.code) for e in found.errors] == [(4, "supply_price", "formula_without_value")]
    assert [(n.code, n.params) for n in found.notes] == [("formulas_without_values", {"n": 1})]


def test_links_and_workbooks_open_elsewhere_are_said(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, GOOD)
        sheet.write_formula(1, 3, "=[1]Sheet1!$A$1", None, 1.5)
    with zipfile.ZipFile(tmp_path / "a.xlsx", "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    assert notes(examine(tmp_path / "a.xlsx")) == ["linked_workbooks"]
    (tmp_path / "~$a.xlsx").write_bytes(b"\x05owner")
    assert notes(examine(tmp_path / "a.xlsx")) == ["linked_workbooks", "open_elsewhere"]


def test_cells_merged_over_rows_and_columns_repeat_downwards(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 1, 4, "供货清单：带*必填")
        sheet.write_row(2, 0, ("商品名称", "", "颜色", "SKU编码", "供货价"))
        for row in (3, 4):
            sheet.write_row(row, 2, ("黑白"[row - 3], f"S{row}", 5))
        sheet.merge_range(3, 0, 4, 1, "袜子")
    found = examine(tmp_path / "a.xlsx")
    assert (found.header_row, [(g.sku_code, g.title) for g in found.plan.new]) == (3, [("S3", "袜子"), ("S4", "袜子")])


def test_a_zip_bomb_is_refused_before_anything_is_unpacked(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEADER, GOOD])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/x.bin", b"\0" * (20 << 20))
    with pytest.raises(Refused, match="too_large"):
        kind_of(path, Limits(memory_bytes=4 << 20))


CELL = st.sampled_from(
    ["", "", "商品名称", "SKU编码", "供货价", "库存", "批号", "水", "A1", "合计", "说明：必填", 1.5, 36.0, True]
)


@given(st.lists(st.lists(CELL, max_size=9), max_size=12))
def test_any_grid_is_surveyed(rows: list[list[Any]]) -> None:
    width = max(map(len, rows), default=0)
    found = survey(BookInfo("xlsx", "", "", [SheetInfo("表", len(rows), width, False, rows)]))
    assert [g.number for g in found.guesses] == list(range(len(found.guesses)))
    for each in found.guesses:
        area = Area.named(each.area)
        assert len(each.columns) <= max(width, len(rows))
        assert each.header.last < len(rows) or each.transposed
        assert each.area == area.name(width)
        assert found.named("表", each.area, each.transposed) == each
    assert found.best is None or found.best.worth == max(g.worth for g in found.guesses)


def test_sizes_across_become_skus(tmp_path: Path) -> None:
    head = ("商品名称", "货号", "条码", "单价", 36, 37, 38, "备注")
    rows = [head, *[(f"鞋{n}", f"X{n}", "6901234567892", 99, n or "", 2, 7, "") for n in range(3)]]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert codes(found) == ["X0-37", "X0-38", "X1-36", "X1-37", "X1-38", "X2-36", "X2-37", "X2-38"]
    assert [(n.code, n.value) for n in found.notes] == [("sizes_spread", "36, 37, 38")]
    first = found.plan.new[2]
    assert (first.row, first.product_key, first.specs, first.stock_qty) == (3, "X1", {"尺码": "36"}, 1)
    assert first.barcodes is None
    assert next((w.row, w.code, w.params["n"]) for w in found.plan.warnings) == (2, "sizes_made", 2)


def test_columns_of_one_size_are_no_sizes_across(tmp_path: Path) -> None:
    rows = [("商品名称", "货号", "单价", 36, 36, 36), *[(f"鞋{n}", f"X{n}", 99, 1, 2, 3) for n in range(3)]]
    assert codes(examine(workbook(tmp_path / "a.xlsx", rows))) == ["X0", "X1", "X2"]


def test_colours_across_become_skus(tmp_path: Path) -> None:
    rows = [
        ("货号", "品名", "单价", "黑色", "白色", "藏青", "红色"),
        *[(f"C{n}", f"袜{n}", 5, 1, n, 3, "") for n in (1, 2)],
    ]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert codes(found) == ["C1-黑色", "C1-白色", "C1-藏青", "C2-黑色", "C2-白色", "C2-藏青"]
    assert (found.plan.new[0].specs, found.plan.new[0].stock_qty) == ({"颜色": "黑色"}, 1)
    assert [(n.code, n.value) for n in found.notes] == [("sizes_spread", "黑色, 白色, 藏青, 红色")]


def test_products_with_options_and_without_codes_get_codes(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [("款号", "品名", "颜色", "供货价", "S", "M", "L")]
    rows += [("K1", "卫衣", "黑", 59.9, 1, "", 3), ("K1", "卫衣", "白", 59.9, "", 2, 3)]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert codes(found) == ["K1-黑-S", "K1-黑-L", "K1-白-M", "K1-白-L"]
    assert {row.product_key for row in found.plan.new} == {"K1"}
    assert [n.code for n in found.notes] == ["code_of_product", "sizes_spread"]
    [wrong] = examine(workbook(tmp_path / "b.xlsx", [rows[0][:4], ("", "卫衣", "黑", 59.9)])).plan.wrong
    assert [(i.field, i.code) for i in wrong.issues] == [("product_key", "missing")]


def test_rows_under_a_product_go_on_with_it(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        ("款号", "品名", "颜色", "供货价", "S", "M", "L"),
        ("K1", "卫衣", "黑", 59.9, 1, 2, 3),
        ("", "", "白", 59.9, 4, "", 5),
        ("", "", "灰", "", 4, "", ""),
        ("小计", "", "", "", 9, 2, 8),
        ("", "", "蓝", 59.9, "", "", ""),
        ("K2", "裤", "黑", 99, 1, 1, 1),
    ]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    made = ["K1-黑-S", "K1-黑-M", "K1-黑-L", "K1-白-S", "K1-白-L", "K1-蓝", "K2-黑-S", "K2-黑-M", "K2-黑-L"]
    assert codes(found) == made
    assert {row.title for row in found.plan.new if row.product_key == "K1"} == {"卫衣"}
    assert [(w.row, w.value) for w in found.plan.warnings if w.code == "continued"] == [(3, "K1"), (4, "K1"), (6, "K1")]
    [wrong] = found.plan.wrong
    assert [(wrong.row, i.field, i.code) for i in wrong.issues] == [(4, "supply_price", "missing")], "prices are not"


def test_rows_without_a_name_go_on_where_they_say_only_options_codes_and_prices(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        ("品名", "品牌", "颜色", "货号", "供货价"),
        ("卫衣", "恒丰", "黑", "W1", 59.9),
        ("", "", "白", "W2", 61),
        ("", "恒丰", "灰", "W3", 61),
        ("", "", "", "W4", 61),
        ("裤", "", "蓝", "K1", 99),
        *[(f"衬衫{n}", "", "蓝", f"S{n}", 99) for n in range(1_200)],
        ("", "", "红", "S9999", 99),
    ]
    path = workbook(tmp_path / "a.xlsx", rows)
    found = examine(path)
    got = {row.sku_code: (row.title, row.brand, row.product_key) for row in found.plan.new}
    assert (got["W2"], got["S9999"][0]) == (("卫衣", "恒丰", "卫衣"), "衬衫1199")
    assert [(w.row, i.field) for w in found.plan.wrong for i in w.issues] == [(4, "title"), (5, "title")], "forgotten"
    assert [(t.row, t.field, t.after) for t in found.traces if t.why == ("continued",)][:2] == [
        (3, "title", "卫衣"),
        (3, "brand", "恒丰"),
    ]
    assert [n.params for n in found.notes if n.code == "rows_continued"] == [{"n": 2}]
    assert [w.row for w in examine(path, policy=Policy(blank_names="leave")).plan.wrong] == [3, 4, 5, len(rows)]


def test_what_new_goods_need_and_the_sheet_lacks_has_a_place_to_be_filled_in(tmp_path: Path) -> None:
    found = examine(workbook(tmp_path / "a.xlsx", [("货号", "库存"), ("A1", 3), ("A2", 4)]))
    assert [(c.column, c.label, c.field) for c in found.columns if is_made(c)] == [
        (2, "", "title"),
        (3, "", "supply_price"),
    ]
    assert [n.field for n in found.notes if n.code == "no_column"] == ["title", "supply_price"]


@pytest.mark.parametrize("labels", [("1-9件", "10-99件", "≥100件"), ("批发价", "10~99", "100件以上")])
def test_prices_by_quantity_that_are_left_out_are_said(tmp_path: Path, labels: tuple[str, ...]) -> None:
    rows = [("货号", "品名", *labels), *[(f"T{n}", f"杯{n}", f"{30 + n}.00", 28, "25元") for n in range(4)]]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert found.plan.new[0].supply_price == 300_000
    assert found.plan.new[0].tiers
    left = [ColumnMap(c.column, c.label, samples=c.samples) if c.label in labels[1:] else c for c in found.columns]
    without = examine(tmp_path / "a.xlsx", mapping=left)
    assert [n.value for n in without.notes if n.code == "price_tiers"] == [", ".join(labels[1:])]


@pytest.mark.parametrize(
    ("label", "price", "said"), [("Price", "$4.50", 1), ("单价(美元)", 4.5, 1), ("单价(元)", "￥4.50", 0)]
)
def test_prices_in_another_currency_are_said(tmp_path: Path, label: str, price: object, said: int) -> None:
    found = examine(workbook(tmp_path / "a.xlsx", [("货号", "品名", label), ("A1", "茶杯", price)]))
    assert [n.code for n in found.notes].count("foreign_prices") == said


def test_titles_and_remarks_in_the_column_of_codes_are_no_goods(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        ("货号", "品名", "单价", "库存"),
        ("一、饮料类",),
        ("00001", "绿茶", 3, 5),
        ("甲1", "红茶", 3, 5),
        ("注：以上价格含税，满1000元免运费，最终解释权归本公司。",),
        ("制表人：王芳", "", "", "审核："),
        ("X-9",),
        ("甲2",),
    ]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert codes(found) == ["00001", "甲1"]
    assert [(a.row, a.kind) for a in found.aside] == [(2, "section"), (5, "section"), (6, "section")]
    assert [w.row for w in found.plan.wrong] == [7, 8], "what may be a code is not left out without a word"


def test_wrong_sizes_come_back_from_their_report(tmp_path: Path) -> None:
    rows = [
        ("商品名称", "货号", "单价", 36, 37, 38),
        *[(f"鞋{n}", f"X{n}", 99 if n else "时价", 1, 2, 7) for n in range(3)],
    ]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert len(found.plan.wrong) == 3
    path = tmp_path / "wrong.xlsx"
    write_report(found, path, text=lambda issue: issue.code, reason="原因", row="行", sheet="出错")
    again = examine(path)
    assert len(again.plan.wrong) == 3
    at = {c.field: c.column for c in again.columns if c.field}
    cells = [[text_of(row.cells[at[f]]) for f in ("sku_code", "product_key", "stock_qty")] for row in again.plan.wrong]
    assert cells == [["X0-36", "X0", "1"], ["X0-37", "X0", "2"], ["X0-38", "X0", "7"]]


def test_sizes_without_a_code_are_said(tmp_path: Path) -> None:
    rows = [("商品名称", "条码", "单价", 36, 37, 38), *[(f"鞋{n}", f"69012345678{n}", 99, 1, 2, 7) for n in range(3)]]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert "sizes_across" in [n.code for n in found.notes]
