"""Who waits for news of which scopes, and waking them. Only the signal is here; the news itself comes by pull.

`tell` may be fed from anywhere: by the door of this process after each commit, or by what other processes say they
committed. What it says may come late, twice or in any order: a waiter is woken only by a version beyond its own.
"""

import asyncio
import threading
from collections.abc import Iterable, Mapping


class Waiter:
    """One desktop that waits: the versions it has of its scopes, and the hub order of its last answer.

    `kin` are scopes whose changes may change what it is granted; `ticket` was drawn before all this was read.
    """

    __slots__ = ("device_id", "future", "kin", "loop", "receipt", "ticket", "versions")

    def __init__(
        self, ticket: int, device_id: str, receipt: int, versions: Mapping[str, int], kin: Mapping[str, int]
    ) -> None:
        self.ticket = ticket
        self.device_id = device_id
        self.receipt = receipt
        self.versions = versions
        self.kin = kin
        self.loop: asyncio.AbstractEventLoop | None = None
        self.future: asyncio.Future[bool] | None = None

    def concerned(self, scope: str, version: int) -> bool:
        """Whether this version of a scope is news here."""
        known = self.versions.get(scope)
        return version > (self.kin.get(scope, version) if known is None else known)


class News:
    """The waiters of this process. `tell` and `concern` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_scope: dict[str, set[Waiter]] = {}
        self._by_device: dict[str, set[Waiter]] = {}
        self._told: dict[str, int] = {}
        self._decided: dict[str, int] = {}
        self._concerned: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._ticket = 0

    def __len__(self) -> int:
        """How many wait."""
        with self._lock:
            return sum(map(len, self._by_device.values()))

    def ticket(self) -> int:
        """To be drawn before a waiter's state is read, so that `enter` knows what it cannot have seen."""
        with self._lock:
            return self._ticket

    def name(self, scope: str) -> str:
        """The one copy of a scope's name: thousands wait for the same."""
        return self._names.setdefault(scope, scope)

    def enter(self, waiter: Waiter) -> None:
        """Let it wait in the running event loop, until `leave`. Nothing told since its state was read is missed."""
        waiter.loop = asyncio.get_running_loop()
        waiter.future = waiter.loop.create_future()
        with self._lock:
            for scope in (*waiter.versions, *waiter.kin):
                self._by_scope.setdefault(scope, set()).add(waiter)
                if waiter.concerned(scope, self._told.get(scope, 0)) and not waiter.future.done():
                    waiter.future.set_result(scope in waiter.versions)
            self._by_device.setdefault(waiter.device_id, set()).add(waiter)
            answered = self._decided.get(waiter.device_id, 0) > waiter.receipt
            changed = self._concerned.get(waiter.device_id, 0) > waiter.ticket
            if (answered or changed) and not waiter.future.done():
                waiter.future.set_result(answered and not changed)

    def leave(self, waiter: Waiter) -> None:
        """It no longer waits."""
        with self._lock:
            for scope in (*waiter.versions, *waiter.kin):
                _discard(self._by_scope, scope, waiter)
            _discard(self._by_device, waiter.device_id, waiter)

    def tell(self, versions: Mapping[str, int], decided: Mapping[str, int] = {}) -> None:
        """These scopes now stand at these versions, and these devices have answers up to these hub orders."""
        woken: dict[Waiter, bool] = {}
        with self._lock:
            for scope, version in versions.items():
                self._told[scope] = max(version, self._told.get(scope, 0))
                for waiter in self._by_scope.get(scope, ()):
                    if waiter.concerned(scope, version):
                        woken[waiter] = woken.get(waiter, False) or scope in waiter.versions
            for device_id, order in decided.items():
                self._decided[device_id] = max(order, self._decided.get(device_id, 0))
                for waiter in self._by_device.get(device_id, ()):
                    if waiter.receipt < order:
                        woken[waiter] = True
        _wake(woken)

    def concern(self, device_ids: Iterable[str]) -> None:
        """What these devices may do has changed: they shall ask again."""
        with self._lock:
            self._ticket += 1
            named = frozenset(device_ids)
            self._concerned.update(dict.fromkeys(named, self._ticket))
            woken = {w: False for d in named for w in self._by_device.get(d, ())}
        _wake(woken)

    def release(self) -> None:
        """Wake everybody: the hub closes."""
        with self._lock:
            woken = {w: False for waiters in self._by_device.values() for w in waiters}
        _wake(woken)


def _discard(waiters: dict[str, set[Waiter]], key: str, waiter: Waiter) -> None:
    found = waiters.get(key)
    if found is not None:
        found.discard(waiter)
        if not found:
            del waiters[key]


def _wake(woken: Mapping[Waiter, bool]) -> None:
    """Settle the futures in their loops, all of a loop in one call."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[bool], bool]]] = {}
    for waiter, certain in woken.items():
        if waiter.loop is not None and waiter.future is not None:
            by_loop.setdefault(waiter.loop, []).append((waiter.future, certain))
    for loop, settled in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, settled)
        except RuntimeError:  # the loop has ended, and with it who waited in it
            continue


def _settle(settled: list[tuple[asyncio.Future[bool], bool]]) -> None:
    for future, certain in settled:
        if not future.done():
            future.set_result(certain)
