"""What an import would do: new, changed, unchanged, wrong; and our own export coming back without a difference."""

import csv
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2b_domain.intake import cleaning, codes, own
from s2b_domain.intake.diff import FieldChange, diff, known
from s2b_domain.intake.examination import examine
from s2b_domain.intake.export import write_csv, write_xlsx
from s2b_domain.intake.flaw import Cleaner
from s2b_domain.intake.goods import GoodsRow, decimals_of
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.report import write_report
from tests.intake.sheets import GOOD, HEADER, text, workbook

WATER = GoodsRow(2, "A001", "A001", "晨露矿泉水", barcodes=("6901234567892",), supply_price=15_000, stock_qty=10)


def test_new_changed_unchanged_and_wrong(tmp_path: Path) -> None:
    rows = [
        HEADER,
        GOOD,
        ("茶", "A002", None, 3, 5),
        ("奶", "A003", None, 4, 6),
        ("", "A004", None, 1, 1),
        ("水", "A001", None, 1, 1),
    ]
    existing = [WATER, GoodsRow(0, "A002", "A002", "茶", supply_price=25_000, stock_qty=5)]
    found = examine(workbook(tmp_path / "a.xlsx", rows), existing=known(existing))
    assert found.plan.unchanged == [2]
    assert [(c.goods.sku_code, c.fields) for c in found.plan.changed] == [
        ("A002", (FieldChange("supply_price", 25_000, 30_000),))
    ]
    assert [row.sku_code for row in found.plan.new] == ["A003"]
    assert [(w.row, [i.code for i in w.issues]) for w in found.plan.wrong] == [(5, ["missing"]), (6, ["duplicate"])]
    assert found.errors[1].params == {"other": 2}
    assert found.rows == 5


def test_a_wrong_row_does_not_take_the_code_of_a_right_one(tmp_path: Path) -> None:
    rows = [HEADER, ("水", "A001", None, "时价", 1), ("水", "A001", None, 2, 1)]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert [row.row for row in found.plan.new] == [3]


def test_goods_with_a_code_do_without_a_barcode_that_excel_spoiled(tmp_path: Path) -> None:
    lost = "6.92E+12"
    rows = [HEADER, ("水", "A001", lost, 2, 1), ("茶", "", lost, 2, 1), ("奶", "A3", f"6901234567892;{lost}", 2, 1)]
    found = examine(text(tmp_path / "a.csv", rows))
    assert [(row.sku_code, row.barcodes) for row in found.plan.new] == [("A001", None), ("A3", ("6901234567892",))]
    assert {w.code for w in found.plan.warnings} == {"barcode_lost"}
    assert [w.row for w in found.plan.warnings] == [2, 3, 4]
    assert [(t.before, t.after, t.why) for t in found.traces if t.row == 2] == [(lost, None, ("barcode_lost",))]
    assert [(w.row, [i.field for i in w.issues]) for w in found.plan.wrong] == [(3, ["sku_code"])]
    alone = examine(text(tmp_path / "b.csv", [(r[0], *r[2:]) for r in rows[:2]]))
    assert [[i.code for i in w.issues] for w in alone.plan.wrong] == [["code_rounded"]]


def test_what_cannot_be_read_clears_nothing(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", [HEADER, ("晨露矿泉水", "A001", "6.92E+12", 2, 1)])
    found = examine(path, existing=known([WATER]), policy=Policy(blank="clear"))
    assert [f.field for f in found.plan.changed[0].fields] == ["supply_price", "stock_qty"]


def test_policies(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEADER, GOOD, ("茶", "A002", None, 3, 5), ("奶", "A003", None, "时价", 6)])
    old = known([msgspec.structs.replace(WATER, supply_price=1)])
    create = examine(path, existing=old, policy=Policy(mode="create"))
    assert ([r.sku_code for r in create.plan.new], create.plan.skipped) == (["A002"], [2])
    update = examine(path, existing=old, policy=Policy(mode="update"))
    assert ([c.goods.sku_code for c in update.plan.changed], update.plan.skipped) == (["A001"], [3])
    assert examine(path, policy=Policy(on_error="all")).accepted == ((), ())
    assert len(examine(path).accepted[0]) == 2


def test_blank_cells_leave_or_clear(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEADER, ("晨露矿泉水", "A001", None, 1.5, None)])
    assert examine(path, existing=known([WATER])).plan.unchanged == [2]
    cleared = examine(path, existing=known([WATER]), policy=Policy(blank="clear"))
    assert cleared.plan.changed[0].fields == (FieldChange("barcodes", ("6901234567892",), None),)


def test_specifications_not_in_the_sheet_stay() -> None:
    old = GoodsRow(0, "A", "A", "袜", specs={"颜色": "黑", "尺码": "L"})
    assert diff([GoodsRow(2, "A", "A", specs={"颜色": "黑"})], known([old])).unchanged == [2]
    plan = diff([GoodsRow(2, "A", "A", specs={"颜色": "白"})], known([old]))
    assert plan.changed[0].fields[0].new == {"颜色": "白", "尺码": "L"}


def test_quantities_of_goods_sold_by_weight() -> None:
    old = GoodsRow(0, "A", "A", "米", unit="kg", stock_qty=12_000)
    assert diff([GoodsRow(2, "A", stock_qty=12)], known([old])).unchanged == [2]


def test_report_of_wrong_rows_can_be_mended_and_imported(tmp_path: Path) -> None:
    rows = [HEADER, GOOD, ("=1+1", "0042", None, "时价", -3)]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    count = write_report(found, tmp_path / "r.xlsx", text=lambda i: i.code, reason="原因", row="行", sheet="有误")
    assert count == 1
    again = examine(tmp_path / "r.xlsx")
    assert [e.code for e in again.errors] == ["price_on_request", "negative"]
    assert again.plan.wrong[0].cells[:4] == ("price_on_request\nnegative", 3.0, "=1+1", "0042")


@pytest.mark.parametrize("zeros", ["ask", "repair", "keep"])
def test_codes_that_name_goods_but_for_their_zeros_are_asked_about(
    tmp_path: Path, zeros: Literal["ask", "repair", "keep"]
) -> None:
    """What Excel makes of our own export: every code is a number."""
    there = [
        GoodsRow(0, code, key, "茶", supply_price=20_000)
        for code, key in (("000077", "000077"), ("000078", "0001"), ("6901234567892", "0001"))
    ]
    header = ("SKU编码", own.label("product_key", False), "商品名称", "供货价")
    rows = [header, (77, 77, "茶", 3), (78, 1, "茶", 2), (6901234567892, 1, "茶", 2), (79, 79, "茶", 2)]
    for path in (workbook(tmp_path / "a.xlsx", rows), text(tmp_path / "a.csv", rows, "gb18030")):
        plan = examine(path, existing=known(there), policy=Policy(leading_zeros=zeros)).plan
        if zeros == "repair":
            assert [(c.goods.sku_code, [f.field for f in c.fields]) for c in plan.changed] == [
                ("000077", ["supply_price"])
            ]
            assert (plan.unchanged, [g.sku_code for g in plan.new]) == ([3, 4], ["79"])
            assert {w.code for w in plan.warnings} == {"leading_zero_repaired"}
        elif zeros == "ask":
            asked = [(w.row, [(i.field, i.code, i.params["repaired"]) for i in w.issues]) for w in plan.wrong]
            assert asked == [
                (2, [("sku_code", "leading_zero_lost", "000077"), ("product_key", "leading_zero_lost", "000077")]),
                (3, [("sku_code", "leading_zero_lost", "000078"), ("product_key", "leading_zero_lost", "0001")]),
                (4, [("product_key", "leading_zero_lost", "0001")]),
            ]
        else:
            assert [g.sku_code for g in plan.new] == ["77", "78", "79"]
            assert {w.code for w in plan.warnings} == {"leading_zero_lost"}


def test_a_report_gives_a_code_its_zeros_again(tmp_path: Path) -> None:
    rows = [HEADER, *(("茶", f"{n:06}", None, 3, 5) for n in range(1_000, 1_005)), ("水", 77, None, 2, 1)]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    write_report(found, tmp_path / "b.xlsx", text=lambda issue: issue.code, reason="原因", row="行", sheet="错误")
    assert [goods.sku_code for goods in examine(tmp_path / "b.xlsx").plan.new] == ["000077"]


def test_a_report_of_a_sheet_without_header_holds_its_cells(tmp_path: Path) -> None:
    rows = [("6901234567892", "晨露矿泉水", 1.5, "A1"), ("6928804011173", "可乐", "时价", "B2")]
    path = workbook(tmp_path / "a.xlsx", rows)
    fields = ("barcodes", "title", "supply_price", "")
    mapping = [ColumnMap(at, "", field) for at, field in enumerate(fields)]
    found = examine(path, mapping=mapping, header_row=-1)
    assert [(w.row, [i.code for i in w.issues]) for w in found.plan.wrong] == [(2, ["price_on_request"])]
    write_report(found, tmp_path / "b.xlsx", text=lambda issue: issue.code, reason="原因", row="行", sheet="错误")
    [again] = examine(tmp_path / "b.xlsx").plan.wrong
    assert again.cells == ("price_on_request", 2.0, "6928804011173", "可乐", "时价", "B2")
    assert [i.code for i in again.issues] == ["price_on_request"]


def cleaned(clean: Cleaner, most: int = 40) -> st.SearchStrategy[str]:
    return st.text(max_size=most).map(clean).filter(lambda v: isinstance(v, str))


CODE = cleaned(codes.clean_code, 20)
NAMED = st.dictionaries(
    st.sampled_from(["颜色", "尺码", "口味/香型", "a:b"]), cleaned(cleaning.clean_title), max_size=3
)
PRICE = st.none() | st.integers(0, 10**10)


@st.composite
def goods(draw: st.DrawFn) -> GoodsRow:
    unit = draw(st.sampled_from([None, "件", "kg", "瓶"]))
    count = st.none() | st.integers(1, 10**8)
    return GoodsRow(
        row=0,
        sku_code=draw(CODE),
        product_key=draw(CODE),
        title=draw(cleaned(cleaning.clean_title)),
        brand=draw(st.none() | cleaned(cleaning.clean_title)),
        category=draw(st.none() | cleaned(cleaning.clean_category)),
        description=draw(st.none() | cleaned(cleaning.clean_description, 200)),
        specs=draw(NAMED) or None,
        parameters=draw(NAMED) or None,
        barcodes=draw(st.none() | st.just(("6901234567892", "CW-22 雕塑"))),
        unit=unit,
        supply_price=draw(st.integers(0, 10**10)),
        dropship_price=draw(PRICE),
        dropship_allowed=draw(st.none() | st.booleans()),
        retail_price=draw(PRICE),
        weight_g=draw(st.none() | st.integers(0, 10**8)),
        min_qty=draw(count),
        order_step=draw(count),
        tax_rate_bp=draw(st.none() | st.integers(0, 100).map(lambda n: n * 50)),
        tax_code=draw(st.none() | st.just("0102030405060708090")),
        stock_qty=draw(st.none() | st.integers(0, 10**8)),
        on_sale=draw(st.none() | st.booleans()),
        image_urls=draw(st.none() | st.just(("https://a.example/1.jpg?x=1,2", "图 片.webp"))),
    )


@settings(max_examples=25)
@given(st.lists(goods(), min_size=1, max_size=8, unique_by=lambda g: g.sku_code), st.booleans(), st.booleans())
def test_own_export_comes_back_without_a_difference(
    tmp_path_factory: pytest.TempPathFactory, rows: list[GoodsRow], english: bool, as_csv: bool
) -> None:
    path = tmp_path_factory.mktemp("own") / "export"
    (write_csv if as_csv else write_xlsx)(rows, path, english=english)
    found = examine(path)
    assert found.dialect == "s2b"
    assert not found.errors
    assert [msgspec.structs.replace(row, row=0) for row in found.plan.new] == rows
    assert len(diff(found.plan.new, known(rows)).unchanged) == len(rows)


def test_units_with_fractions() -> None:
    assert [decimals_of(u) for u in (None, "件", "kg", "KG", "公斤")] == [0, 0, 3, 3, 3]


@pytest.mark.parametrize("start", list("=+-@＝＋－＠"))
def test_text_that_looks_like_a_formula_is_made_harmless_and_comes_back(tmp_path: Path, start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    row = GoodsRow(
        0,
        "A1",
        "A1",
        text,
        text,
        None,
        text,
        {"颜色": text},
        {"产地": text},
        unit="件",
        supply_price=1,
        image_urls=(f"{start}a.jpg",),
    )
    write_csv([row], tmp_path / "a.csv")
    written = (tmp_path / "a.csv").read_text("utf-8-sig")
    cells = [cell for line in csv.reader(written.splitlines()) for cell in line]
    assert not any(cell.startswith(tuple("=+-@＝＋－＠")) for cell in cells)
    assert sum(cell.startswith(f"'{start}") for cell in cells) == 6
    assert diff(examine(tmp_path / "a.csv").plan.new, known([row])).unchanged == [2]
