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
    Channel,
    Measure,
    PromotionKind,
    PromotionRule,
    Terms,
    bits_of,
)
from s2b_domain.rules.pricing.running import Running
from s2b_domain.rules.pricing.trace import Entry, Skipped, Stage


def reached(terms: Terms, running: Running, indexes: Sequence[int]) -> int:
    """What stands against the thresholds: 分, or whole units."""
    values = running.amounts if terms.measure is Measure.AMOUNT else running.units
    return sum([values[i] for i in indexes])


def wanted(terms: Terms, running: Running, indexes: Sequence[int]) -> int:
    """The reduction (分) that a promotion gives on these lines, or the times that its gifts are earned; 0: none."""
    if terms.kind is PromotionKind.BUY_X_GET_Y:
        amount = _cheapest(terms, running, indexes)
    else:
        have = reached(terms, running, indexes)
        steps = [s for s in terms.steps if have >= s.threshold]
        if not steps or not indexes:
            return 0
        step = max(steps, key=lambda s: s.threshold)
        if terms.kind is PromotionKind.TIERED_REDUCTION:
            amount = step.value
        elif terms.kind is PromotionKind.REPEATED_REDUCTION:
            amount = have // step.threshold * step.value
        elif terms.kind is PromotionKind.THRESHOLD_RATE:
            whole = sum([running.amounts[i] for i in indexes])
            amount = whole - half_up(whole * step.value, BASIS)
        else:
            amount = have // step.threshold if terms.repeat and step.threshold else 1
    return amount if terms.cap is None else min(amount, terms.cap)


def _cheapest(terms: Terms, running: Running, indexes: Sequence[int]) -> int:
    """What the cheapest units of every group cost less. Goods sold by weight make no units."""
    lines = [i for i in indexes if not running.lines[i].decimals]
    groups = sum([running.units[i] for i in lines]) // (terms.buy + terms.get)
    left = (groups if terms.repeat else min(groups, 1)) * terms.get
    value = 0
    for i in sorted(lines, key=lambda i: (running.amounts[i] * BASIS // running.units[i], i)):
        count = min(left, running.units[i])
        value += running.amounts[i] * count // running.units[i]
        left -= count
    return value - half_up(value * terms.get_rate_bp, BASIS)


def ranked(rules: Sequence[PromotionRule], running: Running) -> list[tuple[PromotionRule, list[int]]]:
    """Rules with the lines that they name: by priority; where that is equal, what saves most comes first."""
    named = [(r, running.named_by(r)) for r in rules if r.terms.kind not in ITEM_KINDS]
    keyed = [((-r.terms.priority, -wanted(r.terms, running, lines), r.id), r, lines) for r, lines in named]
    return [(r, lines) for _, r, lines in sorted(keyed, key=lambda k: k[0])]


def apply_promotions(
    running: Running,
    context: Context,
    channel: Channel,
    entries: list[Entry],
    skipped: list[Skipped],
    gifts: list[Earned],
) -> None:
    """Apply what applies, in order; say why the rest does not."""
    for rule, lines in ranked(context.promotions, running):
        why = promotion_closed(rule, context.buyer, channel, context.time) if lines else ("no_goods", {})
        if why is None:
            why = _apply(rule, lines, running, entries, gifts)
        if why is not None:
            skipped.append(
                Skipped(stage=Stage.PROMOTION, code=why[0], source_id=rule.id, name=rule.name, params=why[1])
            )


def _apply(
    rule: PromotionRule, lines: list[int], running: Running, entries: list[Entry], gifts: list[Earned]
) -> Why | None:
    terms = rule.terms
    own = CLASS_OF[terms.kind]
    bit, mask = BIT[own], bits_of(own, terms.combines, exclusive=terms.exclusive)
    free = running.open_to(lines, bit, mask)
    amount = wanted(terms, running, free)
    if not amount:
        return _unmet(terms, running, lines, free)
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


def _unmet(terms: Terms, running: Running, lines: list[int], free: list[int]) -> Why:
    if len(free) < len(lines) and wanted(terms, running, lines):
        return "not_combinable", {"with": _on(running, lines, free)}
    if terms.kind is PromotionKind.BUY_X_GET_Y:
        have = sum([running.units[i] for i in free if not running.lines[i].decimals])
        return "threshold_not_met", {"needs": terms.buy + terms.get, "has": have, "measure": Measure.COUNT.value}
    needs = min(s.threshold for s in terms.steps) if terms.steps else 0
    have = reached(terms, running, free)
    params: dict[str, Param] = {"needs": needs, "has": have, "measure": terms.measure.value}
    return ("threshold_not_met" if have < needs else "no_effect"), params


def _on(running: Running, lines: list[int], free: list[int]) -> list[str]:
    """The names of what fell on lines that are not free any more."""
    taken = set(lines).difference(free)
    return sorted({r.name for i in taken for r in running.reductions[i] if r.source_id})


def clash(one: PromotionRule, other: PromotionRule) -> bool:
    """Whether two promotions run at the same time and cannot fall on the same line."""
    apart = (one.ends_at is not None and other.starts_at >= one.ends_at) or (
        other.ends_at is not None and one.starts_at >= other.ends_at
    )
    if apart:
        return False
    a, b = CLASS_OF[one.terms.kind], CLASS_OF[other.terms.kind]
    mask_a = bits_of(a, one.terms.combines, exclusive=one.terms.exclusive)
    mask_b = bits_of(b, other.terms.combines, exclusive=other.terms.exclusive)
    return not (mask_a & BIT[b] and mask_b & BIT[a])
