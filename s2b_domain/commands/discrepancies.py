"""差异处理: somebody looked at a fact that contradicted the books, and says what came of it."""

from collections.abc import Sequence

from s2b_domain.access import Actor, Permission, own
from s2b_domain.commands.command import Command, command
from s2b_domain.errors import Refused
from s2b_domain.records.stock import Discrepancy
from s2b_domain.rules.bounds import Id, Reason
from s2b_domain.tx import Reader, Tx


class CloseDiscrepancy(Command, frozen=True, kw_only=True):
    """The note says what was found or agreed."""

    discrepancy_id: Id
    note: Reason


def _touched(reader: Reader, actor: Actor, message: CloseDiscrepancy) -> Sequence[str]:
    return [own(actor.organisation_id, "trade")]


@command("discrepancy.close@1", CloseDiscrepancy, permission=Permission.DISCREPANCY_CLOSE, touches=_touched)
def close_discrepancy(tx: Tx, message: CloseDiscrepancy) -> None:
    """An open one of one's own, with a note."""
    row = tx.need(Discrepancy, message.discrepancy_id)
    if row.organisation_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=row.id)
    if not row.open:
        raise Refused("already_closed", name=row.closed_by)
    if not message.note.strip():
        raise Refused("reason_required")
    tx.put(row.with_(open=False, note=message.note.strip(), closed_by=tx.actor.name, closed_at=tx.time))
