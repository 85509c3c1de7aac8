"""What people do at work, many times."""

import itertools
from pathlib import Path
from typing import Any

from demo.stage import Stage
from s2b_desktop.messages import failure_text
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.records.catalog import Price, Sku
from s2b_domain.records.order import Order
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.order_flow import OrderKind
from tests.journeys.scenes.entry import told


def _order(stage: Stage) -> PlaceOrder:
    """One piece of some goods, with a number of its own."""
    desk = stage.window.desk
    sku, price = desk.read(_cheapest)
    item = OrderItem(sku_id=sku.id, quantity=sku.min_quantity, price_seen=price.supply_price)
    return PlaceOrder(
        order_id=desk.new_id(), number=desk.next_number(), kind=OrderKind.PURCHASE, items=(item,), confirm=False
    )


def _cheapest(connection: Any) -> tuple[Sku, Price]:
    store = RecordStore(connection)
    price = min(store.find(Price), key=lambda p: p.supply_price)
    sku = store.get(Sku, price.sku_id)
    assert sku is not None
    return sku, price


def order(stage: Stage, *, count: int = 1, told_in: str = "") -> dict[str, Any]:
    """Order `count` times, one after another; each number is written to a file when the screen would say "saved"."""
    numbers: list[str] = []
    failures: list[Exception] = []
    for _ in range(count):
        message = _order(stage)

        def saved(_seq: int, number: str = message.number) -> None:
            numbers.append(number)
            if told_in:
                with Path(told_in).open("a", encoding="utf-8") as file:
                    file.write(number + "\n")

        before = len(numbers)
        stage.window.desk.submit(message, done=saved, failed=failures.append)
        stage.wait(lambda before=before: len(numbers) > before or failures, "saved")  # type: ignore[misc]
        if failures:
            raise failures[0]
    return {"numbers": numbers}


def order_for_ever(stage: Stage, *, told_in: str) -> None:
    """Order until somebody ends this process."""
    for _ in itertools.count():
        order(stage, told_in=told_in)


def order_refused(stage: Stage) -> dict[str, Any]:
    """Try to order, in vain: what is said, in each language."""
    desk = stage.window.desk
    failures: list[Exception] = []
    done: list[int] = []
    try:
        desk.submit(_order(stage), done=done.append, failed=failures.append)
    except Exception as error:
        failures.append(error)
    stage.wait(lambda: failures or done, "an answer")
    if done:
        return {"saved": True}
    return {"saved": False, **told(stage, lambda: failure_text(failures[0]))}


def orders(stage: Stage) -> dict[str, Any]:
    """The orders that this desktop shows: number -> when they were placed, and how many entries wait."""
    desk = stage.window.desk
    found = desk.read(lambda connection: RecordStore(connection).find(Order))
    return {"orders": {o.number: o.placed_at for o in found}, "waiting": desk.status().waiting, "now": desk.now()}


def kept(stage: Stage) -> dict[str, Any]:
    """The numbers of the orders in the queue that the hub has not answered."""
    items = stage.window.desk.queue()
    unanswered = [item for item in reversed(items) if item.state in ("waiting", "sending")]
    return {"numbers": [item.message.number for item in unanswered if isinstance(item.message, PlaceOrder)]}
