"""What a consumer's cart costs in a shop: the world as the books hold it, put before the pipeline.

Screens ask `quote` for a preview; the commands that place an order or book a sale ask the same function.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from s2b_domain.commands.membership import member_now, newcomers
from s2b_domain.errors import Refused
from s2b_domain.ids import derived_id
from s2b_domain.records.catalog import Category, Product, Sku
from s2b_domain.records.member import Member, MemberLevel, MemberTag, PointsRule
from s2b_domain.records.order import Address
from s2b_domain.records.party import Organisation, PartyKind
from s2b_domain.records.promotion import (
    Coupon,
    CouponState,
    CouponTemplate,
    OfferTotal,
    Promotion,
    PromotionState,
    PromotionUse,
    TemplateState,
)
from s2b_domain.records.shop import FreightChoice, FreightTemplate, Listing, Shop
from s2b_domain.rules.money import allocate, line_amount
from s2b_domain.rules.phones import plain_phone
from s2b_domain.rules.pricing import (
    Bearer,
    Buyer,
    Cart,
    CartFlawError,
    CartLine,
    Channel,
    Context,
    CouponChoice,
    CouponRule,
    Earned,
    Freight,
    Gift,
    Load,
    Priced,
    PricedLine,
    PromotionRule,
    Reduction,
    RegionRefusedError,
    Skipped,
    Stage,
    carries,
    corrected,
    coupon_choices,
    coupon_closed,
    freight_fee,
    price,
)
from s2b_domain.tx import Reader

MAX_COUPONS = 20


class Ware(NamedTuple):
    """Goods in a cart: the list price that somebody typed (1/10,000 yuan; None: the shop's), the cost per unit."""

    sku: Sku
    product: Product
    quantity: int
    typed_price: int | None = None
    unit_cost: int = 0


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Who buys and what they bring. `honour`: it has happened, so coupons and points count whatever the books say."""

    merchant_id: str
    channel: Channel
    member_id: str = ""
    phone: str = ""
    coupon_ids: tuple[str, ...] = ()
    points: int = 0
    region: str = ""
    declined_gifts: tuple[str, ...] = ()
    honour: bool = False

    @property
    def person(self) -> str:
        """Whom limits per person count for."""
        return self.member_id or _by_phone(self.phone)


def _by_phone(number: str) -> str:
    plain = plain_phone(number)
    return f"phone:{plain}" if plain else ""


class Given(NamedTuple):
    """A gift as a line: what it is, by which promotion, and its price."""

    ware: Ware
    promotion_id: str
    line: PricedLine


class Quote(NamedTuple):
    """What it costs `wish`. `lines` are in the order of the wares; `coupons` are those that were presented,
    `lost` those that were honoured although they could not be used (by id, why): the shop bears them."""

    priced: Priced
    lines: list[PricedLine]
    gifts: list[Given]
    rules: dict[str, PromotionRule]
    coupons: dict[str, CouponRule]
    wish: Wish
    lost: Mapping[str, str] = MappingProxyType({})

    def as_charged(self, charged: int) -> "Quote":
        """With what was really charged (分): the difference falls on the lines and says so."""
        return self._told(corrected(self.priced, charged))

    def rounded(self, off: int) -> "Quote":
        """With `off` 分 that the cashier lets go (抹零)."""
        return self._told(corrected(self.priced, max(0, self.priced.total - off), rounding=True))

    def with_points(self, points: int) -> "Quote":
        """With points that have been given for it, which the price knows of already."""
        parts = allocate(points, [line.payable or 1 for line in self.priced.lines])
        lines = tuple(replace(li, points_used=part) for li, part in zip(self.priced.lines, parts, strict=True))
        return self._told(replace(self.priced, lines=lines, points_used=points))

    def with_subsidy(self, borne: int, platform_id: str) -> "Quote":
        """With `borne` 分 in all borne by the platform, in place of the shop. The buyer pays the same."""
        lines = self.priced.lines
        more = borne - sum(r.amount for li in lines for r in li.reductions if r.bearer is Bearer.PLATFORM)

        def moved(line: PricedLine, part: int) -> PricedLine:
            by = ((part, Bearer.PLATFORM, platform_id), (-part, Bearer.MERCHANT, self.wish.merchant_id))
            told = tuple(Reduction(Stage.CORRECTION, "charged", "", *each) for each in by if part)
            return replace(line, reductions=(*line.reductions, *told))

        parts = allocate(more, [line.payable or 1 for line in lines])
        return self._told(replace(self.priced, lines=tuple(map(moved, lines, parts))))

    def with_gifts(self, agreed: Sequence[Gift] | None) -> "Quote":
        """With none but the gifts that were agreed to (None: with all)."""
        if agreed is None:
            return self
        known = {(gift.sku_id, gift.quantity) for gift in agreed}
        return self._replace(gifts=[g for g in self.gifts if (g.ware.sku.id, g.ware.quantity) in known])

    def at_the_shops_loss(self, lost: Mapping[str, str]) -> "Quote":
        """With these coupons (by id, why they could not be used) borne by the shop, whoever has issued them."""
        shop = self.wish.merchant_id

        def moved(reduction: Reduction) -> Reduction:
            mine = reduction.source_id in lost
            return replace(reduction, bearer=Bearer.MERCHANT, bearer_id=shop) if mine else reduction

        lines = tuple(replace(li, reductions=tuple(map(moved, li.reductions))) for li in self.priced.lines)
        entries = tuple(replace(e, bearer=Bearer.MERCHANT) if e.source_id in lost else e for e in self.priced.entries)
        return self._told(replace(self.priced, lines=lines, entries=entries))._replace(lost=lost) if lost else self

    def _told(self, priced: Priced) -> "Quote":
        by_key = {line.key: line for line in priced.lines}
        return self._replace(priced=priced, lines=[by_key[line.key] for line in self.lines])


def listing_id(merchant_id: str, sku_id: str) -> str:
    """The id of a SKU in a shop."""
    return derived_id(sku_id, "listing", merchant_id)


def category_path(reader: Reader, category_id: str) -> tuple[str, ...]:
    """A category and everything above it."""
    path: list[str] = []
    while category_id and category_id not in path:
        path.append(category_id)
        category = reader.get(Category, category_id)
        category_id = category.parent_id if category else ""
    return tuple(path)


def buyer_of(reader: Reader, wish: Wish) -> Buyer:
    """A member's rights; a stranger has none. `Refused("not_found")` for one that the shop does not know."""
    if not wish.member_id:
        return Buyer(newcomer=False)
    member = member_now(reader, wish.member_id)
    if member is None or member.merchant_id != wish.merchant_id or not member.active:
        raise Refused("not_found", kind="member", id=wish.member_id)
    level = reader.get(MemberLevel, member.level_id) if member.level_id else None
    return Buyer(
        member_id=member.id,
        level_id=member.level_id,
        tag_ids=tuple(sorted(t.tag_id for t in reader.find(MemberTag, member_id=member.id))),
        newcomer=bool(newcomers(reader, [member])),
        pays_bp=level.pays_bp if level else 10_000,
        multiplier_bp=level.multiplier_bp if level else 10_000,
        early_ms=level.early_ms if level else 0,
        points=max(member.points, wish.points) if wish.honour else member.points,
    )


def promotion_rules(reader: Reader, wish: Wish, supplier_ids: Iterable[str]) -> list[PromotionRule]:
    """What the shop, its suppliers and the platform have scheduled, with what is left of it."""
    owners = {o.id: o.kind for o in reader.find(Organisation, kind=PartyKind.PLATFORM)}
    if wish.channel is Channel.ORDER:
        owners |= dict.fromkeys(supplier_ids, PartyKind.SUPPLIER)
    owners[wish.merchant_id] = PartyKind.MERCHANT
    found = reader.find_in(Promotion, "owner_id", owners, state=PromotionState.SCHEDULED)
    totals = {t.id: t for t in reader.find_in(OfferTotal, "id", [p.id for p in found if _bounded(p)])}
    persons = _same_person(reader, wish) if any(p.terms.per_person is not None for p in found) else []
    return [promotion_rule(reader, p, owners[p.owner_id], totals.get(p.id), persons) for p in found]


def _same_person(reader: Reader, wish: Wish) -> list[str]:
    """Whom limits per person count for: a member, and whoever has ordered under the member's phone number."""
    if wish.member_id:
        member = member_now(reader, wish.member_id)
        return [wish.person] + ([_by_phone(member.phone)] if member is not None and member.phone else [])
    if not wish.person:
        return []
    members = reader.find(Member, merchant_id=wish.merchant_id, phone=plain_phone(wish.phone))
    return [wish.person, *(m.id for m in members)]


def _bounded(promotion: Promotion) -> bool:
    return promotion.terms.budget is not None or promotion.terms.total_uses is not None


def promotion_rule(
    reader: Reader, promotion: Promotion, kind: PartyKind, total: OfferTotal | None, persons: Collection[str]
) -> PromotionRule:
    """A promotion with what is left of it, for all and for a person by all its names (none: a stranger)."""
    terms = promotion.terms
    person_left = terms.per_person
    if person_left is not None and persons:
        uses = reader.find_in(PromotionUse, "person", persons, promotion_id=promotion.id)
        person_left -= sum(not u.cancelled for u in uses)
    spent, uses_so_far = (total.amount, total.uses) if total else (0, 0)
    bearer = {PartyKind.MERCHANT: Bearer.MERCHANT, PartyKind.SUPPLIER: Bearer.SUPPLIER}.get(kind, Bearer.PLATFORM)
    return PromotionRule(
        id=promotion.id,
        name=promotion.name,
        terms=terms,
        starts_at=promotion.starts_at,
        ends_at=promotion.ends_at,
        bearer=bearer,
        bearer_id=promotion.owner_id,
        only_supplier=promotion.owner_id if kind is PartyKind.SUPPLIER else "",
        budget_left=None if terms.budget is None else terms.budget - spent,
        uses_left=None if terms.total_uses is None else terms.total_uses - uses_so_far,
        person_left=person_left,
    )


def coupon_rule(reader: Reader, coupon: Coupon, wish: Wish) -> CouponRule:
    """A coupon as this buyer presents it."""
    rule = CouponRule(
        id=coupon.id,
        name=coupon.name,
        terms=coupon.terms,
        bearer=Bearer.MERCHANT if coupon.owner_id == coupon.merchant_id else Bearer.PLATFORM,
        bearer_id=coupon.owner_id,
        valid_from=coupon.valid_from,
        valid_to=coupon.valid_to,
        problem=_coupon_problem(reader, coupon, wish),
    )
    if wish.honour and coupon.merchant_id == wish.merchant_id:
        return replace(rule, problem="", valid_from=0, valid_to=None)
    return rule


def _coupon_problem(reader: Reader, coupon: Coupon, wish: Wish) -> str:
    if coupon.merchant_id != wish.merchant_id:
        return "coupon_foreign"
    if coupon.member_id and coupon.member_id != wish.member_id:
        return "coupon_of_another"
    if coupon.state is not CouponState.AVAILABLE:
        return "coupon_" + coupon.state.value.lower()
    template = reader.get(CouponTemplate, coupon.template_id)
    return "coupon_closed" if template is not None and template.state is TemplateState.CLOSED else ""


def presented(reader: Reader, wish: Wish) -> dict[str, CouponRule]:
    """The coupons that a buyer presents; `Refused("not_found")` for ids that are none."""
    found = {c.id: coupon_rule(reader, c, wish) for c in reader.find_in(Coupon, "id", wish.coupon_ids)}
    for id_ in wish.coupon_ids:
        if id_ not in found:
            raise Refused("not_found", kind="coupon", id=id_)
    return found


def not_valid(reader: Reader, quoted: Quote, time: int) -> dict[str, str]:
    """Why coupons that count in a quote could not be used: by id, the code. Only what has happened has such."""
    strict = replace(quoted.wish, honour=False, points=0)
    buyer = buyer_of(reader, strict)
    found: dict[str, str] = {}
    for coupon in reader.find_in(Coupon, "id", quoted.priced.used):
        why = coupon_closed(coupon_rule(reader, coupon, strict), buyer, strict.channel, time)
        if why is not None:
            found[coupon.id] = why[0]
    return found


def default_freight(reader: Reader, owner_id: str) -> Freight | None:
    """The template that an owner uses where nothing else is said."""
    templates = [t for t in reader.find(FreightTemplate, owner_id=owner_id) if t.default]
    return templates[0].freight if templates else None


def context_of(reader: Reader, wish: Wish, supplier_ids: Iterable[str], time: int) -> Context:
    """The world of a shop at a time."""
    shop, points = reader.get(Shop, wish.merchant_id), reader.get(PointsRule, wish.merchant_id)
    freight = default_freight(reader, wish.merchant_id) if wish.channel is Channel.ORDER else None
    if freight is not None and wish.honour and not carries(freight, wish.region):
        freight = None  # what was agreed to before counts
    return Context(
        time=time,
        promotions=tuple(promotion_rules(reader, wish, supplier_ids)),
        buyer=buyer_of(reader, wish),
        points=points.terms if points else None,
        freight=freight,
        rounding=shop.rules.rounding if shop else 1,
    )


def cart_of(reader: Reader, wish: Wish, wares: Sequence[Ware], coupons: Iterable[CouponRule]) -> Cart:
    """The lines as the pipeline wants them; `Refused("retail_price_missing")` where nobody set a price."""
    listings = {
        x.sku_id: x
        for x in reader.find_in(Listing, "id", [listing_id(wish.merchant_id, w.sku.id) for w in wares])
        if x.merchant_id == wish.merchant_id and x.on_sale
    }
    paths: dict[str, tuple[str, ...]] = {}
    lines: list[CartLine] = []
    for ware in wares:
        sku, category = ware.sku, ware.product.category_id
        if category not in paths:
            paths[category] = category_path(reader, category)
        listing = listings.get(sku.id)
        typed = ware.typed_price is not None
        listed = ware.typed_price if typed else listing.price if listing else sku.retail_price
        if listed is None and not wish.honour:
            raise Refused("retail_price_missing", sku=sku.code)
        lines.append(
            CartLine(
                key=sku.id,
                sku_id=sku.id,
                product_id=sku.product_id,
                supplier_id=sku.supplier_id,
                category_ids=paths[category],
                quantity=ware.quantity,
                decimals=sku.decimals,
                list_price=listed or 0,
                member_price=listing.member_price if listing and not typed else None,
                floor_price=listing.floor_price if listing else 0,
                tiers=listing.tiers if listing and not typed else (),
                cost=line_amount(ware.unit_cost, ware.quantity, sku.decimals),
                weight_g=sku.weight_g or 0,
            )
        )
    return Cart(
        lines=tuple(lines), coupons=tuple(coupons), points=wish.points, channel=wish.channel, region=wish.region
    )


def quote(reader: Reader, wish: Wish, wares: Sequence[Ware], time: int) -> Quote:
    """Price wares for a buyer. `Refused` where it cannot be sold at all; what merely does not apply is in the trace."""
    if len(wish.coupon_ids) > MAX_COUPONS or len(set(wish.coupon_ids)) < len(wish.coupon_ids):
        raise Refused("field_wrong", field="coupon_ids")
    coupons = presented(reader, wish)
    context = context_of(reader, wish, {w.sku.supplier_id for w in wares}, time)
    cart = cart_of(reader, wish, wares, coupons.values())
    try:
        priced = price(cart, context)
    except RegionRefusedError:
        raise Refused("region_not_served", region=wish.region, seller="") from None
    except CartFlawError as flaw:
        raise Refused("field_wrong", field=flaw.field) from None
    by_key = {line.key: line for line in priced.lines}
    rules = {r.id: r for r in context.promotions}
    gifts, lost = gifts_given(reader, wish, priced, rules)
    if lost:
        priced = replace(priced, skipped=(*priced.skipped, *lost))
    return Quote(priced, [by_key[w.sku.id] for w in wares], gifts, rules, coupons, wish)


def choices(
    reader: Reader, wish: Wish, wares: Sequence[Ware], coupons: Iterable[Coupon], time: int
) -> list[CouponChoice]:
    """What each coupon would bring to these wares beside those in the wish; the unusable ones say why. As `quote`."""
    context = context_of(reader, wish, {w.sku.supplier_id for w in wares}, time)
    cart = cart_of(reader, wish, wares, presented(reader, wish).values())
    try:
        return coupon_choices(cart, context, [coupon_rule(reader, c, wish) for c in coupons])
    except RegionRefusedError:
        raise Refused("region_not_served", region=wish.region, seller="") from None
    except CartFlawError as flaw:
        raise Refused("field_wrong", field=flaw.field) from None


def gifts_given(
    reader: Reader, wish: Wish, priced: Priced, rules: dict[str, PromotionRule]
) -> tuple[list[Given], list[Skipped]]:
    """The gifts that are earned and wanted, as lines that cost nothing; and those that are not to be had."""
    given: list[Given] = []
    lost: list[Skipped] = []
    left = {id_: rule.budget_left for id_, rule in rules.items()}
    for gift in priced.gifts:
        if gift.promotion_id in wish.declined_gifts:
            continue
        sku = reader.get(Sku, gift.sku_id)
        product = reader.get(Product, sku.product_id) if sku else None
        rule = rules[gift.promotion_id]
        shipped = wish.channel is Channel.ORDER
        if sku is None or product is None or (shipped and not (sku.live and sku.on_sale and sku.dropship)):
            lost.append(_not_given(gift, "gift_not_on_sale"))
            continue
        quantity = gift.quantity * 10**sku.decimals
        worth = line_amount(sku.retail_price or 0, quantity, sku.decimals)
        budget = left[rule.id]
        if budget is not None:
            if worth > budget:
                lost.append(_not_given(gift, "budget_spent"))
                continue
            left[rule.id] = budget - worth
        ware = Ware(sku, product, quantity)
        given.append(Given(ware, rule.id, gift_line(ware, (rule.id, rule.name), (rule.bearer, rule.bearer_id))))
    return given, lost


def gift_line(ware: Ware, source: tuple[str, str], bearer: tuple[Bearer, str]) -> PricedLine:
    """Goods that cost nothing, by the promotion `source` (its id and name)."""
    price = ware.sku.retail_price or 0
    worth = line_amount(price, ware.quantity, ware.sku.decimals)
    return PricedLine(
        key=f"gift:{source[0]}:{ware.sku.id}",
        sku_id=ware.sku.id,
        quantity=ware.quantity,
        list_price=price,
        unit_price=0,
        list_amount=worth,
        amount=0,
        payable=0,
        reductions=(Reduction(Stage.PROMOTION, *source, worth, *bearer),) if worth else (),
    )


def _not_given(gift: Earned, code: str) -> Skipped:
    return Skipped(stage=Stage.PROMOTION, code=code, source_id=gift.promotion_id, name=gift.name)


def supply_freight(
    reader: Reader, supplier_id: str, address: Address | None, carried: Sequence[tuple[Sku, int, int]]
) -> int:
    """The fee (分) of one supplier's part: (SKU, steps, amount at item prices) of each line, by its templates."""
    templates = {t.id: t for t in reader.find(FreightTemplate, owner_id=supplier_id)}
    if not templates:
        return 0
    default = next((t.id for t in templates.values() if t.default), "")
    chosen = {c.id: c.template_id for c in reader.find_in(FreightChoice, "id", [sku.id for sku, _, _ in carried])}
    groups: dict[str, list[Load]] = {}
    for sku, quantity, amount in carried:
        template = chosen.get(sku.id, default)
        groups.setdefault(template if template in templates else default, []).append(
            Load(quantity, sku.decimals, sku.weight_g or 0, amount)
        )
    region = address.region if address else ""
    try:
        return sum(freight_fee(templates[t].freight, region, loads) for t, loads in groups.items() if t)
    except RegionRefusedError:
        supplier = reader.get(Organisation, supplier_id)
        raise Refused("region_not_served", region=region, seller=supplier.name if supplier else "") from None
