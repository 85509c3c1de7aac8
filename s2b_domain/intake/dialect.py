"""Layouts that other systems export, recognised by their header. Columns of each -> target fields.

`combine` joins what a system spreads over several rows (variants, parents, picture rows) into one row per SKU.
It may append one cell to each row that holds the specifications as ((name, value), ...); the column map of that
cell has no `name`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from s2b_domain.intake import handles, own, packed, parents
from s2b_domain.intake.combine import Aside, Numbered
from s2b_domain.intake.goods import Issue
from s2b_domain.intake.labels import normal
from s2b_domain.intake.mapping import ColumnMap, propose, samples_of
from s2b_domain.intake.reader import Row

Combine = Callable[[Iterable[Numbered], Sequence[str], list[Issue], list[Aside]], Iterator[Numbered]]


class Dialect(msgspec.Struct, frozen=True):
    """`signs` are labels that together prove the dialect; `fields` maps labels to "field" or "field unit"; `joined`
    matches the bare labels of columns that `combine` reads besides."""

    name: str
    signs: tuple[str, ...]
    fields: dict[str, str]
    combine: Combine | None = None
    has_specs_cell: bool = False
    joined: str = ""


_SHOPIFY_OLD = Dialect(
    "shopify",
    ("Handle", "Title", "Variant Price", "Option1 Value"),
    {
        "Handle": "product_key",
        "Title": "title",
        "Body (HTML)": "description",
        "Vendor": "brand",
        "Type": "category",
        "Variant SKU": "sku_code",
        "Variant Grams": "weight_g g",
        "Variant Inventory Qty": "stock_qty",
        "Variant Price": "supply_price",
        "Variant Compare At Price": "retail_price",
        "Variant Barcode": "barcodes",
        "Image Src": "image_urls",
        "Status": "on_sale",
        "Published": "on_sale",
    },
    handles.shopify,
    True,
    r"option\d(name|value)",
)
_SHOPIFY_NEW = Dialect(
    "shopify-new",
    ("URL handle", "Title", "Option1 value", "Inventory quantity"),
    {
        "URL handle": "product_key",
        "Title": "title",
        "Description": "description",
        "Vendor": "brand",
        "Product category": "category",
        "Type": "category",
        "SKU": "sku_code",
        "Barcode": "barcodes",
        "Weight value (grams)": "weight_g g",
        "Inventory quantity": "stock_qty",
        "Price": "supply_price",
        "Compare-at price": "retail_price",
        "Product image URL": "image_urls",
        "Status": "on_sale",
        "Published on online store": "on_sale",
    },
    handles.shopify,
    True,
    r"option\d(name|value)",
)
_WOOCOMMERCE = Dialect(
    "woocommerce",
    ("Type", "SKU", "Name", "Regular price", "Tax status"),
    {
        "SKU": "sku_code",
        "GTIN, UPC, EAN, or ISBN": "barcodes",
        "Name": "title",
        "Description": "description",
        "Categories": "category",
        "Regular price": "supply_price",
        "Stock": "stock_qty",
        "Weight (kg)": "weight_g kg",
        "Weight (g)": "weight_g g",
        "Weight (lbs)": "weight_g lbs",
        "Weight (oz)": "weight_g oz",
        "Images": "image_urls",
        "Published": "on_sale",
        "Brands": "brand",
        "Parent": "product_key",
    },
    parents.woocommerce,
    True,
    r"type|id|attribute\d+(name|value\(s\))",
)
_BAGISTO = Dialect(
    "bagisto",
    ("sku", "parent_sku", "attribute_family_code", "configurable_variants"),
    {
        "sku": "sku_code",
        "parent_sku": "product_key",
        "name": "title",
        "description": "description",
        "categories": "category",
        "images": "image_urls",
        "status": "on_sale",
        "weight": "weight_g kg",
        "price": "supply_price",
        "inventories": "stock_qty",
    },
    parents.bagisto,
    True,
    "type|locale|configurable_variants|manage_stock",
)
_SPREE = Dialect(
    "spree",
    ("slug", "sku", "name", "price", "option1_name"),
    {
        "slug": "product_key",
        "sku": "sku_code",
        "name": "title",
        "description": "description",
        "status": "on_sale",
        "price": "supply_price",
        "compare_at_price": "retail_price",
        "weight": "weight_g",
        "inventory_count": "stock_qty",
        "category1": "category",
        "image1_src": "image_urls",
        "image2_src": "image_urls",
        "image3_src": "image_urls",
    },
    handles.spree,
    True,
    r"option\d_(name|value)",
)
_TAOBAO = Dialect(
    "taobao",
    ("title", "cid", "seller_cids", "outer_id", "skuProps"),
    {
        "title": "title",
        "outer_id": "sku_code",
        "price": "supply_price",
        "num": "stock_qty",
        "description": "description",
        "barcode": "barcodes",
        "picture": "image_urls",
        "num_id": "product_key",
    },
    packed.taobao,
    True,
    "skuprops|propalias",
)
_LILISHOP = Dialect(
    "lilishop",
    ("商品名称", "运费模板", "规格项", "规格值", "货号"),
    {
        "商品名称": "title",
        "商品分类": "category",
        "计量单位": "unit",
        "发布状态": "on_sale",
        "商品图片": "image_urls",
        "销售价": "supply_price",
        "库存": "stock_qty",
        "重量": "weight_g kg",
        "货号": "sku_code",
        "详情": "description",
    },
    packed.lilishop,
    True,
    "规格项|规格值",
)
KNOWN = (_SHOPIFY_NEW, _SHOPIFY_OLD, _WOOCOMMERCE, _BAGISTO, _SPREE, _TAOBAO, _LILISHOP)
GENERIC = Dialect("generic", (), {})
OWN = Dialect("s2b", (), {})


def _plain(label: str) -> str:
    """A label for comparing headers: brackets count (GTIN differs from its note), case and spaces do not."""
    return "".join(label.lower().replace("*", "").split())


def detect(labels: Sequence[str]) -> Dialect:
    """The dialect that a header proves, or `GENERIC`."""
    if own.mapping(labels) is not None:
        return OWN
    present = {_plain(label) for label in labels} | {normal(label) for label in labels}
    for dialect in KNOWN:
        if all(_plain(sign) in present for sign in dialect.signs):
            return dialect
    return GENERIC


def columns_of(dialect: Dialect, labels: Sequence[str], sample: list[Row]) -> tuple[ColumnMap, ...]:
    """What each column of a sheet means in its dialect."""
    if dialect is GENERIC:
        return propose(labels, sample)
    if dialect is OWN:
        return _with_samples(own.mapping(labels) or (), sample)
    at: dict[str, int] = {}
    for number, label in enumerate(labels):
        at.setdefault(_plain(label), number)
        at.setdefault(normal(label), number)
    meant: dict[int, str] = {}
    used: set[str] = set()
    for label, target in dialect.fields.items():
        found = at.get(_plain(label), at.get(normal(label), -1))
        field = target.partition(" ")[0]
        if found >= 0 and found not in meant and (field not in used or field == "image_urls"):
            meant[found] = target
            used.add(field)
    joined = re.compile(dialect.joined)
    maps = [_column(number, label, meant.get(number, ""), joined) for number, label in enumerate(labels)]
    if dialect.has_specs_cell:
        maps.append(ColumnMap(len(labels), "", "specs", confidence=99))
    return _with_samples(maps, sample)


def _with_samples(maps: Iterable[ColumnMap], sample: list[Row]) -> tuple[ColumnMap, ...]:
    found = []
    for column in maps:
        cells = [row[column.column] for row in sample if column.column < len(row) and row[column.column] != ""]
        found.append(msgspec.structs.replace(column, samples=samples_of(cells)))
    return tuple(found)


def _column(number: int, label: str, target: str, joined: re.Pattern[str]) -> ColumnMap:
    field, _, unit = target.partition(" ")
    sure = bool(field) or joined.fullmatch(_plain(label)) is not None
    return ColumnMap(number, label, field, unit=unit, confidence=99 if sure else 0)
