"""Files as people have them: encodings, delimiters, headers anywhere, and files that are no tables."""

import os
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from s2b_domain.intake.examination import Examination, examine, peek
from s2b_domain.intake.limits import Limits
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.refusal import CODES, Refused
from s2b_domain.intake.sandbox import SandboxedBook
from tests.intake.sheets import GOOD, HEADER, text, workbook


def refusal(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(Refused) as refused:
        examine(path, limits=limits)
    assert refused.value.code in CODES
    return refused.value.code


def codes(found: Examination) -> list[str]:
    return [row.sku_code for row in found.plan.new]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "big5"]
)
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = text(
        tmp_path / "a.csv",
        [HEADER, GOOD] if encoding != "big5" else [("品名", "SKU", "單價"), ("礦泉水", "A001", 2)],
        encoding,
    )
    if encoding == "big5":
        with SandboxedBook(path, Limits()) as book:
            assert book.info.sheets[0].head[0] == ["品名", "SKU", "單價"]
        return
    found = examine(path)
    assert codes(found) == ["A001"]
    assert found.plan.new[0].title == "晨露矿泉水"


def test_latin_text_is_not_taken_for_chinese(tmp_path: Path) -> None:
    rows = [("Name", "SKU", "Price"), *[("Café crème brûlée", f"C{n}", "2.50") for n in range(5)]]
    found = examine(text(tmp_path / "a.csv", rows, "cp1252"))
    assert found.encoding == "cp1252"
    assert found.plan.new[0].title == "Café crème brûlée"


def test_a_broken_character_does_not_spoil_the_file(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", [HEADER, *[(f"晨露矿泉水{n}", f"A{n}", "", 2, 1) for n in range(40)]])
    path.write_bytes(path.read_bytes().replace("水7,".encode(), b"\xe6,"))
    found = examine(path)
    assert (found.encoding, len(found.plan.new)) == ("utf-8", 39)
    assert [(e.row, e.code) for e in found.errors] == [(9, "unreadable")]


@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_delimiters(tmp_path: Path, mark: str) -> None:
    found = examine(text(tmp_path / "a.txt", [HEADER, GOOD], mark=mark))
    assert (found.delimiter, codes(found)) == (mark, ["A001"])


def test_a_text_that_keeps_its_zeros_by_a_formula_is_what_a_spreadsheet_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('商品名称,SKU编码,供货价\n茶,="0012",2\n水,"=""0013""",3\n"=""大""碗茶",A1,4\n', "utf-8")
    assert [(g.sku_code, g.title) for g in examine(path).plan.new] == [
        ("0012", "茶"),
        ("0013", "水"),
        ("A1", '="大"碗茶'),
    ]


def test_the_name_is_not_believed(tmp_path: Path) -> None:
    real = workbook(tmp_path / "a.csv", [HEADER, GOOD])
    assert examine(real).kind == "xlsx"
    assert examine(text(tmp_path / "b.xlsx", [HEADER, GOOD])).kind == "text"


@pytest.mark.parametrize("above", [0, 1, 2, 4, 7])
def test_header_under_instructions(tmp_path: Path, above: int) -> None:
    notes = [
        ("供货清单 2026",),
        ("说明：带*的列必填，价格为含税价",),
        (),
        ("联系人：王经理", None, None, "电话 13800000000"),
        ("注意：条码请用文本",),
    ]
    block = [notes[n % len(notes)] for n in range(above)]
    found = examine(workbook(tmp_path / "a.xlsx", [*block, HEADER, GOOD]))
    assert found.header_row == above + 1
    assert codes(found) == ["A001"]
    assert found.plan.new[0].row == above + 2


def test_two_header_rows(tmp_path: Path) -> None:
    rows = [
        ("商品名称", "SKU编码", "价格", None, "库存"),
        (None, None, "供货价", "建议零售价", None),
        ("晨露矿泉水", "A001", 1.5, 2, 10),
    ]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert found.header_rows == 2
    assert (found.plan.new[0].supply_price, found.plan.new[0].retail_price) == (15_000, 20_000)


def test_a_header_that_comes_twice_sections_totals_and_examples_are_set_aside(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ("必填，不超过30字", "必填", "选填", "必填", "选填"),
        GOOD,
        ("【饮料】",),
        (),
        HEADER,
        ("苏打水", "A002", None, 3, 5),
        ("合计", None, None, 4.5, 15),
    ]
    found = examine(workbook(tmp_path / "a.xlsx", rows))
    assert codes(found) == ["A001", "A002"]
    assert [(a.row, a.kind) for a in found.aside] == [
        (2, "example"),
        (4, "section"),
        (6, "repeated_header"),
        (8, "total"),
    ]


def test_no_header_at_all(tmp_path: Path) -> None:
    rows = [(f"晨露矿泉水{n}号", f"690123456{n:03d}", f"￥{n}.50") for n in range(1, 9)]
    rows = [(a, with_check(b), c) for a, b, c in rows]
    found = examine(text(tmp_path / "a.csv", rows))
    assert found.header_row is None
    assert {c.field for c in found.columns} == {"title", "barcodes", "supply_price"}
    assert len(found.plan.new) == 8


def with_check(digits: str) -> str:
    total = sum(int(d) * (3 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def test_the_sheet_of_goods_is_proposed_and_the_user_decides(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        [("星期", "线路"), ("周一", "1")],
        "送货",
        商品=[HEADER, GOOD],
        旧=[HEADER, ("旧货", "B1", None, 9, 1)],
    )
    assert examine(path).sheet == "商品"
    assert codes(examine(path, sheet="旧")) == ["B1"]
    with pytest.raises(Refused, match="no_such_sheet"):
        examine(path, sheet="没有")


def test_ragged_and_blank_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("商品名称,SKU编码,供货价\n水,A1,1.5\n\n,,\n茶,A2\n奶,A3,2,,\n糖,白,A4,2\n", encoding="utf-8")
    found = examine(path)
    assert codes(found) == ["A1", "A3"]
    assert [(e.row, e.code) for e in found.errors] == [(5, "missing"), (7, "not_a_price"), (7, "too_many_cells")]


def test_cells_merged_downwards_repeat(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(
            [
                ("商品名称", "颜色", "SKU编码", "供货价"),
                ("袜子", "黑", "S1", 5),
                ("", "白", "S2", 5),
                ("", "灰", "S3", 5),
            ]
        ):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell)
        sheet.merge_range(1, 0, 3, 0, "袜子")
    found = examine(tmp_path / "a.xlsx")
    assert [row.title for row in found.plan.new] == ["袜子"] * 3
    assert {row.product_key for row in found.plan.new} == {"袜子"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\r\n  \r\n", "empty"),
        (b"%PDF-1.7 x", "wrong_type"),
        (b"\x89PNG\r\n\x1a\n", "wrong_type"),
        (b"MZ\x90\x00", "wrong_type"),
        (b"<html><p>no table", "wrong_type"),
        (b"PK\x03\x04 broken", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 short", "damaged"),
        (bytes(range(256)) * 8, "not_a_table"),
        (b"just a few words without any table\nand a second line", "no_columns"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert refusal(path) == code


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "is_folder"
    assert refusal(tmp_path / "none.xlsx") == "no_such_file"
    assert refusal(workbook(tmp_path / "~$a.xlsx", [HEADER, GOOD])) == "lock_file"
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == "wrong_type"
    closed = workbook(tmp_path / "b.xlsx", [HEADER, GOOD])
    closed.chmod(0)
    if not os.access(closed, os.R_OK):
        assert refusal(closed) == "no_permission"


def test_limits(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEADER, *[GOOD] * 50])
    assert refusal(path, Limits(cells=20)) == "too_large"
    assert refusal(path, Limits(file_bytes=20)) == "too_large"
    assert refusal(path, Limits(idle_seconds=0.0)) == "too_slow"


def test_cancel_ends_the_child(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEADER, GOOD])
    with pytest.raises(Refused, match="cancelled"):
        examine(path, cancelled=lambda: True)


def test_peek_shows_what_examine_refuses(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", [("sepal", "petal"), (1, 2)])
    assert refusal(path) == "no_columns"
    seen = peek(path)
    assert seen.best is None
    assert seen.guesses[0].header.labels == ("sepal", "petal")


def test_the_user_maps_by_hand(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", [("aa", "bb", "cc"), ("水", "A1", 2), ("茶", "A2", 3)])
    mapping = (ColumnMap(0, "aa", "title"), ColumnMap(1, "bb", "sku_code"), ColumnMap(2, "cc", "supply_price"))
    found = examine(path, mapping=mapping, header_row=1)
    assert codes(found) == ["A1", "A2"]


def test_a_web_page_that_calls_itself_a_workbook(tmp_path: Path) -> None:
    page = """<html xmlns:x="urn:schemas-microsoft-com:office:excel">
    <head><meta charset="gb2312"><style>td{x:1}</style></head>
    <body><table><tr><th>商品名称</th><th>SKU编码</th><th>供货价</th><th>规格</th></tr>
    <tr><td rowspan=2>晨露<br>矿泉水</td><td>0012</td><td>&yen;1.50</td><td>大</td></tr>
    <tr><td>0013</td><td>2</td><td><script>x()</script>小</td></tr></table></body></html>"""
    (tmp_path / "a.xls").write_bytes(page.encode("gb18030"))
    found = examine(tmp_path / "a.xls")
    assert (found.kind, found.sheet) == ("html", "")
    assert [(g.sku_code, g.title, g.supply_price, g.specs) for g in found.plan.new] == [
        ("0012", "晨露 矿泉水", 15_000, {"规格": "大"}),
        ("0013", "晨露 矿泉水", 20_000, {"规格": "小"}),
    ]


def test_the_xml_workbooks_of_2003(tmp_path: Path) -> None:
    book = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
    <Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
    xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="商品"><Table><Row ss:Index="3">
    <Cell><Data ss:Type="String">商品名称</Data></Cell><Cell ss:Index="3"><Data ss:Type="String">SKU编码</Data></Cell>
    <Cell><Data ss:Type="String">供货价</Data></Cell></Row>
    <Row><Cell><Data ss:Type="String">水</Data></Cell><Cell ss:Index="3"><Data ss:Type="String">0012</Data></Cell>
    <Cell><Data ss:Type="Number">1.5</Data></Cell></Row></Table></Worksheet></Workbook>"""
    (tmp_path / "a.xls").write_text(book, encoding="utf-8")
    found = examine(tmp_path / "a.xls")
    assert (found.kind, found.sheet, found.header_row) == ("xml", "商品", 3)
    assert [(g.row, g.sku_code, g.supply_price) for g in found.plan.new] == [(4, "0012", 15_000)]


def test_spans_that_ask_for_the_moon(tmp_path: Path) -> None:
    cell = "<td rowspan=99999999 colspan=99999999>商品名称</td>"
    (tmp_path / "a.xls").write_text(f"<table><tr>{cell * 400}</tr></table>", encoding="utf-8")
    assert refusal(tmp_path / "a.xls") == "too_large"


def test_a_workbook_that_the_fast_reader_cannot_follow(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEADER, GOOD])
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    wide = parts["xl/workbook.xml"].decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    parts["xl/workbook.xml"] = wide.encode("utf-16")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert codes(examine(path)) == ["A001"]


def test_an_ods_with_line_breaks_between_its_tags(tmp_path: Path) -> None:
    names = "urn:oasis:names:tc:opendocument:xmlns"
    text_cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    header = "\n".join(text_cell.format(label) for label in ("商品名称", "SKU编码", "供货价", "库存"))
    goods = text_cell.format("水") + "\n" + text_cell.format("0012")
    content = f"""<?xml version="1.0"?>
    <office:document-content xmlns:office="{names}:office:1.0"
    xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0">
    <office:body><office:spreadsheet><table:table table:name="商品">
    <table:table-row table:number-rows-repeated="2">
    <table:table-cell table:number-columns-repeated="1024"/></table:table-row>
    <table:table-row>{header}</table:table-row>
    <table:table-row>{goods}
    <table:table-cell office:value-type="float" office:value="1.5"/>
    <table:table-cell office:value-type="float" office:value="7"/>
    <table:table-cell table:number-columns-repeated="16000"/></table:table-row>
    <table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>
    </table:table></office:spreadsheet></office:body></office:document-content>"""
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("content.xml", content)
    found = examine(tmp_path / "a.ods")
    assert (found.kind, found.sheet, found.header_row) == ("ods", "商品", 3)
    assert [(g.row, g.sku_code, g.supply_price, g.stock_qty) for g in found.plan.new] == [(4, "0012", 15_000, 7)]
