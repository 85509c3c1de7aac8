"""How long stock lasts at the pace of the last weeks, and what is on its way, as far as the ledger here tells."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection, case, func, select

from s2b_domain.commands.supply import received_steps
from s2b_domain.records.order import SupplyLine, SupplyOrder
from s2b_domain.records.stock import Movement, Stock, Transfer
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.order_flow import OrderKind, SupplyState
from s2b_domain.rules.stock import MovementKind

DAY = 86_400_000
WINDOW = 28
"""Days that are looked back."""
LEAST = 7
"""Days of a ledger below which nothing is foretold."""
LATEST = 200
"""Movements of a place that are looked at; where more happened in the window, the pace is theirs."""
_OUT = [kind.value for kind in (MovementKind.SHIP, MovementKind.SALE, MovementKind.LEASE_SALE)]
_COMING = (SupplyState.WAITING, SupplyState.ACCEPTED, SupplyState.PARTLY_SHIPPED, SupplyState.SHIPPED)
_stock, _movement = Stock.table, Movement.table


class Cover(msgspec.Struct, frozen=True):
    """Of a SKU in all places of an owner: steps available and on their way, and how many leave in `WINDOW` days at the
    pace of late; None where too little is known."""

    available: int = 0
    incoming: int = 0
    pace: int | None = None

    @property
    def days(self) -> int | None:
        """Whole days that the available steps last; None where none leave, or too little is known."""
        return max(0, self.available) * WINDOW // self.pace if self.pace else None

    def expected(self, days: int) -> int:
        """How many steps leave in so many days at that pace; 0 where too little is known."""
        return (self.pace or 0) * days // WINDOW


def covers(connection: Connection, owner_id: str, sku_ids: Iterable[str], now: int) -> dict[str, Cover]:
    """The cover of SKUs that lie somewhere."""
    wanted = sorted(set(sku_ids))
    available: dict[str, int] = {}
    paces: dict[str, int | None] = {}
    for sku_id, lying, first, sold in _places(connection, owner_id, wanted, now):
        available[sku_id] = available.get(sku_id, 0) + lying
        observed = min(WINDOW * DAY, now - first) if first is not None else 0
        if observed >= LEAST * DAY:
            paces[sku_id] = (paces.get(sku_id) or 0) + sold * WINDOW * DAY // observed
    coming = _incoming(connection, owner_id, frozenset(wanted))
    return {id_: Cover(available[id_], coming.get(id_, 0), paces.get(id_)) for id_ in available}


def _places(
    connection: Connection, owner_id: str, sku_ids: Sequence[str], now: int
) -> Iterable[tuple[str, int, int | None, int]]:
    """Of each place of these SKUs: what is available, since when its ledger is known, and what left in the window."""
    left = case((_movement.c.kind.in_(_OUT) & (_movement.c.at >= now - WINDOW * DAY), _movement.c.quantity), else_=0)
    latest = (_movement.c.stock_id == _stock.c.id) & (_movement.c.position > _stock.c.position - LATEST)
    statement = (
        select(
            _stock.c.sku_id,
            _stock.c.on_hand - _stock.c.reserved - _stock.c.leased,
            func.min(_movement.c.at),
            func.coalesce(func.sum(left), 0),
        )
        .select_from(_stock.outerjoin(_movement, latest))
        .where(_stock.c.owner_id == owner_id, _stock.c.sku_id.in_(sku_ids))
        .group_by(_stock.c.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(statement)]


def _incoming(connection: Connection, owner_id: str, sku_ids: frozenset[str]) -> dict[str, int]:
    """Steps between warehouses, and of purchases that were sent for and not received yet."""
    store, found = RecordStore(connection), dict[str, int]()

    def add(sku_id: str, steps: int) -> None:
        if sku_id in sku_ids and steps > 0:
            found[sku_id] = found.get(sku_id, 0) + steps

    for transfer in store.find(Transfer, owner_id=owner_id, open=True):
        for sent in transfer.lines:
            add(sent.sku_id, sent.sent)
    asked = (supply for state in _COMING for supply in store.find(SupplyOrder, merchant_id=owner_id, state=state))
    for supply in (each for each in asked if each.kind is OrderKind.PURCHASE):
        received = received_steps(store, supply.id)
        for line in store.find(SupplyLine, supply_order_id=supply.id):
            add(line.sku_id, line.quantity - line.cancelled - received.get(line.id, 0))
    return found
