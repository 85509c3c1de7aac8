"""Members, promotions and coupons over the usual desk of a shop."""

from __future__ import annotations

from s2b_domain.commands.campaigns import StartCampaign
from s2b_domain.commands.coupons import IssueCoupons, SaveTemplate
from s2b_domain.commands.members import (
    AdjustPoints,
    LevelEntry,
    SaveLevels,
    SaveMember,
    SavePointsRule,
    SaveTag,
    TagMembers,
)
from s2b_domain.commands.promotions import SavePromotion
from s2b_domain.commands.quote import category_path
from s2b_domain.ids import derived_id
from s2b_domain.records.catalog import Sku
from s2b_domain.records.member import Member, MemberHabit
from s2b_domain.records.promotion import OfferTotal, Promotion, PromotionUse, Validity
from s2b_domain.rules.pricing import (
    Audience,
    Channel,
    CouponKind,
    CouponTerms,
    Gift,
    Goods,
    PointsTerms,
    PromotionKind,
    SkuPrice,
    Step,
    Terms,
)
from s2b_domain.rules.tags import TagTest, path_of
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.world import DAY, HOUR, MERCHANT, NOW

MINE = MERCHANT.organisation_id
K = PromotionKind
PEOPLE = [
    ("陈晓燕", "13805710023", "K1001", 268_00 * 9, 14, 1280),
    ("周建国", "13957100781", "K1002", 96_50 * 3, 3, 96),
    ("Li Na", "13606810456", "", 1_860_00, 21, 2210),
    ("王芳", "18657190012", "K1004", 45_80, 1, 45),
    ("赵志强", "15868100934", "", 0, 0, 0),
    ("王芳芳", "18657190013", "K1006", 0, 0, 20),
    ("孙悦", "13777310066", "K1007", 752_00, 8, 640),
    ("欧阳明", "13588230917", "", 320_40, 5, 310),
]


def id_of(kind: str, name: str) -> str:
    """An id that stays the same from run to run."""
    return derived_id(MINE, kind, name)


def sku(desk: FakeDesk, code: str) -> Sku:
    [found] = desk.store.find(Sku, code=code)
    return found


def fill(desk: FakeDesk) -> None:
    """A shop with levels, eight members, tags, six promotions and four kinds of coupons."""
    levels = (
        LevelEntry(id=id_of("level", "普通"), name="普通会员", rank=0, min_spent=0),
        LevelEntry(
            id=id_of("level", "银卡"), name="银卡", rank=1, min_spent=500_00, pays_bp=9800, multiplier_bp=12_000
        ),
        LevelEntry(
            id=id_of("level", "金卡"),
            name="金卡",
            rank=2,
            min_spent=2_000_00,
            pays_bp=9500,
            multiplier_bp=20_000,
            early_ms=24 * HOUR,
        ),
    )
    desk.submit(SaveLevels(levels=levels))
    desk.submit(SavePointsRule(terms=PointsTerms(months=12)))
    for name, phone, card, spent, orders, points in PEOPLE:
        member_id = id_of("member", name)
        desk.submit(SaveMember(member_id=member_id, name=name, phone=phone, card=card))
        if spent:
            row = desk.store.find(Member, id=member_id)[0]
            level = [x.id for x in levels if (x.min_spent or 0) <= spent][-1]
            desk.store.replace(
                type(row),
                [row.with_(spent=spent, orders=orders, level_id=level, last_order_at=NOW - orders * DAY)],
            )
            category = world.category_id("湿巾" if orders % 2 else "坚果炒货")
            habits = [
                MemberHabit(
                    id=derived_id(member_id, "habit", above),
                    row_version=1,
                    merchant_id=MINE,
                    member_id=member_id,
                    category_id=above,
                    orders=orders,
                    spent=spent,
                    last_at=NOW - orders * DAY,
                )
                for above in path_of(category_path(desk.store, category))
            ]
            desk.store.insert(MemberHabit, habits)
        if points:
            desk.submit(AdjustPoints(member_id=member_id, amount=points, reason="旧卡余额转入"))
    _tags(desk)
    _promotions(desk)
    _coupons(desk)
    desk.submitted.clear()


def _tags(desk: FakeDesk) -> None:
    baby = TagTest(category_ids=(world.category_id("湿巾"),), min_spent=100_00, min_orders=2)
    desk.submit(SaveTag(tag_id=id_of("tag", "母婴"), name="母婴人群", test=baby))
    desk.submit(SaveTag(tag_id=id_of("tag", "运动"), name="运动爱好者"))
    chosen = tuple(id_of("member", n) for n in ("陈晓燕", "孙悦"))
    desk.submit(TagMembers(tag_id=id_of("tag", "运动"), member_ids=chosen))


def _promotions(desk: FakeDesk) -> None:
    drinks, paper = world.category_id("水与饮料"), world.category_id("纸品湿巾")
    gold = Audience(level_ids=(id_of("level", "金卡"),))
    rows: list[tuple[str, Terms, int, int | None, bool]] = [
        (
            "饮料满减",
            Terms(
                kind=K.TIERED_REDUCTION,
                goods=Goods(category_ids=(drinks,)),
                steps=(Step(100_00, 10_00), Step(200_00, 30_00)),
                budget=2_000_00,
            ),
            NOW - 6 * DAY,
            NOW + 8 * DAY,
            True,
        ),
        (
            "全场满300打九折",
            Terms(kind=K.THRESHOLD_RATE, steps=(Step(300_00, 9000),), per_person=2),
            NOW - 2 * DAY,
            NOW + 3 * DAY,
            True,
        ),
        (
            "周末乌龙茶特价",
            Terms(kind=K.FLASH_PRICE, prices=(SkuPrice(sku(desk, "000006").id, 56_00_00),)),
            NOW + 2 * DAY,
            NOW + 5 * DAY,
            True,
        ),
        (
            "抽纸买二送一",
            Terms(kind=K.BUY_X_GET_Y, goods=Goods(category_ids=(paper,)), buy=2, get=1, repeat=True),
            NOW + 4 * DAY,
            NOW + 20 * DAY,
            True,
        ),
        (
            "金卡每满50减5",
            Terms(kind=K.REPEATED_REDUCTION, audience=gold, steps=(Step(50_00, 5_00),), cap=50_00, exclusive=True),
            NOW + 9 * DAY,
            None,
            False,
        ),
        (
            "柜台满88送面巾",
            Terms(
                kind=K.GIFT,
                audience=Audience(channels=(Channel.COUNTER,)),
                steps=(Step(88_00, 0),),
                gifts=(Gift(sku(desk, "BC-0009").id, 1),),
            ),
            NOW - 20 * DAY,
            NOW - 6 * DAY,
            True,
        ),
    ]
    for name, terms, starts, ends, schedule in rows:
        id_ = id_of("promotion", name)
        over = ends is not None and ends <= NOW
        until = None if over else ends
        desk.submit(
            SavePromotion(promotion_id=id_, name=name, terms=terms, starts_at=starts, ends_at=until, schedule=schedule)
        )
        if over:
            desk.store.replace(Promotion, [row.with_(ends_at=ends) for row in desk.store.find(Promotion, id=id_)])
    used = id_of("promotion", "饮料满减")
    uses = [(n, 900 + 700 * (n % 4), 10_400 + 5_200 * (n % 5)) for n in range(6) for _ in range(1 + n % 3)]
    desk.store.insert(
        PromotionUse,
        [
            PromotionUse(
                id=derived_id(used, "use", at),
                promotion_id=used,
                merchant_id=MINE,
                order_id=derived_id(used, "order", at),
                person="",
                amount=off,
                goods_amount=goods,
                at=NOW - days * DAY - HOUR,
                row_version=1,
            )
            for at, (days, off, goods) in enumerate(uses)
        ],
    )
    total = OfferTotal(
        id=used,
        owner_id=MINE,
        uses=len(uses),
        amount=sum(u[1] for u in uses),
        goods_amount=sum(u[2] for u in uses),
        row_version=1,
    )
    desk.store.insert(OfferTotal, [total])


def _coupons(desk: FakeDesk) -> None:
    paper = Goods(category_ids=(world.category_id("纸品湿巾"),))
    newcomers = Audience(newcomers_only=True)
    rows: list[tuple[str, CouponTerms, Validity, int | None, int | None]] = [
        ("满100减15", CouponTerms(value=15_00, threshold=100_00), Validity(days=30), 500, 2),
        (
            "新人九折券",
            CouponTerms(kind=CouponKind.RATE, value=9000, cap=30_00, audience=newcomers),
            Validity(ends_at=NOW + 20 * DAY),
            None,
            1,
        ),
        (
            "纸品满60减8",
            CouponTerms(value=8_00, threshold=60_00, goods=paper),
            Validity(ends_at=NOW + 3 * DAY),
            None,
            None,
        ),
    ]
    for name, terms, validity, total, each in rows:
        desk.submit(
            SaveTemplate(
                template_id=id_of("template", name),
                name=name,
                terms=terms,
                validity=validity,
                total=total,
                per_person=each,
                activate=True,
            )
        )
    draft = CouponTerms(value=5_00)
    desk.submit(
        SaveTemplate(template_id=id_of("template", "生日券"), name="生日券", terms=draft, validity=Validity(days=7))
    )
    chosen = tuple(id_of("member", n) for n in ("陈晓燕", "孙悦", "Li Na"))
    desk.submit(IssueCoupons(template_id=id_of("template", "满100减15"), member_ids=chosen))
    desk.submit(IssueCoupons(template_id=id_of("template", "纸品满60减8"), bearer=2))
    desk.submit(
        StartCampaign(
            campaign_id=id_of("campaign", "纸品节"),
            name="纸品节",
            text="纸品湿巾满 60 减 8，凭券到店或下单使用。",
            template_id=id_of("template", "纸品满60减8"),
            tag_id=id_of("tag", "运动"),
        )
    )
