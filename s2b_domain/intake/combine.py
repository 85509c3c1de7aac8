"""How other systems spread a product over rows, and how that becomes one row per SKU.

Every function takes (row number, cells) in sheet order and yields rows with one more cell: the specifications
as ((name, value), ...). Rows that are no goods of their own go to `aside` with the reason.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from s2b_domain.intake.goods import Issue
from s2b_domain.intake.header import text_of
from s2b_domain.intake.labels import normal
from s2b_domain.intake.reader import Cell, Row

Numbered = tuple[int, Row]
Specs = tuple[tuple[str, str], ...]


class Aside(msgspec.Struct, frozen=True):
    """A row that is no goods: blank, section, total, repeated_header, example, parent, picture, language,
    not_goods (a bundle, a booking)."""

    row: int
    kind: str


class _Cells:
    """Access to a row's cells by label."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.width = len(labels)
        self._at: dict[str, int] = {}
        for number, label in enumerate(labels):
            for key in ("".join(label.lower().replace("*", "").split()), normal(label)):
                self._at.setdefault(key, number)

    def at(self, *labels: str) -> int | None:
        """The first of these columns that exists."""
        for label in labels:
            found = self._at.get("".join(label.lower().split()), self._at.get(normal(label)))
            if found is not None:
                return found
        return None

    def text(self, row: Row, *labels: str) -> str:
        column = self.at(*labels)
        return "" if column is None or column >= len(row) else text_of(row[column]).strip()

    def put(self, row: Row, value: Cell, *labels: str) -> None:
        column = self.at(*labels)
        if column is not None:
            row[column] = value

    def padded(self, row: Row) -> Row:
        return list(row[: self.width]) + [""] * (self.width - len(row))


def _options(cells: _Cells, row: Row, names: Row, patterns: tuple[str, str], most: int) -> Specs:
    found: list[tuple[str, str]] = []
    for n in range(1, most + 1):
        value = cells.text(row, patterns[1].format(n=n))
        name = cells.text(row, patterns[0].format(n=n)) or cells.text(names, patterns[0].format(n=n))
        if value and value != "Default Title":
            found.append((name or f"{n}", value))
    return tuple(found)


def _with_code(
    cells: _Cells, number: int, row: Row, key: str, specs: Specs, labels: tuple[str, ...], issues: list[Issue]
) -> None:
    """Make a code from the product's key and its options where the system allowed none."""
    if key and not cells.text(row, *labels):
        made = "-".join([key, *(value for _, value in specs)])[:64]
        cells.put(row, made, *labels)
        issues.append(Issue(number, labels[0], "sku_code", "code_made", made, "warning", {"code": made}))


def shopify(
    rows: Iterable[Numbered], labels: Sequence[str], issues: list[Issue], aside: list[Aside]
) -> Iterator[Numbered]:
    """Rows of one Handle are one product; later rows leave its own columns blank, or only add a picture."""
    yield from _by_key(
        rows,
        labels,
        issues,
        aside,
        key=("Handle", "URL handle"),
        code=("Variant SKU", "SKU"),
        price=("Variant Price", "Price"),
        image=("Image Src", "Product image URL"),
        shared=("Title", "Body (HTML)", "Description", "Vendor", "Type", "Product category", "Published", "Status"),
        options=("Option{n} name", "Option{n} value"),
    )


def spree(
    rows: Iterable[Numbered], labels: Sequence[str], issues: list[Issue], aside: list[Aside]
) -> Iterator[Numbered]:
    """Rows of one slug are one product; where variants follow, the row without options is their parent."""
    cells = _Cells(labels)
    pounds = cells.at("weight_unit")
    weight = cells.at("weight")

    def united() -> Iterator[Numbered]:
        for number, row in rows:
            row = cells.padded(row)
            if pounds is not None and weight is not None and row[weight] != "" and row[pounds] != "":
                row[weight] = text_of(row[weight]) + text_of(row[pounds])
            categories = [cells.text(row, f"category{n}") for n in (1, 2, 3)]
            cells.put(row, next((c for c in categories if c), ""), "category1")
            yield number, row

    yield from _by_key(
        united(),
        labels,
        issues,
        aside,
        key=("slug",),
        code=("sku",),
        price=("price",),
        image=("image1_src",),
        shared=("name", "description", "status", "category1", "price", "compare_at_price"),
        options=("option{n}_name", "option{n}_value"),
        parents=True,
    )


def _by_key(
    rows: Iterable[Numbered],
    labels: Sequence[str],
    issues: list[Issue],
    aside: list[Aside],
    *,
    key: tuple[str, ...],
    code: tuple[str, ...],
    price: tuple[str, ...],
    image: tuple[str, ...],
    shared: tuple[str, ...],
    options: tuple[str, str],
    parents: bool = False,
) -> Iterator[Numbered]:
    cells = _Cells(labels)

    def joined(group: list[Numbered]) -> Iterator[Numbered]:
        first = group[0][1]
        handle = cells.text(first, *key)
        pictures = "\n".join(dict.fromkeys(p for _, row in group if (p := cells.text(row, *image))))
        found = [(number, row, _options(cells, row, first, options, 3)) for number, row in group]
        several = any(specs for _, _, specs in found)
        for number, row, specs in found:
            bare = not specs and not cells.text(row, *code) and not cells.text(row, *price)
            if bare and (len(group) > 1 and row is not first):
                aside.append(Aside(number, "picture"))
                continue
            if parents and several and not specs:
                aside.append(Aside(number, "parent"))
                continue
            for label in shared:
                if not cells.text(row, label):
                    cells.put(row, cells.text(first, label), label)
            cells.put(row, pictures, *image)
            _with_code(cells, number, row, handle, specs, code, issues)
            yield number, [*row, specs or ""]

    group: list[Numbered] = []
    for number, row in rows:
        row = cells.padded(row)
        if group and cells.text(row, *key) not in ("", cells.text(group[0][1], *key)):
            yield from joined(group)
            group = []
        group.append((number, row))
    if group:
        yield from joined(group)


def woocommerce(
    rows: Iterable[Numbered], labels: Sequence[str], issues: list[Issue], aside: list[Aside]
) -> Iterator[Numbered]:
    """A variable product is followed by its variations, which name it by SKU or id:n."""
    cells = _Cells(labels)
    parents: dict[str, Row] = {}
    for number, raw in rows:
        row = cells.padded(raw)
        kind = cells.text(row, "Type").lower()
        if "variable" in kind:
            for name in (cells.text(row, "SKU"), "id:" + cells.text(row, "ID")):
                parents[name] = row
            aside.append(Aside(number, "parent"))
            continue
        if "grouped" in kind or "external" in kind:
            aside.append(Aside(number, "not_goods"))
            continue
        named = cells.text(row, "Parent")
        parent = parents.get(named) if "variation" in kind else None
        specs = _attributes(cells, row)
        if parent is not None:
            for label in ("Description", "Short description", "Categories", "Brands", "Weight (kg)"):
                if not cells.text(row, label):
                    cells.put(row, cells.text(parent, label), label)
            cells.put(row, cells.text(parent, "Name"), "Name")
            own, shared = cells.text(row, "Images"), cells.text(parent, "Images")
            cells.put(row, ", ".join(p for p in (shared, own) if p), "Images")
            cells.put(row, cells.text(parent, "SKU") or named, "Parent")
        else:
            specs = ()
        cells.put(row, cells.text(row, "Description").replace("\\n", "\n"), "Description")
        cells.put(row, cells.text(row, "Categories").split(",")[0], "Categories")
        if cells.text(row, "Stock") == "parent":
            cells.put(row, "", "Stock")
        key = cells.text(row, "Parent") or ("WC" + cells.text(row, "ID") if cells.text(row, "ID") else "")
        _with_code(cells, number, row, key, specs, ("SKU",), issues)
        yield number, [*row, specs or ""]


def _attributes(cells: _Cells, row: Row) -> Specs:
    found = []
    for n in range(1, 11):
        name, value = cells.text(row, f"Attribute {n} name"), cells.text(row, f"Attribute {n} value(s)")
        if name and value:
            found.append((name, value))
    return tuple(found)


_BAGISTO_GOODS = frozenset({"simple", "virtual", "downloadable"})
_BAGISTO_OTHER = frozenset({"grouped", "bundle", "booking"})


def bagisto(
    rows: Iterable[Numbered], labels: Sequence[str], issues: list[Issue], aside: list[Aside]
) -> Iterator[Numbered]:
    """A configurable product lists its variants' options; the variants are rows that name it as parent_sku."""
    cells = _Cells(labels)
    specs: dict[str, Specs] = {}
    parents: dict[str, Row] = {}
    locales: dict[str, str] = {}
    for number, raw in rows:
        row = cells.padded(raw)
        kind, code, locale = (cells.text(row, label) for label in ("type", "sku", "locale"))
        if code and locales.setdefault(code, locale) != locale:
            aside.append(Aside(number, "language"))
            continue
        if kind == "configurable":
            parents[code] = row
            for variant in cells.text(row, "configurable_variants").split("|"):
                pairs = dict(pair.split("=", 1) for pair in variant.split(",") if "=" in pair)
                options = tuple((k.strip(), v.strip()) for k, v in pairs.items() if k != "sku")
                specs[pairs.get("sku", "")] = options
            aside.append(Aside(number, "parent"))
            continue
        if kind in _BAGISTO_OTHER:
            aside.append(Aside(number, "not_goods"))
            continue
        if kind not in _BAGISTO_GOODS:
            issues.append(Issue(number, "type", "type", "unknown_type", kind))
        parent = parents.get(cells.text(row, "parent_sku"))
        if parent is not None:
            for label in ("name", "description", "categories", "images"):
                if not cells.text(row, label):
                    cells.put(row, cells.text(parent, label), label)
        cells.put(row, cells.text(row, "categories").split(",")[0], "categories")
        cells.put(row, cells.text(row, "images").replace(",", "\n"), "images")
        cells.put(row, _bagisto_stock(cells, row), "inventories")
        yield number, [*row, specs.get(code) or ""]


def _bagisto_stock(cells: _Cells, row: Row) -> Cell:
    """`default=100,second=5` is 105 in all; unmanaged stock is not given."""
    text = cells.text(row, "inventories")
    if cells.text(row, "manage_stock") == "0" or not text:
        return ""
    counts = [part.partition("=")[2].strip() for part in text.split(",")]
    return str(sum(map(int, counts))) if all(c.isdigit() for c in counts) else text


_TAOBAO_SKU = re.compile(r"(\d+(?:\.\d+)?):(\d+):([^:;]*):((?:-?\d+:-?\d+;)+)")
_TAOBAO_ALIAS = re.compile(r"(-?\d+:-?\d+):([^;]+)")
_TAOBAO_NAMES = {"1627207": "颜色分类", "20509": "尺码", "20549": "鞋码", "5919063": "套餐"}
_ADDRESS = re.compile(r"https?://[^;|\s]+")


def taobao(
    rows: Iterable[Numbered], labels: Sequence[str], issues: list[Issue], aside: list[Aside]
) -> Iterator[Numbered]:
    """skuProps packs the variants of a row as price:stock:code:property:value; ..."""
    cells = _Cells(labels)
    for number, raw in rows:
        row = cells.padded(raw)
        aliases = dict(_TAOBAO_ALIAS.findall(cells.text(row, "propAlias")))
        cells.put(row, "\n".join(_ADDRESS.findall(cells.text(row, "picture"))), "picture")
        key = cells.text(row, "outer_id") or cells.text(row, "num_id")
        cells.put(row, key, "num_id")
        variants = _TAOBAO_SKU.findall(cells.text(row, "skuProps"))
        if not variants:
            yield number, [*row, ""]
        for price, stock, code, properties in variants:
            copy = list(row)
            pairs = [p for p in properties.split(";") if p]
            specs = tuple((_TAOBAO_NAMES.get(p.split(":")[0], p.split(":")[0]), aliases.get(p, p)) for p in pairs)
            for value, label in ((price, "price"), (stock, "num"), (code, "outer_id")):
                cells.put(copy, value, label)
            _with_code(cells, number, copy, key, specs, ("outer_id",), issues)
            yield number, [*copy, specs]


_ID_NAME = re.compile(r"^\d+\s*-\s*")


def lilishop(
    rows: Iterable[Numbered], labels: Sequence[str], issues: list[Issue], aside: list[Aside]
) -> Iterator[Numbered]:
    """Variants follow their product with a blank name; 规格项 and 规格值 name the options."""
    cells = _Cells(labels)
    first: Row = []
    for number, raw in rows:
        row = cells.padded(raw)
        if cells.text(row, "商品名称"):
            first = row
        elif first:
            for label in ("商品名称", "商品分类", "计量单位", "发布状态", "商品图片", "详情"):
                if not cells.text(row, label):
                    cells.put(row, cells.text(first, label), label)
        for label in ("商品分类", "计量单位"):
            cells.put(row, _ID_NAME.sub("", cells.text(row, label)), label)
        names, values = (re.split(r"[,，;；|]", cells.text(row, label)) for label in ("规格项", "规格值"))
        specs = tuple((n.strip(), v.strip()) for n, v in zip(names, values, strict=False) if n.strip() and v.strip())
        yield number, [*row, specs or ""]
