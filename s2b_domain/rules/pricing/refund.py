"""What may be paid back: read off the frozen allocation, unit by unit, so that any order of refunds adds up."""

import msgspec

from s2b_domain.rules.pricing.allocation import units_between
from s2b_domain.rules.pricing.trace import Reduction


class Frozen(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it was frozen at placement: steps, and what the buyer paid for all of them (分, points)."""

    quantity: int
    payable: int
    freight: int = 0
    points_used: int = 0
    points_earned: int = 0
    reductions: tuple[Reduction, ...] = ()


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money back for some units, without and with their part of the freight; points that return to the member, and
    earned points that are taken away; and what each source gets back of what it had borne."""

    amount: int
    freight: int
    points_back: int
    points_away: int
    reductions: tuple[Reduction, ...] = ()


def refundable(line: Frozen, returned: int, quantity: int) -> Refund:
    """For `quantity` more steps after `returned` were paid back already; ValueError beyond what was sold.

    Over any sequence the refunds sum to the line exactly; the last one leaves nothing.
    """
    if quantity < 0 or returned < 0 or returned + quantity > line.quantity:
        raise ValueError("more than was sold")

    def part(whole: int) -> int:
        return units_between(whole, line.quantity, returned, returned + quantity)

    shares = [(r, part(r.amount)) for r in line.reductions]
    return Refund(
        amount=part(line.payable),
        freight=part(line.freight),
        points_back=part(line.points_used),
        points_away=part(line.points_earned),
        reductions=tuple(msgspec.structs.replace(r, amount=amount) for r, amount in shares if amount),
    )
