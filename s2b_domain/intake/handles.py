"""Shopify and Spree: rows of one handle are one product."""

from collections.abc import Iterable, Iterator, Sequence

from s2b_domain.intake.combine import Aside, Cells, Numbered, options_of, with_code
from s2b_domain.intake.goods import Issue
from s2b_domain.intake.header import text_of


def shopify(
    rows: Iterable[Numbered], labels: Sequence[str], issues: list[Issue], aside: list[Aside]
) -> Iterator[Numbered]:
    """Rows of one Handle are one product; later rows leave its own columns blank, or only add a picture."""
    yield from by_key(
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
    cells = Cells(labels)
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

    yield from by_key(
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


def by_key(
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
    cells = Cells(labels)

    def joined(group: list[Numbered]) -> Iterator[Numbered]:
        first = group[0][1]
        handle = cells.text(first, *key)
        pictures = "\n".join(dict.fromkeys(p for _, row in group if (p := cells.text(row, *image))))
        found = [(number, row, options_of(cells, row, first, options, 3)) for number, row in group]
        several = any(specs for _, _, specs in found)
        said = {label: next((t for _, row in group if (t := cells.text(row, label))), "") for label in shared}
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
                    cells.put(row, said[label], label)
            cells.put(row, pictures, *image)
            with_code(cells, number, row, handle, specs, code, issues)
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
