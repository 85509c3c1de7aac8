"""Money that a shop takes for an order or gives back."""

from s2b_domain.access import Permission
from s2b_domain.commands.command import Command, command
from s2b_domain.commands.conditions import order_credit_refusal
from s2b_domain.commands.history import remember
from s2b_domain.commands.rewards import reward
from s2b_domain.commands.supplies import existing_scopes, own_order, send
from s2b_domain.commands.takings import take
from s2b_domain.errors import Refused
from s2b_domain.records.order import Order, SupplyOrder
from s2b_domain.records.party import Organisation
from s2b_domain.records.shop import Shop
from s2b_domain.rules.bounds import Id, Name
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.order_flow import OrderKind, OrderState
from s2b_domain.tx import Tx


class PayOrder(Command, frozen=True, kw_only=True):
    """Money (分) that the merchant has taken for an order."""

    order_id: Id
    method: Name
    amount: int
    reference: Name = ""


@command("order.pay@1", PayOrder, permission=Permission.ORDER_PAY, touches=existing_scopes, fact=True)
def pay_order(tx: Tx, message: PayOrder) -> None:
    """Book money taken (or, negative, given back) for a consumer order; too much opens a discrepancy.

    What a shop owes for 采购 is settled with its suppliers, not by its own word: `field_wrong`.
    """
    order = own_order(tx, message.order_id)
    if order.kind is OrderKind.PURCHASE:
        raise Refused("field_wrong", field="kind")
    if not message.amount or abs(message.amount) > 10**12 or not message.method.strip():
        raise Refused("field_wrong", field="method" if message.amount else "amount")
    order = take(tx, order, tx.id("payment"), message.method, message.amount, reference=message.reference)
    remember(tx, order.id, "order.paid", order.merchant_id, reason=message.method)
    paid, due = order.paid, order.due
    if paid >= due and order.state is not OrderState.CANCELLED:
        order = reward(tx, order)
        _confirm_by_rule(tx, order)
    if (message.amount > 0 and paid > due) or (message.amount < 0 and paid < 0):
        tx.contradict("overpaid", order.merchant_id, order.id, due=due, paid=paid)


def _confirm_by_rule(tx: Tx, order: Order) -> None:
    """A paid order goes out by itself where the shop's rule says so and everybody may still trade."""
    shop = tx.get(Shop, order.merchant_id)
    if shop is None or not shop.rules.confirm_paid or order.state is not OrderState.PLACED:
        return
    most = shop.rules.confirm_up_to
    parties = [order.merchant_id, *(s.supplier_id for s in tx.find(SupplyOrder, order_id=order.id))]
    trading = all(o.state is PartyState.APPROVED for o in tx.find_in(Organisation, "id", parties))
    enough = order_credit_refusal(tx, order.merchant_id, order.id) is None
    if trading and enough and (most is None or order.total <= most):
        send(tx, order)
