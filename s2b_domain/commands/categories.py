"""The platform's category tree, the attributes that its nodes ask for, and what suppliers' own names mean."""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated

from msgspec import Meta

from s2b_domain.access import AUDIT, CATALOG, REVIEW, TAXONOMY, Actor, Permission, own
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.errors import Refused
from s2b_domain.ids import derived_id, is_id
from s2b_domain.records.catalog import Attribute, Category, CategoryChoice, Product
from s2b_domain.records.record import Record
from s2b_domain.rules.attributes import AttributeType, Options, Schema, Use, effective, folded
from s2b_domain.rules.bounds import Id, Name, Number, Reason
from s2b_domain.rules.stock import Tracking
from s2b_domain.tx import Reader, Tx

MAX_ENTRIES = 2000
MAX_ATTRIBUTES = 500
MAX_MOVED = 1000
"""Products that one command moves to another category."""
MAX_CHOICES = 500
MAX_DEPTH = 64
TOLD_SINGLY = 50
"""Up to so many changes of one command are noted one by one, more as one event."""

Ids = Annotated[tuple[Id, ...], Meta(max_length=MAX_ENTRIES)]


class CategoryEntry(Command, frozen=True, kw_only=True):
    """One node as it should be; whether it is retired stays as it is."""

    id: Id
    parent_id: Id
    name_zh: Name
    name_en: Name
    position: Number = 0
    attributes: Annotated[tuple[Use, ...], Meta(max_length=200)] = ()
    without: Annotated[tuple[Id, ...], Meta(max_length=500)] = ()
    papers: Annotated[tuple[Name, ...], Meta(max_length=50)] = ()
    tracking: Tracking = Tracking.NONE


class SaveCategories(Command, frozen=True, kw_only=True):
    """Create or change nodes; parents come before their children."""

    entries: Annotated[tuple[CategoryEntry, ...], Meta(max_length=MAX_ENTRIES)]


class ArrangeCategories(Command, frozen=True, kw_only=True):
    """Put nodes under a parent, in this order."""

    parent_id: Id
    ids: Ids


class AttributeEntry(Command, frozen=True, kw_only=True):
    """One attribute as it should be."""

    id: Id
    name_zh: Name
    name_en: Name
    type: AttributeType = AttributeType.TEXT
    unit: Name = ""
    options: Options = ()
    strict: bool = False
    hint_zh: Reason = ""
    hint_en: Reason = ""


class SaveAttributes(Command, frozen=True, kw_only=True):
    """Create or change attributes, wherever they are used."""

    entries: Annotated[tuple[AttributeEntry, ...], Meta(max_length=MAX_ATTRIBUTES)]


class MoveGoods(Command, frozen=True, kw_only=True):
    """Move up to `MAX_MOVED` products that are directly in a category to another one."""

    id: Id
    to_id: Id


class RetireCategory(Command, frozen=True, kw_only=True):
    """Take a node from the tree: the last of its goods, and its children, go to `successor_id`."""

    id: Id
    successor_id: Id = ""


class RestoreCategory(Command, frozen=True, kw_only=True):
    """Bring a retired node back, empty."""

    id: Id


class ChooseCategories(Command, frozen=True, kw_only=True):
    """Remember what the supplier's own category texts mean: (text, category); an empty category forgets."""

    choices: Annotated[tuple[tuple[Reason, Id], ...], Meta(max_length=MAX_CHOICES)]


def choice_id(supplier_id: str, text: str) -> str:
    """The id of what a supplier means by a text, whatever its case and spaces."""
    return derived_id(supplier_id, "category", folded(text))


def _touched(reader: Reader, actor: Actor, message: Command) -> list[str]:
    return [TAXONOMY, AUDIT]


def _moved(reader: Reader, actor: Actor, message: MoveGoods | RetireCategory) -> list[str]:
    suppliers = {p.supplier_id for p in reader.find(Product, category_id=message.id)}
    return sorted({TAXONOMY, CATALOG, REVIEW, AUDIT, *(own(s, "goods") for s in suppliers)})


def _chosen(reader: Reader, actor: Actor, message: ChooseCategories) -> list[str]:
    return [own(actor.organisation_id, "goods"), REVIEW]


def living(reader: Reader, category_id: str) -> str:
    """The category, or the one that took its goods when it was retired; "" if there is none."""
    seen: set[str] = set()
    while category_id and category_id not in seen:
        seen.add(category_id)
        category = reader.get(Category, category_id)
        if category is None:
            return ""
        if not category.retired:
            return category_id
        category_id = category.successor_id
    return ""


def _check_parent(tx: Tx, id_: str, parent: str) -> None:
    above = 0
    while parent:
        if parent == id_ or above > MAX_DEPTH:
            raise Refused("category_loop", id=id_)
        node = tx.need(Category, parent)
        if not above and node.retired:
            raise Refused("category_retired", id=parent)
        parent, above = node.parent_id, above + 1


@command("category.save@1", SaveCategories, permission=Permission.CATEGORY_EDIT, touches=_touched)
def save_categories(tx: Tx, message: SaveCategories) -> None:
    """Refuses nodes without a name, with an unknown parent or attribute, or that would hang below themselves."""
    before = {c.id: c for c in tx.find_in(Category, "id", [e.id for e in message.entries])}
    used = {u.attribute_id for e in message.entries for u in e.attributes}
    missing = used - {a.id for a in tx.find_in(Attribute, "id", used)}
    if missing:
        raise Refused("not_found", kind="attribute", id=min(missing))
    written: list[Category] = []
    for entry in message.entries:
        if not is_id(entry.id) or not (entry.name_zh.strip() or entry.name_en.strip()):
            raise Refused("field_required", field="name")
        _check_parent(tx, entry.id, entry.parent_id)
        old = before.get(entry.id)
        row = Category(
            id=entry.id,
            parent_id=entry.parent_id,
            name_zh=entry.name_zh.strip() or entry.name_en.strip(),
            name_en=entry.name_en.strip() or entry.name_zh.strip(),
            position=entry.position,
            attributes=entry.attributes,
            without=entry.without,
            papers=entry.papers,
            tracking=entry.tracking,
            retired=old.retired if old else False,
            successor_id=old.successor_id if old else "",
        )
        saved = tx.put(row)
        if old is None or saved.row_version != old.row_version:
            written.append(saved)
    _note(tx, "category.saved", written)


@command("category.arrange@1", ArrangeCategories, permission=Permission.CATEGORY_EDIT, touches=_touched)
def arrange_categories(tx: Tx, message: ArrangeCategories) -> None:
    """Refuses to hang a node below itself."""
    for position, id_ in enumerate(dict.fromkeys(message.ids)):
        node = tx.need(Category, id_)
        _check_parent(tx, id_, message.parent_id)
        saved = tx.put(node.with_(parent_id=message.parent_id, position=position))
        if saved.parent_id != node.parent_id:
            tx.audit("category.moved", saved, before=node.parent_id, after=saved.parent_id)


@command("attribute.save@1", SaveAttributes, permission=Permission.CATEGORY_EDIT, touches=_touched)
def save_attributes(tx: Tx, message: SaveAttributes) -> None:
    """Refuses attributes without a name."""
    before = {a.id: a for a in tx.find_in(Attribute, "id", [e.id for e in message.entries])}
    written: list[Attribute] = []
    for entry in message.entries:
        names = (entry.name_zh.strip(), entry.name_en.strip())
        if not is_id(entry.id) or not any(names):
            raise Refused("field_required", field="name")
        row = Attribute(**{f: getattr(entry, f) for f in entry.__struct_fields__})
        saved = tx.put(row.with_(name_zh=names[0] or names[1], name_en=names[1] or names[0]))
        if entry.id not in before or saved.row_version != before[entry.id].row_version:
            written.append(saved)
    _note(tx, "attribute.saved", written)


def _note(tx: Tx, event: str, written: Sequence[Record]) -> None:
    if len(written) > TOLD_SINGLY:
        tx.audit("taxonomy.saved", written[0], n=len(written))
        return
    for row in written:
        tx.audit(event, row)


@command("category.move_goods@1", MoveGoods, permission=Permission.CATEGORY_EDIT, touches=_moved)
def move_goods(tx: Tx, message: MoveGoods) -> Result:
    """Says how many were moved and how many are left."""
    tx.need(Category, message.id)
    return _move(tx, message.id, message.to_id)


def _move(tx: Tx, from_id: str, to_id: str) -> Result:
    target = tx.need(Category, to_id)
    if target.retired:
        raise Refused("category_retired", id=to_id)
    if from_id == to_id:
        raise Refused("category_loop", id=from_id)
    goods = tx.find(Product, category_id=from_id)
    for product in goods[:MAX_MOVED]:
        tx.put(product.with_(category_id=to_id))
    return {"moved": len(goods[:MAX_MOVED]), "left": len(goods[MAX_MOVED:])}


@command("category.retire@1", RetireCategory, permission=Permission.CATEGORY_EDIT, touches=_moved)
def retire_category(tx: Tx, message: RetireCategory) -> Result:
    """Refuses to retire what holds goods or children without saying where they go, or more than one can move."""
    node = tx.need(Category, message.id)
    children = [c for c in tx.find(Category, parent_id=node.id) if not c.retired]
    moved: Result = {"moved": 0, "left": 0}
    if not message.successor_id:
        goods = len(tx.find(Product, category_id=node.id))
        if goods or children:
            raise Refused("category_in_use", goods=goods, children=len(children))
    else:
        moved = _move(tx, node.id, message.successor_id)
        if moved["left"]:
            raise Refused("category_in_use", goods=moved["left"], children=len(children))
        after = 1 + max((c.position for c in tx.find(Category, parent_id=message.successor_id)), default=-1)
        for child in children:
            _check_parent(tx, child.id, message.successor_id)
            tx.put(child.with_(parent_id=message.successor_id, position=after + child.position))
    tx.audit("category.retired", tx.put(node.with_(retired=True, successor_id=message.successor_id)))
    return moved


@command("category.restore@1", RestoreCategory, permission=Permission.CATEGORY_EDIT, touches=_touched)
def restore_category(tx: Tx, message: RestoreCategory) -> None:
    """Its goods stay where they went."""
    node = tx.need(Category, message.id)
    _check_parent(tx, node.id, node.parent_id)
    tx.audit("category.restored", tx.put(node.with_(retired=False, successor_id="")))


@command("category.choose@1", ChooseCategories, permission=Permission.GOODS_EDIT, touches=_chosen)
def choose_categories(tx: Tx, message: ChooseCategories) -> None:
    """The latest choice for a text holds."""
    wanted = {category for _, category in message.choices if category}
    missing = wanted - {c.id for c in tx.find_in(Category, "id", wanted) if not c.retired}
    if missing:
        raise Refused("not_found", kind="category", id=min(missing))
    for text, category_id in message.choices:
        remember(tx, tx.actor.organisation_id, text, category_id)


def remember(tx: Tx, supplier_id: str, text: str, category_id: str) -> None:
    """Note what a supplier's category text means."""
    if not folded(text):
        return
    id_ = choice_id(supplier_id, text)
    old = tx.get(CategoryChoice, id_)
    if category_id:
        tx.put(CategoryChoice(id=id_, supplier_id=supplier_id, text=text.strip(), category_id=category_id))
    elif old is not None:
        tx.delete(old)


_LEVELS = (re.compile(r"[>›»＞]|\s/\s"), re.compile(r"[>›»＞/]"))


def split_path(text: str) -> list[list[str]]:
    """How a category path may be read, likeliest first: names may hold "/" themselves.

    "食品 / 饮料/水" is 食品, 饮料/水 or else 食品, 饮料, 水; "饮料/水" is one name or two.
    """
    readings: list[list[str]] = []
    for levels in _LEVELS:
        parts = [part.strip() for part in levels.split(text) if part.strip()]
        if parts and parts not in readings:
            readings.append(parts)
    return readings


def category_ids(reader: Reader, supplier_id: str, texts: Iterable[str]) -> dict[str, str]:
    """Supplier's category text -> the category that was chosen for it, or the one that its names lead to, or ""."""
    wanted = set(texts)
    keys = {text: choice_id(supplier_id, text) for text in wanted}
    chosen = {c.id: c.category_id for c in reader.find_in(CategoryChoice, "id", keys.values())}
    readings = {text: split_path(text) for text in wanted}
    leaves = {path[-1] for paths in readings.values() for path in paths}
    found: dict[str, dict[str, Category]] = {}
    for column in ("name_zh", "name_en"):
        for category in reader.find_in(Category, column, leaves):
            found.setdefault(getattr(category, column), {})[category.id] = category
    ids: dict[str, str] = {}
    for text in wanted:
        id_ = living(reader, chosen.get(keys[text], ""))
        for path in () if id_ else readings[text]:
            fitting = {living(reader, c.id) for c in _fitting(reader, path, list(found.get(path[-1], {}).values()))} - {
                ""
            }
            if len(fitting) == 1:
                [id_] = fitting
                break
        ids[text] = id_
    return ids


def _fitting(reader: Reader, path: list[str], named: list[Category]) -> list[Category]:
    """Of categories with the name of a path's end, those whose parents fit best; unknown upper names narrow nothing."""
    above = {c.id: c.parent_id for c in named}
    alive = [c for c in named if not c.retired] or named
    for name in reversed(path[:-1]):
        if len(alive) < 2:
            break
        parents = {c.id: reader.get(Category, above[c.id]) if above[c.id] else None for c in alive}
        fitting = [c for c in alive if (p := parents[c.id]) and name in (p.name_zh, p.name_en)]
        if not fitting:
            break
        alive = fitting
        above = {c.id: parents[c.id].parent_id for c in alive}  # type: ignore[union-attr]
    else:
        top = [c for c in alive if not above[c.id]]
        alive = top if len(alive) > 1 and len(top) == 1 else alive
    return alive


def schema_of(reader: Reader, category_id: str) -> Schema:
    """What goods of a category are held against."""
    line: list[Category] = []
    while category_id and len(line) <= MAX_DEPTH and (node := reader.get(Category, category_id)):
        line.append(node)
        category_id = node.parent_id
    uses = [e.use for e in effective(reversed(line))]
    known = {a.id: a for a in reader.find_in(Attribute, "id", [u.attribute_id for u in uses])}
    return Schema([known[u.attribute_id].field(u) for u in uses if u.attribute_id in known])
