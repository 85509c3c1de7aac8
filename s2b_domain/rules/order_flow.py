"""States of orders, supply orders and parcels, and every transition that is allowed."""

from collections.abc import Iterable
from enum import StrEnum


class OrderKind(StrEnum):
    """采购: for the shop's own stock. 一件代发: shipped to a consumer by suppliers. 门店零售: over the counter."""

    PURCHASE = "PURCHASE"
    DROPSHIP = "DROPSHIP"
    RETAIL = "RETAIL"


class OrderState(StrEnum):
    """DRAFT, PLACED and CONFIRMED are set; what follows CONFIRMED is derived from the supply orders."""

    DRAFT = "DRAFT"
    PLACED = "PLACED"
    CONFIRMED = "CONFIRMED"
    PARTLY_SHIPPED = "PARTLY_SHIPPED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class SupplyState(StrEnum):
    """A supply order is one supplier's part of an order. PENDING: not yet sent (order not confirmed)."""

    PENDING = "PENDING"
    WAITING = "WAITING"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    PARTLY_SHIPPED = "PARTLY_SHIPPED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


class ParcelState(StrEnum):
    """What the carrier last said: 揽收, 运输中, 到达站点, 派送中, 已签收, or a problem."""

    CREATED = "CREATED"
    COLLECTED = "COLLECTED"
    IN_TRANSIT = "IN_TRANSIT"
    AT_STATION = "AT_STATION"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    DELIVERED = "DELIVERED"
    PROBLEM = "PROBLEM"


class PaymentState(StrEnum):
    """Derived from the payment records, never set."""

    UNPAID = "UNPAID"
    PARTLY_PAID = "PARTLY_PAID"
    PAID = "PAID"


SUPPLY_NEXT: dict[SupplyState, frozenset[SupplyState]] = {
    SupplyState.PENDING: frozenset({SupplyState.WAITING, SupplyState.CANCELLED}),
    SupplyState.WAITING: frozenset({SupplyState.ACCEPTED, SupplyState.DECLINED, SupplyState.CANCELLED}),
    SupplyState.ACCEPTED: frozenset(
        {SupplyState.PARTLY_SHIPPED, SupplyState.SHIPPED, SupplyState.CANCELLED, SupplyState.DECLINED}
    ),
    SupplyState.PARTLY_SHIPPED: frozenset({SupplyState.PARTLY_SHIPPED, SupplyState.SHIPPED}),
    SupplyState.SHIPPED: frozenset({SupplyState.DELIVERED}),
    SupplyState.DECLINED: frozenset(),
    SupplyState.DELIVERED: frozenset(),
    SupplyState.CANCELLED: frozenset(),
}

COMPLETABLE = frozenset({OrderState.SHIPPED, OrderState.DELIVERED})
CANCELLABLE = frozenset({OrderState.DRAFT, OrderState.PLACED, OrderState.CONFIRMED})
DEAD = frozenset({SupplyState.DECLINED, SupplyState.CANCELLED})
UNSENT = frozenset({SupplyState.PENDING, SupplyState.WAITING, SupplyState.ACCEPTED})


def derived_state(parts: Iterable[SupplyState]) -> OrderState:
    """The state of a confirmed order whose supply orders stand as `parts` (at least one)."""
    alive = [p for p in parts if p not in DEAD]
    if not alive:
        return OrderState.CANCELLED
    if all(p == SupplyState.DELIVERED for p in alive):
        return OrderState.DELIVERED
    if all(p in (SupplyState.SHIPPED, SupplyState.DELIVERED) for p in alive):
        return OrderState.SHIPPED
    if any(p not in UNSENT for p in alive):
        return OrderState.PARTLY_SHIPPED
    return OrderState.CONFIRMED


def payment_state(due: int, paid: int) -> PaymentState:
    """`due` and `paid` in 分; refunds count as negative payments."""
    if paid <= 0 < due:
        return PaymentState.UNPAID
    return PaymentState.PAID if paid >= due else PaymentState.PARTLY_PAID
