"""The tree of categories: what is asked where, where goods go, and what suppliers' own names lead to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.commands.categories import (
    ArrangeCategories,
    AttributeEntry,
    CategoryEntry,
    ChooseCategories,
    MoveGoods,
    RestoreCategory,
    RetireCategory,
    SaveAttributes,
    SaveCategories,
    split_path,
)
from s2b_domain.commands.goods import ImportGoods, ReviewGoods
from s2b_domain.errors import Refused
from s2b_domain.records.audit import Audit
from s2b_domain.records.catalog import Attribute, Category, CategoryChoice, Product
from s2b_domain.rules.attributes import (
    AttributeType,
    Field,
    Option,
    Schema,
    Use,
    effective,
    papers_asked,
)
from tests.domain.books import Books, water


def plant(books: Books, *paths: str) -> dict[str, str]:
    """Categories by path such as "食品>饮料/水"; their ids."""
    ids: dict[str, str] = {}
    entries = []
    for path in paths:
        parent = ""
        for depth in range(1, path.count(">") + 2):
            prefix = ">".join(path.split(">")[:depth])
            if prefix not in ids:
                ids[prefix] = books.id()
                name = prefix.rpartition(">")[2]
                entries.append(CategoryEntry(id=ids[prefix], parent_id=parent, name_zh=name, name_en=f"{name} en"))
            parent = ids[prefix]
    books.do(books.admin, SaveCategories(entries=tuple(entries)))
    return ids


def category_of(books: Books, code: str) -> str:
    products = {p.id: p for p in books.store.find(Product)}
    return next(products[s.product_id].category_id for s in books.skus() if s.code == code)


def category(id_: str, parent: str = "", **fields: object) -> Category:
    return Category(id=id_, parent_id=parent, name_zh=id_, name_en=id_, **fields)  # type: ignore[arg-type]


def test_children_inherit_and_may_differ() -> None:
    top = category("top", attributes=(Use("colour", True), Use("power")), papers=("质检报告",))
    middle = category("middle", "top", without=("power",), attributes=(Use("size"),), papers=("质检报告", "授权"))
    leaf = category("leaf", "middle", attributes=(Use("colour", False, True),))
    held = {e.use.attribute_id: (e.use.required, e.from_id) for e in effective([top, middle, leaf])}
    assert held == {"colour": (False, "leaf"), "size": (False, "middle")}
    assert papers_asked([top, middle, leaf]) == ("质检报告", "授权")


_uses = st.lists(st.sampled_from("abcde"), unique=True).map(lambda ids: tuple(Use(i) for i in ids))
_without = st.lists(st.sampled_from("abcde"), unique=True).map(tuple)


@given(st.lists(st.tuples(_uses, _without), max_size=6))
def test_what_holds_is_what_the_deepest_said(levels: list[tuple[tuple[Use, ...], tuple[str, ...]]]) -> None:
    path = [category(str(n), attributes=uses, without=without) for n, (uses, without) in enumerate(levels)]
    held = {e.use.attribute_id: e.from_id for e in effective(path)}
    for id_ in "abcde":
        said = ""
        for node in path:
            if id_ in [u.attribute_id for u in node.attributes]:
                said = node.id
            elif id_ in node.without:
                said = ""
        assert held.get(id_, "") == said


COLOUR = Field(
    id="c",
    name_zh="颜色",
    name_en="Colour",
    type=AttributeType.MULTI_ENUM,
    options=(Option("红色", "Red"), Option("天蓝色", "Sky blue"), Option("蓝色", "Blue")),
    strict=True,
    required=True,
)
WEIGHT = Field(id="w", name_zh="功率", name_en="Power", type=AttributeType.NUMBER, unit="W")
MADE = Field(id="d", name_zh="生产日期", name_en="Made on", type=AttributeType.DATE)
ORGANIC = Field(id="o", name_zh="有机", name_en="Organic", type=AttributeType.BOOLEAN)


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"颜色": "红色"}, []),
        ({"colour": "RED; sky  blue", "Power": "1,200 W"}, []),
        ({}, [("missing", "", "")]),
        ({"颜色": "大红色"}, [("unknown", "大红色", "红色")]),
        ({"颜色": "红色、蓝"}, [("unknown", "蓝", "蓝色")]),
        ({"颜色": "红色", "功率": "很大"}, [("number", "很大", "")]),
        ({"颜色": "红色", "生产日期": "去年", "有机": "也许"}, [("date", "去年", ""), ("boolean", "也许", "")]),
        ({"颜色": "红色", "生产日期": "2026-01-31", "有机": "是", "别的": "随便"}, []),
    ],
)
def test_values_are_held_against_the_schema(parameters: dict[str, str], found: list[tuple[str, str, str]]) -> None:
    schema = Schema([COLOUR, WEIGHT, MADE, ORGANIC])
    assert [(m.code, m.value, m.nearest) for m in schema.misfits(parameters, {})] == found


def test_new_goods_must_fit_their_category(books: Books) -> None:
    ids = plant(books, "饮料>水")
    colour = AttributeEntry(
        id=books.id(),
        name_zh="包装",
        name_en="Package",
        type=AttributeType.ENUM,
        options=(Option("瓶", "Bottle"),),
        strict=True,
    )
    books.do(books.admin, SaveAttributes(entries=(colour,)))
    top = CategoryEntry(
        id=ids["饮料"], parent_id="", name_zh="饮料", name_en="饮料 en", attributes=(Use(colour.id, True, True),)
    )
    books.do(books.admin, SaveCategories(entries=(top,)))
    for specs in ({}, {"包装": "罐"}):
        with pytest.raises(Refused, match="row_wrong") as refused:
            books.do(books.hengfeng, ImportGoods(lines=(water("1", category="饮料/水", specs=specs),)))
        assert refused.value.params == {"row": 2, "field": "specs"}
    books.do(books.hengfeng, ImportGoods(lines=(water("1", category="饮料/水", specs={"Package": "瓶"}),)))
    books.do(books.hengfeng, ImportGoods(lines=(water("1", category="饮料/水", specs={"包装": "罐"}),)))


def test_an_open_list_is_only_a_proposal() -> None:
    loose = Schema([Field(id="c", name_zh="颜色", name_en="Colour", type=AttributeType.ENUM, options=COLOUR.options)])
    [misfit] = loose.misfits({}, {"颜色": "彩虹"})
    assert not misfit.wrong
    assert misfit.nearest == ""


def test_attributes_are_shared_and_must_exist(books: Books) -> None:
    id_ = books.id()
    entry = CategoryEntry(id=books.id(), parent_id="", name_zh="水", name_en="", attributes=(Use(id_, True),))
    with pytest.raises(Refused, match="not_found"):
        books.do(books.admin, SaveCategories(entries=(entry,)))
    attribute = AttributeEntry(
        id=id_, name_zh="容量", name_en="Volume", type=AttributeType.NUMBER, unit="ml", hint_en="Net"
    )
    books.do(books.admin, SaveAttributes(entries=(attribute,)))
    books.do(books.admin, SaveCategories(entries=(entry,)))
    assert books.store.get(Attribute, id_).unit == "ml"  # type: ignore[union-attr]
    [node] = books.store.find(Category)
    assert node.attributes == (Use(id_, True),)
    assert node.name_en == "水"


def test_saving_the_same_again_changes_and_notes_nothing(books: Books) -> None:
    entry = CategoryEntry(id=books.id(), parent_id="", name_zh="水", name_en="Water")
    for _ in range(2):
        books.do(books.admin, SaveCategories(entries=(entry,)))
    assert [a.event for a in books.store.find(Audit)] == ["category.saved"]
    assert books.store.find(Category)[0].row_version == 1


def test_nodes_are_put_in_order_and_never_below_themselves(books: Books) -> None:
    ids = plant(books, "食品>饮料", "食品>零食", "日用")
    books.do(books.admin, ArrangeCategories(parent_id=ids["食品"], ids=(ids["日用"], ids["食品>零食"])))
    below = sorted(books.store.find(Category, parent_id=ids["食品"]), key=lambda c: (c.position, c.id))
    assert [c.name_zh for c in below][-1] == "零食"
    assert {c.name_zh for c in below} == {"日用", "饮料", "零食"}
    with pytest.raises(Refused, match="category_loop"):
        books.do(books.admin, ArrangeCategories(parent_id=ids["食品>零食"], ids=(ids["食品"],)))


def test_a_used_category_is_retired_only_with_a_place_for_its_goods(books: Books) -> None:
    ids = plant(books, "饮料>水", "饮料>茶", "饮料>水>气泡水")
    books.sell(books.hengfeng, water(category="饮料/水"))
    assert category_of(books, "0012") == ids["饮料>水"]
    with pytest.raises(Refused, match="category_in_use"):
        books.do(books.admin, RetireCategory(id=ids["饮料>水"]))
    books.do(books.admin, RetireCategory(id=ids["饮料>水"], successor_id=ids["饮料>茶"]))
    assert category_of(books, "0012") == ids["饮料>茶"]
    assert books.store.get(Category, ids["饮料>水>气泡水"]).parent_id == ids["饮料>茶"]  # type: ignore[union-attr]
    # What names the retired one from now on goes where its goods went.
    books.sell(books.hengfeng, water("0013", category="饮料/水"))
    assert category_of(books, "0013") == ids["饮料>茶"]
    with pytest.raises(Refused, match="category_retired"):
        books.do(books.admin, MoveGoods(id=ids["饮料>茶"], to_id=ids["饮料>水"]))
    books.do(books.admin, RestoreCategory(id=ids["饮料>水"]))
    books.do(books.admin, MoveGoods(id=ids["饮料>茶"], to_id=ids["饮料>水"]))
    assert category_of(books, "0013") == ids["饮料>水"]


def test_goods_move_in_bounded_portions(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s2b_domain.commands.categories.MAX_MOVED", 2)
    ids = plant(books, "水", "茶")
    books.sell(books.hengfeng, *(water(f"00{n}", category="水") for n in range(5)))
    with pytest.raises(Refused, match="category_in_use"):
        books.do(books.admin, RetireCategory(id=ids["水"], successor_id=ids["茶"]))
    assert books.do(books.admin, MoveGoods(id=ids["水"], to_id=ids["茶"])) == {"moved": 2, "left": 3}
    assert books.do(books.admin, MoveGoods(id=ids["水"], to_id=ids["茶"])) == {"moved": 2, "left": 1}
    assert books.do(books.admin, RetireCategory(id=ids["水"], successor_id=ids["茶"])) == {"moved": 1, "left": 0}


def test_paths_are_read_with_slashes_in_names(books: Books) -> None:
    assert split_path("食品 / 饮料/水") == [["食品", "饮料/水"], ["食品", "饮料", "水"]]
    ids = plant(books, "食品>饮料/水", "日用>水", "食品>茶>水")
    lines = [
        water("1", category="食品 / 饮料/水"),
        water("2", category="食品>茶>水"),
        water("3", category="日用/水"),
        water("4", category="水"),
        water("5", category="茶/水"),
        water("6", category="水 en"),
    ]
    books.do(books.hengfeng, ImportGoods(lines=tuple(lines)))
    found = [category_of(books, str(n)) for n in range(1, 7)]
    assert found == [ids["食品>饮料/水"], ids["食品>茶>水"], ids["日用>水"], "", ids["食品>茶>水"], ""]


def test_what_a_supplier_means_is_remembered(books: Books) -> None:
    ids = plant(books, "食品>水", "日用>水")
    books.do(books.hengfeng, ChooseCategories(choices=(("A01  矿泉", ids["食品>水"]), ("水", ids["日用>水"]))))
    books.do(books.hengfeng, ImportGoods(lines=(water("1", category="a01 矿泉"), water("2", category="水"))))
    assert [category_of(books, c) for c in "12"] == [ids["食品>水"], ids["日用>水"]]
    assert not [r for r in books.seen_by(books.yuanda) if r[0] is CategoryChoice]
    books.do(books.hengfeng, ChooseCategories(choices=(("水", ""),)))
    assert [c.text for c in books.store.find(CategoryChoice)] == ["A01  矿泉"]


def test_what_a_reviewer_corrects_is_remembered(books: Books) -> None:
    ids = plant(books, "食品>水")
    books.do(books.hengfeng, ImportGoods(lines=(water("1", category="喝的"),)))
    [product] = books.store.find(Product)
    approved = ReviewGoods(products=((product.id, product.row_version),), approve=True, category_id=ids["食品>水"])
    books.do(books.admin, approved)
    books.do(books.hengfeng, ImportGoods(lines=(water("2", category="喝的"),)))
    assert category_of(books, "2") == ids["食品>水"]
