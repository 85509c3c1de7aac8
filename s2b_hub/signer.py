"""Signing what the hub decided, so that desktops can prove it to a hub that forgot."""

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from s2b_domain.wire import (
    DeviceCard,
    Manifest,
    Outcome,
    OutcomeKind,
    Receipt,
    card_bytes,
    manifest_bytes,
    receipt_bytes,
)
from s2b_hub.entries import Decision


class Signer:
    """Signs receipts in this hub's name."""

    def __init__(self, hub_id: str, private_key: bytes) -> None:
        self.hub_id = hub_id
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)

    @property
    def public_key(self) -> bytes:
        """The 32 bytes by which desktops verify receipts."""
        return self._key.public_key().public_bytes_raw()

    def signature(self, content: bytes) -> bytes:
        """The hub's signature over any bytes; say in them what they are for."""
        return self._key.sign(content)

    def signed(self, content: bytes, signature: bytes) -> bool:
        """Whether this hub has signed these bytes."""
        try:
            self._key.public_key().verify(signature, content)
        except InvalidSignature:
            return False
        return True

    def is_ours(self, receipt: Receipt) -> bool:
        """Whether this hub has signed a receipt."""
        return receipt.hub_id == self.hub_id and self.signed(receipt_bytes(receipt), receipt.signature)

    def card(self, card: DeviceCard) -> DeviceCard:
        """A device's card with its signature."""
        return msgspec.structs.replace(card, signature=self.signature(card_bytes(card)))

    def sign(self, receipt: Receipt) -> Receipt:
        """The receipt with its signature."""
        return msgspec.structs.replace(receipt, signature=self._key.sign(receipt_bytes(receipt)))

    def sign_manifest(self, manifest: Manifest) -> Manifest:
        """The manifest with its signature."""
        return msgspec.structs.replace(manifest, signature=self._key.sign(manifest_bytes(manifest)))

    def drafted(
        self, decision: Decision, *, device_id: str, seq: int, command_id: str, body_hash: bytes, time: int
    ) -> Outcome:
        """A decision as the device will read it, with a receipt where it is final: without order and signature."""
        receipt = Receipt(
            hub_id=self.hub_id,
            device_id=device_id,
            seq=seq,
            command_id=command_id,
            body_hash=body_hash,
            kind=decision.kind,
            hub_order=0,
            time=time,
            result=decision.result,
        )
        return Outcome(
            seq=seq,
            command_id=command_id,
            kind=decision.kind,
            code=decision.code,
            params=decision.params,
            receipt=None if decision.kind is OutcomeKind.PARKED else receipt,
        )

    def sealed(self, outcome: Outcome, hub_order: int) -> Outcome:
        """A drafted outcome with its place in the hub's order, signed."""
        if outcome.receipt is None:
            return outcome
        receipt = self.sign(msgspec.structs.replace(outcome.receipt, hub_order=hub_order))
        return msgspec.structs.replace(outcome, receipt=receipt)
