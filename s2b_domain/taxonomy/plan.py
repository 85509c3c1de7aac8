"""What an import of a taxonomy would do to the tree, and the commands that do it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from s2b_domain.commands.categories import (
    MAX_ATTRIBUTES,
    MAX_ENTRIES,
    AttributeEntry,
    CategoryEntry,
    SaveAttributes,
    SaveCategories,
)
from s2b_domain.commands.command import MAX_PAYLOAD
from s2b_domain.records.catalog import Attribute, Category
from s2b_domain.taxonomy.draft import Draft

E = TypeVar("E", AttributeEntry, CategoryEntry)
_MOST_BYTES = MAX_PAYLOAD // 2
_encode = msgspec.msgpack.Encoder().encode
_ENTRY = CategoryEntry.__struct_fields__
_ATTRIBUTE = AttributeEntry.__struct_fields__


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Entries to write, sorted by what they are; `absent` are categories of the books that the file does not name:
    they stay."""

    new: tuple[CategoryEntry, ...]
    changed: tuple[tuple[Category, CategoryEntry], ...]
    moved: tuple[tuple[Category, CategoryEntry], ...]
    unchanged: int
    absent: tuple[Category, ...]
    attributes_new: tuple[AttributeEntry, ...]
    attributes_changed: tuple[tuple[Attribute, AttributeEntry], ...]
    attributes_unchanged: int
    order: tuple[CategoryEntry, ...]

    @property
    def empty(self) -> bool:
        """Whether the books have it all."""
        return not (self.order or self.attributes_new or self.attributes_changed)

    def commands(self) -> list[SaveAttributes | SaveCategories]:
        """Bounded commands, attributes before the categories that use them, parents before their children."""
        attributes = [*self.attributes_new, *(entry for _, entry in self.attributes_changed)]
        found: list[SaveAttributes | SaveCategories] = [
            SaveAttributes(entries=part) for part in _portions(attributes, MAX_ATTRIBUTES)
        ]
        found += [SaveCategories(entries=part) for part in _portions(self.order, MAX_ENTRIES)]
        return found


def _portions(entries: Iterable[E], most: int) -> Iterator[tuple[E, ...]]:
    held: list[E] = []
    size = 0
    for entry in entries:
        weight = len(_encode(entry))
        if held and (len(held) == most or size + weight > _MOST_BYTES):
            yield tuple(held)
            held, size = [], 0
        held.append(entry)
        size += weight
    if held:
        yield tuple(held)


def compare(draft: Draft, categories: Sequence[Category], attributes: Sequence[Attribute]) -> Plan:
    """What is new, changed, moved and the same. What the source does not say stays as people have set it."""
    known = {c.id: c for c in categories}
    said = {a.id for a in draft.attributes}
    new, order = [], []
    changed: list[tuple[Category, CategoryEntry]] = []
    moved: list[tuple[Category, CategoryEntry]] = []
    unchanged = 0
    for entry in draft.categories:
        old = known.get(entry.id)
        if old is None:
            new.append(entry)
            order.append(entry)
            continue
        entry = _kept(entry, old, said, draft.says)
        if entry == _entry_of(old):
            unchanged += 1
            continue
        (moved if entry.parent_id != old.parent_id else changed).append((old, entry))
        order.append(entry)
    named = {e.id for e in draft.categories}
    mine = {a.id: a for a in attributes}
    attributes_new, attributes_changed = [], []
    for each in draft.attributes:
        before = mine.get(each.id)
        if before is None:
            attributes_new.append(each)
            continue
        each = _kept_attribute(each, before, draft.says)
        if any(getattr(each, f) != getattr(before, f) for f in _ATTRIBUTE):
            attributes_changed.append((before, each))
    return Plan(
        new=tuple(new),
        changed=tuple(changed),
        moved=tuple(moved),
        unchanged=unchanged,
        absent=tuple(c for c in categories if c.id not in named and not c.retired),
        attributes_new=tuple(attributes_new),
        attributes_changed=tuple(attributes_changed),
        attributes_unchanged=len(draft.attributes) - len(attributes_new) - len(attributes_changed),
        order=tuple(order),
    )


def _entry_of(row: Category) -> CategoryEntry:
    return CategoryEntry(**{field: getattr(row, field) for field in _ENTRY})


def _kept(entry: CategoryEntry, old: Category, said: set[str], says: frozenset[str]) -> CategoryEntry:
    """The entry with what its source does not say: papers, lots, how an attribute is used, attributes of our own."""
    uses = {u.attribute_id: u for u in old.attributes}
    named = {u.attribute_id for u in entry.attributes}
    values: dict[str, Any] = {f: getattr(old, f) for f in ("papers", "tracking", "position") if f not in says}
    if "position" not in says:
        values["position"] = entry.position
    listed = entry.attributes if "uses" in says else tuple(uses.get(u.attribute_id, u) for u in entry.attributes)
    ours = tuple(u for u in old.attributes if u.attribute_id not in named | said)
    without = tuple(i for i in old.without if i not in entry.without and i not in said)
    return msgspec.structs.replace(entry, attributes=listed + ours, without=entry.without + without, **values)


def _kept_attribute(entry: AttributeEntry, old: Attribute, says: frozenset[str]) -> AttributeEntry:
    kept = {f: getattr(old, f) for f in ("type", "unit", "strict") if f not in says}
    return msgspec.structs.replace(entry, **kept)
