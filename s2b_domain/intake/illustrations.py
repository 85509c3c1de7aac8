"""The pictures in and over the cells of a sheet, as one more column behind its own: their rows tell whose they are."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from s2b_domain.intake.area import Area
from s2b_domain.intake.goods import Issue
from s2b_domain.intake.mapping import ColumnMap, is_made
from s2b_domain.intake.refusal import Refused
from s2b_domain.intake.sandbox import SandboxedBook

FIELD = "image_urls"
Illustrate = Callable[[str, Callable[[], bytes]], str]
"""How records will name a picture, by the SHA-256 of its bytes (hex) and a way to have them; "" if it cannot be had."""


def is_pictures(column: ColumnMap) -> bool:
    """Whether a column holds what was found in and over cells, not what is written in them."""
    return is_made(column) and column.field == FIELD


def gathers(columns: Iterable[ColumnMap]) -> bool:
    """Whether pictures come from cells: they are put beside those that goods have. A written list takes their place."""
    return any(map(is_pictures, columns))


class Illustrations:
    """The pictures of a sheet's rows. `left` are those that stand beside no goods, or cannot be had."""

    def __init__(
        self,
        book: SandboxedBook,
        sheet: int,
        area: Area,
        below: int,
        illustrate: Illustrate,
        cancelled: Callable[[], bool],
    ) -> None:
        self._by_row: dict[int, list[str]] = {}
        self._placed: set[int] = set()
        self.unreadable = 0
        names: dict[str, str] = {}
        for picture in book.pictures(sheet):
            if cancelled():
                raise Refused("cancelled")
            if picture.row <= below or not area.left <= picture.column <= area.right:
                continue
            name = ""
            if not picture.problem:
                if picture.content not in names:
                    names[picture.content] = illustrate(picture.content, partial(book.picture, picture.source))
                name = names[picture.content]
            if name:
                self._by_row.setdefault(picture.row, []).append(name)
            else:
                self.unreadable += 1

    def __bool__(self) -> bool:
        return bool(self._by_row)

    def beside(self, numbers: Sequence[int], columns: Sequence[Sequence[Any]], place: int) -> list[Sequence[Any]]:
        """A batch of the sheet with the pictures of its rows in the column `place`."""
        self._placed.update(self._by_row.keys() & set(numbers))
        blank = [""] * len(numbers)
        own = [*columns[:place], *([blank] * (place - len(columns)))]
        return [*own, ["\n".join(dict.fromkeys(self._by_row.get(n, ()))) for n in numbers]]

    def found(self, issues: Iterable[Issue]) -> list[Issue]:
        """Issues without those of cells whose picture was not read as a text: it was found."""
        return [i for i in issues if i.code != "picture_in_cell" or i.row not in self._by_row]

    def notes(self) -> Iterator[Issue]:
        """What the dry run says of them as a whole, after all rows were read."""
        placed = sum(len(self._by_row[row]) for row in self._placed)
        alone = sum(len(names) for names in self._by_row.values()) - placed
        if placed:
            yield Issue(0, "", FIELD, "pictures_placed", "", "warning", {"n": placed, "rows": len(self._placed)})
        if alone:
            yield Issue(0, "", FIELD, "pictures_alone", "", "warning", {"n": alone})
        if self.unreadable:
            yield Issue(0, "", FIELD, "pictures_unreadable", "", "warning", {"n": self.unreadable})
