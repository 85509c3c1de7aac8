"""Papers that were attached here, by the SHA-256 of their content, so that the same one lies here once."""

import hashlib
import os
from pathlib import Path

MAX_BYTES = 20 << 20


class NotAPaper(Exception):
    """The file is no PDF, or larger than `MAX_BYTES`. `code` has a text in both languages."""

    code = "not_a_pdf"


def place_of(folder: Path, content_hash: str) -> Path:
    """Where the content with this hash lies, if it lies here."""
    return folder / f"{content_hash}.pdf"


def keep(folder: Path, source: Path) -> str:
    """Copy a PDF into `folder` and return the SHA-256 (hex) of its content. NotAPaper; OSError."""
    with source.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES or not content.startswith(b"%PDF-"):
        raise NotAPaper
    found = hashlib.sha256(content).hexdigest()
    place = place_of(folder, found)
    if not place.exists():
        folder.mkdir(parents=True, exist_ok=True)
        begun = place.with_suffix(".part")
        with begun.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        begun.replace(place)
    return found
