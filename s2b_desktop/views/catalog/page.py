"""商品选货: find goods by tree, word, pinyin or barcode, see what they cost, and put them into the order."""

from array import array
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtGui import QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.models.queries.catalog import (
    NEW_WITHIN,
    UNSORTED,
    CatalogFacts,
    ProductDetail,
    ProductFilter,
    ProductRow,
    ProductSort,
    SkuOffer,
    catalog_facts,
    category_facets,
    category_tree,
    offers,
    product_detail,
    product_names,
    product_rowid,
    product_rowids,
    product_rows,
    skus_by_code,
    skus_of_products,
)
from s2b_desktop.models.queries.rivals import rivals
from s2b_desktop.models.queries.suppliers import supplier_card
from s2b_desktop.text import clauses, count, quantity, tr
from s2b_desktop.views.catalog.columns import product_columns
from s2b_desktop.views.catalog.compare import ComparePrompt
from s2b_desktop.views.catalog.facets import FacetBar
from s2b_desktop.views.catalog.panel import ProductPanel
from s2b_desktop.views.catalog.reserve import ReserveDialog
from s2b_desktop.views.catalog.strip import BasketStrip
from s2b_desktop.views.catalog.supplier import SupplierChip, SupplierPrompt
from s2b_desktop.views.catalog.tree import ALL, CategoryTree
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.column import RowId
from s2b_desktop.views.common.confirm import open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.sending import send_all
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.orders.basket import Basket
from s2b_desktop.views.shop.listing import ListPrompt, messages
from s2b_desktop.views.thumbnails import Thumbnails
from s2b_domain.access import Permission
from s2b_domain.commands.shops import ListEntry
from s2b_domain.rules.order_flow import OrderKind

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

LISTED = frozenset({"product", "sku", "category", "organisation"})
"""Tables on which the list and the tree depend; a change of price or stock alone only repaints rows."""
PRICED = frozenset({"price", "availability", "trade_terms"})
LAYOUT = "layout/catalog"
MOST_LISTED = 2000
"""SKUs that are listed in one go."""
NEEDED = 860
"""Width of the page under which the tree gives way to the list."""


class CatalogPage(Page):
    """`show_item` takes a product's id."""

    key = "catalog"
    icon = "store"
    title = "Catalog"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk, self._navigate = desk, navigate
        self._basket = Basket(desk)
        self._names = product_names()
        self._sort: tuple[ProductSort, bool] = ("", False)
        self._text = ""
        self._folded = False
        self._open: int | None = None
        self._shown: tuple[ProductDetail, OrderKind] | None = None
        self._wanted: int | None = None
        self._loading = Reading(desk)
        self._narrowing = Reading(desk)
        self._counting = Reading(desk)
        self._growing = Reading(desk)
        self._found: CatalogFacts | None = None
        may_order = desk.actor.may(Permission.ORDER_PLACE)
        self._may_order = may_order
        self.add_action("Sync", desk.sync_now, "F5", icon="refresh")
        if may_order:
            self.add_action("Kept for this PC…", self.show_reserve, "F6", icon="boxes")
            self.add_action("Add to order", self.add_current, "F4", icon="plus")
        if desk.actor.may(Permission.SHOP_EDIT):
            self.add_action("List in my shop…", self.list_chosen, "F7", icon="tag")
        self.set_cards(
            [
                FactCard("in_stock", "In stock", checkable=True),
                FactCard("dropship", "Can drop-ship", checkable=True),
                FactCard("new", "New this week", checkable=True),
            ],
            exclusive=False,
        )
        self.card_toggled.connect(lambda _key, _on: self._load())
        self.body.addLayout(self._halves(), 1)
        self.strip = BasketStrip(lambda: navigate("order", None))
        self.strip.kind_chosen.connect(self._choose_kind)
        self.body.addWidget(self.strip)
        self.strip.setVisible(may_order)
        self.setFocusProxy(self.table.search_field)
        self.inspector.closed.connect(self._forget)
        self.inspector.moved.connect(self._fit_side)
        desk.changed.connect(self._changed)

    def _halves(self) -> QHBoxLayout:
        self.tree = CategoryTree()
        self.tree.chosen.connect(lambda _key: self._category_chosen())
        self.facets = FacetBar()
        self.facets.changed.connect(self._load)
        self.only = SupplierChip()
        self.only.changed.connect(self._supplier_chosen)
        self._side = QFrame()
        self._side.setProperty("surface", "card")
        self._side.setFixedWidth(212)
        inside = QVBoxLayout(self._side)
        inside.setContentsMargins(5, 5, 5, 5)
        inside.addWidget(self.tree)
        self._thumbnails = Thumbnails(self._desk, lambda: self.table.view.viewport().update())
        self.table: DataTable[ProductRow] = DataTable(
            product_columns(lambda r: self._thumbnails.get("product", r.id, r.picture)),
            self._rows,
            name="Goods",
            search="Name, pinyin initials, SKU or barcode",
        )
        fold = Button("", self._fold, icon="list-tree", tip="Show or hide the categories", shortcut="Ctrl+T")
        self.table.toolbar.insertWidget(0, fold)
        kept = self._desk.draft(LAYOUT)
        if kept:
            layout = msgspec.json.decode(kept)
            self.table.restore_layout({**layout, "sort": None})
            self._folded = bool(layout.get("folded"))
        self.table.layout_changed.connect(self._keep_layout)
        self.table.sort_requested.connect(self._sorted)
        self.table.search_changed.connect(self._searched)
        self.table.search_field.returnPressed.connect(self._entered)
        self.table.activated.connect(self._show_row)
        self.table.view.clicked.connect(lambda index: self._show_row(self.table.model.id_at(index.row())))
        self.table.current_changed.connect(self._current_moved)
        halves = QHBoxLayout()
        halves.setSpacing(12)
        listed = QVBoxLayout()
        listed.setSpacing(8)
        listed.addWidget(self.only)
        listed.addWidget(self.facets)
        listed.addWidget(self.table, 1)
        halves.addWidget(self._side)
        halves.addLayout(listed, 1)
        return halves

    # what is shown

    def refresh(self) -> None:
        self._thumbnails.try_again()
        self._basket.load()
        self._show_basket()
        self._load()
        self._show_tree()
        self._count()

    def show_item(self, what: object) -> None:
        rowid = self._desk.read(product_rowid, what) if isinstance(what, str) else None
        if rowid is not None:
            self._wanted = rowid
            self._show_row(rowid)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "strip"):
            self._shown = None
            if self._open is not None:
                self._show_row(self._open)

    def _rows(self, rowids: Sequence[RowId]) -> list[ProductRow]:
        return self._desk.read(product_rows, self._desk.actor, [int(rowid) for rowid in rowids])

    def _filter(self) -> ProductFilter:
        chosen = self.checked_cards()
        return msgspec.structs.replace(
            self._within(),
            in_stock="in_stock" in chosen,
            dropship="dropship" in chosen,
            new_since=self._desk.now() - NEW_WITHIN if "new" in chosen else None,
            choices=self.facets.choices,
        )

    def _within(self) -> ProductFilter:
        """Among which goods the cards count, and narrow further."""
        return ProductFilter(
            category_ids=self.tree.categories.keys_below(self.tree.current_key()), supplier_id=self.only.supplier_id
        )

    def _category_chosen(self) -> None:
        self.facets.clear()
        self._load()
        self._count()

    def _supplier_chosen(self) -> None:
        self._load()
        self._show_tree()
        self._count()

    def _load(self) -> None:
        self._narrowing.cancel()
        text = self.table.search_field.text().strip()
        if text != self._text:
            self._text = text
            self._count()
        wanted, category_id = self._filter(), self.tree.current_key()
        self._loading.fetch(
            product_rowids, self._desk.actor, self._names, wanted, self._text, *self._sort, done=self._show_ids
        )
        if category_id not in (ALL, UNSORTED):
            self._narrowing.fetch(category_facets, category_id, wanted, self._text, done=self.facets.show_facets)

    def _show_ids(self, rowids: "array[int]") -> None:
        if not rowids:
            self._say_empty()
        self.table.set_ids(rowids)
        if self._wanted is not None:
            self.table.select(self._wanted)
            self._wanted = None
        if self._open is not None:
            self._show_row(self._open)

    def _count(self) -> None:
        since = self._desk.now() - NEW_WITHIN
        self._counting.fetch(catalog_facts, since, self._within(), self._text, done=self._tell_facts)

    def _show_tree(self) -> None:
        supplier_id = self.only.supplier_id
        self._growing.fetch(category_tree, supplier_id, done=lambda found: self.tree.set_tree(*found))

    def _tell_facts(self, found: CatalogFacts) -> None:
        def of_all() -> str:
            return tr("of {total}", total=count(found.all))

        self._found = found
        self.set_facts(lambda: tr("{n} goods", n=found.all))
        for key, n in (("in_stock", found.in_stock), ("dropship", found.dropship), ("new", found.new)):
            self.card(key).set_fact(count(n), of_all)

    def _say_empty(self) -> None:
        if self._text or self.checked_cards() or self.facets.choices or self.tree.current_key() != ALL:
            empty = EmptyState(
                "search",
                "Nothing found",
                "Try fewer letters, pinyin initials or a barcode, or look in all goods.",
                action="Show all",
                callback=self._all,
            )
        else:
            empty = EmptyState(
                "store",
                "No goods yet",
                "They arrive with the first sync, once suppliers have goods on sale.",
                action="Sync",
                callback=self._desk.sync_now,
            )
        self.table.set_empty(empty)

    def _all(self) -> None:
        self.table.search_field.clear()
        for key in self.checked_cards():
            self.card(key).setChecked(False)
        self.facets.clear()
        self.tree.choose(ALL)
        self._load()

    # searching, sorting, folding

    def _searched(self, text: str) -> None:
        if text == self._text:
            return
        if text and not self._text:  # the best finding first, until a column is asked for
            self._sort = ("", False)
            self.table.view.header.set_sort(-1, False)
        self._load()

    def _entered(self) -> None:
        """A scanner ends with Enter: a whole barcode or code goes into the order, anything else is a search."""
        text = self.table.search_field.text().strip()
        exact = self._desk.read(skus_by_code, text) if text else {}
        if len(exact) == 1 and self._may_order:
            self.table.search_field.clear()
            [(sku_id, steps)] = exact.items()
            self._add(sku_id, steps)
        elif text:
            self._load()
            self.table.setFocus()

    def _sorted(self, sort: str, descending: bool) -> None:
        self._sort = (sort, descending)  # type: ignore[assignment]
        self._load()

    def _fold(self) -> None:
        self._folded = not self._side.isHidden()
        self._side.setHidden(self._folded)
        self._keep_layout(self.table.layout_state())

    def _fit_side(self) -> None:
        """The tree gives way when the list would be too narrow beside it."""
        self._side.setHidden(self._folded or self._main.width() < NEEDED)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_side()

    def _keep_layout(self, layout: dict[str, Any]) -> None:
        self._desk.save_draft(LAYOUT, msgspec.json.encode({**layout, "folded": self._folded}))

    # one product

    def _show_row(self, rowid: object) -> None:
        assert isinstance(rowid, int)
        detail = self._desk.read(product_detail, self._desk.actor, rowid)
        if detail is None:
            self.inspector.close_panel()
            return
        now = (detail, self._basket.draft.kind)
        before, same = self.inspector.content(), self._open == rowid
        if same and self._shown == now and isinstance(before, ProductPanel):
            return
        sku_id = before.sku_id() if same and isinstance(before, ProductPanel) else ""
        self._open, self._shown = rowid, now
        load = partial(self._desk.picture, "product", detail.product.id)
        kind = self._basket.draft.kind
        panel = ProductPanel(detail, kind, load, may_order=self._may_order, sku_id=sku_id)
        panel.added.connect(self._add)
        panel.copied.connect(self._copy)
        panel.compared.connect(self.compare)
        panel.met.connect(self.meet)
        self.inspector.open_panel(panel, "Goods")

    def _current_moved(self, rowid: object) -> None:
        if rowid is not None and self.inspector.is_open():
            self._show_row(rowid)

    def _forget(self) -> None:
        self._open, self._shown = None, None
        self.table.setFocus()

    # the order

    def add_current(self) -> None:
        """F4: add all that are chosen; of one, what the inspector shows, or its only SKU, or else show its SKUs."""
        if len(self.table.selected_ids()) > 1:
            self._add_chosen()
            return
        panel = self.inspector.content()
        if isinstance(panel, ProductPanel):
            panel.ask_to_add()
            return
        rowid = self.table.current_id()
        if rowid is None:
            ToastArea.of(self).show_toast("Choose goods in the list first", tone="neutral")
            return
        detail = self._desk.read(product_detail, self._desk.actor, int(rowid))
        if detail is not None and len(detail.offers) == 1:
            self._add(detail.offers[0].sku.id, None)
        else:
            self._show_row(rowid)

    def _add_chosen(self) -> None:
        """Each SKU in stock of the chosen goods, the least that may be ordered of it."""
        found = self._chosen_offers()
        there = [offer for offer in found if offer.available > 0]
        before = self._basket.draft
        added, missing = self._basket.add_all(there), len(found) - len(there)
        left = len(there) - added
        self._show_basket()

        def said() -> str:
            parts = [tr("{n} goods added to the order", n=added)]
            parts += [tr("{n} goods are not in stock", n=missing)] if missing else []
            parts += [tr("there was no room for {n} goods", n=left)] if left else []
            return clauses(parts)

        def undo() -> None:
            self._basket.save(before)
            self._show_basket()

        tone: Tone = "ok" if added == len(found) else "warn"
        ToastArea.of(self).show_toast(said, tone=tone, action="Undo" if added else "", callback=undo)

    def show_reserve(self) -> None:
        """F6: what is kept for this PC; more of the goods in hand can be asked for."""
        panel, rowid = self.inspector.content(), self.table.current_id()
        chosen: str | None = panel.sku_id() if isinstance(panel, ProductPanel) else None
        if not chosen and rowid is not None:
            detail = self._desk.read(product_detail, self._desk.actor, int(rowid))
            chosen = detail.offers[0].sku.id if detail is not None and detail.offers else None
        offer = self._desk.read(offers, self._desk.actor, [chosen]).get(chosen) if chosen else None
        self.reserve = ReserveDialog(self._desk, offer, parent=self.window())
        open_prompt(self.reserve)

    def _add(self, sku_id: str, steps: int | None) -> None:
        before = self._basket.draft.line(sku_id)
        now = self._basket.add(sku_id, steps)
        offer = self._desk.read(offers, self._desk.actor, [sku_id]).get(sku_id)
        if offer is not None:
            more = quantity(now - (before.quantity if before else 0), offer.sku.decimals)
            self._show_basket(f"{offer.product_title} × {more} {offer.sku.unit}")

    def _choose_kind(self, kind: OrderKind) -> None:
        self._basket.choose_kind(kind)
        self._show_basket()
        if self._open is not None:
            self._show_row(self._open)

    def _show_basket(self, last: str = "") -> None:
        self.strip.show_order(self._basket.draft, self._basket.quote(), last)

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        ToastArea.of(self).show_toast(lambda: tr("Copied: {text}", text=text))

    def compare(self, sku_id: str) -> None:
        """The suppliers of the same goods side by side."""
        found = self._desk.read(rivals, self._desk.actor, sku_id, self._desk.now())
        if all(rival.offer.sku.id == sku_id for rival in found):
            ToastArea.of(self).show_toast("No other supplier offers this barcode", tone="neutral")
            return
        prompt = ComparePrompt(found, may_order=self._may_order, parent=self.window())
        prompt.added.connect(self._add)
        open_prompt(prompt)

    def meet(self, supplier_id: str) -> None:
        """A supplier's own page, and from there its goods."""
        card = self._desk.read(supplier_card, self._desk.actor, supplier_id, self._desk.now())
        if card is None:
            return
        prompt = SupplierPrompt(self._desk, card, parent=self.window())
        open_prompt(prompt, lambda: self.only.show_only(card.supplier.id, card.supplier.name))

    # the shop

    def list_chosen(self) -> None:
        """F7: list the chosen goods, or the SKUs of those in the inspector, with a price for each shown before."""
        if not self.table.selected_ids() and self._open is None:
            ToastArea.of(self).show_toast("Choose goods in the list first", tone="neutral")
            return
        found = self._chosen_offers()
        if not found:
            ToastArea.of(self).show_toast("No longer on sale", tone="neutral")
            return
        prompt = ListPrompt(found, parent=self.window())
        open_prompt(prompt, lambda: self._list_entries(prompt.entries()))

    def _chosen_offers(self) -> list[SkuOffer]:
        """The SKUs with a price of the goods that are chosen, or else of those in the inspector."""
        rowids = [int(id_) for id_ in self.table.selected_ids()] or [self._open or 0]
        found: list[SkuOffer] = []
        for at in range(0, len(rowids), 500):
            found += self._desk.read(skus_of_products, self._desk.actor, rowids[at : at + 500], MOST_LISTED)
        return [offer for offer in found if offer.price is not None][:MOST_LISTED]

    def _list_entries(self, entries: Sequence[ListEntry]) -> None:
        said = partial(tr, "{n} goods listed", n=len(entries))
        there = partial(self._navigate, "my_goods", None)
        send_all(self._desk, self, messages(entries), said, action="My goods", callback=there)

    # what changes

    def _changed(self, changes: Any) -> None:
        if "product" in changes.tables:
            self._names.forget()
        if not self.isVisible():
            return
        if LISTED & changes.tables:
            self._load()
            self._show_tree()
            self._count()
        elif PRICED & changes.tables:
            self.table.refresh()
            self._count()
            if self._open is not None:
                self._show_row(self._open)
        if (LISTED | PRICED) & changes.tables:
            self._show_basket()
