"""The rows that were left out, as they stood, each with its reasons beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import xlsxwriter

from s2b_domain.intake import own
from s2b_domain.intake.examination import Examination
from s2b_domain.intake.export import write_cell
from s2b_domain.intake.goods import Issue
from s2b_domain.intake.illustrations import is_pictures
from s2b_domain.intake.mapping import ColumnMap, is_made

SPECS = "规格"


def write_report(
    examination: Examination, path: Path, *, text: Callable[[Issue], str], reason: str, row: str, sheet: str
) -> int:
    """Write the wrong rows to a workbook and return their number.

    `text` says an issue to people; `reason`, `row` and `sheet` name the two columns and the sheet. Columns keep
    their labels, so a mended report imports like the sheet it came from. A code that lost zeros has them again: without
    the codes of the other rows nothing would tell.
    """
    columns = [c for c in examination.columns if not is_pictures(c)]
    spread = any(is_made(c) and c.field != "specs" for c in columns)
    filled = {at for wrong in examination.plan.wrong for at, cell in enumerate(wrong.cells) if cell != ""}
    shown = [c for c in columns if c.label or (spread if is_made(c) else c.field or c.column in filled)]
    labels = [c.label or _label(c) for c in shown]
    width = len(labels)
    with path.open("wb") as file, xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        page = book.add_worksheet(sheet)
        bold = book.add_format({"bold": True, "bottom": 1})
        red = book.add_format({"font_color": "#B42318", "text_wrap": True, "valign": "top"})
        page.set_column(0, 0, 48)
        page.set_column(1, 1, 8)
        page.set_column(2, 2 + width, 16)
        page.freeze_panes(1, 2)
        for at, label in enumerate([reason, row, *labels]):
            page.write_string(0, at, label, bold)
        for number, wrong in enumerate(examination.plan.wrong, 1):
            page.write_string(number, 0, "\n".join(map(text, wrong.issues)), red)
            page.write_number(number, 1, wrong.row)
            whole = {(i.field, i.column): i.params["repaired"] for i in wrong.issues if i.code == "leading_zero_lost"}
            cells = [wrong.cells[c.column] if c.column < len(wrong.cells) else "" for c in shown]
            cells = [
                whole.get((c.field, c.label), cell) if c.field == "sku_code" else cell
                for c, cell in zip(shown, cells, strict=True)
            ]
            for at, cell in enumerate(cells, 2):
                write_cell(page, number, at, _written(cell))
    return len(examination.plan.wrong)


def _label(column: ColumnMap) -> str:
    """What a column without a label is called where its field is known by its label."""
    if column.name and column.field in own.NAMED:
        return own.NAMED[column.field][0] + column.name
    return SPECS if column.field == "specs" else own.label(column.field, 0) if column.field else ""


def _written(cell: Any) -> Any:
    """A cell as one would type it: specifications as pairs."""
    return ";".join(f"{name}:{value}" for name, value in cell) if isinstance(cell, tuple) else cell
