"""What an order does to coupons, promotion figures, points, levels and tags; and how it is taken back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from s2b_domain.access import own
from s2b_domain.commands.accounts import owe, platform_id
from s2b_domain.commands.membership import member_now
from s2b_domain.commands.quote import Quote, category_path
from s2b_domain.ids import derived_id
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.member import (
    Member,
    MemberHabit,
    MemberLevel,
    MemberTag,
    PointsEntry,
    PointsKind,
    PointsRule,
    TagRule,
)
from s2b_domain.records.order import Order, OrderLine
from s2b_domain.records.promotion import Coupon, CouponState, CouponTemplate, OfferTotal, Promotion, PromotionUse
from s2b_domain.records.stock import Discrepancy
from s2b_domain.rules.order_flow import OrderState
from s2b_domain.rules.pricing import Bearer, Refund, refundable, taken_by, unused
from s2b_domain.rules.tags import ALL_GOODS, Bought, fits, path_of
from s2b_domain.tx import Reader, Tx

MONTH = 30 * 86_400_000
USED_TWICE = "coupon_used_twice"


def offer_scopes(reader: Reader, merchant_id: str, order_ids: Iterable[str]) -> set[str]:
    """What taking back or rewarding orders may write beside the orders themselves."""
    wanted = set(order_ids)
    ids = wanted | {order.id for order in one_purchase(reader, wanted)}
    uses = reader.find_in(PromotionUse, "order_id", ids)
    owners = {p.owner_id for p in reader.find_in(Promotion, "id", [u.promotion_id for u in uses])}
    owners |= {c.owner_id for c in reader.find_in(Coupon, "order_id", ids)}
    return {own(merchant_id, "members"), *(own(o, "offers") for o in owners)}


def claim_offers(tx: Tx, order: Order, quoted: Quote) -> None:
    """Lock the coupons that were used, and count the promotions, but for those whose gift nobody received."""
    taken = taken_by([*quoted.priced.lines, *(g.line for g in quoted.gifts)])
    without = {g.promotion_id for g in quoted.priced.gifts}.difference(g.promotion_id for g in quoted.gifts)
    applied = {e.source_id for e in quoted.priced.entries if e.source_id in quoted.rules} - without
    for id_ in sorted(applied):
        lines = {k for e in quoted.priced.entries if e.source_id == id_ for k in e.line_keys}
        amount = taken.get(id_, 0)
        goods = sum(li.payable for li in quoted.priced.lines if li.key in lines)
        tx.add(
            PromotionUse(
                id=tx.id("promotion_use", id_),
                promotion_id=id_,
                merchant_id=order.merchant_id,
                order_id=order.id,
                person=order.person,
                amount=amount,
                goods_amount=goods,
                at=tx.time,
            )
        )
        count_use(tx, id_, quoted.rules[id_].bearer_id, 1, amount, goods)
    for id_ in quoted.priced.used:
        coupon = tx.need(Coupon, id_)
        if coupon.state in (CouponState.AVAILABLE, CouponState.EXPIRED):
            tx.put(coupon.with_(state=CouponState.LOCKED, order_id=order.id))
        count_use(tx, coupon.template_id, coupon.owner_id, 1, taken.get(id_, 0), quoted.priced.goods_amount)


def note_lost_coupons(tx: Tx, order: Order, quoted: Quote) -> None:
    """Coupons that were given away although they could not be used: the shop's loss, shown as such."""
    taken = taken_by(quoted.priced.lines)
    for id_, why in sorted(quoted.lost.items()):
        code = USED_TWICE if why in ("coupon_used", "coupon_locked") else "coupon_not_valid"
        name = quoted.coupons[id_].name
        tx.contradict(code, order.merchant_id, order.id, id_, coupon=name, lost=taken.get(id_, 0), why=why)


def count_use(tx: Tx, id_: str, owner_id: str, uses: int, amount: int, goods: int, issued: int = 0) -> None:
    """Add to what an offer came to. Its owner sees that; on other desktops it is left to the hub."""
    if not tx.sees(own(owner_id, "offers")):
        return
    total = tx.get(OfferTotal, id_) or OfferTotal(id=id_, owner_id=owner_id)
    tx.put(
        total.with_(
            uses=total.uses + uses,
            amount=total.amount + amount,
            goods_amount=total.goods_amount + goods,
            issued=total.issued + issued,
        )
    )


def one_purchase(reader: Reader, order_ids: Iterable[str]) -> list[Order]:
    """These orders with those in whose place they stand and those that stand in theirs: exchanged, changed or ordered
    elsewhere, they share what the buyer brought to the first."""
    found: dict[str, Order] = {}
    near = reader.find_in(Order, "id", order_ids)
    while near:
        found |= {order.id: order for order in near}
        before = reader.find_in(Order, "id", [o.replaces for o in near if o.replaces])
        near = [o for o in (*before, *reader.find_in(Order, "replaces", [o.id for o in near])) if o.id not in found]
    return list(found.values())


def kept(reader: Reader, order: Order) -> bool:
    """Whether goods of an order are or will be with its buyer."""
    lines = () if order.state is OrderState.CANCELLED else reader.find(OrderLine, order_id=order.id)
    return any(x.quantity > x.gone for x in lines)


def release_offers(tx: Tx, order: Order) -> None:
    """A whole order is taken back: it counts for nothing any more, unless other goods of the same purchase are kept
    that are paid. Its coupons return with their own expiry, where none are kept at all: they were reduced by the same.
    """
    purchase = one_purchase(tx, [order.id])
    others = [other for other in purchase if other.id != order.id and kept(tx, other)]
    member = member_now(tx, order.member_id)
    if member is not None and order.rewarded and not any(other.rewarded for other in others):
        tx.put(member.with_(orders=max(0, member.orders - 1)))
        lines = tx.find_in(OrderLine, "order_id", [each.id for each in purchase if each.rewarded])
        _note_habits(tx, member, [(line.sku_id, 0) for line in lines if not line.gift_of], -1)
    for each in () if others else purchase:
        _release(tx, each)


def _release(tx: Tx, order: Order) -> None:
    for use in tx.find(PromotionUse, order_id=order.id):
        if not use.cancelled:
            tx.put(use.with_(cancelled=True))
            promotion = tx.get(Promotion, use.promotion_id)
            if promotion is not None:
                count_use(tx, promotion.id, promotion.owner_id, -1, -use.amount, -use.goods_amount)
    for coupon in tx.find(Coupon, order_id=order.id):
        if coupon.state not in (CouponState.LOCKED, CouponState.USED):
            continue
        elsewhere = _used_too(tx, coupon, order)
        if elsewhere is not None:
            tx.put(coupon.with_(state=CouponState.USED, order_id=elsewhere.id, used_at=coupon.used_at or tx.time))
            _uncount(tx, coupon, order)
            continue
        over = coupon.valid_to is not None and tx.time >= coupon.valid_to
        state = CouponState.EXPIRED if over else CouponState.AVAILABLE
        tx.put(coupon.with_(state=state, order_id="", used_at=None))
        _uncount(tx, coupon, order)


def _uncount(tx: Tx, coupon: Coupon, order: Order) -> None:
    template = tx.get(CouponTemplate, coupon.template_id)
    if template is not None:
        lines = tx.find(OrderLine, order_id=order.id)
        left = [r for x in lines for r in refundable(x.frozen, x.gone, x.quantity - x.gone).reductions]
        back = sum(r.amount for r in left if r.source_id == coupon.id)
        count_use(tx, template.id, template.owner_id, -1, -back, -order.goods_amount)


def _used_too(reader: Reader, coupon: Coupon, order: Order) -> Order | None:
    """A sale that was given the coupon too, offline, and that still stands: then it is spent all the same."""
    about = {"organisation_id": order.merchant_id, "subject_id": coupon.id, "code": USED_TWICE}
    sales = reader.find_in(Order, "id", [told.document_id for told in reader.find(Discrepancy, **about)])
    return next((sale for sale in sales if sale.id != order.id and kept(reader, sale)), None)


def points_left(entries: Iterable[PointsEntry]) -> dict[int | None, int]:
    """What a member's ledger still has: expires_at -> points, which add up to the balance. What an order gave back is
    what it had used: it expires when it would have."""
    back = PointsKind.REDEEM_REVERSED
    gained: list[tuple[int, int | None]] = []
    gone = 0
    for entry in entries:
        if entry.amount > 0 and entry.kind is not back:
            gained.append((entry.amount, entry.expires_at))
        else:
            gone -= entry.amount
    left = unused(gained, max(0, gone))
    # Used before two rows of one person became one: more was given back than used, or used than gained.
    if rest := sum(amount for amount, _ in gained) - gone - sum(left.values()):
        left[None] = left.get(None, 0) + rest
    return left


def book_points(
    tx: Tx,
    member: Member,
    kind: PointsKind,
    amount: int,
    document_id: str,
    reason: str = "",
    *,
    expires_at: int | None = None,
) -> Member:
    """One line of the ledger, and the balance. What is earned expires as the shop's rule says."""
    if not amount:
        return member
    part = [] if expires_at is None else [str(expires_at)]
    if kind is PointsKind.EARN:
        rule = tx.get(PointsRule, member.merchant_id)
        expires_at = tx.time + rule.terms.months * MONTH if rule and rule.terms.months else None
    tx.add(
        PointsEntry(
            id=tx.id("points", kind.value, document_id, member.id, *part),
            merchant_id=member.merchant_id,
            member_id=member.id,
            kind=kind,
            amount=amount,
            reason=reason,
            document_id=document_id,
            actor_id=tx.actor.id,
            at=tx.time,
            expires_at=expires_at,
        )
    )
    gained = amount if kind in (PointsKind.EARN, PointsKind.EARN_REVERSED) else 0
    return tx.put(member.with_(points=member.points + amount, gained=member.gained + gained))


def redeem(tx: Tx, order: Order) -> None:
    """Take the points that an order uses. A sale that has happened may take more than there is: that is said."""
    member = member_now(tx, order.member_id)
    if order.points_used and member is not None:
        member = book_points(tx, member, PointsKind.REDEEM, -order.points_used, order.id)
        if member.points < 0:
            tx.contradict("points_short", order.merchant_id, order.id, member.id, short=-member.points)


def reward(tx: Tx, order: Order) -> Order:
    """A paid order uses its coupons up, earns its points, and counts: one with what stands in its place. Once, and not
    after all was given back, though what carried it is paid."""
    if order.rewarded or (order.returned_amount and order.due <= 0) or not kept(tx, order):
        return order
    for coupon in tx.find(Coupon, order_id=order.id):
        if coupon.state is CouponState.LOCKED:
            tx.put(coupon.with_(state=CouponState.USED, used_at=tx.time))
    member = member_now(tx, order.member_id)
    if member is not None:
        lines = tx.find(OrderLine, order_id=order.id)
        rest = [refundable(x.frozen, x.gone, x.quantity - x.gone) for x in lines]
        member = book_points(tx, member, PointsKind.EARN, sum(r.points_away for r in rest), order.id)
        counted = any(o.rewarded and kept(tx, o) for o in one_purchase(tx, [order.id]))
        orders = member.orders + (not counted)
        member = member.with_(spent=member.spent + sum(r.amount for r in rest), orders=orders)
        left = [(x, r) for x, r in zip(lines, rest, strict=True) if not x.gift_of and x.quantity > x.gone]
        _note_habits(tx, member, [(x.sku_id, r.amount) for x, r in left], int(not counted), tx.time)
        _give_tags(tx, member)
        tx.put(levelled(tx, member.with_(last_order_at=tx.time)))
    return tx.put(order.with_(rewarded=True))


def less_given(tx: Tx, order: Order, backs: Sequence[tuple[OrderLine, Refund]]) -> None:
    """What came back or never went out was not sold with its offers: they came to that much less."""
    amounts, goods = Counter[str](), Counter[str]()
    for _, back in backs:
        for reduction in back.reductions:
            amounts[reduction.source_id] += reduction.amount
        for source in {r.source_id for r in back.reductions}:
            goods[source] += back.amount
    if not amounts:
        return
    purchase = [each.id for each in one_purchase(tx, [order.id])]
    uses = tx.find_in(PromotionUse, "order_id", purchase, cancelled=False)
    for use in sorted(uses, key=lambda u: u.order_id != order.id):  # what was exchanged counts where it was first sold
        promotion = tx.get(Promotion, use.promotion_id)
        amount = min(use.amount, amounts[use.promotion_id])
        sold = min(use.goods_amount, goods[use.promotion_id])
        if promotion is not None and (amount or sold):
            amounts[use.promotion_id] -= amount
            goods[use.promotion_id] -= sold
            tx.put(use.with_(amount=use.amount - amount, goods_amount=use.goods_amount - sold))
            count_use(tx, promotion.id, promotion.owner_id, 0, -amount, -sold)
    for coupon in tx.find_in(Coupon, "order_id", purchase):  # one that was used twice counts where it is held
        count_use(tx, coupon.template_id, coupon.owner_id, 0, -amounts[coupon.id], 0)


def take_back(tx: Tx, order: Order, backs: Sequence[tuple[OrderLine, Refund]]) -> None:
    """A part of an order is cancelled or paid back: used points return, earned ones go, spending counts less."""
    member = member_now(tx, order.member_id)
    if member is None:
        return
    points_back, points_away = sum(b.points_back for _, b in backs), sum(b.points_away for _, b in backs)
    member = book_points(tx, member, PointsKind.REDEEM_REVERSED, points_back, order.id)
    if order.rewarded:
        member = book_points(tx, member, PointsKind.EARN_REVERSED, -points_away, order.id)
        _note_habits(tx, member, [(line.sku_id, -back.amount) for line, back in backs], 0)
        tx.put(levelled(tx, member.with_(spent=member.spent - sum(b.amount for _, b in backs))))


def return_units(tx: Tx, order: Order, units: Mapping[str, int]) -> Refund:
    """Take back steps of lines (by their ids) that the buyer returned or is paid back for, and say what they carry.

    Writes what the order remembers, points and spending, and what the platform bears no more; when nothing of the order
    is left, its coupons return. The money itself is the caller's to book. ValueError beyond what is left of a line.
    """
    backs: list[tuple[OrderLine, Refund]] = []
    left = 0
    for line in tx.find(OrderLine, order_id=order.id):
        quantity = units.get(line.id, 0)
        backs.append((line, refundable(line.frozen, line.gone, quantity)))
        line = tx.put(line.with_(returned=line.returned + quantity))
        left += line.quantity - line.gone
    take_back(tx, order, backs)
    less_given(tx, order, backs)
    refunds = [back for _, back in backs]
    reductions = tuple(r for back in refunds for r in back.reductions)
    borne = sum(r.amount for r in reductions if r.bearer is Bearer.PLATFORM)
    owe(tx, platform_id(tx), order.merchant_id, -borne, kind="subsidy_reversed", document_id=order.id)
    if not left:
        release_offers(tx, order)
    return Refund(
        amount=sum(b.amount for b in refunds),
        freight=sum(b.freight for b in refunds),
        points_back=sum(b.points_back for b in refunds),
        points_away=sum(b.points_away for b in refunds),
        reductions=reductions,
    )


def levelled(reader: Reader, member: Member) -> Member:
    """The member at the highest level that spending or points reach; one set by hand stays."""
    if member.fixed:
        return member
    reached = [
        level
        for level in reader.find(MemberLevel, merchant_id=member.merchant_id)
        if (level.min_spent is not None and member.spent >= level.min_spent)
        or (level.min_points is not None and member.gained >= level.min_points)
    ]
    best = max(reached, key=lambda level: (level.rank, level.id), default=None)
    return member.with_(level_id=best.id if best else "")


def member_tag_id(member_id: str, tag_id: str) -> str:
    """The id of a tag on a member."""
    return derived_id(member_id, "tag", tag_id)


def bought_by(reader: Reader, member_id: str) -> list[Bought]:
    """What a member bought, by category, as the rules of tags look at it."""
    return [
        Bought(path_of(category_path(reader, h.category_id)), h.orders, h.spent, h.last_at)
        for h in reader.find(MemberHabit, member_id=member_id)
    ]


def _note_habits(
    tx: Tx, member: Member, spent: Iterable[tuple[str, int]], orders: int, bought_at: int | None = None
) -> None:
    """Count orders and (SKU, 分) for each category of the goods, for those above it, and for all goods."""
    by_sku = list(spent)
    skus = {s.id: s.product_id for s in tx.find_in(Sku, "id", [id_ for id_, _ in by_sku])}
    products = {p.id: p.category_id for p in tx.find_in(Product, "id", skus.values())}
    amounts: dict[str, int] = {}
    for sku_id, amount in by_sku:
        for category in (*category_path(tx, products.get(skus.get(sku_id, ""), "")), ALL_GOODS):
            amounts[category] = amounts.get(category, 0) + amount
    habits = {h.category_id: h for h in tx.find(MemberHabit, member_id=member.id)}
    for category, amount in sorted(amounts.items()):
        habit = habits.get(category)
        if habit is None:
            if bought_at is None:
                continue
            id_ = derived_id(member.id, "habit", category)
            habit = MemberHabit(
                id=id_, merchant_id=member.merchant_id, member_id=member.id, category_id=category, last_at=bought_at
            )
        last_at = habit.last_at if bought_at is None else bought_at
        tx.put(habit.with_(orders=max(0, habit.orders + orders), spent=habit.spent + amount, last_at=last_at))


def _give_tags(tx: Tx, member: Member) -> None:
    """Set the tags whose rules a member passes now."""
    bought = bought_by(tx, member.id)
    for rule in tx.find(TagRule, merchant_id=member.merchant_id):
        enough = fits(rule.test, bought, tx.time, tx.time)
        id_ = member_tag_id(member.id, rule.tag_id)
        if rule.active and enough and tx.get(MemberTag, id_) is None:
            tx.put(
                MemberTag(
                    id=id_,
                    merchant_id=member.merchant_id,
                    member_id=member.id,
                    tag_id=rule.tag_id,
                    rule_id=rule.id,
                    at=tx.time,
                )
            )
