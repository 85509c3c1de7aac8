"""Fields, forms and the scan field under real keys."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from s2b_desktop.views.common.fields import MoneyField, PhoneField, QuantityField, UnitPriceField
from s2b_desktop.views.common.form import Form
from s2b_desktop.views.common.scan import ScanField


def compose(field: QLineEdit, text: str) -> None:
    """Type `text` as an input method commits it, sign by sign."""
    for sign in text:
        event = QInputMethodEvent()
        event.setCommitString(sign)
        QApplication.sendEvent(field, event)


def test_money_takes_full_width_digits_as_they_are_typed(qtbot: QtBot) -> None:
    field = MoneyField()
    qtbot.addWidget(field)
    told: list[object] = []
    field.value_changed.connect(told.append)
    compose(field, "１２．５")
    assert field.text() == "12.5"
    assert field.value() == 1250
    assert told == [100, 1200, 1250]
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == "12.50"


def test_wrong_money_is_told_in_words_and_has_no_value(qtbot: QtBot) -> None:
    field = MoneyField()
    qtbot.addWidget(field)
    field.set_value(100)
    field.selectAll()
    QTest.keyClicks(field, "1.234")
    assert field.value() is None
    assert field.error() == "An amount has at most 2 decimals"
    field.selectAll()
    QTest.keyClicks(field, "-3")
    assert field.error() == "An amount here cannot be negative"
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(field, Qt.Key.Key_Delete)
    assert (field.value(), field.error()) == (None, "")


def test_unit_price_keeps_four_decimals(qtbot: QtBot) -> None:
    field = UnitPriceField()
    qtbot.addWidget(field)
    field.set_value(350)
    assert field.text() == "0.035"


def test_wheel_changes_nothing(qtbot: QtBot) -> None:
    field = QuantityField(multiple=12)
    qtbot.addWidget(field)
    field.show()
    field.set_value(24)
    field.setFocus()
    none = Qt.KeyboardModifier.NoModifier
    turn = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, none,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(field, turn)
    assert field.value() == 24
    assert not turn.isAccepted()


def test_quantity_steps_by_its_multiple_within_limits(qtbot: QtBot) -> None:
    field = QuantityField(minimum=20, maximum=50, multiple=12)
    qtbot.addWidget(field)
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(field, key)
        seen.append(field.value())
    assert seen == [24, 36, 48, 36, 24]
    for wrong, said in ((12, "At least 20"), (60, "At most 50"), (30, "In steps of 12"), (36, "")):
        field.set_value(wrong)
        assert field.error() == said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(value=st.integers(0, 500), multiple=st.integers(1, 24), up=st.booleans())
def test_a_step_lands_on_the_next_multiple(qtbot: QtBot, value: int, multiple: int, up: bool) -> None:
    field = QuantityField(multiple=multiple)
    field.set_value(value)
    QTest.keyClick(field, Qt.Key.Key_Up if up else Qt.Key.Key_Down)
    stepped = field.value()
    assert stepped is not None
    assert stepped % multiple == 0
    assert 0 < stepped - value <= multiple if up else stepped == 0 or 0 < value - stepped <= multiple
    field.deleteLater()


def test_focus_selects_all(qtbot: QtBot) -> None:
    field = MoneyField()
    qtbot.addWidget(field)
    field.set_value(100)
    field.show()
    field.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasSelectedText)
    assert field.selectedText() == "1.00"


@pytest.mark.parametrize(
    ("typed", "number", "shown", "wrong"),
    [
        ("13800138000", "13800138000", "138 0013 8000", False),
        ("＋８６ 138-0013-8000", "13800138000", "138 0013 8000", False),
        ("0571-88886666", "057188886666", "0571-88886666", False),
        ("010 88886666", "01088886666", "010-88886666", False),
        ("1380013800", "1380013800", "1380013800", True),
        ("", "", "", False),
    ],
)
def test_phone_numbers(qtbot: QtBot, typed: str, number: str, shown: str, wrong: bool) -> None:
    field = PhoneField()
    qtbot.addWidget(field)
    field.set_number(typed)
    assert (field.number(), field.text(), bool(field.error())) == (number, shown, wrong)


def test_what_is_written_as_usual_already_stays_selected(qtbot: QtBot) -> None:
    field = QuantityField()
    qtbot.addWidget(field)
    field.set_value(24)
    field.selectAll()
    field.editingFinished.emit()
    assert field.selectedText() == "24"


def test_errors_are_words_beside_fields_and_focus_the_first(qtbot: QtBot) -> None:
    form = Form()
    qtbot.addWidget(form)
    fields = {name: QLineEdit() for name in ("a", "b", "c")}
    for name, field in fields.items():
        form.add(name, "Reason", field, hint="Search")
    with qtbot.waitActive(form):
        form.show()
        form.activateWindow()
    assert form.errors({"c": "Please give a reason", "b": "Please give a reason"})
    assert form.focusWidget() is fields["b"]
    assert [form.row(name).error() for name in "abc"] == ["", "Please give a reason", "Please give a reason"]
    assert fields["b"].accessibleDescription() == "Please give a reason"
    assert fields["b"].property("wrong") is True
    assert not form.errors({})
    assert fields["b"].accessibleDescription() == "Search"


def test_tab_goes_through_the_rows_in_order(qtbot: QtBot) -> None:
    form = Form()
    qtbot.addWidget(form)
    made = {name: QLineEdit() for name in ("c", "a", "b")}
    for name in "abc":
        form.add(name, "Reason", made[name])
    with qtbot.waitActive(form):
        form.show()
        form.activateWindow()
    made["a"].setFocus()
    visited = []
    for _step in range(3):
        visited += [name for name, field in made.items() if form.focusWidget() is field]
        here = form.focusWidget()
        assert here is not None
        QTest.keyClick(here, Qt.Key.Key_Tab)
    assert visited == ["a", "b", "c"]


def test_scan_burst_arrives_whole_in_order_and_presses_no_button(qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    field, button = ScanField(), QPushButton("OK")
    button.setDefault(True)
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    box = QVBoxLayout(dialog)
    box.addWidget(field)
    box.addWidget(button)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()
    field.setFocus()
    codes = [f"69211685092{n:02d}" for n in range(20)]
    heard: list[str] = []
    field.scanned.connect(heard.append)
    for code in codes:
        QTest.keyClicks(field, code)
        QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(heard) == len(codes))
    assert heard == codes
    assert pressed == []
    assert dialog.isVisible()
    assert field.text() == ""


def test_scans_wait_while_held(qtbot: QtBot) -> None:
    field = ScanField()
    qtbot.addWidget(field)
    heard: list[str] = []

    def hear(code: str) -> None:
        heard.append(code)
        field.hold()

    field.scanned.connect(hear)
    for code in ("１２３", "456", "  "):
        compose(field, code)
        QTest.keyClick(field, Qt.Key.Key_Enter)
    qtbot.waitUntil(lambda: heard == ["123"])
    assert field.waiting() == 1
    field.release()
    qtbot.waitUntil(lambda: heard == ["123", "456"])


def test_pasted_lines_are_scans(qtbot: QtBot) -> None:
    field = ScanField()
    qtbot.addWidget(field)
    heard: list[str] = []
    field.scanned.connect(heard.append)
    QGuiApplication.clipboard().setText("001\n002\n\n003\n")
    QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: heard == ["001", "002", "003"])
