"""Cells merged over several rows, where the reader of cells does not tell them: OpenDocument tables and xlsb files."""

import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from s2b_domain.intake.ooxml import MOST_XML, Package, attribute, local

Merged = tuple[int, int, int]
"""The first row, the last row and the first column of a merged range, all 0-based."""

MOST_DOWN = 10_000
MOST_RANGES = 100_000
_BOOK, _SHEET = "xl/workbook.bin", 156
_RANGES = re.compile(rb"\xb1\x01\x04.{4}((?:\xb0\x01\x10.{16})+)\xb2\x01\x00", re.DOTALL)
"""BrtBeginMergeCells with its count, each BrtMergeCell, BrtEndMergeCells."""
_RANGE = 19


def merged_down(path: Path, kind: str, sheet: str) -> list[Merged]:
    """The ranges of an ods or xlsb file's sheet that span several rows; none where the file does not tell."""
    with Package(path) as package:
        return downwards(_of_ods(package, sheet) if kind == "ods" else _of_xlsb(package, sheet))


def downwards(found: Iterable[Merged]) -> list[Merged]:
    """Those that span several rows, within bounds."""
    return list(islice((each for each in found if each[0] < each[1] <= each[0] + MOST_DOWN), MOST_RANGES))


def filled(rows: Iterable[list[Any]], merged: Iterable[Merged], left: int = 0) -> Iterator[list[Any]]:
    """Rows, of which the first cell is in column `left`, with the empty cells under a merged one repeating it."""
    starting: dict[int, list[Merged]] = {}
    for each in merged:
        starting.setdefault(each[0], []).append(each)
    open_: list[tuple[int, int, Any]] = []
    for number, row in enumerate(rows):
        if open_:
            open_ = [each for each in open_ if number <= each[0]]
            for _, column, cell in open_:
                if row[column] == "":
                    row[column] = cell
        for _, bottom, first in starting.get(number, ()):
            if 0 <= first - left < len(row):
                open_.append((bottom, first - left, row[first - left]))
        yield row


def _of_ods(package: Package, sheet: str) -> Iterator[Merged]:
    data = package.read("content.xml", MOST_XML)
    if b"number-rows-spanned" not in data:
        return
    name, row = "", 0
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            tag = local(element.tag)
            if event == "start" and tag == "table":
                name, row = attribute(element, "name"), 0
            elif event == "end" and tag == "table-row":
                if name == sheet:
                    yield from ((row, row + down, column) for column, down in spans(element))
                row += times(attribute(element, "number-rows-repeated"))
                element.clear()
            elif event == "end" and tag == "table" and name == sheet:
                return
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return


def spans(row: Element) -> Iterator[tuple[int, int]]:
    """The columns of an OpenDocument row whose cell goes on below, each with how many rows."""
    column = 0
    for cell in row:
        if local(cell.tag) in ("table-cell", "covered-table-cell"):
            down = times(attribute(cell, "number-rows-spanned")) - 1
            if down:
                yield column, down
            column += times(attribute(cell, "number-columns-repeated"))


def times(text: str) -> int:
    """A count in an attribute; 1 where there is none."""
    return max(1, int(text)) if text.isdecimal() and len(text) < 12 else 1


def _of_xlsb(package: Package, sheet: str) -> Iterator[Merged]:
    part = _xlsb_part(package, sheet)
    data = package.read(part, MOST_XML) if part else b""
    found = _RANGES.search(data)
    cells = found.group(1) if found is not None else b""
    for at in range(3, len(cells), _RANGE):
        top, bottom, left = (int.from_bytes(cells[at + n : at + n + 4], "little") for n in (0, 4, 8))
        yield top, bottom, left


def _xlsb_part(package: Package, sheet: str) -> str:
    related = package.relations(_BOOK)
    for kind, body in _records(package.read(_BOOK, MOST_XML)):
        if kind == _SHEET:
            relation, rest = _wide(body[8:])
            if _wide(rest)[0] == sheet:
                return related.get(relation, ("", ""))[1]
    return ""


def _wide(body: bytes) -> tuple[str, bytes]:
    """A text with its length before it, and what follows."""
    end = 4 + 2 * int.from_bytes(body[:4], "little")
    return body[4:end].decode("utf-16-le", "replace"), body[end:]


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 1 < len(data):
        kind, at = _number(data, at, 2)
        size, at = _number(data, at, 4)
        yield kind, data[at : at + size]
        at += size


def _number(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Seven bits in each of at most `most` bytes, the lowest first; and the place behind."""
    number = 0
    for n in range(most):
        byte = data[at] if at < len(data) else 0
        number |= (byte & 0x7F) << (7 * n)
        at += 1
        if byte < 0x80:
            break
    return number, at
