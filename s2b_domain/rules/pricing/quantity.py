"""Quantity tiers, allowed quantities, and prices moved by a percentage."""

from collections.abc import Sequence

import msgspec

from s2b_domain.rules.money import BASIS, half_up
from s2b_domain.rules.units import MAX_QUANTITY

MAX_TIERS = 20


class Tier(msgspec.Struct, frozen=True, array_like=True):
    """From `min_quantity` steps on, a unit costs `price` (1/10,000 yuan)."""

    min_quantity: int
    price: int


def tier_price(base: int, tiers: Sequence[Tier], quantity: int) -> int:
    """The best price that `quantity` steps reach: `base`, or the lowest tier that applies."""
    return min([base, *(t.price for t in tiers if quantity >= t.min_quantity)])


def tiers_fit(base: int, tiers: Sequence[Tier]) -> bool:
    """Whether tiers begin above one step, grow in quantity, and only get cheaper than `base`."""
    least, most = 1, base
    for tier in tiers:
        if not least < tier.min_quantity <= MAX_QUANTITY or not 0 <= tier.price < most:
            return False
        least, most = tier.min_quantity, tier.price
    return True


def quantity_allowed(quantity: int, minimum: int, step: int) -> bool:
    """起批量 and order step: at least `minimum`, and a whole number of `step` steps (step 0 or 1: any)."""
    return quantity > 0 and quantity >= minimum and (step <= 1 or quantity % step == 0)


def next_allowed(quantity: int, minimum: int, step: int) -> int:
    """The smallest allowed quantity that is not below `quantity`."""
    wanted, step = max(quantity, minimum, 1), max(step, 1)
    return -(-wanted // step) * step


def adjusted_price(price: int, change_bp: int, step: int = 1) -> int:
    """`price` up or down by `change_bp` basis points, rounded half up to whole `step`s (all in 1/10,000 yuan).

    Never below 0, and never 0 for a price that was not.
    """
    steps = half_up(max(0, price * (BASIS + change_bp)), BASIS * step)
    return max(steps, 1 if price and change_bp > -BASIS else 0) * step
