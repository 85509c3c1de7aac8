"""What the trace of a price says to people: why something is cheaper, and why an offer does not apply. No Qt here."""

from collections.abc import Mapping

from s2b_desktop.text import count, listed, moment, money, percent, tr, unit_price
from s2b_domain.errors import Param

REASONS: dict[str, str] = {
    "charged": "Charged otherwise than priced",
    "coupon": "Coupon",
    "flash_price": "Limited-time price {price} instead of {list_price}",
    "tier_price": "Quantity price {price} instead of {list_price}",
    "member_price": "Member price {price} instead of {list_price}",
    "tiered_reduction": "Money off",
    "repeated_reduction": "Money off, again and again",
    "threshold_rate": "Discount",
    "buy_x_get_y": "Buy some, get some",
    "gift": "Gift",
    "points": "{points} points used",
    "points_clamped": "{points} of {asked} points used; no more is allowed here",
    "freight": "Freight",
    "freight_free": "Free freight",
    "rounded_by_hand": "Rounded down by the cashier",
    "rounded_off": "Rounded down",
}
"""Codes of `Entry`."""

HINDRANCES: dict[str, str] = {
    "better_price": "Another price is better",
    "budget_spent": "Its budget is used up",
    "coupon_available": "It can be used",
    "coupon_closed": "The coupons were withdrawn",
    "coupon_expired": "It has expired",
    "coupon_foreign": "It belongs to another shop",
    "coupon_locked": "It is used by another order",
    "coupon_not_started": "It is valid from {starts_at}",
    "coupon_of_another": "It belongs to somebody else",
    "coupon_used": "It was used before",
    "coupon_void": "The shop took it back",
    "ended": "It is over",
    "floor_price": "The price cannot go lower",
    "gift_not_on_sale": "The gift is no longer to be had",
    "members_only": "For members only",
    "more_than_cost": "The supplier cannot bear that much",
    "newcomers_only": "For a first purchase only",
    "no_effect": "It changes nothing here",
    "no_goods": "No goods in the cart take part",
    "not_combinable": "Cannot be combined with {with}",
    "not_started": "It starts {starts_at}",
    "person_limit": "Already used as often as one person may",
    "points_not_usable": "{balance} points are too few, or points cannot be used here",
    "threshold_not_met": "{missing} more needed",
    "used_up": "Already used as often as it may be",
    "wrong_channel": "Not for this kind of sale",
    "wrong_level": "For other member levels",
    "wrong_tag": "For other members",
}
"""Codes of `Skipped`."""
_BARE: dict[str, str] = {
    "coupon_not_started": "It is not valid yet",
    "not_combinable": "It cannot be combined with another offer",
    "not_started": "It has not started yet",
    "points_not_usable": "Points cannot be used here",
    "threshold_not_met": "The order comes to too little for it",
}
"""What is said where only the code is known."""


def offer_text(code: str, params: Mapping[str, Param] | None = None) -> str:
    """The words of an entry or of what was skipped."""
    given = params or {}
    bare = "" if given else _BARE.get(code, "")
    source = bare or REASONS.get(code) or HINDRANCES.get(code)
    if source is None:
        return code
    values = {name: _said(name, given) for name in (*given, "missing") if "{" + name + "}" in source}
    for field in ("price", "list_price", "points", "asked", "starts_at", "with", "balance", "missing"):
        if "{" + field + "}" in source:
            values.setdefault(field, "")
    return tr(source, **values) if values else tr(source)


def _said(name: str, params: Mapping[str, Param]) -> str:
    value = params.get(name)
    if name == "missing":
        needs, has = params.get("needs"), params.get("has")
        short = max(0, (needs if isinstance(needs, int) else 0) - (has if isinstance(has, int) else 0))
        return money(short) if params.get("measure") != "COUNT" else count(short)
    if isinstance(value, list):
        return listed(value)
    if not isinstance(value, int):
        return "" if value is None else str(value)
    if name in ("price", "list_price"):
        return unit_price(value)
    if name == "starts_at":
        return moment(value)
    return percent(value) if name.endswith("_bp") else count(value)
