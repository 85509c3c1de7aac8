"""The pipeline: item price, order-level promotions, shop coupon, platform coupon, points, freight, 抹零.

A pure function of cart and context. The order in which lines, promotions or coupons are given does not matter.
"""

from collections.abc import Iterable, Sequence

import msgspec

from s2b_domain.rules.money import allocate
from s2b_domain.rules.pricing.allocation import spread
from s2b_domain.rules.pricing.cart import Cart, Context, Earned, Priced, PricedLine
from s2b_domain.rules.pricing.coupons import CouponChoice, apply_coupons
from s2b_domain.rules.pricing.freight import Load, freight_fee
from s2b_domain.rules.pricing.item import set_item_prices
from s2b_domain.rules.pricing.offers import BIT, Bearer, Channel, CouponRule, StackClass
from s2b_domain.rules.pricing.points import earned, redeemable
from s2b_domain.rules.pricing.promotions import apply_promotions
from s2b_domain.rules.pricing.rounding import rounded_off
from s2b_domain.rules.pricing.running import Running
from s2b_domain.rules.pricing.trace import Entry, Reduction, Skipped, Stage

SHOP = (Bearer.MERCHANT, "")


class CartFlawError(ValueError):
    """The data cannot be priced: keys twice, quantities or prices out of range. `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def price(cart: Cart, context: Context) -> Priced:
    """Price a cart; `CartFlawError` for data that make no sense, `RegionRefusedError` where nothing is carried to."""
    _check(cart)
    running = Running(cart.lines)
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    gifts: list[Earned] = []
    set_item_prices(running, context, cart.channel, entries, skipped)
    apply_promotions(running, context, cart.channel, entries, skipped, gifts)
    used = apply_coupons(running, cart.coupons, context.buyer, cart.channel, context.time, entries, skipped)
    points = _use_points(running, cart.points, context, entries, skipped)
    freight = _freight(running, cart, context, entries)
    off = _round(running, cart.channel, sum(freight), context.rounding, entries)
    return _answer(running, context, freight, points, off, used, entries, skipped, gifts)


def coupon_choices(cart: Cart, context: Context, coupons: Iterable[CouponRule]) -> list[CouponChoice]:
    """What each coupon would bring beside those presented already; the best first, the unusable with why, last."""
    before = price(cart, context).total
    presented = {c.id for c in cart.coupons}
    choices: list[CouponChoice] = []
    for coupon in sorted(coupons, key=lambda c: c.id):
        others = tuple(c for c in cart.coupons if c.id != coupon.id)
        priced = price(msgspec.structs.replace(cart, coupons=(*others, coupon)), context)
        if coupon.id in presented:
            before_it = price(msgspec.structs.replace(cart, coupons=others), context).total
        else:
            before_it = before
        why = next((s for s in priced.skipped if s.source_id == coupon.id), None)
        choices.append(
            CouponChoice(
                coupon_id=coupon.id,
                name=coupon.name,
                saving=before_it - priced.total if why is None else 0,
                code=why.code if why else "",
                params=why.params if why else {},
            )
        )
    return sorted(choices, key=lambda c: (not c.usable, -c.saving, c.coupon_id))


def _check(cart: Cart) -> None:
    if len({line.key for line in cart.lines}) < len(cart.lines):
        raise CartFlawError("key")
    for line in cart.lines:
        if line.quantity <= 0:
            raise CartFlawError("quantity")
        if min(line.list_price, line.floor_price, line.cost, line.weight_g, line.member_price or 0) < 0:
            raise CartFlawError("price")
    if cart.points < 0:
        raise CartFlawError("points")


def _use_points(
    running: Running, asked: int, context: Context, entries: list[Entry], skipped: list[Skipped]
) -> list[int]:
    """The points used per line."""
    nothing = [0] * len(running.lines)
    if not asked:
        return nothing
    terms, bit = context.points, BIT[StackClass.POINTS]
    lines = [i for i in range(len(running.lines)) if running.allowed[i] & bit]
    amount = sum([running.amounts[i] for i in lines])
    room = sum(running.caps(lines, Bearer.MERCHANT))
    used, worth = (0, 0) if terms is None else redeemable(terms, asked, context.buyer.points, amount, room)
    if not used:
        skipped.append(
            Skipped(
                stage=Stage.POINTS,
                code="points_not_usable",
                source_id="points",
                name="",
                params={"asked": asked, "balance": context.buyer.points},
            )
        )
        return nothing
    parts = running.take(lines, worth, Stage.POINTS, ("points", ""), SHOP)
    running.mark(lines, bit, -1)
    entries.append(
        Entry(
            stage=Stage.POINTS,
            code="points" if used == asked else "points_clamped",
            source_id="points",
            amount=worth,
            line_keys=running.keys(lines),
            params={"points": used, "asked": asked},
        )
    )
    for i, part in zip(lines, allocate(used, parts), strict=True):
        nothing[i] = part
    return nothing


def _freight(running: Running, cart: Cart, context: Context, entries: list[Entry]) -> list[int]:
    """The freight per line; its free limits look at item prices, before any coupon."""
    nothing = [0] * len(running.lines)
    if context.freight is None or cart.channel is not Channel.ORDER or not running.lines:
        return nothing
    loads = [
        Load(li.quantity, li.decimals, li.weight_g, amount)
        for li, amount in zip(running.lines, running.item_amounts, strict=True)
    ]
    fee = freight_fee(context.freight, cart.region, loads)
    entries.append(Entry(stage=Stage.FREIGHT, code="freight" if fee else "freight_free", amount=fee))
    weights = running.item_amounts if any(running.item_amounts) else [1] * len(loads)
    return allocate(fee, weights)


def _round(running: Running, channel: Channel, freight: int, unit: int, entries: list[Entry]) -> int:
    if channel is not Channel.COUNTER:
        return 0
    off = rounded_off(sum(running.amounts) + freight, unit)
    if off:
        for i, part in enumerate(spread(off, running.amounts, running.amounts)):
            if part:
                running.take_from(i, part, Stage.ROUNDING, ("rounding", ""), SHOP)
        entries.append(Entry(stage=Stage.ROUNDING, code="rounded_off", source_id="rounding", amount=off))
    return off


def _answer(
    running: Running,
    context: Context,
    freight: list[int],
    points: list[int],
    off: int,
    used: list[str],
    entries: list[Entry],
    skipped: list[Skipped],
    gifts: list[Earned],
) -> Priced:
    paid = sum(running.amounts)
    terms, buyer = context.points, context.buyer
    rate = terms.earn_bp * buyer.multiplier_bp if terms and buyer.member_id else 0
    gained, earnings = earned(rate, running.amounts)
    lines = tuple(
        PricedLine(
            key=line.key,
            sku_id=line.sku_id,
            quantity=line.quantity,
            list_price=line.list_price,
            unit_price=running.prices[i],
            list_amount=running.lists[i],
            amount=running.item_amounts[i],
            payable=running.amounts[i],
            freight=freight[i],
            points_used=points[i],
            points_earned=earnings[i],
            reductions=tuple(running.reductions[i]),
        )
        for i, line in enumerate(running.lines)
    )
    return Priced(
        lines=lines,
        gifts=tuple(sorted(gifts, key=lambda g: (g.sku_id, g.promotion_id))),
        list_amount=sum(running.lists),
        goods_amount=sum(running.item_amounts),
        discount_amount=sum(running.item_amounts) - paid - off,
        freight_amount=sum(freight),
        rounding_amount=off,
        total=paid + sum(freight),
        points_used=sum(points),
        points_earned=gained,
        used=tuple(used),
        entries=tuple(entries),
        skipped=tuple(sorted(skipped, key=lambda s: (s.source_id, s.code))),
        earn_rate=rate,
    )


def corrected(priced: Priced, charged: int, *, rounding: bool = False) -> Priced:
    """What was really charged (分), where that is another total: the difference falls on the lines and says so, and
    points are earned for what was charged.

    With `rounding` it is what the cashier let go (抹零), else a correction.
    """
    difference = priced.total - charged
    if not difference or not priced.lines:
        return priced
    goods = [line.payable for line in priced.lines]
    if difference > 0:
        parts = spread(difference, goods, goods)
    else:
        weights = goods if any(goods) else [line.list_amount for line in priced.lines]
        parts = allocate(difference, weights if any(weights) else [1] * len(goods))
    moved = sum(parts)
    gained, earnings = earned(priced.earn_rate, [amount - part for amount, part in zip(goods, parts, strict=True)])
    stage, source, code = (
        (Stage.ROUNDING, "rounding", "rounded_by_hand") if rounding else (Stage.CORRECTION, "charged", "charged")
    )
    lines = tuple(
        msgspec.structs.replace(
            line,
            payable=line.payable - part,
            points_earned=points,
            reductions=(*line.reductions, *([Reduction(stage, source, "", part, *SHOP)] if part else [])),
        )
        for line, part, points in zip(priced.lines, parts, earnings, strict=True)
    )
    entry = Entry(stage=stage, code=code, amount=moved, params={"charged": charged, "priced": priced.total})
    return msgspec.structs.replace(
        priced,
        lines=lines,
        discount_amount=priced.discount_amount + (0 if rounding else moved),
        rounding_amount=priced.rounding_amount + (moved if rounding else 0),
        total=priced.total - moved,
        points_earned=gained,
        entries=(*priced.entries, entry),
    )


def taken_by(lines: Sequence[PricedLine]) -> dict[str, int]:
    """What each source took off altogether (分), by its id; item prices of the shop itself are not listed."""
    found: dict[str, int] = {}
    for line in lines:
        for reduction in line.reductions:
            if reduction.source_id:
                found[reduction.source_id] = found.get(reduction.source_id, 0) + reduction.amount
    return found
