"""A phone number as it is compared: the same however it was typed."""

import re
import unicodedata

_BETWEEN = re.compile(r"[^\w+]")
_HOME = re.compile(r"(\+|00)86")


def plain_phone(text: str) -> str:
    """Without what people put between the digits, and without the country's code; "" for nothing."""
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    home = _HOME.match(plain)
    return plain[home.end() :] if home else plain
