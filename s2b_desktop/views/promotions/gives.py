"""What a promotion gives: the fields that its kind needs, and no others."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from s2b_desktop.text import tr
from s2b_desktop.views.common.choice import CheckBox, ComboBox
from s2b_desktop.views.common.fields import MoneyField, PercentField, QuantityField
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.promotions.rows import GoodsRows, StepRows, Unit
from s2b_desktop.views.promotions.whom import Names
from s2b_desktop.views.promotions.words import EXPLAINED, KINDS
from s2b_domain.rules.pricing import Gift, Measure, PromotionKind, SkuPrice, Step, Terms

K = PromotionKind
STEPPED = frozenset({K.TIERED_REDUCTION, K.REPEATED_REDUCTION, K.THRESHOLD_RATE, K.GIFT})
PRICED = frozenset({K.FLASH_PRICE, K.TIER_PRICE})


class Gives(QWidget):
    """`changed()` whenever it gives something else."""

    changed = Signal()

    def __init__(self, names: Names, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told: K = K.TIERED_REDUCTION
        self._prices: dict[str, int] = {}
        self.kind = ComboBox(
            [(k, KINDS[k]) for k in (K.TIERED_REDUCTION, *(x for x in K if x is not K.TIERED_REDUCTION))]
        )
        self.kind_row = FormRow("Kind", self.kind, hint=lambda: tr(EXPLAINED[self.kind_now()]))
        self.measure = ComboBox([(Measure.AMOUNT, "An amount of money"), (Measure.COUNT, "A number of pieces")])
        self.measure_row = FormRow("The limit counts", self.measure)
        self.steps = StepRows()
        self.steps_row = FormRow("Steps", self.steps)
        self.prices = GoodsRows(names.find, priced=True)
        self.prices_row = FormRow("Goods at a price of their own", self.prices, optional=True)
        self.gifts = GoodsRows(names.find, priced=False)
        self.gifts_row = FormRow("Gifts", self.gifts)
        self.buy, self.get = (QuantityField(minimum=1, unit="pieces") for _ in range(2))
        self.buy_row, self.get_row = FormRow("Who buys", self.buy), FormRow("Gets at a better price", self.get)
        self.rate = PercentField()
        self.rate_row = FormRow("And pays for these", self.rate, hint="0 % is free.")
        self.repeat = CheckBox("Again and again in one order")
        self.cap = MoneyField()
        self.cap_row = FormRow("At most in one order", self.cap, optional=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for widget in (
            self.kind_row,
            self.measure_row,
            self.buy_row,
            self.get_row,
            self.rate_row,
            self.steps_row,
            self.prices_row,
            self.gifts_row,
            self.repeat,
            self.cap_row,
        ):
            column.addWidget(widget)
        self.kind.value_changed.connect(lambda _kind: self._switched())
        self.measure.value_changed.connect(lambda _measure: self._switched())
        self.repeat.toggled.connect(lambda _on: self.changed.emit())
        for field in (self.buy, self.get, self.rate, self.cap):
            field.value_changed.connect(lambda _value: self.changed.emit())
        for part in (self.steps, self.prices, self.gifts):
            part.changed.connect(self.changed)
        self._shape(())

    def kind_now(self) -> PromotionKind:
        value = self.kind.value()
        return value if isinstance(value, PromotionKind) else K.TIERED_REDUCTION

    def set_terms(self, terms: Terms, names: Mapping[str, str], *, fixed: bool) -> None:
        """Show terms; one that has begun keeps its kind (`fixed`)."""
        for combo, value in ((self.kind, terms.kind), (self.measure, terms.measure)):
            combo.blockSignals(True)
            combo.set_value(value)
            combo.blockSignals(False)
        self.kind.setEnabled(not fixed)
        self.kind_row.retranslate()
        self._shape(terms.steps)
        shown = names.get
        self.prices.set_values([(p.sku_id, shown(p.sku_id, "…" + p.sku_id[-6:]), p.price) for p in terms.prices])
        self._prices = {p.sku_id: p.min_quantity for p in terms.prices}
        self.gifts.set_values([(g.sku_id, shown(g.sku_id, "…" + g.sku_id[-6:]), g.quantity) for g in terms.gifts])
        self.buy.set_value(terms.buy or None)
        self.get.set_value(terms.get or None)
        self.rate.set_value(terms.get_rate_bp)
        self.repeat.setChecked(terms.repeat)
        self.cap.set_value(terms.cap if terms.kind is not K.GIFT else None)

    def apply(self, terms: Terms) -> Terms:
        """The terms with what is filled in here."""
        kind = self.kind_now()
        steps = self.steps.steps() if kind in STEPPED | PRICED else ()
        if kind is K.GIFT:
            steps = tuple(Step(s.threshold, 0) for s in steps)
        priced = self.prices.values() if kind in PRICED else ()
        return Terms(
            kind=kind,
            goods=terms.goods,
            audience=terms.audience,
            priority=terms.priority,
            exclusive=terms.exclusive,
            combines=terms.combines,
            measure=self._measure() if kind in STEPPED else Measure.AMOUNT,
            steps=steps,
            prices=tuple(SkuPrice(i, v, self._prices.get(i, 0)) for i, v in priced),
            repeat=self.repeat.isChecked() if kind in (K.BUY_X_GET_Y, K.GIFT) else False,
            cap=self.cap.value() if kind not in (*PRICED, K.GIFT) else None,
            buy=(self.buy.value() or 0) if kind is K.BUY_X_GET_Y else 0,
            get=(self.get.value() or 0) if kind is K.BUY_X_GET_Y else 0,
            get_rate_bp=(self.rate.value() or 0) if kind is K.BUY_X_GET_Y else 0,
            gifts=tuple(Gift(i, n) for i, n in self.gifts.values()) if kind is K.GIFT else (),
            budget=terms.budget,
            total_uses=terms.total_uses,
            per_person=terms.per_person,
        )

    def row_of(self, flaw: str) -> FormRow:
        """The row in which a flaw is mended."""
        return {
            "prices": self.prices_row,
            "buy": self.buy_row,
            "get": self.get_row,
            "gifts": self.gifts_row,
        }.get(flaw, self.steps_row)

    def rows(self) -> list[FormRow]:
        told = (self.steps_row, self.prices_row, self.buy_row, self.get_row, self.rate_row, self.gifts_row)
        return [*told, self.cap_row]

    def half_filled(self, row: FormRow) -> bool:
        """Whether lines of a row lack something: they would count as nothing."""
        lines = row.field
        return isinstance(lines, StepRows | GoodsRows) and not row.isHidden() and lines.half_filled()

    def _measure(self) -> Measure:
        value = self.measure.value()
        return value if isinstance(value, Measure) else Measure.AMOUNT

    def _switched(self) -> None:
        kind = self.kind_now()
        same = (kind in PRICED) == (self._told in PRICED) and (kind is K.THRESHOLD_RATE) == (
            self._told is K.THRESHOLD_RATE
        )
        self._shape(self.steps.steps() if same else ())
        self.kind_row.retranslate()
        for row in self.rows():
            row.set_error("")
        self.changed.emit()

    def _shape(self, steps: tuple[Step, ...]) -> None:
        kind = self._told = self.kind_now()
        limit: Unit = "money" if self._measure() is Measure.AMOUNT else "pieces"
        value: Unit = "rate" if kind is K.THRESHOLD_RATE else "none" if kind is K.GIFT else "money"
        if kind in PRICED:
            limit, value = ("none" if kind is K.FLASH_PRICE else "steps"), "rate"
        many = kind in (K.TIERED_REDUCTION, K.THRESHOLD_RATE, K.TIER_PRICE)
        self.steps.set_shape((limit, value), many=many, steps=steps)
        for widget, shown in (
            (self.measure_row, kind in STEPPED),
            (self.steps_row, kind in STEPPED | PRICED),
            (self.prices_row, kind in PRICED),
            (self.gifts_row, kind is K.GIFT),
            (self.repeat, kind in (K.BUY_X_GET_Y, K.GIFT)),
            (self.cap_row, kind not in (*PRICED, K.GIFT)),
            *((row, kind is K.BUY_X_GET_Y) for row in (self.buy_row, self.get_row, self.rate_row)),
        ):
            widget.setVisible(shown)
