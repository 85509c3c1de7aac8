"""Texts are compared by their characters' numbers, whatever language the database has: pages, ranges and cursors depend
on an order that every desktop knows. Other tests of the hub run on such a database too (`icu`)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from s2b_domain.records.catalog import Sku
from s2b_domain.records.store import RecordStore
from tests.hub.world import World
from tests.postgresql import address, run

pytestmark = pytest.mark.icu(only=True)
TEXTS = "FROM information_schema.columns WHERE table_schema = 'public' AND data_type IN ('text', 'character varying')"


def asked(world: World, statement: str) -> list[tuple[object, ...]]:
    url = address(world.folder)
    assert url is not None
    return run(url.render_as_string(hide_password=False), statement)


def test_the_database_itself_would_order_texts_as_its_language_does(world: World) -> None:
    """Without this, nothing else here would prove anything."""
    [(numbers, pinyin)] = asked(world, "SELECT 'a10' > 'a9', '啊' < '一'")
    assert (numbers, pinyin) == (True, True)
    assert ("a10" > "a9", "啊" < "一") == (False, False)


def test_every_column_of_text_has_an_order_of_its_own(world: World) -> None:
    assert asked(world, f"SELECT DISTINCT collation_name {TEXTS}") == [("C",)]
    assert asked(world, f"SELECT count(*) > 100 {TEXTS}") == [(True,)]


def test_rows_come_in_the_order_that_python_has(world: World) -> None:
    with world.hub.database.read() as connection:
        codes = list(connection.scalars(select(Sku.table.c.code).order_by(Sku.table.c.code)))
        assert codes == sorted(codes)
        assert {s.code for s in RecordStore(connection).find(Sku)} == set(codes)
