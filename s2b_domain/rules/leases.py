"""Leases: until when a device may sell what is kept for it, how much a supplier keeps, and what a sale takes."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

HOUR = 3_600_000
MARGIN = HOUR // 6
"""Milliseconds before its end at which a device stops using a lease: more than its steady clock can drift in
`MAX_HOURS`, and than the hub's last answer can have been under way."""
GRACE = 24 * HOUR
"""Milliseconds after its end for which the hub keeps what is left: a sale made in time may still be on its way. One
that comes later is booked all the same, from what is there then."""
MAX_HOURS = 24 * 14


class LeaseState(StrEnum):
    """Stock is kept for a device, or what was left of it went back."""

    ACTIVE = "ACTIVE"
    RETURNED = "RETURNED"


def usable(expires_at: int, hub_time: int | None) -> bool:
    """Whether a device may still sell under a lease. `hub_time`: the hub's time as the device's steady clock makes it
    from the last contact; None where it cannot know."""
    return hub_time is not None and hub_time < expires_at - MARGIN


def lapsed(expires_at: int, hub_time: int) -> bool:
    """Whether what is left of a lease goes back by itself."""
    return hub_time >= expires_at + GRACE


def grantable(wanted: int, *, most: int, held: int, share_bp: int, unreserved: int, leased: int, available: int) -> int:
    """How many steps of `wanted` are kept: no more than is available, than `most` for one shop (which has `held`
    already), and than a share of what no order holds (of which `leased` are kept for shops already)."""
    return max(0, min(wanted, available, most - held, unreserved * share_bp // 10_000 - leased))


class Use(NamedTuple):
    """Steps that a sale takes from a lease."""

    lease_id: str
    quantity: int


def cover(leases: Iterable[tuple[str, int, int]], quantity: int) -> Sequence[Use]:
    """Which leases (id, end, left) give `quantity`, the one that ends first first; nothing unless they give all."""
    uses: list[Use] = []
    for id_, _, left in sorted(leases, key=lambda lease: (lease[1], lease[0])):
        part = min(quantity, left)
        if part > 0:
            uses.append(Use(id_, part))
            quantity -= part
    return () if quantity else uses
