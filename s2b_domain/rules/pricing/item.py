"""One price per item: the best for the buyer of list price, tiers, member price and 限时价."""

from typing import NamedTuple

from s2b_domain.errors import Param
from s2b_domain.rules.money import BASIS, half_up, line_amount
from s2b_domain.rules.pricing.cart import CartLine, Context
from s2b_domain.rules.pricing.gate import promotion_closed
from s2b_domain.rules.pricing.offers import BIT, ITEM_KINDS, Bearer, Channel, PromotionRule, StackClass, bits_of
from s2b_domain.rules.pricing.quantity import tier_price
from s2b_domain.rules.pricing.running import Running
from s2b_domain.rules.pricing.trace import Entry, Skipped, Stage


class _Choice(NamedTuple):
    price: int
    code: str
    rule: PromotionRule | None


def _no_promotion(line: CartLine, context: Context) -> _Choice:
    best = _Choice(line.list_price, "list_price", None)
    tier = tier_price(line.list_price, line.tiers, line.quantity)
    if tier < best.price:
        best = _Choice(tier, "tier_price", None)
    buyer = context.buyer
    if buyer.member_id:
        member = half_up(line.list_price * buyer.pays_bp, BASIS)
        if line.member_price is not None:
            member = min(member, line.member_price)
        if member < best.price:
            best = _Choice(member, "member_price", None)
    return best


def _offered(rule: PromotionRule, running: Running) -> dict[int, int]:
    """The unit prices that a promotion offers, by line."""
    terms, lines, offered = rule.terms, running.lines, {}
    if terms.steps:
        least = min([s.threshold for s in terms.steps])
        for i in running.named_by(rule):
            quantity = lines[i].quantity
            if quantity >= least:
                rate = min([s.value for s in terms.steps if quantity >= s.threshold])
                offered[i] = half_up(lines[i].list_price * rate, BASIS)
    if terms.prices:
        for entry in terms.prices:
            for i in running.of_sku(entry.sku_id):
                if lines[i].quantity >= entry.min_quantity and rule.only_supplier in ("", lines[i].supplier_id):
                    offered[i] = min(entry.price, offered.get(i, entry.price))
    return offered


def set_item_prices(
    running: Running, context: Context, channel: Channel, entries: list[Entry], skipped: list[Skipped]
) -> None:
    """Give every line its item price and say why; a promotion that is not the best for a line is skipped there."""
    choices = [_no_promotion(line, context) for line in running.lines]
    amounts: dict[int, int] = {}
    beside: list[tuple[PromotionRule, dict[int, int]]] = []
    for rule in sorted(context.promotions, key=lambda r: (-r.terms.priority, r.id)):
        if rule.terms.kind in ITEM_KINDS:
            offered = _offer(rule, running, context, channel, choices, skipped)
            beside.append((rule, offered))
    _tell_beaten(beside, choices, skipped)
    spent: dict[str, int] = {}
    for i, (line, choice) in enumerate(zip(running.lines, choices, strict=True)):
        choice = _affordable(choice, i, running, context, spent, skipped)
        price = max(choice.price, min(line.floor_price, line.list_price))
        running.prices[i] = price
        amounts[i] = line_amount(price, line.quantity, line.decimals)
        saved = running.lists[i] - amounts[i]
        won = choice.rule
        bearer = (won.bearer, won.bearer_id) if won else (Bearer.MERCHANT, "")
        source = (won.id, won.name) if won else ("", "")
        if saved:
            running.take_from(i, saved, Stage.ITEM_PRICE, source, bearer)
        if won is not None:
            mask = bits_of(StackClass.FLASH, won.terms.combines, exclusive=won.terms.exclusive)
            running.mark((i,), BIT[StackClass.FLASH], mask)
        if choice.code != "list_price":
            entries.append(
                Entry(
                    stage=Stage.ITEM_PRICE,
                    code=choice.code,
                    source_id=source[0],
                    name=source[1],
                    amount=saved,
                    bearer=bearer[0],
                    line_keys=(line.key,),
                    params={"price": price, "list_price": line.list_price},
                )
            )
        running.item_amounts[i] = running.amounts[i]


def _offer(
    rule: PromotionRule,
    running: Running,
    context: Context,
    channel: Channel,
    choices: list[_Choice],
    skipped: list[Skipped],
) -> dict[int, int]:
    """Take the prices that are better than what stands; the prices that an open promotion offers, by line."""
    offered = _offered(rule, running)
    why = promotion_closed(rule, context.buyer, channel, context.time) if offered else ("no_goods", {})
    if why is not None:
        skipped.append(Skipped(stage=Stage.ITEM_PRICE, code=why[0], source_id=rule.id, name=rule.name, params=why[1]))
        return {}
    for i, price in offered.items():
        if price < choices[i].price:
            choices[i] = _Choice(price, rule.terms.kind.value.lower(), rule)
    return offered


def _tell_beaten(
    beside: list[tuple[PromotionRule, dict[int, int]]], choices: list[_Choice], skipped: list[Skipped]
) -> None:
    """Promotions that are the best nowhere, also those that a later one has beaten."""
    for rule, offered in beside:
        if offered and not any(choices[i].rule is rule for i in offered):
            last = max(offered)
            better: dict[str, Param] = {"price": offered[last], "better": choices[last].price}
            skipped.append(
                Skipped(stage=Stage.ITEM_PRICE, code="better_price", source_id=rule.id, name=rule.name, params=better)
            )


def _affordable(
    choice: _Choice, i: int, running: Running, context: Context, spent: dict[str, int], skipped: list[Skipped]
) -> _Choice:
    """The choice, or the best without promotions where its budget or its supplier cannot bear it."""
    rule, line = choice.rule, running.lines[i]
    if rule is None:
        return choice
    saving = running.lists[i] - line_amount(choice.price, line.quantity, line.decimals)
    used = spent.get(rule.id, 0)
    code = ""
    if rule.budget_left is not None and used + saving > rule.budget_left:
        code = "budget_spent"
    elif rule.bearer is Bearer.SUPPLIER and saving > running.rooms[i]:
        code = "more_than_cost"
    if not code:
        spent[rule.id] = used + saving
        return choice
    skipped.append(Skipped(stage=Stage.ITEM_PRICE, code=code, source_id=rule.id, name=rule.name))
    return _no_promotion(line, context)
