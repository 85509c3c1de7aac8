"""What people do to each other's orders, as quickly as the screen lets them."""

from collections.abc import Sequence
from typing import Any

from demo.stage import Stage
from s2b_domain.commands import Command
from s2b_domain.commands.order_steps import CancelOrder, ConfirmOrder
from s2b_domain.commands.supply import AcceptSupply
from s2b_domain.records.order import Order, SupplyOrder
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.order_flow import OrderState, SupplyState


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
