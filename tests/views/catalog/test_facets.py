"""Narrowing a category by brands and by the attributes that it offers for it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.catalog import ProductFilter, category_facets, product_names, product_rowids
from s2b_desktop.models.queries.facets import BRAND, Choice, Facet
from s2b_desktop.views.catalog.page import CatalogPage
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import switch_language
from s2b_domain.records.catalog import Product
from tests.views import world
from tests.views.catalog.narrowing import WATER, offer_filters
from tests.views.desk import FakeDesk
from tests.views.orders.conftest import Open


@pytest.fixture
def attributes(merchant: FakeDesk) -> dict[str, str]:
    return offer_filters(merchant)


def found(desk: FakeDesk, **choices: Choice) -> dict[str, Facet]:
    wanted = ProductFilter(category_ids=frozenset({world.category_id(WATER)}), choices=choices)
    return {f.name_zh: f for f in desk.read(category_facets, world.category_id(WATER), wanted)}


def values(facet: Facet) -> dict[str, int]:
    return {value.label: value.count for value in facet.values}


def listed(desk: FakeDesk, **choices: Choice) -> int:
    wanted = ProductFilter(category_ids=frozenset({world.category_id(WATER)}), choices=choices)
    return len(desk.read(product_rowids, desk.actor, product_names(), wanted))


def test_counts_are_what_choosing_lists(merchant: FakeDesk, attributes: dict[str, str]) -> None:
    offered = found(merchant)
    assert set(offered) == {"品牌", "净含量", "包装", "有机认证"}, "no others were made to be filtered by"
    for facet in offered.values():
        key = facet.key or "brand"
        for value in facet.values:
            assert listed(merchant, **{key: Choice(facet.names, value.texts)}) == value.count
    assert sum(values(offered["净含量"]).values()) == listed(merchant), "every number lies in one range"


def test_a_choice_narrows_the_others_and_not_itself(merchant: FakeDesk, attributes: dict[str, str]) -> None:
    barrels = {attributes["包装"]: Choice(("包装", "Package"), ("桶装",))}
    after = found(merchant, **barrels)
    assert values(after["包装"]) == values(found(merchant)["包装"])
    assert sum(values(after["有机认证"]).values()) == listed(merchant, **barrels) == 2
    both = {**barrels, attributes["有机认证"]: Choice(("有机认证", "Organic"), ("是",))}
    assert listed(merchant, **both) == 1


def press(menu: QMenu, label: str) -> None:
    next(a for a in menu.actions() if a.text().startswith(label)).trigger()


def test_a_merchant_narrows_a_category(
    qtbot: QtBot, open_page: Open, merchant: FakeDesk, attributes: dict[str, str]
) -> None:
    page = open_page(CatalogPage, merchant)
    assert isinstance(page, CatalogPage)
    qtbot.waitUntil(lambda: page.tree.categories.rowCount() > 1)
    assert page.facets.isHidden(), "all goods have nothing in common"
    page.tree.choose(world.category_id(WATER))
    qtbot.waitUntil(lambda: attributes["包装"] in page.facets.buttons)
    whole = listed(merchant)
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == whole)
    press(page.facets.menu(attributes["包装"]), "桶装")
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == 2)
    assert page.facets.buttons[attributes["包装"]].text().endswith("桶装")
    brands = page.facets.menu(BRAND)
    press(brands, "牌子0")
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == 1)
    page.facets._leave_all()
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == whole)
    page.tree.choose("*")
    assert page.facets.isHidden()
    assert page.facets.choices == {}


def test_what_suppliers_call_an_attribute_is_said_in_the_language_of_who_reads(
    open_page: Open, merchant: FakeDesk, attributes: dict[str, str], qapp: QApplication
) -> None:
    page = open_page(CatalogPage, merchant)
    page.show_item(merchant.store.find(Product, category_id=world.category_id(WATER))[0].id)

    def said() -> set[str]:
        return {label.text() for label in page.inspector.findChildren(Label)}

    assert {"包装", "有机认证", "产地"} <= said()
    switch_language(qapp, "en")
    assert {"Package", "Organic", "产地"} <= said(), "and what the platform does not know stays as it is"
