"""Coupons: a shop's first, then the platform's; and at checkout, what each would do or why it would not."""

from collections.abc import Sequence

import msgspec

from s2b_domain.errors import Param
from s2b_domain.rules.money import BASIS, half_up
from s2b_domain.rules.pricing.cart import Buyer
from s2b_domain.rules.pricing.gate import Why, coupon_closed
from s2b_domain.rules.pricing.offers import BIT, Channel, CouponKind, CouponRule, StackClass, bits_of
from s2b_domain.rules.pricing.running import Running
from s2b_domain.rules.pricing.trace import Entry, Skipped, Stage

STAGES = {StackClass.SHOP_COUPON: Stage.SHOP_COUPON, StackClass.PLATFORM_COUPON: Stage.PLATFORM_COUPON}


class CouponChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What a coupon would do for a cart: `saving` (分), or the code that says why it cannot be used."""

    coupon_id: str
    name: str
    saving: int = 0
    code: str = ""
    params: dict[str, Param] = {}

    @property
    def usable(self) -> bool:
        """Whether it may be chosen."""
        return not self.code


def apply_coupons(
    running: Running,
    coupons: Sequence[CouponRule],
    buyer: Buyer,
    channel: Channel,
    time: int,
    entries: list[Entry],
    skipped: list[Skipped],
) -> list[str]:
    """Apply presented coupons; the ids of those that were used."""
    used: list[str] = []
    for stack, stage in STAGES.items():
        for rule in sorted((c for c in coupons if c.stack is stack), key=lambda c: c.id):
            why = coupon_closed(rule, buyer, channel, time) or _apply(rule, running, stage, entries)
            if why is None:
                used.append(rule.id)
            else:
                skipped.append(Skipped(stage=stage, code=why[0], source_id=rule.id, name=rule.name, params=why[1]))
    return used


def _apply(rule: CouponRule, running: Running, stage: Stage, entries: list[Entry]) -> Why | None:
    terms = rule.terms
    named = running.matching(terms.goods)
    if not named:
        return "no_goods", {}
    bit, mask = BIT[rule.stack], bits_of(rule.stack, terms.combines, exclusive=terms.exclusive)
    free = running.open_to(named, bit, mask)
    have = sum([running.amounts[i] for i in free])
    if not free or have < terms.threshold:
        if len(free) < len(named) and sum([running.amounts[i] for i in named]) >= terms.threshold:
            blocking = {r.name for i in set(named).difference(free) for r in running.reductions[i] if r.source_id}
            return "not_combinable", {"with": sorted(blocking)}
        return "threshold_not_met", {"needs": terms.threshold, "has": have, "measure": "AMOUNT"}
    amount = terms.value if terms.kind is CouponKind.AMOUNT else have - half_up(have * terms.value, BASIS)
    if terms.cap is not None:
        amount = min(amount, terms.cap)
    taken = sum(running.take(free, amount, stage, (rule.id, rule.name), (rule.bearer, rule.bearer_id)))
    if not taken:
        return "floor_price" if have else "no_effect", {}
    running.mark(free, bit, mask)
    entries.append(
        Entry(
            stage=stage,
            code="coupon",
            source_id=rule.id,
            name=rule.name,
            amount=taken,
            bearer=rule.bearer,
            line_keys=running.keys(free),
            params={"wanted": amount},
        )
    )
    return None
