"""The tree editor: search, add, move, order, retire, and attributes that children inherit."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from s2b_desktop.models.categories import Forest, Node
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.taxonomy.importing import TaxonomyImport, counted
from s2b_desktop.views.taxonomy.page import TaxonomyPage
from s2b_desktop.views.taxonomy.prompts import AttributePrompt, NamePrompt, TargetPrompt
from s2b_desktop.views.taxonomy.tree import ForestModel, ForestTree
from s2b_domain.commands.categories import (
    ArrangeCategories,
    MoveGoods,
    RetireCategory,
    SaveAttributes,
    SaveCategories,
)
from s2b_domain.records.catalog import Attribute, Category, Product
from s2b_domain.rules.attributes import AttributeType, Option, Use
from s2b_domain.rules.stock import Tracking
from tests.views.desk import FakeDesk
from tests.views.dialogs import answer, each, refusing


@pytest.fixture
def page(qtbot: QtBot, platform: FakeDesk) -> TaxonomyPage:
    made = TaxonomyPage(platform, lambda key, what: None)
    qtbot.addWidget(made)
    made.resize(1160, 760)
    made.show()
    qtbot.waitUntil(lambda: bool(made.picker.forest.nodes))
    return made


def named(desk: FakeDesk, name: str) -> Category:
    [found] = desk.store.find(Category, name_zh=name)
    return found


def undo(qtbot: QtBot, page: TaxonomyPage) -> None:
    area = ToastArea.of(page)
    qtbot.waitUntil(lambda: bool(area.toasts()))
    sent = len(page._desk.submitted)  # type: ignore[attr-defined]
    area.toasts()[-1]._undo()
    qtbot.waitUntil(lambda: len(page._desk.submitted) > sent)  # type: ignore[attr-defined]


def forest_of(width: int, depth: int) -> Forest:
    nodes: list[Node] = []

    def grow(parent: str, level: int) -> None:
        for at in range(width):
            id_ = f"{parent}{at:x}"
            nodes.append(Node(id_, parent, f"名{at}", f"name {at}", at, at == width - 1 and level == 0))
            if level + 1 < depth:
                grow(id_, level + 1)

    grow("", 0)
    return Forest(nodes)


def test_the_model_keeps_qts_rules(qtbot: QtBot) -> None:
    model = ForestModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_forest(forest_of(4, 3), retired=False)
    assert model.rowCount() == 3
    model.set_forest(forest_of(4, 3), retired=True)
    assert model.rowCount() == 4
    index = model.index_of("012")
    assert model.key_at(index.parent()) == "01"
    assert model.key_at(index.parent().parent().parent()) == ""


def test_what_is_unfolded_and_chosen_stays(qtbot: QtBot) -> None:
    tree = ForestTree()
    qtbot.addWidget(tree)
    tree.set_forest(forest_of(4, 3), retired=False)
    tree.choose("012")
    tree.set_forest(forest_of(5, 3), retired=False)
    assert tree.current_key() == "012"
    assert tree.isExpanded(tree.forest_model.index_of("0"))
    assert not tree.isExpanded(tree.forest_model.index_of("1"))


@pytest.mark.parametrize("typed", ["收纳箱", "shounaxiang", "snx", "收纳整理 收纳箱"])
def test_categories_are_found_in_many_ways(page: TaxonomyPage, platform: FakeDesk, typed: str) -> None:
    assert page.picker.forest.find(typed)[0] == named(platform, "收纳箱").id
    assert not page.picker.forest.find("  ")
    assert not page.picker.forest.find("没有这个")


@pytest.mark.parametrize("typed", ["T恤", "t 恤", "txu", "服装 T恤"])
def test_a_space_between_latin_and_chinese_does_not_matter(typed: str) -> None:
    forest = Forest([Node("a", "", "服装", "Clothes", 0, False), Node("b", "a", "T 恤", "T-shirts", 0, False)])
    assert forest.find(typed) == ["b"]


def test_a_finding_opens_its_place(page: TaxonomyPage, platform: FakeDesk) -> None:
    page.picker.setText("snx")
    page.picker.search_now()
    QTest.keyClick(page.picker, Qt.Key.Key_Return)
    assert page.tree.current_key() == named(platform, "收纳箱").id
    assert page.panel.zh.text() == "收纳箱"


def test_a_category_is_added_renamed_and_taken_back(qtbot: QtBot, page: TaxonomyPage, platform: FakeDesk) -> None:
    page.open(named(platform, "收纳箱").id)

    def fill(dialog: NamePrompt) -> None:
        dialog.accept()
        assert dialog.form.row("zh").error()
        dialog.zh.setText("折叠箱")
        dialog.accept()

    page.add_below()
    answer(NamePrompt, fill)
    qtbot.waitUntil(lambda: page.panel.zh.text() == "折叠箱")
    assert named(platform, "折叠箱").parent_id == named(platform, "收纳箱").id
    page.panel.en.setText("Folding boxes")
    page.panel.tracking.set_value(Tracking.LOT)
    page.panel.papers.setText("质检报告；授权书")
    page.panel.save_button.click()
    saved = named(platform, "折叠箱")
    assert (saved.name_en, saved.tracking, saved.papers) == ("Folding boxes", Tracking.LOT, ("质检报告", "授权书"))
    qtbot.waitUntil(lambda: len(ToastArea.of(page).toasts()) == 2)
    undo(qtbot, page)
    assert named(platform, "折叠箱").name_en == "折叠箱"


def test_order_and_place_change_and_come_back(qtbot: QtBot, page: TaxonomyPage, platform: FakeDesk) -> None:
    box = named(platform, "收纳箱")
    page.open(box.id)
    siblings = page.tree.forest_model.forest.below(box.parent_id)
    page.shift(1) if siblings[0] == box.id else page.shift(-1)
    after = sorted(platform.store.find(Category, parent_id=box.parent_id), key=lambda c: c.position)
    assert [c.id for c in after] != siblings
    undo(qtbot, page)
    back = sorted(platform.store.find(Category, parent_id=box.parent_id), key=lambda c: c.position)
    assert [c.id for c in back] == siblings

    def top(dialog: TargetPrompt) -> None:
        assert dialog.picker._find("收纳箱", 5) == [], "not below itself"
        dialog.instead.setChecked(True)
        dialog.accept()

    page.move_node()
    answer(TargetPrompt, top)
    assert isinstance(platform.submitted[-1], ArrangeCategories)
    assert named(platform, "收纳箱").parent_id == ""


def test_a_used_one_is_retired_after_saying_where_its_goods_go(
    qtbot: QtBot, page: TaxonomyPage, platform: FakeDesk
) -> None:
    box, target = named(platform, "收纳箱"), named(platform, "衣架")
    page.open(box.id)
    assert platform.store.find(Product, category_id=box.id), "it is used"

    def choose(dialog: TargetPrompt) -> None:
        assert not dialog.verb.isEnabled()
        dialog.choose(target.id)
        dialog.accept()

    page.retire()
    answer(TargetPrompt, choose)
    assert platform.submitted[-1] == RetireCategory(id=box.id, successor_id=target.id)
    assert not [m for m in platform.submitted if isinstance(m, MoveGoods)]
    assert not platform.store.find(Product, category_id=box.id)
    qtbot.waitUntil(lambda: page.picker.forest.nodes[box.id].retired)
    assert not page.tree.forest_model.index_of(box.id).isValid()
    page.retired.setChecked(True)
    page.open(box.id)
    page.retire_button.click()
    assert not named(platform, "收纳箱").retired


def test_an_unused_one_is_retired_and_comes_back_by_undo(qtbot: QtBot, page: TaxonomyPage, platform: FakeDesk) -> None:
    id_ = platform.new_id()
    platform.store.insert(Category, [Category(id=id_, row_version=1, parent_id="", name_zh="空", name_en="Empty")])
    page.refresh()
    qtbot.waitUntil(lambda: id_ in page.picker.forest.nodes)
    page.open(id_)
    page.retire()
    answer(Confirm, lambda dialog: dialog.accept())
    assert named(platform, "空").retired
    undo(qtbot, page)
    assert not named(platform, "空").retired


def test_a_category_is_added_at_the_top_also_where_another_is_chosen(
    qtbot: QtBot, page: TaxonomyPage, platform: FakeDesk
) -> None:
    page.open(named(platform, "收纳箱").id)

    def fill(dialog: NamePrompt) -> None:
        dialog.zh.setText("宠物")
        dialog.top.setChecked(True)
        dialog.accept()

    page.add_below()
    answer(NamePrompt, fill)
    assert named(platform, "宠物").parent_id == ""


@pytest.mark.parametrize("wanted", [True, False])
def test_what_was_written_is_asked_about_before_another_category_shows(
    qtbot: QtBot, page: TaxonomyPage, platform: FakeDesk, wanted: bool
) -> None:
    box, hanger = named(platform, "收纳箱"), named(platform, "衣架")
    page.open(box.id)
    page.panel.en.setText("Crates")
    page.open(hanger.id)
    assert page.panel.zh.text() == "衣架"
    prompt = next(each for each in page.findChildren(Confirm) if each.isVisible())
    (prompt.verb if wanted else prompt.keep).click()
    assert (named(platform, "收纳箱").name_en == "Crates") is wanted
    qtbot.waitUntil(lambda: not prompt.isVisible())
    page.open(box.id)
    page.panel.en.setText("Bins")
    page.panel.save_button.click()
    page.open(hanger.id)
    assert not any(each.isVisible() for each in page.findChildren(Confirm)), "it is saved"


def test_the_one_above_shows_after_one_is_retired(qtbot: QtBot, page: TaxonomyPage, platform: FakeDesk) -> None:
    top, low = platform.new_id(), platform.new_id()
    for id_, above in ((top, ""), (low, top)):
        row = Category(id=id_, row_version=1, parent_id=above, name_zh=id_, name_en=id_)
        platform.store.insert(Category, [row])
    page.refresh()
    qtbot.waitUntil(lambda: low in page.picker.forest.nodes)
    page.open(low)
    page.retire()
    answer(Confirm, lambda dialog: dialog.accept())
    qtbot.waitUntil(lambda: page.tree.current_key() == top)
    assert page.panel.zh.text() == top
    page.retire()
    answer(Confirm, lambda dialog: dialog.accept())
    qtbot.waitUntil(lambda: not page.panel.isVisible())
    assert page.nothing.isVisible()


def test_a_branch_without_goods_is_retired_as_a_whole_and_comes_back(
    qtbot: QtBot, page: TaxonomyPage, platform: FakeDesk
) -> None:
    top, low, lowest = (platform.new_id() for _ in range(3))
    for id_, above in ((top, ""), (low, top), (lowest, low)):
        row = Category(id=id_, row_version=1, parent_id=above, name_zh=id_, name_en=id_)
        platform.store.insert(Category, [row])
    page.refresh()
    qtbot.waitUntil(lambda: lowest in page.picker.forest.nodes)
    page.open(top)

    def all_below(dialog: TargetPrompt) -> None:
        assert dialog.instead.isVisible()
        assert "2" in dialog.instead.text()
        dialog.instead.setChecked(True)
        dialog.accept()

    page.retire()
    answer(TargetPrompt, all_below)
    qtbot.waitUntil(lambda: named(platform, top).retired)
    assert all(named(platform, each).retired for each in (top, low, lowest))
    undo(qtbot, page)
    qtbot.waitUntil(lambda: not named(platform, lowest).retired)
    assert not any(named(platform, each).retired for each in (top, low, lowest))

    page.open(named(platform, "收纳箱").parent_id)
    seen = list[bool]()

    def refuse(dialog: TargetPrompt) -> None:
        seen.append(dialog.picker.isVisible() and not dialog.instead.isVisible())
        dialog.reject()

    page.retire()
    answer(TargetPrompt, refuse)
    assert seen == [True], "there are goods in it"


def test_attributes_are_made_inherited_and_left_out(qtbot: QtBot, page: TaxonomyPage, platform: FakeDesk) -> None:
    box = named(platform, "收纳箱")
    page.open(box.parent_id)

    def make(dialog: AttributePrompt) -> None:
        dialog.zh.setText("颜色")
        dialog.en.setText("Colour")
        dialog.kind.set_value(AttributeType.ENUM)
        dialog.accept()
        assert dialog.form.row("values").error()
        dialog.values.setPlainText("红色 | Red\n红色|Red\n透明")
        dialog.required.setChecked(True)
        dialog.spec.set_value(True)
        dialog.accept()

    page.panel.create_button.click()
    answer(AttributePrompt, make)
    qtbot.waitUntil(lambda: bool(platform.store.find(Category, id=box.parent_id)[0].attributes))
    [colour] = platform.store.find(Attribute)
    assert colour.options == (Option("红色", "Red"), Option("透明", "透明"))
    assert platform.store.get(Category, box.parent_id).attributes == (Use(colour.id, True, True),)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: page.panel.asked(colour.id) is not None)

    page.open(box.id)
    inherited = page.panel.asked(colour.id)
    assert inherited is not None
    assert inherited.inherited
    page.panel.table.select(colour.id)
    assert page.panel.leave_button.text() in ("此处不适用", "Does not apply here")
    page.panel.leave_button.click()
    assert named(platform, "收纳箱").without == (colour.id,)
    page.open(box.id)
    page.panel.table.select(colour.id)
    page.panel.leave_button.click()
    assert named(platform, "收纳箱").without == ()

    page.open(box.id)

    def loosen(dialog: AttributePrompt) -> None:
        dialog.required.setChecked(False)
        dialog.accept()

    page.panel.table.activated.emit(colour.id)
    answer(AttributePrompt, loosen)
    assert named(platform, "收纳箱").attributes == (Use(colour.id, False, True),)
    assert len([m for m in platform.submitted if isinstance(m, SaveAttributes)]) == 1, "the shared one is as it was"
    [row] = page._find_attributes("颜", 5)
    assert row.id == colour.id


def test_what_was_written_is_opened_again_where_it_was_refused(page: TaxonomyPage, platform: FakeDesk) -> None:
    box = named(platform, "收纳箱")
    page.open(box.id)
    page.add_below()
    with refusing(platform):
        answer(NamePrompt, lambda p: each(partial(p.zh.setText, "箱"), partial(p.en.setText, "Box"), p.accept))
    answer(NamePrompt, lambda p: p.accept())
    assert (named(platform, "箱").name_en, named(platform, "箱").parent_id) == ("Box", box.id)

    page.open(box.id)
    page.panel.create_button.click()
    with refusing(platform):
        answer(
            AttributePrompt,
            lambda p: each(
                partial(p.zh.setText, "颜色"),
                partial(p.kind.set_value, AttributeType.ENUM),
                partial(p.values.setPlainText, "红色"),
                partial(p.required.setChecked, True),
                p.accept,
            ),
        )
    answer(AttributePrompt, lambda p: p.accept())
    [colour] = platform.store.find(Attribute)
    assert (colour.type, colour.options) == (AttributeType.ENUM, (Option("红色", "红色"),))


def test_a_sheet_is_shown_before_it_is_imported(
    qtbot: QtBot, page: TaxonomyPage, platform: FakeDesk, tmp_path: Path
) -> None:
    page.export(tmp_path / "tree.csv")
    qtbot.waitUntil(lambda: (tmp_path / "tree.csv").is_file() and bool(ToastArea.of(page).toasts()))
    dialog = TaxonomyImport(platform, page)
    qtbot.addWidget(dialog)
    dialog.read(tmp_path / "tree.csv")
    qtbot.waitUntil(lambda: dialog.plan is not None, timeout=20_000)
    assert dialog.plan is not None
    assert dialog.plan.empty
    assert not dialog.verb.isEnabled()
    (tmp_path / "more.csv").write_text("分类路径,英文路径\n宠物 > 猫粮,Pets > Cat food\n", "utf-8")
    dialog.read(tmp_path / "more.csv")
    qtbot.waitUntil(lambda: dialog.plan is not None, timeout=20_000)
    assert dialog.plan is not None
    assert len(dialog.plan.new) == 2
    assert "2" in counted(dialog.plan)
    many = msgspec.structs.replace(dialog.plan, new=dialog.plan.new * 617)
    assert "1,234" in counted(many)
    assert dialog.verb.isEnabled()
    (tmp_path / "bad.csv").write_text("名称\n猫粮\n", "utf-8")
    dialog.read(tmp_path / "bad.csv")
    qtbot.waitUntil(lambda: dialog.banner.isVisibleTo(dialog) and not dialog.verb.isEnabled(), timeout=20_000)


def test_a_refused_command_opens_its_category(page: TaxonomyPage, platform: FakeDesk) -> None:
    from s2b_desktop.views.taxonomy.page import entry_of  # noqa: PLC0415

    page.show_item(SaveCategories(entries=(entry_of(named(platform, "收纳箱")),)))
    assert page.panel.zh.text() == "收纳箱"
