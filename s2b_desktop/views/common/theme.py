"""The look: colours by token, fonts, palette and the one style sheet, for light and dark."""

import json
import re
from functools import cache
from typing import Literal, cast

from PySide6.QtCore import Qt, QTemporaryDir
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from s2b_desktop.resources import path
from s2b_desktop.views.common.svg import tinted

Scheme = Literal["light", "dark"]
Choice = Literal["light", "dark", "system"]
Tone = Literal["ok", "warn", "bad", "accent", "neutral"]

SCHEMES: tuple[Scheme, ...] = ("light", "dark")
CJK = ("PingFang SC", "Microsoft YaHei UI", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei")
PLAIN = ("Sans Serif", "DejaVu Sans")  # what a system without an interface font of its own answers

_GLYPHS = {  # drawn by the style sheet, so they must be files: name -> (icon, token)
    "check": ("check", "on-accent"),
    "minus": ("minus", "on-accent"),
    "chevron-down": ("chevron-down", "muted"),
    "chevron-up": ("chevron-up", "muted"),
    "chevron-right": ("chevron-right", "muted"),
    "chevron-left": ("chevron-left", "muted"),
}


@cache
def tokens(scheme: Scheme) -> dict[str, str]:
    """Every token of a scheme as "#RRGGBB"."""
    return cast(dict[str, str], json.loads(path("theme", "tokens.json").read_text(encoding="utf-8"))[scheme])


@cache
def _families(system: str) -> tuple[str, ...]:
    """The families to try for a system font (as `QFont.key()`); asking the font database costs over 1 ms."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    family = QFontInfo(font).family()
    present = [name for name in CJK if QFontDatabase.hasFamily(name)]
    return (*present, family) if font.family() in PLAIN and present else (family, *CJK)


def interface_font(pixels: int = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The system's interface font with Chinese fallbacks and figures of one width."""
    font = QFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont))
    font.setFamilies(_families(font.key()))
    font.setPixelSize(pixels)
    font.setWeight(weight)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


class Theme:
    """The look that is on now. `Theme.apply` may be called again at any time."""

    scheme: Scheme = "light"
    choice: Choice = "system"
    _glyphs: QTemporaryDir | None = None
    _follows = False

    @classmethod
    def apply(cls, app: QApplication, choice: Choice = "system") -> None:
        """Dress the whole application; "system" follows the desktop's light or dark, also later."""
        cls.choice = choice
        if not cls._follows:
            app.styleHints().colorSchemeChanged.connect(cls._system_changed)
            cls._follows = True
        hints = app.styleHints()
        if choice == "system":
            hints.unsetColorScheme()
        else:  # so that title bars and native dialogs follow
            hints.setColorScheme(Qt.ColorScheme.Dark if choice == "dark" else Qt.ColorScheme.Light)
        dark = choice == "dark" or (choice == "system" and hints.colorScheme() == Qt.ColorScheme.Dark)
        cls.scheme = "dark" if dark else "light"
        fusion = QStyleFactory.create("Fusion")
        if app.style().objectName() != "fusion" and not app.styleSheet():
            app.setStyle(fusion)
        app.setFont(interface_font())
        app.setPalette(palette(cls.scheme))
        app.setStyleSheet(cls._sheet())

    @classmethod
    def _system_changed(cls) -> None:
        app = QApplication.instance()
        if cls.choice == "system" and isinstance(app, QApplication):
            cls.apply(app, "system")

    @classmethod
    def _sheet(cls) -> str:
        if cls._glyphs is None:
            cls._glyphs = QTemporaryDir()
        values = dict(tokens(cls.scheme))
        for name, (icon, token) in _GLYPHS.items():
            file = f"{cls._glyphs.path()}/{cls.scheme}-{name}.svg"
            with open(file, "wb") as out:
                out.write(tinted(icon, values[token]))
            values[f"icon:{name}"] = f"url({file})"
        template = path("theme", "style.qss").read_text(encoding="utf-8")
        return re.sub(r"@([a-z:-]+)@", lambda found: values[found[1]], template)


def color(token: str) -> QColor:
    """The present colour of a token of `resources/theme/tokens.json`."""
    return _colors(Theme.scheme)[token]


@cache
def _colors(scheme: Scheme) -> dict[str, QColor]:
    return {name: QColor(value) for name, value in tokens(scheme).items()}


def palette(scheme: Scheme) -> QPalette:
    """The same colours for what no style sheet reaches: native dialogs, placeholders, selections."""
    role, group, of = QPalette.ColorRole, QPalette.ColorGroup, _colors(scheme)
    made = QPalette(of["surface"], of["background"])
    for roles, token in (
        ((role.Window,), "background"),
        ((role.Base,), "surface"),
        ((role.AlternateBase, role.Button), "raised"),
        ((role.ToolTipBase,), "raised"),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.HighlightedText), "text"),
        ((role.PlaceholderText,), "muted"),
        ((role.Highlight,), "selection"),
        ((role.Link, role.LinkVisited, role.Accent), "accent"),
        ((role.Mid, role.Midlight, role.Light, role.Dark), "border"),
        ((role.BrightText,), "bad"),
        ((role.Shadow,), "shadow"),
    ):
        for each in roles:
            made.setColor(each, of[token])
    for each in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        made.setColor(group.Disabled, each, of["muted"])
    return made


def reduced_motion() -> bool:
    """Whether the desktop asks for less movement; then nothing slides or fades."""
    app = QGuiApplication.instance()
    if not isinstance(app, QApplication):
        return True
    return app.style().styleHint(app.style().StyleHint.SH_Widget_Animation_Duration) == 0
