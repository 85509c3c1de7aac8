"""A supplier as shops see it: who it is, how it keeps its word, what it asks, and its papers."""

import msgspec
from sqlalchemy import Connection, func, select

from s2b_domain.access import Actor
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Address
from s2b_domain.records.party import Organisation, Paper, TradeTerms
from s2b_domain.records.rating import SupplierRating
from s2b_domain.records.shop import FreightTemplate, Shop
from s2b_domain.records.store import RecordStore
from s2b_domain.records.terms import PriceLevel, PurchaseTerms
from s2b_domain.rules.onboarding import PaperState
from s2b_domain.rules.pricing import FreightArea, FreightBasis, area_of


class SupplierCard(msgspec.Struct, frozen=True, kw_only=True):
    """`goods` are its SKUs on sale, `minimum_amount` (分) what a purchase comes to at least, `level` the name of the
    prices that were agreed (empty: the standard ones). `free`: it asks nothing for carrying; else `area` is what
    applies to the shop, None where nothing does. Papers that are still valid come first."""

    supplier: Organisation
    goods: int
    rating: SupplierRating | None
    minimum_amount: int
    terms: TradeTerms | None
    level: str
    free: bool
    basis: FreightBasis
    area: FreightArea | None
    papers: tuple[Paper, ...]


def supplier_card(connection: Connection, actor: Actor, supplier_id: str, now: int) -> SupplierCard | None:
    """What a shop may know of a supplier; None for one that is not known here."""
    store = RecordStore(connection)
    supplier = store.get(Organisation, supplier_id)
    if supplier is None:
        return None
    sku = Sku.table
    on_sale = select(func.count()).select_from(sku).where(sku.c.supplier_id == supplier_id, sku.c.live, sku.c.on_sale)
    asked = store.get(PurchaseTerms, supplier_id)
    terms = store.find(TradeTerms, merchant_id=actor.organisation_id, supplier_id=supplier_id)
    level = store.get(PriceLevel, terms[0].level) if terms else None
    templates = store.find(FreightTemplate, owner_id=supplier_id)
    template = next((t for t in templates if t.default), None)
    address = shop_address(store, actor.organisation_id)
    return SupplierCard(
        supplier=supplier,
        goods=connection.execute(on_sale).scalar_one(),
        rating=rating_of(store, supplier_id),
        minimum_amount=asked.minimum_amount if asked else 0,
        terms=terms[0] if terms else None,
        level=level.name if level else "",
        free=template is None,
        basis=template.freight.basis if template else FreightBasis.PIECE,
        area=area_of(template.freight, address.region) if template and address else None,
        papers=shown_papers(store, supplier_id, now),
    )


def shown_papers(store: RecordStore, supplier_id: str, now: int) -> tuple[Paper, ...]:
    """The approved papers that a supplier shows, those that have expired last."""
    found = store.find(Paper, organisation_id=supplier_id, public=True, state=PaperState.APPROVED)
    return tuple(sorted(found, key=lambda p: (over(p, now), p.id)))


def over(paper: Paper, now: int) -> bool:
    """Whether a paper has expired."""
    return paper.expires_at is not None and paper.expires_at < now


def rating_of(store: RecordStore, supplier_id: str) -> SupplierRating | None:
    """How a supplier keeps its word; None where too little is known."""
    held = store.get(SupplierRating, supplier_id)
    return held if held is not None and held.asked else None


def shop_address(store: RecordStore, merchant_id: str) -> Address | None:
    """Where purchases go: the shop's address, else its company's region."""
    shop, company = store.get(Shop, merchant_id), store.get(Organisation, merchant_id)
    if shop is not None and shop.address is not None:
        return shop.address
    return Address(name="", phone="", region=company.region) if company else None
