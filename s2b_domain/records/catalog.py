"""Categories and their attributes, products (SPU), revisions in review, SKUs and their prices."""

import msgspec

from s2b_domain.records.record import Record, record
from s2b_domain.rules.attributes import AttributeType, Field, Option, Use
from s2b_domain.rules.onboarding import ContentState
from s2b_domain.rules.pricing import Tier
from s2b_domain.rules.stock import Tracking
from s2b_domain.rules.units import Unit

STANDARD_LEVEL = "standard"


@record("attribute")
class Attribute(Record, frozen=True, kw_only=True):
    """What categories ask of goods, shared by all that use it. `strict`: values beside `options` are wrong."""

    name_zh: str
    name_en: str
    type: AttributeType = AttributeType.TEXT
    unit: str = ""
    options: tuple[Option, ...] = ()
    strict: bool = False
    hint_zh: str = ""
    hint_en: str = ""

    def field(self, use: Use) -> Field:
        """This attribute as a category uses it."""
        return Field(
            id=self.id,
            name_zh=self.name_zh,
            name_en=self.name_en,
            type=self.type,
            unit=self.unit,
            options=self.options,
            strict=self.strict,
            required=use.required,
            spec=use.spec,
            filterable=use.filterable,
            hint_zh=self.hint_zh,
            hint_en=self.hint_en,
        )


@record("category", ("parent_id",), ("name_zh",), ("name_en",))
class Category(Record, frozen=True, kw_only=True):
    """A node of the platform's tree; `parent_id` is empty at the top. `tracking` holds for all below that ask less.

    `attributes` are its own: children inherit them, but for those that they name in `without`. `papers` are asked of
    every product here and below. A retired category takes no goods; `successor_id` is where they went.
    """

    parent_id: str
    name_zh: str
    name_en: str
    position: int = 0
    attributes: tuple[Use, ...] = ()
    without: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    tracking: Tracking = Tracking.NONE
    retired: bool = False
    successor_id: str = ""


@record("category_choice", ("supplier_id",))
class CategoryChoice(Record, frozen=True, kw_only=True):
    """What a supplier's own category text means: chosen by its people, or by the reviewer who corrected it."""

    supplier_id: str
    text: str
    category_id: str


class Content(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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


@record("package_code", ("sku_id",))
class PackageCode(Record, frozen=True, kw_only=True):
    """The barcode of a package, held by one SKU of its supplier; `id` is derived from supplier and barcode."""

    supplier_id: str
    sku_id: str


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
