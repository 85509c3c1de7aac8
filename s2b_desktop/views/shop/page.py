"""我的商品: what the shop lists, its margins, and what suppliers' changes do to them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from s2b_desktop.models.queries.shop import MyGoods, my_goods, shop_state
from s2b_desktop.text import count, parse_unit_price, tr, unit_price
from s2b_desktop.views.common.actions import Action
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import RowId
from s2b_desktop.views.common.confirm import open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.live import LivePage
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.sending import send_all
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.shop.columns import my_goods_columns
from s2b_desktop.views.shop.listing import ListPrompt, OwnPrices, entry_of, messages
from s2b_desktop.views.shop.panel import MyGoodsPanel
from s2b_domain.access import Permission
from s2b_domain.commands.command import Command
from s2b_domain.commands.shops import MAX_LISTED, ListEntry, ListGoods, Unlist
from s2b_domain.rules.bounds import MAX_PRICE

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

VIEWS: dict[str, str] = {
    "listed": "Listed",
    "changed": "Margin changed",
    "loss": "Below cost",
    "hindered": "Cannot be had",
    "off": "Not listed",
    "all": "All my goods",
}
CARDS = ("listed", "changed", "loss", "hindered")


class MyGoodsPage(LivePage):
    """`show_item` takes a SKU's id or the key of a view."""

    key = "my_goods"
    icon = "package"
    title = "My goods"
    TABLES = frozenset({"listing", "shop", "sku", "product", "price", "availability", "organisation", "trade_terms"})
    AWAITED = ("listing",)

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(desk, self.title, parent)
        self._navigate = navigate
        self.may_edit = desk.actor.may(Permission.SHOP_EDIT)
        self._view, self._open = "listed", ""
        self._shown: object = None
        self._rows: dict[str, MyGoods] = {}
        self._loading = Reading(desk)
        self.add_action("My shop", lambda: navigate("shop", None), "F6", icon="store")
        if self.may_edit:
            self.add_action("List goods…", lambda: navigate("catalog", None), "F2", primary=True)
        self.set_cards([FactCard(key, VIEWS[key], "–", checkable=True) for key in CARDS])
        self.card_toggled.connect(lambda key, on: self.look_at(key if on else "listed"))
        self.views = ComboBox(list(VIEWS.items()))
        self.views.value_changed.connect(lambda key: self.look_at(str(key)))
        self.table: DataTable[MyGoods] = DataTable(
            my_goods_columns(
                self._is_waiting,
                edit_title=self._title_typed if self.may_edit else None,
                edit_price=self._price_typed if self.may_edit else None,
            ),
            self._fetch,
            name="My goods",
            search="Title, SKU, barcode or supplier",
        )
        self.remember(self.table, "my_goods")
        self.table.toolbar.insertWidget(0, self.views)
        self.bulk: list[Button] = []
        if self.may_edit:
            self._add_bulk()
        self.table.search_changed.connect(lambda _text: self._list())
        self.table.activated.connect(lambda id_: self._show(str(id_)))
        self.table.view.clicked.connect(lambda index: self._show(str(self.table.model.id_at(index.row()))))
        self.table.current_changed.connect(self._moved)
        self.table.selection_changed.connect(lambda _ids: self._enable())
        self.inspector.closed.connect(self._forget)
        self.banner = Banner(
            "info",
            "Your shop is not open yet. A few lines about it, and where returns go, are enough.",
            action="My shop",
            callback=lambda: navigate("shop", None),
        )
        self.banner.hide()
        self.body.addWidget(self.banner)
        self.body.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        self.retranslate()
        self._say_empty()
        self._enable()

    def _add_bulk(self) -> None:
        actions: list[tuple[Text, Callable[[], object], str]] = [
            ("Set prices…", self.set_prices, "Ctrl+Shift+P"),
            ("Accept margins", self.accept_margins, "Ctrl+Shift+A"),
            ("Unlist", self.unlist, "Ctrl+Shift+D"),
        ]
        for place, (text, callback, key) in enumerate(actions, 1):
            button = Button(text, callback, shortcut=key)
            self.bulk.append(button)
            self.table.toolbar.insertWidget(place, button)

    # what is shown

    def refresh(self) -> None:
        state = self._desk.read(shop_state, self._desk.actor.organisation_id)
        self.banner.setVisible(self.may_edit and not state.is_open)
        super().refresh()
        self._loading.fetch(my_goods, self._desk.actor, done=self._loaded)

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", what)
        if isinstance(message, ListGoods):
            message = message.entries[0].sku_id
        if isinstance(message, str) and message in VIEWS:
            self.look_at(message)
        elif isinstance(message, str) and message:
            self._open = message
            self.look_at("all")
            self.refresh()

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "bulk"):
            self.views.setAccessibleName(tr("Saved views"))
            self._reopen()

    def look_at(self, view: str) -> None:
        """Show another view."""
        self._view = view
        self.views.show_value(view)
        self.check_card("" if view == "listed" else view)
        self._list()

    def _loaded(self, rows: list[MyGoods]) -> None:
        self._rows = {r.listing.sku_id: r for r in rows}
        self._tell(rows)
        self._list()
        self._reopen()

    def _passes(self, row: MyGoods) -> bool:
        text = self.table.search_field.text().strip().casefold()
        if text:
            offer = row.offer
            said = [row.listing.title]
            said += [offer.sku.code, offer.sku.barcode, offer.supplier_name, offer.product_title] if offer else []
            if not any(text in part.casefold() for part in said):
                return False
        return {
            "listed": row.listing.on_sale,
            "changed": row.changed,
            "loss": row.at_a_loss,
            "hindered": row.hindered,
            "off": not row.listing.on_sale,
        }.get(self._view, True)

    def _list(self) -> None:
        ids = [id_ for id_, row in self._rows.items() if self._passes(row)]
        if not ids:
            self._say_empty()
        self.table.set_ids(ids)
        self.table.refresh()
        if self._open:
            self.table.select(self._open)
        self._enable()

    def _fetch(self, ids: Sequence[RowId]) -> list[MyGoods]:
        return [self._rows[str(id_)] for id_ in ids]

    def _tell(self, rows: Sequence[MyGoods]) -> None:
        listed = [r for r in rows if r.listing.on_sale]
        less = sum(r.changed and r.moved is not None and r.moved.now > r.moved.before for r in listed)
        changed, loss = (sum(map(test, listed)) for test in (lambda r: r.changed, lambda r: r.at_a_loss))
        hindered = sum(r.hindered for r in listed)
        suppliers = len({r.listing.supplier_id for r in listed})
        told: dict[str, tuple[int, Text, Tone]] = {
            "listed": (len(listed), lambda: tr("from {n} suppliers", n=suppliers), "neutral"),
            "changed": (changed, lambda: tr("{n} cost more now", n=less), "warn" if changed else "neutral"),
            "loss": (loss, "less than they cost", "bad" if loss else "neutral"),
            "hindered": (hindered, "none in stock or stopped", "warn" if hindered else "neutral"),
        }
        for key, (figure, note, tone) in told.items():
            self.card(key).set_fact(partial(count, figure), note, tone=tone)
        self.set_facts(lambda: tr("{n} goods", n=len(rows)))

    def _say_empty(self) -> None:
        if self._rows:
            empty = EmptyState("search", "Nothing here", action="Show all", callback=self._all)
        else:
            empty = EmptyState(
                "tag",
                "Nothing listed yet",
                "Choose goods in the catalog and list them with your own title and price.",
                action="Go to the catalog",
                callback=lambda: self._navigate("catalog", None),
            )
        self.table.set_empty(empty)

    def _all(self) -> None:
        self.table.search_field.clear()
        self.look_at("all")

    def _is_waiting(self, row: MyGoods) -> bool:
        return row.listing.id in self._waiting

    def _enable(self) -> None:
        rows = self.chosen()
        for button, on in zip(
            self.bulk, (bool(rows), any(r.changed for r in rows), any(r.listing.on_sale for r in rows)), strict=False
        ):
            button.setEnabled(on)
            button.setVisible(not self.inspector.is_open() or len(rows) > 1)

    def chosen(self) -> list[MyGoods]:
        """The chosen rows, else the current one."""
        current = self.table.current_id()
        ids = self.table.selected_ids() or ([] if current is None else [current])
        return [self._rows[str(id_)] for id_ in ids if str(id_) in self._rows]

    # what changes

    def mark(self) -> None:
        self.table.refresh()

    # one of them

    def _moved(self, id_: object) -> None:
        self._enable()
        if id_ is not None and self.inspector.is_open():
            self._show(str(id_))

    def _forget(self) -> None:
        self._open = ""
        self._enable()
        self.table.setFocus()

    def _reopen(self) -> None:
        if self._open and self._open in self._rows:
            self._shown = None
            self._show(self._open)

    def _show(self, id_: str) -> None:
        row = self._rows.get(id_)
        if row is None:
            return
        state = (row, self._is_waiting(row))
        there = self.inspector.content() if self.inspector.is_open() else None
        if there is not None and (self._shown == state or (isinstance(there, MyGoodsPanel) and there.typed_for(id_))):
            return
        self._open, self._shown = id_, state
        panel = MyGoodsPanel(row, self.actions_of(row), may_edit=self.may_edit, waiting=self._is_waiting(row))
        panel.saved.connect(lambda title, price, own: self.save(row, title, price, own))
        self.inspector.open_panel(panel, lambda: row.listing.title)
        self._enable()

    def actions_of(self, row: MyGoods) -> list[Action]:
        """What may be done with it now."""
        actions: list[Action] = []
        if row.offer is not None:
            product_id = row.offer.sku.product_id
            actions.append(("Show in the catalog", lambda: self._navigate("catalog", product_id), "secondary"))
        if not self.may_edit:
            return actions
        if row.changed:
            actions.insert(0, ("Accept margin", partial(self._accept, [row]), "primary"))
        if row.listing.on_sale:
            actions.append(("Unlist", partial(self._unlist, [row]), "secondary"))
        elif row.on_offer is not None:
            again = partial(self.save, row, row.listing.title, row.listing.price)
            actions.insert(0, ("List again", again, "primary"))
        return actions

    # what is done

    def save(self, row: MyGoods, title: str, price: int, own: OwnPrices | None = None) -> None:
        """List under this title, price and `own` prices (None: those of before); the margin as it is now is agreed
        to."""
        if row.on_offer is None:
            self._say("No longer on sale", "neutral")
            return
        said = tr("{title}: {price}", title=title, price=unit_price(price))
        self.submit([ListGoods(entries=(entry_of(row.on_offer, price, title, own=own),))], lambda: said)

    def set_prices(self) -> None:
        """Ask for a rule for the chosen goods."""
        chosen = self.chosen()
        offers = [r.on_offer for r in chosen if r.on_offer is not None]
        if not offers:
            self._say("No longer on sale" if chosen else "Choose goods in the list first", "neutral")
            return
        prompt = ListPrompt(offers, parent=self.window())

        def go() -> None:
            entries = prompt.entries()
            self.submit(messages(entries), lambda: tr("{n} goods listed", n=len(entries)))

        open_prompt(prompt, go)

    def accept_margins(self) -> None:
        """Keep the prices of the chosen goods at what they cost now."""
        self._accept([r for r in self.chosen() if r.changed])

    def _accept(self, rows: Sequence[MyGoods]) -> None:
        entries = _as_listed(rows)
        if entries:
            self.submit(messages(entries), lambda: tr("{n} margins accepted", n=len(entries)))

    def unlist(self) -> None:
        """Take the chosen goods out of the shop."""
        self._unlist([r for r in self.chosen() if r.listing.on_sale])

    def _unlist(self, rows: Sequence[MyGoods]) -> None:
        ids = [r.listing.sku_id for r in rows]
        sent = [Unlist(sku_ids=tuple(ids[at : at + MAX_LISTED])) for at in range(0, len(ids), MAX_LISTED)]

        def back() -> None:
            entries = _as_listed(rows)
            if entries:
                self.submit(messages(entries), lambda: tr("{n} goods listed", n=len(entries)))
            else:
                self._say("No longer on sale", "neutral")

        self.submit(sent, lambda: tr("{n} goods unlisted", n=len(ids)), undo=back)

    def _title_typed(self, row_id: RowId, text: str) -> None:
        row = self._fresh(row_id)
        if text.strip() and text.strip() != row.listing.title:
            self.save(row, text.strip()[:200], row.listing.price)

    def _price_typed(self, row_id: RowId, text: str) -> None:
        row = self._fresh(row_id)
        try:
            price = parse_unit_price(text)
        except ValueError as wrong:
            source = str(wrong)
            self._say(lambda: tr(source), "bad")
            return
        if not 0 <= price <= MAX_PRICE:
            self._say("A price cannot be negative", "bad")
        elif price != row.listing.price:
            self.save(row, row.listing.title, price)

    def _fresh(self, row_id: RowId) -> MyGoods:
        """The row as the cache has it: an edit a moment ago may not be in the list yet."""
        found = self._desk.read(my_goods, self._desk.actor, [str(row_id)])
        return found[0] if found else self._rows[str(row_id)]

    def submit(self, sent: Sequence[Command], said: Text, undo: Callable[[], object] | None = None) -> None:
        """Send commands and say what became of them."""
        send_all(self._desk, self, sent, said, callback=undo)

    def _say(self, said: Text, tone: Tone) -> None:
        ToastArea.of(self).show_toast(said, tone=tone)


def _as_listed(rows: Sequence[MyGoods]) -> list[ListEntry]:
    """These goods under their titles and prices, at what they cost now; what is sold no more is left out."""
    return [entry_of(r.on_offer, r.listing.price, r.listing.title) for r in rows if r.on_offer is not None]
