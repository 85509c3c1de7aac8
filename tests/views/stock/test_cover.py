"""How long goods last at the pace of late, and what is on its way."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.cover import LATEST, WINDOW, Cover, covers
from s2b_desktop.models.queries.stock import Lying
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.main_window import MainWindow
from s2b_desktop.views.preferences import Preferences
from s2b_desktop.views.stock.columns import lasts_text
from s2b_domain.commands.stock import MoveStock
from s2b_domain.records.order import SupplyLine, SupplyOrder
from s2b_domain.records.receiving import GoodsReceipt, ReceivedLine
from s2b_domain.records.stock import Availability, Movement
from s2b_domain.rules.order_flow import OrderKind, SupplyState
from s2b_domain.rules.stock import MovementKind
from tests.views import world
from tests.views.desk import FakeDesk, settle
from tests.views.stock.test_shop_stock import receive
from tests.views.stock.test_stock_page import shown
from tests.views.stock.world import MINE, fill, sku, stock_of

CODE = "000019"


def ledger(desk: FakeDesk, *moved: tuple[MovementKind, int, int]) -> None:
    """The ledger of a place: (kind, steps, days ago) in order."""
    place = stock_of(desk, CODE)
    desk.connection.execute(Movement.table.delete().where(Movement.table.c.stock_id == place.id))
    desk.store.replace(type(place), [place.with_(position=len(moved), on_hand=100, reserved=0, leased=0)])
    rows = [
        Movement(
            id=desk.new_id(), owner_id=MINE, stock_id=place.id, sku_id=place.sku_id, kind=kind, quantity=steps,
            position=at, on_hand_after=100, actor_id="a", at=world.NOW - days * world.DAY,
        )
        for at, (kind, steps, days) in enumerate(moved, 1)
    ]  # fmt: skip
    desk.store.insert(Movement, rows)


def cover(desk: FakeDesk) -> Cover:
    id_ = sku(desk, CODE).id
    return desk.read(covers, MINE, [id_], world.NOW)[id_]


def test_the_pace_is_that_of_what_was_sold_lately(supplier: FakeDesk) -> None:
    ledger(supplier, (MovementKind.RECEIVE, 900, 90), (MovementKind.SHIP, 500, 40), (MovementKind.SHIP, 20, 20),
           (MovementKind.SALE, 8, 1), (MovementKind.WRITE_OFF, 50, 1))  # fmt: skip
    assert cover(supplier) == Cover(available=100, pace=28)
    assert cover(supplier).days == 100


def test_a_notice_of_low_goods_says_what_is_expected_to_leave(qtbot: QtBot, supplier: FakeDesk) -> None:
    ledger(supplier, (MovementKind.RECEIVE, 900, 90), (MovementKind.SHIP, 112, 20))
    [free] = supplier.store.find(Availability, id=sku(supplier, CODE).id)
    supplier.store.replace(Availability, [free.with_(available=stock_of(supplier, CODE).available)])
    window = MainWindow(supplier, Preferences())
    qtbot.addWidget(window)
    window.show()
    settle(qtbot, supplier)
    gone = stock_of(supplier, CODE).available - 5
    supplier.submit(MoveStock(sku_id=sku(supplier, CODE).id, kind=MovementKind.WRITE_OFF, quantity=gone, reason="破损"))
    qtbot.waitUntil(lambda: bool(ToastArea.of(window).toasts()))
    assert "还剩 5" in ToastArea.of(window).toasts()[-1].text()
    assert "未来 7 天要出 28" in ToastArea.of(window).toasts()[-1].text()
    window.close_for_sure()


def test_a_short_ledger_foretells_by_its_own_days_or_not_at_all(supplier: FakeDesk) -> None:
    ledger(supplier, (MovementKind.RECEIVE, 900, 14), (MovementKind.SHIP, 14, 3))
    assert cover(supplier).pace == 28
    ledger(supplier, (MovementKind.RECEIVE, 900, 6), (MovementKind.SHIP, 14, 3))
    assert (cover(supplier).pace, cover(supplier).days) == (None, None)
    ledger(supplier, (MovementKind.RECEIVE, 900, 90))
    assert (cover(supplier).pace, cover(supplier).days) == (0, None)


def test_only_the_latest_movements_of_a_busy_place_are_looked_at(supplier: FakeDesk) -> None:
    early = [(MovementKind.SHIP, 1000, 27)] * 5
    ledger(
        supplier, *early, *[(MovementKind.SHIP, 1, 14)] * (LATEST // 2), *[(MovementKind.SHIP, 1, 0)] * (LATEST // 2)
    )
    assert cover(supplier).pace == LATEST * WINDOW // 14


def test_what_is_on_its_way_is_said_in_the_low_list_and_beside_it(qtbot: QtBot, supplier: FakeDesk) -> None:
    fill(supplier)
    ledger(supplier, (MovementKind.RECEIVE, 900, 90), (MovementKind.SHIP, 56, 10))
    assert cover(supplier) == Cover(available=100, incoming=5, pace=56)
    page = shown(qtbot, supplier)
    assert not {"incoming", "lasts"} & set(page.places.shown_columns())
    page.look_at(Lying.LOW.value)
    qtbot.waitUntil(lambda: not page._loading.busy and len(page.places.model.ids()) > 0)
    assert {"incoming", "lasts"} <= set(page.places.shown_columns())
    page.open_place(stock_of(supplier, CODE).id)
    panel = page.inspector.content()
    assert panel is not None
    said = [label.text() for label in panel.findChildren(Label)]
    assert any("5" in text for text in said)
    assert lasts_text(cover(supplier)) in said


def test_a_purchase_is_on_its_way_until_it_is_received(merchant: FakeDesk) -> None:
    shop = world.MERCHANT.organisation_id
    sku_id = receive(merchant).sku_id
    sent = merchant.store.find(SupplyOrder, merchant_id=shop, kind=OrderKind.PURCHASE)
    merchant.store.replace(SupplyOrder, [s.with_(state=SupplyState.DELIVERED) for s in sent])
    supply = next(s for s in sent if not merchant.store.find(GoodsReceipt, supply_order_id=s.id))
    line = merchant.store.find(SupplyLine, supply_order_id=supply.id)[0].with_(sku_id=sku_id, quantity=9, cancelled=2)
    merchant.store.replace(SupplyLine, [line])

    def incoming(state: SupplyState) -> int:
        merchant.store.replace(SupplyOrder, [supply.with_(state=state)])
        return merchant.read(covers, shop, [sku_id], world.NOW)[sku_id].incoming

    assert [incoming(s) for s in (SupplyState.WAITING, SupplyState.SHIPPED, SupplyState.DECLINED)] == [7, 7, 0]
    told = ReceivedLine(supply_line_id=line.id, sku_id=sku_id, good=3, missing=1)
    receipt = GoodsReceipt(
        id=merchant.new_id(), merchant_id=shop, supplier_id=supply.supplier_id, supply_order_id=supply.id,
        lines=(told,), received_by="a", at=world.NOW,
    )  # fmt: skip
    merchant.store.insert(GoodsReceipt, [receipt])
    assert incoming(SupplyState.PARTLY_SHIPPED) == 3
