"""The sale in hand and those on hold (挂单), kept in the outbox file: they survive everything a shop PC may meet."""

from typing import TYPE_CHECKING

import msgspec

from s2b_desktop.models.queries.counter import Bill, bill
from s2b_desktop.models.queries.orders import order_rowid
from s2b_desktop.views.counter.cart import Cart, decode, encode

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

CURRENT = "counter/current"
HELD = "counter/held/"
BOOKING = "counter/booking/"


class Drawer:
    """`cart` is the sale in hand; every change of it is kept durably."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self.cart = Cart()
        self.load()
        for content in desk.drafts(BOOKING).values():
            self._recover(decode(content))

    def load(self) -> Cart:
        """Read the sale in hand; one that was booked just before a crash is not shown a second time."""
        cart = decode(self._desk.draft(CURRENT))
        if self._is_booked(cart):
            self._desk.save_draft(CURRENT, None)
            cart = Cart()
        self.cart = cart
        return cart

    def _is_booked(self, cart: Cart) -> bool:
        return bool(cart.order_id) and self._desk.read(order_rowid, cart.order_id) is not None

    def _recover(self, cart: Cart) -> None:
        """A crash came while it was being booked."""
        if self._is_booked(cart) or cart.order_id == self.cart.order_id:
            self.booked(cart)
        else:
            self.refused(cart)

    def book(self, cart: Cart) -> None:
        """A sale is on its way: it lies aside until it is `booked` or `refused`, and the next one may begin."""
        self.save(cart)
        self._desk.save_draft(BOOKING + cart.order_id, encode(cart))
        self.save(Cart())

    def booked(self, cart: Cart) -> None:
        """It need not be kept any more."""
        self._desk.save_draft(BOOKING + cart.order_id, None)

    def refused(self, cart: Cart) -> bool:
        """It is in hand again; True if the next one had to go on hold for it."""
        held = self.open(cart)
        self.booked(cart)
        return held

    def save(self, cart: Cart) -> None:
        """Keep the sale in hand."""
        self.cart = cart
        kept = None if cart == Cart() else encode(cart.with_(saved_at=self._desk.now()))
        self._desk.save_draft(CURRENT, kept)

    def bill(self) -> Bill:
        """What it costs now."""
        actor = self._desk.actor
        return self._desk.read(bill, actor, self.cart.wish(actor.organisation_id), self.cart.items, self._desk.now())

    def hold(self) -> bool:
        """Put the sale in hand aside; whether there was one."""
        if self.cart.empty:
            return False
        kept = encode(self.cart.with_(saved_at=self._desk.now()))
        self._desk.save_draft(HELD + self._desk.new_id(), kept)
        self.save(Cart())
        return True

    def held(self) -> list[tuple[str, Cart]]:
        """What is on hold, oldest first: (key, cart)."""
        return [(key, decode(content)) for key, content in sorted(self._desk.drafts(HELD).items())]

    def take(self, key: str) -> None:
        """Take a sale back into the hand; the one that was in it goes on hold."""
        cart = decode(self._desk.draft(key))
        self.hold()
        self.save(msgspec.structs.replace(cart, saved_at=0))
        self._desk.save_draft(key, None)

    def open(self, cart: Cart) -> bool:
        """Begin with a prepared sale; True if the one in hand had to go on hold for it."""
        if cart.supersedes is not None and self.cart.supersedes == cart.supersedes:
            return False
        held = self.hold()
        self.save(cart)
        return held
