"""The columns of the order list."""

from collections.abc import Callable

from s2b_desktop.messages import state_text, state_words
from s2b_desktop.models.queries.orders import OrderRow
from s2b_desktop.text import amount, moment, tr
from s2b_desktop.views.common.column import Column
from s2b_domain.rules.order_flow import OrderKind

KINDS: dict[OrderKind, str] = {
    OrderKind.PURCHASE: "Purchase",
    OrderKind.DROPSHIP: "Drop-ship",
    OrderKind.RETAIL: "Counter sale",
}


def masked(phone: str) -> str:
    """A phone number as a list shows it: the middle stays private."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 9 else phone


def customer(row: OrderRow) -> str:
    """Who gets the goods: the consumer, or the shop itself."""
    return f"{row.customer} {masked(row.phone)}".strip() or tr("Own stock")


def goods(row: OrderRow) -> str:
    """What was ordered, in a few words."""
    return tr("{goods} and {n} more", goods=row.goods, n=row.more_goods) if row.more_goods > 0 else row.goods


def order_columns(waiting: Callable[[OrderRow], bool], now: Callable[[], int]) -> list[Column[OrderRow]]:
    """`waiting` says whether a command on the order has not reached the hub yet."""
    return [
        Column("number", "Order number", lambda r: r.number, 158, sort_key="number"),
        Column(
            "state",
            "State",
            lambda r: state_text("order", r.state)[0],
            112,
            "state",
            tone=lambda r: "bad" if r.declined and r.due else state_text("order", r.state)[1],
            waiting=waiting,
            fits=lambda: state_words("order"),
        ),
        Column("customer", "Customer", customer, 152, rank=2),
        Column("goods", "Goods", goods, 310, stretch=True),
        Column("total", "Amount", lambda r: amount(r.due), 100, "money", sort_key="total"),
        Column(
            "payment",
            "Payment",
            lambda r: state_text("payment", r.payment)[0] if r.kind is OrderKind.DROPSHIP and r.due else "",
            92,
            "state",
            tone=lambda r: state_text("payment", r.payment)[1],
            hidden=True,
            fits=lambda: state_words("payment"),
        ),
        Column("kind", "Kind", lambda r: tr(KINDS[r.kind]), 92, fits=lambda: map(tr, KINDS.values()), rank=3),
        Column("suppliers", "Suppliers", lambda r: " · ".join(r.suppliers), 160, rank=4),
        Column("placed", "Placed", lambda r: moment(r.placed_at, now()), 116, sort_key="placed", rank=1),
    ]
