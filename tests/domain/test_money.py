"""Nothing is lost or made when money is rounded and split."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.rules.money import (
    allocate,
    allocate_capped,
    half_up,
    line_amount,
    share,
    tax_included,
    unit_shares,
)

AMOUNTS = st.integers(-(10**12), 10**12)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (-1000, [3330, 3330, 3340], [-333, -333, -334]),
        (1000, [10000, 10000, 10000], [334, 333, 333]),
        (10000, [1, 1, 1], [3334, 3333, 3333]),
        (100, [100] * 7 + [1], [15, 15, 14, 14, 14, 14, 14, 0]),
        (0, [0, 0], [0, 0]),
    ],
)
def test_goldens(total: int, weights: list[int], parts: list[int]) -> None:
    assert allocate(total, weights) == parts


@given(AMOUNTS, WEIGHTS)
def test_parts_add_up_and_stay_within_one_of_the_exact_share(total: int, weights: list[int]) -> None:
    if not sum(weights):
        weights[0] = 1
    parts = allocate(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Decimal(part) - Decimal(total) * weight / sum(weights)) < 1
        assert weight or part == 0


@given(st.integers(0, 10**9), st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 10**9)), min_size=1, max_size=20))
def test_caps_hold_and_nothing_is_lost(total: int, lines: list[tuple[int, int]]) -> None:
    weights, caps = [w for w, _ in lines], [c for _, c in lines]
    room = sum(c for w, c in lines if w)
    if room < total:
        with pytest.raises(ValueError, match="caps"):
            allocate_capped(total, weights, caps)
        return
    parts = allocate_capped(total, weights, caps)
    assert sum(parts) == total
    assert all(0 <= p <= c for p, c in zip(parts, caps, strict=True))


@given(st.integers(0, 10**9), st.integers(1, 200))
def test_refunding_unit_by_unit_leaves_nothing(paid: int, units: int) -> None:
    shares = unit_shares(paid, units)
    assert sum(shares) == paid
    assert max(shares) - min(shares) <= 1


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 3))
def test_a_line_is_rounded_once_half_up(price: int, quantity: int, decimals: int) -> None:
    exact = Decimal(price) * quantity / (100 * 10**decimals)
    assert line_amount(price, quantity, decimals) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def test_a_screw_costs_less_than_a_fen() -> None:
    assert line_amount(350, 1000) == 3500
    assert line_amount(350, 1) == 4
    assert line_amount(49, 1) == 0


@given(AMOUNTS, st.integers(1, 10**6))
def test_half_up_is_symmetric(numerator: int, denominator: int) -> None:
    assert half_up(-numerator, denominator) == -half_up(numerator, denominator)


@given(st.integers(0, 10**12), st.integers(0, 10_000))
def test_rates(amount: int, rate: int) -> None:
    assert 0 <= share(amount, rate) <= amount
    tax = tax_included(amount, rate)
    assert abs(Decimal(amount - tax) * rate / 10_000 - tax) <= 2


def test_weights_must_not_be_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        allocate(10, [1, -1])
    with pytest.raises(ValueError, match="nothing"):
        allocate(10, [0, 0])
