"""After a blind count: where the shelf and the books differ, before it is booked."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from s2b_desktop.models.queries.goods import GoodsEntry
from s2b_desktop.text import quantity, tr
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.table import DataTable

Differs = tuple[GoodsEntry, int, int]


class DifferencePrompt(Confirm):
    """Lists (goods, what the books say, by how many steps it differs)."""

    def __init__(self, differences: Sequence[Differs], counted: int, parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("{n} of the counted goods differ from the books", n=len(differences)),
            lambda: tr("{n} goods were counted. Look again at what seems wrong, or book the count.", n=counted),
            "Book the count",
            keep="Count again",
            parent=parent,
        )
        self.setMinimumWidth(680)
        self._differences = differences
        self.table: DataTable[Differs] = DataTable(
            [
                Column("code", "SKU code", lambda d: d[0].code, 120),
                Column("title", "Product name", lambda d: d[0].title, 220, stretch=True),
                Column("books", "Books", lambda d: quantity(d[1], d[0].decimals), 90, kind="number"),
                Column("counted", "Counted", lambda d: quantity(d[1] + d[2], d[0].decimals), 90, kind="number"),
                Column("difference", "Difference", self._difference, 100, kind="number"),
            ],
            self._rows,
            name="Differences",
            toolbar=False,
        )
        self.table.setMinimumHeight(240)
        self.table.set_ids(range(len(differences)))
        self.middle.addWidget(self.table)

    def _rows(self, ids: Sequence[RowId]) -> list[Differs]:
        return [self._differences[int(at)] for at in ids]

    @staticmethod
    def _difference(row: Differs) -> str:
        entry, _books, difference = row
        said = quantity(abs(difference), entry.decimals)
        return f"+{said}" if difference > 0 else f"−{said}"
