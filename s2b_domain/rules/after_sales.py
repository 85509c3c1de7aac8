"""Returns (售后): the one state machine of a shop's returns and of its claims on suppliers, and the rules that decide.

A shop's return (merchant and consumer) and a claim (merchant and supplier) go through the same states.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.rules.bounds import MAX_AMOUNT, Id, Name


class ReturnKind(StrEnum):
    """仅退款, 退货退款, 换货, 维修."""

    REFUND_ONLY = "REFUND_ONLY"
    RETURN_REFUND = "RETURN_REFUND"
    EXCHANGE = "EXCHANGE"
    REPAIR = "REPAIR"


class ReturnState(StrEnum):
    """Where a return stands."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    SENT_BACK = "SENT_BACK"
    RECEIVED = "RECEIVED"
    INSPECTED = "INSPECTED"
    REFUNDING = "REFUNDING"
    REFUNDED = "REFUNDED"
    REFUND_FAILED = "REFUND_FAILED"
    REPLACEMENT_SENT = "REPLACEMENT_SENT"
    REPAIRED = "REPAIRED"
    RETURNED_TO_CUSTOMER = "RETURNED_TO_CUSTOMER"
    DISPUTED = "DISPUTED"
    ARBITRATED = "ARBITRATED"


class ReturnReason(StrEnum):
    """Why goods come back."""

    QUALITY = "QUALITY"
    DAMAGED = "DAMAGED"
    WRONG_GOODS = "WRONG_GOODS"
    MISSING = "MISSING"
    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED"
    LATE = "LATE"
    NO_LONGER_WANTED = "NO_LONGER_WANTED"
    OTHER = "OTHER"


class Ruling(StrEnum):
    """What the platform decided in a dispute: money back, another piece, repair, or as it was refused."""

    REFUND = "REFUND"
    REPLACE = "REPLACE"
    REPAIR = "REPAIR"
    UPHELD = "UPHELD"


class CostBearer(StrEnum):
    """Who bears what a return costs the shop."""

    UNDECIDED = "UNDECIDED"
    MERCHANT = "MERCHANT"
    SUPPLIER = "SUPPLIER"
    SHARED = "SHARED"


K, S = ReturnKind, ReturnState
WITH_GOODS = frozenset({K.RETURN_REFUND, K.EXCHANGE, K.REPAIR})
"""Kinds for which goods come back."""

NEXT: Mapping[ReturnState, frozenset[ReturnState]] = {
    S.REQUESTED: frozenset({S.APPROVED, S.REFUSED, S.WITHDRAWN}),
    S.APPROVED: frozenset({S.REFUNDING, S.RECEIVED, S.SENT_BACK, S.WITHDRAWN}),
    S.REFUSED: frozenset({S.DISPUTED}),
    S.WITHDRAWN: frozenset(),
    S.SENT_BACK: frozenset({S.RECEIVED}),
    S.RECEIVED: frozenset({S.INSPECTED}),
    S.INSPECTED: frozenset({S.REFUNDING, S.REPLACEMENT_SENT, S.REPAIRED, S.RETURNED_TO_CUSTOMER, S.DISPUTED}),
    S.REFUNDING: frozenset({S.REFUNDED, S.REFUND_FAILED}),
    S.REFUND_FAILED: frozenset({S.REFUNDING}),
    S.DISPUTED: frozenset({S.ARBITRATED}),
    S.ARBITRATED: frozenset({S.REFUNDING, S.REPLACEMENT_SENT, S.REPAIRED, S.RETURNED_TO_CUSTOMER}),
    S.REFUNDED: frozenset(),
    S.REPLACEMENT_SENT: frozenset(),
    S.REPAIRED: frozenset(),
    S.RETURNED_TO_CUSTOMER: frozenset(),
}

DONE = frozenset({S.WITHDRAWN, S.REFUNDED, S.REPLACEMENT_SENT, S.REPAIRED, S.RETURNED_TO_CUSTOMER})
"""Nothing follows."""
STILL = DONE | {S.REFUSED}
"""Nothing is to be done, unless somebody disputes it."""

_RULED: Mapping[Ruling, frozenset[ReturnState]] = {
    Ruling.REFUND: frozenset({S.REFUNDING}),
    Ruling.REPLACE: frozenset({S.REPLACEMENT_SENT}),
    Ruling.REPAIR: frozenset({S.REPAIRED}),
    Ruling.UPHELD: frozenset({S.RETURNED_TO_CUSTOMER}),
}


def following(
    kind: ReturnKind, state: ReturnState, ruling: Ruling | None = None, *, short: bool = False, kept: bool = False
) -> frozenset[ReturnState]:
    """The states that may follow, for this kind and, after a dispute, this ruling. `short`: less was given than asked
    for, which may be disputed once. `kept`: a part was taken back at inspection; where that is upheld, it goes on."""
    if state is S.REFUNDED and short and ruling is None:
        return frozenset({S.DISPUTED})
    if kept and state is S.ARBITRATED and ruling is Ruling.UPHELD:
        return following(kind, S.INSPECTED) - {S.DISPUTED}
    found = NEXT[state]
    if state is S.APPROVED:
        found &= {S.REFUNDING, S.WITHDRAWN} if kind is K.REFUND_ONLY else {S.SENT_BACK, S.RECEIVED, S.WITHDRAWN}
    elif state is S.INSPECTED:
        if kind is not K.EXCHANGE:
            found -= {S.REPLACEMENT_SENT}
        if kind is not K.REPAIR:
            found -= {S.REPAIRED}
    elif state is S.ARBITRATED:
        found &= _RULED[ruling] if ruling else frozenset()
    return found


def over(state: ReturnState, ruling: Ruling | None = None, *, kept: bool = False) -> bool:
    """Whether nothing is to be done any more: an upheld refusal is the end of a dispute too, unless a part was
    `kept`."""
    return state in STILL or (state is S.ARBITRATED and ruling is Ruling.UPHELD and not kept)


class Verdict(StrEnum):
    """What a rule says: approve, refuse, or let somebody look."""

    APPROVE = "APPROVE"
    REFUSE = "REFUSE"
    LOOK = "LOOK"


MAX_RULES = 50
_Ids = Annotated[tuple[Id, ...], Meta(max_length=200)]
_Days = Annotated[int, Meta(ge=0, le=3650)]


class ReturnRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Decides where all that it names holds; what is empty (or None) is not looked at.

    `within_days` of delivery; `up_to` 分; categories hold for everything below them and must hold for every line.
    """

    name: Name
    verdict: Verdict
    kinds: Annotated[tuple[ReturnKind, ...], Meta(max_length=4)] = ()
    reasons: Annotated[tuple[ReturnReason, ...], Meta(max_length=8)] = ()
    within_days: _Days | None = None
    after_days: _Days | None = None
    up_to: Annotated[int, Meta(ge=0, le=MAX_AMOUNT)] | None = None
    category_ids: _Ids = ()
    level_ids: _Ids = ()
    on: bool = True


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What rules look at. `days` since delivery (0: not delivered yet); `categories`: each line's path from the top."""

    kind: ReturnKind
    reason: ReturnReason
    days: int
    amount: int
    categories: tuple[tuple[str, ...], ...] = ()
    level_id: str = ""


def decides(rules: Iterable[ReturnRule], asked: Asked) -> ReturnRule | None:
    """The first rule that holds; None: somebody has to look."""
    return next((rule for rule in rules if rule.on and _holds(rule, asked)), None)


def _holds(rule: ReturnRule, asked: Asked) -> bool:
    wanted = set(rule.category_ids)
    return (
        (not rule.kinds or asked.kind in rule.kinds)
        and (not rule.reasons or asked.reason in rule.reasons)
        and (rule.within_days is None or asked.days <= rule.within_days)
        and (rule.after_days is None or asked.days > rule.after_days)
        and (rule.up_to is None or asked.amount <= rule.up_to)
        and (not wanted or all(wanted.intersection(path) for path in asked.categories))
        and (not rule.level_ids or asked.level_id in rule.level_ids)
    )


def payable_back(value: int, paid: int, due: int) -> int:
    """Of goods worth `value` (分) that are given back, what is paid out: an order that is not fully paid is first owed
    less. `due` is what the order came to before, `paid` what the shop still holds of it."""
    return max(0, min(value, paid - (due - value)))


def by_method(amount: int, taken: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Split an amount (分) over the ways in which it was paid, in the order given; `taken` may hold refunds (negative).

    What exceeds everything that was taken comes last, without a method.
    """
    left: dict[str, int] = {}
    for method, paid in taken:
        left[method] = left.get(method, 0) + paid
    parts: list[tuple[str, int]] = []
    for method, most in left.items():
        part = min(amount, max(0, most))
        if part:
            parts.append((method, part))
            amount -= part
    return [*parts, ("", amount)] if amount else parts


def gifts_due(times: int, quantity: int, have: int, threshold: int, *, repeat: bool) -> int:
    """Of `quantity` gift steps earned `times` times, how many are not earned by the `have` that is kept."""
    if times <= 0:
        return 0
    kept = 0 if have < max(1, threshold) else (have // max(1, threshold) if repeat else 1)
    return quantity - quantity * min(kept, times) // times
