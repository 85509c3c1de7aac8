"""The same wish again at the prices of today: the new command that answers a question of the hub."""

from collections.abc import Mapping

import msgspec

from s2b_domain.commands.command import Command
from s2b_domain.commands.leases import PlaceLeased
from s2b_domain.commands.order_changes import ChangeOrder, ReplaceSupply
from s2b_domain.commands.orders import PlaceOrder
from s2b_domain.errors import Param


def placed_by(message: Command) -> PlaceOrder | None:
    """The order that a command places: itself, in another's place, or from what is kept."""
    if isinstance(message, ChangeOrder | ReplaceSupply | PlaceLeased):
        return message.placed
    return message if isinstance(message, PlaceOrder) else None


def placing(message: Command, placed: PlaceOrder) -> Command:
    """The same command with another order."""
    return placed if isinstance(message, PlaceOrder) else msgspec.structs.replace(message, placed=placed)


def at_new_prices(message: PlaceOrder, codes: dict[str, str], now: dict[str, int]) -> PlaceOrder:
    """`codes` maps SKU ids to codes, `now` codes to unit prices; the order keeps its number, it was never booked."""
    items = tuple(
        msgspec.structs.replace(item, price_seen=now.get(codes.get(item.sku_id, ""), item.price_seen))
        for item in message.items
    )
    return msgspec.structs.replace(message, items=items, total_seen=None)


def at_new_total(message: PlaceOrder, params: Mapping[str, Param]) -> PlaceOrder:
    """What answers `total_changed`, `gifts_changed` and `coupon_unusable`: the total and gifts as they are now, without
    the coupon that fell out."""
    now, gone = params.get("now"), params.get("coupon_id")
    return msgspec.structs.replace(
        message,
        total_seen=now if isinstance(now, int) else None,
        gifts_seen=None,
        coupon_ids=tuple(c for c in message.coupon_ids if c != gone),
    )
