"""A supplier's side of orders: accept, decline, ship in parcels, relabel and track them, give up a remainder."""

from typing import Annotated

import msgspec

from s2b_domain.access import STOCK, Actor, Permission, own
from s2b_domain.commands.accounts import owe, platform_id
from s2b_domain.commands.command import Command, command
from s2b_domain.commands.history import remember
from s2b_domain.commands.rewards import offer_scopes
from s2b_domain.commands.settlements import settle_order
from s2b_domain.commands.stock import counted, move, note_oversold, places, stock_row, wrong_quantity
from s2b_domain.commands.supplies import end_supply, kept_amount, own_trading, release
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.account import CONSUMERS
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Commission, Parcel, ParcelItem, SupplyLine, SupplyOrder
from s2b_domain.records.receiving import GoodsReceipt
from s2b_domain.records.stock import Reservation, Stock
from s2b_domain.rules.bounds import Id, Name, Reason, Time
from s2b_domain.rules.money import share
from s2b_domain.rules.order_flow import DEAD, SUPPLY_NEXT, ParcelState, SupplyState
from s2b_domain.rules.stock import MovementKind, pick
from s2b_domain.rules.units import MAX_QUANTITY
from s2b_domain.tx import Reader, Tx

MAX_ACCEPTED = 500
MAX_ITEMS = 500


class AcceptSupply(Command, frozen=True, kw_only=True):
    """The supplier takes supply orders on."""

    supply_order_ids: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_ACCEPTED)]


class DeclineSupply(Command, frozen=True, kw_only=True):
    """The supplier does not take a supply order on."""

    supply_order_id: Id
    reason: Reason


class ShipItem(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of a supply line that went into a parcel."""

    supply_line_id: Id
    quantity: int


class ShipParcel(Command, frozen=True, kw_only=True):
    """A parcel was handed to a carrier."""

    parcel_id: Id
    supply_order_id: Id
    carrier: Name
    tracking_number: Name
    items: Annotated[tuple[ShipItem, ...], msgspec.Meta(max_length=MAX_ITEMS)]


class RelabelParcel(Command, frozen=True, kw_only=True):
    """A parcel goes with another carrier or number than was written."""

    parcel_id: Id
    carrier: Name
    tracking_number: Name


class TrackParcel(Command, frozen=True, kw_only=True):
    """What the carrier said of a parcel, and where."""

    parcel_id: Id
    state: ParcelState
    place: Name = ""
    eta: Time | None = None


class CloseShort(Command, frozen=True, kw_only=True):
    """What is left of an accepted or partly shipped supply order will not come."""

    supply_order_id: Id
    reason: Reason


class ShortPick(Command, frozen=True, kw_only=True):
    """Steps of lines that could not be picked and will not come."""

    supply_order_id: Id
    items: Annotated[tuple[ShipItem, ...], msgspec.Meta(max_length=MAX_ITEMS)]
    reason: Reason


def _supply_scopes(reader: Reader, supply_order_ids: tuple[str, ...]) -> list[str]:
    scopes = {STOCK, own(CONSUMERS, "money"), own(platform_id(reader), "money")}
    for supply in reader.find_in(SupplyOrder, "id", supply_order_ids):
        scopes |= {own(supply.supplier_id, c) for c in ("trade", "money", "stock")}
        scopes |= {own(supply.merchant_id, c) for c in ("trade", "money")}
        scopes |= offer_scopes(reader, supply.merchant_id, [supply.order_id])
    return sorted(scopes)


def _accepted(reader: Reader, actor: Actor, message: AcceptSupply) -> list[str]:
    return _supply_scopes(reader, message.supply_order_ids)


def _one(reader: Reader, actor: Actor, message: DeclineSupply | ShipParcel | CloseShort | ShortPick) -> list[str]:
    return _supply_scopes(reader, (message.supply_order_id,))


def _parcel(reader: Reader, actor: Actor, message: RelabelParcel | TrackParcel) -> list[str]:
    parcel = reader.get(Parcel, message.parcel_id)
    return _supply_scopes(reader, (parcel.supply_order_id,) if parcel else ())


def _own_supply(tx: Tx, supply_order_id: str, *allowed: SupplyState) -> SupplyOrder:
    supply = tx.need(SupplyOrder, supply_order_id)
    if supply.supplier_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=supply_order_id)
    if not supply.sent:
        raise Refused("not_found", kind="supply_order", id=supply_order_id)
    if allowed and supply.state not in allowed:
        raise Refused("state_changed", state=supply.state.value, number=supply.number)
    return supply


def advance(tx: Tx, supply: SupplyOrder, state: SupplyState, event: str, reason: str = "") -> SupplyOrder:
    """Bring a supply order to another state, if that may follow, and its order with it."""
    if state is not supply.state and state not in SUPPLY_NEXT[supply.state]:
        raise Refused("state_changed", state=supply.state.value, number=supply.number)
    remember(
        tx, supply.id, event, supply.supplier_id, supply.merchant_id, before=supply.state, after=state, reason=reason
    )
    moved = tx.put(supply.with_(state=state))
    settle_order(tx, supply.order_id)
    return moved


@command("supply.accept@1", AcceptSupply, permission=Permission.SUPPLY_DECIDE, touches=_accepted)
def accept_supply(tx: Tx, message: AcceptSupply) -> None:
    """WAITING becomes ACCEPTED; from now on the merchant owes the supplier, and the supplier the commission."""
    own_trading(tx)
    for id_ in message.supply_order_ids:
        _accept(tx, _own_supply(tx, id_, SupplyState.WAITING))


def _accept(tx: Tx, supply: SupplyOrder) -> SupplyOrder:
    accepted = advance(tx, supply, SupplyState.ACCEPTED, "supply.accepted")
    owe(tx, supply.merchant_id, supply.supplier_id, supply.total, kind="supply", document_id=supply.id)
    commission = tx.get(Commission, supply.id)
    if commission:
        owe(tx, supply.supplier_id, platform_id(tx), commission.amount, kind="commission", document_id=supply.id)
    return accepted


@command("supply.decline@1", DeclineSupply, permission=Permission.SUPPLY_DECIDE, touches=_one)
def decline_supply(tx: Tx, message: DeclineSupply) -> None:
    """WAITING becomes DECLINED with a reason; the stock is free again."""
    if not message.reason.strip():
        raise Refused("reason_required")
    supply = _own_supply(tx, message.supply_order_id, SupplyState.WAITING)
    end_supply(tx, supply, SupplyState.DECLINED, message.reason.strip())
    settle_order(tx, supply.order_id, reason=message.reason.strip())


@command("supply.ship@1", ShipParcel, permission=Permission.SUPPLY_SHIP, touches=_one, fact=True)
def ship_parcel(tx: Tx, message: ShipParcel) -> None:
    """Take the lines out of stock, what is held for them first, and write the parcel.

    It has left the house, so it is booked whatever the books say: for an order that has ended, was not accepted yet
    or had less open, and where its id was used before, a discrepancy says so.
    """
    carrier, tracking_number = _waybill(message)
    supply = _own_supply(tx, message.supply_order_id)
    lines = {line.id: line for line in tx.find(SupplyLine, supply_order_id=supply.id)}
    _check_items(message, lines)
    parcel = Parcel(
        id=message.parcel_id,
        supply_order_id=supply.id,
        order_id=supply.order_id,
        supplier_id=supply.supplier_id,
        merchant_id=supply.merchant_id,
        carrier=carrier,
        tracking_number=tracking_number,
        items=tuple(ParcelItem(i.supply_line_id, i.quantity) for i in message.items),
        state=ParcelState.CREATED,
        shipped_at=tx.time,
    )
    twin = tx.get(Parcel, parcel.id)
    if twin is not None:
        tx.contradict("shipped_twice", supply.supplier_id, supply.id, parcel.id, number=supply.number)
        told = (supply.id, parcel.carrier, parcel.tracking_number, parcel.items)
        if (twin.supply_order_id, twin.carrier, twin.tracking_number, twin.items) == told:
            return
        parcel = parcel.with_(id=tx.id("parcel"))
    supply = _note_state(tx, supply, parcel, lines)
    for item in parcel.items:
        lines[item.supply_line_id] = _take_out(tx, supply, lines[item.supply_line_id], item.quantity)
    tx.add(parcel)
    _shipped(tx, supply, parcel, list(lines.values()))


def _waybill(message: ShipParcel | RelabelParcel) -> tuple[str, str]:
    """Carrier and tracking number as they are written."""
    carrier, tracking_number = message.carrier.strip(), message.tracking_number.strip()
    if not carrier or not tracking_number:
        raise Refused("field_required", field="carrier" if tracking_number else "tracking_number")
    return carrier, tracking_number


def _check_items(message: ShipParcel, lines: dict[str, SupplyLine]) -> None:
    if not is_id(message.parcel_id):
        raise Refused("field_wrong", field="parcel_id")
    if not message.items or len({i.supply_line_id for i in message.items}) < len(message.items):
        raise Refused("field_wrong", field="items")
    for item in message.items:
        if item.supply_line_id not in lines:
            raise Refused("field_wrong", field="items")
        if not 0 < item.quantity <= MAX_QUANTITY:
            raise wrong_quantity(lines[item.supply_line_id])


def _open(supply: SupplyOrder, line: SupplyLine) -> int:
    return 0 if supply.state in DEAD else max(0, line.quantity - line.shipped - line.cancelled)


def _note_state(tx: Tx, supply: SupplyOrder, parcel: Parcel, lines: dict[str, SupplyLine]) -> SupplyOrder:
    """Say where a parcel contradicts its supply order; sending it means that the order was taken on."""
    about = (supply.supplier_id, supply.id, parcel.id)
    if supply.state in DEAD:
        tx.contradict("shipped_after_cancel", *about, number=supply.number)
        return supply
    for item in parcel.items:
        line = lines[item.supply_line_id]
        over = item.quantity - _open(supply, line)
        if over > 0:
            told = counted(line) | {"number": supply.number, "quantity": over}
            tx.contradict("shipped_too_much", supply.supplier_id, supply.id, line.id, **told)
    if supply.state is SupplyState.WAITING:
        tx.contradict("shipped_before_accept", *about, number=supply.number)
        return _accept(tx, supply)
    return supply


def _take_out(tx: Tx, supply: SupplyOrder, line: SupplyLine, quantity: int) -> SupplyLine:
    """Book that `quantity` of a line has left: from what is held for it, then from wherever the SKU lies."""
    left = quantity
    sku = tx.get(Sku, line.sku_id)
    for held in tx.find(Reservation, supply_line_id=line.id):
        part = min(held.quantity, left)
        if not part:
            break
        move(tx, tx.need(Stock, held.stock_id), MovementKind.SHIP, part, sku=sku, document_id=supply.id)
        if part == held.quantity:
            tx.delete(held)
        else:
            tx.put(held.with_(quantity=held.quantity - part))
        left -= part
    if left and sku is not None and tx.sees(own(supply.supplier_id, "stock")):
        _take_unheld(tx, supply, sku, left)
    back = min(quantity, line.cancelled) if supply.state in DEAD else 0
    return tx.put(line.with_(shipped=line.shipped + quantity, cancelled=line.cancelled - back))


def _take_unheld(tx: Tx, supply: SupplyOrder, sku: Sku, quantity: int) -> None:
    found, rows = places(tx, supply.supplier_id, sku.id)
    for id_, part in pick(found, quantity):
        move(tx, rows[id_], MovementKind.SALE, part, sku=sku, document_id=supply.id)
        quantity -= part
    if quantity:
        stock = stock_row(tx, supply.supplier_id, sku)
        note_oversold(tx, move(tx, stock, MovementKind.SALE, quantity, sku=sku, document_id=supply.id), sku)


def _shipped(tx: Tx, supply: SupplyOrder, parcel: Parcel, lines: list[SupplyLine]) -> None:
    said = f"{parcel.carrier} {parcel.tracking_number}"
    if supply.state not in (SupplyState.ACCEPTED, SupplyState.PARTLY_SHIPPED):
        event = "supply.shipped_after_cancel" if supply.state in DEAD else "supply.shipped"
        told = (supply.supplier_id, supply.merchant_id)
        remember(tx, supply.id, event, *told, before=supply.state, after=supply.state, reason=said)
        return
    done = all(line.shipped + line.cancelled >= line.quantity for line in lines)
    advance(tx, supply, SupplyState.SHIPPED if done else SupplyState.PARTLY_SHIPPED, "supply.shipped", said)


def _under_way(tx: Tx, parcel_id: str) -> Parcel:
    """A parcel of one's own that has not arrived; `Refused`."""
    parcel = tx.need(Parcel, parcel_id)
    if parcel.supplier_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=parcel.id)
    if parcel.state is ParcelState.DELIVERED:
        raise Refused("state_changed", state=parcel.state.value)
    return parcel


@command("supply.relabel@1", RelabelParcel, permission=Permission.SUPPLY_SHIP, touches=_parcel)
def relabel_parcel(tx: Tx, message: RelabelParcel) -> None:
    """Correct what was written of a parcel that is under way; what stood there before stays in its history."""
    carrier, tracking_number = _waybill(message)
    parcel = _under_way(tx, message.parcel_id)
    if (parcel.carrier, parcel.tracking_number) == (carrier, tracking_number):
        return
    tx.put(parcel.with_(carrier=carrier, tracking_number=tracking_number))
    remember(
        tx,
        parcel.supply_order_id,
        "parcel.relabelled",
        parcel.supplier_id,
        parcel.merchant_id,
        before=parcel.state,
        after=parcel.state,
        reason=f"{parcel.carrier} {parcel.tracking_number} → {carrier} {tracking_number}",
    )


@command("supply.track@1", TrackParcel, permission=Permission.SUPPLY_SHIP, touches=_parcel)
def track_parcel(tx: Tx, message: TrackParcel) -> None:
    """Write a carrier's event; when every parcel of a fully shipped supply order has arrived, it is DELIVERED."""
    parcel = _under_way(tx, message.parcel_id)
    after = tx.put(parcel.with_(state=message.state, eta=message.eta if message.eta is not None else parcel.eta))
    remember(
        tx,
        parcel.supply_order_id,
        "parcel." + message.state.value.lower(),
        parcel.supplier_id,
        parcel.merchant_id,
        before=parcel.state,
        after=after.state,
        reason=message.place,
    )
    arrive(tx, tx.need(SupplyOrder, parcel.supply_order_id))


def received_steps(reader: Reader, supply_order_id: str) -> dict[str, int]:
    """Steps per supply line that receipts speak of already."""
    told: dict[str, int] = {}
    for receipt in reader.find(GoodsReceipt, supply_order_id=supply_order_id):
        for line in receipt.lines:
            told[line.supply_line_id] = told.get(line.supply_line_id, 0) + line.told
    return told


def arrive(tx: Tx, supply: SupplyOrder) -> None:
    """What was sent completely is DELIVERED once every parcel has arrived, or receipts speak of all of it."""
    if supply.state is not SupplyState.SHIPPED:
        return
    carried = all(p.state is ParcelState.DELIVERED for p in tx.find(Parcel, supply_order_id=supply.id))
    received = {} if carried else received_steps(tx, supply.id)
    lines = tx.find(SupplyLine, supply_order_id=supply.id)
    if carried or all(received.get(line.id, 0) >= line.shipped for line in lines):
        advance(tx, supply, SupplyState.DELIVERED, "supply.delivered")


@command("supply.close_short@1", CloseShort, permission=Permission.SUPPLY_DECIDE, touches=_one)
def close_short(tx: Tx, message: CloseShort) -> None:
    """The open remainder is cancelled and owed no longer; where nothing was shipped, that is all of it."""
    supply, reason = _shortened(tx, message.supply_order_id, message.reason)
    lines = tx.find(SupplyLine, supply_order_id=supply.id)
    _give_up(tx, supply, lines, {line.id: _open(supply, line) for line in lines}, "supply.closed_short", reason)


@command("supply.short@1", ShortPick, permission=Permission.SUPPLY_SHIP, touches=_one)
def short_pick(tx: Tx, message: ShortPick) -> None:
    """What could not be picked is cancelled and owed no longer; the rest stays to be shipped."""
    supply, reason = _shortened(tx, message.supply_order_id, message.reason)
    lines = tx.find(SupplyLine, supply_order_id=supply.id)
    missing = {item.supply_line_id: item.quantity for item in message.items}
    known = {line.id: line for line in lines}
    if not missing or len(missing) < len(message.items) or not missing.keys() <= known.keys():
        raise Refused("field_wrong", field="items")
    for id_, quantity in missing.items():
        if quantity <= 0:
            raise wrong_quantity(known[id_])
        if quantity > _open(supply, known[id_]):
            raise Refused("more_than_open", quantity=quantity, **counted(known[id_]))
    _give_up(tx, supply, lines, missing, "supply.short_picked", reason)


def _shortened(tx: Tx, supply_order_id: str, reason: str) -> tuple[SupplyOrder, str]:
    if not reason.strip():
        raise Refused("reason_required")
    return _own_supply(tx, supply_order_id, SupplyState.ACCEPTED, SupplyState.PARTLY_SHIPPED), reason.strip()


def _give_up(
    tx: Tx, supply: SupplyOrder, lines: list[SupplyLine], missing: dict[str, int], event: str, reason: str
) -> None:
    """Cancel steps of lines, release what was held for them, and take back what they would have cost."""
    nothing_left = all(_open(supply, line) == missing.get(line.id, 0) for line in lines)
    if nothing_left and supply.state is SupplyState.ACCEPTED:
        end_supply(tx, supply, SupplyState.CANCELLED, reason)
        settle_order(tx, supply.order_id, reason=reason)
        return
    before = kept_amount(lines)
    after: list[SupplyLine] = []
    for line in lines:
        left = missing.get(line.id, 0)
        if left:
            release(tx, supply, line, left)
            line = tx.put(line.with_(cancelled=line.cancelled + left))
        after.append(line)
    kept = kept_amount(after)
    owe(tx, supply.merchant_id, supply.supplier_id, kept - before, kind="supply_short", document_id=supply.id)
    commission = tx.get(Commission, supply.id)
    if commission:
        less = share(before, commission.rate_bp) - share(kept, commission.rate_bp)
        owe(tx, supply.supplier_id, platform_id(tx), -less, kind="commission_short", document_id=supply.id)
    arrive(tx, advance(tx, supply, SupplyState.SHIPPED if nothing_left else supply.state, event, reason))
