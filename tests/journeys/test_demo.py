"""What the README promises first: the main job, from a spreadsheet to the parcel, and pictures of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from demo.stage import LOOKS


@pytest.mark.journey
@pytest.mark.timeout(600)
def test_the_demo_does_the_main_job_without_a_display(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "demo", "--headless", "--out", str(tmp_path / "out")],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=580,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert {step["outcome"] for step in summary["steps"]} == {"ok"}
    assert (summary["imported"], summary["wrong"]) == (606, 18)
    taken = {picture.name for picture in (tmp_path / "out").glob("*.png")}
    assert len(taken) >= 20 * len(LOOKS)
    assert taken == set(summary["pictures"])
