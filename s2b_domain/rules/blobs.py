"""Pictures and papers by their content: what may be kept, and how records name it."""

import hashlib
import re

MAX_BLOB = 20 << 20
"""Bytes of one picture or paper."""
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
PREFIX = "sha256:"
"""Before the digest where a record's list of pictures has addresses and file names too."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def digest_of(content: bytes) -> str:
    """The SHA-256 in hex that names a content everywhere."""
    return hashlib.sha256(content).hexdigest()


def is_digest(text: str) -> bool:
    """Whether this can be the name of a content."""
    return _DIGEST.fullmatch(text) is not None


def reference(digest: str) -> str:
    """How a product's pictures name a content."""
    return PREFIX + digest


def digest_in(text: str) -> str:
    """The digest that a reference names; "" for addresses and file names."""
    digest = text.removeprefix(PREFIX)
    return digest if text.startswith(PREFIX) and is_digest(digest) else ""


def is_address(text: str) -> bool:
    """Whether a product's picture is named by a web address."""
    return text[:8].lower().startswith(("http://", "https://"))


def file_in(text: str) -> str:
    """The file that a product's picture is named by, without folders and case: what a sheet said before anybody added
    the picture; "" for addresses and contents."""
    return "" if is_address(text) or digest_in(text) else text.replace("\\", "/").rpartition("/")[2].casefold()


def digests_in(text: str) -> frozenset[str]:
    """Every digest that stands in a column's text, by itself or in a list."""
    return frozenset(_DIGEST.findall(text))


def media_of(content: bytes) -> str:
    """The media type that the first bytes tell, of those that are kept; "" for all others, whatever they are called."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return "application/pdf" if content.startswith(b"%PDF-") else ""
