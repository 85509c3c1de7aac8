"""The columns of the promotions list."""

from collections.abc import Callable

from s2b_desktop.messages import state_text, state_words
from s2b_desktop.models.queries.promotions import PromotionRow
from s2b_desktop.text import amount, listed, tr
from s2b_desktop.views.common.column import Column
from s2b_desktop.views.promotions.words import KINDS, gives_text, uses_text, window_text


def promotion_columns(waiting: Callable[[PromotionRow], bool], now: Callable[[], int]) -> list[Column[PromotionRow]]:
    """Columns over promotions."""
    return [
        Column("name", "Promotion", lambda r: r.promotion.name, 190, problem=lambda r: clash_text(r) if r.mine else ""),
        Column(
            "state",
            "State",
            lambda r: state_text("promotion", r.state)[0],
            110,
            kind="state",
            tone=lambda r: state_text("promotion", r.state)[1],
            waiting=waiting,
            fits=lambda: state_words("promotion"),
        ),
        Column(
            "kind",
            "Kind",
            lambda r: tr(KINDS[r.promotion.terms.kind]),
            120,
            fits=lambda: map(tr, KINDS.values()),
            rank=3,
        ),
        Column("gives", "Gives", lambda r: gives_text(r.promotion.terms), 200, stretch=True),
        Column(
            "window",
            "Runs",
            lambda r: window_text(r.promotion.starts_at, r.promotion.ends_at, now()),
            190,
            fits=lambda: (window_text(now(), now(), now()),),
            rank=2,
        ),
        Column("owner", "Borne by", lambda r: tr("us") if r.mine else r.owner, 100, rank=5),
        Column(
            "uses", "Orders", lambda r: uses_text(r.total.uses, r.promotion.terms.total_uses), 80, kind="number", rank=1
        ),
        Column("amount", "Given", lambda r: amount(r.total.amount), 90, kind="money", rank=4),
    ]


def clash_text(row: PromotionRow) -> str:
    """What it cannot go together with, or ""."""
    return tr("Does not go together with {names}", names=listed(row.clashes)) if row.clashes else ""
