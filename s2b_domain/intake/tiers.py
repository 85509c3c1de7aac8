"""Prices by quantity as people write them: "10-99 ¥5.2 / 100+ ¥4.8", a column per quantity, or numbered pairs."""

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

import msgspec

from s2b_domain.intake.amounts import clean_price
from s2b_domain.intake.flaw import Cleaned, Cleaner, Flaw
from s2b_domain.intake.header import text_of
from s2b_domain.intake.visible import half_width, is_none
from s2b_domain.rules.pricing import MAX_TIERS, Tier, tiers_fit
from s2b_domain.rules.units import written

Pair = tuple[Decimal | None, int | None]
"""From how many units on, and the price; one of both where the other stands in another column."""

_N = r"\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?"
_UNIT = r"(?:(?!及?以上|起)[^\W\d_]){0,3}"
_UP = rf"[-~—–至到]+\s*(?:(?P<most>{_N})\s*{_UNIT})?|(?P<up>及?以上|起|\+)"
_FROM = rf"(?:(?P<open>>=?|<=?|≥|≤)\s*)?(?P<least>{_N})\s*{_UNIT}\s*(?:{_UP})?\s*{_UNIT}"
_PRICE = r"(?P<sign>[¥$])?\s*(?P<price>\d+(?:\.\d+)?)\s*(?P<yuan>元|块)?"
_QUANTITY_FIRST = re.compile(rf"{_FROM}(?P<mark>\s*[:=@]\s*|\s*\(\s*|\s+|(?=¥)){_PRICE}\s*\)?")
_PRICE_FIRST = re.compile(rf"{_PRICE}\s*(?:\(\s*|[:=@]\s*|\s+){_FROM}\s*\)?")
_PER = re.compile(r"(?<=[\d元块])/[^\W\d_]{1,4}")
_BETWEEN = re.compile(r"\s*[;/|\n、]\s*|\s*,(?!\d{3}(?!\d))\s*|(?:(?<=\.\d)|(?<=\.\d\d)|(?<=[元块])),\s*")
_LABEL = re.compile(rf"(?i){_FROM}")
_CHINESE = "一二三四五六七八九"
_NUMBER = rf"(?:\d|[{_CHINESE}])"
_PLACE = re.compile(rf"(?:第|tier|level|阶梯)?(?P<before>{_NUMBER})?(?:档|级|段)?(?P<word>\D+?)(?P<after>{_NUMBER})?")
_QUANTITY_WORDS = "起批量 起订量 起批数量 起订数量 起批数 数量 起始数量 件数 qty quantity moq minqty from"
_PRICE_WORDS = "批发价 阶梯价 阶梯价格 价格 单价 供货价 价 price unitprice wholesaleprice tierprice"
_QUANTITIES, _PRICES = frozenset(_QUANTITY_WORDS.split()), frozenset(_PRICE_WORDS.split())
_SIGNS = re.compile(r"[¥￥元+≥>~～-]|以上|起")
_EXAMPLES = 200


class Place(msgspec.Struct, frozen=True):
    """What a column of tiers holds by its name: whole texts, prices from a quantity on, or half of numbered pairs."""

    kind: Literal["text", "from", "quantity", "price"] = "text"
    number: Decimal = Decimal(0)


TEXT = Place()


def place_of(label: str) -> Place:
    """What a column's name says of its place among the tiers."""
    text = half_width(label).lower()
    found = _LABEL.fullmatch(text)
    if found and (found["open"] or found["most"] or found["up"]):
        return Place("from", _least(found))
    numbered = _PLACE.fullmatch(re.sub(r"[\s_.#:()-]+|元", "", text))
    if numbered and (numbered["before"] is None) != (numbered["after"] is None):
        number = numbered["before"] or numbered["after"]
        at = Decimal(_CHINESE.index(number) + 1 if number in _CHINESE else int(number))
        if numbered["word"] in _QUANTITIES:
            return Place("quantity", at)
        if numbered["word"] in _PRICES:
            return Place("price", at)
    return TEXT


def _least(found: re.Match[str]) -> Decimal:
    """From where on: below a number is from 1, above it the next."""
    least = Decimal(found["least"].replace(",", ""))
    if found["open"] in ("<", "<=", "≤"):
        return Decimal(1)
    return least + 1 if found["open"] == ">" else least


def read_tiers(text: str) -> tuple[Pair, ...] | None:
    """The pairs of a text, the smallest quantity first; None if it is something else."""
    plain = _PER.sub("", half_width(text).replace("￥", "¥").replace("~", "-").replace("：", ":")).strip()
    parts = [part.strip() for part in _BETWEEN.split(plain) if part.strip()]
    for shape in (_QUANTITY_FIRST, _PRICE_FIRST):
        found = [shape.fullmatch(part) for part in parts]
        pairs = [_pair(each, shape is _PRICE_FIRST) for each in found if each is not None]
        if parts and len(pairs) == len(parts) and None not in pairs:
            return tuple(sorted((pair for pair in pairs if pair is not None), key=lambda pair: pair[0] or 0))
    return None


def _pair(found: re.Match[str], price_first: bool) -> Pair | None:
    says = found["open"] or found["most"] or found["up"] or found["sign"] or found["yuan"]
    if not says and (price_first or not found["mark"].strip()):
        return None  # two bare numbers beside each other
    price = clean_price(found["price"])
    return (_least(found), price) if isinstance(price, int) else None


def tier_cleaner(place: Place) -> Cleaner:
    """Cells of a column of tiers as pairs; a whole text is understood in each of them."""

    def clean(cell: Any) -> Cleaned:
        text = text_of(cell).strip()
        if not text or is_none(text):
            return None
        if isinstance(cell, str) and (pairs := read_tiers(text)):
            return pairs
        value = clean_price(cell)
        if not isinstance(value, int):
            return value if value is None else Flaw("tiers_unread", "warning")
        if place.kind == "from":
            return ((place.number, value),)
        return ((Decimal(value) / 10_000, None),) if place.kind == "quantity" else ((None, value),)

    return clean


def tiers_text(tiers: Sequence[Tier | Pair], decimals: int) -> str:
    """Tiers in one line, as `read_tiers` reads them."""
    said = []
    for tier in tiers:
        least, price = (tier.min_quantity, tier.price) if isinstance(tier, Tier) else tier
        count = (
            "" if least is None else written(least, decimals) if isinstance(least, int) else f"{least.normalize():f}"
        )
        said.append(": ".join(part for part in (count, "" if price is None else written(price, 4)) if part))
    return "; ".join(said)


class Tiers(msgspec.Struct, frozen=True):
    """The tiers of a SKU in steps; `base` is the price of the smallest quantity, `least` that quantity."""

    tiers: tuple[Tier, ...] = ()
    base: int | None = None
    least: int | None = None
    flaw: str = ""


def united(
    places: Sequence[Place], cells: Sequence[tuple[Pair, ...] | None], base: int | None, decimals: int
) -> Tiers | None:
    """All columns of a row as tiers below the supply price `base`, or, without one, below the first of them."""
    pairs: list[tuple[Decimal, int]] = []
    halves: dict[Decimal, list[Any]] = {}
    for place, cell in zip(places, cells, strict=True):
        for quantity, price in cell or ():
            if quantity is not None and price is not None:
                pairs.append((quantity, price))
            else:
                half = halves.setdefault(place.number, [None, None])
                half[quantity is None] = price if quantity is None else quantity
    pairs += [(quantity, price) for quantity, price in halves.values() if quantity is not None and price is not None]
    if base is None and not pairs and list(halves) == [TEXT.number]:  # one price for any quantity
        return Tiers(base=halves[TEXT.number][1])
    if any(quantity is None for quantity, _ in halves.values()):
        return Tiers(flaw="tiers_unread")
    if not pairs:
        return None
    pairs = sorted(dict.fromkeys(pairs))
    steps = [Tier(int(quantity * 10**decimals), price) for quantity, price in pairs]
    if any(quantity * 10**decimals % 1 for quantity, _ in pairs):
        return Tiers(flaw="tiers_unread")
    least = None
    if base is None and (len(steps) > 1 or pairs[0][0] <= 1):
        base, least = steps[0].price, max(1, steps[0].min_quantity) if pairs[0][0] > 1 else None
    while steps and steps[0].price == base:
        del steps[0]
    fit = len(steps) <= MAX_TIERS and tiers_fit(10**14 if base is None else base, steps)
    return Tiers(tuple(steps), base, least, "" if fit else "tiers_wrong")


def tier_columns(labels: Sequence[str], sample: Sequence[Sequence[Any]]) -> list[int]:
    """The columns that hold prices by quantity, by their names and contents."""
    places = [place_of(label) for label in labels]
    rows = [[*row, *[""] * (len(labels) - len(row))] for row in sample[:_EXAMPLES]]
    found = [at for at in range(len(labels)) if _read_as_texts([row[at] for row in rows])]
    steps = [at for at, place in enumerate(places) if place.kind == "from" and any(row[at] != "" for row in rows)]
    if len(steps) > 1 and all(_falling([row[at] for at in steps]) for row in rows):
        found += steps
    for n in {place.number for place in places if place.kind == "quantity"}:
        pair = [at for at, place in enumerate(places) if place.number == n and place.kind in ("quantity", "price")]
        if len(pair) == 2 and any(place.number != n and place.kind == "price" for place in places):
            found += pair
    return sorted(set(found))


def _falling(cells: Sequence[Any]) -> bool:
    """Whether prices fall from column to column: counts of sizes such as 110-120 do not."""
    prices = [clean_price(cell) for cell in cells if cell != ""]
    fall = all(isinstance(price, int) for price in prices) and all(a >= b for a, b in pairwise(prices))
    return fall and (len(prices) < 2 or prices[0] > prices[-1])


def _read_as_texts(cells: Sequence[Any]) -> bool:
    texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    if not any(any(map(str.isdigit, text)) and _SIGNS.search(text) for text in texts[:20]):
        return False
    read = [(text, pairs) for text in texts if (pairs := read_tiers(text))]
    marked = sum(1 for text, _ in read if _SIGNS.search(text))
    return len(read) * 2 > len(texts) and marked * 2 > len(texts) and any(len(pairs) > 1 for _, pairs in read)
