"""The columns of the money page's lists."""

from collections.abc import Callable
from functools import partial

from s2b_desktop.messages import state_text, state_words
from s2b_desktop.models.queries.money import Due, MoneyBooks, Partner
from s2b_desktop.text import amount, date, moment, money, tr
from s2b_desktop.views.common.column import Column, R
from s2b_desktop.views.common.theme import Tone
from s2b_domain.records.invoice import Invoice
from s2b_domain.records.statement import Settlement, Statement
from s2b_domain.rules.statements import OpenItem

KINDS: dict[str, str] = {
    "supply": "Goods and freight",
    "supply_short": "Cancelled remainder",
    "supply_reversed": "Cancelled order",
    "commission": "Commission",
    "commission_short": "Commission given back",
    "commission_reversed": "Commission given back",
    "settlement": "Payment",
    "correction": "Correction",
    "subsidy": "Share of the platform",
    "subsidy_reversed": "Share of the platform given back",
}

SIDE = "side"


def kind_text(kind: str) -> str:
    """What an account entry is for."""
    return tr(KINDS.get(kind, "After-sales"))


def due_text(item: OpenItem, now: int) -> tuple[str, Tone]:
    """When it is to be paid, and how urgent that is."""
    if item.due_at is None:
        return tr("no date agreed"), "neutral"
    if item.overdue(now):
        return tr("{n} days overdue", n=max(1, (now - item.due_at) // 86_400_000)), "bad"
    return date(item.due_at), "warn" if item.due_at < now + 3 * 86_400_000 else "neutral"


def _side(creditor: Callable[[R], bool]) -> Column[R]:
    """Who owes whom: on the same list stand those that owe one, and those that one owes."""
    return Column(
        SIDE,
        "Who owes",
        lambda row: tr("They owe you") if creditor(row) else tr("You owe them"),
        110,
        "state",
        tone=lambda row: "neutral" if creditor(row) else "warn",
        fits=lambda: [tr("They owe you"), tr("You owe them")],
    )


def partner_columns() -> list[Column[Partner]]:
    """Columns over partners."""
    return [
        Column("name", "Partner", lambda p: p.name, 180, stretch=True),
        _side(lambda p: p.creditor),
        Column("owed", "Owed", lambda p: amount(p.owed), 120, "money"),
        Column("overdue", "Payment overdue", lambda p: amount(p.overdue) if p.overdue else "", 112, "money"),
        Column("waiting", "To accept", lambda p: amount(p.waiting) if p.waiting else "", 112, "money", rank=3),
        Column("limit", "Limit", lambda p: tr("none agreed") if p.limit is None else amount(p.limit), 120, "money"),
        Column("room", "Still free", lambda p: "" if p.room is None else amount(p.room), 112, "money", rank=2),
        Column("days", "Credit days", lambda p: "" if p.days is None else tr("{n} days", n=p.days), 96, rank=4),
        Column("level", "Price level", lambda p: p.level or (tr("Standard") if p.creditor else ""), 104, rank=5),
    ]


def due_columns(now: Callable[[], int]) -> list[Column[Due]]:
    """Columns over what is still to pay."""
    return [
        Column("number", "Document", lambda d: d.number, 190),
        Column("partner", "Partner", lambda d: d.partner.name, 180, stretch=True),
        _side(lambda d: d.partner.creditor),
        Column("at", "Since", lambda d: date(d.item.at), 110, rank=2),
        Column(
            "due",
            "Due",
            lambda d: due_text(d.item, now())[0],
            140,
            "state",
            tone=lambda d: due_text(d.item, now())[1],
        ),
        Column("amount", "Still to pay", lambda d: amount(d.item.amount), 130, "money"),
    ]


def _state(kind: str, waiting: Callable[[str], bool]) -> "Column[Statement | Settlement | Invoice]":
    return Column(
        "state",
        "State",
        lambda row: state_text(kind, row.state)[0],
        120,
        "state",
        tone=lambda row: state_text(kind, row.state)[1],
        waiting=lambda row: waiting(row.id),
        fits=partial(state_words, kind),
    )


def other_side(row: Statement | Settlement, mine: str) -> str:
    """Whom one has it with."""
    return row.debtor_id if row.creditor_id == mine else row.creditor_id


def statement_columns(
    mine: str, books: Callable[[], MoneyBooks | None], waiting: Callable[[str], bool]
) -> list[Column[Statement]]:
    """Columns over statements."""

    def name(row: Statement) -> str:
        found = books()
        return found.name(other_side(row, mine)) if found else ""

    return [
        Column("number", "Number", lambda s: s.number, 110),
        _state("statement", waiting),  # type: ignore[list-item]
        Column("partner", "Partner", name, 170, stretch=True),
        _side(lambda s: s.creditor_id == mine),
        Column("until", "Until", lambda s: date(s.until - 1), 110, rank=2),
        Column("opening", "Opening", lambda s: amount(s.opening), 110, "money", rank=3),
        Column("closing", "Closing", lambda s: amount(s.closing), 116, "money"),
        Column("left", "Still to pay", lambda s: amount(s.left), 116, "money"),
    ]


def settlement_columns(
    mine: str, books: Callable[[], MoneyBooks | None], waiting: Callable[[str], bool]
) -> list[Column[Settlement]]:
    """Columns over payments."""

    def name(row: Settlement) -> str:
        found = books()
        return found.name(other_side(row, mine)) if found else ""

    def paper(row: Settlement) -> str:
        found = books()
        return found.numbers.get(row.statement_id, "") if found else ""

    return [
        Column("at", "When", lambda s: moment(s.at), 130),
        _state("settlement", waiting),  # type: ignore[list-item]
        Column("partner", "Partner", name, 190, stretch=True),
        Column("method", "Payment method", lambda s: state_text("method", s.method)[0], 120, rank=3),
        Column("reference", "Reference", lambda s: s.reference, 130, rank=2),
        Column("statement", "Statement", paper, 100, rank=4),
        Column("amount", "Amount", lambda s: amount(s.amount), 120, "money"),
    ]


def invoice_columns(
    mine: str, books: Callable[[], MoneyBooks | None], waiting: Callable[[str], bool]
) -> list[Column[Invoice]]:
    """Columns over invoices."""

    def name(row: Invoice) -> str:
        found = books()
        return found.name(row.merchant_id if row.supplier_id == mine else row.supplier_id) if found else ""

    return [
        Column("title", "Made out to", lambda i: i.title, 170),
        _state("invoice", waiting),  # type: ignore[list-item]
        Column("partner", "Partner", name, 170, stretch=True),
        Column("kind", "Kind", lambda i: state_text("invoice_kind", i.kind)[0], 150, rank=3),
        Column("number", "Invoice number", lambda i: i.number, 180, rank=2),
        Column("at", "Requested", lambda i: date(i.requested_at), 110, rank=4),
        Column("amount", "Amount", lambda i: amount(i.amount), 110, "money"),
    ]


def limit_text(partner: Partner) -> str:
    """What of a credit limit is used, in words."""
    if partner.limit is None:
        return tr("No limit was agreed")
    return tr("{room} of {limit} still free", room=money(partner.room or 0), limit=money(partner.limit))
