"""Tab-separated text as spreadsheets put it on the clipboard and take it from there."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_FORMULA = re.compile(r"[=@]|[+-](?![\s¥]*[\d.,]+%?$)")
"""What a spreadsheet would run: others' texts come here too, and an amount below zero is none."""


def to_tsv(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as clipboard text; cells with tabs, quotes or line ends are quoted, formulas get an apostrophe."""
    out = io.StringIO()
    guarded = ([f"'{cell}" if _FORMULA.match(cell) else cell for cell in row] for row in rows)
    csv.writer(out, dialect="excel-tab", lineterminator="\n").writerows(guarded)
    return out.getvalue()


def from_tsv(text: str) -> list[list[str]]:
    """Clipboard text as rows of cells, without such apostrophes; wholly empty rows are left out."""
    rows = csv.reader(io.StringIO(text, newline=""), dialect="excel-tab")
    bare = ([cell[1:] if cell[:1] == "'" and _FORMULA.match(cell[1:]) else cell for cell in row] for row in rows)
    return [row for row in bare if any(cell.strip() for cell in row)]
