"""What the dialects share that spread a product over rows.

Their functions take (row number, cells) in sheet order and yield rows with one more cell: the specifications
as ((name, value), ...). Rows that are no goods of their own go to `aside` with the reason.
"""

from collections.abc import Sequence

import msgspec

from s2b_domain.intake.goods import Issue
from s2b_domain.intake.header import text_of
from s2b_domain.intake.labels import normal
from s2b_domain.intake.reader import Cell, Row

Numbered = tuple[int, Row]
Specs = tuple[tuple[str, str], ...]


class Aside(msgspec.Struct, frozen=True):
    """A row that is no goods: blank, section, total, repeated_header, example, parent, picture, language, hidden, lot,
    not_goods (a bundle, a booking)."""

    row: int
    kind: str


class Cells:
    """Access to a row's cells by label."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.width = len(labels)
        self._at: dict[str, int] = {}
        for number, label in enumerate(labels):
            for key in ("".join(label.lower().replace("*", "").split()), normal(label)):
                self._at.setdefault(key, number)

    def at(self, *labels: str) -> int | None:
        """The first of these columns that exists."""
        for label in labels:
            found = self._at.get("".join(label.lower().split()), self._at.get(normal(label)))
            if found is not None:
                return found
        return None

    def text(self, row: Row, *labels: str) -> str:
        column = self.at(*labels)
        return "" if column is None or column >= len(row) else text_of(row[column]).strip()

    def put(self, row: Row, value: Cell, *labels: str) -> None:
        column = self.at(*labels)
        if column is not None:
            row[column] = value

    def padded(self, row: Row) -> Row:
        return list(row[: self.width]) + [""] * (self.width - len(row))


def options_of(cells: Cells, row: Row, names: Row, patterns: tuple[str, str], most: int) -> Specs:
    found: list[tuple[str, str]] = []
    for n in range(1, most + 1):
        value = cells.text(row, patterns[1].format(n=n))
        name = cells.text(row, patterns[0].format(n=n)) or cells.text(names, patterns[0].format(n=n))
        if value and value != "Default Title":
            found.append((name or f"{n}", value))
    return tuple(found)


def with_code(
    cells: Cells, number: int, row: Row, key: str, specs: Specs, labels: tuple[str, ...], issues: list[Issue]
) -> None:
    """Make a code from the product's key and its options where the system allowed none."""
    if key and not cells.text(row, *labels):
        made = "-".join([key, *(value for _, value in specs)])[:64]
        cells.put(row, made, *labels)
        issues.append(Issue(number, labels[0], "sku_code", "code_made", made, "warning", {"code": made}))
