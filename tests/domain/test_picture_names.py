"""Which goods a picture's name means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.rules.picture_names import match

CODES = st.text("AbZ09中", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ABC.jpg", "ABC"),
        ("abc.JPG", "ABC"),
        ("ABC-1.jpg", "ABC"),
        ("ABC_02.png", "ABC"),
        ("ABC (3).webp", "ABC"),
        ("ABC(4).webp", "ABC"),
        ("ＡＢＣ（5）.webp", "ABC"),
        ("ABC 主图.jpg", "ABC"),
        ("ABC-detail.jpg", "ABC"),
        ("folder\\ABC.jpg", "ABC"),
        ("A-7.jpg", "A-7"),
        ("A-7-1.jpg", "A-7"),
        ("6901234567892.jpg", "6901234567892"),
        ("V1.2.jpg", "V1.2"),
        ("ABCD.jpg", ""),
        ("ABC1.jpg", ""),
        ("ABC-1234.jpg", ""),
        ("twin.jpg", ""),
        ("Twin.jpg", "Twin"),
        (".jpg", ""),
        ("", ""),
    ],
)
def test_names(name: str, code: str) -> None:
    found = match([name], ["ABC", "A-7", "A", "6901234567892", "V1.2", "Twin", "TWIN"])
    assert (list(found.by_code), found.left) == (([code], ()) if code else ([], (name,)))


def test_the_one_without_a_number_is_first_and_ten_comes_after_nine() -> None:
    names = [f"ABC-{n}.jpg" for n in (10, 9, 2)] + ["ABC-detail.jpg", "ABC.jpg", "ABC-main.jpg"]
    order = ("ABC.jpg", "ABC-main.jpg", "ABC-2.jpg", "ABC-9.jpg", "ABC-10.jpg", "ABC-detail.jpg")
    assert match(names, ["ABC"]).by_code == {"ABC": order}


@given(st.lists(CODES, unique_by=str.casefold, min_size=1), st.data())
def test_every_name_is_somewhere_once_and_a_code_always_finds_itself(codes: list[str], data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(codes))
    names = [f"{code}.jpg", f"{code}-{data.draw(st.integers(0, 999))}.png", *data.draw(st.lists(st.text(max_size=20)))]
    found = match(names, codes)
    assert sorted([*found.left, *(n for group in found.by_code.values() for n in group)]) == sorted(names)
    assert {names[0], names[1]} <= set(found.by_code[code])
