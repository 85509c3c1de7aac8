"""Waiting at the hub for news, on a thread of its own, so that the loop looks when there is something to see."""

import logging
import random
import threading
import time
from collections.abc import Callable

import msgspec

from s2b_desktop.sync.transport import Ear, LineError
from s2b_domain import wire

log = logging.getLogger(__name__)
PATIENCE = 50.0
"""Seconds that one question may wait; less where something on the way cuts it earlier."""
IMPATIENT = 4.0
"""Where not even this is possible again and again, listening is given up for a while."""
TRIES = 3
PAUSE = 300.0
LONGEST = 60.0
Standing = Callable[[], tuple[str, wire.Listen] | None]


class Listener:
    """`standing` says with which token and from where to ask, None when there is nothing to wait for;
    `news` is called when the loop should look: there is something, or the line has changed."""

    def __init__(self, ear: Ear, standing: Standing, news: Callable[[], None], chance: random.Random) -> None:
        self._ear = ear
        self._standing = standing
        self._news = news
        self._chance = chance
        self._ready = threading.Event()
        self._turning = threading.Lock()
        self.turn = 0
        """Counts the times that the loop was told to look."""
        self._stopping = threading.Event()
        self._patience = PATIENCE
        self._failures = 0
        self._fruitless = 0
        self._reconnecting = False
        self._told: wire.Listen | None = None
        self.attentive = False
        """Whether news can be expected to come by itself."""
        self._thread = threading.Thread(target=self._run, name="s2b-news", daemon=True)

    def start(self) -> None:
        """Begin; the first question waits for `caught_up`."""
        self._thread.start()

    def stop(self) -> None:
        """End what is under way and wait for it."""
        self._stopping.set()
        self._ready.set()
        while self._thread.is_alive():
            self._ear.hang_up()
            self._thread.join(0.05)

    def caught_up(self, turn: int) -> None:
        """A round that began in this `turn` has pulled to the end: from there it can be listened. One that began
        before the latest news knows nothing of them yet."""
        with self._turning:
            if turn == self.turn:
                self._ready.set()

    def _tell(self) -> None:
        with self._turning:
            self.turn += 1
            self._ready.clear()
        self._news()

    def reconnect(self) -> None:
        """The machine has slept, or the network changed: the line may be dead without saying so."""
        self._reconnecting = True
        self._ear.reconnect()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._ready.wait()
            self._ready.clear()
            if not self._stopping.is_set():
                try:
                    self._listen()
                except Exception:
                    log.exception("listening failed")
                    self.attentive = False

    def _listen(self) -> None:
        """Ask until there is something for the loop to do, which then calls `caught_up`."""
        while not self._stopping.is_set():
            asked = self._standing()
            if asked is None:
                return
            token, request = asked
            if request == self._told:
                # There was news for exactly this, a pull came to its end, and yet here we are: whatever is wrong,
                # it must not become a loop.
                self._fruitless += 1
                self.attentive = False
                if self._rest(min(LONGEST, 2.0 ** min(self._fruitless, 6))):
                    return
                if self._standing() != asked:
                    continue
            else:
                self._fruitless = 0
            begun = time.monotonic()
            try:
                self.attentive = True
                answer = self._ear.listen(token, msgspec.structs.replace(request, seconds=self._patience))
            except LineError as error:
                log.info("listening: %s", error)
                self._failed(time.monotonic() - begun)
                return
            self._failures = 0
            if answer.news:
                if self._standing() == asked:  # else the loop was quicker, for it had something to send
                    self._told = request
                    self._tell()
                    return
            elif time.monotonic() - begun < self._patience / 2:  # the hub sends everybody away
                self._stopping.wait(self._chance.uniform(0.5, 2.0))
            else:
                self._patience = min(PATIENCE, self._patience * 1.2)

    def _failed(self, lasted: float) -> None:
        """The line broke. The loop finds out what is the matter, and shows it."""
        self.attentive = False
        if self._stopping.is_set():
            return
        if self._reconnecting:
            self._reconnecting = False
            self._tell()
            return
        self._failures += 1
        self._patience = max(IMPATIENT, min(self._patience, lasted * 0.8)) if lasted >= IMPATIENT else self._patience
        self._tell()
        if self._failures >= TRIES:
            self._failures = 0
            self._rest(PAUSE)

    def _rest(self, seconds: float) -> bool:
        return self._stopping.wait(seconds * self._chance.uniform(0.8, 1.2))
