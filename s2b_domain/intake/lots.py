"""Lots under the row of their product: they have no code and no name, and their quantities add up to its stock."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from s2b_domain.intake.amounts import quantity
from s2b_domain.intake.combine import Aside, Numbered
from s2b_domain.intake.goods import Issue
from s2b_domain.intake.header import text_of
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.reader import Cell, Row

_LOT = re.compile(r"批号|批次|效期|有效期|失效|到期|生产日期|(?i:\blot\b|batch|expir)")
_KEYS = frozenset({"sku_code", "barcodes", "title", "product_key"})


class Lots:
    """Tells lot rows from products in one layout."""

    def __init__(self, columns: Sequence[ColumnMap]) -> None:
        self._keys = [c.column for c in columns if c.field in _KEYS]
        self._stock = next((c for c in columns if c.field == "stock_qty"), None)
        self._lots = [c.column for c in columns if _LOT.search(c.label)]

    def are_in(self, sample: Iterable[Row]) -> bool:
        """Whether the sample shows lots under products."""
        return bool(self._keys and self._lots) and any(self._is_lot(row) for row in sample)

    def _is_lot(self, row: Row) -> bool:
        if any(_filled(row, at) for at in self._keys):
            return False
        stock = [self._stock.column] if self._stock else []
        return any(_filled(row, at) for at in (*self._lots, *stock))

    def united(self, rows: Iterable[Numbered], issues: list[Issue], aside: list[Aside]) -> Iterator[Numbered]:
        """Products alone; a product without a stock of its own gets that of its lots."""
        held: Numbered | None = None
        counts: list[Cell] = []
        for number, row in rows:
            if held is not None and self._is_lot(row):
                aside.append(Aside(number, "lot"))
                counts.append(row[self._stock.column] if self._stock and self._stock.column < len(row) else "")
                continue
            if held is not None:
                yield self._counted(held, counts, issues)
            held, counts = (number, row), []
        if held is not None:
            yield self._counted(held, counts, issues)

    def _counted(self, held: Numbered, counts: list[Cell], issues: list[Issue]) -> Numbered:
        number, row = held
        if not counts or self._stock is None or _filled(row, self._stock.column):
            return held
        amounts = [quantity(cell) for cell in counts if cell != ""]
        exact = [amount for amount in amounts if isinstance(amount, Decimal)]
        if not exact or len(exact) < len(amounts):
            return held
        row = [*row, *[""] * (self._stock.column + 1 - len(row))]
        row[self._stock.column] = f"{sum(exact):f}"
        said = {"n": len(counts)}
        issues.append(
            Issue(number, self._stock.label, "stock_qty", "lots_summed", row[self._stock.column], "warning", dict(said))
        )
        return number, row


def _filled(row: Row, at: int) -> bool:
    return at < len(row) and text_of(row[at]).strip() != ""
