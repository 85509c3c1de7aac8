"""The sale at the counter as it is kept through restarts. No Qt here."""

from collections.abc import Collection, Sequence
from typing import Self

import msgspec

from s2b_domain.commands.counter import BookSale, SaleGift, SaleItem, Tender
from s2b_domain.commands.quote import Given, Wish
from s2b_domain.rules.pricing import Channel
from s2b_domain.rules.units import MAX_QUANTITY


class Cart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Goods in the order they were scanned, who buys, and what they bring.

    `order_id` and `number` are set when paying began and kept from then on; `supersedes` names a refused command.
    """

    items: tuple[SaleItem, ...] = ()
    member_id: str = ""
    coupon_ids: tuple[str, ...] = ()
    points: int = 0
    declined_gifts: tuple[str, ...] = ()
    rounded_off: int = 0
    tenders: tuple[Tender, ...] = ()
    note: str = ""
    order_id: str = ""
    number: str = ""
    supersedes: str | None = None
    saved_at: int = 0

    def with_(self, **changes: object) -> Self:
        """A copy with some fields changed."""
        return msgspec.structs.replace(self, **changes)

    def item(self, sku_id: str) -> SaleItem | None:
        """The line of a SKU."""
        return next((i for i in self.items if i.sku_id == sku_id), None)

    def added(self, sku_id: str, steps: int) -> Self:
        """With more of a SKU; a new one comes last. Never more than any line may hold."""
        before = self.item(sku_id)
        if before is None:
            return self.with_(items=(*self.items, SaleItem(sku_id=sku_id, quantity=min(steps, MAX_QUANTITY))))
        return self.changed(sku_id, quantity=min(before.quantity + steps, MAX_QUANTITY))

    def changed(self, sku_id: str, **changes: object) -> Self:
        """With some fields of a line changed."""
        items = (msgspec.structs.replace(i, **changes) if i.sku_id == sku_id else i for i in self.items)
        return self.with_(items=tuple(items))

    def without(self, sku_ids: Collection[str]) -> Self:
        """Without the lines of these SKUs."""
        return self.with_(items=tuple(i for i in self.items if i.sku_id not in sku_ids))

    @property
    def empty(self) -> bool:
        """Whether nothing would be lost by throwing it away."""
        return not (self.items or self.member_id or self.coupon_ids or self.note or self.tenders)

    @property
    def paid(self) -> int:
        """What was taken so far (分)."""
        return sum(t.amount for t in self.tenders)

    def wish(self, merchant_id: str) -> Wish:
        """Who buys, for the price."""
        return Wish(
            merchant_id=merchant_id,
            channel=Channel.COUNTER,
            member_id=self.member_id,
            coupon_ids=self.coupon_ids,
            points=self.points if self.member_id else 0,
            declined_gifts=self.declined_gifts,
        )

    def message(self, charged: int, used: Collection[str], points: int, gifts: Sequence[Given] = ()) -> BookSale:
        """The command that books it: what is charged (分), and the coupons, points and gifts that really count."""
        return BookSale(
            order_id=self.order_id,
            number=self.number,
            items=self.items,
            charged=charged,
            tenders=self.tenders,
            member_id=self.member_id,
            coupon_ids=tuple(c for c in self.coupon_ids if c in used),
            points=points,
            declined_gifts=self.declined_gifts,
            note=self.note.strip(),
            rounded_off=self.rounded_off,
            gifts=tuple(SaleGift(g.promotion_id, g.ware.sku.id, g.ware.quantity) for g in gifts),
        )


def cart_of(message: BookSale, *, supersedes: str | None) -> Cart:
    """The cart of a sale that was not booked, with what was taken for it."""
    return Cart(
        items=message.items,
        member_id=message.member_id,
        coupon_ids=message.coupon_ids,
        points=message.points,
        declined_gifts=message.declined_gifts,
        rounded_off=message.rounded_off,
        tenders=message.tenders,
        note=message.note,
        order_id=message.order_id,
        number=message.number,
        supersedes=supersedes,
    )


def encode(cart: Cart) -> bytes:
    """The bytes of a cart, for the outbox file."""
    return msgspec.msgpack.encode(cart)


def decode(content: bytes | None) -> Cart:
    """The cart of stored bytes; an empty one where there is none or it cannot be read."""
    if content is None:
        return Cart()
    try:
        return msgspec.msgpack.decode(content, type=Cart)
    except msgspec.MsgspecError:
        return Cart()
