"""Why a supplier's stock is what it is: the movements of a SKU over all its places."""

import msgspec
from sqlalchemy import Connection, select

from s2b_domain.records.order import SupplyOrder
from s2b_domain.records.party import Person
from s2b_domain.records.stock import Movement, Stock, Warehouse
from s2b_domain.rules.stock import EFFECTS, MovementKind


class LedgerLine(msgspec.Struct, frozen=True, kw_only=True):
    """One movement. `change` is what it did to on_hand, `held` to what is reserved or leased."""

    id: str
    kind: MovementKind
    change: int
    held: int
    on_hand_after: int
    reason: str
    document: str
    who: str
    warehouse: str
    at: int


def ledger(connection: Connection, supplier_id: str, sku_id: str, limit: int = 100) -> list[LedgerLine]:
    """The newest movements of a SKU over all its places, newest first."""
    stock, moved, person, supply = Stock.table, Movement.table, Person.table, SupplyOrder.table
    names = warehouses(connection, supplier_id)
    mine = select(stock.c.id, stock.c.warehouse_id).where(stock.c.owner_id == supplier_id, stock.c.sku_id == sku_id)
    lines: list[LedgerLine] = []
    for stock_id, warehouse_id in connection.execute(mine).all():
        newest = (
            select(moved, person.c.name, supply.c.number)
            .outerjoin(person, person.c.id == moved.c.actor_id)
            .outerjoin(supply, supply.c.id == moved.c.document_id)
            .where(moved.c.stock_id == stock_id)
            .order_by(moved.c.position.desc())
            .limit(limit)
        )
        for row in connection.execute(newest):
            movement = Movement.decode(row[:-2])
            effect = EFFECTS[movement.kind]
            lines.append(
                LedgerLine(
                    id=movement.id,
                    kind=movement.kind,
                    change=effect.on_hand * movement.quantity,
                    held=(effect.reserved + effect.leased) * movement.quantity,
                    on_hand_after=movement.on_hand_after,
                    reason=movement.reason,
                    document=row[-1] or "",
                    who=row[-2] or "",
                    warehouse=names.get(warehouse_id, ""),
                    at=movement.at,
                )
            )
    lines.sort(key=lambda line: (line.at, line.id), reverse=True)
    return lines[:limit]


def warehouses(connection: Connection, supplier_id: str) -> dict[str, str]:
    """The names of an owner's warehouses by id, the first to pick from first."""
    table = Warehouse.table
    ordered = select(table.c.id, table.c.name).where(table.c.owner_id == supplier_id).order_by(table.c.position)
    return {row[0]: row[1] for row in connection.execute(ordered)}
