"""All stored rows, by noun. Importing this package registers every table in `METADATA`."""

from s2b_domain.records import (
    account,
    after_sales,
    audit,
    campaign,
    catalog,
    imports,
    member,
    order,
    party,
    promotion,
    shop,
    stock,
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
    "member",
    "name_of",
    "order",
    "party",
    "promotion",
    "record",
    "shop",
    "stock",
]
