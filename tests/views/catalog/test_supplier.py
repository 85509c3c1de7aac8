"""Who sells goods, as shops see it: terms, record and approved papers; and the list narrowed to a supplier's goods."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.suppliers import supplier_card
from s2b_desktop.views.catalog.page import CatalogPage
from s2b_desktop.views.catalog.panel import ProductPanel
from s2b_desktop.views.catalog.supplier import SupplierPrompt
from s2b_desktop.views.common.label import Label
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.party import Organisation, Paper
from s2b_domain.records.rating import SupplierRating
from s2b_domain.rules.onboarding import PaperState
from tests.views.desk import FakeDesk
from tests.views.orders.conftest import Open
from tests.views.world import DAY, NOW


def seller(desk: FakeDesk) -> Organisation:
    [sku] = desk.store.find(Sku, code="000001")
    return desk.store.find(Organisation, id=sku.supplier_id)[0]


def test_a_shop_meets_the_supplier_and_lists_its_goods_alone(qtbot: QtBot, open_page: Open, merchant: FakeDesk) -> None:
    supplier = seller(merchant)
    rating = SupplierRating(
        id=supplier.id, since=NOW - 90 * DAY, until=NOW, asked=40, accepted=38, due=30, on_time=27, shipped=30
    )
    merchant.store.insert(SupplierRating, [rating])
    page = open_page(CatalogPage, merchant)
    assert isinstance(page, CatalogPage)
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == 53)
    page.show_item(merchant.store.find(Sku, code="000001")[0].product_id)
    qtbot.waitUntil(lambda: isinstance(page.inspector.content(), ProductPanel))
    panel = page.inspector.content()
    assert isinstance(panel, ProductPanel)
    panel.meet.click()
    prompt = page.window().findChild(SupplierPrompt)
    assert prompt is not None
    said = {label.text() for label in prompt.findChildren(Label)}
    assert {supplier.name, "95%（共 40 单）", "90%（共 30 单）"} <= said
    assert {card.paper.kind for card in prompt.papers.cards} == {"营业执照", "食品经营许可证"}
    prompt.verb.click()
    theirs = merchant.store.find(Product, supplier_id=supplier.id)
    qtbot.waitUntil(lambda: 0 < len(page.table.model.ids()) <= len(theirs) < 53)
    assert supplier.name in page.only.button.text()
    listed = len(page.table.model.ids())
    qtbot.waitUntil(lambda: page.facts() == f"{listed} 种商品")
    qtbot.waitUntil(lambda: page.tree.categories.index(0, 0).data(Qt.ItemDataRole.UserRole) == listed)
    page.only.button.click()
    qtbot.waitUntil(lambda: len(page.table.model.ids()) == 53)
    assert not page.only.isVisible()


def test_only_approved_papers_that_it_shows_are_shown_and_those_that_expired_last(merchant: FakeDesk) -> None:
    supplier = seller(merchant)
    first, *others = merchant.store.find(Paper, organisation_id=supplier.id)
    merchant.store.replace(Paper, [first.with_(expires_at=NOW - DAY)])
    unseen = (
        others[0].with_(id="kept", public=False),
        others[0].with_(id="open", state=PaperState.SUBMITTED),
        others[0].with_(id="no", state=PaperState.REJECTED),
    )
    merchant.store.insert(Paper, unseen)
    card = merchant.read(supplier_card, merchant.actor, supplier.id, NOW)
    assert card is not None
    assert [p.id for p in card.papers] == [*(p.id for p in others), first.id]
    assert merchant.read(supplier_card, merchant.actor, "nobody", NOW) is None
