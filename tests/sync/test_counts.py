"""A count made on movements that nobody else knows of yet says what lay on the shelf, whatever the hub books before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.counting import Seen, seen_in_main, seen_of
from s2b_desktop.models.queries.goods import entry_of, goods_detail
from s2b_desktop.sync.loop import SyncLoop
from s2b_desktop.tasks import Desk
from s2b_desktop.views.goods.differences import DifferencePrompt
from s2b_desktop.views.goods.scan import ScanDialog
from s2b_desktop.views.goods.stock import StockPrompt
from s2b_domain.commands.stock import CountStock, MoveStock
from s2b_domain.records.catalog import Sku
from s2b_domain.records.stock import Movement, Stock
from s2b_domain.rules.stock import MovementKind
from tests.hub.world import World
from tests.sync.conftest import Desktops
from tests.sync.desktop import Desktop


class Shelf:
    """One SKU, 100 on hand at the hub: 20 more came in offline, and 7 elsewhere, of which nobody here knows."""

    def __init__(self, desktops: Desktops, world: World) -> None:
        self.world = world
        self.desktop: Desktop = desktops("hengfeng")
        self.owner = self.desktop.workspace.actor.organisation_id
        other = desktops("hengfeng-clerk")
        self.desktop.sync()
        other.sync()
        [self.sku] = self.desktop.find(Sku, code="HF-1")
        self.desktop.line.down = True
        self.receive(self.desktop, 20)
        self.receive(other, 7)
        other.sync()

    def receive(self, desktop: Desktop, quantity: int) -> None:
        desktop.workspace.submit(MoveStock(sku_id=self.sku.id, kind=MovementKind.RECEIVE, quantity=quantity))

    def on_hand(self) -> int:
        """What the hub says once everything has arrived."""
        self.desktop.line.down = False
        self.desktop.sync()
        [row] = self.world.rows(Stock, sku_id=self.sku.id)
        return int(row.on_hand)


@pytest.fixture
def shelf(desktops: Desktops, world: World) -> Shelf:
    return Shelf(desktops, world)


def test_what_waits_is_seen_and_what_the_hub_decided_is_the_position(shelf: Shelf) -> None:
    workspace = shelf.desktop.workspace
    [waiting] = workspace.waiting_rows("movement")
    seen = workspace.read(seen_in_main, shelf.owner, shelf.sku.id)
    assert seen == Seen(1, (waiting,))
    shelf.receive(shelf.desktop, 1)
    seen = workspace.read(seen_in_main, shelf.owner, shelf.sku.id)
    assert (seen.position, frozenset(seen.waiting)) == (1, workspace.waiting_rows("movement"))
    assert shelf.on_hand() == 128
    assert workspace.read(seen_in_main, shelf.owner, shelf.sku.id) == Seen(4)
    assert [m.position for m in shelf.world.rows(Movement, id=waiting)] == [3], "the other desktop's came first"
    assert workspace.read(seen_in_main, shelf.owner, "0" * 32) == Seen()


def test_a_prompted_count_keeps_what_others_moved(shelf: Shelf) -> None:
    workspace = shelf.desktop.workspace
    entry = workspace.read(entry_of, shelf.owner, shelf.sku.id)
    assert entry is not None
    assert entry.on_hand == 120
    detail = workspace.read(goods_detail, shelf.owner, entry.rowid)
    assert detail is not None
    seen = workspace.read(seen_of, shelf.owner, shelf.sku.id)
    workspace.submit(count(entry.sku_id, seen, detail.places[0].stock.id))
    assert shelf.on_hand() == 118 + 7


def count(sku_id: str, seen: dict[str, Seen], stock_id: str) -> CountStock:
    return CountStock(sku_id=sku_id, counted=118, position=seen[stock_id].position, seen=seen[stock_id].waiting)


@pytest.fixture
def desk(shelf: Shelf) -> Iterator[Desk]:
    workspace = shelf.desktop.workspace
    made = Desk(workspace, SyncLoop(workspace, shelf.desktop.line, interval=30))
    yield made
    made.close()
    made.deleteLater()


def test_the_count_screens_send_what_they_have_seen(qtbot: QtBot, shelf: Shelf, desk: Desk) -> None:
    entry = desk.read(entry_of, shelf.owner, shelf.sku.id)
    assert entry is not None
    detail = desk.read(goods_detail, shelf.owner, entry.rowid)
    assert detail is not None
    seen = desk.read(seen_of, shelf.owner, shelf.sku.id)
    prompt = StockPrompt(MovementKind.COUNT, entry, detail.places, seen)
    qtbot.addWidget(prompt)
    prompt.quantity.set_value(118)
    dialog = ScanDialog(desk, "count")
    qtbot.addWidget(dialog)
    dialog.show()
    QTest.keyClicks(dialog.field, "HF-1\r*118\r")
    qtbot.waitUntil(lambda: dialog.lines() == {shelf.sku.id: 118})
    [scanned] = dialog.messages()
    prompted = prompt.message()
    assert isinstance(scanned, CountStock)
    assert isinstance(prompted, CountStock)
    assert (
        (scanned.position, scanned.seen)
        == (prompted.position, prompted.seen)
        == (1, seen[detail.places[0].stock.id].waiting)
    )
    shelf.receive(shelf.desktop, 1)  # after the count, and before it is booked
    dialog.book.click()
    asked = next(w for w in QApplication.topLevelWidgets() if isinstance(w, DifferencePrompt) and w.isVisible())
    with qtbot.waitSignal(dialog.booked):
        asked.verb.click()
    shelf.desktop.line.down = False
    desk.sync_now()
    qtbot.waitUntil(lambda: desk.status().waiting == 0, timeout=15_000)
    [row] = shelf.world.rows(Stock, sku_id=shelf.sku.id)
    assert row.on_hand == 118 + 7 + 1
