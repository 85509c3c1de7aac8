"""The counter (门店零售): scan, explain, take the money, print. Everything works without a line."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from s2b_desktop.messages import failure_text, problem_text
from s2b_desktop.models.queries.counter import (
    Ticket,
    coupon_choices,
    find_members,
    find_tickets,
    receipt,
    scan,
    standing,
    tickets,
)
from s2b_desktop.models.specs import specs_text
from s2b_desktop.text import clauses, labelled, moment, money, quantity, tr, unit_price
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.choice import CheckBox
from s2b_desktop.views.common.confirm import open_prompt
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.menus import drop
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.picker import ProductRow
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.counter.cart import Cart, cart_of
from s2b_desktop.views.counter.drawer import Drawer
from s2b_desktop.views.counter.field import CounterField
from s2b_desktop.views.counter.lines import GIFT, CounterLines, problem_words, sale_lines
from s2b_desktop.views.counter.member import MemberPrompt
from s2b_desktop.views.counter.pay import PayPrompt
from s2b_desktop.views.counter.receipts import ask_to_print, print_at_once
from s2b_desktop.views.counter.side import CounterSide
from s2b_desktop.views.counter.words import coupon_savings, line_reasons
from s2b_desktop.views.orders.credit import credit_of
from s2b_domain.access import Permission
from s2b_domain.commands.counter import BookSale, Tender
from s2b_domain.commands.members import SaveMember
from s2b_domain.errors import DomainError
from s2b_domain.records.member import PointsRule
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.pricing import CouponChoice

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

TABLES = frozenset(
    {
        "sku", "product", "stock", "listing", "promotion", "coupon", "coupon_template", "member", "member_level",
        "points_rule", "shop", "offer_total", "promotion_use",
    }
)  # fmt: skip
PRINTING = "counter/print"


class CounterPage(Page):
    """`show_item` takes a refused `BookSale` of the queue: an item with `command_id` and `message`."""

    key = "counter"
    icon = "scan"
    title = "Counter"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk, self._navigate = desk, navigate
        self._drawer = Drawer(desk)
        self._bill = self._drawer.bill()
        self._choices: list[CouponChoice] = []
        self._loading = Reading(desk)
        self._booking = False
        self._change: int | None = None
        self._last = ""
        self.prompt: PayPrompt | None = None
        self._again = QTimer(self, singleShot=True, interval=150)
        self._again.timeout.connect(self._show)

        self.reprint = self.add_action("Receipt", self._print_last, "F11", icon="printer")
        self.void = self.add_action("Void", self._void, "Ctrl+Delete", icon="trash")
        self.hold = self.add_action("Hold", self._hold_or_resume, "F9", icon="inbox")
        self.pay = self.add_action("Pay", self.take_money, "F12", primary=True)
        self.body.addLayout(self._halves(), 1)
        for keys, act in (
            ("F4", lambda: self._edit("quantity")),
            ("Shift+F4", lambda: self._edit("price")),
            ("F7", self._best_coupon),
            ("F8", self._all_points),
            ("F5", desk.sync_now),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(act)
        self.setFocusProxy(self.field)
        desk.changed.connect(self._changed)
        self._show()

    # building

    def _halves(self) -> QHBoxLayout:
        self.field = CounterField(self._find, self._take_code)
        self.field.picked.connect(lambda sku_id: self.add(str(sku_id)))
        self.field.unknown.connect(self._unknown)
        self.trouble = Banner("bad", "", closable=True)
        self.done = Banner("ok", "", action="Receipt", callback=self._print_last, closable=True)
        self.lines = CounterLines()
        self.lines.quantity_entered.connect(lambda key, steps: self._change_item(key, quantity=steps))
        self.lines.price_entered.connect(lambda key, price: self._change_item(key, price=price))
        self.lines.entry_wrong.connect(lambda said: ToastArea.of(self).show_toast(lambda: said, tone="warn"))
        self.lines.removal_asked.connect(self.remove)
        self.lines.current_changed.connect(lambda _key: self._tell_why())
        self.why = Label("", "small", wrap=True)
        self.why.setMinimumHeight(34)
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addWidget(self.field)
        for banner in (self.trouble, self.done):
            banner.hide()
            left.addWidget(banner)
        left.addWidget(self.lines, 1)
        left.addWidget(self.why)
        self.side = CounterSide()
        self.side.member_button.clicked.connect(lambda: self.choose_member())
        self.side.member_removed.connect(lambda: self._save(self.cart().with_(member_id="", points=0, coupon_ids=())))
        self.side.coupon_toggled.connect(self._toggle_coupon)
        self.side.points_entered.connect(self._use_points)
        self.side.gifts_asked.connect(lambda: self._save(self.cart().with_(declined_gifts=())))
        self.auto = CheckBox("Print a receipt after every sale", checked=self._desk.draft(PRINTING) == b"auto")
        self.auto.clicked.connect(lambda on: self._desk.save_draft(PRINTING, b"auto" if on else None))
        self.side.add_below(self.auto)
        halves = QHBoxLayout()
        halves.setSpacing(16)
        halves.addLayout(left, 1)
        halves.addWidget(self.side)
        return halves

    # what is shown

    def cart(self) -> Cart:
        """The sale in hand."""
        return self._drawer.cart

    def refresh(self) -> None:
        self._drawer.load()
        self._show()

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", what)
        if isinstance(message, BookSale):
            if self._drawer.open(cart_of(message, supersedes=getattr(what, "command_id", None))):
                ToastArea.of(self).show_toast("The sale in hand is on hold; nothing of it is lost")
            self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self.field.setFocus()

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "side"):
            self._show()

    def _show(self) -> None:
        cart = self.cart()
        self._bill = self._drawer.bill()
        self.lines.show_lines(sale_lines(cart, self._bill))
        self.side.show_bill(cart, self._bill, self._change)
        buyer = self._desk.read(standing, cart.member_id) if cart.member_id else None
        rule = self._desk.read(_points_rule, self._desk.actor.organisation_id) if buyer else None
        self.side.show_member(buyer, rule.terms if rule else None, cart.points)
        self._load_choices()
        held = len(self._drawer.held())
        self.hold.set_words(lambda: tr("Resume ({n} on hold)", n=held) if held and cart.empty else tr("Hold"))
        self.hold.allow(not cart.empty or bool(held), "No sale to hold, and none on hold")
        self.void.allow(not cart.empty, "Nothing to void")
        self.pay.allow(bool(cart.items) and not self._booking, "" if cart.items else "Scan goods first")
        self.reprint.allow(bool(self._last), "No sale yet whose receipt could be printed again")
        self.set_facts(lambda: tr("{n} on hold", n=held) if held else "")
        if self._bill.refusal is not None:
            refusal = self._bill.refusal
            self._complain(lambda: problem_text(refusal.code, refusal.params))
        self._tell_why()

    def _load_choices(self) -> None:
        cart = self.cart()
        if not cart.items or not (cart.member_id or cart.coupon_ids):
            self._loading.cancel()
            self._show_choices([])
            return
        actor = self._desk.actor
        self._loading.fetch(
            coupon_choices,
            actor,
            cart.wish(actor.organisation_id),
            cart.items,
            self._desk.now(),
            done=self._show_choices,
        )

    def _show_choices(self, choices: list[CouponChoice]) -> None:
        self._choices = choices
        quote = self._bill.quote
        self.side.show_coupons(choices, self.cart().coupon_ids, coupon_savings(quote.priced) if quote else {})

    def _tell_why(self) -> None:
        line = self.lines.line(self.lines.current_id())
        if line is None:
            hint = "F2 find · F4 quantity · Shift+F4 price · Delete takes out"
            self.why.set_words(hint if self.cart().items else "")
            return
        quote = self._bill.quote

        def said() -> str:
            problem = problem_words(line)
            if problem:
                return labelled(line.title, problem)
            reasons = line_reasons(quote.priced, line.priced) if quote and line.priced else []
            return labelled(line.title, clauses(reasons)) if reasons else line.title

        self.why.set_words(said)

    def _complain(self, text: Callable[[], str]) -> None:
        self.trouble.set_message("bad", text)
        self.trouble.show()

    # goods

    def _find(self, text: str, limit: int) -> Sequence[ProductRow]:
        return [_row(t) for t in self._desk.read(find_tickets, self._desk.actor, text, limit)]

    def _take_code(self, code: str) -> bool:
        """Do what a scanned or typed code means; whether it means anything."""
        found = self._desk.read(scan, self._desk.actor, code)
        if found.goods:
            ticket, steps = found.goods[0]
            self.add(ticket.sku.id, steps)
        elif found.member is not None:
            self.set_member(found.member.id)
        elif found.coupon is not None:
            self._toggle_coupon(found.coupon.id, True)
        else:
            return False
        return True

    def _unknown(self, code: str) -> None:
        QApplication.beep()
        self._complain(lambda: tr("Nothing is known of {code}. Scan again, or type the name.", code=code))

    def add(self, sku_id: str, steps: int | None = None) -> None:
        """Put a SKU into the sale, one unit or the steps that a scan stands for, and show its line."""
        if steps is None:
            found = self._desk.read(tickets, self._desk.actor.organisation_id, [sku_id]).get(sku_id)
            steps = 10**found.sku.decimals if found else 1
        self.trouble.hide()
        self.done.hide()
        self._change = None
        self._save(self.cart().added(sku_id, steps))
        self.lines.select(sku_id)

    def remove(self, keys: Sequence[object]) -> None:
        """Take lines out, or decline gifts; a toast brings them back."""
        before = self.cart()
        gone = [str(k) for k in keys if not str(k).startswith(GIFT)]
        declined = [str(k).split(":")[1] for k in keys if str(k).startswith(GIFT)]
        after = before.without(gone).with_(declined_gifts=tuple(dict.fromkeys((*before.declined_gifts, *declined))))
        self._save(after)
        self.field.setFocus()

        def undo() -> None:
            """Only the lines come back: the sale may have gone on meanwhile."""
            now = self.cart()
            lines = tuple(i for i in before.items if i.sku_id in gone and now.item(i.sku_id) is None)
            wanted = tuple(gift for gift in now.declined_gifts if gift not in declined)
            self._save(now.with_(items=(*now.items, *lines), declined_gifts=wanted))

        ToastArea.of(self).show_toast(lambda: tr("{n} lines taken out", n=len(keys)), tone="neutral", callback=undo)

    def _change_item(self, key: str, **changes: object) -> None:
        self._save(self.cart().changed(key, **changes))

    def _edit(self, column: str) -> None:
        keys = [k for k in self.lines.model.ids() if not str(k).startswith(GIFT)]
        current = self.lines.current_id()
        key = current if current in keys else keys[-1] if keys else None
        if key is not None:
            self.lines.edit_cell(str(key), column)

    def _save(self, cart: Cart) -> None:
        """Keep the cart; what the cashier let go (抹零) was for another total."""
        if cart != self.cart():
            cart = cart.with_(rounded_off=0)
        self._drawer.save(cart)
        self._show()

    # the buyer

    def choose_member(self) -> None:
        """Ask who buys."""
        merchant = self._desk.actor.organisation_id
        prompt = MemberPrompt(lambda text, limit: self._desk.read(find_members, merchant, text, limit), self.window())
        open_prompt(prompt, lambda: self._member_chosen(prompt))

    def _member_chosen(self, prompt: MemberPrompt) -> None:
        if prompt.chosen:
            self.set_member(prompt.chosen)
        elif prompt.joins and self._desk.actor.may(Permission.MEMBER_EDIT):
            member_id = self._desk.new_id()
            message = SaveMember(member_id=member_id, name=prompt.name.text().strip(), phone=prompt.joins)
            self._desk.submit(message, done=lambda _seq: self.set_member(member_id), failed=self._refused)

    def set_member(self, member_id: str) -> None:
        """This member buys."""
        cart = self.cart()
        if member_id != cart.member_id:
            brought = cart.coupon_ids if not cart.member_id else ()  # the coupons of another member stay theirs
            cart = cart.with_(member_id=member_id, points=0, coupon_ids=brought)
        self._save(cart)
        self.field.setFocus()

    def _toggle_coupon(self, coupon_id: str, on: bool) -> None:
        cart = self.cart()
        kept = tuple(c for c in cart.coupon_ids if c != coupon_id)
        self._save(cart.with_(coupon_ids=(*kept, coupon_id) if on else kept))
        if on and kept and not self._counts(coupon_id):
            both = self.cart()
            self._save(both.with_(coupon_ids=(coupon_id,)))  # it takes the place of those that stand in its way
            if not self._counts(coupon_id):
                self._save(both)

    def _counts(self, coupon_id: str) -> bool:
        return self._bill.quote is not None and coupon_id in self._bill.quote.priced.used

    def _best_coupon(self) -> None:
        chosen = self.cart().coupon_ids
        best = next((c for c in self._choices if c.usable and c.saving > 0 and c.coupon_id not in chosen), None)
        if best is not None:
            self._toggle_coupon(best.coupon_id, True)
        elif not self._choices:
            ToastArea.of(self).show_toast("No coupons here. Scan one, or choose a member.", tone="neutral")

    def _all_points(self) -> None:
        buyer = self._desk.read(standing, self.cart().member_id) if self.cart().member_id else None
        if buyer is not None:
            self._use_points(0 if self.cart().points else max(0, buyer.member.points))

    def _use_points(self, points: int) -> None:
        if points != self.cart().points:
            self._save(self.cart().with_(points=points))

    # putting aside

    def _hold_or_resume(self) -> None:
        if self.cart().empty:
            menu = self.held_menu()
            if menu.isEmpty():
                menu.deleteLater()
                return
            drop(menu, self.hold)
        else:
            self._drawer.hold()
            self._show()
            ToastArea.of(self).show_toast("Put on hold. F9 takes it back.")
        self.field.setFocus()

    def held_menu(self) -> QMenu:
        """The sales on hold, the newest first; choosing one takes it back."""
        menu = QMenu(self)
        for key, cart in reversed(self._drawer.held()):
            buyer = self._desk.read(standing, cart.member_id) if cart.member_id else None
            who = f"{buyer.member.name} · " if buyer and buyer.member.name else ""
            said = f"{moment(cart.saved_at)}  {who}{tr('{n} goods', n=len(cart.items))}"
            menu.addAction(said).triggered.connect(lambda _on=False, key=key: self.resume(key))
        if menu.actions():
            menu.setActiveAction(menu.actions()[0])
        return menu

    def resume(self, key: str) -> None:
        """Take a sale on hold back into the hand."""
        self._drawer.take(key)
        self._change = None
        self._show()

    def _void(self) -> None:
        before = self.cart()
        if before.empty:
            return
        if before.tenders:
            self._complain(
                lambda: tr("{amount} was taken already. Give it back under Pay, then void.", amount=money(before.paid))
            )
            return
        self._drawer.save(Cart())
        self._show()
        ToastArea.of(self).show_toast("Voided", tone="neutral", callback=lambda: self._bring_back(before))

    def _bring_back(self, voided: Cart) -> None:
        """A sale that was begun meanwhile goes on hold for it."""
        held = self._drawer.open(voided)
        self._show()
        if held:
            ToastArea.of(self).show_toast("Put on hold. F9 takes it back.")

    # the money

    def take_money(self) -> None:
        """Ask for the money, if everything on the list can be sold."""
        cart = self.cart()
        if self._booking or not cart.items or self.prompt is not None:
            return
        self._show()
        wrong = [li for li in sale_lines(cart, self._bill) if li.problem]
        if wrong:
            first = wrong[0]
            self.lines.select(first.key)
            self._complain(lambda: labelled(first.title, problem_words(first)))
            return
        quote = self._bill.quote
        if quote is None:
            return
        self.trouble.hide()
        prompt = PayPrompt(
            quote.priced.total,
            cart.tenders,
            cart.rounded_off,
            credit=credit_of(self._desk, cart.member_id),
            parent=self.window(),
        )
        prompt.changed.connect(self._keep_tenders)
        prompt.accepted.connect(lambda: self._book(prompt))
        prompt.finished.connect(self._prompt_gone)
        self.prompt = prompt
        prompt.open()

    def _prompt_gone(self) -> None:
        if self.prompt is not None:
            self.prompt.deleteLater()
            self.prompt = None
        self._show()
        self.field.setFocus()

    def _keep_tenders(self, tenders: tuple[Tender, ...], rounded_off: int) -> None:
        """What was taken is kept before anything else happens."""
        self._drawer.save(self.cart().with_(tenders=tenders, rounded_off=rounded_off))

    def _book(self, prompt: PayPrompt) -> None:
        quote = self._bill.quote
        if quote is None:
            return
        cart = self.cart()
        cart = cart.with_(
            tenders=prompt.tenders,
            rounded_off=prompt.rounded_off,
            order_id=cart.order_id or self._desk.new_id(),
            number=cart.number or self._desk.next_number(),
        )
        self._drawer.book(cart)
        self._booking = True
        message = cart.message(prompt.charged, quote.priced.used, quote.priced.points_used, quote.gifts)
        self._change, owed = prompt.change, prompt.charged - cart.paid
        self._desk.submit(
            message,
            done=lambda _seq: self._booked(cart, charged=message.charged, owed=owed),
            failed=partial(self._not_booked, cart),
            supersedes=cart.supersedes,
            initiator=self,
        )

    def _booked(self, cart: Cart, *, charged: int, owed: int) -> None:
        self._booking = False
        self._last = cart.order_id
        self._drawer.booked(cart)
        self._show()

        def said() -> str:
            told = tr("{number} sold for {amount}", number=cart.number, amount=money(charged))
            if owed > 0:
                told = f"{told} · {tr('{amount} on account', amount=money(owed))}"
            return told

        self.done.set_message("ok", said)
        self.done.show()
        if self.auto.isChecked():
            found = self._desk.read(receipt, cart.order_id)
            if found is not None and not print_at_once(found):
                self._complain(lambda: tr("The receipt was not printed. F11 saves it as PDF or tries again."))

    def _not_booked(self, cart: Cart, error: Exception) -> None:
        """What was entered and taken comes back, unless it was booked after all."""
        self._booking, self._change = False, None
        if isinstance(error, DomainError) and error.code == "id_taken":
            self._drawer.booked(cart)
        elif self._drawer.refused(cart):
            ToastArea.of(self).show_toast("Put on hold. F9 takes it back.")
        self._refused(error)

    def _refused(self, error: Exception) -> None:
        self._show()
        self._complain(lambda: failure_text(error))

    def _print_last(self) -> None:
        if self._last:
            ask_to_print(self._desk, self._last, self)

    # what changes

    def _changed(self, changes: Any) -> None:
        if self.isVisible() and TABLES & changes.tables and self.prompt is None:
            self._again.start()


def _row(ticket: Ticket) -> ProductRow:
    sku = ticket.sku
    told = " · ".join(t for t in (specs_text(sku.specs), sku.code, sku.barcode) if t)
    price = "" if ticket.price is None else f"¥{unit_price(ticket.price)}"
    stock = f"{quantity(ticket.on_hand, sku.decimals)} {sku.unit}".strip()
    return ProductRow(sku.id, ticket.title, told, price, stock)


def _points_rule(connection: Any, merchant_id: str) -> PointsRule | None:
    return RecordStore(connection).get(PointsRule, merchant_id)
