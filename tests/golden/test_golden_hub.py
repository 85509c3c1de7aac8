"""Databases of every released schema open, become what a fresh one is, and go on; a backup of one is restored."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
import zstandard
from sqlalchemy import Connection, inspect, select

from s2b_domain.records.order import Order, Payment
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.wire import OutcomeKind
from s2b_hub import backup, inspection, migrations, tables
from s2b_hub.hub import Hub
from s2b_hub.location import FILE
from tests.hub.world import START, World

HERE = Path(__file__).parent
SCHEMAS = sorted(HERE.glob("hub-*.sqlite.zst"))


def place(made: Path, folder: Path) -> Path:
    """The data folder of a hub with this database."""
    folder.mkdir()
    (folder / FILE).write_bytes(zstandard.ZstdDecompressor().decompress(made.read_bytes()))
    (folder / FILE).chmod(0o600)
    return folder


def shape(connection: Connection) -> dict[str, tuple[list[str], list[str]]]:
    seen = inspect(connection)
    return {
        name: (
            sorted(f"{c['name']} {c['type']} {c['nullable']}" for c in seen.get_columns(name)),
            sorted(f"{i['name']} {i['column_names']} {i['unique']}" for i in seen.get_indexes(name)),
        )
        for name in seen.get_table_names()
    }


def test_there_is_one_of_every_schema_that_has_a_step() -> None:
    numbers = [int(path.name.split("-")[1].split(".")[0]) for path in SCHEMAS]
    assert numbers == list(range(1, len(migrations.STEPS) + 1))


@pytest.mark.parametrize("made", SCHEMAS, ids=lambda path: path.name)
def test_a_hub_of_a_released_schema(made: Path, tmp_path: Path) -> None:
    world = World(place(made, tmp_path / "hub"), seed=9, now=START + 60_000)
    try:
        assert sorted(p.amount for p in world.rows(Payment)) == [-500, 500]
        assert sorted(o.state for o in world.rows(Order)) == ["CANCELLED", "CONFIRMED"]
        Hub.create(tmp_path / "fresh", "fresh")
        fresh = Hub(tmp_path / "fresh", inline=True)
        with world.hub.database.read() as upgraded, fresh.database.read() as new:
            assert shape(upgraded) == shape(new)
            assert list(inspection.findings(upgraded, world.hub.signer)) == []
            stored = upgraded.scalar(select(tables.meta.c.value).where(tables.meta.c.key == "schema_version"))
            assert stored == str(tables.SCHEMA_VERSION).encode()
        fresh.close()
        shop = world.desk("chenguang")
        assert shop.send(world.order(("HF-1", 1), kind=OrderKind.DROPSHIP)).kind is OutcomeKind.ACCEPTED
        shop.pull()
        assert len(shop.has(Order)) == 3
    finally:
        world.hub.close()


@pytest.mark.parametrize("made", SCHEMAS, ids=lambda path: path.name)
def test_a_backup_of_an_earlier_schema_is_restored(made: Path, tmp_path: Path) -> None:
    data = place(made, tmp_path / "hub")
    version = int(made.name.split("-")[1].split(".")[0])
    hub = World(place(made, tmp_path / "as-it-was")).hub  # its key, to sign as the program of that release did
    hub.close()
    (tmp_path / "taken").mkdir()
    kept = tmp_path / "taken" / FILE
    kept.write_bytes((data / FILE).read_bytes())
    manifest = backup.Manifest(
        hub_id=hub.id,
        schema_version=version,
        taken_at=START,
        hub_order=1,
        journal=0,
        files={FILE: backup._digest(kept)},
    )
    facts = msgspec.to_builtins(manifest)
    facts["signature"] = hub.signer.signature(backup._signable(manifest)).hex()
    (tmp_path / "taken" / backup.MANIFEST).write_text(json.dumps(facts))
    before = kept.read_bytes()
    assert list(backup.verify(tmp_path / "taken")) == []
    done = backup.restore(tmp_path / "taken", data, now=START + 60_000)
    assert done.safety_copy is not None
    assert kept.read_bytes() == before
    world = World(data, now=START + 60_000)
    assert len(world.rows(Order)) == 2
    world.hub.close()
