"""The first rows of a table as they stand in the file, so that one can tell several tables apart."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.table import DataTable
from s2b_domain.intake.area import Area, letters
from s2b_domain.intake.header import text_of
from s2b_domain.intake.survey import Guess, Survey

ROWS, COLUMNS = 4, 12
_Row = tuple[int, tuple[str, ...]]


class TablePeek(QWidget):
    """Shows the header and some rows under it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []
        self.table: DataTable[_Row] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def show_table(self, survey: Survey, guess: Guess) -> None:
        """Show a table of the survey."""
        area = Area.named(guess.area)
        head = area.head(survey.info.sheets[guess.sheet].head)
        start = max(0, area.top if guess.transposed else guess.header.first)
        self._rows = [(at + 1, tuple(map(text_of, row[:COLUMNS]))) for at, row in enumerate(head)][start : start + ROWS]
        self.setFixedHeight(40 + len(self._rows) * 30 + 38)
        wide = max((len(cells) for _, cells in self._rows), default=0)
        first: Column[_Row] = Column("row", "Row", lambda r: str(r[0]), 56, kind="number")
        columns = [first, *(self._cell(at, letters(area.left + at)) for at in range(wide))]
        table: DataTable[_Row] = DataTable(columns, self._fetch, name="First rows of the table", toolbar=False)
        table.set_density("compact")
        table.set_ids(range(len(self._rows)))
        if self.table is not None:
            self._column.removeWidget(self.table)
            self.table.hide()
            self.table.deleteLater()
        self.table = table
        self._column.addWidget(table)
        table.show()

    def _fetch(self, ids: Sequence[RowId]) -> list[_Row]:
        return [self._rows[int(at)] for at in ids]

    @staticmethod
    def _cell(at: int, letter: str) -> Column[_Row]:
        def text(row: _Row) -> str:
            return " ".join(row[1][at].split())[:80] if at < len(row[1]) else ""

        return Column(f"cell:{at}", partial(str, letter), text, 110)
