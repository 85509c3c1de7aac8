"""What people do about terms, statements, settlements and invoices, for random sequences."""

from s2b_domain.access import Actor
from s2b_domain.commands import Command
from s2b_domain.commands.invoices import DeclineInvoice, IssueInvoice, RequestInvoice, WithdrawInvoice
from s2b_domain.commands.statements import (
    AnswerDispute,
    ConfirmStatement,
    DecideSettlement,
    DisputeStatement,
    MakeStatement,
    RecordSettlement,
)
from s2b_domain.commands.terms import (
    PriceEntry,
    RemoveLevel,
    RemoveMix,
    SaveLevel,
    SaveMinimum,
    SaveMix,
    SaveTradeTerms,
    SetPrices,
)
from s2b_domain.ids import derived_id
from s2b_domain.records.catalog import STANDARD_LEVEL, Product, Sku
from s2b_domain.records.invoice import Invoice
from s2b_domain.records.order import SupplyOrder
from s2b_domain.records.party import Organisation, PartyKind
from s2b_domain.records.statement import Settlement, Statement
from s2b_domain.records.terms import MixGroup, PriceLevel
from s2b_domain.rules.invoices import InvoiceKind
from s2b_domain.rules.pricing import Tier
from tests.domain.books import Books
from tests.domain.offer_deeds import one

VERBS = (
    "minimum", "mix", "mix_remove", "level", "level_remove", "prices", "agree", "state", "agree_statement", "dispute",
    "answer", "settle", "came", "invoice", "invoice_back", "invoice_no", "invoice_out",
)  # fmt: skip
OWN = {
    **dict.fromkeys(VERBS, ("manager", "rival")),
    **dict.fromkeys(("invoice", "invoice_back"), ("owner", "other")),
    **dict.fromkeys(("agree_statement", "dispute"), ("owner", "manager", "other")),
    **dict.fromkeys(("state", "came", "answer"), ("manager", "admin", "rival")),
    "settle": ("owner", "manager", "admin", "rival"),
    "prices": ("importer", "manager", "rival"),
}
MADE = {
    SaveMinimum, SaveMix, RemoveMix, SaveLevel, RemoveLevel, SetPrices, SaveTradeTerms, MakeStatement, ConfirmStatement,
    DisputeStatement, AnswerDispute, RecordSettlement, DecideSettlement, RequestInvoice, WithdrawInvoice,
    DeclineInvoice, IssueInvoice,
}  # fmt: skip
NUMBER = "91330106MA2B0CDE5A"


def message_of(books: Books, actor: Actor, verb: str, n: int, amount: int) -> Command:
    """What `actor` asks for; ids come from the whole hub, so that it may well be others' business."""
    store, mine = books.store, actor.organisation_id
    own = {"supplier_id": mine} if actor.kind is PartyKind.SUPPLIER and n % 5 else {}
    merchants = store.find(Organisation, kind=PartyKind.MERCHANT)
    match verb:
        case "minimum":
            return SaveMinimum(minimum_amount=amount * 1000 if n % 2 else 0)
        case "mix":
            chosen = () if n % 3 == 0 else (one(store.find(Product, **own), n).id,)
            return SaveMix(group_id=derived_id(mine, "mix", n % 3), name="混批", minimum=amount, product_ids=chosen)
        case "mix_remove":
            return RemoveMix(group_id=one(store.find(MixGroup), n).id)
        case "level":
            return SaveLevel(level_id=derived_id(mine, "level", n % 2), name=f"级{amount % 3}", position=n)
        case "level_remove":
            return RemoveLevel(level_id=one(store.find(PriceLevel), n).id)
        case "prices":
            level = one([STANDARD_LEVEL, *(x.id for x in store.find(PriceLevel, **own))], amount)
            entry = PriceEntry(
                sku_id=one(store.find(Sku, **own), n).id,
                supply_price=12_500 if level == STANDARD_LEVEL else amount * 1000 if n % 4 else None,
                dropship_price=15_000,
                tiers=(Tier(2 + amount, amount * 900),) if n % 2 else (),
            )
            return SetPrices(level=level, entries=(entry,))
        case "agree":
            levels = [STANDARD_LEVEL, *(x.id for x in store.find(PriceLevel, **own))]
            return SaveTradeTerms(
                merchant_id=one(merchants, n).id,
                level=one(levels, amount),
                credit_limit=amount * 5000 if n % 3 else None,
                credit_days=n,
            )
        case "state":
            debtors = merchants if actor.kind is PartyKind.SUPPLIER else store.find(Organisation)
            until = books.now - amount * 3000 if n % 2 else books.now + 1000
            return MakeStatement(statement_id=books.id(), debtor_id=one(debtors, n).id, until=until)
        case "agree_statement":
            return ConfirmStatement(statement_id=one(store.find(Statement), n).id)
        case "dispute":
            return DisputeStatement(statement_id=one(store.find(Statement), n).id, reason="少算了" if n % 4 else " ")
        case "answer":
            found = one(store.find(Statement), n)
            return AnswerDispute(statement_id=found.id, note="已核对", correction=amount * 10 if n % 2 else 0)
        case "settle":
            statements = store.find(Statement)
            named = one(statements, n) if statements and amount % 2 else None
            other = one(store.find(Organisation), n).id
            if named is not None:
                other = named.debtor_id if mine == named.creditor_id else named.creditor_id
            return RecordSettlement(
                settlement_id=books.id(),
                counterparty_id=other,
                amount=(amount - 2) * 700,
                method="转账",
                reference=str(n),
                statement_id=named.id if named else "",
            )
        case "came":
            found_ = one(store.find(Settlement), n)
            return DecideSettlement(settlement_id=found_.id, received=amount % 3 > 0, note="没有到账" if n % 2 else "")
        case "invoice":
            supplies = store.find(SupplyOrder, merchant_id=mine) if n % 5 else store.find(SupplyOrder)
            supply = one(supplies, n)
            kind = InvoiceKind.SPECIAL if amount % 2 else InvoiceKind.ORDINARY
            return RequestInvoice(
                invoice_id=books.id(),
                supplier_id=supply.supplier_id,
                kind=kind,
                title="晨光便利店",
                tax_number=NUMBER if amount % 3 else "",
                document_ids=(supply.id,),
            )
        case "invoice_back":
            return WithdrawInvoice(invoice_id=one(store.find(Invoice), n).id)
        case "invoice_no":
            return DeclineInvoice(invoice_id=one(store.find(Invoice), n).id, reason="资料不全")
    return IssueInvoice(invoice_id=one(store.find(Invoice), n).id, number=f"{amount % 5:020d}", content_hash="")
