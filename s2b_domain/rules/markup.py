"""HTML that suppliers write into descriptions: only what formats text and shows pictures is kept."""

import re

import nh3

_ALLOWED = """
    a b blockquote br code dd div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img li ol p pre s small span strong
    sub sup table tbody td tfoot th thead tr u ul
"""
_TAGS = frozenset(_ALLOWED.split())
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"alt", "src"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_MARKUP = re.compile(r"<[A-Za-z/!?]")


def safe_markup(text: str) -> str:
    """`text` without scripts, styles, frames, forms and handlers; plain text comes back as it is. Twice is once."""
    if not _MARKUP.search(text):
        return text
    return nh3.clean(
        text, tags=set(_TAGS), attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener noreferrer"
    ).strip()
