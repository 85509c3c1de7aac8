"""起批量, 混批 and 起送金额: what a purchase from one supplier lacks before it may be sent."""

from collections.abc import Iterable, Sequence

import msgspec


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a purchase: steps, steps per unit as 10**decimals, its own minimum in steps, and its amount (分)."""

    key: str
    product_id: str
    quantity: int
    decimals: int
    minimum: int
    step: int = 1
    amount: int = 0


class Mix(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that reach a minimum (units) together; no products: all."""

    id: str
    name: str
    minimum: int
    product_ids: tuple[str, ...] = ()


class Short(msgspec.Struct, frozen=True, kw_only=True):
    """What a line lacks: `missing` steps of its own, rounded up to its order step; or, in a group, that many units of
    any of its goods (`mix_missing`; 0 without a group)."""

    key: str
    missing: int
    mix: str = ""
    mix_missing: int = 0


def mix_of(product_id: str, mixes: Iterable[Mix]) -> Mix | None:
    """The group of a product: one that names it, else the one for all goods. The first by id where several do."""
    ordered = sorted(mixes, key=lambda m: m.id)
    named = (m for m in ordered if product_id in m.product_ids)
    return next(named, None) or next((m for m in ordered if not m.product_ids), None)


def short_lines(lines: Sequence[Wanted], mixes: Sequence[Mix]) -> list[Short]:
    """The lines below their minimum, in their order. A line is fine on its own, or where its group reaches its own.

    Every further unit only helps: what is fine stays fine when more is added to it.
    """
    groups = {line.key: mix_of(line.product_id, mixes) for line in lines}
    units: dict[str, int] = {}
    for line in lines:
        group = groups[line.key]
        if group is not None:
            units[group.id] = units.get(group.id, 0) + line.quantity // 10**line.decimals
    found = []
    for line in lines:
        group = groups[line.key]
        lacking = group.minimum - units[group.id] if group is not None else 0
        if line.quantity >= line.minimum or (group is not None and lacking <= 0):
            continue
        step = max(line.step, 1)
        found.append(
            Short(
                key=line.key,
                missing=-(-line.minimum // step) * step - line.quantity,
                mix=group.name if group is not None else "",
                mix_missing=max(0, lacking),
            )
        )
    return found


def missing_amount(lines: Iterable[Wanted], minimum_amount: int) -> int:
    """What is missing (分) to 起送金额; 0 where it is reached."""
    return max(0, minimum_amount - sum(line.amount for line in lines))
