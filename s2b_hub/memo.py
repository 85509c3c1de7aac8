"""Reads of one batch, each done once: rivals for the same goods ask the same questions."""

from collections.abc import Iterable
from typing import Any, TypeVar

from s2b_domain.records.record import Record
from s2b_domain.records.store import RecordStore

R = TypeVar("R", bound=Record)


class Memo:
    """A reader over a transaction whose rows nobody changes until the end, because its drafts hold the changes."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store
        self._found: dict[Any, list[Any]] = {}

    def get(self, cls: type[R], id_: str) -> R | None:
        """As the store; the drafts above remember it."""
        return self._store.get(cls, id_)

    def find(self, cls: type[R], **equals: Any) -> list[R]:
        """As the store."""
        key = (cls, *sorted(equals.items()))
        if key not in self._found:
            self._found[key] = self._store.find(cls, **equals)
        return list(self._found[key])

    def find_in(self, cls: type[R], column: str, values: Iterable[Any], **equals: Any) -> list[R]:
        """As the store."""
        wanted = tuple(sorted(set(values)))
        key = (cls, column, wanted, *sorted(equals.items()))
        if key not in self._found:
            self._found[key] = self._store.find_in(cls, column, wanted, **equals)
        return list(self._found[key])
