"""The same goods at different suppliers: who offers a barcode, at what price and freight, and how reliably."""

import msgspec
from sqlalchemy import Connection, select

from s2b_desktop.models.barcodes import variants
from s2b_desktop.models.queries.catalog import SkuOffer, offers
from s2b_domain.access import Actor
from s2b_domain.commands.costs import unit_cost
from s2b_domain.commands.quote import supply_freight
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Address
from s2b_domain.records.party import Organisation
from s2b_domain.records.rating import SupplierRating
from s2b_domain.records.shop import Shop
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.money import line_amount
from s2b_domain.rules.order_flow import OrderKind

MOST = 12


class Rival(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier's offer. `unit` is the price of a unit in the least purchase of `least` steps (1/10,000 yuan), whose
    freight (分) to the shop is `freight`; None: nothing is carried there."""

    offer: SkuOffer
    least: int
    unit: int
    freight: int | None
    rating: SupplierRating | None


def rivals(connection: Connection, actor: Actor, sku_id: str) -> list[Rival]:
    """The offers with the barcode of a SKU, the cheapest first; empty for goods without a barcode."""
    store = RecordStore(connection)
    sku = store.get(Sku, sku_id)
    if sku is None or not sku.barcode:
        return []
    table = Sku.table
    same = select(table.c.id).where(table.c.barcode.in_(variants(sku.barcode)), table.c.live, table.c.on_sale)
    ids = list(connection.execute(same.limit(200)).scalars())
    address = _address(store, actor.organisation_id)
    found = [
        _rival(store, address, offer)
        for offer in offers(connection, actor, ids).values()
        if offer.price is not None and offer.trading
    ]
    return sorted(found, key=lambda r: (r.unit, r.offer.supplier_name, r.offer.sku.id))[:MOST]


def _rival(store: RecordStore, address: Address | None, offer: SkuOffer) -> Rival:
    sku = offer.sku
    least = max(sku.min_quantity, sku.order_step, 1)
    cost = unit_cost(offer.price, OrderKind.PURCHASE, least) if offer.price else 0
    unit = cost or 0
    try:
        carried = [(sku, least, line_amount(unit, least, sku.decimals))]
        freight: int | None = supply_freight(store, sku.supplier_id, address, carried)
    except Refused:
        freight = None
    held = store.get(SupplierRating, sku.supplier_id)
    rating = held if held is not None and held.asked else None
    return Rival(offer=offer, least=least, unit=unit, freight=freight, rating=rating)


def _address(store: RecordStore, merchant_id: str) -> Address | None:
    """Where purchases go: the shop's address, else its company's region."""
    shop, company = store.get(Shop, merchant_id), store.get(Organisation, merchant_id)
    if shop is not None and shop.address is not None:
        return shop.address
    return Address(name="", phone="", region=company.region) if company else None
