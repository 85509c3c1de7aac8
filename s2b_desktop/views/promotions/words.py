"""What a promotion says, in plain words."""

from collections.abc import Mapping

from s2b_desktop.text import clauses, count, listed, moment, money, quantity, reduced_to, tr, unit_price, whole_money
from s2b_domain.rules.pricing import Audience, Channel, Goods, Measure, PromotionKind, StackClass, Step, Terms

K = PromotionKind
KINDS: dict[PromotionKind, str] = {
    K.FLASH_PRICE: "Limited-time price",
    K.TIER_PRICE: "Price by quantity",
    K.TIERED_REDUCTION: "Money off in steps",
    K.REPEATED_REDUCTION: "Money off, again and again",
    K.THRESHOLD_RATE: "Discount from an amount on",
    K.BUY_X_GET_Y: "Buy some, get some",
    K.GIFT: "Gift with a purchase",
}
EXPLAINED: dict[PromotionKind, str] = {
    K.FLASH_PRICE: "Chosen goods cost less for a while; the best price for the customer counts.",
    K.TIER_PRICE: "Who takes more pays less for each.",
    K.TIERED_REDUCTION: "The highest step that is reached counts.",
    K.REPEATED_REDUCTION: "The amount comes off as often as the step is reached.",
    K.THRESHOLD_RATE: "From the highest step that is reached, a share of the price remains.",
    K.BUY_X_GET_Y: "The cheapest of each group costs less, or nothing.",
    K.GIFT: "Something is added that costs nothing.",
}
CLASSES: dict[StackClass, str] = {
    StackClass.FLASH: "Limited-time and quantity prices",
    StackClass.REDUCTION: "Money off and discounts",
    StackClass.BUY_GET: "Buy some, get some",
    StackClass.GIFT: "Gifts",
    StackClass.SHOP_COUPON: "Coupons of the shop",
    StackClass.PLATFORM_COUPON: "Coupons of the platform",
    StackClass.POINTS: "Points",
}
CHANNELS: dict[Channel, str] = {Channel.ORDER: "Orders that are shipped", Channel.COUNTER: "Sales at the counter"}
FLAWS: dict[str, str] = {
    "steps": "Give at least one step; each with another limit, and no more off than the limit.",
    "prices": "Choose goods with their price, or a share of the price for all.",
    "buy": "How many have to be bought?",
    "get": "How many cost less?",
    "gifts": "Choose what is given.",
    "half": "Fill every line in, or take it out.",
}
"""What `flaw` names and a line that lacks something, and how it is mended."""
MOST = 3


def gives_text(terms: Terms) -> str:
    """What it gives: "¥10 off from ¥100; ¥30 off from ¥200"."""
    kind, said = terms.kind, list[str]()
    if kind in (K.FLASH_PRICE, K.TIER_PRICE):
        if terms.prices:
            prices = [unit_price(p.price) for p in terms.prices]
            one = tr("Now ¥{price}", price=prices[0])
            said.append(one if len(prices) == 1 else tr("{n} goods at special prices", n=len(prices)))
        for step in sorted(terms.steps, key=lambda s: s.threshold):
            n = quantity(step.threshold)
            rest = reduced_to(step.value)
            said.append(tr("{what} from {count}", count=n, what=rest) if step.threshold > 1 else rest)
    elif kind is K.BUY_X_GET_Y:
        if terms.get_rate_bp:
            rate = reduced_to(terms.get_rate_bp)
            text = tr("Buy {buy}, get {get} at {rate}", buy=terms.buy, get=terms.get, rate=rate)
        else:
            text = tr("Buy {buy}, get {get} free", buy=terms.buy, get=terms.get)
        said.append(text if terms.repeat else listed([text, tr("once an order")]))
    else:
        said += [_step(terms, step) for step in sorted(terms.steps, key=lambda s: s.threshold)]
    if terms.cap is not None and kind is not K.GIFT:
        said.append(tr("at most {money}", money=whole_money(terms.cap)))
    return clauses(said)


def _step(terms: Terms, step: Step) -> str:
    at = whole_money(step.threshold) if terms.measure is Measure.AMOUNT else tr("{n} pieces", n=step.threshold)
    if terms.kind is K.THRESHOLD_RATE:
        what = reduced_to(step.value)
    elif terms.kind is K.GIFT:
        what = tr("{n} gifts", n=len(terms.gifts))
    else:
        what = tr("{money} off", money=whole_money(step.value))
    again = terms.kind is K.REPEATED_REDUCTION or (terms.kind is K.GIFT and terms.repeat)
    if again:
        return tr("{what} for every {at}", at=at, what=what)
    return tr("{what} from {at}", at=at, what=what) if step.threshold else what


def goods_text(goods: Goods, names: Mapping[str, str]) -> str:
    """Which goods, by name where there are few."""
    chosen = [*goods.sku_ids, *goods.product_ids, *goods.category_ids, *goods.supplier_ids]
    out = [*goods.except_sku_ids, *goods.except_category_ids]
    text = tr("All goods") if not chosen else _named(chosen, names)
    return tr("{goods}, without {others}", goods=text, others=_named(out, names)) if out else text


def _named(ids: list[str], names: Mapping[str, str]) -> str:
    said = [names.get(i, "…" + i[-6:]) for i in ids[:MOST]]
    more = len(ids) - MOST
    return listed(said) + (f" {tr('and {n} more', n=more)}" if more > 0 else "")


def audience_text(audience: Audience, names: Mapping[str, str]) -> str:
    """Who may have it, and where."""
    said: list[str] = []
    if audience.newcomers_only:
        said.append(tr("first purchases"))
    if audience.level_ids:
        said.append(_named(list(audience.level_ids), names))
    if audience.tag_ids:
        said.append(_named(list(audience.tag_ids), names))
    if audience.members_only and not said:
        said.append(tr("members"))
    text = listed(said) or tr("Everybody")
    if len(audience.channels) == 1:
        text += " · " + tr(CHANNELS[audience.channels[0]])
    return text


def stacking_text(
    own: StackClass, combines: tuple[StackClass, ...] | None, *, exclusive: bool, priority: int = 0
) -> str:
    """With what it goes together on the same goods."""
    if exclusive:
        text = tr("Alone: nothing else counts on its goods")
    elif combines is None:
        said = _inside(CLASSES[own])
        text = tr("Together with everything") if own is StackClass.GIFT else tr("With all but other {own}", own=said)
    elif not combines:
        text = tr("With nothing else")
    else:
        text = tr("With: {what}", what=listed(_inside(CLASSES[c]) for c in combines))
    return text if not priority else f"{text} · {tr('priority {n}', n=priority)}"


def _inside(source: str) -> str:
    """A name as it stands within a sentence."""
    said = tr(source)
    return said[:1].lower() + said[1:]


def limits_text(terms: Terms) -> str:
    """What bounds it, or that nothing does."""
    said = []
    if terms.budget is not None:
        said.append(tr("budget {money}", money=money(terms.budget)))
    if terms.total_uses is not None:
        said.append(tr("{n} orders in all", n=terms.total_uses))
    if terms.per_person is not None:
        said.append(tr("{n} orders a person", n=terms.per_person))
    return " · ".join(said) or tr("no limit")


def window_text(starts_at: int, ends_at: int | None, now: int) -> str:
    """From when to when."""
    ends = tr("until it is ended") if ends_at is None else moment(ends_at, now)
    return f"{moment(starts_at, now)} – {ends}"


def uses_text(uses: int, bound: int | None) -> str:
    """Orders that used it, of how many."""
    return count(uses) if bound is None else f"{count(uses)} / {count(bound)}"
