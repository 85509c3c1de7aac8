"""The category tree in memory: names, paths and search over ten thousand nodes, without their attributes."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec
from sqlalchemy import Connection, func, select

from s2b_desktop.models.pinyin import HAN, syllables
from s2b_domain.commands.categories import category_ids, schema_of
from s2b_domain.records.catalog import Attribute, Category, CategoryChoice, Product
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.attributes import Effective, Schema, effective, folded
from s2b_domain.taxonomy.proposal import Known, Proposer

LEVEL = " › "
"""Between the names of a path, as every page writes it."""
_category, _product = Category.table, Product.table
_MOST_DEPTH = 64
_HAN = f"[{HAN}]"
_BESIDE_HAN = re.compile(rf"(?<=[a-z0-9])\s+(?={_HAN})|(?<={_HAN})\s+(?=[a-z0-9])")


def _close(text: str) -> str:
    """A name as it is searched for: published trees write T 恤 and USB 线, people T恤 and USB线."""
    return _BESIDE_HAN.sub("", text.casefold())


class Node(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A category as lists need it."""

    id: str
    parent_id: str
    name_zh: str
    name_en: str
    position: int
    retired: bool

    def name(self, english: bool) -> str:
        """Its name in a language."""
        return self.name_en if english else self.name_zh


class Forest:
    """All categories; those at the top are children of ""."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = {n.id: n for n in nodes}
        self.children: dict[str, list[str]] = {}
        for n in sorted(self.nodes.values(), key=lambda n: (n.position, n.id)):
            parent = n.parent_id if n.parent_id in self.nodes else ""
            self.children.setdefault(parent, []).append(n.id)

    def below(self, id_: str, *, retired: bool = False) -> list[str]:
        """The children of a node, in their order."""
        return [i for i in self.children.get(id_, ()) if retired or not self.nodes[i].retired]

    def all_below(self, id_: str) -> Iterator[str]:
        """A node and everything under it."""
        open_ = [id_]
        while open_:
            yield open_[-1]
            open_ += reversed(self.children.get(open_.pop(), ()))

    def line(self, id_: str) -> list[Node]:
        """The nodes from the top down to one; empty for an unknown one."""
        line: list[Node] = []
        while id_ in self.nodes and len(line) < _MOST_DEPTH:
            line.append(self.nodes[id_])
            id_ = self.nodes[id_].parent_id
        return line[::-1]

    def path(self, id_: str, english: bool) -> str:
        """Names from the top down, such as "食品 > 茶"."""
        return LEVEL.join(n.name(english) for n in self.line(id_))

    def find(self, text: str, limit: int = 50) -> list[str]:
        """Living categories by name in either language, pinyin, initials, or words of their path; best first."""
        wanted = text.casefold().split()
        if not wanted:
            return []
        whole = _close(" ".join(wanted))
        found: list[tuple[int, int, str]] = []
        for id_, (zh, en, initials, spoken, path) in self._keys.items():
            if whole in (zh, en):
                rank = 0
            elif zh.startswith(whole) or en.startswith(whole):
                rank = 1
            elif whole in zh or whole in en:
                rank = 2
            elif initials.startswith(whole) or spoken.startswith(whole):
                rank = 3
            elif len(whole) > 1 and (whole in initials or whole in spoken):
                rank = 4
            elif len(wanted) > 1 and all(word in path for word in wanted):
                rank = 5
            else:
                continue
            found.append((rank, len(path), id_))
        return [id_ for _, _, id_ in sorted(found)[:limit]]

    @cached_property
    def _keys(self) -> dict[str, tuple[str, str, str, str, str]]:
        paths: dict[str, str] = {}
        keys: dict[str, tuple[str, str, str, str, str]] = {}
        open_ = [(i, "") for i in self.children.get("", ())]
        while open_:
            id_, above = open_.pop()
            node = self.nodes[id_]
            zh, en = _close(node.name_zh), _close(node.name_en)
            paths[id_] = f"{above} {zh} {en}"
            if not node.retired:
                sounds = syllables(zh)[0]
                initials = "".join(s[:1] or c for s, c in zip(sounds, zh, strict=True))
                keys[id_] = (zh, en, initials, "".join(s or c for s, c in zip(sounds, zh, strict=True)), paths[id_])
            open_ += [(i, paths[id_]) for i in self.children.get(id_, ())]
        return keys

    def warm(self) -> "Forest":
        """Make what a search needs now, on whichever thread this is."""
        assert self._keys is not None
        return self


def forest(connection: Connection) -> Forest:
    """The tree, ready to be searched."""
    columns = (_category.c[f] for f in Node.__struct_fields__)
    rows = connection.execute(select(*columns)).all()
    return Forest(Node(r[0], r[1], r[2], r[3], r[4], bool(r[5])) for r in rows).warm()


class Asked(msgspec.Struct, frozen=True):
    """An attribute that a category asks for; `inherited` from `from_id`, or that it leaves out (`without`)."""

    attribute: Attribute
    effective: Effective
    inherited: bool
    without: bool = False


class CategoryDetail(msgspec.Struct, frozen=True):
    """A category with what it asks of its goods, and how many are directly in it."""

    category: Category
    line: tuple[Category, ...]
    asked: tuple[Asked, ...]
    goods: int

    @property
    def papers_above(self) -> tuple[str, ...]:
        """The papers that upper categories ask for."""
        return tuple(dict.fromkeys(p for c in self.line[:-1] for p in c.papers))


def line_of(connection: Connection, category_id: str) -> tuple[Category, ...]:
    """The categories from the top down to one."""
    store, line = RecordStore(connection), list[Category]()
    while category_id and len(line) < _MOST_DEPTH and (found := store.get(Category, category_id)):
        line.append(found)
        category_id = found.parent_id
    return tuple(reversed(line))


def category_detail(connection: Connection, category_id: str) -> CategoryDetail | None:
    """Everything about one category; None if it is gone."""
    line = line_of(connection, category_id)
    if not line:
        return None
    category = line[-1]
    held = effective(line)
    above = {e.use.attribute_id: e for e in effective(line[:-1])}
    ids = {e.use.attribute_id for e in held} | set(category.without)
    known = {a.id: a for a in RecordStore(connection).find_in(Attribute, "id", ids)}
    asked = [Asked(known[e.use.attribute_id], e, e.from_id != category.id) for e in held if e.use.attribute_id in known]
    asked += [Asked(known[i], above[i], True, without=True) for i in category.without if i in known and i in above]
    goods = connection.execute(
        select(func.count()).select_from(_product).where(_product.c.category_id == category_id)
    ).scalar_one()
    return CategoryDetail(category, line, tuple(asked), goods)


def goods_below(connection: Connection, category_ids: Iterable[str]) -> int:
    """How many goods are directly in any of these categories."""
    counted = select(_product.c.category_id, func.count()).group_by(_product.c.category_id)
    wanted = set(category_ids)
    return sum(n for id_, n in connection.execute(counted) if id_ in wanted)


def schema_named(connection: Connection, supplier_id: str, text: str) -> Schema | None:
    """What goods are held against whose category a supplier writes like this; None where no category fits."""
    store = RecordStore(connection)
    category_id = category_ids(store, supplier_id, [text])[text]
    return schema_of(store, category_id) if category_id else None


def attributes_like(connection: Connection, text: str, limit: int = 30) -> list[Attribute]:
    """Shared attributes whose name in either language holds a text, shortest first."""
    wanted = f"%{text.strip()}%"
    table = Attribute.table
    statement = (
        select(table)
        .where(table.c.name_zh.like(wanted) | table.c.name_en.like(wanted))
        .order_by(func.length(table.c.name_zh), table.c.name_zh, table.c.id)
        .limit(limit)
    )
    return [Attribute.decode(row) for row in connection.execute(statement)]


def uses_of(connection: Connection, attribute_id: str) -> int:
    """How many categories ask for an attribute themselves."""
    statement = select(func.count()).select_from(_category).where(_category.c.attributes.contains(attribute_id))
    return int(connection.execute(statement).scalar_one())


def whole_tree(connection: Connection) -> tuple[list[Category], list[Attribute]]:
    """Every category and attribute, for an import to compare with."""
    store = RecordStore(connection)
    return store.find(Category), store.find(Attribute)


def proposer(connection: Connection, supplier_id: str) -> tuple[Forest, Proposer]:
    """The tree, and what proposes categories for a supplier's goods; with supplier "" nothing is remembered."""
    found = forest(connection)
    choices: dict[str, str] = {}
    if supplier_id:
        mine = RecordStore(connection).find(CategoryChoice, supplier_id=supplier_id)
        choices = {folded(c.text): c.category_id for c in mine}
    known = [
        Known(id_, tuple((n.name_zh, n.name_en) for n in found.line(id_)))
        for id_, node in found.nodes.items()
        if not node.retired
    ]
    return found, Proposer(known, choices)
