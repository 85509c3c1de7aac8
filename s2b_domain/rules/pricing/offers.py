"""What a promotion or coupon says: which goods and people, what must be reached, what is given, what it goes with."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.rules.bounds import MAX_AMOUNT, MAX_PRICE, Id
from s2b_domain.rules.money import BASIS
from s2b_domain.rules.units import MAX_QUANTITY

MAX_TARGETS = 2000
MAX_STEPS = 20
MAX_PRICES = 2000

Amount = Annotated[int, Meta(ge=0, le=MAX_AMOUNT)]
Price = Annotated[int, Meta(ge=0, le=MAX_PRICE)]
Quantity = Annotated[int, Meta(ge=0, le=MAX_QUANTITY)]
Rate = Annotated[int, Meta(ge=0, le=BASIS)]
Ids = Annotated[tuple[Id, ...], Meta(max_length=MAX_TARGETS)]


class PromotionKind(StrEnum):
    """限时价 and 阶梯价 make item prices; 阶梯满减, 每满减, 满折, 买 X 送 Y and 赠品 look at the order."""

    FLASH_PRICE = "FLASH_PRICE"
    TIER_PRICE = "TIER_PRICE"
    TIERED_REDUCTION = "TIERED_REDUCTION"
    REPEATED_REDUCTION = "REPEATED_REDUCTION"
    THRESHOLD_RATE = "THRESHOLD_RATE"
    BUY_X_GET_Y = "BUY_X_GET_Y"
    GIFT = "GIFT"


ITEM_KINDS = frozenset({PromotionKind.FLASH_PRICE, PromotionKind.TIER_PRICE})


class StackClass(StrEnum):
    """What a reduction is to others that would fall on the same line."""

    FLASH = "FLASH"
    REDUCTION = "REDUCTION"
    BUY_GET = "BUY_GET"
    GIFT = "GIFT"
    SHOP_COUPON = "SHOP_COUPON"
    PLATFORM_COUPON = "PLATFORM_COUPON"
    POINTS = "POINTS"


CLASS_OF = {
    PromotionKind.FLASH_PRICE: StackClass.FLASH,
    PromotionKind.TIER_PRICE: StackClass.FLASH,
    PromotionKind.TIERED_REDUCTION: StackClass.REDUCTION,
    PromotionKind.REPEATED_REDUCTION: StackClass.REDUCTION,
    PromotionKind.THRESHOLD_RATE: StackClass.REDUCTION,
    PromotionKind.BUY_X_GET_Y: StackClass.BUY_GET,
    PromotionKind.GIFT: StackClass.GIFT,
}
Classes = Annotated[tuple[StackClass, ...], Meta(max_length=len(StackClass))]
BIT = {c: 1 << i for i, c in enumerate(StackClass)}
EVERY_BIT = (1 << len(StackClass)) - 1


def bits_of(own: StackClass, combines: tuple[StackClass, ...] | None, *, exclusive: bool) -> int:
    """The classes that a reduction tolerates on its lines. None: all but its own (gifts tolerate gifts)."""
    if exclusive:
        return 0
    if combines is None:
        return EVERY_BIT if own is StackClass.GIFT else EVERY_BIT & ~BIT[own]
    return sum({BIT[c] for c in combines})


class Measure(StrEnum):
    """What a threshold counts: money (分) or whole units."""

    AMOUNT = "AMOUNT"
    COUNT = "COUNT"


class Channel(StrEnum):
    """Where the buyer stands: an order that is shipped, or the shop's counter."""

    ORDER = "ORDER"
    COUNTER = "COUNTER"


class Bearer(StrEnum):
    """Who pays for a reduction."""

    MERCHANT = "MERCHANT"
    SUPPLIER = "SUPPLIER"
    PLATFORM = "PLATFORM"


class Goods(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which goods: any of the lists may match; with all four empty, everything. The exceptions go first."""

    sku_ids: Ids = ()
    product_ids: Ids = ()
    category_ids: Ids = ()
    supplier_ids: Ids = ()
    except_sku_ids: Ids = ()
    except_category_ids: Ids = ()

    @property
    def everything(self) -> bool:
        """Whether nothing narrows it."""
        return not (self.sku_ids or self.product_ids or self.category_ids or self.supplier_ids)


class Audience(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which buyers: empty lists mean anybody; levels and tags only ever match members."""

    members_only: bool = False
    newcomers_only: bool = False
    level_ids: Ids = ()
    tag_ids: Ids = ()
    channels: Annotated[tuple[Channel, ...], Meta(max_length=2)] = ()


class Step(msgspec.Struct, frozen=True, array_like=True):
    """From `threshold` (分, or units) on: `value` is a reduction (分), or for rates what remains (9000 is 九折)."""

    threshold: Amount
    value: Amount


class SkuPrice(msgspec.Struct, frozen=True, array_like=True):
    """The unit price (1/10,000 yuan) of a SKU, from `min_quantity` steps on."""

    sku_id: Id
    price: Price
    min_quantity: Quantity = 0


class Gift(msgspec.Struct, frozen=True, array_like=True):
    """What is given: steps of a SKU."""

    sku_id: Id
    quantity: Annotated[int, Meta(ge=1, le=10**6)]


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a promotion says; which fields count depends on the kind.

    FLASH_PRICE, TIER_PRICE: `prices` per SKU, and for other goods of `goods` the `steps` (from whole units on, the rate
    that remains). TIERED_REDUCTION: the highest of `steps` that is reached. REPEATED_REDUCTION: the one step,
    as often as it is reached. THRESHOLD_RATE: the highest of `steps`. BUY_X_GET_Y: of `buy` + `get` whole units the
    cheapest `get` at `get_rate_bp` (0: free). GIFT: `gifts` once, or with `repeat` as often as the step is reached.
    `cap` bounds the reduction (分) per order, for gifts the times. `budget` (分), `total_uses` and `per_person` bound
    the whole; uses are orders.
    """

    kind: PromotionKind
    goods: Goods = Goods()
    audience: Audience = Audience()
    priority: Annotated[int, Meta(ge=-1000, le=1000)] = 0
    exclusive: bool = False
    combines: Classes | None = None
    measure: Measure = Measure.AMOUNT
    steps: Annotated[tuple[Step, ...], Meta(max_length=MAX_STEPS)] = ()
    prices: Annotated[tuple[SkuPrice, ...], Meta(max_length=MAX_PRICES)] = ()
    repeat: bool = False
    cap: Amount | None = None
    buy: Annotated[int, Meta(ge=0, le=10_000)] = 0
    get: Annotated[int, Meta(ge=0, le=10_000)] = 0
    get_rate_bp: Rate = 0
    gifts: Annotated[tuple[Gift, ...], Meta(max_length=20)] = ()
    budget: Amount | None = None
    total_uses: Amount | None = None
    per_person: Amount | None = None


def flaw(terms: Terms) -> str:
    """The field of terms that cannot work, or ""."""
    kind, steps = terms.kind, terms.steps
    if len({s.threshold for s in steps}) < len(steps):
        return "steps"
    if kind in ITEM_KINDS:
        if not (terms.prices or steps):
            return "prices"
        return "steps" if any(s.value > BASIS for s in steps) else ""
    if kind is PromotionKind.BUY_X_GET_Y:
        return "buy" if terms.buy < 1 else "get" if terms.get < 1 else ""
    if not steps or (len(steps) > 1 and kind in (PromotionKind.REPEATED_REDUCTION, PromotionKind.GIFT)):
        return "steps"
    if kind is PromotionKind.THRESHOLD_RATE:
        return "steps" if any(s.value > BASIS for s in steps) else ""
    if kind is PromotionKind.GIFT:
        return "gifts" if not terms.gifts else "steps" if terms.repeat and not steps[0].threshold else ""
    if kind is PromotionKind.REPEATED_REDUCTION and not steps[0].threshold:
        return "steps"

    over = terms.measure is Measure.AMOUNT
    return "steps" if any(not s.value or (over and s.threshold and s.value > s.threshold) for s in steps) else ""


class PromotionRule(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion as one calculation needs it. `budget_left` (分), `uses_left` and `person_left` None: no bound;
    `only_supplier`: whose goods alone it may touch."""

    id: str
    name: str
    terms: Terms
    starts_at: int = 0
    ends_at: int | None = None
    bearer: Bearer = Bearer.MERCHANT
    bearer_id: str = ""
    only_supplier: str = ""
    budget_left: int | None = None
    uses_left: int | None = None
    person_left: int | None = None


class CouponKind(StrEnum):
    """满减券 takes off an amount, 折扣券 a rate."""

    AMOUNT = "AMOUNT"
    RATE = "RATE"


class CouponTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a coupon says. `value`: 分, or for a rate what remains (9000 is 九折); `cap` bounds a rate's reduction."""

    kind: CouponKind = CouponKind.AMOUNT
    value: Amount
    threshold: Amount = 0
    cap: Amount | None = None
    goods: Goods = Goods()
    audience: Audience = Audience()
    exclusive: bool = False
    combines: Classes | None = None


class CouponRule(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon that the buyer presents. `problem` says why it cannot be used whatever is in the cart."""

    id: str
    name: str
    terms: CouponTerms
    bearer: Bearer = Bearer.MERCHANT
    bearer_id: str = ""
    valid_from: int = 0
    valid_to: int | None = None
    problem: str = ""

    @property
    def stack(self) -> StackClass:
        """A shop's coupon, or the platform's."""
        return StackClass.PLATFORM_COUPON if self.bearer is Bearer.PLATFORM else StackClass.SHOP_COUPON
