"""Text that a spreadsheet would run as a formula, and the apostrophe that keeps it text."""

import re

_FORMULA = re.compile(r"[=@＝＠\t\r]|[+\-＋－](?![\s¥]*[\d.,]+%?$)")
"""A plain number below zero is none."""


def guarded(text: str) -> str:
    """The text as a spreadsheet takes it for text."""
    return f"'{text}" if _FORMULA.match(text) else text


def bare(text: str) -> str:
    """The text without the apostrophe that `guarded` puts before it."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text[1:]) else text
