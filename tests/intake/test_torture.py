"""Hostile and odd files: never a crash, a hang or a starved machine. All of them with S2B_TORTURE=all."""

import os
import resource
import time
from pathlib import Path

import pytest

from s2b_domain.intake.examination import examine
from s2b_domain.intake.limits import Limits
from s2b_domain.intake.refusal import CODES, Refused
from tests.conftest import SHARED_DATA

TORTURE = SHARED_DATA / "torture"
BOMBS = ("tests_data_Reader_XLS_oleloop.xls", "tests_issue_594_dos.ods")
EVERY = 11
pytestmark = pytest.mark.skipif(not TORTURE.is_dir(), reason="the shared data is not beside this checkout")


def files() -> list[Path]:
    found = sorted(p for p in TORTURE.rglob("*.*") if p.is_file() and p.suffix != ".md")
    return found if os.environ.get("S2B_TORTURE") == "all" else found[::EVERY]


def outcome(path: Path) -> str:
    try:
        return "read" if examine(path).rows else "nothing"
    except Refused as refused:
        return refused.code


def test_every_file_is_read_or_refused() -> None:
    for path in files():
        started = time.monotonic()
        assert outcome(path) in CODES - {"internal", "too_slow"} | {"read"}, path
        assert time.monotonic() - started < Limits().idle_seconds + 5, path
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert used < 1024 * 1024, "a child used more than 1 GiB"


@pytest.mark.parametrize("name", BOMBS)
def test_files_that_ask_for_the_moon(name: str) -> None:
    with pytest.raises(Refused, match="too_large"):
        examine(next(TORTURE.rglob(name)))


def test_protected_by_a_password() -> None:
    for name in (
        "tests_pass_protected.xlsx",
        "tests_pass_protected.ods",
        "tests_pass_protected.xlsb",
        "test_encryptAES.xlsx",
    ):
        with pytest.raises(Refused, match="password"):
            examine(next(TORTURE.rglob(name)))
