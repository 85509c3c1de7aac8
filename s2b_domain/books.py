"""What must hold on the books at any time, read from all rows of a store; what does not is said for an operator."""

from collections import Counter
from collections.abc import Iterator

from s2b_domain.records.account import CONSUMERS, AccountEntry, Balance
from s2b_domain.records.after_sales import Claim, ReturnCase
from s2b_domain.records.catalog import Sku
from s2b_domain.records.lease import Lease, LeaseHold
from s2b_domain.records.member import CreditEntry, Member, PointsEntry
from s2b_domain.records.order import Commission, Order, OrderLine, Payment, SupplyLine, SupplyOrder
from s2b_domain.records.promotion import Coupon, CouponState, OfferTotal, PromotionUse
from s2b_domain.records.statement import Settlement, Statement
from s2b_domain.records.stock import Availability, Movement, Reservation, Stock
from s2b_domain.rules.money import share
from s2b_domain.rules.order_flow import DEAD, OrderKind, SupplyState
from s2b_domain.rules.pricing import Bearer, first_units
from s2b_domain.rules.statements import SettlementState, StatedEntry, StatementState, lowered
from s2b_domain.rules.stock import EFFECTS
from s2b_domain.tx import Reader


def wrong(reader: Reader) -> Iterator[str]:
    """Where stock, what is held and promised, or money disagrees with the ledgers and the documents."""
    yield from wrong_stock(reader)
    yield from wrong_money(reader)
    yield from wrong_accounts(reader)
    yield from wrong_prices(reader)
    yield from wrong_offers(reader)
    yield from wrong_returns(reader)


def wrong_stock(reader: Reader) -> Iterator[str]:
    """The movements explain every row; what is promised is the sum of what is available."""
    held: Counter[str] = Counter()
    for r in reader.find(Reservation):
        if r.quantity <= 0:
            yield f"reservation {r.id} holds {r.quantity}"
        held[r.stock_id] += r.quantity
    kept: Counter[str] = Counter()
    kept_for: Counter[str] = Counter()
    for hold in reader.find(LeaseHold):
        kept[hold.stock_id] += hold.quantity
        kept_for[hold.lease_id] += hold.quantity
    for lease in reader.find(Lease):
        if not lease.left == kept_for[lease.id] >= 0 or lease.used > lease.quantity:
            yield f"lease {lease.id} has {lease.left} left of {lease.quantity}, {kept_for[lease.id]} are kept for it"
    totals: Counter[str] = Counter()
    owners = {s.id: s.supplier_id for s in reader.find(Sku)}
    moves: dict[str, list[Movement]] = {}
    for movement in reader.find(Movement):
        moves.setdefault(movement.stock_id, []).append(movement)
    for stock in reader.find(Stock):
        mine = moves.get(stock.id, [])
        on_hand = sum(EFFECTS[m.kind].on_hand * m.quantity for m in mine)
        reserved = sum(EFFECTS[m.kind].reserved * m.quantity for m in mine)
        if stock.on_hand != on_hand:
            yield f"stock {stock.id} says {stock.on_hand} on hand, its movements {on_hand}"
        if not stock.reserved == reserved == held[stock.id]:
            yield f"stock {stock.id} reserves {stock.reserved}, its movements {reserved}, orders {held[stock.id]}"
        leased = sum(EFFECTS[m.kind].leased * m.quantity for m in mine)
        if not stock.leased == leased == kept[stock.id]:
            yield f"stock {stock.id} leases {stock.leased}, its movements {leased}, leases {kept[stock.id]}"
        if sorted(m.position for m in mine) != list(range(1, stock.position + 1)):
            yield f"stock {stock.id} has gaps in its movements"
        if owners.get(stock.sku_id) == stock.owner_id:  # a shop's own stock promises nothing to others
            totals[stock.sku_id] += stock.available
    promised = {a.id: a.available for a in reader.find(Availability)}
    for sku in sorted(promised.keys() | totals.keys()):
        if promised.get(sku) != totals.get(sku):
            yield f"SKU {sku} promises {promised.get(sku)}, its stock has {totals.get(sku)}"


def wrong_money(reader: Reader) -> Iterator[str]:
    """Every document sums to zero, and what remains owed is what was taken on and not taken back."""
    documents: Counter[str] = Counter()
    owed: Counter[tuple[str, str, str]] = Counter()
    for entry in reader.find(AccountEntry):
        documents[entry.document_id] += entry.amount
        owed[entry.document_id, entry.organisation_id, entry.kind.split("_")[0]] += entry.amount
    yield from (f"document {id_} does not sum to zero but to {amount}" for id_, amount in documents.items() if amount)
    lines: dict[str, list[SupplyLine]] = {}
    for line in reader.find(SupplyLine):
        lines.setdefault(line.supply_order_id, []).append(line)
    rates = {c.id: c.rate_bp for c in reader.find(Commission)}
    for supply in reader.find(SupplyOrder):
        counts = supply.state not in DEAD | {SupplyState.PENDING, SupplyState.WAITING}
        mine = lines.get(supply.id, [])
        kept = sum(x.amount - first_units(x.amount, x.quantity, x.cancelled) for x in mine) if counts else 0
        due = kept + supply.freight_amount if counts else 0
        goods = owed[supply.id, supply.merchant_id, "supply"]
        if goods != -due:
            yield f"supply order {supply.id} is owed {-goods}, its lines and freight are {due}"
        commission = owed[supply.id, supply.supplier_id, "commission"]
        if supply.id not in rates or commission != -share(kept, rates[supply.id]):
            yield f"supply order {supply.id} has a commission of {-commission}, which is not its rate"
    for order in reader.find(Order):
        sold = owed[order.id, order.merchant_id, "sale"]
        if order.kind is OrderKind.DROPSHIP and sold != order.total - order.cancelled_amount:
            yield f"order {order.id} is owed {sold}, its lines are {order.total - order.cancelled_amount}"
        if not (order.cancelled_amount >= 0 <= order.returned_amount and order.due >= 0):
            taken = (order.cancelled_amount, order.returned_amount)
            yield f"order {order.id} has {taken} of {order.total} cancelled and returned"


def wrong_accounts(reader: Reader) -> Iterator[str]:
    """Balances and statements are the sums of the entries; no entry is stated twice; money that came is booked."""
    sums: Counter[tuple[str, str]] = Counter()
    entries: dict[str, AccountEntry] = {}
    for entry in reader.find(AccountEntry):
        entries[entry.id] = entry
        if CONSUMERS not in (entry.organisation_id, entry.counterparty_id):
            sums[entry.organisation_id, entry.counterparty_id] += entry.amount
    known = {(b.organisation_id, b.counterparty_id): b.amount for b in reader.find(Balance)}
    for pair in sorted(sums.keys() | known.keys()):
        if sums[pair] != known.get(pair, 0):
            yield f"{pair[0]} has {known.get(pair)} with {pair[1]}, its entries come to {sums[pair]}"
    stated: set[str] = set()
    for statement in reader.find(Statement):
        if statement.closing != statement.opening + sum(line.amount for line in statement.lines):
            yield f"statement {statement.id} does not add up"
        for line in statement.lines:
            booked = entries.get(line.entry_id)
            if line.entry_id in stated or booked is None or booked.amount != line.amount:
                yield f"statement {statement.id} states {line.entry_id}, which the entries do not"
            stated.add(line.entry_id)
    between: dict[tuple[str, str], list[StatedEntry]] = {}
    for e in entries.values():
        told = StatedEntry(e.id, e.at, e.document_id, e.kind, e.amount)
        between.setdefault((e.organisation_id, e.counterparty_id), []).append(told)
    stated = set()
    for statement in sorted(reader.find(Statement), key=lambda s: (s.made_at, s.id)):
        stated.update(line.entry_id for line in statement.lines)
        since = lowered(between.get((statement.creditor_id, statement.debtor_id), ()), stated)
        settled = any(event.state == StatementState.SETTLED for event in statement.events)
        if not settled and since != (statement.paid, statement.corrected):
            yield f"statement {statement.id} has {statement.paid} paid, {statement.corrected} corrected: it was {since}"
    booked_money = {e.document_id: e.amount for e in entries.values() if e.kind == "settlement" and e.amount}
    for settlement in reader.find(Settlement):
        came = abs(booked_money.get(settlement.id, 0))
        if came != (abs(settlement.amount) if settlement.state is SettlementState.RECEIVED else 0):
            yield f"settlement {settlement.id} of {settlement.amount} is booked as {came}"


def wrong_prices(reader: Reader) -> Iterator[str]:
    """Every line says where its price came from, the lines make the order, and the platform owes what it bears."""
    lines: dict[str, list[OrderLine]] = {}
    for line in reader.find(OrderLine):
        lines.setdefault(line.order_id, []).append(line)
        if not line.list_amount - sum(r.amount for r in line.reductions) == line.payable >= 0:
            yield f"line {line.id} costs {line.payable}, its reductions say otherwise"
        if not 0 <= line.cancelled + line.returned <= line.quantity or line.cancelled_amount > line.payable:
            yield f"line {line.id} has more cancelled or returned than was sold"
    owed: Counter[tuple[str, str]] = Counter()
    for entry in reader.find(AccountEntry):
        if entry.kind.startswith("subsidy"):
            owed[entry.document_id, entry.organisation_id] += entry.amount
    for order in reader.find(Order):
        mine = lines.get(order.id, [])
        if sum(x.payable + x.freight_amount for x in mine) != order.total:
            yield f"order {order.id} costs {order.total}, its lines come to something else"
        reduced = order.goods_amount - order.discount_amount - order.rounding_amount
        if reduced + order.freight_amount != order.total:
            yield f"order {order.id} does not add up to {order.total}"
        points = (sum(x.points_used for x in mine), sum(x.points_earned for x in mine))
        if points != (order.points_used, order.points_earned):
            yield f"order {order.id} has other points than its lines"
        borne = 0
        for line in mine:
            parts = [r.amount for r in line.reductions if r.bearer is Bearer.PLATFORM]
            borne += sum(part - first_units(part, line.quantity, line.cancelled + line.returned) for part in parts)
        if owed[order.id, order.merchant_id] != borne:
            yield f"order {order.id} is owed {owed[order.id, order.merchant_id]} by the platform, which bears {borne}"


def wrong_offers(reader: Reader) -> Iterator[str]:
    """Points, store credit and coupons agree with their ledgers, promotions with their uses."""
    ledger: Counter[str] = Counter()
    credit: Counter[str] = Counter()
    for line in reader.find(CreditEntry):
        credit[line.member_id] += line.amount
    for entry in reader.find(PointsEntry):
        ledger[entry.member_id] += entry.amount
    for member in reader.find(Member):
        if member.points != ledger[member.id]:
            yield f"member {member.id} has {member.points} points, the ledger says {ledger[member.id]}"
        if member.credit != credit[member.id]:
            yield f"member {member.id} has {member.credit} of store credit, the ledger says {credit[member.id]}"
    for coupon in reader.find(Coupon):
        if (coupon.state in (CouponState.LOCKED, CouponState.USED)) != bool(coupon.order_id):
            yield f"coupon {coupon.id} is {coupon.state.value} for order {coupon.order_id!r}"
    used: Counter[str] = Counter()
    for use in reader.find(PromotionUse):
        used[use.promotion_id] += 0 if use.cancelled else use.amount
    for total in reader.find(OfferTotal):
        if total.id in used and total.amount != used[total.id]:
            yield f"offer {total.id} came to {total.amount}, its uses to {used[total.id]}"


def wrong_returns(reader: Reader) -> Iterator[str]:
    """What came back is what returns say, payments make what is paid, and suppliers owe what they agreed to."""
    owed: Counter[tuple[str, str, str]] = Counter()
    for entry in reader.find(AccountEntry):
        owed[entry.document_id, entry.organisation_id, entry.kind] += entry.amount
    back: Counter[str] = Counter()
    for case in reader.find(ReturnCase):
        if case.settled:
            back[case.order_id] += case.value
        if case.value != case.goods_amount + case.freight_amount - case.gift_amount and case.settled:
            yield f"return {case.id} is worth {case.value}, its parts say otherwise"
        if owed[case.id, case.merchant_id, "return"] != -(case.value if case.settled else 0):
            yield f"return {case.id} takes back {-owed[case.id, case.merchant_id, 'return']}, it is worth {case.value}"
    paid: Counter[str] = Counter()
    for payment in reader.find(Payment):
        paid[payment.order_id] += payment.amount
    for order in reader.find(Order):
        if order.returned_amount != back[order.id]:
            yield f"order {order.id} has {order.returned_amount} returned, its returns say {back[order.id]}"
        if order.paid != paid[order.id]:
            yield f"order {order.id} has {order.paid} paid, its payments say {paid[order.id]}"
    credited: Counter[str] = Counter()
    for claim in reader.find(Claim):
        credited[claim.supply_order_id] += claim.credit
        if owed[claim.id, claim.merchant_id, "claim"] != claim.credit or not 0 <= claim.credit <= claim.asked:
            yield f"claim {claim.id} is owed {owed[claim.id, claim.merchant_id, 'claim']}, agreed was {claim.credit}"
    for supply in reader.find(SupplyOrder):
        if credited[supply.id] > supply.total:
            yield f"supply order {supply.id} gives back {credited[supply.id]} of {supply.total}"
