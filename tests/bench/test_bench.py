"""Every group of the bench says what it measured, on data that is too small to mean anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import GROUPS
from bench.figure import Figure, against, percentile, within

ROOT = Path(__file__).resolve().parents[2]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "bench", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one group makes, the next one uses."""
    return tmp_path_factory.mktemp("bench")


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_prints_one_object_per_line(group: str, folder: Path) -> None:
    done = bench(group, "--rows", "40", "--runs", "1", "--folder", str(folder))
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines
    for line in lines:
        assert list(line) == list(Figure.__struct_fields__)
        assert line["name"].startswith(f"{group}.")
        assert line["unit"]
        assert line["n"] >= 1
        assert line["value"] > 0
        assert (line["meets"] is None) == (line["goal"] == "")
        assert (line["ratio"] is None) == (line["limit"] is None)


def test_an_unknown_group_is_named() -> None:
    done = bench("speed")
    assert done.returncode == 2
    assert "there is no group speed" in done.stderr


def test_smaller_ratios_are_always_better() -> None:
    slow = against("a", 4.0, 2.0, "s", most=1.5, n=1)
    assert (slow.ratio, slow.meets) == (2.0, False)
    few = against("a", 50.0, 100.0, "rows/s", most=2, n=1, more=True)
    assert (few.ratio, few.meets) == (2.0, True)
    assert within("a", 19.0, 20, "ms", n=1).meets is True
    assert within("a", 21.0, 20, "ms", n=1).meets is False


def test_percentile_is_exceeded_by_few() -> None:
    assert percentile([float(n) for n in range(100)], 95) == 95.0
    assert percentile([3.0], 99) == 3.0
