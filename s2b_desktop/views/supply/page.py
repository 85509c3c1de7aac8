"""The supplier's queue of supply orders by the time they must leave, one in full beside it, and what to do."""

from array import array
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from s2b_desktop.messages import problem_text
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
from s2b_desktop.text import duration, money, tr
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import RowId
from s2b_desktop.views.common.confirm import ReasonPrompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.supply.bursts import KeyBursts
from s2b_desktop.views.supply.carriers import carrier_name
from s2b_desktop.views.supply.columns import supply_columns
from s2b_desktop.views.supply.panel import Action, SupplyPanel
from s2b_desktop.views.supply.ship import ShipPrompt, TrackPrompt
from s2b_domain.access import Permission
from s2b_domain.commands.command import Command
from s2b_domain.commands.supply import AcceptSupply, CloseShort, DeclineSupply
from s2b_domain.errors import DomainError
from s2b_domain.rules.order_flow import SupplyState

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

TABLES = frozenset({"supply_order", "supply_line", "parcel", "history"})
LAYOUT, CARRIER = "layout/supply", "supply/carrier"
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
DECLINE_REASONS = ("Out of stock", "Cannot ship in time", "Cannot deliver to this address", "Price was wrong")
SHORT_REASONS = ("Out of stock", "Damaged in the warehouse", "The merchant agreed")
_SHIPPABLE = (SupplyState.ACCEPTED, SupplyState.PARTLY_SHIPPED)


class SupplyPage(Page):
    """`show_item` takes a supply order's id, or a `Queue`. A lone A, S or D on the list accepts, ships, declines;
    a scanned order or tracking number opens its order."""

    key = "supply"
    icon = "truck"
    title = "Supply orders"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk, self._navigate = desk, navigate
        self._queue = Queue.OPEN
        self._sort: tuple[str, bool] = ("", False)
        self._open: int | None = None
        self._shown: object = None
        self._wanted = ""
        self._waiting = desk.pending("supply_order")
        self._loading: Any = None
        may = desk.actor.may
        self._may_decide, self._may_ship = may(Permission.SUPPLY_DECIDE), may(Permission.SUPPLY_SHIP)
        self.add_action("Sync", desk.sync_now, "F5", icon="refresh")
        if self._may_ship:
            self.ship_button = self.add_action(lambda: tr("Ship") + "  S", self.ship, icon="truck")
        if self._may_decide:
            self.decline_button = self.add_action(lambda: tr("Decline") + "  D", self.decline)
            self.accept_button = self.add_action(lambda: tr("Accept") + "  A", self.accept, primary=True)
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
        self._restore_layout()
        self.table.sort_requested.connect(self._sorted)
        self.table.search_changed.connect(lambda _text: self._load())
        self.table.activated.connect(self._show)
        self.table.view.clicked.connect(lambda index: self._show(self.table.model.id_at(index.row())))
        self.table.current_changed.connect(self._current_moved)
        self.table.selection_changed.connect(lambda _ids: self._enable())
        self.table.layout_changed.connect(self._keep_layout)
        keys: dict[str, Callable[[], object]] = {}
        if self._may_decide:
            keys |= {"A": self.accept, "D": self.decline}
        if self._may_ship:
            keys["S"] = self.ship
        self.bursts = KeyBursts(self.table.view, keys)
        self.bursts.scanned.connect(self._scanned)
        self.inspector.closed.connect(self._forget)
        self.body.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        self._say_empty()
        self._enable()
        desk.changed.connect(self._changed)
        desk.status_changed.connect(self._status_changed)

    # what is shown

    def refresh(self) -> None:
        self._waiting = self._desk.pending("supply_order")
        self._load()
        self._desk.fetch(supply_counts, self._supplier, self._desk.now(), done=self._tell_counts)

    def show_item(self, what: object) -> None:
        if isinstance(what, Queue):
            self.look_at(what)
        elif isinstance(what, str) and what:
            self._wanted = what
            rowid = self._desk.read(supply_rowid, what)
            if rowid is not None:
                self.look_at(Queue.ALL)
                self._show(rowid)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

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
        if self._loading is not None:
            self._loading.cancel()
        text = self.table.search_field.text().strip()
        self._loading = self._desk.fetch(
            supply_ids, self._supplier, self._queue, self._desk.now(), text, *self._sort, done=self._show_ids
        )

    def _show_ids(self, rowids: "array[int]") -> None:
        self._loading = None
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
        self.queues.blockSignals(True)
        self.queues.set_value(queue)
        self.queues.blockSignals(False)
        for card in CARDS:
            self.card(card.value).blockSignals(True)
            self.card(card.value).setChecked(card is queue)
            self.card(card.value).blockSignals(False)
        self._load()

    def _filter_toggled(self, key: str, on: bool) -> None:
        if on:
            self.look_at(Queue(key))
        elif self._queue.value == key:
            self.look_at(Queue.OPEN)

    def _sorted(self, sort: str, descending: bool) -> None:
        self._sort = (sort, descending)
        self._load()

    def _restore_layout(self) -> None:
        kept = self._desk.draft(LAYOUT)
        if kept:
            layout = msgspec.json.decode(kept)
            self.table.restore_layout(layout)
            if layout.get("sort"):
                self._sort = (layout["sort"][0], bool(layout["sort"][1]))

    def _keep_layout(self, layout: dict[str, Any]) -> None:
        self._desk.save_draft(LAYOUT, msgspec.json.encode(layout))

    # what changes

    def _changed(self, changes: Any) -> None:
        if self.isVisible() and TABLES & changes.tables:
            self.refresh()

    def _status_changed(self, _status: object) -> None:
        waiting = self._desk.pending("supply_order")
        if waiting != self._waiting and self.isVisible():
            self._waiting = waiting
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
        waiting = detail.order.id in self._waiting
        if self.inspector.is_open() and self._shown == (detail, waiting):
            return
        self._open, self._shown = rowid, (detail, waiting)
        panel = SupplyPanel(
            detail,
            self._actions_of(detail),
            waiting=waiting,
            waiting_events=self._desk.pending("history"),
            may_track=self._may_ship,
            now=self._desk.now(),
        )
        panel.track.connect(lambda parcel_id: self._track(detail, parcel_id))
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

    def _actions_of(self, detail: SupplyDetail) -> list[Action]:
        """What this person may do with a supply order in this state; keys are those of the list."""
        state, actions = detail.order.state, list[Action]()
        if state is SupplyState.WAITING and self._may_decide:
            actions.append(("Accept", lambda: self._accept([detail.order.id]), "primary"))
            actions.append(("Decline…", lambda: self._decline(detail), "secondary"))
        if state in _SHIPPABLE and self._may_ship:
            actions.append(("Ship…", lambda: self._ship(detail), "primary"))
        if state is SupplyState.PARTLY_SHIPPED and self._may_decide:
            actions.append(("Give up the rest…", lambda: self._close_short(detail), "secondary"))
        return actions

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
        if self._may_decide:
            self.accept_button.setEnabled(SupplyState.WAITING in states)
            self.decline_button.setEnabled(SupplyState.WAITING in states)
        if self._may_ship:
            self.ship_button.setEnabled(bool(states & set(_SHIPPABLE)))

    def accept(self) -> None:
        """Accept what is chosen and waits; each order has an outcome of its own."""
        self._accept([entry.id for entry in self._chosen() if entry.state is SupplyState.WAITING])

    def _accept(self, ids: list[str]) -> None:
        if not ids:
            self._say("Choose orders that wait to be accepted", "neutral")
            return
        messages = [AcceptSupply(supply_order_ids=(id_,)) for id_ in ids]
        n = len(ids)

        def said() -> str:
            return tr("{n} orders accepted. Pack them by their ship-by time.", n=n)

        if n == 1:
            self._submit(messages[0], said)
        else:
            self._desk.submit_many(
                messages, import_id=self._desk.new_id(), done=lambda _n: self._say(said), failed=self._refused
            )

    def decline(self) -> None:
        """Decline the one order that is chosen."""
        self._on_one(SupplyState.WAITING, then=self._decline)

    def ship(self) -> None:
        """Ship the one order that is chosen."""
        self._on_one(*_SHIPPABLE, then=self._ship)

    def _on_one(self, *states: SupplyState, then: Callable[[SupplyDetail], None]) -> None:
        fitting = [entry for entry in self._chosen() if entry.state in states]
        if len(fitting) != 1:
            self._say("Choose one order for this" if fitting else "This order is not at that step", "neutral")
            return
        detail = self._desk.read(supply_detail, self._supplier, fitting[0].rowid)
        if detail is not None:
            then(detail)

    def _decline(self, detail: SupplyDetail) -> None:
        order = detail.order
        prompt = ReasonPrompt(
            lambda: tr("Decline {number}?", number=order.number),
            lambda: tr(
                "{merchant} is told at once and orders elsewhere or gives the money back; you lose {amount}. "
                "The goods are free for others again. This cannot be taken back.",
                merchant=order.merchant_name,
                amount=money(order.total),
            ),
            "Decline",
            DECLINE_REASONS,
            tone="danger",
            parent=self.window(),
        )
        self._ask(
            prompt,
            lambda: self._submit(
                DeclineSupply(supply_order_id=order.id, reason=prompt.reason()),
                lambda: tr("{number} declined", number=order.number),
            ),
        )

    def _close_short(self, detail: SupplyDetail) -> None:
        order = detail.order
        prompt = ReasonPrompt(
            lambda: tr("Give up the rest of {number}?", number=order.number),
            "What is still open will not be shipped and not be paid. What was shipped stays as it is. "
            "This cannot be taken back.",
            "Give up the rest",
            SHORT_REASONS,
            tone="danger",
            parent=self.window(),
        )
        self._ask(
            prompt,
            lambda: self._submit(
                CloseShort(supply_order_id=order.id, reason=prompt.reason()),
                lambda: tr("The rest of {number} is cancelled", number=order.number),
            ),
        )

    def _ship(self, detail: SupplyDetail) -> None:
        last = (self._desk.draft(CARRIER) or b"").decode()
        prompt = ShipPrompt(detail.order, detail.lines, last, parent=self.window())

        def ship() -> None:
            message = prompt.message(self._desk.new_id())
            self._desk.save_draft(CARRIER, message.carrier.encode())
            self._submit(
                message,
                lambda: tr(
                    "Shipped with {carrier} {number}",
                    carrier=carrier_name(message.carrier),
                    number=message.tracking_number,
                ),
            )

        self._ask(prompt, ship)

    def _track(self, detail: SupplyDetail, parcel_id: str) -> None:
        parcel = next(p for p in detail.parcels if p.id == parcel_id)
        prompt = TrackPrompt(parcel, carrier_name(parcel.carrier), self._desk.now(), parent=self.window())
        self._ask(prompt, lambda: self._submit(prompt.message(), lambda: tr("Tracking event recorded")))

    @staticmethod
    def _ask(prompt: QDialog, then: Callable[[], object]) -> None:
        prompt.accepted.connect(then)
        prompt.finished.connect(prompt.deleteLater)
        prompt.open()

    def _submit(self, message: Command, said: Callable[[], str]) -> None:
        self._desk.submit(message, done=lambda _seq: self._say(said), failed=self._refused)

    def _say(self, said: Text, tone: Tone = "ok") -> None:
        ToastArea.of(self).show_toast(said, tone=tone)

    def _refused(self, error: Exception) -> None:
        code, params = (error.code, error.params) if isinstance(error, DomainError) else ("unexpected", {})
        self._say(lambda: problem_text(code, params), "bad")
        self.refresh()

    def _scanned(self, code: str) -> None:
        """A scanned order or tracking number opens its order, whatever list is shown."""
        found = self._desk.read(supply_ids, self._supplier, Queue.ALL, self._desk.now(), code)
        if len(found) != 1:
            QApplication.beep()
            self._say(lambda: tr("No order found for {code}", code=code), "bad")
            return
        [entry] = self._entries(list(found))
        if entry.state not in STATES[self._queue]:
            self.look_at(Queue.ALL)
        self._wanted = entry.id
        self._show(entry.rowid)
        self._load()

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._say(lambda: tr("Copied: {text}", text=text))
