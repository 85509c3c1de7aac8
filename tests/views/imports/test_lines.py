"""Editing a dry run gives what the dry run of the edited sheet would give, and every edit can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from s2b_desktop.models.goods_import import settle
from s2b_desktop.views.imports.lines import DryRun, Kind, Line
from s2b_desktop.views.imports.rows import Preview
from s2b_domain.intake.diff import Planner, known
from s2b_domain.intake.examination import Examination, examine
from s2b_domain.intake.goods import GoodsRow
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.table import GoodsTable
from s2b_domain.intake.trace import Trace

COLUMNS = tuple(
    ColumnMap(at, label, field)
    for at, (label, field) in enumerate(
        [("货号", "sku_code"), ("品名", "title"), ("单价", "supply_price"), ("库存", "stock_qty")]
    )
)
THERE = known(
    [
        GoodsRow(0, "A", "A", "水", supply_price=10_000, stock_qty=5, unit="件"),
        GoodsRow(0, "K", "K", "米", supply_price=50_000, stock_qty=2_000, unit="kg", in_use=True),
    ]
)
CELLS = {
    0: st.sampled_from(["A", "B", "C", "K", " A ", ""]),
    1: st.sampled_from(["水", "茶", "", "米"]),
    2: st.sampled_from(["1", "￥2元", "时价", "", "5"]),
    3: st.sampled_from(["5", "2", "很多", "", "1,200"]),
}
ROWS = st.lists(st.tuples(*CELLS.values()).map(list), min_size=1, max_size=6)
EDIT = st.tuples(st.integers(0, 5), st.integers(0, 3)).flatmap(lambda at: CELLS[at[1]].map(lambda text: (at, text)))


def dry_run(rows: Sequence[Sequence[str]], policy: Policy) -> DryRun:
    """The dry run of a sheet whose first row of goods is row 2."""
    table = GoodsTable(COLUMNS, policy)
    numbers = [at + 2 for at in range(len(rows))]
    goods, issues = table.build(list(zip(*rows, strict=True)), numbers)
    planner = Planner(THERE, policy, table.fields)
    planner.label_columns({c.field: c.label for c in COLUMNS})
    planner.add(goods, issues, lambda at: tuple(rows[at]))
    examination = Examination(
        file="a.csv",
        kind="text",
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
        traces=tuple(table.traces.kept),
    )
    return DryRun(settle(examination), [row.sku_code for row in goods], THERE)


def told(run: DryRun) -> list[tuple[object, ...]]:
    """Everything that is said of each line, but how its goods were written."""
    found: list[tuple[object, ...]] = []
    for line in run.lines:
        issues = getattr(line.body, "issues", ())
        fields = getattr(line.body, "fields", ())
        codes = [(i.row, i.field, i.code, i.params.get("other")) for i in issues]
        warned = [(i.row, i.field, i.code) for i in run.warnings_of(line)]
        found.append((line.number, line.kind, line.code, codes, fields, warned))
    return found


@given(
    ROWS, st.lists(st.lists(EDIT, min_size=1, max_size=4), min_size=1, max_size=4), st.sampled_from(["both", "update"])
)
@example([["A", "水", "1", "5"], ["B", "水", "1", "2"]], [[((0, 0), "B")], [((1, 0), "A")]], "update")
@settings(max_examples=80, deadline=None)
def test_an_edited_dry_run_is_that_of_the_edited_sheet(
    rows: list[list[str]], steps: list[list[tuple[tuple[int, int], str]]], mode: str
) -> None:
    policy = Policy(mode=mode)  # type: ignore[arg-type]
    run, sheet = dry_run(rows, policy), [list(row) for row in rows]
    seen: list[list[Line]] = []
    as_there: set[int] = set()
    """Rows that show what is there since they once said nothing else."""
    for step in steps:
        texts = {
            (key, column): text for (key, column), text in step if key < len(rows) and run.cells([key])[0] is not None
        }
        seen.append(list(run.lines))
        as_there |= {key for key in range(len(rows)) if run.lines[key].kind is Kind.UNCHANGED}
        for key in as_there.intersection(key for key, _ in texts):
            sheet[key] = [str(cell) for cell in run.cells([key])[0] or ()]  # what is shown is what is edited
        for (key, column), text in texts.items():
            sheet[key][column] = text
        if not run.edit(texts):
            seen.pop()
    fresh = dry_run(sheet, policy)
    assert [row[:2] for row in told(run)] == [row[:2] for row in told(fresh)]
    if mode == "both":
        assert told(run) == told(fresh)
    assert run.counts == fresh.counts
    last = list(run.lines)
    for before in reversed(seen):
        run.undo()
        assert run.lines == before
    assert not run.undoable
    assert not run.edits
    while run.redoable:
        run.redo()
    assert run.lines == last


def test_a_row_with_several_skus_keeps_the_others_when_one_is_edited(tmp_path: Path) -> None:
    labels = "title\tcid\tseller_cids\tprice\tnum\touter_id\tskuProps\tpropAlias"
    row = "T恤\t1\t2\t10\t9\tTX\t10:4:TX-R:1627207:1;12:5:TX-B:1627207:2;时价:1:TX-G:1627207:3;\t"
    path = tmp_path / "taobao.csv"
    path.write_text(f"version 1.00\n{labels}\n{row}\n", encoding="utf-16")
    asked: list[str] = []

    def existing(codes: Sequence[str]) -> dict[str, GoodsRow]:
        asked.extend(codes)
        return {}

    found = examine(path, existing=existing)
    preview = Preview(settle(found), asked, lambda _codes: {})
    assert [line.number for line in preview.run.lines] == [3] * len(preview.run.lines)
    codes = [line.code for line in preview.run.lines]
    assert codes[:2] == ["TX-R", "TX-B"]
    price = next(at for at, c in enumerate(preview.columns) if c.field == "supply_price")
    preview.edit(0, price, "11.5")
    accepted = {goods.sku_code: goods for goods in preview.examination.accepted[0]}
    assert {code: accepted[code].supply_price for code in ("TX-R", "TX-B")} == {"TX-R": 115_000, "TX-B": 120_000}
    assert accepted["TX-R"].specs == {"颜色分类": "1627207:1"}
    again = Preview(settle(found), codes, lambda _codes: {})
    again.run.edit_again(preview.run.edits_by_row())
    assert again.run.lines == preview.run.lines


@pytest.mark.parametrize(("zeros", "code"), [("ask", ""), ("repair", "000077"), ("keep", "77")])
def test_a_number_that_lost_its_zeros_is_told_also_after_another_cell_of_its_row_was_mended(
    tmp_path: Path, zeros: Literal["ask", "repair", "keep"], code: str
) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["货号", "品名", "单价"])
    for n in range(1_000, 1_005):
        sheet.append([f"{n:06}", "茶", 2])
    sheet.append([77, "水", "时价"])
    workbook.save(tmp_path / "goods.xlsx")
    found = examine(tmp_path / "goods.xlsx", policy=Policy(leading_zeros=zeros))
    run = DryRun(settle(found), [*(f"{n:06}" for n in range(1_000, 1_005)), ""], lambda _codes: {})
    run.edit({(5, 2): "3"})
    assert (run.lines[5].kind, run.lines[5].code) == (Kind.NEW if code else Kind.WRONG, code)
    run.edit({(5, 0): "77"})
    assert (run.lines[5].kind, run.lines[5].code) == (Kind.NEW, "77"), "as the user typed it"


def test_what_belongs_to_a_product_is_edited_in_all_its_rows_and_taken_back(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["款号", "SKU编码", "品名", "单价", "颜色"])
    for code, title, price in (("A1", "衬衫", "10"), ("A2", "衬衫", "10"), ("A3", "老衬衫", "时价"), ("A4", "水", "9")):
        sheet.append(["K1" if code != "A4" else "K2", code, title, price, "红"])
    workbook.save(tmp_path / "goods.xlsx")
    run = DryRun(settle(examine(tmp_path / "goods.xlsx")), ["A1", "A2", "A3", "A4"], lambda _codes: {})
    before = list(run.lines)

    def titles() -> dict[str, str | None]:
        return {line.code: line.body.title for line in run.lines if isinstance(line.body, GoodsRow)}

    run.edit({(0, 2): "新衬衫"})
    assert titles() == {"A1": "新衬衫", "A2": "新衬衫", "A4": "水"}
    run.edit({(2, 3): "8"})
    assert titles() == {"A1": "新衬衫", "A2": "新衬衫", "A3": "新衬衫", "A4": "水"}
    assert [issue.code for issue in run.warnings_of(run.lines[2])] == ["differs_in_product"]
    run.edit({(2, 2): "衬衣"})
    assert titles() == {"A1": "衬衣", "A2": "衬衣", "A3": "衬衣", "A4": "水"}
    for _ in range(3):
        run.undo()
    assert run.lines == before
    run.edit({(2, 2): "衬衣", (2, 3): "8"})
    assert titles() == {"A1": "衬衣", "A2": "衬衣", "A3": "衬衣", "A4": "水"}


def test_what_cleaning_did_is_told_and_follows_the_edits() -> None:
    run = dry_run([["X", " tea", "￥2元", "5"]], Policy())
    assert [trace.field for trace in run.traces_of(run.lines[0])] == ["title", "supply_price"]
    run.edit({(0, 2): "3元"})
    [traced] = [t for t in run.traces_of(run.lines[0]) if t.field == "supply_price"]
    assert isinstance(traced, Trace)
    assert (traced.before, traced.after, traced.why) == ("3元", 30_000, ("currency",))
    assert [trace.field for trace in run.traces_of(run.lines[0])] == ["title", "supply_price"]
    run.edit({(0, 2): "3"})
    assert [t for t in run.traces_of(run.lines[0]) if t.field == "supply_price"] == []


def test_a_change_of_goods_by_weight_is_edited_in_their_unit() -> None:
    run = dry_run([["K", "米", "5", "3"]], Policy())
    assert run.counts[Kind.CHANGED] == 1
    run.edit({(0, 1): "大米"})
    [change] = run.examination.plan.changed
    assert {f.field: f.new for f in change.fields} == {"title": "大米", "stock_qty": 3_000}


def test_replacing_ignores_case_and_leaves_the_rest() -> None:
    run = dry_run([["X", "Tea TEA", "2", "5"], ["Y", "水", "2", "5"]], Policy())
    preview = Preview(run.examination, ["X", "Y"], THERE)
    found = preview.replacements([0, 1], "tea", "茶", None, lambda: False)
    assert found == {(0, 1): "茶 茶"}
    assert msgspec.structs.asdict(preview.run.prepare(found))["texts_after"] == {0: {1: "茶 茶"}}
