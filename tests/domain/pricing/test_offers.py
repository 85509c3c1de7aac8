"""Each kind of offer on carts small enough to check by hand; goldens; and where other systems are known to fail."""

from typing import Any

import msgspec
import pytest

from s2b_domain.rules.pricing import (
    Audience,
    Bearer,
    Buyer,
    Cart,
    CartFlawError,
    CartLine,
    Channel,
    Context,
    CouponKind,
    CouponRule,
    CouponTerms,
    Frozen,
    Gift,
    Goods,
    Measure,
    PointsTerms,
    Priced,
    PromotionKind,
    PromotionRule,
    SkuPrice,
    StackClass,
    Stage,
    Step,
    Terms,
    Tier,
    clash,
    corrected,
    coupon_choices,
    flaw,
    price,
    refundable,
    units_between,
)

K = PromotionKind


def line(key: str, fen: int, quantity: int = 1, **more: object) -> CartLine:
    """Goods at a unit price in 分."""
    values = {"key": key, "sku_id": key, "quantity": quantity, "list_price": fen * 100, **more}
    return CartLine(**values)  # type: ignore[arg-type]


def promo(kind: PromotionKind, *steps: tuple[int, int], id_: str = "p", **more: Any) -> PromotionRule:
    """A promotion that always runs."""
    outer = {k: more.pop(k) for k in list(more) if k in PromotionRule.__struct_fields__}
    terms = Terms(kind=kind, steps=tuple(Step(*s) for s in steps), **more)
    return PromotionRule(id=id_, name=id_, terms=terms, **outer)


def coupon(
    value: int, threshold: int = 0, *, id_: str = "c", bearer: Bearer = Bearer.MERCHANT, **more: Any
) -> CouponRule:
    outer = {k: more.pop(k) for k in list(more) if k in CouponRule.__struct_fields__}
    terms = CouponTerms(value=value, threshold=threshold, **more)
    return CouponRule(id=id_, name=id_, terms=terms, bearer=bearer, **outer)


def priced(*lines: CartLine, rules: tuple[PromotionRule, ...] = (), **more: object) -> Priced:
    """Lines under rules; further names go to the cart or to the context."""
    cart = {k: v for k, v in more.items() if k in Cart.__struct_fields__ and k != "points"}
    world = {"time": 100, **{k: v for k, v in more.items() if k in Context.__struct_fields__}}
    return price(Cart(lines=lines, **cart), Context(promotions=rules, **world))  # type: ignore[arg-type]


def why(answer: Priced, source: str = "p") -> str:
    """The code with which a source was skipped."""
    return next((s.code for s in answer.skipped if s.source_id == source), "")


def parts(answer: Priced, stage: Stage = Stage.PROMOTION) -> list[int]:
    return [sum(r.amount for r in li.reductions if r.stage is stage) for li in answer.lines]


@pytest.mark.parametrize(
    ("amounts", "off", "expected"),
    [
        ([3330, 3330, 3340], 1000, [333, 333, 334]),
        ([10000, 10000, 10000], 1000, [334, 333, 333]),
        ([100] * 7 + [1], 100, [15, 15, 14, 14, 14, 14, 14, 0]),
    ],
)
def test_goldens_of_allocation(amounts: list[int], off: int, expected: list[int]) -> None:
    lines = [line(f"{i}", fen) for i, fen in enumerate(amounts)]
    assert parts(priced(*lines, rules=(promo(K.TIERED_REDUCTION, (1, off)),))) == expected


def test_three_equal_units_are_paid_back_as_they_were_paid() -> None:
    frozen = Frozen(quantity=3, payable=10000)
    assert [refundable(frozen, i, 1).amount for i in range(3)] == [3334, 3333, 3333]
    assert refundable(frozen, 0, 3).amount == 10000
    with pytest.raises(ValueError, match="more than was sold"):
        refundable(frozen, 2, 2)
    with pytest.raises(ValueError, match="no such units"):
        units_between(1, 1, 0, 2)


@pytest.mark.parametrize(("fen", "total"), [(9999, 9999), (9901, 9901), (10000, 9000)])
def test_a_threshold_is_compared_to_the_fen(fen: int, total: int) -> None:
    """A well-known shop grants 满100 at 99.01."""
    assert priced(line("a", fen), rules=(promo(K.TIERED_REDUCTION, (10000, 1000)),)).total == total


def test_the_highest_step_counts_and_steps_may_come_in_any_order() -> None:
    rule = promo(K.TIERED_REDUCTION, (30000, 5000), (10000, 1000), (20000, 2500))
    assert [priced(line("a", f), rules=(rule,)).total for f in (9999, 10000, 20000, 50000)] == [
        9999,
        9000,
        17500,
        45000,
    ]


def test_every_hundred_takes_ten_up_to_the_cap() -> None:
    rule = promo(K.REPEATED_REDUCTION, (10000, 1000), cap=2500)
    assert [priced(line("a", f), rules=(rule,)).total for f in (9999, 19999, 20000, 90000)] == [
        9999,
        18999,
        18000,
        87500,
    ]


def test_a_rate_is_rounded_once_over_all_lines_and_capped() -> None:
    rule = promo(K.THRESHOLD_RATE, (2, 8500), measure=Measure.COUNT)
    assert priced(line("a", 333), line("b", 333), line("c", 333), rules=(rule,)).total == 849
    assert priced(line("a", 333), rules=(rule,)).total == 333
    assert priced(line("a", 99900, 2), rules=(promo(K.THRESHOLD_RATE, (1, 5000), cap=100),)).total == 199700


def test_buy_two_get_one_takes_the_cheapest_and_spreads_it_over_all() -> None:
    rule = promo(K.BUY_X_GET_Y, buy=2, get=1, repeat=True)
    answer = priced(line("a", 1000, 2), line("b", 400), rules=(rule,))
    assert (answer.total, parts(answer)) == (2000, [333, 67])
    assert priced(line("a", 1000, 5), rules=(rule,)).total == 4000
    assert priced(line("a", 1000, 6), rules=(rule,)).total == 4000
    assert why(priced(line("a", 1000, 2), rules=(rule,))) == "threshold_not_met"
    half = promo(K.BUY_X_GET_Y, buy=1, get=1, get_rate_bp=5000)
    assert priced(line("a", 1000, 4), rules=(half,)).total == 3500  # 第二件半价, once


def test_goods_by_weight_make_no_units() -> None:
    rule = promo(K.BUY_X_GET_Y, buy=1, get=1, repeat=True)
    assert priced(line("a", 1000, 2500, decimals=3), rules=(rule,)).total == 2500


def test_a_price_by_quantity_counts_units_as_people_do() -> None:
    rule = promo(K.TIER_PRICE, (5, 9000))
    assert [priced(line("a", 1000, n), rules=(rule,)).total for n in (4, 5)] == [4000, 4500]
    pears = [priced(line("pears", 1000, grams, decimals=3), rules=(rule,)).total for grams in (500, 4999, 5000)]
    assert pears == [500, 4999, 4500], "5 g are no 5 kg"
    told = priced(line("a", 1000, 4), rules=(rule,)).skipped
    assert [(s.code, s.params) for s in told] == [("threshold_not_met", {"needs": 5, "has": 4, "measure": "COUNT"})]


def test_gifts_come_with_their_condition_and_vanish_with_it() -> None:
    rule = promo(K.GIFT, (10000, 0), repeat=True, cap=2, gifts=(Gift("cup", 1),))
    assert [[g.quantity for g in priced(line("a", f), rules=(rule,)).gifts] for f in (9999, 10000, 25000, 90000)] == [
        [],
        [1],
        [2],
        [2],
    ]
    other = promo(K.TIERED_REDUCTION, (10000, 100), id_="q", priority=1)
    assert priced(line("a", 10050), rules=(rule, other)).gifts == ()  # tested on the running total


def test_the_best_item_price_wins_and_the_others_say_so() -> None:
    member = Buyer(member_id="m", pays_bp=9000)
    tiers = (Tier(3, 850_00),)
    assert priced(line("a", 1000)).lines[0].unit_price == 1000_00
    assert priced(line("a", 1000), buyer=member).lines[0].unit_price == 900_00
    assert priced(line("a", 1000, 3, tiers=tiers), buyer=member).lines[0].unit_price == 850_00
    flash = promo(K.FLASH_PRICE, prices=(SkuPrice("a", 950_00),))
    assert why(priced(line("a", 1000), buyer=member, rules=(flash,))) == "better_price"
    flash = promo(K.FLASH_PRICE, prices=(SkuPrice("a", 700_00),), bearer=Bearer.SUPPLIER, bearer_id="north")
    answer = priced(line("a", 1000, cost=500), buyer=member, rules=(flash,))
    assert answer.lines[0].unit_price == 700_00
    assert [(r.amount, r.bearer) for r in answer.lines[0].reductions] == [(300, Bearer.SUPPLIER)]


def test_a_supplier_never_bears_more_than_it_is_paid() -> None:
    flash = promo(K.FLASH_PRICE, prices=(SkuPrice("a", 100_00),), bearer=Bearer.SUPPLIER)
    assert (why(priced(line("a", 1000, cost=500), rules=(flash,)))) == "more_than_cost"
    rule = promo(K.TIERED_REDUCTION, (1, 800), bearer=Bearer.SUPPLIER)
    assert priced(line("a", 1000, cost=500), rules=(rule,)).total == 500


def test_a_condition_looks_at_its_own_lines_only() -> None:
    rule = promo(K.TIERED_REDUCTION, (10000, 1000), goods=Goods(category_ids=("drink",)))
    tea, bread = line("tea", 9000, category_ids=("food", "drink")), line("bread", 9000, category_ids=("food",))
    answer = priced(tea, bread, rules=(rule,))
    assert (answer.total, why(answer)) == (18000, "threshold_not_met")
    assert next(s.params for s in answer.skipped) == {"needs": 10000, "has": 9000, "measure": "AMOUNT"}
    assert why(priced(bread, rules=(rule,))) == "no_goods"
    spared = promo(K.TIERED_REDUCTION, (1, 1000), goods=Goods(except_category_ids=("drink",)))
    assert parts(priced(tea, bread, rules=(spared,))) == [1000, 0]


def test_priority_then_the_better_for_the_buyer() -> None:
    small, large = promo(K.TIERED_REDUCTION, (1, 100), id_="a"), promo(K.TIERED_REDUCTION, (1, 300), id_="b")
    answer = priced(line("x", 1000), rules=(small, large))
    assert (answer.total, why(answer, "a")) == (700, "not_combinable")
    first = msgspec.structs.replace(small, terms=msgspec.structs.replace(small.terms, priority=1))
    assert priced(line("x", 1000), rules=(first, large)).total == 900
    assert clash(small, large)
    assert not clash(msgspec.structs.replace(small, ends_at=5), msgspec.structs.replace(large, starts_at=5))


def test_exclusive_stands_alone_on_its_lines_and_leaves_the_others() -> None:
    alone = promo(K.TIERED_REDUCTION, (1, 300), goods=Goods(sku_ids=("a",)), exclusive=True, priority=1)
    answer = priced(line("a", 1000), line("b", 1000), rules=(alone,), coupons=(coupon(500, 1000),))
    assert (answer.total, parts(answer, Stage.SHOP_COUPON)) == (1200, [0, 500])
    answer = priced(line("a", 1000), rules=(alone,), coupons=(coupon(500),))
    assert (answer.total, why(answer, "c")) == (700, "not_combinable")
    assert next(s.params["with"] for s in answer.skipped) == ["p"]


def test_flash_goods_may_keep_coupons_away() -> None:
    flash = promo(K.FLASH_PRICE, prices=(SkuPrice("a", 500_00),), combines=())
    answer = priced(line("a", 1000), rules=(flash,), coupons=(coupon(100),))
    assert (answer.total, why(answer, "c")) == (500, "not_combinable")


def test_shop_coupon_then_platform_coupon_on_what_is_left() -> None:
    shop = coupon(1000, 10000)
    platform = coupon(9000, 9500, id_="d", bearer=Bearer.PLATFORM, kind=CouponKind.RATE)
    answer = priced(line("a", 10000), coupons=(platform, shop))
    assert (answer.total, why(answer, "d")) == (9000, "threshold_not_met")
    answer = priced(line("a", 11000), coupons=(platform, shop))
    assert (answer.total, parts(answer, Stage.PLATFORM_COUPON)) == (9000, [1000])
    assert why(priced(line("a", 11000), coupons=(shop, coupon(1, id_="e"))), "e") == "not_combinable"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"valid_from": 101}, "coupon_not_started"),
        ({"valid_to": 100}, "coupon_expired"),
        ({"problem": "coupon_used"}, "coupon_used"),
        ({"audience": Audience(members_only=True)}, "members_only"),
        ({"audience": Audience(newcomers_only=True)}, "newcomers_only"),
        ({"audience": Audience(level_ids=("gold",))}, "wrong_level"),
        ({"audience": Audience(tag_ids=("sport",))}, "wrong_tag"),
        ({"audience": Audience(channels=(Channel.COUNTER,))}, "wrong_channel"),
        ({"goods": Goods(sku_ids=("z",))}, "no_goods"),
        ({"threshold": 1001}, "threshold_not_met"),
    ],
)
def test_an_unusable_coupon_says_why(changed: dict[str, object], code: str) -> None:
    buyer = Buyer(newcomer=False) if code in ("members_only", "newcomers_only") else Buyer(member_id="m")
    given = coupon(100, **{"threshold": 0, **changed})  # type: ignore[arg-type]
    [choice] = coupon_choices(Cart(lines=(line("a", 1000),)), Context(time=100, buyer=buyer), [given])
    assert (choice.code, choice.saving) == (code, 0)


def test_the_best_coupon_comes_first() -> None:
    cart, context = Cart(lines=(line("a", 1000),)), Context(time=100)
    choices = coupon_choices(cart, context, [coupon(100, id_="a"), coupon(300, id_="b"), coupon(1, 5000, id_="c")])
    assert [(c.coupon_id, c.saving) for c in choices] == [("b", 300), ("a", 100), ("c", 0)]


def test_a_coupon_of_more_than_everything_leaves_nothing_to_pay_and_nothing_negative() -> None:
    answer = priced(line("a", 300), line("b", 0), coupons=(coupon(1000),))
    assert (answer.total, [li.payable for li in answer.lines]) == (0, [0, 0])


def test_floor_prices_pass_the_rest_on() -> None:
    rule = promo(K.TIERED_REDUCTION, (1, 1000))
    answer = priced(line("a", 1000, floor_price=900_00), line("b", 1000), rules=(rule,))
    assert parts(answer) == [100, 900]
    assert why(priced(line("a", 1000, floor_price=1000_00), rules=(rule,))) == "floor_price"


def test_points_are_clamped_not_refused() -> None:
    terms = PointsTerms(redeem_unit=100, unit_value=100, cap_bp=5000, minimum=200)
    member = Buyer(member_id="m", points=1250, multiplier_bp=15000)
    answer = price(Cart(lines=(line("a", 2000),), points=99999), Context(time=1, buyer=member, points=terms))
    assert (answer.points_used, answer.total, answer.points_earned) == (1000, 1000, 15)
    few = price(Cart(lines=(line("a", 2000),), points=199), Context(time=1, buyer=member, points=terms))
    assert (few.points_used, why(few, "points")) == (0, "points_not_usable")


def test_the_counter_rounds_down_and_an_order_does_not() -> None:
    assert priced(line("a", 1237), rounding=10, channel=Channel.COUNTER).total == 1230
    assert priced(line("a", 1237), rounding=100, channel=Channel.COUNTER).rounding_amount == 37
    assert priced(line("a", 1237), rounding=100).total == 1237


def test_a_window_holds_its_first_moment_and_not_its_last() -> None:
    rule = promo(K.TIERED_REDUCTION, (1, 100), starts_at=100, ends_at=200)
    assert [priced(line("a", 1000), rules=(rule,), time=t).total for t in (99, 100, 199, 200)] == [1000, 900, 900, 1000]
    early = Buyer(member_id="m", early_ms=10)
    assert priced(line("a", 1000), rules=(rule,), time=90, buyer=early).total == 900


def test_limits_close_a_promotion() -> None:
    def code(**left: int) -> str:
        return why(priced(line("a", 1000), rules=(promo(K.TIERED_REDUCTION, (1, 100), **left),)))  # type: ignore[arg-type]

    assert (code(uses_left=0), code(person_left=0), code(budget_left=99), code(budget_left=100)) == (
        "used_up",
        "person_limit",
        "budget_spent",
        "",
    )


def test_a_flash_budget_is_spent_line_by_line() -> None:
    rule = promo(K.FLASH_PRICE, prices=(SkuPrice("a", 900_00), SkuPrice("b", 900_00)), budget_left=150)
    answer = priced(line("a", 1000), line("b", 1000), rules=(rule,))
    assert [li.payable for li in answer.lines] == [900, 1000]


def test_what_a_spent_budget_leaves_gets_the_next_best_price() -> None:
    best = promo(K.FLASH_PRICE, id_="best", prices=(SkuPrice("a", 700_00), SkuPrice("b", 700_00)), budget_left=300)
    next_ = promo(K.FLASH_PRICE, id_="next", prices=(SkuPrice("a", 800_00), SkuPrice("b", 800_00)))
    answer = priced(line("a", 1000), line("b", 1000), rules=(best, next_))
    assert [li.payable for li in answer.lines] == [700, 800]
    assert [(s.source_id, s.code) for s in answer.skipped] == [("best", "budget_spent")]


def test_what_was_charged_is_booked_as_a_correction() -> None:
    answer = priced(line("a", 1000), line("b", 500))
    assert [li.payable for li in corrected(answer, 1200).lines] == [800, 400]
    assert [li.payable for li in corrected(answer, 1800).lines] == [1200, 600]
    assert corrected(answer, 1500) is answer


def test_a_gift_class_is_kept_away_where_said() -> None:
    rule = promo(K.TIERED_REDUCTION, (1, 100), combines=(StackClass.POINTS,), priority=1)
    gift = promo(K.GIFT, (1, 0), id_="g", gifts=(Gift("cup", 1),))
    answer = priced(line("a", 1000), rules=(rule, gift))
    assert (answer.gifts, why(answer, "g")) == ((), "not_combinable")


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ((line("a", 1), line("a", 1)), "key"),
        ((line("a", 1, 0),), "quantity"),
        ((line("a", 1, -3),), "quantity"),
        ((line("a", -1),), "price"),
    ],
)
def test_data_without_sense_are_not_priced(bad: tuple[CartLine, ...], field: str) -> None:
    with pytest.raises(CartFlawError, match=field):
        priced(*bad)
    with pytest.raises(CartFlawError, match="points"):
        price(Cart(lines=(), points=-1), Context(time=0))


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (Terms(kind=K.FLASH_PRICE), "prices"),
        (Terms(kind=K.FLASH_PRICE, steps=(Step(0, 10001),)), "steps"),
        (Terms(kind=K.TIERED_REDUCTION), "steps"),
        (Terms(kind=K.TIERED_REDUCTION, steps=(Step(100, 200),)), "steps"),
        (Terms(kind=K.TIERED_REDUCTION, steps=(Step(100, 0),)), "steps"),
        (Terms(kind=K.TIERED_REDUCTION, steps=(Step(100, 10), Step(100, 20))), "steps"),
        (Terms(kind=K.REPEATED_REDUCTION, steps=(Step(0, 10),)), "steps"),
        (Terms(kind=K.THRESHOLD_RATE, steps=(Step(0, 10001),)), "steps"),
        (Terms(kind=K.BUY_X_GET_Y, get=1), "buy"),
        (Terms(kind=K.BUY_X_GET_Y, buy=1), "get"),
        (Terms(kind=K.GIFT, steps=(Step(1, 0),)), "gifts"),
        (Terms(kind=K.GIFT, steps=(Step(0, 0),), gifts=(Gift("a", 1),), repeat=True), "steps"),
        (Terms(kind=K.GIFT, steps=(Step(0, 0),), gifts=(Gift("a", 1),)), ""),
        (Terms(kind=K.TIERED_REDUCTION, steps=(Step(100, 10),)), ""),
    ],
)
def test_terms_that_cannot_work_name_their_field(terms: Terms, field: str) -> None:
    assert flaw(terms) == field
