"""A shop's line: pricing a full cart under many promotions, beside the same pipeline with nothing running."""

import time
from collections.abc import Iterator
from random import Random

import msgspec

from bench import counter
from bench.figure import Figure, median, percentile, within
from bench.world import Stage
from s2b_domain.rules.pricing import (
    Audience,
    Bearer,
    Buyer,
    Cart,
    CartLine,
    Channel,
    Context,
    CouponRule,
    CouponTerms,
    Goods,
    PointsTerms,
    PromotionKind,
    PromotionRule,
    SkuPrice,
    Step,
    Terms,
    Tier,
    price,
)

LINES, PROMOTIONS, CARTS = 50, 200, 200
K = PromotionKind


def figures(stage: Stage) -> Iterator[Figure]:
    """The 95th percentile of many different carts, all promotions active; and the floor of the same carts."""
    context = world(7)
    bare = msgspec.structs.replace(context, promotions=())
    carts = [cart(seed) for seed in range(CARTS)]
    (priced, busy), (_, idle) = _taken(carts, context), _taken(carts, bare)
    applied = median([len({e.source_id for e in price(c, context).entries}) for c in carts[:20]])
    told = f"p95 of the processor's time; by the clock {percentile(priced, 95):.2g} ms, median {median(priced):.2g} ms"
    note = f"{told}; {LINES} lines, {PROMOTIONS} promotions, {applied:g} sources applied"
    yield within("merchant.price_cart", percentile(busy, 95), 5, "ms", n=CARTS, note=note)
    note = "the floor: the same carts with no promotion running"
    yield within("merchant.price_cart.floor", percentile(idle, 95), None, "ms", n=CARTS, note=note)
    yield from counter.figures(stage)


def _taken(carts: list[Cart], context: Context) -> tuple[list[float], list[float]]:
    """Milliseconds by the clock and of the processor, per cart."""
    price(carts[0], context)
    taken, busy = [], []
    for each in carts:
        start, working = time.perf_counter(), time.thread_time()
        price(each, context)
        taken.append((time.perf_counter() - start) * 1000)
        busy.append((time.thread_time() - working) * 1000)
    return taken, busy


def cart(seed: int) -> Cart:
    """Fifty goods of a shop with four hundred, two coupons and some points."""
    chance = Random(seed)
    goods = chance.sample(range(400), LINES)
    lines = tuple(
        CartLine(
            key=f"sku{i}",
            sku_id=f"sku{i}",
            product_id=f"product{i // 3}",
            supplier_id=f"supplier{i % 5}",
            category_ids=("all", f"top{i % 4}", f"leaf{i % 20}"),
            quantity=chance.randint(1, 12),
            list_price=chance.randint(50, 5000) * 100,
            tiers=(Tier(6, chance.randint(50, 5000) * 100),) if i % 7 == 0 else (),
            floor_price=1000 if i % 10 == 0 else 0,
            cost=chance.randint(50, 3000),
        )
        for i in goods
    )
    coupons = (
        CouponRule(id="shop", name="店铺券", terms=CouponTerms(value=2000, threshold=10_000)),
        CouponRule(id="platform", name="平台券", terms=CouponTerms(value=1500), bearer=Bearer.PLATFORM),
    )
    return Cart(lines=lines, coupons=coupons, points=3000, channel=Channel.ORDER)


def world(seed: int) -> Context:
    """Two hundred active promotions of every kind, for everything, categories, suppliers or some goods."""
    chance = Random(seed)
    rules = [_rule(chance, number) for number in range(PROMOTIONS)]
    buyer = Buyer(member_id="member", pays_bp=9500, points=100_000)
    return Context(time=1, promotions=tuple(rules), buyer=buyer, points=PointsTerms())


def _rule(chance: Random, number: int) -> PromotionRule:
    kind = list(K)[number % len(K)]
    some = tuple(f"sku{chance.randrange(400)}" for _ in range(10))
    goods = (
        Goods(),
        Goods(category_ids=(f"leaf{chance.randrange(20)}",)),
        Goods(category_ids=(f"top{chance.randrange(4)}",)),
        Goods(sku_ids=some),
        Goods(supplier_ids=(f"supplier{chance.randrange(5)}",)),
    )[number % 5]
    rate = kind in (K.FLASH_PRICE, K.TIER_PRICE, K.THRESHOLD_RATE)
    steps = tuple(Step(t, 9500 - t // 100 if rate else t // 10) for t in (1000, 5000, 20_000))
    terms = Terms(
        kind=kind,
        goods=goods,
        audience=Audience(members_only=number % 9 == 0),
        priority=number % 5,
        steps=steps[:1] if kind in (K.REPEATED_REDUCTION, K.GIFT) else steps,
        prices=tuple(SkuPrice(s, chance.randint(50, 4000) * 100) for s in some) if kind is K.FLASH_PRICE else (),
        buy=2,
        get=1,
        repeat=True,
        cap=3000,
    )
    return PromotionRule(id=f"p{number:03}", name=f"活动{number}", terms=terms)
