"""发票: whom they are made out to, and what was requested and issued."""

from s2b_domain.records.record import Record, record
from s2b_domain.records.statement import Event
from s2b_domain.rules.invoices import InvoiceKind, InvoiceState


@record("invoice_title", ("merchant_id",))
class InvoiceTitle(Record, frozen=True, kw_only=True):
    """抬头 and 税号 that a merchant has used; `id` is derived from both."""

    merchant_id: str
    title: str
    tax_number: str
    used_at: int


@record("invoice", ("supplier_id",), ("merchant_id",))
class Invoice(Record, frozen=True, kw_only=True):
    """An invoice over supply orders. `amount` (分) is what they came to when it was requested.

    `content_hash` (SHA-256, hex) names the PDF's content; "" while only the number is known.
    """

    supplier_id: str
    merchant_id: str
    kind: InvoiceKind
    title: str
    tax_number: str
    amount: int
    document_ids: tuple[str, ...]
    state: InvoiceState
    note: str = ""
    number: str = ""
    content_hash: str = ""
    file_name: str = ""
    requested_at: int
    events: tuple[Event, ...] = ()
