"""Where else declined goods are to be had, and what of a purchase was received."""

from sqlalchemy import Connection

from s2b_desktop.models.queries.catalog import offers
from s2b_domain.access import Actor
from s2b_domain.commands.costs import unit_cost
from s2b_domain.commands.order_changes import same_goods, spread_price
from s2b_domain.commands.receivings import received_steps
from s2b_domain.records.order import OrderLine, SupplyLine, SupplyOrder
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.order_flow import OrderKind


def alternatives(
    connection: Connection, actor: Actor, kind: OrderKind, supply_order_id: str
) -> list[tuple[str, int, int, int | None]]:
    """(SKU, steps, unit cost, retail unit price) for every declined line that another supplier has: the cheapest."""
    store = RecordStore(connection)
    supply = store.get(SupplyOrder, supply_order_id)
    lines = store.find(SupplyLine, supply_order_id=supply_order_id)
    sold = {li.supply_line_id: li for li in store.find(OrderLine, order_id=supply.order_id)} if supply else {}
    found: list[tuple[str, int, int, int | None]] = []
    for line in lines:
        known = offers(connection, actor, [a.sku.id for a in same_goods(store, line)])
        costs = [
            (cost, offer.sku.id)
            for offer in known.values()
            if offer.trading and offer.price is not None and offer.available >= line.quantity
            if (cost := unit_cost(offer.price, kind, line.quantity)) is not None
            if kind is OrderKind.PURCHASE or offer.sku.dropship
        ]
        if costs:
            cost, sku_id = min(costs)
            own = sold.get(line.id)
            retail = spread_price(own, line.quantity) if own and kind is OrderKind.DROPSHIP else None
            found.append((sku_id, line.quantity, cost, retail))
    return found


def received(connection: Connection, supply_order_id: str) -> dict[str, int]:
    """Steps per supply line that were received already, in whatever state."""
    return received_steps(RecordStore(connection), supply_order_id)
