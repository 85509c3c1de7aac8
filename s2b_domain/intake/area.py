"""A part of a sheet that is a table of its own: tables side by side, or under each other."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from s2b_domain.intake import header as headers
from s2b_domain.intake.labels import fields_named, normal
from s2b_domain.intake.ooxml import column_number
from s2b_domain.intake.reader import Row
from s2b_domain.intake.refusal import Refused

_A1 = re.compile(r"([A-Za-z]{1,3})([1-9]\d{0,6}):([A-Za-z]{1,3})([1-9]\d{0,6})?")
_OPEN = 1 << 30


class Area(msgspec.Struct, frozen=True):
    """0-based rows and columns, both ends included; `bottom` and `right` may lie beyond what the sheet holds."""

    top: int = 0
    left: int = 0
    bottom: int = _OPEN
    right: int = _OPEN

    @classmethod
    def named(cls, text: str) -> "Area":
        """The area of "F3:J40" or "F3:J" (to the sheet's end); "" is the whole sheet. Raises `Refused`."""
        if not text:
            return cls()
        found = _A1.fullmatch(text.strip())
        if found is None:
            raise Refused("no_such_area", area=text)
        left, top, right, bottom = found.groups()
        area = cls(int(top) - 1, column_number(left), int(bottom) - 1 if bottom else _OPEN, column_number(right))
        if area.bottom < area.top or area.right < area.left:
            raise Refused("no_such_area", area=text)
        return area

    def name(self, width: int) -> str:
        """The area as Excel writes it, in a sheet of `width` columns; "" if it is the whole sheet."""
        if self == Area():
            return ""
        right = min(self.right, max(width - 1, self.left))
        end = str(self.bottom + 1) if self.bottom < _OPEN else ""
        return f"{letters(self.left)}{self.top + 1}:{letters(right)}{end}"

    def head(self, rows: Sequence[Row]) -> list[Row]:
        """Rows of the area at their places in the sheet: those above it are empty."""
        inside = rows[: self.bottom + 1]
        return [row[self.left : self.right + 1] if at >= self.top else [] for at, row in enumerate(inside)]

    def batches(self, source: Iterable[tuple[int, Sequence[Any]]]) -> Iterator[tuple[int, Sequence[Any]]]:
        """The area's columns of a sheet's batches, down to its last row."""
        if self == Area():
            yield from source
            return
        seen = 0
        for count, columns in source:
            room = self.bottom + 1 - seen
            if room <= 0:
                return
            cut = columns[self.left : self.right + 1]
            if seen < self.top:
                above = min(self.top - seen, count)
                cut = [[""] * above + list(column[above:]) for column in cut]
            if count > room:
                count, cut = room, [column[:room] for column in cut]
            if cut:
                yield count, cut
            seen += count


def letters(column: int) -> str:
    """A for 0, AA for 26."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def tables(head: Sequence[Row]) -> list[Area]:
    """The tables that a sheet's first rows show, when there are several; else nothing."""
    found = [table for band in _bands(head) for table in _stacked(head, band)]
    return found if len(found) > 1 else []


def _bands(head: Sequence[Row]) -> list[Area]:
    """Runs of columns between columns that are empty in every row of more than one cell."""
    rows = [row for row in head if sum(1 for c in row if c != "") > 1]
    width = max(map(len, rows), default=0)
    used = [any(at < len(row) and row[at] != "" for row in rows) for at in range(width)]
    bands: list[Area] = []
    start = -1
    for at in range(width + 1):
        inside = at < width and used[at]
        if inside and start < 0:
            start = at
        elif not inside and start >= 0:
            bands.append(Area(left=start, right=at - 1))
            start = -1
    headed = [band for band in bands if band.right > band.left and _is_table(band.head(head))]
    if len(headed) < 2:
        return [Area()]
    return headed


def _is_table(head: list[Row]) -> bool:
    header = headers.find(head)
    named = {f for label in header.labels for f, _, _ in fields_named(label)[:1]}
    return header.first >= 0 and header.known >= 2 and bool(named & headers.IDENTITY)


def _stacked(head: Sequence[Row], band: Area) -> list[Area]:
    """A band cut where, after an empty row, another header begins."""
    rows = band.head(head)
    first = headers.find(rows)
    if first.first < 0:
        return [band]
    known = {normal(label) for label in first.labels if label}
    cuts = []
    gap = False
    title = -1
    for at in range(first.last + 2, len(rows)):
        filled = [c for c in rows[at] if c != ""]
        if not filled:
            gap, title = True, -1
        elif gap and len(filled) == 1 and title < 0:
            title = at
        elif gap and _other_header(rows[at], known):
            cuts.append(title if title >= 0 else at)
            gap, title = False, -1
        else:
            gap, title = False, -1
    if not cuts:
        return [band]
    ends = [*(cut - 1 for cut in cuts), band.bottom]
    starts = [band.top, *cuts]
    return [
        msgspec.structs.replace(band, top=top, bottom=end) for top, end in zip(starts, ends, strict=True) if end >= top
    ]


def _other_header(row: Row, known: set[str]) -> bool:
    labels = {normal(c) for c in row if isinstance(c, str) and c}
    return headers.score(row) >= 1.5 and len(labels - known) * 2 > len(labels)
