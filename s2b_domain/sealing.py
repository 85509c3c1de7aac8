"""Boxes that only one key opens: X25519 to a fresh key, HKDF-SHA256, AES-256-GCM.

Who seals needs only the public half, and cannot open the box again. A box says nothing of who sealed it.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY = 32
"""Bytes of either half of a key."""
_NONCE = bytes(12)
"""Each box has a key of its own."""


class NotForUs(Exception):
    """The box is for another key or another purpose, or was changed."""


def public_half(private: bytes) -> bytes:
    """The public half of a 32-byte private key."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal(content: bytes, public: bytes, *, purpose: str, fresh: bytes) -> bytes:
    """A box for the owner of `public`; `fresh` are 32 random bytes that are used for nothing else."""
    passing = X25519PrivateKey.from_private_bytes(fresh)
    own = passing.public_key().public_bytes_raw()
    shared = passing.exchange(X25519PublicKey.from_public_bytes(public))
    return own + AESGCM(_key(shared, own + public, purpose)).encrypt(_NONCE, content, purpose.encode())


def unseal(box: bytes, private: bytes, *, purpose: str) -> bytes:
    """What is in a box; `NotForUs`."""
    own, sealed = box[:KEY], box[KEY:]
    try:
        shared = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(own))
        key = _key(shared, own + public_half(private), purpose)
        return AESGCM(key).decrypt(_NONCE, sealed, purpose.encode())
    except (InvalidTag, ValueError) as error:
        raise NotForUs(purpose) from error


def _key(shared: bytes, halves: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=halves, info=f"s2b box {purpose}".encode()).derive(shared)
