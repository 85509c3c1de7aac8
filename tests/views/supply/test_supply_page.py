"""The supplier's queue under real keys and clicks, over a desk that carries commands out at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from s2b_desktop.carriers import carrier_name, carrier_of, carriers, waybill_text
from s2b_desktop.models.queries.supply import Queue
from s2b_desktop.text import money
from s2b_desktop.views.common.confirm import ReasonPrompt
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.printing.prompt import PrintPrompt
from s2b_desktop.views.supply.page import SupplyPage
from s2b_desktop.views.supply.ship import RelabelPrompt, ShipPrompt, TrackPrompt, open_quantity
from s2b_desktop.views.supply.short import ShortPrompt
from s2b_domain.commands.supply import AcceptSupply, CloseShort, DeclineSupply, ShipParcel, ShortPick, TrackParcel
from s2b_domain.records.order import Parcel, SupplyLine, SupplyOrder
from s2b_domain.rules.money import line_amount
from s2b_domain.rules.order_flow import ParcelState, SupplyState
from tests.views import world
from tests.views.desk import FakeDesk

D = TypeVar("D", bound=QDialog)
Make = Callable[[FakeDesk], SupplyPage]


@pytest.fixture
def make(qtbot: QtBot) -> Make:
    def shown(desk: FakeDesk) -> SupplyPage:
        page = SupplyPage(desk, lambda key, what: None)
        page.resize(1160, 760)
        qtbot.addWidget(page)
        page.show()
        qtbot.waitUntil(lambda: len(page.table.model.ids()) > 0)
        return page

    return shown


@pytest.fixture
def page(make: Make, supplier: FakeDesk) -> SupplyPage:
    return make(supplier)


def listed(page: SupplyPage) -> list[str]:
    return [page.table.model.row(at).id for at in range(page.table.model.rowCount())]


def look_at(qtbot: QtBot, page: SupplyPage, queue: Queue) -> None:
    before = page.table.model.ids()
    page.look_at(queue)
    qtbot.waitUntil(lambda: page.table.model.ids() is not before)


def prompt(qtbot: QtBot, kind: type[D]) -> D:
    """The dialog that is open."""

    def there() -> list[D]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]

    qtbot.waitUntil(lambda: bool(there()))
    return there()[0]


def toasts(widget: QWidget) -> list[str]:
    return [toast.text() for toast in ToastArea.of(widget).toasts()]


def state(desk: FakeDesk, id_: str) -> SupplyState:
    order = desk.store.get(SupplyOrder, id_)
    assert order is not None
    return order.state


def test_the_model_keeps_its_promises(page: SupplyPage) -> None:
    QAbstractItemModelTester(page.table.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    page.table.set_ids(page.table.model.ids()[:3])


def test_several_are_accepted_with_one_key(qtbot: QtBot, page: SupplyPage, supplier: FakeDesk) -> None:
    look_at(qtbot, page, Queue.WAITING)
    waiting = listed(page)
    assert len(waiting) > 2
    page.table.view.selectAll()
    page.table.view.setFocus()
    QTest.keyClick(page.table.view, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: not page.table.model.rowCount())
    assert [m for m in supplier.submitted if isinstance(m, AcceptSupply)] == [
        AcceptSupply(supply_order_ids=(id_,)) for id_ in waiting
    ]
    assert all(state(supplier, id_) is SupplyState.ACCEPTED for id_ in waiting)
    assert any(str(len(waiting)) in said for said in toasts(page))


def test_a_typed_number_tells_its_carrier_unless_one_was_chosen(
    qtbot: QtBot, page: SupplyPage, supplier: FakeDesk
) -> None:
    look_at(qtbot, page, Queue.TO_SHIP)
    page.table.select(page.table.model.row(0).rowid)
    page.ship()
    ship = prompt(qtbot, ShipPrompt)
    QTest.keyClicks(ship.tracking, "ZTO123")
    assert ship.carrier.value() == "中通快递"
    ship.carrier.set_value("圆通速递")
    ship.carrier.activated.emit(ship.carrier.currentIndex())
    QTest.keyClicks(ship.tracking, "4")
    assert ship.waybill() == ("圆通速递", "ZTO1234")


def test_shipping_a_part_then_the_rest(qtbot: QtBot, page: SupplyPage, supplier: FakeDesk) -> None:
    look_at(qtbot, page, Queue.TO_SHIP)
    row = page.table.model.row(0)
    page.table.select(row.rowid)
    page.table.view.setFocus()
    QTest.keyClick(page.table.view, Qt.Key.Key_S)
    ship = prompt(qtbot, ShipPrompt)
    lines = supplier.store.find(SupplyLine, supply_order_id=row.id)
    first, *others = lines
    for line in others:
        ship.field(line.id).set_value(0)
    ship.field(first.id).set_value(1)
    QTest.keyClicks(ship.tracking, "YT1234567890123")
    QTest.keyClick(ship.tracking, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: ship.tracking.text() == "YT1234567890123")
    assert ship.isVisible(), "the scanner's Enter ships nothing"
    assert ship.carrier.value() == "圆通速递"
    with qtbot.waitSignal(supplier.changed):
        QTest.mouseClick(ship.verb, Qt.MouseButton.LeftButton)
    assert state(supplier, row.id) is SupplyState.PARTLY_SHIPPED
    [parcel] = supplier.store.find(Parcel, supply_order_id=row.id)
    assert (parcel.carrier, parcel.tracking_number) == ("圆通速递", "YT1234567890123")

    look_at(qtbot, page, Queue.PARTLY)
    page.table.select(row.rowid)
    page.ship()
    ship = prompt(qtbot, ShipPrompt)
    assert ship.carrier.value() == "圆通速递", "the carrier is remembered"
    rest = {line.id: open_quantity(line) for line in supplier.store.find(SupplyLine, supply_order_id=row.id)}
    assert {id_: ship.field(id_).value() for id_ in rest if rest[id_]} == {i: n for i, n in rest.items() if n}
    ship.tracking.setText("SF0001")
    with qtbot.waitSignal(supplier.changed):
        ship.verb.click()
    assert state(supplier, row.id) is SupplyState.SHIPPED
    assert len([m for m in supplier.submitted if isinstance(m, ShipParcel)]) == 2


def test_a_parcel_needs_a_number_and_goods(qtbot: QtBot, page: SupplyPage, supplier: FakeDesk) -> None:
    look_at(qtbot, page, Queue.TO_SHIP)
    page.table.select(page.table.model.row(0).rowid)
    page.ship()
    ship = prompt(qtbot, ShipPrompt)
    ship.verb.click()
    assert ship.isVisible()
    assert ship.tracking_row.error()
    ship.tracking.setText("SF1")
    lines = supplier.store.find(SupplyLine, supply_order_id=page.table.model.row(0).id)
    for line in lines:
        ship.field(line.id).set_value(0)
    ship.verb.click()
    assert ship.isVisible()
    ship.field(lines[0].id).set_value(lines[0].quantity + 1)
    ship.verb.click()
    assert ship.isVisible()
    assert not [m for m in supplier.submitted if isinstance(m, ShipParcel)]
    ship.reject()


def test_declining_needs_a_reason(qtbot: QtBot, page: SupplyPage, supplier: FakeDesk) -> None:
    look_at(qtbot, page, Queue.WAITING)
    row = page.table.model.row(0)
    page.table.select(row.rowid)
    QTest.keyClick(page.table.view, Qt.Key.Key_D)
    asked = prompt(qtbot, ReasonPrompt)
    assert not asked.verb.isEnabled()
    asked.suggestions[0].click()
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    assert state(supplier, row.id) is SupplyState.DECLINED
    assert supplier.submitted[-1] == DeclineSupply(supply_order_id=row.id, reason="缺货")


def test_the_rest_is_given_up_and_parcels_are_tracked(qtbot: QtBot, page: SupplyPage, supplier: FakeDesk) -> None:
    look_at(qtbot, page, Queue.PARTLY)
    row = page.table.model.row(0)
    page.table.view.setFocus()
    page.table.select(row.rowid)
    QTest.keyClick(page.table.view, Qt.Key.Key_Return)
    assert page.inspector.is_open()
    panel: Any = page.inspector.content()
    [parcel] = supplier.store.find(Parcel, supply_order_id=row.id)
    panel.track.emit(parcel.id)
    track = prompt(qtbot, TrackPrompt)
    track.place.setText("杭州余杭")
    track.expected.setCurrentIndex(2)
    with qtbot.waitSignal(supplier.changed):
        track.verb.click()
    sent = supplier.submitted[-1]
    assert isinstance(sent, TrackParcel)
    assert (sent.state, sent.place, sent.eta) == (ParcelState.COLLECTED, "杭州余杭", world.NOW + world.DAY)

    panel = page.inspector.content()
    panel.relabel.emit(parcel.id)
    relabel = prompt(qtbot, RelabelPrompt)
    assert (relabel.carrier.value(), relabel.tracking.text()) == (parcel.carrier, parcel.tracking_number)
    relabel.tracking.setText("  ")
    relabel.verb.click()
    assert relabel.isVisible()
    relabel.tracking.setText("SF1000000000001")
    with qtbot.waitSignal(supplier.changed):
        relabel.verb.click()
    after = supplier.store.get(Parcel, parcel.id)
    assert after is not None
    assert (after.carrier, after.tracking_number) == (parcel.carrier, "SF1000000000001")

    panel = page.inspector.content()
    panel.buttons[2].click()
    asked = prompt(qtbot, ReasonPrompt)
    asked.field.setPlainText("破损两箱")
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    assert supplier.submitted[-1] == CloseShort(supply_order_id=row.id, reason="破损两箱")
    assert state(supplier, row.id) is SupplyState.SHIPPED


def test_a_burst_of_a_scanner_is_a_code_and_no_command(qtbot: QtBot, page: SupplyPage, supplier: FakeDesk) -> None:
    parcel = supplier.store.find(Parcel, supplier_id=page._supplier)[0]
    page.table.view.setFocus()
    QTest.keyClicks(page.table.view, parcel.tracking_number)
    QTest.keyClick(page.table.view, Qt.Key.Key_Return)
    assert page.inspector.is_open()
    assert page._open is not None
    assert supplier.submitted == []
    assert not [w for w in QApplication.topLevelWidgets() if isinstance(w, ShipPrompt) and w.isVisible()]
    QTest.keyClicks(page.table.view, "ADS999")
    QTest.keyClick(page.table.view, Qt.Key.Key_Return)
    assert any("ADS999" in said for said in toasts(page))
    assert supplier.submitted == []


def test_what_waits_for_the_hub_is_marked(qtbot: QtBot, page: SupplyPage, supplier: FakeDesk) -> None:
    supplier.go_offline()
    look_at(qtbot, page, Queue.WAITING)
    row = page.table.model.row(0)
    page.table.select(row.rowid)
    page.accept()
    look_at(qtbot, page, Queue.TO_SHIP)
    column = next(c for c in page.table.model.columns if c.key == "state")
    marked = next(
        page.table.model.row(at) for at in range(page.table.model.rowCount()) if page.table.model.row(at).id == row.id
    )
    assert column.waiting is not None
    assert column.waiting(marked)
    supplier.go_online()
    assert not column.waiting(marked)


def test_the_list_stays_where_it_was_when_something_else_changes(
    qtbot: QtBot, page: SupplyPage, supplier: FakeDesk
) -> None:
    row = page.table.model.row(4)
    page.table.select(row.rowid)
    with qtbot.waitSignal(page.table.model.modelReset):
        page._desk.submit(AcceptSupply(supply_order_ids=(page.table.model.row(0).id,)))
    assert page.table.current_id() == row.rowid
    assert page.table.selected_ids() == [row.rowid]


def test_cards_and_lists_agree(qtbot: QtBot, page: SupplyPage) -> None:
    qtbot.waitUntil(lambda: page.facts() != "")
    page.card(Queue.PARTLY.value).click()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 1)
    assert page.queues.currentIndex() == 3
    page.card(Queue.PARTLY.value).click()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 10)


def test_a_clerk_ships_and_decides_nothing(make: Make, desk_of: Callable[..., FakeDesk]) -> None:
    page = make(desk_of(world.CLERK))
    assert not hasattr(page, "accept_button")
    assert page.ship_button is not None


def test_every_word_changes_its_language(qtbot: QtBot, page: SupplyPage, look: QApplication) -> None:
    page._show(page.table.model.id_at(0))
    assert page.table.model.headerData(0, Qt.Orientation.Horizontal) == "订单号"
    switch_language(look, "en")
    assert page.table.model.headerData(0, Qt.Orientation.Horizontal) == "Order number"
    assert page.queues.currentText() == "To do"
    assert page.accept_button.text() == "Accept"


def test_carriers_are_known_by_their_numbers(look: QApplication) -> None:
    found = [carrier_of(number) for number in ("SF1234567890123", "YT0001", "EA123456789CN", "773012345678901", "")]
    assert [c.code if c else "" for c in found] == ["SF", "YTO", "EMS", "", ""]
    assert len({c.code for c in carriers()}) == len(carriers()) == len({c.zh for c in carriers()})
    assert carrier_name("某某物流") == "某某物流"
    assert waybill_text("顺丰速运 SF123 → 某某物流 77") == "顺丰速运 SF123 → 某某物流 77"
    switch_language(look, "en")
    assert waybill_text("顺丰速运 SF123 → 中通快递 77，顺丰速运说") == "SF Express SF123 → ZTO Express 77，顺丰速运说"


def test_several_are_declined_for_one_reason(qtbot: QtBot, page: SupplyPage, supplier: FakeDesk) -> None:
    look_at(qtbot, page, Queue.WAITING)
    waiting = listed(page)
    page.table.view.selectAll()
    page.table.view.setFocus()
    QTest.keyClick(page.table.view, Qt.Key.Key_D)
    asked = prompt(qtbot, ReasonPrompt)
    asked.suggestions[0].click()
    reason = asked.reason()
    asked.verb.click()
    qtbot.waitUntil(lambda: not page.table.model.rowCount())
    assert [m for m in supplier.submitted if isinstance(m, DeclineSupply)] == [
        DeclineSupply(supply_order_id=id_, reason=reason) for id_ in waiting
    ]
    assert all(state(supplier, id_) is SupplyState.DECLINED for id_ in waiting)


def test_what_cannot_be_picked_is_cancelled_and_its_cost_is_said(
    qtbot: QtBot, page: SupplyPage, supplier: FakeDesk
) -> None:
    look_at(qtbot, page, Queue.TO_SHIP)
    row = page.table.model.row(0)
    page.table.select(row.rowid)
    page.table.view.setFocus()
    QTest.keyClick(page.table.view, Qt.Key.Key_Return)
    panel: Any = page.inspector.content()
    panel.buttons[1].click()
    asked = prompt(qtbot, ShortPrompt)
    lines = supplier.store.find(SupplyLine, supply_order_id=row.id)
    assert not asked.verb.isEnabled()
    asked.suggestions[1].click()
    assert not asked.verb.isEnabled(), "a reason alone cancels nothing"
    asked.field_of(lines[0].id).set_value(1)
    less = money(line_amount(lines[0].unit_price, 1, lines[0].decimals))
    assert less in asked.cost.text()
    asked.field_of(lines[-1].id).selectAll()
    QTest.keyClicks(asked.field_of(lines[-1].id), "99999")
    assert not asked.verb.isEnabled(), "what cannot be read is not left out without a word"
    assert asked.cost.text() == asked.field_of(lines[-1].id).error()
    asked.field_of(lines[-1].id).set_value(1 if len(lines) == 1 else 0)
    assert less in asked.cost.text()
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    [short] = [m for m in supplier.submitted if isinstance(m, ShortPick)]
    assert [(i.supply_line_id, i.quantity) for i in short.items] == [(lines[0].id, 1)]
    after = supplier.store.get(SupplyLine, lines[0].id)
    assert after is not None
    assert after.cancelled == 1


def test_papers_are_offered_for_what_is_chosen(
    qtbot: QtBot, page: SupplyPage, supplier: FakeDesk, tmp_path: Path
) -> None:
    look_at(qtbot, page, Queue.TO_SHIP)
    page.table.view.selectAll()
    page.table.view.setFocus()
    QTest.keyClick(page.table.view, Qt.Key.Key_P)
    offered = prompt(qtbot, PrintPrompt)
    assert (offered.what.count(), offered.what.value()) == (3, "pick")
    offered.save_to(tmp_path / "拣货单.pdf")
    assert (tmp_path / "拣货单.pdf").read_bytes().startswith(b"%PDF")
    assert any("拣货单.pdf" in said for said in toasts(page))


@pytest.mark.parametrize("several", [False, True])
def test_what_was_refused_leads_from_the_queue_to_its_order(
    page: SupplyPage, supplier: FakeDesk, several: bool
) -> None:
    wanted = supplier.store.find(SupplyOrder, supplier_id=world.SUPPLIER.organisation_id, state=SupplyState.WAITING)[-1]
    accept, decline = (
        AcceptSupply(supply_order_ids=(wanted.id,)),
        DeclineSupply(supply_order_id=wanted.id, reason="缺货"),
    )
    supplier.go_offline()
    supplier.submit(accept if several else decline)
    page.show_item(supplier.queue()[0])
    assert page.inspector.is_open()
    assert page._wanted == wanted.id
