"""Rows that go on with the product above: its code and name stand once, over a row for each colour or size."""

from collections.abc import Iterable, Iterator, Sequence

from s2b_domain.intake.combine import Numbered
from s2b_domain.intake.goods import Issue
from s2b_domain.intake.header import text_of
from s2b_domain.intake.mapping import ColumnMap, across
from s2b_domain.intake.reader import Row

_OF_PRODUCT = frozenset({"product_key", "title", "brand", "category", "unit"})


class Continued:
    """Gives such rows of one layout what belongs to the product, and says so; prices they need of their own."""

    def __init__(self, columns: Sequence[ColumnMap]) -> None:
        options = across(columns)[1]
        self._key = next((c for c in columns if c.field == "product_key" and c.label), None)
        self._names = [c.column for c in columns if c.label and c.field in ("product_key", "title", "sku_code")]
        self._shared = [c.column for c in columns if c.label and c.field in _OF_PRODUCT]
        self._options = [c.column for c in columns if c.label and (c.field == "specs" or c.label in options)]

    def are_in(self, sample: Iterable[Row]) -> bool:
        """Whether the sample shows such rows."""
        return self._key is not None and any(self._goes_on(row) for row in list(sample)[1:])

    def _goes_on(self, row: Row) -> bool:
        return not any(_filled(row, at) for at in self._names) and any(_filled(row, at) for at in self._options)

    def rows(self, rows: Iterable[Numbered], issues: list[Issue]) -> Iterator[Numbered]:
        """All rows, those that go on with what the product above them says."""
        above: Row = []
        for number, row in rows:
            key = self._key
            if key is None or not above or not self._goes_on(row):
                above = row if key is not None and _filled(row, key.column) else []
                yield number, row
                continue
            whole = [*row, *[""] * (len(above) - len(row))]
            for at in self._shared:
                if at < len(above) and not _filled(whole, at):
                    whole[at] = above[at]
            said = text_of(above[key.column])[:120]
            issues.append(Issue(number, key.label, "product_key", "continued", said, "warning"))
            yield number, whole


def _filled(row: Row, at: int) -> bool:
    return at < len(row) and text_of(row[at]).strip() != ""
