"""Goods out: the sheet that comes back in with no difference. Text that looks like a formula stays text."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from s2b_domain.intake import own
from s2b_domain.intake.formula import guarded
from s2b_domain.intake.goods import FIELDS, GoodsRow, decimals_of
from s2b_domain.intake.tiers import tiers_text
from s2b_domain.rules.packages import packages_text

CELL_MOST = 32_767
"""What a cell can hold; a longer text is left blank, which leaves it as it is on the way back."""

_YES_NO = (("是", "否"), ("Yes", "No"))
_WIDTHS = {"title": 36, "description": 40, "image_urls": 40, "sku_code": 18, "barcodes": 18, "category": 24}
_PRICES = ("supply_price", "dropship_price", "retail_price")
_QUANTITIES = ("min_qty", "order_step", "stock_qty")


def write_xlsx(goods: Sequence[GoodsRow], path: Path, *, english: bool = False) -> None:
    """Write goods as a workbook in our own layout."""
    with path.open("wb") as file, xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Goods" if english else "商品")
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet.freeze_panes(1, 1)
        for at, (label, field, _) in enumerate(_columns(goods, english)):
            sheet.set_column(at, at, _WIDTHS.get(field, 12))
            sheet.write_string(0, at, label, bold)
        for number, row in enumerate(_rows(goods, english), 1):
            for at, value in enumerate(row):
                write_cell(sheet, number, at, value)


def write_csv(goods: Sequence[GoodsRow], path: Path, *, english: bool = False) -> None:
    """Write goods as CSV for Excel (UTF-8 with BOM); formula-like text gets an apostrophe, taken off on import."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([label for label, _, _ in _columns(goods, english)])
        for row in _rows(goods, english):
            writer.writerow([guarded(value) if isinstance(value, str) else value for value in row])


def write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    """Write a value of any kind; text is never taken for a formula, a link or a number."""
    if value is None or value == "":
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = str(value)
        sheet.write_string(row, column, text if len(text) <= CELL_MOST else text[:CELL_MOST])
    else:
        sheet.write_number(row, column, value)


def _columns(goods: Sequence[GoodsRow], english: bool) -> list[tuple[str, str, str]]:
    """(label, field, name) of each column; specifications and parameters have one column per name."""
    columns: list[tuple[str, str, str]] = []
    for field in FIELDS:
        if field in own.NAMED:
            names = dict.fromkeys(name for row in goods for name in (getattr(row, field) or ()))
            columns += [(own.NAMED[field][english] + name, field, name) for name in names]
        else:
            columns.append((own.label(field, english), field, ""))
    return columns


def _rows(goods: Sequence[GoodsRow], english: bool) -> Iterable[list[Any]]:
    columns = [(field, name) for _, field, name in _columns(goods, english)]
    for row in goods:
        yield [_cell(row, field, name, english) for field, name in columns]


def _cell(row: GoodsRow, field: str, name: str, english: bool) -> Any:
    value = getattr(row, field)
    if value is None:
        return None
    if name:
        return value.get(name)
    if field in _PRICES:
        return value // 10_000 if value % 10_000 == 0 else value / 10_000
    if field in _QUANTITIES:
        return value / 1_000 if decimals_of(row.unit) else value
    if field == "tax_rate_bp":
        return f"{value / 100:g}%"
    if isinstance(value, bool):
        return _YES_NO[english][not value]
    if field == "tiers":
        value = tiers_text(value, decimals_of(row.unit))
    if field == "packages":
        value = packages_text(value, decimals_of(row.unit))
    if isinstance(value, tuple):
        value = ("\n" if field == "image_urls" else "; ").join(value)
    return None if isinstance(value, str) and len(value) > CELL_MOST else value
