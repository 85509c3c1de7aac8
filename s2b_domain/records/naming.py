"""Which records name pictures and papers, and in which columns."""

import msgspec

from s2b_domain.records.after_sales import CaseMessage, Claim, Payout, ReturnCase
from s2b_domain.records.catalog import Product, Revision
from s2b_domain.records.invoice import Invoice
from s2b_domain.records.party import Paper
from s2b_domain.records.record import Record
from s2b_domain.rules.blobs import digests_in

NAMING: dict[type[Record], tuple[str, ...]] = {
    Product: ("images",),
    Revision: ("content",),
    Invoice: ("content_hash",),
    Paper: ("content_hash",),
    ReturnCase: ("photos",),
    Claim: ("photos",),
    CaseMessage: ("photos",),
    Payout: ("proof",),
}


def blobs_of(row: Record) -> frozenset[str]:
    """The digests that a row names."""
    columns = NAMING.get(type(row), ())
    text = [msgspec.json.encode(getattr(row, column)).decode() for column in columns]
    return digests_in("\n".join(text))
