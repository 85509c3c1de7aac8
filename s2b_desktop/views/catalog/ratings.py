"""How suppliers keep their word, in words."""

from s2b_desktop.text import date, duration, percent, tr
from s2b_domain.records.rating import SupplierRating
from s2b_domain.rules.money import BASIS, half_up

NONE = "–"


def taken_on(rating: SupplierRating | None) -> str:
    """The part of what was asked that it took on."""
    return _rate(rating.accepted, rating.asked) if rating else NONE


def in_time(rating: SupplierRating | None) -> str:
    """The part of what was due that left in time."""
    return _rate(rating.on_time, rating.due) if rating else NONE


def claims(rating: SupplierRating | None) -> str:
    """The part of what was shipped that it had to give something for."""
    return _rate(rating.claimed, rating.shipped) if rating else NONE


def until_shipped(rating: SupplierRating | None) -> str:
    """From the order to the first parcel, on average."""
    return duration(rating.ship_ms) if rating and rating.shipped else NONE


def period(rating: SupplierRating | None) -> str:
    """The days whose orders were counted."""
    return tr("too few orders") if rating is None else f"{date(rating.since)} – {date(rating.until)}"


def _rate(part: int, whole: int) -> str:
    if not whole:
        return NONE
    return tr("{rate} of {total}", rate=percent(half_up(part * 1000, whole) * (BASIS // 1000)), total=whole)
