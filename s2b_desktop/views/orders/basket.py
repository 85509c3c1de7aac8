"""The order in hand and those on hold (挂单), kept in the outbox file: they survive everything a desk may meet."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from s2b_desktop.models.queries.catalog import SkuOffer, offers
from s2b_desktop.models.queries.leases import reserves
from s2b_desktop.models.queries.orders import order_rowid
from s2b_desktop.models.queries.pricing import mixes_by_supplier, order_preview
from s2b_desktop.views.orders.draft import OrderDraft, command_of, decode, encode
from s2b_desktop.views.orders.quote import OrderQuote, quote, with_preview
from s2b_domain.commands.leases import LeaseUse, PlaceLeased
from s2b_domain.commands.orders import MAX_LINES, PlaceOrder
from s2b_domain.rules.leases import cover
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import next_allowed

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

CURRENT = "order/current"
HELD = "order/held/"


class Basket:
    """The catalog adds to it, the editor finishes it. `draft` is read anew by `load`."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self.draft = OrderDraft()
        self._reserves: dict[str, list[tuple[str, int, int]]] = {}
        self.load()

    def load(self) -> OrderDraft:
        """Read the order in hand; one that was placed just before a crash is not shown a second time."""
        draft = decode(self._desk.draft(CURRENT))
        if draft.order_id and self._desk.read(order_rowid, draft.order_id) is not None:
            self._desk.save_draft(CURRENT, None)
            draft = OrderDraft(kind=draft.kind)
        self.draft = draft
        return draft

    def save(self, draft: OrderDraft) -> None:
        """Keep the order in hand durably."""
        self.draft = draft
        kept = None if draft == OrderDraft() else encode(draft.with_(saved_at=self._desk.now()))
        self._desk.save_draft(CURRENT, kept)

    def clear(self) -> None:
        """Begin anew with the same kind of order."""
        self.save(OrderDraft(kind=self.draft.kind))

    def placed(self, order: OrderDraft) -> None:
        """The order was placed: what was put into it meanwhile, by the catalog too, is the next one."""
        now = decode(self._desk.draft(CURRENT))
        if now.empty or now.order_id == order.order_id:
            more = [(li, order.line(li.sku_id)) for li in now.lines]
            lines = [li.with_(quantity=li.quantity - (sent.quantity if sent else 0)) for li, sent in more]
            now = OrderDraft(kind=order.kind, lines=tuple(li for li in lines if li.quantity > 0))
        self.save(now)

    def quote(self) -> OrderQuote:
        """What it costs now."""
        ids = [line.sku_id for line in self.draft.lines]
        there = self._desk.read(offers, self._desk.actor, ids)
        mixes = self._desk.read(mixes_by_supplier, {o.sku.supplier_id for o in there.values()})
        replaces = self.draft.changes or self.draft.changes_part
        kept = {} if replaces else self._desk.read(reserves, self._desk.device_id, ids, self._desk.steady_time())
        self._reserves = kept
        left = {sku_id: sum(n for _, _, n in each) for sku_id, each in kept.items()}
        found = quote(self.draft, there, mixes, left)
        if not found.lines or found.problems:
            return found
        message = command_of(self.draft, self.draft.message(found.costs, found.retail))
        return with_preview(found, self._desk.read(order_preview, self._desk.actor, message, self._desk.now()))

    def leased(self, placed: PlaceOrder) -> PlaceLeased:
        """The order as one that this PC's reserve covers, by the last quote."""
        uses = [use for i in placed.items for use in cover(self._reserves.get(i.sku_id, ()), i.quantity)]
        return PlaceLeased(placed=placed, uses=tuple(LeaseUse(lease_id=u.lease_id, quantity=u.quantity) for u in uses))

    def add(self, sku_id: str, quantity: int | None = None) -> int:
        """Put `quantity` steps more of a SKU into it; None: the least that may be ordered, then one order step.

        Answers the quantity that is in it now.
        """
        if quantity is None:
            offer = self._desk.read(offers, self._desk.actor, [sku_id]).get(sku_id)
            quantity = self._next(offer) if offer else 1
        self.save(seen(self.draft.added(sku_id, quantity), self._desk))
        line = self.draft.line(sku_id)
        return line.quantity if line else 0

    def add_all(self, found: Sequence[SkuOffer]) -> int:
        """Put one order step of each into it, as `add` does; how many there was room for."""
        draft = self.draft
        room = MAX_LINES - len(draft.lines)
        held = {line.sku_id for line in draft.lines}
        more = {offer.sku.id for offer in [o for o in found if o.sku.id not in held][:room]}
        taken = [offer for offer in found if offer.sku.id in held | more]
        for offer in taken:
            draft = draft.added(offer.sku.id, self._next(offer))
        self.save(seen(draft, self._desk))
        return len(taken)

    def _next(self, offer: SkuOffer) -> int:
        """How much more of it makes the next quantity that may be ordered, in steps."""
        unit: int = 10**offer.sku.decimals
        if self.draft.kind is not OrderKind.PURCHASE:
            return unit
        line = self.draft.line(offer.sku.id)
        held = line.quantity if line else 0
        return next_allowed(held + 1, offer.sku.min_quantity, max(offer.sku.order_step, unit)) - held

    def choose_kind(self, kind: OrderKind) -> None:
        """Make it another kind of order: the goods stay, their prices are to be seen anew."""
        draft = self.draft
        if kind is not draft.kind:
            for line in draft.lines:
                draft = draft.changed(line.sku_id, cost_seen=None)
            self.save(seen(draft.with_(kind=kind), self._desk))

    def hold(self) -> None:
        """Put the order in hand aside, if there is one."""
        if not self.draft.empty:
            key = HELD + self._desk.new_id()
            self._desk.save_draft(key, encode(self.draft.with_(saved_at=self._desk.now())))
            self.clear()

    def held(self) -> list[tuple[str, OrderDraft]]:
        """What is on hold, oldest first: (key, draft)."""
        return [(key, decode(content)) for key, content in sorted(self._desk.drafts(HELD).items())]

    def take(self, key: str) -> None:
        """Take an order back into the hand; the one that was in it goes on hold."""
        draft = decode(self._desk.draft(key))
        self.hold()
        self.save(draft)
        self._desk.save_draft(key, None)

    def open(self, draft: OrderDraft) -> bool:
        """Begin with a prepared draft; True if the order in hand had to go on hold for it."""
        if draft.supersedes is not None and self.draft.supersedes == draft.supersedes:
            return False
        held = not self.draft.empty
        self.hold()
        self.save(draft)
        return held


def seen(draft: OrderDraft, desk: "Desk") -> OrderDraft:
    """The draft with the present price noted as seen on every line that has none noted."""
    fresh = [line.sku_id for line in draft.lines if line.cost_seen is None]
    if not fresh:
        return draft
    costs = quote(draft, desk.read(offers, desk.actor, fresh)).costs
    for sku_id in fresh:
        draft = draft.changed(sku_id, cost_seen=costs.get(sku_id))
    return draft
