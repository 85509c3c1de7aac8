"""What the goods screens call things: states of review and sale, movements, specifications."""

from s2b_desktop.models.queries.goods import GoodsEntry, Review, Shown
from s2b_desktop.text import language, tr, unit_price
from s2b_desktop.views.common.theme import Tone
from s2b_domain.rules.stock import MovementKind

LISTS: dict[Shown, str] = {
    Shown.ALL: "All goods",
    Shown.ON_SALE: "For sale",
    Shown.REVIEW: "In review",
    Shown.REJECTED: "Rejected",
    Shown.LOW: "Low stock",
    Shown.OFF_SALE: "Off sale",
}
MOVEMENTS: dict[MovementKind, str] = {
    MovementKind.RECEIVE: "Received",
    MovementKind.COUNT: "Count",
    MovementKind.ADJUST: "Adjusted",
    MovementKind.TRANSFER_OUT: "Moved to another place",
    MovementKind.TRANSFER_IN: "Moved here",
    MovementKind.RESERVE: "Held for an order",
    MovementKind.RELEASE: "Free again",
    MovementKind.LEASE: "Kept for a shop's PC",
    MovementKind.LEASE_RETURN: "Back from a shop's PC",
    MovementKind.LEASE_SALE: "Sold from what was kept",
    MovementKind.SHIP: "Shipped",
    MovementKind.SALE: "Sold",
    MovementKind.RETURN_TO_STOCK: "Returned to stock",
    MovementKind.WRITE_OFF: "Written off",
}
_REVIEWS: dict[Review, tuple[str, Tone]] = {
    Review.WAITING: ("In review", "warn"),
    Review.LIVE: ("Live", "ok"),
    Review.REJECTED: ("Rejected", "bad"),
    Review.REVISED: ("Change in review", "warn"),
    Review.REVISION_REJECTED: ("Change rejected", "bad"),
}


def review_text(review: Review) -> tuple[str, Tone]:
    """Where the content stands."""
    source, tone = _REVIEWS[review]
    return tr(source), tone


def review_words() -> list[str]:
    """Every word that `review_text` may say."""
    return [tr(source) for source, _tone in _REVIEWS.values()]


def sale_words() -> list[str]:
    """Every word that `sale_text` may say."""
    return [tr(source) for source in ("Off sale", "Not live yet", "Sold out", "Low stock", "For sale")]


def sale_text(entry: GoodsEntry) -> tuple[str, Tone]:
    """Whether merchants can buy it now, and if not, why."""
    if not entry.on_sale:
        return tr("Off sale"), "neutral"
    if not entry.live:
        return tr("Not live yet"), "neutral"
    if entry.available <= 0:
        return tr("Sold out"), "bad"
    if entry.low:
        return tr("Low stock"), "warn"
    return tr("For sale"), "ok"


def category_text(entry: GoodsEntry) -> str:
    """The category in the user's language."""
    return entry.names[1 if language() == "en" else 0]


def price_text(price: int | None) -> str:
    """A unit price, or a dash where there is none."""
    return "–" if price is None else unit_price(price)
