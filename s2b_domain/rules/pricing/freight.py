"""运费模板: what carrying goods to a region costs, by piece or weight, with first and further units and free limits."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.rules.bounds import Name
from s2b_domain.rules.pricing.offers import Amount

MAX_AREAS = 100


class FreightBasis(StrEnum):
    """What is counted: whole units (a begun unit counts), or grams."""

    PIECE = "PIECE"
    WEIGHT = "WEIGHT"


class FreightArea(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of a template. `regions` are the beginnings of region names (浙江, 浙江省杭州市); empty: all others.

    `first_fee` (分) covers `first` pieces or grams, each further begun `next` costs `next_fee`. Free from
    `free_amount` (分) or `free_count` pieces on. `refused`: nothing is carried there.
    """

    regions: Annotated[tuple[Name, ...], Meta(max_length=1000)] = ()
    first: Annotated[int, Meta(ge=1, le=10**9)] = 1
    first_fee: Amount = 0
    next: Annotated[int, Meta(ge=1, le=10**9)] = 1
    next_fee: Amount = 0
    free_amount: Amount | None = None
    free_count: Amount | None = None
    refused: bool = False


class Freight(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A template: how it counts, and its areas."""

    basis: FreightBasis = FreightBasis.PIECE
    areas: Annotated[tuple[FreightArea, ...], Meta(max_length=MAX_AREAS)] = ()


class Load(msgspec.Struct, frozen=True):
    """What is carried of one line: steps, steps per unit, grams per unit, and its amount (分) at item prices."""

    quantity: int
    decimals: int
    weight_g: int
    amount: int


class RegionRefusedError(Exception):
    """Nothing is carried to this region."""


def area_of(freight: Freight, region: str) -> FreightArea | None:
    """The area of a region: the longest beginning of its name that is listed, else the one for all others."""
    name = "".join(region.split()).replace("/", "")
    best, length = None, -1
    for area in freight.areas:
        for prefix in area.regions or ("",):
            if len(prefix) > length and name.startswith("".join(prefix.split())):
                best, length = area, len(prefix)
    return best


def carries(freight: Freight, region: str) -> bool:
    """Whether anything is carried to a region."""
    area = area_of(freight, region)
    return area is None or not area.refused


def pieces(quantity: int, decimals: int) -> int:
    """Whole units of a quantity; a begun one counts."""
    return -(-quantity // _steps(decimals))


def _steps(decimals: int) -> int:
    return int(10**decimals)


def freight_fee(freight: Freight, region: str, loads: Iterable[Load]) -> int:
    """The fee (分) for goods that travel together; `RegionRefusedError` where nothing is carried to."""
    carried = list(loads)
    area = area_of(freight, region)
    if area is None or not carried:
        return 0
    if area.refused:
        raise RegionRefusedError(region)
    count = sum(pieces(x.quantity, x.decimals) for x in carried)
    if area.free_amount is not None and sum(x.amount for x in carried) >= area.free_amount:
        return 0
    if area.free_count is not None and count >= area.free_count:
        return 0
    if freight.basis is FreightBasis.WEIGHT:
        units = sum(-(-x.weight_g * x.quantity // _steps(x.decimals)) for x in carried)
    else:
        units = count
    further = max(0, units - area.first)
    return area.first_fee + -(-further // area.next) * area.next_fee
