"""Sizes or colours that run across, a column of stock for each: every filled one of a row becomes a SKU of its own."""

from collections.abc import Iterable, Iterator, Sequence

from s2b_domain.intake.combine import Numbered
from s2b_domain.intake.goods import Issue
from s2b_domain.intake.header import text_of
from s2b_domain.intake.mapping import ColumnMap, across, is_made, with_made
from s2b_domain.intake.reader import Cell, Row


def with_places(columns: tuple[ColumnMap, ...]) -> tuple[ColumnMap, ...]:
    """The columns with places for the size, and for stock and product where the sheet has none, behind its own.
    Without a column of codes or products to tell the sizes apart, nothing is spread."""
    fields = {c.field for c in columns}
    if not across(columns)[1] or not fields & {"sku_code", "product_key"}:
        return columns
    made = ["specs", *(field for field in ("stock_qty", "product_key") if field not in fields)]
    return with_made(columns, made)


class Sizes:
    """Spreads the rows of one layout, if `with_places` gave it places."""

    def __init__(self, columns: Sequence[ColumnMap]) -> None:
        self._option, labels = across(columns)
        self._sizes = [(c.column, c.label.strip()) for c in columns if not c.field and c.label in labels]
        self._at = {c.field: c.column for c in reversed(columns) if c.field}
        self._code = "sku_code" if "sku_code" in self._at else "product_key"
        self._label = next((c.label for c in columns if c.field == self._code), "")
        made = [c for c in columns if is_made(c) and c.field != "image_urls"]
        self._specs = next((c.column for c in made if c.field == "specs"), -1)
        self._key = next((c.column for c in made if c.field == "product_key"), -1)
        self._width = max((c.column for c in columns), default=-1) + 1

    @property
    def spread(self) -> bool:
        """Whether there is anything to spread."""
        return self._specs >= 0

    def rows(self, rows: Iterable[Numbered], issues: list[Issue]) -> Iterator[Numbered]:
        """One row per filled size; a row without any stays one."""
        for number, raw in rows:
            row: Row = [*raw, *[""] * (self._width - len(raw))]
            code = text_of(row[self._at[self._code]]).strip()
            filled = [(label, row[at]) for at, label in self._sizes if text_of(row[at]).strip()]
            if not filled or not code:
                yield number, row
                continue
            for label, count in filled:
                yield number, self._one(row, code, label, count)
            issues.append(Issue(number, self._label, self._code, "sizes_made", code, "warning", {"n": len(filled)}))

    def _one(self, row: Row, code: str, label: str, count: Cell) -> Row:
        copy: list[Cell] = list(row)
        for at, _ in self._sizes:
            copy[at] = ""
        if self._code == "sku_code":
            copy[self._at["sku_code"]] = f"{code}-{label}"
        copy[self._at["stock_qty"]] = count
        copy[self._specs] = ((self._option, label),)
        if self._key >= 0:
            copy[self._key] = code
        if "barcodes" in self._at:
            copy[self._at["barcodes"]] = ""  # it names the row, and no size of it
        return copy
