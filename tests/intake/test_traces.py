"""What cleaning did to a cell is told, cell by cell, and harm is taken out of texts and names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_desktop.intake_text import REASONS as SAID
from s2b_domain.intake.cleaning import clean_description, clean_images
from s2b_domain.intake.examination import Examination, examine
from s2b_domain.intake.flaw import Flaw
from s2b_domain.intake.trace import REASONS
from s2b_domain.rules.markup import safe_markup
from tests.intake.sheets import workbook

HEADER = ("商品名称", "SKU编码", "条码", "供货价", "库存", "税率", "上架", "生产日期", "商品分类", "起批量")
CATEGORY = "饮料>水"
PACK = "1*10包*20个/包"


def told(found: Examination, field: str) -> list[tuple[str, object, tuple[str, ...]]]:
    return [(t.before, t.after, t.why) for t in found.traces if t.field == field]


def test_every_cleaning_leaves_a_trace(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ("矿泉水", "A001", "6901234567892", 1.5, 10, "13%", "是", "2021-11-10", "饮料", 1),
        (" 苏打\u200b水", "'００12", "'6901234567892", "￥1,200.50元", "1,200件", "9％", "上架", 44980, CATEGORY, PACK),
        ("茶", "A003", None, "8800+", "-", 0.13, "否", "20210101", "茶", 1),
        ("奶", "A004", None, 3, None, None, None, "2017-3-22", "奶", 1),
    ]  # fmt: skip
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert told(found, "title") == [(" 苏打\u200b水", "苏打水", ("invisible", "spaces"))]
    assert told(found, "sku_code") == [("'００12", "0012", ("apostrophe", "width"))]
    assert told(found, "barcodes") == [("'6901234567892", ("6901234567892",), ("apostrophe",))]
    assert told(found, "supply_price") == [
        ("￥1,200.50元", 12_005_000, ("grouping", "currency")),
        ("8800+", 88_000_000, ("price_open",)),
    ]
    assert told(found, "stock_qty") == [("1,200件", 1200, ("grouping", "unit")), ("-", None, ("none",))]
    assert told(found, "tax_rate_bp") == [("13%", 1300, ("percent",)), ("9％", 900, ("width", "percent"))]
    assert told(found, "on_sale") == [("是", True, ("word",)), ("上架", True, ("word",)), ("否", False, ("word",))]
    assert told(found, "parameters") == [
        ("44980", "2023-02-23", ("date",)),
        ("20210101", "2021-01-01", ("date",)),
        ("2017-3-22", "2017-03-22", ("date",)),
    ]
    assert told(found, "category") == [("饮料>水", "饮料 / 水", ("levels",))]
    assert told(found, "min_qty") == [("1*10包*20个/包", 200, ("pack",))]
    assert found.cleaned["on_sale", "word"] == 3
    assert [t.row for t in found.traces if t.field == "parameters"] == [3, 4, 5]
    assert [(w.row, w.code) for w in found.plan.warnings] == [(4, "price_open")]


def test_a_column_of_different_cells_leaves_traces_too(tmp_path: Path) -> None:
    rows = [("商品名称", "SKU编码", "供货价"), *[(f"商品{n}", f"'{n:06d}", f"{n}元") for n in range(1, 12_000)]]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert found.cleaned == {("sku_code", "apostrophe"): 11_999, ("supply_price", "currency"): 11_999}
    assert len(found.traces) == 20_000


def test_every_reason_has_words() -> None:
    assert set(SAID) == set(REASONS)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("<p>水<script>alert(1)</script></p>", "<p>水</p>"),
        ('<img src="https://a.example/1.jpg" onerror="x()">', '<img src="https://a.example/1.jpg">'),
        ('<a href="javascript:x()">看</a>', '<a rel="noopener noreferrer">看</a>'),
        ("<style>p{}</style><iframe src=//e></iframe>3 < 5", "3 &lt; 5"),
        ("尺寸 < 5 & 重量 > 3", "尺寸 < 5 & 重量 > 3"),
    ],
)
def test_html_loses_what_could_do_harm(text: str, safe: str) -> None:
    assert clean_description(text) == safe


@given(st.text(alphabet="<>/ab &;\"'=!-\n", max_size=40))
def test_markup_made_safe_stays(text: str) -> None:
    once = safe_markup(text)
    assert safe_markup(once) == once
    assert "<script" not in once


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("a.jpg; 图 片.webp", ("a.jpg", "图 片.webp")),
        (r"C:\照片\A001.jpg", ("A001.jpg",)),
        ("../../A001.png", ("A001.png",)),
        ("file:///home/x/A001.png", ("A001.png",)),
        ("https://a.example/../1.jpg?x=1,2", ("https://a.example/../1.jpg?x=1,2",)),
    ],
)
def test_folders_before_a_picture_name_are_taken_off(cell: str, value: tuple[str, ...]) -> None:
    assert clean_images(cell) == value


@pytest.mark.parametrize(
    "cell", ["../../etc/passwd", "javascript:alert(1)", "data:image/png;base64", r"\\host\share", "~/.ssh/id"]
)
def test_what_is_no_picture_name_stays_out(cell: str) -> None:
    flaw = clean_images(cell)
    assert isinstance(flaw, Flaw)
    assert (flaw.code, flaw.level) == ("picture_name", "warning")
    assert not any(".." in each or ":" in each for each in flaw.value or ())
