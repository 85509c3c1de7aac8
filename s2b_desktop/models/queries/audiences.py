"""What offers may be narrowed to: goods, categories, levels and tags, by name; and the names of what was chosen."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Connection

from s2b_desktop.models.queries.catalog import find_skus
from s2b_desktop.models.queries.goods import goods_entries
from s2b_desktop.models.queries.sku_search import search_skus
from s2b_domain.access import Actor
from s2b_domain.records.catalog import Category, Product, Sku
from s2b_domain.records.member import MemberLevel, Tag
from s2b_domain.records.party import Organisation, PartyKind
from s2b_domain.records.shop import Listing
from s2b_domain.records.store import RecordStore


class PickedSku(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU that may be chosen; `price` in 1/10,000 yuan is what the shop asks, or the suggested price."""

    id: str
    code: str
    title: str
    price: int | None
    unit: str
    decimals: int


def pick_skus(connection: Connection, actor: Actor, text: str, limit: int = 20) -> list[PickedSku]:
    """SKUs for what is typed or scanned, best first: all on offer for a shop, a supplier's own."""
    if actor.kind is PartyKind.SUPPLIER:
        rowids = search_skus(connection, actor.organisation_id, text)[:limit]
        entries = goods_entries(connection, actor.organisation_id, rowids)
        return picked(connection, actor, [e.sku_id for e in entries])
    return picked(connection, actor, [offer.sku.id for offer in find_skus(connection, actor, text, limit)])


def picked(connection: Connection, actor: Actor, sku_ids: Sequence[str]) -> list[PickedSku]:
    """These SKUs in this order; those that are not here are left out."""
    store = RecordStore(connection)
    skus = {s.id: s for s in store.find_in(Sku, "id", sku_ids)}
    titles = {p.id: p.title for p in store.find_in(Product, "id", {s.product_id for s in skus.values()})}
    listed = {
        x.sku_id: x.price
        for x in store.find_in(Listing, "sku_id", skus)
        if x.merchant_id == actor.organisation_id and x.on_sale
    }
    return [
        PickedSku(
            id=s.id,
            code=s.code,
            title=" ".join([titles.get(s.product_id, s.code), *(s.specs[k] for k in sorted(s.specs))]),
            price=listed.get(s.id, s.retail_price),
            unit=s.unit,
            decimals=s.decimals,
        )
        for s in (skus[i] for i in sku_ids if i in skus)
    ]


def sku_names(connection: Connection, actor: Actor, sku_ids: Sequence[str]) -> dict[str, str]:
    """Names of chosen SKUs; one that is not here any more is named by its id's end."""
    found = {p.id: p.title for p in picked(connection, actor, sku_ids)}
    return {i: found.get(i, f"…{i[-6:]}") for i in sku_ids}


def category_options(connection: Connection, english: bool) -> list[tuple[str, str]]:
    """(id, path in words) of all categories, in the order of the tree."""
    children: dict[str, list[Category]] = {}
    for category in RecordStore(connection).find(Category):
        children.setdefault(category.parent_id, []).append(category)
    found: list[tuple[str, str]] = []

    def walk(parent: str, above: str, depth: int) -> None:
        for category in sorted(children.get(parent, []), key=lambda c: (c.position, c.id)):
            name = (category.name_en or category.name_zh) if english else category.name_zh
            found.append((category.id, f"{above} / {name}" if above else name))
            if depth < 64:
                walk(category.id, found[-1][1], depth + 1)

    walk("", "", 0)
    return found


def levels_of(connection: Connection, merchant_id: str) -> list[MemberLevel]:
    """A shop's levels, the lowest first."""
    return sorted(RecordStore(connection).find(MemberLevel, merchant_id=merchant_id), key=lambda x: (x.rank, x.id))


def tags_of(connection: Connection, merchant_id: str) -> list[Tag]:
    """A shop's tags by name."""
    return sorted(RecordStore(connection).find(Tag, merchant_id=merchant_id), key=lambda t: (t.name, t.id))


def supplier_names(connection: Connection, ids: Collection[str] | None = None) -> dict[str, str]:
    """Suppliers by id; None: all that are here."""
    suppliers = RecordStore(connection).find(Organisation, kind=PartyKind.SUPPLIER)
    return {s.id: s.name for s in suppliers if ids is None or s.id in ids}
