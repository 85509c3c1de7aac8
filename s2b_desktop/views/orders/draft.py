"""The order that is being written: what the person entered, as it is kept through restarts. No Qt here."""

from collections.abc import Collection
from typing import Self

import msgspec

from s2b_desktop.models.queries.pricing import Written
from s2b_domain.commands.order_changes import ChangeOrder, ReplaceSupply
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.records.order import Address, OrderLine
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import Gift


class DraftLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A wanted SKU. `cost_seen` is the unit price (1/10,000 yuan) shown when the quantity was last entered;
    `retail_price` None means the suggested one."""

    sku_id: str
    quantity: int
    cost_seen: int | None = None
    retail_price: int | None = None

    def with_(self, **changes: object) -> Self:
        """A copy with some fields changed."""
        return msgspec.structs.replace(self, **changes)


class OrderDraft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything entered so far. `order_id` and `number` are set once placing was tried, and kept from then on;
    `supersedes` names the refused command that this one replaces. `changes` is the order that becomes this one, or
    whose declined part `changes_part` is ordered elsewhere; that came to `before` (分)."""

    kind: OrderKind = OrderKind.PURCHASE
    lines: tuple[DraftLine, ...] = ()
    name: str = ""
    phone: str = ""
    region: str = ""
    street: str = ""
    area_code: str = ""
    note: str = ""
    confirm: bool = True
    order_id: str = ""
    number: str = ""
    supersedes: str | None = None
    saved_at: int = 0
    member_id: str = ""
    coupon_ids: tuple[str, ...] = ()
    points: int = 0
    declined_gifts: tuple[str, ...] = ()
    changes: str = ""
    changes_part: str = ""
    before: int = 0

    def with_(self, **changes: object) -> Self:
        """A copy with some fields changed."""
        return msgspec.structs.replace(self, **changes)

    def line(self, sku_id: str) -> DraftLine | None:
        """The line of a SKU."""
        return next((line for line in self.lines if line.sku_id == sku_id), None)

    def added(self, sku_id: str, quantity: int) -> Self:
        """With `quantity` more steps of a SKU; a new one comes last. Its price is to be seen anew."""
        before = self.line(sku_id)
        if before is None:
            return self.with_(lines=(*self.lines, DraftLine(sku_id=sku_id, quantity=quantity)))
        return self.changed(sku_id, quantity=before.quantity + quantity, cost_seen=None)

    def changed(self, sku_id: str, **changes: object) -> Self:
        """With some fields of a line changed."""
        lines = (li.with_(**changes) if li.sku_id == sku_id else li for li in self.lines)
        return self.with_(lines=tuple(lines))

    def without(self, sku_ids: Collection[str]) -> Self:
        """Without the lines of these SKUs."""
        return self.with_(lines=tuple(li for li in self.lines if li.sku_id not in sku_ids))

    @property
    def empty(self) -> bool:
        """Whether nothing would be lost by throwing it away."""
        return not (self.lines or self.name or self.phone or self.street or self.note)

    @property
    def agreed(self) -> int | None:
        """What the customer of a declined part pays (分) where it is ordered elsewhere, whatever it is priced at."""
        return self.before if self.changes_part and self.kind is OrderKind.DROPSHIP else None

    def address(self) -> Address:
        """Where it goes."""
        return Address(
            name=self.name.strip(),
            phone=self.phone.strip(),
            region=self.region.strip(),
            street=self.street.strip(),
            area_code=self.area_code,
        )

    def message(
        self,
        costs: dict[str, int],
        retail: dict[str, int],
        total: int | None = None,
        gifts: tuple[Gift, ...] | None = None,
    ) -> PlaceOrder:
        """The command that places it, at the unit prices (by SKU), the `total` (分) and the gifts that are shown."""
        dropship = self.kind is OrderKind.DROPSHIP
        return PlaceOrder(
            order_id=self.order_id,
            number=self.number,
            kind=self.kind,
            items=tuple(
                OrderItem(
                    sku_id=li.sku_id,
                    quantity=li.quantity,
                    price_seen=costs[li.sku_id],
                    retail_price=retail.get(li.sku_id) if dropship else None,
                )
                for li in self.lines
            ),
            address=self.address() if dropship else None,
            note=self.note.strip(),
            confirm=self.confirm,
            member_id=self.member_id if dropship else "",
            coupon_ids=self.coupon_ids if dropship else (),
            points=self.points if dropship else 0,
            declined_gifts=self.declined_gifts if dropship else (),
            total_seen=total,
            gifts_seen=gifts if dropship else None,
        )


def command_of(draft: OrderDraft, placed: PlaceOrder) -> Written:
    """What is submitted: an order, one in another's place, or what was declined ordered elsewhere."""
    if draft.changes_part:
        return ReplaceSupply(supply_order_id=draft.changes_part, placed=placed)
    return ChangeOrder(order_id=draft.changes, placed=placed) if draft.changes else placed


def draft_of(message: PlaceOrder, *, supersedes: str | None) -> OrderDraft:
    """A draft that says what a refused order said; number and id stay, for nothing was booked under them."""
    address = message.address or Address(name="", phone="")
    return OrderDraft(
        kind=message.kind,
        lines=tuple(
            DraftLine(sku_id=i.sku_id, quantity=i.quantity, cost_seen=i.price_seen, retail_price=i.retail_price)
            for i in message.items
        ),
        name=address.name,
        phone=address.phone,
        region=address.region,
        street=address.street,
        area_code=address.area_code,
        note=message.note,
        confirm=message.confirm,
        order_id=message.order_id,
        number=message.number,
        supersedes=supersedes,
        member_id=message.member_id,
        coupon_ids=message.coupon_ids,
        points=message.points,
        declined_gifts=message.declined_gifts,
    )


def draft_again(kind: OrderKind, lines: Collection[OrderLine], address: Address | None, note: str = "") -> OrderDraft:
    """A draft for the same goods once more, at today's prices; a consumer's retail prices are kept."""
    to = address or Address(name="", phone="")
    return OrderDraft(
        kind=kind,
        lines=tuple(
            DraftLine(
                sku_id=li.sku_id,
                quantity=li.quantity,
                cost_seen=li.unit_price if kind is OrderKind.PURCHASE else None,
                retail_price=li.unit_price if kind is OrderKind.DROPSHIP else None,
            )
            for li in lines
        ),
        name=to.name,
        phone=to.phone,
        region=to.region,
        street=to.street,
        area_code=to.area_code,
        note=note,
    )


def encode(draft: OrderDraft) -> bytes:
    """The bytes of a draft, for the outbox file."""
    return msgspec.msgpack.encode(draft)


def decode(content: bytes | None) -> OrderDraft:
    """The draft of stored bytes; an empty one where there is none or it cannot be read."""
    if content is None:
        return OrderDraft()
    try:
        return msgspec.msgpack.decode(content, type=OrderDraft)
    except msgspec.MsgspecError:
        return OrderDraft()
