"""Reads over one state, each done once: commands that follow each other ask the same questions.

Where it is known what a batch will ask, it is read beforehand for all its commands together: the database answers a
dozen questions a batch, and not twenty for every order.
"""

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
        self._known: dict[tuple[type[Record], str, Any], list[Any]] = {}

    def foresee(self, cls: type[R], column: str, values: Iterable[Any]) -> list[R]:
        """Read all rows whose `column` is one of `values` in one go; finds among them ask the database no more."""
        wanted = sorted(set(values))
        new = [v for v in wanted if (cls, column, v) not in self._known]
        if new:
            self._known |= {(cls, column, v): [] for v in new}
            for row in self._store.find_in(cls, column, new):
                self._known[cls, column, getattr(row, column)].append(row)
        return [row for v in wanted for row in self._known[cls, column, v]]

    def get(self, cls: type[R], id_: str) -> R | None:
        """As the store; the drafts above remember it."""
        known = self._known.get((cls, "id", id_))
        if known is not None:
            return known[0] if known else None
        return self._store.get(cls, id_)

    def find(self, cls: type[R], **equals: Any) -> list[R]:
        """As the store."""
        for column, value in equals.items():
            known = self._known.get((cls, column, value))
            if known is not None:
                return [r for r in known if all(getattr(r, c) == v for c, v in equals.items())]
        key = (cls, *sorted(equals.items()))
        if key not in self._found:
            self._found[key] = self._store.find(cls, **equals)
        return list(self._found[key])

    def find_in(self, cls: type[R], column: str, values: Iterable[Any], **equals: Any) -> list[R]:
        """As the store."""
        wanted = tuple(sorted(set(values)))
        if all((cls, column, v) in self._known for v in wanted):
            rows = [r for v in wanted for r in self._known[cls, column, v]]
            return sorted((r for r in rows if all(getattr(r, c) == v for c, v in equals.items())), key=lambda r: r.id)
        key = (cls, column, wanted, *sorted(equals.items()))
        if key not in self._found:
            self._found[key] = self._store.find_in(cls, column, wanted, **equals)
        return list(self._found[key])
