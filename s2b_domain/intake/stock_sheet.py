"""Stock lists as other systems write them: which goods, how many, and where they say so, in which warehouse and lot."""

import re
from collections.abc import Callable, Sequence
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


class StockSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A stock list as we understand it: `columns` are the labels that were taken, by what they mean."""

    sheet: str
    columns: dict[str, str]
    rows: tuple[StockRow, ...]


def read_stock(
    path: Path, *, limits: Limits | None = None, cancelled: Callable[[], bool] = lambda: False
) -> StockSheet:
    """The rows of a stock list; `Refused("no_stock_columns")` where no sheet has goods and quantities."""
    with SandboxedBook(path, limits or Limits(), cancelled) as book:
        guesses = [(guess, _columns(guess)) for guess in survey(book.info).guesses if not guess.transposed]
        fitting = [(g, c) for g, c in guesses if "quantity" in c and ("code" in c or "barcode" in c)]
        shown = [pair for pair in fitting if not pair[0].hidden] or fitting
        if not shown:
            raise Refused("no_stock_columns")
        guess, columns = max(shown, key=lambda pair: (len(pair[1]), pair[0].rows, -pair[0].number))
        sieve = Sieve(guess.header, guess.columns, [])
        rows: list[StockRow] = []
        for numbers, cells in sieve.batches(Area.named(guess.area).batches(book.columns(guess.sheet))):
            rows += [_row(n, columns, values) for n, values in zip(numbers, zip(*cells, strict=True), strict=True)]
        labels = guess.header.labels
        return StockSheet(
            sheet=guess.name, columns={field: labels[at] for field, at in columns.items()}, rows=tuple(rows)
        )


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
