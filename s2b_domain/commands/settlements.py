"""An order follows its parts: its state, and what its buyer need not pay any more."""

from s2b_domain.commands.accounts import owe, platform_id
from s2b_domain.commands.history import remember
from s2b_domain.commands.rewards import kept, less_given, release_offers, reward, take_back
from s2b_domain.records.account import CONSUMERS
from s2b_domain.records.order import Order, OrderLine, SupplyLine, SupplyOrder
from s2b_domain.rules.order_flow import COMPLETABLE, DEAD, OrderKind, OrderState, SupplyState, derived_state
from s2b_domain.rules.pricing import Bearer, Refund, refundable
from s2b_domain.tx import Tx


def settle_order(tx: Tx, order_id: str, state: OrderState | None = None, reason: str = "") -> None:
    """Bring an order to where its supply orders stand, or to `state`: cancelled by its shop, nothing of it is ordered
    elsewhere; completed, it stays so when parcels arrive. A supplier's desktop does not hold it."""
    order = tx.get(Order, order_id)
    if order is None:
        return
    supplies = tx.find(SupplyOrder, order_id=order_id)
    after = state or derived_state(s.state for s in supplies)
    if order.state is OrderState.COMPLETED and after in COMPLETABLE:
        after = order.state
    some = kept(tx, order)
    cancelled = _cancel_lines(tx, order, supplies)
    if order.kind is OrderKind.DROPSHIP and cancelled != order.cancelled_amount:
        back = order.cancelled_amount - cancelled
        owe(tx, CONSUMERS, order.merchant_id, back, kind="sale_cancelled", document_id=order.id)
    if after is not order.state:
        event = "order." + after.value.lower()
        remember(tx, order.id, event, order.merchant_id, before=order.state, after=after, reason=reason)
    if OrderState.CANCELLED is after is not order.state or (some and not kept(tx, order)):
        release_offers(tx, order)
    if state is OrderState.CANCELLED:
        order = order.with_(forgone=tuple(sorted(s.id for s in supplies if s.state is SupplyState.DECLINED)))
    order = tx.put(order.with_(state=after, cancelled_amount=cancelled))
    if order.paid >= order.due and order.paid > 0 and after is not OrderState.CANCELLED:
        reward(tx, order)  # what is left of it is paid


def _cancel_lines(tx: Tx, order: Order, supplies: list[SupplyOrder]) -> int:
    """Read off the frozen units what its buyer need not pay (分), now that parts ended or were left short.

    The freight of a part goes with the whole part. Used points return, and the platform's share is owed no more.
    """
    dead = {s.id for s in supplies if s.state in DEAD}
    short = {line.id: line.cancelled for line in tx.find_in(SupplyLine, "supply_order_id", [s.id for s in supplies])}
    total = borne = 0
    backs: list[tuple[OrderLine, Refund]] = []
    for line in tx.find(OrderLine, order_id=order.id):
        missing = line.quantity if line.supply_order_id in dead else short.get(line.supply_line_id, 0)
        more = min(missing, line.quantity - line.returned) - line.cancelled
        if more > 0:
            back = refundable(line.frozen, line.gone, more)
            line = tx.put(
                line.with_(cancelled=line.cancelled + more, cancelled_amount=line.cancelled_amount + back.amount)
            )
            backs.append((line, back))
            borne += sum(r.amount for r in back.reductions if r.bearer is Bearer.PLATFORM)
        total += line.cancelled_amount + (line.freight_amount if line.supply_order_id in dead else 0)
    if order.kind is OrderKind.DROPSHIP:
        take_back(tx, order, backs)
        less_given(tx, order, backs)
        owe(tx, platform_id(tx), order.merchant_id, -borne, kind="subsidy_reversed", document_id=order.id)
    return total
