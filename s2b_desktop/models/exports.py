"""Tables as workbooks for people: what is text stays text, whatever it begins with."""

import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path

import xlsxwriter

Cell = str | int | float | Decimal | date
"""A `Decimal` is an amount of money, with two digits behind the point."""
WIDEST = 60
"""Characters."""
MEASURED = 500
"""Rows that say how wide their columns are."""


def yuan(minor: int) -> Decimal:
    """An amount (分) as a cell."""
    return Decimal(minor) / 100


def write_table(
    path: Path, heads: Sequence[str], rows: Sequence[Sequence[Cell]], *, above: Sequence[Sequence[Cell]] = ()
) -> int:
    """Write one sheet with a header, below lines that say what it is, and return the number of rows; OSError if it
    cannot be written."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with path.open("wb") as file, xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        amounts, days = book.add_format({"num_format": "#,##0.00"}), book.add_format({"num_format": "yyyy-mm-dd"})
        bold = book.add_format({"bold": True})
        top = len(above) + 1 if above else 0
        sheet.freeze_panes(top + 1, 0)
        for at, width in enumerate(_widths([heads, *islice(rows, MEASURED)])):
            sheet.set_column(at, at, width)

        def put(number: int, at: int, cell: Cell, look: object = None) -> None:
            if isinstance(cell, str):
                sheet.write_string(number, at, cell, look)
            elif isinstance(cell, date):
                sheet.write_datetime(number, at, cell, days)
            else:
                sheet.write_number(number, at, cell, amounts if isinstance(cell, Decimal) else None)

        for number, line in enumerate(above):
            for at, cell in enumerate(line):
                put(number, at, cell, None if at else bold)
        for at, head in enumerate(heads):
            put(top, at, head, bold)
        for number, row in enumerate(rows, top + 1):
            for at, cell in enumerate(row):
                put(number, at, cell)
    return len(rows)


def _widths(rows: Sequence[Sequence[Cell]]) -> list[int]:
    """How wide each column is, in characters; Chinese ones count twice."""
    found: list[int] = []
    for row in rows:
        found += [8] * (len(row) - len(found))
        for at, cell in enumerate(row):
            wide = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in str(cell)[:WIDEST])
            found[at] = min(WIDEST, max(found[at], wide + 2))
    return found
