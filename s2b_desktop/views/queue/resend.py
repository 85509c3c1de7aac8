"""The same wish again at the prices of today: the new command that answers `price_changed`."""

import msgspec

from s2b_domain.commands.orders import PlaceOrder


def at_new_prices(message: PlaceOrder, codes: dict[str, str], now: dict[str, int]) -> PlaceOrder:
    """`codes` maps SKU ids to codes, `now` codes to unit prices; the order keeps its number, it was never booked."""
    items = tuple(
        msgspec.structs.replace(item, price_seen=now.get(codes.get(item.sku_id, ""), item.price_seen))
        for item in message.items
    )
    return msgspec.structs.replace(message, items=items)
