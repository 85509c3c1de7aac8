"""Codes whose leading zeros a spreadsheet took off: digits that name no goods, where the same behind zeros do."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from s2b_domain.intake.goods import GoodsRow

MOST_DIGITS = 14
_TRIED = 64
"""Codes of a batch that are looked for with every number of zeros; what is found says how many to look for."""


class LostZeros:
    """Finds goods by codes without their zeros. `existing` answers goods by code."""

    def __init__(self, existing: Callable[[Sequence[str]], Mapping[str, GoodsRow]]) -> None:
        self._existing = existing
        self._widths: set[int] = set()

    def goods(self, codes: Iterable[str], there: Mapping[str, GoodsRow]) -> dict[str, GoodsRow]:
        """By code as it is written, the goods that are meant by those `codes` that are not `there`."""
        bare = [c for c in dict.fromkeys(codes) if c not in there and len(c) < MOST_DIGITS and is_bare(c)]
        if not bare:
            return {}
        tried = range(1, MOST_DIGITS + 1)
        self._widths.update(len(goods.sku_code) for goods in self._found(bare[:_TRIED], tried).values())
        return self._found(bare, sorted(self._widths)) if self._widths else {}

    def _found(self, codes: Sequence[str], widths: Sequence[int]) -> dict[str, GoodsRow]:
        padded = {code.zfill(width): code for code in codes for width in widths if width > len(code)}
        there = self._existing(list(padded)) if padded else {}
        return {code: there[whole] for whole, code in padded.items() if whole in there}


def is_bare(code: str) -> bool:
    """Whether zeros may have stood before a code: digits that begin with none."""
    return code.isascii() and code.isdigit() and code[0] != "0"


def lacks_zeros(code: str, whole: str) -> bool:
    """Whether a code is another one without its zeros."""
    return code != whole and is_bare(code) and whole.lstrip("0") == code
