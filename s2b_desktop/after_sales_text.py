"""The words of returns and claims: states, what happened, reasons, and what was done. No Qt here."""

from collections.abc import Callable
from typing import Any, Literal

from s2b_desktop.carriers import carrier_name
from s2b_desktop.text import tr

Tone = Literal["ok", "warn", "bad", "accent", "neutral"]

TEXTS: dict[str, str] = {
    "more_than_left": "{sku}: {quantity} is more than the {left} that can still be returned. Correct the quantity.",
    "more_than_paid": "{asked} is more than the {most} that this came to. Enter less.",
    "not_shipped_yet": "Nothing of order {number} has been shipped yet. Cancel it instead.",
    "nothing_to_refund": "Nothing of return {number} was taken back, so there is nothing to pay back.",
    "one_supplier_only": "The goods are from several suppliers. Make one return for each, or take them back yourself.",
    "exchange_price_differs": "{sku} costs something else. Return the goods, and sell the other ones.",
    "refund_changed": "The refund is {now} instead of the {seen} you saw. Look at it again, then decide.",
    "return_address_missing": "There is no address to send the goods to. Enter one, with name, phone and street.",
    "return_moved_on": "{number} has moved on meanwhile ({state}), so it could not be done. Look at it again.",
    "refund_came_back": "Booked. The {paid} of return {number} came back after they had been paid; please look at it.",
    "refunded_otherwise": "Booked. {paid} was given back, the books say {priced}; please look at the difference.",
    "refunded_twice": "Booked. {paid} of return {number} was paid a second time; please ask for it back.",
    "return_out_of_turn": "Booked. Return {number} was not at this step ({state}); please look at it.",
    "returned_after_restock": "Booked. Goods of return {number} went back although they were put into stock.",
    "returned_too_much": "Booked. {quantity} more of {sku} came back with {number} than were left; please compare.",
    "returned_twice": "Booked. The number {number} stands for another return too; please compare the two.",
}
MONEY = frozenset({"asked", "most"})
QUANTITIES = frozenset({"left", "quantity"})

STATES: dict[str, dict[str, tuple[str, Tone]]] = {
    "return": {
        "REQUESTED": ("To decide", "warn"),
        "APPROVED": ("Request approved", "accent"),
        "REFUSED": ("Request refused", "bad"),
        "WITHDRAWN": ("Withdrawn by the customer", "neutral"),
        "SENT_BACK": ("On its way back", "accent"),
        "RECEIVED": ("To inspect", "warn"),
        "INSPECTED": ("Inspected", "warn"),
        "REFUNDING": ("To pay back", "warn"),
        "REFUNDED": ("Refunded", "ok"),
        "REFUND_FAILED": ("Refund did not work", "bad"),
        "REPLACEMENT_SENT": ("Replacement sent", "ok"),
        "REPAIRED": ("Repaired", "ok"),
        "RETURNED_TO_CUSTOMER": ("Sent back as it was", "neutral"),
        "DISPUTED": ("With the platform", "bad"),
        "ARBITRATED": ("Platform has decided", "accent"),
    },
    "payout": {
        "OPEN": ("To be paid", "warn"),
        "PAID": ("Paid back", "ok"),
        "FAILED": ("Did not work", "bad"),
    },
}

KINDS: dict[str, str] = {
    "REFUND_ONLY": "Refund only",
    "RETURN_REFUND": "Return and refund",
    "EXCHANGE": "Exchange",
    "REPAIR": "Repair",
}
REASONS: dict[str, str] = {
    "QUALITY": "Quality problem",
    "DAMAGED": "Arrived damaged",
    "WRONG_GOODS": "Wrong goods",
    "MISSING": "Something is missing",
    "NOT_AS_DESCRIBED": "Not as described",
    "LATE": "Came too late",
    "NO_LONGER_WANTED": "No longer wanted",
    "OTHER": "Other reason",
}
BEARERS: dict[str, str] = {
    "UNDECIDED": "Not decided yet",
    "MERCHANT": "The shop",
    "SUPPLIER": "The supplier",
    "SHARED": "Both, as agreed",
}
RULINGS: dict[str, str] = {
    "REFUND": "Money back",
    "REPLACE": "A replacement",
    "REPAIR": "A repair",
    "UPHELD": "The refusal stands",
}
VERDICTS: dict[str, str] = {"APPROVE": "Approve", "REFUSE": "Refuse", "LOOK": "Let somebody look"}

EVENTS: dict[str, str] = {
    "order.return_requested": "Return requested",
    "order.returned": "Goods returned",
    "supply.claimed": "The shop made a claim",
    "return.address": "Return address given",
    "return.exchanged": "Replacement ordered",
    "return.rules": "Return rules saved",
    "case.arbitrated": "The platform decided",
    "case.disputed": "The platform was asked",
    "case.inspected": "Goods inspected",
    "claim.credited": "The supplier pays",
    "return.requested": "Return requested",
    "return.approved": "Return approved",
    "return.refused": "Return refused",
    "return.withdrawn": "Return withdrawn",
    "claim.requested": "Claim made",
    "claim.approved": "Claim approved",
    "claim.refused": "Claim refused",
    "claim.withdrawn": "Claim withdrawn",
    **{
        f"{noun}.{state.lower()}": said
        for noun in ("return", "claim")
        for state, said in (
            ("SENT_BACK", "Goods sent back"),
            ("RECEIVED", "Goods received"),
            ("INSPECTED", "Goods inspected"),
            ("REFUNDING", "Refund begun"),
            ("REFUNDED", "Money paid back"),
            ("REFUND_FAILED", "Refund did not work"),
            ("REPLACEMENT_SENT", "Replacement sent"),
            ("REPAIRED", "Repaired and sent"),
            ("RETURNED_TO_CUSTOMER", "Sent back as it was"),
            ("DISPUTED", "The platform was asked"),
            ("ARBITRATED", "The platform decided"),
        )
    },
}


def kind_text(kind: str) -> str:
    """仅退款, 退货退款, 换货, 维修."""
    return tr(KINDS[kind])


def reason_text(reason: str) -> str:
    """Why goods come back; a history may hold free words instead."""
    return tr(REASONS[reason]) if reason in REASONS else reason


def waybill(message: Any) -> dict[str, str]:
    """Carrier and number of a parcel that a command names."""
    return {"carrier": carrier_name(message.carrier), "number": message.tracking_number}


def _decided(message: Any) -> str:
    return tr("Approve a return") if message.approve else tr("Refuse a return: {reason}", reason=message.reason)


def _answered(message: Any) -> str:
    return tr("Approve a claim") if message.approve else tr("Refuse a claim: {reason}", reason=message.reason)


def _payout(message: Any) -> str:
    if message.paid:
        return tr("Refund paid: {reference}", reference=message.reference)
    return tr("Refund did not work: {reason}", reason=message.reason)


TITLES: dict[str, Callable[[Any], str]] = {
    "case.arbitrate": lambda m: tr("Decide a dispute"),
    "case.dispute": lambda m: tr("Ask the platform to decide"),
    "case.finish": lambda m: tr("Goods sent back to the customer"),
    "case.inspect": lambda m: tr("Inspect returned goods"),
    "case.receive": lambda m: tr("Receive returned goods"),
    "case.say": lambda m: tr("A word on a return"),
    "case.send": lambda m: tr("Goods sent back: {carrier} {number}", **waybill(m)),
    "case.withdraw": lambda m: tr("Withdraw a return"),
    "claim.decide": _answered,
    "claim.open": lambda m: tr("Claim {number} on a supplier", number=m.number),
    "claim.settle": lambda m: tr("Settle a claim"),
    "payout.settle": _payout,
    "return.counter": lambda m: tr("Return {number} at the counter", number=m.number),
    "return.decide": _decided,
    "return.exchange": lambda m: tr("Order a replacement {number}", number=m.number),
    "return.refund": lambda m: tr("Pay a return back"),
    "return.request": lambda m: tr("Return {number} of {n} goods", number=m.number, n=len(m.items)),
    "return.rules": lambda m: tr("Return rules"),
}
