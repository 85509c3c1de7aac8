"""What `profile.json` holds of the keys; apart from them, so that a first window comes up without cryptography."""

import msgspec


class RecoverySlot(msgspec.Struct, frozen=True, kw_only=True):
    """The keys, sealed to the public half (hex) of the organisation's recovery key."""

    public: str
    box: bytes


class KeySlot(msgspec.Struct, frozen=True, kw_only=True):
    """The keys, wrapped by the password of `login` (Argon2id, AES-256-GCM)."""

    login: str
    salt: bytes
    nonce: bytes
    wrapped: bytes
    passes: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 2
