"""The packages of goods in words, and quantities typed by them."""

from s2b_desktop.text import parse_quantity, quantity, tr
from s2b_domain.records.catalog import Sku
from s2b_domain.rules.packages import package_of
from s2b_domain.rules.units import Unit


def package_words(sku: Sku, package: Unit) -> str:
    """What a package holds: "1 箱 = 12 瓶"."""
    held = quantity(package.factor, sku.decimals)
    return tr("1 {package} = {quantity} {unit}", package=package.name, quantity=held, unit=sku.unit)


def packages_words(sku: Sku) -> str:
    """What each of its packages holds."""
    return " · ".join(package_words(sku, package) for package in sku.packages)


def counted_words(steps: int, sku: Sku) -> str:
    """A quantity, and how many of its largest package it makes where none is opened: "24 瓶 = 2 箱"."""
    said = f"{quantity(steps, sku.decimals)} {sku.unit}".strip()
    found = package_of(steps, sku.packages)
    return f"{said} = {quantity(found[0])} {found[1].name}" if found else said


def parse_counted(text: str, sku: Sku) -> int:
    """The steps that a typed quantity means, of units or of packages ("2 箱"); ValueError, a source for `tr`."""
    said = text.strip()
    named = max((p for p in sku.packages if said.endswith(p.name)), key=lambda p: len(p.name), default=None)
    if named is None or (said.endswith(sku.unit) and len(sku.unit) > len(named.name)):
        return parse_quantity(said.removesuffix(sku.unit), sku.decimals)
    return parse_quantity(said.removesuffix(named.name)) * named.factor
