"""Opening hours: what people write, and nothing that overlaps or ends before it begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.rules.hours import hours_text, parse_hours


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("9-21", [(540, 1260)]),
        ("09:00-12:00, 13:30–21:00", [(540, 720), (810, 1260)]),
        ("13：30～21：00，9：00至12：00", [(540, 720), (810, 1260)]),
        ("0-24", [(0, 1440)]),
    ],
)
def test_what_people_write(text: str, spans: list[tuple[int, int]]) -> None:
    assert parse_hours(text) == spans


@pytest.mark.parametrize("text", ["abc", "9", "21-9", "9-9", "9-25", "9:60-10", "9-12, 11-14", "0-1,2-3,4-5,6-7,8-9"])
def test_what_is_no_hours(text: str) -> None:
    with pytest.raises(ValueError, match="hours"):
        parse_hours(text)


@given(st.lists(st.integers(0, 1440), max_size=8, unique=True).filter(lambda xs: len(xs) % 2 == 0))
def test_hours_are_read_as_they_are_written(minutes: list[int]) -> None:
    ordered = sorted(minutes)
    spans = list(zip(ordered[::2], ordered[1::2], strict=True))
    assert parse_hours(hours_text(spans)) == spans
