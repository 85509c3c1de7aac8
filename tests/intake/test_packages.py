"""Packages in sheets: the ways people write them, and what becomes of them."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_desktop.models.goods_cells import cell_of
from s2b_desktop.models.goods_import import change_line
from s2b_desktop.views.imports.rows import column_title
from s2b_domain.intake.diff import known
from s2b_domain.intake.examination import Examination, examine
from s2b_domain.intake.export import write_csv, write_xlsx
from s2b_domain.intake.goods import GoodsRow
from s2b_domain.intake.mapping import propose
from s2b_domain.intake.packages import place_of, read_count, read_packages
from s2b_domain.intake.policy import Policy
from s2b_domain.rules.packages import MAX_PACKAGES, MAX_UNITS, packages_fit, packages_text
from s2b_domain.rules.units import Unit
from tests.intake.sheets import workbook

CARTON, PALLET = Unit("箱", 24, "16921168509253"), Unit("托", 480)


def found_in(tmp_path: Path, header: tuple[str, ...], *cells: object, old: GoodsRow | None = None) -> Examination:
    rows = [("货号", "品名", "供货价", *header), ("A1", "水", 2, *cells)]
    return examine(workbook(tmp_path / "a.xlsx", rows), existing=known([old] if old else []))


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        ("箱 = 24 (16921168509253); 托 = 480", (("箱", 24, "16921168509253"), ("托", 480, ""))),
        ("1箱=24瓶；1托=480瓶", (("箱", 24, ""), ("托", 480, ""))),
        ("箱：24，", None),
        ("箱*24/16921168509253", (("箱", 24, "16921168509253"),)),
        ("carton: 12", (("carton", 12, ""),)),
        ("纸箱", None),
        ("60*40*30", None),
    ],
)
def test_ways_to_write_packages(cell: str, named: object) -> None:
    assert read_packages(cell) == named


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        (24, 24),
        (24.0, 24),
        ("24", 24),
        ("112", 112),
        ("24瓶/箱", 24),
        ("24/箱", 24),
        ("1*24", 24),
        ("1×24瓶", 24),
        ("1箱24瓶", 24),
        ("1箱=24瓶", 24),
        ("550ml*24", 24),
        ("6*4", None),
        ("60*40*30", None),
        ("2.5", None),
        ("25kg", None),
        ("纸箱", None),
    ],
)
def test_ways_to_write_a_count(cell: object, count: int | None) -> None:
    assert read_count(cell) == count


@pytest.mark.parametrize(
    ("label", "kind", "name"),
    [
        ("箱规", "count", "箱"),
        ("装箱数", "count", "箱"),
        ("每箱数量(必填)", "count", "箱"),
        ("每箱瓶数", "count", "箱"),
        ("整箱装量", "count", "箱"),
        ("每件装量", "count", "件"),
        ("箱码", "barcode", "箱"),
        ("外箱条码", "barcode", "箱"),
        ("中盒条形码", "barcode", "中盒"),
        ("Units per carton", "count", "carton"),
        ("Carton qty", "count", "carton"),
        ("Case pack", "count", "case"),
        ("Carton barcode", "barcode", "carton"),
        ("条码", "text", ""),
        ("条形码", "text", ""),
        ("箱数", "text", ""),
        ("每箱价格", "text", ""),
        ("包装规格", "text", ""),
        ("Barcode", "text", ""),
    ],
)
def test_what_a_name_says_of_its_column(label: str, kind: str, name: str) -> None:
    place = place_of(label)
    assert (place.kind, place.name) == (kind, name)


@pytest.mark.parametrize(
    ("header", "cells", "packages"),
    [
        (("箱规", "外箱条码"), ("24瓶/箱", "16921168509253"), (CARTON,)),
        (("每箱数量", "箱码", "条码"), (24, "16921168509253", "6921168509256"), (CARTON,)),
        (("单位", "装箱数"), ("瓶", 24), (Unit("箱", 24),)),
        (("单位", "箱规"), ("kg", 25), (Unit("箱", 25_000),)),
        (("Units per carton", "Outer barcode"), (24, "16921168509253"), (Unit("carton", 24, "16921168509253"),)),
        (("多单位",), ("1箱=24瓶;1托=480瓶",), (Unit("箱", 24), PALLET)),
        (("箱规", "每托数量"), (24, "480件"), (Unit("箱", 24), PALLET)),
        (("箱规",), (1,), None),
    ],
)
def test_columns_become_packages(
    tmp_path: Path, header: tuple[str, ...], cells: tuple[object, ...], packages: object
) -> None:
    examined = found_in(tmp_path, header, *cells)
    [row] = examined.plan.new
    assert row.packages == packages
    assert row.barcodes == (("6921168509256",) if "条码" in header else None)
    assert not examined.plan.warnings


@pytest.mark.parametrize(
    ("header", "cells", "code", "level"),
    [
        (("箱规", "箱码"), (24, "16921168509254"), "barcode_check_digit", "error"),
        (("多单位",), ("箱 = 24 (16921168509254)",), "barcode_check_digit", "error"),
        (("箱规", "箱码"), (1, "16921168509253"), "packages_unread", "warning"),
        (("单位", "箱规"), ("箱", 24), "package_is_unit", "warning"),
        (("多单位",), ("箱 = 1",), "packages_wrong", "error"),
        (("单位", "多单位"), ("箱", "箱 = 24"), "packages_wrong", "error"),
    ],
)
def test_what_is_no_package_is_said(
    tmp_path: Path, header: tuple[str, ...], cells: tuple[object, ...], code: str, level: str
) -> None:
    plan = found_in(tmp_path, header, *cells).plan
    issues = [*plan.warnings, *(issue for wrong in plan.wrong for issue in wrong.issues)]
    assert [(i.code, i.level, i.field) for i in issues] == [(code, level, "packages")]


def test_what_mostly_says_something_else_stays_a_parameter() -> None:
    rows = [["A1", "60*40*30"], ["A2", "50*40*30"], ["A3", "纸箱"]]
    assert [c.field for c in propose(["货号", "箱规"], rows)] == ["sku_code", "parameters"]
    alone = propose(["货号", "外箱条码"], [["A1", "16921168509253"]])
    assert [c.field for c in alone][1] != "packages"


def test_columns_add_to_what_is_there_and_a_text_takes_its_place(tmp_path: Path) -> None:
    old = GoodsRow(0, "A1", title="水", supply_price=20_000, unit="瓶", packages=(CARTON, PALLET), product_key="A1")
    assert found_in(tmp_path, ("箱规",), 24, old=old).plan.unchanged == [2]
    [change] = found_in(tmp_path, ("箱规",), 12, old=old).plan.changed
    assert change_line(change).packages == (Unit("箱", 12, CARTON.barcode), PALLET)
    [change] = found_in(tmp_path, ("多单位",), "箱 = 24", old=old).plan.changed
    assert change_line(change).packages == (Unit("箱", 24),)
    path = tmp_path / "bare.xlsx"
    write_xlsx([msgspec.structs.replace(old, packages=None, min_qty=1, order_step=1)], path)
    assert "packages" not in {c.field for x in examine(path, existing=known([old])).plan.changed for c in x.fields}
    [change] = examine(path, existing=known([old]), policy=Policy(blank="clear")).plan.changed
    assert change_line(change).packages == ()


def test_the_unit_that_is_there_counts(tmp_path: Path) -> None:
    old = GoodsRow(0, "A1", title="米", supply_price=20_000, unit="kg", product_key="A1")
    [change] = found_in(tmp_path, ("箱规",), 25, old=old).plan.changed
    assert change_line(change).packages == (Unit("箱", 25_000),)
    boxed = msgspec.structs.replace(old, unit="箱")
    [wrong] = found_in(tmp_path, ("箱规",), 25, old=boxed).plan.wrong
    assert [i.code for i in wrong.issues] == ["packages_wrong"]
    held = msgspec.structs.replace(old, unit="个", packages=(CARTON,))
    [wrong] = found_in(tmp_path, ("单位",), "箱", old=held).plan.wrong
    assert [i.code for i in wrong.issues] == ["packages_wrong"]


@pytest.mark.parametrize("write", [write_xlsx, write_csv])
@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("unit", ["瓶", "kg"])
def test_the_export_loses_nothing(tmp_path: Path, write: object, english: bool, unit: str) -> None:
    each = 1000 if unit == "kg" else 1
    packages = tuple(Unit(p.name, p.factor * each, p.barcode) for p in (CARTON, PALLET))
    goods = GoodsRow(2, "A1", "A1", "水", unit=unit, supply_price=20_000, min_qty=each, order_step=1, packages=packages)
    path = tmp_path / ("a.xlsx" if write is write_xlsx else "a.csv")
    write([goods], path, english=english)  # type: ignore[operator]
    examined = examine(path, existing=known([goods]))
    assert (examined.plan.unchanged, examined.plan.warnings) == ([2], [])
    assert [row.packages for row in examine(path).plan.new] == [packages]
    assert cell_of(goods, "packages") == "箱 = 24 (16921168509253); 托 = 480"


def test_a_column_of_counts_is_called_by_its_label(tmp_path: Path) -> None:
    columns = found_in(tmp_path, ("箱规", "外箱条码"), 24, "16921168509253").columns
    assert [column_title(c).endswith(c.label) for c in columns if c.field == "packages"] == [True, True]


names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20)
codes = st.from_regex(r"[A-Za-z0-9-]{4,14}", fullmatch=True) | st.just("")


@given(st.lists(st.builds(Unit, names, st.integers(2, MAX_UNITS), codes), max_size=MAX_PACKAGES))
def test_what_may_be_stored_is_read_as_it_was_written(packages: list[Unit]) -> None:
    if packages and packages_fit(packages, "瓶", 0):
        assert read_packages(packages_text(packages, 0)) == tuple((p.name, p.factor, p.barcode) for p in packages)
