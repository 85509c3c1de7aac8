"""The desk with its loop running: a submission reaches the hub without anybody asking, and news reach the pages."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from s2b_desktop.models.status import Changes
from s2b_desktop.sync.loop import SyncLoop
from s2b_desktop.tasks import Desk
from s2b_domain.records.order import Order
from tests.hub.world import World
from tests.sync.conftest import Desktops


def test_what_is_submitted_is_sent_and_accepted_by_itself(qtbot: QtBot, desktops: Desktops, world: World) -> None:
    desktop = desktops("chenguang")
    desktop.sync()
    desk = Desk(desktop.workspace, SyncLoop(desktop.workspace, desktop.line, interval=30))
    heard: list[Changes] = []
    desk.changed.connect(heard.append)
    qtbot.waitUntil(lambda: desk.status().online and not desk.status().syncing)
    desk.submit(world.order(("HF-1", 1)))
    qtbot.waitUntil(lambda: [i.state for i in desk.queue()] == ["accepted"], timeout=15_000)
    qtbot.waitUntil(lambda: desk.status().waiting == 0 and desk.status().attention == 0)
    assert len(world.rows(Order)) == 1
    assert any("sales_order" in c.tables for c in heard)
    desktop.line.down = True
    desk.sync_now()
    qtbot.waitUntil(lambda: desk.status().problem == "unreachable" and not desk.status().online)
    assert desk.status().offline_since is not None
    desk.close()
    desk.deleteLater()
