"""Names in the order in which people look for them."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Integer, String, column, create_engine, select, table

from s2b_desktop.models.name_order import TOGETHER, NameOrder, by_name, name_key


@pytest.fixture
def goods() -> Iterator[Connection]:
    with create_engine("sqlite://").connect() as connection:
        connection.exec_driver_sql("CREATE TABLE goods (title TEXT)")
        connection.exec_driver_sql("INSERT INTO goods VALUES (?)", [("重庆小面",), ("apple",), ("阿胶",), ("包子",)])
        yield connection


@pytest.fixture
def names() -> NameOrder:
    return NameOrder(select(column("rowid", Integer), column("title", String)).select_from(table("goods")))


def test_figures_then_letters_then_chinese_by_sound_and_tone() -> None:
    names = ["中茶", "妈", "马", "麻", "阿胶", "Banana", "apple", "7 喜", "白酒", "八宝粥"]
    assert sorted(names, key=name_key) == [
        "7 喜", "apple", "Banana", "阿胶", "八宝粥", "白酒", "妈", "麻", "马", "中茶",
    ]  # fmt: skip


def test_nameless_rows_come_first_and_equal_names_stay_as_they_came() -> None:
    named = [(1, "茶"), (2, None), (5, "茶"), (3, "茶"), (4, "")]
    assert list(by_name(named)) == [2, 4, 1, 5, 3]
    assert list(by_name(named, descending=True)) == [3, 5, 1, 4, 2]


@given(st.lists(st.text(max_size=3), max_size=30))
def test_every_row_is_there_once_and_in_its_place(titles: list[str]) -> None:
    ordered = list(by_name(enumerate(titles)))
    assert ordered == sorted(range(len(titles)), key=lambda rowid: (name_key(titles[rowid]), rowid))


def test_more_names_than_are_sorted_in_one_go() -> None:
    titles = [f"{n * 7919 % 10_007:05}" for n in range(TOGETHER * 2 + 3)]
    assert [titles[rowid] for rowid in by_name(enumerate(titles))] == sorted(titles)


def test_an_order_is_kept_until_it_is_forgotten(goods: Connection, names: NameOrder) -> None:
    assert list(names.rowids(goods, descending=False)) == [2, 3, 4, 1]
    goods.exec_driver_sql("UPDATE goods SET title = '粥' WHERE title = 'apple'")
    assert list(names.rowids(goods, descending=False)) == [2, 3, 4, 1]
    names.forget()
    assert list(names.rowids(goods, descending=False)) == [3, 4, 1, 2]


def test_some_rows_are_listed_in_the_order_of_all(goods: Connection, names: NameOrder) -> None:
    assert list(names.rowids(goods, [1, 4, 2], descending=False)) == [2, 4, 1]
    assert list(names.rowids(goods, [1, 4, 2], descending=True)) == [1, 4, 2]


def test_what_was_read_before_it_was_forgotten_is_not_kept(goods: Connection, names: NameOrder) -> None:
    """A change may be committed while the names are being read."""
    real = by_name

    def slow(*args: object) -> object:
        names.forget()
        return real(*args)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("s2b_desktop.models.name_order.by_name", slow)
        names.rowids(goods, descending=False)
    goods.exec_driver_sql("UPDATE goods SET title = '粥' WHERE title = 'apple'")
    assert list(names.rowids(goods, descending=False)) == [3, 4, 1, 2]
