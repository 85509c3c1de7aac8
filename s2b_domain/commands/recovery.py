"""The organisation's recovery key: its public half, known to all desktops of the organisation."""

from collections.abc import Sequence

from s2b_domain.access import AUDIT, Actor, Permission, own
from s2b_domain.commands.command import Command, command
from s2b_domain.errors import Refused
from s2b_domain.records.party import Organisation, RecoveryKey
from s2b_domain.rules.bounds import Code
from s2b_domain.tx import Reader, Tx

DIGITS = 64


class SetRecoveryKey(Command, frozen=True, kw_only=True):
    """From now on desktops wrap their keys for this public half (hex); a key before it opens what it opened."""

    public: Code


def _touched(reader: Reader, actor: Actor, message: SetRecoveryKey) -> Sequence[str]:
    return [own(actor.organisation_id, "profile"), AUDIT]


@command("recovery.set@1", SetRecoveryKey, permission=Permission.RECOVERY_SET, touches=_touched)
def set_recovery_key(tx: Tx, message: SetRecoveryKey) -> None:
    """One key an organisation; a new one takes the place of the one before."""
    if len(message.public) != DIGITS or any(digit not in "0123456789abcdef" for digit in message.public):
        raise Refused("field_wrong", field="recovery_key")
    organisation = tx.need(Organisation, tx.actor.organisation_id)
    before = tx.get(RecoveryKey, organisation.id)
    if before is not None:
        tx.put(before.with_(public=message.public, made_at=tx.time, made_by=tx.actor.name))
    else:
        tx.add(RecoveryKey(id=organisation.id, public=message.public, made_at=tx.time, made_by=tx.actor.name))
    tx.audit("recovery.set", organisation)
