"""收货/验货: a purchase arrives, is looked at, and lies on the shop's own shelf."""

from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.access import STOCK, Actor, Permission, own
from s2b_domain.commands.claims import CAME_AGAIN
from s2b_domain.commands.command import Command, command
from s2b_domain.commands.history import remember
from s2b_domain.commands.stock import move, note_untracked, own_warehouse, stock_row
from s2b_domain.commands.supply import arrive, received_steps
from s2b_domain.errors import Refused
from s2b_domain.ids import derived_id, is_id
from s2b_domain.records.after_sales import Claim
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import SupplyLine, SupplyOrder
from s2b_domain.records.receiving import GoodsReceipt, ReceivedLine, StockCost
from s2b_domain.records.stock import Stock
from s2b_domain.rules.after_sales import ReturnReason as R
from s2b_domain.rules.after_sales import ReturnState
from s2b_domain.rules.bounds import Code, Id, Note, Time
from s2b_domain.rules.money import half_up
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.stock import MovementKind
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader, Tx

MAX_ITEMS = 500
Steps = Annotated[int, Meta(ge=0, le=MAX_QUANTITY)]


class ReceivedItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps of a supply line as they arrived: well, damaged, as other goods; or not at all."""

    supply_line_id: Id
    good: Steps = 0
    damaged: Steps = 0
    wrong: Steps = 0
    missing: Steps = 0
    lot: Code = ""
    expires_at: Time | None = None


class ReceiveGoods(Command, frozen=True, kw_only=True):
    """What arrived of a purchase, and in what state."""

    receipt_id: Id
    supply_order_id: Id
    items: Annotated[tuple[ReceivedItem, ...], Meta(max_length=MAX_ITEMS)]
    warehouse_id: Id = ""
    note: Note = ""


def _touched(reader: Reader, actor: Actor, message: ReceiveGoods) -> list[str]:
    supply = reader.get(SupplyOrder, message.supply_order_id)
    mine = [own(actor.organisation_id, c) for c in ("trade", "money", "stock")]
    return [STOCK, *mine, *([own(supply.supplier_id, "trade")] if supply else [])]


def cost_id(owner_id: str, sku_id: str) -> str:
    """The id of what a SKU costs an owner."""
    return derived_id(sku_id, owner_id, "cost")


def arriving(reader: Reader, supply_order_id: str) -> dict[str, int]:
    """Steps per supply line that were sent to the shop: what was shipped, and what came again after a claim. What the
    shop never sent cannot come back, whatever is said of it."""
    sent = {x.id: x.shipped for x in reader.find(SupplyLine, supply_order_id=supply_order_id)}
    for claim in reader.find(Claim, supply_order_id=supply_order_id):
        away = claim.state is ReturnState.REPLACEMENT_SENT or claim.sent
        if claim.state in CAME_AGAIN and away and not claim.return_id:
            for line in claim.lines:
                sent[line.line_id] += line.quantity
    return sent


def told_wrong(reader: Reader, supply_order_id: str, reason: R) -> dict[str, int]:
    """Steps per supply line that receipts call damaged, other goods or missing: the `reason` of a claim."""
    told: dict[str, int] = {}
    for receipt in reader.find(GoodsReceipt, supply_order_id=supply_order_id):
        for line in receipt.lines:
            of_reason = {R.DAMAGED: line.damaged, R.WRONG_GOODS: line.wrong, R.MISSING: line.missing}
            told[line.supply_line_id] = told.get(line.supply_line_id, 0) + of_reason.get(reason, 0)
    return told


def set_aside(reader: Reader, claim: Claim) -> dict[str, int]:
    """Steps per supply line that never lay on the shelf, and that no claim for the same reason has sent back yet."""
    left = told_wrong(reader, claim.supply_order_id, claim.reason)
    for other in reader.find(Claim, supply_order_id=claim.supply_order_id, reason=claim.reason):
        if other.id != claim.id and other.tracking_number and not other.return_id:
            for line in other.lines:
                left[line.line_id] = max(0, left.get(line.line_id, 0) - line.quantity)
    return left


@command("goods.receive@1", ReceiveGoods, permission=Permission.STOCK_EDIT, touches=_touched, fact=True)
def receive_goods(tx: Tx, message: ReceiveGoods) -> None:
    """Put what is good on the shelf, with its cost. More than was shipped is booked too, and said."""
    supply = tx.need(SupplyOrder, message.supply_order_id)
    if supply.merchant_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=supply.id)
    if supply.kind is not OrderKind.PURCHASE or not supply.sent:
        raise Refused("field_wrong", field="kind")
    lines = {li.id: li for li in tx.find(SupplyLine, supply_order_id=supply.id)}
    _check(message, lines)
    own_warehouse(tx, message.warehouse_id)
    before = received_steps(tx, supply.id)
    receipt_id = message.receipt_id
    if tx.get(GoodsReceipt, receipt_id) is not None:
        receipt_id = tx.id("receipt")
        tx.contradict("received_twice", supply.merchant_id, supply.id, message.receipt_id, number=supply.number)
    told = tuple(
        ReceivedLine(i.supply_line_id, lines[i.supply_line_id].sku_id, i.good, i.damaged, i.wrong, i.missing)
        for i in message.items
    )
    tx.add(
        GoodsReceipt(
            id=receipt_id,
            merchant_id=supply.merchant_id,
            supplier_id=supply.supplier_id,
            supply_order_id=supply.id,
            lines=told,
            note=message.note.strip(),
            received_by=tx.actor.name,
            at=tx.time,
        )
    )
    for item in message.items:
        _put_away(tx, supply, lines[item.supply_line_id], item, message.warehouse_id)
    over = {t.supply_line_id: before.get(t.supply_line_id, 0) + t.told for t in told}
    sent = arriving(tx, supply.id)
    too_much = sum(max(0, n - sent[i]) for i, n in over.items())
    if too_much:
        tx.contradict("received_too_much", supply.merchant_id, supply.id, receipt_id, number=supply.number)
    wrong = sum(t.damaged + t.wrong + t.missing for t in told)
    event = "supply.received_wrong" if wrong else "supply.received"
    remember(tx, supply.id, event, supply.supplier_id, supply.merchant_id, reason=message.note.strip())
    arrive(tx, supply)


def _check(message: ReceiveGoods, lines: dict[str, SupplyLine]) -> None:
    ids = [i.supply_line_id for i in message.items]
    if not is_id(message.receipt_id):
        raise Refused("field_wrong", field="receipt_id")
    if not ids or len(set(ids)) < len(ids) or not set(ids) <= lines.keys():
        raise Refused("field_wrong", field="items")
    if not any(i.good + i.damaged + i.wrong + i.missing for i in message.items):
        raise Refused("field_wrong", field="quantity")


def _put_away(tx: Tx, supply: SupplyOrder, line: SupplyLine, item: ReceivedItem, warehouse_id: str) -> None:
    sku = tx.get(Sku, line.sku_id)
    if sku is None or not item.good:
        return
    there = sum(s.on_hand for s in tx.find(Stock, owner_id=supply.merchant_id, sku_id=sku.id))
    stock = stock_row(tx, supply.merchant_id, sku, warehouse_id, item.lot)
    if item.expires_at is not None:
        stock = stock.with_(expires_at=item.expires_at)
    note_untracked(tx, sku, move(tx, stock, MovementKind.RECEIVE, item.good, sku=sku, document_id=supply.id))
    paid = half_up(line.amount * 100 * 10**line.decimals, line.quantity) if line.quantity else line.unit_price
    known = tx.get(StockCost, cost_id(supply.merchant_id, sku.id))
    average = paid
    if known is not None and there > 0:
        average = half_up(known.average * there + paid * item.good, there + item.good)
    tx.put(
        StockCost(
            id=cost_id(supply.merchant_id, sku.id),
            owner_id=supply.merchant_id,
            sku_id=sku.id,
            average=average,
            last=paid,
            at=tx.time,
        )
    )
