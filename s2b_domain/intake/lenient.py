"""xlsx files that the fast reader cannot follow, read by the slow one, which minds less."""

import warnings
from pathlib import Path

from s2b_domain.intake.limits import Limits
from s2b_domain.intake.refusal import Refused
from s2b_domain.intake.tagged import Sheet


def lenient_sheets(path: Path, limits: Limits) -> list[Sheet]:
    """The worksheets with the values saved last; raises `Refused`."""
    from openpyxl import load_workbook  # noqa: PLC0415  heavy, and rarely needed

    sheets: list[Sheet] = []
    cells = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets[: limits.sheets]:
                sheet.reset_dimensions()
                rows = []
                for row in sheet.iter_rows(values_only=True):
                    cells += len(row) + 1
                    if cells > limits.cells or len(row) > 4 * limits.columns:
                        raise Refused("too_large")
                    rows.append(["" if cell is None else cell for cell in row])
                sheets.append(Sheet(sheet.title, rows, sheet.sheet_state != "visible"))
            book.close()
        except (Refused, MemoryError):
            raise
        except Exception:  # whatever a damaged file makes the library raise
            raise Refused("damaged") from None
    if not sheets:
        raise Refused("empty")
    return sheets
