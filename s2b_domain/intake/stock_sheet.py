"""Stock lists as other systems write them: which goods, how many, and where they say so, in which warehouse and lot."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from s2b_domain.intake.amounts import quantity
from s2b_domain.intake.area import Area
from s2b_domain.intake.cleaning import clean_date
from s2b_domain.intake.codes import clean_code
from s2b_domain.intake.flaw import Flaw
from s2b_domain.intake.header import text_of
from s2b_domain.intake.limits import Limits
from s2b_domain.intake.mapping import layout_key
from s2b_domain.intake.refusal import Refused
from s2b_domain.intake.sandbox import SandboxedBook
from s2b_domain.intake.stream import Sieve
from s2b_domain.intake.survey import Guess, survey

_QUANTITY = re.compile(r"(?i)库存|数量|可用|现存|在库|结存|\bqty\b|quantity|stock|on.?hand|available|inventory|count")
_WAREHOUSE = re.compile(r"(?i)仓库|库房|仓位|warehouse|location|depot")
_LOT = re.compile(r"(?i)批号|批次|\blot\b|batch")
_EXPIRY = re.compile(r"(?i)有效期|效期|失效|到期|保质期至|expir|best.before|use.by")
_BARCODE = re.compile(r"(?i)条码|条形码|barcode|ean|upc|gtin")
_CODE = re.compile(r"(?i)sku|编码|货号|商家编码|物料|item|article|code|品号")

FIELDS = ("code", "barcode", "quantity", "warehouse", "lot", "expires")


class StockRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row (1-based) of a list; `quantity` is in units. `flaw` says why it cannot be used."""

    row: int
    code: str = ""
    barcode: str = ""
    quantity: Decimal | None = None
    warehouse: str = ""
    lot: str = ""
    expires_at: int | None = None
    flaw: str = ""


class StockTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table of a file, `number` its place in it: the labels of its columns with some of their cells, and which column
    says what (`FIELDS`). `remembered`: as somebody said before."""

    number: int
    name: str
    labels: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    columns: dict[str, int]
    remembered: bool = False

    @property
    def complete(self) -> bool:
        """Whether it says which goods, and how many."""
        return "quantity" in self.columns and ("code" in self.columns or "barcode" in self.columns)

    @property
    def layout(self) -> str:
        """Names its layout, whatever its rows."""
        return layout_key(self.labels)


class StockSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A stock list as we understand it: the rows of one of the `tables`; none while that is not `complete`."""

    table: StockTable
    tables: tuple[StockTable, ...]
    rows: tuple[StockRow, ...]


def read_stock(
    path: Path,
    *,
    remembered: Mapping[str, dict[str, int]] = {},
    wanted: StockTable | None = None,
    by_hand: bool = False,
    limits: Limits | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> StockSheet:
    """The rows of a stock list: of the `wanted` table as it is mapped there, else of the one that fits best, with the
    columns that were `remembered` for its layout. `Refused("no_stock_columns")` where no table has goods and
    quantities; `by_hand`, only where there is no table."""
    with SandboxedBook(path, limits or Limits(), cancelled) as book:
        guesses = {g.number: g for g in survey(book.info).guesses if not g.transposed}
        tables = tuple(_table(guess, remembered) for guess in guesses.values())
        shown = [t for t in tables if not guesses[t.number].hidden] or list(tables)
        if not shown or not (by_hand or wanted or any(t.complete for t in shown)):
            raise Refused("no_stock_columns")
        worth = {t.number: (t.complete, len(t.columns), guesses[t.number].rows, -t.number) for t in shown}
        table = wanted or max(shown, key=lambda t: worth[t.number])
        guess, rows = guesses[table.number], list[StockRow]()
        if table.complete:
            sieve = Sieve(guess.header, guess.columns, [])
            for numbers, cells in sieve.batches(Area.named(guess.area).batches(book.columns(guess.sheet))):
                by_row = zip(numbers, zip(*cells, strict=True), strict=True)
                rows += [_row(n, table.columns, values) for n, values in by_row]
        return StockSheet(table=table, tables=tables, rows=tuple(rows))


def _table(guess: Guess, remembered: Mapping[str, dict[str, int]]) -> StockTable:
    labels = tuple(guess.header.labels)
    samples = {c.column: c.samples for c in guess.columns}
    table = StockTable(
        number=guess.number,
        name=guess.name,
        labels=labels,
        samples=tuple(samples.get(at, ()) for at in range(len(labels))),
        columns=_columns(guess),
    )
    before = remembered.get(table.layout)
    return table if before is None else msgspec.structs.replace(table, columns=dict(before), remembered=True)


def _columns(guess: Guess) -> dict[str, int]:
    """Which column says what: as the goods' import understands it, else by the label alone."""
    found: dict[str, int] = {}
    known = {"sku_code": "code", "barcodes": "barcode", "stock_qty": "quantity"}
    for column in guess.columns:
        if column.field in known:
            found.setdefault(known[column.field], column.column)
    labels = list(enumerate(guess.header.labels))
    for field, pattern in (
        ("warehouse", _WAREHOUSE),
        ("lot", _LOT),
        ("expires", _EXPIRY),
        ("barcode", _BARCODE),
        ("code", _CODE),
        ("quantity", _QUANTITY),
    ):
        if field not in found:
            at = next((at for at, label in labels if at not in found.values() and pattern.search(label)), None)
            if at is not None:
                found[field] = at
    return found


def _row(number: int, columns: dict[str, int], cells: Sequence[Any]) -> StockRow:
    def cell(field: str) -> Any:
        at = columns.get(field)
        return "" if at is None or at >= len(cells) else cells[at]

    code, barcode = (_code(cell(field)) for field in ("code", "barcode"))
    amount = quantity(cell("quantity"))
    expires = clean_date(cell("expires"))
    flaw = ""
    if not code and not barcode:
        flaw = "no_code"
    elif amount is None or isinstance(amount, Flaw):
        flaw = "no_quantity" if amount is None else "not_a_number"
    elif isinstance(expires, Flaw):
        flaw = "not_a_date"
    return StockRow(
        row=number,
        code=code,
        barcode=barcode,
        quantity=None if isinstance(amount, Flaw) else amount,
        warehouse=text_of(cell("warehouse")).strip()[:200],
        lot=text_of(cell("lot")).strip()[:100],
        expires_at=None if expires is None or isinstance(expires, Flaw) else _milliseconds(expires),
        flaw=flaw,
    )


def _code(cell: Any) -> str:
    cleaned = clean_code(cell)
    if isinstance(cleaned, Flaw):
        cleaned = cleaned.value
    return cleaned if isinstance(cleaned, str) else text_of(cell).strip()


def _milliseconds(day: str) -> int:
    return int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * 1000
