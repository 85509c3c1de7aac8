"""The columns of what a shop lists."""

from collections.abc import Callable

from s2b_desktop.models.queries.shop import Moved, MyGoods
from s2b_desktop.text import tr, unit_price
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.shop.words import (
    change_text,
    change_words,
    margin_text,
    margin_tone,
    state_of,
    state_words,
    stock_of,
)

Edit = Callable[[RowId, str], object]


def my_goods_columns(
    waiting: Callable[[MyGoods], bool], *, edit_title: Edit | None, edit_price: Edit | None
) -> list[Column[MyGoods]]:
    """Columns over listings; title and price are edited in place."""
    return [
        Column("title", "Title in my shop", lambda r: r.listing.title, 240, stretch=True, edit=edit_title),
        Column(
            "state",
            "State",
            lambda r: state_of(r)[0],
            104,
            "state",
            tone=lambda r: state_of(r)[1],
            waiting=waiting,
            fits=state_words,
        ),
        Column("price", "My price", lambda r: unit_price(r.listing.price), 88, "money", edit=edit_price),
        Column("supply", "Supply price", lambda r: _price(r.supply), 88, "money", rank=2),
        Column(
            "margin",
            "Margin",
            lambda r: margin_text(r.margin),
            82,
            "state",
            tone=lambda r: margin_tone(r.margin),
            fits=lambda: ["-88.8%"],
        ),
        Column("member", "Member price", lambda r: _price(r.listing.member_price), 88, "money", hidden=True),
        Column("floor", "Floor price", lambda r: _price(r.listing.floor_price or None), 88, "money", hidden=True),
        Column("dropship", "Drop-ship price", lambda r: _price(r.dropship), 88, "money", hidden=True),
        Column(
            "dropship_margin",
            "Margin drop-shipped",
            lambda r: margin_text(r.dropship_margin),
            96,
            "state",
            tone=lambda r: margin_tone(r.dropship_margin),
            hidden=True,
        ),
        Column("change", "What changed", change_text, 230, rank=1, fits=_example),
        Column(
            "stock",
            "Supplier's stock",
            lambda r: stock_of(r)[0],
            112,
            "state",
            tone=lambda r: stock_of(r)[1],
            fits=lambda: [tr("No longer on sale")],
            rank=3,
        ),
        Column("supplier", "Supplier", lambda r: r.offer.supplier_name if r.offer else "", 120, rank=4),
        Column("code", "SKU code", lambda r: r.offer.sku.code if r.offer else "", 96, hidden=True),
    ]


def _price(price: int | None) -> str:
    return "" if price is None else unit_price(price)


def _example() -> list[str]:
    """A change as long as most are."""
    return [change_words(Moved(1_268_000, 1_288_000, 2_888, -2_222))]
