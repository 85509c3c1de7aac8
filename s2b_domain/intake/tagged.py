"""Tables that other programs save as `.xls` but write as markup: web pages with tables, and Excel's XML of 2003."""

import io
import re
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from s2b_domain.intake.limits import Limits
from s2b_domain.intake.merged import filled, merged_down, times
from s2b_domain.intake.ooxml import MOST_XML, Package, attribute, local
from s2b_domain.intake.refusal import Refused
from s2b_domain.intake.sniff import decode

MOST_BYTES = 60 << 20
_SPACES = re.compile(r"[ \t\r\n\f]+")
_UNSEEN = frozenset({"script", "style", "template", "noscript"})


class Sheet(msgspec.Struct):
    """A sheet read as a whole."""

    name: str
    rows: list[list[Any]]
    hidden: bool = False


class Grid:
    """Cells put one after the other, some spanning rows and columns; raises `Refused` beyond the limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.rows: list[list[Any]] = []
        self._spanned: dict[tuple[int, int], Any] = {}
        self._cells = 0

    def start_row(self, number: int | None = None) -> None:
        """Go on to the next row, or to row `number` (0-based)."""
        number = len(self.rows) if number is None else max(number, len(self.rows))
        if number > 1 << 20:
            raise Refused("too_large")
        while len(self.rows) <= number:
            self.rows.append([])
        self._fill()

    def put(self, cell: Any, down: int = 0, across: int = 0, column: int | None = None) -> None:
        """Put a cell at the next free column, or at `column`; what it spans downwards repeats it."""
        if not self.rows:
            self.start_row()
        row = self.rows[-1]
        if column is not None and column >= len(row):
            self._check(column)
            row.extend([""] * (column - len(row)))
        at = len(row)
        row.extend([cell, *[""] * min(across, self._limits.columns)])
        self._check(len(row))
        for below in range(1, min(down, 10_000) + 1):
            self._spanned[len(self.rows) - 1 + below, at] = cell
        self._fill()

    def _fill(self) -> None:
        row, number = self.rows[-1], len(self.rows) - 1
        while self._spanned and (number, len(row)) in self._spanned:
            row.append(self._spanned.pop((number, len(row))))

    def _check(self, width: int) -> None:
        self._cells += 1
        if width > 4 * self._limits.columns or self._cells > self._limits.cells or len(self._spanned) > 1_000_000:
            raise Refused("too_large")


class _Tables(HTMLParser):
    """Every table of a page that holds no other, in order."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self._limits = limits
        self.grids: list[Grid] = []
        self._open: list[Grid] = []
        self._said: list[str] | None = None
        self._span = (0, 0)
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "table":
            self._end_cell()
            self._open.append(Grid(self._limits))
            self.grids.append(self._open[-1])
        elif not self._open:
            return
        elif tag == "tr":
            self._end_cell()
            self._open[-1].start_row()
        elif tag in ("td", "th"):
            self._end_cell()
            named = dict(attrs)
            self._said, self._span = [], (_span(named.get("rowspan")), _span(named.get("colspan")))
        elif tag == "br" and self._said is not None:
            self._said.append("\v")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in ("td", "th", "tr", "table"):
            self._end_cell()
            if tag == "table" and self._open:
                self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._said is not None and not self._unseen:
            self._said.append(data)

    def _end_cell(self) -> None:
        if self._said is not None and self._open:
            text = _SPACES.sub(" ", "".join(self._said)).strip().replace("\v", "\n")
            self._open[-1].put(text, *self._span)
        self._said = None


def _span(text: str | None) -> int:
    return min(int(text), 10_000) - 1 if text and text.isascii() and text.isdigit() and int(text) > 1 else 0


def html_sheets(path: Path, limits: Limits) -> list[Sheet]:
    """The tables of a web page; raises `Refused` for one without."""
    text, _ = decode(_bytes(path))
    tables = _Tables(limits)
    try:
        tables.feed(text)
        tables.close()
    except (AssertionError, ValueError):
        raise Refused("damaged") from None
    grids = [grid.rows for grid in tables.grids if any(any(row) for row in grid.rows)]
    if not grids:
        raise Refused("wrong_type", kind="web_page")
    return [Sheet(f"{n}" if len(grids) > 1 else "", rows) for n, rows in enumerate(grids, 1)]


def xml_sheets(path: Path, limits: Limits) -> list[Sheet]:
    """The worksheets of Excel's XML of 2003; raises `Refused` for other XML."""
    sheets: list[Sheet] = []
    try:
        for name, hidden, rows in _worksheets(io.BytesIO(_bytes(path).lstrip(b" \t\r\n")), limits):
            sheets.append(Sheet(name, rows, hidden))
            if len(sheets) >= limits.sheets:
                break
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Refused("damaged") from None
    if not sheets:
        raise Refused("wrong_type", kind="xml")
    return sheets


def ods_sheets(path: Path, limits: Limits) -> list[Sheet]:
    """The tables of an OpenDocument file; for those that the fast reader cannot follow. Raises `Refused`."""
    sheets: list[Sheet] = []
    with Package(path) as package:
        data = package.read("content.xml", MOST_XML)
    if not data:
        raise Refused("damaged")
    try:
        for name, rows in _ods_tables(io.BytesIO(data), limits):
            width = max(map(len, rows), default=0)
            if merged := merged_down(path, "ods", name):
                rows = list(filled((row + [""] * (width - len(row)) for row in rows), merged))
            sheets.append(Sheet(name, rows))
            if len(sheets) >= limits.sheets:
                break
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Refused("damaged") from None
    if not sheets:
        raise Refused("empty")
    return sheets


def _ods_tables(stream: io.BytesIO, limits: Limits) -> Iterator[tuple[str, list[list[Any]]]]:
    rows: list[list[Any]] = []
    name, cells, blank = "", 0, 0
    for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
        tag = local(element.tag)
        if event == "start" and tag == "table":
            rows, name, blank = [], attribute(element, "name"), 0
        elif event == "end" and tag == "table-row":
            row = _ods_row(element, limits)
            repeated = times(attribute(element, "number-rows-repeated"))
            element.clear()
            if not row:
                blank += repeated  # written down only if something follows
                continue
            cells += (len(row) + 1) * repeated + blank
            if cells > limits.cells:
                raise Refused("too_large")
            rows += [[] for _ in range(blank)]
            rows += [list(row) for _ in range(repeated)]
            blank = 0
        elif event == "end" and tag == "table":
            yield name, rows
            element.clear()


def _ods_row(element: Element, limits: Limits) -> list[Any]:
    row: list[Any] = []
    blank = 0
    for cell in element:
        if local(cell.tag) not in ("table-cell", "covered-table-cell"):
            continue
        repeated = times(attribute(cell, "number-columns-repeated"))
        value = _ods_value(cell)
        if value == "":
            blank += repeated
            continue
        if len(row) + blank + repeated > 4 * limits.columns:
            raise Refused("too_large")
        row += [""] * blank + [value] * repeated
        blank = 0
    return row


def _ods_value(cell: Element) -> Any:
    kind = attribute(cell, "value-type")
    if kind in ("float", "currency", "percentage"):
        return float(attribute(cell, "value"))
    if kind == "boolean":
        return attribute(cell, "boolean-value") == "true"
    if kind == "date":
        moment = datetime.fromisoformat(attribute(cell, "date-value")[:19])
        return moment.date() if moment.time() == datetime.min.time() else moment
    texts = ("".join(part.itertext()) for part in cell if local(part.tag) == "p")
    return attribute(cell, "string-value") or "\n".join(texts)


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise Refused("too_large")
    return path.read_bytes()


def _worksheets(stream: io.BytesIO, limits: Limits) -> Iterator[tuple[str, bool, list[list[Any]]]]:
    grid, name, hidden = Grid(limits), "", False
    for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
        tag = local(element.tag)
        if event == "start" and tag == "Worksheet":
            grid, name, hidden = Grid(limits), attribute(element, "Name"), False
        elif event == "end" and tag == "Visible":
            hidden = (element.text or "").endswith("Hidden")
        elif event == "end" and tag == "Row":
            index = attribute(element, "Index")
            grid.start_row(int(index) - 1 if index.isdecimal() else None)
            for cell in element:
                if local(cell.tag) == "Cell":
                    _put(grid, cell)
            element.clear()
        elif event == "end" and tag == "Worksheet":
            yield name, hidden, grid.rows
            element.clear()


def _put(grid: Grid, cell: Element) -> None:
    data = next((child for child in cell if local(child.tag) == "Data"), None)
    index, down, across = (attribute(cell, name) for name in ("Index", "MergeDown", "MergeAcross"))
    grid.put(
        _value(data) if data is not None else "",
        int(down) if down.isdecimal() else 0,
        int(across) if across.isdecimal() else 0,
        int(index) - 1 if index.isdecimal() and int(index) > 0 else None,
    )


def _value(data: Element) -> Any:
    text, kind = "".join(data.itertext()), attribute(data, "Type")
    if kind == "Number":
        try:
            return float(text)
        except ValueError:
            return text
    if kind == "Boolean":
        return text == "1"
    if kind == "DateTime":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        return moment.date() if moment.time() == datetime.min.time() else moment
    return text
