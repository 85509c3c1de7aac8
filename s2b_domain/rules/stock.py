"""Stock arithmetic: available = on_hand - reserved - leased. Movements are the only way to change it."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class MovementKind(StrEnum):
    """Why stock changed."""

    RECEIVE = "RECEIVE"
    COUNT = "COUNT"
    ADJUST = "ADJUST"
    TRANSFER_OUT = "TRANSFER_OUT"
    TRANSFER_IN = "TRANSFER_IN"
    RESERVE = "RESERVE"
    RELEASE = "RELEASE"
    LEASE = "LEASE"
    LEASE_RETURN = "LEASE_RETURN"
    LEASE_SALE = "LEASE_SALE"
    SHIP = "SHIP"
    SALE = "SALE"
    RETURN_TO_STOCK = "RETURN_TO_STOCK"
    WRITE_OFF = "WRITE_OFF"


class Effect(msgspec.Struct, frozen=True):
    """How a movement of `quantity` changes the three columns, as multiples of the quantity."""

    on_hand: int = 0
    reserved: int = 0
    leased: int = 0


EFFECTS: dict[MovementKind, Effect] = {
    MovementKind.RECEIVE: Effect(on_hand=1),
    MovementKind.COUNT: Effect(on_hand=1),
    MovementKind.ADJUST: Effect(on_hand=1),
    MovementKind.TRANSFER_OUT: Effect(on_hand=-1),
    MovementKind.TRANSFER_IN: Effect(on_hand=1),
    MovementKind.RESERVE: Effect(reserved=1),
    MovementKind.RELEASE: Effect(reserved=-1),
    MovementKind.LEASE: Effect(leased=1),
    MovementKind.LEASE_RETURN: Effect(leased=-1),
    MovementKind.LEASE_SALE: Effect(leased=-1, reserved=1),
    MovementKind.SHIP: Effect(on_hand=-1, reserved=-1),
    MovementKind.SALE: Effect(on_hand=-1),
    MovementKind.RETURN_TO_STOCK: Effect(on_hand=1),
    MovementKind.WRITE_OFF: Effect(on_hand=-1),
}

SIGNED = frozenset({MovementKind.COUNT, MovementKind.ADJUST})
"""Kinds whose quantity may be negative: they carry a difference."""


LOW_STOCK = 10
"""Units; goods with fewer available are low where their owner has set nothing else."""


class Tracking(StrEnum):
    """What a receipt must say of goods beside their quantity. `EXPIRY` asks for lot and date."""

    NONE = "NONE"
    LOT = "LOT"
    EXPIRY = "EXPIRY"


def low_threshold(low_at: int | None, decimals: int) -> int:
    """Below how many steps a SKU is low; 0 means that it is never said to be."""
    return LOW_STOCK * 10**decimals if low_at is None else low_at


def crosses_low(before: int, after: int, threshold: int) -> bool:
    """Whether a change of what is available is the one that makes a SKU low."""
    return after < threshold <= before


class Place(msgspec.Struct, frozen=True):
    """One shelf to take from: its id and what is available there."""

    id: str
    available: int
    expires_at: int | None
    order: int


def pick(places: Sequence[Place], quantity: int) -> list[tuple[str, int]]:
    """Which places give `quantity`: what expires first, then by warehouse order, then by id.

    Gives fewer than asked when there is not enough; the caller decides what that means.
    """
    ranked = sorted(places, key=lambda p: (p.expires_at is None, p.expires_at or 0, p.order, p.id))
    taken: list[tuple[str, int]] = []
    for place in ranked:
        part = min(quantity, place.available)
        if part > 0:
            taken.append((place.id, part))
            quantity -= part
    return taken


def count_difference(counted: int, on_hand: int, moved_since: int) -> int:
    """What a count changes: `counted` was seen before `moved_since` more came in or went out."""
    return counted + moved_since - on_hand
