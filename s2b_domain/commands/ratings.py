"""What the hub counted of its suppliers."""

from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.access import CATALOG, Actor, Permission, own
from s2b_domain.commands.command import Command, command
from s2b_domain.errors import Refused
from s2b_domain.records.party import Organisation, PartyKind
from s2b_domain.records.rating import SupplierRating
from s2b_domain.rules.bounds import Id, Time
from s2b_domain.tx import Reader, Tx

HUB = "hub"
"""The device under which the hub does what nobody asked for; no PC has this id."""
MAX_RATED = 500
Count = Annotated[int, Meta(ge=0, le=10**12)]


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier's counts, as `SupplierRating` names them."""

    supplier_id: Id
    asked: Count = 0
    accepted: Count = 0
    due: Count = 0
    on_time: Count = 0
    shipped: Count = 0
    claimed: Count = 0
    ship_ms: Count = 0


class RateSuppliers(Command, frozen=True, kw_only=True):
    """Write down what was counted in a period."""

    since: Time
    until: Time
    ratings: Annotated[tuple[Rating, ...], Meta(max_length=MAX_RATED)]


def _rated(reader: Reader, actor: Actor, message: RateSuppliers) -> list[str]:
    return sorted({CATALOG, *(own(r.supplier_id, "profile") for r in message.ratings)})


@command("supplier.rate@1", RateSuppliers, permission=Permission.PARTY_REVIEW, touches=_rated)
def rate_suppliers(tx: Tx, message: RateSuppliers) -> None:
    """Only the hub counts: nobody's desktop may say how good a supplier is."""
    if tx.device_id != HUB:
        raise Refused("not_permitted", permission=Permission.PARTY_REVIEW.value)
    for rating in message.ratings:
        supplier = tx.get(Organisation, rating.supplier_id)
        if supplier is None or supplier.kind is not PartyKind.SUPPLIER:
            raise Refused("not_found", kind="organisation", id=rating.supplier_id)
        parts = (rating.accepted, rating.asked), (rating.on_time, rating.due), (rating.claimed, rating.shipped)
        if any(part > whole for part, whole in parts) or message.until < message.since:
            raise Refused("field_wrong", field="ratings")
        counts = msgspec.structs.asdict(rating)
        id_ = counts.pop("supplier_id")
        tx.put(SupplierRating(id=id_, since=message.since, until=message.until, **counts))
