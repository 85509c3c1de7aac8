"""Points: what they are worth when used, and how many are earned."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.rules.money import BASIS, allocate
from s2b_domain.rules.pricing.offers import Amount, Rate


class PointsTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`earn_bp` points per 分 in basis points (100: one per yuan). `redeem_unit` points are worth `unit_value` 分;
    at most `cap_bp` of the goods may be paid with points; 0 units: points cannot be used. They expire after `months`.
    """

    earn_bp: Annotated[int, Meta(ge=0, le=10**6)] = 100
    redeem_unit: Annotated[int, Meta(ge=0, le=10**9)] = 100
    unit_value: Amount = 100
    minimum: Amount = 0
    cap_bp: Rate = 5000
    months: Annotated[int, Meta(ge=0, le=1200)] = 0


def redeemable(terms: PointsTerms, wanted: int, balance: int, amount: int, room: int) -> tuple[int, int]:
    """(points, 分) that are used of `wanted` against `amount` (分) of goods that can still give `room` (分).

    Clamped to what is there and allowed, never zeroed for asking too much; below the minimum nothing.
    """
    if terms.redeem_unit <= 0 or terms.unit_value <= 0:
        return 0, 0
    most = min(amount * terms.cap_bp // BASIS, room)
    units = max(0, min(min(wanted, balance) // terms.redeem_unit, most // terms.unit_value))
    if not units or units * terms.redeem_unit < terms.minimum:
        return 0, 0
    return units * terms.redeem_unit, units * terms.unit_value


def earned(rate: int, amounts: Sequence[int]) -> tuple[int, list[int]]:
    """The points that what is paid for the lines (分) earns at `rate` (hundred millionths per 分), rounded down once;
    and each line's part."""
    gained = sum(amounts) * rate // (BASIS * BASIS)
    return gained, allocate(gained, amounts)


def unused(gained: Iterable[tuple[int, int | None]], gone: int) -> dict[int | None, int]:
    """What is left of points that were `gained`, as (points, expires_at), after `gone` went, those first that expire
    first: expires_at -> points."""
    left: dict[int | None, int] = {}
    for points, expires_at in sorted(gained, key=lambda g: (g[1] is None, g[1] or 0)):
        used = min(gone, points)
        gone -= used
        if points > used:
            left[expires_at] = left.get(expires_at, 0) + points - used
    return left
