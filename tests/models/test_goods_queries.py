"""What a supplier reads of its own goods, from a store that holds everything of everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from s2b_desktop.models.goods_import import look_through
from s2b_desktop.models.name_order import name_key
from s2b_desktop.models.queries.categories import category_paths
from s2b_desktop.models.queries.goods import (
    SORTS,
    GoodsEntry,
    Review,
    Shown,
    entry_of,
    goods_counts,
    goods_detail,
    goods_entries,
    goods_ids,
)
from s2b_desktop.models.queries.ledger import ledger
from s2b_desktop.models.queries.scanned import scanned
from s2b_desktop.models.search import index_some
from s2b_desktop.models.workspace import Workspace
from s2b_domain.commands.goods import GoodsLine, ImportGoods, ReviewGoods, ShelveGoods
from s2b_domain.commands.stock import MoveStock
from s2b_domain.records.catalog import Category, Product, Revision, Sku
from s2b_domain.records.stock import Availability, Stock
from s2b_domain.rules.onboarding import ContentState
from s2b_domain.rules.stock import MovementKind
from s2b_domain.rules.units import Unit
from tests.views import world
from tests.views.world import NOW, REVIEWER, SUPPLIER, World

MINE = SUPPLIER.organisation_id


@pytest.fixture
def hub() -> Iterator[World]:
    """The world, to be changed by one test: its changes are rolled back."""
    made = world.world()
    yield made
    made.connection.rollback()


def entries(connection: Connection, shown: Shown = Shown.ALL, text: str = "", sort: str = "") -> list[GoodsEntry]:
    return goods_entries(connection, MINE, goods_ids(connection, MINE, shown, text, sort))


def one(connection: Connection, code: str) -> GoodsEntry:
    [found] = [entry for entry in entries(connection) if entry.code == code]
    return found


def test_a_supplier_sees_its_own_goods_by_code(hub: World) -> None:
    shown = entries(hub.connection)
    assert [entry.code for entry in shown] == sorted(sku.code for sku in hub.store.find(Sku, supplier_id=MINE))
    for entry in shown:
        rows = hub.store.find(Stock, sku_id=entry.sku_id, owner_id=MINE)
        assert (entry.on_hand, entry.available) == (sum(r.on_hand for r in rows), sum(r.available for r in rows))
        row = hub.store.get(Availability, entry.sku_id)
        assert row is not None
        assert row.available == entry.available


def test_every_list_counts_what_it_shows(hub: World) -> None:
    skus = [entry.sku_id for entry in entries(hub.connection)]
    hub.do(SUPPLIER, ShelveGoods(sku_ids=tuple(skus[:3]), on_sale=False), NOW)
    counts = goods_counts(hub.connection, MINE)
    for shown in Shown:
        assert len(goods_ids(hub.connection, MINE, shown)) == getattr(counts, shown.value) > 0, shown
    assert counts.off_sale == 3
    assert all(not entry.on_sale for entry in entries(hub.connection, Shown.OFF_SALE))
    assert all(entry.low for entry in entries(hub.connection, Shown.LOW))
    rejected = {entry.review for entry in entries(hub.connection, Shown.REJECTED)}
    assert rejected <= {Review.REJECTED, Review.REVISION_REJECTED}
    reviewed = {entry.review for entry in entries(hub.connection, Shown.REVIEW)}
    assert reviewed == {Review.WAITING, Review.REVISED}


def test_a_refused_change_is_shown_with_its_reasons_until_it_is_made_anew(hub: World) -> None:
    entry = one(hub.connection, "000001")
    assert entry.review is Review.REVISED
    [revision] = hub.store.find(Revision, product_id=entry.product_id, state=ContentState.SUBMITTED)
    decision = ReviewGoods(revisions=((revision.id, revision.row_version),), approve=False, reasons=("图片不清楚",))
    hub.do(REVIEWER, decision, NOW)
    entry = one(hub.connection, "000001")
    assert (entry.review, entry.reasons) == (Review.REVISION_REJECTED, ("图片不清楚",))
    assert entry.code in {e.code for e in entries(hub.connection, Shown.REJECTED)}
    detail = goods_detail(hub.connection, MINE, entry.rowid)
    assert detail is not None
    assert detail.revision is not None
    assert detail.revision.id == revision.id
    hub.do(SUPPLIER, ImportGoods(lines=(GoodsLine(row=1, code="000001", title="农夫山泉 新装"),)), NOW + 1)
    assert one(hub.connection, "000001").review is Review.REVISED


def test_a_new_sku_of_what_is_on_sale_waits_by_itself(hub: World) -> None:
    key = hub.store.find(Product, id=one(hub.connection, "000004").product_id)[0].product_key
    new = GoodsLine(row=1, code="NEW-1", product_key=key, supply_price=100)
    hub.do(SUPPLIER, ImportGoods(lines=(new,)), NOW)
    assert (one(hub.connection, "NEW-1").review, one(hub.connection, "000004").review) == (
        Review.WAITING,
        Review.REVISED,
    )
    entry = one(hub.connection, "NEW-1")
    [revision] = hub.store.find(Revision, product_id=entry.product_id, state=ContentState.SUBMITTED)
    decision = ReviewGoods(revisions=((revision.id, revision.row_version),), approve=False, reasons=("无此规格",))
    hub.do(REVIEWER, decision, NOW)
    assert (one(hub.connection, "NEW-1").review, one(hub.connection, "NEW-1").reasons) == (
        Review.REJECTED,
        ("无此规格",),
    )


@pytest.mark.parametrize("sort", list(SORTS))
def test_every_sort_keeps_every_row(hub: World, sort: str) -> None:
    up = list(goods_ids(hub.connection, MINE, sort=sort))
    down = list(goods_ids(hub.connection, MINE, sort=sort, descending=True))
    assert sorted(up) == sorted(down) == sorted(goods_ids(hub.connection, MINE))
    values = [getattr(entry, sort) for entry in goods_entries(hub.connection, MINE, up)]
    assert values == sorted(values, key=name_key if sort == "title" else None)


def test_search_finds_by_code_barcode_name_and_pinyin(desktop: Callable[..., Workspace]) -> None:
    workspace = desktop(SUPPLIER)
    with workspace.cache.write() as connection:
        while index_some(connection):
            pass

    def found(text: str, shown: Shown = Shown.ALL) -> set[str]:
        return {entry.code for entry in workspace.read(entries, shown, text)}

    [tea] = [entry for entry in workspace.read(entries) if entry.code == "000004"]
    assert found("000004") == {"000004"}
    assert found(tea.barcode) == {"000004"}
    assert found("康师") == {"000004"}
    assert found("ksf") == {"000004"}
    assert len(found("0000")) == 30
    assert found("康师傅", Shown.OFF_SALE) == set()


def test_a_scan_knows_a_dropped_zero_and_a_package(hub: World) -> None:
    line = GoodsLine(
        row=1, code="PK-1", title="纸杯", supply_price=100, barcodes=("0012345678905", "6901234567892"), stock=5
    )
    hub.do(SUPPLIER, ImportGoods(lines=(line,)), NOW)
    for code in ("0012345678905", "012345678905", "6901234567892", "PK-1"):
        assert [(s.entry.code, s.steps) for s in scanned(hub.connection, MINE, code)] == [("PK-1", 1)], code
    sku = hub.store.find(Sku, code="PK-1")[0]
    hub.store.replace(Sku, [sku.with_(packages=(Unit("箱", 12, "16901234567892"),))])
    assert [(s.entry.code, s.steps) for s in scanned(hub.connection, MINE, "16901234567892")] == [("PK-1", 12)]
    assert [e.code for e in entries(hub.connection, text="1690123456")] == ["PK-1"]
    assert scanned(hub.connection, MINE, "4006381333931") == []
    other = hub.store.find(Sku, supplier_id=world.SECOND_SUPPLIER.organisation_id)[0]
    assert scanned(hub.connection, MINE, other.code) == []


def test_the_ledger_explains_what_is_on_hand(hub: World) -> None:
    entry = one(hub.connection, "000001")
    hub.do(SUPPLIER, MoveStock(sku_id=entry.sku_id, kind=MovementKind.WRITE_OFF, quantity=3, reason="破损"), NOW)
    lines = ledger(hub.connection, MINE, entry.sku_id, limit=1_000)
    after = entry_of(hub.connection, MINE, entry.sku_id)
    assert after is not None
    assert after.on_hand == entry.on_hand - 3
    assert sum(line.change for line in lines) == after.on_hand
    assert (lines[0].kind, lines[0].change, lines[0].reason, lines[0].who) == (
        MovementKind.WRITE_OFF,
        -3,
        "破损",
        SUPPLIER.name,
    )
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
    assert len(ledger(hub.connection, MINE, entry.sku_id, limit=2)) == 2


def test_categories_are_named_from_the_top(hub: World) -> None:
    assert "食品饮料 / 水与饮料 / 饮用水" in category_paths(hub.connection, english=False)
    assert "Food and drinks / Water and drinks / Water" in category_paths(hub.connection, english=True)


def test_every_end_of_a_large_tree_is_offered(hub: World) -> None:
    before = len(category_paths(hub.connection, english=False))
    rows = [
        Category(id=f"{n:032x}", row_version=1, parent_id="", name_zh=f"类{n}", name_en=f"c{n}", position=n)
        for n in range(3_000)
    ]
    hub.store.insert(Category, rows)
    assert len(category_paths(hub.connection, english=False)) == before + 3_000


def test_a_barcode_that_names_something_else_is_wrong_in_the_dry_run_already(hub: World, tmp_path: Path) -> None:
    lines = (
        GoodsLine(row=1, code="PK-1", title="纸杯", supply_price=100, barcodes=("690", "691"), stock=5),
        GoodsLine(row=2, code="PK-2", title="纸盘", supply_price=100, packages=(Unit("箱", 12, "790"),)),
    )
    hub.do(SUPPLIER, ImportGoods(lines=lines), NOW)

    def wrong(*rows: str) -> list[tuple[int, str, object]]:
        path = tmp_path / "a.csv"
        path.write_text("\n".join(("货号,品名,供货价,条码,每箱数量,箱码", *rows)), encoding="utf-8")
        plan = look_through(hub.connection, MINE, path)[0].plan
        return [(w.row, i.code, i.params.get("other")) for w in plan.wrong for i in w.issues]

    assert wrong("N1,杯,1,,6,690", "N2,杯,1,,6,691", "N3,杯,1,,6,790") == [
        (2, "barcode_taken", "PK-1"),
        (3, "barcode_taken", "PK-1"),
        (4, "barcode_taken", "PK-2"),
    ]
    assert wrong("N1,杯,1,,6,888", "N2,杯,1,,6,888", "N3,杯,1,700,6,700") == [
        (3, "barcode_taken", "N1"),
        (4, "barcode_taken", "N3"),
    ]
    assert wrong("PK-2,纸盘,0.01,,24,790", "PK-1,纸杯,0.01,,6,791") == []
    assert wrong("PK-2,纸盘,0.01,,24,795", "PK-1,纸杯,0.01,,6,790") == []
