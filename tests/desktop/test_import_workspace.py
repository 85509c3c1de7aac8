"""`s2b-desktop import FILE` where somebody is signed in: compared with their goods, saved in their outbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from s2b_desktop import import_workspace
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.queries.imports import import_history
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync import entry
from s2b_domain.commands.imports import UndoImport
from tests.models.conftest import desktop  # noqa: F401  (the fixture that opens profiles)
from tests.views import world

SHEET = "货号,品名,单价,库存\n000001,农夫山泉 饮用天然水 550ml×24,27.5,353\nN-1,海苔,8.8,100\nN-2,海苔 辣,时价,1\n"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "goods.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


@pytest.fixture
def signed_in(desktop: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch) -> Workspace:  # noqa: F811
    """Somebody's profile, which the command finds without a keyring."""
    workspace = desktop(world.SUPPLIER)
    monkeypatch.setattr(workspace, "close", lambda: None)
    monkeypatch.setattr(entry, "resume", lambda profile: workspace)
    monkeypatch.setattr(
        Profile, "settings", property(lambda self: _SignedIn(), lambda self, value: None), raising=False
    )
    return workspace


class _SignedIn:
    slots = (object(),)
    profile_id = "p"


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, object]]:
    code = import_workspace.main([*argv, "--json"])
    out = capsys.readouterr().out
    return code, json.loads(out)


def test_a_dry_run_compares_with_what_is_there(
    signed_in: Workspace, sheet: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, found = run(capsys, str(sheet), "--dry-run", "--profile", str(tmp_path / "p"))
    assert code == 0
    assert [found[k] for k in ("new", "changed", "unchanged", "wrong")] == [1, 1, 0, 1]
    assert signed_in.queue(limit=10) == []


def test_an_import_is_saved_and_the_same_again_changes_nothing(
    signed_in: Workspace, sheet: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    where = ("--profile", str(tmp_path / "p"))
    assert run(capsys, str(sheet), *where)[0] == 0
    [item] = signed_in.queue(limit=10)
    assert (item.name, item.state) == ("goods.import@1", "waiting")
    _, found = run(capsys, str(sheet), *where)
    assert [found[k] for k in ("new", "changed", "unchanged", "wrong")] == [0, 0, 2, 1]
    assert len(signed_in.queue(limit=10)) == 1


def test_an_import_is_listed_among_the_earlier_ones_and_can_be_taken_back(
    signed_in: Workspace, sheet: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    where = ("--profile", str(tmp_path / "p"))
    supplier = signed_in.actor.organisation_id
    run(capsys, str(sheet), *where)
    [listed] = signed_in.read(import_history, supplier)
    assert (listed.file, listed.new, listed.changed, listed.wrong) == ("goods.csv", 1, 1, 1)
    for part in listed.parts:
        signed_in.submit(UndoImport(part_id=part))
    _, found = run(capsys, str(sheet), "--dry-run", *where)
    assert [found[k] for k in ("new", "changed", "unchanged", "wrong")] == [1, 1, 0, 1]


def test_the_open_desktop_keeps_its_outbox_to_itself(
    signed_in: Workspace, sheet: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "p"
    with Profile(folder).lock():
        code, found = run(capsys, str(sheet), "--profile", str(folder))
        assert code == 2
        assert found["refused"]["code"] == "profile_in_use"  # type: ignore[index]
        assert run(capsys, str(sheet), "--dry-run", f"--profile={folder}")[0] == 0


def test_without_anybody_signed_in_only_a_dry_run_works(
    sheet: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    where = ("--profile", str(tmp_path / "fresh"))
    code, found = run(capsys, str(sheet), "--dry-run", *where)
    assert (code, found["new"]) == (0, 2)
    code, found = run(capsys, str(sheet), *where)
    assert (code, found["refused"]["code"]) == (2, "no_workspace")  # type: ignore[index]
    (tmp_path / "file").write_text("")
    assert run(capsys, str(sheet), "--dry-run", "--profile", str(tmp_path / "file" / "x"))[0] == 0
