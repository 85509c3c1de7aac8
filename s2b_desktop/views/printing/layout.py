"""Fills the layouts of `resources/print`: values are escaped, rows repeated, empty parts left out."""

import html
import re
from collections.abc import Mapping, Sequence
from functools import cache

from s2b_desktop.resources import path

Values = Mapping[str, str]
_EACH = re.compile(r"<!--each rows-->(.*?)<!--end rows-->", re.DOTALL)
_IF = re.compile(r"<!--if (\w+)-->(.*?)<!--end \1-->", re.DOTALL)
_NAME = re.compile(r"\{(\w+)\}")


@cache
def _layout(name: str) -> tuple[str, str, str]:
    """The parts before, of and after the repeated row."""
    parts = _EACH.split(path("print", f"{name}.html").read_text("utf-8"))
    return (parts[0], parts[1], parts[2]) if len(parts) > 1 else (parts[0], "", "")


def filled(name: str, values: Values, rows: Sequence[Values] = ()) -> str:
    """The layout `name` with its values. KeyError where it asks for one that is not there."""
    before, row, after = _layout(name)
    return _filled(before, values) + "".join(_filled(row, each) for each in rows) + _filled(after, values)


def _filled(text: str, values: Values) -> str:
    text = _IF.sub(lambda found: found[2] if values[found[1]] else "", text)
    return _NAME.sub(lambda found: html.escape(values[found[1]]).replace("\n", "<br/>"), text)
