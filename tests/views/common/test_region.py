"""Province, city and district by keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from s2b_desktop.views.common.region import RegionField


def shown(qtbot: QtBot) -> RegionField:
    field = RegionField()
    qtbot.addWidget(field)
    field.show()
    return field


def test_three_choices_by_initials(qtbot: QtBot) -> None:
    field = shown(qtbot)
    told: list[tuple[str, str]] = []
    field.edited.connect(lambda text, code: told.append((text, code)))
    for place, typed in zip(field.fields, ("zj", "hangzhou", "西湖"), strict=True):
        place.setText(typed)
        place.textEdited.emit(typed)
        QTest.keyClick(place, Qt.Key.Key_Return)
    assert told == [("浙江省", "330000"), ("浙江省杭州市", "330100"), ("浙江省杭州市西湖区", "330106")]
    field.province.setText("上海")
    field.province.editingFinished.emit()
    assert (field.text(), field.city.text(), field.city.isEnabled(), field.district.text()) == (
        "上海市", "上海市", False, "",
    )  # fmt: skip


def test_a_whole_region_in_one_field_and_taking_it_back(qtbot: QtBot) -> None:
    field = shown(qtbot)
    field.province.setText("浙江杭州西湖区")
    field.province.editingFinished.emit()
    assert field.code() == "330106"
    field.district.clear()
    field.district.editingFinished.emit()
    assert field.code() == "330100"
    field.province.clear()
    field.province.editingFinished.emit()
    assert (field.text(), field.code(), field.city.isEnabled()) == ("", "", False)


def test_what_is_in_no_list_stays_as_written(qtbot: QtBot) -> None:
    field = shown(qtbot)
    field.set_region("Tokyo")
    assert (field.text(), field.code(), field.province.text()) == ("Tokyo", "", "")
    field.province.setText("nowhere")
    field.province.editingFinished.emit()
    assert (field.text(), field.province.text()) == ("Tokyo", "")
    field.set_region("河南济源市")
    assert (field.code(), field.city.text(), field.district.isEnabled()) == ("419001", "济源市", False)
