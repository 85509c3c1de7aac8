"""A dialog may be closed while its answer is on its way: nobody hears of it then, and nothing of it is booked twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from s2b_desktop.models.queries.goods import goods_ids
from s2b_desktop.views.common.confirm import Confirm, open_prompt
from s2b_desktop.views.goods.editor import GoodsEditor
from s2b_desktop.views.goods.fetching import FETCHED, PictureReport, Unfetched
from s2b_desktop.views.goods.scan import ScanDialog
from s2b_desktop.views.stock.ledger import LedgerDialog
from s2b_desktop.views.stock.listing import StockListDialog
from s2b_desktop.views.taxonomy.importing import TaxonomyImport
from s2b_domain.commands.feeds import FeedStock
from tests.views import world
from tests.views.desk import FakeDesk, settle

Open = Callable[[FakeDesk, QWidget, Path], QDialog]


def editor(desk: FakeDesk, window: QWidget, _folder: Path) -> QDialog:
    return GoodsEditor(desk, goods_ids(desk.connection, world.SUPPLIER.organisation_id), parent=window)


def ledger(desk: FakeDesk, window: QWidget, folder: Path) -> QDialog:
    dialog = LedgerDialog(desk, "0" * 32, "x", 0, "瓶", parent=window)
    dialog.export_to(folder / "ledger.xlsx")
    return dialog


def scanner(desk: FakeDesk, window: QWidget, _folder: Path) -> QDialog:
    dialog = ScanDialog(desk, "receive", parent=window)
    dialog._scanned("000001")
    return dialog


def stock_list(desk: FakeDesk, window: QWidget, folder: Path) -> QDialog:
    path = folder / "stock.csv"
    path.write_text("sku,qty\n000001,5\n", "utf-8")
    return StockListDialog(desk, path, lambda _said: None, parent=window)


def report(desk: FakeDesk, window: QWidget, folder: Path) -> QDialog:
    dialog = PictureReport(
        desk, FETCHED, [Unfetched(code="x", title="x", source="x", why="picture_missing")], parent=window
    )
    dialog.export_to(folder / "wrong.xlsx")
    return dialog


def taxonomy(desk: FakeDesk, window: QWidget, folder: Path) -> QDialog:
    dialog = TaxonomyImport(desk, parent=window)
    dialog.read(folder)
    return dialog


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize("make", [editor, ledger, scanner, stock_list, report, taxonomy])
def test_a_closed_dialog_hears_of_nothing(
    qtbot: QtBot, supplier: FakeDesk, window: QWidget, tmp_path: Path, make: Open
) -> None:
    dialog = make(supplier, window, tmp_path)
    open_prompt(dialog)
    dialog.reject()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not isValid(dialog)
    settle(qtbot, supplier)


def test_a_stock_list_is_not_left_while_it_is_booked(
    qtbot: QtBot, supplier: FakeDesk, window: QWidget, tmp_path: Path
) -> None:
    told: list[str] = []
    path = tmp_path / "stock.csv"
    path.write_text("sku,qty\n000001,5\n", "utf-8")
    dialog = StockListDialog(supplier, path, lambda said: told.append(said()), parent=window)
    open_prompt(dialog)
    qtbot.waitUntil(lambda: dialog.plan is not None)
    dialog.book.click()
    dialog.reject()
    dialog.close()
    assert (dialog.isVisible(), told) == (True, [])
    qtbot.waitUntil(lambda: not isValid(dialog))
    assert len(told) == 1
    assert [type(message) for message in supplier.submitted] == [FeedStock]


def test_nothing_opens_over_a_window_that_is_locked(qtbot: QtBot, window: QWidget) -> None:
    window.hide()
    late, never = (Confirm("Your token", "", "I have it", parent=window) for _ in range(2))
    open_prompt(late)
    open_prompt(never)
    never.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not late.isVisible()
    window.show()
    qtbot.waitUntil(late.isVisible)
    late.reject()
    window.hide()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window.show()
    assert not isValid(late)
