"""What a person chose for this PC, and what the settings page tells of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from s2b_desktop.text import Language, language
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.common.theme import Choice, Theme

Density = Literal["comfortable", "compact"]


@dataclass(frozen=True, slots=True)
class Installation:
    """What the settings page only shows. `keyring`: whether the system's keyring holds the keys."""

    version: str = ""
    hub_address: str = ""
    hub_name: str = ""
    fingerprint: str = ""
    folder: str = ""
    keyring: bool = True


class Preferences(QObject):
    """Language, look and row height; each takes effect at once and is handed to `save(name, value)`."""

    density_changed = Signal(str)
    theme_changed = Signal()

    def __init__(
        self,
        *,
        density: Density = "comfortable",
        installation: Installation | None = None,
        save: Callable[[str, str], object] = lambda name, value: None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.density: Density = density
        self.installation = installation or Installation()
        self._save = save

    @property
    def language(self) -> Language:
        return language()

    @property
    def theme(self) -> Choice:
        return Theme.choice

    def set_language(self, chosen: Language) -> None:
        if chosen != language():
            switch_language(_application(), chosen)
            self._save("language", chosen)

    def set_theme(self, chosen: Choice) -> None:
        if chosen != Theme.choice:
            Theme.apply(_application(), chosen)
            self._save("theme", chosen)
            self.theme_changed.emit()

    def set_density(self, chosen: Density) -> None:
        if chosen != self.density:
            self.density = chosen
            self.density_changed.emit(chosen)
            self._save("density", chosen)


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application


def grouped(fingerprint: str) -> str:
    """A fingerprint as people compare it: "9F2C 41AB ..."."""
    plain = fingerprint.replace(":", "").replace(" ", "").upper()
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))
