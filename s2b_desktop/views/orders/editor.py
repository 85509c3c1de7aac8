"""A new order: goods by search or scan, quantities in place, priced and split by supplier while one types."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from s2b_desktop.messages import problem_text
from s2b_desktop.models.queries.catalog import find_skus
from s2b_desktop.models.queries.counter import find_members, standing
from s2b_desktop.models.queries.pricing import Written, order_coupons
from s2b_desktop.models.specs import specs_text
from s2b_desktop.text import listed, moment, tr, unit_price
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.choice import RadioButton
from s2b_desktop.views.common.confirm import open_prompt
from s2b_desktop.views.common.menus import drop
from s2b_desktop.views.common.packages import package_words
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.picker import ProductPicker, ProductRow
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.counter.member import MemberPrompt
from s2b_desktop.views.orders.basket import Basket, seen
from s2b_desktop.views.orders.draft import OrderDraft, command_of, draft_of
from s2b_desktop.views.orders.hint import LineHint
from s2b_desktop.views.orders.lines import OrderLines, no_lines
from s2b_desktop.views.orders.quote import OrderQuote
from s2b_desktop.views.orders.summary import OrderSummary
from s2b_desktop.views.orders.words import stock_words
from s2b_domain.commands.costs import unit_cost
from s2b_domain.commands.leases import PlaceLeased
from s2b_domain.commands.order_changes import ChangeOrder, ReplaceSupply
from s2b_domain.commands.orders import PlaceOrder
from s2b_domain.errors import DomainError
from s2b_domain.rules.order_flow import OrderKind

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

TABLES = frozenset({"lease", "sku", "price", "availability", "product", "organisation", "trade_terms"})


OFFERS = frozenset({"member_id", "points", "coupon_ids", "declined_gifts"})
PAUSE = 200
"""Milliseconds without a letter after which what was typed is kept."""


class OrderEditorPage(Page):
    """`show_item` takes a refused `PlaceOrder` of the queue: an item with `command_id` and `message`."""

    key = "order"
    icon = "plus"
    title = "New order"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk, self._navigate = desk, navigate
        self._basket = Basket(desk)
        self._quote: OrderQuote = self._basket.quote()
        self._refusals: dict[str, str] = {}
        self._placing = False
        self._typing = QTimer(self, singleShot=True, interval=PAUSE)
        self._typing.timeout.connect(lambda: self._basket.save(self._basket.draft))

        self.held = self.add_action("On hold", self._show_held, icon="inbox")
        self.hold = self.add_action("Hold", self._hold, "Ctrl+H", icon="clock")
        self.clear = self.add_action("Clear", self._clear, icon="trash")
        self.place = self.add_action("Place order", self.try_to_place, "Ctrl+Return", primary=True)
        self.body.addLayout(self._halves(), 1)
        order = [self.purchase, self.dropship, self.picker, self.lines, *self.summary.tab_order(), self.place]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)
        QShortcut(QKeySequence("F5"), self).activated.connect(desk.sync_now)
        self.setFocusProxy(self.picker)
        desk.changed.connect(self._changed)
        desk.status_changed.connect(lambda _status: self._tell_line())
        self._show()

    # building

    def _halves(self) -> QHBoxLayout:
        self.purchase = RadioButton("Buy for own stock")
        self.dropship = RadioButton("Ship to a customer")
        self.purchase.clicked.connect(lambda: self._choose_kind(OrderKind.PURCHASE))
        self.dropship.clicked.connect(lambda: self._choose_kind(OrderKind.DROPSHIP))
        kinds = QHBoxLayout()
        kinds.setSpacing(16)
        kinds.addWidget(self.purchase)
        kinds.addWidget(self.dropship)
        kinds.addStretch(1)

        self.picker = ProductPicker(self._find, placeholder="Scan, or type a name, pinyin or SKU", shortcut="Ctrl+F")
        self.picker.picked.connect(lambda found: self.add(*found))
        self.refusal = Banner("bad", "", closable=True)
        self.moved = Banner("warn", "")
        self.condition = Banner("warn", "")
        self.offline = Banner("offline", self._offline_words)
        self.lines = OrderLines(lambda sku_id: self._refusals.get(sku_id, ""))
        self.lines.set_empty(no_lines())
        self.lines.quantity_entered.connect(self._enter_quantity)
        self.lines.retail_entered.connect(lambda sku_id, price: self._change_line(sku_id, retail_price=price))
        self.lines.entry_wrong.connect(lambda said: ToastArea.of(self).show_toast(lambda: said, tone="warn"))
        self.lines.removal_asked.connect(self.remove)
        self.hint = LineHint()
        self.hint.fix_asked.connect(self._enter_quantity)
        self.hint.removal_asked.connect(lambda sku_id: self.remove([sku_id]))

        left = QVBoxLayout()
        left.setSpacing(10)
        left.addLayout(kinds)
        left.addWidget(self.picker)
        for banner in (self.offline, self.refusal, self.condition, self.moved):
            banner.hide()
            left.addWidget(banner)
        left.addWidget(self.lines, 1)
        left.addWidget(self.hint)
        self.summary = OrderSummary()
        self.summary.edited.connect(self._edit)
        self.summary.member.clicked.connect(self._choose_member)
        self.summary.coupon_toggled.connect(self._toggle_coupon)
        self.summary.gifts_declined.connect(self._decline_gifts)
        halves = QHBoxLayout()
        halves.setSpacing(16)
        halves.addLayout(left, 1)
        halves.addWidget(self.summary)
        return halves

    # what is shown

    def refresh(self) -> None:
        self._keep_typed()
        self._basket.load()
        self._show()

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", what)
        if isinstance(message, (ChangeOrder, ReplaceSupply)):
            kept = draft_of(message.placed, supersedes=getattr(what, "command_id", None))
            part = message.supply_order_id if isinstance(message, ReplaceSupply) else ""
            changes = message.order_id if isinstance(message, ChangeOrder) else ""
            self._keep_typed()
            self._opened(self._basket.open(kept.with_(changes=changes, changes_part=part)))
        elif isinstance(message, PlaceOrder | PlaceLeased):
            message = message.placed if isinstance(message, PlaceLeased) else message
            command_id = getattr(what, "command_id", None)
            self._keep_typed()
            self._opened(self._basket.open(draft_of(message, supersedes=command_id)))

    def _opened(self, held: bool) -> None:
        if held:
            ToastArea.of(self).show_toast("The order you were writing is on hold; nothing of it is lost")
        self._forget_refusal()
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        self._keep_typed()
        super().hideEvent(event)

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "summary"):
            self._show()

    def draft(self) -> OrderDraft:
        """What is being written."""
        return self._basket.draft

    def quote(self) -> OrderQuote:
        """What it costs now."""
        return self._quote

    def _show(self) -> None:
        draft = self._basket.draft
        self._quote = self._basket.quote()
        dropship = draft.kind is OrderKind.DROPSHIP
        self.purchase.setChecked(not dropship)
        self.dropship.setChecked(dropship)
        self.lines.show_quote(self._quote, retail=dropship)
        self.summary.show_draft(draft, self._quote)
        buyer = self._desk.read(standing, draft.member_id) if draft.member_id else None
        self.summary.show_buyer(buyer, draft)
        choices = (
            self._desk.read(order_coupons, self._desk.actor, self._message(), self._desk.now())
            if dropship and self._quote.priced and (draft.member_id or draft.coupon_ids)
            else []
        )
        self.summary.show_offers(choices, draft, self._quote.offers if dropship else None)
        self._tell_problem()
        moved = len(self._quote.moved)
        self.moved.set_message(
            "warn", lambda: tr("{n} prices changed since you looked. Placing takes the new ones.", n=moved)
        )
        self.moved.setVisible(bool(moved))
        against = self._quote.refusal
        if against is not None:
            self.condition.set_message("warn", partial(problem_text, against.code, against.params))
        self.condition.setVisible(against is not None)
        self.place.allow(bool(draft.lines) and not self._placing, "" if draft.lines else "Add goods first")
        self._allow_to_leave(draft)
        waiting = len(self._basket.held())
        self.held.set_words(lambda: tr("On hold {n}", n=waiting))
        self.held.setVisible(bool(waiting))
        self.set_title(
            "Order elsewhere"
            if draft.changes_part
            else "Change the order"
            if draft.changes
            else "Send the order again"
            if draft.supersedes
            else "New order"
        )
        self.set_facts(lambda: self._told(draft))
        self._tell_line()

    def _told(self, draft: OrderDraft) -> str:
        said = [draft.number] if draft.number else []
        if draft.lines:
            said.append(tr("{n} goods", n=len(draft.lines)))
            said.append(tr("kept as a draft"))
        return " · ".join(said)

    def _tell_problem(self) -> None:
        current = self.lines.current_id()
        problems = self._quote.problems
        chosen = next((p for p in problems if p.line.sku_id == current), problems[0] if problems else None)
        self.hint.show_problem(chosen, len(problems))

    def _tell_line(self) -> None:
        sure, offline = self._quote.sure, not self._desk.status().online
        self.offline.set_message("ok" if sure else "offline", self._sure_words if sure else self._offline_words)
        self.offline.setVisible((offline or sure) and bool(self._basket.draft.lines))

    @staticmethod
    def _sure_words() -> str:
        return tr("This order is sure: all of it is kept for this PC. It waits for no confirmation.")

    def _offline_words(self) -> str:
        said = tr("Offline: the order waits for confirmation. It is sent when the line is back; stock is checked then.")
        kept = [line.code for line in self._quote.lines if line.sure]
        if not kept:
            return said
        more = tr("{codes} are kept for this PC: in an order of their own they are sure.", codes=listed(kept))
        return f"{said} {more}"

    # goods

    def _find(self, text: str, limit: int) -> Sequence[ProductRow]:
        kind = self._basket.draft.kind
        rows = []
        for offer in self._desk.read(find_skus, self._desk.actor, text, limit):
            sku = offer.sku
            cost = unit_cost(offer.price, kind, sku.min_quantity) if offer.price else None
            package = next((package_words(sku, p) for p in sku.packages if p.factor == offer.package), "")
            told = " · ".join(t for t in (package, specs_text(sku.specs), sku.code, offer.supplier_name) if t)
            price = "" if cost is None else f"¥{unit_price(cost)}"
            stock = stock_words(offer.available, sku.decimals, sku.unit)[0]
            rows.append(ProductRow((sku.id, offer.package), offer.product_title, told, price, stock))
        return rows

    def add(self, sku_id: str, steps: int | None = None) -> None:
        """Put a SKU into the order, or more of it (the next quantity that may be ordered), and show its line."""
        self._keep_typed()
        self._basket.add(sku_id, steps)
        self._refusals.pop(sku_id, None)
        self._show()
        self.lines.select(sku_id)
        self._tell_problem()

    def remove(self, sku_ids: Sequence[object]) -> None:
        """Take lines out; a toast brings them back."""
        before = self._basket.draft
        gone = [str(sku_id) for sku_id in sku_ids]
        self._save(before.without(gone))
        self.lines.setFocus()
        ToastArea.of(self).show_toast(
            lambda: tr("{n} lines taken out", n=len(gone)), tone="neutral", callback=lambda: self._save(before)
        )

    def _enter_quantity(self, sku_id: str, steps: int) -> None:
        self._change_line(sku_id, quantity=steps, cost_seen=None)

    def _change_line(self, sku_id: str, **changes: object) -> None:
        self._refusals.pop(sku_id, None)
        self._save(seen(self._basket.draft.changed(sku_id, **changes), self._desk))

    def _choose_kind(self, kind: OrderKind) -> None:
        if kind is not self._basket.draft.kind:
            self._basket.choose_kind(kind)
            self._forget_refusal()
            self._show()
        if kind is OrderKind.DROPSHIP:
            self.summary.consignee.paste.setFocus(Qt.FocusReason.OtherFocusReason)

    def _message(self) -> Written:
        draft = self._basket.draft
        return command_of(draft, draft.message(self._quote.costs, self._quote.retail))

    def _choose_member(self) -> None:
        merchant = self._desk.actor.organisation_id
        prompt = MemberPrompt(lambda text, limit: self._desk.read(find_members, merchant, text, limit), self.window())
        open_prompt(prompt, lambda: self._take_member(prompt.chosen))

    def _take_member(self, member_id: str) -> None:
        if member_id:
            self._edit({"member_id": member_id, "points": 0, "coupon_ids": ()})

    def _toggle_coupon(self, coupon_id: str, on: bool) -> None:
        kept = tuple(c for c in self._basket.draft.coupon_ids if c != coupon_id)
        self._edit({"coupon_ids": (*kept, coupon_id) if on else kept})

    def _decline_gifts(self, on: bool) -> None:
        offers = self._quote.offers
        gifts = tuple(dict.fromkeys(g.promotion_id for g in offers.gifts)) if on and offers else ()
        self._edit({"declined_gifts": gifts})

    def _edit(self, changes: dict[str, object]) -> None:
        """Typing is kept when it pauses: a durable write per letter would stall a slow disk."""
        if OFFERS & changes.keys():
            self._keep_typed()
            self._save(self._basket.draft.with_(**changes))
            return
        self._basket.draft = self._basket.draft.with_(**changes)
        self._typing.start()
        self._allow_to_leave(self._basket.draft)

    def _allow_to_leave(self, draft: OrderDraft) -> None:
        self.hold.allow(not draft.empty, "The order is empty")
        self.clear.allow(not draft.empty, "The order is empty")

    def _keep_typed(self) -> None:
        if self._typing.isActive():
            self._typing.stop()
            self._basket.save(self._basket.draft)

    def _save(self, draft: OrderDraft) -> None:
        self._typing.stop()
        self._basket.save(draft)
        self._show()

    # putting aside

    def _hold(self) -> None:
        self._keep_typed()
        self._basket.hold()
        self._forget_refusal()
        self._show()
        ToastArea.of(self).show_toast("Put on hold. Take it back whenever you like.")

    def _clear(self) -> None:
        self._keep_typed()
        before = self._basket.draft
        self._basket.clear()
        self._forget_refusal()
        self._show()
        ToastArea.of(self).show_toast("Cleared", tone="neutral", callback=lambda: self._save(before))

    def held_menu(self) -> QMenu:
        """The orders on hold; choosing one takes it back."""
        menu = QMenu(self)
        for key, draft in self._basket.held():
            who = draft.name or tr("Own stock")
            said = f"{moment(draft.saved_at)}  {who} · {tr('{n} goods', n=len(draft.lines))}"
            menu.addAction(said).triggered.connect(lambda _on=False, key=key: self._take(key))
        return menu

    def _show_held(self) -> None:
        menu = self.held_menu()
        drop(menu, self.held)

    def _take(self, key: str) -> None:
        self._keep_typed()
        self._basket.take(key)
        self._forget_refusal()
        self._show()

    # placing

    def try_to_place(self) -> None:
        """Check what was entered, then submit; the order's number is minted once and kept over refusals."""
        self._keep_typed()
        draft = self._basket.draft
        if self._placing or not draft.lines:
            return
        self._forget_refusal()
        problems = self._quote.problems
        if problems:
            first = problems[0]
            self.lines.select(first.line.sku_id)
            self._tell_problem()
            self._say_refusal(lambda: tr("{n} lines cannot be ordered like this yet.", n=len(problems)))
            return
        if draft.kind is OrderKind.DROPSHIP and not self.summary.consignee.check():
            return
        draft = draft.with_(
            order_id=draft.order_id or self._desk.new_id(), number=draft.number or self._desk.next_number()
        )
        self._basket.save(draft)
        self._placing = True
        self.place.setEnabled(False)
        shown = self._quote
        message = draft.message(
            shown.costs, shown.retail, shown.total if shown.priced else None, shown.gifts if shown.priced else None
        )
        sure = self._quote.sure
        self._desk.submit(
            self._basket.leased(message) if sure else command_of(draft, message),
            done=lambda _seq: self._placed(draft, sure),
            failed=self._refused,
            supersedes=draft.supersedes,
            initiator=self,
        )

    def _placed(self, draft: OrderDraft, sure: bool) -> None:
        self._placing = False
        self._basket.placed(draft)
        self._show()
        online = self._desk.status().online

        def said() -> str:
            if sure:
                return tr("Order {number} is sure, from this PC's reserve", number=draft.number)
            if online:
                return tr("Order {number} placed", number=draft.number)
            return tr("Order {number} saved; it is sent when the line is back", number=draft.number)

        ToastArea.of(self).show_toast(said)
        self._navigate("orders", draft.order_id)

    def _refused(self, error: Exception) -> None:
        """What was entered stays; a refusal that names a SKU is shown at its line."""
        self._placing = False
        code, params = (error.code, error.params) if isinstance(error, DomainError) else ("unexpected", {})
        if code == "number_taken":
            self._basket.save(self._basket.draft.with_(number=""))
        elif code == "id_taken":
            self._basket.load()  # it was placed after all
        self._show()
        named = [line for line in self._quote.lines if line.code == params.get("sku")]
        for line in named:
            self._refusals[line.line.sku_id] = problem_text(code, params)
        if named:
            self.lines.refresh()
            self.lines.select(named[0].line.sku_id)
        if code == "address_required":
            self.summary.consignee.check()
        self._say_refusal(lambda: problem_text(code, params))

    def _say_refusal(self, text: Callable[[], str]) -> None:
        self.refusal.set_message("bad", text)
        self.refusal.show()

    def _forget_refusal(self) -> None:
        self._refusals.clear()
        self.refusal.hide()

    # what changes

    def _changed(self, changes: Any) -> None:
        if self.isVisible() and TABLES & changes.tables and not self._placing:
            self._show()
