"""The columns of the supplier's queue, and how a time to ship is said."""

from collections.abc import Callable

from s2b_desktop.messages import state_text, state_words
from s2b_desktop.models.queries.supply import SOON_MS, SupplyEntry
from s2b_desktop.text import amount, duration, moment, quantity, tr
from s2b_desktop.views.common.column import Column
from s2b_desktop.views.common.theme import Tone
from s2b_domain.rules.order_flow import OrderKind, SupplyState

KINDS: dict[OrderKind, str] = {
    OrderKind.PURCHASE: "Purchase",
    OrderKind.DROPSHIP: "Drop-ship order",
    OrderKind.RETAIL: "Counter sale",
}
OPEN = frozenset({SupplyState.WAITING, SupplyState.ACCEPTED, SupplyState.PARTLY_SHIPPED})


def due_text(state: SupplyState, ship_by: int | None, now: int) -> tuple[str, Tone]:
    """When an open supply order must leave, and how urgent that is."""
    if ship_by is None or state not in OPEN:
        return "", "neutral"
    left = ship_by - now
    if left < 0:
        return tr("Overdue {duration}", duration=duration(-left)), "bad"
    if left < SOON_MS:
        return tr("Due in {duration}", duration=duration(left)), "warn"
    return moment(ship_by, now), "neutral"


def goods_text(entry: SupplyEntry) -> str:
    """The first goods, and how many more there are."""
    if entry.lines < 2:
        return entry.first_title
    return tr("{title} and {n} more", title=entry.first_title, n=entry.lines - 1)


def supply_columns(waiting: Callable[[SupplyEntry], bool], now: Callable[[], int]) -> list[Column[SupplyEntry]]:
    """Columns over supply entries; `waiting` says whether one waits for the hub."""
    return [
        Column("number", "Order number", lambda e: e.number, 178, sort_key="number"),
        Column(
            "state",
            "State",
            lambda e: state_text("supply", e.state)[0],
            112,
            kind="state",
            tone=lambda e: state_text("supply", e.state)[1],
            waiting=waiting,
            sort_key="state",
            fits=lambda: state_words("supply"),
        ),
        Column(
            "ship_by",
            "Ship by",
            lambda e: due_text(e.state, e.ship_by, now())[0],
            112,
            kind="state",
            tone=lambda e: due_text(e.state, e.ship_by, now())[1],
            sort_key="ship_by",
            fits=lambda: [tr("Overdue {duration}", duration=duration(23 * 3_600_000)), moment(0, now())],
        ),
        Column("merchant", "Merchant", lambda e: e.merchant, 120, sort_key="merchant", rank=2),
        Column("goods", "Goods", goods_text, 240, stretch=True),
        Column("quantity", "Quantity", lambda e: quantity(e.quantity, e.decimals), 84, kind="number", rank=3),
        Column("total", "Amount", lambda e: amount(e.total), 104, kind="money", sort_key="total", rank=1),
        Column("kind", "Kind", lambda e: tr(KINDS[e.kind]), 96, fits=lambda: map(tr, KINDS.values()), rank=4),
        Column(
            "placed", "Placed", lambda e: moment(e.placed_at, now()), 110, sort_key="placed_at", hidden=True, rank=5
        ),
    ]
