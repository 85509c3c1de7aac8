"""The guards as the table that docs/sync.md shows."""

from __future__ import annotations

from tests.mutation.guards import DESKTOP_SIDE, HUB_SIDE

BEGIN, END = "<!-- guards -->\n", "<!-- /guards -->\n"


def table() -> str:
    """A row for each guard: what it is, where it stands, and the test that failed without it."""
    lines = ["| guard | in | without it fails |", "|---|---|---|"]
    for side, guards in (("hub", HUB_SIDE), ("desktop", DESKTOP_SIDE)):
        for guard in guards:
            path, _, test = guard.test.partition("::")
            lines.append(f"| {side}: {guard.name} | `{guard.file}` | `{path.rpartition('/')[2]}::{test}` |")
    return "\n".join(lines) + "\n"


def in_document(text: str, renewed: str) -> str:
    """A document whose table is replaced."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + renewed + END + after
