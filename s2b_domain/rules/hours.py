"""Opening hours as people write them: "9:00-12:00, 18:00-2:00"."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

MOST = 4
"""Spans in a day at most."""
DAY = 1440
Span = tuple[int, int]
_SPAN = re.compile(r"(\d{1,2})(?:[:：.](\d{2}))?\s*[-–—~～至到]\s*(\d{1,2})(?:[:：.](\d{2}))?")


def parse_hours(text: str) -> list[Span]:
    """The spans of a day in minutes, in order and apart from each other; none for an empty text (closed). One that goes
    on after midnight ends after minute 1440.

    ValueError for anything else.
    """
    parts = [part.strip() for part in re.split(r"[,，;；、]", text) if part.strip()]
    found: list[Span] = []
    for part in parts:
        match = _SPAN.fullmatch(part)
        if match is None:
            raise ValueError("hours")
        start, start_minute, end, end_minute = (int(n or 0) for n in match.groups())
        if start_minute > 59 or end_minute > 59:
            raise ValueError("hours")
        opens, closes = start * 60 + start_minute, end * 60 + end_minute
        if opens == closes or max(opens, closes) > DAY:
            raise ValueError("hours")
        found.append((opens, closes if opens < closes else closes + DAY))
    found.sort()
    if not _apart(found):
        raise ValueError("hours")
    return found


def _apart(spans: Sequence[Span]) -> bool:
    """Whether spans in order may be those of one day."""
    begun = all(opens < DAY for opens, _ in spans)
    return begun and len(spans) <= MOST and all(one[1] <= other[0] for one, other in pairwise(spans))


def by_day(week: Sequence[Sequence[Span]]) -> list[list[Span]]:
    """Days as `parse_hours` reads them, with what goes on after midnight as the first span of the day after, so that
    none ends after minute 1440. ValueError with the place of a day (from 0) where that is too much."""
    days = [[(opens, min(closes, DAY)) for opens, closes in spans] for spans in week]
    for at, spans in enumerate(week):
        if spans and spans[-1][1] > DAY:
            days[(at + 1) % len(days)].insert(0, (0, spans[-1][1] - DAY))
    for at, day in enumerate(days):
        if not _apart(day):
            raise ValueError(at)
    return days


def over_midnight(days: Sequence[Iterable[Span]]) -> list[list[Span]]:
    """Days of `by_day` as people write them: what ends at midnight and goes on for less than a day is one span."""
    week = [sorted(day) for day in days]
    for at, day in enumerate(week):
        after = week[(at + 1) % len(week)]
        if day and after and day[-1][1] == DAY and after[0][0] == 0 and after[0][1] < day[-1][0]:
            day[-1] = (day[-1][0], DAY + after.pop(0)[1])
    return week


def hours_text(spans: Iterable[Span]) -> str:
    """Spans as `parse_hours` reads them."""
    return ", ".join(f"{clock(opens)}-{clock(closes)}" for opens, closes in sorted(spans))


def clock(minute: int) -> str:
    """A minute of the day, or of the day after: 570 is "09:30"."""
    minute -= DAY * (minute > DAY)
    return f"{minute // 60:02}:{minute % 60:02}"
