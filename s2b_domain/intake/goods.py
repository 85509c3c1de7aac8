"""What an imported row becomes: one SKU with the facts of its product.

`None` means that the sheet does not say; under the default policy such a value is left as it is.
"""

from typing import Literal

import msgspec

from s2b_domain.rules.pricing import Tier
from s2b_domain.rules.units import Unit

Level = Literal["error", "warning"]
Param = str | int | None


class GoodsRow(msgspec.Struct, frozen=True, gc=False):
    """One SKU of a sheet. Prices are 1/10,000 yuan; quantities are steps of `10**-decimals_of(unit)`.

    `tiers` are prices from a quantity on, each lower than the one before. `packages` hold whole units. `product_key`
    groups the SKUs of one product. `row` is the 1-based row of the source. `in_use` is said of goods that exist: some
    are in stock or promised, so that the unit's step cannot change.
    """

    row: int
    sku_code: str
    product_key: str | None = None
    title: str | None = None
    brand: str | None = None
    category: str | None = None
    description: str | None = None
    specs: dict[str, str] | None = None
    parameters: dict[str, str] | None = None
    barcodes: tuple[str, ...] | None = None
    unit: str | None = None
    supply_price: int | None = None
    dropship_price: int | None = None
    dropship_allowed: bool | None = None
    retail_price: int | None = None
    weight_g: int | None = None
    min_qty: int | None = None
    order_step: int | None = None
    tax_rate_bp: int | None = None
    tax_code: str | None = None
    stock_qty: int | None = None
    on_sale: bool | None = None
    image_urls: tuple[str, ...] | None = None
    tiers: tuple[Tier, ...] | None = None
    packages: tuple[Unit, ...] | None = None
    in_use: bool = False


class Issue(msgspec.Struct, frozen=True, gc=False):
    """Something wrong (or worth a look) in one cell; `column` is the sheet's label, `field` the target.

    `row` 0 concerns the whole sheet. Codes and their texts: `s2b_desktop.intake_text`.
    """

    row: int
    column: str
    field: str
    code: str
    value: str
    level: Level = "error"
    params: dict[str, Param] = {}


FIELDS: tuple[str, ...] = tuple(name for name in GoodsRow.__struct_fields__ if name not in ("row", "in_use"))
"""Target fields, in the order of the export."""
KEYS = ("sku_code", "barcodes", "product_key")
"""Fields that give a SKU its code, the best first."""

_FINE = "kg 千克 公斤 斤 市斤 吨 t 米 m 升 l 平方米 ㎡ 立方米 m³ lb"
_FINE_UNITS = frozenset(_FINE.split())


def decimals_of(unit: str | None) -> int:
    """Decimals of a unit's smallest step: kilograms, litres, metres are counted in thousandths, pieces whole."""
    return 3 if unit is not None and unit.lower() in _FINE_UNITS else 0
