"""The tree as it is edited: nodes are looked up only when they come into sight."""

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QWidget

from s2b_desktop.models.categories import Forest
from s2b_desktop.text import language, listed, tr
from s2b_desktop.views.common.tips import plain_tip
from s2b_desktop.views.common.tree import FIGURE, GONE, Index, KeyedModel, KeyedTree

ROOT = QModelIndex()


class ForestModel(KeyedModel):
    """A forest as Qt walks it; `retired` shows those that were retired too."""

    def __init__(self) -> None:
        super().__init__()
        self.forest = Forest(())
        self.retired = False
        self._keys: list[str] = []
        self._numbers: dict[str, int] = {}
        self._rows: dict[str, list[str]] = {}

    def set_forest(self, forest: Forest, *, retired: bool) -> None:
        self.beginResetModel()
        self.forest, self.retired = forest, retired
        self._keys, self._numbers, self._rows = [], {}, {}
        self.endResetModel()

    def key_at(self, index: Index) -> str:
        """The category's id; "" for none."""
        return self._keys[index.internalId()] if index.isValid() else ""

    def index_of(self, key: str) -> QModelIndex:
        """Where a category stands; invalid if it is not shown."""
        node = self.forest.nodes.get(key)
        if node is None:
            return QModelIndex()
        siblings = self._below(node.parent_id if node.parent_id in self.forest.nodes else "")
        return self.createIndex(siblings.index(key), 0, self._number(key)) if key in siblings else QModelIndex()

    def _number(self, key: str) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self._keys)
            self._keys.append(key)
        return self._numbers[key]

    def _below(self, key: str) -> list[str]:
        if key not in self._rows:
            self._rows[key] = self.forest.below(key, retired=self.retired)
        return self._rows[key]

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        below = self._below(self.key_at(parent))
        if column != 0 or not 0 <= row < len(below):
            return QModelIndex()
        return self.createIndex(row, 0, self._number(below[row]))

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        key = self.key_at(index)
        return self.index_of(self.forest.nodes[key].parent_id) if key in self.forest.nodes else QModelIndex()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.column() > 0 else len(self._below(self.key_at(parent)))

    def columnCount(self, parent: Index = ROOT) -> int:
        return 1

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        node = self.forest.nodes.get(self.key_at(index))
        if node is None:
            return None
        english = language() == "en"
        if role == int(Qt.ItemDataRole.DisplayRole):
            return node.name(english)
        if role == int(Qt.ItemDataRole.ToolTipRole):
            return plain_tip(self.forest.path(node.id, english))
        if role == FIGURE:
            return len(self._below(node.id)) or None
        if role == GONE:
            return node.retired
        if role == int(Qt.ItemDataRole.AccessibleTextRole):
            said = listed([node.name(english), tr("{n} below", n=len(self._below(node.id)))])
            return listed([said, tr("retired")]) if node.retired else said
        return None


class ForestTree(KeyedTree):
    """Its lines are categories by their ids."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.forest_model = ForestModel()
        super().__init__(self.forest_model, parent)

    def set_forest(self, forest: Forest, *, retired: bool) -> None:
        """Show the tree anew; what was chosen and unfolded stays so where it still is."""
        key, model = self.current_key(), self.forest_model
        unfolded = [k for k in model.forest.nodes if self.isExpanded(model.index_of(k))] if self._any_open() else []
        self._quiet = True
        model.set_forest(forest, retired=retired)
        for opened in unfolded:
            self.expand(model.index_of(opened))
        self.choose(key)
        self._quiet = False

    def _any_open(self) -> bool:
        model = self.forest_model
        return any(self.isExpanded(model.index(row, 0)) for row in range(model.rowCount()))

    def choose(self, key: str) -> None:
        """Make a category the current one and bring it into sight."""
        index = self.forest_model.index_of(key)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)
