"""Where a sheet's header is: under titles and instructions, over one or several rows, or nowhere."""

import re

import msgspec

from s2b_domain.intake.labels import fields_named, normal
from s2b_domain.intake.reader import Row

IDENTITY = frozenset({"sku_code", "barcodes", "title"})
"""Fields by which goods are known; a table without any of them holds no goods."""
_SEARCHED = 40
_NUMBER = re.compile(r"[-+￥¥$]?\d[\d,，.]*\s*(%|元|件|个|g|kg)?")
_TOTAL = re.compile(
    r"(总计|合计|小计|共计|总共|总数|本页合计|本页小计|grand total|total|sub-?total|sum)"
    r"\s*[:：]?\s*([(（].*[)）])?[\d.,，￥¥元件个款条共\s]*",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(
    r"(?i)必填|选填|示例|例如|请填|请输入|格式|不超过|填写|说明|required|optional|example|e\.g\.|^x{2,}[-x]*$"
)


class Header(msgspec.Struct, frozen=True):
    """`first` and `last` are 0-based rows (-1: no header); `labels` has one text per column."""

    first: int
    last: int
    labels: tuple[str, ...]
    known: int
    """How many columns are named like a field."""


def text_of(cell: object) -> str:
    """A cell as its text, whole numbers without a decimal point.

    A spreadsheet shows 15 digits of a number; what stands behind them is left over from its calculations.
    """
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.15g}"
    return cell if isinstance(cell, str) else str(cell)


def find(head: list[Row]) -> Header:
    """Find the header among a sheet's first rows."""
    width = max((len(row) for row in head), default=0)
    best, best_score = -1, 0.0
    start = next((at for at, row in enumerate(head) if any(c != "" for c in row)), 0)
    for number, row in enumerate(head[: start + _SEARCHED]):
        points = score(row) - (number - start) * 0.01
        if points > best_score:
            best, best_score = number, points
    if best < 0 or best_score < 1.5:
        best = _by_shape(head, width)
    if best < 0:
        return Header(-1, -1, ("",) * width, 0)
    labels = _labels(head[best], width)
    first = last = best
    while last + 1 < len(head) and (joined := _joined(labels, head[last + 1], head[last + 2 :])) is not None:
        labels = joined
        last += 1
    if first and _groups(head[first - 1], head[first]):
        first -= 1
    return Header(first, last, labels, _known(labels))


def _labels(row: Row, width: int) -> tuple[str, ...]:
    return tuple(text_of(cell).strip() for cell in row) + ("",) * (width - len(row))


def _known(labels: tuple[str, ...] | list[str]) -> int:
    seen: set[str] = set()
    for label in labels:
        for field, _, _ in fields_named(label)[:1]:
            seen.add(field)
    return len(seen)


def _is_number(cell: object) -> bool:
    return not isinstance(cell, str) or bool(_NUMBER.fullmatch(cell.strip()))


def score(row: Row) -> float:
    """How much a row looks like a header: known names count, numbers and long texts count against it."""
    filled = [cell for cell in row if cell != ""]
    if not filled:
        return 0.0
    texts = [cell for cell in filled if isinstance(cell, str) and len(cell) <= 60]
    exact = sum(1 for t in texts if any(e for _, _, e in fields_named(t)[:1]))
    loose = sum(1 for t in texts if (f := fields_named(t)) and not f[0][2] and len(normal(t)) <= 10)
    numbers = sum(1 for cell in filled if _is_number(cell))
    long = len(filled) - len(texts) - numbers
    if (exact + loose) * 5 < len(filled) and exact < 3:
        return 0.0
    if len(set(map(str, filled))) == 1 and len(filled) > 2:
        return 0.0
    if exact >= 2 and exact + loose >= (len(filled) - numbers) * 0.6:
        numbers = 0  # sizes and years may stand beside names
    return exact + 0.5 * loose - 0.7 * numbers - max(0, long)


def _by_shape(head: list[Row], width: int) -> int:
    """A header without known names: all texts, no doubles, and above something that differs in kind."""
    start = next((at for at, row in enumerate(head) if any(c != "" for c in row)), 0)
    for number, row in enumerate(head[: start + _SEARCHED]):
        filled = [cell for cell in row if cell != ""]
        if len(filled) < max(2, width * 0.6):
            continue
        if any(_is_number(cell) for cell in filled) or len(set(map(normal, map(text_of, filled)))) < len(filled):
            return -1
        below = head[number + 1 : number + 30]
        for column, cell in enumerate(row):
            values = [r[column] for r in below if column < len(r) and r[column] != ""]
            if cell != "" and values and sum(map(_is_number, values)) * 2 > len(values):
                return number
        return -1
    return -1


def _joined(labels: tuple[str, ...], row: Row, below: list[Row]) -> tuple[str, ...] | None:
    """Labels with the next row's, if that row still belongs to the header."""
    cells = _labels(row, len(labels))
    filled = [c for c in cells if c]
    if len(filled) < 2 or any(_is_number(c) for c in filled):
        return None
    known = sum(1 for c in filled if any(e for _, _, e in fields_named(c)))
    if known * 2 < len(filled) or (known < 3 and known != len(filled)):
        return None
    if [normal(c) for c in cells] == [normal(c) for c in labels]:
        return labels
    return tuple(_choice(upper, lower) for upper, lower in zip(labels, cells, strict=True))


def _choice(upper: str, lower: str) -> str:
    if not lower or any(exact for _, _, exact in fields_named(upper)):
        return upper or lower
    return lower


def _groups(upper: Row, lower: Row) -> bool:
    """Whether the row above holds the groups of a two-row header (价格 over 供货价, 零售价)."""
    filled = [i for i, c in enumerate(upper) if c != ""]
    return len(filled) >= 2 and not any(_is_number(upper[i]) for i in filled) and score(upper) >= 1


def is_total(row: tuple[object, ...]) -> bool:
    """Whether a row sums up rows above it."""
    for cell in row[:6]:
        if cell != "":
            return isinstance(cell, str) and len(cell) < 40 and bool(_TOTAL.fullmatch(cell.strip()))
    return False


def is_example(row: tuple[object, ...]) -> bool:
    """Whether a row under the header explains how to fill the columns."""
    texts = [c for c in row if isinstance(c, str) and c != ""]
    numbers = sum(1 for c in row if not isinstance(c, str))
    hits = sum(1 for t in texts if _EXAMPLE.search(t.strip()))
    return numbers == 0 and hits >= 2 and hits * 3 >= len(texts)
