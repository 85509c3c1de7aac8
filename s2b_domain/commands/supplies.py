"""Each supplier's part of an order: opened, reserved, sent, ended; and who may do that."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from s2b_domain.access import STOCK, Actor, own
from s2b_domain.commands.accounts import owe, platform_id
from s2b_domain.commands.conditions import order_credit_refusal
from s2b_domain.commands.history import remember
from s2b_domain.commands.order_lines import Sold, spec_text
from s2b_domain.commands.rewards import offer_scopes
from s2b_domain.commands.stock import counted, move, promise, take
from s2b_domain.errors import Refused
from s2b_domain.records.account import CONSUMERS
from s2b_domain.records.catalog import Sku
from s2b_domain.records.lease import Lease, LeaseHold
from s2b_domain.records.order import Commission, Order, SupplyLine, SupplyOrder
from s2b_domain.records.party import Organisation, SupplierTerms
from s2b_domain.records.stock import Availability, Reservation, Stock
from s2b_domain.rules.leases import LeaseState
from s2b_domain.rules.money import share
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.order_flow import OrderState, SupplyState
from s2b_domain.rules.pricing import first_units
from s2b_domain.rules.stock import MovementKind
from s2b_domain.tx import Reader, Tx

SHIP_WITHIN = 48 * 3600 * 1000
"""发货时限: milliseconds from sending a supply order to its latest shipping."""


class LeaseTake(Protocol):
    """Steps that an order takes from a lease."""

    @property
    def lease_id(self) -> str: ...
    @property
    def quantity(self) -> int: ...


Leases = Mapping[str, Sequence[LeaseTake]]
"""What leases give to an order, by SKU."""
NO_LEASES: Leases = MappingProxyType({})


class _OfOrder(Protocol):
    """A message that names an order."""

    @property
    def order_id(self) -> str: ...


def existing_scopes(reader: Reader, actor: Actor, message: _OfOrder) -> list[str]:
    """What changing an order that exists may write."""
    mine = actor.organisation_id
    suppliers = {s.supplier_id for s in reader.find(SupplyOrder, order_id=message.order_id)}
    return sorted(order_scopes(reader, mine, suppliers) | offer_scopes(reader, mine, [message.order_id]))


def order_scopes(reader: Reader, merchant_id: str, suppliers: set[str]) -> set[str]:
    """What an order of a merchant with these suppliers may write."""
    scopes = {STOCK, own(merchant_id, "trade"), own(merchant_id, "money"), own(CONSUMERS, "money")}
    scopes.add(own(platform_id(reader), "money"))
    for supplier in suppliers:
        scopes |= {own(supplier, "trade"), own(supplier, "money"), own(supplier, "stock")}
    return scopes


def own_trading(tx: Tx) -> Organisation:
    """The actor's organisation; `Refused("not_approved")` where it may not enter into anything at present."""
    organisation = tx.need(Organisation, tx.actor.organisation_id)
    if organisation.state is not PartyState.APPROVED and tx.recorded is None:
        raise Refused("not_approved", state=organisation.state.value)
    return organisation


def own_order(tx: Tx, order_id: str) -> Order:
    """One's own order; `Refused`."""
    order = tx.need(Order, order_id)
    if order.merchant_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=order_id)
    return order


def open_supply(
    tx: Tx,
    order: Order,
    merchant_name: str,
    supplier_id: str,
    part: int,
    lines: list[Sold],
    freight: int,
    leases: Leases = NO_LEASES,
) -> SupplyOrder:
    """Write one supplier's part with its lines, its commission, and what is held for it."""
    supplier = tx.need(Organisation, supplier_id)
    borne = sum(s.borne_by_supplier for s in lines)
    goods = sum(s.cost for s in lines) - borne
    supply = SupplyOrder(
        id=tx.id("supply_order", part),
        number=f"{order.number}-{part}",
        order_id=order.id,
        supplier_id=supplier_id,
        merchant_id=order.merchant_id,
        merchant_name=merchant_name,
        supplier_name=supplier.name,
        kind=order.kind,
        state=SupplyState.PENDING,
        address=order.address,
        goods_amount=goods,
        freight_amount=freight,
        total=goods + freight,
        note=order.note,
        placed_at=tx.time,
        reduction_amount=borne,
    )
    tx.add(supply)
    terms = tx.get(SupplierTerms, supplier_id)
    if terms:
        commission = share(supply.goods_amount, terms.commission_bp)
        tx.add(Commission(id=supply.id, supplier_id=supplier_id, rate_bp=terms.commission_bp, amount=commission))
    for number, sold in enumerate(lines, start=1):
        ware = sold.ware
        line = SupplyLine(
            id=tx.id("supply_line", part, number),
            supply_order_id=supply.id,
            supplier_id=supplier_id,
            merchant_id=order.merchant_id,
            line=number,
            sku_id=ware.sku.id,
            title=ware.product.title,
            specs=spec_text(ware.sku.specs),
            code=ware.sku.code,
            unit=ware.sku.unit,
            decimals=ware.sku.decimals,
            quantity=ware.quantity,
            unit_price=ware.unit_cost,
            amount=sold.cost - sold.borne_by_supplier,
            reduction_amount=sold.borne_by_supplier,
        )
        tx.add(line)
        under_lease = 0 if sold.gift_of else _take_leased(tx, supply, line, ware.sku, leases.get(ware.sku.id, ()))
        _reserve(tx, supply, line, ware.sku, line.quantity - under_lease, late=bool(leases))
    return supply


def _take_leased(tx: Tx, supply: SupplyOrder, line: SupplyLine, sku: Sku, uses: Sequence[LeaseTake]) -> int:
    """Turn what is kept for a device into what is held for a line; how much that was. What went back before the sale
    was told is not in it, nor what two histories of the hub have both sold under one lease."""
    taken = 0
    for use in uses:
        lease = tx.need(Lease, use.lease_id)
        left = max(0, min(use.quantity, lease.quantity - lease.used))
        tx.put(lease.with_(used=lease.used + left))
        if lease.state is LeaseState.RETURNED:
            continue
        taken += left
        if not tx.sees(own(supply.supplier_id, "stock")):
            continue
        for hold in tx.find(LeaseHold, lease_id=lease.id):
            part = min(left, hold.quantity)
            if not part:
                continue
            stock = tx.need(Stock, hold.stock_id)
            move(tx, stock, MovementKind.LEASE_SALE, part, sku=sku, document_id=supply.id)
            _hold(tx, supply, line, stock.id, part)
            if part == hold.quantity:
                tx.delete(hold)
            else:
                tx.put(hold.with_(quantity=hold.quantity - part))
            left -= part
    return taken


def _hold(tx: Tx, supply: SupplyOrder, line: SupplyLine, stock_id: str, quantity: int) -> None:
    """Note that steps of a place are for a line."""
    id_ = tx.id("reservation", line.id, stock_id)
    known = tx.get(Reservation, id_)
    if known is not None:
        tx.put(known.with_(quantity=known.quantity + quantity))
        return
    tx.add(
        Reservation(
            id=id_,
            owner_id=supply.supplier_id,
            supply_order_id=supply.id,
            supply_line_id=line.id,
            stock_id=stock_id,
            quantity=quantity,
        )
    )


def _reserve(tx: Tx, supply: SupplyOrder, line: SupplyLine, sku: Sku, wanted: int, *, late: bool) -> None:
    """Hold stock for a line. Where the supplier's shelves are not seen, only what is promised goes down. For what has
    been decided already, what is there is held; `late` says that a lease had promised it."""
    if not wanted:
        return
    fact, row = tx.recorded is not None, tx.get(Availability, sku.id)
    available = row.available if row else 0
    if fact and available < wanted:
        held = max(0, available)
        tx.put(line.with_(unheld=wanted - held))
        if late:
            short = counted(sku) | {"available": held, "wanted": wanted}
            tx.contradict("lease_lapsed", supply.supplier_id, supply.id, sku.id, **short)
        else:
            short = counted(sku) | {"missing": wanted - held}
            tx.contradict("promised_without_stock", supply.supplier_id, supply.id, sku.id, **short)
        wanted = held
    if not tx.sees(own(supply.supplier_id, "stock")):
        if not fact and available < wanted:
            raise Refused("out_of_stock", available=max(0, available), wanted=wanted, **counted(sku))
        if wanted:
            promise(tx, sku, -wanted)
        return
    for stock, part in take(tx, supply.supplier_id, sku, wanted, fact=fact) if wanted else ():
        move(tx, stock, MovementKind.RESERVE, part, sku=sku, document_id=supply.id)
        _hold(tx, supply, line, stock.id, part)


def release(tx: Tx, supply: SupplyOrder, line: SupplyLine, most: int | None = None) -> None:
    """Give back what is still held for a line, or `most` of it: of the goods that would have left last."""
    if not tx.sees(own(supply.supplier_id, "stock")):
        promised = tx.get(Availability, line.sku_id)
        if promised:
            kept = line.quantity - line.unheld - line.shipped - line.cancelled
            tx.put(promised.with_(available=promised.available + max(0, kept if most is None else min(most, kept))))
        return
    sku = tx.get(Sku, line.sku_id)
    places = [(held, tx.need(Stock, held.stock_id)) for held in tx.find(Reservation, supply_line_id=line.id)]
    places.sort(key=lambda p: (p[1].expires_at is not None, -(p[1].expires_at or 0), p[1].id))
    left = sum(held.quantity for held, _ in places) if most is None else most
    for held, stock in places:
        part = min(left, held.quantity)
        if not part:
            break
        move(tx, stock, MovementKind.RELEASE, part, sku=sku, document_id=supply.id)
        if part == held.quantity:
            tx.delete(held)
        else:
            tx.put(held.with_(quantity=held.quantity - part))
        left -= part


def send(tx: Tx, order: Order) -> Order:
    """CONFIRMED: the supply orders go out and their shipping time starts. `Refused` where credit does not suffice."""
    refusal = order_credit_refusal(tx, order.merchant_id, order.id)
    if refusal is not None:
        raise refusal
    order = tx.put(order.with_(state=OrderState.CONFIRMED))
    remember(tx, order.id, "order.confirmed", order.merchant_id, before=OrderState.PLACED, after=order.state)
    for supply in tx.find(SupplyOrder, order_id=order.id):
        if supply.state is SupplyState.PENDING:
            tx.put(supply.with_(state=SupplyState.WAITING, ship_by=tx.time + SHIP_WITHIN))
            remember(tx, supply.id, "supply.sent", supply.supplier_id, supply.merchant_id, after=SupplyState.WAITING)
    return order


def kept_amount(lines: Iterable[SupplyLine]) -> int:
    """What lines cost the merchant (分) without what of them was cancelled."""
    return sum(x.amount - first_units(x.amount, x.quantity, x.cancelled) for x in lines)


def end_supply(tx: Tx, supply: SupplyOrder, state: SupplyState, reason: str) -> SupplyOrder:
    """Decline or cancel a supply order: release its stock, take back what it was owed."""
    ended = tx.put(supply.with_(state=state, reason=reason))
    lines = tx.find(SupplyLine, supply_order_id=supply.id)
    kept = kept_amount(lines)
    for line in lines:
        release(tx, supply, line)
        tx.put(line.with_(cancelled=line.quantity - line.shipped))
    if supply.state is SupplyState.ACCEPTED:
        owed = supply.total - supply.goods_amount + kept  # what was short before is owed no more
        owe(tx, supply.merchant_id, supply.supplier_id, -owed, kind="supply_reversed", document_id=supply.id)
        commission = tx.get(Commission, supply.id)
        if commission:
            platform, back = platform_id(tx), -share(kept, commission.rate_bp)
            owe(tx, supply.supplier_id, platform, back, kind="commission_reversed", document_id=supply.id)
    remember(
        tx,
        supply.id,
        "supply." + state.value.lower(),
        *([supply.supplier_id] if supply.sent else []),
        supply.merchant_id,
        before=supply.state,
        after=state,
        reason=reason,
    )
    return ended
