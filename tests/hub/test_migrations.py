"""A database of an earlier schema becomes what a fresh one is, with its rows, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select

from s2b_domain.records.party import Organisation
from s2b_hub import migrations, tables
from s2b_hub.hub import Hub, HubDataError
from tests.hub.world import World

LATER = Table("later", MetaData(), Column("id", Text, primary_key=True), Column("note", Text, nullable=False))


def shape(connection: Connection) -> dict[str, list[tuple[str, str, bool]]]:
    seen = inspect(connection)
    return {
        name: [(c["name"], str(c["type"]), bool(c["nullable"])) for c in seen.get_columns(name)]
        for name in sorted(seen.get_table_names())
    }


def test_there_is_a_step_for_every_schema() -> None:
    assert len(migrations.STEPS) == tables.SCHEMA_VERSION - 1


def test_an_upgraded_database_equals_a_fresh_one(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runs: list[int] = []

    def step(connection: Connection) -> None:
        runs.append(1)
        connection.exec_driver_sql("CREATE TABLE later (id TEXT NOT NULL PRIMARY KEY, note TEXT NOT NULL)")

    before = world.rows(Organisation)
    monkeypatch.setattr(tables, "SCHEMA_VERSION", tables.SCHEMA_VERSION + 1)
    with pytest.raises(HubDataError, match="another version"):
        world.restart()
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, step))
    world.hub = world.open()
    world.restart()
    assert runs == [1]
    assert world.rows(Organisation) == before
    with world.hub.database.read() as connection:
        upgraded = shape(connection)
        stored = connection.scalar(select(tables.meta.c.value).where(tables.meta.c.key == "schema_version"))
    assert stored == str(tables.SCHEMA_VERSION).encode()
    if world.hub.database.writer.dialect.name != "sqlite":
        return  # a fresh one would take this database's place
    LATER.to_metadata(tables.HUB_METADATA)
    try:
        Hub.create(tmp_path / "fresh", "fresh")
    finally:
        tables.HUB_METADATA.remove(tables.HUB_METADATA.tables["later"])
    fresh = Hub(tmp_path / "fresh", inline=True)
    with fresh.database.read() as connection:
        assert shape(connection) == upgraded
    fresh.close()


def test_a_step_that_fails_leaves_everything_as_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def step(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE later (id TEXT PRIMARY KEY)")
        raise RuntimeError("made to fail")

    version = tables.SCHEMA_VERSION
    monkeypatch.setattr(tables, "SCHEMA_VERSION", version + 1)
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, step))
    world.hub.close()
    with pytest.raises(RuntimeError, match="made to fail"):
        world.open()
    monkeypatch.setattr(tables, "SCHEMA_VERSION", version)
    world.hub = world.open()
    with world.hub.database.read() as connection:
        assert "later" not in shape(connection)


@pytest.mark.postgresql
def test_the_step_to_an_unreleased_schema_adds_what_is_missing(world: World) -> None:
    with world.hub.database.read() as connection:
        fresh = {name: sorted(columns) for name, columns in shape(connection).items()}
    with world.hub.database.write() as connection:
        for statement in (
            "ALTER TABLE sales_order DROP COLUMN rewarded",
            "ALTER TABLE sales_order DROP COLUMN coupon_ids",
            "ALTER TABLE organisation DROP COLUMN region",
            "ALTER TABLE organisation ADD COLUMN forgotten TEXT",
            "DROP INDEX ix_sales_order_state",
            "DROP TABLE effect",
        ):
            connection.exec_driver_sql(statement)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ALTER TABLE supply_order ALTER COLUMN ship_by SET NOT NULL")
        else:
            connection.exec_driver_sql("ALTER TABLE supply_order DROP COLUMN ship_by")
            connection.exec_driver_sql("ALTER TABLE supply_order ADD COLUMN ship_by BIGINT NOT NULL DEFAULT 0")
        migrations.complete(connection)
    with world.hub.database.read() as connection:
        assert {name: sorted(columns) for name, columns in shape(connection).items()} == fresh
        assert "ix_sales_order_state" in {i["name"] for i in inspect(connection).get_indexes("sales_order")}
    assert {o.region for o in world.rows(Organisation)} == {""}


def test_the_step_refuses_what_nobody_can_know(world: World) -> None:
    with world.hub.database.write() as connection:
        connection.exec_driver_sql("DROP INDEX ix_sales_order_number")
        connection.exec_driver_sql("ALTER TABLE sales_order DROP COLUMN number")
    with (
        pytest.raises(migrations.NoStepError, match=r"sales_order\.number"),
        world.hub.database.write() as connection,
    ):
        migrations.complete(connection)
