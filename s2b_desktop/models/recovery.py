"""The organisation's recovery key: shown once as blocks to print, and what it opens when all else is gone.

The key is 20 random bytes with 5 that check them: eight blocks of five letters and digits, without those that are
easily mistaken. Its public half comes to every desktop of the organisation, which wraps its keys for it.
"""

import hashlib
import os

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from s2b_desktop.models.keys import Keys
from s2b_desktop.models.slot import RecoverySlot
from s2b_domain.sealing import NotForUs, public_half, seal, unseal

SEED, CHECK = 20, 5
BLOCKS, BLOCK = 8, 5
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})


class WrongRecoveryKey(Exception):
    """Not a recovery key as it was printed, or not this profile's."""

    code = "recovery_key_wrong"


def make() -> bytes:
    """A new key's seed."""
    return os.urandom(SEED)


def blocks(seed: bytes) -> list[str]:
    """A seed as people write it down."""
    number = int.from_bytes(seed + _check(seed), "big")
    digits = [_LETTERS[number >> 5 * place & 31] for place in reversed(range(BLOCKS * BLOCK))]
    return ["".join(digits[start : start + BLOCK]) for start in range(0, BLOCKS * BLOCK, BLOCK)]


def read(text: str) -> bytes:
    """The seed of what somebody typed, in whatever spacing and case; `WrongRecoveryKey`."""
    typed = "".join(ch for ch in text.upper() if ch.isalnum()).translate(_MISREAD)
    if len(typed) != BLOCKS * BLOCK or any(ch not in _LETTERS for ch in typed):
        raise WrongRecoveryKey
    number = 0
    for ch in typed:
        number = number << 5 | _LETTERS.index(ch)
    both = number.to_bytes(SEED + CHECK, "big")
    if _check(both[:SEED]) != both[SEED:]:
        raise WrongRecoveryKey
    return both[:SEED]


def public(seed: bytes) -> str:
    """What the organisation's desktops may know of a key (hex)."""
    return public_half(_private(seed)).hex()


def wrap(keys: Keys, public_key: str) -> RecoverySlot:
    """The keys, for whoever has the recovery key to this public half."""
    box = seal(keys.outbox + keys.cache, bytes.fromhex(public_key), purpose="profile keys", fresh=os.urandom(32))
    return RecoverySlot(public=public_key, box=box)


def unwrap(slot: RecoverySlot, seed: bytes) -> Keys:
    """The keys in a slot; `WrongRecoveryKey`."""
    try:
        both = unseal(slot.box, _private(seed), purpose="profile keys")
    except NotForUs as error:
        raise WrongRecoveryKey from error
    return Keys(both[:32], both[32:])


def _check(seed: bytes) -> bytes:
    return hashlib.sha256(b"s2b recovery key" + seed).digest()[:CHECK]


def _private(seed: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"s2b recovery key").derive(seed)
