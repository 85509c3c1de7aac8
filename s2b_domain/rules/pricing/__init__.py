"""What a buyer pays, and why: from the item price to 抹零, allocated to lines and units, with a trace."""

from s2b_domain.rules.pricing.allocation import first_units, spread, units_between
from s2b_domain.rules.pricing.cart import Buyer, Cart, CartLine, Context, Earned, Priced, PricedLine
from s2b_domain.rules.pricing.coupons import CouponChoice
from s2b_domain.rules.pricing.freight import (
    Freight,
    FreightArea,
    FreightBasis,
    Load,
    RegionRefusedError,
    area_of,
    freight_fee,
)
from s2b_domain.rules.pricing.gate import coupon_closed, promotion_closed
from s2b_domain.rules.pricing.offers import (
    Audience,
    Bearer,
    Channel,
    CouponKind,
    CouponRule,
    CouponTerms,
    Gift,
    Goods,
    Measure,
    PromotionKind,
    PromotionRule,
    SkuPrice,
    StackClass,
    Step,
    Terms,
    flaw,
)
from s2b_domain.rules.pricing.pipeline import CartFlawError, corrected, coupon_choices, price, taken_by
from s2b_domain.rules.pricing.points import PointsTerms, earned, redeemable
from s2b_domain.rules.pricing.promotions import clash
from s2b_domain.rules.pricing.quantity import Tier, adjusted_price, next_allowed, quantity_allowed, tier_price
from s2b_domain.rules.pricing.refund import Frozen, Refund, refundable
from s2b_domain.rules.pricing.trace import Entry, Reduction, Skipped, Stage

__all__ = [
    "Audience",
    "Bearer",
    "Buyer",
    "Cart",
    "CartFlawError",
    "CartLine",
    "Channel",
    "Context",
    "CouponChoice",
    "CouponKind",
    "CouponRule",
    "CouponTerms",
    "Earned",
    "Entry",
    "Freight",
    "FreightArea",
    "FreightBasis",
    "Frozen",
    "Gift",
    "Goods",
    "Load",
    "Measure",
    "PointsTerms",
    "Priced",
    "PricedLine",
    "PromotionKind",
    "PromotionRule",
    "Reduction",
    "Refund",
    "RegionRefusedError",
    "Skipped",
    "SkuPrice",
    "StackClass",
    "Stage",
    "Step",
    "Terms",
    "Tier",
    "adjusted_price",
    "area_of",
    "clash",
    "corrected",
    "coupon_choices",
    "coupon_closed",
    "earned",
    "first_units",
    "flaw",
    "freight_fee",
    "next_allowed",
    "price",
    "promotion_closed",
    "quantity_allowed",
    "redeemable",
    "refundable",
    "spread",
    "taken_by",
    "tier_price",
    "units_between",
]
