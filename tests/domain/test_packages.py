"""Packages of a SKU: of whole units, and each barcode names one thing only."""

from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2b_domain.commands.goods import GoodsLine, ImportGoods, ImportNote
from s2b_domain.commands.imports import UndoImport
from s2b_domain.commands.packages import package_code_id
from s2b_domain.errors import Refused
from s2b_domain.records.audit import Audit
from s2b_domain.records.catalog import PackageCode, Revision
from s2b_domain.records.imports import ImportPart
from s2b_domain.rules.packages import MAX_PACKAGES, MAX_UNITS, package_of, packages_fit, packages_text, rescaled
from s2b_domain.rules.units import Unit
from tests.domain.books import Books, open_books, water
from tests.domain.straight import check_books

CARTON = Unit("箱", 24, "16901234567892")


def load(books: Books, *lines: GoodsLine) -> None:
    books.do(books.hengfeng, ImportGoods(lines=lines))
    check_held(books)


def check_held(books: Books) -> None:
    """The barcodes that are held are those of the packages, and name nothing else."""
    check_books(books)
    held = {row.id: row.sku_id for row in books.store.find(PackageCode)}
    bare = [(package_code_id(s.supplier_id, u.barcode), s.id) for s in books.skus() for u in s.packages if u.barcode]
    assert Counter(held.items()) == Counter(bare)
    assert not held.keys() & {package_code_id(s.supplier_id, s.barcode) for s in books.skus() if s.barcode}


def test_packages_act_at_once_and_are_audited(books: Books) -> None:
    books.sell(books.hengfeng, water())
    load(books, GoodsLine(row=2, code="0012", packages=(CARTON, Unit("托", 480))))
    [sku] = books.skus()
    assert (sku.packages, sku.live) == ((CARTON, Unit("托", 480)), True)
    assert books.store.find(Revision) == []
    [event] = [a for a in books.store.find(Audit) if a.event == "packages.changed"]
    assert event.details == {"before": "", "after": "箱 = 24 (16901234567892); 托 = 480"}
    load(books, GoodsLine(row=2, code="0012", title=sku.code))
    assert books.skus()[0].packages == (CARTON, Unit("托", 480))
    load(books, GoodsLine(row=2, code="0012", packages=()))
    assert books.skus()[0].packages == ()


@pytest.mark.parametrize(
    "packages",
    [
        (Unit("箱", 1),),
        (Unit("箱", 0),),
        (Unit("箱", -12),),
        (Unit("箱", MAX_UNITS + 1),),
        (Unit("", 12),),
        (Unit(" 箱", 12),),
        (Unit("箱" * 21, 12),),
        (Unit("瓶", 12),),
        (Unit("箱", 12), Unit("箱", 24)),
        (Unit("箱", 12, "69"), Unit("托", 24, "69")),
        (Unit("箱", 12, "6" * 65),),
        tuple(Unit(f"{n}号箱", n + 2) for n in range(MAX_PACKAGES + 1)),
    ],
)
def test_what_is_no_package_is_refused(books: Books, packages: tuple[Unit, ...]) -> None:
    for line in (water(row=7, unit="瓶", packages=packages), GoodsLine(row=7, code="0012", packages=packages)):
        with pytest.raises(Refused, match="row_wrong field=packages row=7"):
            load(books, line)
        load(books, water(unit="瓶"))


def test_a_package_of_what_is_weighed_is_of_whole_units(books: Books) -> None:
    with pytest.raises(Refused, match="row_wrong field=packages row=2"):
        load(books, water(unit="kg", decimals=3, packages=(Unit("袋", 2_500),)))
    load(books, water(unit="kg", decimals=3, stock=0, packages=(Unit("袋", 25_000),)))
    load(books, GoodsLine(row=2, code="0012", unit="个", decimals=0))
    assert books.skus()[0].packages == (Unit("袋", 25),)
    with pytest.raises(Refused, match="row_wrong field=packages row=2"):
        load(books, GoodsLine(row=2, code="0012", unit="袋"))


@pytest.mark.parametrize(
    "line",
    [
        water("B", row=3, packages=(CARTON,)),
        water("B", row=3, barcodes=("16901234567892",)),
        water("B", row=3, barcodes=("69", "16901234567892")),
        water("B", row=3, packages=(Unit("箱", 6, "6901234567892"),)),
        water("B", row=3, packages=(Unit("箱", 6, "012345678905"),)),
        water("B", row=3, barcodes=("70",), packages=(Unit("箱", 6, "70"),)),
        water("B", row=3, barcodes=("69", "70"), packages=(Unit("箱", 6, "70"),)),
    ],
)
def test_a_barcode_names_one_package_and_no_unit(books: Books, line: GoodsLine) -> None:
    load(
        books,
        water("A", barcodes=("6901234567892",), packages=(CARTON,)),
        water("C", row=9, barcodes=("0012345678905",)),
    )
    with pytest.raises(Refused, match=r"barcode_taken barcode=.* row=3 sku=B"):
        load(books, line)
    books.do(books.yuanda, ImportGoods(lines=(water("A", packages=(CARTON,)),)))
    check_held(books)


def test_what_one_line_gives_up_another_takes(books: Books) -> None:
    load(books, water("A", packages=(CARTON,)), water("B", row=3))
    load(books, water("B", row=2, packages=(CARTON,)), water("A", row=3, packages=()))
    assert {s.code: s.packages for s in books.skus()} == {"A": (), "B": (CARTON,)}
    load(books, water("B", row=2, packages=(), barcodes=(CARTON.barcode,)))


def test_an_import_that_is_taken_back_lets_its_barcodes_go(books: Books) -> None:
    load(books, water("A", packages=(CARTON,)))
    note = ImportNote(import_id=books.id(), file="报价.xlsx")
    lines = water("A", packages=(Unit("箱", 12),)), water("B", row=3, packages=(CARTON,))
    books.do(books.hengfeng, ImportGoods(lines=lines, note=note))
    check_held(books)
    [part] = books.store.find(ImportPart)
    books.do(books.hengfeng, UndoImport(part_id=part.id))
    check_held(books)
    assert {s.code: s.packages for s in books.skus()} == {"A": (CARTON,)}


codes = st.sampled_from(["", "690", "691", "692", "0123456789012", "123456789012"])
packages_ = st.none() | st.lists(st.builds(Unit, st.sampled_from("箱托包"), st.integers(1, 4), codes), max_size=2)


@settings(max_examples=30)
@given(st.data())
def test_whatever_is_imported_no_barcode_names_two_things(data: st.DataObject) -> None:
    with open_books() as books:
        for _ in range(4):
            lines = [
                water(
                    code,
                    row=row,
                    packages=data.draw(packages_.map(lambda found: None if found is None else tuple(found))),
                    barcodes=data.draw(st.none() | st.tuples(codes)),
                )
                for row, code in enumerate(data.draw(st.permutations("ABC")))
            ]
            with suppress(Refused):
                load(books, *lines)
            check_held(books)


@given(st.integers(0, 3), st.lists(st.integers(2, MAX_UNITS), max_size=MAX_PACKAGES), st.integers(0, 10**9))
def test_packages_keep_their_units_and_are_found_in_a_quantity(decimals: int, units: list[int], quantity: int) -> None:
    packages = tuple(Unit(str(at), n * 10**decimals) for at, n in enumerate(units))
    assert packages_fit(packages, "瓶", decimals)
    assert rescaled(rescaled(packages, decimals, 3), 3, decimals) == packages
    assert packages_text(packages, decimals) == packages_text(rescaled(packages, decimals, 0), 0)
    found = package_of(quantity, packages)
    if found is None:
        assert all(quantity < p.factor or quantity % p.factor for p in packages)
    else:
        assert found[0] * found[1].factor == quantity > 0
        assert found[1].factor == max(p.factor for p in packages if quantity % p.factor == 0 and p.factor <= quantity)
