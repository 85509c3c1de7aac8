"""Whether the answers that a pull brings are the hub's own, and about the commands that were made here."""

from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from s2b_desktop.models.outbox import Device, Outbox
from s2b_domain import wire


class WrongReceipt(Exception):
    """An answer that the hub did not sign, or signed for something else. Names the place."""


def verify(outcomes: Iterable[wire.Outcome], device: Device) -> None:
    """Raise `WrongReceipt` unless every final answer carries the hub's signature for this device and place."""
    key = Ed25519PublicKey.from_public_bytes(device.hub_key)
    for outcome in outcomes:
        receipt = outcome.receipt
        if receipt is None and outcome.kind is wire.OutcomeKind.PARKED:
            continue
        told = (device.hub_id, device.device_id, outcome.seq, outcome.command_id, outcome.kind)
        if receipt is None or told != (
            receipt.hub_id,
            receipt.device_id,
            receipt.seq,
            receipt.command_id,
            receipt.kind,
        ):
            raise WrongReceipt(outcome.seq)
        try:
            key.verify(receipt.signature, wire.receipt_bytes(receipt))
        except InvalidSignature as error:
            raise WrongReceipt(outcome.seq) from error


def about_ours(outcomes: Iterable[wire.Outcome], outbox: Outbox) -> tuple[wire.Outcome, ...]:
    """The answers to what stands at their places in the outbox. The others are about what a copy of this profile did:
    taken for ours, they would end commands that the hub has never seen."""
    told = tuple(outcomes)
    kept = outbox.frozen_at(o.seq for o in told)
    return tuple(o for o in told if o.seq in kept and _fits(o, *kept[o.seq]))


def foreign(outcomes: tuple[wire.Outcome, ...], ours: Iterable[wire.Outcome], outbox: Outbox) -> bool:
    """Whether some answers are neither ours nor about what was forgotten here."""
    mine, forgotten = {o.seq for o in ours}, outbox.forgotten()
    kept = outbox.frozen_at(o.seq for o in outcomes)
    return any(o.seq not in mine and (o.seq > forgotten or o.seq in kept) for o in outcomes)


def _fits(outcome: wire.Outcome, command_id: str, body_hash: bytes) -> bool:
    return outcome.receipt.body_hash == body_hash if outcome.receipt else outcome.command_id == command_id
