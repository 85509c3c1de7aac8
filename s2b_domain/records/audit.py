"""Typed events that nothing edits: decisions, price changes, permission changes, exports."""

from s2b_domain.records.record import Record, record


@record("audit", ("at",), ("subject_id",))
class Audit(Record, frozen=True, kw_only=True):
    """Who did what to which subject, from which device and when."""

    event: str
    subject_kind: str
    subject_id: str
    organisation_id: str
    actor_id: str
    actor_name: str
    device_id: str
    details: dict[str, str | int | None] = {}
    at: int
