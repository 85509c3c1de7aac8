"""Tab-separated text as spreadsheets put it on the clipboard and take it from there."""

import csv
import io
from collections.abc import Iterable, Sequence


def to_tsv(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as clipboard text; cells with tabs, quotes or line ends are quoted."""
    out = io.StringIO()
    csv.writer(out, dialect="excel-tab", lineterminator="\n").writerows(rows)
    return out.getvalue()


def from_tsv(text: str) -> list[list[str]]:
    """Clipboard text as rows of cells; wholly empty rows are left out."""
    rows = csv.reader(io.StringIO(text, newline=""), dialect="excel-tab")
    return [row for row in rows if any(cell.strip() for cell in row)]
