"""The orders of a shop: views and search over any number of them, one in full beside the list, and what to do."""

from array import array
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, get_args

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from s2b_desktop.models.queries.orders import (
    OrderDetail,
    OrderFacts,
    OrderRow,
    OrderSort,
    OrderView,
    order_detail,
    order_facts,
    order_of,
    order_rowid,
    order_rowids,
    order_rows,
)
from s2b_desktop.text import moment, money, tr
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.live import LivePage
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.table_model import PAGE
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.orders.actions import OrderActions, Resumable
from s2b_desktop.views.orders.columns import order_columns
from s2b_desktop.views.orders.panel import OrderPanel
from s2b_domain.access import Permission
from s2b_domain.commands.claims import OpenClaim
from s2b_domain.commands.order_changes import ForgoSupply
from s2b_domain.commands.receivings import ReceiveGoods

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

Asked = tuple[OrderView, str, OrderSort, bool]
"""A view, a search text, and by what the list is sorted, downwards or not."""
VIEWS: dict[OrderView, str] = {
    "all": "All orders",
    "to_confirm": "To confirm",
    "to_ship": "To ship",
    "in_transit": "In transit",
    "attention": "Needs attention",
    "unpaid": "Not paid in full",
    "finished": "Delivered",
    "cancelled": "Cancelled",
}
CARDS: tuple[OrderView, ...] = ("to_confirm", "to_ship", "in_transit", "attention")


class OrdersPage(LivePage):
    """`show_item` takes an order id, the key of a view, or a queue item whose message names an order."""

    key = "orders"
    icon = "clipboard"
    title = "Orders"
    TABLES = frozenset(
        {"sales_order", "order_line", "supply_order", "supply_line", "parcel", "payment", "history"}
        | {"goods_receipt", "claim"}
    )
    AWAITED = ("sales_order", "history")

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(desk, self.title, parent)
        self._navigate = navigate
        self._view: OrderView = "all"
        self._sort: tuple[OrderSort, bool] = ("placed", True)
        self._found: OrderFacts | None = None
        self._open: str = ""
        self._shown: tuple[OrderDetail, frozenset[str]] | None = None
        self._wanted: str = ""
        self._loading, self._counting = Reading(desk), Reading(desk)
        self._listed: Asked | None = None
        self._offers = OrderActions(desk, navigate, self, self.refresh)
        self.add_action("Sync", desk.sync_now, "F5", icon="refresh")
        if desk.actor.may(Permission.ORDER_PLACE):
            self.add_action("New order", lambda: navigate("order", None), "F2", primary=True)
        self.set_cards([FactCard(view, VIEWS[view], checkable=True) for view in CARDS])
        self.card_toggled.connect(self._chose_card)

        self.views = ComboBox([(view, VIEWS[view]) for view in get_args(OrderView)])
        self.table: DataTable[OrderRow] = DataTable(
            order_columns(lambda row: row.id in self._waiting, desk.now),
            self._rows,
            name="Orders",
            search="Number, goods, or the customer's phone",
        )
        self.table.toolbar.insertWidget(0, self.views)
        self.views.value_changed.connect(self._look_at)
        self.table.set_sort(*self._sort)
        self._sort = self.remember(self.table, "orders") or self._sort  # type: ignore[assignment]
        self.table.sort_requested.connect(self._sorted)
        self.table.search_changed.connect(lambda _text: self._load())
        self.table.activated.connect(self._show_row)
        self.table.view.clicked.connect(lambda index: self._show_row(self.table.model.id_at(index.row())))
        self.table.current_changed.connect(self._current_moved)
        self.inspector.closed.connect(self._forget)
        self.body.addWidget(self.table, 1)
        self.retranslate()
        self.setFocusProxy(self.table)
        self._say_empty()

    # what is shown

    def refresh(self) -> None:
        super().refresh()
        self._load()
        now = self._desk.now()
        midnight = datetime.fromtimestamp(now / 1000).replace(hour=0, minute=0, second=0, microsecond=0)
        today = int(midnight.timestamp() * 1000)
        self._counting.fetch(order_facts, self._merchant, now, today, done=self._tell_facts)

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", None)
        if isinstance(message, Resumable):
            if isinstance(message, ReceiveGoods | OpenClaim):
                detail = self._desk.read(order_of, message.supply_order_id)
            else:
                detail = self._desk.read(order_detail, message.order_id)
            if detail is not None:
                self.show_item(detail.order.id)
                self._offers.resume(detail, message, getattr(what, "command_id", None))
            return
        if isinstance(message, ForgoSupply):
            detail = self._desk.read(order_of, message.supply_order_id)
            what = detail.order.id if detail is not None else ""
        what = getattr(message, "order_id", what)
        if isinstance(what, str) and what in VIEWS:
            self._look_at(what)
        elif isinstance(what, str) and what:
            self._wanted = what
            self._look_at("all")
            self._show_order(what)

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "views"):
            self.views.setAccessibleName(tr("Saved views"))
            self.views.setToolTip(tr("Saved views"))
            self._shown = None
            if self._open:
                self._show_order(self._open)

    @property
    def _merchant(self) -> str:
        return self._desk.actor.organisation_id

    def _rows(self, rowids: Sequence[RowId]) -> list[OrderRow]:
        return self._desk.read(order_rows, [int(rowid) for rowid in rowids])

    def _load(self) -> None:
        text, (sort, descending) = self.table.search_field.text().strip(), self._sort
        asked, now = (self._view, text, sort, descending), self._desk.now()

        def ask(limit: int | None, done: Callable[["array[int]"], None]) -> None:
            view, words, key, down = asked
            self._loading.fetch(order_rowids, self._merchant, view, words, now, key, down, limit, done=done)

        def begin(rowids: "array[int]") -> None:
            """What is seen first is there at once; the rest of a long list follows."""
            if len(rowids) == PAGE:
                self.table.set_ids(rowids)
                ask(None, partial(self._show_ids, asked))
            else:
                self._show_ids(asked, rowids)

        if asked == self._listed or text:
            ask(None, partial(self._show_ids, asked))
        else:
            ask(PAGE, begin)

    def _show_ids(self, asked: "Asked", rowids: "array[int]") -> None:
        self._listed = asked
        if not rowids:
            self._say_empty()
        self.table.set_ids(rowids)
        if self._wanted:
            rowid = self._desk.read(order_rowid, self._wanted)
            if rowid is not None and self.table.select(rowid):
                self._wanted = ""
        if self._open:
            self._show_order(self._open)

    def _tell_facts(self, found: OrderFacts) -> None:
        self._found = found
        self.set_facts(lambda: _today(found))
        for view, (figure, note, tone) in self._notes(found).items():
            self.card(view).set_fact(str(figure), note, tone=tone)

    def _notes(self, found: OrderFacts) -> dict[OrderView, tuple[int, Text, Tone]]:
        """Figure, note and tone of each card."""
        oldest, refused = found.oldest_to_confirm, self._desk.status().attention

        def since() -> str:
            return tr("oldest {time}", time=moment(oldest, self._desk.now())) if oldest else ""

        def late() -> str:
            return tr("{n} past their shipping time", n=found.late)

        def not_taken() -> str:
            return tr("{n} not accepted by the hub", n=refused)

        return {
            "to_confirm": (found.to_confirm, since, "neutral"),
            "to_ship": (found.to_ship, late, "bad") if found.late else (found.to_ship, "all on time", "neutral"),
            "in_transit": (found.in_transit, "on their way", "neutral"),
            "attention": (found.attention, not_taken, "bad")
            if refused
            else (found.attention, "declined, late or to refund", "neutral"),
        }

    def _say_empty(self) -> None:
        if self.table.search_field.text().strip() or self._view != "all":
            empty = EmptyState(
                "search", "No orders here", "Try another view, or fewer letters.", action="Show all", callback=self._all
            )
        else:
            empty = EmptyState(
                "cart",
                "No orders yet",
                "Choose goods from your suppliers, or take a customer's order and have it shipped.",
                action="Choose goods",
                callback=lambda: self._navigate("catalog", None),
            )
        self.table.set_empty(empty)

    def _all(self) -> None:
        self.table.search_field.clear()
        self._look_at("all")

    # views, cards, sorting

    def _look_at(self, view: OrderView) -> None:
        self._view = view
        if self.views.value() != view:
            self.views.show_value(view)
        self.check_card(view)
        self._load()

    def _chose_card(self, view: str, on: bool) -> None:
        if on:
            self._look_at(view)  # type: ignore[arg-type]
        elif view == self._view:
            self._look_at("all")

    def _sorted(self, sort: str, descending: bool) -> None:
        self._sort = (sort, descending)  # type: ignore[assignment]
        self._load()

    # what changes

    def mark(self) -> None:
        self.table.refresh()
        if self._open:
            self._show_order(self._open)

    # one order

    def _show_row(self, rowid: object) -> None:
        row = self.table.model.row_of(rowid)  # type: ignore[arg-type]
        if row >= 0:
            self._show_order(self.table.model.row(row).id)

    def _current_moved(self, rowid: object) -> None:
        if rowid is not None and self.inspector.is_open():
            self._show_row(rowid)

    def _forget(self) -> None:
        self._open, self._shown = "", None
        self.table.setFocus()

    def _show_order(self, order_id: str) -> None:
        detail = self._desk.read(order_detail, order_id)
        if detail is None:
            self.inspector.close_panel()
            return
        waiting = self._waiting & {order_id, *(event.id for event in detail.history)}
        if self.inspector.is_open() and self._shown == (detail, waiting):
            return
        self._open, self._shown = order_id, (detail, waiting)
        panel = OrderPanel(
            detail,
            self._offers.of(detail),
            waiting=order_id in waiting,
            waiting_events=waiting,
            now=self._desk.now(),
        )
        panel.copied.connect(self._copy)
        self.inspector.open_panel(panel, lambda: detail.order.number)

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        ToastArea.of(self).show_toast(lambda: tr("Copied: {text}", text=text))


def _today(found: OrderFacts) -> str:
    return f"{tr('{n} orders today', n=found.today)} · {money(found.today_amount)}" if found.today else ""
