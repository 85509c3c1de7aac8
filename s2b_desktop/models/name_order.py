"""Names in the order in which people look for them: figures and letters first, Chinese by its sound.

A database knows only the order of code points, which is no order at all for Chinese. So lists are put in order here,
and the order is kept until the names change: to show a filtered list by name then costs no sorting.
"""

import unicodedata
from array import array
from collections.abc import Iterable
from functools import cache
from heapq import merge
from itertools import islice

from sqlalchemy import Connection, Select

TOGETHER = 4_000
"""Names that are sorted in one go: while it lasts, no other thread runs."""
_TONES = "\u0304\u0301\u030c\u0300"
_FIRST_PLACE = 0xF0000
"""Where Unicode leaves room for signs of one's own, behind all others."""


@cache
def _places() -> dict[int, str]:
    """For each Chinese character one beyond all scripts, in the order of sounds and tones."""
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415  (large: only once somebody sorts by name)

    def sound(char: int) -> tuple[str, int, int]:
        reading = unicodedata.normalize("NFD", PINYIN_DICT[char].split(",")[0]).replace("u\u0308", "v")
        tone = max(_TONES.find(sign) for sign in reading)
        return "".join(sign for sign in reading if sign.isalpha()), tone, char

    return {char: chr(_FIRST_PLACE + place) for place, char in enumerate(sorted(PINYIN_DICT, key=sound))}


def name_key(name: str) -> str:
    """What puts a name in its place among others, by an ordinary comparison; cases are alike."""
    return name.casefold().translate(_places())


def by_name(named: Iterable[tuple[int, str | None]], *, descending: bool = False) -> "array[int]":
    """Rowids in the order of the names beside them; equal names stay as they came."""
    keyed = ((name_key(name or ""), place, rowid) for place, (rowid, name) in enumerate(named))
    runs = iter(lambda: sorted(islice(keyed, TOGETHER)), [])
    ordered = array("q", [rowid for _, _, rowid in merge(*runs)])
    if descending:
        ordered.reverse()
    return ordered


class NameOrder:
    """The order of all rows of a list whose statement gives (rowid, name). `forget` when a name may have changed."""

    def __init__(self, statement: Select[int, str]) -> None:
        self._statement = statement
        self._forgotten = 0
        self._kept: tuple[int, array[int]] | None = None

    def forget(self) -> None:
        """The next question reads the names anew. To be called after a change is committed."""
        self._forgotten += 1

    def rowids(self, connection: Connection, among: Iterable[int] | None = None, *, descending: bool) -> "array[int]":
        """All rows, or those `among` which are asked for, by name."""
        kept, now = self._kept, self._forgotten
        if kept is None or kept[0] != now:
            found = connection.execute(self._statement).cursor
            kept = (now, by_name(found.fetchall()))
            self._kept = kept
        ordered = kept[1] if among is None else array("q", filter(set(among).__contains__, kept[1]))
        return ordered[::-1] if descending else ordered[:]
