"""Texts are put together in the reader's language: Chinese has its own marks between the parts of a sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.repository.sources import parse

ROOT = Path(__file__).resolve().parents[2] / "s2b_desktop"
MARKS = (", ", "; ", ": ")
DATA = {
    "import_command.py": "its one line for an error that nobody foresaw",
    "tiers.py": "tiers as people type them",
    "panel.py:taxonomy": "papers as people type them",
    "items.py:queue": "what support asks for",
    "rows.py:imports": "cells as the sheet has them",
}
"""Files in which something is written to be read by a program again, and what it is."""


def joined(tree: ast.Module) -> Iterator[int]:
    """The lines where parts are joined by a mark of English."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            for before, between, after in zip(node.values, node.values[1:], node.values[2:], strict=False):
                filled = isinstance(before, ast.FormattedValue) and isinstance(after, ast.FormattedValue)
                if filled and isinstance(between, ast.Constant) and between.value in MARKS:
                    yield node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
            mark = node.func.value
            if isinstance(mark, ast.Constant) and mark.value in MARKS:
                yield node.lineno


def test_parts_of_a_text_are_joined_in_the_readers_language() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file, tree in parse(ROOT).items()
        if file.parent.parts[-1] != "models" and "queries" not in file.parts
        for line in joined(tree)
        if file.name not in DATA and f"{file.name}:{file.parent.name}" not in DATA
    ]
    assert not found, "use `listed`, `clauses` or `labelled` of text.py:\n" + "\n".join(found)


def test_a_mark_of_english_is_found() -> None:
    code = 'a = f"{name}: {value}"\nb = ", ".join(names)\nc = f"{name} · {value}"\nd = "; ".join(x for x in y)\n'
    assert list(joined(ast.parse(code))) == [1, 2, 4]
