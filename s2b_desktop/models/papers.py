"""Papers that are attached to records: PDFs, kept and brought to the hub as pictures are (`blobs.py`)."""

from pathlib import Path

from s2b_domain.rules.blobs import MAX_BLOB, media_of


class NotAPaper(Exception):
    """The file is no PDF, or larger than `MAX_BLOB`. `code` has a text in both languages."""

    code = "not_a_pdf"


def read_pdf(source: Path) -> bytes:
    """The content of a PDF. NotAPaper; OSError."""
    with source.open("rb") as file:
        content = file.read(MAX_BLOB + 1)
    if len(content) > MAX_BLOB or media_of(content) != "application/pdf":
        raise NotAPaper
    return content
