"""A desktop waits for news: its standing is read once, then it costs a future until something concerns it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from sqlalchemy import exists, select
from starlette.concurrency import run_in_threadpool

from s2b_domain.access import Actor, own
from s2b_domain.wire import Listen, News, OutcomeKind
from s2b_hub import accounts, sessions, tables
from s2b_hub.hub import Hub, check_protocol, check_range
from s2b_hub.news import Waiter
from s2b_hub.pull import scope_counters, scopes_granted

LONGEST = 55.0
"""Seconds; most proxies cut what is silent for a minute."""
KIN = ("profile", "people", "money")
"""Classes of an organisation's own rows from which follows what its people are granted."""
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


async def listen(hub: Hub, token: str, request: Listen, hung_up: Receive) -> News:
    """Whether there is something to pull, as soon as there is, else when the time is over. Problems: those of a pull,
    as soon as they are known."""
    loop = asyncio.get_running_loop()
    end = loop.time() + min(request.seconds, LONGEST)
    gone = loop.create_task(_ended(hung_up))
    try:
        while True:
            waiter = await run_in_threadpool(standing, hub, token, request)
            if waiter is None:
                return News(news=True, time=hub.clock())
            hub.news.enter(waiter)
            try:
                assert waiter.future is not None
                patience = max(0.0, end - loop.time())
                await asyncio.wait((waiter.future, gone), timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                certain = waiter.future.done() and waiter.future.result()
            finally:
                hub.news.leave(waiter)
            if certain or gone.done() or hub.closing or loop.time() >= end:
                return News(news=certain, time=hub.clock())
    finally:
        gone.cancel()


def standing(hub: Hub, token: str, request: Listen) -> Waiter | None:
    """What to wait for from where a desktop stands; None when a pull would bring something now."""
    check_protocol(request.protocol)
    check_range(0, request.receipt, *(c.version for c in request.cursors))
    ticket = hub.news.ticket()
    with hub.database.read() as connection:
        session = sessions.session_of(connection, token, hub.clock())
        actor = accounts.current_actor(connection, session.user_id)
        granted = scopes_granted(connection, actor)
        kin = [s for s in _kin(actor) if s not in granted]
        found = scope_counters(connection, (*granted, *kin))
        known = {c.scope: (c.hub_id, c.version, c.salt) for c in request.cursors}
        if known != {s: (hub.id, found[s].version, found[s].salt) for s in granted}:
            return None
        c = tables.ledger.c
        answered = exists().where(
            c.device_id == session.device_id, c.hub_order > request.receipt, c.kind != OutcomeKind.PARKED.value
        )
        if connection.scalar(select(answered)):
            return None
    # The names of scopes are many times the same: the request's own copies need not live on.
    return Waiter(
        ticket,
        session.device_id,
        request.receipt,
        {hub.news.name(s): found[s].version for s in granted},
        {hub.news.name(s): found[s].version for s in kin},
    )


def _kin(actor: Actor) -> list[str]:
    return [own(actor.organisation_id, class_) for class_ in KIN]


async def _ended(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
