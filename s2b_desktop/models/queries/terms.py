"""What a supplier asks and grants, and the freight templates of suppliers and shops."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, func, select

from s2b_desktop.models.queries.goods import GoodsEntry, goods_entries
from s2b_desktop.models.queries.money import organisation_names
from s2b_domain.access import Actor
from s2b_domain.records.catalog import STANDARD_LEVEL, Price, Product, Sku
from s2b_domain.records.order import SupplyOrder
from s2b_domain.records.party import TradeTerms
from s2b_domain.records.shop import FreightChoice, FreightTemplate
from s2b_domain.records.store import RecordStore
from s2b_domain.records.terms import MixGroup, PriceLevel, PurchaseTerms
from s2b_domain.rules.shop_number import shop_number


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant that has ordered or has terms. limit in 分."""

    id: str
    name: str
    orders: int
    level: str = STANDARD_LEVEL
    level_name: str = ""
    limit: int | None = None
    days: int | None = None
    note: str = ""


class LevelRow(msgspec.Struct, frozen=True, kw_only=True):
    """A price level, how many merchants have it and for how many SKUs it has a price."""

    id: str
    name: str
    position: int
    merchants: int
    prices: int


class MixRow(msgspec.Struct, frozen=True, kw_only=True):
    """A group of goods with a common minimum (units); `products`: titles by id."""

    id: str
    name: str
    minimum: int
    products: dict[str, str]


class FreightRow(msgspec.Struct, frozen=True, kw_only=True):
    """A freight template and its goods: "code title" by SKU id."""

    template: FreightTemplate
    goods: dict[str, str]

    @property
    def id(self) -> str:
        """The template's."""
        return self.template.id


class PriceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU with its standard price and what it costs at one level."""

    entry: GoodsEntry
    price: Price | None


class LevelPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU with its standard prices and those at another level."""

    entry: GoodsEntry
    standard: Price | None
    price: Price | None


class TermsBooks(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the terms page shows but the prices."""

    minimum_amount: int
    merchants: dict[str, Agreed]
    levels: dict[str, LevelRow]
    mixes: dict[str, MixRow]
    freights: dict[str, FreightRow]


def terms_books(connection: Connection, actor: Actor) -> TermsBooks:
    """Read it all: some hundred rows."""
    store, mine = RecordStore(connection), actor.organisation_id
    names = organisation_names(connection, actor)
    order, price, sku, product = SupplyOrder.table, Price.table, Sku.table, Product.table
    counted = select(order.c.merchant_id, func.count()).where(order.c.supplier_id == mine).group_by(order.c.merchant_id)
    orders = {row[0]: row[1] for row in connection.execute(counted)}
    priced = select(price.c.level, func.count()).where(price.c.supplier_id == mine).group_by(price.c.level)
    prices = {row[0]: row[1] for row in connection.execute(priced)}
    terms = {t.merchant_id: t for t in store.find(TradeTerms, supplier_id=mine)}
    levels = sorted(store.find(PriceLevel, supplier_id=mine), key=lambda x: (x.position, x.name))
    level_names = {x.id: x.name for x in levels}
    merchants = {}
    for id_ in sorted(orders.keys() | terms.keys(), key=lambda i: names.get(i, "")):
        agreed = terms.get(id_)
        merchants[id_] = Agreed(
            id=id_,
            name=names.get(id_) or shop_number(id_),
            orders=orders.get(id_, 0),
            level=agreed.level if agreed else STANDARD_LEVEL,
            level_name=level_names.get(agreed.level, "") if agreed else "",
            limit=agreed.credit_limit if agreed else None,
            days=agreed.credit_days if agreed else None,
            note=agreed.note if agreed else "",
        )
    groups = store.find(MixGroup, supplier_id=mine)
    wanted = {p for g in groups for p in g.product_ids}
    titles = {
        row[0]: row[1]
        for row in connection.execute(select(product.c.id, product.c.title).where(product.c.id.in_(sorted(wanted))))
    }
    chosen = store.find(FreightChoice, owner_id=mine)
    said = select(sku.c.id, sku.c.code, product.c.title).join(product, product.c.id == sku.c.product_id)
    goods = {
        row[0]: f"{row[1]} {row[2]}"
        for row in connection.execute(said.where(sku.c.id.in_(sorted(c.id for c in chosen))))
    }
    found = PurchaseTerms.table
    least = connection.execute(select(found.c.minimum_amount).where(found.c.id == mine)).scalar()
    return TermsBooks(
        minimum_amount=least or 0,
        merchants=merchants,
        levels={
            x.id: LevelRow(
                id=x.id,
                name=x.name,
                position=x.position,
                merchants=sum(t.level == x.id for t in terms.values()),
                prices=prices.get(x.id, 0),
            )
            for x in levels
        },
        mixes={
            g.id: MixRow(
                id=g.id, name=g.name, minimum=g.minimum, products={p: titles.get(p, "") for p in g.product_ids}
            )
            for g in groups
        },
        freights={
            t.id: FreightRow(template=t, goods={c.id: goods.get(c.id, "") for c in chosen if c.template_id == t.id})
            for t in sorted(store.find(FreightTemplate, owner_id=mine), key=lambda t: (not t.default, t.name))
        },
    )


def price_rows(connection: Connection, supplier_id: str, level: str, rowids: Sequence[int]) -> list[PriceRow]:
    """SKUs by rowid with their price at a level."""
    entries = goods_entries(connection, supplier_id, rowids)
    found = RecordStore(connection).find_in(Price, "sku_id", [e.sku_id for e in entries], level=level)
    by_sku = {p.sku_id: p for p in found}
    return [PriceRow(entry=e, price=by_sku.get(e.sku_id)) for e in entries]


def level_prices(connection: Connection, supplier_id: str, level: str, rowids: Sequence[int]) -> list[LevelPrice]:
    """SKUs by rowid with their standard prices and those at a level."""
    standard = price_rows(connection, supplier_id, STANDARD_LEVEL, rowids)
    found = RecordStore(connection).find_in(Price, "sku_id", [row.entry.sku_id for row in standard], level=level)
    by_sku = {p.sku_id: p for p in found}
    return [LevelPrice(entry=x.entry, standard=x.price, price=by_sku.get(x.entry.sku_id)) for x in standard]


def product_of(connection: Connection, sku_id: str) -> tuple[str, str]:
    """The id and title of a SKU's product; empty where it is gone."""
    sku, product = Sku.table, Product.table
    joined = select(product.c.id, product.c.title).join(sku, sku.c.product_id == product.c.id)
    row = connection.execute(joined.where(sku.c.id == sku_id)).first()
    return (row[0], row[1]) if row else ("", "")
