"""Append-only account entries: for every document they sum to zero over all parties."""

from s2b_domain.records.record import Record, record

CONSUMERS = "consumers"
"""The account that stands for a merchant's consumers."""


@record("account_entry", ("organisation_id", "counterparty_id", "at"), ("document_id",))
class AccountEntry(Record, frozen=True, kw_only=True):
    """What `organisation_id` is owed (positive) or owes (negative) towards `counterparty_id` (分)."""

    organisation_id: str
    counterparty_id: str
    document_id: str
    kind: str
    amount: int
    at: int


@record("balance", ("organisation_id",))
class Balance(Record, frozen=True, kw_only=True):
    """The sum (分) of an organisation's account entries towards another; consumers have none."""

    organisation_id: str
    counterparty_id: str
    amount: int
