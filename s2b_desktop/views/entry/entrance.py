"""What the entry pages ask of the program: look at a hub, trust it, sign in, unlock. Answers come later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

Failed = Callable[[Exception], object]


@dataclass(frozen=True, slots=True)
class HubCard:
    """A hub as it answers: its normalised address, name, certificate (PEM, SHA-256 fingerprint, end in ms).

    `before` is the fingerprint that was trusted at this profile until now, if it is another one.
    """

    address: str
    name: str
    certificate: str
    fingerprint: str
    valid_until: int | None = None
    before: str = ""


@dataclass(frozen=True, slots=True)
class Doorplate:
    """What is known before anybody signs in: who has signed in here, and the hub that is trusted."""

    people: Sequence[str] = ()
    hub_address: str = ""
    fingerprint: str = ""
    recovery: bool = False
    """Whether the company's recovery key opens this profile."""
    sealed: bool = False
    """Whether an earlier device of this profile was revoked, and what it had not sent has yet to be handed in."""


class Entrance(Protocol):
    """`done` and `failed` are called on the main thread; exceptions carry a `code` of `messages`."""

    def doorplate(self) -> Doorplate: ...

    def look(self, address: str, done: Callable[[HubCard], object], failed: Failed) -> None: ...

    def trust(self, card: HubCard) -> None: ...

    def sign_in(self, login: str, password: str, failed: Failed) -> None: ...

    def unlock(self, login: str, password: str, failed: Failed) -> None: ...

    def recover(self, login: str, key: str, failed: Failed) -> None: ...

    def hand_in(self, done: Callable[[bool], object]) -> None: ...
