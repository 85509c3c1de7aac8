"""Turns batches of columns into goods: cells are cleaned column by column, each distinct cell once."""

import re
from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import ne
from typing import Any

from s2b_domain.intake import amounts, cleaning, codes
from s2b_domain.intake.flaw import Cleaner, Flaw
from s2b_domain.intake.goods import FIELDS, GoodsRow, Issue, Level, decimals_of
from s2b_domain.intake.header import text_of
from s2b_domain.intake.mapping import ColumnMap, label_name
from s2b_domain.intake.packages import package_cleaner, packed
from s2b_domain.intake.packages import place_of as package_place_of
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.tiers import place_of, tier_cleaner, tiers_text, united
from s2b_domain.intake.trace import Traces, reasons
from s2b_domain.rules.packages import packages_text

Column = Sequence[Any]

_CLEANERS: dict[str, Cleaner] = {
    "sku_code": codes.clean_code,
    "product_key": codes.clean_code,
    "title": cleaning.clean_title,
    "brand": cleaning.clean_title,
    "category": cleaning.clean_category,
    "description": cleaning.clean_description,
    "specs": cleaning.clean_title,
    "parameters": cleaning.clean_title,
    "unit": cleaning.clean_title,
    "supply_price": amounts.clean_price,
    "dropship_price": amounts.clean_price,
    "retail_price": amounts.clean_price,
    "dropship_allowed": cleaning.clean_yes_no,
    "on_sale": cleaning.clean_yes_no,
    "tax_rate_bp": amounts.clean_percent,
    "tax_code": codes.clean_code,
    "image_urls": cleaning.clean_images,
}
_OF_TIERS = ("supply_price", "min_qty")
_QUANTITIES = {"stock_qty": 0, "min_qty": 1, "order_step": 1}
_AS_TEXT = frozenset({"sku_code", "product_key", "title", "brand", "description", "specs", "parameters"})
_DAYS = re.compile(r"日期|有效期至|失效|(?i:date|expiry|expires)")
_MOST = 50_000  # cells remembered per column
_TRIAL = 8_000  # cells seen before a column is judged


class Memo(dict[Any, Any]):
    """Cleaned values by cell. `flawed` tells whether any flaw was ever met, `cleaned` holds the cells that a person
    would not read as their value, and why: columns without need no search."""

    def __init__(self, clean: Cleaner, field: str) -> None:
        super().__init__({"": None})
        self._clean, self._field = clean, field
        self.flawed = False
        self.cleaned: dict[Any, tuple[str, ...]] = {}

    def __missing__(self, cell: Any) -> Any:
        value = self[cell] = self._clean(cell)
        if type(value) is Flaw:
            self.flawed = True
        if why := reasons(self._field, cell, value):
            self.cleaned[cell] = why
        return value


class ColumnCleaner:
    """One source column bound to its field. Columns of mostly different cells are cleaned without a memory."""

    def __init__(self, column: ColumnMap, clean: Cleaner) -> None:
        self.map = column
        self._clean = clean
        self._memo: Memo | None = Memo(clean, column.field)
        self._seen = 0

    def run(self, cells: Column, rows: Sequence[int], issues: list[Issue], traces: Traces) -> list[Any]:
        """Clean a column; flaws go to `issues` and leave their usable value, or None. What was done to a cell goes to
        `traces`."""
        memo = self._memo
        cleaned = None if memo is None else memo.cleaned
        if memo is None:
            values = list(map(self._clean, cells))
            flawed = Flaw in set(map(type, values))
        else:
            values = list(map(memo.__getitem__, cells))
            flawed = memo.flawed
            self._seen += len(cells)
            if len(memo) > _MOST or (self._seen >= _TRIAL and len(memo) * 3 > self._seen * 2):
                self._memo = None
        self._trace(cells, values, rows, cleaned, traces)
        if flawed:
            for at, value in enumerate(values):
                if type(value) is Flaw:
                    issues.append(self._issue(rows[at], cells[at], value))
                    values[at] = value.value if value.level == "warning" else None
        return values

    def _trace(
        self,
        cells: Column,
        values: list[Any],
        rows: Sequence[int],
        cleaned: dict[Any, tuple[str, ...]] | None,
        traces: Traces,
    ) -> None:
        field, label = self.map.field, self.map.label
        if cleaned is not None:
            found = [at for at, cell in enumerate(cells) if cell in cleaned] if cleaned else ()
        elif str not in set(map(type, cells)):
            found = ()
        elif field in _AS_TEXT:
            found = [at for at, differs in enumerate(map(ne, cells, values)) if differs and cells[at] != ""]
        else:
            found = [
                at for at, cell in enumerate(cells) if type(cell) is str and not (cell.isascii() and cell.isalnum())
            ]
        for at in found:
            cell, value = cells[at], values[at]
            if why := cleaned[cell] if cleaned is not None else reasons(field, cell, value):
                traces.add(rows[at], label, field, cell, value.value if type(value) is Flaw else value, why)

    def _issue(self, row: int, cell: Any, flaw: Flaw) -> Issue:
        text = text_of(cell)[:120]
        return Issue(row, self.map.label, self.map.field, flaw.code, text, flaw.level, flaw.params)


class GoodsTable:
    """Builds `GoodsRow`s for one mapping; `traces` tells what was done to their cells."""

    def __init__(self, mapping: Iterable[ColumnMap], policy: Policy, code_width: int = 0) -> None:
        self.traces = Traces()
        self._single: dict[str, ColumnCleaner] = {}
        self._many: dict[str, list[ColumnCleaner]] = {}
        mapping = list(mapping)
        beside_code = any(column.field == "sku_code" for column in mapping)
        for column in mapping:
            if not column.field:
                continue
            clean: Cleaner
            if column.field == "barcodes":
                clean = codes.barcode_cleaner(policy, beside_code=beside_code)
            elif column.field == "sku_code" and code_width:
                clean = codes.wide_code_cleaner(code_width, policy)
            elif column.field == "specs" and not column.name:
                clean = cleaning.clean_specs
            elif column.field == "tiers":
                clean = tier_cleaner(place_of(column.label))
            elif column.field == "packages":
                clean = package_cleaner(package_place_of(column.label), policy)
            elif column.field == "weight_g":
                clean = amounts.weight_cleaner(column.unit)
            elif column.field in _QUANTITIES:
                clean = amounts.quantity_cleaner(0, _QUANTITIES[column.field])
            elif column.field == "parameters" and _DAYS.search(column.label):
                clean = cleaning.clean_day_text
            else:
                clean = _CLEANERS[column.field]
            cleaner = ColumnCleaner(column, clean)
            if column.field in ("specs", "parameters", "category", "image_urls", "barcodes", "tiers", "packages"):
                self._many.setdefault(column.field, []).append(cleaner)
            else:
                self._single.setdefault(column.field, cleaner)
        self._fine = {
            field: ColumnCleaner(self._single[field].map, amounts.quantity_cleaner(3, least))
            for field, least in _QUANTITIES.items()
            if field in self._single
        }

    @property
    def fields(self) -> tuple[str, ...]:
        """Target fields that this mapping fills; tiers tell a price and a minimum where nothing else does."""
        return tuple(dict.fromkeys((*self._single, *self._many, *(_OF_TIERS if "tiers" in self._many else ()))))

    def build(self, columns: Sequence[Column], rows: Sequence[int]) -> tuple[list[GoodsRow], list[Issue]]:
        """Goods of a batch, one per row, and what is wrong in its cells. A missing code is ""."""
        issues: list[Issue] = []
        blank: Column = [""] * len(rows)

        def cells(cleaner: ColumnCleaner) -> Column:
            return columns[cleaner.map.column] if cleaner.map.column < len(columns) else blank

        values: dict[str, list[Any]] = {}
        for field, cleaner in self._single.items():
            if field not in _QUANTITIES:
                values[field] = cleaner.run(cells(cleaner), rows, issues, self.traces)
        units = values.get("unit")
        for field in self._fine:
            values[field] = self._quantities(field, cells(self._single[field]), units, rows, issues)
        for field, cleaners in self._many.items():
            parts = [cleaner.run(cells(cleaner), rows, issues, self.traces) for cleaner in cleaners]
            if field == "tiers":
                self._tiers(values, parts, rows, issues)
            elif field == "packages":
                values[field] = self._packages(values.get("unit"), parts, rows, issues)
            else:
                values[field] = _combined(field, cleaners, parts)
        codes = self._codes(values, len(rows))
        self._product_keys(values, codes)
        fields = [values.get(name) or repeat(None) for name in FIELDS[1:]]
        return list(map(GoodsRow, rows, codes, *fields)), issues

    def _tiers(
        self, values: dict[str, list[Any]], parts: list[list[Any]], rows: Sequence[int], issues: list[Issue]
    ) -> None:
        """Prices by quantity below the supply price; in a row without one the first of them is it, from its quantity
        on."""
        nothing: list[Any] = [None] * len(rows)
        columns = [cleaner.map for cleaner in self._many["tiers"]]
        places = [place_of(column.label) for column in columns]
        bases, leasts = values.get("supply_price", nothing), values.get("min_qty", nothing)
        units = values.get("unit", nothing)
        values["tiers"], values["supply_price"], values["min_qty"] = list(nothing), list(bases), list(leasts)
        for at, cells in enumerate(zip(*parts, strict=True)):
            found = united(places, cells, bases[at], decimals_of(units[at]))
            if found is None:
                continue
            if found.flaw:
                said = tiers_text(found.tiers, decimals_of(units[at]))
                said = (said or "; ".join(tiers_text(cell, 0) for cell in cells if cell))[:120]
                level: Level = "warning" if found.flaw == "tiers_unread" else "error"
                issues.append(Issue(rows[at], columns[0].label, "tiers", found.flaw, said, level))
                continue
            values["tiers"][at] = found.tiers
            if bases[at] is None and found.base is not None:
                values["supply_price"][at] = found.base
                if leasts[at] is None:
                    values["min_qty"][at] = found.least
                if "supply_price" in self._single:
                    said = tiers_text([(None, found.base)], 0)
                    label = self._single["supply_price"].map.label
                    issues.append(Issue(rows[at], label, "supply_price", "price_of_tiers", said, "warning"))

    def _packages(
        self, units: list[Any] | None, parts: list[list[Any]], rows: Sequence[int], issues: list[Issue]
    ) -> list[Any]:
        """Packages of each row, or what is wrong with them."""
        columns = [cleaner.map for cleaner in self._many["packages"]]
        places = [package_place_of(column.label) for column in columns]
        values: list[Any] = [None] * len(rows)
        for at, cells in enumerate(zip(*parts, strict=True)):
            unit = units[at] if units else None
            found = packed(places, cells, unit, decimals_of(unit))
            if found is not None and found.flaw:
                said = packages_text(found.packages, decimals_of(unit)) or "; ".join(str(c) for c in cells if c)
                level: Level = "error" if found.flaw == "packages_wrong" else "warning"
                issues.append(Issue(rows[at], columns[0].label, "packages", found.flaw, said[:120], level))
            elif found is not None:
                values[at] = found.packages
        return values

    def _codes(self, values: dict[str, list[Any]], count: int) -> list[str]:
        """SKU codes; in a sheet without such a column the first barcode is the code, or else the product's key with
        its specifications."""
        if "sku_code" in values:
            return [code or "" for code in values.pop("sku_code")]
        bars = values.get("barcodes")
        if bars:
            return [codes[0] if codes else "" for codes in bars]
        keys = values.get("product_key") or [None] * count
        specs = values.get("specs") or [None] * count
        return [
            "-".join([key, *map(str, (named or {}).values())])[:64] if key else ""
            for key, named in zip(keys, specs, strict=True)
        ]

    def _product_keys(self, values: dict[str, list[Any]], codes: list[str]) -> None:
        """Rows without a product key: variants of one title are one product, else each SKU is its own."""
        keys = values.get("product_key")
        if keys is not None and None not in keys:
            return
        default = [code or None for code in codes]
        if "specs" in values and "title" in values:
            trios = zip(values["specs"], values["title"], codes, strict=True)
            default = [title if specs and title else (code or None) for specs, title, code in trios]
        values["product_key"] = default if keys is None else list(map(_either, keys, default))

    def _quantities(
        self, field: str, cells: Column, units: list[Any] | None, rows: Sequence[int], issues: list[Issue]
    ) -> list[Any]:
        """Quantities in steps; rows sold by weight or length count in thousandths."""
        if units is None or not any(map(decimals_of, set(units))):
            return self._single[field].run(cells, rows, issues, self.traces)
        fine = [at for at, unit in enumerate(units) if decimals_of(unit)]
        marked = list(cells)
        for at in fine:
            marked[at] = ""
        values = self._single[field].run(marked, rows, issues, self.traces)
        exact = self._fine[field].run([cells[at] for at in fine], [rows[at] for at in fine], issues, self.traces)
        for at, value in zip(fine, exact, strict=True):
            values[at] = value
        return values


def _either(first: Any, second: Any) -> Any:
    return first or second


def _combined(field: str, cleaners: list[ColumnCleaner], parts: list[list[Any]]) -> list[Any]:
    """Several columns of one field as one value per row."""
    if field in ("specs", "parameters"):
        names = [cleaner.map.name or label_name(cleaner.map.label) for cleaner in cleaners]
        if all(set(map(type, part)) == {str} for part in parts):
            return [dict(zip(names, row, strict=True)) for row in zip(*parts, strict=True)]
        return [_named(names, row) for row in zip(*parts, strict=True)]
    if len(parts) == 1:
        return parts[0]
    if field == "category":
        return [" / ".join(p for p in row if p) or None for row in zip(*parts, strict=True)]
    return [tuple(dict.fromkeys(v for p in row if p for v in p)) or None for row in zip(*parts, strict=True)]


def _named(names: list[str], row: tuple[Any, ...]) -> dict[str, str] | None:
    """Values under their columns' names; a cell that names its own values brings several."""
    named: dict[str, str] = {}
    for name, value in zip(names, row, strict=True):
        if type(value) is dict:
            named |= value
        elif value is not None:
            named[name] = value
    return named or None
