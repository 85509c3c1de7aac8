"""Drawing a table of a million rows, beside Qt's own C++ item model and view."""

import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from random import Random

import msgspec
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QApplication, QTableView

from bench.figure import Figure, against, median, percentile, within
from bench.world import Stage
from s2b_desktop.views.common.column import Column
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Theme

COLUMNS = 12
FRAMES = 20
SCROLLS = 200
"""For each run."""
PLAIN_ROWS = 10_000
SIZE = (1600, 1000)


class Line(msgspec.Struct, frozen=True):
    """A row as a query would give it."""

    number: int


def cell(row: int, column: int) -> str:
    """What both tables show."""
    return f"商品 {row:07}" if column == 0 else f"{row * (column + 7) % 99_991:,}.{column:02}"


def _text(column: int) -> Callable[[Line], str]:
    return lambda line: cell(line.number, column)


def figures(stage: Stage) -> Iterator[Figure]:
    """A full frame somewhere else, the same frame again, and scrolling by three rows."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    Theme.apply(app, "light")
    total = stage.count * 10
    table, plain = _table(total), _plain(min(total, PLAIN_ROWS))
    for widget in (table, plain):
        widget.resize(*SIZE)
        widget.show()
    _settle()
    chance = Random(1)
    cold = [(_frame_at(table.view, chance), _frame_at(plain, chance)) for _ in range(FRAMES * stage.runs)]
    warm = [(_frame(table.view), _frame(plain)) for _ in range(FRAMES * stage.runs)]
    shown = f"{total:,} rows, {table.view.viewport().height() // table.view.rowHeight(0)} by {COLUMNS} cells in sight"
    limit = f"limit: QStandardItemModel of {PLAIN_ROWS:,} rows in a QTableView"
    for name, pairs, what in (("cold", cold, "after a jump"), ("again", warm, "drawn again")):
        drawn, bare = (median([pair[at] for pair in pairs]) * 1000 for at in (0, 1))
        yield against(
            f"table.frame_{name}", drawn, bare, "ms", most=1.6, n=FRAMES * stage.runs, note=f"{what}; {shown}; {limit}"
        )
    mine, theirs = ([_scroll(view) for _ in range(SCROLLS * stage.runs)] for view in (table.view, plain))
    taken, busy, plainly = [t for t, _ in mine], [b for _, b in mine], [t for t, _ in theirs]
    note = f"p99; median {median(taken):.2g} ms; p99 of the processor's time {percentile(busy, 99):.2g} ms"
    note += f"; p99 of the C++ model {percentile(plainly, 99):.2g} ms"
    yield within("table.scroll", percentile(taken, 99), 16, "ms", n=SCROLLS * stage.runs, note=note)
    for widget in (table, plain):
        widget.close()
        widget.deleteLater()
    _settle()


def _table(total: int) -> DataTable[Line]:
    columns = [
        Column(key=f"c{n}", title=f"Column {n}", text=_text(n), width=120, kind="text" if n == 0 else "number")
        for n in range(COLUMNS)
    ]

    def fetch(ids: Sequence[int | str]) -> list[Line]:
        return [Line(int(i)) for i in ids]

    table = DataTable(columns, fetch, toolbar=False)
    table.set_density("compact")
    table.set_ids(array("q", range(total)))
    return table


def _plain(rows: int) -> QTableView:
    model = QStandardItemModel(rows, COLUMNS)
    for row in range(rows):
        for column in range(COLUMNS):
            model.setItem(row, column, QStandardItem(cell(row, column)))
    view = QTableView()
    model.setParent(view)
    view.setModel(model)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(30)
    for column in range(COLUMNS):
        view.setColumnWidth(column, 120)
    return view


def _settle() -> None:
    for _ in range(5):
        QCoreApplication.processEvents()


def _frame(view: QTableView) -> float:
    start = time.perf_counter()
    view.viewport().repaint()
    return time.perf_counter() - start


def _frame_at(view: QTableView, chance: Random) -> float:
    bar = view.verticalScrollBar()
    view.setUpdatesEnabled(False)
    bar.setValue(chance.randrange(bar.maximum()))
    view.setUpdatesEnabled(True)
    _settle()
    bar.setValue(chance.randrange(bar.maximum()))
    return _frame(view)


def _scroll(view: QTableView) -> tuple[float, float]:
    """Milliseconds on the clock and of the processor's time, for three rows."""
    bar = view.verticalScrollBar()
    if bar.value() > bar.maximum() - 1000:
        bar.setValue(0)
        _settle()
    start, working = time.perf_counter(), time.thread_time()
    bar.setValue(bar.value() + 3 * view.rowHeight(0))
    QCoreApplication.processEvents()
    return (time.perf_counter() - start) * 1000, (time.thread_time() - working) * 1000
