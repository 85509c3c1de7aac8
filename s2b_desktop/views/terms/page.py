"""交易条款 of a supplier: merchants' terms, price levels and prices, minimums, freight; a shop has its freight here."""

from array import array
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.models.queries.found import find_own_goods
from s2b_desktop.models.queries.goods import Shown, goods_ids
from s2b_desktop.models.queries.terms import (
    Agreed,
    LevelPrice,
    LevelRow,
    MixRow,
    PriceRow,
    TermsBooks,
    level_prices,
    price_rows,
    product_of,
    terms_books,
)
from s2b_desktop.text import count, money, parse_unit_price, tr, unit_price
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import RowId
from s2b_desktop.views.common.confirm import Confirm, open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.live import LivePage
from s2b_desktop.views.common.picker import ProductRow
from s2b_desktop.views.common.sending import nothing
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.tiers import parse_tiers
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.terms.bulk import LevelPricesPrompt
from s2b_desktop.views.terms.columns import (
    freight_columns,
    level_columns,
    merchant_columns,
    mix_columns,
    price_columns,
)
from s2b_desktop.views.terms.freight import FreightGoodsPrompt, FreightPrompt
from s2b_desktop.views.terms.prompts import LeastPrompt, LevelPrompt, MixPrompt, ShopNumberPrompt, TradePrompt
from s2b_domain.commands.command import Command
from s2b_domain.commands.freights import ChooseFreight, RemoveFreight, SaveFreight
from s2b_domain.commands.terms import (
    MAX_PRICED,
    PriceEntry,
    RemoveLevel,
    RemoveMix,
    SaveLevel,
    SaveMinimum,
    SaveMix,
    SaveTradeTerms,
    SetPrices,
)
from s2b_domain.records.catalog import STANDARD_LEVEL
from s2b_domain.records.party import PartyKind
from s2b_domain.records.shop import FreightTemplate
from s2b_domain.rules.shop_number import shop_number

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class Part(StrEnum):
    """The lists of the terms page."""

    MERCHANTS = "merchants"
    LEVELS = "levels"
    PRICES = "prices"
    MIXES = "mixes"
    FREIGHTS = "freights"


LISTS: dict[Part, str] = {
    Part.MERCHANTS: "Merchants",
    Part.LEVELS: "Price levels",
    Part.PRICES: "Prices and tiers",
    Part.MIXES: "Minimums",
    Part.FREIGHTS: "Freight templates",
}
CARDS = (Part.MERCHANTS, Part.LEVELS, Part.MIXES, Part.FREIGHTS)
_PART_OF: dict[type[Command], Part] = {
    SaveTradeTerms: Part.MERCHANTS,
    SaveLevel: Part.LEVELS,
    RemoveLevel: Part.LEVELS,
    SetPrices: Part.PRICES,
    SaveMix: Part.MIXES,
    RemoveMix: Part.MIXES,
    SaveMinimum: Part.MIXES,
    SaveFreight: Part.FREIGHTS,
    RemoveFreight: Part.FREIGHTS,
    ChooseFreight: Part.FREIGHTS,
}


class TermsPage(LivePage):
    """`show_item` takes the name of a list, the id of a merchant, or a refused command of the queue."""

    key = "terms"
    icon = "scale"
    title = "Terms"
    TABLES = frozenset(
        {"trade_terms", "price_level", "price", "mix_group", "purchase_terms", "freight_template", "freight_choice"}
        | {"supply_order"}
    )

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        self._supplier = desk.actor.kind is PartyKind.SUPPLIER
        title = "Terms" if self._supplier else "Freight"
        super().__init__(desk, title, parent)
        self._desk = desk
        self._books: TermsBooks | None = None
        self._part = Part.MERCHANTS if self._supplier else Part.FREIGHTS
        self._supersedes: str | None = None
        self._shown: dict[RowId, PriceRow] = {}
        self.new = self.add_action("New…", self._new, "Ctrl+N", icon="plus", primary=True)
        if self._supplier:
            self.least = self.add_action("Least order amount…", self._set_least, icon="wallet")
            self.set_cards([FactCard(part.value, LISTS[part], lambda: "–", checkable=True) for part in CARDS])
        self.card_toggled.connect(lambda key, on: self.look_at(Part(key) if on else Part.MERCHANTS))
        parts = [(part, text) for part, text in LISTS.items() if self._supplier or part is Part.FREIGHTS]
        self.lists = ComboBox(parts)
        self.lists.setVisible(self._supplier)
        self.lists.value_changed.connect(lambda part: self.look_at(Part(str(part))))
        self.level = ComboBox([(STANDARD_LEVEL, "Standard")])
        self.level.value_changed.connect(lambda _level: self._level_chosen())
        self.edit = Button("Change…", self._edit, shortcut="F2")
        self.goods = Button("Goods…", self._choose_goods, shortcut="Ctrl+G")
        self.percent = Button("Prices by percent…", self._ask_prices, shortcut="Ctrl+Shift+P")
        self.remove = Button("Remove…", self._remove, variant="quiet")
        self.tables: dict[Part, DataTable[Any]] = {
            Part.MERCHANTS: DataTable(merchant_columns(), self._fetch("merchants"), name="Merchants", toolbar=False),
            Part.LEVELS: DataTable(level_columns(), self._fetch("levels"), name="Price levels", toolbar=False),
            Part.PRICES: DataTable(
                price_columns(self._typed), self._prices, name="Prices and tiers", search="Name, pinyin initials or SKU"
            ),
            Part.MIXES: DataTable(mix_columns(), self._fetch("mixes"), name="Minimums", toolbar=False),
            Part.FREIGHTS: DataTable(
                freight_columns(self._supplier), self._fetch("freights"), name="Freight templates", toolbar=False
            ),
        }
        self._stack = QStackedWidget()
        for part, table in self.tables.items():
            self.remember(table, f"terms/{part.value}")
            table.set_empty(self._empty(part))
            table.activated.connect(lambda _id: self._edit())
            table.current_changed.connect(lambda _id: self._enable())
            self._stack.addWidget(table)
        self.tables[Part.PRICES].search_changed.connect(lambda _text: self._load_prices())
        bar = QHBoxLayout()
        bar.setSpacing(8)
        for widget in (self.lists, self.level):
            bar.addWidget(widget)
        bar.addStretch(1)
        for button in (self.edit, self.goods, self.percent, self.remove):
            bar.addWidget(button)
        self.body.addLayout(bar)
        self.body.addWidget(self._stack, 1)
        self.look_at(self._part)
        self.retranslate()

    def _empty(self, part: Part) -> EmptyState:
        if part is Part.MERCHANTS:
            told = "Who orders from you appears here. Others you add by their shop number, with Ctrl+N."
            return EmptyState("users", "No merchants yet", told, action="New…", callback=self._new)
        if part is Part.LEVELS:
            told = "Make one with Ctrl+N, give goods a price at it, and give it to merchants."
            return EmptyState("tag", "One price for everybody", told, action="New…", callback=self._new)
        if part is Part.MIXES:
            told = "Make a group with Ctrl+N: its goods reach a minimum together."
            return EmptyState("boxes", "Every SKU has its own minimum", told, action="New…", callback=self._new)
        if part is Part.FREIGHTS:
            told = "Make a template with Ctrl+N."
            return EmptyState("truck", "Nothing is asked for freight", told, action="New…", callback=self._new)
        return EmptyState("search", "Nothing found", "Try fewer letters.")

    def _fetch(self, name: str) -> Callable[[Sequence[RowId]], list[Any]]:
        def rows(ids: Sequence[RowId]) -> list[Any]:
            held = getattr(self._books, name) if self._books else {}
            return [held[str(i)] for i in ids if str(i) in held]

        return rows

    def _prices(self, ids: Sequence[RowId]) -> list[PriceRow]:
        level = str(self.level.value() or STANDARD_LEVEL)
        rows = self._desk.read(price_rows, self._desk.actor.organisation_id, level, [int(i) for i in ids])
        self._shown.update({row.entry.rowid: row for row in rows})
        return rows

    # what is shown

    def refresh(self) -> None:
        super().refresh()
        books = self._desk.read(terms_books, self._desk.actor)
        self._books = books
        options: list[tuple[object, Text]] = [(STANDARD_LEVEL, "Standard")]
        self.level.set_options([*options, *((x.id, partial(str, x.name)) for x in books.levels.values())])
        for part in (Part.MERCHANTS, Part.LEVELS, Part.MIXES, Part.FREIGHTS):
            table = self.tables[part]
            table.set_ids(list(getattr(books, part.value)))
            table.refresh()
        if self._part is Part.PRICES:
            self.tables[Part.PRICES].refresh()
        if self._supplier:
            on_terms = sum(m.limit is not None for m in books.merchants.values())
            self.card("merchants").set_fact(
                lambda: count(len(books.merchants)), lambda: tr("{n} with a credit limit", n=on_terms)
            )
            self.card("levels").set_fact(lambda: count(len(books.levels)), "beside the standard one")
            least = books.minimum_amount
            self.card("mixes").set_fact(
                lambda: count(len(books.mixes)),
                lambda: tr("orders from {amount} on", amount=money(least)) if least else tr("no least amount"),
            )
            self.card("freights").set_fact(lambda: count(len(books.freights)), "")
        self._enable()

    def look_at(self, part: Part) -> None:
        """Show another list."""
        self._part = part
        self.lists.show_value(part)
        self.check_card(part.value)
        self.level.setVisible(part is Part.PRICES)
        self.percent.setVisible(part is Part.PRICES)
        self.new.setVisible(part is not Part.PRICES)
        self.edit.setVisible(part is not Part.PRICES)
        self.goods.setVisible(part is Part.FREIGHTS and self._supplier)
        self.remove.setVisible(part in (Part.LEVELS, Part.MIXES, Part.FREIGHTS))
        self._stack.setCurrentWidget(self.tables[part])
        self.setFocusProxy(self.tables[part])
        if part is Part.PRICES:
            self._load_prices()
        self._enable()

    def _level_chosen(self) -> None:
        self._load_prices()
        self._enable()

    def _load_prices(self) -> None:
        if self._part is Part.PRICES:
            table = self.tables[Part.PRICES]
            text = table.search_field.text().strip()
            ids: array[int] = self._desk.read(goods_ids, self._desk.actor.organisation_id, Shown.ALL, text)
            table.set_ids(ids)
            table.refresh()

    def _enable(self) -> None:
        chosen = self.tables[self._part].current_id() is not None
        for button in (self.edit, self.goods, self.remove):
            button.setEnabled(chosen)
        self.percent.allow(self.level.value() != STANDARD_LEVEL, "Standard prices are changed in the list of goods.")

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", what)
        if isinstance(message, Command) and type(message) in _PART_OF:
            self._supersedes = getattr(what, "command_id", None)
            self.refresh()
            self.look_at(_PART_OF[type(message)])
            for field in ("merchant_id", "level_id", "group_id", "template_id"):
                self.tables[self._part].select(getattr(message, field, ""))
            if isinstance(message, SetPrices):
                self.level.set_value(message.level)
            self._reopen(message)
        elif isinstance(what, str) and what in {p.value for p in Part}:
            self.look_at(Part(what))
        elif isinstance(what, str) and what:
            self.refresh()
            self.look_at(Part.MERCHANTS)
            self.tables[Part.MERCHANTS].select(what)

    # what is done

    def _find(self, text: str, limit: int) -> list[ProductRow]:
        found = self._desk.read(find_own_goods, self._desk.actor, text, limit)
        return [ProductRow(g.id, g.title, g.note, "" if g.price is None else unit_price(g.price)) for g in found]

    def _product(self, sku_id: str) -> tuple[str, str]:
        return self._desk.read(product_of, sku_id)

    def _new(self) -> None:
        self._edit_row("")

    def _edit(self) -> None:
        current = self.tables[self._part].current_id()
        if current is not None and self._part is not Part.PRICES:
            self._edit_row(str(current))

    def _edit_row(self, id_: str) -> None:
        """Ask for a row as it should be; "" is a new one."""
        books = self._books
        if books is None:
            return
        if self._part is Part.MERCHANTS and not id_:
            asked = ShopNumberPrompt(self)
            open_prompt(asked, lambda: self._edit_row(asked.merchant_id()))
        elif self._part is Part.MERCHANTS:
            self._edit_terms(books.merchants.get(id_) or Agreed(id=id_, name=shop_number(id_), orders=0))
        elif self._part is Part.LEVELS:
            self._edit_level(books.levels.get(id_))
        elif self._part is Part.MIXES:
            self._edit_mix(books.mixes.get(id_))
        elif self._part is Part.FREIGHTS:
            row = books.freights.get(id_)
            self._edit_freight(row.template if row else None)

    def _reopen(self, message: Command) -> None:
        """Open what was entered and not taken, as it was."""
        if isinstance(message, SaveTradeTerms):
            known = self._books.merchants.get(message.merchant_id) if self._books else None
            merchant = known or Agreed(id=message.merchant_id, name=shop_number(message.merchant_id), orders=0)
            self._edit_terms(
                msgspec.structs.replace(
                    merchant,
                    level=message.level,
                    limit=message.credit_limit,
                    days=message.credit_days,
                    note=message.note,
                )
            )
        elif isinstance(message, SaveLevel):
            id_, name, position = message.level_id, message.name, message.position
            self._edit_level(LevelRow(id=id_, name=name, position=position, merchants=0, prices=0))
        elif isinstance(message, SaveMinimum):
            self._ask_least(message.minimum_amount)
        elif isinstance(message, SaveFreight):
            id_, name, freight = message.template_id, message.name, message.freight
            self._edit_freight(
                FreightTemplate(id=id_, owner_id="", name=name, freight=freight, default=message.default)
            )

    def _send_entered(self, message: Command) -> None:
        self._send(message, partial(self._reopen, message))

    def _ask(self, prompt: Confirm, then: Callable[[], object]) -> None:
        """What was refused and is given up stays refused: nothing else stands in for it."""
        prompt.rejected.connect(self._give_up)
        open_prompt(prompt, then)

    def _give_up(self) -> None:
        self._supersedes = None

    def _edit_terms(self, merchant: Agreed) -> None:
        prompt = TradePrompt(merchant, list(self._books.levels.values()) if self._books else [], self)

        self._ask(prompt, lambda: self._send_entered(prompt.message()))

    def _edit_level(self, level: LevelRow | None) -> None:
        prompt = LevelPrompt(level, self)

        self._ask(prompt, lambda: self._send_entered(prompt.message(self._desk.new_id())))

    def _edit_mix(self, mix: MixRow | None) -> None:
        prompt = MixPrompt(mix, self._find, self._product, self)

        def go() -> None:
            made = prompt.message(self._desk.new_id())
            products = dict(zip(prompt.chips.ids(), prompt.chips.names(), strict=True))
            entered = MixRow(id=made.group_id, name=made.name, minimum=made.minimum, products=products)
            self._send(made, partial(self._edit_mix, entered))

        self._ask(prompt, go)

    def _edit_freight(self, template: FreightTemplate | None) -> None:
        prompt = FreightPrompt(template, self)

        self._ask(prompt, lambda: self._send_entered(prompt.message(self._desk.new_id())))

    def _set_least(self) -> None:
        self._ask_least(self._books.minimum_amount if self._books else 0)

    def _ask_least(self, amount: int) -> None:
        prompt = LeastPrompt(amount, self)
        self._ask(prompt, lambda: self._send_entered(prompt.message()))

    def _choose_goods(self) -> None:
        row = self._books.freights.get(str(self.tables[Part.FREIGHTS].current_id())) if self._books else None
        if row is None:
            return
        prompt = FreightGoodsPrompt(row.template, row.goods, self._find, self)
        open_prompt(prompt, lambda: self._send_each(prompt.messages()))

    def _send_each(self, messages: Sequence[Command]) -> None:
        for message in messages:
            self._send(message)

    def _remove(self) -> None:
        id_ = str(self.tables[self._part].current_id() or "")
        made: dict[Part, Command] = {
            Part.LEVELS: RemoveLevel(level_id=id_),
            Part.MIXES: RemoveMix(group_id=id_),
            Part.FREIGHTS: RemoveFreight(template_id=id_),
        }
        told: dict[Part, str] = {
            Part.LEVELS: "Its prices go with it. Merchants that have it must get another one first.",
            Part.MIXES: "Every SKU has its own minimum again.",
            Part.FREIGHTS: "Its goods travel by the default template again.",
        }
        if id_ and self._part in made:
            prompt = Confirm("Remove it?", told[self._part], "Remove", tone="danger", parent=self)
            self._ask(prompt, partial(self._send, made[self._part]))

    def _typed(self, what: str, row_id: RowId, text: str) -> None:
        """A cell of the price list was typed over."""
        row = self._shown.get(row_id)
        if row is None:
            return
        before = row.price
        supply = before.supply_price if before else row.entry.supply_price
        dropship = before.dropship_price if before else row.entry.dropship_price
        tiers = before.tiers if before else ()
        try:
            if what == "price":
                supply = parse_unit_price(text) if text.strip() else None
            elif what == "dropship":
                dropship = parse_unit_price(text) if text.strip() else None
            else:
                tiers = parse_tiers(text, row.entry.decimals)
        except ValueError as wrong:
            said = str(wrong)
            ToastArea.of(self).show_toast(lambda: tr(said), tone="warn")
            return
        entry = PriceEntry(sku_id=row.entry.sku_id, supply_price=supply, dropship_price=dropship, tiers=tiers)
        self._send(SetPrices(level=str(self.level.value() or STANDARD_LEVEL), entries=(entry,)))

    def _ask_prices(self) -> None:
        """Ask for the prices of what is chosen, or of the list that is shown, at a level."""
        table, level = self.tables[Part.PRICES], str(self.level.value())
        chosen = table.selected_ids()
        rowids = [int(i) for i in (chosen if len(chosen) > 1 else table.model.ids())]
        supplier = self._desk.actor.organisation_id
        self._desk.fetch(level_prices, supplier, level, rowids, done=partial(self._ask_level_prices, level))

    def _ask_level_prices(self, level: str, rows: Sequence[LevelPrice]) -> None:
        prompt = LevelPricesPrompt(rows, self.level.currentText(), self)
        open_prompt(prompt, lambda: self._set_prices(level, prompt.entries(), prompt.back()))

    def _set_prices(self, level: str, entries: Sequence[PriceEntry], back: Sequence[PriceEntry] | None) -> None:
        parts = [entries[at : at + MAX_PRICED] for at in range(0, len(entries), MAX_PRICED)]
        messages = [SetPrices(level=level, entries=tuple(part)) for part in parts]

        def told(_n: int) -> None:
            self.refresh()
            undo = None if back is None else partial(self._set_prices, level, back, None)
            ToastArea.of(self).show_toast(lambda: tr("{n} prices changed", n=len(entries)), callback=undo)

        self._desk.submit_many(messages, import_id=self._desk.new_id(), done=told, failed=self._refused)

    def _send(self, message: Command, again: Callable[[], object] = nothing) -> None:
        """Submit; `again` opens what was entered where it was not taken."""
        supersedes, self._supersedes = self._supersedes, None
        failed = partial(self._not_taken, supersedes, again)
        self._desk.submit(
            message, done=lambda _seq: self._saved(), failed=failed, supersedes=supersedes, initiator=self
        )

    def _not_taken(self, supersedes: str | None, again: Callable[[], object], error: Exception) -> None:
        self._refused(error)
        self._supersedes = supersedes
        again()

    def _saved(self) -> None:
        self.refresh()
        ToastArea.of(self).show_toast("Saved")

    def _refused(self, error: Exception) -> None:
        ToastArea.of(self).show_toast(lambda: failure_text(error), tone="bad")

    def retranslate(self) -> None:
        super().retranslate()
        if getattr(self, "level", None) is not None:
            self.lists.setAccessibleName(tr("Which list"))
            self.level.setAccessibleName(tr("Price level"))
