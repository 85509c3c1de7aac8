"""What a count of stock knows of the ledger: where the hub has it, and which of its movements still wait here."""

import msgspec
from sqlalchemy import Connection, select

from s2b_desktop.models import prediction
from s2b_domain.commands.stock import main_warehouse_id, stock_id
from s2b_domain.records.record import name_of
from s2b_domain.records.stock import Movement, Stock
from s2b_domain.rules.stock import EFFECTS, MovementKind


class Seen(msgspec.Struct, frozen=True):
    """The last `position` of a ledger that the hub has decided, and the ids of the movements that wait after it."""

    position: int = 0
    waiting: tuple[str, ...] = ()


def seen_of(connection: Connection, owner_id: str, sku_id: str) -> dict[str, Seen]:
    """What a count that is made now has seen: by the ids of the SKU's stock rows."""
    stock = Stock.table
    rows = select(stock.c.id, stock.c.position).where(stock.c.owner_id == owner_id, stock.c.sku_id == sku_id)
    waiting = prediction.written(connection, name_of(Movement))
    return {id_: _seen(connection, id_, position, waiting) for id_, position in connection.execute(rows).all()}


def seen_in_main(connection: Connection, owner_id: str, sku_id: str) -> Seen:
    """What a count in the main warehouse has seen."""
    main = stock_id(owner_id, sku_id, main_warehouse_id(owner_id))
    return seen_of(connection, owner_id, sku_id).get(main, Seen())


def moved_since(connection: Connection, stock_id: str, seen: Seen) -> int:
    """By how many steps what lies there has become more since a count of it was begun."""
    moved = Movement.table
    later = select(moved.c.id, moved.c.kind, moved.c.quantity).where(
        moved.c.stock_id == stock_id, moved.c.position > seen.position
    )
    rows = connection.execute(later).all()
    return sum(EFFECTS[MovementKind(kind)].on_hand * n for id_, kind, n in rows if id_ not in seen.waiting)


def _seen(connection: Connection, stock_id: str, position: int, waiting: frozenset[str]) -> Seen:
    """Predicted movements lie on top of those that the hub has decided."""
    if not waiting:
        return Seen(position)
    moved = Movement.table
    newest = select(moved.c.id).where(moved.c.stock_id == stock_id).order_by(moved.c.position.desc())
    ids: list[str] = []
    for id_ in connection.execute(newest).scalars():
        if id_ not in waiting:
            break
        ids.append(id_)
    return Seen(position - len(ids), tuple(ids))
