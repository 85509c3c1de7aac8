"""设置: language, look and rows take effect at once; the rest tells what is."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.models.queries.parties import recovery_key
from s2b_desktop.text import Language, moment, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.choice import RadioButton
from s2b_desktop.views.common.confirm import open_prompt
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.theme import Choice
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.preferences import Density, Preferences, grouped
from s2b_desktop.views.settings.recovery import RecoveryKeyDialog
from s2b_desktop.views.settings.systems import OwnSystems
from s2b_domain.access import Permission, Role
from s2b_domain.commands.recovery import SetRecoveryKey
from s2b_domain.records.party import PartyKind
from s2b_domain.rules.shop_number import shop_number

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

NAMES = 144
"""Px for the names before values and choices."""
V = TypeVar("V", bound=str)


class SettingsPage(Page):
    """What one may choose, and what support may ask. `sign_out` is wired by the window."""

    key = "settings"
    icon = "settings"
    title = "Settings"

    def __init__(
        self,
        desk: "Desk",
        navigate: Callable[[str, object], None],
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(self.title, parent)
        self._desk, self._preferences = desk, preferences
        self.languages: dict[Language, RadioButton] = {}
        self.themes: dict[Choice, RadioButton] = {}
        self.densities: dict[Density, RadioButton] = {}
        self.sign_out = Button("Sign out", icon="log-out")

        content = QWidget()
        content.setProperty("plain", True)
        content.setMaximumWidth(1120)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(12)
        column.addWidget(self._appearance())
        column.addWidget(self._person())
        column.addWidget(self._hub())
        if desk.actor.role is Role.SUPPLIER_MANAGER:
            column.addWidget(self._systems())
        if desk.actor.may(Permission.RECOVERY_SET):
            column.addWidget(self._recovery())
        column.addWidget(self._about())
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setAlignment(Qt.AlignmentFlag.AlignLeft)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        self.body.addWidget(area, 1)
        preferences.theme_changed.connect(self.refresh)
        preferences.density_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        chosen = self._preferences
        self.languages[chosen.language].setChecked(True)
        self.themes[chosen.theme].setChecked(True)
        self.densities[chosen.density].setChecked(True)
        if hasattr(self, "recovery"):
            self.recovery.retranslate()

    def retranslate(self) -> None:
        super().retranslate()
        if getattr(self, "densities", None):
            self.refresh()

    def _appearance(self) -> QWidget:
        chosen = self._preferences
        card, column = _card("Appearance")
        languages: list[tuple[Language, Text]] = [("zh_CN", lambda: "中文"), ("en", lambda: "English")]
        column.addLayout(self._choice("Language", self.languages, languages, chosen.set_language))
        themes: list[tuple[Choice, Text]] = [("system", "As the system"), ("light", "Light"), ("dark", "Dark")]
        column.addLayout(self._choice("Look", self.themes, themes, chosen.set_theme))
        rows: list[tuple[Density, Text]] = [("comfortable", "Comfortable"), ("compact", "Compact")]
        column.addLayout(self._choice("Rows in tables", self.densities, rows, chosen.set_density))
        return card

    def _choice(
        self, name: Text, buttons: dict[V, RadioButton], options: list[tuple[V, Text]], take: Callable[[V], object]
    ) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(16)
        title = Label(name, "muted")
        title.setFixedWidth(NAMES)
        line.addWidget(title)
        group = QButtonGroup(self)
        for value, text in options:
            button = RadioButton(text)
            button.clicked.connect(lambda _on=False, value=value: take(value))
            group.addButton(button)
            line.addWidget(button)
            buttons[value] = button
        line.addStretch(1)
        return line

    def _person(self) -> QWidget:
        actor = self._desk.actor
        card, column = _card("Signed in")
        facts = Facts(names=NAMES)
        facts.add_fact("Person", lambda: actor.name)
        facts.add_fact("Organisation", lambda: actor.organisation_name)
        if actor.kind is PartyKind.MERCHANT:
            number = facts.add_fact("Shop number", partial(shop_number, actor.organisation_id))
            number.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(facts)
        line = QHBoxLayout()
        line.addWidget(self.sign_out)
        told = Label("Unsent entries stay safe on this PC and are sent after you sign in again.", "muted", wrap=True)
        line.addWidget(told, 1)
        line.setSpacing(12)
        column.addLayout(line)
        return card

    def _hub(self) -> QWidget:
        told = self._preferences.installation
        card, column = _card("Hub and storage")
        facts = Facts(names=NAMES)
        facts.add_fact("Hub", lambda: " · ".join(part for part in (told.hub_name, told.hub_address) if part) or "–")
        if told.fingerprint:
            facts.add_fact("Certificate", lambda: grouped(told.fingerprint))
        facts.add_fact("Stored in", lambda: told.folder or "–")
        facts.add_fact(
            "Keys",
            "Two encrypted files; their keys are in the system's keyring and behind your password."
            if told.keyring
            else "Two encrypted files; their keys are behind your password, as no keyring answers here.",
        )
        column.addWidget(facts)
        return card

    def _systems(self) -> QWidget:
        card, column = _card("Your own systems")
        self.systems = OwnSystems(self._desk)
        column.addWidget(self.systems)
        return card

    def _recovery(self) -> QWidget:
        card, column = _card("Recovery key")
        self.recovery = Label(self._recovery_words, "muted", wrap=True)
        column.addWidget(self.recovery)
        line = QHBoxLayout()
        self.make_key = Button("Make a recovery key", self._make_key, icon="key")
        line.addWidget(self.make_key)
        line.addStretch(1)
        column.addLayout(line)
        return card

    def _recovery_words(self) -> str:
        key = self._desk.read(recovery_key, self._desk.actor.organisation_id)
        if key is None:
            return tr(
                "Your company has none. Without one, unsent work on a PC whose keyring and passwords are lost is lost "
                "too."
            )
        return tr(
            "{who} made it on {time}. A new one takes its place on every PC.", who=key.made_by, time=moment(key.made_at)
        )

    def _make_key(self) -> None:
        dialog = RecoveryKeyDialog(parent=self)
        open_prompt(dialog, lambda: self._keep_key(dialog.public))

    def _keep_key(self, public: str) -> None:
        self._desk.submit(SetRecoveryKey(public=public), done=lambda _seq: self._key_made(), failed=self._key_failed)

    def _key_made(self) -> None:
        self.recovery.retranslate()
        ToastArea.of(self).show_toast("Saved. Your company's PCs take it at their next sync.")

    def _key_failed(self, error: Exception) -> None:
        ToastArea.of(self).show_toast(lambda: failure_text(error), tone="bad")

    def _about(self) -> QWidget:
        told = self._preferences.installation
        card, column = _card("About")
        line = QHBoxLayout()
        line.addWidget(Label(lambda: f"S2B Desktop {told.version}"), 1)
        line.addWidget(Button("Copy for support", self._copy, icon="copy", variant="quiet"))
        column.addLayout(line)
        return card

    def _copy(self) -> None:
        told, status = self._preferences.installation, self._desk.status()
        lines = [
            f"S2B Desktop {told.version}",
            f"hub: {told.hub_address} {told.fingerprint}",
            f"actor: {self._desk.actor.id} {self._desk.actor.role or ''}",
            f"online: {status.online} waiting: {status.waiting} attention: {status.attention} {status.problem}".strip(),
        ]
        QGuiApplication.clipboard().setText("\n".join(lines))
        ToastArea.of(self).show_toast("Copied")


def _card(title: Text) -> tuple[QFrame, QVBoxLayout]:
    frame = QFrame()
    frame.setProperty("surface", "card")
    column = QVBoxLayout(frame)
    column.setContentsMargins(16, 14, 16, 16)
    column.setSpacing(14)
    column.addWidget(Label(title, "subtitle"))
    return frame, column
