"""Counts how suppliers keep their word: what they took on, shipped in time, and had to give something back for.

What is told of a supplier never tells of one shop: below a number of orders, or of shops, nothing is told.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, func, select

from s2b_domain.commands.ratings import MAX_RATED, RateSuppliers, Rating
from s2b_domain.records.after_sales import Claim
from s2b_domain.records.order import Parcel, SupplyOrder
from s2b_domain.records.rating import SupplierRating
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.order_flow import SupplyState

DAY = 24 * 3_600_000
PERIOD = 90 * DAY
LEAST_ORDERS = 10
LEAST_SHOPS = 3
_S = SupplyState
_TAKEN = tuple(s.value for s in (_S.ACCEPTED, _S.PARTLY_SHIPPED, _S.SHIPPED, _S.DELIVERED))
_DECIDED = (*_TAKEN, _S.DECLINED.value)


def due_ratings(connection: Connection, now: int) -> list[RateSuppliers]:
    """What is to be written down: once a day at most, and only what became another."""
    held = {r.id: r for r in RecordStore(connection).find(SupplierRating)}
    if held and max(r.until for r in held.values()) > now - DAY:
        return []
    counted = ratings(connection, now)
    gone = {id_: Rating(supplier_id=id_) for id_, r in held.items() if r.asked and id_ not in counted}
    wanted = sorted((counted | gone).values(), key=lambda r: r.supplier_id)
    parts = [tuple(wanted[at : at + MAX_RATED]) for at in range(0, len(wanted), MAX_RATED)]
    return [RateSuppliers(since=max(0, now - PERIOD), until=now, ratings=part) for part in parts]


def ratings(connection: Connection, now: int) -> dict[str, Rating]:
    """Supplier id -> its counts of the last 90 days, where there are enough to be told."""
    supply, parcel, claim = SupplyOrder.table, Parcel.table, Claim.table
    first = (
        select(parcel.c.supply_order_id.label("id"), func.min(parcel.c.shipped_at).label("at"))
        .group_by(parcel.c.supply_order_id)
        .subquery()
    )
    claimed = select(claim.c.supply_order_id.label("id")).where(claim.c.credit > 0).distinct().subquery()
    taken = supply.c.state.in_(_TAKEN)
    due = and_(taken, supply.c.ship_by <= now)
    shipped = first.c.at.is_not(None)

    def count(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.sum(case((condition, 1), else_=0))

    statement = (
        select(
            supply.c.supplier_id.label("supplier_id"),
            func.count().label("asked"),
            count(taken).label("accepted"),
            count(due).label("due"),
            count(and_(due, first.c.at <= supply.c.ship_by)).label("on_time"),
            count(shipped).label("shipped"),
            count(and_(shipped, claimed.c.id.is_not(None))).label("claimed"),
            func.sum(case((shipped, first.c.at - supply.c.placed_at), else_=0)).label("ship_ms"),
            func.count(func.distinct(supply.c.merchant_id)).label("shops"),
        )
        .outerjoin(first, first.c.id == supply.c.id)
        .outerjoin(claimed, claimed.c.id == supply.c.id)
        .where(
            supply.c.placed_at > now - PERIOD,
            supply.c.placed_at <= now,
            supply.c.ship_by.is_not(None),
            supply.c.state.in_(_DECIDED),
        )
        .group_by(supply.c.supplier_id)
    )
    return {row["supplier_id"]: _rating(row) for row in connection.execute(statement).mappings() if _enough(row)}


def _enough(row: RowMapping) -> bool:
    return int(row["asked"]) >= LEAST_ORDERS and int(row["shops"]) >= LEAST_SHOPS


def _rating(row: RowMapping) -> Rating:
    shipped = int(row["shipped"])
    counts = {name: int(row[name]) for name in ("asked", "accepted", "due", "on_time", "claimed")}
    mean = max(0, int(row["ship_ms"])) // shipped if shipped else 0
    return Rating(supplier_id=row["supplier_id"], shipped=shipped, ship_ms=mean, **counts)
