"""A supplier's side of orders: accept, decline, ship in parcels, track, give up a remainder."""

import msgspec

from s2b_domain.access import STOCK, Actor, Permission, own
from s2b_domain.commands.accounts import owe, platform_id
from s2b_domain.commands.command import Command, command
from s2b_domain.commands.history import remember
from s2b_domain.commands.orders import end_supply, release, settle_order
from s2b_domain.commands.stock import move, stock_row
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.account import CONSUMERS
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Commission, Parcel, ParcelItem, SupplyLine, SupplyOrder
from s2b_domain.records.stock import Reservation, Stock
from s2b_domain.rules.money import line_amount, share
from s2b_domain.rules.order_flow import SUPPLY_NEXT, ParcelState, SupplyState
from s2b_domain.rules.stock import MovementKind
from s2b_domain.tx import Reader, Tx


class AcceptSupply(Command, frozen=True, kw_only=True):
    """The supplier takes supply orders on."""

    supply_order_ids: tuple[str, ...]


class DeclineSupply(Command, frozen=True, kw_only=True):
    """The supplier does not take a supply order on."""

    supply_order_id: str
    reason: str


class ShipItem(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of a supply line that went into a parcel."""

    supply_line_id: str
    quantity: int


class ShipParcel(Command, frozen=True, kw_only=True):
    """A parcel was handed to a carrier."""

    parcel_id: str
    supply_order_id: str
    carrier: str
    tracking_number: str
    items: tuple[ShipItem, ...]


class TrackParcel(Command, frozen=True, kw_only=True):
    """What the carrier said of a parcel, and where."""

    parcel_id: str
    state: ParcelState
    place: str = ""
    eta: int | None = None


class CloseShort(Command, frozen=True, kw_only=True):
    """What is left of a partly shipped supply order will not come."""

    supply_order_id: str
    reason: str


def _supply_scopes(reader: Reader, supply_order_ids: tuple[str, ...]) -> list[str]:
    scopes = {STOCK, own(CONSUMERS, "money"), own(platform_id(reader), "money")}
    for supply in reader.find_in(SupplyOrder, "id", supply_order_ids):
        scopes |= {own(supply.supplier_id, c) for c in ("trade", "money", "stock")}
        scopes |= {own(supply.merchant_id, c) for c in ("trade", "money")}
    return sorted(scopes)


def _accepted(reader: Reader, actor: Actor, message: AcceptSupply) -> list[str]:
    return _supply_scopes(reader, message.supply_order_ids)


def _one(reader: Reader, actor: Actor, message: DeclineSupply | ShipParcel | CloseShort) -> list[str]:
    return _supply_scopes(reader, (message.supply_order_id,))


def _tracked(reader: Reader, actor: Actor, message: TrackParcel) -> list[str]:
    parcel = reader.get(Parcel, message.parcel_id)
    return _supply_scopes(reader, (parcel.supply_order_id,) if parcel else ())


def _own_supply(tx: Tx, supply_order_id: str, *allowed: SupplyState) -> SupplyOrder:
    supply = tx.need(SupplyOrder, supply_order_id)
    if supply.supplier_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=supply_order_id)
    if supply.state not in allowed:
        raise Refused("state_changed", state=supply.state.value, number=supply.number)
    return supply


def _to(tx: Tx, supply: SupplyOrder, state: SupplyState, event: str, reason: str = "") -> SupplyOrder:
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
    for id_ in message.supply_order_ids:
        supply = _own_supply(tx, id_, SupplyState.WAITING)
        _to(tx, supply, SupplyState.ACCEPTED, "supply.accepted")
        owe(tx, supply.merchant_id, supply.supplier_id, supply.total, kind="supply", document_id=supply.id)
        commission = tx.get(Commission, supply.id)
        if commission:
            platform = platform_id(tx)
            owe(tx, supply.supplier_id, platform, commission.amount, kind="commission", document_id=supply.id)


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
    """Take what is held for the lines out of stock and write the parcel; nothing more than is still open.

    The parcel has left the house: where the order was cancelled meanwhile, it is booked with a discrepancy.
    """
    if not message.carrier.strip() or not message.tracking_number.strip():
        raise Refused("field_required", field="carrier" if message.tracking_number.strip() else "tracking_number")
    if not is_id(message.parcel_id) or tx.get(Parcel, message.parcel_id):
        raise Refused("id_taken", id=message.parcel_id)
    allowed = (SupplyState.ACCEPTED, SupplyState.PARTLY_SHIPPED, SupplyState.CANCELLED)
    supply = _own_supply(tx, message.supply_order_id, *allowed)
    cancelled = supply.state is SupplyState.CANCELLED
    lines = {line.id: line for line in tx.find(SupplyLine, supply_order_id=supply.id)}
    if not message.items or len({i.supply_line_id for i in message.items}) < len(message.items):
        raise Refused("field_wrong", field="items")
    for item in message.items:
        line = lines.get(item.supply_line_id)
        open_ = 0 if line is None else line.quantity - line.shipped - (0 if cancelled else line.cancelled)
        if line is None or not 0 < item.quantity <= open_:
            raise Refused("more_than_open", sku=line.code if line else "", quantity=item.quantity)
        if cancelled:
            _take_unheld(tx, supply, line, item.quantity)
            line = line.with_(cancelled=line.cancelled - item.quantity)
        else:
            _take_out(tx, supply, line, item.quantity)
        lines[line.id] = tx.put(line.with_(shipped=line.shipped + item.quantity))
    parcel = Parcel(
        id=message.parcel_id,
        supply_order_id=supply.id,
        order_id=supply.order_id,
        supplier_id=supply.supplier_id,
        merchant_id=supply.merchant_id,
        carrier=message.carrier.strip(),
        tracking_number=message.tracking_number.strip(),
        items=tuple(ParcelItem(i.supply_line_id, i.quantity) for i in message.items),
        state=ParcelState.CREATED,
        shipped_at=tx.time,
    )
    tx.add(parcel)
    if cancelled:
        tx.contradict("shipped_after_cancel", supply.supplier_id, supply.id, parcel.id, number=supply.number)
        event, told = "supply.shipped_after_cancel", (supply.supplier_id, supply.merchant_id)
        remember(tx, supply.id, event, *told, reason=f"{parcel.carrier} {parcel.tracking_number}")
        return
    done = all(line.shipped + line.cancelled == line.quantity for line in lines.values())
    state = SupplyState.SHIPPED if done else SupplyState.PARTLY_SHIPPED
    _to(tx, supply, state, "supply.shipped", reason=f"{parcel.carrier} {parcel.tracking_number}")


def _take_out(tx: Tx, supply: SupplyOrder, line: SupplyLine, quantity: int) -> None:
    sku = tx.get(Sku, line.sku_id)
    for held in tx.find(Reservation, supply_line_id=line.id):
        part = min(held.quantity, quantity)
        if not part:
            break
        move(tx, tx.need(Stock, held.stock_id), MovementKind.SHIP, part, sku=sku, document_id=supply.id)
        if part == held.quantity:
            tx.delete(held)
        else:
            tx.put(held.with_(quantity=held.quantity - part))
        quantity -= part


def _take_unheld(tx: Tx, supply: SupplyOrder, line: SupplyLine, quantity: int) -> None:
    sku = tx.get(Sku, line.sku_id)
    if sku is not None and tx.sees(own(supply.supplier_id, "stock")):
        stock = stock_row(tx, supply.supplier_id, sku)
        move(tx, stock, MovementKind.SALE, quantity, sku=sku, document_id=supply.id)


@command("supply.track@1", TrackParcel, permission=Permission.SUPPLY_SHIP, touches=_tracked)
def track_parcel(tx: Tx, message: TrackParcel) -> None:
    """Write a carrier's event; when every parcel of a fully shipped supply order has arrived, it is DELIVERED."""
    parcel = tx.need(Parcel, message.parcel_id)
    if parcel.supplier_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=parcel.id)
    if parcel.state is ParcelState.DELIVERED:
        raise Refused("state_changed", state=parcel.state.value)
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
    supply = tx.need(SupplyOrder, parcel.supply_order_id)
    parcels = tx.find(Parcel, supply_order_id=supply.id)
    if supply.state is SupplyState.SHIPPED and all(p.state is ParcelState.DELIVERED for p in parcels):
        _to(tx, supply, SupplyState.DELIVERED, "supply.delivered")


@command("supply.close_short@1", CloseShort, permission=Permission.SUPPLY_DECIDE, touches=_one)
def close_short(tx: Tx, message: CloseShort) -> None:
    """The open remainder of a PARTLY_SHIPPED supply order is cancelled; the merchant owes that much less."""
    if not message.reason.strip():
        raise Refused("reason_required")
    supply = _own_supply(tx, message.supply_order_id, SupplyState.PARTLY_SHIPPED)
    back = 0
    for line in tx.find(SupplyLine, supply_order_id=supply.id):
        left = line.quantity - line.shipped - line.cancelled
        if left:
            release(tx, supply, line)
            tx.put(line.with_(cancelled=line.cancelled + left))
            kept = line_amount(line.unit_price, line.quantity - line.cancelled - left, line.decimals)
            back += line_amount(line.unit_price, line.quantity - line.cancelled, line.decimals) - kept
    owe(tx, supply.merchant_id, supply.supplier_id, -back, kind="supply_short", document_id=supply.id)
    commission = tx.get(Commission, supply.id)
    if commission:
        less = commission.amount - share(supply.total - back, commission.rate_bp)
        owe(tx, supply.supplier_id, platform_id(tx), -less, kind="commission_short", document_id=supply.id)
    _to(tx, supply, SupplyState.SHIPPED, "supply.closed_short", message.reason.strip())
