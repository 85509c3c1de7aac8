"""What to fetch for some supply orders, merged by place; and what belongs into each of their parcels."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, select

from s2b_desktop.models.queries.supply import SupplyDetail, supply_detail, supply_rowid
from s2b_domain.commands.stock import watch_id
from s2b_domain.records.order import SupplyLine, SupplyOrder
from s2b_domain.records.party import Application
from s2b_domain.records.record import Record, decode_all
from s2b_domain.records.stock import Reservation, Stock, StockWatch, Warehouse
from s2b_domain.rules.order_flow import SupplyState

R = TypeVar("R", bound=Record)
TO_PICK = (SupplyState.ACCEPTED, SupplyState.PARTLY_SHIPPED)
_CHUNK = 500


class PickLine(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of one SKU to take from one place; `orders` says for which order how many.

    What no shelf holds for its order has no warehouse and comes last.
    """

    warehouse: str
    shelf: str
    lot: str
    expires_at: int | None
    sku_id: str
    code: str
    title: str
    specs: str
    unit: str
    decimals: int
    quantity: int
    orders: tuple[tuple[str, int], ...]


class PickList(msgspec.Struct, frozen=True, kw_only=True):
    """What to fetch, in the order of walking: by warehouse, shelf, code, then what expires first."""

    lines: tuple[PickLine, ...]
    orders: int


def pick_list(connection: Connection, supplier_id: str, supply_order_ids: Sequence[str]) -> PickList:
    """The pick list of what is open of these supply orders; those not to be picked now are left out."""
    orders = _orders(connection, supplier_id, supply_order_ids)
    lines = _in(connection, SupplyLine, "supply_order_id", list(orders))
    held = _in(connection, Reservation, "supply_order_id", list(orders))
    stocks = {s.id: s for s in _in(connection, Stock, "id", list({r.stock_id for r in held}))}
    watches = {
        w.sku_id: w
        for w in _in(connection, StockWatch, "id", [watch_id(supplier_id, i) for i in {x.sku_id for x in lines}])
    }
    own = select(Warehouse.table).where(Warehouse.table.c.owner_id == supplier_id)
    warehouses = {w.id: w for w in decode_all(Warehouse, connection.execute(own))}
    by_line = {line.id: line for line in lines}
    open_ = {line.id: max(0, line.quantity - line.shipped - line.cancelled) for line in lines}
    merged: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for reservation in held:
        line, stock = by_line[reservation.supply_line_id], stocks.get(reservation.stock_id)
        part = min(reservation.quantity, open_[line.id])
        if stock is None or not part:
            continue
        open_[line.id] -= part
        key = (line.sku_id, stock.id, stock.warehouse_id)
        merged.setdefault(key, []).append((orders[line.supply_order_id].number, part))
    for line in lines:
        if open_[line.id]:
            key = (line.sku_id, "", "")
            merged.setdefault(key, []).append((orders[line.supply_order_id].number, open_[line.id]))
    said = {line.sku_id: line for line in lines}
    found: list[tuple[tuple[object, ...], PickLine]] = []
    for (sku_id, stock_id, warehouse_id), parts in merged.items():
        line, stock, warehouse = said[sku_id], stocks.get(stock_id), warehouses.get(warehouse_id)
        shelf = watches[sku_id].shelf if sku_id in watches else ""
        expires_at = stock.expires_at if stock else None
        place = (stock is None, warehouse.position if warehouse else 0, warehouse.name if warehouse else "")
        rank = (*place, not shelf, shelf, line.code, expires_at is None, expires_at or 0, stock.lot if stock else "")
        picked = PickLine(
            warehouse=warehouse.name if warehouse else "",
            shelf=shelf,
            lot=stock.lot if stock else "",
            expires_at=expires_at,
            sku_id=sku_id,
            code=line.code,
            title=line.title,
            specs=line.specs,
            unit=line.unit,
            decimals=line.decimals,
            quantity=sum(n for _, n in parts),
            orders=tuple(sorted(parts)),
        )
        found.append((rank, picked))
    found.sort(key=lambda pair: pair[0])
    return PickList(lines=tuple(line for _, line in found), orders=len(orders))


class Dispatch(msgspec.Struct, frozen=True, kw_only=True):
    """Supply orders in full, in the order asked for, and who sends them."""

    orders: tuple[SupplyDetail, ...]
    sender: Application | None


def dispatch(connection: Connection, supplier_id: str, supply_order_ids: Sequence[str]) -> Dispatch:
    """What packing slips and labels say."""
    found = []
    for id_ in supply_order_ids:
        rowid = supply_rowid(connection, id_)
        detail = supply_detail(connection, supplier_id, rowid) if rowid is not None else None
        if detail is not None:
            found.append(detail)
    mine = select(Application.table).where(Application.table.c.id == supplier_id)
    senders = decode_all(Application, connection.execute(mine))
    return Dispatch(orders=tuple(found), sender=senders[0] if senders else None)


def _orders(connection: Connection, supplier_id: str, ids: Sequence[str]) -> dict[str, SupplyOrder]:
    found = _in(connection, SupplyOrder, "id", ids)
    return {o.id: o for o in found if o.supplier_id == supplier_id and o.state in TO_PICK}


def _in(connection: Connection, cls: type[R], column: str, values: Sequence[str]) -> list[R]:
    rows: list[R] = []
    for start in range(0, len(values), _CHUNK):
        part = select(cls.table).where(cls.table.c[column].in_(values[start : start + _CHUNK])).order_by(cls.table.c.id)
        rows += decode_all(cls, connection.execute(part))
    return rows
