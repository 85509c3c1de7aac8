"""A supplier's goods: any number of SKUs, edited in place and in bulk, one in full beside the list."""

from array import array
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.models.goods_import import batched, write_goods
from s2b_desktop.models.queries.counting import seen_in_main, seen_of
from s2b_desktop.models.queries.goods import (
    GoodsCounts,
    GoodsDetail,
    GoodsEntry,
    Shown,
    entry_of,
    goods_counts,
    goods_detail,
    goods_entries,
    goods_ids,
)
from s2b_desktop.models.queries.ledger import LedgerLine, ledger
from s2b_desktop.models.queries.scanned import tracking_for
from s2b_desktop.models.queries.terms import PriceRow, price_rows
from s2b_desktop.text import count, language, parse_quantity, parse_unit_price, quantity, tr
from s2b_desktop.views.common.actions import Action
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import RowId
from s2b_desktop.views.common.confirm import open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.live import LivePage
from s2b_desktop.views.common.menus import drop
from s2b_desktop.views.common.pictures import Load
from s2b_desktop.views.common.reading import LongReading, Reading
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.goods.columns import goods_columns
from s2b_desktop.views.goods.editor import GoodsEditor
from s2b_desktop.views.goods.panel import GoodsPanel
from s2b_desktop.views.goods.pictures import PictureEntry, pictures_in
from s2b_desktop.views.goods.prices import PriceChange, PricePrompt, Which
from s2b_desktop.views.goods.scan import ScanDialog
from s2b_desktop.views.goods.scan_list import Mode
from s2b_desktop.views.goods.stock import StockPrompt, booked
from s2b_desktop.views.goods.words import LISTS, price_text
from s2b_desktop.views.imports.undoing import take_back, went_back
from s2b_desktop.views.thumbnails import Thumbnails
from s2b_domain.access import Permission
from s2b_domain.commands.command import Command
from s2b_domain.commands.goods import MAX_LINES, GoodsLine, ImportGoods, ShelveGoods, price_id
from s2b_domain.commands.stock import CountStock
from s2b_domain.records.catalog import STANDARD_LEVEL
from s2b_domain.rules.stock import MovementKind

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

CARDS = (Shown.ON_SALE, Shown.REVIEW, Shown.REJECTED, Shown.LOW)


class GoodsPage(LivePage):
    """`show_item` takes a SKU's id, a `Shown`, or text to search for."""

    key = "goods"
    icon = "boxes"
    title = "Goods"
    TABLES = frozenset({"sku", "product", "price", "revision", "stock", "availability", "movement"})
    AWAITED = ("sku", "product", "price", "availability", "movement")

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(desk, self.title, parent)
        self._navigate = navigate
        self._list, self._counts = Shown.ALL, GoodsCounts()
        self._sort: tuple[str, bool] = ("", False)
        self._open: int | None = None
        self._shown: object = None
        self._wanted: int | None = None
        self._loading = Reading(desk)
        self._counting = LongReading(desk)  # it reads every SKU
        may = desk.actor.may
        self._may_edit, self._may_stock = may(Permission.GOODS_EDIT), may(Permission.STOCK_EDIT)
        if self._may_stock:
            self.add_action("Receive", lambda: self.scan("receive"), "F7", icon="barcode")
            self.add_action("Count", lambda: self.scan("count"), "F8", icon="clipboard-check")
        if self._may_edit:
            self.add_action("Import goods", lambda: navigate("import", None), "F2", primary=True)
        self.set_cards([FactCard(shown.value, LISTS[shown], lambda: "–", checkable=True) for shown in CARDS])
        self.card_toggled.connect(self._filter_toggled)

        self.lists = ComboBox(list(LISTS.items()))
        self.lists.set_value(self._list)
        self.lists.setAccessibleName(tr("List"))
        self._thumbnails = Thumbnails(desk, lambda: self.table.view.viewport().update())
        self.table: DataTable[GoodsEntry] = DataTable(
            goods_columns(
                self._is_waiting,
                lambda e: self._thumbnails.get("product", e.product_id, e.picture),
                edit_price=self._edit_price if self._may_edit else None,
                edit_stock=self._edit_stock if self._may_stock else None,
            ),
            self._entries,
            name="Goods",
            search="Name, pinyin initials, SKU or barcode",
            exportable=True,
        )
        self.table.toolbar.insertWidget(0, self.lists)
        self.pictures = PictureEntry(self, desk, lambda lines, told: self._submit_all(_imports(lines), told), self._say)
        self.setAcceptDrops(self._may_edit)
        self.bulk: list[Button] = []
        if self._may_edit:
            self._add_bulk()
        self.lists.value_changed.connect(self.look_at)
        self._sort = self.remember(self.table, "goods") or self._sort
        self.table.sort_requested.connect(self._sorted)
        self.table.search_changed.connect(lambda _text: self._load())
        self.table.activated.connect(self._show)
        self.table.view.clicked.connect(lambda index: self._clicked(index.row()))
        self.table.current_changed.connect(self._current_moved)
        self.table.selection_changed.connect(lambda _ids: self._enable())
        self.table.export_requested.connect(self._ask_export)
        self.inspector.closed.connect(self._forget)
        self.body.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        self._say_empty()
        self._enable()

    def _add_bulk(self) -> None:
        actions: list[tuple[Text, Callable[[], object], str]] = [
            ("Put on sale", partial(self.shelve, True), "Ctrl+Shift+U"),
            ("Take off sale", partial(self.shelve, False), "Ctrl+Shift+D"),
            ("Change prices…", self.change_prices, "Ctrl+Shift+P"),
        ]
        self.edit_button = Button("Edit in a grid", self.edit_many, icon="edit", shortcut="Ctrl+Shift+E")
        self.table.toolbar.insertWidget(1, self.edit_button)
        self.add_pictures = Button(
            "", self.pictures.ask, icon="image", tip="Add pictures, or drop them here", shortcut="Ctrl+Shift+I"
        )
        self.table.toolbar.insertWidget(2, self.add_pictures)
        at = self.table.toolbar.count() - 2
        for place, (text, callback, key) in enumerate(actions):
            button = Button(text, callback, shortcut=key)
            self.bulk.append(button)
            self.table.toolbar.insertWidget(at + place, button)

    # what is shown

    def refresh(self) -> None:
        self._thumbnails.try_again()
        super().refresh()
        self._load()
        self._counting.fetch(goods_counts, self._supplier, done=self._tell_counts)

    def show_item(self, what: object) -> None:
        if isinstance(what, Shown):
            self.look_at(what)
        elif isinstance(what, str) and what:
            entry = self._desk.read(entry_of, self._supplier, what)
            if entry is not None:
                self._wanted = entry.rowid
                self.look_at(Shown.ALL)
                self._show(entry.rowid)
            else:
                self.table.search_field.setText(what)

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "lists"):
            self.lists.setAccessibleName(tr("List"))
            self._reopen()

    @property
    def _supplier(self) -> str:
        return self._desk.actor.organisation_id

    def _entries(self, rowids: Sequence[RowId]) -> list[GoodsEntry]:
        return self._desk.read(goods_entries, self._supplier, [int(rowid) for rowid in rowids])

    def _is_waiting(self, entry: GoodsEntry) -> bool:
        if not self._waiting:
            return False
        mine = {entry.sku_id, entry.product_id, price_id(entry.sku_id, STANDARD_LEVEL)}
        return not self._waiting.isdisjoint(mine)

    def _load(self) -> None:
        text = self.table.search_field.text().strip()
        self._loading.fetch(goods_ids, self._supplier, self._list, text, *self._sort, done=self._show_ids)

    def _show_ids(self, rowids: "array[int]") -> None:
        if not rowids:
            self._say_empty()
        if rowids == self.table.model.ids():
            self.table.refresh()
        else:
            self.table.set_ids(rowids)
        if self._wanted is not None and self.table.select(self._wanted):
            self._wanted = None
        if self._open is not None:
            self._show(self._open)
        self._enable()

    def _tell_counts(self, counts: GoodsCounts) -> None:
        empty, self._counts = not self._counts.all, counts
        self.set_facts(lambda: tr("{n} SKUs", n=counts.all) if counts.all else "")
        notes: dict[Shown, tuple[int, Text, Tone]] = {
            Shown.ON_SALE: (counts.on_sale, lambda: tr("{n} off sale", n=counts.off_sale), "neutral"),
            Shown.REVIEW: (counts.review, "the platform is looking" if counts.review else "", "neutral"),
            Shown.REJECTED: (counts.rejected, "see why, and correct" if counts.rejected else "", "bad"),
            Shown.LOW: (counts.low, "order more soon" if counts.low else "enough of everything", "warn"),
        }
        for shown, (figure, note, tone) in notes.items():
            self.card(shown.value).set_fact(partial(count, figure), note, tone=tone if figure else "neutral")
        if empty and counts.all:
            self._say_empty()

    def _say_empty(self) -> None:
        if self.table.search_field.text().strip() or self._list is not Shown.ALL:
            empty = EmptyState(
                "search",
                "No goods here",
                "Try another list, fewer letters, pinyin initials or a barcode.",
                action="Show all",
                callback=self._show_all,
            )
        elif self._may_edit:
            empty = EmptyState(
                "boxes",
                "No goods yet",
                "Bring the spreadsheet you have. Columns are recognised, errors are shown before anything is saved.",
                action="Import goods",
                callback=lambda: self._navigate("import", None),
            )
        else:
            empty = EmptyState(
                "boxes", "No goods yet", "Whoever looks after the goods imports them from a spreadsheet."
            )
        self.table.set_empty(empty)

    def _show_all(self) -> None:
        self.table.search_field.clear()
        self.look_at(Shown.ALL)

    # lists, cards, sorting

    def look_at(self, shown: Shown) -> None:
        """Show another list."""
        self._list = shown
        self.lists.show_value(shown)
        self.check_card(shown.value)
        self._load()

    def _filter_toggled(self, key: str, on: bool) -> None:
        if on:
            self.look_at(Shown(key))
        elif self._list.value == key:
            self.look_at(Shown.ALL)

    def _sorted(self, sort: str, descending: bool) -> None:
        self._sort = (sort, descending)
        self._load()

    # what changes

    def mark(self) -> None:
        self.table.refresh()
        self._reopen()

    # one SKU

    def _clicked(self, row: int) -> None:
        """A click shows the SKU beside the list, unless several are being chosen."""
        if self.inspector.is_open() and len(self.table.selected_ids()) == 1:
            self._show(self.table.model.id_at(row))

    def _show(self, rowid: object) -> None:
        if not isinstance(rowid, int):
            return
        detail = self._desk.read(goods_detail, self._supplier, rowid)
        if detail is None:
            self.inspector.close_panel()
            return
        lines = self._desk.read(ledger, self._supplier, detail.sku.id)
        waiting = self._is_waiting(detail.entry)
        if self.inspector.is_open() and self._shown == (detail, lines, waiting):
            return
        self._open, self._shown = rowid, (detail, lines, waiting)
        self.inspector.open_panel(self._panel(detail, lines, waiting), partial(str, detail.entry.code))
        self._enable()

    def _panel(self, detail: GoodsDetail, lines: list[LedgerLine], waiting: bool) -> GoodsPanel:
        return GoodsPanel(
            detail,
            lines,
            self._actions_of(detail),
            waiting=waiting,
            waiting_lines=self._desk.pending("movement"),
            pictures=self._load_of,
            arrange=partial(self.pictures.arrange, detail.sku.code, detail.product.images) if self._may_edit else None,
        )

    def _load_of(self, table: str, row_id: str) -> Load:
        return partial(self._desk.picture, table, row_id)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._may_edit and pictures_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Onto the panel beside the list: pictures of that SKU. Onto the list: their names tell whose they are."""
        at = self.inspector.mapFrom(self, event.position().toPoint())
        beside = self.inspector.is_open() and self.inspector.rect().contains(at)
        detail = self._desk.read(goods_detail, self._supplier, self._open) if beside and self._open else None
        self.pictures.take(pictures_in(event.mimeData()), detail.sku.code if detail else "")
        event.acceptProposedAction()

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
        self._enable()
        self.table.setFocus()

    def _actions_of(self, detail: GoodsDetail) -> list[Action]:
        """What this person may do with a SKU."""
        actions: list[Action] = []
        if self._may_stock:
            for text, kind in (("Receive…", MovementKind.RECEIVE), ("Count…", MovementKind.COUNT)):
                actions.append((text, partial(self.book, kind, detail), "secondary"))
            actions.append(("More…", partial(self._more, detail), "secondary"))
        if self._may_edit:
            on_sale = detail.entry.on_sale
            text = "Take off sale" if on_sale else "Put on sale"
            actions.append((text, partial(self._shelve, [detail.entry], not on_sale), "secondary"))
            actions.append(("Change prices…", partial(self._ask_prices, [detail.entry.rowid]), "secondary"))
        return actions

    def _more(self, detail: GoodsDetail) -> None:
        menu = QMenu(self)
        menu.addAction(tr("Adjust stock…"), partial(self.book, MovementKind.ADJUST, detail))
        menu.addAction(tr("Write off…"), partial(self.book, MovementKind.WRITE_OFF, detail))
        drop(menu)

    def book(self, kind: MovementKind, detail: GoodsDetail) -> None:
        """Ask for a stock fact and book it."""
        seen = self._desk.read(seen_of, self._supplier, detail.sku.id)
        tracking = self._desk.read(tracking_for, self._supplier, detail.sku.id)
        prompt = StockPrompt(kind, detail.entry, detail.places, seen, parent=self.window(), tracking=tracking)
        rowid = detail.entry.rowid

        def told() -> None:
            [entry] = self._entries([rowid])
            self._say(lambda: booked(entry))

        open_prompt(prompt, lambda: self._submit(prompt.message(), told))

    # editing in place

    def _edit_price(self, which: Any) -> Callable[[RowId, str], object]:
        return partial(self._price_typed, which)

    def _price_typed(self, which: Which, rowid: RowId, text: str) -> None:
        [entry] = self._entries([rowid])
        old: int | None = getattr(entry, which)
        if text == price_text(old):
            return
        try:
            price = None if which == "dropship_price" and text.strip() in ("", "–", "-") else parse_unit_price(text)
        except ValueError as wrong:
            source = str(wrong)
            self._say(lambda: tr(source), "bad")
            return
        if price is not None and price < 0:
            self._say("A price cannot be negative", "bad")
        elif price != old:
            self._set_prices([PriceChange(entry=entry, which=which, old=old, new=price)])

    def _edit_stock(self, rowid: RowId, text: str) -> None:
        [entry] = self._entries([rowid])
        if text == quantity(entry.on_hand, entry.decimals):
            return
        if entry.on_hand != entry.main_on_hand or entry.places > 1:
            self._say("This lies in several places. Count each of them beside the list.", "neutral")
            self._show(rowid)
            return
        try:
            counted = parse_quantity(text, entry.decimals)
        except ValueError as wrong:
            source = str(wrong)
            self._say(lambda: tr(source), "bad")
            return
        if counted != entry.on_hand:
            self._count(entry, counted, undo=entry.on_hand)

    def _count(self, entry: GoodsEntry, counted: int, undo: int | None = None) -> None:
        seen = self._desk.read(seen_in_main, self._supplier, entry.sku_id)
        message = CountStock(sku_id=entry.sku_id, counted=counted, position=seen.position, seen=seen.waiting)

        def told() -> None:
            [now] = self._entries([entry.rowid])
            again = None if undo is None else lambda: self._count(now, undo)
            self._say(lambda: booked(now), undo=again)

        self._submit(message, told)

    # many at once

    def edit_many(self) -> None:
        """Edit what is chosen, or the list that is shown, in one grid."""
        chosen = [int(rowid) for rowid in self.table.selected_ids()]
        rowids = chosen if len(chosen) > 1 else [int(rowid) for rowid in self.table.model.ids()]
        if not rowids:
            return
        self.editor = GoodsEditor(self._desk, rowids, parent=self.window())
        self.editor.saved.connect(self._edited)
        open_prompt(self.editor)

    def _edited(self, import_id: str, n: int) -> None:
        def back() -> None:
            take_back(self._desk, import_id, lambda n, kept: self._say(lambda: went_back(n, kept)), self._refused)

        self._say(lambda: tr("{n} goods changed", n=n), undo=back)

    def _enable(self) -> None:
        """Beside an open inspector, which has the same actions for one SKU, the bulk actions wait for a second."""
        chosen = self.table.view.selectionModel()
        for button in self.bulk:
            button.setEnabled(chosen.hasSelection())
            button.setVisible(not self.inspector.is_open() or len(self.table.selected_ids()) > 1)

    def _with_chosen(self, then: Callable[[list[GoodsEntry]], None]) -> None:
        """Read what is chosen, however much, and go on with it."""
        rowids = [int(rowid) for rowid in self.table.selected_ids()]
        if rowids:
            self._desk.fetch(goods_entries, self._supplier, rowids, done=then)

    def shelve(self, on_sale: bool) -> None:
        """Put what is chosen on or off sale."""
        self._with_chosen(lambda entries: self._shelve(entries, on_sale))

    def _shelve(self, entries: Sequence[GoodsEntry], on_sale: bool, undoable: bool = True) -> None:
        ids = [entry.sku_id for entry in entries if entry.on_sale != on_sale]
        if not ids:
            self._say("They are on sale already" if on_sale else "They are off sale already", "neutral")
            return
        parts = [ids[at : at + MAX_LINES] for at in range(0, len(ids), MAX_LINES)]
        messages = [ShelveGoods(sku_ids=tuple(part), on_sale=on_sale) for part in parts]

        def told() -> None:
            changed = set(ids)
            back = [msgspec.structs.replace(entry, on_sale=on_sale) for entry in entries if entry.sku_id in changed]
            n = len(ids)
            said = "{n} goods are on sale" if on_sale else "{n} goods are off sale"
            undo = (lambda: self._shelve(back, not on_sale, undoable=False)) if undoable else None
            self._say(lambda: tr(said, n=n), undo=undo)

        self._submit_all(messages, told)

    def change_prices(self) -> None:
        """Ask how the prices of what is chosen change."""
        self._ask_prices([int(rowid) for rowid in self.table.selected_ids()])

    def _ask_prices(self, rowids: Sequence[int]) -> None:
        if rowids:
            self._desk.fetch(price_rows, self._supplier, STANDARD_LEVEL, rowids, done=self._price)

    def _price(self, rows: Sequence[PriceRow]) -> None:
        prompt = PricePrompt(rows, parent=self.window())
        open_prompt(prompt, lambda: self._set_prices(prompt.changes()))

    def _set_prices(self, changes: Sequence[PriceChange], undoable: bool = True) -> None:
        lines = [change.line(row) for row, change in enumerate(changes, 1)]

        def told() -> None:
            back = [change.back() for change in changes]
            undo = (lambda: self._set_prices(back, undoable=False)) if undoable else None
            n = len(changes)
            self._say(lambda: tr("{n} prices changed", n=n), undo=undo)

        self._submit_all(_imports(lines), told)

    def _submit_all(self, messages: Sequence[Command], told: Callable[[], None]) -> None:
        if len(messages) == 1:
            self._submit(messages[0], told)
            return
        self._desk.submit_many(messages, import_id=self._desk.new_id(), done=lambda _n: told(), failed=self._refused)

    def _submit(self, message: Command, told: Callable[[], None]) -> None:
        self._desk.submit(message, done=lambda _seq: told(), failed=self._refused)

    def _refused(self, error: Exception) -> None:
        self._say(lambda: failure_text(error), "bad")
        self.refresh()

    def _say(self, said: Text, tone: Tone = "ok", *, undo: Callable[[], object] | None = None) -> None:
        ToastArea.of(self).show_toast(said, tone=tone, callback=undo)

    # scanning and export

    def scan(self, mode: Mode) -> None:
        """Open the scanner dialog."""
        dialog = ScanDialog(self._desk, mode, parent=self.window())
        dialog.booked.connect(lambda n: self._say(lambda: tr(dialog.told, n=n)))
        open_prompt(dialog)

    def _ask_export(self) -> None:
        name = tr("Goods") + ".xlsx"
        chosen, _ = QFileDialog.getSaveFileName(self.window(), tr("Export to Excel"), name, "Excel (*.xlsx)")
        if chosen:
            self.export_to(Path(chosen))

    def export_to(self, path: Path) -> None:
        """Write what is chosen, or the whole list that is shown, as a sheet that can be imported again."""
        chosen = [int(rowid) for rowid in self.table.selected_ids()]
        rowids = chosen if len(chosen) > 1 else [int(rowid) for rowid in self.table.model.ids()]
        english, supplier = language() == "en", self._supplier

        def failed(_error: Exception) -> None:
            self._say("The file could not be written. Close it in other programs, or choose another place.", "bad")

        def done(n: int) -> None:
            self._say(lambda: tr("{n} goods written to {file}", n=n, file=path.name))

        self._desk.fetch(write_goods, supplier, rowids, path, english, done=done, failed=failed)


def _imports(lines: Sequence[GoodsLine]) -> list[ImportGoods]:
    return list(batched([line] for line in lines))
