"""What shops and suppliers do with stock that is kept for a device, for random sequences."""

from s2b_domain.access import Actor
from s2b_domain.commands import Command
from s2b_domain.commands.leases import LeaseUse, PlaceLeased, RequestLease, ReturnLease, SetLeasePolicy
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.records.catalog import Price, Sku
from s2b_domain.records.lease import Lease
from s2b_domain.rules.order_flow import OrderKind
from tests.domain.books import Books
from tests.domain.offer_deeds import HOME, one

VERBS = ("lease_policy", "lease", "lease_sale", "lease_return")
OWN = {
    "lease_policy": ("manager", "rival"),
    **dict.fromkeys(("lease", "lease_sale", "lease_return"), ("owner", "other", "assistant")),
}
MADE = {SetLeasePolicy, RequestLease, ReturnLease, PlaceLeased}


def message_of(books: Books, actor: Actor, verb: str, n: int, amount: int) -> Command:
    """What `actor` asks for; ids come from the whole hub, so that it may well be others' business."""
    store, mine = books.store, actor.organisation_id
    if verb == "lease_policy":
        own = {"supplier_id": mine} if n % 5 else {}
        sku_id = one(store.find(Sku, **own), n).id if amount % 2 else ""
        return SetLeasePolicy(
            sku_id=sku_id, level="standard" if n % 3 == 1 else "", most=amount, share_bp=1_000 * amount, hours=amount
        )
    if verb == "lease":
        return RequestLease(sku_id=one(store.find(Sku), n).id, quantity=amount, hours=n + 1)
    lease = one(store.find(Lease, **({"merchant_id": mine} if n % 4 else {})), n)
    if verb == "lease_return":
        return ReturnLease(lease_id=lease.id)
    kind = OrderKind.PURCHASE if n % 2 else OrderKind.DROPSHIP
    [price] = [p for p in store.find(Price) if p.sku_id == lease.sku_id][:1]
    cost = price.supply_price if kind is OrderKind.PURCHASE else price.dropship_price
    order_id = books.id()
    placed = PlaceOrder(
        order_id=order_id,
        number=f"D7-{order_id[-8:]}",
        kind=kind,
        items=(OrderItem(sku_id=lease.sku_id, quantity=amount, price_seen=max(0, (cost or 0) - n % 3)),),
        address=HOME if kind is OrderKind.DROPSHIP else None,
        confirm=n % 5 > 0,
    )
    return PlaceLeased(placed=placed, uses=(LeaseUse(lease.id, amount),))
