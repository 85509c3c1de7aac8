"""An owner's warehouses, and what it wants to know of its SKUs' stock."""

from typing import Annotated

import msgspec

from s2b_domain.access import Actor, Permission, own
from s2b_domain.commands.command import Command, command
from s2b_domain.commands.stock import main_warehouse_id, own_sku, watch_of
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.stock import Availability, Stock, Transfer, Warehouse
from s2b_domain.rules.bounds import Code, Id, Name, Number
from s2b_domain.rules.stock import Tracking, low_threshold
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader, Tx

MAX_WATCHED = 5000
Threshold = Annotated[int, msgspec.Meta(ge=0, le=MAX_QUANTITY)]


class SaveWarehouse(Command, frozen=True, kw_only=True):
    """A warehouse as it should be; a lower position is picked first."""

    warehouse_id: Id
    name: Name
    position: Number = 0
    closed: bool = False


class WatchStock(Command, frozen=True, kw_only=True):
    """From when on SKUs are low (steps; None the usual, 0 never), what their receipts must say (None: as the
    category asks), and where they stand (None: as before)."""

    sku_ids: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_WATCHED)]
    low_at: Threshold | None = None
    tracking: Tracking | None = None
    shelf: Code | None = None


def _own_stock(reader: Reader, actor: Actor, message: SaveWarehouse | WatchStock) -> list[str]:
    return [own(actor.organisation_id, "stock")]


@command("warehouse.save@1", SaveWarehouse, permission=Permission.STOCK_APPROVE, touches=_own_stock)
def save_warehouse(tx: Tx, message: SaveWarehouse) -> None:
    """Open, rename, reorder or close a warehouse; one where something lies, or the main one, stays open."""
    mine, name = tx.actor.organisation_id, message.name.strip()
    if not name:
        raise Refused("field_required", field="name")
    if not is_id(message.warehouse_id):
        raise Refused("field_wrong", field="warehouse")
    row = tx.get(Warehouse, message.warehouse_id)
    if row is not None and row.owner_id != mine:
        raise Refused("not_yours", id=row.id)
    if any(w.name == name and w.id != message.warehouse_id for w in tx.find(Warehouse, owner_id=mine)):
        raise Refused("name_taken", name=name)
    if message.closed and (message.warehouse_id == main_warehouse_id(mine) or _in_use(tx, mine, message.warehouse_id)):
        raise Refused("warehouse_in_use", name=name)
    tx.put(
        Warehouse(id=message.warehouse_id, owner_id=mine, name=name, position=message.position, closed=message.closed)
    )


def _in_use(tx: Tx, owner_id: str, warehouse_id: str) -> bool:
    lies = any(
        s.on_hand or s.reserved or s.leased for s in tx.find(Stock, owner_id=owner_id) if s.warehouse_id == warehouse_id
    )
    return lies or any(warehouse_id in (t.from_id, t.to_id) for t in tx.find(Transfer, owner_id=owner_id, open=True))


@command("stock.watch@1", WatchStock, permission=Permission.STOCK_EDIT, touches=_own_stock)
def watch_stock(tx: Tx, message: WatchStock) -> None:
    """Set thresholds and tracking. What is below its new threshold already is low from now on; a shop's own stock is
    held against its threshold when it is looked at."""
    for sku_id in dict.fromkeys(message.sku_ids):
        sku = own_sku(tx, sku_id)
        watch = watch_of(tx, tx.actor.organisation_id, sku.id)
        promised = tx.get(Availability, sku.id)
        own = sku.supplier_id == tx.actor.organisation_id
        low = own and (promised.available if promised else 0) < low_threshold(message.low_at, sku.decimals)
        since = (watch.low_since or tx.time) if low else None
        shelf = watch.shelf if message.shelf is None else message.shelf.strip()
        tx.put(watch.with_(low_at=message.low_at, tracking=message.tracking, low_since=since, shelf=shelf))
