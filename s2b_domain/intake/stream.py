"""The data rows of a sheet: what lies under the header, without titles, totals, examples and blanks."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import Any

from s2b_domain.intake.combine import Aside, Numbered
from s2b_domain.intake.goods import Issue
from s2b_domain.intake.header import Header, is_example, is_total, text_of
from s2b_domain.intake.mapping import ColumnMap

Columns = Sequence[Sequence[Any]]
Batch = tuple[list[int], Columns]
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SIGNED = re.compile(r"\s*[\u4e00-\u9fff]{1,6}\s*[:：].*", re.DOTALL)
_REMARK = 16
"""Characters from which a text that stands alone, digits or not, is a remark and no code."""
_TOTAL_STARTS = frozenset("总合小共本TtSsGg \u3000")


class Sieve:
    """Takes a sheet's batches from row 1 and passes on the goods."""

    def __init__(
        self, header: Header, columns: Iterable[ColumnMap], aside: list[Aside], hidden: frozenset[int] = frozenset()
    ) -> None:
        self._header = header
        self._hidden = hidden
        maps = list(columns)
        self._codes = frozenset(c.column for c in maps if c.field in ("sku_code", "barcodes"))
        self._names = self._codes | {c.column for c in maps if c.field == "title"}
        self._aside = aside
        self._anchor = next((n for n, label in enumerate(header.labels) if label), 0)

    def batches(self, source: Iterable[tuple[int, Columns]]) -> Iterator[Batch]:
        """Yield (row numbers, columns) of the data rows."""
        first = 1
        start = self._header.last + 2
        for count, columns in source:
            numbers = list(range(first, first + count))
            first += count
            if first <= start:
                continue
            if numbers[0] < start:
                cut = start - numbers[0]
                numbers, columns = numbers[cut:], [c[cut:] for c in columns]
            keep = self._keep(numbers, columns)
            if self._hidden:
                self._leave_hidden(numbers, keep)
            if not all(keep):
                numbers = list(compress(numbers, keep))
                columns = [list(compress(c, keep)) for c in columns]
            if numbers:
                yield numbers, columns

    def _leave_hidden(self, numbers: list[int], keep: list[bool]) -> None:
        for at, number in enumerate(numbers):
            if keep[at] and number in self._hidden:
                keep[at] = False
                self._aside.append(Aside(number, "hidden"))

    def _keep(self, numbers: list[int], columns: Columns) -> list[bool]:
        rows = list(zip(*columns, strict=True))
        keep = [True] * len(rows)
        width = len(columns)
        doubtful = {at for at, row in enumerate(rows) if row.count("") >= width - 2}
        for column in columns[:3]:
            doubtful.update(at for at, c in enumerate(column) if type(c) is str and c[:1] in _TOTAL_STARTS and c)
        label = self._header.labels[self._anchor] if self._header.labels else ""
        if label and self._anchor < width:
            doubtful.update(at for at, c in enumerate(columns[self._anchor]) if c == label)
        near = self._header.last + 5
        for at in sorted(doubtful | {n for n in range(min(4, len(rows))) if numbers[n] <= near}):
            kind = self._kind(rows[at], numbers[at] <= near)
            if kind:
                keep[at] = False
                if kind != "blank":
                    self._aside.append(Aside(numbers[at], kind))
        return keep

    def _kind(self, row: tuple[Any, ...], near: bool) -> str:
        filled = [at for at, c in enumerate(row) if c != "" and not (type(c) is str and not c.strip())]
        if not filled:
            return "blank"
        if is_total(row) and not self._names.intersection(filled[1:]):
            return "total"
        labels = self._header.labels
        if len(filled) > 1 and all(at < len(labels) and str(row[at]).strip() == labels[at] for at in filled):
            return "repeated_header"
        if near and self._header.last >= 0 and is_example(row):
            return "example"
        only = row[filled[0]]
        if len(labels) >= 4 and all(isinstance(row[at], str) and _SIGNED.fullmatch(row[at]) for at in filled):
            return "section"
        if len(filled) == 1 and len(labels) >= 4 and isinstance(only, str):
            if filled[0] in self._codes:
                return "section" if _is_words(only) else ""
            return "" if any(c.isdigit() for c in only[:1]) else "section"
        return ""


def _is_words(text: str) -> bool:
    """Whether what stands alone in a column of codes is a title or a remark."""
    return bool(_HAN.search(text)) and (not any(c.isdigit() for c in text) or len(text) >= _REMARK)


def overflowing(batches: Iterable[Batch], width: int, issues: list[Issue]) -> Iterator[Batch]:
    """Pass batches on; rows with cells beyond the header's `width` have shifted and become issues."""
    for numbers, columns in batches:
        for column in columns[width:]:
            for number, cell in zip(numbers, column, strict=True):
                if cell != "":
                    issues.append(Issue(number, "", "", "too_many_cells", text_of(cell)[:120]))
        yield numbers, columns


def as_rows(batches: Iterable[Batch]) -> Iterator[Numbered]:
    """Batches row by row, for dialects that join rows."""
    for numbers, columns in batches:
        for number, row in zip(numbers, zip(*columns, strict=True), strict=True):
            yield number, list(row)


def as_batches(rows: Iterable[Numbered], size: int = 1_000) -> Iterator[Batch]:
    """Rows as batches of columns."""
    held: list[Numbered] = []
    for row in rows:
        held.append(row)
        if len(held) >= size:
            yield _batch(held)
            held = []
    if held:
        yield _batch(held)


def _batch(rows: list[Numbered]) -> Batch:
    return [number for number, _ in rows], list(zip(*(cells for _, cells in rows), strict=True))
