"""What cleaning did to a cell, for people to see: the cell as it stood, the value made of it, and why."""

import re
import unicodedata
from collections import Counter
from typing import Any

import msgspec

from s2b_domain.intake.flaw import Flaw
from s2b_domain.intake.header import text_of
from s2b_domain.intake.visible import APOSTROPHES, visible

REASONS = (
    "apostrophe",  # an apostrophe that marks text was taken off
    "continued",  # what belongs to the product, from the row above
    "currency",  # ￥, 元, RMB
    "date",  # a day in another shape, or Excel's count of days
    "grouping",  # 1,200
    "invisible",  # characters that cannot be seen
    "levels",  # a category path with other signs between its levels
    "markup",  # HTML that could do harm, or that was written differently
    "none",  # a word or number that says "nothing": 无, -, -1.00
    "pack",  # 1*10包*20个/包 counted out
    "packages",  # 24瓶/箱 as packages
    "path",  # folders before a picture's name
    "percent",  # 13% as a share
    "per",  # /瓶
    "several",  # one cell, several values
    "sold_out",  # 缺货 as a stock of 0
    "spaces",  # outer, double or ideographic spaces, line breaks
    "tiers",  # 10-99 ¥5.2 / 100+ ¥4.8 as prices by quantity
    "unit",  # 件, kg
    "width",  # full-width digits, letters, signs
    "word",  # 上架 as yes
)
MOST = 20_000
"""Traces that are kept in full; beyond, they are only counted."""

_PLAIN = re.compile(r"[-+]?\d+(\.\d+)?")
_CURRENCY = re.compile(r"[￥¥$]|元|块|圆|(?i:rmb|cny)|人民币")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_GROUPS = re.compile(r"\d,\d{3}")
_PER = re.compile(r"\d\D{0,3}[/每]\s*\D{1,6}$")
_TEXTS = frozenset({"sku_code", "product_key", "title", "brand", "specs", "parameters", "unit", "tax_code"})
_FLAGS = frozenset({"dropship_allowed", "on_sale"})


class Trace(msgspec.Struct, frozen=True, gc=False):
    """One cleaned cell. `row` is the sheet's, `column` the label, `before` the cell as text (at most 120 characters),
    `after` the value of `field` (None: no value), `why` names of `REASONS` or the code of an issue."""

    row: int
    column: str
    field: str
    before: str
    after: Any
    why: tuple[str, ...]


class Traces:
    """All cleanings of a sheet: the first `MOST` in full, and how many there were by (field, reason)."""

    def __init__(self) -> None:
        self.kept: list[Trace] = []
        self.counts: Counter[tuple[str, str]] = Counter()

    def add(self, row: int, column: str, field: str, cell: Any, value: Any, why: tuple[str, ...]) -> None:
        """Note one cleaning."""
        for reason in why:
            self.counts[field, reason] += 1
        if len(self.kept) < MOST:
            self.kept.append(Trace(row, column, field, text_of(cell)[:120], value, why))


def reasons(field: str, cell: Any, value: Any) -> tuple[str, ...]:
    """Why `value` was made of `cell`; empty where anybody would read the cell as that value."""
    if isinstance(value, Flaw):
        return (value.code,) if value.level == "warning" else ()
    if not isinstance(cell, str):
        if isinstance(value, str) and _DAY.fullmatch(value) and not isinstance(cell, bool):
            return ("date",)
        return ("none",) if value is None and cell == -1 else ()
    if value == cell or (type(value) is not str and _PLAIN.fullmatch(cell)):
        return () if value is not None else ("none",)
    seen = visible(cell)
    if value is None:
        return ("none",) if seen else ()
    found = _of_text(cell, seen)
    if field in _TEXTS and isinstance(value, str):
        if _DAY.fullmatch(value) and value != seen:
            found.append("date")
    elif field in _FLAGS:
        found.append("word")
    else:
        found += _of_kind(field, seen, value)
    return tuple(dict.fromkeys(found))


def _of_text(cell: str, seen: str) -> list[str]:
    found = []
    if any(unicodedata.category(c) in ("Cf", "Cc") and c not in "\t\r\n" for c in cell):
        found.append("invisible")
    if re.sub(r"[\u200b-\u200f\ufeff\u00ad]", "", cell) != seen:
        found.append("spaces")
    if seen[:1] in APOSTROPHES and seen:
        found.append("apostrophe")
    if any("\uff01" <= c <= "\uff5e" and (c.isalnum() or c in "．，％￥－") for c in seen):
        found.append("width")
    return found


def _of_kind(field: str, seen: str, value: Any) -> list[str]:
    if field == "description":
        return ["markup"] if "<" in seen else []
    if field == "category":
        return ["levels"] if value != seen else []
    if field == "image_urls":
        pictures = ["several"] if len(value) > 1 else []
        return (
            [*pictures, "path"]
            if any(p not in seen or f"/{p}" in seen or f"\\{p}" in seen for p in value)
            else pictures
        )
    if field == "barcodes":
        return ["several"] if isinstance(value, tuple) and len(value) > 1 else []
    if field == "stock_qty" and not any(map(str.isdigit, seen)):
        return ["sold_out"]
    if field in ("tiers", "packages"):
        return [field]
    found = []
    plain = unicodedata.normalize("NFKC", seen)
    if _GROUPS.search(plain):
        found.append("grouping")
    if "%" in plain:
        found.append("percent")
    if field.endswith("_price"):
        found += ["currency"] * bool(_CURRENCY.search(seen)) + ["per"] * bool(_PER.search(plain))
    elif "*" in plain or "×" in plain or "x" in plain.lower():
        found.append("pack")
    elif any(c.isalpha() for c in plain):
        found.append("unit")
    return found
