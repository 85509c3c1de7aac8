"""A desktop's cache as the domain sees it: some of the hub's rows, in memory."""

from collections.abc import Iterable
from typing import Any, TypeVar

from s2b_domain.records.record import Record

R = TypeVar("R", bound=Record)


class Memory:
    """A reader over given rows."""

    def __init__(self, rows: Iterable[Record]) -> None:
        self._rows: dict[type[Record], dict[str, Record]] = {}
        for row in rows:
            self._rows.setdefault(type(row), {})[row.id] = row

    def get(self, cls: type[R], id_: str) -> R | None:
        return self._rows.get(cls, {}).get(id_)  # type: ignore[return-value]

    def find(self, cls: type[R], **equals: Any) -> list[R]:
        rows = sorted(self._rows.get(cls, {}).items())
        return [r for _, r in rows if all(getattr(r, k) == v for k, v in equals.items())]  # type: ignore[misc]

    def find_in(self, cls: type[R], column: str, values: Iterable[Any], **equals: Any) -> list[R]:
        wanted = set(values)
        return [r for r in self.find(cls, **equals) if getattr(r, column) in wanted]
