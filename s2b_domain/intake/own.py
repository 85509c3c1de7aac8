"""Our own export's header, in both languages: written by `export`, recognised on the way back."""

from collections.abc import Sequence

from s2b_domain.intake.goods import FIELDS
from s2b_domain.intake.mapping import ColumnMap

LABELS: dict[str, tuple[str, str]] = {
    "sku_code": ("SKU编码", "SKU code"),
    "product_key": ("SPU编码", "Product code"),
    "title": ("商品名称", "Title"),
    "brand": ("品牌", "Brand"),
    "category": ("分类", "Category"),
    "description": ("商品描述", "Description"),
    "barcodes": ("条码", "Barcodes"),
    "unit": ("单位", "Unit"),
    "supply_price": ("供货价(元)", "Supply price (CNY)"),
    "dropship_price": ("代发价(元)", "Drop-ship price (CNY)"),
    "dropship_allowed": ("可代发", "Drop-shipping"),
    "retail_price": ("建议零售价(元)", "Suggested retail price (CNY)"),
    "weight_g": ("重量(克)", "Weight (g)"),
    "min_qty": ("起批量", "Minimum quantity"),
    "order_step": ("订购倍数", "Order step"),
    "tax_rate_bp": ("税率", "Tax rate"),
    "tax_code": ("税收分类编码", "Tax category code"),
    "stock_qty": ("库存", "Stock"),
    "on_sale": ("上架", "On sale"),
    "image_urls": ("图片", "Images"),
    "tiers": ("阶梯价", "Tier prices"),
    "packages": ("包装换算", "Packages"),
}
SPEC = ("规格:", "Spec: ")
PARAMETER = ("参数:", "Parameter: ")
NAMED = {"specs": SPEC, "parameters": PARAMETER}

_FIELD = {label: field for field, pair in LABELS.items() for label in pair}
_SIGNS = ("sku_code", "product_key", "supply_price", "order_step", "tax_rate_bp")


def label(field: str, language: int) -> str:
    """A field's label: 0 Chinese, 1 English."""
    return LABELS[field][language]


def mapping(labels: Sequence[str]) -> tuple[ColumnMap, ...] | None:
    """The columns of our own export, or None if the header is another's."""
    if not all(any(LABELS[sign][n] in labels for n in (0, 1)) for sign in _SIGNS):
        return None
    return tuple(_column(number, text) for number, text in enumerate(labels))


def _column(number: int, text: str) -> ColumnMap:
    if text in _FIELD:
        return ColumnMap(number, text, _FIELD[text], unit="g" if _FIELD[text] == "weight_g" else "", confidence=100)
    for field, prefixes in NAMED.items():
        for prefix in prefixes:
            if text.startswith(prefix):
                return ColumnMap(number, text, field, text[len(prefix) :], confidence=100)
    return ColumnMap(number, text)


assert set(LABELS) | set(NAMED) == set(FIELDS)
