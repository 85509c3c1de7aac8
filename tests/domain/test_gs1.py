"""Scanned codes that say more than a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.rules.gs1 import SEPARATOR, SHOWN, Gs1, gtins, parse, weighed

GTIN = "06901234567892"
JAN_31_2027 = 1_801_353_600_000


@pytest.mark.parametrize(
    "code",
    [
        f"(01){GTIN}(17)270131(10)L7(37)12",
        f"01{GTIN}1727013110L7{SEPARATOR}3712",
        f"]C101{GTIN}1727013110L7{SHOWN}3712",
        f"{SEPARATOR}01{GTIN}3712{SEPARATOR}1727013110L7",
    ],
)
def test_lot_expiry_and_count_are_read_however_they_come(code: str) -> None:
    assert parse(code) == Gs1(gtin=GTIN, lot="L7", expires_at=JAN_31_2027, count=12)


def test_day_zero_is_the_last_of_the_month() -> None:
    told = parse(f"(01){GTIN}(17)270100")
    assert told is not None
    assert told.expires_at == JAN_31_2027


def test_a_weight_is_in_grams() -> None:
    told = parse(f"01{GTIN}3102001250")
    assert told is not None
    assert told.grams == 12_500


@pytest.mark.parametrize("code", ["6901234567892", "", "(01)12", f"01{GTIN}99", "0012", "(10)L7", f"01{GTIN[:9]}"])
def test_what_is_no_gs1_code_is_none(code: str) -> None:
    assert parse(code) is None


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    parse(text)
    weighed(text)


def test_a_code_of_a_scale_holds_goods_and_grams() -> None:
    found = weighed("2100123015009")
    assert found is None or found.grams
    good = "210012301500"
    check = -sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(good)) % 10
    told = weighed(f"{good}{check}")
    assert told is not None
    assert (told.codes, told.grams) == (("2100123", "00123", "123"), 1500)
    assert weighed(f"{good}{(check + 1) % 10}") is None
    assert weighed("6901234567892") is None


def test_a_number_stands_with_and_without_its_leading_zeros() -> None:
    assert gtins("00000012345670")[:2] == ["00000012345670", "0000012345670"]
    assert "12345670" in gtins("00000012345670")
    assert gtins("16901234567899") == ["16901234567899"]
