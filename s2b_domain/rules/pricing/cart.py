"""What a calculation is given and what it answers."""

import msgspec

from s2b_domain.rules.pricing.freight import Freight
from s2b_domain.rules.pricing.offers import Channel, CouponRule, PromotionRule
from s2b_domain.rules.pricing.points import PointsTerms
from s2b_domain.rules.pricing.quantity import Tier
from s2b_domain.rules.pricing.trace import Entry, Reduction, Skipped


class CartLine(msgspec.Struct, frozen=True, kw_only=True):
    """Wanted goods. `key` is unique in the cart; `category_ids` is the path from the top; unit prices in 1/10,000
    yuan; `cost` is what the supplier gets for the line (分): what it bears never exceeds that; weight per unit."""

    key: str
    sku_id: str
    product_id: str = ""
    supplier_id: str = ""
    category_ids: tuple[str, ...] = ()
    quantity: int
    decimals: int = 0
    list_price: int
    member_price: int | None = None
    floor_price: int = 0
    tiers: tuple[Tier, ...] = ()
    cost: int = 0
    weight_g: int = 0


class Cart(msgspec.Struct, frozen=True, kw_only=True):
    """What the buyer brings: goods, coupons, points they want to use, and where it goes."""

    lines: tuple[CartLine, ...]
    coupons: tuple[CouponRule, ...] = ()
    points: int = 0
    channel: Channel = Channel.ORDER
    region: str = ""


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """A member's rights. `pays_bp` of the list price (10000: no discount); points are earned times
    `multiplier_bp`; `early_ms` is how long before others a promotion begins."""

    member_id: str = ""
    level_id: str = ""
    tag_ids: tuple[str, ...] = ()
    newcomer: bool = True
    pays_bp: int = 10_000
    multiplier_bp: int = 10_000
    early_ms: int = 0
    points: int = 0


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The world at the moment of the calculation. `rounding` is the unit (分) to which the counter rounds down."""

    time: int
    promotions: tuple[PromotionRule, ...] = ()
    buyer: Buyer = Buyer()
    points: PointsTerms | None = None
    freight: Freight | None = None
    rounding: int = 1


class PricedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its price. All amounts in 分: `list_amount` at the list price, `amount` at the item price,
    `payable` after every reduction; `freight` its part of the freight. `reductions` add up to list_amount - payable.
    """

    key: str
    sku_id: str
    quantity: int
    list_price: int
    unit_price: int
    list_amount: int
    amount: int
    payable: int
    freight: int = 0
    points_used: int = 0
    points_earned: int = 0
    reductions: tuple[Reduction, ...] = ()


class Earned(msgspec.Struct, frozen=True, kw_only=True):
    """A gift that is earned: steps of a SKU, by which promotion, and how often its condition is met."""

    promotion_id: str
    name: str
    sku_id: str
    quantity: int


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. `goods_amount` is at item prices; total = sum of payable + freight. Lines in the order of keys.
    `earn_rate`: points per 分 for this buyer, in hundred millionths."""

    lines: tuple[PricedLine, ...]
    gifts: tuple[Earned, ...]
    list_amount: int
    goods_amount: int
    discount_amount: int
    freight_amount: int
    rounding_amount: int
    total: int
    points_used: int
    points_earned: int
    used: tuple[str, ...]
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]
    earn_rate: int = 0
