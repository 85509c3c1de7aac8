"""Money of an order that changes hands: the payment, the account, and a member's store credit where it is paid from or
given back to that."""

from collections.abc import Iterable

from s2b_domain.commands.accounts import owe
from s2b_domain.commands.membership import member_now
from s2b_domain.commands.tills import open_till
from s2b_domain.records.account import CONSUMERS
from s2b_domain.records.member import CreditEntry, CreditKind, Member
from s2b_domain.records.order import Order, Payment, PaymentMethod
from s2b_domain.tx import Tx


def take(tx: Tx, order: Order, id_: str, method: str, amount: int, *, reference: str = "", given: int = 0) -> Order:
    """Book a payment (分; negative: given back), and what is paid of the order by it. Store credit that was not there,
    or is nobody's, was used all the same: that is said."""
    payment = tx.add(
        Payment(
            id=id_,
            order_id=order.id,
            merchant_id=order.merchant_id,
            method=method,
            amount=amount,
            reference=reference,
            given=given,
            device_id=tx.device_id,
            till_id=open_till(tx),
            actor_id=tx.actor.id,
            at=tx.time,
        )
    )
    owe(tx, order.merchant_id, CONSUMERS, amount, kind="payment", document_id=payment.id)
    if method == PaymentMethod.STORE_CREDIT:
        member = member_now(tx, order.member_id)
        if member is None:
            tx.contradict("credit_of_nobody", order.merchant_id, order.id, payment.id, amount=amount)
        else:
            kind = CreditKind.PAID if amount > 0 else CreditKind.GIVEN_BACK
            member = book_credit(tx, member, kind, -amount, payment.id)
            if member.credit < 0 < amount:
                tx.contradict("credit_short", order.merchant_id, order.id, member.id, lacking=-member.credit)
    return tx.put(order.with_(paid=order.paid + amount))


def carry(tx: Tx, old: Order, new: Order, methods: Iterable[tuple[str, int]], reference: str) -> tuple[Order, Order]:
    """What was paid for an order in these ways (method, 分) is paid for another: so it also goes back as it was paid.
    No money flows: neither a till nor store credit knows of it."""
    for number, (method, amount) in enumerate(methods, start=1):
        for name, order, signed in (("out", old, -amount), ("in", new, amount)):
            payment = tx.add(
                Payment(
                    id=tx.id("payment", number, name),
                    order_id=order.id,
                    merchant_id=order.merchant_id,
                    method=method,
                    amount=signed,
                    reference=reference,
                    actor_id=tx.actor.id,
                    at=tx.time,
                )
            )
            owe(tx, order.merchant_id, CONSUMERS, signed, kind="payment", document_id=payment.id)
        old, new = old.with_(paid=old.paid - amount), new.with_(paid=new.paid + amount)
    return tx.put(old), tx.put(new)


def book_credit(tx: Tx, member: Member, kind: CreditKind, amount: int, document_id: str, *, reason: str = "") -> Member:
    """One line of a member's ledger of store credit (分), and the balance."""
    if not amount:
        return member
    tx.add(
        CreditEntry(
            id=tx.id("credit", kind.value, document_id, member.id),
            merchant_id=member.merchant_id,
            member_id=member.id,
            kind=kind,
            amount=amount,
            reason=reason,
            document_id=document_id,
            actor_id=tx.actor.id,
            at=tx.time,
        )
    )
    return tx.put(member.with_(credit=member.credit + amount))
