"""A product's content for reading: what is new, and what differs from what is on sale."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.models.queries.review import (
    Difference,
    ReviewDetail,
    ReviewKind,
    differences,
    sku_differences,
)
from s2b_desktop.models.specs import specs_text
from s2b_desktop.text import tr, unit_price
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.pictures import Load, PictureStrip

FIELDS: dict[str, str] = {
    "title": "Title",
    "brand": "Brand",
    "category_text": "Category",
    "description": "Description",
    "images": "Images",
}


class DifferenceRow(QFrame):
    """One field: the old words struck through in red, the new ones in green."""

    def __init__(self, difference: Difference, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.difference = difference
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(3)
        name = difference.field
        title: Text = (lambda: name) if difference.parameter else FIELDS.get(name, name)
        column.addWidget(Label(title, "small"))
        for said, role in ((difference.before, "removed"), (difference.after, "added")):
            if said:
                label = Label(lambda said=said: said, wrap=True)  # type: ignore[misc]
                label.setProperty("change", role)
                label.setContentsMargins(8, 4, 8, 4)
                font = label.font()
                font.setStrikeOut(role == "removed")
                label.setFont(font)
                spoken = tr("Before: {text}", text=said) if role == "removed" else tr("Now: {text}", text=said)
                label.setAccessibleName(spoken)
                column.addWidget(label)


class ContentView(QWidget):
    """Everything a reviewer reads of one thing."""

    def __init__(
        self,
        detail: ReviewDetail,
        category: str,
        pictures: Callable[[str, str], Load] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.rows: list[DifferenceRow] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        revised = detail.row.kind is ReviewKind.REVISION
        load = pictures("revision" if revised else "product", detail.row.id) if pictures else None
        if detail.row.kind is ReviewKind.REVISION and detail.before is not None:
            column.addWidget(Label("What changes", "subtitle"))
            for difference in differences(detail.before, detail.after):
                self.rows.append(DifferenceRow(difference))
                column.addWidget(self.rows[-1])
                if difference.field == "images" and not difference.parameter:
                    before = pictures("product", detail.skus[0].product_id) if pictures and detail.skus else None
                    for said, source, images in (
                        ("Pictures that go", before, [i for i in detail.before.images if i not in detail.after.images]),
                        ("New pictures", load, [i for i in detail.after.images if i not in detail.before.images]),
                    ):
                        if images:
                            column.addWidget(Label(said, "small"))
                            column.addWidget(PictureStrip(source, images, size=84))
            changed = sku_differences(detail)
            if changed:
                column.addWidget(Label("SKUs that are new or change", "strong"))
            for difference in changed:
                self.rows.append(DifferenceRow(difference))
                column.addWidget(self.rows[-1])
            if not self.rows:
                column.addWidget(Label("Nothing differs from what is on sale.", "muted"))
        after = detail.after
        column.addWidget(Label("Content", "subtitle"))
        if after.images:
            column.addWidget(PictureStrip(load, after.images, size=96))
        facts = Facts()
        facts.add_fact("Title", lambda: after.title)
        facts.add_fact("Brand", lambda: after.brand or "–")
        facts.add_fact("Category", lambda: category or "–")
        if after.category_text and after.category_text not in category:
            facts.add_fact("Supplier's category", lambda: after.category_text)
        for name, value in after.parameters.items():
            facts.add_fact(lambda name=name: name, lambda value=value: value)  # type: ignore[misc]
        if after.description:
            facts.add_fact("Description", lambda: after.description)
        facts.add_fact("Images", lambda: str(len(after.images)) if after.images else tr("None"))
        column.addWidget(facts)
        column.addWidget(Label("SKU list", "subtitle"))
        column.addWidget(_skus(detail))


def _skus(detail: ReviewDetail) -> QFrame:
    frame = QFrame()
    frame.setProperty("surface", "card")
    grid = QGridLayout(frame)
    grid.setContentsMargins(14, 10, 14, 10)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    right = Qt.AlignmentFlag.AlignRight
    heads: tuple[Text, ...] = ("SKU code", "Specification", "Supply price", "Retail price")
    for at, head in enumerate(heads):
        grid.addWidget(Label(head, "small"), 0, at, right if at > 1 else Qt.AlignmentFlag.AlignLeft)
    for row, sku in enumerate(detail.skus, 1):
        price = detail.prices.get(sku.id)
        specs = specs_text(detail.specs.get(sku.id, sku.specs)) or sku.unit
        supply = "–" if price is None else unit_price(price.supply_price)
        retail = "–" if sku.retail_price is None else unit_price(sku.retail_price)
        for at, said in enumerate((sku.code, specs, supply, retail)):
            label = Label(lambda said=said: said, wrap=at == 1)  # type: ignore[misc]
            grid.addWidget(label, row, at, right if at > 1 else Qt.AlignmentFlag.AlignLeft)
    return frame


def head_line(detail: ReviewDetail) -> QHBoxLayout:
    """Whose it is and what kind of thing, in one line."""
    line = QHBoxLayout()
    kind: Text = "New product" if detail.row.kind is ReviewKind.PRODUCT else "Change of a product on sale"
    line.addWidget(Label(kind, "muted"))
    line.addStretch(1)
    line.addWidget(Label(lambda: detail.row.supplier, "muted"))
    return line
