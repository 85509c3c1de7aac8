"""The category tree: names in the user's language, how many products are below each node, empty ones left out."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtWidgets import QWidget

from s2b_desktop.models.queries.catalog import UNSORTED
from s2b_desktop.text import language, listed, tr
from s2b_desktop.views.common.tips import plain_tip
from s2b_desktop.views.common.tree import FIGURE, Index, KeyedModel, KeyedTree
from s2b_domain.records.catalog import Category

ALL = "*"


class _Node:
    __slots__ = ("category", "children", "count", "key", "parent", "row")

    def __init__(self, key: str, category: Category | None, parent: "_Node | None") -> None:
        self.key, self.category, self.parent = key, category, parent
        self.children: list[_Node] = []
        self.count, self.row = 0, 0

    def keys(self) -> list[str]:
        """The keys of this node and of all below it."""
        found, open_ = [], [self]
        while open_:
            node = open_.pop()
            found.append(node.key)
            open_ += node.children
        return found


class CategoryModel(KeyedModel):
    """First "all goods", then the tree, then the goods without a category, where there are any."""

    def __init__(self) -> None:
        super().__init__()
        self._root = _Node("", None, None)
        self._nodes: dict[str, _Node] = {}

    def set_tree(self, categories: Sequence[Category], counts: Mapping[str, int]) -> None:
        """Show these categories; `counts` are products directly in each."""
        self.beginResetModel()
        self._root = _Node("", None, None)
        nodes = {c.id: _Node(c.id, c, None) for c in categories}
        for node in nodes.values():
            assert node.category is not None
            node.parent = nodes.get(node.category.parent_id)
        for id_, n in counts.items():
            above: _Node | None = nodes.get(id_)
            while above is not None:
                above.count += n
                above = above.parent
        for node in nodes.values():
            if node.count:
                parent = node.parent or self._root
                node.parent = parent
                parent.children.append(node)
        every = _Node(ALL, None, self._root)
        every.count = sum(counts.values())
        loose = _Node(UNSORTED, None, self._root)
        loose.count = sum(n for id_, n in counts.items() if id_ not in nodes)
        for node in nodes.values():
            node.children.sort(key=_place)
        self._root.children.sort(key=_place)
        self._root.children = [every, *self._root.children, *([loose] if loose.count else [])]
        self._nodes = {ALL: every, UNSORTED: loose, **nodes}
        for node in (self._root, *nodes.values()):
            for row, child in enumerate(node.children):
                child.row = row
        self.endResetModel()

    def all_keys(self) -> list[str]:
        """The keys of all nodes, shown or not."""
        return list(self._nodes)

    def keys_below(self, key: str) -> frozenset[str] | None:
        """The category ids that choosing `key` lists; None is all."""
        if key == ALL or key not in self._nodes:
            return None
        return frozenset(self._nodes[key].keys())

    def index_of(self, key: str) -> QModelIndex:
        """Where a node stands; invalid if it is not shown."""
        node = self._nodes.get(key)
        if node is None or node.parent is None or node not in node.parent.children:
            return QModelIndex()
        return self.createIndex(node.row, 0, node)

    def key_at(self, index: Index) -> str:
        """The key of a node."""
        node = index.internalPointer()
        return node.key if isinstance(node, _Node) else ALL

    def _node(self, index: Index) -> _Node:
        node = index.internalPointer() if index.isValid() else None
        return node if isinstance(node, _Node) else self._root

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        children = self._node(parent).children
        if column != 0 or not 0 <= row < len(children):
            return QModelIndex()
        return self.createIndex(row, 0, children[row])

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        above = self._node(index).parent if index.isValid() else None
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.row, 0, above)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.column() > 0 else len(self._node(parent).children)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 1

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid():
            return None
        node = self._node(index)
        if role == int(Qt.ItemDataRole.DisplayRole):
            return _name(node)
        if role == FIGURE:
            return node.count
        said = listed([_name(node), tr("{n} goods", n=node.count)])
        if role == int(Qt.ItemDataRole.AccessibleTextRole):
            return said
        if role == int(Qt.ItemDataRole.ToolTipRole):
            return plain_tip(said)
        return None


def _place(node: _Node) -> tuple[int, str]:
    return (node.category.position, node.category.name_zh) if node.category else (0, "")


def _name(node: _Node) -> str:
    if node.category is None:
        return tr("All goods") if node.key == ALL else tr("Without category")
    return node.category.name_zh if language() == "zh_CN" else node.category.name_en


class CategoryTree(KeyedTree):
    """Its lines are `ALL`, `UNSORTED` and categories by their ids."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.categories = CategoryModel()
        super().__init__(self.categories, parent)

    def set_tree(self, categories: Sequence[Category], counts: Mapping[str, int]) -> None:
        """Show the tree anew; what was chosen and unfolded stays so where it still is."""
        key, first = self.current_key(), self.categories.rowCount() == 0
        unfolded = [k for k in self.categories.all_keys() if self.isExpanded(self.categories.index_of(k))]
        self._quiet = True
        self.categories.set_tree(categories, counts)
        for row in range(self.categories.rowCount()) if first else ():
            self.expand(self.categories.index(row, 0))
        for opened in unfolded:
            self.expand(self.categories.index_of(opened))
        self.choose(key)
        self._quiet = False
        if self.current_key() != key:
            self.chosen.emit(self.current_key())

    def choose(self, key: str) -> None:
        """Make a node the current one; "all goods" where it is not shown."""
        index = self.categories.index_of(key)
        index = index if index.isValid() else self.categories.index_of(ALL)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect)
