"""Margins, and prices made from costs: never below the factor, always with the ending that was asked for."""

from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.rules.bounds import MAX_PRICE
from s2b_domain.rules.margin import Ending, PriceRule, ended, margin_bp

COSTS = st.integers(0, 10**9)
FACTORS = st.integers(1, 1_000_000)


def test_goldens() -> None:
    rule = PriceRule(factor_bp=14_000, ending=Ending.NINE)
    assert rule.price(31_000) == 49_000  # 3.10 × 1.4 = 4.34
    assert PriceRule(factor_bp=14_000, ending=Ending.NINETY_NINE).price(31_000) == 49_900
    assert PriceRule(factor_bp=14_000, ending=Ending.WHOLE).price(31_000) == 50_000
    assert PriceRule(factor_bp=14_000, ending=Ending.TENTH).price(31_000) == 44_000
    assert PriceRule(factor_bp=14_000).price(31_000) == 43_400
    assert margin_bp(45_000, 31_000) == 3_111
    assert margin_bp(45_000, 34_000) == 2_444
    assert margin_bp(30_000, 34_000) == -1_333
    assert margin_bp(0, 34_000) is None


@given(COSTS, FACTORS, st.sampled_from(Ending))
def test_the_next_price_with_the_ending(cost: int, factor: int, ending: Ending) -> None:
    price, least = PriceRule(factor_bp=factor, ending=ending).price(cost), cost * factor
    step = {Ending.CENT: 100, Ending.TENTH: 1_000}.get(ending, 10_000)
    rest = {Ending.NINE: 9_000, Ending.NINETY_NINE: 9_900}.get(ending, 0)
    assert price % step == rest
    assert price * 10_000 >= least
    assert price == rest or (price - step) * 10_000 < least
    assert ended(price, ending) == price


@given(st.integers(0, MAX_PRICE), st.sampled_from(Ending))
def test_no_price_is_larger_than_any_may_be(price: int, ending: Ending) -> None:
    assert 0 <= ended(price, ending) <= MAX_PRICE


@given(st.integers(1, 10**9), COSTS)
def test_a_margin_has_the_sign_of_what_is_left(price: int, cost: int) -> None:
    margin = margin_bp(price, cost)
    assert margin is not None
    assert margin <= 10_000
    assert (margin > 0) <= (price > cost)
    assert (margin < 0) <= (price < cost)
