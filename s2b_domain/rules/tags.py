"""Whom a tag's rule fits: what somebody bought, how much and how often, how lately, and how long not at all."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from s2b_domain.rules.bounds import Id

DAY = 86_400_000
ALL_GOODS = ""
"""Stands above every category."""
Days = Annotated[int, Meta(ge=0, le=3660)]


class TagTest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Bought in one of these categories (or any): at least this much (分) in at least so many orders; the last time
    `within_days` (0: whenever); and nothing whatever for `idle_days` (0: does not matter). An order with goods of
    several of these counts for each, but together they are never more than all orders."""

    category_ids: Annotated[tuple[Id, ...], Meta(max_length=200)] = ()
    min_spent: Annotated[int, Meta(ge=0, le=10**15)] = 0
    min_orders: Annotated[int, Meta(ge=0, le=10**9)] = 1
    within_days: Days = 0
    idle_days: Days = 0


class Bought(NamedTuple):
    """What somebody bought of a category and those below it; `path` is the category and all above it, `ALL_GOODS` last;
    `spent` in 分."""

    path: tuple[str, ...]
    orders: int
    spent: int
    last_at: int


def path_of(categories: Iterable[str]) -> tuple[str, ...]:
    """The path of `Bought` for a category and those above it; none for all goods."""
    return (*categories, ALL_GOODS)


def fits(test: TagTest, bought: Iterable[Bought], last_order_at: int | None, now: int) -> bool:
    """Whether somebody passes the test at a time. Who never bought anything passes no test of idleness."""
    if test.idle_days and (last_order_at is None or now - last_order_at < test.idle_days * DAY):
        return False
    wanted, known = set(test.category_ids) or {ALL_GOODS}, list(bought)
    mine = [b for b in known if b.path[0] in wanted and not wanted.intersection(b.path[1:])]
    if test.within_days and not any(now - b.last_at <= test.within_days * DAY for b in mine):
        return False
    orders = sum(b.orders for b in mine)
    every = [b.orders for b in known if b.path[0] == ALL_GOODS]
    if every:
        orders = min(orders, sum(every))
    return sum(b.spent for b in mine) >= test.min_spent and orders >= test.min_orders
