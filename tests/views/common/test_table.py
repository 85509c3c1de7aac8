"""The paged model and the table over it."""

from array import array
from collections.abc import Sequence
from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from s2b_desktop.text import LANGUAGES, count, language, set_language
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.pill import pill_width
from s2b_desktop.views.common.table import COPY_LIMIT, DataTable
from s2b_desktop.views.common.table_grid import least_width
from s2b_desktop.views.common.table_model import PAGE, PagedModel
from s2b_desktop.views.common.theme import color
from s2b_desktop.views.common.tsv import from_tsv, to_tsv


class Store:
    """Rows made from their ids; remembers what was fetched."""

    def __init__(self) -> None:
        self.fetched: list[list[RowId]] = []
        self.names: dict[int, str] = {}

    def fetch(self, ids: Sequence[RowId]) -> list[int]:
        self.fetched.append(list(ids))
        return [int(each) for each in ids]

    def columns(self) -> list[Column[int]]:
        return [
            Column("no", "Table", lambda r: f"No {r}", 90, sort_key="no"),
            Column("name", "Reason", lambda r: self.names.get(r, f"name {r}"), 160, edit=self.rename),
            Column("sum", "Search", lambda r: count(r * 100), 90, "money", sort_key="sum"),
            Column("state", "Offline", lambda r: "open", 100, "state", waiting=lambda r: r == 1),
        ]

    def rename(self, row: RowId, typed: str) -> None:
        self.names[int(row)] = typed


@pytest.fixture
def source() -> Store:
    return Store()


@pytest.fixture
def table(qtbot: QtBot, source: Store) -> DataTable[int]:
    table = DataTable(source.columns(), source.fetch, search="Search", exportable=True)
    qtbot.addWidget(table)
    table.resize(700, 500)
    table.set_ids(array("q", range(1000)))
    with qtbot.waitActive(table):
        table.show()
        table.activateWindow()
    return table


def test_model_keeps_the_contract_of_item_models(source: Store) -> None:
    model = PagedModel(source.columns(), source.fetch)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_ids(array("q", range(700)))
    assert model.setData(model.index(3, 1), "renamed")
    model.refresh()
    model.set_ids(["a3", "7"][1:])
    model.set_ids(array("q"))


def test_each_page_is_fetched_once(source: Store) -> None:
    model = PagedModel(source.columns(), source.fetch)
    model.set_ids(array("q", range(3 * PAGE)))
    for _again in range(3):
        for row in (0, PAGE - 1, PAGE, 5, 2 * PAGE):
            assert model.data(model.index(row, 0)) == f"No {row}"
    assert [ids[0] for ids in source.fetched] == [0, PAGE, 2 * PAGE]
    assert len(source.fetched[0]) == PAGE


def test_old_pages_are_forgotten_and_refresh_fetches_anew(source: Store) -> None:
    model = PagedModel(source.columns(), source.fetch)
    model.set_ids(array("q", range(PAGE * 70)))
    for page in range(70):
        model.texts(page * PAGE)
    source.fetched.clear()
    model.texts(69 * PAGE)
    assert source.fetched == []
    model.texts(0)
    assert len(source.fetched) == 1
    model.refresh()
    model.texts(0)
    assert len(source.fetched) == 2


def test_numbers_stand_right_with_their_headers(source: Store) -> None:
    model = PagedModel(source.columns(), source.fetch)
    model.set_ids(array("q", [1]))
    role = Qt.ItemDataRole.TextAlignmentRole
    for column, right in ((0, False), (2, True)):
        sides = (
            model.data(model.index(0, column), int(role)),
            model.headerData(column, Qt.Orientation.Horizontal, int(role)),
        )
        assert [bool(side & int(Qt.AlignmentFlag.AlignRight)) for side in sides] == [right, right]


def test_waiting_marker_is_spoken_beside_its_state(source: Store) -> None:
    model = PagedModel(source.columns(), source.fetch)
    model.set_ids(array("q", [1, 2]))
    spoken = int(Qt.ItemDataRole.AccessibleTextRole)
    assert model.data(model.index(0, 3), spoken) == "open, Waiting to sync"
    assert model.data(model.index(1, 3), spoken) == "open"
    assert model.data(QModelIndex(), spoken) is None


def test_current_and_activated_speak_of_ids(qtbot: QtBot, table: DataTable[int]) -> None:
    table.set_ids(array("q", [50, 40, 30]))
    with qtbot.waitSignal(table.current_changed) as current:
        assert table.select(40)
    assert current.args == [40]
    with qtbot.waitSignal(table.activated) as activated:
        QTest.keyClick(table.view, Qt.Key.Key_Return)
    assert activated.args == [40]
    assert not table.select(99)


def test_new_order_keeps_current_row_and_selection(table: DataTable[int]) -> None:
    table.select(7)
    table.set_ids(array("q", reversed(range(1000))))
    assert table.current_id() == 7
    assert table.selected_ids() == [7]
    table.set_ids(array("q", [1, 2]))
    assert table.current_id() is None


def test_header_click_asks_for_sorting_and_turns_round(qtbot: QtBot, table: DataTable[int]) -> None:
    asked: list[tuple[str, bool]] = []
    table.sort_requested.connect(lambda key, down: asked.append((key, down)))
    header = table.view.header
    for section in (2, 2, 1, 0):
        spot = header.viewport().rect().center()
        spot.setX(header.sectionViewportPosition(section) + 30)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert asked == [("sum", False), ("sum", True), ("no", False)]


def test_copy_gives_shown_columns_of_selected_rows(qtbot: QtBot, table: DataTable[int]) -> None:
    table.select(3)
    QTest.keyClick(table.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    table.show_column("state", False)
    with qtbot.waitSignal(table.copied) as copied:
        QTest.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert copied.args == [2]
    assert QGuiApplication.clipboard().text() == "No 3\tname 3\t300\nNo 4\tname 4\t400\n"


def test_copying_very_many_rows_is_refused_in_words_not_in_part(qtbot: QtBot, table: DataTable[int]) -> None:
    table.set_ids(array("q", range(COPY_LIMIT + 1)))
    table.view.selectAll()
    with qtbot.waitSignal(table.copy_refused) as refused:
        table.copy()
    assert refused.args == [COPY_LIMIT + 1]


def test_paste_hands_over_cells(qtbot: QtBot, table: DataTable[int]) -> None:
    QGuiApplication.clipboard().setText('001\t"two\nlines"\n\t\n002\tx\n')
    table.view.setFocus()
    with qtbot.waitSignal(table.pasted) as pasted:
        QTest.keyClick(table.view, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert pasted.args == [[["001", "two\nlines"], ["002", "x"]]]


def test_tab_separated_text_reads_back() -> None:
    rows = [["a\tb", 'say "x"'], ["001", "line\nend"]]
    assert from_tsv(to_tsv(rows)) == rows


def test_no_spreadsheet_runs_what_is_copied() -> None:
    said = ["=1+1", "@SUM(A1)", "-2+3+cmd|' /C calc'!A0", "+86 138", "-12.50", "-¥1,200.00", "+45", "- 5%", "'=x"]
    copied = to_tsv([said])
    assert [cell for cell in copied.strip().split("\t") if cell[:1] in "=@+-"] == [
        "-12.50",
        "-¥1,200.00",
        "+45",
        "- 5%",
    ]
    assert from_tsv(copied) == [[*said[:-1], "=x"]]


def test_layout_is_restored(qtbot: QtBot, table: DataTable[int], source: Store) -> None:
    table.view.header.moveSection(2, 1)
    table.show_column("state", False)
    table.view.setColumnWidth(0, 133)
    table.set_sort("sum", True)
    with qtbot.waitSignal(table.layout_changed) as changed:
        pass
    saved = changed.args[0]
    other = DataTable(source.columns(), source.fetch)
    qtbot.addWidget(other)
    other.restore_layout({**saved, "order": ["gone", *saved["order"]]})
    assert other.layout_state() == saved
    assert saved["order"] == ["no", "sum", "name", "state"]
    assert saved["hidden"] == ["state"]
    assert saved["widths"]["no"] == 133


def test_first_column_freezes_when_columns_do_not_fit(qtbot: QtBot, table: DataTable[int]) -> None:
    assert table._grid.frozen.isHidden()
    table.resize(320, 500)
    qtbot.waitUntil(lambda: not table._grid.frozen.isHidden())
    assert table.view.isColumnHidden(0)
    table.view.verticalScrollBar().setValue(380)
    assert table._grid.frozen.verticalScrollBar().value() == 380
    table.resize(900, 500)
    qtbot.waitUntil(lambda: table._grid.frozen.isHidden())
    assert not table.view.isColumnHidden(0)


def test_no_rows_show_the_empty_state(table: DataTable[int]) -> None:
    table.set_ids(array("q"))
    assert not table.view.isVisible()
    table.set_ids(array("q", [1]))
    assert table.view.isVisible()


def test_search_is_told_once_typing_pauses(qtbot: QtBot, table: DataTable[int]) -> None:
    told: list[str] = []
    table.search_changed.connect(told.append)
    with qtbot.waitSignal(table.search_changed):
        QTest.keyClicks(table.search_field, " znsj ")
    assert told == ["znsj"]


def test_editing_in_place_calls_the_column(qtbot: QtBot, table: DataTable[int], source: Store) -> None:
    index = table.model.index(4, 1)
    assert index.flags() & Qt.ItemFlag.ItemIsEditable
    assert not table.model.index(4, 0).flags() & Qt.ItemFlag.ItemIsEditable
    with qtbot.waitSignal(table.model.dataChanged):
        assert table.model.setData(index, "other")
    assert source.names == {4: "other"}
    assert table.model.data(index) == "other"


def test_columns_menu_hides_columns_and_sorts(qtbot: QtBot, table: DataTable[int]) -> None:
    menu = table.columns_menu()
    actions = menu.actions()
    assert [action.isEnabled() for action in actions[:4]] == [False, True, True, True]
    actions[3].setChecked(False)
    assert table.layout_state()["hidden"] == ["state"]
    assert [action.text() for action in actions[5:]] == ["Sort by Table", "Sort by Search"]
    with qtbot.waitSignal(table.sort_requested) as asked:
        actions[6].trigger()
    assert asked.args == ["sum", False]


def test_headers_and_footer_change_their_language(table: DataTable[int]) -> None:
    assert table.model.headerData(1, Qt.Orientation.Horizontal) == "Reason"
    set_language("zh_CN")
    table.retranslate()
    assert table.model.headerData(1, Qt.Orientation.Horizontal) == "原因"
    assert table._grid.footer.left == "1,000 行"


def test_columns_are_as_wide_as_their_words_in_either_language(qtbot: QtBot) -> None:
    said = {"en": "Waiting for an earlier entry", "zh_CN": "等待"}
    columns: list[Column[int]] = [
        Column("no", "No", str, 60),
        Column("state", "State", str, 60, "state", fits=lambda: [said[language()]]),
    ]
    wide = {}
    for lang in LANGUAGES:
        set_language(lang)
        wide[lang] = least_width(columns[1])
    assert wide["en"] > pill_width(said["en"]) + 20
    assert wide["zh_CN"] < wide["en"]
    table = DataTable(columns, lambda ids: [int(i) for i in ids])
    qtbot.addWidget(table)
    assert table.view.columnWidth(1) == wide["en"]
    set_language("zh_CN")
    table.retranslate()
    assert table.view.columnWidth(1) == wide["zh_CN"]


def test_the_least_needed_columns_go_first_unless_asked_for(qtbot: QtBot, source: Store) -> None:
    columns = [replace(column, rank=rank) for column, rank in zip(source.columns(), (0, 0, 1, 2), strict=True)]
    table = DataTable(columns, source.fetch)
    qtbot.addWidget(table)
    table.set_ids(array("q", range(5)))
    table.resize(800, 400)
    table.show()

    def shown() -> list[str]:
        return [column.key for at, column in enumerate(columns) if not table.view.isColumnHidden(at)]

    assert shown() == ["no", "name", "sum", "state"]
    table.resize(360, 400)
    qtbot.waitUntil(lambda: shown() == ["no", "name", "sum"])
    assert table.layout_state()["hidden"] == []
    assert [action.isChecked() for action in table.columns_menu().actions()[:4]] == [True, True, True, False]
    table.show_column("state", True)
    assert shown() == ["no", "name", "state"]
    table.resize(800, 400)
    qtbot.waitUntil(lambda: shown() == ["no", "name", "sum", "state"])


def test_the_stretched_column_is_narrowed_only_to_keep_the_others_in_sight(qtbot: QtBot, source: Store) -> None:
    columns = [replace(c, stretch=c.key == "name", width=300 if c.key == "name" else 120) for c in source.columns()]
    table = DataTable(columns, source.fetch)
    qtbot.addWidget(table)
    table.set_ids(array("q", range(5)))
    table.resize(600, 400)
    table.show()
    assert 210 <= table.view.columnWidth(1) < 300
    table.resize(480, 400)
    qtbot.waitUntil(lambda: not table._grid.frozen.isHidden())
    assert table.view.columnWidth(1) == 300, "it goes sideways in any case"


def test_the_room_of_a_stretched_column_that_went_is_taken_by_the_first(qtbot: QtBot, source: Store) -> None:
    columns = [replace(c, stretch=c.key == "state", rank=int(c.key == "state"), width=120) for c in source.columns()]
    table = DataTable(columns, source.fetch)
    qtbot.addWidget(table)
    table.set_ids(array("q", range(5)))
    table.resize(420, 400)
    table.show()
    qtbot.waitUntil(lambda: table.view.isColumnHidden(len(columns) - 1))
    shown = [at for at in range(len(columns)) if not table.view.isColumnHidden(at)]
    assert sum(table.view.columnWidth(at) for at in shown) == table.view.viewport().width()


def test_the_ring_of_the_current_row_goes_round_its_frozen_half_too(qtbot: QtBot, table: DataTable[int]) -> None:
    table.resize(320, 500)
    qtbot.waitUntil(lambda: not table._grid.frozen.isHidden())
    table.view.setFocus()
    table.select(3)
    middle = table.view.rowViewportPosition(3) + table.view.rowHeight(3) // 2
    accent, frozen = color("accent").name(), table._grid.frozen.viewport().grab().toImage()
    assert accent in {frozen.pixelColor(x, middle).name() for x in range(3)}
    assert frozen.pixelColor(40, table.view.rowViewportPosition(3) + 1).name() == accent
    far = table.view.viewport().grab().toImage()
    assert accent not in {far.pixelColor(x, middle).name() for x in range(3)}
