"""Icon files as bytes in a colour."""

from functools import cache

from s2b_desktop.resources import path


@cache
def _drawing(name: str) -> bytes:
    return path("icons", f"{name}.svg").read_bytes()


def tinted(name: str, colour: str) -> bytes:
    """The SVG of icon `name` drawn in `colour` ("#RRGGBB"). Raises FileNotFoundError for an unknown name."""
    return _drawing(name).replace(b"currentColor", colour.encode())
