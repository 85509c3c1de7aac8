"""Writes `docs/codes.md`: `python -m tests.desktop.codes > docs/codes.md`."""

from __future__ import annotations

from s2b_desktop.intake_text import REFUSALS
from s2b_desktop.messages import TEXTS
from s2b_desktop.text import _catalog

HEAD = """# Codes

What hub, rules and desktop answer instead of doing what was asked, with the text that people read. Written by
`python -m tests.desktop.codes > docs/codes.md`; a test keeps it true.
"""


def document() -> str:
    """The document as it should be."""
    parts = [HEAD]
    for title, texts in (("Answers", TEXTS), ("Files that cannot be imported", REFUSALS)):
        parts.append(f"## {title}\n\n| code | English | 中文 |\n|---|---|---|")
        parts += [f"| `{code}` | {texts[code]} | {_catalog('zh_CN')[texts[code]]} |" for code in sorted(texts)]
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    print(document(), end="")
