"""Quantities are integers of a SKU's smallest step: a bottle has 0 decimals, a kilogram 3 (grams)."""

from decimal import Decimal, DecimalException

import msgspec

MAX_DECIMALS = 3
MAX_QUANTITY = 10**12


class Unit(msgspec.Struct, frozen=True, array_like=True):
    """A package of a SKU (箱, 托): `factor` steps, and its own barcode. Its price is that of its quantity."""

    name: str
    factor: int
    barcode: str = ""


def steps(text: str, decimals: int) -> int:
    """The steps that a written quantity means; ValueError if it is finer than the step or no number."""
    try:
        value = Decimal(text) * 10**decimals
    except DecimalException:  # no number, or one beyond what can be reckoned with
        raise ValueError("not a number") from None
    if not value.is_finite() or value != value.to_integral_value() or abs(value) > MAX_QUANTITY:
        raise ValueError("finer than the smallest step, or out of range")
    return int(value)


def written(quantity: int, decimals: int) -> str:
    """`quantity` steps as people write it: 1500 with 3 decimals is "1.5"."""
    if not decimals:
        return str(quantity)
    text = f"{Decimal(quantity) / 10**decimals:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
