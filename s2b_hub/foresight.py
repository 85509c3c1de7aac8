"""What the orders of a batch will read, read for all of them together. A hint only: what is not foreseen here is read
when it is asked for, so that nothing but time depends on it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, select

from s2b_domain.commands import unpack
from s2b_domain.commands.orders import PlaceOrder
from s2b_domain.commands.stock import watch_id
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Price, Product, Sku
from s2b_domain.records.memo import Memo
from s2b_domain.records.order import Order, SupplyOrder
from s2b_domain.records.party import Organisation, SupplierTerms, TradeTerms
from s2b_domain.records.stock import Availability, Stock, StockWatch, Warehouse
from s2b_domain.wire import Body
from s2b_hub import tables

_ORGANISATIONS = select(tables.user.c.organisation_id).where(tables.user.c.id.in_(bindparam("b_ids", expanding=True)))


def placed(bodies: Iterable[Body]) -> list[PlaceOrder]:
    """The orders among some commands."""
    found: list[PlaceOrder] = []
    for body in bodies:
        if body.name.startswith("order.place@"):
            try:
                message = unpack(body.name, body.payload)
            except Refused:
                continue
            if isinstance(message, PlaceOrder):
                found.append(message)
    return found


def foresee_scopes(memo: Memo, orders: Sequence[PlaceOrder]) -> list[Sku]:
    """What tells the scopes of orders."""
    return memo.foresee(Sku, "id", [i.sku_id for o in orders for i in o.items])


def foresee(connection: Connection, memo: Memo, orders: Sequence[PlaceOrder], actor_ids: Iterable[str]) -> None:
    """What deciding orders of these people reads."""
    merchants = set(connection.scalars(_ORGANISATIONS, {"b_ids": sorted(set(actor_ids))}))
    skus = foresee_scopes(memo, orders)
    suppliers = {s.supplier_id for s in skus}
    order_ids = [o.order_id for o in orders]
    memo.foresee(Product, "id", [s.product_id for s in skus])
    memo.foresee(Organisation, "id", suppliers | merchants)
    memo.foresee(TradeTerms, "merchant_id", merchants)
    memo.foresee(Price, "sku_id", [s.id for s in skus])
    memo.foresee(SupplierTerms, "id", suppliers)
    memo.foresee(Stock, "sku_id", [s.id for s in skus])
    memo.foresee(Warehouse, "owner_id", suppliers)
    memo.foresee(Availability, "id", [s.id for s in skus])
    memo.foresee(StockWatch, "id", [watch_id(s.supplier_id, s.id) for s in skus])
    memo.foresee(Order, "id", order_ids)
    memo.foresee(Order, "number", [o.number for o in orders])
    memo.foresee(SupplyOrder, "order_id", order_ids)
