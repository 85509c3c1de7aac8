"""The supplier's pages over the real desk: encrypted files, threads, predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.goods import goods_entries, goods_ids
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.tasks import Desk
from s2b_desktop.views.goods.page import GoodsPage
from s2b_desktop.views.goods.scan import ScanDialog
from s2b_desktop.views.imports.lines import Kind
from s2b_desktop.views.imports.page import PREVIEW, RECOGNISE, RESULT, ImportPage
from tests.models.conftest import desktop  # noqa: F401  (the fixture that opens profiles)
from tests.views import world

MINE = world.SUPPLIER.organisation_id


@pytest.fixture
def desk(qtbot: QtBot, look: object, desktop: Callable[..., Workspace]) -> Iterator[Desk]:  # noqa: F811
    made = Desk(desktop(world.SUPPLIER))
    yield made
    made.close()
    made.deleteLater()


def test_a_thousand_rows_are_imported_in_the_background(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "thousand.csv"
    rows = [f"T{n:05d},货 {n},{n % 90 + 1}.5,{n}" for n in range(1_200)]
    path.write_text("\n".join(["货号,品名,单价,库存", *rows]), encoding="utf-8")
    page, goods = ImportPage(desk, lambda key, what: None), GoodsPage(desk, lambda key, what: None)
    for widget in (page, goods):
        qtbot.addWidget(widget)
        widget.show()
    page.open_file(path)
    qtbot.waitUntil(lambda: page.wizard.current() == RECOGNISE, timeout=20_000)
    page.wizard.next.click()
    qtbot.waitUntil(lambda: page.wizard.current() == PREVIEW and page._preview is not None, timeout=20_000)
    assert page._preview is not None
    assert page._preview.count(Kind.NEW) == 1_200
    page.wizard.next.click()
    qtbot.waitUntil(lambda: page.wizard.current() == RESULT and page.result.strip is None, timeout=60_000)
    assert [item.state for item in desk.queue()] == ["waiting"] * 3
    qtbot.waitUntil(lambda: goods.table.model.rowCount() == 1_230, timeout=20_000)
    assert len(desk.read(goods_ids, MINE)) == 1_230

    page.start_over()
    page.open_file(path)
    qtbot.waitUntil(lambda: page.wizard.current() == RECOGNISE, timeout=20_000)
    page.wizard.next.click()
    qtbot.waitUntil(lambda: page.wizard.current() == PREVIEW and page._preview is not None, timeout=20_000)
    assert page._preview is not None
    assert page._preview.count(Kind.UNCHANGED) == 1_200


def test_a_burst_is_looked_up_on_a_thread_and_booked(qtbot: QtBot, desk: Desk) -> None:
    first, second = desk.read(goods_entries, MINE, list(desk.read(goods_ids, MINE))[:2])
    dialog = ScanDialog(desk, "receive")
    qtbot.addWidget(dialog)
    dialog.open()
    for code in [first.barcode, second.code, first.barcode] * 4:
        QTest.keyClicks(dialog.field, code)
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.lines() == {first.sku_id: 8, second.sku_id: 4}, timeout=20_000)
    with qtbot.waitSignal(dialog.booked, timeout=20_000):
        dialog.book.click()
    again = desk.read(goods_entries, MINE, [first.rowid, second.rowid])
    assert [e.on_hand for e in again] == [first.on_hand + 8, second.on_hand + 4]
