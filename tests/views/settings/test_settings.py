"""Settings take effect at once and are kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from s2b_desktop.text import language
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.theme import Theme
from s2b_desktop.views.preferences import Installation, Preferences, grouped
from s2b_desktop.views.settings.page import SettingsPage
from s2b_desktop.views.settings.systems import NameDialog, SecretDialog
from s2b_domain.wire import AskTokens
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.dialogs import answer

Kept = list[tuple[str, str]]


@pytest.fixture
def kept() -> Kept:
    return []


@pytest.fixture
def page(qtbot: QtBot, merchant: FakeDesk, kept: Kept) -> SettingsPage:
    told = Installation(version="9.9", hub_address="https://hub.example.com:8443", fingerprint="ab:cd:12:34")
    preferences = Preferences(installation=told, save=lambda name, value: kept.append((name, value)))
    made = SettingsPage(merchant, lambda key, what: None, preferences)
    preferences.setParent(made)
    qtbot.addWidget(made)
    made.resize(1160, 760)
    made.show()
    return made


def test_the_language_changes_at_once(page: SettingsPage, kept: Kept) -> None:
    assert page.languages["zh_CN"].isChecked()
    QTest.mouseClick(page.languages["en"], Qt.MouseButton.LeftButton, pos=page.languages["en"].rect().center())
    assert language() == "en"
    assert page.accessibleName()
    assert "Appearance" in [label.text() for label in page.findChildren(Label)]
    assert kept == [("language", "en")]


def test_the_look_changes_at_once(page: SettingsPage, kept: Kept, look: QApplication) -> None:
    page.themes["dark"].click()
    assert (Theme.scheme, kept) == ("dark", [("theme", "dark")])
    page.themes["light"].click()
    assert (Theme.scheme, kept[-1]) == ("light", ("theme", "light"))


def test_the_row_height_is_told_to_tables(qtbot: QtBot, page: SettingsPage, kept: Kept) -> None:
    with qtbot.waitSignal(page._preferences.density_changed):
        page.densities["compact"].click()
    assert kept == [("density", "compact")]


def test_hub_and_fingerprint_are_read_only_facts(page: SettingsPage) -> None:
    texts = [label.text() for label in page.findChildren(Label)]
    assert "https://hub.example.com:8443" in texts
    assert "ABCD 1234" in texts


def test_support_gets_no_names(page: SettingsPage, merchant: FakeDesk) -> None:
    (copy,) = [b for b in page.findChildren(Button) if b.text() == "复制给支持人员"]
    copy.click()
    said = QGuiApplication.clipboard().text()
    assert "S2B Desktop 9.9" in said
    assert merchant.actor.id in said
    assert merchant.actor.name not in said


def test_fingerprints_are_grouped_however_they_come() -> None:
    assert grouped("ab:cd:12:34") == grouped("ABCD1234") == grouped("ABCD 1234") == "ABCD 1234"


def test_what_is_changed_elsewhere_shows_here(page: SettingsPage, look: QApplication) -> None:
    page._preferences.set_theme("dark")
    assert page.themes["dark"].isChecked()
    page._preferences.set_density("compact")
    assert page.densities["compact"].isChecked()


@pytest.fixture
def supplier_page(qtbot: QtBot, desk_of: Callable[..., FakeDesk]) -> SettingsPage:
    desk = desk_of(world.SUPPLIER)
    preferences = Preferences(installation=Installation(), save=lambda name, value: None)
    made = SettingsPage(desk, lambda key, what: None, preferences)
    preferences.setParent(made)
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_supplier_connects_and_ends_its_own_systems(supplier_page: SettingsPage) -> None:
    page = supplier_page.systems
    desk = supplier_page._desk
    assert isinstance(desk, FakeDesk)
    assert len(page.revoking) == 1

    def name(dialog: NameDialog) -> None:
        dialog.accept()
        assert dialog.isVisible()
        dialog.field.setText("用友")
        dialog.accept()

    def read(dialog: SecretDialog) -> None:
        assert dialog.field.text() == "s2b_3kVq9cQx1Zt7"
        dialog.accept()

    page.add.click()
    answer(NameDialog, name)
    answer(SecretDialog, read)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not page.findChildren(QDialog), "nobody finds the secret afterwards"
    assert desk.asked_tokens[-1] == AskTokens(action="issue", name="用友")
    assert len(page.revoking) == 2
    page.revoking[0].click()
    answer(Confirm, lambda dialog: dialog.accept())
    assert desk.asked_tokens[-1] == AskTokens(action="revoke", token_id="t1")
    assert len(page.revoking) == 1


def test_only_a_suppliers_manager_has_own_systems(page: SettingsPage) -> None:
    assert not hasattr(page, "systems")
