"""A bad line to a hub in this process: requests and answers get lost, cut, twice, late, and out of order."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

import msgspec
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from s2b_desktop.sync.transport import HubProblem, NotAHub, Unreachable
from s2b_domain import wire
from s2b_domain.wire import thaw
from s2b_hub import overview, own_tokens
from s2b_hub.problems import ProblemError
from tests.hub.world import World

T = TypeVar("T")
FAULTS = (
    "lost request",
    "lost answer",
    "cut answer",
    "sent twice",
    "sent again later",
    "older answer",
    "hub dies before commit",
    "hub dies after",
    "hub throws",
    "revoked mid-batch",
)
CHUNK_FAULTS = ("chunk lost", "chunk garbled", "stale chunk")
LIMITS = (1, 2, 3, 7, 30, 10_000, 10_000)
"""Rows of a page: small ones make pulls of many pages, between which the feed moves."""


class PowerCutError(BaseException):
    """A process ends here, whatever it was doing. No `except Exception` may stop it."""


class Line:
    """One desktop's transport. Each fault strikes at `rate`; `meanwhile` lets others act between two pages,
    `revoke` takes somebody's rights between two commands."""

    def __init__(self, world: World, chance: random.Random, struck: Counter[str]) -> None:
        self.world = world
        self.chance = chance
        self.struck = struck
        self.rate = 0.0
        self.weather = 0.0
        self.chunks: dict[str, int] = {}
        """In which order chunks were heard of: their names differ from run to run, for their keys are nobody's dice."""
        self.stale = b""
        self.forced: list[str] = []
        """The faults of the next requests, before any are drawn."""
        self.limit = 0
        """Rows of a page; 0 for any."""
        self.late: list[tuple[str, wire.Push]] = []
        self.before: dict[tuple[str, type[Any]], Any] = {}
        self.thrown: set[str] = set()
        self.meanwhile: Callable[[], None] = lambda: None
        self.revoke: Callable[[], None] = lambda: None

    def hello(self) -> wire.Hello:
        return self._ask("", self.world.hub.hello)

    def sign_in(self, request: wire.SignIn) -> wire.SignedIn:
        return self._ask("", lambda: self.world.hub.sign_in(request))

    def sign_out(self, token: str) -> None:
        self._ask(token, lambda: self.world.hub.sign_out(token))

    def push(self, token: str, request: wire.Push) -> wire.Pushed:
        if self.late and self.chance.random() < 0.5:
            self._deliver(*self.late.pop(self.chance.randrange(len(self.late))))
        fault = self._fault()
        if fault == "sent again later":
            self.late.append((token, request))
        if fault == "sent twice":
            self._deliver(token, request)
        if fault == "revoked mid-batch":
            half = request.envelopes[: len(request.envelopes) // 2]
            self._deliver(token, msgspec.structs.replace(request, envelopes=half))
            self.revoke()
        if fault == "hub throws":
            self.thrown.update(thaw(e.body).command_id for e in request.envelopes)
            with patch("s2b_hub.push.carry_out", side_effect=RuntimeError("made to fail")):
                return self._ask(token, lambda: self.world.hub.push(token, request), fault)
        return self._ask(token, lambda: self.world.hub.push(token, request), fault)

    def quarantine(self, request: wire.Sealed) -> None:
        self._ask("", lambda: self.world.hub.take_sealed(request), self._fault())

    def pull(self, token: str, request: wire.Pull) -> wire.Pulled:
        if request.page and (self.rate or self.limit):
            self.meanwhile()
        limit = self.limit or self.chance.choice(LIMITS) if self.rate else self.chance.choice((50, 10_000))
        request = msgspec.structs.replace(request, limit=limit)
        return self._ask(token, lambda: self.world.hub.pull(token, request), self._fault())

    def ask_hub(self, token: str, request: wire.AskHub) -> wire.HubState:
        return self._ask(token, lambda: overview.answer(self.world.hub, token, request))

    def ask_tokens(self, token: str, request: wire.AskTokens) -> wire.Tokens:
        return self._ask(token, lambda: own_tokens.answer(self.world.hub, token, request))

    def hand_over(self, request: wire.Handover) -> wire.HandedOver:
        return self._ask("", lambda: self.world.hub.hand_over(request), self._fault())

    def prepare(self, token: str, request: wire.Prepare) -> wire.Manifest:
        self.weather = self.chance.random()
        return self._ask(token, lambda: self._heard(self.world.hub.prepare(token, request)), self._fault())

    def _heard(self, manifest: wire.Manifest) -> wire.Manifest:
        for chunk in (chunk for snapshot in manifest.snapshots for chunk in snapshot.chunks):
            self.chunks.setdefault(chunk.name, len(self.chunks))
            self.stale = self.stale or self.world.hub.chunk(chunk.name)
        return manifest

    def chunk(self, name: str, *, fresh: bool = False) -> bytes:
        """Asked for by several threads at once: what happens depends on the chunk, not on who comes first."""
        chance = random.Random(f"{self.weather} {self.chunks[name]} {fresh}")
        try:
            content = self.world.hub.chunk(name)
        except ProblemError as error:
            raise HubProblem(error.problem) from error
        fault = chance.choice(CHUNK_FAULTS) if chance.random() < self.rate else ""
        if fault:
            self.struck[fault] += 1
        if fault == "chunk lost":
            raise Unreachable
        if fault == "chunk garbled":
            return content[:-1] + bytes([content[-1] ^ 1])
        if fault == "stale chunk":
            return self.stale
        return content

    def _fault(self) -> str:
        if self.forced:
            fault = self.forced.pop(0)
            self.struck[fault] += bool(fault)
            return fault
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

    def _ask(self, token: str, ask: Callable[[], T], fault: str = "") -> T:
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
        if fault == "cut answer":
            raise NotAHub
        answer = msgspec.msgpack.decode(msgspec.msgpack.encode(answer), type=type(answer))
        kind = (token, type(answer))
        older = self.before.get(kind)
        self.before[kind] = answer
        return older if fault == "older answer" and older is not None else answer


@contextmanager
def power_cut(engine: Engine) -> Iterator[None]:
    """While inside, the next commit on `engine` does not happen: the process dies just before it."""
    with _commit_fails(engine, PowerCutError()):
        yield


@contextmanager
def full_disk(engine: Engine, *, once: bool = False) -> Iterator[None]:
    """While inside, no commit on `engine` finds room, or only the first does not."""
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    with _commit_fails(engine, OperationalError("COMMIT", None, full), once=once):
        yield


@contextmanager
def _commit_fails(engine: Engine, error: BaseException, *, once: bool = False) -> Iterator[None]:
    failed = False

    def fail(_connection: object) -> None:
        nonlocal failed
        if not (once and failed):
            failed = True
            raise error

    event.listen(engine, "commit", fail)
    try:
        yield
    finally:
        event.remove(engine, "commit", fail)
