"""A line without a network: a hub in this process, reached through the very bytes that would travel."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import zstandard

from s2b_desktop.sync.transport import HubProblem
from s2b_domain import wire
from s2b_hub import overview, own_tokens
from s2b_hub.hub import Hub
from s2b_hub.problems import ProblemError

M = TypeVar("M")
_encode = msgspec.msgpack.Encoder().encode


def packed(message: Any) -> bytes:
    """A message as it travels."""
    return zstandard.ZstdCompressor(level=3).compress(_encode(message))


def unpacked(content: bytes, kind: type[M]) -> M:
    """The message of travelled bytes."""
    with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(content) as reader:
        return msgspec.msgpack.decode(reader.read(256 << 20), type=kind)


class Line:
    """A `Transport` and a `ChunkSource`. `answers` keeps the bytes of every page that was pulled, `chunks` those of
    every chunk that was fetched."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.answers: list[bytes] = []
        self.chunks: dict[str, bytes] = {}

    def hello(self) -> wire.Hello:
        """Who is there."""
        return self._hub.hello()

    def sign_in(self, request: wire.SignIn) -> wire.SignedIn:
        """A session."""
        return unpacked(self._asked(lambda: self._hub.sign_in(request)), wire.SignedIn)

    def sign_out(self, token: str) -> None:
        """End a session."""
        self._hub.sign_out(token)

    def push(self, token: str, request: wire.Push) -> wire.Pushed:
        """Hand commands over."""
        travelled = unpacked(packed(request), wire.Push)
        return unpacked(self._asked(lambda: self._hub.push(token, travelled)), wire.Pushed)

    def quarantine(self, request: wire.Sealed) -> None:
        """Hand in what a revoked device had not sent."""
        self._hub.take_sealed(request)

    def pull(self, token: str, request: wire.Pull) -> wire.Pulled:
        """The next page."""
        travelled = unpacked(packed(request), wire.Pull)
        content = self._asked(lambda: self._hub.pull(token, travelled))
        self.answers.append(content)
        return unpacked(content, wire.Pulled)

    def ask_hub(self, token: str, request: wire.AskHub) -> wire.HubState:
        """How the hub is."""
        return unpacked(self._asked(lambda: overview.answer(self._hub, token, request)), wire.HubState)

    def ask_tokens(self, token: str, request: wire.AskTokens) -> wire.Tokens:
        """How the hub is."""
        return unpacked(self._asked(lambda: own_tokens.answer(self._hub, token, request)), wire.Tokens)

    def hand_over(self, request: wire.Handover) -> wire.HandedOver:
        """Remind the hub of what it decided."""
        travelled = unpacked(packed(request), wire.Handover)
        return unpacked(self._asked(lambda: self._hub.hand_over(travelled)), wire.HandedOver)

    def prepare(self, token: str, request: wire.Prepare) -> wire.Manifest:
        """The snapshots that there are."""
        return unpacked(self._asked(lambda: self._hub.prepare(token, request)), wire.Manifest)

    def chunk(self, name: str, *, fresh: bool = False) -> bytes:
        """The bytes of a chunk."""
        if name not in self.chunks:
            self.chunks[name] = self._hub.chunk(name)
        return self.chunks[name]

    @staticmethod
    def _asked(ask: Callable[[], object]) -> bytes:
        try:
            return packed(ask())
        except ProblemError as error:
            raise HubProblem(error.problem) from error
