"""A placed order goes on, is taken back, or is over."""

from s2b_domain.access import Permission
from s2b_domain.commands.command import Command, command
from s2b_domain.commands.settlements import settle_order
from s2b_domain.commands.supplies import end_supply, existing_scopes, own_order, own_trading, send
from s2b_domain.errors import Refused
from s2b_domain.records.order import SupplyOrder
from s2b_domain.records.party import Organisation
from s2b_domain.rules.bounds import Id, Reason
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.order_flow import CANCELLABLE, COMPLETABLE, OrderKind, OrderState, SupplyState
from s2b_domain.tx import Tx


class ConfirmOrder(Command, frozen=True, kw_only=True):
    """Send a placed order to its suppliers."""

    order_id: Id


class CancelOrder(Command, frozen=True, kw_only=True):
    """Take an order back before anything was shipped."""

    order_id: Id
    reason: Reason


class CompleteOrder(Command, frozen=True, kw_only=True):
    """The consumer has everything, and the order is over."""

    order_id: Id


@command("order.confirm@1", ConfirmOrder, permission=Permission.ORDER_PLACE, touches=existing_scopes)
def confirm_order(tx: Tx, message: ConfirmOrder) -> None:
    """PLACED becomes CONFIRMED, if everybody who takes part may still trade."""
    order = own_order(tx, message.order_id)
    if order.state is not OrderState.PLACED:
        raise Refused("state_changed", state=order.state.value, wanted=OrderState.CONFIRMED.value)
    own_trading(tx)
    supplies = tx.find(SupplyOrder, order_id=order.id)
    for supplier in tx.find_in(Organisation, "id", [s.supplier_id for s in supplies]):
        if supplier.state is not PartyState.APPROVED:
            raise Refused("supplier_not_trading", supplier=supplier.name)
    send(tx, order)


@command("order.cancel@1", CancelOrder, permission=Permission.ORDER_CANCEL, touches=existing_scopes)
def cancel_order(tx: Tx, message: CancelOrder) -> None:
    """Allowed until a supplier has shipped; what was held is released and what was owed is taken back."""
    if not message.reason.strip():
        raise Refused("reason_required")
    order = own_order(tx, message.order_id)
    if order.state not in CANCELLABLE:
        raise Refused("state_changed", state=order.state.value, wanted=OrderState.CANCELLED.value)
    for supply in tx.find(SupplyOrder, order_id=order.id):
        if supply.state in (SupplyState.PENDING, SupplyState.WAITING, SupplyState.ACCEPTED):
            end_supply(tx, supply, SupplyState.CANCELLED, message.reason.strip())
    settle_order(tx, order.id, OrderState.CANCELLED, message.reason.strip())


@command("order.complete@1", CompleteOrder, permission=Permission.ORDER_PLACE, touches=existing_scopes)
def complete_order(tx: Tx, message: CompleteOrder) -> None:
    """SHIPPED or DELIVERED becomes COMPLETED, also where no carrier told that it arrived; it may still be returned."""
    order = own_order(tx, message.order_id)
    if order.kind is not OrderKind.DROPSHIP or order.state not in COMPLETABLE:
        raise Refused("state_changed", state=order.state.value, wanted=OrderState.COMPLETED.value)
    settle_order(tx, order.id, OrderState.COMPLETED)
