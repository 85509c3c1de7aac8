"""Stock leases: kept for one device, sold there without asking, given back."""

from typing import Annotated

import msgspec

from s2b_domain.access import CATALOG, STOCK, Actor, Permission, own, pricebook
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.costs import prices_for, unit_cost
from s2b_domain.commands.orders import PlaceOrder, place, placed_scopes, preview_order
from s2b_domain.commands.stock import counted, move, promisable, promise, take
from s2b_domain.commands.supplies import own_trading
from s2b_domain.commands.terms import terms_between
from s2b_domain.errors import NeedsConfirmation, Refused
from s2b_domain.ids import derived_id
from s2b_domain.records.catalog import STANDARD_LEVEL, Sku
from s2b_domain.records.lease import Lease, LeaseHold, LeasePolicy
from s2b_domain.records.party import Organisation
from s2b_domain.records.stock import Stock
from s2b_domain.records.terms import PriceLevel
from s2b_domain.rules.bounds import MAX_PRICE, Code, Id
from s2b_domain.rules.leases import HOUR, MAX_HOURS, LeaseState, grantable, lapsed, usable
from s2b_domain.rules.money import line_amount
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.stock import MovementKind
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader, Tx

MAX_USES = 2000
Steps = Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY)]


class SetLeasePolicy(Command, frozen=True, kw_only=True):
    """What is kept for shops: `most` whole units for each, `share_bp` of the stock for all together, for `hours`. It
    says so of one SKU or of all ("") and of one level or of all (""); the closest one counts. 0 keeps nothing."""

    sku_id: Id = ""
    level: Code = ""
    most: Annotated[int, msgspec.Meta(ge=0, le=MAX_QUANTITY)]
    share_bp: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    hours: Annotated[int, msgspec.Meta(ge=0, le=MAX_HOURS)]


class RequestLease(Command, frozen=True, kw_only=True):
    """Keep up to `quantity` steps of a supplier's SKU for this device, for `hours`."""

    sku_id: Id
    quantity: Steps
    hours: Annotated[int, msgspec.Meta(ge=1, le=MAX_HOURS)]


class ReturnLease(Command, frozen=True, kw_only=True):
    """What is left of a lease goes back."""

    lease_id: Id


class LeaseUse(msgspec.Struct, frozen=True, array_like=True):
    """Steps of an order that come from a lease."""

    lease_id: Id
    quantity: Steps


class PlaceLeased(Command, frozen=True, kw_only=True):
    """An order that was promised without asking: leases cover every line of it."""

    placed: PlaceOrder
    uses: Annotated[tuple[LeaseUse, ...], msgspec.Meta(max_length=MAX_USES)]


def policy_id(supplier_id: str, sku_id: str, level: str) -> str:
    """The id of what a supplier keeps of a SKU for a level."""
    return derived_id(supplier_id, "lease_policy", sku_id, level)


def policy_for(reader: Reader, supplier_id: str, sku_id: str, level: str) -> LeasePolicy | None:
    """What counts for a shop of a level: what was said of the SKU before what was said of all."""
    for sku, at in ((sku_id, level), (sku_id, ""), ("", level), ("", "")):
        found = reader.get(LeasePolicy, policy_id(supplier_id, sku, at))
        if found is not None:
            return found
    return None


def level_of(reader: Reader, supplier_id: str, merchant_id: str) -> str:
    """The price level at which a shop buys from a supplier."""
    terms = terms_between(reader, supplier_id, merchant_id)
    return terms.level if terms else STANDARD_LEVEL


def _policy_scopes(reader: Reader, actor: Actor, message: SetLeasePolicy) -> list[str]:
    mine = actor.organisation_id
    return [own(mine, "stock"), pricebook(mine, message.level) if message.level else CATALOG]


@command("lease.policy@1", SetLeasePolicy, permission=Permission.TERMS_EDIT, touches=_policy_scopes)
def set_lease_policy(tx: Tx, message: SetLeasePolicy) -> None:
    """Say what is kept for shops; what was kept before stays until its end."""
    mine = tx.actor.organisation_id
    if message.sku_id and tx.need(Sku, message.sku_id).supplier_id != mine:
        raise Refused("not_yours", id=message.sku_id)
    if message.level not in ("", STANDARD_LEVEL):
        level = tx.need(PriceLevel, message.level)
        if level.supplier_id != mine:
            raise Refused("not_yours", id=message.level)
    tx.put(
        LeasePolicy(
            id=policy_id(mine, message.sku_id, message.level),
            supplier_id=mine,
            sku_id=message.sku_id,
            level=message.level,
            most=message.most,
            share_bp=message.share_bp,
            hours=message.hours,
        )
    )


def _lease_scopes(reader: Reader, actor: Actor, message: RequestLease | ReturnLease) -> list[str]:
    scopes = {STOCK, own(actor.organisation_id, "stock")}
    if isinstance(message, RequestLease):
        sku = reader.get(Sku, message.sku_id)
        scopes |= {own(sku.supplier_id, "stock")} if sku else set()
    else:
        lease = reader.get(Lease, message.lease_id)
        scopes |= {own(lease.supplier_id, "stock")} if lease else set()
    return sorted(scopes)


@command("lease.request@1", RequestLease, permission=Permission.ORDER_PLACE, touches=_lease_scopes)
def request_lease(tx: Tx, message: RequestLease) -> None:
    """Keep what the supplier allows and has, for this device; `Refused` where that is nothing.

    A desktop writes nothing: only the hub's answer makes a lease.
    """
    merchant = own_trading(tx)
    sku = tx.need(Sku, message.sku_id)
    if not (sku.live and sku.on_sale):
        raise Refused("not_on_sale", sku=sku.code)
    supplier = tx.need(Organisation, sku.supplier_id)
    if supplier.state is not PartyState.APPROVED:
        raise Refused("supplier_not_trading", supplier=supplier.name)
    if not tx.sees(own(sku.supplier_id, "stock")):
        return
    policy = policy_for(tx, sku.supplier_id, sku.id, level_of(tx, sku.supplier_id, merchant.id))
    hours = min(message.hours, policy.hours) if policy else 0
    if policy is None or not (hours and policy.most and policy.share_bp):
        raise Refused("lease_not_offered", sku=sku.code, supplier=supplier.name)
    rows = tx.find(Stock, owner_id=sku.supplier_id, sku_id=sku.id)
    available = promisable(tx, sku.supplier_id, sku)
    held = sum(le.left for le in tx.find(Lease, merchant_id=merchant.id, sku_id=sku.id))
    granted = grantable(
        message.quantity,
        most=policy.most * 10**sku.decimals,
        held=held,
        share_bp=policy.share_bp,
        unreserved=sum(s.on_hand - s.reserved for s in rows),
        leased=sum(s.leased for s in rows),
        available=available,
    )
    if not granted:
        if available <= 0:
            raise Refused("out_of_stock", available=0, wanted=message.quantity, **counted(sku))
        raise Refused("lease_used_up", **counted(sku))
    lease = tx.add(
        Lease(
            id=tx.id("lease"),
            device_id=tx.device_id,
            merchant_id=merchant.id,
            merchant_name=merchant.name,
            supplier_id=sku.supplier_id,
            sku_id=sku.id,
            quantity=granted,
            granted_at=tx.time,
            granted_to=tx.actor.name,
            expires_at=tx.time + hours * HOUR,
        )
    )
    for stock, part in take(tx, sku.supplier_id, sku, granted):
        move(tx, stock, MovementKind.LEASE, part, sku=sku, document_id=lease.id)
        tx.add(
            LeaseHold(
                id=tx.id("lease_hold", stock.id),
                owner_id=sku.supplier_id,
                lease_id=lease.id,
                stock_id=stock.id,
                quantity=part,
            )
        )


@command("lease.return@1", ReturnLease, permission=Permission.ORDER_PLACE, touches=_lease_scopes)
def return_lease(tx: Tx, message: ReturnLease) -> None:
    """Give back what is left: its own device whenever it likes, anybody of the shop (and the hub) once it has lapsed.
    Another PC cannot know before what the device has sold."""
    lease = tx.need(Lease, message.lease_id)
    if lease.merchant_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=lease.id)
    if lease.state is LeaseState.RETURNED:
        raise Refused("lease_returned")
    if lease.device_id != tx.device_id and not lapsed(lease.expires_at, tx.time):
        raise Refused("lease_elsewhere")
    left = lease.left
    tx.put(lease.with_(state=LeaseState.RETURNED, returned=left))
    sku = tx.get(Sku, lease.sku_id)
    if not tx.sees(own(lease.supplier_id, "stock")):
        if sku is not None and left:
            promise(tx, sku, left)
        return
    for hold in tx.find(LeaseHold, lease_id=lease.id):
        stock = tx.need(Stock, hold.stock_id)
        move(tx, stock, MovementKind.LEASE_RETURN, hold.quantity, sku=sku, document_id=lease.id)
        tx.delete(hold)


def check_sure(tx: Tx, message: PlaceLeased, hub_time: int | None) -> None:
    """Before an order is promised on a device: its leases are this device's and usable by its steady clock, and nothing
    else stands against it. `Refused`, or `NeedsConfirmation` where a price has moved."""
    for use in message.uses:
        lease = tx.need(Lease, use.lease_id)
        if lease.device_id != tx.device_id:
            raise Refused("lease_elsewhere")
        if lease.state is LeaseState.RETURNED:
            raise Refused("lease_returned")
        if not usable(lease.expires_at, hub_time):
            raise Refused("lease_over")
    preview = preview_order(tx, message.placed)
    if preview.quote is not None and preview.quote.gifts:
        raise Refused("lease_too_small")  # nothing is kept for a gift
    seen = message.placed.total_seen
    if seen not in (None, preview.total):
        raise NeedsConfirmation(
            "total_changed", seen=seen or 0, now=preview.total, difference=preview.total - (seen or 0), gifts=[]
        )


def _leased_scopes(reader: Reader, actor: Actor, message: PlaceLeased) -> list[str]:
    return sorted({*placed_scopes(reader, actor, message.placed), own(actor.organisation_id, "stock")})


@command("order.place_leased@1", PlaceLeased, permission=Permission.ORDER_PLACE, touches=_leased_scopes, fact=True)
def place_leased(tx: Tx, message: PlaceLeased) -> Result:
    """Book an order as it was promised, at the prices of then. `Refused` only where no lease of this shop says so.

    What the supplier should look at is a discrepancy: stock that went back meanwhile and is gone, prices that are
    others by now, and drop-shipping or a region that it has ended.
    """
    placed = message.placed
    if any(not 0 <= i.price_seen <= MAX_PRICE for i in placed.items) or (placed.total_seen or 0) < 0:
        raise Refused("field_wrong", field="price_seen")
    leases = _checked(tx, message)
    if tx.recorded is None:
        tx.recorded = {} if placed.total_seen is None else {"total": placed.total_seen}
    order = place(tx, placed, leases=leases)
    skus = {s.id: s for s in tx.find_in(Sku, "id", [i.sku_id for i in placed.items])}
    merchant = tx.actor.organisation_id
    prices = prices_for(tx, merchant, skus, knows_terms=tx.sees(own(merchant, "money")))
    for item in placed.items:
        sku, price = skus[item.sku_id], prices.get(item.sku_id)
        if placed.kind is OrderKind.DROPSHIP and not sku.dropship:
            tx.contradict("lease_dropship", sku.supplier_id, order.id, sku.id, sku=sku.code)
        now = unit_cost(price, placed.kind, item.quantity) if price else None
        if now is not None and now != item.price_seen:
            paid, priced = (line_amount(p, item.quantity, sku.decimals) for p in (item.price_seen, now))
            tx.contradict("lease_price", sku.supplier_id, order.id, sku.id, sku=sku.code, paid=paid, priced=priced)
    return {"number": order.number, "total": order.total}


def _checked(tx: Tx, message: PlaceLeased) -> dict[str, tuple[LeaseUse, ...]]:
    """The uses by SKU; `Refused` unless leases of this shop cover exactly what is ordered. One that a restored hub has
    lost is not asked for again."""
    taken: dict[str, int] = {}
    by_sku: dict[str, tuple[LeaseUse, ...]] = {}
    if len({use.lease_id for use in message.uses}) < len(message.uses):
        raise Refused("field_wrong", field="uses")
    for use in message.uses:
        lease = tx.get(Lease, use.lease_id)
        if lease is None and tx.recorded is not None:
            continue
        if lease is None or lease.merchant_id != tx.actor.organisation_id:
            raise Refused("not_yours", id=use.lease_id)
        if lease.used + use.quantity > lease.quantity and tx.recorded is None:
            raise Refused("lease_too_small")
        taken[lease.sku_id] = taken.get(lease.sku_id, 0) + use.quantity
        by_sku[lease.sku_id] = (*by_sku.get(lease.sku_id, ()), use)
    wanted = {i.sku_id: i.quantity for i in message.placed.items}
    if taken != wanted and tx.recorded is None:
        raise Refused("lease_too_small")
    return by_sku
