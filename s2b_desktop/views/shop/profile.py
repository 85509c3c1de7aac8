"""店铺开设: the shop's profile and rules, with the steps that are left until it is open."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.models.queries.shop import ShopState, shop_state
from s2b_desktop.models.status import Changes
from s2b_desktop.text import tr
from s2b_desktop.views.common.glyph import ToneIcon
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.shop.form import ShopForm
from s2b_domain.access import Permission
from s2b_domain.commands.shops import SaveShop

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class ShopPage(Page):
    """`show_item` takes a queue item of a shop that was refused."""

    key = "shop"
    icon = "store"
    title = "My shop"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk, self._navigate = desk, navigate
        self._state: ShopState | None = None
        self._supersedes: str | None = None
        self._may = desk.actor.may(Permission.SHOP_EDIT)
        self.later = self.add_action("Save for later", lambda: self.save(opening=False), "Ctrl+S", icon="check")
        self.go = self.add_action("Open the shop", lambda: self.save(opening=True), "Ctrl+Return", primary=True)
        self.add_action("My goods", lambda: navigate("my_goods", None), "F6", icon="tag")
        self.form = ShopForm()
        self.form.set_read_only(not self._may)
        self.pill = StatePill()
        left, right = QFrame(), QFrame()
        column = QVBoxLayout(left)
        column.setContentsMargins(20, 16, 20, 20)
        column.addWidget(self.form)
        column.addStretch(1)
        aside = QVBoxLayout(right)
        aside.setContentsMargins(20, 16, 20, 20)
        aside.setSpacing(12)
        head = QHBoxLayout()
        head.addWidget(Label("Steps to open", "subtitle"), 1)
        head.addWidget(self.pill)
        aside.addLayout(head)
        self._steps = QVBoxLayout()
        self._steps.setSpacing(10)
        aside.addLayout(self._steps)
        aside.addStretch(1)
        both = QWidget()
        both.setProperty("plain", True)
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for frame, part in ((left, 5), (right, 2)):
            frame.setProperty("surface", "card")
            row.addWidget(frame, part, Qt.AlignmentFlag.AlignTop if frame is right else Qt.AlignmentFlag(0))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(both)
        self.body.addWidget(area, 1)
        self.setFocusProxy(self.form.name)
        desk.changed.connect(self._changed)
        self._load(fill=True)

    def refresh(self) -> None:
        self._load(fill=False)

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", what)
        if isinstance(message, SaveShop):
            self._supersedes = getattr(what, "command_id", None)
            shown = self._state.shop if self._state else None
            if shown is not None:
                names = [name for name in SaveShop.__struct_fields__ if hasattr(shown, name)]
                shown = shown.with_(**{name: getattr(message, name) for name in names})
            self.form.show_shop(shown, message.name)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._load(fill=False)

    def save(self, *, opening: bool) -> None:
        """Save what was entered; an open shop stays open."""
        opens = opening or (self._state is not None and self._state.shop is not None and self._state.shop.open)
        if not self._may or not self.form.check(to_open=opens):
            return
        was_open = self._state is not None and self._state.is_open
        said: Text = "Shop saved" if was_open or not opens else "The shop is open"
        self._desk.submit(
            self.form.message(opens),
            done=lambda _seq: self._saved(said),
            failed=self._failed,
            supersedes=self._supersedes,
            initiator=self,
        )

    def _failed(self, error: Exception) -> None:
        ToastArea.of(self).show_toast(lambda: failure_text(error), tone="bad")

    def _saved(self, said: Text) -> None:
        self._supersedes = None
        ToastArea.of(self).show_toast(said)
        self._load(fill=True)

    def _changed(self, changes: Changes) -> None:
        if {"shop", "listing", "freight_template"} & changes.tables and changes.initiator is not self:
            self._load(fill=False)

    def _load(self, *, fill: bool) -> None:
        found, was = self._desk.read(shop_state, self._desk.actor.organisation_id), self._state
        self._state = found
        if fill or was is None or (was.shop != found.shop and not self._typing(was)):
            self.form.show_shop(found.shop, self._desk.actor.organisation_name)
        self.later.setVisible(self._may and not found.is_open)
        self.go.setVisible(self._may)
        self.go.set_words("Save" if found.is_open else "Open the shop")
        if found.is_open:
            self.pill.set_state("Shop open", "ok")
        else:
            self.pill.set_state("Not open yet", "warn")
        self._say_steps(found)

    def _typing(self, was: ShopState) -> bool:
        """Whether something was typed that another device's change must not sweep away."""
        fresh = ShopForm()
        fresh.show_shop(was.shop, self._desk.actor.organisation_name)
        try:
            return self.form.message(True) != fresh.message(True)
        except ValueError:
            return True
        finally:
            fresh.deleteLater()

    def _say_steps(self, found: ShopState) -> None:
        while (item := self._steps.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        shop = found.shop
        for done, title, why in (
            (shop is not None, "Name of the shop", ""),
            (shop is not None and shop.return_address is not None, "Address for returns", "needed to open"),
            (shop is not None and bool(shop.receipt_header or shop.receipt_footer), "Receipt", "optional"),
            (shop is not None and bool(shop.hours), "Opening hours", "optional"),
            (found.freight, "Freight for consumers", "optional"),
            (found.listed > 0, "Goods listed", "from the catalog"),
        ):
            self._steps.addWidget(_step(done, title, "" if done else why))

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "pill"):
            self.set_facts(lambda: tr("{n} goods listed", n=self._state.listed) if self._state else "")


def _step(done: bool, title: str, why: str) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(10)
    row.addWidget(ToneIcon("check-circle" if done else "circle", "ok" if done else "neutral", 18))
    row.addWidget(Label(title, "body" if done else "strong"), 1)
    row.addWidget(Label(why, "small"))
    return box
