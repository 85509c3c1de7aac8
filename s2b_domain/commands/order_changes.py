"""Orders that become others: changed before anything was shipped, or ordered elsewhere after a supplier declined.

What was frozen is never priced again: the order ends, and another one stands in its place with what was paid for it.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from s2b_domain.access import Actor, Permission
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.history import remember
from s2b_domain.commands.membership import member_now
from s2b_domain.commands.orders import Agreed, PlaceOrder, place, placed_scopes
from s2b_domain.commands.quote import default_freight, supply_freight
from s2b_domain.commands.return_quote import paid_too_much, ways_back
from s2b_domain.commands.rewards import count_use, reward
from s2b_domain.commands.settlements import settle_order
from s2b_domain.commands.supplies import end_supply, existing_scopes, own_order, own_trading
from s2b_domain.commands.takings import carry
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.order import Address, Order, OrderLine, SupplyLine, SupplyOrder
from s2b_domain.records.promotion import Coupon, CouponState
from s2b_domain.rules.bounds import Id, Reason
from s2b_domain.rules.order_flow import CANCELLABLE, DEAD, OrderKind, OrderState, SupplyState
from s2b_domain.rules.pricing import Bearer, Load, RegionRefusedError, freight_fee
from s2b_domain.tx import Reader, Tx


class ChangeOrder(Command, frozen=True, kw_only=True):
    """The order `order_id` becomes `placed`: other goods, quantities or address, before anything was shipped."""

    order_id: Id
    placed: PlaceOrder
    reason: Reason = ""


class ReplaceSupply(Command, frozen=True, kw_only=True):
    """What a supplier declined is ordered from others, as `placed`. A consumer pays what the declined lines cost."""

    supply_order_id: Id
    placed: PlaceOrder


class ForgoSupply(Command, frozen=True, kw_only=True):
    """What a supplier declined is not ordered elsewhere: what was paid for it goes back."""

    supply_order_id: Id


class ReaddressOrder(Command, frozen=True, kw_only=True):
    """The goods go elsewhere, before anything was shipped and where that costs the same."""

    order_id: Id
    address: Address


def _changed(reader: Reader, actor: Actor, message: ChangeOrder) -> list[str]:
    return sorted({*existing_scopes(reader, actor, message), *placed_scopes(reader, actor, message.placed)})


def _declined(reader: Reader, actor: Actor, message: ReplaceSupply | ForgoSupply) -> list[str]:
    supply = reader.get(SupplyOrder, message.supply_order_id)
    return existing_scopes(reader, actor, supply) if supply is not None else []


def _replaced(reader: Reader, actor: Actor, message: ReplaceSupply) -> list[str]:
    return sorted({*placed_scopes(reader, actor, message.placed), *_declined(reader, actor, message)})


def make_room(tx: Tx, message: ChangeOrder) -> Order:
    """End the order that becomes another one; its coupons and points are free for that."""
    old = own_order(tx, message.order_id)
    if old.state not in CANCELLABLE or old.kind is not message.placed.kind:
        raise Refused("state_changed", state=old.state.value, number=old.number)
    reason = message.reason.strip() or message.placed.number
    for supply in tx.find(SupplyOrder, order_id=old.id):
        if supply.state in (SupplyState.PENDING, SupplyState.WAITING, SupplyState.ACCEPTED):
            end_supply(tx, supply, SupplyState.CANCELLED, reason)
    settle_order(tx, old.id, OrderState.CANCELLED, reason)
    return old


@command("order.change@1", ChangeOrder, permission=Permission.ORDER_PLACE, touches=_changed)
def change_order(tx: Tx, message: ChangeOrder) -> Result:
    """End the order and place the other one, which takes over what was paid. Coupons and points of the first are free
    for the second. `Refused("state_changed")` once something was shipped."""
    old = make_room(tx, message)
    remember(tx, old.id, "order.changed", old.merchant_id, reason=message.placed.number)
    order = place(tx, message.placed, replaces=old.id)
    order = _carry_over(tx, tx.need(Order, old.id), order, order_whole=True)
    return {"number": order.number, "total": order.total}


def _own_declined(tx: Tx, supply_order_id: str) -> tuple[SupplyOrder, Order]:
    """A declined part of one's own order that was not ordered elsewhere, and the order; `Refused`."""
    supply = tx.need(SupplyOrder, supply_order_id)
    order = own_order(tx, supply.order_id)
    if supply.state is not SupplyState.DECLINED:
        raise Refused("state_changed", state=supply.state.value, number=supply.number)
    if any(o.replaces_part == supply.id for o in tx.find(Order, replaces=order.id)):
        raise Refused("already_replaced", number=supply.number)
    return supply, order


@command("order.replace@1", ReplaceSupply, permission=Permission.ORDER_PLACE, touches=_replaced)
def replace_supply(tx: Tx, message: ReplaceSupply) -> Result:
    """Order what was declined from others; once. What was paid for it goes with it, and the coupons and points that the
    decline gave back: they were worth a part of what its consumer pays. The platform bears again what it bore."""
    supply, old = _own_declined(tx, message.supply_order_id)
    if old.kind is not message.placed.kind:
        raise Refused("state_changed", state=supply.state.value, number=supply.number)
    if supply.id in old.forgone:
        raise Refused("already_forgone", number=supply.number)
    placed, agreed, free = message.placed, None, []
    if old.kind is OrderKind.DROPSHIP:
        lines = [li for li in tx.find(OrderLine, order_id=old.id) if li.supply_order_id == supply.id]
        member = member_now(tx, old.member_id)
        known = member if member is not None and member.active else None
        points = min(sum(li.points_used for li in lines), max(0, known.points)) if known else 0
        charged = sum(li.payable + li.freight_amount for li in lines)
        borne = sum(r.amount for li in lines for r in li.reductions if r.bearer is Bearer.PLATFORM)
        agreed = Agreed(charged, points, borne)
        free = [c for c in tx.find_in(Coupon, "id", old.coupon_ids) if c.state is CouponState.AVAILABLE]
        placed = msgspec.structs.replace(
            placed,
            member_id=known.id if known else "",
            coupon_ids=tuple(c.id for c in free),
            points=0,
            gifts_seen=None,  # which of them its buyer has a right to, nobody was shown
            declined_gifts=tuple(sorted({*placed.declined_gifts, *(li.gift_of for li in lines if li.gift_of)})),
        )
    order = place(tx, placed, agreed=agreed, replaces=old.id, replaces_part=supply.id)
    for coupon in tx.find_in(Coupon, "id", [c.id for c in free], state=CouponState.AVAILABLE):
        tx.put(coupon.with_(state=CouponState.LOCKED, order_id=order.id))  # it was given for these goods
        count_use(tx, coupon.template_id, coupon.owner_id, 1, 0, order.goods_amount)
    remember(tx, old.id, "order.replaced", old.merchant_id, reason=order.number)
    order = _carry_over(tx, old, order, order_whole=False)
    return {"number": order.number, "total": order.total}


@command("order.forgo@1", ForgoSupply, permission=Permission.ORDER_CANCEL, touches=_declined)
def forgo_supply(tx: Tx, message: ForgoSupply) -> None:
    """Nothing stands in the place of what was declined. What was paid for it is owed back from now on."""
    supply, order = _own_declined(tx, message.supply_order_id)
    if supply.id not in order.forgone:
        tx.put(order.with_(forgone=(*order.forgone, supply.id)))
        remember(tx, order.id, "order.forgone", order.merchant_id, reason=supply.number)


def _carry_over(tx: Tx, old: Order, order: Order, *, order_whole: bool) -> Order:
    """What was paid too much for the old order is paid for the new one: all of it, or as much as that one costs."""
    excess = paid_too_much(tx, old)
    moved = excess if order_whole else min(excess, order.total)
    if order.kind is OrderKind.PURCHASE or moved <= 0:
        return order
    _, order = carry(tx, old, order, ways_back(tx, old, moved), order.number)
    return reward(tx, order) if order.paid >= order.total else order


@command("order.readdress@1", ReaddressOrder, permission=Permission.ORDER_PLACE, touches=existing_scopes)
def readdress_order(tx: Tx, message: ReaddressOrder) -> None:
    """Write the other address on the order and its parts. `Refused("freight_changes")` where carrying costs otherwise:
    then the order has to be changed, with the difference shown."""
    own_trading(tx)
    order, address = own_order(tx, message.order_id), message.address
    if order.state not in CANCELLABLE or order.kind is not OrderKind.DROPSHIP:
        raise Refused("state_changed", state=order.state.value, number=order.number)
    if not (address.name.strip() and address.phone.strip() and address.street.strip()):
        raise Refused("address_required")
    supplies = [s for s in tx.find(SupplyOrder, order_id=order.id) if s.state not in DEAD]
    if not _costs_the_same(tx, order, supplies, address):
        raise Refused("freight_changes", number=order.number)
    for supply in supplies:
        tx.put(supply.with_(address=address))
        told = [supply.supplier_id] if supply.sent else []
        remember(tx, supply.id, "supply.readdressed", *told, supply.merchant_id, reason=address.region)
    tx.put(order.with_(address=address))
    remember(tx, order.id, "order.readdressed", order.merchant_id, reason=address.region)


def _costs_the_same(reader: Reader, order: Order, supplies: Iterable[SupplyOrder], address: Address) -> bool:
    if order.address is not None and order.address.region == address.region:
        return True
    lines = reader.find(OrderLine, order_id=order.id)
    skus = {s.id: s for s in reader.find_in(Sku, "id", [li.sku_id for li in lines])}
    if any(li.sku_id not in skus for li in lines):
        return False
    freight = default_freight(reader, order.merchant_id)
    loads = [Load(li.quantity, li.decimals, skus[li.sku_id].weight_g or 0, li.amount) for li in lines if not li.gift_of]
    try:
        consumer = freight_fee(freight, address.region, loads) if freight is not None else 0
        if consumer != order.freight_amount:
            return False
        for supply in supplies:
            mine = [li for li in lines if li.supply_order_id == supply.id]
            carried = [(skus[li.sku_id], li.quantity, li.amount) for li in mine]
            if supply_freight(reader, supply.supplier_id, address, carried) != supply.freight_amount:
                return False
    except (RegionRefusedError, Refused):
        return False
    return True


class Alternative(NamedTuple):
    """Goods of another supplier that can take the place of a declined line, and what they cost (1/10,000 yuan)."""

    line_id: str
    sku: Sku
    supplier_id: str
    same_barcode: bool


def same_goods(reader: Reader, line: SupplyLine | OrderLine) -> list[Alternative]:
    """Goods of other suppliers that are the same as a line's: by a barcode, or by brand, title and options."""
    wanted = reader.get(Sku, line.sku_id)
    if wanted is None:
        return []
    codes = [c for c in (wanted.barcode, *wanted.more_barcodes) if c]
    found = {s.id: (s, True) for s in (reader.find_in(Sku, "barcode", codes) if codes else [])}
    product = reader.get(Product, wanted.product_id)
    if product is not None:
        twins = [p.id for p in reader.find(Product, title=product.title) if p.brand == product.brand]
        for sku in reader.find_in(Sku, "product_id", twins):
            if sku.specs == wanted.specs and sku.unit == wanted.unit:
                found.setdefault(sku.id, (sku, False))
    return [
        Alternative(line.id, sku, sku.supplier_id, same)
        for sku, same in found.values()
        if sku.supplier_id != wanted.supplier_id and sku.live and sku.on_sale and sku.decimals == wanted.decimals
    ]


def spread_price(amount: int, quantity: int, decimals: int) -> int:
    """The unit price (1/10,000 yuan) at which `quantity` steps cost about an amount (分)."""
    return int(amount * 100 * 10**decimals // max(1, quantity))
