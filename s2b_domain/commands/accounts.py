"""Account entries: each document's entries sum to zero over all parties."""

from s2b_domain.ids import derived_id
from s2b_domain.records.account import CONSUMERS, AccountEntry, Balance
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
        if CONSUMERS not in (debtor_id, creditor_id):
            known = tx.get(Balance, balance_id(mine, other))
            tx.put(
                Balance(
                    id=balance_id(mine, other),
                    organisation_id=mine,
                    counterparty_id=other,
                    amount=(known.amount if known else 0) + signed,
                )
            )


def balance_id(organisation_id: str, counterparty_id: str) -> str:
    """The id of what one organisation has with another."""
    return derived_id(organisation_id, "balance", counterparty_id)


def owed(reader: Reader, debtor_id: str, creditor_id: str) -> int:
    """What the debtor owes the creditor (分), as the debtor's side has it; negative where it has something to come."""
    balance = reader.get(Balance, balance_id(debtor_id, creditor_id))
    return -balance.amount if balance else 0


def platform_id(tx: Reader) -> str:
    """The platform's organisation; its entries are seen by the hub alone, so a desktop may not know it."""
    found = tx.find(Organisation, kind=PartyKind.PLATFORM)
    return found[0].id if found else "platform"
