"""What a shop lists: each SKU with its own price, what it costs now, and what that does to the margin."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import Connection, func, select

from s2b_desktop.models.queries.catalog import SkuOffer, offers
from s2b_domain.access import Actor
from s2b_domain.commands.quote import listing_id
from s2b_domain.records.shop import FreightTemplate, Listing, Shop
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.margin import margin_bp


class Standing(StrEnum):
    """How a listed SKU stands at its supplier."""

    SOLD = "sold"
    OUT = "out"
    GONE = "gone"


class Moved(msgspec.Struct, frozen=True):
    """A cost that became another since the shop agreed to its margin (1/10,000 yuan; margins in basis points)."""

    before: int
    now: int
    margin_before: int | None
    margin: int | None


class MyGoods(msgspec.Struct, frozen=True, kw_only=True):
    """A listing with what the supplier offers now; `offer` is None where this PC knows of none."""

    listing: Listing
    offer: SkuOffer | None

    @property
    def supply(self) -> int | None:
        """供货价 now, without tiers."""
        return self.offer.price.supply_price if self.offer and self.offer.price else None

    @property
    def dropship(self) -> int | None:
        """代发价 now; None where it is not offered."""
        offered = self.offer is not None and self.offer.price is not None and self.offer.sku.dropship
        return self.offer.price.dropship_price if offered and self.offer and self.offer.price else None

    @property
    def margin(self) -> int | None:
        """What is left of the price after 供货价, in basis points."""
        return None if self.supply is None else margin_bp(self.listing.price, self.supply)

    @property
    def dropship_margin(self) -> int | None:
        """What is left of the price after 代发价, in basis points."""
        return None if self.dropship is None else margin_bp(self.listing.price, self.dropship)

    @property
    def moved(self) -> Moved | None:
        """供货价 as it was agreed to and as it is, where it is another."""
        return self._moved(self.listing.supply_seen, self.supply)

    @property
    def dropship_moved(self) -> Moved | None:
        """As `moved`, for 代发价."""
        return self._moved(self.listing.dropship_seen, self.dropship)

    @property
    def changed(self) -> bool:
        """Whether the margin is another than the one agreed to; of goods that are sold no more nothing is agreed to."""
        return (
            self.listing.on_sale
            and self.on_offer is not None
            and (self.moved is not None or self.dropship_moved is not None)
        )

    @property
    def at_a_loss(self) -> bool:
        """Whether it is sold below what it costs, one way or the other."""
        costs = [cost for cost in (self.supply, self.dropship) if cost is not None]
        return self.listing.on_sale and any(self.listing.price < cost for cost in costs)

    @property
    def standing(self) -> Standing:
        """How it stands at the supplier."""
        offer = self.offer
        if offer is None or offer.price is None or not (offer.trading and offer.sku.live and offer.sku.on_sale):
            return Standing.GONE
        return Standing.SOLD if offer.available > 0 else Standing.OUT

    @property
    def on_offer(self) -> SkuOffer | None:
        """What the shop may list: the offer, while the supplier sells it."""
        offer = self.offer
        return offer if offer is not None and offer.sku.live and offer.sku.on_sale else None

    @property
    def hindered(self) -> bool:
        """Whether a listed SKU cannot be had from its supplier."""
        return self.listing.on_sale and self.standing is not Standing.SOLD

    def _moved(self, before: int | None, now: int | None) -> Moved | None:
        if before is None or now is None or before == now:
            return None
        price = self.listing.price
        return Moved(before, now, margin_bp(price, before), margin_bp(price, now))


def my_goods(connection: Connection, actor: Actor, sku_ids: Sequence[str] | None = None) -> list[MyGoods]:
    """What the actor's shop lists or listed, the newest first; with `sku_ids` only these."""
    store, mine = RecordStore(connection), actor.organisation_id
    if sku_ids is None:
        found = store.find(Listing, merchant_id=mine)
    else:
        found = store.find_in(Listing, "id", [listing_id(mine, id_) for id_ in sku_ids])
    known = offers(connection, actor, [x.sku_id for x in found])
    rows = [MyGoods(listing=x, offer=known.get(x.sku_id)) for x in found]
    return sorted(rows, key=lambda r: (-r.listing.listed_at, r.listing.title, r.listing.id))


class ShopState(msgspec.Struct, frozen=True, kw_only=True):
    """A shop and what there is of it: how many goods it lists, and whether it asks consumers for freight."""

    shop: Shop | None
    listed: int
    freight: bool

    @property
    def is_open(self) -> bool:
        """Whether the shop was opened."""
        return self.shop is not None and self.shop.open


def shop_state(connection: Connection, merchant_id: str) -> ShopState:
    """How far a shop is."""
    store = RecordStore(connection)
    listing = Listing.table
    mine = select(func.count()).where(listing.c.merchant_id == merchant_id, listing.c.on_sale)
    return ShopState(
        shop=store.get(Shop, merchant_id),
        listed=connection.execute(mine).scalar_one(),
        freight=bool(store.find(FreightTemplate, owner_id=merchant_id)),
    )
