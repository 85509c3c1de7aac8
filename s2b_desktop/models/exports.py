"""Tables as workbooks for people: what is text stays text, whatever it begins with."""

from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

Cell = str | int | float


def write_table(path: Path, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> int:
    """Write one sheet with a header and return the number of rows; OSError if it cannot be written."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with path.open("wb") as file, xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for at, head in enumerate(heads):
            sheet.write_string(0, at, head, bold)
        for number, row in enumerate(rows, 1):
            for at, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, at, cell)
                else:
                    sheet.write_number(number, at, cell)
    return len(rows)
