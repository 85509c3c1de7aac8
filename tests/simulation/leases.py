"""What people do with stock that is kept for their PC: ask for it, sell it without a line, give it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2b_desktop.models.queries.leases import reserves
from s2b_domain.commands import Command
from s2b_domain.commands.leases import LeaseUse, PlaceLeased, RequestLease, ReturnLease, SetLeasePolicy
from s2b_domain.commands.orders import PlaceOrder
from s2b_domain.records.catalog import Sku
from s2b_domain.records.lease import Lease

if TYPE_CHECKING:
    from tests.simulation.deeds import Person


def of_the_supplier(person: Person) -> Command | None:
    """Say how much is kept for shops, mostly much."""
    chance = person.chance
    sku = person.one(Sku) if chance.random() < 0.3 else None
    return SetLeasePolicy(
        sku_id=sku.id if sku else "",
        most=chance.choice([0, 5, 40, 200]),
        share_bp=chance.choice([2_000, 9_000, 10_000]),
        hours=chance.choice([1, 4, 48]),
    )


def of_the_shop(person: Person) -> Command | None:
    """Ask for stock, sell from it, or give it back: now and then what is another PC's, or over."""
    chance, sku, lease = person.chance, person.one(Sku), person.one(Lease)
    drawn = chance.random()
    if sku is not None and (lease is None or drawn < 0.35):
        return RequestLease(sku_id=sku.id, quantity=chance.randint(1, 12), hours=chance.choice([1, 3, 40]))
    if lease is not None and drawn < 0.45:
        return ReturnLease(lease_id=lease.id)
    return _sell(person)


def _sell(person: Person) -> Command | None:
    """From what may be sold here without asking; sometimes more than is left of it."""
    workspace, chance = person.workspace, person.chance
    device_id = workspace.device.device_id if workspace.device else ""
    skus = {sku.id for sku in person.all(Sku)}
    kept = workspace.read(reserves, device_id, skus, workspace.steady_time())
    if not kept:
        return None
    sku_id = chance.choice(sorted(kept))
    lease_id, _, left = chance.choice(kept[sku_id])
    quantity = chance.randint(1, left + (chance.random() < 0.1))
    placed = person.order([sku for sku in person.all(Sku) if sku.id == sku_id], quantity)
    if not isinstance(placed, PlaceOrder):
        return None
    return PlaceLeased(placed=placed, uses=(LeaseUse(lease_id=lease_id, quantity=quantity),))
