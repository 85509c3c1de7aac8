"""What a supplier wrote as HTML, as plain text: nothing of it is ever interpreted."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section"})
_UNSEEN = frozenset({"script", "style", "head", "template", "noscript"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _BLOCKS:
            self.said.append("\n• " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _BLOCKS and tag != "br":
            self.said.append("\n")
        elif tag in ("td", "th"):
            self.said.append("  ")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.said.append(re.sub(r"[ \t\r\f\v\u00a0]+", " ", data))


def plain(text: str) -> str:
    """The words of `text`, with one line per block; text without tags stays as it is."""
    if "<" not in text and "&" not in text:
        return text.strip()
    reader = _Reader()
    reader.feed(text)
    reader.close()
    lines = (line.strip() for line in "".join(reader.said).split("\n"))
    return "\n".join(line for line in lines if line and line != "•")
