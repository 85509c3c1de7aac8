"""What each guard of the desktop's sync promises, one at a time; `tests/mutation` removes them one at a time."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from s2b_desktop.sync.loop import Blocked
from s2b_desktop.sync.transport import Unreachable
from s2b_domain import wire
from s2b_domain.commands import carry_out
from s2b_domain.commands.goods import ShelveGoods
from s2b_domain.commands.parties import Decide
from s2b_domain.records.catalog import Price, Sku
from s2b_domain.records.order import Order
from s2b_domain.rules.onboarding import PartyState
from tests.hub.world import World
from tests.simulation.line import full_disk
from tests.sync.conftest import Desktops
from tests.sync.desktop import Desktop


def suspend(world: World, name: str) -> None:
    world.desk("admin").send(
        Decide(organisation_id=world.organisation(name), state=PartyState.SUSPENDED, reasons=("证照",))
    )


def answering(desktop: Desktop, monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """From now on somebody changes what the hub answers to pulls."""
    pull = desktop.line.pull
    monkeypatch.setattr(desktop.line, "pull", lambda token, request: change(pull(token, request)))


def forge(pulled: wire.Pulled, **changes: Any) -> wire.Pulled:
    outcomes = []
    for outcome in pulled.outcomes:
        assert outcome.receipt is not None
        receipt = msgspec.structs.replace(outcome.receipt, **changes)
        outcomes.append(
            msgspec.structs.replace(outcome, receipt=receipt, kind=receipt.kind, command_id=receipt.command_id)
        )
    return msgspec.structs.replace(pulled, outcomes=tuple(outcomes))


@pytest.mark.parametrize(
    "changes",
    [{"kind": wire.OutcomeKind.REJECTED}, {"signature": bytes(64)}, {"device_id": "another"}, {"result": {"n": 1}}],
    ids=["another answer", "no signature", "for another device", "another result"],
)
def test_an_answer_that_the_hub_did_not_sign_ends_nothing(
    desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    merchant.workspace.submit(world.order(("HF-1", 1)))
    with monkeypatch.context() as forging:
        answering(merchant, forging, lambda pulled: forge(pulled, **changes))
        assert merchant.sync().problem == "receipt_wrong"
        assert merchant.workspace.counts() == (1, 0)
    assert merchant.sync().problem == ""
    assert merchant.workspace.counts() == (0, 0)


def test_an_answer_to_a_copys_command_ends_nothing(desktops: Desktops, world: World) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    session = merchant.workspace.outbox.session(merchant.workspace.actor.id)
    assert session is not None
    seq = merchant.workspace.submit(world.order(("HF-1", 1)))
    theirs = wire.freeze(merchant.workspace.body(world.order(("HF-2", 1))))
    request = wire.Push(protocol=wire.PROTOCOL, envelopes=(wire.Envelope(seq=seq, body=theirs),))
    world.hub.push(session.token, request)
    with pytest.raises(Blocked, match="device_cloned"):
        merchant.loop._pull()
    assert merchant.workspace.counts() == (1, 0)


def test_what_is_answered_waits_no_more_whatever_waits_before_it(desktops: Desktops, world: World) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    parked = merchant.workspace.submit(world.order(("HF-1", 1)), depends_on=(world.id(),))
    merchant.workspace.submit(world.order(("HF-2", 1)))
    assert merchant.sync().problem == ""
    assert [entry.seq for entry, _ in merchant.workspace.read(lambda c: list(merchant.workspace.pending(c)))] == [
        parked
    ]


def test_the_bytes_of_a_command_are_never_made_again(desktops: Desktops, world: World) -> None:
    """Another release may have frozen them, with fields that this one does not know."""
    merchant = desktops("chenguang")
    merchant.sync()
    seq = merchant.workspace.submit(world.order(("HF-1", 1)))
    [entry] = merchant.workspace.outbox.entries_at([seq])
    body = msgspec.msgpack.encode([*msgspec.msgpack.decode(entry.body), "of a later release"])
    with merchant.workspace.outbox._transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE command SET body = ?, body_hash = ? WHERE seq = ?", (body, wire.body_hash(body), seq)
        )
    merchant.sync()
    [pushed] = merchant.line.pushes
    assert [e.body for e in pushed.envelopes] == [body]
    assert merchant.workspace.counts() == (0, 0)


def test_a_command_that_throws_here_predicts_nothing_and_goes_to_the_hub(
    desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    merchant.workspace.append([world.order(("HF-1", 1)), world.order(("HF-2", 1))])
    failed: list[Any] = []

    def throws_once(*args: Any) -> Any:
        if not failed:
            failed.append(args)
            raise RuntimeError("made to fail")
        return carry_out(*args)

    monkeypatch.setattr("s2b_desktop.models.prediction.carry_out", throws_once)
    merchant.workspace._trials.clear()  # as after a restart
    merchant.workspace.predict()
    assert len(merchant.find(Order)) == 1
    assert merchant.workspace.counts() == (2, 0)
    assert merchant.sync().problem == ""
    assert len(merchant.find(Order)) == 2
    assert merchant.shown() == merchant.from_nothing()


def test_early_pages_are_not_seen(desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    merchant, hengfeng = desktops("chenguang"), desktops("hengfeng")
    merchant.sync()
    hengfeng.sync()
    skus = [s for s in hengfeng.find(Sku) if s.on_sale]
    hengfeng.workspace.submit(ShelveGoods(sku_ids=tuple(s.id for s in skus), on_sale=False))
    hengfeng.sync()
    before = merchant.shown()
    merchant.line.limit = 1
    pull, pages = merchant.line.pull, 2

    def cut(token: str, request: wire.Pull) -> wire.Pulled:
        if len(merchant.line.pulls) >= pages:
            raise Unreachable
        return pull(token, request)

    merchant.line.pulls.clear()
    with monkeypatch.context() as cutting:
        cutting.setattr(merchant.line, "pull", cut)
        assert merchant.sync().problem == "unreachable"
    assert len(merchant.line.pulls) == pages
    assert merchant.shown() == before
    assert merchant.sync().problem == ""
    assert merchant.shown() == merchant.from_nothing() != before


def test_an_older_version_of_a_row_changes_nothing(
    desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    before = merchant.shown()
    row = next(list(row) for (table, _), row in before.items() if table == "sku")
    row[1] -= 1
    late = wire.Rows(table="sku", rows=(tuple(row),))
    merchant.line.pulls.clear()
    answering(merchant, monkeypatch, lambda pulled: msgspec.structs.replace(pulled, tables=(late,)))
    assert merchant.sync().problem == ""
    assert len(merchant.line.pulls) == 1
    assert merchant.shown() == before


def test_a_hub_that_expects_the_same_again_is_not_asked_in_a_loop(
    desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    merchant.workspace.submit(world.order(("HF-1", 1)))
    asked: list[wire.Push] = []

    def again(token: str, request: wire.Push) -> wire.Pushed:
        asked.append(request)
        return wire.Pushed(outcomes=(), expected=request.envelopes[0].seq, time=world.now)

    with monkeypatch.context() as stuck:
        stuck.setattr(merchant.line, "push", again)
        assert merchant.sync().problem == "sync_failed"
    assert len(asked) == 1
    assert merchant.sync().problem == ""
    assert merchant.workspace.counts() == (0, 0)


def test_what_is_not_granted_any_more_goes_with_the_pull_that_says_so(desktops: Desktops, world: World) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    theirs = {p.supplier_id for p in merchant.find(Price)}
    assert world.organisation("yuanda") in theirs
    suspend(world, "yuanda")
    merchant.sync()
    assert world.organisation("yuanda") not in {p.supplier_id for p in merchant.find(Price)}
    assert merchant.shown() == merchant.from_nothing()


def test_what_a_rebuild_brought_before_it_was_granted_no_more_is_not_kept(
    desktops: Desktops, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = desktops("chenguang")
    merchant.sync()
    merchant.line.limit = 1
    yuanda = world.organisation("yuanda")
    merchant.workspace.cache.discard()
    suspended: list[bool] = []

    def change(pulled: wire.Pulled) -> wire.Pulled:
        theirs = (row for part in pulled.tables if part.table == "price" for row in part.rows)
        if not suspended and any(Price.decode(row).supplier_id == yuanda for row in theirs):
            suspend(world, "yuanda")
            suspended.append(pulled.final)
        return pulled

    with monkeypatch.context() as meanwhile:
        answering(merchant, meanwhile, change)
        assert merchant.sync().problem == ""
    assert suspended == [False]
    assert yuanda not in {p.supplier_id for p in merchant.find(Price)}
    assert merchant.shown() == merchant.from_nothing()


@pytest.mark.parametrize("once", [False, True])
def test_a_full_disk_costs_no_rebuild(desktops: Desktops, world: World, once: bool) -> None:
    merchant, hengfeng = desktops("chenguang"), desktops("hengfeng")
    merchant.sync()
    hengfeng.sync()
    [sku] = hengfeng.find(Sku, code="HF-1")
    hengfeng.workspace.submit(ShelveGoods(sku_ids=(sku.id,), on_sale=False))
    hengfeng.sync()
    merchant.workspace.submit(world.order(("YD-1", 1)))
    merchant.line.pulls.clear()
    with full_disk(merchant.workspace.cache._file.writer, once=once):
        assert merchant.sync().problem == "storage_full"
    before = merchant.shown()
    assert merchant.shown() == before
    assert merchant.sync().problem == ""
    assert all(p.cursors for p in merchant.line.pulls), "what was there is not loaded again"
    assert merchant.shown() == merchant.from_nothing()


def test_a_queue_that_cannot_go_on_keeps_no_news_away(desktops: Desktops, world: World) -> None:
    shop = desktops("chenguang")
    shop.sync()
    shop.workspace.doubt()
    shop.workspace.submit(world.order(("YD-1", 1)))
    [sku] = world.rows(Sku, code="HF-1")
    world.desk("hengfeng").send(ShelveGoods(sku_ids=(sku.id,), on_sale=False))
    assert shop.sync().problem == "device_cloned"
    assert [s.on_sale for s in shop.find(Sku, code="HF-1")] == [False]


def test_what_waits_is_durable_and_in_its_own_file(desktops: Desktops) -> None:
    workspace = desktops("chenguang").workspace
    with workspace.outbox._transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
