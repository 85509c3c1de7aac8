"""A taxonomy as a file says it, with the ids that its nodes have on every hub."""

import msgspec

from s2b_domain.commands.categories import AttributeEntry, CategoryEntry
from s2b_domain.errors import Refused
from s2b_domain.ids import derived_id, make_id

NAMESPACE = make_id(1_735_689_600_000, bytes(10))
MOST_CATEGORIES = 50_000
MOST_ATTRIBUTES = 20_000


class TaxonomyError(Refused):
    """The files are no taxonomy; `row` names the line of a sheet, 0 the whole."""


class Draft(msgspec.Struct, frozen=True):
    """Categories, parents before their children, and the attributes they use.

    `says` names what the source knows of uses and attributes; the rest stays as it is on the books.
    """

    categories: tuple[CategoryEntry, ...]
    attributes: tuple[AttributeEntry, ...]
    says: frozenset[str] = frozenset()


def source_id(source: str, kind: str, key: str) -> str:
    """The id of what a published taxonomy calls `key`: the same on every hub and at every import."""
    return derived_id(NAMESPACE, source, kind, key)
