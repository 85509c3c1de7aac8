"""Which unit price a buyer pays, and whether a quantity may be bought."""

from collections.abc import Sequence

import msgspec


class Tier(msgspec.Struct, frozen=True, array_like=True):
    """From `min_quantity` steps on, a unit costs `price` (1/10,000 yuan)."""

    min_quantity: int
    price: int


def tier_price(base: int, tiers: Sequence[Tier], quantity: int) -> int:
    """The best price that `quantity` steps reach: `base`, or the lowest tier that applies."""
    return min([base, *(t.price for t in tiers if quantity >= t.min_quantity)])


def quantity_allowed(quantity: int, minimum: int, step: int) -> bool:
    """起批量 and order step: at least `minimum`, and a whole number of `step` steps (step 0 or 1: any)."""
    return quantity > 0 and quantity >= minimum and (step <= 1 or quantity % step == 0)


def next_allowed(quantity: int, minimum: int, step: int) -> int:
    """The smallest allowed quantity that is not below `quantity`."""
    wanted, step = max(quantity, minimum, 1), max(step, 1)
    return -(-wanted // step) * step
