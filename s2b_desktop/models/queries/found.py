"""What the search and command field asks: a few goods and orders for what is typed."""

import msgspec
from sqlalchemy import Connection, or_, select

from s2b_desktop.models.queries.catalog import product_rows
from s2b_desktop.models.queries.goods import goods_entries
from s2b_desktop.models.queries.members import member_rowids, member_rows
from s2b_desktop.models.queries.sku_search import search_skus
from s2b_desktop.models.search import search_goods
from s2b_domain.access import Actor
from s2b_domain.records.order import Order, SupplyOrder
from s2b_domain.records.party import PartyKind
from s2b_domain.records.promotion import Promotion
from s2b_domain.records.record import decode_all
from s2b_domain.rules.order_flow import SupplyState

_order, _supply = Order.table, SupplyOrder.table


class FoundOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order, or (`supply`) a supply order; `party` is who it is for, `total` in 分."""

    id: str
    number: str
    state: str
    party: str
    total: int
    supply: bool


class FoundGoods(msgspec.Struct, frozen=True, kw_only=True):
    """A product or SKU; `price` in 1/10,000 yuan, `note` its supplier or code."""

    id: str
    title: str
    note: str
    price: int | None


class FoundMember(msgspec.Struct, frozen=True, kw_only=True):
    """A member; `note` is phone or card."""

    id: str
    name: str
    note: str
    points: int


class FoundPromotion(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion of one's own in its present state."""

    id: str
    name: str
    state: str


def find_people(connection: Connection, actor: Actor, text: str, now: int, limit: int = 5) -> list[FoundMember]:
    """A shop's members by phone, card, name or pinyin, who came last first."""
    rowids = member_rowids(connection, actor.organisation_id, "all", text, now)[:limit]
    rows = member_rows(connection, actor.organisation_id, rowids)
    return [
        FoundMember(id=m.id, name=m.called, note=m.phone or m.card, points=m.points)
        for m in (row.member for row in rows)
    ]


def find_promotions(connection: Connection, actor: Actor, text: str, now: int, limit: int = 5) -> list[FoundPromotion]:
    """One's own promotions by name, the newest first."""
    table = Promotion.table
    named = select(*table.c).where(
        table.c.owner_id == actor.organisation_id, table.c.name.contains(text, autoescape=True)
    )
    rows = connection.execute(named.order_by(table.c.starts_at.desc()).limit(limit)).all()
    return [FoundPromotion(id=p.id, name=p.name, state=p.shown_state(now).value) for p in decode_all(Promotion, rows)]


def find_catalog(connection: Connection, actor: Actor, text: str, limit: int) -> list[FoundGoods]:
    """Products that a merchant may choose from, best first."""
    rows = product_rows(connection, actor, search_goods(connection, text, limit=limit))
    return [FoundGoods(id=row.id, title=row.title, note=row.supplier, price=row.price_from) for row in rows if row.id]


def find_own_goods(connection: Connection, actor: Actor, text: str, limit: int) -> list[FoundGoods]:
    """A supplier's own SKUs, best first."""
    mine = actor.organisation_id
    entries = goods_entries(connection, mine, search_skus(connection, mine, text)[:limit])
    return [FoundGoods(id=e.sku_id, title=e.title, note=e.code, price=e.supply_price) for e in entries]


def find_orders(connection: Connection, actor: Actor, text: str, limit: int = 6) -> list[FoundOrder]:
    """Orders whose number, consignee or other party contains `text`, newest first."""
    if actor.kind is PartyKind.MERCHANT:
        holds = or_(_order.c.number.contains(text, autoescape=True), _order.c.address.contains(text, autoescape=True))
        mine = select(_order.c.id, _order.c.number, _order.c.state, _order.c.total, _order.c.address).where(
            _order.c.merchant_id == actor.organisation_id, holds
        )
        return [
            FoundOrder(id=i, number=number, state=state, party=_consignee(address), total=total, supply=False)
            for i, number, state, total, address in connection.execute(
                mine.order_by(_order.c.placed_at.desc()).limit(limit)
            )
        ]
    holds = or_(
        _supply.c.number.contains(text, autoescape=True), _supply.c.merchant_name.contains(text, autoescape=True)
    )
    theirs = select(_supply.c.id, _supply.c.number, _supply.c.state, _supply.c.total, _supply.c.merchant_name).where(
        _supply.c.supplier_id == actor.organisation_id, _supply.c.state != SupplyState.PENDING.value, holds
    )
    return [
        FoundOrder(id=i, number=number, state=state, party=name, total=total, supply=True)
        for i, number, state, total, name in connection.execute(
            theirs.order_by(_supply.c.placed_at.desc()).limit(limit)
        )
    ]


def _consignee(address: str | None) -> str:
    found = msgspec.json.decode(address) if address else None
    return str(found.get("name", "")) if isinstance(found, dict) else ""
