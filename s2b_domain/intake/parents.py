"""WooCommerce and Bagisto: variants name their parent, which has a row of its own."""

from collections.abc import Iterable, Iterator, Sequence

from s2b_domain.intake.combine import Aside, Cells, Numbered, Specs, with_code
from s2b_domain.intake.goods import Issue
from s2b_domain.intake.reader import Cell, Row


def woocommerce(
    rows: Iterable[Numbered], labels: Sequence[str], issues: list[Issue], aside: list[Aside]
) -> Iterator[Numbered]:
    """A variable product is followed by its variations, which name it by SKU or id:n."""
    cells = Cells(labels)
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
        with_code(cells, number, row, key, specs, ("SKU",), issues)
        yield number, [*row, specs or ""]


def _attributes(cells: Cells, row: Row) -> Specs:
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
    cells = Cells(labels)
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


def _bagisto_stock(cells: Cells, row: Row) -> Cell:
    """`default=100,second=5` is 105 in all; unmanaged stock is not given."""
    text = cells.text(row, "inventories")
    if cells.text(row, "manage_stock") == "0" or not text:
        return ""
    counts = [part.partition("=")[2].strip() for part in text.split(",")]
    return str(sum(map(int, counts))) if all(c.isdigit() for c in counts) else text
