"""Text as people see it: without invisible characters, full-width look-alikes and words for nothing."""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00a0\u00ad\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufe00-\ufe0f\ufeff]"
)
_SPACES = re.compile(r"[ \t\r\f\v]*[\r\n][ \t\r\f\v]*|[ \t\f\v]{2,}|[\t\f\v]")
APOSTROPHES = "'’‘`"
_NONE_WORDS = r"""
    — —— 无 暂无 #n/a #ref! #value! - -- / \ n/a na nil none null
"""
_NONE = frozenset(_NONE_WORDS.split())


def visible(text: str) -> str:
    """Text without invisible characters, outer spaces and double spaces; line breaks become one."""
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub(_shown, text)
    text = text.strip()
    return _SPACES.sub(_single, text) if _SPACES.search(text) else text


def _shown(found: re.Match[str]) -> str:
    return " " if found.group().isspace() else ""


def _single(found: re.Match[str]) -> str:
    return "\n" if "\n" in found.group() or "\r" in found.group() else " "


def half_width(text: str) -> str:
    """Visible text with full-width letters, digits and signs as their plain selves."""
    return visible(unicodedata.normalize("NFKC", text.replace("。", ".").replace("−", "-")))


def is_none(text: str) -> bool:
    """Whether a text says that there is no value."""
    return text.lower() in _NONE
