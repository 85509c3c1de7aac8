"""Getting in: the first run, unlocking, signing in, and every way in which it can fail."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from s2b_desktop.messages import problem_text
from s2b_desktop.models.status import Status
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.language import switch_language
from s2b_desktop.views.entry.entrance import Doorplate, HubCard
from s2b_desktop.views.entry.first_run import ACCOUNT, ADDRESS, CERTIFICATE, FirstRunPage
from s2b_desktop.views.entry.sign_in import UnlockPage
from s2b_desktop.views.entry.window import EntryWindow
from s2b_desktop.views.preferences import Preferences
from tests.views.entry.doubles import FINGERPRINT, Coded, FakeEntrance


@pytest.fixture
def entrance(look: QApplication) -> FakeEntrance:
    return FakeEntrance()


@pytest.fixture
def first_run(qtbot: QtBot, entrance: FakeEntrance) -> FirstRunPage:
    page = FirstRunPage(entrance)
    qtbot.addWidget(page)
    page.show()
    page.begin()
    return page


def to_account(qtbot: QtBot, page: FirstRunPage) -> None:
    QTest.keyClicks(page.address, "hub.example.com")
    QTest.keyClick(page.address, Qt.Key.Key_Return)
    page.agreed.setChecked(True)
    QTest.mouseClick(page.next, Qt.MouseButton.LeftButton)


def test_first_run_walks_through_its_steps(qtbot: QtBot, first_run: FirstRunPage, entrance: FakeEntrance) -> None:
    assert not first_run.next.isEnabled()
    QTest.keyClicks(first_run.address, "hub.example.com")
    QTest.keyClick(first_run.address, Qt.Key.Key_Return)
    assert first_run.stack.currentIndex() == CERTIFICATE
    groups = [label.text() for label in first_run.fingerprint.findChildren(Label)]
    assert groups[:2] == ["9F2C", "41AB"]
    assert "".join(groups).lower() == FINGERPRINT

    QTest.mouseClick(first_run.next, Qt.MouseButton.LeftButton)  # nothing is trusted unseen
    assert first_run.stack.currentIndex() == CERTIFICATE
    assert ("trust", FINGERPRINT) not in entrance.asked
    first_run.agreed.setFocus()
    QTest.keyClick(first_run.agreed, Qt.Key.Key_Return)
    assert first_run.stack.currentIndex() == CERTIFICATE
    QTest.keyClick(first_run.agreed, Qt.Key.Key_Space)
    QTest.keyClick(first_run.agreed, Qt.Key.Key_Return)
    assert ("trust", FINGERPRINT) in entrance.asked

    QTest.keyClicks(first_run.account.login, "guheng")
    QTest.keyClicks(first_run.account.password, "secret")
    QTest.keyClick(first_run.account.password, Qt.Key.Key_Return)
    assert entrance.asked[-1] == ("sign_in", "guheng", "secret")
    first_run.signed_in()
    assert first_run.account.password.text() == ""
    first_run.show_status(Status(online=True, syncing=True, loaded=34_000, expected=101_200))
    assert "34,000" in first_run.progress.detail()
    with qtbot.waitSignal(first_run.finished):
        first_run.show_status(Status(online=True, last_synced=1))


def test_the_download_leads_on_once(qtbot: QtBot, first_run: FirstRunPage) -> None:
    to_account(qtbot, first_run)
    first_run.signed_in()
    first_run.show_status(Status(online=True, last_synced=1))
    with qtbot.assertNotEmitted(first_run.finished):
        first_run.show_status(Status(online=True, last_synced=2))


def test_a_broken_download_says_why_and_lets_one_work(qtbot: QtBot, first_run: FirstRunPage) -> None:
    to_account(qtbot, first_run)
    first_run.signed_in()
    first_run.show_status(Status(online=False, problem="unreachable"))
    said = [label.text() for label in first_run.progress.findChildren(Label)]
    assert problem_text("unreachable") in said
    with qtbot.waitSignal(first_run.finished):
        QTest.mouseClick(first_run.next, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("code", ["unreachable", "not_a_hub", "update_needed"])
def test_a_wrong_address_is_told_at_the_field(
    qtbot: QtBot, first_run: FirstRunPage, entrance: FakeEntrance, code: str
) -> None:
    entrance.error = Coded(code)
    QTest.keyClicks(first_run.address, "wrong.example.com")
    QTest.keyClick(first_run.address, Qt.Key.Key_Return)
    assert first_run.stack.currentIndex() == ADDRESS
    assert first_run.hub_form.row("address").error()
    assert first_run.address.text() == "wrong.example.com"
    assert first_run.next.isEnabled()


def test_a_wrong_password_is_told_at_the_field(qtbot: QtBot, first_run: FirstRunPage, entrance: FakeEntrance) -> None:
    to_account(qtbot, first_run)
    entrance.error = Coded("wrong_password")
    QTest.keyClicks(first_run.account.login, "guheng")
    QTest.keyClicks(first_run.account.password, "nope")
    QTest.keyClick(first_run.account.password, Qt.Key.Key_Return)
    assert first_run.stack.currentIndex() == ACCOUNT
    assert first_run.account.row("password").error() == problem_text("wrong_password")
    assert first_run.account.login.text() == "guheng"


@pytest.mark.parametrize("code", ["device_revoked", "too_many_attempts", "other_organisation", "never_heard_of"])
def test_other_refusals_stand_above_the_form(
    qtbot: QtBot, first_run: FirstRunPage, entrance: FakeEntrance, code: str
) -> None:
    to_account(qtbot, first_run)
    entrance.error = Coded(code)
    QTest.keyClicks(first_run.account.login, "guheng")
    QTest.keyClicks(first_run.account.password, "secret")
    QTest.keyClick(first_run.account.password, Qt.Key.Key_Return)
    assert first_run.banner.isVisible()
    assert first_run.banner.text() == problem_text(code)


def test_an_exception_without_a_code_keeps_its_inner_side(
    qtbot: QtBot, first_run: FirstRunPage, entrance: FakeEntrance
) -> None:
    entrance.error = RuntimeError("/home/somebody/secret.db: disk I/O error")
    QTest.keyClicks(first_run.address, "hub.example.com")
    QTest.keyClick(first_run.address, Qt.Key.Key_Return)
    assert first_run.banner.text() == problem_text("unexpected")


def test_a_changed_certificate_is_no_silent_matter(
    qtbot: QtBot, first_run: FirstRunPage, entrance: FakeEntrance
) -> None:
    first_run.again(HubCard("https://hub.example.com:8443", "S2B", "PEM2", "ab" * 32, before="cd" * 32))
    assert first_run.stack.currentIndex() == CERTIFICATE
    said = " ".join(label.text() for label in first_run.findChildren(Label) if label.isVisible())
    assert "证书与您信任的不同" in said
    assert "CDCD CDCD" in said
    assert not first_run.next.isEnabled()
    first_run.go_on()
    assert not entrance.asked


def test_unlocking_offers_who_was_here_last(qtbot: QtBot, look: QApplication) -> None:
    entrance = FakeEntrance("lin", "gu", hub="https://hub.example.com:8443")
    page = UnlockPage(entrance)
    qtbot.addWidget(page)
    page.show()
    page.begin()
    assert page.person.value() == "lin"
    page.begin("gu")
    assert page.person.value() == "gu"
    QTest.keyClick(page.password, Qt.Key.Key_Return)
    assert page.form.row("password").error()
    entrance.error = Coded("wrong_password")
    QTest.keyClicks(page.password, "nope")
    QTest.keyClick(page.password, Qt.Key.Key_Return)
    assert entrance.asked == [("unlock", "gu", "nope")]
    assert page.form.row("password").error()
    assert page.go.isEnabled()
    entrance.error = Coded("keys_locked")
    page.submit()
    assert page.banner.text() == problem_text("keys_locked")


def test_the_window_begins_where_it_should(qtbot: QtBot, look: QApplication) -> None:
    for people, hub, expected in (
        ((), "", "first_run"),
        ((), "https://hub.example.com:8443", "sign_in"),
        (("gu",), "https://hub.example.com:8443", "unlock"),
    ):
        window = EntryWindow(FakeEntrance(*people, hub=hub), Preferences())
        qtbot.addWidget(window)
        window.show_start()
        assert window.stack.currentWidget() is getattr(window, expected)


def test_another_account_and_back(qtbot: QtBot, look: QApplication) -> None:
    window = EntryWindow(FakeEntrance("gu", hub="https://hub.example.com:8443"), Preferences())
    qtbot.addWidget(window)
    window.show()
    window.show_start()
    QTest.mouseClick(window.unlock.other, Qt.MouseButton.LeftButton)
    assert window.stack.currentWidget() is window.sign_in
    assert "hub.example.com" in window.sign_in.sentence.text()
    QTest.mouseClick(window.sign_in.leave, Qt.MouseButton.LeftButton)
    assert window.stack.currentWidget() is window.unlock


def test_the_entry_changes_its_language_while_it_is_shown(qtbot: QtBot, look: QApplication) -> None:
    window = EntryWindow(FakeEntrance("gu", hub="https://hub.example.com:8443"), Preferences())
    qtbot.addWidget(window)
    window.show()
    window.show_start()
    assert window.unlock.title.text() == "欢迎回来"
    switch_language(look, "en")
    assert window.unlock.title.text() == "Welcome back"
    assert window.unlock.go.text() == "Unlock"


def test_a_revoked_pc_says_what_happens_to_unsent_work(qtbot: QtBot, entrance: FakeEntrance) -> None:
    entrance.plate = Doorplate((), "https://hub.example.com:8443", FINGERPRINT, sealed=True)
    entrance.error = Coded("unreachable")
    window = EntryWindow(entrance, Preferences())
    qtbot.addWidget(window)
    window.show_start()
    window.show()
    page = window.revoked
    assert window.stack.currentWidget() is page
    assert entrance.asked == [("hand_in",)]
    assert page.again.isVisible()
    entrance.error = None
    QTest.mouseClick(page.again, Qt.MouseButton.LeftButton)
    assert not page.again.isVisible()
    QTest.mouseClick(page.anew, Qt.MouseButton.LeftButton)
    assert window.stack.currentWidget() is window.sign_in
