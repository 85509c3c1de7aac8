"""One SKU as an import wants it, and what is wrong with its own values."""

from operator import attrgetter
from typing import Annotated

import msgspec

from s2b_domain.errors import Refused
from s2b_domain.rules.bounds import MAX_PRICE, Id, Name, Number, plain
from s2b_domain.rules.money import BASIS
from s2b_domain.rules.pricing import MAX_TIERS, Tier, tiers_fit
from s2b_domain.rules.units import MAX_DECIMALS, MAX_QUANTITY, Unit

MAX_PARTS = 1_000_000
CLEARABLE = frozenset({"dropship_price", "retail_price", "weight_g"})


class GoodsLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One SKU as it should be; None leaves what is there. Prices in 1/10,000 yuan, stock in steps.

    `product_key` groups the SKUs of one product. Empty, a SKU stays with its product; a new one gets a product of
    its own, or joins the one whose key is its code. Another key than before moves a SKU to that product.
    `tiers` are prices from a quantity on; empty, there is one price for any quantity. `packages` are all that there
    are, in steps. `cleared` names fields of `CLEARABLE` that shall have no value any more.
    """

    row: int
    code: str
    product_key: str = ""
    title: str | None = None
    brand: str | None = None
    category: str | None = None
    description: str | None = None
    parameters: dict[str, str] | None = None
    images: tuple[str, ...] | None = None
    barcodes: tuple[str, ...] | None = None
    specs: dict[str, str] | None = None
    unit: str | None = None
    decimals: int | None = None
    supply_price: int | None = None
    dropship_price: int | None = None
    dropship: bool | None = None
    retail_price: int | None = None
    weight_g: int | None = None
    min_quantity: int | None = None
    order_step: int | None = None
    tax_rate_bp: int | None = None
    tax_code: str | None = None
    stock: int | None = None
    on_sale: bool | None = None
    tiers: tuple[Tier, ...] | None = None
    packages: tuple[Unit, ...] | None = None
    cleared: tuple[str, ...] = ()


class ImportNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which import a command is a part of; the counts are those of the whole file."""

    import_id: Id
    file: Name
    part: Annotated[int, msgspec.Meta(ge=1, le=MAX_PARTS)] = 1
    parts: Annotated[int, msgspec.Meta(ge=1, le=MAX_PARTS)] = 1
    new: Number = 0
    changed: Number = 0
    unchanged: Number = 0
    wrong: Number = 0


_TEXTS = (
    ("code", 100),
    ("product_key", 100),
    ("title", 500),
    ("brand", 200),
    ("category", 500),
    ("description", 50_000),
    ("unit", 20),
    ("tax_code", 50),
)
_LISTS = (("barcodes", 50, 64), ("images", 100, 2000))
_MAPS = (("specs", 50, 1000), ("parameters", 300, 5000))
_NUMBERS = (
    ("supply_price", 0, MAX_PRICE),
    ("dropship_price", 0, MAX_PRICE),
    ("retail_price", 0, MAX_PRICE),
    ("stock", 0, MAX_QUANTITY),
    ("min_quantity", 1, MAX_QUANTITY),
    ("order_step", 1, MAX_QUANTITY),
    ("weight_g", 0, MAX_QUANTITY),
    ("tax_rate_bp", 0, BASIS),
    ("decimals", 0, MAX_DECIMALS),
)

_texts = attrgetter(*(field for field, _ in _TEXTS))
_numbers = attrgetter(*(field for field, _, _ in _NUMBERS))


def check_line(line: GoodsLine) -> None:
    """Refuse a line whose own values are wrong, whatever the books say: `row_wrong` names its row and field."""
    field = _wrong_field(line)
    if field:
        raise Refused("row_wrong", row=line.row, field=field)


def _wrong_field(line: GoodsLine) -> str:
    if not line.code or line.code != line.code.strip():
        return "code"
    if line.title is not None and not line.title.strip():
        return "title"
    for number, (field, least, most) in zip(_numbers(line), _NUMBERS, strict=True):
        if number is not None and not least <= number <= most:
            return field
    for text, (field, most) in zip(_texts(line), _TEXTS, strict=True):
        if text and not plain(text, most):
            return field
    for field, count, most in _LISTS:
        values = getattr(line, field)
        if values and not (len(values) <= count and all(plain(v, most) for v in values)):
            return field
    for field, count, most in _MAPS:
        pairs = getattr(line, field)
        if pairs and not (len(pairs) <= count and all(plain(k, 200) and plain(v, most) for k, v in pairs.items())):
            return field
    if line.tiers:
        base = MAX_PRICE + 1 if line.supply_price is None else line.supply_price
        if len(line.tiers) > MAX_TIERS or not tiers_fit(base, line.tiers):
            return "tiers"
    for field in line.cleared:
        if field not in CLEARABLE or getattr(line, field) is not None:
            return field if field in CLEARABLE else "cleared"
    return ""
