"""Opening hours as people write them: "9:00-12:00, 13:30-21:00"."""

import re
from collections.abc import Iterable

MOST = 4
"""Spans in a day at most."""
_SPAN = re.compile(r"(\d{1,2})(?:[:：.](\d{2}))?\s*[-–—~～至到]\s*(\d{1,2})(?:[:：.](\d{2}))?")


def parse_hours(text: str) -> list[tuple[int, int]]:
    """The spans of a day in minutes, in order and apart from each other; none for an empty text (closed).

    ValueError for anything else.
    """
    parts = [part.strip() for part in re.split(r"[,，;；、]", text) if part.strip()]
    found: list[tuple[int, int]] = []
    for part in parts:
        match = _SPAN.fullmatch(part)
        if match is None:
            raise ValueError("hours")
        start, start_minute, end, end_minute = (int(n or 0) for n in match.groups())
        if start_minute > 59 or end_minute > 59:
            raise ValueError("hours")
        found.append((start * 60 + start_minute, end * 60 + end_minute))
    found.sort()
    last = 0
    for opens, closes in found:
        if not (last <= opens < closes <= 1440):
            raise ValueError("hours")
        last = closes
    if len(found) > MOST:
        raise ValueError("hours")
    return found


def hours_text(spans: Iterable[tuple[int, int]]) -> str:
    """Spans as `parse_hours` reads them."""
    return ", ".join(f"{clock(opens)}-{clock(closes)}" for opens, closes in sorted(spans))


def clock(minute: int) -> str:
    """A minute of the day: 570 is "09:30"."""
    return f"{minute // 60:02}:{minute % 60:02}"
