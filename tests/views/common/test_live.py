"""Pages whose rows come from the desk: what they were told last time, and what they hear of."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from s2b_desktop.models.status import Changes
from s2b_desktop.views.common.column import Column
from s2b_desktop.views.common.live import LivePage
from s2b_desktop.views.common.table import DataTable
from s2b_domain.commands.stock import CountStock
from s2b_domain.records.stock import Stock
from tests.views.desk import FakeDesk


class Looked(LivePage):
    """Counts how often it reads and marks."""

    TABLES = frozenset({"stock"})
    AWAITED = ("stock",)

    def __init__(self, desk: FakeDesk) -> None:
        self.read = self.marked = 0
        super().__init__(desk, "Stock")
        self.table: DataTable[int] = DataTable(
            [Column("a", "A", str, 100, sort_key="a"), Column("b", "B", str, 100)], lambda _ids: [], name="Rows"
        )
        self.body.addWidget(self.table)
        self.sort = self.remember(self.table, "looked")

    def refresh(self) -> None:
        super().refresh()
        self.read += 1

    def mark(self) -> None:
        self.marked += 1


@pytest.fixture
def page(qtbot: QtBot, supplier: FakeDesk) -> Looked:
    made = Looked(supplier)
    qtbot.addWidget(made)
    return made


def test_what_is_out_of_sight_is_read_when_it_comes_into_sight(page: Looked, supplier: FakeDesk) -> None:
    supplier.changed.emit(Changes(frozenset({"stock"})))
    assert page.read == 0
    page.show()
    assert page.read == 1


def test_it_is_read_again_when_one_of_its_tables_changed_and_only_then(page: Looked, supplier: FakeDesk) -> None:
    page.show()
    supplier.changed.emit(Changes(frozenset({"member"})))
    assert page.read == 1
    supplier.changed.emit(Changes(frozenset({"member", "stock"})))
    assert (page.read, page.marked) == (2, 0)


def test_rows_are_marked_when_others_wait_than_before(page: Looked, supplier: FakeDesk) -> None:
    page.show()
    stock = supplier.store.find(Stock)[0]
    supplier.go_offline()
    supplier.submit(CountStock(sku_id=stock.sku_id, counted=7, position=stock.position))
    seq = supplier.queue()[0].seq
    read, marked = page.read, page.marked
    for _ in range(2):
        supplier.answer(seq, "accepted")
        assert (page.read, page.marked) == (read, marked + 1)


def test_columns_are_as_they_were_left(page: Looked, supplier: FakeDesk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.table.layout_changed):
        page.table._header_clicked(0)
    again = Looked(supplier)
    qtbot.addWidget(again)
    assert (page.sort, again.sort) == (None, ("a", False))
