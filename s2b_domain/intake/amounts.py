"""Prices, quantities, weights and percentages as exact integers.

Money never passes through binary arithmetic: numbers are taken by their shortest decimal text.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from s2b_domain.intake.flaw import Cleaned, Cleaner, Flaw
from s2b_domain.intake.header import text_of
from s2b_domain.intake.visible import APOSTROPHES, half_width, is_none

MAX_PRICE = 10**13
MAX_COUNT = 10**9
_ASK_WORDS = """
    另议 咨询客服 待定 时价 电议 议价 询价 面议 ask call poa tbd
"""
_ASK = frozenset(_ASK_WORDS.split())
_SOLD_OUT = frozenset({"缺货", "无货", "断货", "无库存", "售罄", "售完", "outofstock", "soldout"})
_CURRENCY = re.compile(r"(?i)^(人民币|rmb|cny|[￥¥$])|(元|块钱?|圆|rmb|cny)(整)?$|[￥¥]$")
_PER = re.compile(r"(?i)\s*[/每]\s*[^\d\s/]{1,6}$")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_PLAIN = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d{1,3})?", re.IGNORECASE)
_RANGE = re.compile(r"[￥¥]?([\d.,]+)\s*元?\s*[-~～—至到]+\s*[￥¥]?([\d.,]+)\s*元?")
_COUNTED = re.compile(r"([-+]?[\d,.]+)\s*([^\d\s]{1,6})")
_PACK = re.compile(r"\d+(\.\d+)?\s*[^\d\s*×xX]{0,4}(\s*[*×xX]\s*\d+(\.\d+)?\s*[^\d\s*×xX/]{0,4})+(/.{1,4})?")
_WEIGHT = re.compile(r"(?i)([\d.,]+)\s*(kg|g|mg|千克|公斤|克|市斤|斤|两|吨|t|lbs?|oz)?")
_GRAMS = {
    "kg": "1000",
    "千克": "1000",
    "公斤": "1000",
    "g": "1",
    "克": "1",
    "mg": "0.001",
    "斤": "500",
    "市斤": "500",
    "两": "50",
    "吨": "1000000",
    "t": "1000000",
    "lb": "453.59237",
    "lbs": "453.59237",
    "oz": "28.349523125",
}


def _number(text: str) -> Decimal | None:
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif "," in text and "." not in text and re.fullmatch(r"[-+]?\d+,\d{1,2}", text):
        text = text.replace(",", ".")
    if not _PLAIN.fullmatch(text) or len(text) > 40:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def clean_price(cell: Any) -> Cleaned:
    """A price per unit in 1/10,000 yuan; -1 means none; 时价 and ranges are no price."""
    whole, point, part = (cell if isinstance(cell, str) else repr(cell)).partition(".")
    if whole.isdecimal() and len(whole) <= 8 and len(part) <= 4 and (part.isdecimal() or not point):
        return int(whole + part.ljust(4, "0"))
    if isinstance(cell, str):
        text = half_width(cell).replace(" ", "").lstrip(APOSTROPHES)
        if not text or is_none(text):
            return None
        if text.lower() in _ASK:
            return Flaw("price_on_request")
        bare = _PER.sub("", text)
        for _ in range(3):
            bare = _CURRENCY.sub("", bare)
        value = _number(bare)
        if value is None:
            return _strange_price(text, bare)
    else:
        if isinstance(cell, bool):
            return Flaw("not_a_price")
        value = Decimal(repr(cell))
    return _scaled_price(value)


def _scaled_price(value: Decimal) -> Cleaned:
    if not value.is_finite():
        return Flaw("not_a_price")
    if value == -1:
        return None
    if value < 0:
        return Flaw("negative")
    scaled = value.scaleb(4)
    if scaled > MAX_PRICE:
        return Flaw("out_of_range")
    whole = scaled.to_integral_value()
    if whole != scaled:
        if abs(whole - scaled) < Decimal("0.01"):  # 12.499999999999998: what formulas leave
            return int(whole)
        return Flaw("price_too_fine", "warning", int(whole))
    return int(whole)


def _strange_price(text: str, bare: str) -> Flaw:
    pair = _RANGE.fullmatch(text)
    if pair and (low := _number(pair.group(1))) is not None and (high := _number(pair.group(2))) is not None:
        return Flaw("price_range", params={"low": str(low), "high": str(high)})
    if bare.endswith("+") and (value := _number(bare[:-1])) is not None:
        return Flaw("price_open", "warning", _scaled_price(value)) if value >= 0 else Flaw("negative")
    if bare.endswith("万") and (value := _number(bare[:-1])) is not None:
        return Flaw("not_a_price")
    return Flaw("not_a_price")


def quantity(cell: Any) -> Decimal | Flaw | None:
    """The number in a cell such as 12, "1,200件", "约50", "有货"."""
    if isinstance(cell, bool):
        return Flaw("not_a_number")
    if not isinstance(cell, str):
        return Decimal(text_of(cell) if isinstance(cell, float) else repr(cell))
    text = half_width(cell).replace(" ", "").lstrip(APOSTROPHES)
    if not text or is_none(text):
        return None
    if text.lower() in _SOLD_OUT:
        return Decimal(0)
    value = _number(text)
    if value is None and (counted := _COUNTED.fullmatch(text)):
        value = _number(counted.group(1))
    return Flaw("not_a_number") if value is None else value


def _steps(value: Decimal, decimals: int, least: int) -> Cleaned:
    if not value.is_finite():
        return Flaw("not_a_number")
    if value < 0:
        return Flaw("negative")
    scaled = value.scaleb(decimals)
    if scaled > MAX_COUNT * 10**decimals:
        return Flaw("out_of_range")
    whole = scaled.to_integral_value()
    if whole != scaled:
        return Flaw("not_whole")
    return Flaw("must_be_positive") if whole < least else int(whole)


def quantity_cleaner(decimals: int, least: int = 0) -> Cleaner:
    """A cleaner for quantities of a unit with `decimals`; packs such as 1*10包 count their product."""

    def clean(cell: Any) -> Cleaned:
        value = quantity(cell)
        if isinstance(value, Flaw) and isinstance(cell, str) and (pack := pack_size(cell)) is not None:
            value = Decimal(pack)
        return value if value is None or isinstance(value, Flaw) else _steps(value, decimals, least)

    return clean


def pack_size(text: str) -> int | None:
    """How many single pieces a pack such as 1*10包*20个/包 holds (200), or None."""
    plain = half_width(text).replace(" ", "")
    if not _PACK.fullmatch(plain):
        return None
    product = Decimal(1)
    for factor in re.findall(r"\d+(?:\.\d+)?", plain.split("/")[0]):
        product *= Decimal(factor)
    return int(product) if product == product.to_integral_value() and 0 < product < MAX_COUNT else None


def weight_cleaner(unit: str) -> Cleaner:
    """A cleaner to whole grams; the cell's own unit wins over the column's `unit`; without either, grams."""
    usual = _GRAMS.get(unit.lower(), "1")

    def clean(cell: Any) -> Cleaned:
        text = half_width(text_of(cell)).replace(" ", "").lstrip(APOSTROPHES)
        if not text or is_none(text):
            return None
        found = _WEIGHT.fullmatch(text)
        value = _number(found.group(1)) if found else None
        if found is None or value is None:
            return Flaw("not_a_weight", "warning")
        grams = value * Decimal(_GRAMS[found.group(2).lower()] if found.group(2) else usual)
        if not 0 <= grams <= MAX_COUNT:
            return Flaw("out_of_range")
        return int(grams.to_integral_value(rounding="ROUND_HALF_UP"))

    return clean


def clean_percent(cell: Any) -> Cleaned:
    """A share in 1/10,000: "13%", 0.13, 13 and "13" are all 1300."""
    text = half_width(text_of(cell)).replace(" ", "").lstrip(APOSTROPHES)
    if not text or is_none(text):
        return None
    if text in ("免税", "零税率", "不征税"):
        return 0
    value = _number(text.rstrip("%"))
    if value is None or not value.is_finite() or value < 0:
        return Flaw("not_a_percent")
    share = value * 100 if text.endswith("%") or value >= 1 else value * 10_000
    whole = share.to_integral_value()
    if whole != share or share > 10_000:
        return Flaw("not_a_percent")
    return int(whole)
