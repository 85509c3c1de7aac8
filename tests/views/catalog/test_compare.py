"""The same barcode at two suppliers, side by side."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.rivals import rivals
from s2b_desktop.views.catalog.compare import ComparePrompt
from s2b_desktop.views.catalog.page import CatalogPage
from s2b_desktop.views.common.label import Label
from s2b_domain.records.catalog import Price, Sku
from s2b_domain.records.party import Organisation
from s2b_domain.records.rating import SupplierRating
from s2b_domain.records.stock import Availability
from s2b_domain.rules.onboarding import PartyState
from tests.views.desk import FakeDesk
from tests.views.orders.conftest import Open, sku_id
from tests.views.world import DAY, NOW


def second_supplier(desk: FakeDesk, code: str) -> str:
    """Another supplier offers the same barcode, cheaper and with enough orders to be rated; answers its SKU."""
    [sku] = desk.store.find(Sku, code=code)
    price = next(p for p in desk.store.find(Price, sku_id=sku.id) if p.live)
    [first] = desk.store.find(Organisation, id=sku.supplier_id)
    desk.store.insert(Organisation, [first.with_(id="other", name="宁波远大日化")])
    desk.store.insert(Sku, [sku.with_(id="twin", supplier_id="other", code="T-1", min_quantity=2, order_step=1)])
    cheaper = price.with_(id="twin-price", sku_id="twin", supplier_id="other", supply_price=price.supply_price - 100)
    desk.store.insert(Price, [cheaper])
    desk.store.insert(Availability, [Availability(id="twin", supplier_id="other", available=50, live=True)])
    rating = SupplierRating(
        id="other", since=NOW - 90 * DAY, until=NOW, asked=40, accepted=38, due=30, on_time=27, shipped=30, claimed=1
    )
    desk.store.insert(SupplierRating, [rating])
    return "twin"


def test_suppliers_of_one_barcode_stand_side_by_side(qtbot: QtBot, open_page: Open, merchant: FakeDesk) -> None:
    water = sku_id(merchant, "000001")
    assert len(merchant.read(rivals, merchant.actor, water, NOW)) == 1
    twin = second_supplier(merchant, "000001")
    found = merchant.read(rivals, merchant.actor, water, NOW)
    assert [r.offer.sku.id for r in found] == [twin, water]  # the cheaper first
    assert found[1].rating is None
    page = open_page(CatalogPage, merchant)
    page.compare(water)
    prompt = page.window().findChild(ComparePrompt)
    said = [label.text() for label in prompt.findChildren(Label)]
    assert {"95%（共 40 单）", "90%（共 30 单）", "3.3%（共 30 单）", "订单太少"} <= set(said)
    prompt.buttons[0].click()
    assert [(line.sku_id, line.quantity) for line in page._basket.draft.lines] == [(twin, 2)]


def test_figures_that_are_too_few_are_not_shown(merchant: FakeDesk) -> None:
    second_supplier(merchant, "000001")
    [row] = merchant.store.find(SupplierRating)
    merchant.store.replace(SupplierRating, [row.with_(asked=0, accepted=0)])
    assert all(r.rating is None for r in merchant.read(rivals, merchant.actor, sku_id(merchant, "000001"), NOW))


def test_the_least_purchase_is_one_that_can_be_ordered(merchant: FakeDesk) -> None:
    twin = second_supplier(merchant, "000001")
    [row] = merchant.store.find(Sku, id=twin)
    merchant.store.replace(Sku, [row.with_(min_quantity=10, order_step=6)])
    found = {r.offer.sku.id: r for r in merchant.read(rivals, merchant.actor, twin, NOW)}
    assert found[twin].least == 12, "ten are no multiple of six"


def test_who_still_offers_the_goods_of_a_suspended_supplier_is_shown(open_page: Open, merchant: FakeDesk) -> None:
    water = sku_id(merchant, "000001")
    twin = second_supplier(merchant, "000001")
    [sku] = merchant.store.find(Sku, id=water)
    [first] = merchant.store.find(Organisation, id=sku.supplier_id)
    merchant.store.replace(Organisation, [first.with_(state=PartyState.SUSPENDED)])
    page = open_page(CatalogPage, merchant)
    page.compare(water)
    prompt = page.window().findChild(ComparePrompt)
    prompt.buttons[0].click()
    assert [line.sku_id for line in page._basket.draft.lines] == [twin]
