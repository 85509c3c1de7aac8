"""Commands by noun. Importing this package registers every released version in `HANDLERS`."""

from s2b_domain.commands import categories, goods, orders, parties, stock, supply
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
    "goods",
    "handler_of",
    "orders",
    "pack",
    "parties",
    "scopes_touched",
    "stock",
    "supply",
    "unpack",
]
