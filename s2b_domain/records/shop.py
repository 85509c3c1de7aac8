"""A merchant's shop and what it lists; freight templates of shops and suppliers."""

from typing import Annotated

import msgspec

from s2b_domain.records.order import Address
from s2b_domain.records.record import Record, record
from s2b_domain.rules.bounds import Name
from s2b_domain.rules.pricing import Freight, Tier

Minute = Annotated[int, msgspec.Meta(ge=0, le=1440)]


class Hours(msgspec.Struct, frozen=True, array_like=True):
    """Open on `day` (1 Monday ... 7 Sunday) from one minute of the day to another."""

    day: Annotated[int, msgspec.Meta(ge=1, le=7)]
    opens: Minute
    closes: Minute


class AutoRules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happens by itself: paid orders up to an amount (分; None: any) are confirmed; the counter rounds down to
    `rounding` 分; consumer orders are completed `complete_after_days` after delivery (0: never), and cancelled
    where nobody has paid or confirmed them for `unpaid_hours` (0: never)."""

    confirm_paid: bool = False
    confirm_up_to: Annotated[int, msgspec.Meta(ge=0, le=10**15)] | None = None
    rounding: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    complete_after_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 7
    unpaid_hours: Annotated[int, msgspec.Meta(ge=0, le=8760)] = 0


@record("shop")
class Shop(Record, frozen=True, kw_only=True):
    """A merchant's shop; `id` is the merchant's."""

    name: str
    about: str = ""
    phone: str = ""
    address: Address | None = None
    return_address: Address | None = None
    receipt_header: str = ""
    receipt_footer: str = ""
    hours: tuple[Hours, ...] = ()
    rules: AutoRules = AutoRules()
    open: bool = True


@record("listing", ("merchant_id", "on_sale"), ("sku_id",))
class Listing(Record, frozen=True, kw_only=True):
    """A SKU in a shop under its own title and price (1/10,000 yuan); `id` is derived from both.

    `floor_price`: no reduction goes below; `tiers`: the shop's own prices by quantity in steps. `supply_seen` and
    `dropship_seen`: what the goods cost (供货价, 代发价) when the shop last agreed to its margin (None: not offered).
    """

    merchant_id: str
    sku_id: str
    supplier_id: str
    title: str
    price: int
    member_price: int | None = None
    floor_price: int = 0
    tiers: tuple[Tier, ...] = ()
    on_sale: bool = True
    listed_at: int
    supply_seen: int | None = None
    dropship_seen: int | None = None


@record("freight_template", ("owner_id",))
class FreightTemplate(Record, frozen=True, kw_only=True):
    """What carrying costs: a supplier's to the merchant, a shop's to its consumers. One per owner is the default."""

    owner_id: str
    name: Name
    freight: Freight
    default: bool = False
    public: bool = False


@record("freight_choice", ("owner_id",))
class FreightChoice(Record, frozen=True, kw_only=True):
    """The template of a SKU (whose id it has) where it is not its supplier's default."""

    owner_id: str
    template_id: str
    live: bool = True
