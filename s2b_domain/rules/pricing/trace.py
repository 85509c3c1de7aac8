"""Why a price is what it is: every reduction, who bears it, and why others did not apply."""

from enum import StrEnum

import msgspec

from s2b_domain.errors import Param
from s2b_domain.rules.pricing.offers import Bearer


class Stage(StrEnum):
    """The stages of the pipeline, in their order."""

    ITEM_PRICE = "ITEM_PRICE"
    PROMOTION = "PROMOTION"
    SHOP_COUPON = "SHOP_COUPON"
    PLATFORM_COUPON = "PLATFORM_COUPON"
    POINTS = "POINTS"
    FREIGHT = "FREIGHT"
    ROUNDING = "ROUNDING"
    CORRECTION = "CORRECTION"


class Reduction(msgspec.Struct, frozen=True, array_like=True):
    """What one source took off one line (分), and who bears it (the organisation's id)."""

    stage: Stage
    source_id: str
    name: str
    amount: int
    bearer: Bearer
    bearer_id: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What happened: `code` says what, `amount` (分) how much less (freight: more) the buyer pays."""

    stage: Stage
    code: str
    source_id: str = ""
    name: str = ""
    amount: int = 0
    bearer: Bearer = Bearer.MERCHANT
    line_keys: tuple[str, ...] = ()
    params: dict[str, Param] = {}


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """What did not apply, and why: a code with its parameters."""

    stage: Stage
    code: str
    source_id: str
    name: str
    params: dict[str, Param] = {}
