"""Which column becomes which field: proposed by names and contents, overruled by the user, remembered by layout."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from s2b_domain.intake.amounts import clean_price
from s2b_domain.intake.barcode import is_gtin
from s2b_domain.intake.cleaning import clean_yes_no
from s2b_domain.intake.flaw import Flaw
from s2b_domain.intake.header import text_of
from s2b_domain.intake.labels import fields_named, normal, unit_in
from s2b_domain.intake.packages import package_columns, place_of
from s2b_domain.intake.reader import Row
from s2b_domain.intake.tiers import tier_columns

_MANY = frozenset({"specs", "parameters", "image_urls", "barcodes", "category", "tiers", "packages"})
_COST_WORDS = "进货价 进价 进货价格 成本价 成本 成本单价 采购价 costprice costperitem cost unitcost"
_COST = frozenset(map(normal, _COST_WORDS.split()))
_URL = re.compile(r"https?://\S+\.(jpe?g|png|webp|gif)", re.IGNORECASE)
_LEVEL = re.compile(r"级|[大中小]类|level\d|^(category|cat)\d$")
_PAIRS = re.compile(r"\s*[^:：;；]{1,12}[:：][^:：;；]+([;；,，|][^:：;；]{1,12}[:：][^:：;；]+)*[;；]?\s*")
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/#-]{2,30}")
_UNIT_WORDS = "件 个 瓶 箱 盒 袋 包 支 双 条 台 只 套 罐 桶 kg 千克 公斤 斤 克 g 米 m 升 l pcs pc piece box bag bottle"
_UNITS = frozenset(_UNIT_WORDS.split())
_SIZE = re.compile(r"(?i)\d{2,3}([.]5)?(码|#|cm)?|均码|x{0,4}[sl]|m|[2-9]xl|\d{2,3}/\d{2,3}[a-d]?")
_COLOUR = re.compile(
    r"(?i).{0,3}色|[深浅亮米]?[黑白红黄蓝绿灰紫粉棕橙青银金]|藏青|米白|卡其|酒红|black|white|red|blue|green|gr[ae]y|yellow|pink|purple"
    r"|brown|orange|beige|navy|khaki|silver|gold"
)
_COUNT = re.compile(r"\d{1,6}")
_TIER = re.compile(
    r"(?i)[≥>]=?\s*\d+\D{0,3}|\d+\s*[-~～—–至到]\s*\d+\D{0,3}|\d+\s*[^\d\s]{0,2}\s*(以上|及以上|起|\+)|\d+\s*\+\D{0,3}"
)
_FOREIGN = re.compile(r"(?i)[$€£]|\b(usd|eur|gbp|hkd|jpy)\b|美元|美金|欧元|英镑|港币|港元|日元")
_MONEY = re.compile(r"[￥¥$]\s*\d|\d\s*元")
_PRICE = re.compile(rf"{_MONEY.pattern}|\d+\.\d{{2}}$")


class ColumnMap(msgspec.Struct, frozen=True):
    """One column's meaning. `field` is empty for a column left out; `name` is the specification's or
    parameter's own name; `unit` scales weights and percentages; `confidence` is 0 to 100."""

    column: int
    label: str
    field: str = ""
    name: str = ""
    unit: str = ""
    confidence: int = 0
    samples: tuple[str, ...] = ()


MADE = 99
"""The confidence of columns that stand in no sheet; no proposal by names or contents has it."""


def is_made(column: ColumnMap) -> bool:
    """Whether a column stands in no sheet but holds what was made of others, or is typed."""
    return not column.label and column.confidence == MADE


def with_made(columns: tuple[ColumnMap, ...], fields: Iterable[str]) -> tuple[ColumnMap, ...]:
    """The columns with one more behind them for each of these fields."""
    width = max((c.column for c in columns), default=-1) + 1
    return (*columns, *(ColumnMap(width + at, "", field, confidence=MADE) for at, field in enumerate(fields)))


def layout_key(labels: Sequence[str]) -> str:
    """Names a layout whatever its rows: the same header gives the same key, for remembering a mapping."""
    return hashlib.sha256("\x1f".join(normal(label) for label in labels).encode()).hexdigest()[:32]


def propose(labels: Sequence[str], sample: list[Row]) -> tuple[ColumnMap, ...]:
    """Propose a meaning for every column of an unknown layout."""
    width = len(labels)
    values = [[row[c] for row in sample if c < len(row) and row[c] != ""] for c in range(width)]
    chosen: dict[int, tuple[str, int]] = dict.fromkeys(tier_columns(labels, sample), ("tiers", 80))
    chosen |= dict.fromkeys(package_columns(labels, sample), ("packages", 80))
    taken: set[str] = set()
    candidates = sorted(
        (-_confidence(rank, exact) + 20 * (field == "product_key"), column, field)
        for column, label in enumerate(labels)
        for field, rank, exact in fields_named(label)
        if (exact and field != "dropship_allowed") or _fits(field, values[column])
    )
    for minus, column, field in candidates:
        if column not in chosen and (field not in taken or field in _MANY):
            chosen[column] = (field, -minus)
            taken.add(field)
    _by_contents(labels, values, chosen, taken)
    if not any(labels):
        _without_labels(values, chosen, taken)
    _settle_codes(values, chosen)
    _settle_prices(labels, chosen)
    _settle_categories(labels, chosen)
    _settle_title(values, chosen)
    return tuple(
        ColumnMap(
            column,
            label,
            *_target(label, *chosen.get(column, ("", 0)), values[column]),
            samples=samples_of(values[column]),
        )
        for column, label in enumerate(labels)
    )


def samples_of(cells: Sequence[object]) -> tuple[str, ...]:
    """A few different cells of a column, to be shown."""
    return tuple(dict.fromkeys(text_of(cell)[:60] for cell in cells[:30]))[:4]


def _target(label: str, field: str, confidence: int, values: list[object]) -> tuple[str, str, str, int]:
    name = label_name(label) if field in ("specs", "parameters") else ""
    if field == "specs" and sum(1 for v in values if isinstance(v, str) and _PAIRS.fullmatch(v)) * 2 > len(values):
        name = ""  # each cell names its own: 颜色:红;尺码:L
    unit = unit_in(label) if field in ("weight_g", "tax_rate_bp") or field.endswith("_price") else ""
    return field, name, unit, confidence


def label_name(label: str) -> str:
    """A label as the name of a specification: without 必填 marks and stars."""
    bare = re.sub(r"[(（【\[](必填|选填|required|optional)[)）】\]]|[*＊:：]", "", label).strip()
    return re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", bare)[:40] or "规格"


def _confidence(rank: int, exact: bool) -> int:
    return max(50, 98 - rank) if exact else max(40, 70 - rank)


def _fits(field: str, values: list[object]) -> bool:
    """Contents may veto a vague name: prices and quantities need digits, yes and no their words."""
    if values and field in ("on_sale", "dropship_allowed"):
        return sum(1 for v in values if not isinstance(clean_yes_no(v), Flaw)) * 2 >= len(values)
    if not values or not (field.endswith("_price") or field in ("stock_qty", "weight_g", "min_qty", "order_step")):
        return True
    digits = sum(1 for v in values if not isinstance(v, str) or any(c.isdigit() for c in v))
    return digits * 2 >= len(values)


def _by_contents(
    labels: Sequence[str], values: list[list[object]], chosen: dict[int, tuple[str, int]], taken: set[str]
) -> None:
    """Give columns that no name told a meaning that their contents prove. What has a name of its own, such as a height
    or a volume, is a price only if its cells say money; two decimals do where there is no name."""
    for column, cells in enumerate(values):
        if column in chosen or len(cells) < 3:
            continue
        texts = [text_of(v) for v in cells]
        half = len(texts) * 0.6
        price = _MONEY if labels[column] else _PRICE
        if "barcodes" not in taken and sum(map(is_gtin, texts)) > half:
            chosen[column] = ("barcodes", 75)
        elif "image_urls" not in taken and sum(1 for t in texts if _URL.search(t)) > half:
            chosen[column] = ("image_urls", 70)
        elif "supply_price" not in taken and sum(1 for t in texts if price.search(t)) > half:
            chosen[column] = ("supply_price", 45)
        elif "title" not in taken and _like_title(texts):
            chosen[column] = ("title", 40)
        else:
            continue
        taken.add(chosen[column][0])


def _without_labels(values: list[list[object]], chosen: dict[int, tuple[str, int]], taken: set[str]) -> None:
    """A table without header: the first column of codes that never repeat, of units, and of counts."""
    tests = {"sku_code": _like_codes, "unit": _like_units, "stock_qty": _like_counts}
    for field, test in tests.items():
        if field in taken:
            continue
        for column, cells in enumerate(values):
            if column not in chosen and len(cells) >= 3 and test([text_of(v) for v in cells]):
                chosen[column] = (field, 45)
                taken.add(field)
                break


def _like_codes(texts: list[str]) -> bool:
    shaped = all(_CODE.fullmatch(t) for t in texts)
    counting = all(t.isdigit() and len(t) < 4 for t in texts)
    return shaped and not counting and len(set(texts)) == len(texts)


def _like_units(texts: list[str]) -> bool:
    return all(t in _UNITS for t in texts)


def _like_counts(texts: list[str]) -> bool:
    """Whole numbers that do not just number the rows."""
    if not all(t.isascii() and t.isdigit() and len(t) < 7 for t in texts):
        return False
    return len(set(texts)) > 1 and any(int(b) - int(a) != 1 for a, b in pairwise(texts))


def _like_title(texts: list[str]) -> bool:
    wordy = sum(1 for t in texts if 4 <= len(t) <= 80 and sum(map(str.isalpha, t)) > len(t) * 0.5)
    return wordy > len(texts) * 0.8 and len(set(texts)) > len(texts) * 0.5


def _settle_codes(values: list[list[object]], chosen: dict[int, tuple[str, int]]) -> None:
    """A "code" that repeats beside unique barcodes names the product, and the barcode is the SKU's code."""
    where = {field: column for column, (field, _) in chosen.items()}
    code, barcode = where.get("sku_code"), where.get("barcodes")
    if code is None or barcode is None or "product_key" in where:
        return
    codes = [text_of(v) for v in values[code]]
    bars = [text_of(v) for v in values[barcode]]
    if len(codes) >= 5 and len(set(codes)) < len(codes) * 0.8 and len(set(bars)) > len(bars) * 0.95:
        chosen[code] = ("product_key", 80)


def _settle_prices(labels: Sequence[str], chosen: dict[int, tuple[str, int]]) -> None:
    """供货价 is never guessed from what the seller paid while a selling price is at hand."""
    where = {field: column for column, (field, _) in chosen.items()}
    supply, retail = where.get("supply_price"), where.get("retail_price")
    if retail is None or (supply is not None and not is_cost(labels[supply])):
        return
    if any(field == "supply_price" for field, _, _ in fields_named(labels[retail])):
        if supply is not None:
            del chosen[supply]
        chosen[retail] = ("supply_price", 60)


def _settle_categories(labels: Sequence[str], chosen: dict[int, tuple[str, int]]) -> None:
    """Several category columns are one path only if they are named as its levels; else the best named counts."""
    columns = [c for c, (field, _) in chosen.items() if field == "category"]
    levels = [c for c in columns if _LEVEL.search(normal(labels[c]))]
    kept = levels if len(levels) > 1 else [max(columns, key=lambda c: chosen[c][1])] if columns else []
    for column in columns:
        if column not in kept:
            del chosen[column]


def _settle_title(values: list[list[object]], chosen: dict[int, tuple[str, int]]) -> None:
    """A sheet without a name column often calls the name its description."""
    where = {field: column for column, (field, _) in chosen.items()}
    if "title" in where or "description" not in where:
        return
    texts = [text_of(v) for v in values[where["description"]]]
    if texts and sum(map(len, texts)) < 80 * len(texts) and not any("<" in t for t in texts):
        chosen[where["description"]] = ("title", 60)


def across(columns: Sequence[ColumnMap]) -> tuple[str, list[str]]:
    """The option that runs across over counts, 尺码 (36, 37 or S, M) or 颜色, and its columns' labels: stock per size
    or colour, which one row cannot hold."""
    counts = [c for c in columns if not c.field and all(map(_COUNT.fullmatch, c.samples))]
    for option, shape in (("尺码", _SIZE), ("颜色", _COLOUR)):
        found = [c for c in counts if shape.fullmatch(c.label.strip())]
        if len({c.label.strip() for c in found if c.samples}) >= 3:
            return option, [c.label for c in found]
    return "", []


def price_tiers(columns: Sequence[ColumnMap]) -> list[str]:
    """Labels of columns that are left out and hold prices by quantity: 10-99件, ≥100."""
    named = [c for c in columns if _TIER.fullmatch(c.label.strip()) and c.samples]
    priced = [c.label for c in named if not c.field and all(type(clean_price(text)) is int for text in c.samples)]
    return priced if len(named) >= 2 else []


def adds_packages(columns: Sequence[ColumnMap]) -> bool:
    """Whether packages are told one by one: those that are there stay beside them. A whole text takes their place."""
    return any(c.field == "packages" and place_of(c.label).kind != "text" for c in columns)


def foreign_prices(columns: Sequence[ColumnMap]) -> list[str]:
    """Labels of price columns that name another currency, or whose examples do."""
    prices = [c for c in columns if c.field.endswith("_price") or c.field == "tiers"]
    return [c.label for c in prices if any(map(_FOREIGN.search, (c.label, *c.samples)))]


def is_cost(label: str) -> bool:
    """Whether a price column's name says what the seller paid rather than asks."""
    return normal(label) in _COST
