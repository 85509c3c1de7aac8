"""The columns of the terms page's lists."""

from collections.abc import Callable
from functools import partial

from s2b_desktop.models.queries.terms import Agreed, FreightRow, LevelRow, MixRow, PriceRow
from s2b_desktop.text import amount, clauses, count, listed, tr, unit_price
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.tiers import tiers_text
from s2b_desktop.views.terms.freight import BASES

Edit = Callable[[str, RowId, str], object]


def _limit(merchant: Agreed) -> str:
    return tr("none agreed") if merchant.limit is None else amount(merchant.limit)


def merchant_columns() -> list[Column[Agreed]]:
    """Columns over merchants."""
    return [
        Column("name", "Merchant", lambda m: m.name, 220, stretch=True),
        Column("level", "Price level", lambda m: m.level_name or tr("Standard"), 120),
        Column(
            "limit", "Credit limit", lambda m: tr("none agreed") if m.limit is None else amount(m.limit), 130, "money"
        ),
        Column("days", "To be paid after", lambda m: "" if m.days is None else tr("{n} days", n=m.days), 130),
        Column("orders", "Orders", lambda m: count(m.orders), 90, "number", rank=2),
        Column("note", "Note", lambda m: m.note, 160, rank=3),
    ]


def level_columns() -> list[Column[LevelRow]]:
    """Columns over price levels."""
    return [
        Column("name", "Price level", lambda x: x.name, 220, stretch=True),
        Column("position", "Rank", lambda x: count(x.position), 90, "number"),
        Column("merchants", "Merchants", lambda x: count(x.merchants), 110, "number"),
        Column("prices", "Goods with a price", lambda x: count(x.prices), 150, "number"),
    ]


def mix_columns() -> list[Column[MixRow]]:
    """Columns over groups of goods with a common minimum."""
    return [
        Column("name", "Mixed minimum", lambda m: m.name, 200),
        Column("minimum", "Together at least", lambda m: count(m.minimum), 140, "number"),
        Column("goods", "Goods", lambda m: listed(m.products.values()) or tr("all your goods"), 300, stretch=True),
    ]


def _areas(row: FreightRow) -> str:
    said = []
    for area in row.template.freight.areas:
        where = listed(area.regions[:3]) or tr("all other regions")
        fee = tr("not delivered") if area.refused else f"¥{amount(area.first_fee)}"
        said.append(f"{where} {fee}")
    return clauses(said)


def freight_columns(supplier: bool) -> list[Column[FreightRow]]:
    """Columns over freight templates."""
    found: list[Column[FreightRow]] = [
        Column("name", "Template", lambda r: r.template.name, 180),
        Column("basis", "How it counts", lambda r: tr(BASES[r.template.freight.basis]), 110),
        Column("areas", "Areas", _areas, 300, stretch=True),
        Column("default", "Use", lambda r: tr("where nothing else is said") if r.template.default else "", 150, rank=2),
    ]
    if supplier:
        found.append(Column("goods", "Goods", lambda r: count(len(r.goods)), 90, "number", rank=3))
    return found


def price_columns(edit: Edit) -> list[Column[PriceRow]]:
    """Columns over SKUs at one level; the last three are edited in place."""

    def price(row: PriceRow) -> str:
        return unit_price(row.price.supply_price) if row.price else ""

    def dropship(row: PriceRow) -> str:
        return unit_price(row.price.dropship_price) if row.price and row.price.dropship_price is not None else ""

    def tiers(row: PriceRow) -> str:
        return tiers_text(row.price.tiers, row.entry.decimals) if row.price else ""

    def standard(row: PriceRow) -> str:
        return "" if row.entry.supply_price is None else unit_price(row.entry.supply_price)

    return [
        Column("code", "SKU code", lambda r: r.entry.code, 110),
        Column("title", "Product name", lambda r: r.entry.title, 220, stretch=True),
        Column("standard", "Standard price", standard, 120, "money"),
        Column("price", "Price at this level", price, 140, "money", edit=partial(edit, "price")),
        Column("dropship", "Drop-ship price", dropship, 130, "money", edit=partial(edit, "dropship"), rank=2),
        Column("tiers", "From quantity: price", tiers, 220, edit=partial(edit, "tiers")),
    ]
