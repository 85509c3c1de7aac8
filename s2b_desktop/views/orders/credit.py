"""Paying from a member's store credit: how far it goes, at the counter and for an order."""

from typing import TYPE_CHECKING, NamedTuple

from s2b_desktop.models.queries.counter import standing
from s2b_desktop.text import money, tr

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class StoreCredit(NamedTuple):
    """What somebody has of it (分), by the name that is read; without a name it is nobody's."""

    member: str = ""
    amount: int = 0

    def most(self, left: int, used: int = 0) -> int:
        """How much of `left` (分) it pays, after `used` of it."""
        return max(0, min(left, self.amount - used))

    def words(self) -> str:
        """How much there is, or nothing to say."""
        return tr("store credit {amount}", amount=money(self.amount)) if self.amount > 0 else ""

    def error(self, wanted: int, most: int) -> str:
        """Why `wanted` (分) cannot be paid with it, where `most` can."""
        if not self.member:
            return tr("Store credit belongs to a member, and none is chosen.")
        return tr("Only {amount} is there", amount=money(most)) if wanted > most else ""


NOBODYS = StoreCredit()


def credit_of(desk: "Desk", member_id: str) -> StoreCredit:
    """What a member has of it, whoever they were merged into; nobody's where there is none."""
    found = desk.read(standing, member_id) if member_id else None
    if found is None:
        return NOBODYS
    member = found.member
    return StoreCredit(member.called, member.credit)
