"""Where the shelf and the books differ, before a count is booked or goods leave."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from s2b_desktop.models.queries.goods import GoodsEntry
from s2b_desktop.text import quantity, tr
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.table import DataTable

Differs = tuple[GoodsEntry, int, int]


class DiffersPrompt(Confirm):
    """Lists (goods, what the books say, by how many steps it differs)."""

    def __init__(
        self, title: Text, told: Text, verb: Text, keep: Text, differences: Sequence[Differs], parent: QWidget | None
    ) -> None:
        super().__init__(title, told, verb, keep=keep, parent=parent)
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
        return f"+{said}" if difference > 0 else f"-{said}"


class DifferencePrompt(DiffersPrompt):
    """After a blind count."""

    def __init__(self, differences: Sequence[Differs], counted: int, parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("{n} of the counted goods differ from the books", n=len(differences)),
            lambda: tr("{n} goods were counted. Look again at what seems wrong, or book the count.", n=counted),
            "Book the count",
            "Count again",
            differences,
            parent,
        )


class ShortagePrompt(DiffersPrompt):
    """More leaves a place than is available there by the books."""

    def __init__(self, shortages: Sequence[Differs], parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("Of {n} goods more leaves than is available here", n=len(shortages)),
            "It is promised to orders, or the books are wrong. What has left is booked as it is; somebody is asked to "
            "look for the difference.",
            "Book it all the same",
            "Check first",
            shortages,
            parent,
        )
