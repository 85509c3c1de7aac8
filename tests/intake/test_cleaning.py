"""Cells made into values, without ever mangling a code or a price."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.intake import amounts, cleaning, codes, header
from s2b_domain.intake.barcode import has_wrong_check_digit, is_gtin, without_lost_zero
from s2b_domain.intake.flaw import Flaw
from s2b_domain.intake.policy import Policy

PRICES = st.integers(min_value=0, max_value=10**11)
FULL_WIDTH = str.maketrans("0123456789.,", "０１２３４５６７８９．，")


def flaw(value: object) -> str:
    assert isinstance(value, Flaw)
    return value.code


@given(
    PRICES,
    st.sampled_from(["{}", "￥{}", "¥ {}", "{}元", "{} 元/瓶", " {}\u200b", "\u3000{}", "RMB {}", "'{}"]),
    st.booleans(),
)
def test_prices_are_exact_however_they_are_written(price: int, form: str, wide: bool) -> None:
    text = form.format(f"{Decimal(price) / 10_000:f}")
    assert amounts.clean_price(text.translate(FULL_WIDTH) if wide else text) == price


@given(st.integers(min_value=0, max_value=10**9))
def test_a_price_from_a_number_cell_is_its_shortest_decimal(price: int) -> None:
    assert amounts.clean_price(price / 10_000) == price
    assert amounts.clean_price(f"{price // 10_000:,}") == price // 10_000 * 10_000


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("时价", "price_on_request"),
        ("面议", "price_on_request"),
        ("12-15元", "price_range"),
        ("￥12.5~￥15", "price_range"),
        (-3, "negative"),
        ("abc", "not_a_price"),
        (True, "not_a_price"),
        (float("nan"), "not_a_price"),
        (1e40, "out_of_range"),
        ("1.2.3", "not_a_price"),
        ("3万", "not_a_price"),
    ],
)
def test_what_is_no_price_is_said(cell: object, code: str) -> None:
    assert flaw(amounts.clean_price(cell)) == code


def test_prices_that_stand_for_none_or_need_a_look() -> None:
    assert amounts.clean_price(-1.0) is None
    assert amounts.clean_price("-") is None
    assert amounts.clean_price("8800+") == Flaw("price_open", "warning", 88_000_000)
    assert amounts.clean_price("0.00005") == Flaw("price_too_fine", "warning", 0)
    assert amounts.clean_price(12.499999999999998) == 125_000


@given(st.text(alphabet="0123456789ABCxyz-_/.", min_size=1, max_size=30).filter(lambda t: any(c.isalnum() for c in t)))
def test_codes_stay_text(code: str) -> None:
    value = codes.clean_code(code)
    if not isinstance(value, Flaw) and value is not None:
        assert value == code
        assert codes.clean_code("'" + code) == code
        assert codes.clean_code(f"\u3000{code}\u200b ") == code


def test_codes_that_a_spreadsheet_has_spoilt() -> None:
    assert codes.clean_code(198482527105.0) == "198482527105"
    assert flaw(codes.clean_code(1.2345678901234568e17)) == "code_rounded"
    assert flaw(codes.clean_code("6.90123E+12")) == "code_rounded"
    assert flaw(codes.clean_code("2025-03-22T00:00:00")) == "code_is_date"
    assert codes.clean_code("００１２") == "0012"


@given(st.text(alphabet="0123456789", min_size=11, max_size=11))
def test_check_digits(body: str) -> None:
    odd = sum(map(int, ("0" + body)[1::2]))
    even = sum(map(int, ("0" + body)[0::2]))
    right = (10 - (odd * 3 + even) % 10) % 10
    ean = "0" + body + str(right)
    assert is_gtin(ean)
    assert is_gtin(ean[1:])
    for wrong in range(10):
        assert has_wrong_check_digit("0" + body + str(wrong)) == (wrong != right)
    assert without_lost_zero(ean[2:]) == (ean[1:] if body[0] == "0" else without_lost_zero(ean[2:]))


def test_lost_zeros_are_offered_and_never_silent() -> None:
    assert is_gtin("091204268730")
    asked = codes.barcode_cleaner(Policy())(91204268730.0)
    assert (asked.code, asked.level, asked.params["repaired"]) == ("leading_zero_lost", "error", "091204268730")
    kept = codes.barcode_cleaner(Policy(leading_zeros="keep"))(91204268730.0)
    assert (kept.code, kept.level, kept.value) == ("leading_zero_lost", "warning", ("91204268730",))
    repaired = codes.barcode_cleaner(Policy(leading_zeros="repair"))(91204268730.0)
    assert (repaired.code, repaired.level, repaired.value) == ("leading_zero_repaired", "warning", ("091204268730",))
    narrow = codes.wide_code_cleaner(6, Policy())(123.0)
    assert (narrow.code, narrow.params["repaired"]) == ("leading_zero_lost", "000123")
    assert codes.wide_code_cleaner(6, Policy())("123") == "123"


def test_several_barcodes_in_a_cell() -> None:
    assert codes.clean_barcode("6901234567892;6901234567908") == ("6901234567892", "6901234567908")
    assert codes.clean_barcode("6 901234 567892") == ("6901234567892",)
    assert codes.clean_barcode("CW2288-111-RG-42-雕塑") == ("CW2288-111-RG-42-雕塑",)
    assert flaw(codes.clean_barcode("6901234567893")) == "barcode_check_digit"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("13%", 1300),
        (0.13, 1300),
        ("13", 1300),
        (13.0, 1300),
        ("９％", 900),
        ("免税", 0),
        (0, 0),
        ("6.5%", 650),
        ("1%", 100),
    ],
)
def test_percent(cell: object, value: int) -> None:
    assert amounts.clean_percent(cell) == value


@pytest.mark.parametrize("cell", ["abc", "-3%", "300%", "1.234567%"])
def test_no_percent(cell: str) -> None:
    assert flaw(amounts.clean_percent(cell)) == "not_a_percent"


def test_quantities_and_packs() -> None:
    whole, fine = amounts.quantity_cleaner(0), amounts.quantity_cleaner(3)
    assert whole("1,200件") == 1200
    assert whole(5.0) == 5
    assert whole("1*10包*20个/包") == 200
    assert fine("12.5") == 12_500
    assert fine("3.5kg") == 3_500
    assert flaw(whole(2.9)) == "not_whole"
    assert flaw(whole(-6)) == "negative"
    assert flaw(whole("有货")) == "not_a_number"
    assert (whole("缺货"), whole("Out of stock")) == (0, 0)
    assert flaw(amounts.quantity_cleaner(0, 1)("缺货")) == "must_be_positive"
    assert flaw(amounts.quantity_cleaner(0, 1)(0)) == "must_be_positive"
    assert amounts.pack_size("24瓶*1箱") == 24
    assert amounts.pack_size("24") is None


def test_weights() -> None:
    assert amounts.weight_cleaner("kg")(1.25) == 1250
    assert amounts.weight_cleaner("kg")("500g") == 500
    assert amounts.weight_cleaner("")("1.2公斤") == 1200
    assert flaw(amounts.weight_cleaner("")("很重")) == "not_a_weight"


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2017-3-22", "2017-03-22"),
        ("2021.11.10", "2021-11-10"),
        ("20210101", "2021-01-01"),
        (44980, "2023-02-23"),
        ("2021年1月2日", "2021-01-02"),
        ("2025-02-11 20:37:48", "2025-02-11"),
        ("2025-02-11T00:00:00", "2025-02-11"),
    ],
)
def test_dates(cell: object, day: str) -> None:
    assert cleaning.clean_date(cell) == day


@given(st.text(max_size=60))
def test_cleaning_text_twice_changes_nothing(text: str) -> None:
    for clean in (cleaning.clean_text, cleaning.clean_title, cleaning.clean_category):
        once = clean(text)
        if isinstance(once, str):
            assert clean(once) == once


@given(st.one_of(st.text(max_size=20), st.floats(), st.integers(), st.booleans()))
def test_no_cell_breaks_a_cleaner(cell: object) -> None:
    cleaners = [
        amounts.clean_price,
        codes.clean_code,
        codes.clean_barcode,
        amounts.clean_percent,
        cleaning.clean_yes_no,
        cleaning.clean_images,
        cleaning.clean_date,
        cleaning.clean_specs,
        amounts.weight_cleaner("kg"),
        amounts.quantity_cleaner(0),
    ]
    for clean in cleaners:
        clean(cell)


def test_words_for_yes_and_no() -> None:
    assert [cleaning.clean_yes_no(w) for w in ("是", "√", "TRUE", 1.0, "上架")] == [True] * 5
    assert [cleaning.clean_yes_no(w) for w in ("否", "下架", "0", "draft", False)] == [False] * 5
    assert flaw(cleaning.clean_yes_no("也许")) == "not_yes_or_no"


@pytest.mark.parametrize(
    ("cell", "said"), [(4.470000000000001, "4.47"), (0.1 + 0.2, "0.3"), (12.0, "12"), (1.2345, "1.2345"), (7, "7")]
)
def test_numbers_of_a_spreadsheet_read_as_it_shows_them(cell: object, said: str) -> None:
    assert header.text_of(cell) == said
    assert amounts.clean_price(cell) == amounts.clean_price(said)


def test_what_calculations_leave_is_no_finer_quantity() -> None:
    assert amounts.quantity_cleaner(2)(4.470000000000001) == 447
    assert amounts.quantity_cleaner(2)(4.471) == Flaw("not_whole")
