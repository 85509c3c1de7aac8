"""Promotions and coupon templates, what was used of them, and the coupons that people hold."""

from enum import StrEnum
from typing import Annotated

import msgspec

from s2b_domain.records.record import Record, record
from s2b_domain.rules.bounds import Time
from s2b_domain.rules.pricing import CouponTerms, Terms


class PromotionState(StrEnum):
    """DRAFT, SCHEDULED, PAUSED and ENDED are set; a scheduled one is ACTIVE while its window is open."""

    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    ENDED = "ENDED"


class TemplateState(StrEnum):
    """A coupon template gives out coupons only while it is ACTIVE; what is out stays valid, but not when CLOSED."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    CLOSED = "CLOSED"


class CouponState(StrEnum):
    """AVAILABLE -> LOCKED (for an order) -> USED (paid); a cancelled order gives it back, if it has not expired.
    VOID: the shop took it back."""

    AVAILABLE = "AVAILABLE"
    LOCKED = "LOCKED"
    USED = "USED"
    EXPIRED = "EXPIRED"
    VOID = "VOID"


@record("promotion", ("owner_id", "state"))
class Promotion(Record, frozen=True, kw_only=True):
    """A promotion of a shop; or of a supplier (its own goods, in every shop) or the platform, seen by all merchants.

    The owner bears it. Runs from `starts_at` up to before `ends_at` (None: until it is ended).
    """

    owner_id: str
    name: str
    state: PromotionState
    starts_at: int
    ends_at: int | None = None
    terms: Terms
    public: bool = False
    note: str = ""

    def shown_state(self, now: int) -> PromotionState:
        """The state at a time: a scheduled one becomes active and ends by itself."""
        if self.state is not PromotionState.SCHEDULED:
            return self.state
        if self.ends_at is not None and now >= self.ends_at:
            return PromotionState.ENDED
        return PromotionState.ACTIVE if now >= self.starts_at else PromotionState.SCHEDULED


@record("promotion_use", ("promotion_id", "person"), ("order_id",))
class PromotionUse(Record, frozen=True, kw_only=True):
    """That an order used a promotion: what it took off (分), on how much. `person`: member id, phone or "".

    `cancelled` uses count no longer. Seen by the merchant alone.
    """

    promotion_id: str
    merchant_id: str
    order_id: str
    person: str
    amount: int
    goods_amount: int
    at: int
    cancelled: bool = False


@record("offer_total", ("owner_id",))
class OfferTotal(Record, frozen=True, kw_only=True):
    """What a promotion or coupon template (whose id it has) came to over all shops: seen by its owner.

    Orders that used it, what it took off (分), what those orders' goods came to (分), coupons given out.
    """

    owner_id: str
    uses: int = 0
    amount: int = 0
    goods_amount: int = 0
    issued: int = 0


class Validity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When coupons are valid: in a fixed window, or within it `days` from when each was given, or from its start for
    those that were given before."""

    starts_at: Time = 0
    ends_at: Time | None = None
    days: Annotated[int, msgspec.Meta(ge=0, le=3660)] = 0


@record("coupon_template", ("owner_id", "state"))
class CouponTemplate(Record, frozen=True, kw_only=True):
    """What coupons of a kind say, and how many there may be, in all and per person (None: no bound)."""

    owner_id: str
    name: str
    state: TemplateState
    terms: CouponTerms
    validity: Validity
    total: int | None = None
    per_person: int | None = None
    public: bool = False
    note: str = ""


@record("coupon", ("member_id", "state"), ("template_id",), ("code",), ("order_id",))
class Coupon(Record, frozen=True, kw_only=True):
    """A coupon in somebody's hand; without `member_id` whoever shows `code` may use it. Its terms are frozen."""

    template_id: str
    owner_id: str
    merchant_id: str
    member_id: str
    code: str
    name: str
    terms: CouponTerms
    valid_from: int
    valid_to: int | None
    state: CouponState
    order_id: str = ""
    issued_at: int
    used_at: int | None = None

    def shown_state(self, now: int) -> CouponState:
        """The state at a time: one that is available expires by itself."""
        over = self.valid_to is not None and now >= self.valid_to
        return CouponState.EXPIRED if over and self.state is CouponState.AVAILABLE else self.state
