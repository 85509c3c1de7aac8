"""Where else declined goods are to be had, and what of a purchase was received."""

import msgspec
from sqlalchemy import Connection

from s2b_desktop.models.queries.catalog import offers
from s2b_domain.access import Actor
from s2b_domain.commands.claims import CAME_AGAIN, claim_lines, claimed_steps, counts, most_asked
from s2b_domain.commands.costs import unit_cost
from s2b_domain.commands.order_changes import same_goods, spread_price
from s2b_domain.commands.receivings import arriving, told_wrong
from s2b_domain.commands.supply import received_steps
from s2b_domain.records.after_sales import Claim
from s2b_domain.records.order import OrderLine, SupplyLine, SupplyOrder
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.after_sales import ReturnReason, Ruling
from s2b_domain.rules.order_flow import OrderKind


class Fault(msgspec.Struct, frozen=True):
    """What of a supply order arrived badly in one way and is not claimed yet: lines, and steps by line; what those
    came to, and how much may be asked at most (分)."""

    number: str
    reason: ReturnReason
    lines: tuple[SupplyLine, ...]
    steps: dict[str, int]
    worth: int
    most: int


def alternatives(
    connection: Connection, actor: Actor, kind: OrderKind, supply_order_id: str
) -> list[tuple[str, int, int, int | None]]:
    """(SKU, steps, unit cost, retail unit price) of all declined goods that another supplier has: the cheapest."""
    store = RecordStore(connection)
    supply = store.get(SupplyOrder, supply_order_id)
    sold = {li.supply_line_id: li for li in store.find(OrderLine, order_id=supply.order_id)} if supply else {}
    by_sku: dict[str, list[SupplyLine]] = {}
    for line in store.find(SupplyLine, supply_order_id=supply_order_id):
        by_sku.setdefault(line.sku_id, []).append(line)
    found: list[tuple[str, int, int, int | None]] = []
    for lines in by_sku.values():  # a gift may be of the same goods as what it came with
        first, steps = lines[0], sum(x.quantity for x in lines)
        known = offers(connection, actor, [a.sku.id for a in same_goods(store, first)])
        costs = [
            (cost, offer.sku.id)
            for offer in known.values()
            if offer.trading and offer.price is not None and offer.available >= steps
            if (cost := unit_cost(offer.price, kind, steps)) is not None
            if kind is OrderKind.PURCHASE or offer.sku.dropship
        ]
        if costs:
            cost, sku_id = min(costs)
            paid = sum(sold[x.id].payable for x in lines if x.id in sold)
            retail = spread_price(paid, steps, first.decimals) if kind is OrderKind.DROPSHIP else None
            found.append((sku_id, steps, cost, retail))
    return found


def to_receive(connection: Connection, supply_order_id: str) -> dict[str, int]:
    """Steps per supply line that were sent and that no receipt speaks of yet."""
    store = RecordStore(connection)
    told = received_steps(store, supply_order_id)
    return {id_: max(0, n - told.get(id_, 0)) for id_, n in arriving(store, supply_order_id).items()}


def faults(connection: Connection, supply_order_id: str) -> list[Fault]:
    """What receipts say of damaged, wrong and missing goods, as far as it can still be claimed."""
    store = RecordStore(connection)
    reasons = (ReturnReason.DAMAGED, ReturnReason.WRONG_GOODS, ReturnReason.MISSING)
    told = {reason: told_wrong(store, supply_order_id, reason) for reason in reasons}
    for claim in store.find(Claim, supply_order_id=supply_order_id):
        mended = claim.state in CAME_AGAIN and claim.ruling is not Ruling.UPHELD
        if claim.reason in told and (counts(claim) or mended):
            for asked in claim.lines:
                by_line = told[claim.reason]
                by_line[asked.line_id] = by_line.get(asked.line_id, 0) - asked.quantity
    lines = sorted(store.find(SupplyLine, supply_order_id=supply_order_id), key=lambda x: x.line)
    claimed = claimed_steps(store, supply_order_id)
    left = {x.id: min(x.shipped, x.quantity - x.cancelled) - claimed.get(x.id, 0) for x in lines}
    supply = store.get(SupplyOrder, supply_order_id)
    found = []
    for reason, by_line in told.items():
        steps = {x.id: n for x in lines if (n := min(by_line.get(x.id, 0), left[x.id])) > 0}
        if steps and supply is not None:
            most = most_asked(store, supply)
            worth = min(most, sum(x.amount for x in claim_lines(store, supply, steps)))
            found.append(Fault(supply.number, reason, tuple(x for x in lines if x.id in steps), steps, worth, most))
    return found
