"""The number by which a shop is named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.rules.shop_number import id_in, shop_number

IDS = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(IDS)
def test_a_number_names_its_id_however_it_is_spaced(id_: str) -> None:
    number = shop_number(id_)
    assert id_in(number) == id_in(f" {number.lower().replace('-', ' ')}\n") == id_


def test_slips_are_found() -> None:
    number = shop_number("0192f0a1b2c37d4e8f90a1b2c3d4e5f6")
    digits = number.replace("-", "")
    wrong = [digits[:at] + ("0" if digits[at] != "0" else "1") + digits[at + 1 :] for at in range(len(digits))]
    swapped = [digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :] for at in range(34)]
    assert not any(
        id_in(each) for each in (*wrong, *(s for s in swapped if s != digits), "", digits[:-1], digits + "0")
    )
