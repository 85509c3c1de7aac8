"""An entrance whose answers the test decides."""

from __future__ import annotations

from collections.abc import Callable

from s2b_desktop.views.entry.entrance import Doorplate, Failed, HubCard

FINGERPRINT = "9f2c41ab77d01e6a5b3c8f0092e4d1aa0c5566b1f7e89d3421acbd0044ef5a6c"


class Coded(Exception):
    """An exception with a code, as engine and hub raise them."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class FakeEntrance:
    """Answers at once with `error` if there is one; remembers what it was asked."""

    def __init__(self, *people: str, hub: str = "") -> None:
        self.plate = Doorplate(people, hub, FINGERPRINT if hub else "")
        self.card = HubCard("https://hub.example.com:8443", "S2B 平台", "PEM", FINGERPRINT, 1_895_342_800_000)
        self.error: Exception | None = None
        self.asked: list[tuple[str, ...]] = []

    def doorplate(self) -> Doorplate:
        return self.plate

    def look(self, address: str, done: Callable[[HubCard], object], failed: Failed) -> None:
        self.asked.append(("look", address))
        failed(self.error) if self.error else done(self.card)

    def trust(self, card: HubCard) -> None:
        self.asked.append(("trust", card.fingerprint))

    def sign_in(self, login: str, password: str, failed: Failed) -> None:
        self.asked.append(("sign_in", login, password))
        if self.error:
            failed(self.error)

    def unlock(self, login: str, password: str, failed: Failed) -> None:
        self.asked.append(("unlock", login, password))
        if self.error:
            failed(self.error)

    def recover(self, login: str, key: str, failed: Failed) -> None:
        self.asked.append(("recover", login, key))
        if self.error:
            failed(self.error)

    def hand_in(self, done: Callable[[bool], object]) -> None:
        self.asked.append(("hand_in",))
        done(not self.error)
