"""What people type finds goods: parts of names, sounds, initials, codes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_desktop.models import rows
from s2b_desktop.models.barcodes import further
from s2b_desktop.models.cache import Cache, create_indexes
from s2b_desktop.models.pinyin import syllables
from s2b_desktop.models.search import index_some, search_goods
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.rules.units import Unit

TITLES = {
    1: ("农夫山泉 饮用天然水 550ml", "农夫山泉"),
    2: ("可口可乐 330ml*24", "可口可乐"),
    3: ("行李箱 20寸", "银行家"),
    4: ("ＵＳＢ 数据线 1.5M", "Anker"),
    5: ("长柄雨伞", "天堂"),
}


def product(n: int, title: str, brand: str = "", category: str = "") -> Product:
    return Product(
        id=f"{n:032x}",
        row_version=1,
        supplier_id="s",
        product_key=str(n),
        title=title,
        brand=brand,
        category_id=category,
    )


def put(cache: Cache, *found: Product | Sku) -> None:
    with cache.write() as connection:
        for row in found:
            rows.write(connection, row.table.name, [type(row).encode(row)])


def catch_up(cache: Cache) -> None:
    with cache.write() as connection:
        while index_some(connection, limit=2):
            pass


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    made = Cache(tmp_path / "cache.db", b"k" * 32)
    put(made, *(product(n, title, brand, f"c{n % 2}") for n, (title, brand) in TITLES.items()))
    skus = [
        Sku(
            id=f"{n + 100:032x}",
            row_version=1,
            product_id=f"{n:032x}",
            supplier_id="s",
            code=f"00A-{n}",
            barcode=f"69012{n}",
        )
        for n in TITLES
    ]
    put(made, *skus)
    catch_up(made)
    yield made
    made.close()


def found(cache: Cache, text: str, **options: object) -> set[int]:
    with cache.read() as connection:
        rowids = search_goods(connection, text, **options)  # type: ignore[arg-type]
        ids = [connection.exec_driver_sql("SELECT id FROM product WHERE rowid = ?", (r,)).scalar_one() for r in rowids]
    return {int(i, 16) for i in ids}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("山泉", {1}),
        ("夫山泉", {1}),
        ("泉夫", set()),
        ("水", {1}),
        ("可", {2}),
        ("nfsq", {1}),
        ("sq", {1}),
        ("nongfu", {1}),
        ("shanquan", {1}),
        ("NongFuShan", {1}),
        ("kele", {2}),
        ("xinglixiang", {3}),
        ("yinhang", {3}),
        ("changbing", {5}),
        ("usb", {4}),
        ("数据 usb", {4}),
        ("330", {2}),
        ("天然水550", {1}),
        ("00A-3", {3}),
        ("00a-3", {3}),
        ("690124", {4}),
        ("69012", set(TITLES)),
        ("anker", {4}),
        ("牛奶", set()),
        ('" OR *', set()),
        ("", set()),
        ("   ", set()),
    ],
)
def test_what_one_types(cache: Cache, text: str, expected: set[int]) -> None:
    assert found(cache, text) == expected


def test_categories_and_limit(cache: Cache) -> None:
    assert found(cache, "69012", category_ids=["c1"]) == {1, 3, 5}
    assert found(cache, "xing", category_ids=["c1"]) == {3}
    assert found(cache, "xing", category_ids=["c0"]) == set()
    assert len(found(cache, "69012", limit=2)) == 2


def test_the_index_follows_changes(cache: Cache) -> None:
    put(cache, product(1, "怡宝纯净水", "怡宝"), product(9, "农夫果园", "农夫山泉"))
    with cache.write() as connection:
        rows.remove(connection, "product", [f"{2:032x}"])
    catch_up(cache)
    assert found(cache, "山泉") == {9}
    assert found(cache, "yibao") == {1}
    assert found(cache, "可乐") == set()
    with cache.write() as connection:
        assert index_some(connection) == 0


def test_a_product_may_change_again_before_it_is_indexed(cache: Cache) -> None:
    for title in ("怡宝纯净水", "怡宝矿泉水"):
        put(cache, product(1, title, "怡宝"))
    with cache.write() as connection:
        rows.remove(connection, "product", [f"{5:032x}"])
    for title in ("农夫果园", "农夫茶园"):
        put(cache, product(9, title, "农夫山泉"))
    catch_up(cache)
    assert found(cache, "矿泉") == {1}
    assert found(cache, "茶园") == {9}


def test_a_code_that_a_sku_bears_twice_finds_it_once(cache: Cache) -> None:
    plain = Sku(id=f"{101:032x}", row_version=1, product_id=f"{1:032x}", supplier_id="s", code="00A-1")
    for more in (("880001", "880001"), ("880001", "990001")):
        put(cache, plain.with_(more_barcodes=more, packages=(Unit("箱", 24, "990001"), Unit("托", 960, "990001"))))
        assert found(cache, "880001") == {1}
        with cache.read() as connection:
            assert set(further(connection, "990001").values()) == {24 if more[1] == "880001" else None}


def test_every_barcode_finds_and_follows_changes(cache: Cache) -> None:
    plain = Sku(id=f"{101:032x}", row_version=1, product_id=f"{1:032x}", supplier_id="s", code="00A-1")
    packages = (Unit("箱", 24, "990001"), Unit("托", 960))
    put(cache, plain.with_(more_barcodes=("880001", "880002"), packages=packages))
    assert [found(cache, text) for text in ("880001", "88", "990001")] == [{1}, {1}, {1}]
    put(cache, plain.with_(more_barcodes=("880002",)))
    assert [found(cache, text) for text in ("880001", "880002", "990001")] == [set(), {1}, set()]
    with cache.write() as connection:
        rows.remove(connection, "sku", [f"{101:032x}"])
    assert found(cache, "880002") == set()


def test_a_rebuild_knows_every_barcode(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache.db", b"k" * 32)
    fresh = cache.fresh()
    sku = Sku(
        id=f"{101:032x}",
        row_version=1,
        product_id=f"{1:032x}",
        supplier_id="s",
        code="A",
        more_barcodes=("880001",),
        packages=(Unit("箱", 24, "990001"),),
    )
    with fresh.writer.begin() as connection:
        for row in (product(1, "水"), sku):
            rows.write(connection, row.table.name, [type(row).encode(row)])
        create_indexes(connection)
    cache.swap(fresh)
    assert found(cache, "880001") == found(cache, "990001") == {1}
    cache.close()


def test_a_change_of_anything_else_costs_the_index_nothing(cache: Cache) -> None:
    put(cache, product(1, *TITLES[1], "other"))
    with cache.write() as connection:
        assert index_some(connection) == 0


def test_readings_follow_the_phrase() -> None:
    assert syllables("银行行李")[0] == ["yin", "hang", "xing", "li"]
    assert syllables("绿女")[0] == ["lv", "nv"]
    assert syllables("长柄") == (["zhang", "bing"], ["chang", "bing"])


def test_chinese_is_found_as_by_like_and_nothing_breaks_it(tmp_path: Path) -> None:
    letters = "水果汁牛奶"
    made = Cache(tmp_path / "cache.db", b"k" * 32)
    titles = [f"{a}{b}{c} {d}{a}" for a in letters for b in letters for c in letters for d in "x水"]
    put(made, *(product(n, title) for n, title in enumerate(titles)))
    catch_up(made)

    @given(text=st.one_of(st.text(letters, min_size=1, max_size=4), st.text(max_size=20)))
    def as_by_like(text: str) -> None:
        hits = found(made, text, limit=10_000)
        if text and set(text) <= set(letters):
            assert hits == {n for n, title in enumerate(titles) if text in title}

    as_by_like()
    made.close()
