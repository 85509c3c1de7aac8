"""A shop with goods listed, after suppliers changed prices and stock."""

from __future__ import annotations

from s2b_desktop.models.queries.catalog import offers
from s2b_desktop.views.shop.listing import entry_of
from s2b_domain.commands.shops import ListGoods
from s2b_domain.records.catalog import Price, Sku
from s2b_domain.records.stock import Availability
from s2b_domain.rules.margin import Ending, PriceRule
from tests.views.desk import FakeDesk


def list_goods(desk: FakeDesk, n: int = 14) -> list[str]:
    """List the first `n` SKUs that have a price at cost × 1.45; answers their ids."""
    skus = sorted((s for s in desk.store.find(Sku) if s.live and s.on_sale), key=lambda s: s.code)
    known = desk.read(offers, desk.actor, [s.id for s in skus])
    found = [known[s.id] for s in skus if known[s.id].price is not None][:n]
    rule = PriceRule(factor_bp=14_500, ending=Ending.NINE)
    desk.submit(
        ListGoods(
            entries=tuple(
                entry_of(o, rule.price(o.price.supply_price if o.price else 0), o.product_title) for o in found
            )
        )
    )
    return [o.sku.id for o in found]


def move_price(desk: FakeDesk, sku_id: str, factor: float, dropship: float | None = None) -> None:
    """The supplier asks another 供货价 (and 代发价)."""
    for row in desk.store.find(Price, sku_id=sku_id):
        price = row.dropship_price
        if dropship is not None and price is not None:
            price = round(price * dropship)
        desk.store.replace(Price, [row.with_(supply_price=round(row.supply_price * factor), dropship_price=price)])


def unsettle(desk: FakeDesk, ids: list[str]) -> None:
    """One dearer, one cheaper, one below cost, one without stock, one off sale."""
    for sku_id, factor in zip(ids, (1.08, 0.93, 1.8), strict=False):
        move_price(desk, sku_id, factor, factor)
    stock = desk.store.get(Availability, ids[3])
    assert stock is not None
    desk.store.replace(Availability, [stock.with_(available=0)])
    sku = desk.store.get(Sku, ids[4])
    assert sku is not None
    desk.store.replace(Sku, [sku.with_(on_sale=False)])
