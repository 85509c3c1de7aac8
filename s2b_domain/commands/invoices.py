"""发票: a merchant requests one over supply orders, the supplier issues or declines it."""

from typing import Annotated

from msgspec import Meta

from s2b_domain.access import AUDIT, Actor, Permission, own
from s2b_domain.commands.command import Command, command
from s2b_domain.commands.statements import happened
from s2b_domain.errors import Refused
from s2b_domain.ids import derived_id, is_id
from s2b_domain.records.account import AccountEntry
from s2b_domain.records.after_sales import Claim
from s2b_domain.records.invoice import Invoice, InvoiceTitle
from s2b_domain.records.order import SupplyOrder
from s2b_domain.records.party import PartyKind
from s2b_domain.rules.blobs import is_digest
from s2b_domain.rules.bounds import Code, Id, Name, Reason
from s2b_domain.rules.invoices import (
    InvoiceKind,
    InvoiceState,
    invoice_number_valid,
    tax_number_valid,
    tidy_tax_number,
)
from s2b_domain.tx import Reader, Tx

MAX_INVOICED = 500


class RequestInvoice(Command, frozen=True, kw_only=True):
    """Ask for an invoice over supply orders of one supplier. 抬头 and 税号 are remembered."""

    invoice_id: Id
    supplier_id: Id
    kind: InvoiceKind
    title: Name
    tax_number: Code = ""
    document_ids: Annotated[tuple[Id, ...], Meta(max_length=MAX_INVOICED)]
    note: Reason = ""


class WithdrawInvoice(Command, frozen=True, kw_only=True):
    """The merchant does not need it any more."""

    invoice_id: Id


class DeclineInvoice(Command, frozen=True, kw_only=True):
    """The supplier says why there will be none."""

    invoice_id: Id
    reason: Reason


class IssueInvoice(Command, frozen=True, kw_only=True):
    """The supplier has made it: its number, and the content of its PDF by SHA-256 ("": to follow)."""

    invoice_id: Id
    number: Code
    content_hash: Code = ""
    file_name: Name = ""


def _requested(reader: Reader, actor: Actor, message: RequestInvoice) -> list[str]:
    return [own(actor.organisation_id, "money"), own(message.supplier_id, "money"), AUDIT]


def _one(reader: Reader, actor: Actor, message: WithdrawInvoice | DeclineInvoice | IssueInvoice) -> list[str]:
    found = reader.get(Invoice, message.invoice_id)
    return [own(found.merchant_id, "money"), own(found.supplier_id, "money"), AUDIT] if found else [AUDIT]


def title_id(merchant_id: str, title: str, tax_number: str) -> str:
    """The id of a title that a merchant uses."""
    return derived_id(merchant_id, "invoice_title", title, tax_number)


@command("invoice.request@1", RequestInvoice, permission=Permission.INVOICE_EDIT, touches=_requested)
def request_invoice(tx: Tx, message: RequestInvoice) -> None:
    """Over what the accepted orders came to by now, without what claims gave back; nothing is invoiced twice.

    专票 needs a tax number.
    """
    merchant = tx.actor.organisation_id
    if tx.actor.kind is not PartyKind.MERCHANT:
        raise Refused("not_permitted", permission=Permission.INVOICE_EDIT.value)
    if not is_id(message.invoice_id) or tx.get(Invoice, message.invoice_id):
        raise Refused("id_taken", id=message.invoice_id)
    title, number = message.title.strip(), tidy_tax_number(message.tax_number)
    if not title:
        raise Refused("field_required", field="title")
    if (number or message.kind is InvoiceKind.SPECIAL) and not tax_number_valid(number):
        raise Refused("field_wrong", field="tax_number")
    wanted = dict.fromkeys(message.document_ids)
    supplies = tx.find_in(SupplyOrder, "id", wanted)
    if not supplies or len(supplies) < len(message.document_ids):
        raise Refused("not_found", kind="supply_order", id="")
    for supply in supplies:
        if (supply.merchant_id, supply.supplier_id) != (merchant, message.supplier_id):
            raise Refused("not_yours", id=supply.id)
    live = (InvoiceState.REQUESTED, InvoiceState.ISSUED)
    earlier = [i for i in tx.find(Invoice, merchant_id=merchant) if i.state in live]
    taken = {d for i in earlier for d in i.document_ids}
    again = [s.number for s in supplies if s.id in taken]
    if again:
        raise Refused("invoiced_already", number=again[0])
    claims = [c.id for c in tx.find_in(Claim, "supply_order_id", wanted)]
    entries = tx.find_in(AccountEntry, "document_id", [*wanted, *claims], organisation_id=merchant)
    amount = -sum(e.amount for e in entries if e.counterparty_id == message.supplier_id)
    if amount <= 0:
        raise Refused("nothing_to_invoice")
    saved = tx.add(
        Invoice(
            id=message.invoice_id,
            supplier_id=message.supplier_id,
            merchant_id=merchant,
            kind=message.kind,
            title=title,
            tax_number=number,
            amount=amount,
            document_ids=tuple(wanted),
            state=InvoiceState.REQUESTED,
            note=message.note.strip(),
            requested_at=tx.time,
            events=(happened(tx, InvoiceState.REQUESTED, message.note),),
        )
    )
    known = title_id(merchant, title, number)
    tx.put(InvoiceTitle(id=known, merchant_id=merchant, title=title, tax_number=number, used_at=tx.time))
    tx.audit("invoice.requested", saved, amount=amount)


def _move(tx: Tx, invoice: Invoice, state: InvoiceState, note: str = "", **changes: str) -> None:
    moved = tx.put(invoice.with_(state=state, events=(*invoice.events, happened(tx, state, note)), **changes))
    tx.audit("invoice." + state.value.lower(), moved)


def _own_invoice(tx: Tx, invoice_id: str, owner: str, *allowed: InvoiceState) -> Invoice:
    invoice = tx.need(Invoice, invoice_id)
    if getattr(invoice, owner) != tx.actor.organisation_id:
        raise Refused("not_yours", id=invoice_id)
    if invoice.state not in allowed:
        raise Refused("state_changed", state=invoice.state.value)
    return invoice


@command("invoice.withdraw@1", WithdrawInvoice, permission=Permission.INVOICE_EDIT, touches=_one)
def withdraw_invoice(tx: Tx, message: WithdrawInvoice) -> None:
    """While it is only requested."""
    invoice = _own_invoice(tx, message.invoice_id, "merchant_id", InvoiceState.REQUESTED)
    _move(tx, invoice, InvoiceState.WITHDRAWN)


@command("invoice.decline@1", DeclineInvoice, permission=Permission.INVOICE_EDIT, touches=_one)
def decline_invoice(tx: Tx, message: DeclineInvoice) -> None:
    """With a reason; the orders can be invoiced anew."""
    if not message.reason.strip():
        raise Refused("reason_required")
    invoice = _own_invoice(tx, message.invoice_id, "supplier_id", InvoiceState.REQUESTED)
    _move(tx, invoice, InvoiceState.DECLINED, message.reason)


@command("invoice.issue@1", IssueInvoice, permission=Permission.INVOICE_EDIT, touches=_one)
def issue_invoice(tx: Tx, message: IssueInvoice) -> None:
    """REQUESTED becomes ISSUED; an issued one may be corrected by issuing it again. No number stands for two."""
    number = "".join(message.number.split())
    if not invoice_number_valid(number):
        raise Refused("field_wrong", field="invoice_number")
    if message.content_hash and not is_digest(message.content_hash):
        raise Refused("field_wrong", field="content_hash")
    allowed = (InvoiceState.REQUESTED, InvoiceState.ISSUED)
    invoice = _own_invoice(tx, message.invoice_id, "supplier_id", *allowed)
    for other in tx.find(Invoice, supplier_id=invoice.supplier_id):
        if other.id != invoice.id and other.number == number:
            raise Refused("number_taken", number=number)
    _move(
        tx,
        invoice,
        InvoiceState.ISSUED,
        number=number,
        content_hash=message.content_hash or invoice.content_hash,
        file_name=message.file_name.strip() or invoice.file_name,
    )
