"""How a SKU tells itself from the others of its product."""

from collections.abc import Mapping


def specs_text(specs: Mapping[str, str]) -> str:
    """The values of its specifications: "白 / 大"."""
    return " / ".join(specs[name] for name in sorted(specs))


def sku_name(title: str, specs: Mapping[str, str]) -> str:
    """The product's name with them, unless it says them already."""
    said = specs_text(specs)
    return title if all(value in title for value in specs.values()) else f"{title} {said}"
