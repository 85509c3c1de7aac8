"""Who a member is now, and whether they have bought before."""

from collections.abc import Iterable

from s2b_domain.records.member import Member
from s2b_domain.records.order import Order, OrderLine
from s2b_domain.rules.order_flow import OrderState
from s2b_domain.tx import Reader


def member_now(reader: Reader, member_id: str) -> Member | None:
    """The member with this id, or whom it was merged into since; None for "" and for ids that nobody has."""
    member = reader.get(Member, member_id) if member_id else None
    while member is not None and member.merged_into:
        member = reader.get(Member, member.merged_into)
    return member


def newcomers(reader: Reader, members: Iterable[Member]) -> set[str]:
    """Which of these members have no order yet: none that was paid, nor one of which goods are or will be theirs."""
    new = {m.id for m in members if not m.orders}
    orders = {o.id: o.member_id for o in reader.find_in(Order, "member_id", new) if o.state is not OrderState.CANCELLED}
    lines = reader.find_in(OrderLine, "order_id", orders)
    return new.difference(orders[x.order_id] for x in lines if x.quantity > x.gone)
