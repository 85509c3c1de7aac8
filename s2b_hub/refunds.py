"""Where money is owed back: paid orders of which something was cancelled, and refunds of returns."""

from collections.abc import Iterable

from s2b_domain.commands import Command
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.refunds import SettlePayout
from s2b_domain.ids import derived_id
from s2b_domain.records.after_sales import Payout, PayoutState
from s2b_domain.records.order import Order, OrderLine, Payment, SupplyOrder
from s2b_domain.records.record import Record
from s2b_domain.rules.after_sales import by_method
from s2b_domain.rules.order_flow import OrderKind, OrderState, SupplyState
from s2b_domain.tx import Reader
from s2b_hub.effects import Effect, Source, Wanted


class CancelledOrder:
    """A consumer order of which something was cancelled after money was taken: the methods give back what it comes to
    no more, in the order in which they were used. What a return has promised is that return's; and what a supplier
    declined stays until its shop has ordered it elsewhere, or has said that it will not."""

    kind = "order_refund"

    def wanted(self, reader: Reader, row: Record) -> Iterable[Wanted]:
        if not isinstance(row, Order) or row.kind is OrderKind.PURCHASE:
            return
        if row.state is not OrderState.CANCELLED and not row.cancelled_amount:
            return
        payments = sorted(reader.find(Payment, order_id=row.id), key=lambda p: (p.at, p.id))
        promised = [p for p in reader.find(Payout, order_id=row.id) if p.state is not PayoutState.PAID]
        taken = [*((p.method, p.amount) for p in payments), *((p.method, -p.amount) for p in promised)]
        over = row.paid - sum(p.amount for p in promised) - row.due - _undecided(reader, row)
        for method, amount in by_method(max(0, over), taken):
            back = sum(-p.amount for p in payments if p.method == method and p.amount < 0)
            yield Wanted(
                key=derived_id(row.id, "refund", method, back),
                kind=self.kind,
                organisation_id=row.merchant_id,
                method=method,
                amount=amount,
            )

    def booked(self, effect: Effect, *, paid: bool, reference: str, reason: str) -> Command | None:
        if not paid:
            return None
        return PayOrder(
            order_id=effect.document_id, method=effect.method, amount=-effect.amount, reference=reference[:100]
        )


def _undecided(reader: Reader, order: Order) -> int:
    """What the declined parts came to (分) that may still be ordered elsewhere."""
    decided = {*order.forgone, *(o.replaces_part for o in reader.find(Order, replaces=order.id))}
    declined = {s.id for s in reader.find(SupplyOrder, order_id=order.id) if s.state is SupplyState.DECLINED} - decided
    lines = reader.find(OrderLine, order_id=order.id) if declined else []
    return sum(x.payable + x.freight_amount for x in lines if x.supply_order_id in declined)


class OpenPayout:
    """What a return gives back by one method. Its id is the key; after a failure it is opened again with the same."""

    kind = "payout"

    def wanted(self, reader: Reader, row: Record) -> Iterable[Wanted]:
        if isinstance(row, Payout) and row.state is PayoutState.OPEN:
            yield Wanted(
                key=row.id, kind=self.kind, organisation_id=row.merchant_id, method=row.method, amount=row.amount
            )

    def booked(self, effect: Effect, *, paid: bool, reference: str, reason: str) -> Command | None:
        return SettlePayout(
            payout_id=effect.document_id,
            paid=paid,
            method=effect.method,
            reference=(reference or effect.key)[:100] if paid else "",
            reason="" if paid else (reason or "declined")[:200],
        )


SOURCES: dict[type[Record], Source] = {Order: CancelledOrder(), Payout: OpenPayout()}
BY_KIND: dict[str, Source] = {source.kind: source for source in SOURCES.values()}
