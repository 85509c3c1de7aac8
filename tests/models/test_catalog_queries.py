"""What a merchant reads of the catalog, from a store that holds everything of everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from s2b_desktop.models.name_order import name_key
from s2b_desktop.models.queries.catalog import (
    NEW_WITHIN,
    UNSORTED,
    ProductFilter,
    catalog_facts,
    category_tree,
    find_skus,
    knows_terms,
    offers,
    product_detail,
    product_names,
    product_rowid,
    product_rowids,
    product_rows,
    skus_by_code,
)
from s2b_domain.commands.goods import GoodsLine, ImportGoods, ReviewGoods
from s2b_domain.records.catalog import Price, Product, Sku
from s2b_domain.records.party import TradeTerms
from s2b_domain.records.stock import Availability
from s2b_domain.rules.onboarding import ContentState
from s2b_domain.rules.units import Unit
from tests.views import world
from tests.views.world import MERCHANT, NOW, SUPPLIER, World


@pytest.fixture
def hub() -> Iterator[World]:
    """The world, to be changed by one test: its changes are rolled back."""
    made = world.world()
    yield made
    made.connection.rollback()


@pytest.fixture
def everything(hub: World) -> Connection:
    return hub.connection


def titles(connection: Connection, *args: object) -> list[str]:
    rowids = product_rowids(connection, MERCHANT, product_names(), *args)  # type: ignore[arg-type]
    return [row.title for row in product_rows(connection, MERCHANT, rowids)]


def sell(hub: World, *lines: GoodsLine) -> None:
    hub.do(SUPPLIER, ImportGoods(lines=lines), NOW)
    waiting = [p for p in hub.store.find(Product, state=ContentState.SUBMITTED) if p.submitted_at == NOW]
    hub.do(world.REVIEWER, ReviewGoods(products=tuple((p.id, p.row_version) for p in waiting), approve=True), NOW)


def shirt(row: int, code: str, size: str, **changes: object) -> GoodsLine:
    values: dict[str, object] = {
        "row": row, "code": code, "product_key": "TEE", "title": "纯棉短袖", "category": "衣架",
        "specs": {"尺码": size}, "supply_price": 250_000, "retail_price": 500_000, "stock": 12, **changes,
    }  # fmt: skip
    return GoodsLine(**values)  # type: ignore[arg-type]


def test_only_approved_goods_on_sale_are_listed(everything: Connection) -> None:
    listed = titles(everything, ProductFilter())
    assert len(listed) == 53
    assert "美丽雅 平板拖把 45cm" not in listed  # waits for review
    assert "卫龙 大面筋 106g" not in listed  # rejected


@pytest.mark.parametrize("sort", ["title", "brand", "supplier", "price", "stock"])
def test_every_sort_holds_both_ways(everything: Connection, sort: str) -> None:
    def keys(down: bool) -> list[object]:
        rowids = product_rowids(everything, MERCHANT, product_names(), ProductFilter(), "", sort, down)  # type: ignore[arg-type]
        rows = product_rows(everything, MERCHANT, rowids)
        field = {"price": "price_from", "stock": "available"}.get(sort, sort)
        return [getattr(row, field) for row in rows]

    def place(value: object) -> object:
        return name_key(value) if isinstance(value, str) else value

    up, down = keys(False), keys(True)
    assert up == sorted(up, key=place)  # type: ignore[arg-type]
    assert down == sorted(down, key=place, reverse=True)  # type: ignore[arg-type]
    assert up[0] != up[-1]


def test_newest_come_first_unless_sorted(hub: World) -> None:
    sell(hub, shirt(2, "T-S", "S"))
    assert titles(hub.connection, ProductFilter())[0] == "纯棉短袖"


def test_filters_combine(hub: World) -> None:
    sell(hub, shirt(2, "T-S", "S", stock=0), shirt(3, "T-M", "M", stock=0))
    tree = frozenset({world.category_id("衣架")})
    connection = hub.connection
    assert "纯棉短袖" in titles(connection, ProductFilter(category_ids=tree))
    assert "纯棉短袖" not in titles(connection, ProductFilter(category_ids=tree, in_stock=True))
    assert titles(connection, ProductFilter(category_ids=tree, new_since=NOW - NEW_WITHIN)) == ["纯棉短袖"]
    assert titles(connection, ProductFilter(dropship=True, new_since=NOW - NEW_WITHIN)) == []
    assert titles(connection, ProductFilter(category_ids=frozenset())) == []


def test_a_product_of_several_skus_is_one_line(hub: World) -> None:
    sell(hub, shirt(2, "T-S", "S"), shirt(3, "T-M", "M", supply_price=260_000, stock=5))
    rowid = product_rowid(hub.connection, hub.store.find(Product, title="纯棉短袖")[0].id)
    assert rowid is not None
    (row,) = product_rows(hub.connection, MERCHANT, [rowid])
    assert (row.price_from, row.price_to, row.available, row.skus) == (250_000, 260_000, 17, 2)


def test_units_that_differ_are_not_added_up(hub: World) -> None:
    sell(hub, shirt(2, "T-S", "S"), shirt(3, "T-B", "包", unit="包"))
    rowid = product_rowid(hub.connection, hub.store.find(Product, title="纯棉短袖")[0].id)
    assert rowid is not None
    (row,) = product_rows(hub.connection, MERCHANT, [rowid])
    assert row.available is None
    assert row.in_stock


def test_rows_keep_the_order_asked_for_and_a_gone_one_is_empty(everything: Connection) -> None:
    rowids = list(product_rowids(everything, MERCHANT, product_names(), ProductFilter()))[:3]
    rows = product_rows(everything, MERCHANT, [rowids[2], 999_999, rowids[0]])
    assert [row.rowid for row in rows] == [rowids[2], 999_999, rowids[0]]
    assert rows[1].title == ""


def test_the_tree_counts_goods_and_names_those_without_category(hub: World) -> None:
    sell(hub, shirt(2, "T-S", "S", category="没有这一类"))
    tree, counts = category_tree(hub.connection)
    assert counts[world.category_id("饮用水")] == 3
    assert counts[UNSORTED] == 1
    assert sum(counts.values()) == 54
    assert {c.name_zh for c in tree} >= {"食品饮料", "饮用水"}


def test_facts_agree_with_the_lists(hub: World) -> None:
    sell(hub, shirt(2, "T-S", "S", stock=0))
    facts = catalog_facts(hub.connection, NOW - NEW_WITHIN, ProductFilter())
    assert (facts.all, facts.in_stock, facts.dropship, facts.new) == (54, 53, 53, 1)
    [shirts] = hub.store.find(Sku, code="T-S")
    within = ProductFilter(supplier_id=shirts.supplier_id)
    theirs = catalog_facts(hub.connection, NOW - NEW_WITHIN, within)
    live = hub.store.find(Product, supplier_id=shirts.supplier_id, state=ContentState.LIVE)
    assert theirs.all == len(live) < 54
    assert (theirs.in_stock, theirs.new) == (theirs.all - 1, 1)
    assert sum(category_tree(hub.connection, shirts.supplier_id)[1].values()) == theirs.all
    water = ProductFilter(category_ids=frozenset({world.category_id("饮用水")}))
    assert catalog_facts(hub.connection, NOW - NEW_WITHIN, water).all == 3
    found = catalog_facts(hub.connection, NOW - NEW_WITHIN, within, "T-S")
    assert (found.all, found.in_stock) == (len(titles(hub.connection, within, "T-S")), found.all - 1)
    assert 0 < found.all < theirs.all


def test_a_barcode_is_exact_and_outweighs_a_code(hub: World) -> None:
    water = hub.store.find(Sku, code="000001")[0]
    assert skus_by_code(hub.connection, water.barcode) == {water.id: None}
    assert skus_by_code(hub.connection, "000001") == {water.id: None}
    assert skus_by_code(hub.connection, "1") == {}
    sell(hub, shirt(2, water.barcode, "S"))  # somebody's code is another's barcode
    assert skus_by_code(hub.connection, water.barcode) == {water.id: None}


def test_a_merchant_finds_goods_by_any_barcode_and_a_package_by_its_own(hub: World) -> None:
    water = hub.store.find(Sku, code="000001")[0]
    box = water.with_(more_barcodes=("0012345678905",), packages=(Unit("箱", 24, "26901234567892"),))
    hub.store.replace(Sku, [box])
    for code, steps in (("0012345678905", None), ("012345678905", None), ("26901234567892", 24)):
        assert skus_by_code(hub.connection, code) == {water.id: steps}
        assert [(o.sku.id, o.package) for o in find_skus(hub.connection, MERCHANT, code, 20)] == [(water.id, steps)]
    hub.store.replace(Sku, [box.with_(live=False)])
    assert skus_by_code(hub.connection, "26901234567892") == {}


def test_picking_finds_an_exact_code_alone(everything: Connection) -> None:
    assert [o.sku.code for o in find_skus(everything, MERCHANT, " 000001 ", 20)] == ["000001"]
    assert {o.product_title[:4] for o in find_skus(everything, MERCHANT, "农夫山泉", 20)} >= {"农夫山泉"}


def test_a_product_in_full(everything: Connection) -> None:
    rowid = product_rowids(everything, MERCHANT, product_names(), ProductFilter(), "", "title")[0]
    detail = product_detail(everything, MERCHANT, rowid)
    assert detail is not None
    assert detail.supplier is not None
    assert detail.category[0].name_zh in ("食品饮料", "家居日用")
    assert [o.sku.product_id for o in detail.offers] == [detail.product.id]
    assert product_detail(everything, MERCHANT, 10**6) is None


def test_the_agreed_price_level_counts_where_terms_are_known(hub: World) -> None:
    sku = hub.store.find(Sku, code="000001")[0]
    price = hub.store.find(Price, sku_id=sku.id)[0]
    gold = price.with_(id="0" * 31 + "1", level="gold", supply_price=1)
    hub.add(gold)
    (terms,) = hub.store.find(TradeTerms, merchant_id=MERCHANT.organisation_id)
    assert offers(hub.connection, MERCHANT, [sku.id])[sku.id].price == price
    hub.store.replace(TradeTerms, [terms.with_(level="gold")])
    found = offers(hub.connection, MERCHANT, [sku.id])[sku.id].price
    assert found is not None
    assert found.supply_price == 1
    rowid = product_rowid(hub.connection, sku.product_id)
    assert rowid is not None
    assert product_rows(hub.connection, MERCHANT, [rowid])[0].price_from == 1
    assert knows_terms(MERCHANT)
    assert not knows_terms(world.ASSISTANT)


def test_stock_below_zero_is_none(hub: World) -> None:
    sku = hub.store.find(Sku, code="000001")[0]
    (row,) = hub.store.find(Availability, id=sku.id)
    hub.store.replace(Availability, [row.with_(available=-4)])
    assert offers(hub.connection, MERCHANT, [sku.id])[sku.id].available == 0
