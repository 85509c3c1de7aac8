"""The columns of the goods list."""

from collections.abc import Callable

from PySide6.QtGui import QPixmap

from s2b_desktop.models.queries.goods import GoodsEntry
from s2b_desktop.models.specs import sku_name
from s2b_desktop.text import quantity
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.goods.words import (
    category_text,
    price_text,
    review_text,
    review_words,
    sale_text,
    sale_words,
)

Edit = Callable[[RowId, str], object]


def goods_columns(
    waiting: Callable[[GoodsEntry], bool],
    picture: Callable[[GoodsEntry], QPixmap | None],
    *,
    edit_price: Callable[[str], Edit] | None,
    edit_stock: Edit | None,
) -> list[Column[GoodsEntry]]:
    """Columns over goods entries; prices and stock are edited in place where the actor may."""
    return [
        Column("code", "SKU code", lambda e: e.code, 108, sort_key="code"),
        Column(
            "title",
            "Product name",
            lambda e: sku_name(e.title, e.specs),
            340,
            sort_key="title",
            stretch=True,
            icon=lambda e: "image" if e.picture else "package",
            picture=picture,
        ),
        Column(
            "sale", "Sale", lambda e: sale_text(e)[0], 96, kind="state", tone=lambda e: sale_text(e)[1], fits=sale_words
        ),
        Column(
            "review",
            "Review",
            lambda e: review_text(e.review)[0],
            120,
            kind="state",
            tone=lambda e: review_text(e.review)[1],
            waiting=waiting,
            fits=review_words,
        ),
        Column(
            "supply_price",
            "Supply price",
            lambda e: price_text(e.supply_price),
            88,
            kind="money",
            sort_key="supply_price",
            edit=edit_price("supply_price") if edit_price else None,
            rank=2,
        ),
        Column(
            "dropship_price",
            "Drop-ship price",
            lambda e: price_text(e.dropship_price),
            88,
            kind="money",
            sort_key="dropship_price",
            edit=edit_price("dropship_price") if edit_price else None,
            rank=3,
        ),
        Column(
            "on_hand", "On hand", lambda e: quantity(e.on_hand, e.decimals), 76, kind="number", edit=edit_stock, rank=4
        ),
        Column("reserved", "Reserved", lambda e: quantity(e.reserved, e.decimals), 76, kind="number", rank=6),
        Column(
            "available",
            "Available",
            lambda e: quantity(e.available, e.decimals),
            84,
            kind="number",
            sort_key="available",
        ),
        Column("barcode", "Barcode", lambda e: e.barcode, 132, sort_key="barcode", hidden=True),
        Column("category", "Category", category_text, 110, hidden=True),
    ]
