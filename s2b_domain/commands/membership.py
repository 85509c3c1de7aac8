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


def rows_of(reader: Reader, member_ids: Iterable[str]) -> dict[str, str]:
    """The ids of these members and of all that were merged into them -> whose they are now."""
    found = near = {id_: id_ for id_ in member_ids}
    while near:
        near = {m.id: near[m.merged_into] for m in reader.find_in(Member, "merged_into", near)}
        found = found | near
    return found


def newcomers(reader: Reader, members: Iterable[Member]) -> set[str]:
    """Which of these members have no order yet: none that was paid, nor one of which goods are or will be theirs."""
    rows = rows_of(reader, [m.id for m in members if not m.orders])
    placed = [o for o in reader.find_in(Order, "member_id", rows) if o.state is not OrderState.CANCELLED]
    orders = {o.id: rows[o.member_id] for o in placed}
    lines = reader.find_in(OrderLine, "order_id", orders)
    return set(rows.values()).difference(orders[x.order_id] for x in lines if x.quantity > x.gone)
