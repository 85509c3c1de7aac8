"""Opening hours: what people write, also across midnight, and nothing that overlaps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.rules.hours import by_day, hours_text, over_midnight, parse_hours


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("9-21", [(540, 1260)]),
        ("09:00-12:00, 13:30–21:00", [(540, 720), (810, 1260)]),
        ("13：30～21：00，9：00至12：00", [(540, 720), (810, 1260)]),
        ("0-24", [(0, 1440)]),
        ("18:00-02:00, 9-12", [(540, 720), (1080, 1560)]),
        ("18-0", [(1080, 1440)]),
    ],
)
def test_what_people_write(text: str, spans: list[tuple[int, int]]) -> None:
    assert parse_hours(text) == spans


@pytest.mark.parametrize(
    "text", ["abc", "9", "9-9", "9-25", "9:60-10", "9-12, 11-14", "18-2, 20-21", "24-2", "0-1,2-3,4-5,6-7,8-9"]
)
def test_what_is_no_hours(text: str) -> None:
    with pytest.raises(ValueError, match="hours"):
        parse_hours(text)


@given(st.lists(st.integers(0, 1440), max_size=8, unique=True).filter(lambda xs: len(xs) % 2 == 0))
def test_hours_are_read_as_they_are_written(minutes: list[int]) -> None:
    ordered = sorted(minutes)
    spans = list(zip(ordered[::2], ordered[1::2], strict=True))
    assert parse_hours(hours_text(spans)) == spans


def test_what_goes_on_after_midnight_is_the_next_days() -> None:
    night = [parse_hours("9-12, 18-2"), *[[]] * 5, parse_hours("22-3:30")]
    assert by_day(night) == [[(0, 210), (540, 720), (1080, 1440)], [(0, 120)], *[[]] * 4, [(1320, 1440)]]
    assert [hours_text(day) for day in over_midnight(by_day(night))] == [
        "09:00-12:00, 18:00-02:00", *[""] * 5, "22:00-03:30",
    ]  # fmt: skip
    always = [parse_hours("0-24")] * 7
    assert over_midnight(by_day(always)) == always


def test_a_night_that_ends_in_the_next_days_hours_is_said_of_that_day() -> None:
    with pytest.raises(ValueError, match="3") as wrong:
        by_day([[], [], parse_hours("18-2"), parse_hours("1-5"), [], [], []])
    assert wrong.value.args == (3,)


SPANS = st.lists(st.integers(0, 1440), max_size=4, unique=True).filter(lambda xs: len(xs) % 2 == 0)
DAYS = st.lists(SPANS, min_size=7, max_size=7)


@given(DAYS)
def test_a_week_is_read_as_it_is_shown(minutes: list[list[int]]) -> None:
    ordered = [sorted(day) for day in minutes]
    days = [list(zip(day[::2], day[1::2], strict=True)) for day in ordered]
    assert by_day([parse_hours(hours_text(day)) for day in over_midnight(days)]) == days
