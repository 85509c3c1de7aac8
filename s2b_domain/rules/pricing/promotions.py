"""Order-level promotions: 阶梯满减, 每满减, 满折, 买 X 送 Y and 赠品, each on the running total of its own lines."""

from collections.abc import Sequence

from s2b_domain.errors import Param
from s2b_domain.rules.money import BASIS, half_up
from s2b_domain.rules.pricing.cart import Context, Earned
from s2b_domain.rules.pricing.gate import Why, promotion_closed
from s2b_domain.rules.pricing.offers import (
    BIT,
    CLASS_OF,
    ITEM_KINDS,
    Audience,
    Channel,
    Measure,
    PromotionKind,
    PromotionRule,
    Terms,
    bits_of,
)
from s2b_domain.rules.pricing.running import Running
from s2b_domain.rules.pricing.trace import Entry, Skipped, Stage

MAX_NAMED = 3
"""So many names say with what something cannot be combined."""


def reached(terms: Terms, running: Running, indexes: Sequence[int]) -> int:
    """What stands against the thresholds: 分, or whole units."""
    values = running.amounts if terms.measure is Measure.AMOUNT else running.units
    return sum([values[i] for i in indexes])


def wanted(terms: Terms, running: Running, indexes: Sequence[int]) -> int:
    """The reduction (分) that a promotion gives on these lines, or the times that its gifts are earned; 0: none."""
    if not indexes:
        return 0
    if terms.kind is PromotionKind.BUY_X_GET_Y:
        amount = _cheapest(terms, running, indexes)
    else:
        have = reached(terms, running, indexes)
        step = None
        for each in terms.steps:
            if have >= each.threshold and (step is None or each.threshold > step.threshold):
                step = each
        if step is None:
            return 0
        if terms.kind is PromotionKind.TIERED_REDUCTION:
            amount = step.value
        elif terms.kind is PromotionKind.REPEATED_REDUCTION:
            amount = have // step.threshold * step.value
        elif terms.kind is PromotionKind.THRESHOLD_RATE:
            whole = have
            if terms.measure is not Measure.AMOUNT:
                whole = sum([running.amounts[i] for i in indexes])
            amount = whole - half_up(whole * step.value, BASIS)
        else:
            amount = have // step.threshold if terms.repeat and step.threshold else 1
    return amount if terms.cap is None else min(amount, terms.cap)


def _cheapest(terms: Terms, running: Running, indexes: Sequence[int]) -> int:
    """What the cheapest units of every group cost less. Goods sold by weight make no units."""
    units, amounts = running.units, running.amounts
    lines = [i for i in indexes if not running.lines[i].decimals]
    groups = sum([units[i] for i in lines]) // (terms.buy + terms.get)
    left = (groups if terms.repeat else min(groups, 1)) * terms.get
    value = 0
    if left:
        for _, i in sorted([(amounts[i] * BASIS // units[i], i) for i in lines]):
            count = min(left, units[i])
            value += amounts[i] * count // units[i]
            left -= count
            if not left:
                break
    return value - half_up(value * terms.get_rate_bp, BASIS)


Ranked = tuple[PromotionRule, list[int], int]
"""A rule, the lines that it names, and what it would give if it stood alone."""


def ranked(rules: Sequence[PromotionRule], running: Running) -> list[Ranked]:
    """Rules by priority; where that is equal, what saves most comes first."""
    found: list[Ranked] = []
    for rule in rules:
        if rule.terms.kind not in ITEM_KINDS:
            lines = running.named_by(rule)
            found.append((rule, lines, wanted(rule.terms, running, lines)))
    return sorted(found, key=lambda r: (-r[0].terms.priority, -r[2], r[0].id))


def apply_promotions(
    running: Running,
    context: Context,
    channel: Channel,
    entries: list[Entry],
    skipped: list[Skipped],
    gifts: list[Earned],
) -> None:
    """Apply what applies, in order; say why the rest does not."""
    for rule, lines, alone in ranked(context.promotions, running):
        why = promotion_closed(rule, context.buyer, channel, context.time) if lines else ("no_goods", {})
        if why is None:
            why = _apply(rule, lines, alone, running, entries, gifts)
        if why is not None:
            skipped.append(
                Skipped(stage=Stage.PROMOTION, code=why[0], source_id=rule.id, name=rule.name, params=why[1])
            )


def _apply(
    rule: PromotionRule, lines: list[int], alone: int, running: Running, entries: list[Entry], gifts: list[Earned]
) -> Why | None:
    terms = rule.terms
    own = CLASS_OF[terms.kind]
    bit, mask = BIT[own], bits_of(own, terms.combines, exclusive=terms.exclusive)
    free = running.open_to(lines, bit, mask)
    amount = wanted(terms, running, free)
    if not amount:
        return _unmet(terms, running, lines, free, alone)
    if terms.kind is PromotionKind.GIFT:
        gifts += [
            Earned(promotion_id=rule.id, name=rule.name, sku_id=g.sku_id, quantity=g.quantity * amount)
            for g in terms.gifts
        ]
        taken, params = 0, {"times": amount}
    else:
        taken = min(amount, sum(running.caps(free, rule.bearer)))
        if rule.budget_left is not None and taken > rule.budget_left:
            return "budget_spent", {"left": rule.budget_left}
        if not taken:
            return "floor_price", {}
        taken = sum(running.take(free, taken, Stage.PROMOTION, (rule.id, rule.name), (rule.bearer, rule.bearer_id)))
        params = {"wanted": amount}
    running.mark(free, bit, mask)
    entries.append(
        Entry(
            stage=Stage.PROMOTION,
            code=terms.kind.value.lower(),
            source_id=rule.id,
            name=rule.name,
            amount=taken,
            bearer=rule.bearer,
            line_keys=running.keys(free),
            params=dict(params),
        )
    )
    return None


def _unmet(terms: Terms, running: Running, lines: list[int], free: list[int], alone: int) -> Why:
    if len(free) < len(lines) and alone:
        return "not_combinable", {"with": _on(running, lines, free)}
    if terms.kind is PromotionKind.BUY_X_GET_Y:
        have = sum([running.units[i] for i in free if not running.lines[i].decimals])
        return "threshold_not_met", {"needs": terms.buy + terms.get, "has": have, "measure": Measure.COUNT.value}
    needs = min(s.threshold for s in terms.steps) if terms.steps else 0
    have = reached(terms, running, free)
    params: dict[str, Param] = {"needs": needs, "has": have, "measure": terms.measure.value}
    return ("threshold_not_met" if have < needs else "no_effect"), params


def _on(running: Running, lines: list[int], free: list[int]) -> list[str]:
    """The names of the first few that fell on lines which are not free any more."""
    taken = set(lines).difference(free)
    names: set[str] = set()
    for i in sorted(taken):
        names.update([r.name for r in running.reductions[i] if r.source_id])
        if len(names) >= MAX_NAMED:
            break
    return sorted(names)[:MAX_NAMED]


def clash(one: PromotionRule, other: PromotionRule) -> bool:
    """Whether two promotions run at the same time for the same buyers and cannot fall on the same line. Which goods
    they name is not looked at: that is a question to the catalog."""
    apart = (one.ends_at is not None and other.starts_at >= one.ends_at) or (
        other.ends_at is not None and one.starts_at >= other.ends_at
    )
    if apart or _for_others(one.terms.audience, other.terms.audience):
        return False
    a, b = CLASS_OF[one.terms.kind], CLASS_OF[other.terms.kind]
    mask_a = bits_of(a, one.terms.combines, exclusive=one.terms.exclusive)
    mask_b = bits_of(b, other.terms.combines, exclusive=other.terms.exclusive)
    return not (mask_a & BIT[b] and mask_b & BIT[a])


def _for_others(one: Audience, other: Audience) -> bool:
    """Whether no buyer belongs to both: other channels, or other member levels."""
    return any(
        a and b and not set(a).intersection(b)
        for a, b in ((one.channels, other.channels), (one.level_ids, other.level_ids))
    )
