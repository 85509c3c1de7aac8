"""The columns of the three lists of the stock page."""

from collections.abc import Callable

from s2b_desktop.messages import state_text, state_words
from s2b_desktop.models.queries.cover import Cover
from s2b_desktop.models.queries.stock import NEAR_MS, StockEntry
from s2b_desktop.models.queries.stock_papers import CountDetail, TransferDetail
from s2b_desktop.models.specs import sku_name
from s2b_desktop.text import day, moment, quantity, signed_money, tr, unit_price
from s2b_desktop.views.common.column import Column
from s2b_desktop.views.common.theme import Tone

_WIDE_DAY = 1_795_305_600_000
"""2026-11-22: few days are written wider."""


def expiry_text(expires_at: int | None, now: int) -> tuple[str, Tone]:
    """When a lot expires, and how urgent that is."""
    if expires_at is None:
        return "", "neutral"
    if expires_at <= now:
        return tr("Expired {date}", date=day(expires_at)), "bad"
    return day(expires_at), "warn" if expires_at < now + NEAR_MS else "neutral"


def lasts_text(cover: Cover | None) -> str:
    """How long it lasts, in days; "" where the ledger does not tell."""
    days = cover.days if cover is not None else None
    if days is None:
        return ""
    return tr("over a year") if days > 365 else tr("{n} days", n=days)


def place_columns(
    waiting: Callable[[StockEntry], bool],
    now: Callable[[], int],
    cover: Callable[[StockEntry], Cover | None],
    *,
    shop: bool = False,
) -> list[Column[StockEntry]]:
    """Columns over places; a shop's say what the goods cost, and which are below zero."""
    found: list[Column[StockEntry]] = [
        Column("code", "SKU code", lambda e: e.code, 108, sort_key="code"),
        Column("title", "Product name", lambda e: sku_name(e.title, e.specs), 300, sort_key="title", stretch=True),
        Column("warehouse", "Warehouse", lambda e: e.warehouse or tr("Main warehouse"), 104, sort_key="warehouse",
               fits=lambda: [tr("Main warehouse")]),
        Column("shelf", "Shelf", lambda e: e.shelf, 72, rank=5),
        Column("lot", "Lot", lambda e: e.lot, 88, rank=2),
        Column(
            "expires",
            "Expires",
            lambda e: expiry_text(e.expires_at, now())[0],
            116,
            kind="state",
            tone=lambda e: expiry_text(e.expires_at, now())[1],
            sort_key="expires",
            fits=lambda: [expiry_text(_WIDE_DAY, _WIDE_DAY)[0]],
            rank=1,
        ),
        Column(
            "on_hand", "On hand", lambda e: quantity(e.on_hand, e.decimals), 84, kind="number", sort_key="on_hand",
            waiting=waiting,
        ),
        Column("reserved", "Reserved", lambda e: quantity(e.reserved, e.decimals), 80, kind="number", rank=4),
        Column("leased", "Kept", lambda e: quantity(e.leased, e.decimals), 64, kind="number", hidden=True),
        Column(
            "available",
            "Available",
            lambda e: quantity(e.available, e.decimals),
            90,
            kind="number",
            sort_key="available",
            mark=lambda e: tr("Low stock") if e.low else "",
        ),
        Column(
            "incoming",
            "On the way",
            lambda e: quantity(c.incoming, e.decimals) if (c := cover(e)) and c.incoming else "",
            90,
            kind="number",
            hidden=True,
            rank=7,
        ),
        Column("lasts", "Lasts", lambda e: lasts_text(cover(e)), 96, kind="number", hidden=True),
        Column("unit", "Unit", lambda e: e.unit, 56, rank=3),
    ]  # fmt: skip
    if not shop:
        return found
    below: Column[StockEntry] = Column(
        "below",
        "Check",
        lambda e: tr("Below zero") if e.on_hand < 0 else tr("Low stock") if e.low else "",
        100,
        kind="state",
        tone=lambda e: "bad" if e.on_hand < 0 else "warn",
        fits=lambda: [tr("Below zero"), tr("Low stock")],
    )
    cost: Column[StockEntry] = Column(
        "cost", "Cost", lambda e: "–" if e.cost is None else unit_price(e.cost), 96, kind="money", sort_key="cost"
    )
    promised = ("reserved", "leased", "available")
    return [*(c for c in found if c.key not in promised), below, cost]


def signed(steps: int, decimals: int) -> str:
    """A difference with its sign."""
    said = quantity(abs(steps), decimals)
    return said if not steps else f"+{said}" if steps > 0 else f"-{said}"


def count_columns(waiting: Callable[[str], bool], now: Callable[[], int]) -> list[Column[CountDetail]]:
    """Columns over counts; `waiting` asks by an id."""
    return [
        Column("at", "Counted at", lambda d: moment(d.count.counted_at, now()), 130),
        Column(
            "state",
            "State",
            lambda d: state_text("count", d.count.state)[0],
            120,
            kind="state",
            tone=lambda d: state_text("count", d.count.state)[1],
            waiting=lambda d: waiting(d.count.id),
            fits=lambda: state_words("count"),
        ),
        Column("who", "Counted by", lambda d: d.count.counted_by, 110, rank=2),
        Column("warehouse", "Warehouse", lambda d: d.warehouse, 100, rank=4),
        Column("lines", "Goods", lambda d: quantity(len(d.lines)), 70, kind="number", rank=3),
        Column("different", "Different", lambda d: _open(d, quantity(len(d.different))), 90, kind="number"),
        Column("value", "Difference in money", lambda d: _open(d, signed_money(d.value)), 140, kind="money"),
        Column("note", "Note", lambda d: d.count.reason or d.count.note, 160, stretch=True, rank=1),
    ]


def _open(detail: CountDetail, said: str) -> str:
    """Once a count is decided, the books have moved on and its differences mean nothing."""
    return said if detail.count.state == "SUBMITTED" else ""


def transfer_columns(waiting: Callable[[str], bool], now: Callable[[], int]) -> list[Column[TransferDetail]]:
    """Columns over transfers; `waiting` asks by an id."""
    return [
        Column("at", "Sent", lambda d: moment(d.transfer.sent_at, now()), 130),
        Column(
            "state",
            "State",
            lambda d: transit_text(d)[0],
            110,
            kind="state",
            tone=lambda d: transit_text(d)[1],
            waiting=lambda d: waiting(d.transfer.id),
            fits=lambda: [tr("On its way"), tr("Arrived"), tr("Arrived, differs")],
        ),
        Column("from", "Out of", lambda d: d.origin, 130),
        Column("to", "Into", lambda d: d.target, 130),
        Column("lines", "Goods", lambda d: quantity(len(d.lines)), 70, kind="number"),
        Column("first", "First of them", lambda d: d.lines[0].title if d.lines else "", 200, stretch=True),
        Column("who", "Sent by", lambda d: d.transfer.sent_by, 110, rank=1),
    ]


def transit_text(detail: TransferDetail) -> tuple[str, Tone]:
    """Where a transfer stands."""
    if detail.transfer.open:
        return tr("On its way"), "warn"
    differs = any(line.sent != line.received for line in detail.transfer.lines)
    return (tr("Arrived, differs"), "bad") if differs else (tr("Arrived"), "ok")
