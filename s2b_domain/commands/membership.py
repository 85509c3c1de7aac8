"""Who a member is now."""

from s2b_domain.records.member import Member
from s2b_domain.tx import Reader


def member_now(reader: Reader, member_id: str) -> Member | None:
    """The member with this id, or whom it was merged into since; None for "" and for ids that nobody has."""
    member = reader.get(Member, member_id) if member_id else None
    while member is not None and member.merged_into:
        member = reader.get(Member, member.merged_into)
    return member
