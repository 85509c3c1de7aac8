"""Commands by noun. Importing this package registers every released version in `HANDLERS`."""

from s2b_domain.commands import (
    categories,
    counts,
    feeds,
    goods,
    orders,
    parties,
    stock,
    supply,
    transfers,
    warehouses,
)
from s2b_domain.commands.command import (
    HANDLERS,
    MAX_PAYLOAD,
    Command,
    Result,
    carry_out,
    handler_of,
    pack,
    scopes_touched,
    unpack,
)

__all__ = [
    "HANDLERS",
    "MAX_PAYLOAD",
    "Command",
    "Result",
    "carry_out",
    "categories",
    "counts",
    "feeds",
    "goods",
    "handler_of",
    "orders",
    "pack",
    "parties",
    "scopes_touched",
    "stock",
    "supply",
    "transfers",
    "unpack",
    "warehouses",
]
