"""The timeline of a document."""

from s2b_domain.records.order import History
from s2b_domain.tx import Tx


def remember(
    tx: Tx, document_id: str, event: str, *readers: str, before: str = "", after: str = "", reason: str = ""
) -> None:
    """Write what happened to a document once for each organisation that may read it."""
    for organisation_id in readers:
        tx.add(
            History(
                id=tx.id("history", document_id, event, after, organisation_id),
                organisation_id=organisation_id,
                document_id=document_id,
                event=event,
                before=before,
                after=after,
                reason=reason,
                actor_id=tx.actor.id,
                actor_name=tx.actor.name,
                at=tx.time,
            )
        )
