"""Signing what the hub decided, so that desktops can prove it to a hub that forgot."""

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from s2b_domain.wire import Outcome, OutcomeKind, Receipt, receipt_bytes
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

    def sign(self, receipt: Receipt) -> Receipt:
        """The receipt with its signature."""
        return msgspec.structs.replace(receipt, signature=self._key.sign(receipt_bytes(receipt)))

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
