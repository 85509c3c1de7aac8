"""How sheets of other people write where a category stands: names with > or / between them, or a column per level."""

import re
from collections.abc import Sequence

from s2b_domain.rules.attributes import folded

_DIGITS = "一二三四五六七八"
_LEVEL = re.compile(
    rf"第?([{_DIGITS}1-8])级(?:商品|产品)?(?:分类|类目|品类|目录)?(?:名称)?|(?:category )?level ?([1-8])"
)
_ARROW = re.compile(r"\s*[>›＞]\s*")
_STROKES = (re.compile(r"\s+/\s+"), re.compile(r"\s*[/|\\]\s*"))


def level_of(label: str) -> int:
    """The level that a column is of, such as 2 for 二级分类 or "Level 2"; 0 for another column."""
    found = _LEVEL.fullmatch(folded(label))
    number = (found[1] or found[2]) if found else "0"
    return _DIGITS.find(number) + 1 or int(number)


def levels_filled(names: Sequence[str], above: Sequence[str]) -> list[str]:
    """The names of a row from the top down; what merged cells leave blank before them is as in the row above."""
    first = next((at for at, name in enumerate(names) if name), len(names))
    return [*above[:first], *(name for name in names[first:] if name)] if first < len(names) else []


def between(paths: Sequence[str]) -> re.Pattern[str]:
    """What stands between the names of these paths. Names hold strokes themselves (饮食/烟酒): a stroke counts only
    where no path has an arrow, and where paths begin alike."""
    if not any(_ARROW.search(path) for path in paths):
        whole = set(paths)
        for stroke in _STROKES:
            first = [stroke.split(path)[0] for path in whole if stroke.search(path)]
            if len(set(first)) < len(first) or not whole.isdisjoint(first):
                return stroke
    return _ARROW


def split(path: str, sign: re.Pattern[str]) -> list[str]:
    """The names of a path from the top down."""
    return [part.strip() for part in sign.split(path) if part.strip()]
