"""Statements of account: what they cover, what is still open of which document, and since when it is overdue."""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import NamedTuple

import msgspec

MAX_LINES = 5000
DAY = 86_400_000


class StatementState(StrEnum):
    """待确认, 已确认, 有异议, 已结清."""

    ISSUED = "ISSUED"
    CONFIRMED = "CONFIRMED"
    DISPUTED = "DISPUTED"
    SETTLED = "SETTLED"


class SettlementState(StrEnum):
    """待到账, 已到账, 未到账."""

    ANNOUNCED = "ANNOUNCED"
    RECEIVED = "RECEIVED"
    NOT_RECEIVED = "NOT_RECEIVED"


class StatedEntry(msgspec.Struct, frozen=True, array_like=True):
    """An account entry as its creditor sees it: `amount` (分) is positive where the debt grows."""

    entry_id: str
    at: int
    document_id: str
    kind: str
    amount: int


class OpenItem(msgspec.Struct, frozen=True, kw_only=True):
    """What is still owed for a document (分), since when, and when it is due (None: nothing was agreed)."""

    document_id: str
    amount: int
    at: int
    due_at: int | None

    def overdue(self, now: int) -> bool:
        """Whether it should have been paid by `now`."""
        return self.due_at is not None and self.due_at < now


def covered(entries: Iterable[StatedEntry], until: int, stated: Collection[str]) -> tuple[StatedEntry, ...]:
    """The entries before `until` that no statement holds yet, oldest first; at most `MAX_LINES` go into one."""
    new = [e for e in entries if e.at < until and e.entry_id not in stated]
    return tuple(sorted(new, key=lambda e: (e.at, e.entry_id))[:MAX_LINES])


class Lowered(NamedTuple):
    """What was paid and corrected (分) beside what statements hold."""

    paid: int
    corrected: int


def lowered(entries: Iterable[StatedEntry], stated: Collection[str]) -> Lowered:
    """What came in that no statement holds: so much less is left of the latest one than it comes to."""
    beside = [e for e in entries if e.entry_id not in stated]
    return Lowered(*(-sum(e.amount for e in beside if e.kind == kind) for kind in ("settlement", "correction")))


def open_items(entries: Iterable[StatedEntry], credit_days: int | None) -> list[OpenItem]:
    """What is still to pay, document by document, oldest first; what was paid covers the oldest debts first.

    A document's own entries are netted first: what was taken back is not owed. The items come to the sum of the
    entries where that is positive, and there are none where it is not.
    """
    documents: dict[str, int] = {}
    began: dict[str, int] = {}
    for entry in sorted(entries, key=lambda e: (e.at, e.entry_id)):
        documents[entry.document_id] = documents.get(entry.document_id, 0) + entry.amount
        began.setdefault(entry.document_id, entry.at)
    credit = -sum(amount for amount in documents.values() if amount < 0)
    found: list[OpenItem] = []
    for document, amount in documents.items():
        if amount <= 0:
            continue
        covered_now = min(credit, amount)
        credit -= covered_now
        if amount > covered_now:
            due = None if credit_days is None else began[document] + credit_days * DAY
            at = began[document]
            found.append(OpenItem(document_id=document, amount=amount - covered_now, at=at, due_at=due))
    return found


def over_limit(limit: int | None, used: int, wanted: int) -> int:
    """By how much (分) a purchase of `wanted` goes over a credit limit of which `used` is used; 0 where it does not or
    none was agreed."""
    return 0 if limit is None else max(0, used + wanted - limit)
