"""The same goods at different suppliers: who offers a barcode, at what price and freight, and how reliably."""

import msgspec
from sqlalchemy import Connection, select

from s2b_desktop.models.queries.catalog import SkuOffer, offers
from s2b_desktop.models.queries.suppliers import over, rating_of, shop_address, shown_papers
from s2b_domain.access import Actor
from s2b_domain.commands.costs import unit_cost
from s2b_domain.commands.quote import supply_freight
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Address
from s2b_domain.records.rating import SupplierRating
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.gs1 import variants
from s2b_domain.rules.money import line_amount
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import next_allowed

MOST = 12


class Rival(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier's offer. `unit` is the price of a unit in the least purchase of `least` steps (1/10,000 yuan), whose
    freight (分) to the shop is `freight`; None: nothing is carried there. `papers` are the kinds of its valid ones."""

    offer: SkuOffer
    least: int
    unit: int
    freight: int | None
    rating: SupplierRating | None
    papers: tuple[str, ...] = ()


def rivals(connection: Connection, actor: Actor, sku_id: str, now: int) -> list[Rival]:
    """The offers with the barcode of a SKU, the cheapest first; empty for goods without a barcode."""
    store = RecordStore(connection)
    sku = store.get(Sku, sku_id)
    if sku is None or not sku.barcode:
        return []
    table = Sku.table
    same = select(table.c.id).where(table.c.barcode.in_(variants(sku.barcode)), table.c.live, table.c.on_sale)
    ids = list(connection.execute(same.limit(200)).scalars())
    address = shop_address(store, actor.organisation_id)
    found = [
        _rival(store, address, offer, now)
        for offer in offers(connection, actor, ids).values()
        if offer.price is not None and offer.trading
    ]
    return sorted(found, key=lambda r: (r.unit, r.offer.supplier_name, r.offer.sku.id))[:MOST]


def _rival(store: RecordStore, address: Address | None, offer: SkuOffer, now: int) -> Rival:
    sku = offer.sku
    least = next_allowed(1, sku.min_quantity, sku.order_step)
    cost = unit_cost(offer.price, OrderKind.PURCHASE, least) if offer.price else 0
    unit = cost or 0
    try:
        carried = [(sku, least, line_amount(unit, least, sku.decimals))]
        freight: int | None = supply_freight(store, sku.supplier_id, address, carried)
    except Refused:
        freight = None
    return Rival(
        offer=offer,
        least=least,
        unit=unit,
        freight=freight,
        rating=rating_of(store, sku.supplier_id),
        papers=tuple(p.kind for p in shown_papers(store, sku.supplier_id, now) if not over(p, now)),
    )
