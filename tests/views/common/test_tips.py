"""Tooltips show what people wrote as they wrote it: Qt would read tags, and fetch the pictures that they name."""

from __future__ import annotations

import ast
from array import array
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.column import Column
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.tips import plain_tip
from tests.repository.sources import parse

VIEWS = Path(__file__).resolve().parents[3] / "s2b_desktop" / "views"
PICTURE = 'Water <img src="//elsewhere/share/x.png"> 500ml'
OURS = ("tr(", "key_name(", "plain_tip(")


@pytest.mark.parametrize("text", [PICTURE, "<b>bold</b>\n<i>next</i>", "a & b <br> c", "5 < 6 & 7 > 4"])
def test_tags_are_shown_and_not_read(text: str) -> None:
    shown = plain_tip(text)
    assert "<img" not in shown
    assert "<b>" not in shown
    assert "&lt;" in shown


@pytest.mark.parametrize("text", ["农夫山泉 500ml", "salt & vinegar > 5%", "two\nlines", ""])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert plain_tip(text) == text


def test_a_cell_that_is_cut_is_told_in_full(qtbot: QtBot) -> None:
    names = [PICTURE * 3, "short"]
    columns: list[Column[int]] = [
        Column("name", "Name", lambda n: names[n], 120),
        Column("problem", "Problem", str, 80, problem=lambda n: "wrong <b>here</b>" if n else ""),
    ]
    table = DataTable(columns, lambda ids: [int(i) for i in ids])
    qtbot.addWidget(table)
    table.set_ids(array("q", range(2)))
    table.resize(260, 300)
    table.show()
    tips = [[table.view.tip_at(table.model.index(row, at)) for at in range(2)] for row in range(2)]
    assert tips[0][0].count("&lt;img") == 3
    assert tips[0][1] == ""
    assert tips[1] == ["", plain_tip("wrong <b>here</b>")]


def test_a_cell_that_is_cut_and_wrong_is_told_as_one_text(qtbot: QtBot) -> None:
    wrong: list[Column[int]] = [Column("name", "Name", lambda _: PICTURE * 3, 120, problem=lambda _: "salt & <i>")]
    table = DataTable(wrong, lambda ids: [int(i) for i in ids])
    qtbot.addWidget(table)
    table.set_ids(array("q", range(1)))
    table.resize(140, 300)
    table.show()
    assert table.view.tip_at(table.model.index(0, 0)) == plain_tip(f"{PICTURE * 3}\nsalt & <i>")


def test_a_card_tells_what_is_cut_as_it_stands(qtbot: QtBot) -> None:
    card = FactCard("of", PICTURE * 5)
    qtbot.addWidget(card)
    card.resize(120, 90)
    card.show()
    assert "&lt;img" in card.toolTip()


def test_every_tooltip_is_ours_or_plain() -> None:
    foreign = []
    for file, tree in parse(VIEWS).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setToolTip":
                said = ast.unparse(node.args[0])
                if not isinstance(node.args[0], ast.Constant) and not any(ours in said for ours in OURS):
                    foreign.append(f"{file.relative_to(VIEWS)}:{node.lineno}: {said}")
    assert not foreign, "use plain_tip:\n" + "\n".join(foreign)
