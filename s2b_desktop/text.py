"""Text for people: translations, and numbers, money and times as people write them. No Qt here.

A translation file is a flat JSON object from English source to translation. In English only sources that
count something need an entry: `{"{n} orders": {"one": "{n} order", "other": "{n} orders"}}`.
"""

import json
import re
import time as clock
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Literal

from s2b_desktop.resources import path

Language = Literal["zh_CN", "en"]
LANGUAGES: tuple[Language, ...] = ("zh_CN", "en")

_Catalog = dict[str, str | dict[str, str]]

_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBER = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?", re.ASCII)
_LARGEST = 10**15

_language: Language = "zh_CN"


@cache
def _catalog(lang: Language) -> _Catalog:
    merged: _Catalog = {}
    for file in sorted(path("i18n", lang).glob("*.json")):
        merged.update(json.loads(file.read_text(encoding="utf-8")))
    return merged


def load() -> None:
    """Read the translation files of the chosen language now rather than at the first word."""
    _catalog(_language)


def set_language(lang: Language) -> None:
    """Choose the language of every later `tr` and format. Widgets are told by `views.common.language`."""
    global _language
    if lang not in LANGUAGES:
        raise ValueError(f"unknown language {lang!r}")
    _language = lang


def language() -> Language:
    return _language


def tr(source: str, /, **values: object) -> str:
    """Return `source` in the user's language with `{name}` filled in.

    An integer `n` is what is counted: it picks the English plural and gets thousands separators.
    An unknown source is its own translation.
    """
    found = _catalog(_language).get(source, source)
    counted = values.get("n")
    if isinstance(found, dict):
        found = found["one" if counted == 1 else "other"]
    if not values:
        return found
    if isinstance(counted, int):
        values["n"] = count(counted)
    return found.format_map(values)


def listed(parts: Iterable[str]) -> str:
    """Names beside each other: "a, b"."""
    return tr(", ").join(parts)


def clauses(parts: Iterable[str]) -> str:
    """Half-sentences after each other: "a; b"."""
    return tr("; ").join(parts)


def labelled(name: str, said: str) -> str:
    """What is said of something: "name: said"."""
    return tr("{name}: {said}", name=name, said=said)


def _decimal(value: int, places: int, keep: int) -> str:
    """Write `value / 10**places` with thousands separators and at least `keep` decimals."""
    whole, part = divmod(abs(value), 10**places)
    decimals = f"{part:0{places}d}".rstrip("0").ljust(keep, "0") if places else ""
    sign = "-" if value < 0 else ""
    return f"{sign}{whole:,}.{decimals}" if decimals else f"{sign}{whole:,}"


def count(n: int) -> str:
    """1234 -> "1,234"."""
    return f"{n:,}"


def money(fen: int) -> str:
    """Amount in fen with the sign of the yuan: 123450 -> "¥1,234.50"."""
    plain = _decimal(fen, 2, 2)
    return f"-¥{plain[1:]}" if fen < 0 else f"¥{plain}"


def amount(fen: int) -> str:
    """Amount in fen without a currency sign, for columns and fields: 123450 -> "1,234.50"."""
    return _decimal(fen, 2, 2)


def unit_price(ten_thousandths: int) -> str:
    """Unit price in 1/10,000 yuan: 350 -> "0.035", 120000 -> "12.00"."""
    return _decimal(ten_thousandths, 4, 2)


def quantity(n: int, step_decimals: int = 0) -> str:
    """Quantity in steps of 10**-step_decimals: (1500, 3) -> "1.5", (24, 0) -> "24"."""
    return _decimal(n, step_decimals, 0)


def signed_money(fen: int | None) -> str:
    """A difference in money with its sign; a dash where none is known."""
    if fen is None:
        return "–"
    return money(fen) if not fen else f"+{money(fen)}" if fen > 0 else f"-{money(-fen)}"


def percent(basis_points: int) -> str:
    """Share in 1/10,000: 1250 -> "12.5%"."""
    return _decimal(basis_points, 2, 0) + "%"


def whole_money(fen: int) -> str:
    """Money as offers say it, without 分 where there are none: "¥300", "¥8.50"."""
    return money(fen).removesuffix(".00")


def reduced_to(basis_points: int) -> str:
    """What is left of a price, as shops say it: 9000 -> "10% off" (打 9 折), 0 -> "free"."""
    if not basis_points:
        return tr("free")
    share = _decimal(basis_points, 3, 0) if language() == "zh_CN" else percent(10_000 - basis_points)
    return tr("{share} off", share=share)


def date(ms: int) -> str:
    """Local calendar day: "2026-11-22", in English "22 Nov 2026"."""
    day = datetime.fromtimestamp(ms / 1000)
    if _language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day:%Y-%m-%d}"


def calendar_day(iso: str) -> str:
    """A day that is kept as text ("2026-11-22"), as `date` writes days; what is no day stays as it is."""
    try:
        return date(int(datetime.fromisoformat(iso).timestamp() * 1000))
    except ValueError:
        return iso


def day_typed(ms: int) -> str:
    """A day that `parse_day` read, as it is typed: "2027-01-31", whatever the language and the clock of the PC."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d}"


def day(ms: int) -> str:
    """A day that `parse_day` read, as `date` writes days."""
    return calendar_day(day_typed(ms))


def time(ms: int) -> str:
    """Local time of day: "09:14"."""
    return f"{datetime.fromtimestamp(ms / 1000):%H:%M}"


def moment(ms: int, now: int | None = None) -> str:
    """Local day and time: "11-22 09:14", in English "22 Nov 09:14".

    With `now`, a moment of another year names its year.
    """
    at = datetime.fromtimestamp(ms / 1000)
    if now is not None and datetime.fromtimestamp(now / 1000).year != at.year:
        return f"{date(ms)} {at:%H:%M}"
    if _language == "en":
        return f"{at.day} {_MONTHS[at.month - 1]} {at:%H:%M}"
    return f"{at:%m-%d %H:%M}"


def last_day(ends_at: int) -> str:
    """The last day of what ends before `ends_at`, with the time where it ends within that day."""
    at = datetime.fromtimestamp(ends_at / 1000)
    return f"{date(ends_at)} {at:%H:%M}" if at.hour or at.minute else date(ends_at - 1)


def duration(ms: int) -> str:
    """A length of time in its largest fitting unit: "12 min", "3 h", "2 d"; below a minute in seconds."""
    if ms < _MINUTE:
        return tr("{n} s", n=max(0, ms) // 1000)
    if ms < _HOUR:
        return tr("{n} min", n=ms // _MINUTE)
    if ms < 2 * _DAY:
        return tr("{n} h", n=ms // _HOUR)
    return tr("{n} d", n=ms // _DAY)


def ago(ms: int, now: int) -> str:
    """How long before `now`: "just now", "12 min ago"; after a week, the date."""
    passed = now - ms
    if passed < _MINUTE:
        return tr("just now")
    if passed > 7 * _DAY:
        return date(ms)
    return tr("{duration} ago", duration=duration(passed))


def now_ms() -> int:
    """The wall clock, for views that show passing time; rules and commands get their times as arguments."""
    return clock.time_ns() // 1_000_000


def half_width(text: str) -> str:
    """Full-width digits, signs and points as their ASCII selves; everything else unchanged in meaning."""
    return unicodedata.normalize("NFKC", text.replace("。", ".").replace("−", "-"))


def _parse(text: str, places: int, wrong: str, too_fine: str) -> int:
    plain = half_width(text).replace(" ", "").removesuffix("元")
    plain = re.sub(r"^(-?)[¥$]?(-?)", r"\1\2", plain)
    if not _NUMBER.fullmatch(plain) or not any("0" <= c <= "9" for c in plain):
        raise ValueError(wrong)
    if len(plain) > 24:  # within Decimal's precision, so that nothing is rounded unseen
        raise ValueError("That number is too large")
    scaled = Decimal(plain.replace(",", "")).scaleb(places)
    if scaled != scaled.to_integral_value():
        raise ValueError(too_fine)
    if abs(scaled) >= _LARGEST:
        raise ValueError("That number is too large")
    return int(scaled)


def parse_money(text: str) -> int:
    """Typed amount -> fen. Raises ValueError whose message is a source for `tr`."""
    return _parse(text, 2, "Enter an amount such as 12.50", "An amount has at most 2 decimals")


def parse_unit_price(text: str) -> int:
    """Typed unit price -> 1/10,000 yuan. Raises ValueError whose message is a source for `tr`."""
    return _parse(text, 4, "Enter a price such as 0.035", "A unit price has at most 4 decimals")


def parse_quantity(text: str, step_decimals: int = 0) -> int:
    """Typed quantity -> smallest steps of 10**-step_decimals. Raises ValueError, a source for `tr`."""
    fine = "Enter a whole number" if step_decimals == 0 else "That is finer than this unit allows"
    return _parse(text, step_decimals, "Enter a quantity such as 12", fine)


def minute(ms: int) -> str:
    """A local minute as a field holds it: "2026-11-22 18:20"."""
    return f"{datetime.fromtimestamp(ms / 1000):%Y-%m-%d %H:%M}"


def parse_minute(text: str) -> int:
    """A local minute as people write it ("2026-11-22 18:20", "2026/11/22", "20261122 1820") -> ms. Raises ValueError,
    a source for `tr`."""
    parts = re.findall(r"\d+", half_width(text))
    if parts and len(parts[0]) == 8:
        parts[:1] = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    if len(parts) == 4 and len(parts[3]) == 4:
        parts[3:] = [parts[3][:2], parts[3][2:]]
    if not 3 <= len(parts) <= 5 or len(parts[0]) != 4:
        raise ValueError("Enter a time such as 2026-11-22 18:00")
    try:
        return int(datetime(*map(int, parts)).timestamp()) * 1000  # type: ignore[arg-type]
    except (ValueError, OverflowError, OSError):  # Windows knows no local time before 1970
        raise ValueError("Enter a time such as 2026-11-22 18:00") from None


def parse_end(text: str) -> int:
    """As `parse_minute`, but of a day alone it is the end: what holds until then holds all of it."""
    start = parse_minute(text)
    parts = re.findall(r"\d+", half_width(text))
    if len(parts) != (1 if len(parts[0]) == 8 else 3):
        return start
    return int((datetime.fromtimestamp(start / 1000) + timedelta(days=1)).timestamp()) * 1000


def parse_day(text: str) -> int | None:
    """Milliseconds of a day as people write it (2027-01-31, 20270131, 2027/1/31); None for nothing, ValueError."""
    parts = re.findall(r"\d+", text)
    if not text.strip():
        return None
    if len(parts) == 1 and len(parts[0]) == 8:
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    if len(parts) != 3:
        raise ValueError("not a date")
    year, month, day = map(int, parts)
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1000
