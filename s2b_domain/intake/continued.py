"""Rows that go on with the product above: its code and name stand once, over a row for each colour or size."""

from collections.abc import Iterable, Iterator, Sequence

from s2b_domain.intake.combine import Numbered
from s2b_domain.intake.goods import Issue
from s2b_domain.intake.header import text_of
from s2b_domain.intake.mapping import ColumnMap, across
from s2b_domain.intake.reader import Row
from s2b_domain.intake.stream import Batch, as_batches, as_rows
from s2b_domain.intake.trace import Traces

_KEYS = ("product_key", "title")
_OF_PRODUCT = (*_KEYS, "brand", "category", "unit")


class Continued:
    """Gives such rows of one layout what belongs to the product, and says so; prices they need of their own.

    A row goes on where the product's code and name are blank but an option is not. One that has a SKU code must say
    nothing else of the product either: else its name was forgotten.
    """

    def __init__(self, columns: Sequence[ColumnMap], issues: list[Issue], traces: Traces) -> None:
        options = across(columns)[1]
        named = [c for c in columns if c.label]
        self._keys = sorted((c for c in named if c.field in _KEYS), key=lambda c: _KEYS.index(c.field))
        self._shared = [c for c in named if c.field in _OF_PRODUCT]
        self._codes = [c.column for c in named if c.field in ("sku_code", "barcodes")]
        self._others = [c.column for c in named if c.field in ("brand", "category")]
        self._options = [c.column for c in named if c.field == "specs" or c.label in options]
        self._issues, self._traces = issues, traces
        self._above: Row = []
        self.count = 0

    def batches(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """All rows, those that go on with what the product above them says."""
        if not self._keys or not self._options:
            yield from batches
            return
        first = self._keys[0].column
        for numbers, columns in batches:
            if first < len(columns) and "" not in columns[first]:
                self._above = [column[-1] for column in columns]
                yield numbers, columns
            else:
                yield from as_batches(map(self._filled, as_rows([(numbers, columns)])))

    def _filled(self, numbered: Numbered) -> Numbered:
        number, row = numbered
        if not self._above or not self._goes_on(row):
            self._above = row if any(_has(row, c.column) for c in self._keys) else []
            return numbered
        self.count += 1
        whole = [*row, *[""] * (len(self._above) - len(row))]
        for column in self._shared:
            at = column.column
            if at < len(self._above) and _has(self._above, at) and not _has(whole, at):
                whole[at] = self._above[at]
                self._traces.add(number, column.label, column.field, "", text_of(whole[at]), ("continued",))
        key = next(c for c in self._keys if _has(self._above, c.column))
        said = text_of(self._above[key.column])[:120]
        self._issues.append(Issue(number, key.label, key.field, "continued", said, "warning"))
        return number, whole

    def _goes_on(self, row: Row) -> bool:
        if any(_has(row, c.column) for c in self._keys) or not any(_has(row, at) for at in self._options):
            return False
        return not any(_has(row, at) for at in self._codes) or not any(_has(row, at) for at in self._others)


def _has(row: Row, at: int) -> bool:
    return at < len(row) and text_of(row[at]).strip() != ""
