"""How suppliers and merchants join: DRAFT -> SUBMITTED -> APPROVED | REJECTED, APPROVED <-> SUSPENDED."""

from enum import StrEnum


class PartyState(StrEnum):
    """Where an organisation stands with the platform."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    SUSPENDED = "SUSPENDED"


NEXT: dict[PartyState, frozenset[PartyState]] = {
    PartyState.DRAFT: frozenset({PartyState.SUBMITTED}),
    PartyState.SUBMITTED: frozenset({PartyState.APPROVED, PartyState.REJECTED}),
    PartyState.REJECTED: frozenset({PartyState.SUBMITTED}),
    PartyState.APPROVED: frozenset({PartyState.SUSPENDED}),
    PartyState.SUSPENDED: frozenset({PartyState.APPROVED}),
}


class ContentState(StrEnum):
    """Where a product, or a new revision of it, stands in review."""

    SUBMITTED = "SUBMITTED"
    LIVE = "LIVE"
    REJECTED = "REJECTED"
    REPLACED = "REPLACED"


class PaperState(StrEnum):
    """Where a qualification paper stands in review."""

    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
