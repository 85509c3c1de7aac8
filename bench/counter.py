"""A shop with many orders in its cache: a scanned line at the counter, and the order list, beside bare SQL."""

import shutil
import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from sqlalchemy import Connection

from bench.figure import Figure, median, percentile, within
from bench.world import PASSWORD, Stage
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.queries.counter import bill, scan
from s2b_desktop.models.queries.orders import OrderView, order_rowids, order_rows
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.entry import unlock
from s2b_desktop.tasks import Desk
from s2b_desktop.text import set_language
from s2b_desktop.views.common.theme import Theme
from s2b_desktop.views.counter.page import CounterPage
from s2b_desktop.views.main_window import MainWindow
from s2b_desktop.views.preferences import Preferences
from s2b_domain.commands.counter import SaleItem
from s2b_domain.commands.quote import Wish
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order, OrderLine
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.order_flow import OrderKind, OrderState
from s2b_domain.rules.pricing import Channel

LINES, FIRST, SCANS = 10, 50, 40
PAUSE = 100
"""Milliseconds between two scans."""
SLICE = 1_000
VIEWS: tuple[tuple[str, OrderView, str], ...] = (
    ("all", "all", ""),
    ("to_ship", "to_ship", ""),
    ("attention", "attention", ""),
    ("number", "all", "D9-0000"),
)


def figures(stage: Stage) -> Iterator[Figure]:
    """As many orders as SKUs, ten lines each; then the counter and the list."""
    folder = stage.fresh("counter")
    shutil.copytree(stage.merchant(), folder)
    workspace = unlock(Profile(folder), "merchant", PASSWORD)
    try:
        _fill(workspace, stage.count)
        yield from _scanned(workspace, stage.count)
        yield _painted(workspace, stage.count)
        yield from _listed(workspace, stage.count)
    finally:
        workspace.close()
        shutil.rmtree(folder)


def _fill(workspace: Workspace, count: int) -> None:
    """Orders of two years, a tenth of them still to ship."""
    mine, now = workspace.actor.organisation_id, workspace.now()
    for start in range(0, count, SLICE):
        orders, lines = [], []
        for at in range(start, min(start + SLICE, count)):
            id_ = f"{at:032x}"
            state = OrderState.CONFIRMED if at % 10 == 0 else OrderState.COMPLETED
            orders.append(
                Order(
                    id=id_,
                    number=f"D9-{at:08}",
                    merchant_id=mine,
                    kind=OrderKind.RETAIL,
                    state=state,
                    address=None,
                    goods_amount=1000,
                    total=1000,
                    paid=1000,
                    placed_at=now - at * 600_000,
                    placed_by="",
                )
            )
            lines += [_line(mine, id_, at, number) for number in range(LINES)]
        with workspace.cache.write() as connection:
            store = RecordStore(connection)
            store.insert(Order, orders)
            store.insert(OrderLine, lines)


def _line(merchant_id: str, order_id: str, at: int, number: int) -> OrderLine:
    return OrderLine(
        id=f"{at:024x}{number:08x}",
        order_id=order_id,
        merchant_id=merchant_id,
        line=number + 1,
        sku_id="",
        supplier_id="",
        supply_order_id="",
        title=f"商品 {number}",
        specs="",
        code=f"C{number}",
        unit="件",
        decimals=0,
        quantity=1,
        unit_price=10_000,
        amount=100,
    )


def _taken(workspace: Workspace, works: list[Callable[[Connection], object]]) -> list[float]:
    """Milliseconds of each piece of reading."""
    taken = []
    for work in works:
        start = time.perf_counter()
        workspace.read(work)
        taken.append((time.perf_counter() - start) * 1000)
    return taken


def _scanned(workspace: Workspace, count: int) -> Iterator[Figure]:
    actor, now = workspace.actor, workspace.now()
    wish = Wish(merchant_id=actor.organisation_id, channel=Channel.COUNTER)
    known = _barcodes(workspace)
    items = [SaleItem(sku_id=id_, quantity=1) for id_, _ in known]

    def added(at: int) -> Callable[[Connection], object]:
        def work(connection: Connection) -> None:
            scan(connection, actor, known[at][1])
            bill(connection, actor, wish, items[: at + 1], now)

        return work

    def bare(at: int) -> Callable[[Connection], object]:
        sql = f"SELECT * FROM {Sku.table.name} WHERE barcode = ?"
        return lambda connection: connection.exec_driver_sql(sql, (known[at][1],)).all()

    places = range(len(known))
    taken, floor = _taken(workspace, [added(at) for at in places]), _taken(workspace, [bare(at) for at in places])
    note = (
        f"p95 of what a scan reads and prices, 1 to {len(known)} lines, {count} orders; median {median(taken):.2g} ms"
    )
    yield within("merchant.scanned_line", percentile(taken, 95), 50, "ms", n=len(taken), note=note)
    note = "the floor: the SKU by its barcode alone"
    yield within("merchant.scanned_line.floor", percentile(floor, 95), None, "ms", n=len(floor), note=note)


def _barcodes(workspace: Workspace) -> list[tuple[str, str]]:
    """Some SKUs by id, and the barcode of each."""
    with workspace.cache.read() as connection:
        sql = "SELECT id, barcode FROM sku WHERE barcode <> '' LIMIT ?"
        return [(id_, barcode) for id_, barcode in connection.exec_driver_sql(sql, (SCANS,))]


class _Watch(QObject):
    """Notes when a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.painted = 0.0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            self.painted = time.perf_counter()
        return False


def _painted(workspace: Workspace, count: int) -> Figure:
    """From the Enter of a scanner until the list of the sale shows the line, in the window."""
    app = QApplication.instance() or QApplication([])
    set_language("zh_CN")
    Theme.apply(app, "light")  # type: ignore[arg-type]
    desk = Desk(workspace)
    window = MainWindow(desk, Preferences())
    window.resize(1360, 820)
    window.show()
    window.navigate("counter")
    page = window.page("counter")
    assert isinstance(page, CounterPage)
    watch = _Watch(page.lines.view.viewport())
    taken = []
    for lines, (_, barcode) in enumerate(_barcodes(workspace), start=1):
        QTest.qWait(PAUSE)
        page.field.setText(barcode)
        start, watch.painted = time.perf_counter(), 0.0
        QTest.keyClick(page.field, Qt.Key.Key_Return)
        while len(page.lines.model.ids()) < lines or not watch.painted:
            app.processEvents()
        taken.append((watch.painted - start) * 1000)
    window.close_for_sure()
    desk.close()
    note = f"p95 of {len(taken)} scans in the window, offscreen, {count} orders; median {median(taken):.2g} ms"
    return within("merchant.scanned_line.painted", percentile(taken, 95), 50, "ms", n=len(taken), note=note)


def _listed(workspace: Workspace, count: int) -> Iterator[Figure]:
    mine, now = workspace.actor.organisation_id, workspace.now()
    for name, view, text in VIEWS:

        def page(connection: Connection, view: OrderView = view, text: str = text) -> None:
            order_rows(connection, order_rowids(connection, mine, view, text, now, limit=FIRST)[:FIRST])

        taken = _taken(workspace, [page] * 10)
        note = f"p95 until {FIRST} rows of {count} orders with {count * LINES} lines; median {median(taken):.2g} ms"
        yield within(f"merchant.order_list.{name}", percentile(taken, 95), 50, "ms", n=len(taken), note=note)
    whole = _taken(workspace, [lambda connection: order_rowids(connection, mine, "all", "", now)] * 5)
    note = f"the ids of all {count} orders, which follow the first page; the screen does not wait for them"
    yield within("merchant.order_list.whole", percentile(whole, 95), None, "ms", n=len(whole), note=note)

    def bare(connection: Connection) -> None:
        sql = "SELECT * FROM sales_order WHERE merchant_id = ? ORDER BY placed_at DESC LIMIT ?"
        connection.exec_driver_sql(sql, (mine, FIRST)).all()

    floor = _taken(workspace, [bare] * 10)
    yield within("merchant.order_list.floor", percentile(floor, 95), None, "ms", n=len(floor), note="bare SQL")
