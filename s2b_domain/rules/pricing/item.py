"""One price per item: the best for the buyer of list price, tiers, member price and 限时价."""

from typing import NamedTuple

from s2b_domain.errors import Param
from s2b_domain.rules.money import BASIS, half_up, line_amount
from s2b_domain.rules.pricing.cart import CartLine, Context
from s2b_domain.rules.pricing.gate import Why, promotion_closed
from s2b_domain.rules.pricing.offers import (
    BIT,
    ITEM_KINDS,
    Bearer,
    Channel,
    Measure,
    PromotionRule,
    StackClass,
    bits_of,
)
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
            units = running.units[i]
            if units >= least:
                rate = min([s.value for s in terms.steps if units >= s.threshold])
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
    choices = [[_no_promotion(line, context)] for line in running.lines]
    beside: list[tuple[PromotionRule, dict[int, int]]] = []
    for rule in sorted(context.promotions, key=lambda r: (-r.terms.priority, r.id)):
        if rule.terms.kind in ITEM_KINDS:
            offered = _offer(rule, running, context, channel, choices, skipped)
            beside.append((rule, offered))
    taken, unborne = _taken(choices, running)
    _tell_beaten(beside, taken, unborne, skipped)
    amounts: dict[int, int] = {}
    for i, (line, choice) in enumerate(zip(running.lines, taken, strict=True)):
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
    choices: list[list[_Choice]],
    skipped: list[Skipped],
) -> dict[int, int]:
    """Add the prices that an open promotion offers to the choices, and return them, by line."""
    offered = _offered(rule, running)
    why = promotion_closed(rule, context.buyer, channel, context.time) if offered else _too_few(rule, running)
    if why is not None:
        skipped.append(Skipped(stage=Stage.ITEM_PRICE, code=why[0], source_id=rule.id, name=rule.name, params=why[1]))
        return {}
    for i, price in offered.items():
        if price < choices[i][0].price:
            choices[i].append(_Choice(price, rule.terms.kind.value.lower(), rule))
    return offered


def _too_few(rule: PromotionRule, running: Running) -> Why:
    """Why a promotion offers nothing here: too little of its goods, or none."""
    named = running.named_by(rule) if rule.terms.steps else []
    if not named:
        return "no_goods", {}
    needs, has = min([s.threshold for s in rule.terms.steps]), max([running.units[i] for i in named])
    return "threshold_not_met", {"needs": needs, "has": has, "measure": Measure.COUNT.value}


def _taken(choices: list[list[_Choice]], running: Running) -> tuple[list[_Choice], list[Skipped]]:
    """For each line the lowest price that its promotion's budget and its supplier can bear, of equal ones that of the
    higher priority; and the lower ones that could not be borne."""
    spent: dict[str, int] = {}
    taken: list[_Choice] = []
    unborne: list[Skipped] = []
    for i, offers in enumerate(choices):
        for choice in sorted(offers, key=lambda c: c.price):
            rule, code = choice.rule, ""
            if rule is not None:
                line = running.lines[i]
                saving = running.lists[i] - line_amount(choice.price, line.quantity, line.decimals)
                used = spent.get(rule.id, 0)
                if rule.budget_left is not None and used + saving > rule.budget_left:
                    code = "budget_spent"
                elif rule.bearer is Bearer.SUPPLIER and saving > running.rooms[i]:
                    code = "more_than_cost"
                else:
                    spent[rule.id] = used + saving
            if not code or rule is None:
                taken.append(choice)
                break
            unborne.append(Skipped(stage=Stage.ITEM_PRICE, code=code, source_id=rule.id, name=rule.name))
    return taken, unborne


def _tell_beaten(
    beside: list[tuple[PromotionRule, dict[int, int]]],
    taken: list[_Choice],
    unborne: list[Skipped],
    skipped: list[Skipped],
) -> None:
    """Promotions that are the best nowhere, also those that a later one has beaten; then those that could not be
    borne."""
    told = {skip.source_id for skip in unborne}
    for rule, offered in beside:
        if offered and rule.id not in told and not any(taken[i].rule is rule for i in offered):
            last = max(offered)
            better: dict[str, Param] = {"price": offered[last], "better": taken[last].price}
            skipped.append(
                Skipped(stage=Stage.ITEM_PRICE, code="better_price", source_id=rule.id, name=rule.name, params=better)
            )
    skipped.extend(unborne)
