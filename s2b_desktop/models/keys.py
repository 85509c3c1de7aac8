"""The keys of a profile's two files, and the two places that keep them: the keyring, and each user's password.

A slot wraps the keys with one user's password, so that whoever has signed in on this PC can unlock it offline
where no keyring answers. Neither place holds a key in the clear on disk.
"""

import hmac
import os
import threading
from collections.abc import Callable
from typing import TypeVar

import keyring
import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from s2b_desktop.models.slot import KeySlot

SERVICE = "s2b-desktop"
PATIENCE = 15.0
"""Seconds that a keyring may take; it may be asking its owner for a password."""

T = TypeVar("T")


class KeyringUnavailable(Exception):
    """No keyring, a locked one, or one that does not answer."""


class WrongPassword(Exception):
    """The password does not open this slot."""


class Keys(msgspec.Struct, frozen=True):
    """Raw 32-byte keys of the outbox and the cache."""

    outbox: bytes
    cache: bytes

    @classmethod
    def make(cls) -> "Keys":
        """Fresh keys."""
        return cls(os.urandom(32), os.urandom(32))

    def check(self) -> bytes:
        """What `profile.json` may know of the keys: enough to tell wrong ones."""
        return hmac.digest(self.outbox + self.cache, b"s2b key check", "sha256")[:8]


def wrap(keys: Keys, login: str, password: str) -> KeySlot:
    """A slot that `password` opens."""
    slot = KeySlot(login=login, salt=os.urandom(16), nonce=os.urandom(12), wrapped=b"")
    sealed = AESGCM(_derived(slot, password)).encrypt(slot.nonce, keys.outbox + keys.cache, login.encode())
    return msgspec.structs.replace(slot, wrapped=sealed)


def unwrap(slot: KeySlot, password: str) -> Keys:
    """The keys in a slot; `WrongPassword` when it does not open."""
    try:
        both = AESGCM(_derived(slot, password)).decrypt(slot.nonce, slot.wrapped, slot.login.encode())
    except InvalidTag as error:
        raise WrongPassword(slot.login) from error
    return Keys(both[:32], both[32:])


def _derived(slot: KeySlot, password: str) -> bytes:
    return hash_secret_raw(
        password.encode(), slot.salt, slot.passes, slot.memory_kib, slot.lanes, hash_len=32, type=Type.ID
    )


def load(profile_id: str, *, patience: float = PATIENCE) -> Keys | None:
    """The keys that the keyring holds for a profile, or None; `KeyringUnavailable`."""
    text = _ask(lambda: keyring.get_password(SERVICE, profile_id), patience)
    try:
        both = bytes.fromhex(text or "")
    except ValueError:
        return None
    return Keys(both[:32], both[32:]) if len(both) == 64 else None


def store(profile_id: str, keys: Keys, *, patience: float = PATIENCE) -> None:
    """Give the keys to the keyring; `KeyringUnavailable`."""
    _ask(lambda: keyring.set_password(SERVICE, profile_id, (keys.outbox + keys.cache).hex()), patience)


def forget(profile_id: str, *, patience: float = PATIENCE) -> None:
    """Take the keys out of the keyring; `KeyringUnavailable`."""
    _ask(lambda: keyring.delete_password(SERVICE, profile_id), patience)


def _ask(question: Callable[[], T], patience: float) -> T:
    """The keyring's answer, asked on a thread of its own: one that hangs must not hang the program."""
    answer: list[T] = []
    failure: list[BaseException] = []

    def ask() -> None:
        try:
            answer.append(question())
        except Exception as error:
            failure.append(error)

    thread = threading.Thread(target=ask, name="keyring", daemon=True)
    thread.start()
    thread.join(patience)
    if answer:
        return answer[0]
    # Backends let their own exceptions through (D-Bus, Windows): whatever it is, there are no keys from here.
    reason = failure[0] if failure else TimeoutError(f"no answer in {patience} s")
    raise KeyringUnavailable(repr(reason)) from reason
