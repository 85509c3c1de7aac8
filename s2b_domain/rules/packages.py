"""The packages of a SKU (箱, 托): of two whole units or more, each with a name and a barcode of its own."""

from collections.abc import Sequence

from s2b_domain.rules.bounds import plain
from s2b_domain.rules.gs1 import variants
from s2b_domain.rules.units import Unit, written

MAX_PACKAGES = 10
MAX_UNITS = 1_000_000
"""Units in one package."""
_SIGNS = frozenset(";；=()（）")
"""What stands between the parts of packages in one line."""


def packages_fit(packages: Sequence[Unit], unit: str, decimals: int) -> bool:
    """Whether packages of a SKU that is sold by `unit` are of whole units, more than one, and none is named twice."""
    one = 10**decimals
    names = [unit, *(p.name for p in packages)]
    codes = [p.barcode for p in packages if p.barcode]
    return (
        len(packages) <= MAX_PACKAGES
        and len(set(names)) == len(names)
        and len(set(codes)) == len(codes)
        and all(p.factor % one == 0 and 2 * one <= p.factor <= MAX_UNITS * one for p in packages)
        and all(p.name and _written(p.name, 20) and _written(p.barcode, 64) for p in packages)
    )


def rescaled(packages: Sequence[Unit], before: int, after: int) -> tuple[Unit, ...]:
    """Packages of as many units as they were, where a unit has 10**`after` steps instead of 10**`before`."""
    return tuple(Unit(p.name, p.factor * 10**after // 10**before, p.barcode) for p in packages)


def packages_text(packages: Sequence[Unit], decimals: int) -> str:
    """Packages in one line: "箱 = 12 (16901234567892); 托 = 480"."""
    said = ((p.name, written(p.factor, decimals), f" ({p.barcode})" if p.barcode else "") for p in packages)
    return "; ".join(f"{name} = {count}{code}" for name, count, code in said)


def package_of(quantity: int, packages: Sequence[Unit]) -> tuple[int, Unit] | None:
    """The largest package that `quantity` steps are whole packages of, and how many of it."""
    whole = [p for p in packages if quantity >= p.factor and quantity % p.factor == 0]
    largest = max(whole, key=lambda p: p.factor, default=None)
    return (quantity // largest.factor, largest) if largest else None


def package_named(barcode: str, packages: Sequence[Unit]) -> Unit | None:
    """The package that bears a barcode, as it stands or but for the zero that scanners drop."""
    codes = variants(barcode) if barcode else ()
    return next((p for p in packages if p.barcode in codes), None)


def _written(text: str, most: int) -> bool:
    return plain(text, most) and text == text.strip() and text.isprintable() and _SIGNS.isdisjoint(text)
