"""往来账 over a desk whose other side acts too."""

from __future__ import annotations

import zipfile
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from python_calamine import CalamineWorkbook

from s2b_desktop.models.papers import NotAPaper, read_pdf
from s2b_desktop.models.queries.money import Deal, Due
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.money.columns import SIDE
from s2b_desktop.views.money.export import statement_rows, statement_sheet
from s2b_desktop.views.money.page import MoneyPage
from s2b_desktop.views.money.panels import MoneyPanel
from s2b_desktop.views.money.prompts import AnswerPrompt, InvoicePrompt, IssuePrompt, PaymentPrompt, StatementPrompt
from s2b_desktop.views.printing.sheet import count_pages
from s2b_domain.commands.command import Command
from s2b_domain.commands.invoices import IssueInvoice, RequestInvoice
from s2b_domain.commands.statements import (
    AnswerDispute,
    ConfirmStatement,
    DecideSettlement,
    DisputeStatement,
    MakeStatement,
    RecordSettlement,
)
from s2b_domain.rules.blobs import reference
from s2b_domain.rules.invoices import InvoiceKind
from s2b_domain.rules.statements import OpenItem, StatementState
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.dialogs import answer, each, give_reason, refusing
from tests.views.money.world import MERCHANT, SUPPLIER, fill


def shown(qtbot: QtBot, desk: FakeDesk) -> MoneyPage:
    page = MoneyPage(desk, lambda key, what: None)
    page.resize(1160, 760)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.card("partners").accessibleName().count("、") > 1)
    return page


@pytest.fixture
def selling(qtbot: QtBot, supplier: FakeDesk) -> MoneyPage:
    fill(supplier)
    return shown(qtbot, supplier)


@pytest.fixture
def buying(qtbot: QtBot, merchant: FakeDesk) -> MoneyPage:
    fill(merchant)
    return shown(qtbot, merchant)


def last(desk: FakeDesk) -> Command:
    """What was submitted last."""
    return desk.submitted[-1]


def press(page: MoneyPage, words: str) -> None:
    panel = page.inspector.content()
    assert isinstance(panel, MoneyPanel)
    [button] = [b for b in panel.buttons if b.text() == words]
    button.click()


def statement(page: MoneyPage, state: StatementState, debtor: str = MERCHANT) -> str:
    books = page._books
    assert books is not None
    return next(s.id for s in books.statements.values() if s.state is state and s.debtor_id == debtor)


def test_an_empty_book_says_what_comes_here(qtbot: QtBot, desk_of: object) -> None:
    desk = desk_of(world.FRESH_SUPPLIER)  # type: ignore[operator]
    page = shown(qtbot, desk)
    assert page.tables[Deal.PARTNERS].model.ids() == []


def test_a_merchant_agrees_disputes_and_announces(qtbot: QtBot, buying: MoneyPage, merchant: FakeDesk) -> None:
    issued = statement(buying, StatementState.ISSUED)
    buying.show_item(issued)
    press(buying, "提出异议…")
    give_reason("少了一单")
    assert last(merchant) == DisputeStatement(statement_id=issued, reason="少了一单")
    qtbot.waitUntil(lambda: buying._books is not None and buying._books.statements[issued].state == "DISPUTED")
    buying.show_item(issued)
    press(buying, "确认无误")
    answer(Confirm, lambda p: p.accept())
    assert last(merchant) == ConfirmStatement(statement_id=issued)
    press(buying, "通知付款…")
    answer(PaymentPrompt, lambda p: each(partial(p.amount.set_value, 12_345), p.accept))
    sent = last(merchant)
    assert isinstance(sent, RecordSettlement)
    assert (sent.counterparty_id, sent.amount, sent.statement_id) == (SUPPLIER, 12_345, issued)


def test_a_supplier_answers_receives_and_states(qtbot: QtBot, selling: MoneyPage, supplier: FakeDesk) -> None:
    disputed = statement(selling, StatementState.DISPUTED)
    selling.show_item(disputed)
    press(selling, "答复…")
    answer(
        AnswerPrompt,
        lambda p: each(partial(p.note.setPlainText, "好"), partial(p.correction.set_value, 500), p.accept),
    )
    assert last(supplier) == AnswerDispute(statement_id=disputed, note="好", correction=500)
    [coming] = [s for s in selling._books.settlements.values() if s.state == "ANNOUNCED"]  # type: ignore[union-attr]
    selling.show_item(coming.id)
    press(selling, "已到账")
    assert last(supplier) == DecideSettlement(settlement_id=coming.id, received=True)
    selling._make()
    answer(
        StatementPrompt,
        lambda p: each(partial(p.partner.set_value, MERCHANT), partial(p.period.set_value, "now"), p.accept),
    )
    made = last(supplier)
    assert isinstance(made, MakeStatement)
    assert (made.debtor_id, made.until) == (MERCHANT, world.NOW)


def test_an_invoice_is_asked_for_with_a_checked_number(qtbot: QtBot, buying: MoneyPage, merchant: FakeDesk) -> None:
    issued = statement(buying, StatementState.ISSUED)
    buying.show_item(issued)

    def fill_in(prompt: InvoicePrompt) -> None:
        assert prompt.title.currentText() == "杭州晨光便利店有限公司"
        prompt.number.setText("91330106MA2B0CDE5X")
        prompt.accept()
        assert prompt.isVisible()
        prompt.number.setText("91330106ma2b0cde5a")
        prompt.accept()

    press(buying, "申请开票…")
    answer(InvoicePrompt, fill_in)
    sent = last(merchant)
    assert isinstance(sent, RequestInvoice)
    assert sent.document_ids


def test_what_a_merchant_entered_is_opened_again_where_it_was_refused(buying: MoneyPage, merchant: FakeDesk) -> None:
    issued = statement(buying, StatementState.ISSUED)
    buying.show_item(issued)
    press(buying, "通知付款…")
    with refusing(merchant):
        answer(
            PaymentPrompt,
            lambda p: each(
                partial(p.amount.set_value, 12_345),
                partial(p.method.set_value, "WECHAT"),
                partial(p.reference.setText, "4200001"),
                p.accept,
            ),
        )
    assert not merchant.submitted
    answer(PaymentPrompt, lambda p: p.accept())
    sent = last(merchant)
    assert isinstance(sent, RecordSettlement)
    assert (sent.amount, sent.method, sent.reference, sent.statement_id) == (12_345, "WECHAT", "4200001", issued)

    press(buying, "申请开票…")
    with refusing(merchant):
        answer(
            InvoicePrompt,
            lambda p: each(
                partial(p.kind.set_value, InvoiceKind.SPECIAL.value),
                partial(p.title.setCurrentText, "别的公司"),
                partial(p.number.setText, "91330106ma2b0cde5a"),
                partial(p.note.setText, "请寄出"),
                p.accept,
            ),
        )
    answer(InvoicePrompt, lambda p: p.accept())
    asked = last(merchant)
    assert isinstance(asked, RequestInvoice)
    assert (asked.kind, asked.title, asked.note) == (InvoiceKind.SPECIAL, "别的公司", "请寄出")
    assert asked.tax_number.lower() == "91330106ma2b0cde5a"


def test_a_payment_that_the_hub_refused_is_opened_again_and_only_it_stands_in(
    buying: MoneyPage, merchant: FakeDesk
) -> None:
    issued = statement(buying, StatementState.ISSUED)
    message = RecordSettlement(
        settlement_id=merchant.new_id(),
        counterparty_id=SUPPLIER,
        amount=777,
        method="ALIPAY",
        reference="99",
        statement_id=issued,
    )
    merchant.submit(message)
    merchant.answer(merchant.queue()[0].seq, "rejected", "field_wrong", field="reference")
    buying.show_item(merchant.queue()[0])
    answer(PaymentPrompt, lambda p: p.reject())
    press(buying, "确认无误")
    answer(Confirm, lambda p: p.accept())
    [refused] = [item for item in merchant.queue() if item.state == "rejected"]

    buying.show_item(refused)
    answer(PaymentPrompt, lambda p: p.accept())
    sent = last(merchant)
    assert isinstance(sent, RecordSettlement)
    assert (sent.amount, sent.method, sent.reference, sent.statement_id) == (777, "ALIPAY", "99", issued)
    assert all(item.state != "rejected" for item in merchant.queue())


def test_what_a_supplier_entered_is_opened_again_where_it_was_refused(
    qtbot: QtBot, selling: MoneyPage, supplier: FakeDesk, tmp_path: Path
) -> None:
    disputed = statement(selling, StatementState.DISPUTED)
    selling.show_item(disputed)
    press(selling, "答复…")
    with refusing(supplier):
        answer(
            AnswerPrompt,
            lambda p: each(partial(p.note.setPlainText, "好"), partial(p.correction.set_value, 500), p.accept),
        )
    answer(AnswerPrompt, lambda p: p.accept())
    assert supplier.submitted == [AnswerDispute(statement_id=disputed, note="好", correction=500)]

    selling._make()
    with refusing(supplier):
        answer(
            StatementPrompt,
            lambda p: each(partial(p.partner.set_value, MERCHANT), partial(p.period.set_value, "now"), p.accept),
        )
    answer(StatementPrompt, lambda p: p.accept())
    made = last(supplier)
    assert isinstance(made, MakeStatement)
    assert (made.debtor_id, made.until) == (MERCHANT, world.NOW)

    pdf = tmp_path / "发票.pdf"
    pdf.write_bytes(b"%PDF-1.4 x")
    [invoice] = selling._books.invoices.values()  # type: ignore[union-attr]
    selling.show_item(invoice.id)
    press(selling, "登记发票…")
    with refusing(supplier):
        answer(IssuePrompt, lambda p: each(partial(p.number.setText, "12345678"), partial(p.take, pdf), p.accept))
        qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), IssuePrompt))
    answer(IssuePrompt, lambda p: p.accept())
    qtbot.waitUntil(lambda: isinstance(last(supplier), IssueInvoice))
    issued = last(supplier)
    assert isinstance(issued, IssueInvoice)
    assert (issued.number, issued.file_name) == ("12345678", pdf.name)


def test_a_statement_ends_with_the_day_that_was_written(qtbot: QtBot) -> None:
    """The day is one of this PC's; what is no day was a traceback."""
    day = datetime(2026, 11, 20).timestamp() * 1000
    prompt = StatementPrompt([], int(day) + 3_600_000)
    qtbot.addWidget(prompt)
    prompt.period.set_value("day")
    for wrong in ("", "x", "2026-13-01", "2026-11-21"):
        prompt.day.setText(wrong)
        assert prompt.until() is None
    prompt.day.setText("2026-11-19")
    assert prompt.until() == day
    prompt.day.setText("2026-11-20")
    assert prompt.until() == day + 3_600_000


def test_what_claims_gave_back_is_not_offered_for_an_invoice(buying: MoneyPage) -> None:
    books = buying._books
    assert books is not None
    stated = books.statements[statement(buying, StatementState.ISSUED)]
    documents, total = buying.deeds.invoiceable(books, stated)
    first, *_ = documents
    less = msgspec.structs.replace(books, credited={first: documents[first] - 1})
    assert buying.deeds.invoiceable(less, stated) == (documents | {first: 1}, total - documents[first] + 1)
    none = msgspec.structs.replace(books, credited={first: documents[first]})
    assert first not in buying.deeds.invoiceable(none, stated)[0]


def test_an_invoice_is_issued_with_its_pdf(
    qtbot: QtBot, selling: MoneyPage, supplier: FakeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf = tmp_path / "发票.pdf"
    pdf.write_bytes(b"%PDF-1.4 x")
    [invoice] = selling._books.invoices.values()  # type: ignore[union-attr]
    selling.show_item(invoice.id)
    press(selling, "登记发票…")
    answer(
        IssuePrompt,
        lambda p: each(partial(p.number.setText, "2533 2000 0001 2345 6789"), partial(p.take, pdf), p.accept),
    )
    qtbot.waitUntil(lambda: bool(supplier.submitted))
    sent = last(supplier)
    assert isinstance(sent, IssueInvoice)
    assert sent.number == "25332000000123456789"
    assert supplier.blobs == {reference(sent.content_hash): pdf.read_bytes()}
    opened: list[Path] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())))
    qtbot.waitUntil(lambda: selling._books is not None and bool(selling._books.invoices[invoice.id].content_hash))
    selling.show_item(invoice.id)
    press(selling, "打开 PDF")
    assert [path.read_bytes() for path in opened] == [pdf.read_bytes()]
    supplier.blobs.clear()
    press(selling, "打开 PDF")
    assert len(opened) == 1, "what cannot be had is said, not opened"


def test_only_a_pdf_is_kept(tmp_path: Path) -> None:
    other = tmp_path / "x.pdf"
    other.write_bytes(b"PK")
    with pytest.raises(NotAPaper):
        read_pdf(other)


def test_a_statement_as_a_workbook_and_on_paper_comes_to_its_closing_balance(
    qtbot: QtBot, selling: MoneyPage, tmp_path: Path, look: QApplication
) -> None:
    books = selling._books
    assert books is not None
    for row in books.statements.values():
        rows = statement_rows(row, books)
        closing = next(at for at, cells in enumerate(rows) if "期末余额" in cells)
        assert rows[closing][-1] == rows[closing - 1][-1] == Decimal(row.closing) / 100
        assert rows[-1][-1] == Decimal(row.left) / 100
        assert count_pages(statement_sheet(row, books)) == 1
    path = tmp_path / "a.xlsx"
    selling.deeds.export_to(path, row, books)
    qtbot.waitUntil(path.exists)
    qtbot.waitUntil(lambda: zipfile.is_zipfile(path))
    [number, *_], [_, creditor, *_], [_, debtor, *_], *rest = (
        CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    )
    assert row.number in str(number)
    assert (creditor, debtor) == (books.name(row.creditor_id), books.name(row.debtor_id))
    assert rest[3][0] == datetime.fromtimestamp(row.since / 1000).date(), "a day is a day, not a text"


def test_each_row_says_who_owes_whom(selling: MoneyPage, supplier: FakeDesk) -> None:
    table = selling.tables[Deal.PARTNERS].model
    at = [column.key for column in table.columns].index(SIDE)
    told = {selling._books.partners[str(id_)].creditor: table.texts(row)[at] for row, id_ in enumerate(table.ids())}  # type: ignore[union-attr]
    assert told == {True: "对方欠您", False: "您欠对方"}, "the platform's commission stands among what shops owe"


def test_what_is_overdue_is_told_for_each_direction(qtbot: QtBot, selling: MoneyPage) -> None:
    books = selling._books
    assert books is not None
    debtor = next(p for p in books.partners.values() if p.creditor)
    us, them = (OpenItem(document_id=str(n), at=0, due_at=1, amount=amount) for n, amount in enumerate((12_300, 4_500)))
    dues = {
        "0": Due(partner=debtor, item=us, number="A"),
        "1": Due(partner=structs.replace(debtor, creditor=False), item=them, number="B"),
    }
    selling._loaded(structs.replace(books, dues=dues))
    assert selling.card("overdue").accessibleName() == "逾期未付、¥123.00、2 笔 · 另应付 ¥45.00"


def test_cards_are_filters_and_a_refused_command_opens_what_it_was_about(
    qtbot: QtBot, selling: MoneyPage, supplier: FakeDesk
) -> None:
    selling.card("overdue").click()
    now = supplier.now()
    assert all(selling._books.dues[str(i)].item.overdue(now) for i in selling.tables[Deal.DUES].model.ids())  # type: ignore[union-attr]
    selling.card("invoices").click()
    assert selling._stack.currentWidget() is selling.tables[Deal.INVOICES]
    disputed = statement(selling, StatementState.DISPUTED)
    selling.show_item(AnswerDispute(statement_id=disputed, note="x"))
    assert selling.tables[Deal.STATEMENTS].current_id() == disputed
