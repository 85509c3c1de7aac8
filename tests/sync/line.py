"""A line without a network: a real hub in this thread, reached through the very bytes that would travel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from s2b_desktop.sync.transport import HubProblem, Unreachable
from s2b_domain import wire
from s2b_hub import blobs, overview, own_tokens
from s2b_hub.hub import Hub
from s2b_hub.problems import ProblemError

M = TypeVar("M")


class Line:
    """A `Transport`. While `down`, nothing arrives; `lose_answers` lets the next requests arrive unanswered."""

    def __init__(self, hub: Callable[[], Hub]) -> None:
        self._hub = hub
        self.down = False
        self.lose_answers = 0
        self.pushes: list[wire.Push] = []
        self.pulls: list[wire.Pull] = []
        self.handovers: list[wire.Handover] = []
        self.limit = 10_000
        self.chunks: list[str] = []
        self.spoil: Callable[[str, bytes], bytes] = lambda name, content: content
        """What comes of a chunk that is kept on the way; the hub itself gives the right bytes."""

    def hello(self) -> wire.Hello:
        return self._call(self._hub().hello, wire.Hello)

    def sign_in(self, request: wire.SignIn) -> wire.SignedIn:
        return self._call(lambda: self._hub().sign_in(_travelled(request)), wire.SignedIn)

    def sign_out(self, token: str) -> None:
        self._call(lambda: self._hub().sign_out(token), type(None))

    def push(self, token: str, request: wire.Push) -> wire.Pushed:
        self.pushes.append(request)
        return self._call(lambda: self._hub().push(token, _travelled(request)), wire.Pushed)

    def pull(self, token: str, request: wire.Pull) -> wire.Pulled:
        self.pulls.append(request)
        request = msgspec.structs.replace(request, limit=self.limit)
        return self._call(lambda: self._hub().pull(token, _travelled(request)), wire.Pulled)

    def quarantine(self, request: wire.Sealed) -> None:
        self._call(lambda: self._hub().take_sealed(_travelled(request)), type(None))

    def ask_hub(self, token: str, request: wire.AskHub) -> wire.HubState:
        return self._call(lambda: overview.answer(self._hub(), token, _travelled(request)), wire.HubState)

    def ask_tokens(self, token: str, request: wire.AskTokens) -> wire.Tokens:
        return self._call(lambda: own_tokens.answer(self._hub(), token, _travelled(request)), wire.Tokens)

    def hand_over(self, request: wire.Handover) -> wire.HandedOver:
        self.handovers.append(request)
        return self._call(lambda: self._hub().hand_over(_travelled(request)), wire.HandedOver)

    def prepare(self, token: str, request: wire.Prepare) -> wire.Manifest:
        return self._call(lambda: self._hub().prepare(token, _travelled(request)), wire.Manifest)

    def chunk(self, name: str, *, fresh: bool = False) -> bytes:
        content = self._call(lambda: self._hub().chunk(name), bytes)
        self.chunks.append(name)
        return content if fresh else self.spoil(name, content)

    def bring(self, token: str, digest: str, content: bytes) -> None:
        self._call(lambda: blobs.take(self._hub(), token, digest, content), type(None))

    def fetch(self, token: str, digest: str, table: str, row_id: str) -> bytes:
        return self._call(lambda: blobs.give(self._hub(), token, digest, table, row_id)[0], bytes)

    def _call(self, ask: Callable[[], object], answer: type[M]) -> M:
        if self.down:
            raise Unreachable()
        try:
            given = ask()
        except ProblemError as error:
            raise HubProblem(_travelled(error.problem)) from error
        if self.lose_answers:
            self.lose_answers -= 1
            raise Unreachable()
        return msgspec.msgpack.decode(msgspec.msgpack.encode(given), type=answer)


def _travelled(message: M) -> M:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=type(message))
