"""What must hold on the books after every command."""

from collections import Counter
from typing import Protocol

from s2b_domain.records.account import AccountEntry
from s2b_domain.records.order import Commission, Order, SupplyLine, SupplyOrder
from s2b_domain.records.stock import Availability, Movement, Reservation, Stock
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.money import line_amount, share
from s2b_domain.rules.order_flow import DEAD, OrderKind, SupplyState
from s2b_domain.rules.stock import EFFECTS


class Books(Protocol):
    """Whatever has a store with all rows."""

    store: RecordStore


def check_books(books: Books) -> None:
    """Stock, what is held and promised, and money agree with the ledgers and with the documents."""
    check_stock(books)
    check_money(books)


def check_stock(books: Books) -> None:
    """The ledger explains every row; what is promised is the sum of what is available."""
    promised = {a.id: a.available for a in books.store.find(Availability)}
    held: Counter[str] = Counter()
    for r in books.store.find(Reservation):
        assert r.quantity > 0
        held[r.stock_id] += r.quantity
    totals: Counter[str] = Counter()
    moves: dict[str, list[Movement]] = {}
    for movement in books.store.find(Movement):
        moves.setdefault(movement.stock_id, []).append(movement)
    for stock in books.store.find(Stock):
        mine = moves.get(stock.id, [])
        assert stock.on_hand == sum(EFFECTS[m.kind].on_hand * m.quantity for m in mine)
        assert stock.reserved == sum(EFFECTS[m.kind].reserved * m.quantity for m in mine) == held[stock.id]
        assert sorted(m.position for m in mine) == list(range(1, stock.position + 1))
        totals[stock.sku_id] += stock.available
    assert promised == dict(totals)


def check_money(books: Books) -> None:
    """Every document sums to zero, and what remains owed is what was taken on and not taken back."""
    documents: Counter[str] = Counter()
    owed: Counter[tuple[str, str, str]] = Counter()
    for entry in books.store.find(AccountEntry):
        documents[entry.document_id] += entry.amount
        owed[entry.document_id, entry.organisation_id, entry.kind.split("_")[0]] += entry.amount
    assert set(documents.values()) <= {0}
    lines: dict[str, list[SupplyLine]] = {}
    for line in books.store.find(SupplyLine):
        lines.setdefault(line.supply_order_id, []).append(line)
    commissions = {c.id: c for c in books.store.find(Commission)}
    for supply in books.store.find(SupplyOrder):
        counts = supply.state not in DEAD | {SupplyState.PENDING, SupplyState.WAITING}
        kept = sum(line_amount(x.unit_price, x.quantity - x.cancelled, x.decimals) for x in lines[supply.id])
        commission = commissions[supply.id]
        assert owed[supply.id, supply.merchant_id, "supply"] == -(kept if counts else 0)
        due = share(kept, commission.rate_bp) if counts else 0
        assert owed[supply.id, supply.supplier_id, "commission"] == -due
    for order in books.store.find(Order):
        if order.kind is OrderKind.DROPSHIP:
            assert owed[order.id, order.merchant_id, "sale"] == order.total - order.cancelled_amount
        assert 0 <= order.cancelled_amount <= order.total
