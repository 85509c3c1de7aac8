"""Prices by quantity: the ways people write them, and what becomes of them."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from s2b_desktop.models.goods_cells import cell_of
from s2b_desktop.views.imports.rows import Preview, column_title
from s2b_domain.intake.diff import FieldChange, known
from s2b_domain.intake.examination import Examination, examine
from s2b_domain.intake.export import write_xlsx
from s2b_domain.intake.goods import GoodsRow
from s2b_domain.intake.mapping import propose
from s2b_domain.intake.tiers import place_of, read_tiers
from s2b_domain.rules.pricing import Tier
from tests.intake.sheets import text, workbook

TWO = ((10, 52_000), (100, 48_000))
TIERS = (Tier(10, 52_000), Tier(100, 48_000))


@pytest.mark.parametrize(
    "cell",
    [
        "10-99 ¥5.2 / 100+ ¥4.8",
        "10: 5.2; 100: 4.8",
        "10-99件:5.2元/件;≥100件:4.8元/件",
        "10-99：￥5.20\n100-：￥4.80",
        "10-99:5.2,100以上:4.8",
        "¥5.2 (10-99) / ¥4.8 (100+)",
        "5.2元(10件起);4.8元(100件起)",
        "10-99个 5.2元/个, 100个以上 4.8元/个",
        ">9: 5.2; >99: 4.8",
    ],
)
def test_ways_to_write_tiers(cell: str) -> None:
    assert read_tiers(cell) == tuple((Decimal(q), p) for q, p in TWO)


@pytest.mark.parametrize("cell", ["12.50", "10 5.2", "5.2-6.8", "5.2/4.8", "S:10;M:20", "时价", "1*10包"])
def test_what_is_no_text_of_tiers(cell: str) -> None:
    assert read_tiers(cell) is None


def test_what_a_name_says_of_its_column() -> None:
    kinds = {label: place_of(label).kind for label in ("10-99件", "≥100", "10件以上", "起批量2", "Tier 1 Price", "36")}
    assert list(kinds.values()) == ["from", "from", "from", "quantity", "price", "text"]


def found_in(tmp_path: Path, header: tuple[str, ...], *cells: object, old: GoodsRow | None = None) -> Examination:
    rows = [("货号", "品名", *header), ("A1", "杯", *cells)]
    return examine(workbook(tmp_path / "a.xlsx", rows), existing=known([old] if old else []))


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        (("供货价", "阶梯价"), (6, "10-99 ¥5.2 / 100+ ¥4.8")),
        (("供货价", "10-99件", "≥100件"), (6, 5.2, "4.8元")),
        (("供货价", "数量1", "批发价1", "数量2", "批发价2"), (6, 10, 5.2, 100, 4.8)),
        (("价格",), ("1-9:6.00;10-99:5.20;≥100:4.80",)),
        (("1-9件", "10-99件", "≥100件"), (6, 5.2, 4.8)),
    ],
)
def test_tiers_of_a_sheet_are_imported(tmp_path: Path, header: tuple[str, ...], cells: tuple[object, ...]) -> None:
    found = found_in(tmp_path, header, *cells)
    [goods] = found.plan.new
    assert (goods.supply_price, goods.min_qty, goods.tiers) == (60_000, None, TIERS)
    old = msgspec.structs.replace(goods, tiers=(Tier(10, 50_000),))
    [change] = found_in(tmp_path, header, *cells, old=old).plan.changed
    assert change.fields == (FieldChange("tiers", (Tier(10, 50_000),), TIERS),)
    assert found_in(tmp_path, header, *cells, old=goods).plan.unchanged == [2]
    assert [cell_of(goods, "tiers")] == ["10: 5.2; 100: 4.8"]


def test_without_a_supply_price_the_first_tier_is_it_from_its_quantity_on(tmp_path: Path) -> None:
    found = found_in(tmp_path, ("阶梯价",), "10-99 ¥5.2 / 100+ ¥4.8")
    [goods] = found.plan.new
    assert (goods.supply_price, goods.min_qty, goods.tiers) == (52_000, 10, TIERS[1:])
    assert [n.code for n in found.notes] == ["no_price_but_tiers"]
    assert [c.field for c in found.columns if not c.label] == ["supply_price", "min_qty"], "to be seen, and edited"
    blank = found_in(tmp_path, ("供货价", "阶梯价"), None, "10-99 ¥5.2 / 100+ ¥4.8")
    assert [(w.field, w.code) for w in blank.plan.warnings] == [("supply_price", "price_of_tiers")]


@pytest.mark.parametrize("cell", ["10: 6; 100: 5", "1: 5", "10: 5; 100: 5.5"])
def test_tiers_that_are_not_cheaper_make_a_row_wrong(tmp_path: Path, cell: str) -> None:
    found = found_in(tmp_path, ("供货价", "阶梯价"), 5.5, cell)
    assert [[i.code for i in w.issues] for w in found.plan.wrong] == [["tiers_wrong"]]
    old = GoodsRow(0, "A1", "A1", "杯", supply_price=45_000)
    alone = found_in(tmp_path, ("阶梯价",), "100: 4.8", old=old)
    assert [[i.code for i in w.issues] for w in alone.plan.wrong] == [["tiers_wrong"]], "than what there is"


def test_tiers_that_are_not_understood_are_left_out_and_said(tmp_path: Path) -> None:
    found = found_in(tmp_path, ("阶梯价",), "量大从优")
    preview = Preview(found, ["A1"], lambda codes: {})
    assert "量大从优" in preview.rows([0])[0].notes, "also where the row is wrong, for want of a price"
    found = found_in(tmp_path, ("供货价", "阶梯价"), 5.5, "量大从优")
    assert [row.tiers for row in found.plan.new] == [None]
    assert [(w.code, w.value) for w in found.plan.warnings] == [("tiers_unread", "量大从优")]


def test_one_price_among_tiers_is_the_supply_price_where_there_is_no_other(tmp_path: Path) -> None:
    tiers = "1-9:6.00;10-99:5.20"
    rows = [("货号", "品名", "价格"), ("A1", "杯", tiers), ("A2", "碗", "4.50"), ("A3", "盘", 3), ("A4", "勺", tiers)]
    found = examine(workbook(tmp_path / "b.xlsx", rows))
    got = [(row.supply_price, row.min_qty, row.tiers) for row in found.plan.new]
    assert got[:3] == [(60_000, None, TIERS[:1]), (45_000, None, ()), (30_000, None, ())]
    beside = found_in(tmp_path, ("供货价", "阶梯价"), 5.5, 4.8)
    assert [(w.code, w.value) for w in beside.plan.warnings] == [("tiers_unread", "4.8")], "from how many on?"


def test_columns_of_tiers_are_told_apart_and_a_wrong_one_is_said_whole(tmp_path: Path) -> None:
    header = ("供货价", "数量1", "批发价1", "数量2", "批发价2")
    found = found_in(tmp_path, header, 5.5, 10, 6, 100, 5)
    assert [i.value for w in found.plan.wrong for i in w.issues] == ["10: 6; 100: 5"]
    assert [column_title(c).partition("：")[2] for c in found.columns if c.field == "tiers"] == list(header[1:])


def test_counts_of_sizes_are_no_prices_by_quantity() -> None:
    sample = [["A1", "1.5", 3, 8, 2], ["A2", "2", 4, 4, 9]]
    assert all(c.field != "tiers" for c in propose(["货号", "供货价", "100-110", "110-120", "120-130"], sample))
    sizes = [["A1", "1.5", "36:10;37:5"], ["A2", "2", "36:8;37:5"]]
    assert all(c.field != "tiers" for c in propose(["货号", "供货价", "尺码库存"], sizes))


def test_goods_by_weight_count_tiers_in_their_steps_and_come_back_the_same(tmp_path: Path) -> None:
    rows = [("货号", "品名", "单位", "供货价", "阶梯价"), ("A1", "枣", "kg", 6, "10kg以上: 5.2; 100kg以上: 4.8")]
    [goods] = examine(text(tmp_path / "a.csv", rows)).plan.new
    assert goods.tiers == (Tier(10_000, 52_000), Tier(100_000, 48_000))
    write_xlsx([goods], tmp_path / "own.xlsx")
    assert examine(tmp_path / "own.xlsx", existing=known([goods])).plan.unchanged == [2]
    short = [("货号", "阶梯价"), ("A1", "1: 6; 10: 5.2; 100: 4.8")]
    assert examine(text(tmp_path / "b.csv", short), existing=known([goods])).plan.unchanged == [2]
