"""What the dry run says of each row is what the hub decides, at the same version of the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2b_desktop.models.goods_import import change_line, commands_for, goods_by_code, line_of, settle
from s2b_domain.commands.goods import ImportGoods
from s2b_domain.errors import Refused
from s2b_domain.intake.diff import CHANGED, NEW, UNCHANGED, WRONG, Planner
from s2b_domain.intake.examination import Examination
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.table import GoodsTable
from tests.domain.books import Books, open_books, water
from tests.domain.straight import check_books

FIELDS = ("sku_code", "title", "supply_price", "stock_qty", "unit", "retail_price", "order_step")
COLUMNS = tuple(ColumnMap(at, field, field) for at, field in enumerate(FIELDS))
CELLS = (
    st.sampled_from(["A", "B", "C", "D", "", "x" * 101]),
    st.sampled_from(["水", "茶", "", "长" * 501]),
    st.sampled_from(["1.25", "￥2", "时价", "", "99999999999"]),
    st.sampled_from(["", "0", "7", "很多", "2.5"]),
    st.sampled_from(["", "件", "kg"]),
    st.sampled_from(["", "3", "-1"]),
    st.sampled_from(["", "2", "0"]),
)
ROWS = st.lists(st.tuples(*CELLS), min_size=1, max_size=7)


@pytest.fixture
def fresh() -> Iterator[Books]:
    with open_books() as opened:
        yield opened


def dry_run(books: Books, rows: Sequence[tuple[str, ...]], policy: Policy) -> Examination:
    """What an import of these rows would do now."""
    table = GoodsTable(COLUMNS, policy)
    numbers = list(range(2, len(rows) + 2))
    goods, issues = table.build(list(zip(*rows, strict=True)), numbers)
    supplier = books.hengfeng.organisation_id
    planner = Planner(lambda codes: goods_by_code(books.store.connection, supplier, list(codes)), policy, table.fields)
    planner.add(goods, issues, lambda at: rows[at])
    examination = Examination(
        file="",
        kind="",
        encoding="",
        delimiter="",
        dialect="generic",
        sheet="",
        sheets=(),
        header_row=1,
        header_rows=1,
        layout="",
        columns=COLUMNS,
        policy=policy,
        plan=planner.plan,
        aside=(),
        notes=(),
    )
    return settle(examination)


@given(ROWS, st.sampled_from(["both", "create", "update"]), st.sampled_from(["leave", "clear"]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_each_row_is_decided_as_the_dry_run_said(
    rows: list[tuple[str, ...]], mode: str, blank: str, live: bool
) -> None:
    policy = Policy(mode=mode, blank=blank)  # type: ignore[arg-type]
    with open_books() as books:
        first = ImportGoods(lines=(water("A"), water("B", row=3, stock=0, unit="kg", decimals=3)))
        books.do(books.hengfeng, first)
        if live:
            books.approve()
        said = dry_run(books, rows, policy)
        before = bytes(said.plan.order)
        assert len(before) == said.plan.rows == len(rows)
        result = [books.do(books.hengfeng, command) for command in commands_for(said)]
        assert sum(int(r["created"]) for r in result) == len(said.plan.new)
        assert sum(int(r["lines"]) for r in result) == len(said.plan.new) + len(said.plan.changed)
        check_books(books)
        after = bytes(dry_run(books, rows, Policy(mode="both", blank=policy.blank)).plan.order)
        codes = [row[0] for row in rows]
        for code, was, now in zip(codes, before, after, strict=True):
            if codes.count(code) > 1:
                continue  # what another row did may make an earlier one right, and this its double
            if was in (NEW, CHANGED):
                assert now == UNCHANGED, "it was carried out, in full"
            elif was == UNCHANGED:
                assert now == UNCHANGED


def test_what_the_dry_run_calls_out_of_range_the_hub_refuses(fresh: Books) -> None:
    books = fresh
    rows = [("Y", "长" * 501, "1", "", "", "", ""), ("x" * 101, "茶", "1", "", "", "", "")]
    table = GoodsTable(COLUMNS, Policy())
    goods, _ = table.build(list(zip(*rows, strict=True)), [2, 3])
    assert bytes(dry_run(books, rows, Policy()).plan.order) == bytes([WRONG, WRONG])
    for row in goods:
        with pytest.raises(Refused):
            books.do(books.hengfeng, ImportGoods(lines=(line_of(row),)))


def test_a_unit_of_goods_in_use_is_wrong_here_and_there(fresh: Books) -> None:
    books = fresh
    books.do(books.hengfeng, ImportGoods(lines=(water("A"),)))
    rows = [("A", "", "", "", "kg", "", "")]
    said = dry_run(books, rows, Policy())
    assert bytes(said.plan.order) == bytes([WRONG])
    books.do(books.hengfeng, ImportGoods(lines=(water("A", stock=0),)))
    [change] = dry_run(books, rows, Policy()).plan.changed
    books.do(books.hengfeng, ImportGoods(lines=(water("A", stock=1),)))
    with pytest.raises(Refused, match="unit_in_use"):
        books.do(books.hengfeng, ImportGoods(lines=(change_line(change),)))
