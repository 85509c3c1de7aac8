"""The list of guards cannot rot: each still stands in the source, each test exists, the document has the table.

That the tests do fail without the guards is what `dev.py mutate` shows.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.guards import GUARDS, Guard
from tests.mutation.table import in_document, table

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_stands_where_the_list_says(guard: Guard) -> None:
    source = (ROOT / guard.file).read_text("utf-8")
    assert source.count(guard.source) == 1, "the guard was moved or reworded: bring the list up to date"
    compile(source.replace(guard.source, guard.without), guard.file, "exec")
    path, _, test = guard.test.partition("::")
    assert f"def {test}(" in (ROOT / path).read_text("utf-8")


def test_the_document_has_the_table() -> None:
    text = (ROOT / "docs" / "sync.md").read_text("utf-8")
    assert in_document(text, table()) == text, "renew it with: python3 dev.py mutate --write"
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)
