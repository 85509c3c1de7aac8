"""Categories, products (SPU), revisions in review, SKUs and their prices."""

from enum import StrEnum
from typing import Annotated

import msgspec

from s2b_domain.records.record import Record, record
from s2b_domain.rules.bounds import Name
from s2b_domain.rules.onboarding import ContentState
from s2b_domain.rules.pricing import Tier
from s2b_domain.rules.stock import Tracking
from s2b_domain.rules.units import Unit

STANDARD_LEVEL = "standard"


class AttributeType(StrEnum):
    """What values an attribute takes."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    ENUM = "ENUM"
    MULTI_ENUM = "MULTI_ENUM"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    FILE = "FILE"


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a category's attribute schema; children inherit it. `spec` makes SKUs, else it is a parameter."""

    key: Name
    name_zh: Name
    name_en: Name
    type: AttributeType = AttributeType.TEXT
    unit: Name = ""
    required: bool = False
    spec: bool = False
    values: Annotated[tuple[Name, ...], msgspec.Meta(max_length=1000)] = ()
    filterable: Name = "none"


@record("category", ("parent_id",))
class Category(Record, frozen=True, kw_only=True):
    """A node of the platform's tree; `parent_id` is empty at the top. `tracking` holds for all below that ask less."""

    parent_id: str
    name_zh: str
    name_en: str
    position: int = 0
    attributes: tuple[Attribute, ...] = ()
    tracking: Tracking = Tracking.NONE


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a reviewer reads: everything about a product that is not price, stock or 上架."""

    title: str
    brand: str = ""
    category_id: str = ""
    category_text: str = ""
    description: str = ""
    parameters: dict[str, str] = {}
    images: tuple[str, ...] = ()


@record("product", ("supplier_id", "product_key"), ("category_id",), ("state", "submitted_at"))
class Product(Record, frozen=True, kw_only=True):
    """An SPU with its approved content (or, before the first approval, the submitted one)."""

    supplier_id: str
    product_key: str
    title: str
    brand: str = ""
    category_id: str = ""
    category_text: str = ""
    description: str = ""
    parameters: dict[str, str] = {}
    images: tuple[str, ...] = ()
    state: ContentState = ContentState.SUBMITTED
    reasons: tuple[str, ...] = ()
    submitted_at: int = 0

    @property
    def content(self) -> Content:
        """The reviewed part."""
        return Content(
            title=self.title,
            brand=self.brand,
            category_id=self.category_id,
            category_text=self.category_text,
            description=self.description,
            parameters=self.parameters,
            images=self.images,
        )


@record("revision", ("product_id",), ("state",))
class Revision(Record, frozen=True, kw_only=True):
    """New content for a product that is on sale; the approved content stays until this is approved.

    `specs` are new options of SKUs that are on sale, by their ids. SKUs of the product that are not live yet wait for
    this revision too.
    """

    product_id: str
    supplier_id: str
    content: Content
    state: ContentState = ContentState.SUBMITTED
    reasons: tuple[str, ...] = ()
    submitted_at: int = 0
    specs: dict[str, dict[str, str]] = {}


@record("sku", ("product_id",), ("supplier_id", "code"), ("code",), ("barcode",))
class Sku(Record, frozen=True, kw_only=True):
    """What is bought and counted. `code` is text. A unit has 10**decimals steps; prices are per unit."""

    product_id: str
    supplier_id: str
    code: str
    barcode: str = ""
    more_barcodes: tuple[str, ...] = ()
    specs: dict[str, str] = {}
    unit: str = "件"
    decimals: int = 0
    packages: tuple[Unit, ...] = ()
    min_quantity: int = 1
    order_step: int = 1
    weight_g: int | None = None
    retail_price: int | None = None
    tax_rate_bp: int = 1300
    tax_code: str = ""
    dropship: bool = False
    on_sale: bool = True
    live: bool = False


@record("price", ("sku_id",), ("supplier_id", "level"))
class Price(Record, frozen=True, kw_only=True):
    """供货价 and 代发价 (1/10,000 yuan) of a SKU at a merchant level; `id` is derived from SKU and level."""

    sku_id: str
    supplier_id: str
    level: str
    supply_price: int
    dropship_price: int | None = None
    tiers: tuple[Tier, ...] = ()
    live: bool = False
