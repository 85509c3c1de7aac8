"""Commands for the queue, with the answers that the hub gave to some of them."""

from __future__ import annotations

from s2b_domain.commands.command import Command
from s2b_domain.commands.goods import GoodsLine, ImportGoods, ReviewGoods
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.parties import Decide
from s2b_domain.commands.supply import AcceptSupply, DeclineSupply
from s2b_domain.errors import Param
from s2b_domain.records.catalog import Price, Product, Sku
from s2b_domain.records.order import Order, OrderLine, SupplyLine, SupplyOrder
from s2b_domain.records.party import Organisation, PartyKind
from s2b_domain.rules.onboarding import ContentState, PartyState
from s2b_domain.rules.order_flow import OrderKind, SupplyState
from tests.views.desk import FakeDesk

Answered = tuple[Command, str, str, dict[str, Param]]
"""A message, then the state it comes to ("" for waiting), its code and parameters."""


def order_of(desk: FakeDesk, codes: list[tuple[str, int]], number: str = "") -> PlaceOrder:
    """A purchase of SKUs by code."""
    items = []
    for code, quantity in codes:
        (sku,) = desk.store.find(Sku, code=code)
        (price,) = desk.store.find(Price, sku_id=sku.id)
        items.append(OrderItem(sku_id=sku.id, quantity=quantity, price_seen=price.supply_price))
    return PlaceOrder(
        order_id=desk.new_id(), number=number or desk.next_number(), kind=OrderKind.PURCHASE, items=tuple(items)
    )


def forget_prediction(desk: FakeDesk, message: PlaceOrder) -> None:
    """Take an order's own rows out of the cache, as the engine does when the hub refuses it."""
    supplies = [s.id for s in desk.store.find(SupplyOrder, order_id=message.order_id)]
    desk.store.remove(OrderLine, [row.id for row in desk.store.find(OrderLine, order_id=message.order_id)])
    for supply in supplies:
        desk.store.remove(SupplyLine, [row.id for row in desk.store.find(SupplyLine, supply_order_id=supply)])
    desk.store.remove(SupplyOrder, supplies)
    desk.store.remove(Order, [message.order_id])


def set_price(desk: FakeDesk, code: str, supply_price: int) -> None:
    """A SKU's price (1/10,000 yuan) as a pull has brought it."""
    (sku,) = desk.store.find(Sku, code=code)
    (price,) = desk.store.find(Price, sku_id=sku.id)
    desk.store.replace(Price, [price.with_(supply_price=supply_price)])


def commands_of(desk: FakeDesk) -> list[Answered]:
    """Some believable commands of whoever sits at the desk."""
    if desk.actor.kind is PartyKind.MERCHANT:
        changes: list[str] = ["000001", "265000", "278000", "000011", "118000", "121000"]
        return [
            (order_of(desk, [("000004", 10)]), "accepted", "", {}),
            (order_of(desk, [("BC-0001", 4), ("BC-0009", 2)]), "accepted", "", {}),
            (
                order_of(desk, [("000007", 8), ("000019", 6)]),
                "rejected",
                "out_of_stock",
                {"sku": "000007", "available": 3, "wanted": 8},
            ),
            (order_of(desk, [("000001", 20), ("000011", 12)]), "confirm", "price_changed", {"changes": changes}),
            (order_of(desk, [("BC-0020", 6)]), "", "", {}),
            (order_of(desk, [("000015", 4), ("000016", 10), ("000018", 3)]), "", "", {}),
        ]
    if desk.actor.kind is PartyKind.SUPPLIER:
        if not desk.store.find(Sku):
            return []
        waiting = desk.store.find(SupplyOrder, state=SupplyState.WAITING)
        lines = tuple(GoodsLine(row=at, code=f"{at:06d}", supply_price=at * 100_000) for at in range(1, 21))
        return [
            (AcceptSupply(supply_order_ids=(waiting[0].id, waiting[1].id)), "accepted", "", {}),
            (
                DeclineSupply(supply_order_id=waiting[2].id, reason="缺货"),
                "rejected",
                "state_changed",
                {"state": "CANCELLED", "number": waiting[2].number},
            ),
            (ImportGoods(lines=lines), "", "", {}),
            (AcceptSupply(supply_order_ids=(waiting[3].id,)), "", "", {}),
        ]
    organisation = desk.store.find(Organisation, state=PartyState.SUBMITTED)[0]
    product = desk.store.find(Product, state=ContentState.SUBMITTED)[0]
    return [
        (Decide(organisation_id=organisation.id, state=PartyState.APPROVED), "accepted", "", {}),
        (
            ReviewGoods(products=((product.id, product.row_version),), approve=True),
            "rejected",
            "changed_meanwhile",
            {"id": product.id},
        ),
    ]
