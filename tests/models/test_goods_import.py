"""From an examined sheet to commands and back: nothing lost, nothing changed twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_desktop.models.goods_cells import cells_of
from s2b_desktop.models.goods_import import (
    Existing,
    all_goods,
    batched,
    commands_for,
    effects,
    settle,
)
from s2b_domain.commands.command import MAX_PAYLOAD, pack
from s2b_domain.commands.goods import MAX_LINES, GoodsLine
from s2b_domain.intake.examination import Examination, examine
from s2b_domain.intake.export import write_xlsx
from s2b_domain.intake.goods import FIELDS, GoodsRow
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.table import GoodsTable
from s2b_domain.records.catalog import Price, Sku
from s2b_domain.rules.blobs import reference
from s2b_domain.rules.pricing import Tier
from tests.domain.books import Books, open_books

HEADER = "货号,SPU编码,商品名称,品牌,分类,规格,条码,单位,供货价,代发价,零售价,重量(g),起批量,库存,上架"


@pytest.fixture
def books() -> Iterator[Books]:
    with open_books() as opened:
        yield opened


def looked_at(books: Books, path: Path, policy: Policy | None = None) -> Examination:
    connection, supplier = books.store.connection, books.hengfeng.organisation_id
    return settle(examine(path, existing=Existing(connection, supplier), policy=policy))


def imported(books: Books, path: Path, policy: Policy | None = None) -> Examination:
    examination = looked_at(books, path, policy)
    for command in commands_for(examination):
        books.do(books.hengfeng, command)
    return examination


def sheet(folder: Path, *rows: str) -> Path:
    path = folder / "goods.csv"
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    return path


ROWS = (
    "001,A,外套,本色,服装,S,6921168509256,件,99.5,,199,450,2,10,是",
    "002,A,外套,本色,服装,M,,件,99.5,105,199,460,,20,否",
    "003,,大米,,粮油,,,kg,5.5,,,,,12.5,是",
)


def test_the_same_sheet_again_changes_nothing(books: Books, tmp_path: Path) -> None:
    path = sheet(tmp_path, *ROWS)
    first = imported(books, path)
    assert (len(first.plan.new), len(first.plan.wrong)) == (3, 0)
    again = looked_at(books, path)
    assert again.plan.unchanged == [2, 3, 4]
    assert commands_for(again) == []


def test_our_own_export_comes_back_without_a_difference(books: Books, tmp_path: Path) -> None:
    imported(books, sheet(tmp_path, *ROWS))
    goods = all_goods(books.store.connection, books.hengfeng.organisation_id)
    assert [row.sku_code for row in goods] == ["001", "002", "003"]
    for english in (False, True):
        write_xlsx(goods, tmp_path / "out.xlsx", english=english)
        assert looked_at(books, tmp_path / "out.xlsx").plan.unchanged == [2, 3, 4]


def test_a_change_sends_only_what_differs(books: Books, tmp_path: Path) -> None:
    imported(books, sheet(tmp_path, *ROWS))
    path = sheet(tmp_path, ROWS[0].replace("99.5", "89.5"), *ROWS[1:])
    [command] = commands_for(looked_at(books, path))
    assert command.lines == (GoodsLine(row=2, code="001", supply_price=895_000),)


def test_prices_by_quantity_go_there_and_back(books: Books, tmp_path: Path) -> None:
    path = tmp_path / "tiers.csv"
    path.write_text("货号,品名,供货价,阶梯价\nA1,杯,6,10-99 ￥5.2 / 100+ ￥4.8\nA2,碗,7,\n", encoding="utf-8")
    imported(books, path)
    tiers = {sku.code: books.store.find(Price, sku_id=sku.id)[0].tiers for sku in books.store.find(Sku)}
    assert tiers == {"A1": (Tier(10, 52_000), Tier(100, 48_000)), "A2": ()}
    assert looked_at(books, path).plan.unchanged == [2, 3]
    write_xlsx(all_goods(books.store.connection, books.hengfeng.organisation_id), tmp_path / "out.xlsx")
    assert looked_at(books, tmp_path / "out.xlsx").plan.unchanged == [2, 3]
    path.write_text("货号,品名,供货价,阶梯价\nA1,杯,6,\nA2,碗,7,20: 6.5\n", encoding="utf-8")
    assert [line.tiers for c in commands_for(looked_at(books, path)) for line in c.lines] == [(Tier(20, 65_000),)]
    imported(books, path, Policy(blank="clear"))
    assert [p.tiers for p in books.store.find(Price)] == [(), (Tier(20, 65_000),)]


def test_a_blank_cell_clears_only_if_the_user_says_so(books: Books, tmp_path: Path) -> None:
    imported(books, sheet(tmp_path, *ROWS))
    path = sheet(tmp_path, ROWS[0], "002,A,外套,,服装,M,,件,99.5,,,,,20,否", ROWS[2])
    assert looked_at(books, path).plan.unchanged == [2, 3, 4]
    imported(books, path, Policy(blank="clear"))
    [sku] = books.store.find(Sku, code="002")
    [price] = books.store.find(Price, sku_id=sku.id)
    assert (sku.retail_price, sku.weight_g, price.dropship_price) == (None, None, None)
    assert price.supply_price == 995_000


def test_what_the_books_refuse_is_wrong_in_the_dry_run_already(books: Books, tmp_path: Path) -> None:
    path = tmp_path / "goods.csv"
    rows = ["货号,品名,供货价,税收分类编码", f"009,箱子,12,{'1' * 60}", "010,盒子,5,1010101"]
    path.write_text("\n".join(rows), encoding="utf-8")
    plan = looked_at(books, path).plan
    assert [(w.row, w.issues[0].field, w.cells[0]) for w in plan.wrong] == [(2, "tax_code", "009")]
    assert [goods.sku_code for goods in plan.new] == ["010"]


def test_a_unit_in_use_is_said_in_its_row(books: Books, tmp_path: Path) -> None:
    imported(books, sheet(tmp_path, *ROWS))
    pieces = [row.replace(",件,", ",kg,") for row in ROWS[:2]]
    plan = looked_at(books, sheet(tmp_path, *pieces, ROWS[2])).plan
    assert [(w.row, w.issues[0].field, w.issues[0].code) for w in plan.wrong] == [
        (2, "unit", "unit_in_use"),
        (3, "unit", "unit_in_use"),
    ]
    imported(books, sheet(tmp_path, ROWS[0].replace(",2,10,", ",2,0,"), *ROWS[1:]))
    plan = looked_at(books, sheet(tmp_path, pieces[0].replace(",2,10,", ",2,0,"), *ROWS[1:])).plan
    assert (plan.wrong, [c.goods.sku_code for c in plan.changed]) == ([], ["001"])


def test_options_that_wait_for_review_are_no_change_again(books: Books, tmp_path: Path) -> None:
    imported(books, sheet(tmp_path, *ROWS))
    books.approve()
    path = sheet(tmp_path, ROWS[0].replace(",S,", ",XL,"), *ROWS[1:])
    examination = imported(books, path)
    found = effects(examination.plan.new, examination.plan.changed)
    assert (found.reviewed, found.at_once) == (1, 0)
    assert looked_at(books, path).plan.unchanged == [2, 3, 4]


def test_a_refused_file_imports_nothing(books: Books, tmp_path: Path) -> None:
    path = sheet(tmp_path, *ROWS, "004,,没有价格,,,,,件,时价,,,,,1,是")
    assert commands_for(looked_at(books, path, Policy(on_error="all"))) == []
    assert sum(len(c.lines) for c in commands_for(looked_at(books, path))) == 3


def test_effects_tell_review_from_what_acts_at_once(books: Books, tmp_path: Path) -> None:
    imported(books, sheet(tmp_path, *ROWS))
    path = sheet(
        tmp_path, ROWS[0].replace("外套", "大衣"), ROWS[1].replace("外套", "大衣").replace("20", "21"), ROWS[2]
    )
    plan = looked_at(books, path).plan
    found = effects(plan.new, plan.changed)
    assert (found.new, found.reviewed, found.at_once) == (0, 2, 1)


def test_effects_tell_pictures_that_are_still_to_come() -> None:
    names = ("https://a/1.jpg", "2.webp", "pics\\2.WEBP", reference("0" * 64), "3.png")
    blank: dict[str, Any] = dict.fromkeys(GoodsRow.__struct_fields__)
    found = effects([GoodsRow(**{**blank, "row": 1, "sku_code": "a", "image_urls": names, "in_use": False})], [])
    assert (found.addresses, found.files) == (1, 2)


@given(st.lists(st.tuples(st.integers(1, 700), st.integers(0, 3_000)), min_size=1, max_size=12))
def test_commands_fit_and_keep_every_line_in_order(groups: list[tuple[int, int]]) -> None:
    products = [
        [
            GoodsLine(row=0, code=f"{number}-{at}", product_key=str(number), description="描" * size)
            for at in range(count)
        ]
        for number, (count, size) in enumerate(groups)
    ]
    commands = list(batched(products))
    assert [line for command in commands for line in command.lines] == [line for lines in products for line in lines]
    assert all(len(pack(command)[1]) <= MAX_PAYLOAD for command in commands)
    for lines in products:
        together = [c for c in commands if any(line.product_key == lines[0].product_key for line in c.lines)]
        small = (
            len(lines) <= MAX_LINES and sum(len(line.description or "") * 3 + 60 for line in lines) < MAX_PAYLOAD // 2
        )
        assert len(together) == 1 or not small


TEXT = st.text("abc中文 0123", min_size=1, max_size=12).map(lambda text: " ".join(text.split())).filter(bool)
PRICE = st.integers(0, 10**9)


@given(
    st.builds(
        GoodsRow,
        row=st.just(2),
        sku_code=st.from_regex(r"[A-Z]{2}[0-9]{1,6}", fullmatch=True),
        product_key=st.just("K1"),
        title=TEXT,
        unit=st.sampled_from(["件", "kg"]),
        specs=st.none() | st.fixed_dictionaries({"颜色": TEXT}),
        supply_price=PRICE,
        retail_price=st.none() | PRICE,
        dropship_allowed=st.none() | st.booleans(),
        weight_g=st.none() | st.integers(0, 10**6),
        stock_qty=st.none() | st.integers(0, 10**6),
        min_qty=st.none() | st.integers(1, 10**5),
        tax_rate_bp=st.none() | st.sampled_from([0, 300, 600, 900, 1300]),
    )
)
def test_goods_written_as_cells_read_as_the_same_goods(goods: GoodsRow) -> None:
    fields = [f for f in FIELDS if f not in ("specs", "parameters", "description", "image_urls", "barcodes")]
    columns = [ColumnMap(at, field, field, unit="g" if field == "weight_g" else "") for at, field in enumerate(fields)]
    columns.append(ColumnMap(len(columns), "颜色", "specs", "颜色"))
    table = GoodsTable(columns, Policy())
    [again], issues = table.build([[cell] for cell in cells_of(goods, columns)], [2])
    assert [i for i in issues if i.level == "error"] == []
    assert [getattr(again, f) for f in (*fields, "specs")] == [getattr(goods, f) for f in (*fields, "specs")]
