"""A first look at a file: its sheets, their headers, and what each column seems to mean."""

from collections import Counter

import msgspec

from s2b_domain.intake import dialect as dialects
from s2b_domain.intake import header as headers
from s2b_domain.intake.header import Header, text_of
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.reader import BookInfo, Row, SheetInfo
from s2b_domain.intake.refusal import Refused

_WORTH = {
    "supply_price": 4,
    "title": 3,
    "sku_code": 3,
    "barcodes": 2,
    "product_key": 1,
    "stock_qty": 1,
    "specs": 1,
    "category": 1,
}
_IDENTITY = frozenset({"sku_code", "barcodes", "title"})


class Guess(msgspec.Struct, frozen=True):
    """What one sheet seems to be. `worth` is 0 for a sheet without goods."""

    sheet: int
    name: str
    rows: int
    hidden: bool
    header: Header
    dialect: str
    columns: tuple[ColumnMap, ...]
    worth: int

    @property
    def fields(self) -> set[str]:
        """Fields that the proposal fills."""
        return {c.field for c in self.columns if c.field}


class Survey(msgspec.Struct, frozen=True):
    """All sheets of a file; `best` is the one proposed (None if none holds goods)."""

    info: BookInfo
    guesses: tuple[Guess, ...]

    @property
    def best(self) -> Guess | None:
        shown = [g for g in self.guesses if not g.hidden] or list(self.guesses)
        return max((g for g in shown if g.worth), key=lambda g: (g.worth, -g.sheet), default=None)

    def named(self, sheet: str | int) -> Guess:
        """The guess of a sheet by name or number; raises `Refused` if there is none."""
        for guess in self.guesses:
            if sheet in (guess.name, guess.sheet):
                return guess
        raise Refused("no_such_sheet", sheet=str(sheet))


def survey(info: BookInfo) -> Survey:
    """Look at every sheet's head."""
    return Survey(info, tuple(guess(number, sheet) for number, sheet in enumerate(info.sheets)))


def guess(number: int, sheet: SheetInfo, header_row: int | None = None) -> Guess:
    """Propose header and columns of a sheet; `header_row` (1-based, 0 for none) is the user's word."""
    header = headers.find(sheet.head) if header_row is None else _header_at(sheet, header_row)
    sample = sheet.head[header.last + 1 :]
    kind = dialects.detect(header.labels)
    columns = dialects.columns_of(kind, header.labels, [row for row in sample if any(c != "" for c in row)])
    fields = {c.field for c in columns if c.field and c.confidence >= 45}
    filled = sheet.rows > header.last + 1 and any(c != "" for row in sample for c in row)
    worth = sum(_WORTH.get(field, 0) for field in fields) if filled and fields & _IDENTITY else 0
    return Guess(number, sheet.name, sheet.rows, sheet.hidden, header, kind.name, columns, worth)


def _header_at(sheet: SheetInfo, row: int) -> Header:
    width = max((len(r) for r in sheet.head), default=0)
    if not 1 <= row <= len(sheet.head):
        return Header(-1, -1, ("",) * width, 0)
    labels = tuple(text_of(c).strip() for c in sheet.head[row - 1])
    return Header(row - 1, row - 1, labels + ("",) * (width - len(labels)), 0)


def chosen(found: Survey) -> Guess:
    """The proposed sheet, or the reason why there is none."""
    if found.best is not None:
        return found.best
    if all(sheet.rows == 0 for sheet in found.info.sheets):
        raise Refused("empty")
    if any(g.header.known >= 2 and g.rows <= g.header.last + 1 for g in found.guesses):
        raise Refused("no_rows")
    raise Refused("no_columns")


def code_width(columns: tuple[ColumnMap, ...], sample: list[Row]) -> int:
    """The width of a code column whose text codes are digits of one width, some with leading zeros; else 0."""
    at = next((c.column for c in columns if c.field == "sku_code"), None)
    if at is None:
        return 0
    texts = [
        row[at].strip().lstrip("'") for row in sample if at < len(row) and isinstance(row[at], str) and row[at].strip()
    ]
    widths = Counter(len(t) for t in texts if t.isascii() and t.isdigit())
    if not widths:
        return 0
    width, count = widths.most_common(1)[0]
    zeros = any(t.startswith("0") and len(t) == width for t in texts)
    return width if zeros and count >= 3 and count >= len(texts) * 0.9 else 0
