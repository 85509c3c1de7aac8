"""What an order that is being written would come to, by the very rules that place it."""

from sqlalchemy import Connection

from s2b_desktop.models.queries.catalog import knows_terms
from s2b_domain.access import Actor, own
from s2b_domain.commands.orders import OrderPreview, PlaceOrder, preview_order
from s2b_domain.errors import Refused
from s2b_domain.records.store import RecordStore
from s2b_domain.tx import Tx

_NOBODY = "0" * 32


def order_preview(connection: Connection, actor: Actor, message: PlaceOrder, now: int) -> OrderPreview | Refused:
    """The amounts (分) with promotions, coupons, points and freight; or why it could not be placed."""
    money = own(actor.organisation_id, "money")

    def sees(scope: str) -> bool:
        return scope != money or knows_terms(actor)

    tx = Tx(RecordStore(connection), actor=actor, command_id=_NOBODY, device_id="", time=now, sees=sees)
    try:
        return preview_order(tx, message)
    except Refused as refusal:
        return refusal
