"""Tooltips with what other people wrote."""

import html


def plain_tip(text: str) -> str:
    """A tooltip that shows a text as it stands. Qt takes one with tags for HTML, and fetches the pictures it names."""
    if "<" not in text:
        return text
    escaped = html.escape(text).replace("\n", "<br/>")
    return f"<span>{escaped}</span>"
