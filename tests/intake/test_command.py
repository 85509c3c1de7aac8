"""`s2b-desktop import`: one valid object, whatever happens."""

import json
from pathlib import Path
from typing import Any

import pytest

from demo.sample import make
from s2b_desktop import import_command, text
from s2b_desktop.intake_text import FIELDS, ISSUES, KINDS, REFUSALS, refusal_text
from s2b_desktop.resources import path as resource
from s2b_domain.errors import DomainError
from s2b_domain.intake.examination import Examination, examine
from s2b_domain.intake.goods import FIELDS as TARGETS
from s2b_domain.intake.refusal import CODES, Refused
from tests.intake.sheets import GOOD, HEADER, workbook


@pytest.fixture(autouse=True)
def chinese() -> None:
    text.set_language("zh_CN")


def run(capsys: pytest.CaptureFixture[str], *argv: object, **wiring: Any) -> tuple[int, dict[str, Any]]:
    code = import_command.main([*map(str, argv), "--json"], **wiring)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    return code, json.loads(out)


def test_the_sample_is_as_messy_as_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = make(tmp_path / "sample.xlsx")
    assert expected.rows >= 500
    assert 0.02 <= expected.wrong / expected.rows <= 0.04
    code, found = run(capsys, tmp_path / "sample.xlsx", "--dry-run", "--report", tmp_path / "wrong.xlsx")
    assert code == 0
    assert (found["rows"], found["new"], found["wrong"]) == (expected.rows, expected.new, expected.wrong)
    assert (found["sheet"], found["header_row"]) == (expected.sheet, expected.header_row)
    counted = {c: sum(e["code"] == c for e in found["errors"]) for c in expected.codes}
    assert counted == dict(expected.codes)
    assert {k: sum(a["kind"] == k for a in found["aside"]) for k in expected.aside} == dict(expected.aside)
    assert (tmp_path / "wrong.xlsx").stat().st_size > 4_000
    assert found["columns"]["供货价(元)（必填）"] == "supply_price"


def test_the_sample_is_always_the_same(tmp_path: Path) -> None:
    make(tmp_path / "a.xlsx")
    make(tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        ((), "usage"),
        (("--bogus", "x"), "usage"),
        (("none.xlsx", "--dry-run"), "no_such_file"),
        ((".", "--dry-run"), "is_folder"),
    ],
)
def test_refusals(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    argv: tuple[str, ...],
    code: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    status, found = run(capsys, *argv)
    assert status == 2
    assert found["refused"]["code"] == code
    assert found["refused"]["message"]


def test_an_unforeseen_failure_is_still_one_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(import_command, "examine", broken)
    status, found = run(capsys, workbook(tmp_path / "a.xlsx", [HEADER, GOOD]), "--dry-run")
    assert (status, found["refused"]["code"]) == (2, "internal")


def test_a_report_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEADER, GOOD])
    for report in (tmp_path / "none" / "r.xlsx", path):
        status, found = run(capsys, path, "--dry-run", "--report", report)
        assert (status, found["refused"]["code"]) == (2, "no_report")
    assert examine(path).rows == 1


def test_a_workspace_that_refuses_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def commit(found: Examination) -> None:
        raise DomainError("forbidden")

    path = workbook(tmp_path / "a.xlsx", [HEADER, GOOD])
    status, found = run(capsys, path, commit=commit)
    assert (status, found["refused"]["code"]) == (2, "forbidden")
    assert found["refused"]["message"]


def test_commit_is_called_only_for_a_real_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done: list[Examination] = []
    path = workbook(tmp_path / "a.xlsx", [HEADER, GOOD, ("水", "A2", None, "时价", 1)])
    assert run(capsys, path, "--dry-run", commit=done.append)[0] == 0
    assert not done
    assert run(capsys, path)[1]["refused"]["code"] == "no_workspace"
    assert run(capsys, path, "--all-or-nothing", commit=done.append)[1]["refused"]["code"] == "rows_refused"
    assert not done
    assert run(capsys, path, commit=done.append)[0] == 0
    assert [row.sku_code for row in done[0].accepted[0]] == ["A001"]


def test_people_read_their_own_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(workbook(tmp_path / "a.xlsx", [HEADER, ("水", "A2", None, "时价", 1)]))
    assert import_command.main([path, "--dry-run"]) == 0
    assert "无法下单" in capsys.readouterr().out
    assert import_command.main([path, "--dry-run", "--lang", "en"]) == 0
    assert "cannot be ordered" in capsys.readouterr().out
    assert import_command.main(["none.xlsx"]) == 2
    assert "no file" in capsys.readouterr().err


def test_every_code_has_its_words_in_both_languages() -> None:
    source = "".join(
        p.read_text(encoding="utf-8") for p in Path(import_command.__file__).parents[1].glob("s2b_domain/intake/*.py")
    )
    for code in ISSUES:
        assert f'"{code}"' in source
    assert set(REFUSALS) >= CODES
    assert set(FIELDS) >= set(TARGETS)
    chinese = json.loads(resource("i18n", "zh_CN", "intake.json").read_text(encoding="utf-8"))
    for table in (ISSUES, REFUSALS, KINDS, FIELDS):
        assert set(table.values()) <= set(chinese)


def test_an_unknown_refusal_has_words_too() -> None:
    assert refusal_text(Refused("something_new")) == refusal_text(Refused("internal"))
