"""What a customer would pay for a sample cart, with a promotion as it is being written and without it."""

import msgspec
from sqlalchemy import Connection, select

from s2b_desktop.models.queries.audiences import PickedSku, picked
from s2b_desktop.models.queries.catalog import knows_terms
from s2b_desktop.models.queries.promotions import names_goods, rule_of
from s2b_domain.access import Actor
from s2b_domain.commands.costs import prices_for, unit_cost
from s2b_domain.commands.quote import Ware, Wish, cart_of, gifts_given, promotion_rule, promotion_rules
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.member import MemberLevel, PointsRule
from s2b_domain.records.party import PartyKind
from s2b_domain.records.promotion import OfferTotal, Promotion
from s2b_domain.records.shop import Shop
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.money import line_amount
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import Buyer, CartFlawError, Channel, Context, Priced, PromotionRule, price

BEGINNING = 3


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A cart of (SKU, steps) and who stands before it: a stranger, or a member of a level, for the first time. A member
    has the tags that the promotion asks for."""

    lines: tuple[tuple[str, int], ...] = ()
    channel: Channel = Channel.ORDER
    member: bool = False
    level_id: str = ""
    newcomer: bool = False


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, or why there is none. `at` is the time for which it holds."""

    goods: tuple[PickedSku, ...] = ()
    names: dict[str, str] = {}
    priced: Priced | None = None
    before: Priced | None = None
    at: int = 0
    refused: Refused | None = None


def sample_price(connection: Connection, actor: Actor, promotion: Promotion, sample: Sample, now: int) -> Sampled:
    """Price the sample beside everything else that runs then; a promotion still to come is tried at its start."""
    reader = RecordStore(connection)
    at = max(now, promotion.starts_at)
    skus = {s.id: s for s in reader.find_in(Sku, "id", [i for i, _ in sample.lines])}
    products = {p.id: p for p in reader.find_in(Product, "id", {s.product_id for s in skus.values()})}
    prices = prices_for(reader, actor.organisation_id, skus, knows_terms=knows_terms(actor))
    costs = {i: unit_cost(p, OrderKind.DROPSHIP, 1) or 0 for i, p in prices.items()}
    wares = [
        Ware(skus[i], products[skus[i].product_id], n, unit_cost=costs.get(i, 0))
        for i, n in sample.lines
        if i in skus and skus[i].product_id in products
    ]
    goods = tuple(picked(connection, actor, [w.sku.id for w in wares]))
    wish = Wish(merchant_id=actor.organisation_id, channel=sample.channel)
    draft = promotion_rule(reader, promotion, actor.kind, reader.get(OfferTotal, promotion.id), ())
    rules = [r for r in _rules(reader, actor, wish, wares) if r.id != draft.id]
    try:
        cart = cart_of(reader, wish, wares, ())
        if draft.only_supplier or actor.kind is not PartyKind.MERCHANT:
            lines = tuple(
                msgspec.structs.replace(x, cost=line_amount(x.list_price, x.quantity, x.decimals)) for x in cart.lines
            )
            cart = msgspec.structs.replace(cart, lines=lines)
        context = _context(reader, actor, sample, at, rules, promotion.terms.audience.tag_ids)
        before = price(cart, context)
        priced = price(cart, msgspec.structs.replace(context, promotions=(*rules, draft)))
        given, lost = gifts_given(reader, wish, priced, {r.id: r for r in (*rules, draft)})
    except (Refused, CartFlawError) as wrong:
        refused = wrong if isinstance(wrong, Refused) else Refused("field_wrong", field=wrong.field)
        return Sampled(goods=goods, at=at, refused=refused)
    there = {(g.promotion_id, g.ware.sku.id) for g in given}
    gifts = tuple(g for g in priced.gifts if (g.promotion_id, g.sku_id) in there)
    priced = msgspec.structs.replace(priced, gifts=gifts, skipped=(*priced.skipped, *lost))
    names = {p.id: p.title for p in picked(connection, actor, [g.sku_id for g in gifts])}
    return Sampled(goods=goods, names={**{g.id: g.title for g in goods}, **names}, priced=priced, before=before, at=at)


def _rules(reader: RecordStore, actor: Actor, wish: Wish, wares: list[Ware]) -> list[PromotionRule]:
    if actor.kind is PartyKind.MERCHANT:
        return promotion_rules(reader, wish, {w.sku.supplier_id for w in wares})
    mine = reader.find(Promotion, owner_id=actor.organisation_id, state="SCHEDULED")
    return [rule_of(p, actor.kind) for p in mine]


def _context(
    reader: RecordStore, actor: Actor, sample: Sample, at: int, rules: list[PromotionRule], tag_ids: tuple[str, ...]
) -> Context:
    level = reader.get(MemberLevel, sample.level_id) if sample.level_id else None
    shop, points = reader.get(Shop, actor.organisation_id), reader.get(PointsRule, actor.organisation_id)
    buyer = Buyer(
        member_id="sample" if sample.member or level else "",
        level_id=sample.level_id,
        tag_ids=tag_ids,
        newcomer=sample.newcomer,
        pays_bp=level.pays_bp if level else 10_000,
        multiplier_bp=level.multiplier_bp if level else 10_000,
    )
    return Context(
        time=at,
        promotions=tuple(rules),
        buyer=buyer,
        points=points.terms if points else None,
        rounding=shop.rules.rounding if shop else 1,
    )


def sample_goods(connection: Connection, actor: Actor, promotion: Promotion) -> tuple[tuple[str, int], ...]:
    """A few goods that a promotion names and that have a price, two of each, to begin a sample with."""
    sku, product = Sku.table, Product.table
    named = names_goods(connection, rule_of(promotion, actor.kind))
    statement = select(sku.c.id, sku.c.decimals).join(product, product.c.id == sku.c.product_id)
    statement = statement.where(sku.c.live, sku.c.on_sale, sku.c.retail_price > 0, named)
    if actor.kind is PartyKind.SUPPLIER:
        statement = statement.where(sku.c.supplier_id == actor.organisation_id)
    rows = connection.execute(statement.order_by(sku.c.id).limit(BEGINNING)).all()
    return tuple((id_, 2 * 10**decimals) for id_, decimals in rows)
