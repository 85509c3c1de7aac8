"""A phone number is the same however it is typed."""

import pytest

from s2b_domain.rules.phones import plain_phone


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        (" （0571）8888·6666 ", "057188886666"),
        ("＋86 138　0013　8000", "13800138000"),
        ("0086-13800138000", "13800138000"),
        ("+1 (202) 555-0100", "+12025550100"),
        ("13800138000-8888", "138001380008888"),
        (" - ", ""),
    ],
)
def test_what_people_put_between_the_digits(typed: str, plain: str) -> None:
    assert plain_phone(typed) == plain == plain_phone(plain)
