"""Goods between two warehouses of one owner: out, in transit, in."""

from typing import Annotated

import msgspec

from s2b_domain.access import Permission
from s2b_domain.commands.command import Command, command
from s2b_domain.commands.stock import (
    counted,
    move,
    note_oversold,
    own_sku,
    own_warehouse,
    stock_id,
    stock_row,
    stock_scopes,
    wrong_quantity,
)
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.catalog import Sku
from s2b_domain.records.stock import Transfer, TransferLine, Warehouse
from s2b_domain.rules.bounds import Code, Id, Reason
from s2b_domain.rules.stock import MovementKind
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Tx

MAX_LINES = 500
Moved = Annotated[int, msgspec.Meta(ge=0, le=MAX_QUANTITY)]


class SentLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps of a SKU (and lot) that leave."""

    sku_id: Id
    quantity: Moved
    lot: Code = ""


class SendTransfer(Command, frozen=True, kw_only=True):
    """Goods left a warehouse for another; `at_once` where they are there already."""

    transfer_id: Id
    from_id: Id
    to_id: Id
    lines: Annotated[tuple[SentLine, ...], msgspec.Meta(max_length=MAX_LINES)]
    at_once: bool = True
    reason: Reason = ""


class ReceiveTransfer(Command, frozen=True, kw_only=True):
    """What arrived of each line of a transfer, in their order."""

    transfer_id: Id
    received: Annotated[tuple[Moved, ...], msgspec.Meta(max_length=MAX_LINES)]


@command("transfer.send@1", SendTransfer, permission=Permission.STOCK_EDIT, touches=stock_scopes, fact=True)
def send_transfer(tx: Tx, message: SendTransfer) -> None:
    """Take the lines out of one warehouse and, `at_once`, into the other. In transit, nobody can be promised them."""
    mine = tx.actor.organisation_id
    if not is_id(message.transfer_id):
        raise Refused("field_wrong", field="transfer_id")
    if tx.get(Transfer, message.transfer_id) is not None:
        raise Refused("id_taken", id=message.transfer_id)
    for id_ in (message.from_id, message.to_id):
        own_warehouse(tx, id_)
        if tx.get(Warehouse, id_) is None:
            raise Refused("not_found", kind="warehouse", id=id_)
    if message.from_id == message.to_id:
        raise Refused("field_wrong", field="warehouse")
    places = [(line.sku_id, line.lot) for line in message.lines]
    if not places or len(set(places)) < len(places):
        raise Refused("field_wrong", field="lines")
    lines: list[TransferLine] = []
    for line in message.lines:
        sku = own_sku(tx, line.sku_id)
        if not line.quantity:
            raise wrong_quantity(sku)
        stock = stock_row(tx, mine, sku, message.from_id, line.lot)
        left = move(
            tx, stock, MovementKind.TRANSFER_OUT, line.quantity, sku=sku, reason=message.reason.strip(),
            document_id=message.transfer_id,
        )  # fmt: skip
        note_oversold(tx, left, sku)
        lines.append(TransferLine(line.sku_id, line.lot, stock.expires_at, line.quantity))
    transfer = Transfer(
        id=message.transfer_id,
        owner_id=mine,
        from_id=message.from_id,
        to_id=message.to_id,
        lines=tuple(lines),
        reason=message.reason.strip(),
        sent_by=tx.actor.name,
        sent_at=tx.time,
    )
    if message.at_once:
        transfer = _arrive(tx, transfer, tuple(line.sent for line in lines))
    tx.put(transfer)


@command("transfer.receive@1", ReceiveTransfer, permission=Permission.STOCK_EDIT, touches=stock_scopes, fact=True)
def receive_transfer(tx: Tx, message: ReceiveTransfer) -> None:
    """Book what arrived; where it is not what was sent, a discrepancy says so. A second receipt is refused."""
    transfer = tx.need(Transfer, message.transfer_id)
    if transfer.owner_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=transfer.id)
    if not transfer.open:
        raise Refused("transfer_closed")
    if len(message.received) != len(transfer.lines):
        raise Refused("field_wrong", field="lines")
    tx.put(_arrive(tx, transfer, message.received))
    for line, n in zip(transfer.lines, message.received, strict=True):
        if line.sent != n:
            told = counted(tx.need(Sku, line.sku_id)) | {"sent": line.sent, "received": n}
            place = stock_id(transfer.owner_id, line.sku_id, transfer.to_id, line.lot)
            tx.contradict("transfer_differs", transfer.owner_id, transfer.id, place, **told)


def _arrive(tx: Tx, transfer: Transfer, received: tuple[int, ...]) -> Transfer:
    lines = []
    for line, n in zip(transfer.lines, received, strict=True):
        lines.append(msgspec.structs.replace(line, received=n))
        if n:
            sku = tx.need(Sku, line.sku_id)
            stock = stock_row(tx, transfer.owner_id, sku, transfer.to_id, line.lot)
            if line.expires_at is not None:
                stock = stock.with_(expires_at=line.expires_at)
            move(
                tx, stock, MovementKind.TRANSFER_IN, n, sku=sku, reason=transfer.reason, document_id=transfer.id
            )  # fmt: skip
    return transfer.with_(lines=tuple(lines), open=False, received_by=tx.actor.name, received_at=tx.time)
