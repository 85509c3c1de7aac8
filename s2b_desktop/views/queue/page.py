"""同步队列: every command of this PC, what became of it, and what to do about those that were not taken."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QWidget

from s2b_desktop.messages import failure_text, price_changes, state_text
from s2b_desktop.models.queries.home import SkuName, sku_names
from s2b_desktop.models.queries.parties import person_names
from s2b_desktop.models.status import Changes, QueueItem, Status
from s2b_desktop.text import ago, moment, quantity, tr
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.queue.items import ATTENTION, WAITING, Action, editor_of, goods_of, ordered, title_of, why
from s2b_desktop.views.queue.panel import QueuePanel
from s2b_desktop.views.queue.resend import at_new_prices, at_new_total, placed_by, placing
from s2b_domain.commands.orders import PlaceOrder

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

MAX_ENTERED = 12


class QueuePage(Page):
    """`show_item` takes the key of a card, or a command's id."""

    key = "queue"
    icon = "inbox"
    title = "Sync queue"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk, self._navigate = desk, navigate
        self._items: dict[int, QueueItem] = {}
        self._known: dict[str, QueueItem] = {}
        self._names: dict[str, str] = {}
        self._open: int | None = None
        self.add_action("Sync now", desk.sync_now, "F5", primary=True)
        self.set_cards(
            [
                FactCard("attention", "Needs attention", checkable=True),
                FactCard("waiting", "Waiting to sync", checkable=True),
                FactCard("accepted", "Done", checkable=True),
            ]
        )
        self.card_toggled.connect(lambda _key, _on: self._show_items())
        self.table: DataTable[QueueItem] = DataTable(self._columns(), self._rows, name="Sync queue", toolbar=False)
        self.table.set_empty(
            EmptyState(
                "cloud-check",
                "Everything has arrived",
                "What you save shows here until the platform has answered.",
            )
        )
        self.table.activated.connect(self._show_row)
        self.table.view.clicked.connect(lambda index: self._show_row(self.table.model.id_at(index.row())))
        self.table.current_changed.connect(self._moved)
        self.inspector.closed.connect(self._forget)
        self.body.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        desk.changed.connect(self._changed)
        desk.status_changed.connect(self._say_facts)
        self.set_facts(self._facts_now)
        self.refresh()

    def refresh(self) -> None:
        self._names = self._desk.read(person_names)
        self._items = {item.seq: item for item in ordered(self._desk.queue())}
        self._known = {item.command_id: item for item in self._items.values()}
        goods = self._desk.read(sku_names, [id_ for item in self._items.values() for id_ in goods_of(item)])
        self._titles = {sku.code: sku.title for sku in goods.values()}
        counts = {"attention": 0, "waiting": 0, "accepted": 0}
        for item in self._items.values():
            counts[_group(item)] += 1
        note = "You decide what happens" if counts["attention"] else ""
        self.card("attention").set_fact(str(counts["attention"]), note, tone="bad")
        oldest = min((i.time for i in self._items.values() if i.state in WAITING), default=None)
        self.card("waiting").set_fact(
            str(counts["waiting"]), "" if oldest is None else lambda: tr("Oldest {time}", time=moment(oldest))
        )
        self.card("accepted").set_fact(str(counts["accepted"]), "Taken by the platform")
        self._show_items()
        self._say_facts(self._desk.status())
        if self._open is not None:
            self._show_row(self._open) if self._open in self._items else self.inspector.close_panel()

    def show_item(self, what: object) -> None:
        if what in ("attention", "waiting", "accepted"):
            self.card(str(what)).setChecked(True)
            return
        for item in self._items.values():
            if what in (item.command_id, item.seq):
                self.table.select(item.seq)
                self._show_row(item.seq)

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "table"):
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    # the list

    def _columns(self) -> list[Column[QueueItem]]:
        return [
            Column("title", "What", title_of, 280),
            Column(
                "state",
                "State",
                lambda item: state_text("queue", item.state)[0],
                150,
                "state",
                tone=lambda item: state_text("queue", item.state)[1],
                fits=lambda: [tr("Booked, please check"), tr("Waiting to sync"), tr("Not accepted")],
            ),
            Column("why", "Why, and what to do", lambda item: why(item, self._known, self._titles), 320, stretch=True),
            Column("time", "When", lambda item: moment(item.time, self._desk.now()), 120, rank=1),
            Column("who", "Who", lambda item: self._names.get(item.actor_id, ""), 90, rank=2),
        ]

    def _rows(self, ids: Sequence[RowId]) -> list[QueueItem]:
        return [self._items[int(seq)] for seq in ids]

    def _show_items(self) -> None:
        chosen = self.checked_cards()
        self.table.set_ids([seq for seq, item in self._items.items() if not chosen or _group(item) in chosen])

    def _facts_now(self) -> str:
        status = self._desk.status()
        if status.last_synced is None:
            return tr("Not synced yet")
        return tr("Last synced {ago}", ago=ago(status.last_synced, self._desk.now()))

    def _say_facts(self, _status: Status) -> None:
        self.set_facts(self._facts_now)

    def _changed(self, changes: Changes) -> None:
        if self.isVisible() and "queue" in changes.tables:
            self.refresh()

    # one of them

    def _moved(self, row_id: object) -> None:
        if self.inspector.is_open() and isinstance(row_id, int):
            self._show_row(row_id)

    def _show_row(self, row_id: RowId) -> None:
        item = self._items.get(int(row_id))
        if item is None:
            return
        self._open = item.seq
        who = self._names.get(item.actor_id, "")
        panel = QueuePanel(item, who, self._known, self._titles, self._entered(item), self.act, self._copy)
        self.inspector.open_panel(panel, "Entry")

    def _entered(self, item: QueueItem) -> list[str]:
        """The user's original input, as far as a few lines can tell it."""
        placed = placed_by(item.message)
        if item.state not in ATTENTION or placed is None:
            return []
        skus = self._desk.read(sku_names, [wanted.sku_id for wanted in placed.items])
        lines = [
            f"{sku.code} {sku.title} × {quantity(wanted.quantity, sku.decimals)} {sku.unit}"
            for wanted in placed.items
            for sku in [skus.get(wanted.sku_id, SkuName(wanted.sku_id, "", 0, ""))]
        ]
        return [*lines[:MAX_ENTERED], *(["…"] if len(lines) > MAX_ENTERED else [])]

    def _forget(self) -> None:
        self._open = None

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        ToastArea.of(self).show_toast("Copied")

    def act(self, action: Action, item: QueueItem) -> None:
        """Do what a button of the panel says."""
        if action == "retry":
            self._desk.sync_now()
        elif action == "edit":
            self._navigate(editor_of(item), item)
        elif action == "check":
            self._navigate("discrepancies", None)
        elif action == "again":
            self._desk.submit(
                item.message,
                done=lambda _seq: self._sent_again(),
                failed=self._refused,
                supersedes=item.command_id,
                depends_on=item.depends_on,
                initiator=self,
            )
        elif action == "dismiss":
            self.inspector.close_panel()
            self._desk.dismiss(item.seq)
        elif (placed := placed_by(item.message)) is not None:
            self._accept_prices(item, placed)

    def _accept_prices(self, item: QueueItem, placed: PlaceOrder) -> None:
        if item.code == "price_changed":
            called = self._desk.read(sku_names, [wanted.sku_id for wanted in placed.items])
            codes = {id_: sku.code for id_, sku in called.items()}
            now = {sku: price for sku, _seen, price in price_changes(item.params)}
            again = at_new_prices(placed, codes, now)
        else:
            again = at_new_total(placed, item.params)
        self._desk.submit(
            placing(item.message, again),
            done=lambda _seq: self._sent(),
            failed=self._refused,
            supersedes=item.command_id,
            initiator=self,
        )

    def _sent_again(self) -> None:
        self.inspector.close_panel()
        self.refresh()
        ToastArea.of(self).show_toast("Saved. It is sent again.")

    def _sent(self) -> None:
        self.inspector.close_panel()
        self.refresh()
        ToastArea.of(self).show_toast("Saved. It is sent at the new prices.")

    def _refused(self, error: Exception) -> None:
        ToastArea.of(self).show_toast(lambda: failure_text(error), tone="bad")


def _group(item: QueueItem) -> str:
    return "attention" if item.state in ATTENTION else "waiting" if item.state in WAITING else "accepted"
