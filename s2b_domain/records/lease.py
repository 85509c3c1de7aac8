"""Stock that a supplier keeps for one device of a shop, and how much of it a supplier is willing to keep."""

from s2b_domain.records.record import Record, record
from s2b_domain.rules.leases import LeaseState


@record("lease", ("merchant_id", "sku_id"), ("supplier_id", "sku_id"), ("state", "expires_at"))
class Lease(Record, frozen=True, kw_only=True):
    """The right of one device to sell up to `quantity` steps of a SKU until `expires_at`, without asking.

    `returned` is what went back of it. Both sides see this row: it says nothing of what the goods were sold for.
    """

    device_id: str
    merchant_id: str
    merchant_name: str
    supplier_id: str
    sku_id: str
    quantity: int
    used: int = 0
    returned: int = 0
    granted_at: int
    granted_to: str
    expires_at: int
    state: LeaseState = LeaseState.ACTIVE

    @property
    def left(self) -> int:
        """Steps that may still be sold under it."""
        return self.quantity - self.used if self.state is LeaseState.ACTIVE else 0


@record("lease_hold", ("lease_id",), ("stock_id",))
class LeaseHold(Record, frozen=True, kw_only=True):
    """Stock kept for a lease, by the row it will be taken from; deleted when sold or back."""

    owner_id: str
    lease_id: str
    stock_id: str
    quantity: int


@record("lease_policy", ("supplier_id",))
class LeasePolicy(Record, frozen=True, kw_only=True):
    """What a supplier keeps for shops of a level ("" all), of a SKU ("" all); `id` is derived from these.

    `most` whole units for one shop, together no more than `share_bp` of what no order holds, for at most `hours`; none
    where any of them is 0.
    """

    supplier_id: str
    sku_id: str = ""
    level: str = ""
    most: int
    share_bp: int
    hours: int
