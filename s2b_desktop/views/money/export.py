"""A statement as a workbook, and on paper."""

from datetime import date as Day  # noqa: N812  the text's own `date` is words
from datetime import datetime
from pathlib import Path

from s2b_desktop.models.exports import Cell, write_table, yuan
from s2b_desktop.models.queries.money import MoneyBooks
from s2b_desktop.text import amount, date, money, tr
from s2b_desktop.views.money.columns import kind_text
from s2b_desktop.views.printing.layout import filled
from s2b_desktop.views.printing.sheet import Paper, Sheet
from s2b_domain.records.statement import Statement

HEADS = ("Date", "Document", "What", "Amount", "Balance")


def statement_rows(statement: Statement, books: MoneyBooks) -> list[list[Cell]]:
    """Opening, every line with the balance after it, closing, and what is left of it; amounts in yuan."""
    balance = statement.opening
    rows: list[list[Cell]] = [[_day(statement.since), "", tr("Opening balance"), "", yuan(balance)]]
    for line in statement.lines:
        balance += line.amount
        number = books.numbers.get(line.document_id, "")
        rows.append([_day(line.at), number, kind_text(line.kind), yuan(line.amount), yuan(balance)])
    rows.append([_day(statement.until - 1), "", tr("Closing balance"), "", yuan(statement.closing)])
    if statement.left != statement.closing:
        for said, part in (("Paid", statement.paid), ("Corrected", statement.corrected)):
            if part:
                balance -= part
                rows.append(["", "", tr(said), yuan(-part), yuan(balance)])
        rows.append(["", "", tr("Still to pay"), "", yuan(statement.left)])
    return rows


def write_statement(path: Path, statement: Statement, books: MoneyBooks) -> int:
    """Write the workbook; how many rows it has. OSError."""
    above: list[list[Cell]] = [
        [tr("Statement of account {number}", number=statement.number)],
        [tr("Creditor"), books.name(statement.creditor_id)],
        [tr("Debtor"), books.name(statement.debtor_id)],
        [tr("Period"), f"{date(statement.since)} – {date(statement.until - 1)}"],
    ]
    return write_table(path, [tr(head) for head in HEADS], statement_rows(statement, books), above=above)


def _day(ms: int) -> Day:
    return datetime.fromtimestamp(ms / 1000).date()


def statement_sheet(statement: Statement, books: MoneyBooks) -> Sheet:
    """The statement for printing."""
    rows, balance = [], statement.opening
    for line in statement.lines:
        balance += line.amount
        rows.append(
            {
                "date": date(line.at),
                "number": books.numbers.get(line.document_id, ""),
                "kind": kind_text(line.kind),
                "amount": amount(line.amount),
                "balance": amount(balance),
            }
        )
    values = {
        "title": tr("Statement of account {number}", number=statement.number),
        "creditor": books.name(statement.creditor_id),
        "debtor": books.name(statement.debtor_id),
        "w_creditor": tr("Creditor"),
        "w_debtor": tr("Debtor"),
        "period": f"{date(statement.since)} – {date(statement.until - 1)}",
        "w_date": tr("Date"),
        "w_number": tr("Document"),
        "w_kind": tr("What"),
        "w_amount": tr("Amount"),
        "w_balance": tr("Balance"),
        "w_opening": tr("Opening balance"),
        "opening": money(statement.opening),
        "w_closing": tr("Closing balance"),
        "closing": money(statement.closing),
        "w_paid": tr("Paid"),
        "paid": money(-statement.paid) if statement.paid else "",
        "w_corrected": tr("Corrected"),
        "corrected": money(-statement.corrected) if statement.corrected else "",
        "w_left": tr("Still to pay"),
        "left": money(statement.left),
        "w_sign": tr("Confirmed by, date"),
    }
    return Sheet(tr("Statement of account"), [Paper(filled("statement", values, rows))])
