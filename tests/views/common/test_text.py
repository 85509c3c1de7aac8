"""Words, numbers and times as people read and type them."""

import ast
import json
import string
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_desktop import text
from s2b_desktop.resources import path
from s2b_desktop.text import ago, duration, parse_money, parse_quantity, parse_unit_price, tr

AMOUNTS = st.integers(-(10**12), 10**12)
FULL_WIDTH = str.maketrans("0123456789.,-¥", "０１２３４５６７８９．，－￥")


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    text.set_language("zh_CN")
    yield
    text.set_language("zh_CN")


@given(AMOUNTS)
def test_money_reads_back_what_it_writes(fen: int) -> None:
    assert parse_money(text.money(fen)) == fen
    assert parse_money(text.amount(fen)) == fen
    assert parse_money(text.money(fen).translate(FULL_WIDTH)) == fen


@given(AMOUNTS)
def test_unit_price_reads_back_what_it_writes(price: int) -> None:
    assert parse_unit_price(text.unit_price(price)) == price
    assert len(text.unit_price(price).partition(".")[2]) in (2, 3, 4)


@given(AMOUNTS, st.integers(0, 6))
def test_quantity_reads_back_what_it_writes(steps: int, decimals: int) -> None:
    said = text.quantity(steps, decimals)
    assert parse_quantity(said, decimals) == steps
    assert not ("." in said and said.endswith("0"))


def test_numbers_look_as_promised() -> None:
    assert text.money(123_450) == "¥1,234.50"
    assert text.money(-5) == "-¥0.05"
    assert text.unit_price(350) == "0.035"
    assert text.unit_price(120_000) == "12.00"
    assert text.quantity(1500, 3) == "1.5"
    assert text.count(1_234_567) == "1,234,567"
    assert text.percent(1250) == "12.5%"
    assert [text.whole_money(n) for n in (30_000, 850, 0)] == ["¥300", "¥8.50", "¥0"]


def test_offers_and_lists_are_said_as_each_language_says_them() -> None:
    shares, names = (9000, 8800, 0), ["满减", "特价"]
    text.set_language("zh_CN")
    assert [text.reduced_to(n) for n in shares] == ["打 9 折", "打 8.8 折", "免费"]
    said = text.labelled("活动", text.listed(names)), text.clauses(names)
    assert said == ("活动：满减、特价", "满减；特价")
    text.set_language("en")
    assert [text.reduced_to(n) for n in shares] == ["10% off", "12% off", "free"]
    said = text.labelled("Offers", text.listed(["a", "b"])), text.clauses(["a", "b"])
    assert said == ("Offers: a, b", "a; b")


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("12", 1200),
        ("￥１，２３４．５", 123_450),
        ("¥ 0.1", 10),
        (".5", 50),
        ("12。50", 1250),
        ("12.50元", 1250),
        ("12.500", 1250),
    ],
)
def test_money_takes_what_people_type(typed: str, fen: int) -> None:
    assert parse_money(typed) == fen


@pytest.mark.parametrize(
    "typed",
    ["", " ", ".", "-", "¥", "1,23", "12,34.5", "1.005", "abc", "1e3", "٣", "--1", "9" * 20, "1." + "0" * 40 + "1"],
)
def test_money_refuses_what_it_cannot_hold_exactly(typed: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        parse_money(typed)
    assert tr(str(refused.value)) != str(refused.value), "the reason must be translated"


def test_quantity_refuses_what_is_finer_than_its_step() -> None:
    assert parse_quantity("1.5", 3) == 1500
    with pytest.raises(ValueError):
        parse_quantity("1.5", 0)


def test_counting_words_follow_english_plurals() -> None:
    text.set_language("en")
    assert tr("{n} rows", n=1) == "1 row"
    assert tr("{n} rows", n=1204) == "1,204 rows"
    text.set_language("zh_CN")
    assert tr("{n} rows", n=1) == "1 行"


def test_unknown_source_is_its_own_translation() -> None:
    assert tr("Nobody translated {this}", this="that") == "Nobody translated that"
    assert tr("50 {brackets} typed by people") == "50 {brackets} typed by people"


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError):
        text.set_language("fr")  # type: ignore[arg-type]


def test_passing_time_in_words() -> None:
    now = 1_800_000_000_000
    assert duration(12 * 60_000) == "12 分钟"
    assert ago(now - 5_000, now) == "刚刚"
    assert ago(now - 3 * 3_600_000, now) == "3 小时前"
    assert ago(now - 30 * 86_400_000, now) == text.date(now - 30 * 86_400_000)
    text.set_language("en")
    assert duration(12 * 60_000) == "12 min"


def test_moments_name_their_year_only_when_it_is_another() -> None:
    now = 1_795_339_260_000
    last_year = now - 400 * 86_400_000
    assert len(text.moment(now, now)) == len("11-22 09:14")
    assert text.moment(last_year, now).startswith("2025-")
    text.set_language("en")
    assert " Nov " in text.moment(now, now)


def _sources() -> Iterator[str]:
    """Literal sources of `tr` in the shared widgets and in text.py."""
    code = path().parent / "s2b_desktop"
    for file in [*(code / "views" / "common").glob("*.py"), code / "text.py"]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr":
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield str(first.value)


def test_every_shared_word_has_its_chinese() -> None:
    chinese = json.loads(path("i18n", "zh_CN", "common.json").read_text(encoding="utf-8"))
    sources = set(_sources())
    assert len(sources) > 15
    assert sources - chinese.keys() == set()


@pytest.mark.parametrize("lang", text.LANGUAGES)
def test_translations_fill_the_same_blanks(lang: str) -> None:
    for file in path("i18n", lang).glob("*.json"):
        for source, found in json.loads(file.read_text(encoding="utf-8")).items():
            for said in found.values() if isinstance(found, dict) else [found]:
                blanks = {name for _, name, _, _ in string.Formatter().parse(said) if name}
                asked = {name for _, name, _, _ in string.Formatter().parse(source) if name}
                assert blanks <= asked, f"{file.name}: {source}"
