"""What the documents say of the hub is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from s2b_domain.access import ROLES_OF
from s2b_hub.problems import STATUS

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
SYNC = (ROOT / "docs" / "sync.md").read_text("utf-8")
CODE = "\n".join(path.read_text("utf-8") for path in (ROOT / "s2b_hub").glob("*.py"))


def test_every_event_of_the_log_is_explained() -> None:
    written = set(re.findall(r'log\.(?:event|failure)\(\s*"([a-z_.]+)"', CODE))
    table = OPERATIONS[OPERATIONS.index("| event |") :]
    assert set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)?)`", table)) - {"hub_error"} == written


def test_every_problem_has_its_status_in_the_table() -> None:
    table = SYNC[SYNC.index("| status | code |") : SYNC.index("A device is registered")]
    told: dict[str, int] = {}
    for statuses, codes in re.findall(r"^\| ([\d, ]+) \| ([^|]+) \|", table, flags=re.MULTILINE):
        told |= dict(zip(re.findall(r"`(\w+)`", codes), map(int, statuses.split(",")), strict=True))
    assert told == STATUS


def test_every_role_is_named() -> None:
    for kind, roles in ROLES_OF.items():
        (row,) = re.findall(rf"^\| {kind.value.lower()} \| (.+) \|$", OPERATIONS, flags=re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row)) == {role.value for role in roles}
