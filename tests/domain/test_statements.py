"""对账单, settlements, what is overdue, and 发票."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.commands.accounts import balance_id
from s2b_domain.commands.invoices import DeclineInvoice, IssueInvoice, RequestInvoice
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.statements import (
    AnswerDispute,
    ConfirmStatement,
    DecideSettlement,
    DisputeStatement,
    MakeStatement,
    RecordSettlement,
    entries_between,
)
from s2b_domain.commands.supply import AcceptSupply, CloseShort
from s2b_domain.errors import Refused
from s2b_domain.records.account import Balance
from s2b_domain.records.invoice import Invoice, InvoiceTitle
from s2b_domain.records.order import SupplyOrder
from s2b_domain.records.statement import Settlement, Statement
from s2b_domain.rules.invoices import InvoiceKind, InvoiceState, tax_number_valid
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.purchase import Mix, Wanted, missing_amount, short_lines
from s2b_domain.rules.statements import DAY, StatedEntry, StatementState, covered, open_items
from tests.domain.books import Books, water
from tests.domain.straight import check_books

ENTRIES = st.lists(
    st.builds(
        StatedEntry,
        st.uuids().map(str),
        st.integers(0, 50),
        st.sampled_from("abcde"),
        st.just("supply"),
        st.integers(-(10**6), 10**6),
    ),
    max_size=40,
    unique_by=lambda e: e.entry_id,
)


@given(ENTRIES, st.lists(st.integers(0, 60), max_size=6))
def test_statements_one_after_the_other_come_to_the_entries(entries: list[StatedEntry], cuts: list[int]) -> None:
    stated: set[str] = set()
    balance = 0
    for until in [*cuts, 100]:  # not sorted: what comes late stands in the next one
        lines = covered(entries, until, stated)
        assert all(e.at < until for e in lines)
        assert not stated & {e.entry_id for e in lines}
        stated |= {e.entry_id for e in lines}
        balance += sum(e.amount for e in lines)
    assert balance == sum(e.amount for e in entries)


@given(ENTRIES, st.integers(0, 90))
def test_open_items_come_to_what_is_owed_and_never_to_less_than_nothing(entries: list[StatedEntry], days: int) -> None:
    items = open_items(entries, days)
    assert sum(i.amount for i in items) == max(0, sum(e.amount for e in entries))
    assert all(i.amount > 0 and i.due_at == i.at + days * DAY for i in items)
    assert [i.at for i in items] == sorted(i.at for i in items)


LINES = st.lists(
    st.builds(
        Wanted,
        key=st.uuids().map(str),
        product_id=st.sampled_from("pqr"),
        quantity=st.integers(1, 30),
        decimals=st.just(0),
        minimum=st.integers(1, 20),
        step=st.integers(1, 4),
        amount=st.integers(0, 10_000),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda line: line.key,
)
MIXES = st.lists(
    st.builds(
        Mix,
        id=st.uuids().map(str),
        name=st.just("混批"),
        minimum=st.integers(1, 40),
        product_ids=st.sampled_from([(), ("p",), ("p", "q")]),
    ),
    max_size=2,
)


@given(LINES, MIXES, st.integers(0, 5))
def test_more_never_makes_a_purchase_too_small(lines: list[Wanted], mixes: list[Mix], more: int) -> None:
    short = {s.key: s for s in short_lines(lines, mixes)}
    bigger = [
        Wanted(
            key=w.key,
            product_id=w.product_id,
            quantity=w.quantity + more,
            decimals=0,
            minimum=w.minimum,
            step=w.step,
            amount=w.amount + more,
        )
        for w in lines
    ]
    assert {s.key for s in short_lines(bigger, mixes)} <= short.keys()
    assert missing_amount(bigger, 20_000) <= missing_amount(lines, 20_000)
    for line in lines:  # what the hint says is what mends it
        if line.key in short:
            fixed = [
                w
                if w.key != line.key
                else Wanted(
                    key=w.key,
                    product_id=w.product_id,
                    quantity=w.quantity + short[w.key].missing,
                    decimals=0,
                    minimum=w.minimum,
                )
                for w in lines
            ]
            assert line.key not in {s.key for s in short_lines(fixed, mixes)}


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("9144030071526726XG", True),
        ("91330100799655058B", True),
        ("91330100799655058C", False),
        ("9133010079965505IB", False),
        ("330106790655058", True),
        ("", False),
        ("9133", False),
    ],
)
def test_tax_numbers_are_checked_by_their_check_character(number: str, right: bool) -> None:
    assert tax_number_valid(number) is right


@pytest.fixture
def trading(books: Books) -> Books:
    books.sell(books.hengfeng, water("A"))
    buy(books, 8)
    return books


def buy(books: Books, quantity: int) -> SupplyOrder:
    id_ = books.id()
    item = OrderItem(sku_id=books.skus()[0].id, quantity=quantity, price_seen=12_500)
    books.do(books.chenguang, PlaceOrder(order_id=id_, number=id_[-8:], kind=OrderKind.PURCHASE, items=(item,)))
    [supply] = books.store.find(SupplyOrder, order_id=id_)
    books.do(books.hengfeng, AcceptSupply(supply_order_ids=(supply.id,)))
    return supply


def state(books: Books, debtor_id: str = "") -> Statement:
    id_, debtor = books.id(), debtor_id or books.chenguang.organisation_id
    books.do(books.hengfeng, MakeStatement(statement_id=id_, debtor_id=debtor, until=books.now + 1000))
    found = books.store.get(Statement, id_)
    assert found is not None
    return found


def test_a_statement_is_disputed_answered_confirmed_paid_and_settled(trading: Books) -> None:
    books = trading
    first = state(books)
    assert (first.opening, first.closing) == (0, 1000)
    with pytest.raises(Refused, match="nothing_to_state"):
        state(books)
    with pytest.raises(Refused, match="not_yours"):
        books.do(books.xiaoman, ConfirmStatement(statement_id=first.id))
    books.do(books.chenguang, DisputeStatement(statement_id=first.id, reason="有两瓶破了"))
    books.do(books.hengfeng, AnswerDispute(statement_id=first.id, note="扣除两瓶", correction=250))
    books.do(books.chenguang, ConfirmStatement(statement_id=first.id))
    announced = books.id()
    books.do(
        books.chenguang,
        RecordSettlement(
            settlement_id=announced,
            counterparty_id=books.hengfeng.organisation_id,
            amount=750,
            method="转账",
            statement_id=first.id,
        ),
    )
    [waiting] = books.store.find(Settlement)
    assert waiting.state.value == "ANNOUNCED"
    books.do(books.hengfeng, DecideSettlement(settlement_id=announced, received=True))
    settled = books.store.get(Statement, first.id)
    assert settled is not None
    assert (settled.state, settled.left) == (StatementState.SETTLED, 0)
    second = state(books)
    assert (second.opening, second.closing) == (1000, 0)
    check_books(books)


def pay(books: Books, amount: int, statement_id: str = "") -> None:
    books.do(
        books.hengfeng,
        RecordSettlement(
            settlement_id=books.id(),
            counterparty_id=books.chenguang.organisation_id,
            amount=amount,
            method="转账",
            statement_id=statement_id,
        ),
    )


def test_what_two_statements_hold_is_paid_once(trading: Books) -> None:
    books = trading
    first = state(books)
    until = books.now
    buy(books, 4)
    pay(books, 100, first.id)
    late = books.id()
    books.do(
        books.hengfeng, MakeStatement(statement_id=late, debtor_id=books.chenguang.organisation_id, until=until + 2500)
    )
    buy(books, 8)
    third = state(books)

    def left() -> list[int]:
        check_books(books)
        found = sorted(books.store.find(Statement), key=lambda s: s.made_at)
        for each in found:
            if each.state is StatementState.ISSUED:
                books.do(books.chenguang, ConfirmStatement(statement_id=each.id))
        return [s.left for s in found if s.state is not StatementState.SETTLED]

    assert left() == [900, 1400, 2400]
    pay(books, 300)
    assert left() == [600, 1100, 2100]
    pay(books, 600, first.id)
    assert left() == [500, 1500]
    pay(books, 1500, third.id)
    assert left() == []
    assert books.store.get(Balance, balance_id(first.creditor_id, first.debtor_id)).amount == 0  # type: ignore[union-attr]
    check_books(books)


def test_no_more_goes_back_than_came_in_or_was_paid_too_much(trading: Books) -> None:
    books = trading
    buy(books, 4)  # 1,000 分

    def record(amount: int) -> None:
        counterparty = books.chenguang.organisation_id
        given = RecordSettlement(settlement_id=books.id(), counterparty_id=counterparty, amount=amount, method="转账")
        books.do(books.hengfeng, given)

    with pytest.raises(Refused, match="more_than_paid"):
        record(-1)
    record(600)
    with pytest.raises(Refused, match="more_than_paid"):
        record(-601)
    record(-600)
    with pytest.raises(Refused, match="more_than_paid"):
        record(-1)


def test_both_sides_read_the_same_entries(trading: Books) -> None:
    creditor, debtor = trading.hengfeng.organisation_id, trading.chenguang.organisation_id
    theirs = entries_between(trading.store, creditor, debtor, mine=creditor)
    ours = entries_between(trading.store, creditor, debtor, mine=debtor)
    assert [(e.document_id, e.amount) for e in theirs] == [(e.document_id, e.amount) for e in ours]


def test_the_platform_states_its_commission(trading: Books) -> None:
    id_, supplier = trading.id(), trading.hengfeng.organisation_id
    trading.do(trading.admin, MakeStatement(statement_id=id_, debtor_id=supplier, until=trading.now + 1000))
    found = trading.store.get(Statement, id_)
    assert found is not None
    assert found.closing == 30
    trading.do(trading.hengfeng, ConfirmStatement(statement_id=id_))
    assert (Statement, id_) not in trading.seen_by(trading.chenguang)


def request(books: Books, *supplies: SupplyOrder, number: str = "91330106MA2B0CDE5A") -> str:
    id_ = books.id()
    message = RequestInvoice(
        invoice_id=id_,
        supplier_id=books.hengfeng.organisation_id,
        kind=InvoiceKind.SPECIAL,
        title=" 晨光便利店 ",
        tax_number=number,
        document_ids=tuple(s.id for s in supplies),
    )
    books.do(books.chenguang, message)
    return id_


def test_an_invoice_is_over_what_is_left_of_the_orders_and_nothing_is_invoiced_twice(trading: Books) -> None:
    books = trading
    [supply] = books.store.find(SupplyOrder)
    with pytest.raises(Refused, match="tax_number"):
        request(books, supply, number="91330106MA2B0CDE5X")
    first = request(books, supply)
    with pytest.raises(Refused, match="invoiced_already"):
        request(books, supply)
    books.do(books.hengfeng, DeclineInvoice(invoice_id=first, reason="抬头不对"))
    second = request(books, supply)
    books.do(books.hengfeng, IssueInvoice(invoice_id=second, number="2533 2000 0001 2345 6789", content_hash="a" * 64))
    found = books.store.get(Invoice, second)
    assert found is not None
    assert (found.state, found.amount, found.number) == (InvoiceState.ISSUED, 1000, "25332000000123456789")
    [title] = books.store.find(InvoiceTitle)
    assert title.title == "晨光便利店"
    third = request(books, buy(books, 4))
    with pytest.raises(Refused, match="number_taken"):
        books.do(books.hengfeng, IssueInvoice(invoice_id=third, number="25332000000123456789"))
    gone = buy(books, 4)
    books.do(books.hengfeng, CloseShort(supply_order_id=gone.id, reason="缺货"))
    with pytest.raises(Refused, match="nothing_to_invoice"):
        request(books, gone)
