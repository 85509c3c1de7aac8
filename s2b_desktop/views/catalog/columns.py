"""The columns of the catalog."""

from collections.abc import Callable

from PySide6.QtGui import QPixmap

from s2b_desktop.models.queries.catalog import ProductRow
from s2b_desktop.text import tr, unit_price
from s2b_desktop.views.common.column import Column
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.orders.words import stock_words


def product_columns(picture: Callable[[ProductRow], QPixmap | None]) -> list[Column[ProductRow]]:
    return [
        Column(
            "title",
            "Goods",
            lambda r: r.title,
            240,
            sort_key="title",
            stretch=True,
            icon=lambda r: "image" if r.picture else "package",
            picture=picture,
        ),
        Column("price", "Price from", _price, 104, "money", sort_key="price"),
        Column(
            "stock",
            "Stock",
            lambda r: _stock(r)[0],
            132,
            "state",
            tone=lambda r: _stock(r)[1],
            sort_key="stock",
            fits=lambda: [stock_words(99_999, 0, "箱")[0], tr("No longer on sale")],
        ),
        Column("supplier", "Supplier", lambda r: r.supplier, 124, sort_key="supplier", rank=1),
        Column("brand", "Brand", lambda r: r.brand, 92, sort_key="brand", rank=3),
        Column(
            "dropship",
            "Drop-ship",
            lambda r: tr("Offered") if r.dropship else "",
            92,
            "state",
            tone=lambda _r: "accent",
            fits=lambda: [tr("Offered")],
            rank=2,
        ),
        Column("skus", "SKUs", lambda r: str(r.skus) if r.skus else "", 72, "number", hidden=True),
    ]


def _price(row: ProductRow) -> str:
    if row.price_from is None:
        return ""
    if row.price_to is not None and row.price_to > row.price_from:
        return tr("from {price}", price=unit_price(row.price_from))
    return unit_price(row.price_from)


def _stock(row: ProductRow) -> tuple[str, Tone]:
    if not row.id or not row.skus:
        return tr("No longer on sale"), "neutral"
    if row.available is None:
        return (tr("In stock"), "ok") if row.in_stock else (tr("None in stock"), "neutral")
    return stock_words(row.available, row.decimals, row.unit)
