"""The cart while it is being priced: what each line still costs, what fell on it, and what may still fall on it."""

from collections.abc import Iterable, Sequence

from s2b_domain.rules.money import line_amount
from s2b_domain.rules.pricing.allocation import spread
from s2b_domain.rules.pricing.cart import CartLine
from s2b_domain.rules.pricing.offers import EVERY_BIT, Bearer, Goods, PromotionRule
from s2b_domain.rules.pricing.trace import Reduction, Stage


class Running:
    """Amounts in 分 by line index, lines in the order of their keys. No amount ever falls below its floor."""

    def __init__(self, lines: Iterable[CartLine]) -> None:
        self.lines = sorted(lines, key=lambda li: li.key)
        self.lists = [line_amount(li.list_price, li.quantity, li.decimals) for li in self.lines]
        self.prices = [li.list_price for li in self.lines]
        self.item_amounts = list(self.lists)
        self.amounts = list(self.lists)
        self.floors = [
            min(whole, line_amount(li.floor_price, li.quantity, li.decimals))
            for li, whole in zip(self.lines, self.lists, strict=True)
        ]
        self.rooms = [li.cost for li in self.lines]
        self.present = [0] * len(self.lines)
        self.allowed = [EVERY_BIT] * len(self.lines)
        self.reductions: list[list[Reduction]] = [[] for _ in self.lines]
        self.units = [li.quantity // 10**li.decimals for li in self.lines]
        self._all = list(range(len(self.lines)))
        self._by: dict[tuple[str, str], list[int]] = {}
        for i, line in enumerate(self.lines):
            kinds = (("sku", line.sku_id), ("product", line.product_id), ("supplier", line.supplier_id))
            for key in (*kinds, *(("category", c) for c in line.category_ids)):
                self._by.setdefault(key, []).append(i)

    def named_by(self, rule: PromotionRule) -> list[int]:
        """The lines that a promotion names."""
        found = self.matching(rule.terms.goods)
        if rule.only_supplier:
            found = [i for i in found if self.lines[i].supplier_id == rule.only_supplier]
        return found

    def of_sku(self, sku_id: str) -> list[int]:
        """The lines of a SKU."""
        return self._by.get(("sku", sku_id), [])

    def matching(self, goods: Goods) -> list[int]:
        """The lines that a choice of goods names."""
        by = self._by
        groups = [
            found
            for kind, ids in (
                ("sku", goods.sku_ids),
                ("product", goods.product_ids),
                ("category", goods.category_ids),
                ("supplier", goods.supplier_ids),
            )
            for id_ in ids
            if (found := by.get((kind, id_)))
        ]
        if goods.everything:
            found = self._all
        elif len(groups) == 1:
            found = groups[0]
        else:
            found = sorted({i for group in groups for i in group})
        if goods.except_sku_ids or goods.except_category_ids:
            skus, categories = set(goods.except_sku_ids), set(goods.except_category_ids)
            found = [
                i
                for i in found
                if self.lines[i].sku_id not in skus and not categories.intersection(self.lines[i].category_ids)
            ]
        return found

    def open_to(self, indexes: Sequence[int], bit: int, mask: int) -> list[int]:
        """The lines on which a reduction of class `bit` that tolerates `mask` may fall."""
        allowed, present = self.allowed, self.present
        return [i for i in indexes if allowed[i] & bit and not present[i] & ~mask]

    def mark(self, indexes: Iterable[int], bit: int, mask: int) -> None:
        """Remember what fell on lines."""
        for i in indexes:
            self.present[i] |= bit
            self.allowed[i] &= mask

    def caps(self, indexes: Sequence[int], bearer: Bearer) -> list[int]:
        """What each line can still give."""
        caps = [self.amounts[i] - self.floors[i] for i in indexes]
        if bearer is Bearer.SUPPLIER:
            caps = [min(c, self.rooms[i]) for c, i in zip(caps, indexes, strict=True)]
        return caps

    def take(
        self, indexes: Sequence[int], total: int, stage: Stage, source: tuple[str, str], bearer: tuple[Bearer, str]
    ) -> list[int]:
        """Spread up to `total` over lines and write it down; the parts."""
        parts = spread(total, [self.amounts[i] for i in indexes], self.caps(indexes, bearer[0]))
        for i, part in zip(indexes, parts, strict=True):
            if part:
                self.take_from(i, part, stage, source, bearer)
        return parts

    def take_from(
        self, index: int, part: int, stage: Stage, source: tuple[str, str], bearer: tuple[Bearer, str]
    ) -> None:
        """Write down what one line gives."""
        self.amounts[index] -= part
        if bearer[0] is Bearer.SUPPLIER:
            self.rooms[index] -= part
        self.reductions[index].append(Reduction(stage, *source, part, *bearer))

    def keys(self, indexes: Iterable[int]) -> tuple[str, ...]:
        """The keys of lines."""
        return tuple([self.lines[i].key for i in indexes])
