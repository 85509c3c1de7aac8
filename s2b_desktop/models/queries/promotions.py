"""Promotions of one's own with what they came to, where two stand in each other's way, and how each ran by day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import combinations, pairwise

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, false, func, not_, or_, select, true

from s2b_domain.access import Actor
from s2b_domain.records.catalog import Category, Product, Sku
from s2b_domain.records.party import Organisation, PartyKind
from s2b_domain.records.promotion import OfferTotal, Promotion, PromotionState, PromotionUse
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.pricing import ITEM_KINDS, Bearer, Goods, PromotionRule, clash

MOST_PAIRS = 300
"""Pairs that are compared in the catalog; beyond, two promotions that might collide are said to."""
DAYS = 14

_sku, _product, _use = Sku.table, Product.table, PromotionUse.table


class PromotionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion as its list shows it. `clashes` are the names of those that cannot fall on the same goods."""

    promotion: Promotion
    state: PromotionState
    total: OfferTotal
    clashes: tuple[str, ...] = ()
    mine: bool = True
    owner: str = ""


class UseDay(msgspec.Struct, frozen=True):
    """A local day: orders that used a promotion, what it took off, what their goods came to (分)."""

    start: int
    uses: int
    amount: int
    goods: int


def promotion_rows(connection: Connection, actor: Actor, now: int) -> list[PromotionRow]:
    """The actor's promotions, and for a shop the ones of suppliers and the platform that reach it; what runs first."""
    store = RecordStore(connection)
    mine = store.find(Promotion, owner_id=actor.organisation_id)
    others = [p for p in store.find(Promotion, public=True) if p.owner_id != actor.organisation_id]
    if actor.kind is not PartyKind.MERCHANT:
        others = []
    names = {o.id: o.name for o in store.find_in(Organisation, "id", {p.owner_id for p in others})}
    found = clashes(connection, [*mine, *others], now)
    totals = {t.id: t for t in store.find_in(OfferTotal, "id", [p.id for p in mine])}
    rows = [
        PromotionRow(
            promotion=p,
            state=p.shown_state(now),
            total=totals.get(p.id, OfferTotal(id=p.id, owner_id=p.owner_id)),
            clashes=tuple(sorted(found.get(p.id, ()))),
            mine=p.owner_id == actor.organisation_id,
            owner=names.get(p.owner_id, ""),
        )
        for p in [*mine, *others]
    ]
    order = list(PromotionState)
    rank = {s: n for n, s in enumerate((order[2], order[1], order[3], order[0], order[4]))}
    return sorted(rows, key=lambda r: (rank[r.state], not r.mine, r.promotion.starts_at, r.promotion.id))


def rule_of(promotion: Promotion, kind: PartyKind) -> PromotionRule:
    """A promotion as calculations see it, with all of its limits left."""
    bearer = {PartyKind.MERCHANT: Bearer.MERCHANT, PartyKind.SUPPLIER: Bearer.SUPPLIER}.get(kind, Bearer.PLATFORM)
    return PromotionRule(
        id=promotion.id,
        name=promotion.name,
        terms=promotion.terms,
        starts_at=promotion.starts_at,
        ends_at=promotion.ends_at,
        bearer=bearer,
        bearer_id=promotion.owner_id,
        only_supplier=promotion.owner_id if kind is PartyKind.SUPPLIER else "",
        budget_left=promotion.terms.budget,
        uses_left=promotion.terms.total_uses,
        person_left=promotion.terms.per_person,
    )


def clashes(connection: Connection, promotions: Sequence[Promotion], now: int) -> dict[str, set[str]]:
    """Of promotions that run or will: the names of those that cannot fall on goods which both name, by id."""
    kinds = dict(connection.execute(select(Organisation.table.c.id, Organisation.table.c.kind)).all())
    live = [p for p in promotions if p.shown_state(now) in (PromotionState.ACTIVE, PromotionState.SCHEDULED)]
    rules = [(p, rule_of(p, PartyKind(kinds.get(p.owner_id, PartyKind.MERCHANT.value)))) for p in live]
    pairs = [(a, b) for a, b in combinations(rules, 2) if clash(a[1], b[1])]
    found: dict[str, set[str]] = {}
    for at, ((one, first), (other, second)) in enumerate(pairs):
        if at >= MOST_PAIRS or _share_goods(connection, first, second):
            found.setdefault(one.id, set()).add(other.name)
            found.setdefault(other.id, set()).add(one.name)
    return found


def _share_goods(connection: Connection, one: PromotionRule, other: PromotionRule) -> bool:
    both = and_(names_goods(connection, one), names_goods(connection, other))
    statement = select(_sku.c.id).join(_product, _product.c.id == _sku.c.product_id).where(both).limit(1)
    return connection.execute(statement).first() is not None


def names_goods(connection: Connection, rule: PromotionRule) -> ColumnElement[bool]:
    """The condition under which a promotion names a SKU (joined with its product)."""
    goods, priced = rule.terms.goods, [p.sku_id for p in rule.terms.prices]
    condition = in_goods(connection, goods)
    if rule.terms.kind in ITEM_KINDS and priced:
        by_rate = condition if rule.terms.steps else false()
        condition = or_(_sku.c.id.in_(priced), by_rate)
    return and_(condition, _sku.c.supplier_id == rule.only_supplier) if rule.only_supplier else condition


def in_goods(connection: Connection, goods: Goods) -> ColumnElement[bool]:
    """The condition under which a SKU (joined with its product) belongs to some goods."""
    chosen: ColumnElement[bool] = true()
    if not goods.everything:
        chosen = or_(
            _sku.c.id.in_(goods.sku_ids),
            _sku.c.product_id.in_(goods.product_ids),
            _sku.c.supplier_id.in_(goods.supplier_ids),
            _product.c.category_id.in_(below(connection, goods.category_ids)),
        )
    out = or_(
        _sku.c.id.in_(goods.except_sku_ids), _product.c.category_id.in_(below(connection, goods.except_category_ids))
    )
    return and_(chosen, not_(out)) if goods.except_sku_ids or goods.except_category_ids else chosen


def below(connection: Connection, category_ids: Sequence[str]) -> list[str]:
    """Categories and everything below them."""
    if not category_ids:
        return []
    children: dict[str, list[str]] = {}
    for id_, parent in connection.execute(select(Category.table.c.id, Category.table.c.parent_id)):
        children.setdefault(parent, []).append(id_)
    found: dict[str, None] = {}
    open_ = list(category_ids)
    while open_:
        id_ = open_.pop()
        if id_ not in found:
            found[id_] = None
            open_ += children.get(id_, [])
    return sorted(found)


def use_days(connection: Connection, promotion_id: str, now: int, days: int = DAYS) -> list[UseDay]:
    """How a promotion ran on each of the last days, today last."""
    today = datetime.fromtimestamp(now / 1000).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [int((today - timedelta(days=n)).timestamp() * 1000) for n in range(days - 1, -2, -1)]
    found = []
    for start, end in pairwise(starts):
        sums = select(func.count(), *(func.coalesce(func.sum(c), 0) for c in (_use.c.amount, _use.c.goods_amount)))
        row = connection.execute(
            sums.where(_use.c.promotion_id == promotion_id, not_(_use.c.cancelled), _use.c.at >= start, _use.c.at < end)
        ).one()
        found.append(UseDay(start, *row))
    return found
