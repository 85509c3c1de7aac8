"""Price tiers as people type them: "20: 11.5; 50: 11"."""

import re

from s2b_desktop.text import half_width, parse_quantity, parse_unit_price, quantity, unit_price
from s2b_domain.rules.pricing import MAX_TIERS, Tier

_PART = re.compile(r"[;\n]+")
_BETWEEN = re.compile(r"\s*(?:[:：=@]|→|->)\s*|\s+")


def tiers_text(tiers: tuple[Tier, ...], decimals: int) -> str:
    """Tiers in one line."""
    return "; ".join(f"{quantity(t.min_quantity, decimals)}: {unit_price(t.price)}" for t in tiers)


def parse_tiers(text: str, decimals: int) -> tuple[Tier, ...]:
    """The tiers of a line, smallest quantity first; ValueError with a text for people."""
    found = []
    for part in _PART.split(half_width(text).strip()):
        if not part.strip():
            continue
        halves = _BETWEEN.split(part.strip())
        if len(halves) != 2:
            raise ValueError("Write tiers as 20: 11.5; 50: 11")
        found.append(Tier(parse_quantity(halves[0], decimals), parse_unit_price(halves[1])))
    if len(found) > MAX_TIERS:
        raise ValueError("These are too many tiers")
    return tuple(sorted(found, key=lambda t: t.min_quantity))
