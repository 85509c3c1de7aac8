"""Blind counts: a clerk counts, a manager sees the differences and books them or asks for another count."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from s2b_domain.access import Permission
from s2b_domain.commands.command import Command, command
from s2b_domain.commands.stock import (
    MAX_SEEN,
    main_warehouse_id,
    own_sku,
    own_warehouse,
    set_counted,
    stock_id,
    stock_row,
    stock_scopes,
)
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.stock import CountLine, CountState, Movement, Stock, StockCount
from s2b_domain.rules.bounds import Code, Id, Note, Number, Reason
from s2b_domain.rules.stock import EFFECTS, count_difference
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader, Tx

MAX_LINES = 1000
Counted = Annotated[int, msgspec.Meta(ge=0, le=MAX_QUANTITY)]


class CountedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What lay there, and what the counter's desktop knew of the ledger then (see `CountStock`)."""

    sku_id: Id
    counted: Counted
    position: Number
    lot: Code = ""
    seen: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_SEEN)] = ()


class SubmitCount(Command, frozen=True, kw_only=True):
    """A warehouse (the main one where none is named) was counted."""

    count_id: Id
    lines: Annotated[tuple[CountedLine, ...], msgspec.Meta(max_length=MAX_LINES)]
    warehouse_id: Id = ""
    note: Note = ""


class DecideCount(Command, frozen=True, kw_only=True):
    """Book a count's differences, or ask for another count with a reason."""

    count_id: Id
    approve: bool
    reason: Reason = ""


@command("count.submit@1", SubmitCount, permission=Permission.STOCK_EDIT, touches=stock_scopes, fact=True)
def submit_count(tx: Tx, message: SubmitCount) -> None:
    """Keep what was counted, unbooked."""
    mine = tx.actor.organisation_id
    if not is_id(message.count_id):
        raise Refused("field_wrong", field="count_id")
    if tx.get(StockCount, message.count_id) is not None:
        raise Refused("id_taken", id=message.count_id)
    places = [(line.sku_id, line.lot) for line in message.lines]
    if not places or len(set(places)) < len(places):
        raise Refused("field_wrong", field="lines")
    own_warehouse(tx, message.warehouse_id)
    for sku_id, _lot in places:
        own_sku(tx, sku_id)
    tx.add(
        StockCount(
            id=message.count_id,
            owner_id=mine,
            warehouse_id=message.warehouse_id or main_warehouse_id(mine),
            lines=tuple(CountLine(x.sku_id, x.counted, x.position, x.lot, x.seen) for x in message.lines),
            note=message.note,
            counted_by=tx.actor.name,
            counted_at=tx.time,
        )
    )


@command("count.decide@1", DecideCount, permission=Permission.STOCK_APPROVE, touches=stock_scopes)
def decide_count(tx: Tx, message: DecideCount) -> None:
    """BOOKED: every place has what was counted plus what moved since. RECOUNT needs a reason."""
    count = tx.need(StockCount, message.count_id)
    if count.owner_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=count.id)
    if count.state is not CountState.SUBMITTED:
        raise Refused("count_decided")
    reason = message.reason.strip()
    if not message.approve and not reason:
        raise Refused("reason_required")
    if message.approve:
        for line in count.lines:
            sku = own_sku(tx, line.sku_id)
            stock = stock_row(tx, count.owner_id, sku, count.warehouse_id, line.lot)
            set_counted(
                tx, stock, line.counted, line.position, line.seen, sku=sku, reason=reason or count.note[:1000],
                document_id=count.id,
            )  # fmt: skip
    state = CountState.BOOKED if message.approve else CountState.RECOUNT
    tx.put(count.with_(state=state, decided_by=tx.actor.name, decided_at=tx.time, reason=reason))


def differences(reader: Reader, count: StockCount) -> Sequence[tuple[CountLine, int, int]]:
    """What booking a count would change now: (line, expected steps, difference), also where it is nothing."""
    found = []
    for line in count.lines:
        id_ = stock_id(count.owner_id, line.sku_id, count.warehouse_id, line.lot)
        stock = reader.get(Stock, id_)
        on_hand = stock.on_hand if stock else 0
        known = set(line.seen)
        later = [m for m in reader.find(Movement, stock_id=id_) if m.position > line.position and m.id not in known]
        since = sum(EFFECTS[m.kind].on_hand * m.quantity for m in later)
        found.append((line, on_hand - since, count_difference(line.counted, on_hand, since)))
    return found
