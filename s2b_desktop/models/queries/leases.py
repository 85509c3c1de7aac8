"""Stock that suppliers keep for the PCs of shops, as each side looks at it."""

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection

from s2b_domain.commands.leases import policy_id
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.lease import Lease, LeasePolicy
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.leases import LeaseState, usable


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of some goods; `here`: for this PC."""

    lease: Lease
    title: str
    code: str
    unit: str
    decimals: int
    here: bool


def kept_for(connection: Connection, merchant_id: str, device_id: str) -> list[Kept]:
    """What is kept for a shop's PCs: this one's first, then what ends first."""
    store = RecordStore(connection)
    leases = store.find(Lease, merchant_id=merchant_id, state=LeaseState.ACTIVE)
    skus = {s.id: s for s in store.find_in(Sku, "id", {le.sku_id for le in leases})}
    titles = {p.id: p.title for p in store.find_in(Product, "id", {s.product_id for s in skus.values()})}
    found = []
    for lease in sorted(leases, key=lambda le: (le.device_id != device_id, le.expires_at, le.id)):
        sku = skus.get(lease.sku_id)
        found.append(
            Kept(
                lease=lease,
                title=titles.get(sku.product_id, "") if sku else "",
                code=sku.code if sku else "",
                unit=sku.unit if sku else "",
                decimals=sku.decimals if sku else 0,
                here=lease.device_id == device_id,
            )
        )
    return found


def reserves(
    connection: Connection, device_id: str, sku_ids: Collection[str], hub_time: int | None
) -> dict[str, list[tuple[str, int, int]]]:
    """What this PC may sell now without asking: SKU id -> (lease, end, steps left)."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    for lease in RecordStore(connection).find_in(Lease, "sku_id", sku_ids, state=LeaseState.ACTIVE):
        if lease.device_id == device_id and lease.left > 0 and usable(lease.expires_at, hub_time):
            found.setdefault(lease.sku_id, []).append((lease.id, lease.expires_at, lease.left))
    return found


def kept_of(connection: Connection, supplier_id: str, sku_id: str) -> list[Lease]:
    """What a supplier keeps of a SKU for shops, what ends first first."""
    found = RecordStore(connection).find(Lease, supplier_id=supplier_id, sku_id=sku_id, state=LeaseState.ACTIVE)
    return sorted(found, key=lambda le: (le.expires_at, le.id))


def policy_at(connection: Connection, supplier_id: str, sku_id: str) -> LeasePolicy | None:
    """What a supplier has said of a SKU ("" of all goods), for shops of every level."""
    return RecordStore(connection).get(LeasePolicy, policy_id(supplier_id, sku_id, ""))
