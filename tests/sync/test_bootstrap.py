"""Filling a cache from chunks: the same state as in pages, whatever is cut, kept, garbled or gone on the way."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2b_domain.commands.goods import ImportGoods, ShelveGoods
from s2b_domain.records.catalog import Sku
from s2b_domain.wire import Manifest
from s2b_hub import snapshots
from s2b_hub.snapshot_job import make_due
from tests.hub.world import World, line, open_world
from tests.sync.conftest import Desktops
from tests.sync.desktop import Desktop
from tests.sync.test_rebase import IN_MEMORY


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of two rows, of any scope."""
    monkeypatch.setattr(snapshots, "ROWS", 2)
    monkeypatch.setattr(snapshots, "LEAST", 1)
    monkeypatch.setattr(snapshots, "CHANGED", 0.0)


def shelve(world: World, code: str) -> None:
    [sku] = world.rows(Sku, code=code)
    world.desk("hengfeng").send(ShelveGoods(sku_ids=(sku.id,), on_sale=not sku.on_sale))


def test_chunks_and_what_came_since_give_the_hubs_rows(desktops: Desktops, world: World) -> None:
    make_due(world.hub)
    shelve(world, "HF-2")  # leaves the catalog after the snapshot
    world.desk("hengfeng").send(ImportGoods(lines=(line("NEW-1"),)))
    world.approve()
    for login in ("chenguang", "hengfeng", "admin", "chenguang-shop"):
        desktop = desktops(login, chunked=True)
        assert desktop.sync().problem == ""
        assert desktop.shown() == desktop.from_nothing()
        assert desktop.line.chunks
        assert all(c.version for c in desktop.line.pulls[0].cursors)
        assert desktop.sync().problem == ""
        assert len(desktop.line.pulls) == 2


def test_what_was_loaded_is_not_fetched_again_after_a_cut_and_a_restart(desktops: Desktops, world: World) -> None:
    make_due(world.hub)
    merchant = desktops("chenguang", chunked=True)
    left = [5]

    def cut(name: str, content: bytes) -> bytes:
        left[0] -= 1
        merchant.line.down |= left[0] <= 0
        return content

    merchant.line.spoil = cut
    assert merchant.sync().problem == "unreachable"
    assert 0 < merchant.loop.status().loaded < merchant.loop.status().expected
    loaded = merchant.loop.status().loaded
    fetched = list(merchant.line.chunks)
    merchant.line.down = False
    merchant.restart("chenguang")
    merchant.line.spoil = lambda name, content: content
    assert merchant.sync().problem == ""
    again = set(fetched) & set(merchant.line.chunks[len(fetched) :])
    assert len(again) <= 3  # on their way when the line was cut
    assert loaded > 2
    assert len(merchant.line.chunks) <= len({*merchant.line.chunks}) + 3
    assert merchant.shown() == merchant.from_nothing()


def test_bytes_that_were_garbled_on_the_way_are_asked_of_the_hub_itself(desktops: Desktops, world: World) -> None:
    make_due(world.hub)
    merchant = desktops("chenguang", chunked=True)
    merchant.line.spoil = lambda name, content: content[:-3]
    assert merchant.sync().problem == ""
    assert len(merchant.line.chunks) == 2 * len(set(merchant.line.chunks))
    assert merchant.shown() == merchant.from_nothing()


def test_chunks_that_are_gone_are_those_of_the_next_manifest(desktops: Desktops, world: World) -> None:
    make_due(world.hub)
    merchant = desktops("chenguang", chunked=True)
    left = [3]

    def meanwhile(name: str, content: bytes) -> bytes:
        """While it loads, goods come and go, and the chunks of its manifest are swept."""
        left[0] -= 1
        if left[0] == 0:
            for code in ("HF-1", "HF-2", "HF-3"):
                shelve(world, code)
            make_due(world.hub)
            world.now += snapshots.KEPT + 1
            make_due(world.hub)
        return content

    merchant.line.spoil = meanwhile
    assert merchant.sync().problem == ""
    assert merchant.shown() == merchant.from_nothing()


@pytest.mark.parametrize("what", ["signature", "hub", "chunk", "salt", "rows"])
def test_a_manifest_or_chunk_that_is_wrong_in_any_way_costs_only_time(
    desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    make_due(world.hub)
    merchant = desktops("chenguang", chunked=True)
    prepare = merchant.line.prepare

    def wrong(*given: object) -> Manifest:
        found = prepare(*given)  # type: ignore[arg-type]
        if what == "signature":
            return msgspec.structs.replace(found, time=found.time + 1)
        if what == "hub":
            return world.hub.signer.sign_manifest(msgspec.structs.replace(found, hub_id="another"))
        snapshot = found.snapshots[0]
        if what == "salt":  # of a history that is gone: the hub was restored
            changed = msgspec.structs.replace(snapshot, cursor=msgspec.structs.replace(snapshot.cursor, salt=b"x" * 16))
        elif what == "rows":  # fewer than there were
            changed = msgspec.structs.replace(snapshot, chunks=snapshot.chunks[1:])
        else:
            other = msgspec.structs.replace(snapshot.chunks[0], key=bytes(32))
            changed = msgspec.structs.replace(snapshot, chunks=(other, *snapshot.chunks[1:]))
        rest = [s for s in found.snapshots if s is not snapshot]
        return world.hub.signer.sign_manifest(msgspec.structs.replace(found, snapshots=(changed, *rest)))

    monkeypatch.setattr(merchant.line, "prepare", wrong)
    if what == "rows":
        assert merchant.sync().problem == "cache_mismatch"
    assert merchant.sync().problem == ""
    assert merchant.shown() == merchant.from_nothing()
    assert merchant.line.pulls[-1].cursors == ()


step = st.one_of(
    st.tuples(st.just("shelve"), st.sampled_from(("HF-1", "HF-2", "HF-3"))),
    st.tuples(st.just("import"), st.sampled_from(("HF-2", "N-1", "N-2", "N-3"))),
    st.tuples(st.just("snapshot"), st.just("")),
    st.tuples(st.just("sweep"), st.just("")),
    st.tuples(st.just("order"), st.sampled_from(("HF-1", "YD-1"))),
    st.tuples(st.just("cut"), st.sampled_from(("1", "3", "6"))),
    st.tuples(st.just("restart"), st.just("")),
)


def act(world: World, desktop: Desktop, what: str, of: str) -> None:
    if what == "shelve":
        shelve(world, of)
    elif what == "import":
        world.desk("hengfeng").send(ImportGoods(lines=(line(of, stock=world.now % 97),)))
        world.approve()
    elif what in ("snapshot", "sweep"):
        world.now += (snapshots.KEPT + 1) if what == "sweep" else 0
        make_due(world.hub)
    elif what == "order":
        world.desk("xiaoman").send(world.order((of, 1)))
    elif what == "restart":
        desktop.restart("chenguang")
    else:
        left = [int(of)]

        def cut(name: str, content: bytes) -> bytes:
            left[0] -= 1
            desktop.line.down |= left[0] <= 0
            return content

        desktop.line.spoil = cut
        desktop.sync()
        desktop.line.down = False
        desktop.line.spoil = lambda name, content: content


@given(steps=st.lists(step, min_size=2, max_size=8))
@settings(max_examples=6)
def test_any_mixture_of_snapshots_cuts_and_changes_gives_the_hubs_rows(
    founded: Path, steps: list[tuple[str, str]]
) -> None:
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as name, open_world(founded, Path(name) / "hub") as world:
        make_due(world.hub)
        desktop = Desktop(world, Path(name) / "desktop", chunked=True)
        desktop.sign_in("chenguang")
        try:
            for what, of in steps:
                world.now += 1000
                act(world, desktop, what, of)
            while desktop.sync().problem:
                assert desktop.loop.status().problem == "unreachable"
            assert desktop.shown() == desktop.from_nothing()
        finally:
            desktop.close()
