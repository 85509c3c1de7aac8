"""What a scanned GS1 code says beside its number: lot, expiry, count, weight; and the codes that scales print."""

import re
from datetime import UTC, datetime, timedelta

import msgspec

SEPARATOR = "\x1d"
SHOWN = "\u241d"
"""How a field shows the separator, which is no printable character."""
_FIXED = {"00": 18, "01": 14, "02": 14, "11": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2}
_VARIABLE = {"10": 20, "21": 20, "30": 8, "37": 8, "240": 30, "400": 30}
_WRITTEN = re.compile(r"\((\d{2,4})\)([^(]*)")
_SYMBOLOGY = re.compile(r"\A\](C1|d2|Q3|e0)")
KILOGRAM_DECIMALS = 3


class Gs1(msgspec.Struct, frozen=True, kw_only=True):
    """`gtin` is the item's number without leading zeros of packing; `count` and `grams` are None where not said."""

    gtin: str
    lot: str = ""
    expires_at: int | None = None
    count: int | None = None
    grams: int | None = None


class Weighed(msgspec.Struct, frozen=True):
    """A 13-digit code of a scale: the number of the goods (with and without its prefix), and their weight."""

    codes: tuple[str, ...]
    grams: int


def parse(code: str) -> Gs1 | None:
    """A GS1 element string, as scanners send it or as it is printed with brackets; None if it is none."""
    code = code.replace(SHOWN, SEPARATOR)
    written = _WRITTEN.findall(code) if code.startswith("(") else []
    elements = dict(written) if written else _elements(_SYMBOLOGY.sub("", code).lstrip(SEPARATOR))
    gtin = (elements or {}).get("01") or (elements or {}).get("02")
    if not elements or gtin is None or len(gtin) != 14 or not gtin.isdigit():
        return None
    count = elements.get("30") or elements.get("37")
    return Gs1(
        gtin=gtin,
        lot=elements.get("10", ""),
        expires_at=_day(elements.get("17") or elements.get("15") or ""),
        count=int(count) if count and count.isdigit() else None,
        grams=_grams(elements),
    )


def gtins(gtin: str) -> list[str]:
    """How a 14-digit number may stand as a barcode: as it is, and without its leading zeros."""
    found = [gtin]
    while len(found[-1]) > 8 and found[-1].startswith("0"):
        found.append(found[-1][1:])
    return found


def variants(code: str) -> list[str]:
    """A barcode as it stands, and with the leading zero that some scanners drop or add."""
    if code.isdigit() and len(code) == 12:
        return [code, "0" + code]
    if code.isdigit() and len(code) == 13 and code[0] == "0":
        return [code, code[1:]]
    return [code]


def weighed(code: str) -> Weighed | None:
    """A code 2xIIIIIWWWWWC as scales print it (weight in grams); None if it is none or its check digit is wrong."""
    if len(code) != 13 or not code.isdigit() or code[0] != "2" or not _checks(code):
        return None
    grams = int(code[7:12])
    return Weighed((code[:7], code[2:7], code[2:7].lstrip("0")), grams) if grams else None


def _checks(code: str) -> bool:
    return sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(code)) % 10 == 0


def _elements(text: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    while text:
        if text[0] == SEPARATOR:
            text = text[1:]
            continue
        ai = next((text[:n] for n in (2, 3) if text[:n] in _FIXED or text[:n] in _VARIABLE), "")
        if not ai and re.match(r"3[1-6]\d\d\d{6}", text):
            ai, length = text[:4], 6
        elif ai in _FIXED:
            length = _FIXED[ai]
        elif ai:
            end = text.find(SEPARATOR)
            length = min(len(text) if end < 0 else end, len(ai) + _VARIABLE[ai]) - len(ai)
        else:
            return None
        value = text[len(ai) : len(ai) + length]
        if len(value) < length or not value:
            return None
        found[ai] = value
        text = text[len(ai) + length :]
    return found


def _grams(elements: dict[str, str]) -> int | None:
    """Net weight in kilograms: AI 310n with n decimals."""
    for ai, value in elements.items():
        if ai.startswith("310") and len(ai) == 4 and value.isdigit():
            scaled = int(value) * 10**KILOGRAM_DECIMALS
            return int(scaled // 10 ** int(ai[3]))
    return None


def _day(text: str) -> int | None:
    """YYMMDD; day 00 is the month's last one. UTC milliseconds of its beginning."""
    if len(text) != 6 or not text.isdigit():
        return None
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:])
    try:
        if day:
            return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1000
        after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    except ValueError:
        return None
    return int((after - timedelta(days=1)).timestamp()) * 1000
