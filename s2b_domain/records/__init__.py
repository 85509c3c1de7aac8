"""All stored rows, by noun. Importing this package registers every table in `METADATA`."""

from s2b_domain.records import (
    account,
    after_sales,
    audit,
    campaign,
    catalog,
    imports,
    invoice,
    member,
    order,
    party,
    promotion,
    shop,
    statement,
    stock,
    terms,
)
from s2b_domain.records.record import METADATA, RECORDS, Record, decode_all, name_of, record

__all__ = [
    "METADATA",
    "RECORDS",
    "Record",
    "account",
    "after_sales",
    "audit",
    "campaign",
    "catalog",
    "decode_all",
    "imports",
    "invoice",
    "member",
    "name_of",
    "order",
    "party",
    "promotion",
    "record",
    "shop",
    "statement",
    "stock",
    "terms",
]
