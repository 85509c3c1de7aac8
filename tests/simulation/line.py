"""A bad line to a hub in this process: requests and answers get lost, come twice, late, and out of order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Engine, event

from s2b_desktop.sync.transport import HubProblem, Unreachable
from s2b_domain import wire
from s2b_hub.problems import ProblemError
from tests.hub.world import World

T = TypeVar("T")
FAULTS = ("lost request", "lost answer", "sent twice", "sent again later", "hub dies before commit", "hub dies after")


class PowerCutError(BaseException):
    """A process ends here, whatever it was doing. No `except Exception` may stop it."""


class Line:
    """One desktop's transport. `faults` says how often each fault strikes; an empty one is a good line."""

    def __init__(self, world: World, chance: random.Random, struck: Counter[str]) -> None:
        self.world = world
        self.chance = chance
        self.struck = struck
        self.rate = 0.0
        self.late: list[tuple[str, wire.Push]] = []

    def hello(self) -> wire.Hello:
        return self._ask(self.world.hub.hello)

    def sign_in(self, request: wire.SignIn) -> wire.SignedIn:
        return self._ask(lambda: self.world.hub.sign_in(request))

    def sign_out(self, token: str) -> None:
        self._ask(lambda: self.world.hub.sign_out(token))

    def push(self, token: str, request: wire.Push) -> wire.Pushed:
        if self.late and self.chance.random() < 0.5:
            self._deliver(*self.late.pop(self.chance.randrange(len(self.late))))
        fault = self._fault()
        if fault == "sent again later":
            self.late.append((token, request))
        if fault == "sent twice":
            self._deliver(token, request)
        return self._ask(lambda: self.world.hub.push(token, request), fault)

    def pull(self, token: str, request: wire.Pull) -> wire.Pulled:
        return self._ask(lambda: self.world.hub.pull(token, request), self._fault())

    def _fault(self) -> str:
        if self.chance.random() >= self.rate:
            return ""
        fault = self.chance.choice(FAULTS)
        self.struck[fault] += 1
        return fault

    def _deliver(self, token: str, request: wire.Push) -> None:
        """An old message arrives once more; nobody reads the answer."""
        try:
            self.world.hub.push(token, request)
        except ProblemError:
            self.struck["late message refused"] += 1

    def _ask(self, ask: Callable[[], T], fault: str = "") -> T:
        if fault == "lost request":
            raise Unreachable
        try:
            if fault == "hub dies before commit":
                with power_cut(self.world.hub.database.writer):
                    answer = ask()
            else:
                answer = ask()
        except PowerCutError as cut:
            self.world.restart()
            raise Unreachable from cut
        except ProblemError as error:
            raise HubProblem(error.problem) from error
        if fault == "hub dies after":
            self.world.restart()
        if fault in ("lost answer", "hub dies after"):
            raise Unreachable
        return answer


@contextmanager
def power_cut(engine: Engine) -> Iterator[None]:
    """While inside, the next commit on `engine` does not happen: the process dies just before it."""

    def cut(_connection: object) -> None:
        raise PowerCutError

    event.listen(engine, "commit", cut)
    try:
        yield
    finally:
        event.remove(engine, "commit", cut)
