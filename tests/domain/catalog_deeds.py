"""What the platform does to its category tree, and suppliers to what they imported, for random sequences."""

from s2b_domain.access import Actor
from s2b_domain.commands import Command
from s2b_domain.commands.categories import (
    ArrangeCategories,
    AttributeEntry,
    CategoryEntry,
    ChooseCategories,
    MoveGoods,
    RestoreCategory,
    RetireCategory,
    SaveAttributes,
    SaveCategories,
)
from s2b_domain.commands.goods import ImportGoods, ImportNote
from s2b_domain.commands.imports import UndoImport
from s2b_domain.commands.ratings import RateSuppliers, Rating
from s2b_domain.records.catalog import Attribute, Category
from s2b_domain.records.imports import ImportPart
from s2b_domain.rules.attributes import Use
from tests.domain.books import Books, water
from tests.domain.offer_deeds import one

_TREE = ("tree", "attribute", "arrange", "move_goods", "retire", "restore", "rate")
VERBS = (*_TREE, "choose", "noted_import", "undo_import")
OWN = {
    **dict.fromkeys(_TREE, ("admin", "admin", "reviewer", "manager")),
    **dict.fromkeys(("choose", "noted_import", "undo_import"), ("manager", "importer", "rival", "clerk")),
}
MADE = {
    ArrangeCategories,
    ChooseCategories,
    MoveGoods,
    RateSuppliers,
    RestoreCategory,
    RetireCategory,
    SaveAttributes,
    UndoImport,
}


def message_of(books: Books, actor: Actor, verb: str, n: int, amount: int) -> Command:
    """What `actor` asks for; ids come from the whole hub, so that it may well be others' business."""
    store = books.store
    if verb == "noted_import":
        lines = tuple(water(f"N{(n + i) % 4}", supply_price=100 + amount) for i in range(1 + amount % 3))
        return ImportGoods(lines=lines, note=ImportNote(import_id=books.id(), file="报价.xlsx"))
    if verb == "undo_import":
        mine = {"supplier_id": actor.organisation_id} if n % 5 else {}
        return UndoImport(part_id=one(store.find(ImportPart, **mine), n).id)
    if verb == "rate":
        return RateSuppliers(since=0, until=1, ratings=(Rating(supplier_id=actor.organisation_id),))
    if verb == "attribute":
        known = [*store.find(Attribute), None][n % 2 :]
        return SaveAttributes(
            entries=(
                AttributeEntry(id=known[0].id if known[0] else books.id(), name_zh=f"口味{amount}", name_en=f"T{n}"),
            )
        )
    categories = store.find(Category)
    if verb == "tree":
        uses = tuple(Use(attribute_id=a.id, required=n % 2 == 0) for a in store.find(Attribute)[: amount % 2])
        parent_id = one(categories, amount).id if n % 3 and categories else ""
        entry = CategoryEntry(
            id=books.id(), parent_id=parent_id, name_zh=f"类{n}{amount}", name_en=f"C{n}{amount}", attributes=uses
        )
        return SaveCategories(entries=(entry,))
    chosen = one(categories, n)
    other = one(categories, n + amount)
    if verb == "arrange":
        return ArrangeCategories(parent_id=other.id if amount % 2 else "", ids=(chosen.id,))
    if verb == "move_goods":
        return MoveGoods(id=chosen.id, to_id=other.id)
    if verb == "retire":
        return RetireCategory(id=chosen.id, successor_id=other.id if amount % 3 else "")
    if verb == "restore":
        return RestoreCategory(id=chosen.id)
    return ChooseCategories(choices=((f"饮料/{n}", chosen.id),))
