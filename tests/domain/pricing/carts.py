"""Random carts and the offers that may fall on them."""

from hypothesis import strategies as st

from s2b_domain.rules.pricing import (
    Audience,
    Bearer,
    Buyer,
    Cart,
    CartLine,
    Channel,
    Context,
    CouponKind,
    CouponRule,
    CouponTerms,
    Freight,
    FreightArea,
    Gift,
    Goods,
    Measure,
    PointsTerms,
    PromotionKind,
    PromotionRule,
    SkuPrice,
    StackClass,
    Step,
    Terms,
    Tier,
)

SKUS = [f"sku{i}" for i in range(8)]
CATEGORIES = ["food", "drink", "paper"]
SUPPLIERS = ["north", "south"]
NOW = 1_000_000

prices = st.integers(0, 2_000_000)
goods = st.one_of(
    st.just(Goods()),
    st.builds(Goods, sku_ids=st.lists(st.sampled_from(SKUS), min_size=1, max_size=4, unique=True).map(tuple)),
    st.builds(Goods, category_ids=st.sampled_from(CATEGORIES).map(lambda c: (c,))),
    st.builds(Goods, supplier_ids=st.sampled_from(SUPPLIERS).map(lambda s: (s,))),
    st.builds(Goods, except_sku_ids=st.sampled_from(SKUS).map(lambda s: (s,))),
)
classes = st.none() | st.lists(st.sampled_from(list(StackClass)), unique=True).map(tuple)
audiences = st.just(Audience()) | st.builds(
    Audience,
    members_only=st.booleans(),
    newcomers_only=st.booleans(),
    channels=st.sampled_from([(), (Channel.ORDER,), (Channel.COUNTER,)]),
)


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Terms of any kind that could be saved."""
    kind = draw(st.sampled_from(list(PromotionKind)))
    thresholds = st.lists(st.integers(1, 100_000), min_size=1, max_size=3, unique=True)
    rates = kind in (PromotionKind.THRESHOLD_RATE, PromotionKind.FLASH_PRICE, PromotionKind.TIER_PRICE)
    value = st.integers(1, 10_000) if rates else st.integers(1, 5_000)
    steps = [Step(t, draw(value)) for t in draw(thresholds)]
    if kind in (PromotionKind.REPEATED_REDUCTION, PromotionKind.GIFT):
        steps = steps[:1]
    return Terms(
        kind=kind,
        goods=draw(goods),
        audience=draw(audiences),
        priority=draw(st.integers(-2, 2)),
        exclusive=draw(st.booleans()),
        combines=draw(classes),
        measure=draw(st.sampled_from(Measure)),
        steps=tuple(steps),
        prices=tuple(SkuPrice(s, draw(prices)) for s in draw(st.lists(st.sampled_from(SKUS), max_size=3, unique=True))),
        repeat=draw(st.booleans()),
        cap=draw(st.none() | st.integers(0, 20_000)),
        buy=draw(st.integers(1, 4)),
        get=draw(st.integers(1, 3)),
        get_rate_bp=draw(st.integers(0, 10_000)),
        gifts=(Gift(draw(st.sampled_from(SKUS)), 1),),
    )


@st.composite
def promotions(draw: st.DrawFn, most: int = 6) -> tuple[PromotionRule, ...]:
    """Rules with windows, bearers and budgets."""
    found = []
    for i in range(draw(st.integers(0, most))):
        bearer = draw(st.sampled_from(Bearer))
        found.append(
            PromotionRule(
                id=f"p{i}",
                name=f"活动{i}",
                terms=draw(terms()),
                starts_at=draw(st.sampled_from([0, NOW, NOW + 1])),
                ends_at=draw(st.sampled_from([None, NOW, NOW + 1])),
                bearer=bearer,
                bearer_id="" if bearer is Bearer.MERCHANT else "other",
                budget_left=draw(st.none() | st.integers(0, 5_000)),
                person_left=draw(st.none() | st.integers(0, 2)),
            )
        )
    return tuple(found)


coupon_terms = st.builds(
    CouponTerms,
    kind=st.just(CouponKind.AMOUNT),
    value=st.integers(1, 10_000),
    threshold=st.integers(0, 50_000),
    goods=goods,
    exclusive=st.booleans(),
    combines=classes,
) | st.builds(
    CouponTerms,
    kind=st.just(CouponKind.RATE),
    value=st.integers(0, 10_000),
    cap=st.none() | st.integers(0, 5_000),
    goods=goods,
)


@st.composite
def coupons(draw: st.DrawFn) -> tuple[CouponRule, ...]:
    """Up to three coupons of the shop and the platform."""
    found = []
    for i in range(draw(st.integers(0, 3))):
        bearer = draw(st.sampled_from([Bearer.MERCHANT, Bearer.PLATFORM]))
        found.append(CouponRule(id=f"c{i}", name=f"券{i}", terms=draw(coupon_terms), bearer=bearer))
    return tuple(found)


@st.composite
def lines(draw: st.DrawFn) -> tuple[CartLine, ...]:
    """Some goods, by the piece and by weight."""
    chosen = draw(st.lists(st.sampled_from(SKUS), min_size=1, max_size=6, unique=True))
    found = []
    for sku in chosen:
        decimals = draw(st.sampled_from([0, 0, 0, 3]))
        found.append(
            CartLine(
                key=sku,
                sku_id=sku,
                product_id="product-" + sku,
                supplier_id=draw(st.sampled_from(SUPPLIERS)),
                category_ids=("all", draw(st.sampled_from(CATEGORIES))),
                quantity=draw(st.integers(1, 20)) if not decimals else draw(st.integers(1, 9_000)),
                decimals=decimals,
                list_price=draw(prices),
                member_price=draw(st.none() | prices),
                floor_price=draw(st.sampled_from([0, 0, 10_000, 3_000_000])),
                tiers=tuple(Tier(q, draw(prices)) for q in draw(st.lists(st.integers(2, 9), max_size=2, unique=True))),
                cost=draw(st.integers(0, 50_000)),
                weight_g=draw(st.integers(0, 3_000)),
            )
        )
    return tuple(found)


freights = st.builds(
    Freight,
    areas=st.just(
        (
            FreightArea(first_fee=800, next_fee=200, free_amount=30_000),
            FreightArea(regions=("浙江",), first_fee=500, next_fee=100, free_count=30),
        )
    ),
)


@st.composite
def carts(draw: st.DrawFn) -> Cart:
    """Everything that a buyer may bring."""
    return Cart(
        lines=draw(lines()),
        coupons=draw(coupons()),
        points=draw(st.sampled_from([0, 0, 250, 10_000])),
        channel=draw(st.sampled_from(Channel)),
        region=draw(st.sampled_from(["", "浙江省 杭州市", "西藏自治区"])),
    )


@st.composite
def contexts(draw: st.DrawFn) -> Context:
    """Everything that the shop may have running."""
    return Context(
        time=NOW,
        promotions=draw(promotions()),
        buyer=Buyer(
            member_id=draw(st.sampled_from(["", "member"])),
            newcomer=draw(st.booleans()),
            pays_bp=draw(st.sampled_from([10_000, 9_000])),
            multiplier_bp=draw(st.sampled_from([10_000, 15_000])),
            early_ms=draw(st.sampled_from([0, 5])),
            points=draw(st.integers(0, 5_000)),
        ),
        points=draw(st.none() | st.builds(PointsTerms, cap_bp=st.integers(0, 10_000))),
        freight=draw(st.none() | freights),
        rounding=draw(st.sampled_from([1, 10, 50, 100])),
    )
