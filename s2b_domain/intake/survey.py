"""A first look at a file: its sheets, their headers, and what each column seems to mean."""

from collections import Counter
from itertools import zip_longest

import msgspec

from s2b_domain.intake import dialect as dialects
from s2b_domain.intake import header as headers
from s2b_domain.intake.area import Area, tables
from s2b_domain.intake.header import Header, text_of
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.reader import BookInfo, Row, SheetInfo
from s2b_domain.intake.refusal import Refused
from s2b_domain.intake.sizes import with_places

_SEARCHED = 20
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


class Guess(msgspec.Struct, frozen=True):
    """What one table seems to be. `number` is its place in the survey, `sheet` that of its sheet, `area` the part of
    the sheet it fills ("" for all). `worth` is 0 for a table without goods. A `transposed` table has a product per
    column: its rows and columns are the sheet's columns and rows."""

    number: int
    sheet: int
    name: str
    rows: int
    hidden: bool
    header: Header
    dialect: str
    columns: tuple[ColumnMap, ...]
    worth: int
    area: str = ""
    transposed: bool = False

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
        return max((g for g in shown if g.worth), key=lambda g: (g.worth, -g.number), default=None)

    def named(self, sheet: str | int, area: str | None = None, transposed: bool | None = None) -> Guess:
        """The best guess of a sheet by name or number, or that of one area of it; raises `Refused` if there is none."""
        found = [g for g in self.guesses if sheet in (g.name, g.sheet)]
        if not found:
            raise Refused("no_such_sheet", sheet=str(sheet))
        if area is not None or transposed is not None:
            wanted = (area or "", bool(transposed))
            known = next((g for g in found if (g.area, g.transposed) == wanted), None)
            number = found[0].sheet
            return known or guess(number, self.info.sheets[number], None, *wanted)
        return max(found, key=lambda g: (g.worth, -g.number))


def survey(info: BookInfo) -> Survey:
    """Look at every sheet's head; several tables in one sheet are told apart."""
    found: list[Guess] = []
    for number, sheet in enumerate(info.sheets):
        found += _tables(number, sheet)
    return Survey(info, tuple(msgspec.structs.replace(g, number=at) for at, g in enumerate(found)))


def _tables(number: int, sheet: SheetInfo) -> list[Guess]:
    whole = guess(number, sheet)
    if whole.dialect != "generic":
        return [whole]
    if sheet.rows <= len(sheet.head) and _is_transposed(whole, flipped := guess(number, sheet, transposed=True)):
        return [flipped, msgspec.structs.replace(whole, worth=min(whole.worth, flipped.worth - 1))]
    parts = [guess(number, sheet, area=area.name(sheet.columns)) for area in tables(sheet.head)]
    if not any(part.worth for part in parts):
        return [whole]
    best = max(part.worth for part in parts)
    return [*parts, msgspec.structs.replace(whole, worth=min(whole.worth, best - 1))]


def _is_transposed(upright: Guess, flipped: Guess) -> bool:
    known = flipped.header.known
    return flipped.worth > upright.worth and known >= 3 and known > upright.header.known + 1


def guess(
    number: int, sheet: SheetInfo, header_row: int | None = None, area: str = "", transposed: bool = False
) -> Guess:
    """Propose header and columns of a table; `header_row` (1-based, 0 for none) is the user's word."""
    head = Area.named(area).head(sheet.head)
    rows = min(sheet.rows, Area.named(area).bottom + 1)
    if transposed:
        head = [list(row) for row in zip_longest(*head, fillvalue="")]
        rows = len(head)
    header = (_proven(head) or headers.find(head)) if header_row is None else _header_at(head, header_row)
    sample = head[header.last + 1 :]
    kind = dialects.detect(header.labels)
    columns = dialects.columns_of(kind, header.labels, [row for row in sample if any(c != "" for c in row)])
    fields = {c.field for c in columns if c.field and c.confidence >= 45}
    if kind is dialects.GENERIC:
        columns = with_places(columns)
    filled = rows > header.last + 1 and any(c != "" for row in sample for c in row)
    worth = sum(_WORTH.get(field, 0) for field in fields) if filled and fields & headers.IDENTITY else 0
    return Guess(number, number, sheet.name, rows, sheet.hidden, header, kind.name, columns, worth, area, transposed)


def _proven(head: list[Row]) -> Header | None:
    """The header that proves a dialect, whatever else looks like one; Taobao's names follow its keys."""
    for at, row in enumerate(head[:_SEARCHED]):
        if sum(1 for cell in row if isinstance(cell, str) and cell) >= 4:
            found = _header_at(head, at + 1)
            kind = dialects.detect(found.labels)
            if kind.signs:
                names = {text_of(cell).strip() for cell in head[at + 1]} if at + 1 < len(head) else set()
                last = at + 1 if kind.name == "taobao" and "宝贝名称" in names else at
                return msgspec.structs.replace(found, last=last, known=len(kind.signs))
    return None


def _header_at(head: list[Row], row: int) -> Header:
    width = max((len(r) for r in head), default=0)
    if not 1 <= row <= len(head):
        return Header(-1, -1, ("",) * width, 0)
    labels = tuple(text_of(c).strip() for c in head[row - 1])
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
