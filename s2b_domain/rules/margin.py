"""What is left of a shop's price after the cost, and prices made from costs by a rule."""

from enum import StrEnum
from typing import Annotated

import msgspec

from s2b_domain.rules.bounds import MAX_PRICE
from s2b_domain.rules.money import BASIS, half_up

YUAN = 10_000


class Ending(StrEnum):
    """How a price looks: to 0.01, to 0.1, ending in .9 or .99, or whole yuan."""

    CENT = "cent"
    TENTH = "tenth"
    NINE = "nine"
    NINETY_NINE = "ninety_nine"
    WHOLE = "whole"


_GRID: dict[Ending, tuple[int, int]] = {
    Ending.CENT: (100, 0),
    Ending.TENTH: (1_000, 0),
    Ending.NINE: (YUAN, 9_000),
    Ending.NINETY_NINE: (YUAN, 9_900),
    Ending.WHOLE: (YUAN, 0),
}


class PriceRule(msgspec.Struct, frozen=True, kw_only=True):
    """Cost times a factor (in 1/10,000: 15,000 is × 1.5), brought up to the next price with the ending."""

    factor_bp: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 15_000
    ending: Ending = Ending.CENT

    def price(self, cost: int) -> int:
        """The price (1/10,000 yuan) for a cost: the least one with the ending that is not below cost × factor."""
        return ended(-(-cost * self.factor_bp // BASIS), self.ending)


def ended(price: int, ending: Ending) -> int:
    """The least price with the ending that is not below `price` (1/10,000 yuan; at most the largest price)."""
    step, rest = _GRID[ending]
    return min(max(0, -(-(price - rest) // step)) * step + rest, MAX_PRICE)


def margin_bp(price: int, cost: int) -> int | None:
    """The part of a price that is left after the cost, in basis points; negative below cost, None without a price."""
    return half_up((price - cost) * BASIS, price) if price > 0 else None
