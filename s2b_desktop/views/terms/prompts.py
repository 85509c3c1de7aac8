"""Terms with a merchant, a price level, the least amount, and goods that count together."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QLineEdit, QWidget

from s2b_desktop.models.queries.terms import Agreed, LevelRow, MixRow
from s2b_desktop.text import tr
from s2b_desktop.views.common.chips import Chips
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.fields import MoneyField, QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.picker import ProductPicker, ProductRow
from s2b_domain.commands.terms import SaveLevel, SaveMinimum, SaveMix, SaveTradeTerms
from s2b_domain.records.catalog import STANDARD_LEVEL
from s2b_domain.rules.shop_number import id_in

Find = Callable[[str, int], Sequence[ProductRow]]


class ShopNumberPrompt(Confirm):
    """The number of a shop that has not ordered yet; `merchant_id()` once it is right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Terms for a new merchant",
            "A shop finds its number in its settings, below its name. Ask for it, and paste it here.",
            "Go on",
            parent=parent,
        )
        self.field = QLineEdit()
        self.row = FormRow("Shop number", self.field)
        self.field.textChanged.connect(lambda _text: self.row.set_error(""))
        self.middle.addWidget(self.row)
        self.setMinimumWidth(520)
        self.field.setFocus()

    def merchant_id(self) -> str:
        return id_in(self.field.text())

    def accept(self) -> None:
        if self.merchant_id():
            super().accept()
        else:
            self.row.set_error("This is no shop number. Compare it with what the shop sees.")
            self.field.setFocus()


class TradePrompt(Confirm):
    """What is agreed with a merchant."""

    def __init__(self, merchant: Agreed, levels: Sequence[LevelRow], parent: QWidget | None = None) -> None:
        super().__init__(
            "Terms with a merchant", "They hold for orders from now on. The merchant sees them.", "Save", parent=parent
        )
        self._merchant = merchant
        self.level = ComboBox([(STANDARD_LEVEL, "Standard"), *((x.id, partial(str, x.name)) for x in levels)])
        self.level.set_value(merchant.level)
        self.limit = MoneyField()
        self.limit.set_value(merchant.limit)
        self.days = QuantityField(maximum=3650, unit=lambda: tr("days"))
        self.days.set_value(merchant.days)
        self.note = QLineEdit(merchant.note)
        self.middle.addWidget(Label(partial(str, merchant.name), "strong"))
        self.middle.addWidget(FormRow("Price level", self.level))
        hint = "What may be owed or on order at a time. Empty: no limit. 0: payment before delivery."
        self.middle.addWidget(FormRow("Credit limit", self.limit, optional=True, hint=hint))
        self.middle.addWidget(FormRow("To be paid after", self.days, optional=True, hint="Days after you accepted."))
        self.middle.addWidget(FormRow("Note", self.note, optional=True))
        self.level.setFocus()

    def accept(self) -> None:
        if not self.limit.error() and not self.days.error():
            super().accept()

    def message(self) -> SaveTradeTerms:
        """The terms as they were entered."""
        return SaveTradeTerms(
            merchant_id=self._merchant.id,
            level=str(self.level.value()),
            credit_limit=self.limit.value(),
            credit_days=self.days.value(),
            note=self.note.text().strip(),
        )


class LevelPrompt(Confirm):
    """A new price level, or another name for one."""

    def __init__(self, level: LevelRow | None, parent: QWidget | None = None) -> None:
        super().__init__(
            "Price level" if level else "New price level",
            "Goods without a price at this level cost the standard price.",
            "Save",
            parent=parent,
        )
        self._level = level
        self.name = QLineEdit(level.name if level else "")
        self.name_row = FormRow("Name", self.name)
        self.rank = QuantityField(maximum=10**6)
        self.rank.set_value(level.position if level else 1)
        self.middle.addWidget(self.name_row)
        self.middle.addWidget(FormRow("Rank", self.rank))
        self.name.setFocus()

    def accept(self) -> None:
        if self.name.text().strip():
            super().accept()
        else:
            self.name_row.set_error("Please give a name")

    def message(self, new_id: str) -> SaveLevel:
        """The level as it was entered."""
        level_id = self._level.id if self._level else new_id
        return SaveLevel(level_id=level_id, name=self.name.text().strip(), position=self.rank.value() or 0)


class LeastPrompt(Confirm):
    """起送金额."""

    def __init__(self, amount: int, parent: QWidget | None = None) -> None:
        super().__init__(
            "Least order amount",
            "A purchase below it cannot be placed; what is missing is said while it is written. Empty: none.",
            "Save",
            parent=parent,
        )
        self.amount = MoneyField()
        self.amount.set_value(amount or None)
        self.middle.addWidget(FormRow("Goods for at least", self.amount, optional=True, hint="Without freight."))
        self.amount.setFocus()

    def accept(self) -> None:
        if not self.amount.error():
            super().accept()

    def message(self) -> SaveMinimum:
        """The amount as it was entered."""
        return SaveMinimum(minimum_amount=self.amount.value() or 0)


class MixPrompt(Confirm):
    """混批: which goods reach which minimum together. `product(sku_id)` gives a product's (id, title)."""

    def __init__(
        self, mix: MixRow | None, find: Find, product: Callable[[str], tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(
            "Mixed minimum",
            "Goods of the group count together; none needs to reach its own minimum then.",
            "Save",
            parent=parent,
        )
        self.setMinimumWidth(560)
        self._mix, self._product = mix, product
        self.name = QLineEdit(mix.name if mix else "")
        self.name_row = FormRow("Name", self.name)
        self.minimum = QuantityField(minimum=1)
        self.minimum.set_value(mix.minimum if mix else None)
        self.minimum_row = FormRow(
            "Together at least", self.minimum, hint="Units (件, 瓶 …) over all goods of the group"
        )
        self.picker = ProductPicker(find)
        self.picker.picked.connect(self._picked)
        self.chips = Chips()
        self.chips.set_chosen(mix.products if mix else {})
        for row in (self.name_row, self.minimum_row):
            self.middle.addWidget(row)
        self.middle.addWidget(FormRow("Goods", self.picker, hint="Without any, it holds for all your goods."))
        self.middle.addWidget(self.chips)
        self.name.setFocus()

    def _picked(self, sku_id: object) -> None:
        id_, title = self._product(str(sku_id))
        if id_:
            self.chips.add(id_, title)

    def accept(self) -> None:
        if not self.name.text().strip():
            self.name_row.set_error("Please give a name")
        elif self.minimum.value() is None or self.minimum.error():
            self.minimum_row.set_error(self.minimum.error() or "Please enter a quantity")
        else:
            super().accept()

    def message(self, new_id: str) -> SaveMix:
        """The group as it was entered."""
        return SaveMix(
            group_id=self._mix.id if self._mix else new_id,
            name=self.name.text().strip(),
            minimum=self.minimum.value() or 1,
            product_ids=self.chips.ids(),
        )
