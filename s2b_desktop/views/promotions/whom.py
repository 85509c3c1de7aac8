"""Which goods take part, and who may have it: used by promotions and by coupons."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from s2b_desktop.models.queries.audiences import (
    category_options,
    levels_of,
    pick_skus,
    sku_names,
    supplier_names,
    tags_of,
)
from s2b_desktop.text import language, unit_price
from s2b_desktop.views.common.chips import Chips, Flow
from s2b_desktop.views.common.choice import CheckBox, ComboBox, RadioButton
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.picker import ProductPicker, ProductRow
from s2b_desktop.views.promotions.words import CHANNELS
from s2b_domain.records.party import PartyKind
from s2b_domain.rules.pricing import Audience, Channel, Goods

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class Names:
    """What can be chosen, and the names of what was."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self.categories = dict(desk.read(category_options, language() == "en"))
        mine = desk.actor.organisation_id
        shop = desk.actor.kind is PartyKind.MERCHANT
        self.levels = {x.id: x.name for x in desk.read(levels_of, mine)} if shop else {}
        self.tags = {x.id: x.name for x in desk.read(tags_of, mine)} if shop else {}
        self.suppliers = desk.read(supplier_names) if desk.actor.kind is not PartyKind.SUPPLIER else {}

    def of(self, goods: Goods, audience: Audience) -> dict[str, str]:
        """The names of everything that these name."""
        skus = self._desk.read(sku_names, self._desk.actor, [*goods.sku_ids, *goods.except_sku_ids])
        return {**skus, **self.categories, **self.levels, **self.tags, **self.suppliers}

    def find(self, text: str, limit: int) -> Sequence[ProductRow]:
        """SKUs for a picker; it picks (id, name, price)."""
        found = self._desk.read(pick_skus, self._desk.actor, text, min(limit, 20))
        return [
            ProductRow(
                (p.id, p.title, p.price), p.title, p.code, f"¥{unit_price(p.price)}" if p.price is not None else ""
            )
            for p in found
        ]


class Pick(QWidget):
    """A combobox that adds to chips below it. `changed()` when what is chosen does."""

    changed = Signal()

    def __init__(self, prompt: Text, options: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = dict(options)
        named: list[tuple[object, Text]] = [(i, lambda n=n: n) for i, n in options.items()]  # type: ignore[misc]
        self.combo = ComboBox([("", prompt), *named])
        self.combo.setMaxVisibleItems(16)
        self.combo.setAccessibleName(self.combo.itemText(0))
        self.combo.value_changed.connect(self._chosen)
        self.chips = Chips()
        self.chips.changed.connect(self.changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.combo)
        column.addWidget(self.chips)
        self.setVisible(bool(options))

    def ids(self) -> tuple[str, ...]:
        return self.chips.ids()

    def set_ids(self, ids: Sequence[str]) -> None:
        self.chips.set_chosen({i: self._options.get(i, "…" + i[-6:]) for i in ids})

    def _chosen(self, id_: object) -> None:
        if id_:
            self.chips.add(str(id_), self._options[str(id_)].rpartition(" / ")[2])
            self.combo.setCurrentIndex(0)
            self.changed.emit()


class GoodsChoice(QWidget):
    """Everything, or what is picked: goods, categories, suppliers; and exceptions."""

    changed = Signal()

    def __init__(self, names: Names, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names, self._products = names, tuple[str, ...]()
        self.everything = RadioButton("All goods", checked=True)
        self.chosen = RadioButton("Chosen goods")
        self.picker = ProductPicker(names.find, placeholder="Scan, or type a name, pinyin or SKU")
        self.picker.picked.connect(self._picked)
        self.skus, self.out = Chips(), Chips()
        self.categories = Pick("Add a category…", names.categories)
        self.suppliers = Pick("Add a supplier…", names.suppliers)
        self.without = ProductPicker(names.find, placeholder="Goods that do not take part")
        self.without.picked.connect(self._excepted)
        self.without_categories = Pick("Leave a category out…", names.categories)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        radios = Flow(spacing=12)
        radios.addWidget(self.everything)
        radios.addWidget(self.chosen)
        column.addLayout(radios)
        self._narrow = QWidget()
        inner = QVBoxLayout(self._narrow)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        for widget in (self.picker, self.skus, self.categories, self.suppliers):
            inner.addWidget(widget)
        column.addWidget(self._narrow)
        column.addWidget(Label("But not these", "small"))
        for widget in (self.without, self.out, self.without_categories):
            column.addWidget(widget)
        self._narrow.hide()
        self.everything.toggled.connect(self._switched)
        for part in (self.skus, self.out, self.categories, self.suppliers, self.without_categories):
            part.changed.connect(self.changed)

    def set_goods(self, goods: Goods, names: Mapping[str, str]) -> None:
        self._products = goods.product_ids
        self.everything.setChecked(goods.everything)
        self.chosen.setChecked(not goods.everything)
        self.skus.set_chosen({i: names.get(i, "…" + i[-6:]) for i in goods.sku_ids})
        self.out.set_chosen({i: names.get(i, "…" + i[-6:]) for i in goods.except_sku_ids})
        self.categories.set_ids(goods.category_ids)
        self.suppliers.set_ids(goods.supplier_ids)
        self.without_categories.set_ids(goods.except_category_ids)

    def goods(self) -> Goods:
        every = self.everything.isChecked()
        return Goods(
            sku_ids=() if every else self.skus.ids(),
            product_ids=() if every else self._products,
            category_ids=() if every else self.categories.ids(),
            supplier_ids=() if every else self.suppliers.ids(),
            except_sku_ids=self.out.ids(),
            except_category_ids=self.without_categories.ids(),
        )

    def nothing(self) -> bool:
        """Whether goods were to be chosen and none are."""
        return self.chosen.isChecked() and self.goods().everything

    def _switched(self, everything: bool) -> None:
        self._narrow.setVisible(not everything)
        self.changed.emit()

    def _picked(self, found: object) -> None:
        if isinstance(found, tuple):
            self.skus.add(found[0], found[1])
            self.changed.emit()

    def _excepted(self, found: object) -> None:
        if isinstance(found, tuple):
            self.out.add(found[0], found[1])
            self.changed.emit()


class AudienceChoice(QWidget):
    """Who may have it, and where they stand."""

    changed = Signal()

    def __init__(self, names: Names, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.members = CheckBox("Members only")
        self.newcomers = CheckBox("First purchase only")
        self.levels = Pick("Only a member level…", names.levels)
        self.tags = Pick("Only a tag…", names.tags)
        self.channel = ComboBox([("", "Shipped and at the counter"), *((c, CHANNELS[c]) for c in Channel)])
        self.channel.setAccessibleName(self.channel.itemText(0))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        checks = Flow(spacing=12)
        checks.addWidget(self.members)
        checks.addWidget(self.newcomers)
        column.addLayout(checks)
        for widget in (self.levels, self.tags, self.channel):
            column.addWidget(widget)
        for check in (self.members, self.newcomers):
            check.toggled.connect(lambda _on: self.changed.emit())
        self.levels.changed.connect(self.changed)
        self.tags.changed.connect(self.changed)
        self.channel.value_changed.connect(lambda _value: self.changed.emit())

    def set_audience(self, audience: Audience) -> None:
        self.members.setChecked(audience.members_only)
        self.newcomers.setChecked(audience.newcomers_only)
        self.levels.set_ids(audience.level_ids)
        self.tags.set_ids(audience.tag_ids)
        self.channel.set_value(audience.channels[0] if len(audience.channels) == 1 else "")

    def audience(self) -> Audience:
        where = self.channel.value()
        return Audience(
            members_only=self.members.isChecked(),
            newcomers_only=self.newcomers.isChecked(),
            level_ids=self.levels.ids(),
            tag_ids=self.tags.ids(),
            channels=(where,) if isinstance(where, Channel) else (),
        )
