"""Reads a table file into sheets of rows, in this process. `sandbox` runs it in a limited child.

Cells are `str`, `int`, `float`, `bool`, or dates; an empty cell is "". Text files give text only.
"""

import csv
import io
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import msgspec
import python_calamine as calamine

from s2b_domain.intake.lenient import lenient_sheets
from s2b_domain.intake.limits import Limits
from s2b_domain.intake.marks import Marks, marks
from s2b_domain.intake.merged import Merged, downwards, filled, merged_down
from s2b_domain.intake.pictures import Picture, picture_bytes, pictures
from s2b_domain.intake.refusal import Refused
from s2b_domain.intake.sniff import decode, delimiter_of, kind_of
from s2b_domain.intake.tagged import Sheet, html_sheets, ods_sheets, xml_sheets

Cell = Any
Row = list[Cell]
_KEPT_TEXT = re.compile(r'="((?:[^"]|"")*)"')


class SheetInfo(msgspec.Struct, frozen=True):
    """A sheet before its rows are read: `head` holds its first rows, from row 1."""

    name: str
    rows: int
    columns: int
    hidden: bool
    head: list[Row]


class BookInfo(msgspec.Struct, frozen=True):
    """A file's kind and sheets; `encoding` and `delimiter` are empty for workbooks. `unread` names sheets that are
    damaged."""

    kind: str
    encoding: str
    delimiter: str
    sheets: list[SheetInfo]
    unread: list[str] = []


class Book(Protocol):
    """What both readers offer."""

    info: BookInfo

    def rows(self, sheet: int) -> Iterator[Row]:
        """Rows of a sheet from row 1."""

    def marks(self, sheet: int) -> Marks:
        """What the cells do not tell."""

    def pictures(self, sheet: int) -> list[Picture]:
        """Pictures in and over the cells of a sheet."""

    def picture(self, source: str) -> bytes:
        """The bytes of a picture, by its `source`; b"" if there are none."""


def read(path: Path, limits: Limits) -> Book:
    """Open a file of any supported kind; raise `Refused`."""
    kind = kind_of(path, limits)
    if kind == "text":
        return TextBook(path, limits)
    if kind in ("html", "xml"):
        return ListBook(path, kind, html_sheets(path, limits) if kind == "html" else xml_sheets(path, limits), limits)
    try:
        book = CalamineBook(path, kind, limits)
        if kind != "xlsx" or not book.info.unread:
            return book
    except Refused as refused:
        if kind not in ("xlsx", "ods") or refused.code != "damaged":
            raise
        book = None
    again = lenient_sheets if kind == "xlsx" else ods_sheets
    try:
        return ListBook(path, kind, again(path, limits), limits)
    except Refused:
        if book is None:
            raise
        return book


class ListBook:
    """Sheets that were read as a whole."""

    def __init__(self, path: Path, kind: str, sheets: list[Sheet], limits: Limits) -> None:
        self._path = path
        self._sheets = sheets
        self.info = BookInfo(
            kind,
            "",
            "",
            [
                SheetInfo(
                    sheet.name,
                    len(sheet.rows),
                    min(max(map(len, sheet.rows), default=0), limits.columns),
                    sheet.hidden,
                    [row[: limits.columns] for row in sheet.rows[: limits.head_rows]],
                )
                for sheet in sheets
            ],
        )

    def rows(self, sheet: int) -> Iterator[Row]:
        return iter(self._sheets[sheet].rows)

    def marks(self, sheet: int) -> Marks:
        return marks(self._path, self._sheets[sheet].name) if self.info.kind == "xlsx" else Marks()

    def pictures(self, sheet: int) -> list[Picture]:
        return pictures(self._path, self._sheets[sheet].name) if self.info.kind == "xlsx" else []

    def picture(self, source: str) -> bytes:
        return picture_bytes(self._path, source) if self.info.kind == "xlsx" else b""


class CalamineBook:
    """xlsx, xlsm, xlsb, xls and ods. Cells merged downwards repeat their value, of several columns the first."""

    def __init__(self, path: Path, kind: str, limits: Limits) -> None:
        self._limits = limits
        self._path = path
        try:
            self._book = calamine.load_workbook(str(path))
            metadata = [m for m in self._book.sheets_metadata if m.typ == calamine.SheetTypeEnum.WorkSheet]
        except calamine.PasswordError:
            raise Refused("password") from None
        except (calamine.CalamineError, OSError, ValueError) as error:
            raise _refusal(error) from None
        self._scanner = ThreadPoolExecutor(1, "intake-marks")  # the reader works outside the interpreter's lock
        self._marks: dict[str, Future[Marks]] = {}
        self._names: list[str] = []
        self._kept: dict[str, Any] = {}
        self._kind, self._merged = kind, dict[str, list[Merged]]()
        sheets: list[SheetInfo] = []
        failure: Refused | None = None
        unread: list[str] = []
        for entry in metadata[: limits.sheets]:
            if kind == "xlsx":
                self._marks[entry.name] = self._scanner.submit(marks, path, entry.name)
            try:
                sheets.append(self._peek(entry.name, entry.visible != calamine.SheetVisibleEnum.Visible))
            except Refused as refused:
                failure = refused
                unread.append(entry.name)
            else:
                self._names.append(entry.name)
        if not sheets:
            raise failure or Refused("empty")
        self.info = BookInfo(kind, "", "", sheets, unread)

    def _sheet(self, name: str) -> Any:
        sheet = self._kept.get(name)
        if sheet is None:
            try:
                sheet = self._book.get_sheet_by_name(name)
            except (calamine.CalamineError, OSError, ValueError) as error:
                raise _refusal(error) from None
            if (sheet.total_height + 1) * sheet.width > self._limits.cells or sheet.width > 4 * self._limits.columns:
                raise Refused("too_large")
            self._kept[name] = sheet
        return sheet

    def _peek(self, name: str, hidden: bool) -> SheetInfo:
        sheet = self._sheet(name)
        head: list[Row] = []
        for row in self._rows(name):
            if len(head) >= self._limits.head_rows:
                break
            head.append(row[: self._limits.columns])
        height = 0 if sheet.end is None else sheet.end[0] + 1
        return SheetInfo(name, height, min(sheet.width, self._limits.columns), hidden, head)

    def _rows(self, name: str) -> Iterator[Row]:
        sheet = self._sheet(name)
        if sheet.start is None:
            return iter(())
        merged = self._merged_down(name)
        rows: Iterator[Row] = sheet.iter_rows()
        return filled(rows, merged, sheet.start[1]) if merged else rows

    def _merged_down(self, name: str) -> list[Merged]:
        if name not in self._merged:
            if self._kind in ("ods", "xlsb"):
                self._merged[name] = merged_down(self._path, self._kind, name)
            else:
                found = self._kept[name].merged_cell_ranges or ()
                self._merged[name] = downwards((top, bottom, left) for (top, left), (bottom, _) in found)
        return self._merged[name]

    def rows(self, sheet: int) -> Iterator[Row]:
        return self._rows(self._names[sheet])

    def marks(self, sheet: int) -> Marks:
        return self._marks[self._names[sheet]].result() if self.info.kind == "xlsx" else Marks()

    def pictures(self, sheet: int) -> list[Picture]:
        return pictures(self._path, self._names[sheet]) if self.info.kind == "xlsx" else []

    def picture(self, source: str) -> bytes:
        return picture_bytes(self._path, source) if self.info.kind == "xlsx" else b""


def _refusal(error: Exception) -> Refused:
    text = str(error).lower()
    if "password" in text or "encrypt" in text:
        return Refused("password")
    if "memory" in text or "capacity" in text or "too large" in text or "limit exceeded" in text:
        return Refused("too_large")
    return Refused("damaged")


class TextBook:
    """A delimited text: one sheet without a name."""

    def __init__(self, path: Path, limits: Limits) -> None:
        csv.field_size_limit(8 << 20)
        self._limits = limits
        try:
            data = path.read_bytes()
        except OSError:
            raise Refused("no_permission") from None
        self._text, encoding = decode(data)
        del data
        if not self._text.strip("\ufeff \t\r\n"):
            raise Refused("empty")
        self._delimiter = delimiter_of(self._text) or ","
        self._skip = self._text[:4].lower() == "sep="
        head: list[Row] = []
        columns = count = 0
        for count, row in enumerate(self.rows(0), 1):
            if count <= limits.head_rows:
                head.append(row)
            columns = max(columns, len(row))
        if count * columns > limits.cells:
            raise Refused("too_large")
        sheet = SheetInfo("", count, min(columns, limits.columns), False, head)
        self.info = BookInfo("text", encoding, self._delimiter, [sheet])

    def rows(self, sheet: int) -> Iterator[Row]:
        lines = io.StringIO(self._text, newline="")
        if self._skip:
            yield [lines.readline().rstrip("\r\n")]
        reader = csv.reader(lines, delimiter=self._delimiter)
        kept = '="' in self._text
        try:
            for row in reader:
                yield list(map(_kept_text, row[: self._limits.columns])) if kept else row[: self._limits.columns]
        except csv.Error:
            raise Refused("damaged") from None

    def marks(self, sheet: int) -> Marks:
        return Marks()

    def pictures(self, sheet: int) -> list[Picture]:
        return []

    def picture(self, source: str) -> bytes:
        return b""


def _kept_text(cell: str) -> str:
    """A cell as a spreadsheet shows it: other systems write ="001" for it to keep the zeros."""
    found = _KEPT_TEXT.fullmatch(cell) if cell[:2] == '="' else None
    return cell if found is None else found.group(1).replace('""', '"')
