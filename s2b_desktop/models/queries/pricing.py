"""What an order that is being written would come to, by the very rules that place it."""

from collections.abc import Collection

from sqlalchemy import Connection

from s2b_desktop.models.queries.catalog import knows_terms
from s2b_desktop.models.queries.counter import COUPONS_SHOWN
from s2b_desktop.models.queries.coupons import coupons_held
from s2b_domain.access import Actor, own
from s2b_domain.commands.conditions import mixes_of
from s2b_domain.commands.orders import OrderPreview, PlaceOrder, order_choices, preview_order
from s2b_domain.errors import Refused
from s2b_domain.records.promotion import Coupon
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.pricing import CouponChoice
from s2b_domain.rules.purchase import Mix
from s2b_domain.tx import Tx

_NOBODY = "0" * 32


def _tx(connection: Connection, actor: Actor, now: int) -> Tx:
    money = own(actor.organisation_id, "money")

    def sees(scope: str) -> bool:
        return scope != money or knows_terms(actor)

    return Tx(RecordStore(connection), actor=actor, command_id=_NOBODY, device_id="", time=now, sees=sees)


def order_preview(connection: Connection, actor: Actor, message: PlaceOrder, now: int) -> OrderPreview | Refused:
    """The amounts (分) with promotions, coupons, points and freight; or why it could not be placed."""
    tx = _tx(connection, actor, now)
    try:
        return preview_order(tx, message)
    except Refused as refusal:
        return refusal


def order_coupons(connection: Connection, actor: Actor, message: PlaceOrder, now: int) -> list[CouponChoice]:
    """The consumer's coupons and those presented: what each would bring to this order, or why it would not."""
    store = RecordStore(connection)
    held = coupons_held(store, message.member_id, now, COUPONS_SHOWN)
    coupons = {c.id: c for c in (*held, *store.find_in(Coupon, "id", message.coupon_ids))}
    if not coupons:
        return []
    try:
        return order_choices(_tx(connection, actor, now), message, coupons.values())
    except Refused:
        return []


def mixes_by_supplier(connection: Connection, supplier_ids: Collection[str]) -> dict[str, list[Mix]]:
    """The groups with a common minimum of each of these suppliers."""
    store = RecordStore(connection)
    return {supplier: mixes_of(store, supplier) for supplier in sorted(supplier_ids)}
