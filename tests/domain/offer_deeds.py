"""What people do with promotions, coupons, members, shops and freight, for random sequences."""

from collections.abc import Sequence
from typing import TypeVar

from s2b_domain.access import Actor
from s2b_domain.commands import Command
from s2b_domain.commands.campaigns import MarkTold, StartCampaign
from s2b_domain.commands.counter import BookSale, SaleItem, Tender
from s2b_domain.commands.coupons import IssueCoupons, SaveTemplate, SetTemplateState, VoidCoupons
from s2b_domain.commands.freights import ChooseFreight, RemoveFreight, SaveFreight
from s2b_domain.commands.members import (
    AdjustCredit,
    AdjustPoints,
    ApplyLevels,
    ApplyTagRule,
    ExpirePoints,
    LevelEntry,
    MergeMembers,
    RemoveTag,
    SaveLevels,
    SaveMember,
    SavePointsRule,
    SaveTag,
    TagMembers,
)
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.promotions import CopyPromotion, SavePromotion, SetPromotionState
from s2b_domain.commands.shops import ListEntry, ListGoods, SaveShop, Unlist
from s2b_domain.ids import derived_id
from s2b_domain.records.campaign import Campaign
from s2b_domain.records.catalog import Price, Sku
from s2b_domain.records.member import Member, Tag
from s2b_domain.records.order import Address
from s2b_domain.records.party import PartyKind
from s2b_domain.records.promotion import Coupon, CouponTemplate, Promotion, PromotionState, TemplateState, Validity
from s2b_domain.records.shop import AutoRules, FreightTemplate
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import (
    Audience,
    CouponKind,
    CouponTerms,
    Freight,
    FreightArea,
    FreightBasis,
    Gift,
    Goods,
    PointsTerms,
    PromotionKind,
    SkuPrice,
    Step,
    Terms,
    Tier,
)
from s2b_domain.rules.tags import TagTest
from tests.domain.books import Books

T = TypeVar("T")
K = PromotionKind
HOME = Address(name="陈女士", phone="13800000000", region="浙江省杭州市", street="文三路 1 号")

VERBS = (
    "consumer", "sale", "promotion", "promotion_state", "promotion_copy", "template", "template_state", "issue",
    "member", "merge", "levels", "points_rule", "adjust", "credit", "expire", "tag", "tag_members", "tag_remove",
    "shop", "list", "unlist", "freight", "freight_remove", "freight_choose", "void", "apply", "apply_levels",
    "campaign", "told",
)  # fmt: skip
OWN = {
    **dict.fromkeys(VERBS, ("owner", "other")),
    **dict.fromkeys(
        ("consumer", "sale", "member", "issue", "tag", "tag_members", "void", "apply", "campaign", "told"),
        ("assistant", "owner", "other"),
    ),
    **dict.fromkeys(("promotion", "promotion_state", "promotion_copy"), ("owner", "manager", "admin", "other")),
    **dict.fromkeys(("template", "template_state"), ("owner", "admin")),
    **dict.fromkeys(("freight", "freight_remove"), ("owner", "manager", "rival")),
    "freight_choose": ("manager", "rival"),
    "tag_remove": ("assistant", "owner", "other"),
}
MADE = {
    BookSale, SavePromotion, SetPromotionState, CopyPromotion, SaveTemplate, SetTemplateState, IssueCoupons, SaveMember,
    MergeMembers, SaveLevels, SavePointsRule, AdjustPoints, AdjustCredit, ExpirePoints, SaveTag, TagMembers, RemoveTag,
    SaveShop, ListGoods, Unlist, SaveFreight, RemoveFreight, ChooseFreight, VoidCoupons, ApplyTagRule, ApplyLevels,
    StartCampaign, MarkTold,
}  # fmt: skip


def one(rows: Sequence[T], which: int) -> T:
    """One of the rows; LookupError if there is none."""
    if not rows:
        raise LookupError
    return rows[which % len(rows)]


def terms_of(books: Books, actor: Actor, n: int, amount: int) -> Terms:
    """Terms of every kind. What others own has no budget: a desktop cannot know what is left of it."""
    kinds = list(K) if actor.kind is not PartyKind.PLATFORM else [k for k in K if k is not K.GIFT]
    kind = kinds[n % len(kinds)]
    skus = books.store.find(Sku)
    rates = kind in (K.THRESHOLD_RATE, K.FLASH_PRICE, K.TIER_PRICE)
    step = Step(amount, 10_000 - amount * 700) if rates else Step(amount * 100, amount * 50)
    own = actor.kind is PartyKind.MERCHANT
    return Terms(
        kind=kind,
        goods=Goods(sku_ids=(one(skus, amount).id,)) if n % 3 == 0 else Goods(),
        audience=Audience(members_only=amount == 8, newcomers_only=amount == 9),
        priority=n % 3,
        exclusive=amount == 7,
        steps=(step,),
        prices=(SkuPrice(one(skus, n).id, amount * 1000),) if kind is K.FLASH_PRICE else (),
        repeat=amount % 2 == 0,
        cap=3 if kind is K.GIFT else None,
        buy=1 + n % 2,
        get=1,
        get_rate_bp=amount * 1000 % 9000,
        gifts=(Gift(one(skus, n + 1).id, 1),),
        budget=amount * 300 if own and n % 4 == 1 else None,
        total_uses=amount if own and n % 4 == 2 else None,
        per_person=1 + amount % 2 if n % 4 == 3 else None,
    )


def message_of(books: Books, actor: Actor, verb: str, n: int, amount: int) -> Command:
    """What `actor` asks for; ids come from the whole hub, so that it may well be others' business."""
    store, mine = books.store, actor.organisation_id
    members = store.find(Member, merchant_id=mine) if n % 5 else store.find(Member)
    match verb:
        case "consumer" | "sale":
            return _bought(books, actor, verb, n, amount)
        case "promotion":
            promotion_id = derived_id(mine, "promotion", n % 4)
            start = books.now + (0, -10_000, 20_000)[n % 3]
            ends = None if amount % 2 else start + amount * 20_000
            return SavePromotion(
                promotion_id=promotion_id,
                name=f"活动{n}",
                terms=terms_of(books, actor, n, amount),
                starts_at=start,
                ends_at=ends,
                schedule=amount > 1,
            )
        case "promotion_state":
            state = list(PromotionState)[amount % 5]
            return SetPromotionState(promotion_id=one(store.find(Promotion), n).id, state=state)
        case "promotion_copy":
            old = one(store.find(Promotion), n)
            return CopyPromotion(promotion_id=old.id, copy_id=books.id(), name="", starts_at=books.now)
        case "template":
            rate = amount % 3 == 0
            return SaveTemplate(
                template_id=derived_id(mine, "template", n % 3),
                name=f"券{n}",
                terms=CouponTerms(
                    kind=CouponKind.RATE if rate else CouponKind.AMOUNT,
                    value=9000 if rate else amount * 100,
                    threshold=amount * 150,
                    audience=Audience(newcomers_only=n == 7),
                ),
                validity=Validity(days=1) if n % 2 else Validity(starts_at=0, ends_at=books.now + amount * 30_000),
                total=amount * 2 if n % 3 == 0 else None,
                per_person=2 if n % 4 == 0 else None,
                activate=amount > 1,
            )
        case "template_state":
            state_ = list(TemplateState)[amount % 4]
            return SetTemplateState(template_id=one(store.find(CouponTemplate), n).id, state=state_)
        case "issue":
            template = one(store.find(CouponTemplate), n)
            if amount == 1:
                return IssueCoupons(template_id=template.id, bearer=2)
            if amount == 2:
                return IssueCoupons(template_id=template.id, tag_id=one(store.find(Tag), n).id)
            chosen = tuple({one(members, n).id, one(members, amount).id})
            return IssueCoupons(template_id=template.id, member_ids=chosen)
        case "member":
            member_id = derived_id(mine, "member", n % 4)
            return SaveMember(member_id=member_id, name=f"会员{n % 4}", phone=f"13{n % 6}", card=f"K{n % 4}")
        case "merge":
            return MergeMembers(member_id=one(members, n).id, other_id=one(members, amount).id)
        case "levels":
            return SaveLevels(
                levels=tuple(
                    LevelEntry(
                        id=derived_id(mine, "level", rank),
                        name=f"级{rank}",
                        rank=rank,
                        min_spent=rank * amount * 500,
                        pays_bp=10_000 - rank * 300,
                        multiplier_bp=10_000 + rank * 5000,
                        early_ms=rank * 20_000,
                    )
                    for rank in range(1 + n % 3)
                )
            )
        case "points_rule":
            return SavePointsRule(terms=PointsTerms(earn_bp=amount * 100, redeem_unit=1 + n, unit_value=10, months=n))
        case "adjust":
            return AdjustPoints(member_id=one(members, n).id, amount=amount * 50 - 100, reason="补")
        case "credit":
            return AdjustCredit(member_id=one(members, n).id, amount=amount * 500 - 1000, reason="补")
        case "expire":
            return ExpirePoints(member_ids=(one(members, n).id,))
        case "tag":
            within, idle = (0, n * 7)[amount % 4 == 1], (0, 1)[amount == 3]
            test = TagTest(min_spent=amount * 100, within_days=within, idle_days=idle) if amount % 2 else None
            return SaveTag(tag_id=derived_id(mine, "tag", n % 2), name=f"标签{n % 2}", test=test)
        case "tag_members":
            return TagMembers(
                tag_id=one(store.find(Tag), n).id, member_ids=(one(members, n).id,), remove=amount % 3 == 0
            )
        case "tag_remove":
            return RemoveTag(tag_id=one(store.find(Tag), n).id)
        case "void":
            return VoidCoupons(coupon_ids=(one(store.find(Coupon), n).id,), reason="发错")
        case "apply":
            tagged = one(store.find(Tag), n)
            return ApplyTagRule(tag_id=tagged.id, member_ids=tuple(m.id for m in store.find(Member)))
        case "apply_levels":
            return ApplyLevels(member_ids=tuple(m.id for m in store.find(Member)))
        case "campaign":
            template_id = one(store.find(CouponTemplate), n).id if n % 2 else ""
            whom = (one(members, n).id,)
            return StartCampaign(
                campaign_id=books.id(), name="上新", text="新品到店", template_id=template_id, member_ids=whom
            )
        case "told":
            return MarkTold(campaign_id=one(store.find(Campaign), n).id)
        case "shop":
            rules = AutoRules(confirm_paid=n % 2 == 0, rounding=(1, 10, 50, 100)[amount % 4])
            return SaveShop(name="晨光", address=HOME, rules=rules)
        case "list":
            sku = one(store.find(Sku), n)
            return ListGoods(
                entries=(
                    ListEntry(
                        sku_id=sku.id,
                        price=amount * 3000,
                        member_price=amount * 2800 if n % 2 else None,
                        floor_price=amount * 1000 if n % 3 == 0 else 0,
                        tiers=(Tier(3, amount * 2900),),
                    ),
                )
            )
        case "unlist":
            return Unlist(sku_ids=(one(store.find(Sku), n).id,))
        case "freight":
            area = FreightArea(
                first=1 + n % 3, first_fee=amount * 100, next_fee=50, free_amount=2500 if n % 2 else None
            )
            other = FreightArea(regions=("浙江",), first_fee=amount * 30, refused=amount == 9)
            basis = FreightBasis.WEIGHT if n % 4 == 0 else FreightBasis.PIECE
            return SaveFreight(
                template_id=derived_id(mine, "freight", n % 2),
                name=f"模板{n % 2}",
                freight=Freight(basis=basis, areas=(area, other)),
                default=amount % 2 == 0,
            )
        case "freight_remove":
            return RemoveFreight(template_id=one(store.find(FreightTemplate), n).id)
    templates = store.find(FreightTemplate, owner_id=mine)
    wanted = one(templates, n).id if amount % 3 else ""
    return ChooseFreight(template_id=wanted, sku_ids=(one(store.find(Sku, supplier_id=mine), n).id,))


def _bought(books: Books, actor: Actor, verb: str, n: int, amount: int) -> Command:
    """A consumer's order or a counter sale, with whatever coupons and points there are."""
    store, mine = books.store, actor.organisation_id
    skus = store.find(Sku)
    wanted = {s.id: s for s in (one(skus, n), one(skus, n + amount))}
    members = [m for m in store.find(Member, merchant_id=mine) if m.active or n == 3]
    member_id = one(members, n).id if members and n % 3 else ""
    coupons = [c for c in store.find(Coupon, merchant_id=mine) if c.member_id in ("", member_id) or n == 5]
    chosen = tuple(c.id for c in coupons[n % 2 : n % 2 + 1 + amount % 2])
    points = amount * 20 if member_id and amount % 2 else 0
    order_id = books.id()
    if verb == "sale":
        charged = amount * 700
        return BookSale(
            order_id=order_id,
            number=f"S1-{order_id[-8:]}",
            items=tuple(SaleItem(sku_id=i, quantity=1 + amount // 2, price=None if n % 2 else 9_990) for i in wanted),
            charged=charged,
            tenders=(Tender(method=("STORE_CREDIT", "现金")[n % 3 > 0], amount=charged),) if n % 4 else (),
            member_id=member_id,
            coupon_ids=chosen,
            points=points,
        )
    prices = {p.sku_id: p for p in store.find(Price)}
    return PlaceOrder(
        order_id=order_id,
        number=f"D2-{order_id[-8:]}",
        kind=OrderKind.DROPSHIP,
        items=tuple(
            OrderItem(sku_id=i, quantity=1 + amount // 3, price_seen=prices[i].dropship_price or 0) for i in wanted
        ),
        address=HOME,
        confirm=amount % 2 == 0,
        member_id=member_id,
        coupon_ids=chosen if n % 4 else (),
        points=points,
    )
