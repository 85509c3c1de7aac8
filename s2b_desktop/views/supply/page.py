"""The supplier's queue of supply orders by the time they must leave, one in full beside it, and what to do."""

from array import array
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from s2b_desktop.models.queries.supply import (
    STATES,
    Queue,
    QueueCount,
    SupplyDetail,
    SupplyEntry,
    supply_counts,
    supply_detail,
    supply_entries,
    supply_ids,
    supply_rowid,
)
from s2b_desktop.text import duration, tr
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.live import LivePage
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.supply.actions import SHIPPABLE, SupplyActions
from s2b_desktop.views.supply.bursts import KeyBursts
from s2b_desktop.views.supply.columns import supply_columns
from s2b_desktop.views.supply.panel import SupplyPanel
from s2b_domain.rules.order_flow import SupplyState

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

QUEUES: dict[Queue, str] = {
    Queue.OPEN: "To do",
    Queue.WAITING: "To accept",
    Queue.TO_SHIP: "To ship",
    Queue.PARTLY: "Partly shipped",
    Queue.OVERDUE: "Overdue",
    Queue.SHIPPED: "Shipped",
    Queue.DECLINED: "Declined or cancelled",
    Queue.ALL: "All supply orders",
}
CARDS = (Queue.WAITING, Queue.TO_SHIP, Queue.PARTLY, Queue.SHIPPED)


class SupplyPage(LivePage):
    """`show_item` takes a supply order's id, or a `Queue`. A lone A, S, D or P on the list accepts, ships,
    declines, prints; a scanned order or tracking number opens its order."""

    key = "supply"
    icon = "truck"
    title = "Supply orders"
    TABLES = frozenset({"supply_order", "supply_line", "parcel", "history"})
    AWAITED = ("supply_order", "history")

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(desk, self.title, parent)
        self._navigate = navigate
        self._queue = Queue.OPEN
        self._sort: tuple[str, bool] = ("", False)
        self._open: int | None = None
        self._shown: object = None
        self._wanted = ""
        self._loading, self._counting = Reading(desk), Reading(desk)
        self.deeds = SupplyActions(desk, self, self.refresh)
        self.add_action("Sync", desk.sync_now, "F5", icon="refresh")
        if self.deeds.may_ship:
            self.add_action("Print", self.print_papers, "Ctrl+P", icon="printer", key="P")
            self.ship_button = self.add_action("Ship", self.ship, icon="truck", key="S")
        if self.deeds.may_decide:
            self.decline_button = self.add_action("Decline", self.decline, key="D")
            self.accept_button = self.add_action("Accept", self.accept, primary=True, key="A")
        self.set_cards([FactCard(queue.value, QUEUES[queue], lambda: "–", checkable=True) for queue in CARDS])
        self.card_toggled.connect(self._filter_toggled)

        self.queues = ComboBox(list(QUEUES.items()))
        self.queues.set_value(self._queue)
        self.queues.setAccessibleName(tr("List"))
        self.table: DataTable[SupplyEntry] = DataTable(
            supply_columns(lambda entry: entry.id in self._waiting, desk.now),
            self._entries,
            name="Supply orders",
            search="Order number, merchant, goods or tracking number",
        )
        self.table.toolbar.insertWidget(0, self.queues)
        self.queues.value_changed.connect(self.look_at)
        self._sort = self.remember(self.table, "supply") or self._sort
        self.table.sort_requested.connect(self._sorted)
        self.table.search_changed.connect(lambda _text: self._load())
        self.table.activated.connect(self._show)
        self.table.view.clicked.connect(lambda index: self._show(self.table.model.id_at(index.row())))
        self.table.current_changed.connect(self._current_moved)
        self.table.selection_changed.connect(lambda _ids: self._enable())
        keys: dict[str, Callable[[], object]] = {}
        if self.deeds.may_decide:
            keys |= {"A": self.accept, "D": self.decline}
        if self.deeds.may_ship:
            keys |= {"S": self.ship, "P": self.print_papers}
        self.bursts = KeyBursts(self.table.view, keys)
        self.bursts.scanned.connect(self._scanned)
        self.inspector.closed.connect(self._forget)
        self.body.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        self._say_empty()
        self._enable()

    # what is shown

    def refresh(self) -> None:
        super().refresh()
        self._load()
        self._counting.fetch(supply_counts, self._supplier, self._desk.now(), done=self._tell_counts)

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", None)
        if message is not None:
            several = getattr(message, "supply_order_ids", ())
            what = getattr(message, "supply_order_id", "") or (several[0] if several else "")
        if isinstance(what, Queue):
            self.look_at(what)
        elif isinstance(what, str) and what:
            self._wanted = what
            rowid = self._desk.read(supply_rowid, what)
            if rowid is not None:
                self.look_at(Queue.ALL)
                self._show(rowid)

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "queues"):
            self.queues.setAccessibleName(tr("List"))
            self._reopen()

    @property
    def _supplier(self) -> str:
        return self._desk.actor.organisation_id

    def _entries(self, rowids: Sequence[RowId]) -> list[SupplyEntry]:
        return self._desk.read(supply_entries, [int(rowid) for rowid in rowids])

    def _load(self) -> None:
        text = self.table.search_field.text().strip()
        self._loading.fetch(
            supply_ids, self._supplier, self._queue, self._desk.now(), text, *self._sort, done=self._show_ids
        )

    def _show_ids(self, rowids: "array[int]") -> None:
        if not rowids:
            self._say_empty()
        self.table.set_ids(rowids)
        if self._wanted:
            rowid = self._desk.read(supply_rowid, self._wanted)
            if rowid is not None and self.table.select(rowid):
                self._wanted = ""
        if self._open is not None:
            self._show(self._open)
        self._enable()

    def _tell_counts(self, counts: dict[Queue, QueueCount]) -> None:
        now = self._desk.now()
        todo, late = counts[Queue.OPEN].count, counts[Queue.OVERDUE].count

        def facts() -> str:
            said = [tr("{n} to do", n=todo)] if todo else [tr("nothing to do")]
            return " · ".join([*said, tr("{n} overdue", n=late)] if late else said)

        self.set_facts(facts)
        for queue in CARDS:
            found = counts[queue]
            note, tone = self._note(queue, found, now)
            self.card(queue.value).set_fact(partial(format, found.count, ","), note, tone="bad" if tone else "neutral")

    @staticmethod
    def _note(queue: Queue, found: QueueCount, now: int) -> tuple[Callable[[], str], bool]:
        due = found.next_due
        if queue is Queue.SHIPPED:
            return lambda: tr("on their way or delivered") if found.count else "", False
        if found.overdue:
            return lambda: tr("{n} overdue", n=found.overdue), True
        if found.count and due is not None:
            return lambda: tr("next in {duration}", duration=duration(due - now)), False
        return lambda: tr("all done"), False

    def _say_empty(self) -> None:
        if self.table.search_field.text().strip():
            empty = EmptyState(
                "search", "Nothing found", "Try fewer letters.", action="Show all", callback=self._show_all
            )
        elif self._queue is Queue.OPEN:
            empty = EmptyState(
                "check-circle",
                "Nothing to do",
                "New orders of merchants appear here by themselves. What you shipped is under Shipped.",
                action="Show shipped",
                callback=lambda: self.look_at(Queue.SHIPPED),
            )
        else:
            empty = EmptyState("inbox", "Nothing in this list", action="Show what is to do", callback=self._show_all)
        self.table.set_empty(empty)

    def _show_all(self) -> None:
        self.table.search_field.clear()
        self.look_at(Queue.OPEN)

    # lists, cards, sorting

    def look_at(self, queue: Queue) -> None:
        """Show another list."""
        self._queue = queue
        self.queues.show_value(queue)
        self.check_card(queue.value)
        self._load()

    def _filter_toggled(self, key: str, on: bool) -> None:
        if on:
            self.look_at(Queue(key))
        elif self._queue.value == key:
            self.look_at(Queue.OPEN)

    def _sorted(self, sort: str, descending: bool) -> None:
        self._sort = (sort, descending)
        self._load()

    # what changes

    def mark(self) -> None:
        self.table.refresh()
        self._reopen()

    # one order

    def _show(self, rowid: object) -> None:
        if not isinstance(rowid, int):
            return
        detail = self._desk.read(supply_detail, self._supplier, rowid)
        if detail is None:
            self.inspector.close_panel()
            return
        waiting = self._waiting & {detail.order.id, *(event.id for event in detail.history)}
        if self.inspector.is_open() and self._shown == (detail, waiting):
            return
        self._open, self._shown = rowid, (detail, waiting)
        panel = SupplyPanel(
            detail,
            self.deeds.of(detail),
            waiting=detail.order.id in waiting,
            waiting_events=waiting,
            may_track=self.deeds.may_ship,
            now=self._desk.now(),
        )
        panel.track.connect(lambda parcel_id: self.deeds.track(detail, parcel_id))
        panel.relabel.connect(lambda parcel_id: self.deeds.relabel(detail, parcel_id))
        panel.copied.connect(self._copy)
        self.inspector.open_panel(panel, lambda: detail.order.number)
        self._enable()

    def _reopen(self) -> None:
        self._shown = None
        if self._open is not None and self.inspector.is_open():
            self._show(self._open)

    def _current_moved(self, rowid: object) -> None:
        self._enable()
        if rowid is not None and self.inspector.is_open():
            self._show(rowid)

    def _forget(self) -> None:
        self._open = self._shown = None
        self.table.setFocus()

    # actions

    def _chosen(self) -> list[SupplyEntry]:
        """The selected entries, else the one that is open or current."""
        rowids = self.table.selected_ids()
        if not rowids:
            current = self.table.current_id()
            rowids = [self._open] if self._open is not None else [current] if current is not None else []
        return self._entries(rowids)

    def _enable(self) -> None:
        states = (
            {entry.state for entry in self._chosen()} if len(self.table.selected_ids()) <= 500 else set(SupplyState)
        )
        if self.deeds.may_decide:
            self.accept_button.setEnabled(SupplyState.WAITING in states)
            self.decline_button.setEnabled(SupplyState.WAITING in states)
        if self.deeds.may_ship:
            self.ship_button.setEnabled(bool(states & set(SHIPPABLE)))

    def accept(self) -> None:
        """Accept what is chosen and waits; each order has an outcome of its own."""
        self.deeds.accept([entry.id for entry in self._chosen() if entry.state is SupplyState.WAITING])

    def decline(self) -> None:
        """Decline what is chosen and waits, for one reason."""
        chosen = [entry for entry in self._chosen() if entry.state is SupplyState.WAITING]
        self.deeds.decline([detail for entry in chosen if (detail := self._detail(entry.rowid)) is not None])

    def ship(self) -> None:
        """Ship the one order that is chosen."""
        detail = self.deeds.on_one(self._chosen(), self._detail, *SHIPPABLE)
        if detail is not None:
            self.deeds.ship(detail)

    def print_papers(self) -> None:
        """Print what is chosen."""
        self.deeds.print_papers([entry.id for entry in self._chosen()])

    def _detail(self, rowid: int) -> SupplyDetail | None:
        return self._desk.read(supply_detail, self._supplier, rowid)

    def _scanned(self, code: str) -> None:
        """A scanned order or tracking number opens its order, whatever list is shown."""
        found = self._desk.read(supply_ids, self._supplier, Queue.ALL, self._desk.now(), code)
        if len(found) != 1:
            QApplication.beep()
            self.deeds.say(lambda: tr("No order found for {code}", code=code), "bad")
            return
        [entry] = self._entries(list(found))
        if entry.state not in STATES[self._queue]:
            self.look_at(Queue.ALL)
        self._wanted = entry.id
        self._show(entry.rowid)
        self._load()

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.deeds.say(lambda: tr("Copied: {text}", text=text))
