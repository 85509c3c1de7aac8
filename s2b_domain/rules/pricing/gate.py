"""Whether an offer is open to this buyer now, before anybody looks at the goods."""

from s2b_domain.errors import Param
from s2b_domain.rules.pricing.cart import Buyer
from s2b_domain.rules.pricing.offers import Audience, Channel, CouponRule, PromotionRule

Why = tuple[str, dict[str, Param]]


def closed_to(audience: Audience, buyer: Buyer, channel: Channel) -> Why | None:
    """Why an audience does not hold this buyer."""
    if audience.channels and channel not in audience.channels:
        return "wrong_channel", {"channel": channel.value}
    if audience.newcomers_only and not buyer.newcomer:
        return "newcomers_only", {}
    if (audience.members_only or audience.level_ids or audience.tag_ids) and not buyer.member_id:
        return "members_only", {}
    if audience.level_ids and buyer.level_id not in audience.level_ids:
        return "wrong_level", {}
    if audience.tag_ids and not set(audience.tag_ids).intersection(buyer.tag_ids):
        return "wrong_tag", {}
    return None


def promotion_closed(rule: PromotionRule, buyer: Buyer, channel: Channel, time: int) -> Why | None:
    """Why a promotion is closed. Its window holds its first millisecond and not its last; a level may come early."""
    if time < rule.starts_at - buyer.early_ms:
        return "not_started", {"starts_at": rule.starts_at}
    if rule.ends_at is not None and time >= rule.ends_at:
        return "ended", {"ends_at": rule.ends_at}
    closed = closed_to(rule.terms.audience, buyer, channel)
    if closed is not None:
        return closed
    if rule.uses_left is not None and rule.uses_left <= 0:
        return "used_up", {}
    if rule.person_left is not None and rule.person_left <= 0:
        return "person_limit", {"limit": rule.terms.per_person}
    if rule.budget_left is not None and rule.budget_left <= 0:
        return "budget_spent", {}
    return None


def coupon_closed(rule: CouponRule, buyer: Buyer, channel: Channel, time: int) -> Why | None:
    """Why a coupon cannot be used, whatever is in the cart."""
    if rule.problem:
        return rule.problem, {}
    if time < rule.valid_from:
        return "coupon_not_started", {"starts_at": rule.valid_from}
    if rule.valid_to is not None and time >= rule.valid_to:
        return "coupon_expired", {"ends_at": rule.valid_to}
    return closed_to(rule.terms.audience, buyer, channel)
