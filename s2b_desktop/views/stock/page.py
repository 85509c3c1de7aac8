"""What lies where, which counts wait for a manager, and what is on its way between warehouses."""

from array import array
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from s2b_desktop.models.queries.cover import Cover, covers
from s2b_desktop.models.queries.leases import kept_of
from s2b_desktop.models.queries.stock import (
    Lying,
    StockEntry,
    StockFigures,
    holders,
    stock_entries,
    stock_figures,
    stock_ids,
    stock_rowid,
)
from s2b_desktop.models.queries.stock_papers import (
    CountDetail,
    TransferDetail,
    count_by_id,
    count_detail,
    counts,
    transfer_by_id,
    transfer_detail,
    transfers,
    warehouses_of,
)
from s2b_desktop.text import count, quantity, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import RowId
from s2b_desktop.views.common.confirm import open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.live import LivePage
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.goods.scan import ScanDialog
from s2b_desktop.views.goods.scan_list import Mode
from s2b_desktop.views.stock.columns import count_columns, place_columns, transfer_columns
from s2b_desktop.views.stock.deeds import StockDeeds
from s2b_desktop.views.stock.folder import FolderPrompt, FolderWatch
from s2b_desktop.views.stock.listing import FILES, StockListDialog
from s2b_desktop.views.stock.panels import CountPanel, PlacePanel, StockPanel, TransferPanel
from s2b_domain.access import CLASSES_OF, Permission
from s2b_domain.commands.stock import watch_id
from s2b_domain.records.party import PartyKind
from s2b_domain.records.stock import StockWatch
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.stock import low_threshold

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

COUNTS, TRANSIT = "counts", "transit"
LISTS: dict[str, str] = {
    Lying.ALL.value: "All places",
    Lying.LOW.value: "Low stock",
    Lying.EXPIRING.value: "Expires soon",
    Lying.HELD.value: "Promised",
    Lying.SHORT.value: "Promised too much",
    Lying.NOWHERE.value: "Never received",
    COUNTS: "Counts",
    TRANSIT: "Transfers",
}
_SUPPLIERS = (Lying.HELD.value, Lying.NOWHERE.value)
SHOP_LISTS = {k: v for k, v in LISTS.items() if k not in _SUPPLIERS} | {Lying.SHORT.value: "Below zero"}
"""A shop promises nothing to others; it may only have sold what the books did not know of."""
COVER = frozenset({"incoming", "lasts"})
"""Columns that the low-stock list shows; in the others they may be chosen."""
MOST_MOVED = 100
"""Places of one transfer by hand: each has a field."""
MOST_LABELLED = 500
"""Labels at once: more would keep the window waiting."""
CARDS = (Lying.LOW.value, Lying.EXPIRING.value, COUNTS, TRANSIT)


class StockPage(LivePage):
    """`show_item` takes the key of a list, the id of a count or transfer, or text to search for."""

    key = "stock"
    icon = "boxes"
    title = "Stock"
    TABLES = frozenset(
        {
            "lease",
            "stock",
            "sku",
            "stock_watch",
            "stock_count",
            "transfer",
            "warehouse",
            "reservation",
            "availability",
            "stock_cost",
        }
    )
    AWAITED = ("stock", "stock_count", "transfer")

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        self._shop = desk.actor.kind is PartyKind.MERCHANT
        super().__init__(desk, self.title, parent)
        self._navigate = navigate
        self.deeds = StockDeeds(desk, self)
        self._list = Lying.ALL.value
        self._sort: tuple[str, bool] = ("", False)
        self._open: RowId | None = None
        self._shown: object = None
        self._loading, self._counting = Reading(desk), Reading(desk)
        self._papers: dict[str, CountDetail | TransferDetail] = {}
        self._covers: dict[str, Cover] = {}
        if self.deeds.may_edit:
            set_up = partial(self.deeds.set_up, None if self._shop else self.watch_folder)
            self.add_action("Set up…", set_up, icon="settings")
        if self._shop and desk.actor.may(Permission.DISCREPANCY_CLOSE):
            self.add_action("Discrepancies", partial(navigate, "discrepancies", None), icon="scale")
        if self.deeds.may_edit and not self._shop:
            self.add_action("Stock list…", self.choose_list, "F2", icon="file-spreadsheet")
        if self.deeds.may_edit:
            self.add_action("Write off", lambda: self.scan("write_off"), "F10")
            self.add_action("Move", lambda: self.scan("move"), "F9")
            self.add_action("Count", lambda: self.scan("count"), "F8", icon="clipboard-check")
            self.add_action("Receive", lambda: self.scan("receive"), "F7", primary=True)
        self.set_cards([FactCard(key, LISTS[key], lambda: "–", checkable=True) for key in CARDS])
        self.card_toggled.connect(self._filter_toggled)

        self.lists = ComboBox(list((SHOP_LISTS if self._shop else LISTS).items()))
        self.lists.set_value(self._list)
        self.lists.value_changed.connect(lambda key: self.look_at(str(key)))
        self.warehouse = ComboBox([("", "All warehouses")])
        self.warehouse.value_changed.connect(lambda _id: self._load())
        self.places: DataTable[StockEntry] = DataTable(
            place_columns(
                lambda e: self._waits(e.stock_id), desk.now, lambda e: self._covers.get(e.sku_id), shop=self._shop
            ),
            self._entries,
            name="Stock",
            search="Name, pinyin initials, SKU, barcode or lot",
        )
        self.places.toolbar.insertWidget(0, self.warehouse)
        self._sort = self.remember(self.places, "stock") or self._sort
        self.places.sort_requested.connect(self._sorted)
        self.places.search_changed.connect(lambda _text: self._load())
        self.counts: DataTable[CountDetail] = DataTable(
            count_columns(self._waits, desk.now), self._details, name="Counts", toolbar=False
        )
        self.counts.set_empty(
            EmptyState(
                "clipboard-check", "No counts yet", "Count with F8: nothing is booked before a manager has looked."
            )
        )
        self.transfers: DataTable[TransferDetail] = DataTable(
            transfer_columns(self._waits, desk.now), self._details, name="Transfers", toolbar=False
        )
        self.transfers.set_empty(
            EmptyState("truck", "Nothing was moved yet", "Choose places of a warehouse and move them to another.")
        )
        self.remember(self.counts, "stock/counts")
        self.remember(self.transfers, "stock/transfers")
        self._stack = QStackedWidget()
        for table in (self.places, self.counts, self.transfers):
            table.activated.connect(self._show)
            table.view.clicked.connect(lambda index, table=table: self._clicked(table, index.row()))
            table.current_changed.connect(self._current_moved)
            self._stack.addWidget(table)
        self.bulk: list[Button] = []
        if self.deeds.may_edit:
            self._add_bulk()
        self.places.selection_changed.connect(lambda _ids: self._enable())
        self.inspector.closed.connect(self._forget)
        self.body.addWidget(self._stack, 1)
        self.places.toolbar.insertWidget(0, self.lists)
        self.setFocusProxy(self.places)
        self.retranslate()
        self._enable()

    def _add_bulk(self) -> None:
        at = self.places.toolbar.count() - 2
        actions: list[tuple[Text, Callable[[Sequence[StockEntry]], None], int | None, str]] = [
            ("Move…", self.deeds.move, MOST_MOVED, "Ctrl+M"),
            ("Limit and shelf…", self.deeds.watch, None, "Ctrl+Shift+L"),
            ("Labels…", self.deeds.print_labels, MOST_LABELLED, "Ctrl+P"),
        ]
        for place, (text, act, most, key) in enumerate(actions):
            button = Button(text, partial(self._with_chosen, act, most), shortcut=key)
            self.bulk.append(button)
            self.places.toolbar.insertWidget(at + place, button)

    # what is shown

    @property
    def _owner(self) -> str:
        return self._desk.actor.organisation_id

    @property
    def _table(self) -> "DataTable[Any]":
        if self._list == COUNTS:
            return self.counts
        return self.transfers if self._list == TRANSIT else self.places

    def refresh(self) -> None:
        super().refresh()
        rows = self._desk.read(warehouses_of, self._owner, closed=True)
        options: list[tuple[object, Text]] = [("", "All warehouses")]
        self.warehouse.set_options(options + [(w.id, partial(str, w.name)) for w in rows])
        self.warehouse.setVisible(len(rows) > 1)
        self._load()
        self._counting.fetch(stock_figures, self._owner, self._desk.now(), done=self._tell_figures)

    def show_item(self, what: object) -> None:
        if isinstance(what, Path):
            self.open_list(what)
        if not isinstance(what, str) or not what:
            return
        if what in LISTS:
            self.look_at(what)
        elif self._desk.read(count_by_id, what) is not None:
            self._open = what
            self.look_at(COUNTS)
        elif self._desk.read(transfer_by_id, what) is not None:
            self._open = what
            self.look_at(TRANSIT)
        else:
            self.look_at(Lying.ALL.value)
            self.places.search_field.setText(what)

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "bulk"):
            self.lists.setAccessibleName(tr("List"))
            self.warehouse.setAccessibleName(tr("Warehouse"))
            self._reopen()

    def look_at(self, key: str) -> None:
        """Show another list."""
        if key != self._list and self.inspector.is_open():
            opened = self._open
            self.inspector.close_panel()
            self._open = opened if isinstance(opened, str) else None
        self._list = key
        self.lists.show_value(key)
        self.check_card(key)
        for column in COVER:
            self.places.show_column(column, key == Lying.LOW.value)
        table = self._table
        self._stack.setCurrentWidget(table)
        if table is self.places:
            self.places.toolbar.insertWidget(0, self.lists)
        else:
            self.body.insertWidget(0, self.lists, 0, Qt.AlignmentFlag.AlignLeft)
        self.lists.show()
        self._load()

    def _load(self) -> None:
        if self._list == COUNTS:
            self._loading.fetch(
                lambda c: [count_detail(c, found) for found in counts(c, self._owner)],
                done=lambda found: self._show_papers(self.counts, {d.count.id: d for d in found}),
            )
        elif self._list == TRANSIT:
            self._loading.fetch(
                lambda c: [transfer_detail(c, found) for found in transfers(c, self._owner)],
                done=lambda found: self._show_papers(self.transfers, {d.transfer.id: d for d in found}),
            )
        else:
            text = self.places.search_field.text().strip()
            place, now = str(self.warehouse.value() or ""), self._desk.now()
            self._loading.fetch(
                stock_ids, self._owner, Lying(self._list), now, text, place, *self._sort, done=self._show_places
            )

    def _show_places(self, rowids: "array[int]") -> None:
        if not rowids:
            self._say_empty()
        if rowids == self.places.model.ids():
            self.places.refresh()
        else:
            self.places.set_ids(rowids)
        self._after_load()

    def _show_papers(
        self, table: "DataTable[Any]", found: "dict[str, CountDetail] | dict[str, TransferDetail]"
    ) -> None:
        self._papers = dict(found)
        table.set_ids(list(found))
        table.refresh()
        self._after_load()

    def _after_load(self) -> None:
        if self._open is not None:
            self._table.select(self._open)
            self._show(self._open)
        self._enable()

    def _entries(self, rowids: Sequence[RowId]) -> list[StockEntry]:
        found = self._desk.read(stock_entries, self._owner, [int(rowid) for rowid in rowids])
        if not COVER.isdisjoint(self.places.shown_columns()):
            skus = {entry.sku_id for entry in found}
            self._covers |= self._desk.read(covers, self._owner, skus, self._desk.now())
        return found

    def _details(self, ids: Sequence[RowId]) -> list[Any]:
        return [self._papers[str(id_)] for id_ in ids if str(id_) in self._papers]

    def _tell_figures(self, found: StockFigures) -> None:
        self.set_facts(lambda: tr("{n} places", n=found.places) if found.places else "")
        told: dict[str, tuple[int, Text, Tone]] = {
            Lying.LOW.value: (found.low, "order more soon" if found.low else "enough of everything", "warn"),
            Lying.EXPIRING.value: (
                found.expiring,
                lambda: tr("{n} expired already", n=found.expired) if found.expired else tr("within 30 days"),
                "bad" if found.expired else "warn",
            ),
            COUNTS: (found.counts, "wait for a manager" if found.counts else "nothing to approve", "warn"),
            TRANSIT: (found.transit, "on their way" if found.transit else "nothing on its way", "accent"),
        }
        for key, (figure, note, tone) in told.items():
            self.card(key).set_fact(partial(count, figure), note, tone=tone if figure else "neutral")

    def _say_empty(self) -> None:
        if self.places.search_field.text().strip() or self._list != Lying.ALL.value:
            empty = EmptyState(
                "search", "Nothing here", "Try another list, warehouse or fewer letters.", action="Show all",
                callback=self._show_all,
            )  # fmt: skip
        else:
            empty = EmptyState(
                "boxes",
                "Nothing received yet",
                "Receive a purchase from its order, or scan what comes in."
                if self._shop
                else "Scan what comes in, or bring a stock list.",
                action="Receive" if self.deeds.may_edit else "",
                callback=(lambda: self.scan("receive")) if self.deeds.may_edit else None,
            )
        self.places.set_empty(empty)

    def _show_all(self) -> None:
        self.places.search_field.clear()
        self.warehouse.set_value("")
        self.look_at(Lying.ALL.value)

    def _filter_toggled(self, key: str, on: bool) -> None:
        if on:
            self.look_at(key)
        elif self._list == key:
            self.look_at(Lying.ALL.value)

    def _sorted(self, sort: str, descending: bool) -> None:
        self._sort = (sort, descending)
        self._load()

    # what changes

    def _waits(self, id_: str) -> bool:
        return id_ in self._waiting

    def mark(self) -> None:
        self._table.refresh()
        self._reopen()

    # one of them

    def _clicked(self, table: "DataTable[Any]", row: int) -> None:
        if table is not self.places or (self.inspector.is_open() and len(table.selected_ids()) == 1):
            self._show(table.model.id_at(row))

    def _show(self, id_: object) -> None:
        if not isinstance(id_, int | str):
            return
        made = self._place(id_) if isinstance(id_, int) else self._paper(id_)
        if made is None:
            self.inspector.close_panel()
            return
        state, title, build = made
        if self.inspector.is_open() and self._shown == state:
            return
        self._open, self._shown = id_, state
        self.inspector.open_panel(build(), title)
        self._enable()

    def _place(self, rowid: int) -> tuple[object, Text, Callable[[], StockPanel]] | None:
        found = self._entries([rowid])
        if not found:
            return None
        entry = found[0]
        held = self._desk.read(holders, entry.stock_id)
        kept = self._desk.read(kept_of, self._owner, entry.sku_id)
        id_ = watch_id(self._owner, entry.sku_id)
        cover = self._desk.read(covers, self._owner, [entry.sku_id], self._desk.now()).get(entry.sku_id)
        watch = self._desk.read(lambda connection: RecordStore(connection).get(StockWatch, id_))
        waiting = entry.stock_id in self._waiting
        role = self._desk.actor.role

        def build() -> StockPanel:
            panel = PlacePanel(
                entry,
                held,
                kept,
                self.deeds.of_place(entry),
                limit=lambda: _limit_text(entry, watch),
                cover=cover,
                waiting=waiting,
                now=self._desk.now(),
                may_see_orders=role is not None and "trade" in CLASSES_OF[role],
                shop=self._shop,
            )
            panel.order_asked.connect(lambda order_id: self._navigate("supply", order_id))
            return panel

        return (entry, held, kept, watch, cover, waiting), partial(str, entry.code), build

    def _paper(self, id_: str) -> tuple[object, Text, Callable[[], StockPanel]] | None:
        detail, now = self._papers.get(id_), self._desk.now()
        waiting = id_ in self._waiting
        if isinstance(detail, CountDetail):
            of = self.deeds.of_count(detail)
            return (detail, waiting), "Count", lambda: CountPanel(detail, of, waiting=waiting, now=now)
        if isinstance(detail, TransferDetail):
            may = self.deeds.of_transfer(detail)
            return (detail, waiting), "Transfer", lambda: TransferPanel(detail, may, waiting=waiting, now=now)
        return None

    def _reopen(self) -> None:
        self._shown = None
        if self._open is not None and self.inspector.is_open():
            self._show(self._open)

    def _current_moved(self, id_: object) -> None:
        self._enable()
        if id_ is not None and self.inspector.is_open():
            self._show(id_)

    def _forget(self) -> None:
        self._open = self._shown = None
        self._enable()
        self._table.setFocus()

    # many at once, and by scanner

    def _enable(self) -> None:
        chosen = self.places.view.selectionModel().hasSelection()
        for button in self.bulk:
            button.setEnabled(chosen)
            button.setVisible(not self.inspector.is_open() or len(self.places.selected_ids()) > 1)

    def _with_chosen(self, act: Callable[[Sequence[StockEntry]], None], most: int | None) -> None:
        """Read what is chosen and go on with it; more than `most` is said, not cut."""
        rowids = [int(rowid) for rowid in self.places.selected_ids()]
        if most is not None and len(rowids) > most:
            self.deeds.say(lambda: tr("Choose at most {n} places for this", n=most), "neutral")
        elif rowids:
            self._desk.fetch(stock_entries, self._owner, rowids, done=act)

    def scan(self, mode: Mode) -> None:
        """Open the scanner dialog."""
        if mode == "move" and not self.deeds.may_move():
            return
        dialog = ScanDialog(self._desk, mode, parent=self.window())
        dialog.booked.connect(lambda n: self.deeds.say(lambda: tr(dialog.told, n=n)))
        open_prompt(dialog)

    def choose_list(self) -> None:
        """Ask for a stock list and show what it would change."""
        chosen, _ = QFileDialog.getOpenFileName(self.window(), tr("Stock list"), "", f"{tr('Stock lists')} ({FILES})")
        if chosen:
            self.open_list(Path(chosen))

    def open_list(self, path: Path) -> None:
        """Show what a stock list would change."""
        open_prompt(StockListDialog(self._desk, path, self.deeds.say, parent=self.window()))

    def watch_folder(self) -> None:
        """Ask which folder is watched."""
        window = self.window()
        watch = window.findChild(FolderWatch) or FolderWatch(self._desk, self)
        prompt = FolderPrompt(self._desk, watch.setting(), parent=window)
        open_prompt(prompt, lambda: watch.watch(prompt.setting()))

    def open_place(self, stock_id: str) -> None:
        """Show one place."""
        rowid = self._desk.read(stock_rowid, stock_id)
        if rowid is not None:
            self._show(rowid)


def _limit_text(entry: StockEntry, watch: StockWatch | None) -> str:
    limit = low_threshold(watch.low_at if watch else None, entry.decimals)
    if not limit:
        return tr("none")
    return f"{quantity(limit, entry.decimals)} {entry.unit}"
