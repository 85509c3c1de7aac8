"""What must hold on the books after every command."""

from typing import Protocol

from s2b_domain.books import wrong
from s2b_domain.records.store import RecordStore


class Books(Protocol):
    """Whatever has a store with all rows."""

    store: RecordStore


def check_books(books: Books) -> None:
    """Stock, what is held and promised, and money agree with the ledgers and with the documents."""
    assert list(wrong(books.store)) == []
