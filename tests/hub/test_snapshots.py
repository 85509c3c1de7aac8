"""Snapshots of shared scopes: exactly their rows, reused while unchanged, readable only with the manifest's keys."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from s2b_desktop.models import chunks
from s2b_domain.access import CATALOG, STOCK, scopes_of
from s2b_domain.commands.goods import ImportGoods, ShelveGoods
from s2b_domain.records import RECORDS
from s2b_domain.records.catalog import Sku
from s2b_domain.wire import PROTOCOL, Chunk, Manifest, Prepare
from s2b_hub import snapshots
from s2b_hub.problems import ProblemError
from s2b_hub.snapshot_job import make_due
from tests.hub.world import Desk, World, line

Rows = dict[tuple[str, str], tuple[Any, ...]]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of two rows, of any scope."""
    monkeypatch.setattr(snapshots, "ROWS", 2)
    monkeypatch.setattr(snapshots, "LEAST", 1)
    monkeypatch.setattr(snapshots, "CHANGED", 0.0)


def manifest(world: World, desk: Desk) -> Manifest:
    return world.hub.prepare(desk.signed.token, Prepare(protocol=PROTOCOL))


def chunks_of(found: Manifest, scope: str) -> tuple[Chunk, ...]:
    return next((s.chunks for s in found.snapshots if s.cursor.scope == scope), ())


def held(world: World, found: Manifest, scope: str) -> Rows:
    rows: Rows = {}
    for chunk in chunks_of(found, scope):
        part = chunks.opened(chunk, world.hub.chunk(chunk.name))
        for row in part.rows:
            assert (part.table, row[0]) not in rows
            rows[part.table, row[0]] = row
    return rows


def scoped(world: World, scope: str) -> Rows:
    rows = world.everything()
    return {place: RECORDS[place[0]].encode(row) for place, row in rows.items() if scope in scopes_of(row)}


@pytest.mark.icu
def test_a_snapshot_is_the_scope_at_its_cursor(world: World) -> None:
    make_due(world.hub)
    merchant = world.desk("chenguang")
    merchant.pull()
    found = manifest(world, merchant)
    cursors = {c.scope: c for c in merchant.cursors}
    assert {CATALOG, STOCK} < {s.cursor.scope for s in found.snapshots}
    assert any(s.cursor.scope.startswith("pricebook:") for s in found.snapshots)
    for snapshot in found.snapshots:
        assert snapshot.cursor == cursors[snapshot.cursor.scope]
        assert held(world, found, snapshot.cursor.scope) == scoped(world, snapshot.cursor.scope)
    assert len(chunks_of(found, CATALOG)) > 2


def test_what_has_not_changed_is_used_again_and_what_has_is_not(world: World) -> None:
    merchant, supplier = world.desk("chenguang"), world.desk("hengfeng")
    make_due(world.hub)
    before = manifest(world, merchant)
    assert make_due(world.hub) == 0
    assert [s.chunks for s in manifest(world, merchant).snapshots] == [s.chunks for s in before.snapshots]
    [sku] = world.rows(Sku, code="HF-2")
    supplier.send(ShelveGoods(sku_ids=(sku.id,), on_sale=False))
    supplier.send(ImportGoods(lines=tuple(line(f"NEW-{n}") for n in range(5))))
    world.approve()
    make_due(world.hub)
    after = manifest(world, merchant)
    assert held(world, after, CATALOG) == scoped(world, CATALOG)
    was, now = set(chunks_of(before, CATALOG)), set(chunks_of(after, CATALOG))
    assert was & now
    assert now - was
    assert world.hub.chunk((was - now).pop().name)  # for those that are fetching it just now
    world.now += snapshots.KEPT + 1
    make_due(world.hub)
    for chunk in was - now:
        with pytest.raises(ProblemError):
            world.hub.chunk(chunk.name)
    assert held(world, after, CATALOG) == scoped(world, CATALOG)


def test_a_scope_that_empties_has_no_rows_left(world: World) -> None:
    make_due(world.hub)
    supplier, merchant = world.desk("hengfeng"), world.desk("chenguang")
    skus = [s.id for code in ("HF-1", "HF-2", "HF-3") for s in world.rows(Sku, code=code)]
    supplier.send(ShelveGoods(sku_ids=tuple(skus), on_sale=False))
    make_due(world.hub)
    found = manifest(world, merchant)
    for snapshot in found.snapshots:
        assert held(world, found, snapshot.cursor.scope) == scoped(world, snapshot.cursor.scope)


def test_keys_are_given_to_those_who_are_granted_the_scope(world: World) -> None:
    make_due(world.hub)
    supplier, merchant = manifest(world, world.desk("yuanda")), manifest(world, world.desk("chenguang"))
    assert {s.cursor.scope for s in supplier.snapshots} == {"taxonomy"}
    shown = {c.key for c in chunks_of(supplier, "taxonomy")}
    assert all(c.key not in shown for c in chunks_of(merchant, CATALOG))


def test_bytes_are_named_by_their_hash_and_say_nothing_without_the_key(world: World) -> None:
    make_due(world.hub)
    found = manifest(world, world.desk("chenguang"))
    every = [c for s in found.snapshots for c in s.chunks]
    assert len({c.key for c in every}) == len({c.name for c in every}) == len(every)
    for chunk in every:
        content = world.hub.chunk(chunk.name)
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (chunk.name, chunk.size)
        with pytest.raises(chunks.WrongChunk):
            chunks.opened(Chunk(name=chunk.name, key=bytes(32), rows=chunk.rows, size=chunk.size), content)
        with pytest.raises(chunks.WrongChunk):
            chunks.opened(chunk, content[:-1] + bytes([content[-1] ^ 1]))


def test_small_scopes_and_small_changes_are_left_to_the_pull(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "LEAST", 10_000)
    assert make_due(world.hub) == 0
    monkeypatch.setattr(snapshots, "LEAST", 1)
    monkeypatch.setattr(snapshots, "CHANGED", 0.9)
    assert make_due(world.hub) > 0
    [sku] = world.rows(Sku, code="HF-2")
    world.desk("hengfeng").send(ShelveGoods(sku_ids=(sku.id,), on_sale=False))
    assert make_due(world.hub) == 0
