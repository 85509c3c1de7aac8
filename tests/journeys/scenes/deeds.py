"""What people do to each other's orders, as quickly as the screen lets them."""

from collections.abc import Sequence
from typing import Any

from demo.stage import Stage
from s2b_domain.commands import Command
from s2b_domain.commands.order_steps import CancelOrder, ConfirmOrder
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.supply import AcceptSupply
from s2b_domain.records.catalog import Price
from s2b_domain.records.order import Address, Order, SupplyOrder
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.order_flow import OrderKind, OrderState, SupplyState


def _submit(stage: Stage, messages: Sequence[Command]) -> int:
    done: list[int] = []
    failures: list[Exception] = []
    for message in messages:
        stage.window.desk.submit(message, done=done.append, failed=failures.append)
    stage.wait(lambda: len(done) + len(failures) == len(messages), "saved")
    if failures:
        raise failures[0]
    return len(done)


def confirm(stage: Stage) -> dict[str, Any]:
    """Send every placed order to its suppliers."""
    found = stage.window.desk.read(
        lambda connection: RecordStore(connection).find(Order, state=OrderState.PLACED.value)
    )
    return {"count": _submit(stage, [ConfirmOrder(order_id=o.id) for o in found])}


def accept(stage: Stage, *, leave: int) -> dict[str, Any]:
    """Accept all supply orders that wait, but some."""
    waiting = SupplyState.WAITING.value
    found = stage.window.desk.read(lambda connection: RecordStore(connection).find(SupplyOrder, state=waiting))
    chosen = found[: max(0, len(found) - leave)]
    return {"count": _submit(stage, [AcceptSupply(supply_order_ids=(s.id,)) for s in chosen])}


def cancel(stage: Stage, *, count: int) -> dict[str, Any]:
    """Take some orders back, whatever became of them: what was accepted is given back in money."""
    states = (OrderState.CONFIRMED, OrderState.PLACED)
    found = stage.window.desk.read(lambda connection: RecordStore(connection).find(Order))
    chosen = [o for o in found if o.state in states][:count]
    return {"count": _submit(stage, [CancelOrder(order_id=o.id, reason="客人不要了") for o in chosen])}


def sell(stage: Stage, *, count: int) -> dict[str, Any]:
    """Take dropship orders of consumers: what they paid by phone is booked, and the goods are asked for."""
    desk = stage.window.desk
    found: list[Price] = desk.read(lambda connection: RecordStore(connection).find(Price))
    price = min((p for p in found if p.dropship_price is not None), key=lambda p: p.sku_id)
    assert price.dropship_price is not None
    address = Address(name="王芳", phone="13900001111", region="浙江省杭州市", street="文三路 1 号")
    messages: list[Command] = []
    for _ in range(count):
        id_ = desk.new_id()
        item = OrderItem(sku_id=price.sku_id, quantity=1, price_seen=price.dropship_price)
        number = desk.next_number()
        messages.append(
            PlaceOrder(order_id=id_, number=number, kind=OrderKind.DROPSHIP, items=(item,), address=address)
        )
        messages.append(PayOrder(order_id=id_, method="cash", amount=700, reference=number))
    return {"count": _submit(stage, messages)}


def give_back(stage: Stage, *, leave: int) -> dict[str, Any]:
    """Cancel paid orders and give the money back, for all but some; those wait for somebody to do it."""
    found = stage.window.desk.read(lambda connection: RecordStore(connection).find(Order))
    paid = [o for o in found if o.paid > 0 and o.state is not OrderState.CANCELLED]
    messages: list[Command] = [CancelOrder(order_id=o.id, reason="客人不要了") for o in paid]
    messages += [
        PayOrder(order_id=o.id, method="cash", amount=-o.paid, reference=f"退 {o.number}")
        for o in paid[: max(0, len(paid) - leave)]
    ]
    return {"count": _submit(stage, messages), "orders": len(paid)}
