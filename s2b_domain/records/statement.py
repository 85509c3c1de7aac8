"""对账单 between a creditor and a debtor, and the money with which debts were settled."""

import msgspec

from s2b_domain.records.record import Record, record
from s2b_domain.rules.statements import SettlementState, StatedEntry, StatementState


class Event(msgspec.Struct, frozen=True, array_like=True):
    """What happened to a paper: its state from then on, who did it, when, and what was said."""

    at: int
    state: str
    actor_name: str
    note: str = ""


@record("statement", ("creditor_id",), ("debtor_id",))
class Statement(Record, frozen=True, kw_only=True):
    """What a debtor owes a creditor (分): closing = opening + the sum of `lines`.

    Covers every account entry before `until` that no earlier statement of the two covers; with its opening it holds all
    that was owed. `paid` and `corrected` came in since, whichever statement was named with it, until it was settled;
    what is left of it is closing - paid - corrected.
    """

    number: str
    creditor_id: str
    debtor_id: str
    since: int
    until: int
    opening: int
    closing: int
    lines: tuple[StatedEntry, ...]
    state: StatementState
    paid: int = 0
    corrected: int = 0
    made_at: int
    events: tuple[Event, ...] = ()

    @property
    def left(self) -> int:
        """What of it is still to be paid (分); below 0 where the debtor has something to come."""
        return self.closing - self.paid - self.corrected


@record("settlement", ("creditor_id",), ("debtor_id",), ("statement_id",))
class Settlement(Record, frozen=True, kw_only=True):
    """Money (分) from debtor to creditor (negative: back). It counts once the creditor has said that it came."""

    creditor_id: str
    debtor_id: str
    statement_id: str = ""
    amount: int
    method: str
    reference: str = ""
    state: SettlementState
    at: int
    events: tuple[Event, ...] = ()
