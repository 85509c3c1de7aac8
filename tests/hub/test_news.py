"""Waiting for news: who is woken by what, what is never missed, and whom nothing wakes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from s2b_domain.access import CATALOG, STOCK, own
from s2b_domain.commands.goods import ShelveGoods
from s2b_domain.records.catalog import Sku
from s2b_domain.records.party import TradeTerms
from s2b_domain.tx import Draft
from s2b_domain.wire import PROTOCOL, Listen, News, Pull
from s2b_hub import devices, listening
from s2b_hub.door import Batch
from s2b_hub.hub import Hub
from s2b_hub.listening import listen
from s2b_hub.news import News as Waiters
from s2b_hub.news import Waiter
from s2b_hub.problems import ProblemError
from s2b_hub.watch import Watch
from tests.hub.world import QUICK, Desk, World

PATIENT = 20.0


async def stays() -> dict[str, Any]:
    await asyncio.get_running_loop().create_future()
    raise AssertionError


def standing(desk: Desk, seconds: float = PATIENT) -> Listen:
    """What a desktop asks that has pulled."""
    return Listen(protocol=PROTOCOL, cursors=desk.cursors, receipt=desk.receipt, seconds=seconds)


def fresh(world: World, login: str) -> Desk:
    desk = world.desk(login)
    desk.pull()
    return desk


def ask(world: World, desk: Desk, seconds: float = 0) -> News:
    return asyncio.run(listen(world.hub, desk.signed.token, standing(desk, seconds), stays))


def meanwhile(world: World, desk: Desk, act: Callable[[], object], seconds: float = PATIENT) -> News:
    """The answer to a desktop that waited while something happened in another thread."""

    async def run() -> News:
        answer = asyncio.ensure_future(listen(world.hub, desk.signed.token, standing(desk, seconds), stays))
        while not len(world.hub.news):
            await asyncio.sleep(0)
        await asyncio.to_thread(act)
        return await answer

    try:
        return asyncio.run(run())
    finally:
        assert len(world.hub.news) == 0


def shelve(world: World, code: str = "HF-1") -> Callable[[], object]:
    [sku] = world.rows(Sku, code=code)
    desk = world.desk("hengfeng")
    return lambda: desk.send(ShelveGoods(sku_ids=(sku.id,), on_sale=not sku.on_sale))


def test_what_somebody_else_does_wakes_who_may_see_it(world: World) -> None:
    merchant = fresh(world, "chenguang")
    assert meanwhile(world, merchant, shelve(world)).news
    assert any(page.tables for page in merchant.pull())


def test_what_others_may_see_wakes_nobody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    supplier, desk = fresh(world, "yuanda"), world.desk("chenguang")
    looked: list[Any] = []
    read = listening.standing

    def look(*given: Any) -> Waiter | None:
        looked.append(given)
        return read(*given)

    monkeypatch.setattr(listening, "standing", look)
    order = world.order(("HF-1", 1))
    assert not meanwhile(world, supplier, lambda: desk.send(order), seconds=0.05).news
    assert len(looked) == 1


def test_news_that_is_there_already_is_told_at_once(world: World) -> None:
    merchant = fresh(world, "chenguang")
    assert not ask(world, merchant).news
    shelve(world)()
    assert ask(world, merchant, PATIENT).news
    merchant.pull()
    assert not ask(world, merchant).news
    merchant.cursors = ()
    assert ask(world, merchant, PATIENT).news


def test_what_comes_between_reading_and_waiting_is_not_missed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    merchant, act = fresh(world, "chenguang"), shelve(world)
    read = listening.standing
    monkeypatch.setattr(listening, "standing", lambda *given: (read(*given), act())[0])
    assert ask(world, merchant, PATIENT).news


def test_an_answer_to_a_parked_command_wakes_its_device(world: World) -> None:
    merchant = fresh(world, "chenguang")
    order = merchant.body(world.order(("HF-1", 1)))
    late = merchant.envelope(merchant.body(world.order(("HF-2", 1)), depends_on=(order.command_id,)))
    merchant.push(late)
    merchant.pull()
    assert not ask(world, merchant).news
    other = world.desk("chenguang")
    assert meanwhile(world, merchant, lambda: other.push(other.envelope(order))).news
    merchant.pull()
    assert not ask(world, merchant).news


def test_a_revoked_device_is_told_while_it_waits(world: World) -> None:
    merchant = fresh(world, "chenguang")

    def revoke() -> None:
        """As the operator's command does: another process on the same file."""
        with closing(Watch(world.hub, interval=3600)) as watch:
            operator = Hub(world.folder, hasher=QUICK, inline=True)
            operator.write(lambda batch: devices.revoke(batch, merchant.signed.device_id))
            operator.close()
            watch.look()

    with pytest.raises(ProblemError) as told:
        meanwhile(world, merchant, revoke)
    assert told.value.problem.code == "device_revoked"


def test_what_another_process_commits_is_noticed(world: World) -> None:
    merchant = fresh(world, "chenguang")
    with closing(Watch(world.hub, interval=3600)) as watch:

        def other() -> None:
            mine = world.hub
            world.hub = world.open()
            shelve(world)()
            world.hub.close()
            world.hub = mine
            watch.look()

        assert meanwhile(world, merchant, other).news


def test_a_grant_that_changes_is_news_although_no_granted_scope_changed(world: World) -> None:
    assistant = fresh(world, "chenguang-shop")
    money = own(assistant.signed.actor.organisation_id, "money")
    assert money not in assistant.granted
    supplier, merchant = world.organisation("hengfeng"), assistant.signed.actor.organisation_id

    def agree(batch: Batch) -> None:
        """The terms are in the owners' scopes alone; the assistant's price book follows from them."""
        draft = Draft(batch.draft)
        draft.add(TradeTerms(id=world.id(), supplier_id=supplier, merchant_id=merchant, level="gold"))
        batch.accept(draft)

    assert meanwhile(world, assistant, lambda: world.hub.write(agree)).news


def test_a_session_that_is_over_may_not_wait(world: World) -> None:
    merchant = fresh(world, "chenguang")
    world.hub.sign_out(merchant.signed.token)
    with pytest.raises(ProblemError) as told:
        ask(world, merchant, PATIENT)
    assert told.value.problem.code == "signed_out"


def test_who_hangs_up_waits_no_longer(world: World) -> None:
    merchant = fresh(world, "chenguang")

    async def hangs_up() -> dict[str, Any]:
        while not len(world.hub.news):
            await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def run() -> News:
        return await listen(world.hub, merchant.signed.token, standing(merchant), hangs_up)

    assert not asyncio.run(run()).news
    assert len(world.hub.news) == 0


def test_a_closing_hub_sends_everybody_away(world: World) -> None:
    merchant = fresh(world, "chenguang")
    assert not meanwhile(world, merchant, world.hub.farewell).news


def test_a_waiter_is_woken_by_newer_versions_of_its_own_scopes_only() -> None:
    async def run() -> None:
        waiters = Waiters()
        waiter = Waiter(waiters.ticket(), "device", 7, {CATALOG: 3, STOCK: 5}, {"kin": 2})
        waiters.enter(waiter)
        assert waiter.future is not None
        for told in ({CATALOG: 3}, {STOCK: 4}, {"other": 9}, {"kin": 2}):
            waiters.tell(told)
        waiters.tell({}, {"device": 7, "another": 9})
        waiters.concern(["another"])
        await asyncio.sleep(0)
        assert not waiter.future.done()
        waiters.tell({CATALOG: 4})
        await asyncio.sleep(0)
        assert waiter.future.result() is True
        waiters.leave(waiter)
        assert len(waiters) == 0
        again = Waiter(waiters.ticket(), "device", 7, {CATALOG: 4}, {"kin": 2})
        waiters.tell({"kin": 3})
        waiters.enter(again)
        assert again.future is not None
        assert again.future.result() is False

    asyncio.run(run())


def test_a_pull_may_follow_each_answer(world: World) -> None:
    """The cursors that a pull gives are the ones that wait: nothing is news for ever."""
    for login in ("admin", "reviewer", "hengfeng", "hengfeng-clerk", "yuanda", "chenguang", "chenguang-shop"):
        desk = fresh(world, login)
        assert not ask(world, desk).news, login
    assert world.hub.pull(desk.signed.token, Pull(protocol=PROTOCOL, cursors=desk.cursors)).final
