"""Rows of one product: what belongs to the product is said once, by the first of its rows that says it."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from s2b_domain.intake.goods import GoodsRow, Issue

SHARED = ("title", "brand", "category", "description", "parameters", "image_urls")
_shared = attrgetter(*SHARED)


class Products:
    """Gives later rows of a product the title, brand, category, description, parameters and images of the first.

    Otherwise the rows of one sheet would overwrite each other, and the same sheet would never be unchanged. Where it
    `gathers` pictures, each row adds its own to those before.
    """

    def __init__(self, labels: Mapping[str, str], *, gathers: bool = False) -> None:
        self._labels, self._gathers = labels, gathers
        self._first: dict[str, tuple[int, tuple[Any, ...]]] = {}

    def unite(self, goods: list[GoodsRow], issues: list[Issue]) -> list[GoodsRow]:
        """The batch with one voice per product; each row that said otherwise gets a warning."""
        known = self._first
        for at, row in enumerate(goods):
            if row.product_key is None:
                continue
            mine = _shared(row)
            first = known.setdefault(row.product_key, (row.row, mine))
            if first[1] != mine:
                goods[at] = self._settled(row, mine, first, issues)
        return goods

    def _settled(
        self, row: GoodsRow, mine: Sequence[object], first: tuple[int, tuple[Any, ...]], issues: list[Issue]
    ) -> GoodsRow:
        number, said = first
        known = tuple(old if old is not None else new for old, new in zip(said, mine, strict=True))
        if self._gathers and row.image_urls and said[-1]:
            pictures = tuple(dict.fromkeys((*said[-1], *row.image_urls)))
            known = (*known[:-1], pictures)
            row = msgspec.structs.replace(row, image_urls=pictures)
            mine = _shared(row)
        if known != said and row.product_key is not None:
            self._first[row.product_key] = (number, known)
        differs = {f: v for f, v, m in zip(SHARED, known, mine, strict=True) if m is not None and m != v}
        for field in differs:
            value = getattr(row, field)
            text = value if isinstance(value, str) else "; ".join(value)
            issues.append(
                Issue(
                    row.row,
                    self._labels.get(field, ""),
                    field,
                    "differs_in_product",
                    text[:120],
                    "warning",
                    {"other": number},
                )
            )
        return msgspec.structs.replace(row, **differs) if differs else row
