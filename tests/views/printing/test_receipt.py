"""Receipts: what stands on them adds up, also when they are printed later, and their number is scanned."""

from __future__ import annotations

import re

from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.counter import Receipt, receipt
from s2b_desktop.views.printing.receipt import receipt_a4, receipt_roll
from s2b_desktop.views.printing.sheet import Sheet, pictures
from s2b_domain.commands.counter import BookSale, SaleItem, Tender
from s2b_domain.commands.members import MergeMembers
from s2b_domain.commands.refunds import CounterReturn, Given, HandedBack
from s2b_domain.records.catalog import Sku
from s2b_domain.records.member import Member
from s2b_domain.records.order import OrderLine
from s2b_domain.rules.after_sales import ReturnReason
from tests.views.counter.shop import PHONE, named, stock_shop
from tests.views.desk import FakeDesk
from tests.views.printing.test_papers import LABEL_PRINTER, scanned


def sold(desk: FakeDesk, member_id: str = "") -> Receipt:
    """Two pieces at ¥5.00, paid in cash."""
    sku = sorted(desk.store.find(Sku), key=lambda s: s.code)[3]
    order_id = desk.new_id()
    desk.submit(
        BookSale(
            order_id=order_id,
            number=desk.next_number(),
            items=(SaleItem(sku_id=sku.id, quantity=2, price=50_000),),
            charged=1000,
            tenders=(Tender(method="CASH", amount=1000, given=2000),),
            member_id=member_id,
        )
    )
    return again(desk, order_id)


def again(desk: FakeDesk, order_id: str) -> Receipt:
    found = desk.read(receipt, order_id)
    assert found is not None
    return found


def told(sheet: Sheet) -> str:
    """The words of a sheet, a row a line."""
    return re.sub(r"<[^>]*>", " ", sheet.papers[0].html.replace("</tr>", "\n"))


def test_what_came_back_stands_between_the_total_and_what_was_paid(qtbot: QtBot, merchant: FakeDesk) -> None:
    stock_shop(merchant)
    first = sold(merchant)
    for made in (receipt_roll, receipt_a4):
        assert "退货" not in told(made(first))
    [line] = merchant.store.find(OrderLine, order_id=first.order.id)
    merchant.submit(
        CounterReturn(
            return_id=merchant.new_id(),
            number=merchant.next_number(),
            order_id=first.order.id,
            reason=ReturnReason.OTHER,
            items=(HandedBack(order_line_id=line.id, quantity=1),),
            given=(Given(method="CASH", amount=500),),
        )
    )
    for made in (receipt_roll, receipt_a4):
        said = told(made(again(merchant, first.order.id)))
        assert re.search(r"已退货\s+-¥5.00", said)
        assert re.search(r"找零\s+¥10.00", said)


def test_the_number_is_scanned_from_the_roll(qtbot: QtBot, merchant: FakeDesk) -> None:
    stock_shop(merchant)
    found = sold(merchant)
    [page] = pictures(receipt_roll(found), LABEL_PRINTER)
    assert scanned(page) == [(found.order.number, "Code 128")]


def test_points_are_those_of_whom_the_buyer_became(qtbot: QtBot, merchant: FakeDesk) -> None:
    stock_shop(merchant)
    found = sold(merchant, named(merchant, "zhao"))
    merchant.submit(MergeMembers(member_id=named(merchant, "chen"), other_id=named(merchant, "zhao")))
    [kept] = merchant.store.find(Member, phone=PHONE)
    assert f"余 {kept.points:,}" in told(receipt_roll(again(merchant, found.order.id)))
