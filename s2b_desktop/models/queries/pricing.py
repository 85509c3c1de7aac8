"""What an order that is being written would come to, by the very rules that place it."""

from collections.abc import Collection

from sqlalchemy import Connection

from s2b_desktop.models.queries.counter import COUPONS_SHOWN
from s2b_desktop.models.queries.coupons import coupons_held
from s2b_domain.access import Actor, granted
from s2b_domain.commands.conditions import mixes_of
from s2b_domain.commands.order_changes import ChangeOrder, ReplaceSupply, make_room
from s2b_domain.commands.orders import OrderPreview, PlaceOrder, order_choices, preview_order
from s2b_domain.errors import Refused
from s2b_domain.records.promotion import Coupon
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.pricing import CouponChoice
from s2b_domain.rules.purchase import Mix
from s2b_domain.tx import Tx

_NOBODY = "0" * 32
Written = PlaceOrder | ChangeOrder | ReplaceSupply
"""An order, one in another's place, or what was declined ordered elsewhere."""


def _tx(connection: Connection, actor: Actor, now: int) -> Tx:
    sees = granted(actor, ()).__contains__
    return Tx(RecordStore(connection), actor=actor, command_id=_NOBODY, device_id="", time=now, sees=sees)


def order_preview(connection: Connection, actor: Actor, message: Written, now: int) -> OrderPreview | Refused:
    """The amounts (分) with promotions, coupons, points and freight; or why it could not be placed. What an order had
    is free for the one that it becomes."""
    tx = _tx(connection, actor, now)
    try:
        return preview_order(tx, _placed(tx, message))
    except Refused as refusal:
        return refusal


def order_coupons(connection: Connection, actor: Actor, message: Written, now: int) -> list[CouponChoice]:
    """The consumer's coupons and those presented: what each would bring to this order, or why it would not."""
    tx = _tx(connection, actor, now)
    try:
        placed = _placed(tx, message)
        held = coupons_held(tx, placed.member_id, now, COUPONS_SHOWN)
        coupons = {c.id: c for c in (*held, *tx.find_in(Coupon, "id", placed.coupon_ids))}
        return order_choices(tx, placed, coupons.values()) if coupons else []
    except Refused:
        return []


def _placed(tx: Tx, message: Written) -> PlaceOrder:
    if isinstance(message, ChangeOrder):
        make_room(tx, message)
    return message if isinstance(message, PlaceOrder) else message.placed


def mixes_by_supplier(connection: Connection, supplier_ids: Collection[str]) -> dict[str, list[Mix]]:
    """The groups with a common minimum of each of these suppliers."""
    store = RecordStore(connection)
    return {supplier: mixes_of(store, supplier) for supplier in sorted(supplier_ids)}
