"""Codes whose leading zeros a spreadsheet took off: digits that name no goods, where the same behind zeros do."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

G = TypeVar("G")
MOST_DIGITS = 14
_TRIED = 64
"""Codes of a batch that are looked for with every number of zeros; what is found says how many to look for."""


class LostZeros(Generic[G]):
    """Finds goods by codes without their zeros. `existing` answers goods by code."""

    def __init__(self, existing: Callable[[Sequence[str]], Mapping[str, G]]) -> None:
        self._existing = existing
        self._widths: set[int] = set()

    def goods(self, codes: Iterable[str], there: Mapping[str, G]) -> dict[str, tuple[str, G]]:
        """By code as it is written, the whole code and the goods that `codes` mean which are not `there`."""
        bare = [c for c in dict.fromkeys(codes) if c not in there and len(c) < MOST_DIGITS and is_bare(c)]
        if not bare:
            return {}
        tried = self._found(bare[:_TRIED], range(1, MOST_DIGITS + 1))
        self._widths.update(len(whole) for whole, _ in tried.values())
        return self._found(bare, sorted(self._widths)) if self._widths else {}

    def _found(self, codes: Sequence[str], widths: Sequence[int]) -> dict[str, tuple[str, G]]:
        padded = {code.zfill(width): code for code in codes for width in widths if width > len(code)}
        there = self._existing(list(padded)) if padded else {}
        return {code: (whole, there[whole]) for whole, code in padded.items() if whole in there}


def is_bare(code: str) -> bool:
    """Whether zeros may have stood before a code: digits that begin with none."""
    return code.isascii() and code.isdigit() and code[0] != "0"


def lacks_zeros(code: str, whole: str) -> bool:
    """Whether a code is another one without its zeros."""
    return code != whole and is_bare(code) and whole.lstrip("0") == code
