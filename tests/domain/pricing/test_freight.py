"""运费模板 by piece and weight, by region, with first and further units and free limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.rules.pricing import (
    Cart,
    CartLine,
    Context,
    CouponRule,
    CouponTerms,
    Freight,
    FreightArea,
    FreightBasis,
    Load,
    RegionRefusedError,
    area_of,
    freight_fee,
    price,
)

ELSEWHERE = FreightArea(first=1, first_fee=1000, next=2, next_fee=300, free_amount=9900)
ZHEJIANG = FreightArea(regions=("浙江", "江苏省"), first=2, first_fee=500, next=1, next_fee=100, free_count=10)
HANGZHOU = FreightArea(regions=("浙江省 杭州市",), first_fee=0)
TIBET = FreightArea(regions=("西藏",), refused=True)
TEMPLATE = Freight(areas=(ELSEWHERE, ZHEJIANG, HANGZHOU, TIBET))


def load(quantity: int, amount: int = 100, decimals: int = 0, weight: int = 0) -> Load:
    return Load(quantity, decimals, weight, amount)


@pytest.mark.parametrize(
    ("region", "area"),
    [
        ("浙江省宁波市", ZHEJIANG),
        ("浙江省 杭州市 西湖区", HANGZHOU),
        ("浙江省/杭州市", HANGZHOU),
        ("江苏省南京市", ZHEJIANG),
        ("四川省", ELSEWHERE),
        ("", ELSEWHERE),
    ],
)
def test_the_longest_region_wins(region: str, area: FreightArea) -> None:
    assert area_of(TEMPLATE, region) == area


def test_first_and_further_units() -> None:
    assert [freight_fee(TEMPLATE, "四川省", [load(n)]) for n in (1, 2, 3, 4)] == [1000, 1300, 1300, 1600]
    assert [freight_fee(TEMPLATE, "浙江省", [load(n)]) for n in (1, 2, 3, 9, 10)] == [500, 500, 600, 1200, 0]
    assert freight_fee(TEMPLATE, "四川省", [load(1, 9899)]) == 1000
    assert freight_fee(TEMPLATE, "四川省", [load(1, 9800), load(1, 100)]) == 0
    assert freight_fee(TEMPLATE, "四川省", []) == 0
    with pytest.raises(RegionRefusedError):
        freight_fee(TEMPLATE, "西藏自治区拉萨市", [load(1)])


def test_by_weight_and_begun_units_count() -> None:
    area = FreightArea(first=1000, first_fee=800, next=500, next_fee=200)
    template = Freight(basis=FreightBasis.WEIGHT, areas=(area,))
    assert freight_fee(template, "", [load(2, weight=500)]) == 800
    assert freight_fee(template, "", [load(2, weight=501)]) == 1000
    assert freight_fee(template, "", [load(1500, decimals=3, weight=1000)]) == 1000
    assert freight_fee(Freight(areas=(area,)), "", [load(1, decimals=3)]) == 800


def test_free_limits_look_at_item_prices_before_coupons() -> None:
    cart = Cart(
        lines=(CartLine(key="a", sku_id="a", quantity=1, list_price=990_000),),
        coupons=(CouponRule(id="c", name="c", terms=CouponTerms(value=5000)),),
        region="四川省",
    )
    priced = price(cart, Context(time=0, freight=TEMPLATE))
    assert (priced.freight_amount, priced.total) == (0, 4900)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=5), st.integers(1, 50))
def test_more_pieces_never_cost_less_without_free_limits(counts: list[int], more: int) -> None:
    template = Freight(areas=(FreightArea(first=3, first_fee=700, next=2, next_fee=150),))
    loads = [load(n) for n in counts]
    assert freight_fee(template, "", loads) <= freight_fee(template, "", [*loads, load(more)])
