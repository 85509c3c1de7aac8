"""What a supplier asks and grants: minimums of purchases, price levels and their prices, trade terms per merchant."""

from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.access import AUDIT, CATALOG, PARTIES, REVIEW, Actor, Permission, own, pricebook
from s2b_domain.commands.command import Command, command
from s2b_domain.commands.goods import price_id
from s2b_domain.errors import Refused
from s2b_domain.ids import derived_id, is_id
from s2b_domain.records.catalog import STANDARD_LEVEL, Price, Product, Sku
from s2b_domain.records.party import Organisation, PartyKind, TradeTerms
from s2b_domain.records.terms import MixGroup, PriceLevel, PurchaseTerms
from s2b_domain.rules.bounds import MAX_AMOUNT, MAX_PRICE, Id, Name, Reason
from s2b_domain.rules.pricing import MAX_TIERS, Tier, tiers_fit
from s2b_domain.tx import Reader, Tx

MAX_PRICED = 500
MAX_MIXED = 500
MAX_LEVELS = 50
Amount = Annotated[int, Meta(ge=0, le=MAX_AMOUNT)]
Cost = Annotated[int, Meta(ge=0, le=MAX_PRICE)]
Days = Annotated[int, Meta(ge=0, le=3650)]


class SaveMinimum(Command, frozen=True, kw_only=True):
    """起送金额 (分); 0: none."""

    minimum_amount: Amount


class SaveMix(Command, frozen=True, kw_only=True):
    """Make or change a group of goods that reach a minimum (units) together; without products it is all goods."""

    group_id: Id
    name: Name
    minimum: Annotated[int, Meta(ge=1, le=10**9)]
    product_ids: Annotated[tuple[Id, ...], Meta(max_length=MAX_MIXED)] = ()


class RemoveMix(Command, frozen=True, kw_only=True):
    """Every SKU has its own minimum again."""

    group_id: Id


class SaveLevel(Command, frozen=True, kw_only=True):
    """Make or rename a price level."""

    level_id: Id
    name: Name
    position: Annotated[int, Meta(ge=0, le=10**6)] = 0


class RemoveLevel(Command, frozen=True, kw_only=True):
    """Take a level away, with its prices; no merchant may have it."""

    level_id: Id


class PriceEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A SKU's prices at a level (1/10,000 yuan). No `supply_price`: the standard price counts again."""

    sku_id: Id
    supply_price: Cost | None = None
    dropship_price: Cost | None = None
    tiers: Annotated[tuple[Tier, ...], Meta(max_length=MAX_TIERS)] = ()


class SetPrices(Command, frozen=True, kw_only=True):
    """Prices and tiers of SKUs at one level."""

    level: Id
    entries: Annotated[tuple[PriceEntry, ...], Meta(max_length=MAX_PRICED)]


class SaveTradeTerms(Command, frozen=True, kw_only=True):
    """What was agreed with a merchant: level, credit limit (分; None: any) and days (None: no date)."""

    merchant_id: Id
    level: Id = STANDARD_LEVEL
    credit_limit: Amount | None = None
    credit_days: Days | None = None
    note: Reason = ""


def trade_terms_id(supplier_id: str, merchant_id: str) -> str:
    """The id of what two agreed."""
    return derived_id(supplier_id, "terms", merchant_id)


def terms_between(reader: Reader, supplier_id: str, merchant_id: str) -> TradeTerms | None:
    """What a supplier agreed with a merchant."""
    found = [t for t in reader.find(TradeTerms, merchant_id=merchant_id) if t.supplier_id == supplier_id]
    return found[0] if found else None


def _public(reader: Reader, actor: Actor, message: SaveMinimum | SaveMix | RemoveMix) -> list[str]:
    return [own(actor.organisation_id, "goods"), CATALOG, AUDIT]


def _level(reader: Reader, actor: Actor, message: SaveLevel | RemoveLevel) -> list[str]:
    mine = actor.organisation_id
    return [own(mine, "goods"), pricebook(mine, message.level_id), REVIEW, AUDIT]


def _prices(reader: Reader, actor: Actor, message: SetPrices) -> list[str]:
    mine = actor.organisation_id
    return [own(mine, "goods"), pricebook(mine, message.level), REVIEW, AUDIT]


def _agreed(reader: Reader, actor: Actor, message: SaveTradeTerms) -> list[str]:
    return [own(actor.organisation_id, "money"), own(message.merchant_id, "money"), AUDIT]


def _supplier(tx: Tx) -> str:
    if tx.actor.kind is not PartyKind.SUPPLIER:
        raise Refused("not_permitted", permission=Permission.TERMS_EDIT.value)
    return tx.actor.organisation_id


def _named(name: str) -> str:
    if not name.strip():
        raise Refused("field_required", field="name")
    return name.strip()


@command("terms.minimum@1", SaveMinimum, permission=Permission.TERMS_EDIT, touches=_public)
def save_minimum(tx: Tx, message: SaveMinimum) -> None:
    """Holds for purchases that are placed from now on."""
    saved = tx.put(PurchaseTerms(id=_supplier(tx), minimum_amount=message.minimum_amount))
    tx.audit("terms.minimum", saved, amount=saved.minimum_amount)


@command("mix.save@1", SaveMix, permission=Permission.TERMS_EDIT, touches=_public)
def save_mix(tx: Tx, message: SaveMix) -> None:
    """For own products; a product belongs to one group, and one group at most holds all goods."""
    supplier, name = _supplier(tx), _named(message.name)
    if not is_id(message.group_id) or len(set(message.product_ids)) < len(message.product_ids):
        raise Refused("field_wrong", field="product_ids")
    old = tx.get(MixGroup, message.group_id)
    if old is not None and old.supplier_id != supplier:
        raise Refused("not_yours", id=message.group_id)
    products = tx.find_in(Product, "id", message.product_ids)
    if len(products) < len(message.product_ids) or any(p.supplier_id != supplier for p in products):
        raise Refused("not_yours", id=message.group_id)
    for other in tx.find(MixGroup, supplier_id=supplier):
        if other.id != message.group_id and (
            set(other.product_ids) & set(message.product_ids) or not (other.product_ids or message.product_ids)
        ):
            raise Refused("mix_overlaps", name=other.name)
    saved = tx.put(
        MixGroup(
            id=message.group_id,
            supplier_id=supplier,
            name=name,
            minimum=message.minimum,
            product_ids=message.product_ids,
        )
    )
    tx.audit("mix.saved", saved, minimum=saved.minimum)


@command("mix.remove@1", RemoveMix, permission=Permission.TERMS_EDIT, touches=_public)
def remove_mix(tx: Tx, message: RemoveMix) -> None:
    """A group of one's own."""
    group = tx.need(MixGroup, message.group_id)
    if group.supplier_id != _supplier(tx):
        raise Refused("not_yours", id=group.id)
    tx.delete(group)
    tx.audit("mix.removed", group)


def _own_level(tx: Tx, level_id: str) -> PriceLevel:
    level = tx.need(PriceLevel, level_id)
    if level.supplier_id != _supplier(tx):
        raise Refused("not_yours", id=level_id)
    return level


@command("level.save@1", SaveLevel, permission=Permission.TERMS_EDIT, touches=_level)
def save_level(tx: Tx, message: SaveLevel) -> None:
    """Names differ."""
    supplier, name = _supplier(tx), _named(message.name)
    if not is_id(message.level_id):
        raise Refused("field_wrong", field="level")
    if tx.get(PriceLevel, message.level_id):
        _own_level(tx, message.level_id)
    others = [x for x in tx.find(PriceLevel, supplier_id=supplier) if x.id != message.level_id]
    if any(x.name == name for x in others):
        raise Refused("name_taken", name=name)
    if len(others) >= MAX_LEVELS:
        raise Refused("field_wrong", field="level")
    saved = tx.put(PriceLevel(id=message.level_id, supplier_id=supplier, name=name, position=message.position))
    tx.audit("level.saved", saved)


@command("level.remove@1", RemoveLevel, permission=Permission.TERMS_EDIT, touches=_level)
def remove_level(tx: Tx, message: RemoveLevel) -> None:
    """No merchant has it; its prices go with it."""
    level = _own_level(tx, message.level_id)
    if any(t.level == level.id for t in tx.find(TradeTerms, supplier_id=level.supplier_id)):
        raise Refused("price_level_in_use", name=level.name)
    for price in tx.find(Price, supplier_id=level.supplier_id, level=level.id):
        tx.delete(price)
    tx.delete(level)
    tx.audit("level.removed", level)


@command("price.set@1", SetPrices, permission=Permission.GOODS_PRICE, touches=_prices)
def set_prices(tx: Tx, message: SetPrices) -> None:
    """Own SKUs at an own level or the standard one, whose price cannot be taken away. Acts at once and is audited."""
    supplier = _supplier(tx)
    if message.level != STANDARD_LEVEL:
        _own_level(tx, message.level)
    ids = [e.sku_id for e in message.entries]
    if not ids or len(set(ids)) < len(ids):
        raise Refused("field_wrong", field="entries")
    skus = {s.id: s for s in tx.find_in(Sku, "id", ids)}
    for entry in message.entries:
        sku = skus.get(entry.sku_id)
        if sku is None or sku.supplier_id != supplier:
            raise Refused("not_yours", id=entry.sku_id)
        id_ = price_id(sku.id, message.level)
        old = tx.get(Price, id_)
        if entry.supply_price is None:
            if message.level == STANDARD_LEVEL:
                raise Refused("field_required", field="supply_price")
            if old is not None:
                tx.delete(old)
                tx.audit("price.removed", old)
            continue
        if not tiers_fit(entry.supply_price, entry.tiers):
            raise Refused("tiers_wrong", sku=sku.code)
        saved = tx.put(
            Price(
                id=id_,
                sku_id=sku.id,
                supplier_id=supplier,
                level=message.level,
                supply_price=entry.supply_price,
                dropship_price=entry.dropship_price,
                tiers=entry.tiers,
                live=sku.live,
            )
        )
        if old is None or saved.row_version != old.row_version:
            tx.audit("price.set", saved, price=saved.supply_price, before=old.supply_price if old else None)


@command("terms.save@1", SaveTradeTerms, permission=Permission.TERMS_EDIT, touches=_agreed)
def save_trade_terms(tx: Tx, message: SaveTradeTerms) -> None:
    """With a merchant, whose card only the platform holds; a level of one's own."""
    supplier = _supplier(tx)
    merchant = tx.get(Organisation, message.merchant_id)
    unknown = merchant is None and tx.sees(PARTIES)
    if unknown or (merchant is not None and merchant.kind is not PartyKind.MERCHANT):
        raise Refused("not_found", kind="organisation", id=message.merchant_id)
    if message.level != STANDARD_LEVEL:
        _own_level(tx, message.level)
    found = [t for t in tx.find(TradeTerms, supplier_id=supplier) if t.merchant_id == message.merchant_id]
    saved = tx.put(
        TradeTerms(
            id=found[0].id if found else trade_terms_id(supplier, message.merchant_id),
            supplier_id=supplier,
            merchant_id=message.merchant_id,
            level=message.level,
            credit_limit=message.credit_limit,
            credit_days=message.credit_days,
            note=message.note.strip(),
        )
    )
    tx.audit("terms.saved", saved, limit=saved.credit_limit, days=saved.credit_days)
