"""What a supplier asks of a purchase is said while it is written."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from s2b_desktop.views.orders.editor import OrderEditorPage
from s2b_desktop.views.orders.words import line_problem
from s2b_domain.commands.terms import SaveMinimum, SaveMix, SaveTradeTerms
from s2b_domain.records.catalog import Sku
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.money.world import MERCHANT, SUPPLIER, Hub


def sku(desk: FakeDesk, code: str) -> Sku:
    [found] = desk.store.find(Sku, supplier_id=SUPPLIER, code=code)
    return found


def editor(qtbot: QtBot, desk: FakeDesk) -> OrderEditorPage:
    page = OrderEditorPage(desk, lambda key, what: None)
    qtbot.addWidget(page)
    page.show()
    return page


def test_a_mixed_minimum_is_reached_together(qtbot: QtBot, merchant: FakeDesk) -> None:
    hub = Hub(merchant)
    first, second = sku(merchant, "000001"), sku(merchant, "000004")
    for row in (first, second):
        merchant.store.replace(Sku, [row.with_(min_quantity=10)])
    group = SaveMix(group_id=hub.id(), name="饮料", minimum=10, product_ids=(first.product_id, second.product_id))
    hub.do(world.SUPPLIER, group)
    page = editor(qtbot, merchant)
    page.add(first.id, 4)
    page.add(second.id, 3)
    [line, _other] = page.quote().problems
    assert line_problem(line) == "“饮料”还差 3 瓶" or line_problem(line).startswith("“饮料”还差 3")
    assert line.fix == 7
    page.add(second.id, 3)
    assert not page.quote().problems


def test_the_least_amount_is_told_with_what_is_missing(qtbot: QtBot, merchant: FakeDesk) -> None:
    hub = Hub(merchant)
    hub.do(world.SUPPLIER, SaveMinimum(minimum_amount=10_000_000))
    page = editor(qtbot, merchant)
    page.add(sku(merchant, "000001").id)
    assert page.condition.isVisible()
    assert "还差" in page.condition.text()


def test_a_purchase_over_the_limit_is_told(qtbot: QtBot, merchant: FakeDesk) -> None:
    hub = Hub(merchant)
    hub.do(world.SUPPLIER, SaveTradeTerms(merchant_id=MERCHANT, credit_limit=0))
    page = editor(qtbot, merchant)
    page.add(sku(merchant, "000001").id)
    assert "账期额度" in page.condition.text()
