"""The token table keeps its promises, and the style sheet has no hole."""

import re

import pytest
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from s2b_desktop.resources import path
from s2b_desktop.views.common.icons import icon, pixmap
from s2b_desktop.views.common.theme import SCHEMES, Scheme, Theme, color, interface_font, tokens

GROUNDS = ("background", "surface", "raised", "hover", "selection")
TONES = ("accent", "ok", "warn", "bad", "neutral")
PAIRS = [
    *((ink, ground) for ink in ("text", "muted") for ground in (*GROUNDS, "neutral-soft")),
    *((tone, ground) for tone in TONES for ground in ("background", "surface", "raised", f"{tone}-soft")),
    *(("text", f"{tone}-soft") for tone in TONES),
    *(("on-accent", ground) for ground in ("accent", "accent-hover")),
    *(("on-bad", ground) for ground in ("bad", "bad-hover")),
    ("muted", "accent-soft"),
]


def _luminance(value: str) -> float:
    parts = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The WCAG 2 contrast ratio of two colours."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_the_published_formula() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_on_every_surface_reaches_aa(scheme: Scheme, ink: str, ground: str) -> None:
    table = tokens(scheme)
    assert contrast(table[ink], table[ground]) >= 4.5


def test_both_schemes_have_the_same_tokens() -> None:
    assert tokens("light").keys() == tokens("dark").keys()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_theme_fills_every_token_and_sets_the_palette(qapp: QApplication, scheme: Scheme) -> None:
    Theme.apply(qapp, scheme)
    assert "@" not in qapp.styleSheet()
    assert qapp.palette().color(QPalette.ColorRole.Base) == QColor(tokens(scheme)["surface"])
    assert qapp.palette().color(QPalette.ColorRole.PlaceholderText) == QColor(tokens(scheme)["muted"])
    assert color("accent").name().upper() == tokens(scheme)["accent"]


def test_style_template_holds_no_colour_literal() -> None:
    sheet = path("theme", "style.qss").read_text(encoding="utf-8")
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", sheet)


def test_no_view_holds_a_colour_literal() -> None:
    views = path().parent / "s2b_desktop" / "views"
    literal = re.compile(r"""["']#[0-9a-fA-F]{3,8}["']|QColor\(\s*\d""")
    wrong = [file.name for file in views.rglob("*.py") if literal.search(file.read_text(encoding="utf-8"))]
    assert wrong == []


def test_icons_wear_the_present_theme(qapp: QApplication) -> None:
    def inks(image: QImage) -> set[str]:
        pixels = (image.pixelColor(x, y) for x in range(24) for y in range(24))
        return {pixel.name() for pixel in pixels if pixel.alpha() == 255}

    worn = icon("package", "accent")
    for scheme in SCHEMES:
        Theme.apply(qapp, scheme)
        assert inks(worn.pixmap(24, 24).toImage()) == {tokens(scheme)["accent"].lower()}
        assert inks(pixmap("package", "bad", 24).toImage()) == {tokens(scheme)["bad"].lower()}


def test_every_icon_is_a_drawing_in_the_current_colour(qtbot: QtBot) -> None:
    files = sorted(path("icons").glob("*.svg"))
    assert len(files) > 45
    for file in files:
        assert 'stroke="currentColor"' in file.read_text(encoding="utf-8"), file.name
        assert not pixmap(file.stem, "text", 24).isNull()


def test_figures_have_one_width(qapp: QApplication) -> None:
    Theme.apply(qapp, "light")
    assert interface_font().featureValue(interface_font().featureTags()[0]) == 1
