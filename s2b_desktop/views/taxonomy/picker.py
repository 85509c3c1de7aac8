"""Pick a category by name in either language, pinyin or initials; each is shown with its path."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from s2b_desktop.models.categories import LEVEL, Forest
from s2b_desktop.text import language
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.picker import ProductPicker, ProductRow


def rows_for(forest: Forest, ids: Sequence[str]) -> list[ProductRow]:
    """Categories as a list of findings: the name, and where it stands."""
    english = language() == "en"
    paths = ((id_, forest.path(id_, english)) for id_ in ids)
    return [ProductRow(id_, path.rpartition(LEVEL)[2], path.rpartition(LEVEL)[0]) for id_, path in paths]


class CategoryPicker(ProductPicker):
    """`picked(id)`; `barred` are not offered."""

    def __init__(
        self,
        forest: Forest,
        *,
        barred: frozenset[str] = frozenset(),
        placeholder: Text = "Category name, pinyin or initials",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(self._find, placeholder=placeholder, limit=30, parent=parent)
        self.forest, self.barred = forest, barred

    def _find(self, query: str, limit: int) -> list[ProductRow]:
        found = [i for i in self.forest.find(query, limit + len(self.barred)) if i not in self.barred]
        return rows_for(self.forest, found[:limit])
