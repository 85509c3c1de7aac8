"""Suppliers of the same goods side by side: prices, minimum, freight, and how they keep their word."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from s2b_desktop.messages import paper_text
from s2b_desktop.models.queries.rivals import Rival
from s2b_desktop.text import labelled, money, quantity, tr, unit_price
from s2b_desktop.views.catalog import ratings
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import Notice
from s2b_desktop.views.common.label import Label, Role
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.orders.words import stock_words

Say = Callable[[Rival], str]


class ComparePrompt(Notice):
    """`added(sku_id, steps)` puts a supplier's least purchase into the order."""

    added = Signal(str, int)

    def __init__(self, found: Sequence[Rival], *, may_order: bool, parent: QWidget | None = None) -> None:
        super().__init__(
            lambda: tr("{n} suppliers of the same goods", n=len(found)),
            "The same barcode. Rates are counted from the platform's orders, where there are enough.",
            "Close",
            parent=parent,
        )
        self.setMinimumWidth(min(980, 240 + 200 * len(found)))
        inside = QWidget()
        inside.setProperty("plain", True)
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(9)
        rows: list[tuple[Text, Say]] = [
            ("Supplier", lambda r: r.offer.supplier_name),
            ("Unit price of the least purchase", lambda r: f"¥{unit_price(r.unit)} / {r.offer.sku.unit}"),
            ("Tier prices", _tiers),
            ("Drop-ship price", _dropship),
            ("Minimum", lambda r: f"{quantity(r.least, r.offer.sku.decimals)} {r.offer.sku.unit}"),
            ("Freight for the minimum", lambda r: tr("Not delivered here") if r.freight is None else money(r.freight)),
            ("Stock", lambda r: stock_words(r.offer.available, r.offer.sku.decimals, r.offer.sku.unit)[0]),
            ("Until shipped, on average", lambda r: ratings.until_shipped(r.rating)),
            ("Taken on", lambda r: ratings.taken_on(r.rating)),
            ("Shipped in time", lambda r: ratings.in_time(r.rating)),
            ("Claims", lambda r: ratings.claims(r.rating)),
            ("Orders of", lambda r: ratings.period(r.rating)),
            ("Papers", lambda r: "\n".join(map(paper_text, r.papers)) or "–"),
        ]
        cheapest = min((r.unit for r in found), default=0)
        for line, (title, say) in enumerate(rows):
            grid.addWidget(Label(title, "muted"), line, 0, Qt.AlignmentFlag.AlignTop)
            for column, rival in enumerate(found, 1):
                best = line == 0 or (line == 1 and rival.unit == cheapest)
                role: Role = "strong" if best else "body"
                grid.addWidget(Label(partial(say, rival), role, wrap=True), line, column, Qt.AlignmentFlag.AlignTop)
                grid.setColumnStretch(column, 1)
        self.buttons: list[Button] = []
        for column, rival in enumerate(found, 1) if may_order else ():
            button = Button("Add to order", partial(self.added.emit, rival.offer.sku.id, rival.least), icon="plus")
            button.setEnabled(rival.offer.available >= rival.least and rival.freight is not None)
            button.setAccessibleDescription(rival.offer.supplier_name)
            self.buttons.append(button)
            grid.addWidget(button, len(rows), column, Qt.AlignmentFlag.AlignLeft)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setMinimumHeight(440)
        area.setWidget(inside)
        self.middle.addWidget(area, 1)


def _tiers(rival: Rival) -> str:
    price, sku = rival.offer.price, rival.offer.sku
    tiers = sorted(price.tiers, key=lambda t: t.min_quantity) if price else []
    said = (labelled(f"{quantity(t.min_quantity, sku.decimals)} {sku.unit}", unit_price(t.price)) for t in tiers)
    return "\n".join(said) or "–"


def _dropship(rival: Rival) -> str:
    price = rival.offer.price.dropship_price if rival.offer.price and rival.offer.sku.dropship else None
    return "–" if price is None else f"¥{unit_price(price)}"
