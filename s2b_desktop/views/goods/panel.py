"""One SKU in the inspector: what to do, prices, what waits for review, stock by place, and its ledger."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.models.queries.goods import GoodsDetail
from s2b_desktop.models.queries.ledger import LedgerLine
from s2b_desktop.models.specs import specs_text
from s2b_desktop.text import clauses, labelled, language, percent, quantity, tr, unit_price
from s2b_desktop.views.common.actions import Action, ActionFlow
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.packages import package_words
from s2b_desktop.views.common.pictures import Change, Load, PictureStrip
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.timeline import Timeline, TimelineEntry
from s2b_desktop.views.goods.words import MOVEMENTS, price_text, review_text, sale_text
from s2b_domain.records.catalog import Sku
from s2b_domain.rules.stock import MovementKind
from s2b_domain.rules.units import Unit

_TONES: dict[MovementKind, Tone] = {
    MovementKind.RECEIVE: "ok",
    MovementKind.RETURN_TO_STOCK: "ok",
    MovementKind.WRITE_OFF: "bad",
    MovementKind.COUNT: "accent",
    MovementKind.ADJUST: "warn",
}
CONTENT: dict[str, str] = {
    "title": "Product name",
    "brand": "Brand",
    "category_text": "Category",
    "description": "Description",
    "parameters": "Parameters",
    "images": "Images",
}


class GoodsPanel(QWidget):
    """Made anew whenever its SKU changes."""

    def __init__(
        self,
        detail: GoodsDetail,
        ledger: Sequence[LedgerLine],
        actions: Sequence[Action],
        *,
        waiting: bool,
        waiting_lines: Collection[str],
        pictures: Callable[[str, str], Load] | None = None,
        arrange: Change | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._detail, self._pictures, self._arrange = detail, pictures, arrange
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 8, 20, 24)
        self._column.setSpacing(14)
        self._head(waiting)
        self._buttons(actions)
        changed = self._changed()
        if changed:
            self._differences(changed)
        self._prices()
        self._line()
        self._stock()
        self._line()
        self._facts()
        self._line()
        self._column.addWidget(Label("Ledger", "strong"))
        if ledger:
            self.timeline = Timeline([self._entry(line, line.id in waiting_lines) for line in ledger])
            self._column.addWidget(self.timeline)
        else:
            self._column.addWidget(Label("Nothing has moved yet.", "muted"))
        self._column.addStretch(1)

    def _head(self, waiting: bool) -> None:
        entry = self._detail.entry
        self._column.addWidget(Label(partial(str, entry.title), "body", wrap=True))
        if self._detail.product.images:
            images = self._detail.product.images
            settled = all(name != CONTENT["images"] for name, _, _ in self._changed())
            change = self._arrange if settled else None  # what waits for review is changed by adding to it
            self._column.addWidget(PictureStrip(self._load("product", entry.product_id), images, change=change))
        row = QHBoxLayout()
        row.setSpacing(8)
        self.review = StatePill(lambda: review_text(entry.review)[0], review_text(entry.review)[1], waiting=waiting)
        row.addWidget(self.review)
        row.addWidget(StatePill(lambda: sale_text(entry)[0], sale_text(entry)[1]))
        row.addStretch(1)
        self._column.addLayout(row)
        if entry.reasons:
            reasons = clauses(entry.reasons)
            self._column.addWidget(
                Label(lambda: tr("Rejected because: {reasons}", reasons=reasons), "error", wrap=True)
            )
            told = "Correct it by importing the row again; it is then reviewed anew."
            self._column.addWidget(Label(told, "small", wrap=True))

    def _load(self, table: str, row_id: str) -> Load | None:
        return self._pictures(table, row_id) if self._pictures is not None else None

    def _buttons(self, actions: Sequence[Action]) -> None:
        flow = ActionFlow(actions)
        self.buttons = flow.buttons
        self._column.addLayout(flow)

    def _changed(self) -> list[tuple[str, object, object]]:
        """What the newest revision changes for this SKU: (field's name, what is on sale, what was submitted)."""
        detail, revision = self._detail, self._detail.revision
        if revision is None:
            return []
        pairs = [(name, getattr(detail.product, f), getattr(revision.content, f)) for f, name in CONTENT.items()]
        specs = detail.sku.specs
        pairs.append(("Options", specs_text(specs), specs_text(revision.specs.get(detail.sku.id, specs))))
        return [(name, before, after) for name, before, after in pairs if before != after]

    def _differences(self, changed: Sequence[tuple[str, object, object]]) -> None:
        frame = QFrame()
        frame.setProperty("surface", "card")
        column = QVBoxLayout(frame)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(4)
        refused = self._detail.entry.reasons
        column.addWidget(Label("This change was rejected" if refused else "This change waits for review", "strong"))
        column.addWidget(Label("Until it is approved, merchants see what is on top.", "small", wrap=True))
        for name, before, after in changed:
            column.addSpacing(4)
            column.addWidget(Label(name, "small"))
            revision = self._detail.revision
            if name == CONTENT["images"] and revision is not None:
                for load, images in (
                    (self._load("product", revision.product_id), self._detail.product.images),
                    (self._load("revision", revision.id), revision.content.images),
                ):
                    column.addWidget(PictureStrip(load, images, size=52) if images else Label("None", "muted"))
                continue
            column.addWidget(Label(partial(_value_text, before), "muted", wrap=True))
            column.addWidget(Label(partial(_value_text, after), wrap=True))
        self._column.addWidget(frame)

    def _prices(self) -> None:
        detail, facts = self._detail, Facts(right=True)
        unit = f" / {detail.sku.unit}"
        price = detail.price
        facts.add_fact("Supply price", lambda: price_text(price.supply_price if price else None) + unit, "strong")
        facts.add_fact("Drop-ship price", lambda: price_text(price.dropship_price if price else None))
        facts.add_fact("Suggested retail price", lambda: price_text(detail.sku.retail_price))
        for tier in price.tiers if price else ():
            least = quantity(tier.min_quantity, detail.sku.decimals)
            facts.add_fact(
                lambda least=least: tr("From {quantity}", quantity=least),  # type: ignore[misc]
                lambda tier=tier: unit_price(tier.price),  # type: ignore[misc]
            )
        self._column.addWidget(facts)

    def _stock(self) -> None:
        self._column.addWidget(Label("Stock", "strong"))
        detail = self._detail
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        for at, title in enumerate(("On hand", "Reserved", "Available"), 1):
            self._figure(grid, 0, at, title, "small")
        rows = [(self._place_name(p.warehouse, p.stock.lot), p.stock) for p in detail.places]
        for row, (name, stock) in enumerate(rows, 1):
            grid.addWidget(Label(name, wrap=True), row, 0)
            for at, n in enumerate((stock.on_hand, stock.reserved, stock.available), 1):
                self._figure(grid, row, at, partial(quantity, n, detail.sku.decimals), "strong")
        if not rows:
            grid.addWidget(Label("Nothing received yet.", "muted"), 1, 0)
        self._column.addLayout(grid)

    @staticmethod
    def _place_name(warehouse: str, lot: str) -> Callable[[], str]:
        return lambda: " · ".join(
            t for t in (warehouse or tr("Main warehouse"), tr("lot {lot}", lot=lot) if lot else "") if t
        )

    @staticmethod
    def _figure(grid: QGridLayout, row: int, at: int, text: Text, role: str) -> None:
        label = Label(text, "small" if role == "small" else "strong")
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(label, row, at)

    def _facts(self) -> None:
        detail, facts = self._detail, Facts()
        sku, product = detail.sku, detail.product
        unit = partial(quantity, step_decimals=sku.decimals)
        barcodes = [b for b in (sku.barcode, *sku.more_barcodes) if b]
        weight = sku.weight_g
        rows: list[tuple[Text, str | Callable[[], str]]] = [
            ("SKU code", sku.code),
            ("Barcode", "\n".join(barcodes)),
            ("Product code", product.product_key if product.product_key != sku.code else ""),
            ("Category", self._category),
            ("Brand", product.brand),
            ("Specification", specs_text(sku.specs)),
            ("Packages", lambda: "\n".join(_package_text(sku, package) for package in sku.packages)),
            ("Minimum quantity", f"{unit(sku.min_quantity)} {sku.unit}" if sku.min_quantity > 1 else ""),
            ("Order step", f"{unit(sku.order_step)} {sku.unit}" if sku.order_step > 1 else ""),
            ("Weight", f"{quantity(weight)} g" if weight is not None else ""),
            ("Tax rate", percent(sku.tax_rate_bp)),
            ("Tax category code", sku.tax_code),
            ("Parameters", "\n".join(labelled(k, v) for k, v in product.parameters.items())),
            ("Description", product.description[:400]),
        ]
        for name, value in rows:
            said = value if callable(value) else partial(str, value)
            if said():
                facts.add_fact(name, said)
        if detail.siblings > 1:
            facts.add_fact("Variants", lambda: tr("{n} SKUs of this product", n=detail.siblings))
        self._column.addWidget(facts)

    def _category(self) -> str:
        path = [names[1 if language() == "en" else 0] for names in self._detail.category_path]
        return " › ".join(path) or self._detail.product.category_text

    def _entry(self, line: LedgerLine, pending: bool) -> TimelineEntry:
        decimals = self._detail.sku.decimals
        moved = line.change or line.held

        def title() -> str:
            sign = "+" if moved > 0 else "-" if moved < 0 else ""
            return f"{tr(MOVEMENTS[line.kind])} {sign}{quantity(abs(moved), decimals)}"

        def note() -> str:
            reason = tr("by import") if line.reason == "import" else line.reason
            after = tr("{quantity} on hand", quantity=quantity(line.on_hand_after, decimals))
            return " · ".join(part for part in (after if line.change else "", line.document, reason) if part)

        return TimelineEntry(title, line.at, line.who, note, _TONES.get(line.kind, "neutral"), pending)

    def _line(self) -> None:
        line = QFrame()
        line.setProperty("surface", "line")
        self._column.addWidget(line)


def _package_text(sku: Sku, package: Unit) -> str:
    return " · ".join(part for part in (package_words(sku, package), package.barcode) if part)


def _value_text(value: object) -> str:
    if isinstance(value, dict):
        return clauses(labelled(k, str(v)) for k, v in value.items()) or "–"
    if isinstance(value, tuple):
        return tr("{n} pictures", n=len(value))
    return str(value) or "–"
