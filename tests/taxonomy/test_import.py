"""Taxonomies from elsewhere: read, compared, imported in bounded commands, and no difference when imported again."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2b_domain.commands.categories import AttributeEntry, CategoryEntry, SaveAttributes, SaveCategories
from s2b_domain.commands.command import MAX_PAYLOAD, pack
from s2b_domain.records.catalog import Attribute, Category
from s2b_domain.rules.attributes import AttributeType, Filter, Option, Use, effective
from s2b_domain.rules.stock import Tracking
from s2b_domain.taxonomy import sheet, shopify
from s2b_domain.taxonomy.draft import Draft, TaxonomyError
from s2b_domain.taxonomy.plan import Plan, compare
from tests.conftest import ROOT, SHARED_DATA
from tests.domain.books import Books, open_books

REAL = SHARED_DATA / "taxonomy" / "shopify"

FILES = {
    "categories/a.yml": """---
- id: a
  name: Food
  children: [a-1, a-2]
  attributes: [color, diet]
- id: a-1
  name: Sweet/Savory
  children: []
  attributes: [diet, roast]
- id: a-2
  name: Tea
  children: []
  attributes: [color, diet]
""",
    "attributes.yml": """---
base_attributes:
- id: 1
  name: Color
  description: Its colour
  friendly_id: color
  handle: color
  values: [color__red, color__blue]
- id: 2
  name: Diet
  description: For whom
  friendly_id: diet
  handle: diet
  values: [diet__vegan]
extended_attributes:
- name: Roast colour
  handle: roast
  description: How dark
  friendly_id: roast
  values_from: color
""",
    "values.yml": """---
- id: 1
  name: Red
  friendly_id: color__red
- id: 2
  name: Blue
  friendly_id: color__blue
- id: 3
  name: Vegan
  friendly_id: diet__vegan
""",
    "localizations/categories/zh-CN.yml": """---
zh-CN:
  categories:
    a:
      name: 食品
      context: Food
    a-1:
      name: 甜/咸
      context: Food > Sweet
        and folded
""",
    "localizations/values/zh-CN.yml": """---
zh-CN:
  values:
    color__red:
      name: 红色
      context: Color
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return tmp_path


def tree(books: Books) -> tuple[list[Category], list[Attribute]]:
    return books.store.find(Category), books.store.find(Attribute)


def carry_out(books: Books, draft: Draft) -> Plan:
    plan = compare(draft, *tree(books))
    for message in plan.commands():
        books.do(books.admin, message)
    return plan


def test_shopifys_format_is_read_with_inheritance(books: Books, folder: Path) -> None:
    plan = carry_out(books, shopify.read(folder))
    assert (len(plan.new), len(plan.attributes_new)) == (3, 3)
    nodes = {c.name_en: c for c in books.store.find(Category)}
    attributes = {a.id: a for a in books.store.find(Attribute)}
    food, sweet, tea = nodes["Food"], nodes["Sweet/Savory"], nodes["Tea"]
    assert (food.name_zh, sweet.name_zh, tea.name_zh) == ("食品", "甜/咸", "Tea")
    assert not tea.attributes
    assert len(sweet.without) == 1
    held = [attributes[e.use.attribute_id] for e in effective([food, sweet])]
    assert [(a.name_en, a.options[0]) for a in held] == [
        ("Diet", Option("Vegan", "Vegan")),
        ("Roast colour", Option("红色", "Red")),
    ]


def test_importing_again_changes_nothing_and_keeps_what_people_set(books: Books, folder: Path) -> None:
    carry_out(books, shopify.read(folder))
    food = next(c for c in books.store.find(Category) if c.name_en == "Food")
    mine = books.id()
    entry = CategoryEntry(
        id=food.id,
        parent_id="",
        name_zh=food.name_zh,
        name_en=food.name_en,
        attributes=(*(u.__class__(u.attribute_id, True, False, Filter.RANGE) for u in food.attributes), Use(mine)),
        papers=("食品经营许可证",),
        tracking=Tracking.EXPIRY,
    )
    own = AttributeEntry(id=mine, name_zh="产地", name_en="Origin")
    books.do(books.admin, SaveAttributes(entries=(own,)))
    books.do(books.admin, SaveCategories(entries=(entry,)))
    plan = compare(shopify.read(folder), *tree(books))
    assert plan.empty
    assert (plan.unchanged, plan.attributes_unchanged) == (3, 3)


def test_renamed_and_moved_nodes_are_told_apart(books: Books, folder: Path) -> None:
    carry_out(books, shopify.read(folder))
    file = folder / "data/categories/a.yml"
    text = file.read_text("utf-8").replace("[a-1, a-2]", "[a-1]").replace("name: Tea", "name: Teas")
    text = text.replace("name: Sweet/Savory\n  children: []", "name: Sweet/Savory\n  children: [a-2]")
    file.write_text(text.replace("name: Food", "name: Foods"), "utf-8")
    plan = carry_out(books, shopify.read(folder))
    assert [new.name_en for _, new in plan.changed] == ["Foods"]
    assert [(old.name_en, new.name_en) for old, new in plan.moved] == [("Tea", "Teas")]
    assert compare(shopify.read(folder), *tree(books)).empty


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("categories/a.yml", "- id: a\n  children: [a]\n"),
        ("categories/a.yml", "- id: a\n- id: b\n  children: [a]\n- id: c\n  children: [a]\n"),
        ("categories/a.yml", "[" * 200_000),
        ("categories/a.yml", "just text"),
        ("categories/a.yml", "a: &a [*a, *a]\nb: [*a, *a]"),
        ("attributes.yml", "[]"),
        ("attributes.yml", "base_attributes:\n- name: x\n"),
        ("localizations/values/zh-CN.yml", "zh-CN: 3"),
        ("values.yml", "\x00\x01"),
    ],
)
def test_damaged_files_are_refused(folder: Path, name: str, text: str) -> None:
    (folder / "data" / name).write_text(text, "utf-8")
    with pytest.raises(TaxonomyError):
        shopify.read(folder)


SHEET = [
    ["给管理员：请勿删除表头"],
    ["分类路径", "英文路径", "属性", "属性英文名", "类型", "单位", "必填", "规格", "筛选", "可选值", "批次管理"],
    [
        "食品 > 甜/咸",
        "Food > Sweet/Savory",
        "口味",
        "Taste",
        "单选",
        "",
        "是",
        "是",
        "关键字",
        "甜|Sweet; 咸|Salty",
        "",
    ],
    ["食品 > 甜/咸", "Food > Sweet/Savory", "净含量", "Net weight", "数字", "g", "否", "否", "区间", "", "有效期"],
    ["食品 > 茶", "Food > Tea", "", "", "", "", "", "", "", "", ""],
]


def test_a_sheet_is_read_and_written(books: Books, tmp_path: Path) -> None:
    carry_out(books, sheet.from_rows(SHEET, *tree(books)))
    nodes = {c.name_en: c for c in books.store.find(Category)}
    assert nodes["Sweet/Savory"].parent_id == nodes["Food"].id
    assert nodes["Sweet/Savory"].tracking is Tracking.EXPIRY
    [taste, weight] = sorted(books.store.find(Attribute), key=lambda a: a.name_en, reverse=True)
    assert (taste.type, taste.options) == (AttributeType.ENUM, (Option("甜", "Sweet"), Option("咸", "Salty")))
    assert (weight.type, weight.unit) == (AttributeType.NUMBER, "g")
    uses = {u.attribute_id: u for u in nodes["Sweet/Savory"].attributes}
    assert uses[taste.id] == Use(taste.id, True, True, Filter.KEYWORD)
    assert compare(sheet.from_rows(SHEET, *tree(books)), *tree(books)).empty
    path = tmp_path / "tree.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(sheet.rows_of(*tree(books)))
    assert compare(sheet.read(path, *tree(books)), *tree(books)).empty
    text = path.read_text("utf-8-sig").replace("食品 > 茶,Food > Tea", "茶叶,Tea leaves")
    path.write_text(text, "utf-8-sig")
    plan = compare(sheet.read(path, *tree(books)), *tree(books))
    assert [(old.name_zh, new.name_zh, new.parent_id) for old, new in plan.moved] == [("茶", "茶叶", "")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["", "", "x"], "taxonomy_no_path"),
        (["a > b", "a", ""], "taxonomy_levels"),
        (["a", "a", "颜色", "Colour", "颜色?"], "taxonomy_cell"),
        (["a", "a", "口味", "Taste", "文本", "", "vielleicht"], "taxonomy_cell"),
    ],
)
def test_wrong_rows_are_named(row: list[str], code: str) -> None:
    with pytest.raises(TaxonomyError) as refused:
        sheet.from_rows([*SHEET, row], [], [])
    assert (refused.value.code, refused.value.params["row"]) == (code, len(SHEET) + 1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            "一级分类,二级分类,三级类目名称;宠物,猫,猫粮;,,猫砂;,狗,;鱼,,",
            "宠物 宠物>猫 宠物>猫>猫粮 宠物>猫>猫砂 宠物>狗 鱼",
        ),
        ("Level 2,Level 1;Cats,Pets;Dogs,Pets", "Pets Pets>Cats Pets>Dogs"),
        ("分类路径;宠物/猫/猫粮;宠物/猫/猫砂", "宠物 宠物>猫 宠物>猫>猫粮 宠物>猫>猫砂"),
        ("类目;宠物 / 猫;宠物 / 狗/犬", "宠物 宠物>猫 宠物>狗/犬"),
        ("Category;Pets|Cats;Pets", "Pets Pets>Cats"),
        ("分类;饮食/烟酒;五金/硬件", "饮食/烟酒 五金/硬件"),
        ("分类;食品 > 饮食/烟酒;食品 > 饮食/酒", "食品 食品>饮食/烟酒 食品>饮食/酒"),
    ],
)
def test_other_peoples_sheets_are_understood(rows: str, expected: str) -> None:
    draft = sheet.from_rows([row.split(",") for row in rows.split(";")], [], [])
    known = {c.id: c for c in draft.categories}

    def path(entry: CategoryEntry) -> str:
        above = known.get(entry.parent_id)
        return f"{path(above)}>{entry.name_zh}" if above else entry.name_zh

    assert [path(c) for c in draft.categories] == expected.split(" ")


def test_a_wrong_cell_is_told_by_its_heading_and_what_would_be_possible() -> None:
    with pytest.raises(TaxonomyError) as told:
        sheet.from_rows([["分类路径", "属性", "类型"], ["宠物", "口味", "图片"]], [], [])
    assert told.value.params["column"] == "类型"
    assert "单选" in str(told.value.params["possible"])
    assert "enum" not in str(told.value.params["possible"])
    with pytest.raises(TaxonomyError, match="taxonomy_id") as told:
        sheet.from_rows([["分类路径", "分类ID"], ["宠物", "1001"]], [], [])
    assert (told.value.params["column"], told.value.params["value"]) == ("分类ID", "1001")


def test_a_list_of_values_is_read_as_people_write_it() -> None:
    draft = sheet.from_rows(
        [
            ["分类路径", "属性", "可选值"],
            ["宠物", "口味", "鱼、鸡肉，牛肉"],
            ["鱼", "色", "红、橙|Red, orange; 蓝|Blue"],
        ],
        [],
        [],
    )
    assert [[o.zh for o in a.options] for a in draft.attributes] == [["鱼", "鸡肉", "牛肉"], ["红、橙", "蓝"]]


@pytest.mark.parametrize("chosen", ["", "around", "around/taxonomy/data", "around/taxonomy/data/categories"])
def test_a_folder_beside_the_right_one_will_do(folder: Path, chosen: str) -> None:
    data = folder / "around" / "taxonomy" / "data"
    if chosen:
        data.parent.mkdir(parents=True)
        (folder / "data").rename(data)
    assert shopify.read(folder / chosen).categories


def test_a_sheet_without_paths_is_no_taxonomy() -> None:
    with pytest.raises(TaxonomyError, match="taxonomy_unknown"):
        sheet.from_rows([["名称", "价格"], ["水", "1"]], [], [])


_name = st.text(
    st.characters(codec="utf-8", exclude_characters=">›＞\x00", categories=["L", "N", "P", "Zs"]), min_size=1
)
_names = _name.map(lambda s: " ".join(s.split())[:200]).filter(bool)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(_names, min_size=1, max_size=4), max_size=12))
def test_any_tree_comes_back_from_its_own_sheet(paths: list[list[str]]) -> None:
    with open_books() as books:
        rows = [["path_zh"], *([" > ".join(path)] for path in paths)]
        carry_out(books, sheet.from_rows(rows, [], []))
        written = list(sheet.rows_of(*tree(books)))
        assert compare(sheet.from_rows(written, *tree(books)), *tree(books)).empty
        assert compare(sheet.from_rows(rows, *tree(books)), *tree(books)).empty


@pytest.mark.skipif(not REAL.is_dir(), reason="needs the shared data")
@pytest.mark.skipif(os.environ.get("S2B_TAXONOMY") != "all", reason="ten seconds: on demand with S2B_TAXONOMY=all")
def test_the_real_one_fits_into_bounded_commands() -> None:
    draft = shopify.read(REAL)
    plan = compare(draft, [], [])
    assert (len(plan.new), len(plan.attributes_new)) == (10_595, 2_299)
    assert sum(len(c.attributes) for c in draft.categories) < 10_000
    assert all(len(pack(message)[1]) < MAX_PAYLOAD for message in plan.commands())
    assert len(plan.commands()) < 20


def test_the_document_names_every_column() -> None:
    text = (ROOT / "docs" / "taxonomy.md").read_text("utf-8")
    told = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \| [^|]", text, re.MULTILINE)
    assert told[1:] == list(sheet.COLUMNS.values())
