"""Splitting a reduction over lines, and what was paid over units, so that every part adds up again."""

from collections.abc import Sequence

from s2b_domain.rules.money import allocate, allocate_capped


def spread(total: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    """As much of `total` >= 0 as the caps hold, by largest remainder; a cap gives the rest to the others."""
    room = sum([c for c, w in zip(caps, weights, strict=True) if w])
    total = min(total, room)
    if total <= 0:
        return [0] * len(weights)
    parts = allocate(total, weights)
    if all(p <= c for p, c in zip(parts, caps, strict=True)):
        return parts
    return allocate_capped(total, weights, caps)


def first_units(amount: int, units: int, count: int) -> int:
    """What the first `count` of `units` equal units carry of `amount`: 10000 over 3 is 3334, 3333, 3333.

    The same as summing `unit_shares`, without writing every gram of a kilogram down.
    """
    sign, size = (-1, -amount) if amount < 0 else (1, amount)
    base, extra = divmod(size, units)
    return sign * (base * count + min(count, extra))


def units_between(amount: int, units: int, start: int, end: int) -> int:
    """What the units from `start` up to before `end` carry; over any split of all units it adds up to `amount`."""
    if not 0 <= start <= end <= units:
        raise ValueError("no such units")
    return first_units(amount, units, end) - first_units(amount, units, start)
