"""Amounts are integers of 分; unit prices are integers of 1/10,000 yuan; rates are basis points.

Everything is rounded half up, once, when an amount is formed; what is split always adds up again.
"""

from collections.abc import Sequence

PRICE_PER_FEN = 100
BASIS = 10_000


def half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` to the nearest integer, halves away from zero; `denominator` > 0."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def line_amount(unit_price: int, quantity: int, decimals: int = 0) -> int:
    """Amount (分) of `quantity` steps at `unit_price` per unit, where a unit is 10**decimals steps."""
    return half_up(unit_price * quantity, PRICE_PER_FEN * 10**decimals)


def share(amount: int, rate_bp: int) -> int:
    """`rate_bp` basis points of an amount (分)."""
    return half_up(amount * rate_bp, BASIS)


def tax_included(amount: int, rate_bp: int) -> int:
    """The tax (分) inside a tax-inclusive amount."""
    return half_up(amount * rate_bp, BASIS + rate_bp)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` over `weights` by largest remainder; ties go to the lower index, zero weights get nothing.

    The parts add up to `total` exactly. Weights are >= 0; if all are zero, `total` must be zero.
    """
    if any(w < 0 for w in weights):
        raise ValueError("weights must not be negative")
    whole = sum(weights)
    if whole == 0:
        if total:
            raise ValueError("nothing to allocate to")
        return [0] * len(weights)
    sign, size = (-1, -total) if total < 0 else (1, total)
    parts = [size * w // whole for w in weights]
    remainders = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % whole), i))
    for i in remainders[: size - sum(parts)]:
        parts[i] += 1
    return [sign * p for p in parts]


def allocate_capped(total: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    """Like `allocate` for `total` >= 0, but no part exceeds its cap; what a cap refuses goes to the others.

    Raises ValueError when the caps together cannot hold `total`.
    """
    if sum(c for c, w in zip(caps, weights, strict=True) if w) < total:
        raise ValueError("caps too small")
    parts = [0] * len(weights)
    left = total
    while left:
        open_weights = [w if p < c else 0 for w, p, c in zip(weights, parts, caps, strict=True)]
        for i, more in enumerate(allocate(left, open_weights)):
            step = min(more, caps[i] - parts[i])
            parts[i] += step
            left -= step
    return parts


def unit_shares(amount: int, units: int) -> list[int]:
    """An amount (分) over `units` equal units: 10000 over 3 is 3334, 3333, 3333."""
    return allocate(amount, [1] * units)
