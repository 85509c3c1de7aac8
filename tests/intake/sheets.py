"""Small workbooks and texts for the tests of intake."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

HEADER = ("商品名称", "SKU编码", "条码", "供货价", "库存")
GOOD = ("晨露矿泉水", "A001", "6901234567892", 1.5, 10)


def workbook(
    path: Path, rows: Sequence[Sequence[Any]], name: str = "Sheet1", **others: Sequence[Sequence[Any]]
) -> Path:
    """Write a workbook of text and number cells; `others` are further sheets."""
    with xlsxwriter.Workbook(str(path)) as book:
        for title, content in {name: rows, **others}.items():
            sheet = book.add_worksheet(title)
            for number, row in enumerate(content):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(number, column, cell)
                    elif cell is not None:
                        sheet.write_number(number, column, cell)
    return path


def text(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "utf-8", mark: str = ",") -> Path:
    """Write a delimited text."""
    lines = [mark.join("" if cell is None else str(cell) for cell in row) for row in rows]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path
