"""Stock as another system or a sheet tells it: many SKUs of one warehouse, set or changed together."""

from enum import StrEnum
from typing import Annotated

import msgspec

from s2b_domain.access import Permission
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.stock import (
    MAX_SEEN,
    move,
    note_oversold,
    own_sku,
    own_warehouse,
    set_counted,
    stock_row,
    stock_scopes,
    wrong_quantity,
)
from s2b_domain.errors import Refused
from s2b_domain.rules.bounds import Code, Id, Number, Reason, Time
from s2b_domain.rules.stock import MovementKind
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Tx

MAX_LINES = 500


class FeedMode(StrEnum):
    """Whether quantities are what lies there now, or what came in (negative: went out)."""

    SET = "SET"
    ADD = "ADD"


class FeedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps of a SKU (and lot). With `position` (and `seen`), movements after it are kept, as for a count."""

    sku_id: Id
    quantity: Annotated[int, msgspec.Meta(ge=-MAX_QUANTITY, le=MAX_QUANTITY)]
    lot: Code = ""
    expires_at: Time | None = None
    position: Number | None = None
    seen: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_SEEN)] = ()


class FeedStock(Command, frozen=True, kw_only=True):
    """Up to `MAX_LINES` places of one warehouse (the main one where none is named), together or not at all."""

    lines: Annotated[tuple[FeedLine, ...], msgspec.Meta(max_length=MAX_LINES)]
    mode: FeedMode = FeedMode.SET
    warehouse_id: Id = ""
    reason: Reason = ""


@command("stock.feed@1", FeedStock, permission=Permission.STOCK_EDIT, touches=stock_scopes, fact=True)
def feed_stock(tx: Tx, message: FeedStock) -> Result:
    """Book each line as a count, or as a receipt or adjustment; the result says how many places changed."""
    places = [(line.sku_id, line.lot) for line in message.lines]
    if not places or len(set(places)) < len(places):
        raise Refused("field_wrong", field="lines")
    own_warehouse(tx, message.warehouse_id)
    changed = 0
    for line in message.lines:
        sku = own_sku(tx, line.sku_id)
        if message.mode is FeedMode.SET and line.quantity < 0:
            raise wrong_quantity(sku)
        stock = stock_row(tx, tx.actor.organisation_id, sku, message.warehouse_id, line.lot)
        if line.expires_at is not None:
            stock = stock.with_(expires_at=line.expires_at)
        if message.mode is FeedMode.SET:
            position = stock.position if line.position is None else line.position
            changed += bool(
                set_counted(tx, stock, line.quantity, position, line.seen, sku=sku, reason=message.reason.strip())
            )
        elif line.quantity:
            kind = MovementKind.RECEIVE if line.quantity > 0 else MovementKind.ADJUST
            note_oversold(tx, move(tx, stock, kind, line.quantity, sku=sku, reason=message.reason.strip()), sku)
            changed += 1
    return {"changed": changed, "lines": len(message.lines)}
