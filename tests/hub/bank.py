"""A payment provider as they are: it knows what it did by its key, and its answers get lost."""

from __future__ import annotations

from collections.abc import Callable

from s2b_hub.effects import Effect
from s2b_hub.outward import Answer, Told, UnsureError


class Bank:
    """Pays by `wechat` and `alipay`. `lost`: it does what it is asked, and nobody hears of it."""

    name = "bank"
    methods = frozenset({"wechat", "alipay"})

    def __init__(self, clock: Callable[[], int]) -> None:
        self.clock = clock
        self.paid: dict[str, tuple[int, Answer]] = {}
        self.asked: list[str] = []
        self.down = self.lost = self.declines = self.slow = False

    def perform(self, effect: Effect) -> Answer:
        """Pay once for each key."""
        self._reach()
        self.asked.append(effect.key)
        if self.declines:
            return Answer(told=Told.DECLINED, reason="the account is closed", at=self.clock())
        if effect.key not in self.paid:
            answer = Answer(told=Told.DONE, reference=f"B{len(self.paid) + 1}", at=self.clock())
            self.paid[effect.key] = (effect.amount, answer)
        if self.lost:
            raise UnsureError("the answer was lost")
        return Answer(told=Told.UNDER_WAY) if self.slow else self.paid[effect.key][1]

    def find(self, key: str) -> Answer | None:
        """What became of a key."""
        self._reach()
        return self.paid[key][1] if key in self.paid else None

    @property
    def total(self) -> int:
        """All that has left (分)."""
        return sum(amount for amount, _ in self.paid.values())

    def _reach(self) -> None:
        if self.down:
            raise UnsureError("not reached")
