"""Questions for news that wait at the hub. Whoever was not woken has missed nothing."""

from __future__ import annotations

import asyncio

from s2b_domain import wire
from s2b_hub.hub import Hub
from s2b_hub.listening import standing
from s2b_hub.news import Waiter
from s2b_hub.problems import ProblemError
from tests.simulation.desktop import Desktop


class Listening:
    """One question of each desktop, in a loop that runs only when it is looked at."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._waiting: dict[Desktop, tuple[Hub, str, wire.Listen, Waiter]] = {}

    def close(self) -> None:
        """Nobody waits any more."""
        self._loop.close()

    def begin(self, desktop: Desktop) -> bool:
        """Ask from where a desktop stands; whether there is something to wait for: else it would ask in a loop."""
        self.end(desktop)
        asked, hub = desktop.loop._standing(), desktop.world.hub
        if asked is None:
            return False
        try:
            waiter = standing(hub, *asked)
        except ProblemError:
            return True
        if waiter is None:
            return False

        async def enter(entered: Waiter) -> None:
            hub.news.enter(entered)

        self._loop.run_until_complete(enter(waiter))
        self._waiting[desktop] = hub, *asked, waiter
        return True

    def end(self, desktop: Desktop) -> str:
        """Hang up; what came of it. One that still waits would have learnt nothing by asking anew."""
        hub, token, request, waiter = self._waiting.pop(desktop, (None, "", None, None))
        if hub is None or request is None or waiter is None:
            return ""
        self._loop.run_until_complete(asyncio.sleep(0))
        hub.news.leave(waiter)
        if hub is not desktop.world.hub:  # it was closed: everybody was sent away
            return ""
        assert waiter.future is not None
        if waiter.future.done():
            return "news"
        try:
            assert standing(hub, token, request) is not None, f"{desktop.login} was not woken"
        except ProblemError:
            return "no answer"
        return "no news"
