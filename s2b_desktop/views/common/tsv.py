"""Tab-separated text as spreadsheets put it on the clipboard and take it from there."""

import csv
import io
from collections.abc import Iterable, Sequence

from s2b_domain.intake.formula import bare, guarded


def to_tsv(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as clipboard text; cells with tabs, quotes or line ends are quoted, formulas get an apostrophe."""
    out = io.StringIO()
    csv.writer(out, dialect="excel-tab", lineterminator="\n").writerows(map(guarded, row) for row in rows)
    return out.getvalue()


def from_tsv(text: str) -> list[list[str]]:
    """Clipboard text as rows of cells, without such apostrophes; wholly empty rows are left out."""
    rows = csv.reader(io.StringIO(text, newline=""), dialect="excel-tab")
    return [[bare(cell) for cell in row] for row in rows if any(cell.strip() for cell in row)]
