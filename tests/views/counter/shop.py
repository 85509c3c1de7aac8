"""A shop with goods on its shelf, members, coupons and promotions, on a fake desk."""

from __future__ import annotations

from s2b_domain.ids import derived_id
from s2b_domain.records.catalog import Sku
from s2b_domain.records.member import Member, MemberLevel, PointsRule
from s2b_domain.records.order import Address
from s2b_domain.records.promotion import Coupon, CouponState, Promotion, PromotionState
from s2b_domain.records.record import Record
from s2b_domain.records.shop import AutoRules, Shop
from s2b_domain.records.stock import Stock
from s2b_domain.rules.pricing import CouponTerms, Gift, Goods, PointsTerms, PromotionKind, Step, Terms
from tests.views.desk import FakeDesk
from tests.views.world import DAY, NOW

PHONE, CARD = "13805710001", "K0088"


def stock_shop(desk: FakeDesk) -> None:
    """Fill the shop of the desk's merchant."""
    mine = desk.actor.organisation_id

    def id_(name: str) -> str:
        return derived_id(mine, name)

    skus = sorted(desk.store.find(Sku), key=lambda s: s.code)
    first, gift = skus[0], skus[7]
    rows: list[Record] = [
        Shop(
            id=mine,
            name="晨光便利店",
            phone="0571-8888 6666",
            address=Address(name="林晨", phone="0571-88886666", region="浙江省杭州市西湖区", street="文三路 18 号"),
            receipt_header="晨光便利店 · 文三路店",
            receipt_footer="谢谢惠顾，凭小票七天内可退换",
            rules=AutoRules(rounding=1),
        ),
        MemberLevel(id=id_("silver"), merchant_id=mine, name="银卡", rank=1, min_spent=50_000, pays_bp=9800),
        PointsRule(id=mine, terms=PointsTerms()),
        Member(
            id=id_("chen"),
            merchant_id=mine,
            name="陈芳",
            phone=PHONE,
            card=CARD,
            level_id=id_("silver"),
            points=1340,
            joined_at=NOW - 90 * DAY,
            orders=3,
        ),
        Member(id=id_("zhao"), merchant_id=mine, name="赵蕾", phone="13905710002", joined_at=NOW - DAY),
        Promotion(
            id=id_("reduction"),
            owner_id=mine,
            name="满 60 减 8",
            state=PromotionState.SCHEDULED,
            starts_at=NOW - DAY,
            ends_at=NOW + DAY,
            terms=Terms(kind=PromotionKind.TIERED_REDUCTION, steps=(Step(6000, 800),)),
        ),
        Promotion(
            id=id_("gift"),
            owner_id=mine,
            name="买水送面",
            state=PromotionState.SCHEDULED,
            starts_at=NOW - DAY,
            terms=Terms(
                kind=PromotionKind.GIFT,
                goods=Goods(sku_ids=(first.id,)),
                steps=(Step(4000, 1),),
                gifts=(Gift(gift.id, 1),),
                cap=1,
            ),
        ),
        *(
            Coupon(
                id=id_(name),
                template_id=id_("template-" + name),
                owner_id=mine,
                merchant_id=mine,
                member_id=id_("chen") if name != "bearer" else "",
                code=name.upper() + "-0001",
                name=title,
                terms=CouponTerms(value=value, threshold=threshold),
                valid_from=NOW - DAY,
                valid_to=NOW + DAY,
                state=CouponState.AVAILABLE,
                issued_at=NOW - DAY,
            )
            for name, title, value, threshold in (
                ("five", "会员 5 元券", 500, 2000),
                ("twenty", "满 200 减 20", 2000, 20_000),
                ("bearer", "开业 3 元券", 300, 1000),
            )
        ),
        *(
            Stock(
                id=derived_id(sku.id, mine, "shelf"),
                owner_id=mine,
                sku_id=sku.id,
                warehouse_id=derived_id(mine, "warehouse", "main"),
                on_hand=5 + at * 3,
            )
            for at, sku in enumerate(skus[:20])
            if not desk.store.find(Stock, id=derived_id(sku.id, mine, "shelf"))
        ),
    ]
    for row in rows:
        if not desk.store.find(type(row), id=row.id):
            desk.store.insert(type(row), [row])


def named(desk: FakeDesk, name: str) -> str:
    """The id of what `stock_shop` calls so."""
    return derived_id(desk.actor.organisation_id, name)
