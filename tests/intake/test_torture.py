"""Hostile and odd files: never a crash, a hang or a starved machine.

A sample by default; all of them with `S2B_TORTURE=all python3 dev.py test tests/intake/test_torture.py`.
"""

import hashlib
import os
import resource
import time
from pathlib import Path

import pytest

from s2b_domain.intake.examination import examine
from s2b_domain.intake.limits import Limits
from s2b_domain.intake.refusal import CODES, Refused
from s2b_domain.intake.sandbox import SandboxedBook
from tests.conftest import SHARED_DATA

TORTURE = SHARED_DATA / "torture"
BOMBS = ("tests_data_Reader_XLS_oleloop.xls", "tests_issue_594_dos.ods")
EVERY = 17
ALL = os.environ.get("S2B_TORTURE") == "all"
FINE = CODES - {"internal", "too_slow"} | {"read"}
pytestmark = pytest.mark.skipif(not TORTURE.is_dir(), reason="the shared data is not beside this checkout")


def files() -> list[Path]:
    found = sorted(p for p in TORTURE.rglob("*.*") if p.is_file() and p.suffix != ".md")
    return found if ALL else found[::EVERY]


def outcome(path: Path) -> str:
    try:
        return "read" if examine(path).rows else "nothing"
    except Refused as refused:
        return refused.code


def everything(path: Path) -> str:
    """Read all rows, marks and pictures of all sheets; the code of a refusal, or "read"."""
    try:
        with SandboxedBook(path, Limits()) as book:
            for sheet in range(len(book.info.sheets)):
                book.marks(sheet)
                for _ in book.columns(sheet):
                    pass
                for picture in book.pictures(sheet)[:20]:
                    data = book.picture(picture.source)
                    assert picture.problem or hashlib.sha256(data).hexdigest() == picture.content
    except Refused as refused:
        return refused.code
    return "read"


@pytest.mark.timeout(3600 if ALL else 120)
def test_every_file_is_read_or_refused() -> None:
    for path in files():
        assert everything(path) in FINE, path
        started = time.monotonic()
        assert outcome(path) in FINE, path
        assert time.monotonic() - started < Limits().idle_seconds + 5, path
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert used < 1024 * 1024, "a child used more than 1 GiB"


@pytest.mark.parametrize("name", BOMBS)
def test_files_that_ask_for_the_moon(name: str) -> None:
    with pytest.raises(Refused, match="too_large"):
        examine(next(TORTURE.rglob(name)))


def test_pictures_that_others_put_into_workbooks() -> None:
    for name, count in (("tests_picture.xlsx", 1), ("spec_integration_data_images.xlsx", 2)):
        with SandboxedBook(next(TORTURE.rglob(name)), Limits()) as book:
            found = [p for sheet in range(len(book.info.sheets)) for p in book.pictures(sheet)]
            assert len(found) >= count, name
            assert all(p.media.startswith("image/") and p.width and p.how == "floating" for p in found), name


def test_protected_by_a_password() -> None:
    for name in (
        "tests_pass_protected.xlsx",
        "tests_pass_protected.ods",
        "tests_pass_protected.xlsb",
        "test_encryptAES.xlsx",
    ):
        with pytest.raises(Refused, match="password"):
            examine(next(TORTURE.rglob(name)))
