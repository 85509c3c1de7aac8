"""Cells merged over several rows repeat their value, also where the reader of cells does not tell them."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from s2b_domain.intake.examination import examine
from s2b_domain.intake.limits import Limits
from s2b_domain.intake.merged import MOST_DOWN, downwards, filled
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.reader import read
from s2b_domain.intake.tagged import ods_sheets

HEAD = ("商品名称", "颜色", "SKU编码", "供货价")
ROWS = [HEAD, ("袜子", "黑", "S1", "5"), ("", "白", "S2", "5"), ("", "灰", "S3", "5"), ("", "红", "S4", "6")]
MERGED = (1, 3, 0)
"""Rows 1 to 3 of the first column; the last row's name is missing."""


def ods(path: Path) -> Path:
    """An OpenDocument file with a merged cell, under a row that is repeated."""
    top, bottom, left = MERGED
    lines = ['<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>']
    for number, row in enumerate(ROWS):
        cells = ""
        for column, text in enumerate(row):
            if column == left and top < number <= bottom:
                cells += "<table:covered-table-cell/>"
            elif not text:
                cells += "<table:table-cell/>"
            else:
                span = f' table:number-rows-spanned="{bottom - top + 1}"' if (number, column) == (top, left) else ""
                cells += (
                    f'<table:table-cell office:value-type="string"{span}><text:p>{text}</text:p></table:table-cell>'
                )
        lines.append(f"<table:table-row>{cells}</table:table-row>")
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    table = f'<table:table table:name="货">{"".join(lines)}</table:table>'
    other = '<table:table table:name="a"><table:table-row><table:table-cell/></table:table-row></table:table>'
    body = f"<office:body><office:spreadsheet>{other}{table}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("META-INF/manifest.xml", "<manifest/>")
        file.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
    return path


def record(kind: int, body: bytes = b"") -> bytes:
    """A record of a binary workbook."""
    name = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = bytes([len(body)]) if len(body) < 0x80 else bytes([len(body) & 0x7F | 0x80, len(body) >> 7])
    return name + size + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(path: Path) -> Path:
    """A binary workbook with a merged cell."""
    top, bottom, left = MERGED
    sheet = record(129) + record(148, struct.pack("<4I", 0, len(ROWS) - 1, 0, len(HEAD) - 1)) + record(145)
    for number, row in enumerate(ROWS):
        sheet += record(0, struct.pack("<II", number, 0) + bytes(9))
        for column, text in enumerate(row):
            sheet += record(6, struct.pack("<II", column, 0) + wide(text)) if text else b""
    sheet += record(146)
    ranges = [(0, 0, 1, 1), (top, bottom, left, left)]
    sheet += record(177, struct.pack("<I", len(ranges)))
    sheet += b"".join(record(176, struct.pack("<4I", *each)) for each in ranges) + record(178) + record(130)
    book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("货"))
    book += record(144) + record(132)
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"

    def related(id_: str, kind: str, target: str) -> str:
        one = f'<Relationship Id="{id_}" Type="{kinds}/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{relations}">{one}</Relationships>'

    with zipfile.ZipFile(path, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("_rels/.rels", related("rId1", "officeDocument", "xl/workbook.bin"))
        file.writestr("xl/workbook.bin", book)
        file.writestr("xl/_rels/workbook.bin.rels", related("rId1", "worksheet", "worksheets/sheet1.bin"))
        file.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


@pytest.mark.parametrize("write", [ods, xlsb])
def test_a_merged_cell_is_said_for_each_of_its_rows(tmp_path: Path, write: type) -> None:
    path = write(tmp_path / f"a.{write.__name__}")
    assert read(path, Limits()).info.kind == write.__name__
    found = examine(path, policy=Policy(blank_names="leave"))
    assert [(row.sku_code, row.title) for row in found.plan.new] == [(f"S{n}", "袜子") for n in (1, 2, 3)]
    assert [issue.field for wrong in found.plan.wrong for issue in wrong.issues] == ["title"]


def test_the_slow_reader_of_opendocument_fills_them_too(tmp_path: Path) -> None:
    sheets = ods_sheets(ods(tmp_path / "a.ods"), Limits())
    assert [row[0] for row in sheets[1].rows if row] == ["", "", "商品名称", "袜子", "袜子", "袜子", ""]


def test_ranges_beyond_the_sheet_and_without_end_fill_nothing() -> None:
    ranges = downwards([(0, 1, 7), (0, 0, 0), (0, MOST_DOWN + 1, 0), (1, 5, 0)])
    assert ranges == [(0, 1, 7), (1, 5, 0)]
    assert list(filled(iter([["a"], ["b"], [""]]), ranges)) == [["a"], ["b"], ["b"]]
    assert list(filled(iter([["a", "x"], ["", ""]]), [(0, 1, 1)], left=1)) == [["a", "x"], ["a", ""]]
