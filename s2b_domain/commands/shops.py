"""店铺: its profile and rules, and what it lists under its own title and price."""

from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.access import AUDIT, Actor, Permission, own
from s2b_domain.commands.command import Command, command
from s2b_domain.commands.quote import listing_id
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.order import Address
from s2b_domain.records.party import PartyKind
from s2b_domain.records.shop import AutoRules, Hours, Listing, Shop
from s2b_domain.rules.bounds import MAX_PRICE, Id, Name, Note, Reason
from s2b_domain.rules.pricing import Tier
from s2b_domain.tx import Reader, Tx

MAX_LISTED = 500
Price = Annotated[int, Meta(ge=0, le=MAX_PRICE)]


class SaveShop(Command, frozen=True, kw_only=True):
    """Open a shop, or change its profile."""

    name: Name
    about: Note = ""
    phone: Name = ""
    address: Address | None = None
    return_address: Address | None = None
    receipt_header: Reason = ""
    receipt_footer: Reason = ""
    hours: Annotated[tuple[Hours, ...], Meta(max_length=28)] = ()
    rules: AutoRules = AutoRules()
    open: bool = True


class ListEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A SKU as the shop sells it. An empty title is the product's; the costs are what its margin was shown for."""

    sku_id: Id
    price: Price
    title: Name = ""
    member_price: Price | None = None
    floor_price: Price = 0
    tiers: Annotated[tuple[Tier, ...], Meta(max_length=20)] = ()
    on_sale: bool = True
    supply_seen: Price | None = None
    dropship_seen: Price | None = None


class ListGoods(Command, frozen=True, kw_only=True):
    """List SKUs, or change how they are listed."""

    entries: Annotated[tuple[ListEntry, ...], Meta(max_length=MAX_LISTED)]


class Unlist(Command, frozen=True, kw_only=True):
    """Take SKUs out of the shop; price and title are kept for the next time."""

    sku_ids: Annotated[tuple[Id, ...], Meta(max_length=MAX_LISTED)]


def _touched(reader: Reader, actor: Actor, message: SaveShop | ListGoods | Unlist) -> list[str]:
    return [own(actor.organisation_id, "offers"), AUDIT]


def _merchant(tx: Tx) -> str:
    if tx.actor.kind is not PartyKind.MERCHANT:
        raise Refused("not_permitted", permission=Permission.SHOP_EDIT.value)
    return tx.actor.organisation_id


@command("shop.save@1", SaveShop, permission=Permission.SHOP_EDIT, touches=_touched)
def save_shop(tx: Tx, message: SaveShop) -> None:
    """A name is needed; opening hours end after they begin."""
    merchant = _merchant(tx)
    if not message.name.strip():
        raise Refused("field_required", field="name")
    if any(h.closes <= h.opens for h in message.hours):
        raise Refused("field_wrong", field="hours")
    saved = tx.put(
        Shop(
            id=merchant,
            name=message.name.strip(),
            about=message.about.strip(),
            phone=message.phone.strip(),
            address=message.address,
            return_address=message.return_address,
            receipt_header=message.receipt_header.strip(),
            receipt_footer=message.receipt_footer.strip(),
            hours=message.hours,
            rules=message.rules,
            open=message.open,
        )
    )
    tx.audit("shop.saved", saved)


@command("listing.save@1", ListGoods, permission=Permission.SHOP_EDIT, touches=_touched)
def list_goods(tx: Tx, message: ListGoods) -> None:
    """Goods that are on sale; no price below its own floor."""
    merchant = _merchant(tx)
    if not message.entries or len({e.sku_id for e in message.entries}) < len(message.entries):
        raise Refused("field_wrong", field="entries")
    skus = {s.id: s for s in tx.find_in(Sku, "id", [e.sku_id for e in message.entries])}
    products = {p.id: p for p in tx.find_in(Product, "id", [s.product_id for s in skus.values()])}
    for entry in message.entries:
        sku = skus.get(entry.sku_id)
        if sku is None or not (sku.live and sku.on_sale):
            raise Refused("not_on_sale", sku=sku.code if sku else entry.sku_id)
        if entry.floor_price > entry.price:
            raise Refused("field_wrong", field="floor_price")
        id_ = listing_id(merchant, sku.id)
        old, product = tx.get(Listing, id_), products.get(sku.product_id)
        saved = tx.put(
            Listing(
                id=id_,
                merchant_id=merchant,
                sku_id=sku.id,
                supplier_id=sku.supplier_id,
                title=entry.title.strip() or (product.title if product else sku.code),
                price=entry.price,
                member_price=entry.member_price,
                floor_price=entry.floor_price,
                tiers=entry.tiers,
                on_sale=entry.on_sale,
                listed_at=old.listed_at if old else tx.time,
                supply_seen=entry.supply_seen,
                dropship_seen=entry.dropship_seen,
            )
        )
        if old is None or old.price != saved.price:
            tx.audit("listing.priced", saved, price=saved.price, before=old.price if old else None)


@command("listing.remove@1", Unlist, permission=Permission.SHOP_EDIT, touches=_touched)
def unlist(tx: Tx, message: Unlist) -> None:
    """What is not listed is passed by."""
    merchant = _merchant(tx)
    for row in tx.find_in(Listing, "id", [listing_id(merchant, i) for i in message.sku_ids]):
        tx.put(row.with_(on_sale=False))
