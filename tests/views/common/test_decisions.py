"""Picker, wizard, toasts, progress, questions and banners."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from s2b_desktop.text import set_language
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.chips import Chips
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt, open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.form import FormRow
from s2b_desktop.views.common.menus import drop
from s2b_desktop.views.common.picker import ProductPicker, ProductRow
from s2b_desktop.views.common.progress import ProgressStrip
from s2b_desktop.views.common.timeline import Timeline, TimelineEntry
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.common.wizard import StepWizard
from tests.views.dialogs import answer


def _shown(qtbot: QtBot, widget: QWidget) -> QWidget:
    qtbot.addWidget(widget)
    widget.resize(600, 400)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()
    return widget


def test_picker_takes_by_keyboard(qtbot: QtBot) -> None:
    asked: list[tuple[str, int]] = []

    def provide(query: str, limit: int) -> list[ProductRow]:
        asked.append((query, limit))
        return [ProductRow(n, f"goods {n}", price="¥1.00") for n in range(3)] if query != "none" else []

    window = _shown(qtbot, QWidget())
    picker = ProductPicker(provide, limit=20, parent=window)
    picker.show()
    picker.setFocus()
    QTest.keyClicks(picker, "zn")
    qtbot.waitUntil(picker.results().isVisible)
    assert asked == [("zn", 20)]
    QTest.keyClick(picker, Qt.Key.Key_Down)
    with qtbot.waitSignal(picker.picked) as picked:
        QTest.keyClick(picker, Qt.Key.Key_Return)
    assert picked.args == [1]
    assert picker.text() == ""
    QTest.keyClicks(picker, "6921168509256")
    with qtbot.waitSignal(picker.picked) as scanned:
        QTest.keyClick(picker, Qt.Key.Key_Return)
    assert scanned.args == [0]
    QTest.keyClicks(picker, "none")
    with qtbot.assertNotEmitted(picker.picked):
        QTest.keyClick(picker, Qt.Key.Key_Return)


def test_an_error_goes_when_something_else_is_written(qtbot: QtBot) -> None:
    field = QLineEdit()
    row = FormRow("Amount", field)
    qtbot.addWidget(row)
    row.set_error("This is wrong")
    QTest.keyClicks(field, "1")
    assert row.error() == ""
    field.textEdited.connect(lambda text: row.set_error("This is wrong" if text == "12" else ""))
    QTest.keyClicks(field, "2")
    assert row.error(), "the page has looked again"


def test_a_question_grows_with_what_is_told_later(qtbot: QtBot) -> None:
    prompt = Confirm("Title", "What follows of it is told in so many words that they take three lines. " * 3, "Do it")
    row = FormRow("Amount", QLineEdit())
    prompt.middle.addWidget(row)
    qtbot.addWidget(prompt)
    with qtbot.waitExposed(prompt):
        prompt.show()
    before = prompt.height()
    row.set_error("This is wrong")
    qtbot.waitUntil(lambda: row.height() >= row.heightForWidth(row.width()))
    assert prompt.height() > before
    row.set_error("")
    qtbot.waitUntil(lambda: prompt.height() == before)
    prompt.resize(prompt.width(), before + 90)
    row.set_error("This is wrong")
    row.set_error("")
    QApplication.processEvents()
    assert prompt.height() == before + 90, "whoever made it taller wants it so"


def needed(prompt: Confirm) -> int:
    layout = prompt.layout()
    assert layout is not None
    return layout.totalHeightForWidth(prompt.width())


@pytest.mark.parametrize("words", [5, 12, 18, 30])
def test_a_question_is_as_tall_as_its_words_and_no_taller(qtbot: QtBot, words: int) -> None:
    prompt, chips = Confirm("Ask", "what it does " * words, "Do it"), Chips()
    chips.set_chosen({str(n): f"Goods {n} of many" for n in range(2)})
    prompt.middle.addWidget(chips)
    qtbot.addWidget(prompt)
    with qtbot.waitExposed(prompt):
        prompt.show()
    assert prompt.height() == needed(prompt)


def test_the_verb_has_a_key_where_enter_belongs_to_another(qtbot: QtBot) -> None:
    prompt = ReasonPrompt("Reject this?", "The supplier reads your reason.", "Reject")
    qtbot.addWidget(prompt)
    with qtbot.waitActive(prompt):
        prompt.show()
        prompt.activateWindow()
    prompt.field.setFocus()
    QTest.keyClicks(prompt.field, "wrong picture")
    QTest.keyClick(prompt.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert prompt.result() == QDialog.DialogCode.Accepted
    assert prompt.reason() == "wrong picture"


def test_a_question_that_grows_beyond_the_screen_moves_up(qtbot: QtBot) -> None:
    prompt = Confirm("Take it back?", "", "Take it back")
    qtbot.addWidget(prompt)
    with qtbot.waitExposed(prompt):
        prompt.show()
    bottom = prompt.screen().availableGeometry().bottom()
    prompt.move(0, bottom - prompt.frameGeometry().height() - 10)
    for n in range(6):
        prompt.middle.addWidget(FormRow(f"Row {n}", QLineEdit()))
    qtbot.waitUntil(lambda: prompt.height() > 300)
    assert prompt.frameGeometry().bottom() <= bottom


def test_suggested_reasons_take_as_many_lines_as_they_need(qtbot: QtBot) -> None:
    prompt = ReasonPrompt("Refuse", "", "Do it", ("The time for returns is over",) * 4)
    qtbot.addWidget(prompt)
    with qtbot.waitExposed(prompt):
        prompt.show()
    assert prompt.width() == 440
    assert all(b.width() >= b.sizeHint().width() for b in prompt.suggestions)
    assert prompt.suggestions[-1].geometry().bottom() < prompt.row.geometry().top()


def test_wizard_goes_on_only_from_valid_steps(qtbot: QtBot) -> None:
    wizard = StepWizard(finish_text="Undo")
    qtbot.addWidget(wizard)
    fine = False
    wizard.add_step("Search", QWidget(), lambda: fine)
    wizard.add_step("Reason", QWidget())
    assert not wizard.next.isEnabled()
    wizard.go_next()
    assert wizard.current() == 0
    fine = True
    wizard.step_changed()
    wizard.next.click()
    assert wizard.current() == 1
    assert wizard.next.text() == "Undo"
    with qtbot.waitSignal(wizard.finished):
        wizard.next.click()
    wizard.back.click()
    assert wizard.current() == 0
    assert wizard._header.accessibleName() == "Step 1 of 2: Search"
    with qtbot.waitSignal(wizard.cancelled):
        wizard.cancel.click()


def test_toast_undoes_once_by_keyboard(qtbot: QtBot) -> None:
    window = _shown(qtbot, QWidget())
    undone: list[bool] = []
    area = ToastArea.of(window)
    assert ToastArea.of(window) is area
    toast = area.show_toast("Offline", callback=lambda: undone.append(True))
    QTest.keyClick(window, Qt.Key.Key_F6)
    assert toast.action is not None
    assert window.focusWidget() is toast.action
    with qtbot.waitSignals([toast.undone, toast.gone]):
        QTest.keyClick(toast.action, Qt.Key.Key_Space)
    assert undone == [True]
    assert area.toasts() == []


def test_toast_leaves_by_itself_but_not_under_the_mouse(qtbot: QtBot) -> None:
    window = _shown(qtbot, QWidget())
    area = ToastArea.of(window)
    toast = area.show_toast("Offline", shown_ms=60_000)
    here = QPointF(5, 5)
    QApplication.sendEvent(toast, QEnterEvent(here, here, here))
    assert not toast.is_counting()
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    assert toast.is_counting()
    with qtbot.waitSignal(toast.gone):
        toast._timer.start(0)
    assert area.toasts() == []


def test_toasts_stack_with_the_newest_lowest_and_three_at_most(qtbot: QtBot) -> None:
    window = _shown(qtbot, QWidget())
    area = ToastArea.of(window)
    for _n in range(5):
        area.show_toast("Offline")
    tops = [toast.y() for toast in area.toasts()]
    assert len(tops) == 3
    assert tops == sorted(tops)
    assert area.toasts()[-1].geometry().bottom() < window.height()


def test_progress_says_rate_and_time_left(qtbot: QtBot) -> None:
    strip = ProgressStrip("Search")
    qtbot.addWidget(strip)
    strip.set_progress(4000, 10_000, 8000)
    assert strip.detail() == "40% · 4,000 of 10,000 · 500 per second · 12 s left"
    strip.set_progress(4000, None, 8000)
    assert strip.detail() == "4,000 · 500 per second"
    strip.set_progress(0, 10, 0)
    assert strip.detail() == "0% · 0 of 10"
    with qtbot.waitSignal(strip.cancelled):
        strip._cancel.click()
    with qtbot.waitSignal(strip.sent_back):
        strip._back.click()
    assert strip.isHidden()


def test_dangerous_question_keeps_by_default(qtbot: QtBot) -> None:
    dialog = Confirm("Search", "Offline", "Undo", tone="danger")
    _shown(qtbot, dialog)
    assert dialog.keep.isDefault()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Rejected
    plain = Confirm("Search", "Offline", "Undo")
    _shown(qtbot, plain)
    QTest.keyClick(plain, Qt.Key.Key_Return)
    assert plain.result() == QDialog.DialogCode.Accepted


def test_a_reason_is_required_and_may_be_suggested(qtbot: QtBot) -> None:
    prompt = ReasonPrompt("Search", "Offline", "Undo", ["Close", "Back"])
    _shown(qtbot, prompt)
    assert not prompt.verb.isEnabled()
    prompt.accept()
    assert prompt.isVisible()
    assert prompt.row.error() == "Please give a reason"
    set_language("zh_CN")
    prompt.suggestions[0].click()
    assert prompt.reason() == "关闭"
    assert prompt.verb.isEnabled()
    prompt.verb.click()
    assert prompt.result() == QDialog.DialogCode.Accepted


def test_banner_and_empty_state_offer_their_action(qtbot: QtBot) -> None:
    done: list[str] = []
    banner = Banner("warn", "Offline", action="Search", callback=lambda: done.append("b"), closable=True)
    empty = EmptyState("inbox", "Nothing here yet", action="Search", callback=lambda: done.append("e"))
    for widget in (banner, empty):
        _shown(qtbot, widget)
    first, close = banner.findChildren(QPushButton)
    first.click()
    assert empty.action is not None
    empty.action.click()
    assert done == ["b", "e"]
    with qtbot.waitSignal(banner.closed):
        close.click()
    assert not banner.isVisible()


def test_timeline_speaks_and_grows(qtbot: QtBot) -> None:
    line = Timeline([TimelineEntry("Offline", 1_800_000_000_000, "Li", "Close", pending=True)])
    _shown(qtbot, line)
    one = line.heightForWidth(300)
    assert "Waiting to sync" in line.accessibleDescription()
    line.set_events([TimelineEntry("Offline"), TimelineEntry("Reason", note="x " * 200)])
    assert line.heightForWidth(300) > one
    assert line.heightForWidth(150) > line.heightForWidth(600)


def test_a_button_names_the_key_that_its_page_hears(qtbot: QtBot) -> None:
    plain, wears = Button("Accept"), Button("Accept", key="A", shortcut="Ctrl+Return")
    for button in (plain, wears):
        qtbot.addWidget(button)
    assert wears.text() == "Accept"
    assert wears.sizeHint().width() > plain.sizeHint().width(), "there is room for it"
    assert wears.toolTip() == "Accept  (A / Ctrl+Enter)", "as the keys are labelled"


def test_a_button_that_goes_grey_does_not_give_its_focus_to_undo(qtbot: QtBot) -> None:
    window = QWidget()
    field, accept = QLineEdit(window), QPushButton("Accept", window)
    _shown(qtbot, window)
    toast = ToastArea.of(window).show_toast("Offline", callback=lambda: None)
    accept.setFocus()
    accept.setEnabled(False)
    assert window.focusWidget() is field
    with qtbot.waitSignal(toast.gone):
        toast._timer.start(0)


def test_a_toast_stays_while_somebody_is_in_it_and_gives_the_focus_back(qtbot: QtBot) -> None:
    window = QWidget()
    field = QLineEdit(window)
    _shown(qtbot, window)
    toast = ToastArea.of(window).show_toast("Offline", callback=lambda: None)
    field.setFocus()
    QTest.keyClick(window, Qt.Key.Key_F6)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert window.focusWidget() is toast.dismiss_button
    toast._expire()
    assert toast.is_counting()
    with qtbot.waitSignal(toast.gone):
        QTest.keyClick(toast.dismiss_button, Qt.Key.Key_Escape)
    assert window.focusWidget() is field


def test_going_elsewhere_takes_plain_confirmations_away(qtbot: QtBot) -> None:
    window = _shown(qtbot, QWidget())
    area = ToastArea.of(window)
    said = area.show_toast("Cleared")
    wrong = area.show_toast("Offline", tone="bad")
    undo = area.show_toast("Cleared", callback=lambda: None)
    qtbot.waitUntil(lambda: undo.settled)
    assert said.settled
    with qtbot.waitSignal(said.gone):
        area.leave_page()
    assert area.toasts() == [wrong, undo]


def test_what_is_said_while_going_elsewhere_stays(qtbot: QtBot) -> None:
    area = ToastArea.of(_shown(qtbot, QWidget()))
    placed = area.show_toast("Cleared")
    area.leave_page()
    assert area.toasts() == [placed]


def test_a_question_that_was_answered_goes(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()

    def reason(dialog: ReasonPrompt) -> None:
        dialog.field.setPlainText("late")
        dialog.accept()

    said: list[str] = []
    open_prompt(Confirm("Sign out?", "", "Sign out", parent=window), lambda: said.append("out"))
    answer(Confirm, lambda dialog: dialog.accept())
    open_prompt(Confirm("Sign out?", "", "Sign out", parent=window), lambda: said.append("out"))
    answer(Confirm, lambda dialog: dialog.reject())
    prompt = ReasonPrompt("Reject this?", "", "Reject", parent=window)
    open_prompt(prompt, lambda: said.append(prompt.reason()))
    answer(ReasonPrompt, reason)
    assert said == ["out", "late"]
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert window.findChildren(QDialog) == []


def test_a_double_click_asks_once(qtbot: QtBot) -> None:
    window = QWidget()
    asking = QPushButton("Sign out", window)
    asking.clicked.connect(lambda: open_prompt(Confirm("Sign out?", "", "Sign out", parent=window)))
    _shown(qtbot, window)
    at = asking.rect().center()
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=at)
    assert len(window.findChildren(QDialog)) == 1
    answer(Confirm, lambda dialog: dialog.reject())


def test_a_dialog_begins_in_its_first_field(qtbot: QtBot) -> None:
    prompt, first = Confirm("Title", "What follows", "Do it"), QLineEdit()
    plain = Confirm("Title", "What follows", "Do it")
    prompt.middle.addWidget(FormRow("Amount", first))
    prompt.middle.addWidget(FormRow("Note", QLineEdit(), optional=True))
    for each, focused in ((prompt, first), (plain, plain.verb)):
        qtbot.addWidget(each)
        with qtbot.waitExposed(each):
            each.show()
        assert each.focusWidget() is focused


def test_a_menu_opens_under_the_button_in_use(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    button = Button("Search", lambda: drop(menu), parent=window)
    button.move(40, 60)
    menu = QMenu(window)
    menu.addAction("Search")
    window.resize(300, 300)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert menu.pos() == button.mapToGlobal(QPoint(0, button.height() + 4))
    menu.close()
