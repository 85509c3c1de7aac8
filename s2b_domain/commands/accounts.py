"""Account entries: each document's entries sum to zero over all parties."""

from s2b_domain.records.account import AccountEntry
from s2b_domain.records.party import Organisation, PartyKind
from s2b_domain.tx import Reader, Tx


def owe(tx: Tx, debtor_id: str, creditor_id: str, amount: int, *, kind: str, document_id: str) -> None:
    """Book that `debtor_id` owes `creditor_id` an amount (分); a negative amount takes it back."""
    if not amount:
        return
    for mine, other, signed in ((debtor_id, creditor_id, -amount), (creditor_id, debtor_id, amount)):
        tx.add(
            AccountEntry(
                id=tx.id("account", document_id, kind, mine),
                organisation_id=mine,
                counterparty_id=other,
                document_id=document_id,
                kind=kind,
                amount=signed,
                at=tx.time,
            )
        )


def platform_id(tx: Reader) -> str:
    """The platform's organisation; its entries are seen by the hub alone, so a desktop may not know it."""
    found = tx.find(Organisation, kind=PartyKind.PLATFORM)
    return found[0].id if found else "platform"
