"""Minimums, levels and credit, as a merchant meets them."""

import pytest

from s2b_domain.access import Role
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.statements import RecordSettlement
from s2b_domain.commands.supply import AcceptSupply
from s2b_domain.commands.terms import (
    PriceEntry,
    RemoveLevel,
    SaveLevel,
    SaveMinimum,
    SaveMix,
    SaveTradeTerms,
    SetPrices,
)
from s2b_domain.errors import NeedsConfirmation, Refused
from s2b_domain.records.catalog import Price
from s2b_domain.records.order import Order, SupplyOrder
from s2b_domain.records.party import Organisation
from s2b_domain.records.terms import PriceLevel
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import Tier
from tests.domain.books import Books, water


def bought(books: Books, *wanted: tuple[str, int, int], confirm: bool = True) -> PlaceOrder:
    skus = {s.code: s for s in books.skus()}
    items = tuple(OrderItem(sku_id=skus[code].id, quantity=n, price_seen=seen) for code, n, seen in wanted)
    id_ = books.id()
    return PlaceOrder(order_id=id_, number=id_[-8:], kind=OrderKind.PURCHASE, items=items, confirm=confirm)


def refused(books: Books, message: PlaceOrder) -> Refused:
    with pytest.raises(Refused) as said:
        books.do(books.chenguang, message)
    return said.value


@pytest.fixture
def selling(books: Books) -> Books:
    lines = (water("A", min_quantity=6), water("B", min_quantity=6, product_key="A"), water("C", min_quantity=4))
    books.sell(books.hengfeng, *lines)
    return books


def test_mixed_goods_reach_their_minimum_together(selling: Books) -> None:
    assert refused(selling, bought(selling, ("A", 3, 12_500), ("B", 3, 12_500))).code == "quantity_wrong"
    product = selling.skus()[0].product_id
    selling.do(selling.hengfeng, SaveMix(group_id=selling.id(), name="山泉水", minimum=6, product_ids=(product,)))
    short = refused(selling, bought(selling, ("A", 3, 12_500), ("B", 2, 12_500)))
    assert (short.code, short.params["missing"]) == ("mix_short", 1)
    selling.do(selling.chenguang, bought(selling, ("A", 3, 12_500), ("B", 3, 12_500)))
    assert refused(selling, bought(selling, ("C", 3, 12_500))).code == "quantity_wrong"


def test_the_least_amount_is_asked_of_each_supplier_and_never_of_dropshipping(selling: Books) -> None:
    selling.do(selling.hengfeng, SaveMinimum(minimum_amount=1000))
    said = refused(selling, bought(selling, ("A", 6, 12_500)))
    assert said.code == "minimum_amount"
    assert said.params["lacking"] == 250
    selling.do(selling.chenguang, bought(selling, ("A", 8, 12_500)))


def test_a_merchant_sees_its_level_and_the_standard_price_where_that_has_none(selling: Books) -> None:
    level = selling.id()
    a = next(s for s in selling.skus() if s.code == "A")
    selling.do(selling.hengfeng, SaveLevel(level_id=level, name="金牌"))
    gold = PriceEntry(sku_id=a.id, supply_price=10_000, dropship_price=13_000, tiers=(Tier(10, 9_000),))
    selling.do(selling.hengfeng, SetPrices(level=level, entries=(gold,)))
    own, other = selling.chenguang, selling.xiaoman
    prices = {p.id for p in selling.store.find(Price, level=level)}
    assert not {(Price, p) for p in prices} & selling.seen_by(own)
    selling.do(selling.hengfeng, SaveTradeTerms(merchant_id=own.organisation_id, level=level))
    assert {(Price, p) for p in prices} | {(PriceLevel, level)} <= selling.seen_by(own)
    assert not {(Price, p) for p in prices} & selling.seen_by(other)
    organisation = selling.store.get(Organisation, own.organisation_id)
    assert organisation is not None
    assistant = selling.actor(organisation, Role.SHOP_ASSISTANT)
    selling.do(assistant, bought(selling, ("A", 10, 9_000), ("B", 6, 12_500)))
    with pytest.raises(NeedsConfirmation):
        selling.do(other, bought(selling, ("A", 10, 9_000)))
    with pytest.raises(Refused, match="price_level_in_use"):
        selling.do(selling.hengfeng, RemoveLevel(level_id=level))
    selling.do(selling.hengfeng, SaveTradeTerms(merchant_id=own.organisation_id))
    selling.do(selling.hengfeng, RemoveLevel(level_id=level))
    assert not selling.store.find(Price, level=level)


@pytest.mark.parametrize("tiers", [(Tier(1, 9_000),), (Tier(5, 13_000),), (Tier(5, 9_000), Tier(5, 8_000))])
def test_tiers_begin_above_one_and_only_get_cheaper(selling: Books, tiers: tuple[Tier, ...]) -> None:
    entry = PriceEntry(sku_id=selling.skus()[0].id, supply_price=12_500, tiers=tiers)
    with pytest.raises(Refused, match="tiers_wrong"):
        selling.do(selling.hengfeng, SetPrices(level="standard", entries=(entry,)))


def test_nothing_goes_over_the_limit_and_what_was_paid_frees_it(selling: Books) -> None:
    mine = selling.chenguang.organisation_id
    selling.do(selling.hengfeng, SaveTradeTerms(merchant_id=mine, credit_limit=2000, credit_days=30))
    selling.do(selling.chenguang, bought(selling, ("A", 8, 12_500)))
    said = refused(selling, bought(selling, ("A", 9, 12_500)))
    assert (said.code, said.params["used"], said.params["over"]) == ("credit_exceeded", 1000, 125)
    assert len(selling.store.find(Order)) == 1
    selling.do(selling.chenguang, bought(selling, ("A", 9, 12_500), confirm=False))
    selling.do(selling.hengfeng, AcceptSupply(supply_order_ids=(selling.store.find(SupplyOrder)[0].id,)))
    assert refused(selling, bought(selling, ("A", 9, 12_500))).params["used"] == 1000
    paid = RecordSettlement(settlement_id=selling.id(), counterparty_id=mine, amount=1000, method="转账")
    selling.do(selling.hengfeng, paid)
    selling.do(selling.chenguang, bought(selling, ("A", 16, 12_500)))
