"""Stock facts of an owner, and the one function through which any stock changes."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from msgspec import Meta

from s2b_domain.access import STOCK, Actor, Permission, own
from s2b_domain.commands.command import Command, command
from s2b_domain.errors import Refused
from s2b_domain.ids import derived_id
from s2b_domain.records.catalog import Category, Product, Sku
from s2b_domain.records.party import PartyKind
from s2b_domain.records.stock import Availability, Movement, Stock, StockWatch, Warehouse
from s2b_domain.rules.bounds import Code, Id, Number, Reason, Time
from s2b_domain.rules.stock import (
    EFFECTS,
    SIGNED,
    MovementKind,
    Place,
    Tracking,
    count_difference,
    crosses_low,
    low_threshold,
    pick,
)
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader, Tx

MAX_SEEN = 10_000


class MoveStock(Command, frozen=True, kw_only=True):
    """Goods came in, went out or turned out otherwise, in one place. `quantity` in steps; ADJUST is signed."""

    sku_id: Id
    kind: MovementKind
    quantity: int
    reason: Reason = ""
    warehouse_id: Id = ""
    lot: Code = ""
    expires_at: Time | None = None


class CountStock(Command, frozen=True, kw_only=True):
    """A shelf was counted while its ledger stood at `position`; movements after that are kept.

    A desktop counts on from movements that the hub has not placed in the ledger yet: `position` is then the last one
    that it has, and `seen` are the ids of those that wait.
    """

    sku_id: Id
    counted: int
    position: Number
    reason: Reason = ""
    warehouse_id: Id = ""
    lot: Code = ""
    seen: Annotated[tuple[Id, ...], Meta(max_length=MAX_SEEN)] = ()


def main_warehouse_id(owner_id: str) -> str:
    """The warehouse that every owner has."""
    return derived_id(owner_id, "warehouse", "main")


def stock_id(owner_id: str, sku_id: str, warehouse_id: str, lot: str = "") -> str:
    """The id of the stock row of (owner, SKU, warehouse, lot)."""
    return derived_id(sku_id, owner_id, warehouse_id, lot)


def stock_row(tx: Tx, owner_id: str, sku: Sku, warehouse_id: str = "", lot: str = "") -> Stock:
    """The stock row of a SKU, or an empty one that is not written yet."""
    warehouse_id = warehouse_id or main_warehouse_id(owner_id)
    id_ = stock_id(owner_id, sku.id, warehouse_id, lot)
    return tx.get(Stock, id_) or Stock(id=id_, owner_id=owner_id, sku_id=sku.id, warehouse_id=warehouse_id, lot=lot)


def move(
    tx: Tx, stock: Stock, kind: MovementKind, quantity: int, *, sku: Sku | None, reason: str = "", document_id: str = ""
) -> Stock:
    """Book one movement: the stock row, its ledger line, and what merchants may see of it.

    Only the stock of the SKU's supplier promises anything to others; a merchant's own does not.
    """
    effect = EFFECTS[kind]
    before = tx.before.get((Stock, stock.id), stock)
    count = stock.position + 1 - (before.position if isinstance(before, Stock) else 0)
    moved = stock.with_(
        on_hand=stock.on_hand + effect.on_hand * quantity,
        reserved=stock.reserved + effect.reserved * quantity,
        leased=stock.leased + effect.leased * quantity,
        position=stock.position + 1,
    )
    tx.add(
        Movement(
            id=tx.id("movement", stock.id, count),  # not its position, which only the hub decides
            owner_id=stock.owner_id,
            stock_id=stock.id,
            sku_id=stock.sku_id,
            kind=kind,
            quantity=quantity,
            position=moved.position,
            on_hand_after=moved.on_hand,
            reason=reason,
            document_id=document_id,
            actor_id=tx.actor.id,
            at=tx.time,
        )
    )
    if sku is not None and sku.supplier_id == stock.owner_id and moved.available != stock.available:
        promise(tx, sku, moved.available - stock.available)
    return tx.put(moved)


def promise(tx: Tx, sku: Sku, change: int) -> Availability:
    """Change what merchants may see of a supplier's SKU."""
    row = tx.get(Availability, sku.id) or Availability(
        id=sku.id, supplier_id=sku.supplier_id, available=0, live=sku.live
    )
    after = tx.put(row.with_(available=row.available + change))
    _watch(tx, sku, row.available, row.available + change)
    return after


def watch_id(owner_id: str, sku_id: str) -> str:
    """The id of what an owner wants to know of a SKU."""
    return derived_id(sku_id, owner_id, "watch")


def watch_of(tx: Reader, owner_id: str, sku_id: str) -> StockWatch:
    """What an owner wants to know of a SKU; the usual where nothing was said."""
    id_ = watch_id(owner_id, sku_id)
    return tx.get(StockWatch, id_) or StockWatch(id=id_, owner_id=owner_id, sku_id=sku_id)


def _watch(tx: Tx, sku: Sku, before: int, after: int) -> None:
    """Note the moment a SKU becomes low, and the one when it no longer is."""
    watch = watch_of(tx, sku.supplier_id, sku.id)
    threshold = low_threshold(watch.low_at, sku.decimals)
    if crosses_low(before, after, threshold):
        tx.put(watch.with_(low_since=tx.time))
    elif watch.low_since is not None and after >= threshold:
        tx.put(watch.with_(low_since=None))


def tracking_of(reader: Reader, owner_id: str, sku: Sku) -> Tracking:
    """What a receipt of a SKU must say: as whose stock it is has set it, else as the nearest category above asks."""
    own_wish = watch_of(reader, owner_id, sku.id).tracking
    if own_wish is not None:
        return own_wish
    product = reader.get(Product, sku.product_id)
    category_id, above = product.category_id if product else "", 0
    while category_id and above < 64:
        category = reader.get(Category, category_id)
        if category is None or category.tracking is not Tracking.NONE:
            return category.tracking if category else Tracking.NONE
        category_id, above = category.parent_id, above + 1
    return Tracking.NONE


def places(tx: Tx, owner_id: str, sku_id: str) -> tuple[list[Place], dict[str, Stock]]:
    """Where a SKU of an owner lies, for picking."""
    rows = {s.id: s for s in tx.find(Stock, owner_id=owner_id, sku_id=sku_id)}
    order = {w.id: w.position for w in tx.find(Warehouse, owner_id=owner_id)}
    return [Place(s.id, s.available, s.expires_at, order.get(s.warehouse_id, 0)) for s in rows.values()], rows


class Counted(Protocol):
    """A SKU, or a line that has frozen one."""

    @property
    def code(self) -> str: ...
    @property
    def decimals(self) -> int: ...
    @property
    def unit(self) -> str: ...


def counted(sku: Counted) -> dict[str, str | int]:
    """What an answer says of a SKU, so that its quantities (in steps) can be written for people."""
    return {"sku": sku.code, "decimals": sku.decimals, "unit": sku.unit}


def wrong_quantity(sku: Counted) -> Refused:
    """Nothing, less than that, or more than anything can be."""
    return Refused("field_wrong", field="quantity", **counted(sku))


def _fresh(tx: Tx, found: Sequence[Place]) -> list[Place]:
    return [p for p in found if p.expires_at is None or p.expires_at > tx.time or p.available < 0]


def promisable(tx: Tx, owner_id: str, sku: Sku) -> int:
    """Steps of a SKU that `take` gives: a shelf that is short must be made good from the others first."""
    return sum(p.available for p in _fresh(tx, places(tx, owner_id, sku.id)[0]))


def take(tx: Tx, owner_id: str, sku: Sku, quantity: int, *, fact: bool = False) -> Sequence[tuple[Stock, int]]:
    """The rows that give `quantity` of a SKU, what expires first first; nothing that has expired already, unless for a
    `fact`.

    `Refused("out_of_stock")` when there is not enough.
    """
    found, rows = places(tx, owner_id, sku.id)
    if not fact:
        found = _fresh(tx, found)
    there = sum(p.available for p in found)
    if there < quantity:
        raise Refused("out_of_stock", available=max(0, there), wanted=quantity, **counted(sku))
    return [(rows[id_], part) for id_, part in pick(found, quantity)]


def stock_scopes(reader: Reader, actor: Actor, message: Command) -> list[str]:
    """What every change of one's own stock may write."""
    return [STOCK, own(actor.organisation_id, "stock"), own(actor.organisation_id, "trade")]


def own_sku(tx: Tx, sku_id: str) -> Sku:
    """A SKU of which one may have stock: a supplier its own, a shop any; `Refused`."""
    sku = tx.need(Sku, sku_id)
    if sku.supplier_id != tx.actor.organisation_id and tx.actor.kind is not PartyKind.MERCHANT:
        raise Refused("not_yours", id=sku_id)
    return sku


def own_warehouse(tx: Tx, warehouse_id: str) -> None:
    """`Refused` where this is no warehouse of one's own."""
    if warehouse_id and warehouse_id != main_warehouse_id(tx.actor.organisation_id):
        warehouse = tx.need(Warehouse, warehouse_id)
        if warehouse.owner_id != tx.actor.organisation_id:
            raise Refused("not_yours", id=warehouse_id)


def note_oversold(tx: Tx, stock: Stock, sku: Sku) -> None:
    """A fact has left less than is promised: book it, and let somebody look."""
    if stock.available < 0:
        tx.contradict("oversold", stock.owner_id, stock.id, sku.id, short=-stock.available, **counted(sku))


@command("stock.move@1", MoveStock, permission=Permission.STOCK_EDIT, touches=stock_scopes, fact=True)
def move_stock(tx: Tx, message: MoveStock) -> None:
    """RECEIVE, ADJUST, WRITE_OFF or RETURN_TO_STOCK by hand; an adjustment and a write-off need a reason."""
    allowed = (MovementKind.RECEIVE, MovementKind.ADJUST, MovementKind.WRITE_OFF, MovementKind.RETURN_TO_STOCK)
    if message.kind not in allowed:
        raise Refused("field_wrong", field="kind")
    if not 0 < abs(message.quantity) <= MAX_QUANTITY or (message.quantity < 0 and message.kind not in SIGNED):
        raise Refused("field_wrong", field="quantity")
    if message.kind in (MovementKind.ADJUST, MovementKind.WRITE_OFF) and not message.reason.strip():
        raise Refused("reason_required")
    sku = own_sku(tx, message.sku_id)
    own_warehouse(tx, message.warehouse_id)
    stock = stock_row(tx, tx.actor.organisation_id, sku, message.warehouse_id, message.lot)
    if message.expires_at is not None:
        stock = stock.with_(expires_at=message.expires_at)
    note_oversold(tx, move(tx, stock, message.kind, message.quantity, sku=sku, reason=message.reason.strip()), sku)
    if message.kind is MovementKind.RECEIVE:
        note_untracked(tx, sku, stock)


@command("stock.count@1", CountStock, permission=Permission.STOCK_EDIT, touches=stock_scopes, fact=True)
def count_stock(tx: Tx, message: CountStock) -> None:
    """Set on_hand to what was counted, plus what moved after the count was taken."""
    if not 0 <= message.counted <= MAX_QUANTITY:
        raise Refused("field_wrong", field="counted")
    sku = own_sku(tx, message.sku_id)
    own_warehouse(tx, message.warehouse_id)
    stock = stock_row(tx, tx.actor.organisation_id, sku, message.warehouse_id, message.lot)
    reason = message.reason.strip()
    set_counted(tx, stock, message.counted, message.position, message.seen, sku=sku, reason=reason)


def set_counted(
    tx: Tx,
    stock: Stock,
    counted: int,
    position: int,
    seen: Sequence[str],
    *,
    sku: Sku,
    reason: str = "",
    document_id: str = "",
) -> int:
    """Book what a count changes (steps); what moved after `position` and `seen` is kept."""
    known = set(seen)
    later = [m for m in tx.find(Movement, stock_id=stock.id) if m.position > position and m.id not in known]
    moved_since = sum(EFFECTS[m.kind].on_hand * m.quantity for m in later)
    difference = count_difference(counted, stock.on_hand, moved_since)
    if difference:
        moved = move(tx, stock, MovementKind.COUNT, difference, sku=sku, reason=reason, document_id=document_id)
        note_oversold(tx, moved, sku)
    return difference


def note_untracked(tx: Tx, sku: Sku, stock: Stock) -> None:
    """Goods came in without the lot or date that their category asks for: booked, and somebody completes it."""
    asked = tracking_of(tx, stock.owner_id, sku)
    if (asked is not Tracking.NONE and not stock.lot) or (asked is Tracking.EXPIRY and stock.expires_at is None):
        tx.contradict("lot_missing", stock.owner_id, stock.id, sku.id, sku=sku.code)
