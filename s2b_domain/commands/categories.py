"""The platform's category tree."""

from typing import Annotated

from msgspec import Meta

from s2b_domain.access import AUDIT, TAXONOMY, Actor, Permission
from s2b_domain.commands.command import Command, command
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.catalog import Attribute, Category
from s2b_domain.rules.bounds import Id, Name, Number
from s2b_domain.rules.stock import Tracking
from s2b_domain.tx import Reader, Tx

MAX_ENTRIES = 2000


class CategoryEntry(Command, frozen=True, kw_only=True):
    """One node as it should be."""

    id: Id
    parent_id: Id
    name_zh: Name
    name_en: Name
    position: Number = 0
    attributes: Annotated[tuple[Attribute, ...], Meta(max_length=200)] = ()
    tracking: Tracking = Tracking.NONE


class SaveCategories(Command, frozen=True, kw_only=True):
    """Create or change nodes; parents come before their children."""

    entries: Annotated[tuple[CategoryEntry, ...], Meta(max_length=MAX_ENTRIES)]


def _touched(reader: Reader, actor: Actor, message: SaveCategories) -> list[str]:
    return [TAXONOMY, AUDIT]


@command("category.save@1", SaveCategories, permission=Permission.CATEGORY_EDIT, touches=_touched)
def save_categories(tx: Tx, message: SaveCategories) -> None:
    """Refuses nodes without a name, with an unknown parent, or that would hang below themselves."""
    for entry in message.entries:
        if not is_id(entry.id) or not (entry.name_zh.strip() or entry.name_en.strip()):
            raise Refused("field_required", field="name")
        parent, above = entry.parent_id, 0
        while parent:
            if parent == entry.id or above > 64:
                raise Refused("category_loop", id=entry.id)
            parent, above = tx.need(Category, parent).parent_id, above + 1
        saved = tx.put(
            Category(
                id=entry.id,
                parent_id=entry.parent_id,
                name_zh=entry.name_zh.strip() or entry.name_en.strip(),
                name_en=entry.name_en.strip() or entry.name_zh.strip(),
                position=entry.position,
                attributes=entry.attributes,
                tracking=entry.tracking,
            )
        )
        tx.audit("category.saved", saved)
