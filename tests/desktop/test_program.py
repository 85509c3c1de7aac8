"""The program as a whole: a real hub, a real profile, real windows without a screen."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from s2b_desktop import __version__
from s2b_desktop.__main__ import main
from s2b_desktop.app import Program, _show_whole
from s2b_desktop.messages import problem_text
from s2b_desktop.models import keys
from s2b_desktop.models.profile import Profile
from s2b_desktop.text import set_language
from s2b_desktop.views.common.theme import Theme
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.entry.first_run import ADDRESS, CERTIFICATE
from s2b_desktop.views.entry.instance import FirstStart
from s2b_desktop.views.parties.page import CompanyPage
from s2b_desktop.views.preferences import Preferences, grouped
from s2b_domain.commands.parties import Apply
from tests.desktop.hub_process import PASSWORD, RunningHub, command_line, start_hub, stop_hub

WAIT = 30_000
Start = Callable[[], Program]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    running = start_hub(tmp_path)
    yield running
    if running.process.poll() is None:
        stop_hub(running)


@pytest.fixture
def start(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Start]:
    """Starts the program over the one profile of this test; the one before has ended by then."""
    set_language("zh_CN")
    Theme.apply(qapp, "light")
    running: list[Program] = []

    def begin() -> Program:
        for program in running:
            program.close()
            program.deleteLater()
        running.clear()
        running.append(Program(Profile(tmp_path / "profile"), Preferences()))
        running[0].start()
        return running[0]

    yield begin
    for program in running:
        program.close()
        program.deleteLater()


def press(button: object) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


def sign_in(qtbot: QtBot, program: Program, hub: RunningHub) -> None:
    """Go through the first run."""
    page = program.entry.first_run
    page.address.setText(hub.address.removeprefix("https://"))
    press(page.next)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == CERTIFICATE, timeout=WAIT)
    page.agreed.setChecked(True)
    press(page.next)
    page.account.login.setText("guheng")
    page.account.password.setText(PASSWORD)
    press(page.next)
    qtbot.waitUntil(lambda: program.window is not None and program.window.isVisible(), timeout=WAIT)


def unlock(qtbot: QtBot, program: Program) -> None:
    page = program.entry.unlock
    qtbot.waitUntil(lambda: program.entry.stack.currentWidget() is page, timeout=WAIT)
    page.password.setText(PASSWORD)
    press(page.go)
    qtbot.waitUntil(lambda: program.window is not None and program.window.isVisible(), timeout=WAIT)


def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise keys.KeyringUnavailable("none")

    monkeypatch.setattr(keys, "load", fail)
    monkeypatch.setattr(keys, "store", fail)


def test_a_screen_with_too_little_room_is_filled(qtbot: QtBot, start: Start) -> None:
    """Without a screen Qt has one of 800 x 800."""
    entry = start().entry
    assert entry.isMaximized()
    entry.showNormal()
    entry.hide()
    entry.resize(800, 700)
    _show_whole(entry)
    assert not entry.isMaximized()


@pytest.mark.journey
def test_first_run_against_a_real_hub(qtbot: QtBot, start: Start, hub: RunningHub) -> None:
    program = start()
    page = program.entry.first_run
    assert program.entry.stack.currentWidget() is page
    page.address.setText("127.0.0.1:1")
    press(page.next)
    qtbot.waitUntil(lambda: bool(page.hub_form.row("address").error()), timeout=WAIT)
    assert page.stack.currentIndex() == ADDRESS

    page.address.setText(hub.address.removeprefix("https://"))
    press(page.next)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == CERTIFICATE, timeout=WAIT)
    assert page.fingerprint.accessibleName().endswith(grouped(hub.fingerprint))
    page.agreed.setChecked(True)
    press(page.next)
    page.account.login.setText("guheng")
    page.account.password.setText("not this one")
    press(page.next)
    qtbot.waitUntil(lambda: bool(page.account.row("password").error()), timeout=WAIT)
    page.account.password.setText(PASSWORD)
    press(page.next)
    qtbot.waitUntil(lambda: program.window is not None and program.window.isVisible(), timeout=WAIT)
    assert program.window is not None
    assert program.window.windowTitle() == "S2B · 杭州恒丰食品"
    assert program.preferences.installation.hub_name == "S2B 平台"
    assert not program.entry.isVisible()


@pytest.mark.journey
def test_work_goes_on_offline_and_survives_a_restart(
    qtbot: QtBot, start: Start, hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_keyring(monkeypatch)
    program = start()
    sign_in(qtbot, program, hub)
    stop_hub(hub)
    desk = program.desk
    assert desk is not None
    assert program.window is not None
    program.window.navigate("company")
    page = program.window.page("company")
    assert isinstance(page, CompanyPage)
    page.form.licence.setText("91330108765432109X")
    page.form.contact.setText("顾恒")
    page.form.phone.set_number("13806510001")
    page.form.address.setText("良渚物流园 8 号")
    press(page.submit)
    qtbot.waitUntil(lambda: desk.status().waiting == 1, timeout=WAIT)

    program = start()
    unlock(qtbot, program)
    again = program.desk
    assert again is not None
    qtbot.waitUntil(lambda: again.status().waiting == 1, timeout=WAIT)
    qtbot.waitUntil(lambda: again.status().problem == "unreachable", timeout=WAIT)
    (item,) = again.queue()
    assert isinstance(item.message, Apply)
    assert item.state in ("waiting", "sending")


@pytest.mark.journey
def test_unlocking_needs_the_right_password(
    qtbot: QtBot, start: Start, hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_keyring(monkeypatch)
    sign_in(qtbot, start(), hub)
    program = start()
    page = program.entry.unlock
    qtbot.waitUntil(lambda: program.entry.stack.currentWidget() is page, timeout=WAIT)
    page.password.setText("not this one")
    press(page.go)
    qtbot.waitUntil(lambda: bool(page.form.row("password").error()), timeout=WAIT)
    assert program.window is None
    unlock(qtbot, program)
    assert not program.preferences.installation.keyring


@pytest.mark.journey
def test_the_keyring_opens_without_a_question(qtbot: QtBot, start: Start, hub: RunningHub) -> None:
    sign_in(qtbot, start(), hub)
    program = start()
    qtbot.waitUntil(lambda: program.window is not None and program.window.isVisible(), timeout=WAIT)
    assert program.preferences.installation.keyring


@pytest.mark.journey
def test_locking_hides_everything_until_the_password(qtbot: QtBot, start: Start, hub: RunningHub) -> None:
    program = start()
    sign_in(qtbot, program, hub)
    window = program.window
    assert window is not None
    window.lock_asked.emit()
    assert not window.isVisible()
    assert program.entry.isVisible()
    page = program.entry.unlock
    page.password.setText("not this one")
    press(page.go)
    qtbot.waitUntil(lambda: bool(page.form.row("password").error()), timeout=WAIT)
    assert not window.isVisible()
    unlock(qtbot, program)
    assert program.window is window, "work is as it was left"


def test_sealed_work_that_cannot_be_handed_in_may_be_tried_again(qtbot: QtBot, start: Start) -> None:
    program = start()
    program.profile.folder.mkdir(parents=True, exist_ok=True)
    (program.profile.folder / "sealed-1.box").write_bytes(b"damaged")
    page = program.entry.revoked
    program.entry.show_revoked()
    assert not page.again.isEnabled()
    qtbot.waitUntil(page.again.isEnabled)
    assert page.again.isVisible()


@pytest.mark.journey
def test_who_goes_back_while_signing_in_has_one_desk(qtbot: QtBot, start: Start, hub: RunningHub) -> None:
    program = start()
    sign_in(qtbot, program, hub)
    program.sign_in_again()
    entry = program.entry
    entry.sign_in.form.password.setText(PASSWORD)
    press(entry.sign_in.go)
    press(entry.sign_in.leave)
    entry.unlock.password.setText(PASSWORD)
    press(entry.unlock.go)
    answered: list[bool] = []
    program._background.run("entry", lambda: True, answered.append)
    qtbot.waitUntil(lambda: bool(answered), timeout=WAIT)
    workspace = program._workspace
    assert workspace is not None
    assert len(workspace.listeners) == 1
    assert program.window is not None
    assert program.window.desk is program.desk


@pytest.mark.journey
def test_signing_out_asks_for_the_password_and_keeps_the_queue(qtbot: QtBot, start: Start, hub: RunningHub) -> None:
    program = start()
    sign_in(qtbot, program, hub)
    stop_hub(hub)
    desk = program.desk
    assert desk is not None
    apply = Apply(name="恒丰", licence_number="9" * 18, contact="顾恒", phone="138", region="", address="杭州")
    done: list[int] = []
    desk.submit(apply, done=done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=WAIT)
    program.sign_out()
    assert program.window is None
    assert program.entry.stack.currentWidget() is program.entry.unlock
    unlock(qtbot, program)
    assert program.desk is not None
    assert [item.message for item in program.desk.queue()] == [apply]


@pytest.mark.journey
def test_another_certificate_is_never_accepted_in_silence(
    qtbot: QtBot, start: Start, hub: RunningHub, tmp_path: Path
) -> None:
    program = start()
    sign_in(qtbot, program, hub)
    (tmp_path / "other").mkdir()
    other = start_hub(tmp_path / "other")
    try:
        # The same address answers with another certificate: as if somebody stood in between.
        program.profile.save(hub_address=other.address)
        program.sign_in_again()
        page = program.entry.sign_in
        page.form.password.setText(PASSWORD)
        press(page.go)
        first_run = program.entry.first_run
        qtbot.waitUntil(lambda: program.entry.stack.currentWidget() is first_run, timeout=WAIT)
        assert first_run.stack.currentIndex() == CERTIFICATE
        assert not first_run.next.isEnabled()
        assert program.profile.settings.certificate
        assert grouped(other.fingerprint) in first_run.fingerprint.accessibleName()
    finally:
        stop_hub(other)


@pytest.mark.journey
def test_a_spreadsheet_is_imported_without_a_window(
    qtbot: QtBot, start: Start, hub: RunningHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = start()
    sign_in(qtbot, program, hub)
    sheet = tmp_path / "goods.csv"
    sheet.write_text(
        "SKU编码,商品名称,供货价,库存\n000001,农夫山泉 550ml,26.50,40\n000002,怡宝 555ml,24.80,30\n", "utf-8"
    )
    command = ["import", str(sheet), "--json", "--profile", str(program.profile.folder)]
    lock = program.profile.lock()
    assert main(command) == 2, "the window has the profile"
    assert problem_text("profile_in_use") in capsys.readouterr().out
    program.close()
    lock.release()
    assert main([*command, "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["new"] == 2
    assert main(command) == 0
    capsys.readouterr()
    assert main([*command, "--dry-run"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["new"], again["unchanged"]) == (0, 2)


def test_an_unexpected_exception_is_told_in_warm_words(qtbot: QtBot, start: Start) -> None:
    program = start()
    program.unexpected(ValueError, ValueError("/home/x/secret"), None)
    (toast,) = ToastArea.of(program.entry).toasts()
    assert toast.text() == problem_text("unexpected")


SECOND = "from pathlib import Path; import sys; from s2b_desktop.views.entry.instance import raise_first; "
SECOND += "sys.exit(0 if raise_first(Path(sys.argv[1]), 10_000) else 3)"


def test_a_second_start_raises_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    first = FirstStart(tmp_path)
    with qtbot.waitSignal(first.asked, timeout=WAIT):
        second = subprocess.Popen([sys.executable, "-c", SECOND, str(tmp_path)])
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=WAIT)
    assert second.returncode == 0
    first.close()
    first.deleteLater()


def test_a_first_start_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", SECOND, str(tmp_path)], timeout=60, check=False)
    assert done.returncode == 3


def test_the_command_line_answers_without_qt() -> None:
    code = "import sys; from s2b_desktop.__main__ import main\n"
    code += "try: main(['--version'])\nexcept SystemExit: pass\n"
    code += "main(['import', 'nothing.xlsx', '--dry-run', '--json'])\n"
    code += "assert not [name for name in sys.modules if name.startswith('PySide6')]"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[0] == f"s2b-desktop {__version__}"
    assert "no_such_file" in done.stdout


def test_the_first_window_waits_for_no_tables() -> None:
    code = "import sys; import s2b_desktop.app\n"
    code += (
        "print(*{'sqlalchemy', 'requests', 'openpyxl', 's2b_domain.commands', 's2b_domain.intake'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


@pytest.mark.journey
def test_a_revoked_pc_closes_itself_and_may_be_signed_in_anew(qtbot: QtBot, start: Start, hub: RunningHub) -> None:
    program = start()
    sign_in(qtbot, program, hub)
    assert program.desk is not None
    command_line("device", "revoke", "--data", str(hub.data), "--device", "D1")
    program.desk.sync_now()
    qtbot.waitUntil(lambda: program.entry.stack.currentWidget() is program.entry.revoked, timeout=WAIT)
    assert program.window is None
    assert not list(program.profile.folder.glob("*.db"))
    program = start()
    page = program.entry.sign_in
    qtbot.waitUntil(lambda: program.entry.stack.currentWidget() is page, timeout=WAIT)
    page.form.login.setText("guheng")
    page.form.password.setText(PASSWORD)
    press(page.go)
    qtbot.waitUntil(lambda: program.window is not None and program.window.isVisible(), timeout=WAIT)
    assert "D2" in command_line("device", "list", "--data", str(hub.data))
