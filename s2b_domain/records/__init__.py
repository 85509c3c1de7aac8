"""All stored rows, by noun. Importing this package registers every table in `METADATA`."""

from s2b_domain.records import account, audit, catalog, order, party, stock
from s2b_domain.records.record import METADATA, RECORDS, Record, decode_all, name_of, record

__all__ = [
    "METADATA",
    "RECORDS",
    "Record",
    "account",
    "audit",
    "catalog",
    "decode_all",
    "name_of",
    "order",
    "party",
    "record",
    "stock",
]
