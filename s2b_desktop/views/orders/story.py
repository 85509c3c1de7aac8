"""An order's timeline: its own events, those of its supply orders and parcels, with who, when and why."""

from collections.abc import Collection

from s2b_desktop.messages import EVENTS, event_note, event_text, state_text
from s2b_desktop.models.queries.orders import OrderDetail
from s2b_desktop.text import money, tr
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.timeline import TimelineEntry
from s2b_domain.records.order import History, Payment

_TONES: dict[str, Tone] = {
    "order.placed": "accent",
    "order.delivered": "ok",
    "order.completed": "ok",
    "order.paid": "ok",
    "order.cancelled": "bad",
    "supply.declined": "bad",
    "supply.closed_short": "warn",
    "supply.shipped_after_cancel": "warn",
    "parcel.problem": "bad",
    "supply.delivered": "ok",
}


def story(detail: OrderDetail, waiting: Collection[str]) -> list[TimelineEntry]:
    """Newest first, as one reads it at the counter; `waiting` holds the ids of history rows not yet at the hub."""
    suppliers = {part.supply.id: part.supply.supplier_name for part in detail.parts}
    payments = {(p.at, p.method): p for p in detail.payments}
    several = len(detail.parts) > 1
    return [
        TimelineEntry(
            title=_title(event, suppliers.get(event.document_id, "") if several else ""),
            at=event.at,
            who=event.actor_name,
            note=_note(event, payments.get((event.at, event.reason))),
            tone=_TONES.get(event.event, "neutral"),
            pending=event.id in waiting,
        )
        for event in reversed(detail.history)
    ]


def _title(event: History, supplier: str) -> str:
    said = event_text(event.event) if event.event in EVENTS else state_text("order", event.after)[0]
    return f"{said} · {supplier}" if supplier else said


def _note(event: History, payment: Payment | None) -> str:
    if event.event == "order.paid" and payment is not None:
        said = f"{state_text('method', payment.method)[0]} {money(payment.amount)}"
        return f"{said} · {payment.reference}" if payment.reference else said
    if event.event in ("order.cancelled", "supply.declined", "supply.closed_short") and event.reason:
        return tr("Reason: {reason}", reason=event.reason)
    return event_note(event.event, event.reason)
