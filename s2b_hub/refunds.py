"""Where money is owed back: paid orders that were cancelled, and refunds of returns."""

from collections.abc import Iterable

from s2b_domain.commands import Command
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.refunds import SettlePayout
from s2b_domain.ids import derived_id
from s2b_domain.records.after_sales import Payout, PayoutState
from s2b_domain.records.order import Order, Payment
from s2b_domain.records.record import Record
from s2b_domain.rules.order_flow import OrderKind, OrderState
from s2b_domain.tx import Reader
from s2b_hub.effects import Effect, Source, Wanted


class CancelledOrder:
    """A consumer order that was cancelled after money was taken: each method gives back what it took."""

    kind = "order_refund"

    def wanted(self, reader: Reader, row: Record) -> Iterable[Wanted]:
        if not isinstance(row, Order) or row.state is not OrderState.CANCELLED or row.kind is OrderKind.PURCHASE:
            return
        taken: dict[str, int] = {}
        back: dict[str, int] = {}
        for payment in reader.find(Payment, order_id=row.id):
            taken[payment.method] = taken.get(payment.method, 0) + payment.amount
            back[payment.method] = back.get(payment.method, 0) - min(payment.amount, 0)
        for method, amount in sorted(taken.items()):
            if amount > 0:
                yield Wanted(
                    key=derived_id(row.id, "refund", method, back[method]),
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
