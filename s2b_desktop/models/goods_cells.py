"""Goods as the cells of a sheet: what one would type so that reading it again gives the same goods."""

from collections.abc import Sequence
from typing import Any

from s2b_domain.intake.goods import GoodsRow, decimals_of
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.tiers import tiers_text
from s2b_domain.rules.packages import packages_text
from s2b_domain.rules.units import Unit, written


def cell_of(goods: GoodsRow, field: str, name: str = "") -> str:
    """A field as one would type it into a sheet; reading it again gives the same value."""
    return value_text(field, getattr(goods, field), goods.unit, name)


def value_text(field: str, value: Any, unit: str | None = None, name: str = "") -> str:
    """A value of a field as one would type it; `unit` is that of its SKU, `name` picks one specification."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return value.get(name, "") if name else "; ".join(f"{k}:{v}" for k, v in value.items())
    if isinstance(value, bool):
        return "是" if value else "否"
    if field.endswith("_price"):
        return written(value, 4)
    if field in ("min_qty", "order_step", "stock_qty"):
        return written(value, decimals_of(unit))
    if field == "tax_rate_bp":
        return f"{written(value, 2)}%"
    if field == "tiers":
        return tiers_text(value, decimals_of(unit))
    if field == "packages":
        return str(value) if isinstance(value, str | int) else packages_text(_units(value), decimals_of(unit))
    if isinstance(value, tuple):
        return "; ".join(value) if field == "barcodes" else "\n".join(value)
    return str(value)


def _units(packages: Sequence[Any]) -> list[Unit]:
    """Packages, also as a cell named them before its SKU's unit was known."""
    return [p if isinstance(p, Unit) else Unit(*p) for p in packages]


def cells_of(goods: GoodsRow, columns: Sequence[ColumnMap]) -> tuple[str, ...]:
    """Goods as a row of the sheet that `columns` map."""
    cells = [""] * (max((c.column for c in columns), default=-1) + 1)
    filled: set[tuple[str, str]] = set()
    for column in columns:
        key = (column.field, column.name)
        if column.field and key not in filled:  # where several columns make one value, the first holds it
            filled.add(key)
            cells[column.column] = cell_of(goods, column.field, column.name)
    return tuple(cells)
